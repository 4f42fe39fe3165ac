// SPDX-License-Identifier: GPL-2.0-only
/* debugfs: the same files once more, and what the wire is like. */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "registry.h"
#include "session.h"
#include "sink.h"
#include "surface.h"

static bool mms_debugfs_on = true;
module_param_named(debugfs, mms_debugfs_on, bool, 0444);
MODULE_PARM_DESC(debugfs, "Files in debugfs (default: Y)");

static struct dentry *mms_debugfs_root;	/* NULL with debugfs=N */

static int mms_debugfs_open(struct inode *inode, struct file *file)
{
	return mms_node_open(inode->i_private, file);
}

static int mms_debugfs_release(struct inode *inode, struct file *file)
{
	return mms_text_release(file);
}

static const struct file_operations mms_debugfs_ops = {
	.owner = THIS_MODULE,
	.open = mms_debugfs_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = mms_debugfs_release,
};

static int mms_debugfs_raw_open(struct inode *inode, struct file *file)
{
	return mms_raw_open(inode->i_private, inode, file);
}

static const struct file_operations mms_debugfs_raw_ops = {
	.owner = THIS_MODULE,
	.open = mms_debugfs_raw_open,
	.read = mms_raw_file_read,
	.write = mms_raw_file_write,
	.release = mms_raw_release,
};

static const struct file_operations mms_abi_ops = {
	.owner = THIS_MODULE,
	.open = mms_abi_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations mms_debugfs_attach_ops = {
	.owner = THIS_MODULE,
	.open = mms_attach_open,
	.read = seq_read,
	.write = mms_attach_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* debugfs makes folders 0755; ours are for root alone. */
static struct dentry *mms_debugfs_mkdir(const char *name, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(name, parent);

	if (!IS_ERR(dir)) {
		inode_lock(d_inode(dir));
		d_inode(dir)->i_mode = S_IFDIR | 0500;
		inode_unlock(d_inode(dir));
	}
	return dir;
}

static void mms_debugfs_fill(struct dentry *dir, struct mms_node *nodes, enum mms_scope scope)
{
	const struct mms_view *view;
	unsigned int i;

	mms_for_each_view(i, view) {
		if (view->scope == scope && (view->surfaces & MMS_ON_TEXT))
			debugfs_create_file(view->name, 0400, dir, &nodes[i], &mms_debugfs_ops);
	}
}

void mms_debugfs_add(struct mms_target *t)
{
	char name[12];

	if (!mms_debugfs_root)
		return;
	snprintf(name, sizeof(name), "%d", t->nr);
	t->debugfs = mms_debugfs_mkdir(name, mms_debugfs_root);
	mms_debugfs_fill(t->debugfs, t->nodes, MMS_SCOPE_PROCESS);
}

void mms_debugfs_remove(struct mms_target *t)
{
	debugfs_remove(t->debugfs);
	t->debugfs = NULL;
}

void __init mms_debugfs_init(void)
{
	const struct mms_view *view;
	struct dentry *raw;
	unsigned int i;

	if (!mms_debugfs_on)
		return;
	mms_debugfs_root = mms_debugfs_mkdir("mmscope", NULL);
	debugfs_create_file("attach", 0600, mms_debugfs_root, NULL, &mms_debugfs_attach_ops);
	debugfs_create_file("abi", 0400, mms_debugfs_root, NULL, &mms_abi_ops);
	mms_debugfs_fill(mms_debugfs_mkdir("self", mms_debugfs_root), mms_self_nodes,
			 MMS_SCOPE_PROCESS);
	mms_debugfs_fill(mms_debugfs_root, mms_self_nodes, MMS_SCOPE_SYSTEM);
	if (!mms_raw_on)
		return;
	raw = mms_debugfs_mkdir("raw", mms_debugfs_root);
	mms_for_each_view(i, view) {
		if (view->surfaces & MMS_ON_RAW)
			debugfs_create_file(view->name, 0600, raw, (void *)view,
					    &mms_debugfs_raw_ops);
	}
}

void mms_debugfs_exit(void)
{
	debugfs_remove(mms_debugfs_root);
}
