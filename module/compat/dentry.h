/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of an inode: one calling convention over all kernels. */
#ifndef MMS_COMPAT_DENTRY_H
#define MMS_COMPAT_DENTRY_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/lockref.h>

/* A macro of the kernel's own since d_alias is no longer in d_u, 7.2. */
#ifndef for_each_alias
#define for_each_alias(dentry, inode) \
	hlist_for_each_entry(dentry, &(inode)->i_dentry, d_u.d_alias)
#endif

/**
 * mms_inode_alias() - a dentry of an inode, if there is one
 * @inode: the inode, which the caller has a reference to
 *
 * d_find_alias() finds one that still has its name; a file that was removed
 * while it was open, or is a memfd, has others only.
 *
 * Context: takes i_lock.
 * Return: the dentry, to be given back with dput(), or NULL.
 */
static inline struct dentry *mms_inode_alias(struct inode *inode)
{
	struct dentry *alias = d_find_alias(inode);

	if (alias)
		return alias;
	spin_lock(&inode->i_lock);
	for_each_alias(alias, inode) {
		if (lockref_get_not_dead(&alias->d_lockref))
			break;
	}
	spin_unlock(&inode->i_lock);
	return alias;
}

#endif /* MMS_COMPAT_DENTRY_H */
