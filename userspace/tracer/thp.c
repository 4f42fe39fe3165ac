// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace thp: bpf/thp.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/thp.h"
#include "../source/bpf.h"
#include "thp.skel.h"

static const struct mms_hook hooks[] = {
	{ "anon_begin", "fentry", "hpage_collapse_scan_pmd", MMS_ONE_OF(1), "cause collapse" },
	{ "anon_end", "fexit", "hpage_collapse_scan_pmd", MMS_ONE_OF(1), "cause collapse" },
	{ "file_begin", "fentry", "hpage_collapse_scan_file", MMS_ONE_OF(1), "cause collapse-file" },
	{ "file_end", "fexit", "hpage_collapse_scan_file", MMS_ONE_OF(1), "cause collapse-file" },
	{ "single_begin", "fentry", "collapse_single_pmd", MMS_ONE_OF(1), "causes collapse*" },
	{ "single_end", "fexit", "collapse_single_pmd", MMS_ONE_OF(1), "causes collapse*" },
	{ "split_list_begin", "fentry", "split_huge_page_to_list", MMS_ONE_OF(2), "cause split" },
	{ "split_list_end", "fexit", "split_huge_page_to_list", MMS_ONE_OF(2), "cause split" },
	{ "split_order_begin", "fentry", "split_huge_page_to_list_to_order", MMS_ONE_OF(2), "cause split" },
	{ "split_order_end", "fexit", "split_huge_page_to_list_to_order", MMS_ONE_OF(2), "cause split" },
	{ "split_folio_begin", "fentry", "__folio_split", MMS_ONE_OF(2), "cause split" },
	{ "split_folio_end", "fexit", "__folio_split", MMS_ONE_OF(2), "cause split" },
	{ "split_pmd_begin", "fentry", "__split_huge_pmd", MMS_ONE_OF(3), "cause split-pmd" },
	{ "split_pmd_end", "fexit", "__split_huge_pmd", MMS_ONE_OF(3), "cause split-pmd" },
	{ "split_locked_begin", "fentry", "split_huge_pmd_locked", MMS_ONE_OF(3), "cause split-pmd" },
	{ "split_locked_end", "fexit", "split_huge_pmd_locked", MMS_ONE_OF(3), "cause split-pmd" },
	{ "fault_begin", "fentry", "do_huge_pmd_anonymous_page", true, "cause fault" },
	{ "fault_end", "fexit", "do_huge_pmd_anonymous_page", true, "cause fault" },
	{ "scanned", "tp_btf", "mm_khugepaged_scan_pmd", false, "what collapse has counted" },
	{ "scanned_file", "tp_btf", "mm_khugepaged_scan_file", false, "what of a file was swapped out" },
	{ "collapsed_file", "tp_btf", "mm_khugepaged_collapse_file", false,
	  "a file's huge page that was made from one that was there" },
	{ "collapsed", "tp_btf", "mm_collapse_huge_page", false, "orders below that of a PMD" },
};

MMS_TRACER_SKELETON(thp)

const struct mms_tracer mms_tracer_thp = {
	.name = "thp",
	.model = &mms_model_thp,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_THP_CAUSES),
	.event_size = sizeof(struct mms_thp_row),
	.by = "cause,result,comm",
	.open = thp_open,
	.close = thp_close,
};
