/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The record of alloc.bpf.c. */
#ifndef MMS_BPF_ALLOC_H
#define MMS_BPF_ALLOC_H

#include "trace.h"

/* What it took to get the pages: X(NAME, word, text). The costliest that was done. */
#define MMS_ALLOC_CAUSES(X)								\
	X(PCP, "pcp", "the CPU had them in its own list")				\
	X(REFILL, "refill", "the CPU's list was empty and was filled from the buddy's first") \
	X(BUDDY, "buddy", "from the buddy's lists of free blocks")			\
	X(FALLBACK, "fallback", "no block of its type was left: one of another type was taken") \
	X(COMPACT, "compact", "no block was as large: compaction was tried")		\
	X(RECLAIM, "reclaim", "too little was free: the task had to reclaim itself")	\
	X(BULK, "bulk", "many pages at once, by alloc_pages_bulk()")			\
	X(FAILED, "failed", "there was none")

enum mms_alloc_cause {
#define MMS_X(name, word, text) MMS_ALLOC_##name,
	MMS_ALLOC_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_ALLOC_CAUSES
};

/* What is summed up in the kernel: by cause and order. */
#define MMS_ALLOC_KEY(cause, order)	((cause) << 4 | (order))
#define MMS_ALLOC_NR_KEYS		MMS_ALLOC_KEY(MMS_NR_ALLOC_CAUSES, 0)

/* Bits of mms_alloc.marks. */
#define MMS_ALLOC_WARNED	(1U << 0) /* the kernel wrote to its log that it failed */

/**
 * struct mms_alloc - an allocation of pages, from the first to the last line of
 *	__alloc_pages() or alloc_pages_bulk()
 * @event: for whom; in an interrupt it is the task that was interrupted
 * @pfn: of the first page, 0: failed, or in bulk
 * @reclaim: nanoseconds in try_to_free_pages()
 * @compact: nanoseconds in try_to_compact_pages()
 * @pages: that it gave
 * @gfp: GFP flags, as they were asked for
 * @refilled: blocks that were put into the CPU's list meanwhile
 * @fallbacks: blocks of another migrate type that were taken meanwhile
 * @marks: MMS_ALLOC_*
 * @cause: enum mms_alloc_cause
 * @order: pages are 1 << order, but for bulk
 * @fallback_order: of the smallest block of another type, if there was one
 * @fallback_type: its migrate type
 */
struct mms_alloc {
	struct mms_event event;
	__u64 pfn;
	__u64 reclaim;
	__u64 compact;
	__u32 pages;
	__u32 gfp;
	__u32 refilled;
	__u32 fallbacks;
	__u32 marks;
	__u8 cause;
	__u8 order;
	__u8 fallback_order;
	__u8 fallback_type;
};

#endif /* MMS_BPF_ALLOC_H */
