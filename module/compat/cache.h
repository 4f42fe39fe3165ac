/* SPDX-License-Identifier: GPL-2.0-only */
/* The page cache of an inode: one calling convention over all kernels. */
#ifndef MMS_COMPAT_CACHE_H
#define MMS_COMPAT_CACHE_H

#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/mmzone.h>
#include <linux/xarray.h>
#include "mms_config.h"

/**
 * mms_cache_shift() - how many pages one index of an inode's i_pages stands for
 * @inode: the inode
 *
 * i_pages of hugetlbfs counted in its own pages until "mm/filemap: remove
 * hugetlb special casing in filemap.c", 6.7; it counts base pages now.
 *
 * Return: log2 of base pages.
 */
static inline unsigned int mms_cache_shift(struct inode *inode)
{
#ifdef MMS_HAVE_HUGETLB_OWN_INDEX
	if (inode->i_sb->s_magic == HUGETLBFS_MAGIC)
		return huge_page_order(hstate_inode(inode));
#endif
	return 0;
}

/**
 * struct mms_shadow - what is told of an evicted folio
 * @node: the node it was on
 * @workingset: it was on the active list when it went, and will be at once again
 *
 * The rest of the entry, the age and the memory cgroup's number, only the
 * kernel can make sense of.
 */
struct mms_shadow {
	int node;
	bool workingset;
};

#define MMS_SHADOW_WORKINGSET	1	/* bit, then the node's bits */

/**
 * mms_shadow_unpack() - take a shadow entry apart, as mm/workingset.c packs it
 * @entry: a value of i_pages that is neither swap nor DAX
 *
 * Return: the parts
 */
static inline struct mms_shadow mms_shadow_unpack(const void *entry)
{
	unsigned long word = xa_to_value(entry);

	return (struct mms_shadow){
		.workingset = word & MMS_SHADOW_WORKINGSET,
		.node = (word >> 1) & ((1UL << NODES_SHIFT) - 1),
	};
}

#endif /* MMS_COMPAT_CACHE_H */
