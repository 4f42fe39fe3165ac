/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two surfaces over the same views. Both offer the same tree of text files and the
 * same raw ones; debugfs adds "abi". Neither knows a view by name.
 */
#ifndef MMS_SURFACE_H
#define MMS_SURFACE_H

#include <linux/fs.h>
#include <linux/types.h>
#include "view.h"

struct dentry;
struct pid;
struct proc_dir_entry;

/**
 * struct mms_node - what a file shows: the data behind every text file
 * @view: the view
 * @pid: the process, or NULL for the reader itself or for a system view
 */
struct mms_node {
	const struct mms_view *view;
	struct pid *pid;
};

/**
 * struct mms_target - an attached process; it lives from attach to detach
 * @list: in the list of attach.c, under its lock
 * @pid: a reference, so that the number cannot come to mean another process
 * @going: it is being detached; whoever said so frees it
 * @nr: the process's number in the initial pid namespace: its folder's name
 * @proc: its folder in /proc/mmscope
 * @debugfs: its folder in debugfs
 * @nodes: one for each process view, in the order of mms_views
 */
struct mms_target {
	struct list_head list;
	struct pid *pid;
	bool going;
	pid_t nr;
	struct proc_dir_entry *proc;
	struct dentry *debugfs;
	struct mms_node nodes[];
};

/* One node for each view about the reader itself, and for each system view. */
extern struct mms_node mms_self_nodes[];

int mms_node_open(const struct mms_node *node, struct file *file);

/* raw.c: raw files, of which @inode's data is the view; with raw=N there are none */
extern bool mms_raw_on;
int mms_raw_open(const struct mms_view *view, struct inode *inode, struct file *file);
ssize_t mms_raw_file_read(struct file *file, char __user *buf, size_t len, loff_t *pos);
ssize_t mms_raw_file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos);
int mms_raw_release(struct inode *inode, struct file *file);

/* attach.c: the list of targets */
void mms_attach_init(void);
void mms_attach_start(void);
void mms_attach_exit(void);
int mms_attach_open(struct inode *inode, struct file *file);
ssize_t mms_attach_write(struct file *file, const char __user *buf, size_t len, loff_t *pos);

/* proc.c */
int mms_proc_init(void);
void mms_proc_exit(void);
int mms_proc_add(struct mms_target *t);
void mms_proc_remove(struct mms_target *t);

/* debugfs.c; it may be missing, or closed by a boot option: no error */
void mms_debugfs_init(void);
void mms_debugfs_exit(void);
void mms_debugfs_add(struct mms_target *t);
void mms_debugfs_remove(struct mms_target *t);

#endif /* MMS_SURFACE_H */
