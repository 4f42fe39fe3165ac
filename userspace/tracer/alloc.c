// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace alloc: bpf/alloc.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/alloc.h"
#include "../source/bpf.h"
#include "alloc.skel.h"

/*
 * Without references since "mm/page_alloc: export free_frozen_pages() instead of
 * free_unref_page()" and what follows, 6.14; with tags by caller since "mm: enable page
 * allocation tagging", 6.10.
 */
#define ALLOC	"__alloc_frozen_pages_noprof,__alloc_pages_noprof,__alloc_pages"
#define BULK	"alloc_pages_bulk_noprof,__alloc_pages_bulk"

static const struct mms_hook hooks[] = {
	{ "alloc_begin", "fentry", ALLOC, true, "any allocation" },
	{ "alloc_end", "fexit", ALLOC, true, "any allocation" },
	{ "taken", "tp_btf", "mm_page_alloc_zone_locked", true, "causes refill and buddy" },
	{ "fallback", "tp_btf", "mm_page_alloc_extfrag", true, "cause fallback" },
	{ "reclaim_begin", "fentry", "try_to_free_pages", true, "cause reclaim" },
	{ "reclaim_end", "fexit", "try_to_free_pages", true, "cause reclaim" },
	{ "compact_begin", "fentry", "try_to_compact_pages", false, "cause compact" },
	{ "compact_end", "fexit", "try_to_compact_pages", false, "cause compact" },
	{ "bulk_begin", "fentry", BULK, false, "cause bulk" },
	{ "bulk_end", "fexit", BULK, false, "cause bulk" },
	{ "warned", "kprobe", "warn_alloc", false, "mark warned" },
};

MMS_TRACER_SKELETON(alloc)

static void alloc_sum_row(u32 key, void *row)
{
	struct mms_alloc_row *r = row;

	r->rec.cause = key >> 4;
	r->rec.order = key & 15;
}

const struct mms_tracer mms_tracer_alloc = {
	.name = "alloc",
	.model = &mms_model_alloc,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_ALLOC_CAUSES),
	.sums = true,
	.sum_row = alloc_sum_row,
	.event_size = sizeof(struct mms_alloc_row),
	.by = "cause,order",
	.open = alloc_open,
	.close = alloc_close,
};
