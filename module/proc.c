// SPDX-License-Identifier: GPL-2.0-only
/* /proc/mmscope: the text files, for people, and the raw ones, for tools. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "registry.h"
#include "session.h"
#include "sink.h"
#include "surface.h"

static bool mms_proc_on = true;
module_param_named(proc, mms_proc_on, bool, 0444);
MODULE_PARM_DESC(proc, "Files in /proc/mmscope (default: Y)");

static struct proc_dir_entry *mms_proc_root;	/* NULL with proc=N */

static int mms_proc_open(struct inode *inode, struct file *file)
{
	return mms_node_open(pde_data(inode), file);
}

static int mms_proc_release(struct inode *inode, struct file *file)
{
	return mms_text_release(file);
}

static const struct proc_ops mms_proc_ops = {
	.proc_open = mms_proc_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = mms_proc_release,
};

/*
 * As in debugfs, whoever has one open keeps the module: it would have to do without the rest.
 * Opening and releasing are waited for by proc_remove(), so that the reference may be the last.
 */
static int mms_proc_raw_open(struct inode *inode, struct file *file)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return -ENOENT;
	err = mms_raw_open(pde_data(inode), inode, file);
	if (err)
		module_put(THIS_MODULE);
	return err;
}

static int mms_proc_raw_release(struct inode *inode, struct file *file)
{
	mms_raw_release(inode, file);
	module_put(THIS_MODULE);
	return 0;
}

static const struct proc_ops mms_proc_raw_ops = {
	.proc_open = mms_proc_raw_open,
	.proc_read = mms_raw_file_read,
	.proc_write = mms_raw_file_write,
	.proc_release = mms_proc_raw_release,
};

static const struct proc_ops mms_proc_attach_ops = {
	.proc_open = mms_attach_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_write = mms_attach_write,
	.proc_release = single_release,
};

/* The text files of one scope, one for each of @nodes. */
static int mms_proc_fill(struct proc_dir_entry *dir, struct mms_node *nodes, enum mms_scope scope)
{
	const struct mms_view *view;
	unsigned int i;

	mms_for_each_view(i, view) {
		if (view->scope != scope || !(view->surfaces & MMS_ON_TEXT))
			continue;
		if (!proc_create_data(view->name, 0400, dir, &mms_proc_ops, &nodes[i]))
			return -ENOMEM;
	}
	return 0;
}

/*
 * The raw files. debugfs has them, too, but is closed where the kernel is locked down for
 * integrity, as it is with Secure Boot.
 */
static int __init mms_proc_fill_raw(struct proc_dir_entry *root)
{
	struct proc_dir_entry *dir;
	const struct mms_view *view;
	unsigned int i;

	if (!mms_raw_on)
		return 0;
	dir = proc_mkdir_mode("raw", 0500, root);
	if (!dir)
		return -ENOMEM;
	mms_for_each_view(i, view) {
		if ((view->surfaces & MMS_ON_RAW) &&
		    !proc_create_data(view->name, 0600, dir, &mms_proc_raw_ops, (void *)view))
			return -ENOMEM;
	}
	return 0;
}

/**
 * mms_proc_add() - a folder for an attached process
 * @t: the target
 *
 * Return: 0 or ENOMEM; then nothing is left behind.
 */
int mms_proc_add(struct mms_target *t)
{
	char name[12];
	int err;

	if (!mms_proc_root)
		return 0;
	snprintf(name, sizeof(name), "%d", t->nr);
	t->proc = proc_mkdir_mode(name, 0500, mms_proc_root);
	if (!t->proc)
		return -ENOMEM;
	err = mms_proc_fill(t->proc, t->nodes, MMS_SCOPE_PROCESS);
	if (err)
		mms_proc_remove(t);
	return err;
}

void mms_proc_remove(struct mms_target *t)
{
	proc_remove(t->proc);
	t->proc = NULL;
}

int __init mms_proc_init(void)
{
	struct proc_dir_entry *self;

	if (!mms_proc_on)
		return 0;
	mms_proc_root = proc_mkdir_mode("mmscope", 0500, NULL);
	if (!mms_proc_root)
		return -ENOMEM;
	self = proc_mkdir_mode("self", 0500, mms_proc_root);
	if (!self || !proc_create("attach", 0600, mms_proc_root, &mms_proc_attach_ops) ||
	    mms_proc_fill(self, mms_self_nodes, MMS_SCOPE_PROCESS) ||
	    mms_proc_fill(mms_proc_root, mms_self_nodes, MMS_SCOPE_SYSTEM) ||
	    mms_proc_fill_raw(mms_proc_root)) {
		mms_proc_exit();
		return -ENOMEM;
	}
	return 0;
}

void mms_proc_exit(void)
{
	proc_remove(mms_proc_root);
}
