// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace reclaim: bpf/reclaim.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include "tracer.h"
#include "../model/reclaim.h"
#include "../source/bpf.h"
#include "reclaim.skel.h"

#define EVICTIONS	65536	/* folios that are remembered, the last ones */

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
	{ "aging_end", "fexit", "try_to_inc_max_seq", false, "generations of MGLRU" },
	{ "aging_begin", "fentry", "try_to_inc_max_seq", true, "cause aging" },
	{ "step_begin", "fentry", "shrink_node", true, "cause step" },
	{ "step_end", "fexit", "shrink_node", true, "cause step" },
	{ "shrink_begin", "tp_btf", "mm_shrink_slab_start", true, "cause shrinker" },
	{ "evicted", "fentry", "workingset_eviction", true, "cause evicted, and who evicted what comes back" },
	{ "refaulted", "fentry", "workingset_refault", true, "cause refault" },
	{ "looked_up", "fentry", "get_shadow_from_swap_cache,swap_cache_get_shadow", false,
	  "the slot of swap that comes back past the swap cache" },
	{ "woken", "tp_btf", "mm_vmscan_wakeup_kswapd", true, "cause wakeup" },
};

#define FOR(name)	BIT(MMS_RECLAIM_##name)

/* For each folio, or often. */
static const struct mms_hook_for hooks_for[] = {
	{ "aging_begin", .causes = FOR(AGING) },
	{ "step_begin", .causes = FOR(STEP) },
	{ "step_end", .causes = FOR(STEP) },
	{ "shrink_begin", .causes = FOR(SHRINKER) },
	{ "evicted", .causes = FOR(EVICTED) | FOR(REFAULT) },
	{ "refaulted", .causes = FOR(REFAULT) },
	{ "looked_up", .causes = FOR(REFAULT) },
	{ "woken", .causes = FOR(WAKEUP) },
	{ .program = NULL },
};

MMS_TRACER_SKELETON(reclaim)

static void reclaim_set(struct mms_trace *t)
{
	struct mms_reclaim_bpf *skel = t->priv;

	if (t->args.filter.causes & (FOR(EVICTED) | FOR(REFAULT)))
		bpf_map__set_max_entries(skel->maps.evictions, EVICTIONS);
}

/* Of an episode, or the beginning that is of something in it. */
static void reclaim_record(struct mms_trace *t, const void *data, size_t size)
{
	struct mms_reclaim_row row = { .path = NULL };
	const struct mms_reclaim *rec = &row.rec;

	if (size < sizeof(struct mms_reclaim_detail))
		return;
	memcpy(&row.rec, data, size < sizeof(row.rec) ? size : sizeof(row.rec));
	if (rec->cause <= MMS_RECLAIM_STEP && size < sizeof(row.rec))
		return;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	if (rec->marks & MMS_RECLAIM_FILE)
		row.path = mms_files_path(t->files, rec->dev, rec->folio.inode);
	if (rec->marks & MMS_RECLAIM_MEMCG)
		row.memcg = mms_files_path(t->files, MMS_TRACE_CGROUP, rec->target);
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_reclaim = {
	.name = "reclaim",
	.model = &mms_model_reclaim,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.hooks_for = hooks_for,
	.causes = MMS_CAUSE_WORDS(MMS_RECLAIM_CAUSES),
	.quiet = MMS_RECLAIM_QUIET,
	.quiet_columns = "time,comm,cause,episode,latency,scanned,freed,what",
	.event_size = sizeof(struct mms_reclaim_row),
	.by = "cause,comm,for",
	.adds = "scanned,tried,freed,written,throttled,pages",
	.rate = { "yield", "freed", "tried" },
	.sum_columns = "count,total,max,busy,freed,yield",
	.open = reclaim_open,
	.set = reclaim_set,
	.record = reclaim_record,
	.close = reclaim_close,
};
