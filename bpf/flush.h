/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What flush.bpf.c and the tool share. */
#ifndef MMS_BPF_FLUSH_H
#define MMS_BPF_FLUSH_H

#include "trace.h"

/* Why a TLB was flushed: X(NAME, word, text). */
#define MMS_FLUSH_CAUSES(X)								\
	X(RANGE, "range", "a range of an address space was unmapped, protected or changed") \
	X(MM, "mm", "all of an address space: exit, exec, fork, or a batch that has to be done now") \
	X(BATCH, "batch", "pages of any address spaces were unmapped, by reclaim or migration") \
	X(KERNEL, "kernel", "a range of kernel addresses was given back: vmalloc and such") \
	X(ALL, "all", "everything, on each CPU")					\
	X(RIGHTS, "rights", "rights or caching of kernel pages were changed: set_memory_*()") \
	X(SWITCH, "switch", "another address space was loaded, and what was here of it was out of date") \
	X(RECEIVED, "received", "another CPU has asked this one, which was interrupted")

enum mms_flush_cause {
#define MMS_X(name, word, text) MMS_FLUSH_##name,
	MMS_FLUSH_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_FLUSH_CAUSES
};

/* How much of a TLB: X(NAME, word, text). */
#define MMS_FLUSH_EXTENTS(X)								\
	X(UNKNOWN, "unknown", "not to be told")						\
	X(PAGES, "pages", "one page of the range after the other")			\
	X(FULL, "all", "all of the address space, or of the kernel")			\
	X(NOTHING, "none", "nothing had to be flushed")

enum mms_flush_extent {
#define MMS_X(name, word, text) MMS_FLUSH_EXTENT_##name,
	MMS_FLUSH_EXTENTS(MMS_X)
#undef MMS_X
};

/* Where: X(NAME, word, text). */
#define MMS_FLUSH_PLACES(X)								\
	X(UNKNOWN, "unknown", "not to be told")						\
	X(HERE, "here", "on this CPU alone")						\
	X(OTHERS, "others", "on other CPUs, which were interrupted")			\
	X(BOTH, "both", "on this CPU and on others, which were interrupted")		\
	X(LATER, "later", "on no CPU now: by each that loads the address space again")	\
	X(BROADCAST, "broadcast", "on each CPU by one instruction, INVLPGB, which interrupts none")

enum mms_flush_place {
#define MMS_X(name, word, text) MMS_FLUSH_AT_##name,
	MMS_FLUSH_PLACES(MMS_X)
#undef MMS_X
};

/* Bits of mms_flush.marks. */
#define MMS_FLUSH_HAS_RANGE	(1U << 0) /* start and end mean something */
#define MMS_FLUSH_HAS_PAGES	(1U << 1) /* pages does */
#define MMS_FLUSH_HAS_STEP	(1U << 2) /* step and tables do */
#define MMS_FLUSH_HAS_IPIS	(1U << 3) /* ipis does */
#define MMS_FLUSH_HAS_LAZY	(1U << 4) /* lazy does */
#define MMS_FLUSH_HAS_HERE	(1U << 5) /* here does: this CPU took part */
#define MMS_FLUSH_HAS_FROM	(1U << 6) /* from does */

/**
 * struct mms_flush - a flush as the one sees it who asks for it, or who is asked
 * @event: who did it; with RECEIVED: who was interrupted; with SWITCH: who was left
 * @start: addresses from start up to but not end
 * @end: see @start
 * @pages: of 4 KiB, of the range, where it is flushed page by page
 * @target: the process whose address space it is, in the initial pid namespace; 0: none
 * @ipis: CPUs that were asked to flush, and waited for
 * @lazy: CPUs that have the address space, and were left alone
 * @from: the CPU that asked
 * @marks: MMS_FLUSH_*
 * @cause: enum mms_flush_cause
 * @extent: enum mms_flush_extent: of each CPU that was told
 * @here: the same, that this CPU has done
 * @place: enum mms_flush_place
 * @step: order of the pages in the range, in the page table
 * @tables: page tables were freed, too
 * @pad: 0
 */
struct mms_flush {
	struct mms_event event;
	__u64 start;
	__u64 end;
	__u64 pages;
	__u32 target;
	__u32 ipis;
	__u32 lazy;
	__u32 from;
	__u32 marks;
	__u8 cause;
	__u8 extent;
	__u8 here;
	__u8 place;
	__u8 step;
	__u8 tables;
	__u8 pad[6];
};

#endif /* MMS_BPF_FLUSH_H */
