/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What swapio.bpf.c and the tool share. */
#ifndef MMS_BPF_SWAPIO_H
#define MMS_BPF_SWAPIO_H

#include "trace.h"

/* Where a folio goes or comes from: X(NAME, word, text). */
#define MMS_SWAPIO_CAUSES(X)								\
	X(OUT, "out", "written to a device or file")					\
	X(OUT_ZSWAP, "out-zswap", "compressed into memory by zswap")			\
	X(OUT_ZERO, "out-zero", "not written: it is all zero, and its slot says so")	\
	X(OUT_BACK, "out-back", "written to a device or file by zswap, which gives its memory back") \
	X(OUT_NONE, "out-none", "not written: nobody uses its slot any more")		\
	X(OUT_REFUSED, "out-refused", "stays in memory: not for zswap, and its cgroup may not write") \
	X(IN, "in", "read from a device or file")					\
	X(IN_ZSWAP, "in-zswap", "taken from zswap")					\
	X(IN_ZERO, "in-zero", "not read: its slot says that it is all zero")		\
	X(IN_CACHE, "in-cache", "found in the swap cache: still or already in memory")

enum mms_swapio_cause {
#define MMS_X(name, word, text) MMS_SWAPIO_##name,
	MMS_SWAPIO_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_SWAPIO_CAUSES
};

/* For whom: X(NAME, word, text). */
#define MMS_SWAPIO_REASONS(X)								\
	X(UNKNOWN, "unknown", "it was under way when tracing began")			\
	X(RECLAIM, "reclaim", "reclaim of another kind, or under way when tracing began") \
	X(KSWAPD, "kswapd", "kswapd, as a node has little free memory")			\
	X(DIRECT, "direct", "an allocation that reclaims by itself")			\
	X(MEMCG, "memcg", "reclaim of a memory cgroup: at its limit, or told to")	\
	X(PAGEOUT, "pageout", "MADV_PAGEOUT, or DAMON")					\
	X(ZSWAP, "zswap", "zswap's own worker")						\
	X(FAULT, "fault", "a task touched it")						\
	X(SHMEM, "shmem", "a task used shared memory or a file of tmpfs")		\
	X(WILLNEED, "willneed", "MADV_WILLNEED")					\
	X(SWAPOFF, "swapoff", "its area is taken out of use")

enum mms_swapio_reason {
#define MMS_X(name, word, text) MMS_SWAPIO_FOR_##name,
	MMS_SWAPIO_REASONS(MMS_X)
#undef MMS_X
	MMS_NR_SWAPIO_REASONS
};

/* How it was read ahead: X(NAME, word, text). */
#define MMS_SWAPIO_AHEADS(X)								\
	X(NO, "no", "it was asked for")							\
	X(VMA, "vma", "it is near in the VMA")						\
	X(CLUSTER, "cluster", "it is near in the swap area")

enum mms_swapio_ahead {
#define MMS_X(name, word, text) MMS_SWAPIO_AHEAD_##name,
	MMS_SWAPIO_AHEADS(MMS_X)
#undef MMS_X
	MMS_NR_SWAPIO_AHEADS
};

/* Bits of mms_swapio.marks. */
#define MMS_SWAPIO_ANON		(1U << 0) /* anonymous memory */
#define MMS_SWAPIO_SHMEM	(1U << 1) /* shared memory; neither: not known */
#define MMS_SWAPIO_WAITS	(1U << 2) /* the task waits until it is done */
#define MMS_SWAPIO_FAILED	(1U << 3)
#define MMS_SWAPIO_WORKINGSET	(1U << 4) /* it was in use when it was reclaimed last */
#define MMS_SWAPIO_ADDRESS	(1U << 5) /* address means something */
#define MMS_SWAPIO_COMPRESSED	(1U << 6) /* compressed does */
#define MMS_SWAPIO_AREA		(1U << 7) /* flags, dev and inode do */
#define MMS_SWAPIO_MEMCG	(1U << 8) /* memcg does; 0: it is charged to none */
#define MMS_SWAPIO_MAPPERS	(1U << 9) /* mappers does */

/**
 * struct mms_swapio - one folio goes out or comes in. From the call that writes or reads
 *	it until it is done, which may be in an interrupt; with IN_CACHE from the first to the
 *	last line of what handles the fault
 * @event: who reclaims, or needs it
 * @address: of its page, in @task
 * @slot: in the area, the first of it
 * @memcg: id of the memory cgroup it is charged to
 * @inode: of the area's file or device
 * @dev: see @inode
 * @compressed: bytes in zswap
 * @pages: of it
 * @flags: of the area, MMS_SWAP_* in swap.h
 * @task: process whose memory it is, 0: not known
 * @mappers: how often it was mapped when it was reclaimed
 * @marks: MMS_SWAPIO_*
 * @area: number of the swap area
 * @cause: enum mms_swapio_cause
 * @reason: enum mms_swapio_reason
 * @ahead: enum mms_swapio_ahead: how it was read ahead; with IN_CACHE: since tracing began
 * @name: of the process
 */
struct mms_swapio {
	struct mms_event event;
	__u64 address;
	__u64 slot;
	__u64 memcg;
	__u64 inode;
	__u64 compressed;
	__u32 dev;
	__u32 pages;
	__u32 flags;
	__u32 task;
	__u16 mappers;
	__u16 marks;
	__u8 area;
	__u8 cause;
	__u8 reason;
	__u8 ahead;
	char name[16];
};

#endif /* MMS_BPF_SWAPIO_H */
