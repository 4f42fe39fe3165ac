// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attached processes: the only state the module keeps. Attaching makes a
 * folder with the process views on both surfaces; it holds a reference to the
 * struct pid, neither to the task nor to its memory.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include "registry.h"
#include "session.h"
#include "sink.h"
#include "surface.h"

#define MMS_MAX_TARGETS	1024

/*
 * The lock is for the list alone. A folder is removed without it, because
 * that waits for readers inside, who may wait for their target's mmap_lock;
 * until it is gone the target stays in the list, so that no other can take
 * its name.
 */
static DEFINE_MUTEX(mms_attach_lock);
static LIST_HEAD(mms_targets);
static unsigned int mms_nr_targets;
static bool mms_attach_started;	/* the surfaces are there, and will stay */
static DECLARE_WAIT_QUEUE_HEAD(mms_targets_gone);

struct mms_node mms_self_nodes[MMS_VIEW_LIMIT];

/**
 * mms_node_open() - open a text file
 * @node: what it shows
 * @file: the file
 *
 * Return: 0 or what mms_session_create() and mms_session_target() give.
 */
int mms_node_open(const struct mms_node *node, struct file *file)
{
	struct mms_session *s = mms_session_create(node->view, file);
	int err = 0;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (node->view->scope == MMS_SCOPE_PROCESS)
		err = mms_session_target(s, node->pid ?: task_tgid(current));
	if (!err)
		err = mms_text_open(file, s);
	if (err)
		mms_session_destroy(s);
	return err;
}

static struct mms_target *mms_target_find_nr(pid_t nr)
{
	struct mms_target *t;

	lockdep_assert_held(&mms_attach_lock);
	list_for_each_entry(t, &mms_targets, list) {
		if (t->nr == nr)
			return t;
	}
	return NULL;
}

/* The lock is held on entry and on return, and let go in between. */
static void mms_target_destroy(struct mms_target *t)
{
	lockdep_assert_held(&mms_attach_lock);
	t->going = true;
	mutex_unlock(&mms_attach_lock);
	mms_debugfs_remove(t);
	mms_proc_remove(t);
	mutex_lock(&mms_attach_lock);
	list_del(&t->list);
	mms_nr_targets--;
	wake_up_all(&mms_targets_gone);
	put_pid(t->pid);
	kfree(t);
}

/* The thread group of @nr in the caller's pid namespace, if it has memory. */
static struct pid *mms_attach_lookup(pid_t nr, int *ret_err)
{
	struct pid *tgid = NULL;
	struct task_struct *task;

	*ret_err = -ESRCH;
	rcu_read_lock();
	task = pid_task(find_vpid(nr), PIDTYPE_PID);
	if (task && (task->flags & PF_KTHREAD))
		*ret_err = -EINVAL;
	else if (task && !task->exit_state)
		tgid = get_pid(task_tgid(task));
	rcu_read_unlock();
	return tgid;
}

static int mms_attach_pid(pid_t nr)
{
	const struct mms_view *view;
	struct mms_target *t, *old;
	unsigned int i;
	struct pid *pid;
	int err;

	pid = mms_attach_lookup(nr, &err);
	if (!pid)
		return err;
	t = kzalloc(struct_size(t, nodes, mms_nr_views), GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!t)
		goto put_pid;
	t->pid = pid;
	t->nr = pid_nr(pid);
	mms_for_each_view(i, view)
		t->nodes[i] = (struct mms_node){ .view = view, .pid = pid };

	if (mutex_lock_killable(&mms_attach_lock)) {
		err = -EINTR;
		goto free_target;
	}
	old = mms_target_find_nr(t->nr);
	if (old && !old->going && old->pid != pid) {	/* of a process that is gone */
		mms_target_destroy(old);
		old = mms_target_find_nr(t->nr);
	}
	err = -ENODEV;
	if (!mms_attach_started)
		goto unlock;
	err = -EEXIST;
	if (old)
		goto unlock;
	err = -ENOSPC;
	if (mms_nr_targets >= MMS_MAX_TARGETS)
		goto unlock;
	err = mms_proc_add(t);
	if (err)
		goto unlock;
	mms_debugfs_add(t);
	list_add_tail(&t->list, &mms_targets);
	mms_nr_targets++;
	mutex_unlock(&mms_attach_lock);
	return 0;

unlock:
	mutex_unlock(&mms_attach_lock);
free_target:
	kfree(t);
put_pid:
	put_pid(pid);
	return err;
}

/*
 * @nr is a number in the caller's pid namespace, or that of a folder, whose
 * process may be gone.
 */
static int mms_detach_pid(pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	struct mms_target *t;
	int err = -ENOENT;

	if (pid)
		nr = pid_nr(pid);
	put_pid(pid);
	if (mutex_lock_killable(&mms_attach_lock))
		return -EINTR;
	t = mms_target_find_nr(nr);
	if (t && !t->going) {
		mms_target_destroy(t);
		err = 0;
	}
	mutex_unlock(&mms_attach_lock);
	return err;
}

/**
 * mms_attach_write() - "PID" attaches, "-PID" detaches
 * @file: the file, opened by mms_attach_open()
 * @buf: the number
 * @len: bytes at @buf
 * @pos: not used
 *
 * Return: @len; EACCES, EINVAL for what is no such number or a kernel thread,
 * ESRCH for a process that is not there, EEXIST, ENOENT for one that is not
 * attached, ENOSPC, ENODEV while the module comes or goes.
 */
ssize_t mms_attach_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char word[16];
	int nr, err;

	if (!len || len >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, buf, len))
		return -EFAULT;
	word[len] = '\0';
	err = kstrtoint(word, 10, &nr);
	if (err || !nr || nr == INT_MIN)
		return -EINVAL;
	err = nr > 0 ? mms_attach_pid(nr) : mms_detach_pid(-nr);
	return err ?: len;
}

/* One line each: number, and whether the process is still there. */
static int mms_attach_show(struct seq_file *m, void *unused)
{
	struct mms_target *t;

	if (mutex_lock_killable(&mms_attach_lock))
		return -EINTR;
	list_for_each_entry(t, &mms_targets, list) {
		struct task_struct *task = get_pid_task(t->pid, PIDTYPE_TGID);
		char comm[TASK_COMM_LEN];

		seq_printf(m, "%d ", t->nr);
		if (task) {
			seq_escape_str(m, get_task_comm(comm, task),
				       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, "\\");
			put_task_struct(task);
		} else {
			seq_puts(m, "(gone)");
		}
		seq_putc(m, '\n');
	}
	mutex_unlock(&mms_attach_lock);
	return 0;
}

/**
 * mms_attach_open() - open the list, to read or to write it
 * @inode: not used
 * @file: the file
 *
 * Return: 0, what mms_may_open() has against it, or -ENOMEM
 */
int mms_attach_open(struct inode *inode, struct file *file)
{
	return mms_may_open(file, false) ?: single_open(file, mms_attach_show, NULL);
}

void __init mms_attach_init(void)
{
	const struct mms_view *view;
	unsigned int i;

	mms_for_each_view(i, view)
		mms_self_nodes[i].view = view;
}

/* Both surfaces are there: from now on processes can be attached. */
void __init mms_attach_start(void)
{
	mutex_lock(&mms_attach_lock);
	mms_attach_started = true;
	mutex_unlock(&mms_attach_lock);
}

/* The first target that nobody detaches yet. */
static struct mms_target *mms_target_any(void)
{
	struct mms_target *t;

	list_for_each_entry(t, &mms_targets, list) {
		if (!t->going)
			return t;
	}
	return NULL;
}

/* Detach all, and wait for those that others are detaching. */
void mms_attach_exit(void)
{
	struct mms_target *t;

	mutex_lock(&mms_attach_lock);
	mms_attach_started = false;
	while ((t = mms_target_any()))
		mms_target_destroy(t);
	mutex_unlock(&mms_attach_lock);
	wait_event(mms_targets_gone, !READ_ONCE(mms_nr_targets));
}
