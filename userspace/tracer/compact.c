// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace compact: bpf/compact.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/compact.h"
#include "../source/bpf.h"
#include "compact.skel.h"

static const struct mms_hook hooks[] = {
	{ "compact_begin", "fentry", "compact_zone", true, "any compaction" },
	{ "compact_end", "fexit", "compact_zone", true, "any compaction" },
	{ "migrated", "tp_btf", "mm_migrate_pages", true, "what was moved" },
};

MMS_TRACER_SKELETON(compact)

const struct mms_tracer mms_tracer_compact = {
	.name = "compact",
	.model = &mms_model_compact,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_COMPACT_CAUSES),
	.event_size = sizeof(struct mms_compact_row),
	.by = "cause,result,comm",
	.adds = "scanned,free_scanned,moved",
	.open = compact_open,
	.close = compact_close,
};
