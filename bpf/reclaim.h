/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The records of reclaim.bpf.c. */
#ifndef MMS_BPF_RECLAIM_H
#define MMS_BPF_RECLAIM_H

#include "trace.h"

/*
 * What a row is about: X(NAME, word, text). Episodes first; behind them what is told only if
 * --cause names it: details of an episode, and what goes with it.
 */
#define MMS_RECLAIM_CAUSES(X)								\
	X(DIRECT, "direct", "an allocation found too little free memory and reclaims itself") \
	X(KSWAPD, "kswapd", "a node fell below its low watermark: kswapd until the high one") \
	X(NODE, "node", "an allocation reclaims on its node before it goes to another")	\
	X(LIMIT, "memcg-limit", "a memory cgroup is at its limit")			\
	X(HIGH, "memcg-high", "a memory cgroup is above memory.high")			\
	X(PROACTIVE, "memcg-proactive", "memory.reclaim was written to")		\
	X(STEP, "step", "part of an episode: one node at one priority")			\
	X(SHRINKER, "shrinker", "a shrinker was asked to free objects of the kernel")	\
	X(AGING, "aging", "MGLRU made a generation")					\
	X(EVICTED, "evicted", "a folio was evicted")					\
	X(REFAULT, "refault", "what had been evicted was read again")			\
	X(WAKEUP, "wakeup", "an allocation woke kswapd")

enum mms_reclaim_cause {
#define MMS_X(name, word, text) MMS_RECLAIM_##name,
	MMS_RECLAIM_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_RECLAIM_CAUSES
};

#define MMS_RECLAIM_QUIET	(~0ULL << MMS_RECLAIM_STEP)

/* Bits of mms_reclaim.marks. */
#define MMS_RECLAIM_ZONES	(1U << 0) /* free, min, low and high mean something */
#define MMS_RECLAIM_MEMCG	(1U << 1) /* target does; of an episode: usage and limit, too */
#define MMS_RECLAIM_DEMOTED	(1U << 2) /* demoted does */
#define MMS_RECLAIM_NODE	(1U << 3) /* node does */
#define MMS_RECLAIM_FILE	(1U << 4) /* dev, inode and index do */
#define MMS_RECLAIM_SWAP	(1U << 5) /* swap does */
#define MMS_RECLAIM_OWNER	(1U << 6) /* owner does */
#define MMS_RECLAIM_ADDRESS	(1U << 7) /* address does */
#define MMS_RECLAIM_DISTANCE	(1U << 8) /* distance does: pages */
#define MMS_RECLAIM_GENERATIONS	(1U << 9) /* distance does: generations */
#define MMS_RECLAIM_WORKINGSET	(1U << 10) /* it was in the working set */
#define MMS_RECLAIM_KNOWN	(1U << 11) /* ago and by do: its eviction was seen */

/*
 * MMS_RECLAIM_HEAD - how each record begins
 * @event: who did it
 * @episode: its number since tracing began, from 1, the same in all its rows; 0: outside of one
 * @target: the memory cgroup that is reclaimed from; that a folio belongs to; whose generation
 *	or objects it is about
 * @gfp: GFP flags of the allocation
 * @marks: MMS_RECLAIM_*
 * @dev: of the file
 * @cause: enum mms_reclaim_cause
 * @order: of the allocation, or of the folio
 * @priority: the last one, 12 is the first: 1 / 2^priority of a list is looked at
 * @node: where
 */
#define MMS_RECLAIM_HEAD	\
	struct mms_event event;	\
	__u64 episode;		\
	__u64 target;		\
	__u32 gfp;		\
	__u32 marks;		\
	__u32 dev;		\
	__u8 cause;		\
	__s8 order;		\
	__u8 priority;		\
	__u8 node

/**
 * struct mms_reclaim_work - what was done. Pages, if no unit is said
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
 * @congested: see struct reclaim_stat
 * @immediate: see @congested
 * @demoted: moved to slower memory
 * @written: whose writing was started
 * @slab_freed: objects that shrinkers have freed
 * @shrinkers: calls of shrinkers that had objects
 * @batches: calls of shrink_folio_list()
 * @throttled: nanoseconds it had to wait
 * @throttles: how often
 * @aged: generations that MGLRU made
 */
struct mms_reclaim_work {
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
	__u64 shrinkers;
	__u64 batches;
	__u64 throttled;
	__u64 throttles;
	__u64 aged;
};

/**
 * struct mms_reclaim_folio - what was evicted, or came back
 * @inode: of its file
 * @index: of its first page in the file, in pages
 * @swap: its swp_entry_t: the swap area's number << 58 | the slot
 * @address: where the owner had it
 * @distance: what the kernel makes of the shadow entry: see refault.bpf.h
 * @ago: nanoseconds since its eviction
 * @by_episode: that evicted it, 0: none
 * @pages: that it has
 * @owner: number of a process that has the VMA it is in
 * @by_tid: the thread that evicted it
 * @pad: 0
 * @by_comm: its name
 */
struct mms_reclaim_folio {
	__u64 inode;
	__u64 index;
	__u64 swap;
	__u64 address;
	__u64 distance;
	__u64 ago;
	__u64 by_episode;
	__u32 pages;
	__u32 owner;
	__u32 by_tid;
	__u32 pad;
	char by_comm[16];
};

/**
 * struct mms_reclaim_shrinker - a call of a shrinker. Objects
 * @objects: that were there
 * @scanned: that it looked at
 * @freed: of these
 * @name: the shrinker's, where the kernel keeps one, else that of its count_objects()
 */
struct mms_reclaim_shrinker {
	__u64 objects;
	__u64 scanned;
	__u64 freed;
	char name[40];
};

/**
 * struct mms_reclaim_aging - the youngest generation's number
 * @before: lru_gen_folio.max_seq
 * @after: see @before
 */
struct mms_reclaim_aging {
	__u64 before;
	__u64 after;
};

/* What is not an episode, or a step of one: as the beginning of struct mms_reclaim. */
struct mms_reclaim_detail {
	MMS_RECLAIM_HEAD;
	union {
		struct mms_reclaim_folio folio;
		struct mms_reclaim_shrinker shrinker;
		struct mms_reclaim_aging aging;
	};
};

/**
 * struct mms_reclaim - an episode of reclaim, from the first to the last line of
 *	try_to_free_pages(), balance_pgdat() and such; or something in it
 * @MMS_RECLAIM_HEAD: what it has of all kinds
 * @work: with an episode and STEP
 * @free_before: free pages of the node's zones up to the one asked for
 * @free_after: the same afterwards
 * @min: their watermark min
 * @low: their watermark low
 * @high: their watermark high
 * @usage_before: of the memory cgroup: its memory.high for
 *	MEMCG_HIGH, else memory.max
 * @usage_after: see @usage_before
 * @limit: see @usage_before
 * @returned: what the function returned
 * @folio: with EVICTED and REFAULT
 * @shrinker: with SHRINKER
 * @aging: with AGING
 */
struct mms_reclaim {
	MMS_RECLAIM_HEAD;
	union {
		struct {
			struct mms_reclaim_work work;
			__u64 free_before;
			__u64 free_after;
			__u64 min;
			__u64 low;
			__u64 high;
			__u64 usage_before;
			__u64 usage_after;
			__u64 limit;
			__u64 returned;
		};
		struct mms_reclaim_folio folio;
		struct mms_reclaim_shrinker shrinker;
		struct mms_reclaim_aging aging;
	};
};

_Static_assert(__builtin_offsetof(struct mms_reclaim, folio) ==
	       __builtin_offsetof(struct mms_reclaim_detail, folio), "a detail is a beginning");

#endif /* MMS_BPF_RECLAIM_H */
