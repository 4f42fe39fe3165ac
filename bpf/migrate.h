/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What migrate.bpf.c and the tool share. */
#ifndef MMS_BPF_MIGRATE_H
#define MMS_BPF_MIGRATE_H

#include "trace.h"

/*
 * Why pages were to be moved, by the names in enum migrate_reason, include/linux/
 * migrate_mode.h: X(NAME, word, text).
 */
#define MMS_MIGRATE_REASONS(X)								\
	X(COMPACTION, "compaction", "compaction makes room for a large block")		\
	X(MEMORY_FAILURE, "memory-failure", "memory is about to break: soft offline")	\
	X(MEMORY_HOTPLUG, "memory-hotplug", "memory is taken out")			\
	X(SYSCALL, "syscall", "move_pages(), migrate_pages(), or the nodes of a cpuset changed") \
	X(MEMPOLICY_MBIND, "mbind", "mbind() with MPOL_MF_MOVE")			\
	X(NUMA_MISPLACED, "numa", "NUMA balancing: who uses it is on another node")	\
	X(CONTIG_RANGE, "contig-range", "a range of page frames is wanted: CMA, gigantic pages") \
	X(LONGTERM_PIN, "longterm-pin", "it is to be pinned for long, and must not stay where it is") \
	X(DEMOTION, "demotion", "reclaim moves it to slower memory")			\
	X(DAMON, "damon", "a scheme of DAMON")

/* All causes. */
#define MMS_MIGRATE_CAUSES(X)								\
	X(UNKNOWN, "unknown", "a reason that is not known here")			\
	MMS_MIGRATE_REASONS(X)								\
	X(HINT, "numa-hint", "a fault of NUMA balancing: which node uses the page?")

enum mms_migrate_cause {
#define MMS_X(name, word, text) MMS_MIGRATE_##name,
	MMS_MIGRATE_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_MIGRATE_CAUSES
};

/* How much it may wait, by the names in enum migrate_mode. */
#define MMS_MIGRATE_MODES(X)								\
	X(ASYNC, "async", "never blocks")						\
	X(SYNC_LIGHT, "sync-light", "blocks, but not for writing")			\
	X(SYNC, "sync", "blocks")							\
	X(SYNC_NO_COPY, "sync-no-copy", "blocks, a device copies")

enum mms_migrate_mode {
	MMS_MIGRATE_MODE_UNKNOWN,
#define MMS_X(name, word, text) MMS_MIGRATE_MODE_##name,
	MMS_MIGRATE_MODES(MMS_X)
#undef MMS_X
};

/* Bits of mms_migrate.marks. */
#define MMS_MIGRATE_FROM	(1U << 0) /* from means something */
#define MMS_MIGRATE_TO		(1U << 1) /* to does */
#define MMS_MIGRATE_LARGE	(1U << 2) /* split_large does */

/**
 * struct mms_migrate - a call of migrate_pages(), or a fault of NUMA balancing. Pages, if
 *	no unit is said
 * @event: who did it
 * @moved: that were moved; with a hint: that this fault has moved
 * @failed: that stayed; with a hint: that were to be moved and stayed
 * @hinted: of a hint: that the fault was about
 * @moved_huge: of what was moved, folios as large as a PMD maps
 * @failed_huge: of what stayed
 * @split_huge: folios as large as a PMD maps that were split, to be moved in pieces
 * @split_large: large folios, with these, that were
 * @marks: MMS_MIGRATE_*
 * @from: node of the first page
 * @to: node that they were to be moved to; with a hint: where they are now
 * @cause: enum mms_migrate_cause
 * @mode: enum mms_migrate_mode
 * @pad: 0
 */
struct mms_migrate {
	struct mms_event event;
	__u64 moved;
	__u64 failed;
	__u64 hinted;
	__u64 moved_huge;
	__u64 failed_huge;
	__u64 split_huge;
	__u64 split_large;
	__u32 marks;
	__u16 from;
	__u16 to;
	__u8 cause;
	__u8 mode;
	__u8 pad[6];
};

#endif /* MMS_BPF_MIGRATE_H */
