// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace ksm: bpf/ksm.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/ksm.h"
#include "../source/bpf.h"
#include "ksm.skel.h"

enum { SCAN_END };

static const struct mms_hook hooks[] = {
	[SCAN_END] = { "scan_end", "tp_btf", "ksm_stop_scan", MMS_ONE_OF(1), "cause scan" },
	{ "scan_begin", "tp_btf", "ksm_start_scan", MMS_ONE_OF(1), "cause scan" },
	{ "scan_again", "fentry", "lru_add_drain_all", MMS_ONE_OF(1), "cause scan" },
	{ "merge_begin", "fentry", "try_to_merge_with_ksm_page", true, "merges" },
	{ "merge_end", "fexit", "try_to_merge_with_ksm_page", true, "merges" },
	{ "appended", "fexit", "stable_tree_append", true, "merges" },
	{ "one_begin", "fentry", "try_to_merge_one_page", false, "cause zero, why merges failed" },
	{ "one_end", "fexit", "try_to_merge_one_page", false, "cause zero" },
	{ "protected", "fexit", "write_protect_page", false, "why merges failed" },
	{ "undo_begin", "fentry", "break_cow", false, "cause undone" },
	{ "undo_end", "fexit", "break_cow", false, "cause undone" },
	{ "break_begin", "fentry", "break_ksm", true, "cause unmerge" },
	{ "break_end", "fexit", "break_ksm", true, "cause unmerge" },
	{ "copy_begin", "fentry", "do_wp_page", true, "causes cow, unmerge" },
	{ "copy_end", "fexit", "do_wp_page", true, "causes cow, unmerge" },
	{ "swapped_in", "fexit", "ksm_might_need_to_copy", false, "cause swapin" },
	{ "drop_begin", "fentry", "remove_rmap_item_from_tree", false, "cause drop" },
	{ "drop_end", "fexit", "remove_rmap_item_from_tree", false, "cause drop" },
	{ "gone", "fentry", "remove_node_from_stable_tree", false, "cause gone" },
	{ "entered", "fexit", "__ksm_enter", false, "cause enter" },
	{ "exited", "fentry", "__ksm_exit", false, "cause exit" },
	{ "advised", "tp_btf", "ksm_advisor", false, "cause advisor" },
};

MMS_TRACER_SKELETON(ksm)

static void ksm_set(struct mms_trace *t)
{
	struct mms_ksm_bpf *skel = t->priv;

	skel->rodata->have_scan_events = t->hooked[SCAN_END];
}

const struct mms_tracer mms_tracer_ksm = {
	.name = "ksm",
	.model = &mms_model_ksm,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_KSM_CAUSES),
	.event_size = sizeof(struct mms_ksm_row),
	.by = "cause,result,target",
	.adds = "merged",
	.open = ksm_open,
	.set = ksm_set,
	.close = ksm_close,
};
