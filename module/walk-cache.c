// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk over i_pages, the tree that has a file's folios by their index.
 *
 * It runs under RCU alone, as lookups of the page cache do: a folio that is
 * found may be taken out and freed at any moment, but neither it nor the nodes
 * of the tree are given to another use that the walk could fall over. A view
 * looks at the folio by value, and the slot is read again afterwards: if it no
 * longer has the folio, the view is told that what it has seen raced.
 */
#include <linux/dax.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/xarray.h>
#include "compat/cache.h"
#include "walk-cache.h"

/* Slots looked at in one go, with a pause each XA_CHECK_SCHED: a millisecond or two. */
#define MMS_CACHE_CHUNK		(16 * XA_CHECK_SCHED)

/* No folio is larger than what a PUD maps: an order above it was read of something else. */
#define MMS_ORDER_MAX		(PUD_SHIFT - PAGE_SHIFT)

/**
 * mms_file_kind() - what a file is
 * @inode: its inode
 *
 * Return: enum mms_file_kind; memfd is not told from shmem, only its name is another.
 */
u8 mms_file_kind(const struct inode *inode)
{
	switch (inode->i_sb->s_magic) {
	case HUGETLBFS_MAGIC:
		return MMS_FILE_hugetlb;
	case TMPFS_MAGIC:
		return MMS_FILE_shmem;
	}
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		return MMS_FILE_file;
	case S_IFDIR:
		return MMS_FILE_dir;
	case S_IFLNK:
		return MMS_FILE_symlink;
	case S_IFBLK:
		return MMS_FILE_block;
	default:
		return MMS_FILE_other;
	}
}

/**
 * mms_cachewalk_init() - set up a walk over all that is cached of a file
 * @w: the walk
 * @inode: the file; the caller's reference has to last as long as the walk
 * @ops: the view
 * @priv: the view's own
 */
void mms_cachewalk_init(struct mms_cachewalk *w, struct inode *inode,
			const struct mms_cachewalk_ops *ops, void *priv)
{
	w->mapping = &inode->i_data;
	w->shift = mms_cache_shift(inode);
	w->next = 0;
	w->last = ULONG_MAX;
	w->done = false;
	w->ops = ops;
	w->priv = priv;
	if (mms_file_kind(inode) == MMS_FILE_shmem)
		w->values = MMS_CACHE_swap;
	else
		w->values = dax_mapping(w->mapping) ? MMS_CACHE_dax : MMS_CACHE_shadow;
}

/**
 * mms_cachewalk_range() - walk a part of the file only
 * @w: the walk, not begun
 * @first: its first page
 * @last: its last page
 */
void mms_cachewalk_range(struct mms_cachewalk *w, unsigned long first, unsigned long last)
{
	w->next = first >> w->shift;
	w->last = last >> w->shift;
}

/**
 * mms_folio_mapped_pages() - how many pages of a folio are mapped
 * @folio: the folio, which the caller may hold no reference to
 * @order: its order
 *
 * Return: pages; of a hugetlb folio all or none
 */
unsigned long mms_folio_mapped_pages(struct folio *folio, unsigned int order)
{
	unsigned long i, n = 0;

	if (!order)
		return mms_mapcount(folio, &folio->page) > 0;
	if (!mms_folio_is_mapped(folio))
		return 0;
	if (mms_folio_hugetlb(folio))	/* as a whole, and it may have 262,144 pages */
		return 1UL << order;
	for (i = 0; i < 1UL << order; i++)
		n += mms_mapcount(folio, folio_page(folio, i)) > 0;
	return n;
}

/* Take an entry's place and size apart. False: it changed meanwhile. */
static bool mms_cache_decode(struct mms_cachewalk *w, struct xa_state *xas, void *entry,
			     struct mms_cache_entry *e)
{
	unsigned int order = 0;

	e->value = NULL;
	e->folio = NULL;
	if (xa_is_value(entry)) {
		e->kind = w->values;
		e->value = entry;
		order = xa_get_order(&w->mapping->i_pages, xas->xa_index) + w->shift;
	} else {
		e->kind = MMS_CACHE_folio;
		e->folio = entry;
		if (mms_folio_flags(e->folio) & BIT(PG_head))
			order = mms_folio_order(e->folio);
	}
	if (order > MMS_ORDER_MAX)
		return false;
	e->order = order;
	e->pages = 1UL << order;
	e->index = (xas->xa_index << w->shift) & ~(e->pages - 1);
	e->dirty = xas_get_mark(xas, PAGECACHE_TAG_DIRTY);
	e->writeback = xas_get_mark(xas, PAGECACHE_TAG_WRITEBACK);
	return true;
}

/**
 * mms_cachewalk_chunk() - walk on for a bounded time
 * @w: the walk
 *
 * Context: may sleep, and pauses now and then. See @w->done afterwards.
 */
void mms_cachewalk_chunk(struct mms_cachewalk *w)
{
	XA_STATE(xas, &w->mapping->i_pages, w->next);
	struct mms_cache_entry e;
	unsigned int slots = 0;
	void *entry;

	rcu_read_lock();
	mms_folio_look_init(&w->look);
	xas_for_each(&xas, entry, w->last) {
		if (xas_retry(&xas, entry))
			continue;
		if (!mms_cache_decode(w, &xas, entry, &e)) {
			xas_reset(&xas);
			goto pause;
		}
		if (!w->ops->entry(w, &e))
			goto out;
		if (xas_reload(&xas) != entry)
			w->ops->raced(w);
		w->next = ((e.index + e.pages - 1) >> w->shift) + 1;
		if (!w->next || w->next > w->last)
			break;
pause:
		if (++slots >= MMS_CACHE_CHUNK)
			goto out;
		if (slots % XA_CHECK_SCHED)
			continue;
		xas_pause(&xas);
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		mms_folio_look_init(&w->look);
	}
	w->done = true;
out:
	rcu_read_unlock();
}
