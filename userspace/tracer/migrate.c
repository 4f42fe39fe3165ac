// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace migrate: bpf/migrate.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/migrate.h"
#include "../source/bpf.h"
#include "migrate.skel.h"

static const struct mms_hook hooks[] = {
	{ "migrate_begin", "kprobe", "migrate_pages", true, "any migration" },
	{ "migrate_end", "tp_btf", "mm_migrate_pages", true, "any migration" },
	{ "hinted", "fentry", "task_numa_fault", false, "cause numa-hint" },
};

MMS_TRACER_SKELETON(migrate)

const struct mms_tracer mms_tracer_migrate = {
	.name = "migrate",
	.model = &mms_model_migrate,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_MIGRATE_CAUSES),
	.event_size = sizeof(struct mms_migrate_row),
	.by = "cause,from,to",
	.adds = "moved,failed",
	.open = migrate_open,
	.close = migrate_close,
};
