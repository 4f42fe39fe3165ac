// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations of pages: each, from the first to the last line of the one function that
 * every allocation comes through, with what had to be done for it: the CPU's list
 * filled, a block of another migrate type taken, memory compacted or reclaimed.
 *
 * An allocation may be inside of another: in an interrupt, or as reclaim has to allocate.
 * The inner one is over before the outer one goes on, so a thread has a stack of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "common.bpf.h"
#include "alloc.h"

#define LEVELS		4	/* a power of two */

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 depth;	/* allocations under way */
	u64 began;	/* when reclaim or compaction did */
	struct mms_alloc rec[LEVELS];
} __attribute__((aligned(512)));

#define NR_SLOTS 1024
#include "slots.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MMS_ALLOC_NR_KEYS);
	__type(key, __u32);
	__type(value, struct mms_trace_sum);
} sums SEC(".maps");

#define IDLE		(1U << 30)	/* above all numbers of threads */

/* Every CPU has an idle thread with the number 0, which means nobody here. */
static __always_inline u32 thread(u64 pid_tgid)
{
	u32 tid = pid_tgid;

	return tid ?: IDLE + bpf_get_smp_processor_id();
}

/* The innermost allocation of the thread, or NULL. */
static __always_inline struct mms_alloc *running(struct slot *slot)
{
	return slot && slot->depth ? &slot->rec[(slot->depth - 1) & (LEVELS - 1)] : NULL;
}

static __always_inline struct slot *here(void)
{
	return slot_find(thread(trace_task()));
}

/* ---- allocations ---------------------------------------------------------------- */

static __always_inline int begin(u32 gfp, u32 order, u32 cause)
{
	u64 pid_tgid = trace_task();
	u32 tid = thread(pid_tgid);
	struct mms_alloc *rec;
	struct slot *slot;

	if (!trace_wants(pid_tgid))
		return 0;
	slot = slot_find(tid);
	if (!slot) {
		if (!trace_sampled())
			return 0;
		slot = slot_claim(tid);
		if (!slot)
			return 0;
		slot->depth = 0;
	} else {
		if (slot->depth >= LEVELS)
			return 0;
		trace_sampled();	/* counted, and told, as its outer one is */
	}
	slot->depth++;
	rec = running(slot);
	if (!rec)
		return 0;
	rec->cause = cause;
	rec->order = order & 15;
	rec->gfp = gfp;
	rec->marks = 0;
	rec->refilled = 0;
	rec->fallbacks = 0;
	rec->reclaim = 0;
	rec->compact = 0;
	rec->pages = 0;
	rec->pfn = 0;
	event_begin(&rec->event, pid_tgid);
	return 0;
}

static __always_inline void finish(struct mms_alloc *rec, void *ctx)
{
	u32 key = MMS_ALLOC_KEY(rec->cause & 7, rec->order & 15);
	struct mms_trace_sum *sum;

	if (!trace_wants_cause(rec->cause) || !trace_wants_latency(rec->event.latency))
		return;
	if (summing) {
		sum = bpf_map_lookup_elem(&sums, &key);
		if (sum)
			trace_sum(sum, rec->event.latency);
		return;
	}
	event_send(rec, sizeof(*rec), ctx);
}

/* The innermost one is over, if it has these flags: else its beginning has not been seen. */
static __always_inline struct mms_alloc *over(struct slot *slot, u32 gfp)
{
	struct mms_alloc *rec = running(slot);

	if (!rec || rec->gfp != gfp)
		return NULL;
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	slot->depth--;
	return rec;
}

SEC("fentry/__alloc_pages")
int BPF_PROG(alloc_begin, unsigned int gfp, unsigned int order)
{
	return begin(gfp, order, MMS_ALLOC_PCP);
}

SEC("fexit/__alloc_pages")
int BPF_PROG(alloc_end, unsigned int gfp, unsigned int order)
{
	struct slot *slot = here();
	struct mms_alloc *rec = over(slot, gfp), *outer;
	u64 page = 0;

	if (!rec)
		return 0;
	bpf_get_func_ret(ctx, &page);
	if (page) {
		rec->pages = 1U << rec->order;
		if (!summing)
			rec->pfn = mms_page_to_pfn(page);
	} else {
		rec->cause = MMS_ALLOC_FAILED;
	}
	/* One page in bulk is allocated as all others are: it is not told twice. */
	outer = running(slot);
	if (outer && outer->cause == MMS_ALLOC_BULK)
		outer->pages += rec->pages;
	finish(rec, ctx);
	if (!slot->depth)
		slot_free(slot);
	return 0;
}

SEC("fentry/__alloc_pages_bulk")
int BPF_PROG(bulk_begin, unsigned int gfp)
{
	return begin(gfp, 0, MMS_ALLOC_BULK);
}

SEC("fexit/__alloc_pages_bulk")
int BPF_PROG(bulk_end, unsigned int gfp)
{
	struct slot *slot = here();
	struct mms_alloc *rec = over(slot, gfp);
	u64 pages = 0;

	if (!rec)
		return 0;
	bpf_get_func_ret(ctx, &pages);
	rec->pages = pages > rec->pages ? pages - rec->pages : 0;
	if (!pages)
		rec->cause = MMS_ALLOC_FAILED;
	/* Nothing but a page alone, which has been told. */
	if (!pages || rec->pages)
		finish(rec, ctx);
	if (!slot->depth)
		slot_free(slot);
	return 0;
}

/* ---- what is done in them --------------------------------------------------------- */

/* What costs more stays; what failed is found out at the end. */
static __always_inline void at_least(struct mms_alloc *rec, u32 cause)
{
	if (rec->cause < cause)
		rec->cause = cause;
}

/* A block was taken from the buddy's lists, for the CPU's or for the one who asked. */
SEC("tp_btf/mm_page_alloc_zone_locked")
int BPF_PROG(taken, struct page *page, unsigned int order, int type, int refill)
{
	struct mms_alloc *rec = running(here());

	if (!rec)
		return 0;
	if (refill)
		rec->refilled++;
	at_least(rec, refill ? MMS_ALLOC_REFILL : MMS_ALLOC_BUDDY);
	return 0;
}

SEC("tp_btf/mm_page_alloc_extfrag")
int BPF_PROG(fallback, struct page *page, int order, int fallback_order, int type,
	     int fallback_type)
{
	struct mms_alloc *rec = running(here());

	if (!rec)
		return 0;
	at_least(rec, MMS_ALLOC_FALLBACK);
	if (!rec->fallbacks || fallback_order < rec->fallback_order) {
		rec->fallback_order = fallback_order;
		rec->fallback_type = fallback_type;
	}
	rec->fallbacks++;
	return 0;
}

SEC("fentry/try_to_compact_pages")
int BPF_PROG(compact_begin)
{
	struct slot *slot = here();
	struct mms_alloc *rec = running(slot);

	if (rec) {
		at_least(rec, MMS_ALLOC_COMPACT);
		slot->began = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("fexit/try_to_compact_pages")
int BPF_PROG(compact_end)
{
	struct slot *slot = here();
	struct mms_alloc *rec = running(slot);

	if (rec)
		rec->compact += bpf_ktime_get_ns() - slot->began;
	return 0;
}

SEC("fentry/try_to_free_pages")
int BPF_PROG(reclaim_begin)
{
	struct slot *slot = here();
	struct mms_alloc *rec = running(slot);

	if (rec) {
		at_least(rec, MMS_ALLOC_RECLAIM);
		slot->began = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("fexit/try_to_free_pages")
int BPF_PROG(reclaim_end)
{
	struct slot *slot = here();
	struct mms_alloc *rec = running(slot);

	if (rec)
		rec->reclaim += bpf_ktime_get_ns() - slot->began;
	return 0;
}

/* Its arguments are not all named: no fentry. */
SEC("kprobe/warn_alloc")
int BPF_KPROBE(warned)
{
	struct mms_alloc *rec = running(here());

	if (rec)
		rec->marks |= MMS_ALLOC_WARNED;
	return 0;
}

char _license[] SEC("license") = "GPL";
