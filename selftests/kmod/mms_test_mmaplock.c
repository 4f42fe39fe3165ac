// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a process's mmap_lock for writing as long as its number stands in the parameter
 * pid, so that a test knows who has to wait. A thread holds it, as whoever takes a lock
 * also has to let go of it.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

static struct task_struct *holder;	/* under the lock of parameters */
static struct completion held;
static int pid;

static int hold(void *data)
{
	struct mm_struct *mm = data;

	mmap_write_lock(mm);
	complete(&held);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	mmap_write_unlock(mm);
	mmput(mm);
	return 0;
}

static void release(void)
{
	if (holder)
		kthread_stop(holder);
	holder = NULL;
}

static struct mm_struct *mm_of(int nr)
{
	struct pid *ref = find_get_pid(nr);
	struct task_struct *task = get_pid_task(ref, PIDTYPE_PID);
	struct mm_struct *mm = NULL;

	put_pid(ref);
	if (task) {
		mm = get_task_mm(task);
		put_task_struct(task);
	}
	return mm;
}

static int pid_set(const char *text, const struct kernel_param *param)
{
	struct mm_struct *mm;
	int err = param_set_int(text, param);

	if (err)
		return err;
	release();
	if (!pid)
		return 0;
	mm = mm_of(pid);
	if (!mm)
		return -ESRCH;
	init_completion(&held);
	holder = kthread_run(hold, mm, "mms_test_mmaplock");
	if (IS_ERR(holder)) {
		err = PTR_ERR(holder);
		holder = NULL;
		mmput(mm);
		return err;
	}
	wait_for_completion(&held);
	return 0;
}

static const struct kernel_param_ops pid_ops = { .set = pid_set, .get = param_get_int };
module_param_cb(pid, &pid_ops, &pid, 0600);

static int __init mms_test_mmaplock_init(void)
{
	return 0;
}

static void __exit mms_test_mmaplock_exit(void)
{
	release();
}

module_init(mms_test_mmaplock_init);
module_exit(mms_test_mmaplock_exit);
MODULE_DESCRIPTION("holds mmap_lock, for the tests of mmscope");
MODULE_LICENSE("GPL");
