/* SPDX-License-Identifier: GPL-2.0-only */
/* Iteration over what the page cache has of one file. */
#ifndef MMS_WALK_CACHE_H
#define MMS_WALK_CACHE_H

#include <linux/fs.h>
#include "walk-folio.h"

struct mms_cachewalk;

/**
 * struct mms_cache_entry - what there is at an index
 * @kind: enum mms_cache_kind
 * @dirty: tagged for writeback to find (PAGECACHE_TAG_DIRTY)
 * @writeback: tagged as being written (PAGECACHE_TAG_WRITEBACK)
 * @order: log2 of @pages
 * @index: first page of the file
 * @pages: pages from there on
 * @folio: a folio, looked at without a reference
 * @value: any other kind: the entry
 */
struct mms_cache_entry {
	u8 kind;
	bool dirty;
	bool writeback;
	u8 order;
	unsigned long index;
	unsigned long pages;
	struct folio *folio;
	void *value;
};

/**
 * struct mms_cachewalk_ops - what a view does with what the walk meets
 * @entry: an entry. Returns false if it cannot be taken now: the walk stops,
 *	and the entry comes again
 * @raced: the folio of the last entry was replaced while it was looked at
 *
 * Both run inside an RCU read section: they may not sleep.
 */
struct mms_cachewalk_ops {
	bool (*entry)(struct mms_cachewalk *w, const struct mms_cache_entry *e);
	void (*raced)(struct mms_cachewalk *w);
};

/**
 * struct mms_cachewalk - a walk, and its cursor
 * @mapping: whose i_pages; the caller holds its inode
 * @next: the index to go on with, in i_pages' own unit
 * @last: the last one
 * @shift: log2 of base pages of that unit
 * @values: enum mms_cache_kind of entries that are no folios
 * @done: @last has been passed
 * @look: what neighbouring folios have in common, for @ops
 * @ops: the view
 * @priv: the view's own
 */
struct mms_cachewalk {
	struct address_space *mapping;
	unsigned long next;
	unsigned long last;
	unsigned int shift;
	u8 values;
	bool done;
	struct mms_folio_look look;
	const struct mms_cachewalk_ops *ops;
	void *priv;
};

u8 mms_file_kind(const struct inode *inode);
void mms_cachewalk_init(struct mms_cachewalk *w, struct inode *inode,
			const struct mms_cachewalk_ops *ops, void *priv);
void mms_cachewalk_range(struct mms_cachewalk *w, unsigned long first, unsigned long last);
void mms_cachewalk_chunk(struct mms_cachewalk *w);
unsigned long mms_folio_mapped_pages(struct folio *folio, unsigned int order);

#endif /* MMS_WALK_CACHE_H */
