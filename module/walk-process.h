/* SPDX-License-Identifier: GPL-2.0-only */
/* From an address space to its process, and from process to process. */
#ifndef MMS_WALK_PROCESS_H
#define MMS_WALK_PROCESS_H

#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * The owner of an address space: mm->owner, which only CONFIG_MEMCG has; else
 * the first process that uses it. RCU read section.
 */
#ifdef CONFIG_MEMCG
static inline struct task_struct *mms_owner_task(struct mm_struct *mm)
{
	return rcu_dereference(mm->owner);
}
#else
struct task_struct *mms_owner_task(struct mm_struct *mm);
#endif

struct pid *mms_process_next(pid_t *nr);
struct mm_struct *mms_process_mm(struct pid *pid, char comm[TASK_COMM_LEN]);

/**
 * mms_mm_owner() - whose address space is this?
 * @mm: the address space, compared and not followed but for its owner
 * @ns: pid namespace of the reader
 * @comm: filled with the name of the owner and zeros, "" for none
 *
 * Context: RCU read section.
 * Return: its thread-group id, or 0: outside of the namespace, about to be
 * born, or already gone.
 */
static __always_inline pid_t mms_mm_owner(struct mm_struct *mm, struct pid_namespace *ns,
					  char comm[TASK_COMM_LEN])
{
	struct task_struct *task = mms_owner_task(mm);
	struct pid *pid;

	if (unlikely(!task)) {
		memset(comm, 0, TASK_COMM_LEN);
		return 0;
	}
	/* without task_lock(): a name that is being changed may be a mixture, as in ps */
	data_race(memcpy(comm, task->comm, TASK_COMM_LEN));
	pid = task_tgid(task);
	return likely(ns == &init_pid_ns) ? pid_nr(pid) : pid_nr_ns(pid, ns);
}

#endif /* MMS_WALK_PROCESS_H */
