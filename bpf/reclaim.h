/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The record of reclaim.bpf.c. */
#ifndef MMS_BPF_RECLAIM_H
#define MMS_BPF_RECLAIM_H

#include "trace.h"

/* What an episode is: X(NAME, word, text). */
#define MMS_RECLAIM_CAUSES(X)								\
	X(DIRECT, "direct", "an allocation found too little free memory and reclaims itself") \
	X(KSWAPD, "kswapd", "a node fell below its low watermark: kswapd until the high one") \
	X(NODE, "node", "an allocation reclaims on its node before it goes to another")	\
	X(LIMIT, "memcg-limit", "a memory cgroup is at its limit")			\
	X(HIGH, "memcg-high", "a memory cgroup is above memory.high")			\
	X(PROACTIVE, "memcg-proactive", "memory.reclaim was written to")

enum mms_reclaim_cause {
#define MMS_X(name, word, text) MMS_RECLAIM_##name,
	MMS_RECLAIM_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_RECLAIM_CAUSES
};

/* Bits of mms_reclaim.marks. */
#define MMS_RECLAIM_ZONES	(1U << 0) /* free, min, low and high mean something */
#define MMS_RECLAIM_MEMCG	(1U << 1) /* target, usage and limit do */
#define MMS_RECLAIM_DEMOTED	(1U << 2) /* demoted does */

/**
 * struct mms_reclaim - an episode of reclaim, from the first to the last line of
 *	try_to_free_pages(), balance_pgdat() and such. Pages, if no unit is said
 * @event: who did it
 * @target: that of the memory cgroup that is reclaimed from, 0: the whole machine
 * @scanned: looked at on the LRU lists: [0] anon, [1] file
 * @refilled: of the active lists
 * @taken: isolated from the inactive lists
 * @tried: given to shrink_folio_list(), some of them twice
 * @freed: by it
 * @active: that stayed, as they are in use: [0] anon, [1] file
 * @referenced: that stayed, as they were referenced
 * @unmap_fail: that stayed, as they could not be unmapped
 * @lazyfree_fail: that stayed, as they were written to after MADV_FREE
 * @dirty: that were dirty
 * @writeback: that were being written
 * @congested, @immediate: see struct reclaim_stat
 * @demoted: moved to slower memory
 * @written: whose writing was started
 * @slab_freed: objects that shrinkers have freed
 * @free_before, @free_after: free pages of the node's zones up to the one asked for
 * @min, @low, @high: their watermarks
 * @usage_before, @usage_after, @limit: of the memory cgroup: its memory.high for
 *	MEMCG_HIGH, else memory.max
 * @throttled: nanoseconds it had to wait
 * @returned: what the function returned
 * @gfp: GFP flags of the allocation
 * @throttles: how often it had to wait
 * @shrinkers: calls of shrinkers
 * @batches: calls of shrink_folio_list()
 * @marks: MMS_RECLAIM_*
 * @cause: enum mms_reclaim_cause
 * @order: of the allocation
 * @priority: the last one, 12 is the first: 1 / 2^priority of a list is looked at
 * @node: where
 */
struct mms_reclaim {
	struct mms_event event;
	__u64 target;
	__u64 scanned[2];
	__u64 refilled[2];
	__u64 taken[2];
	__u64 tried[2];
	__u64 freed[2];
	__u64 active[2];
	__u64 referenced;
	__u64 unmap_fail;
	__u64 lazyfree_fail;
	__u64 dirty;
	__u64 writeback;
	__u64 congested;
	__u64 immediate;
	__u64 demoted;
	__u64 written;
	__u64 slab_freed;
	__u64 free_before;
	__u64 free_after;
	__u64 min;
	__u64 low;
	__u64 high;
	__u64 usage_before;
	__u64 usage_after;
	__u64 limit;
	__u64 throttled;
	__u64 returned;
	__u32 gfp;
	__u32 throttles;
	__u32 shrinkers;
	__u32 batches;
	__u32 marks;
	__u8 cause;
	__s8 order;
	__u8 priority;
	__u8 node;
};

#endif /* MMS_BPF_RECLAIM_H */
