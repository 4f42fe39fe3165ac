// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: each episode, from the first to the last line of the function that is called to
 * free memory, with what was done in it. Between these two a thread does nothing else, so
 * all that it does is the episode's.
 *
 * Hooks inside are per batch of pages, not per page: that is what keeps it cheap. Those for
 * each folio or shrinker are in files of their own, and loaded only if they are asked for.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "common.bpf.h"
#include "core_fixes_refault.bpf.h"
#include "reclaim.h"
#include "file.bpf.h"
#include "folio.bpf.h"
#include "owner.bpf.h"
#include "refault.bpf.h"
#include "reclaim.bpf.h"
#include "reclaim_parts.bpf.h"
#include "reclaim_folios.bpf.h"

#define MEMCG_RECLAIM_PROACTIVE	(1U << 2)	/* include/linux/swap.h */
#define MAX_ZONES		5
#define LRU_ACTIVE		1	/* enum lru_list: a bit of it */
#define LRU_FILE		2
#define FIRST_PRIORITY		12	/* DEF_PRIORITY */

/* ---- what there is to reclaim from ------------------------------------------ */

struct marks {
	u64 free;
	u64 min;
	u64 low;
	u64 high;
};

/* Free pages and watermarks of a node's zones up to @index. */
static __always_inline void watermarks(u64 node, u32 index, struct marks *ret_marks)
{
	const u64 size = bpf_core_type_size(struct zone);
	const struct pglist_data *pgdat = NULL;
	const struct zone *zone = NULL;
	u64 at = node + bpf_core_field_offset(pgdat->node_zones), mark, boost;
	u32 i;

	__builtin_memset(ret_marks, 0, sizeof(*ret_marks));
	for (i = 0; i < MAX_ZONES && i <= index; i++) {
		boost = mms_word(at + bpf_core_field_offset(zone->watermark_boost));
		mark = at + bpf_core_field_offset(zone->_watermark);
		/* NR_FREE_PAGES is the first of enum zone_stat_item on each kernel. */
		ret_marks->free += mms_word(at + bpf_core_field_offset(zone->vm_stat));
		ret_marks->min += mms_word(mark) + boost;
		ret_marks->low += mms_word(mark + 8) + boost;
		ret_marks->high += mms_word(mark + 16) + boost;
		at += size;
	}
}

static __always_inline void see_zones(struct mms_reclaim *rec, struct pglist_data *pgdat, u32 index,
				      bool done)
{
	struct marks marks;

	watermarks((u64)pgdat, index, &marks);
	rec->marks |= MMS_RECLAIM_ZONES | MMS_RECLAIM_NODE;
	/* Too far behind for an offset of an instruction. */
	rec->node = mms_word((u64)pgdat + bpf_core_field_offset(pgdat->node_id));
	rec->min = marks.min;
	rec->low = marks.low;
	rec->high = marks.high;
	if (done)
		rec->free_after = marks.free;
	else
		rec->free_before = marks.free;
}

/* ---- episodes ------------------------------------------------------------------ */

static __always_inline struct slot *begin(u32 cause, u32 order, u32 gfp)
{
	u64 pid_tgid = trace_task();
	struct mms_reclaim *rec;
	struct slot *slot;

	if (!trace_wants(pid_tgid) || !trace_sampled())
		return NULL;
	slot = slot_find(pid_tgid);
	/* Reclaim does not reclaim; were it to, it would be the outer one's. */
	if (slot && slot->runs)
		return NULL;
	slot = slot ?: slot_claim(pid_tgid);
	if (!slot)
		return NULL;
	rec = &slot->rec;
	__builtin_memset(rec, 0, sizeof(*rec));
	slot->runs = 1;
	slot->step.event.time = 0;
	rec->episode = __sync_fetch_and_add(&nr_episodes, 1) + 1;
	rec->cause = cause;
	rec->order = order;
	rec->gfp = gfp;
	rec->priority = FIRST_PRIORITY;
	event_begin(&rec->event, pid_tgid);
	return slot;
}

static __always_inline void end(struct slot *slot, void *ctx)
{
	struct mms_reclaim *rec = &slot->rec;

	bpf_get_func_ret(ctx, &rec->returned);
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	slot->runs = 0;
	if (trace_wants_cause(rec->cause) && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
	release(slot);
}

SEC("fentry/try_to_free_pages")
int BPF_PROG(direct_begin, struct zonelist *zonelist, int order, unsigned int gfp)
{
	struct slot *slot = begin(MMS_RECLAIM_DIRECT, order, gfp);

	if (slot && zonelist->_zonerefs[0].zone)
		see_zones(&slot->rec, zonelist->_zonerefs[0].zone->zone_pgdat,
			  zonelist->_zonerefs[0].zone_idx, false);
	return 0;
}

SEC("fexit/try_to_free_pages")
int BPF_PROG(direct_end, struct zonelist *zonelist)
{
	struct slot *slot = running();

	if (!slot || slot->rec.cause != MMS_RECLAIM_DIRECT)
		return 0;
	if (zonelist->_zonerefs[0].zone)
		see_zones(&slot->rec, zonelist->_zonerefs[0].zone->zone_pgdat,
			  zonelist->_zonerefs[0].zone_idx, true);
	end(slot, ctx);
	return 0;
}

SEC("fentry/balance_pgdat")
int BPF_PROG(kswapd_begin, struct pglist_data *pgdat, int order, int index)
{
	struct slot *slot = begin(MMS_RECLAIM_KSWAPD, order, 0);

	if (slot)
		see_zones(&slot->rec, pgdat, index, false);
	return 0;
}

SEC("fexit/balance_pgdat")
int BPF_PROG(kswapd_end, struct pglist_data *pgdat, int order, int index)
{
	struct slot *slot = running();

	if (!slot || slot->rec.cause != MMS_RECLAIM_KSWAPD)
		return 0;
	see_zones(&slot->rec, pgdat, index, true);
	end(slot, ctx);
	return 0;
}

SEC("fentry/node_reclaim")
int BPF_PROG(node_begin, struct pglist_data *pgdat, unsigned int gfp, unsigned int order)
{
	struct slot *slot = begin(MMS_RECLAIM_NODE, order, gfp);

	if (slot)
		see_zones(&slot->rec, pgdat, MAX_ZONES - 1, false);
	return 0;
}

SEC("fexit/node_reclaim")
int BPF_PROG(node_end, struct pglist_data *pgdat)
{
	struct slot *slot = running();

	if (!slot || slot->rec.cause != MMS_RECLAIM_NODE)
		return 0;
	see_zones(&slot->rec, pgdat, MAX_ZONES - 1, true);
	end(slot, ctx);
	return 0;
}

/* Several episodes may be inside of it: for each memory cgroup up to the root. */
SEC("fentry/reclaim_high")
int BPF_PROG(high_begin)
{
	u64 pid_tgid = trace_task();
	struct slot *slot;

	if (!trace_wants(pid_tgid))
		return 0;
	slot = claim(pid_tgid);
	if (slot) {
		slot->runs = 0;
		slot->above = 1;
	}
	return 0;
}

SEC("fexit/reclaim_high")
int BPF_PROG(high_end)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	if (slot) {
		slot->above = 0;
		release(slot);
	}
	return 0;
}

static __always_inline u64 usage(struct mem_cgroup *memcg)
{
	return memcg->memory.usage.counter;
}

SEC("fentry/try_to_free_mem_cgroup_pages")
int BPF_PROG(memcg_begin, struct mem_cgroup *memcg, unsigned long nr, unsigned int gfp,
	     unsigned int options)
{
	struct slot *slot = begin(MMS_RECLAIM_LIMIT, 0, gfp);
	struct mms_reclaim *rec;

	if (!slot)
		return 0;
	rec = &slot->rec;
	if (options & MEMCG_RECLAIM_PROACTIVE)
		rec->cause = MMS_RECLAIM_PROACTIVE;
	else if (slot->above)
		rec->cause = MMS_RECLAIM_HIGH;
	rec->marks |= MMS_RECLAIM_MEMCG;
	rec->target = memcg_name(memcg);
	rec->limit = slot->above ? memcg->memory.high : memcg->memory.max;
	rec->usage_before = usage(memcg);
	return 0;
}

SEC("fexit/try_to_free_mem_cgroup_pages")
int BPF_PROG(memcg_end, struct mem_cgroup *memcg)
{
	struct slot *slot = running();

	if (!slot || !(slot->rec.marks & MMS_RECLAIM_MEMCG))
		return 0;
	slot->rec.usage_after = usage(memcg);
	end(slot, ctx);
	return 0;
}

/* ---- what is done in them ------------------------------------------------------- */

/* All of a batch are of one kind: that of the first. */
SEC("fentry/shrink_folio_list")
int BPF_PROG(batch_begin, struct list_head *list, struct pglist_data *pgdat,
	     struct scan_control *sc)
{
	struct slot *slot = running();
	const struct folio *folio = NULL;
	u64 flags;

	if (!slot)
		return 0;
	folio = (void *)list->next - bpf_core_field_offset(folio->lru);
	flags = mms_folio_flags(folio);
	slot->file = !(flags >> bpf_core_enum_value(enum pageflags, PG_swapbacked) & 1);
	slot->scanned = sc->nr_scanned;
	return 0;
}

SEC("fexit/shrink_folio_list")
int BPF_PROG(batch_end, struct list_head *list, struct pglist_data *pgdat, struct scan_control *sc,
	     struct reclaim_stat *stat)
{
	struct slot *slot = running();
	struct mms_reclaim_work *work;
	u64 freed = 0, demoted = 0;
	u32 file;

	if (!slot)
		return 0;
	work = &slot->rec.work;
	file = slot->file & 1;
	bpf_get_func_ret(ctx, &freed);
	work->tried[file] += sc->nr_scanned - slot->scanned;
	work->freed[file] += (u32)freed;
	work->batches++;
	if ((u8)sc->priority < slot->rec.priority)
		slot->rec.priority = sc->priority;
	work->active[0] += stat->nr_activate[0];
	work->active[1] += stat->nr_activate[1];
	work->referenced += stat->nr_ref_keep;
	work->unmap_fail += stat->nr_unmap_fail;
	work->lazyfree_fail += stat->nr_lazyfree_fail;
	work->dirty += stat->nr_dirty;
	work->writeback += stat->nr_writeback;
	work->congested += stat->nr_congested;
	work->immediate += stat->nr_immediate;
	if (mms_reclaim_demoted(stat, &demoted)) {
		slot->rec.marks |= MMS_RECLAIM_DEMOTED;
		work->demoted += demoted;
	}
	return 0;
}

SEC("tp_btf/mm_vmscan_lru_isolate")
int isolated(u64 *ctx)
{
	struct slot *slot = running();
	u32 lru, file;

	if (!slot)
		return 0;
	lru = mms_isolate_lru(ctx);
	file = !!(lru & LRU_FILE);
	if (lru & LRU_ACTIVE) {
		slot->rec.work.refilled[file] += ctx[3];
	} else {
		slot->rec.work.scanned[file] += ctx[3];
		slot->rec.work.taken[file] += ctx[5];
	}
	return 0;
}

SEC("tp_btf/mm_vmscan_write_folio")
int BPF_PROG(written, struct folio *folio)
{
	struct slot *slot = running();
	volatile u64 *page;

	if (!slot)
		return 0;
	/* A number, as the verifier lets nobody calculate with a pointer. */
	page = &slot->page;
	*page = (u64)folio;
	slot->rec.work.written += 1ULL << (mms_folio_order(*page) & 31);
	return 0;
}

SEC("tp_btf/mm_shrink_slab_end")
int BPF_PROG(shrunk, struct shrinker *shrinker, int node, int freed, long deferred,
	     long new_deferred, long left)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	if (!slot)
		return 0;
	if (slot->runs) {
		slot->rec.work.shrinkers++;
		/* Below 0: it would not or could not. */
		if (freed > 0)
			slot->rec.work.slab_freed += freed;
	}
	if (trace_wants_cause(MMS_RECLAIM_SHRINKER))
		shrinker_tell(slot, shrinker, node, freed, left, ctx);
	return 0;
}

SEC("tp_btf/mm_vmscan_throttled")
int BPF_PROG(throttled, int node, int timeout, int delayed)
{
	struct slot *slot = running();

	if (!slot)
		return 0;
	slot->rec.work.throttles++;
	slot->rec.work.throttled += (u64)(u32)delayed * 1000;
	return 0;
}

char _license[] SEC("license") = "GPL";
