/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of an episode of reclaim: one node at one priority, shrinkers, generations that MGLRU
 * makes; and who wakes kswapd. Programs of reclaim.bpf.c.
 */
#ifndef MMS_BPF_RECLAIM_PARTS_H
#define MMS_BPF_RECLAIM_PARTS_H

/* ---- one node at one priority ------------------------------------------------ */

SEC("fentry/shrink_node")
int BPF_PROG(step_begin, struct pglist_data *pgdat, struct scan_control *sc)
{
	struct slot *slot = running();

	if (!slot)
		return 0;
	slot->step.event.time = bpf_ktime_get_ns();
	slot->step.priority = sc->priority;
	__builtin_memcpy(&slot->step.work, &slot->rec.work, sizeof(slot->step.work));
	return 0;
}

SEC("fexit/shrink_node")
int BPF_PROG(step_end, struct pglist_data *pgdat)
{
	const u32 words = sizeof(struct mms_reclaim_work) / sizeof(u64);
	struct slot *slot = running();
	struct mms_reclaim *step;
	u64 begin, *work, *now;
	u32 i;

	if (!slot || !slot->step.event.time || !trace_sampled())
		return 0;
	step = &slot->step;
	work = (u64 *)&step->work;
	now = (u64 *)&slot->rec.work;
#pragma unroll
	for (i = 0; i < words; i++)
		work[i] = now[i] - work[i];
	begin = step->event.time;
	event_begin(&step->event, trace_task());
	step->event.latency = step->event.time - begin;
	step->event.time = begin;
	step->cause = MMS_RECLAIM_STEP;
	step->episode = slot->rec.episode;
	step->target = slot->rec.target;
	step->gfp = slot->rec.gfp;
	step->order = slot->rec.order;
	/* Too far behind for an offset of an instruction. */
	step->node = mms_word((u64)pgdat + bpf_core_field_offset(pgdat->node_id));
	step->marks = MMS_RECLAIM_NODE |
		      (slot->rec.marks & (MMS_RECLAIM_MEMCG | MMS_RECLAIM_DEMOTED));
	if (trace_wants_cause(MMS_RECLAIM_STEP) && trace_wants_latency(step->event.latency))
		event_send(step, sizeof(*step), ctx);
	step->event.time = 0;
	return 0;
}

/* ---- shrinkers ----------------------------------------------------------------- */

/* One that has no objects is asked how many it has, and not told of. */
SEC("tp_btf/mm_shrink_slab_start")
int BPF_PROG(shrink_begin, struct shrinker *shrinker, struct shrink_control *sc, long deferred,
	     unsigned long objects, unsigned long long delta, unsigned long total)
{
	u64 pid_tgid = trace_task();
	struct slot *slot = slot_find(pid_tgid);

	/* Also by drop_caches, outside of any episode. */
	if (!slot && trace_wants(pid_tgid))
		slot = slot_claim(pid_tgid);
	if (!slot)
		return 0;
	slot->shrinker = (u64)shrinker;
	slot->shrink_begin = bpf_ktime_get_ns();
	slot->shrink_objects = objects;
	slot->shrink_left = total;
	slot->shrink_memcg = sc->memcg;
	return 0;
}

static __always_inline void shrinker_name(char *name, u32 size, const struct shrinker *shrinker)
{
	static const char symbol[] = "%ps";
	u64 at = mms_shrinker_name(shrinker);

	if (at) {
		bpf_probe_read_kernel_str(name, size, (void *)at);
	} else {
		at = (u64)shrinker->count_objects;
		bpf_snprintf(name, size, symbol, &at, sizeof(at));
	}
}

static __always_inline void shrinker_tell(struct slot *slot, const struct shrinker *shrinker,
					  int node, int freed, long left, void *ctx)
{
	struct mms_reclaim_detail rec;

	if (!slot->shrinker)
		return;
	/* Another one was called inside of it: whose time would it be. */
	if (slot->shrinker == (u64)shrinker && detail_begin(&rec, MMS_RECLAIM_SHRINKER, slot)) {
		detail_since(&rec, slot->shrink_begin);
		rec.shrinker.objects = slot->shrink_objects;
		rec.shrinker.scanned = slot->shrink_left - left;
		rec.shrinker.freed = freed > 0 ? freed : 0;
		rec.node = node;
		rec.marks |= MMS_RECLAIM_NODE;
		/* Which it has while it is called. */
		detail_memcg(&rec, slot->shrink_memcg);
		shrinker_name(rec.shrinker.name, sizeof(rec.shrinker.name), shrinker);
		detail_send(&rec, ctx);
	}
	slot->shrinker = 0;
	release(slot);
}

/* ---- MGLRU ---------------------------------------------------------------------- */

SEC("fentry/try_to_inc_max_seq")
int BPF_PROG(aging_begin)
{
	u64 pid_tgid = trace_task();
	struct slot *slot = slot_find(pid_tgid);

	/* Also as lru_gen of debugfs says. */
	if (!slot && trace_wants(pid_tgid))
		slot = slot_claim(pid_tgid);
	if (slot)
		slot->aging = bpf_ktime_get_ns();
	return 0;
}

/* The youngest generation when it began is its second argument on each kernel. */
SEC("fexit/try_to_inc_max_seq")
int BPF_PROG(aging_end, struct lruvec *lruvec, unsigned long seq)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	const struct mem_cgroup_per_node *pn = NULL;
	struct mms_reclaim_detail rec;
	u64 made = 0;

	if (!slot)
		return 0;
	bpf_get_func_ret(ctx, &made);
	made &= 1;
	if (slot->runs)
		slot->rec.work.aged += made;
	if (!slot->aging)
		return 0;
	if (made && detail_begin(&rec, MMS_RECLAIM_AGING, slot)) {
		detail_since(&rec, slot->aging);
		rec.aging.before = seq;
		rec.aging.after = lruvec->lrugen.max_seq;
		rec.node = mms_word((u64)lruvec->pgdat +
				    bpf_core_field_offset(struct pglist_data, node_id));
		rec.marks = MMS_RECLAIM_NODE;
		pn = (void *)(first_arg(ctx) - bpf_core_field_offset(pn->lruvec));
		detail_memcg(&rec, BPF_CORE_READ(pn, memcg));
		detail_send(&rec, ctx);
	}
	slot->aging = 0;
	release(slot);
	return 0;
}

/* ---- kswapd ----------------------------------------------------------------------- */

SEC("tp_btf/mm_vmscan_wakeup_kswapd")
int BPF_PROG(woken, int node, int zone, int order, unsigned int gfp)
{
	struct mms_reclaim_detail rec;

	if (!detail_begin(&rec, MMS_RECLAIM_WAKEUP, NULL))
		return 0;
	rec.node = node;
	rec.order = order;
	rec.gfp = gfp;
	rec.marks = MMS_RECLAIM_NODE;
	detail_send(&rec, ctx);
	return 0;
}

#endif /* MMS_BPF_RECLAIM_PARTS_H */
