// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace reclaim: bpf/reclaim.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/reclaim.h"
#include "../source/bpf.h"
#include "reclaim.skel.h"

static const struct mms_hook hooks[] = {
	{ "direct_begin", "fentry", "try_to_free_pages", true, "cause direct" },
	{ "direct_end", "fexit", "try_to_free_pages", true, "cause direct" },
	{ "kswapd_begin", "fentry", "balance_pgdat", true, "cause kswapd" },
	{ "kswapd_end", "fexit", "balance_pgdat", true, "cause kswapd" },
	{ "memcg_begin", "fentry", "try_to_free_mem_cgroup_pages", true, "causes memcg-*" },
	{ "memcg_end", "fexit", "try_to_free_mem_cgroup_pages", true, "causes memcg-*" },
	{ "high_begin", "fentry", "reclaim_high", true, "memcg-high from memcg-limit" },
	{ "high_end", "fexit", "reclaim_high", true, "memcg-high from memcg-limit" },
	{ "batch_begin", "fentry", "shrink_folio_list", true, "what was tried and freed" },
	{ "batch_end", "fexit", "shrink_folio_list", true, "what was tried and freed" },
	{ "isolated", "tp_btf", "mm_vmscan_lru_isolate", true, "what was scanned" },
	{ "written", "tp_btf", "mm_vmscan_write_folio", true, "what was written" },
	{ "shrunk", "tp_btf", "mm_shrink_slab_end", true, "what shrinkers freed" },
	{ "throttled", "tp_btf", "mm_vmscan_throttled", true, "what was waited for" },
	{ "node_begin", "fentry", "node_reclaim", false, "cause node" },
	{ "node_end", "fexit", "node_reclaim", false, "cause node" },
};

MMS_TRACER_SKELETON(reclaim)

const struct mms_tracer mms_tracer_reclaim = {
	.name = "reclaim",
	.model = &mms_model_reclaim,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_RECLAIM_CAUSES),
	.event_size = sizeof(struct mms_reclaim_row),
	.by = "cause,comm",
	.adds = "scanned,freed,written,throttled",
	.open = reclaim_open,
	.close = reclaim_close,
};
