/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What bpf/oom.bpf.c and the tool share. */
#ifndef MMS_BPF_OOM_H
#define MMS_BPF_OOM_H

#include "trace.h"

/* What a row is about: X(NAME, word, text). */
#define MMS_OOM_CAUSES(X)								\
	X(CANDIDATE, "candidate", "a process that was looked at")			\
	X(DECISION, "decision", "who asked, and who was chosen")			\
	X(VICTIM, "victim", "it was killed")						\
	X(GROUP, "group", "it was killed with it, as memory.oom.group says")		\
	X(SHARED, "shared", "it was killed with it, as it has the same memory")		\
	X(EXITING, "exiting", "it was let use the reserves, as it exits anyway")	\
	X(REAPED, "reaped", "oom_reaper took its memory")				\
	X(SKIPPED, "skipped", "oom_reaper took nothing: it is gone already, or mmap_lock is held")

enum mms_oom_cause {
#define MMS_X(name, word, text) MMS_OOM_##name,
	MMS_OOM_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_OOM_CAUSES
};

/* Bits of mms_oom.marks. */
#define MMS_OOM_TASK		(1U << 0) /* task means something */
#define MMS_OOM_MM		(1U << 1) /* rss, swap, tables do */
#define MMS_OOM_POINTS		(1U << 2) /* points does */
#define MMS_OOM_ASKED		(1U << 3) /* gfp, order, constraint, total do */
#define MMS_OOM_MEMCG		(1U << 4) /* memcg, usage, limit do */
#define MMS_OOM_FREED		(1U << 5) /* freed does; name and adj do not */

/**
 * struct mms_oom - something about one decision. Pages, if no unit is said
 * @event: who needed memory; with REAPED and SKIPPED: oom_reaper
 * @decision: its number since tracing began, from 1; the same in all its rows
 * @points: badness, of what memory it has and oom_score_adj
 * @rss: of the process, as badness() counts them
 * @swap: see @rss
 * @tables: see @rss
 * @total: what points of 1000 are: pages of RAM and swap that the decision is about
 * @memcg: id of the memory cgroup that is at its limit, 0: none
 * @usage: of it
 * @limit: see @usage
 * @free: pages free in the whole machine
 * @freed: that oom_reaper took
 * @gfp: GFP flags of the allocation
 * @task: number of the process it is about
 * @candidates: how many were looked at so far
 * @order: of the allocation
 * @adj: the process's oom_score_adj
 * @marks: MMS_OOM_*
 * @cause: enum mms_oom_cause
 * @constraint: enum oom_constraint
 * @pad: 0
 * @name: of the process
 */
struct mms_oom {
	struct mms_event event;
	__u64 decision;
	__s64 points;
	__u64 rss;
	__u64 swap;
	__u64 tables;
	__u64 total;
	__u64 memcg;
	__u64 usage;
	__u64 limit;
	__u64 free;
	__u64 freed;
	__u32 gfp;
	__u32 task;
	__u32 candidates;
	__s32 order;
	__s16 adj;
	__u16 marks;
	__u8 cause;
	__u8 constraint;
	__u16 pad;
	char name[16];
};

#endif /* MMS_BPF_OOM_H */
