// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel stacks. Nothing in a page says that it is one: with VMAP_STACK it is a
 * page of vmalloc() like others. So all threads are asked for theirs.
 *
 * What keeps a thread is RCU. A reference to its stack could be taken, but not
 * given back: put_task_stack() is not exported. So the stack's reference count
 * is looked at before and afterwards: it never rises from 0, so that a stack
 * that has references afterwards was there all the time. The tables that map it
 * are freed after a flush of all CPUs' TLBs, as those of all of the kernel's
 * half, which interrupts that are off hold up; see walk-pgtable.c. A stack that
 * goes meanwhile is not read, and its frames are forgotten.
 *
 * The stacks of the CPUs' idle threads are not found: these have no pid, and
 * idle_task() is not exported. Neither are stacks that wait for the next fork().
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include "walk-stack.h"

#define MMS_STACK_PAGES	DIV_ROUND_UP(THREAD_SIZE, PAGE_SIZE)

/* Threads that are asked in one RCU read section. */
#define MMS_STACK_THREADS	64

static bool mms_stack_held(const struct task_struct *task)
{
#ifdef CONFIG_THREAD_INFO_IN_TASK
	return refcount_read(&task->stack_refcount);
#else
	return false;	/* nothing tells whether it is still there */
#endif
}

/* The frames of a thread's stack; 0 if it is gone. RCU read section. */
static unsigned int mms_stack_frames(const struct task_struct *task,
				     unsigned long frame[MMS_STACK_PAGES])
{
	unsigned int i, n = 0;
	unsigned long flags;
	const char *stack;

	local_irq_save(flags);
	if (!mms_stack_held(task))
		goto restore;
	smp_rmb();	/* the count, then the stack */
	stack = READ_ONCE(task->stack);
	for (i = 0; stack && i < MMS_STACK_PAGES; i++) {
		const char *addr = stack + i * PAGE_SIZE;
		struct page *page = is_vmalloc_addr(addr) ? vmalloc_to_page(addr) :
							    virt_to_page(addr);

		if (page)
			frame[n++] = page_to_pfn(page);
	}
	smp_rmb();	/* the stack, then the count */
	if (!mms_stack_held(task))
		n = 0;
restore:
	local_irq_restore(flags);
	return n;
}

/* Make room for the frames of another MMS_STACK_THREADS threads. */
static int mms_stacks_grow(struct mms_stacks *s)
{
	const size_t need = s->nr + MMS_STACK_THREADS * MMS_STACK_PAGES;
	const size_t room = max(need, 2 * s->room);
	unsigned long *pfn;

	if (need <= s->room)
		return 0;
	pfn = kvmalloc_array(room, sizeof(*pfn), GFP_KERNEL_ACCOUNT);
	if (!pfn)
		return -ENOMEM;
	if (s->nr)
		memcpy(pfn, s->pfn, s->nr * sizeof(*pfn));
	kvfree(s->pfn);
	s->pfn = pfn;
	s->room = room;
	return 0;
}

static void mms_stacks_add(struct mms_stacks *s, const struct task_struct *task,
			   unsigned long start, unsigned long end)
{
	unsigned long frame[MMS_STACK_PAGES];
	unsigned int i, n = mms_stack_frames(task, frame);

	for (i = 0; i < n; i++) {
		if (frame[i] >= start && frame[i] < end)
			s->pfn[s->nr++] = frame[i];
	}
}

/* Threads with numbers from *@nr on, which becomes where to go on; 0 at the end. */
static void mms_stacks_threads(struct mms_stacks *s, pid_t *nr, unsigned long start,
			       unsigned long end)
{
	struct task_struct *task;
	unsigned int i;
	struct pid *pid;

	rcu_read_lock();
	for (i = 0; i < MMS_STACK_THREADS; i++) {
		pid = find_ge_pid(*nr, &init_pid_ns);
		if (!pid) {
			*nr = 0;
			break;
		}
		*nr = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_PID);
		if (task)
			mms_stacks_add(s, task, start, end);
	}
	rcu_read_unlock();
}

static int mms_stacks_compare(const void *a, const void *b)
{
	const unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/**
 * mms_stacks_get() - the page frames that are stacks now
 * @s: filled, to be freed with mms_stacks_put()
 * @start: first frame that matters
 * @end: first frame after those that do
 *
 * Context: process context, no locks; RCU for 64 threads at a time, and interrupts
 * off for one.
 * Return: 0, or ENOMEM, or EINTR when the reader was killed: there is nothing to
 * be freed then.
 */
int mms_stacks_get(struct mms_stacks *s, unsigned long start, unsigned long end)
{
	pid_t nr = 1;
	int err;

	*s = (struct mms_stacks){};
	while (nr) {
		err = fatal_signal_pending(current) ? -EINTR : mms_stacks_grow(s);
		if (err) {
			mms_stacks_put(s);
			return err;
		}
		mms_stacks_threads(s, &nr, start, end);
		cond_resched();
	}
	sort(s->pfn, s->nr, sizeof(*s->pfn), mms_stacks_compare, NULL);
	return 0;
}

void mms_stacks_put(struct mms_stacks *s)
{
	kvfree(s->pfn);
	*s = (struct mms_stacks){};
}
