/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a thread that reclaims, and how that becomes records. For reclaim.bpf.c and
 * its parts alone.
 */
#ifndef MMS_BPF_RECLAIM_BPF_H
#define MMS_BPF_RECLAIM_BPF_H

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 runs;	/* an episode is under way */
	u64 above;	/* inside of reclaim_high() */
	u64 scanned;	/* scan_control.nr_scanned when the batch began */
	u64 file;	/* the batch is of files */
	u64 page;	/* that is written */
	u64 shrinker;	/* that was called, 0: none */
	u64 shrink_begin;
	u64 shrink_objects;
	u64 shrink_left;	/* objects it is to look at */
	struct mem_cgroup *shrink_memcg;
	u64 aging;	/* when a generation was begun, 0: none */
	struct mms_reclaim rec;
	struct mms_reclaim step;	/* its work: what the episode's was when the step began */
} __attribute__((aligned(1024)));

#define NR_SLOTS 1024
#include "slots.bpf.h"

/* Episodes that have begun. Not static: see walk.bpf.h. */
u64 nr_episodes;

static __always_inline struct slot *running(void)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	return slot && slot->runs ? slot : NULL;
}

/* The thread's slot, whether an episode is under way or not. */
static __always_inline struct slot *claim(u64 pid_tgid)
{
	return slot_find(pid_tgid) ?: slot_claim(pid_tgid);
}

/* A slot that has nothing in it is given back. */
static __always_inline void release(struct slot *slot)
{
	if (!slot->runs && !slot->above && !slot->shrinker && !slot->aging)
		slot_free(slot);
}

/*
 * Begin a record of something in an episode, or beside one. False: it is not asked for. Who is
 * in an episode that is told has been asked for.
 */
static __always_inline bool detail_begin(struct mms_reclaim_detail *rec, u32 cause,
					 const struct slot *slot)
{
	u64 pid_tgid = trace_task();

	if (!trace_wants_cause(cause))
		return false;
	if (!(slot && slot->runs) && !trace_wants(pid_tgid))
		return false;
	if (!trace_sampled())
		return false;
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, pid_tgid);
	rec->cause = cause;
	if (slot && slot->runs)
		rec->episode = slot->rec.episode;
	return true;
}

static __always_inline void detail_memcg(struct mms_reclaim_detail *rec,
					 const struct mem_cgroup *memcg)
{
	if (!memcg)
		return;
	rec->marks |= MMS_RECLAIM_MEMCG;
	rec->target = memcg_name(memcg);
}

/* It began at @begin and is done. */
static __always_inline void detail_since(struct mms_reclaim_detail *rec, u64 begin)
{
	rec->event.latency = rec->event.time - begin;
	rec->event.time = begin;
}

static __always_inline void detail_send(struct mms_reclaim_detail *rec, void *ctx)
{
	if (trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
}

#endif /* MMS_BPF_RECLAIM_BPF_H */
