// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache: what the page cache has of one file, by index: folios, what is in
 * swap instead (shmem), and what reclaim remembers of evicted folios.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/path.h>
#include <linux/stat.h>
#include "compat/cache.h"
#include "compat/swap.h"
#include "session.h"
#include "view.h"
#include "walk-cache.h"

/**
 * struct mms_cache_state - a stream of the view
 * @walk: the walk
 * @out: where to, during a fill
 * @last: the last row
 * @path: of the file that was named: keeps the file system mounted, and what
 *	an overlay has below it. Not the open file itself, which might be one
 *	of ours, and would then hold itself
 * @inode: whose cache it is, a reference; NULL once the walk is over
 */
struct mms_cache_state {
	struct mms_cachewalk walk;
	struct mms_out *out;
	struct mms_cache_rec *last;
	struct path path;
	struct inode *inode;
};

static void cache_row_value(struct mms_cache_rec *rec, void *value)
{
	rec->node = MMS_NO_NODE;
	rec->zone = MMS_NO_ZONE;
	if (rec->kind == MMS_CACHE_swap) {
		swp_entry_t entry = radix_to_swp_entry(value);

		rec->swap_type = swp_type(entry);
		rec->pfn = swp_offset(entry);
	} else if (rec->kind == MMS_CACHE_shadow) {
		struct mms_shadow shadow = mms_shadow_unpack(value);

		rec->workingset = shadow.workingset;
		rec->node = shadow.node;
	}
}

static bool cache_entry(struct mms_cachewalk *w, const struct mms_cache_entry *e)
{
	struct mms_cache_state *st = w->priv;
	struct mms_cache_rec *rec = mms_out_row(st->out);
	struct mms_page_state state;

	if (!rec)
		return false;
	st->last = rec;
	rec->kind = e->kind;
	rec->swap_type = MMS_NO_SWAP;
	rec->index = e->index;
	rec->pages = e->pages;
	rec->dirty = e->dirty;
	rec->writeback = e->writeback;
	if (!e->folio) {
		cache_row_value(rec, e->value);
		return true;
	}
	rec->rec.flags = MMS_RF_FOLIO;
	rec->pfn = folio_pfn(e->folio);
	mms_page_state_get(&e->folio->page, &state);
	mms_look_folio(&w->look, &e->folio->page, &state, &rec->folio);
	rec->mapped = mms_folio_mapped_pages(e->folio, e->order);
	return true;
}

static void cache_raced(struct mms_cachewalk *w)
{
	struct mms_cache_state *st = w->priv;

	st->last->rec.flags |= MMS_RF_RACED;
	st->out->raced++;
}

static const struct mms_cachewalk_ops cache_ops = { .entry = cache_entry, .raced = cache_raced };

/*
 * The inode that has the data: a device node stands for the device's own, a
 * file of an overlay for one of a layer below.
 */
static struct inode *cache_inode(struct file *file)
{
	switch (file_inode(file)->i_mode & S_IFMT) {
	case S_IFBLK:
		return file->f_mapping->host;
	case S_IFREG:
		return d_real_inode(file->f_path.dentry);
	default:
		return NULL;
	}
}

static void cache_drop(struct mms_cache_state *st)
{
	if (!st->inode)
		return;
	iput(st->inode);
	path_put(&st->path);
	st->inode = NULL;
}

static int cache_begin(struct mms_session *s)
{
	struct mms_cache_state *st = s->state;
	const struct mms_query *q = &s->query;
	struct inode *inode;
	struct file *file;
	int err = 0;

	if (q->levels || (q->end && q->end <= q->start))
		return -EINVAL;
	file = fget(q->fd);
	if (!file)
		return -EBADF;
	inode = cache_inode(file);
	if (inode)
		inode = igrab(inode->i_mapping->host);
	if (!inode) {
		err = -EINVAL;
		goto put_file;
	}
	path_get(&file->f_path);
	st->path = file->f_path;
	st->inode = inode;
	mms_cachewalk_init(&st->walk, inode, &cache_ops, st);
	mms_cachewalk_range(&st->walk, q->start >> PAGE_SHIFT,
			    (q->end ? q->end - 1 : U64_MAX) >> PAGE_SHIFT);
put_file:
	fput(file);
	return err;
}

static int cache_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_cache_state *st = s->state;

	st->out = out;
	if (st->inode)
		mms_cachewalk_chunk(&st->walk);
	if (!st->walk.done)
		return 1;
	cache_drop(st);
	return 0;
}

static void cache_end(struct mms_session *s)
{
	cache_drop(s->state);
}

static const struct mms_field cache_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_cache_rec, f, u, t)
	MMS_CACHE_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_cache = {
	MMS_VIEW_OF(cache),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_RAW,
	.uses_range = true,
	.uses_file = true,
	.state_size = sizeof(struct mms_cache_state),
	.begin = cache_begin,
	.fill = cache_fill,
	.end = cache_end,
};
