// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes and their address spaces. Processes that share one (CLONE_VM
 * without CLONE_THREAD) count as one: the one that the kernel takes for its owner.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include "walk-process.h"

#ifndef CONFIG_MEMCG
/* The first process that uses an address space. RCU read section. */
struct task_struct *mms_owner_task(struct mm_struct *mm)
{
	struct task_struct *p;

	for_each_process(p) {
		if (!(p->flags & PF_KTHREAD) && READ_ONCE(p->mm) == mm)
			return p;
	}
	return NULL;
}
#endif

/**
 * mms_process_next() - the process with the next number
 * @nr: number in the initial pid namespace to begin at; becomes the one found
 *
 * Return: its pid, a reference of the caller's; NULL if there is none.
 */
struct pid *mms_process_next(pid_t *nr)
{
	struct pid *pid;

	rcu_read_lock();
	for (;; ++*nr) {
		pid = find_ge_pid(*nr, &init_pid_ns);
		if (!pid)
			break;
		*nr = pid_nr(pid);
		if (pid_task(pid, PIDTYPE_TGID))
			break;
	}
	pid = get_pid(pid);
	rcu_read_unlock();
	return pid;
}

/**
 * mms_process_mm() - the address space a process owns
 * @pid: the process
 * @comm: filled with its name, and zeros, if there is one
 *
 * Return: the mm, to be given back with mmput(); NULL for none: a kernel
 * thread, a process that has ended, one that shares another's memory.
 */
struct mm_struct *mms_process_mm(struct pid *pid, char comm[TASK_COMM_LEN])
{
	struct task_struct *leader, *task, *owner;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	leader = pid_task(pid, PIDTYPE_TGID);
	if (!leader)
		goto unlock;
	/* the leader may have ended before its threads */
	for_each_thread(leader, task) {
		mm = get_task_mm(task);
		if (mm)
			break;
	}
	if (!mm)
		goto unlock;
	strscpy_pad(comm, leader->comm, TASK_COMM_LEN);
	owner = mms_owner_task(mm);
	if (!owner || task_tgid(owner) == pid)
		goto unlock;
	rcu_read_unlock();
	mmput(mm);
	return NULL;
unlock:
	rcu_read_unlock();
	return mm;
}
