// SPDX-License-Identifier: GPL-2.0-only
/*
 * files: what fills the page cache, file by file.
 *
 * There is no list of all inodes, and that of super blocks is not exported. So
 * the files are found by what they fill memory with: the walk goes over the
 * page frames, and stops at a folio of a file it has not met yet. That file is
 * counted in its i_pages and its row given; folios of it that come later are
 * known by the address of their mapping.
 *
 * What keeps the file while it is counted: a reference and the lock of that
 * folio keep its mapping from being truncated, and so the inode and its super
 * block; s_umount, tried for with the folio locked, keeps the file system
 * mounted; under it the inode's own reference is taken, and dropped before it.
 * A large file is counted in portions, and nothing is held in between.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "compat/dentry.h"
#include "session.h"
#include "view.h"
#include "walk-cache.h"
#include "walk-pfn.h"

/* Files remembered at most: a table of 32 MiB. Folios of others are only summed up. */
#define FILES_MAX	(1UL << 21)
#define FILES_FIRST	(1UL << 10)

/* How often a file is tried for that is locked, or whose file system is. */
#define FILES_TRIES	3

/* Files, or portions of them, that one fill() counts. */
#define FILES_BUDGET	64

/**
 * struct mms_files_state - a stream of the view
 * @frames: the walk over page frames, which stops at a file that is new
 * @cache: the walk over that file
 * @out: where to, during a fill
 * @seen: table of the mappings met so far, with open addressing
 * @seen_size: slots of it, a power of two
 * @seen_nr: in use
 * @last: the mapping met last; compared, never followed
 * @mapping: the mapping of the file under way, NULL for none
 * @pfn: a frame of it
 * @generation: of its inode
 * @tries: how often it could not be had
 * @open: @rec is being counted
 * @ready: @rec waits for room
 * @walked: the frames are through
 * @rec: the row of the file under way
 * @rest: folios of files that have no row
 * @name: its path, in @path
 * @name_len: bytes of it
 * @path: room for the longest one
 */
struct mms_files_state {
	struct mms_pfnwalk frames;
	struct mms_cachewalk cache;
	struct mms_out *out;
	unsigned long *seen;
	unsigned long seen_size;
	unsigned long seen_nr;
	unsigned long last;
	unsigned long mapping;
	unsigned long pfn;
	u32 generation;
	u8 tries;
	bool open;
	bool ready;
	bool walked;
	struct mms_files_rec rec;
	struct mms_files_rec rest;
	const char *name;
	size_t name_len;
	char path[PATH_MAX];
};

/* ---- mappings met so far ----------------------------------------------- */

static unsigned long *files_slot(unsigned long *table, unsigned long size, unsigned long mapping)
{
	unsigned long i = hash_long(mapping, BITS_PER_LONG) >> 20;

	while (table[i & (size - 1)] && table[i & (size - 1)] != mapping)
		i++;
	return &table[i & (size - 1)];
}

static bool files_seen(const struct mms_files_state *st, unsigned long mapping)
{
	return *files_slot(st->seen, st->seen_size, mapping);
}

/* Make room for one more. Outside of all locks. */
static int files_grow(struct mms_files_state *st)
{
	unsigned long size = st->seen_size * 2 ?: FILES_FIRST, i;
	unsigned long *table;

	if (st->seen_nr < st->seen_size / 2)
		return 0;
	table = kvcalloc(size, sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < st->seen_size; i++) {
		if (st->seen[i])
			*files_slot(table, size, st->seen[i]) = st->seen[i];
	}
	kvfree(st->seen);
	st->seen = table;
	st->seen_size = size;
	return 0;
}

static void files_remember(struct mms_files_state *st, unsigned long mapping)
{
	*files_slot(st->seen, st->seen_size, mapping) = mapping;
	st->seen_nr++;
}

/* ---- counting ---------------------------------------------------------- */

/* A part of the record that depends on the order, or on the node. */
static u64 *files_order(struct mms_files_rec *rec, unsigned int order)
{
	return &rec->order0 + min(order, 10U);
}

static u64 *files_node(struct mms_files_rec *rec, unsigned int node)
{
	return &rec->node0 + min(node, 4U);
}

static void files_add(struct mms_files_rec *rec, struct folio *folio, unsigned int order)
{
	const unsigned long flags = mms_folio_flags(folio);
	const u64 size = PAGE_SIZE << order;

	rec->cached += size;
	*files_order(rec, order) += size;
	*files_node(rec, (flags >> NODES_PGSHIFT) & NODES_MASK) += size;
	rec->mapped += (u64)mms_folio_mapped_pages(folio, order) << PAGE_SHIFT;
	if (flags & BIT(PG_active))
		rec->active += size;
	if (order > rec->order)
		rec->order = order;
}

static bool files_entry(struct mms_cachewalk *w, const struct mms_cache_entry *e)
{
	struct mms_files_state *st = w->priv;
	const u64 size = (u64)e->pages << PAGE_SHIFT;

	if (e->kind == MMS_CACHE_swap)
		st->rec.swapped += size;
	if (e->kind == MMS_CACHE_shadow)
		st->rec.evicted += size;
	if (!e->folio)
		return true;
	files_add(&st->rec, e->folio, e->order);
	if (e->dirty)
		st->rec.dirty += size;
	if (e->writeback)
		st->rec.writeback += size;
	return true;
}

static void files_raced(struct mms_cachewalk *w)
{
	struct mms_files_state *st = w->priv;

	st->rec.rec.flags |= MMS_RF_RACED;
}

static const struct mms_cachewalk_ops files_ops = { .entry = files_entry, .raced = files_raced };

/* ---- frames ------------------------------------------------------------ */

/* Is it a page that no folio of a file can be? Their mapping is another word. */
static bool files_typed(struct folio *folio)
{
	if (mms_folio_slab(folio))
		return true;
	if ((mms_folio_flags(folio) & BIT(PG_head)) && mms_folio_hugetlb(folio))
		return false;
	return atomic_read(&folio->page._mapcount) < -1;
}

/* The mapping of a folio of a file, 0 for any other; to be compared only. */
static unsigned long files_mapping(struct folio *folio)
{
	const unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	return mapping & MMS_MAPPING_FLAGS ? 0 : mapping;
}

/* Its order, which may be nonsense if the folio is freed meanwhile, but not out of bounds. */
static unsigned int files_folio_order(const struct folio *folio)
{
	if (!(mms_folio_flags(folio) & BIT(PG_head)))
		return 0;
	return min_t(unsigned int, mms_folio_order(folio), PUD_SHIFT - PAGE_SHIFT);
}

static unsigned long files_span(struct mms_pfnwalk *w, unsigned long pfn, unsigned long stop)
{
	struct mms_files_state *st = w->priv;

	while (pfn < stop) {
		struct page *page = pfn_to_page(pfn);
		struct folio *folio = page_folio(page);
		unsigned long mapping = files_mapping(folio);
		int order;

		if (!mapping || mapping == st->last)
			goto next;
		if (files_typed(folio))
			goto next;
		if (!files_seen(st, mapping)) {
			st->mapping = mapping;
			st->pfn = pfn;
			return pfn;
		}
		st->last = mapping;
next:
		/* the head may have gone since: never backwards */
		if (mms_folio_flags(folio) & BIT(PG_head)) {
			pfn = max(pfn, page_to_pfn(&folio->page) +
				  (1UL << files_folio_order(folio)) - 1);
		} else if (!mapping) {
			order = mms_buddy_order(page, pfn);
			pfn += order > 0 ? (1UL << order) - 1 : 0;
		}
		pfn++;
	}
	return pfn;
}

/* ---- one file ---------------------------------------------------------- */

/* The folio at a frame, with a reference, if it is still one of the mapping's. */
static struct folio *files_get_folio(unsigned long pfn, unsigned long mapping)
{
	struct folio *folio = NULL;
	struct page *page;
	bool same = false;

	rcu_read_lock();
	page = pfn_to_online_page(pfn);
	if (page) {
		folio = page_folio(page);
		if (files_mapping(folio) != mapping || files_typed(folio) || !folio_try_get(folio))
			folio = NULL;
		else
			same = page_folio(page) == folio && files_mapping(folio) == mapping &&
			       !files_typed(folio);
	}
	rcu_read_unlock();
	if (folio && !same) {
		folio_put(folio);
		folio = NULL;
	}
	return folio;
}

/*
 * The inode of a mapping, with s_umount held for reading: see the top of this
 * file. EAGAIN: not now; ENOENT: the mapping is gone; EOPNOTSUPP: it is not an
 * inode's own, so that a reference to the inode would not keep it.
 */
static int files_get(unsigned long mapping, unsigned long pfn, struct inode **ret_inode)
{
	struct folio *folio = files_get_folio(pfn, mapping);
	struct super_block *sb;
	struct inode *inode;
	int err = -ENOENT;

	if (!folio)
		return -ENOENT;
	if (!folio_trylock(folio)) {
		err = -EAGAIN;
		goto put_folio;
	}
	if (files_mapping(folio) != mapping)
		goto unlock;
	err = -EOPNOTSUPP;
	inode = ((struct address_space *)mapping)->host;
	if (!inode || (unsigned long)&inode->i_data != mapping)
		goto unlock;
	sb = inode->i_sb;
	err = -EAGAIN;
	if (!down_read_trylock(&sb->s_umount))
		goto unlock;
	/*
	 * What was removed while it was open goes with the last reference, and that
	 * may be ours: on a frozen file system it would wait for the thaw, which
	 * waits for s_umount.
	 */
	if (sb->s_root && (sb->s_flags & SB_BORN) && (sb->s_flags & SB_ACTIVE) &&
	    (inode->i_nlink || sb->s_writers.frozen == SB_UNFROZEN) && igrab(inode)) {
		*ret_inode = inode;
		err = 0;
	} else {
		up_read(&sb->s_umount);
	}
unlock:
	folio_unlock(folio);
put_folio:
	folio_put(folio);
	return err;
}

static void files_put(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	iput(inode);
	up_read(&sb->s_umount);
}

/* A name of the file, in its file system. */
static void files_name(struct mms_files_state *st, struct inode *inode)
{
	struct dentry *alias = mms_inode_alias(inode);
	char *name;

	st->name_len = 0;
	st->rec.deleted = !inode->i_nlink && st->rec.kind != MMS_FILE_block;
	if (!alias)
		return;
	/* what never was in a folder is its own root: the name is all there is */
	if (IS_ROOT(alias) && alias != inode->i_sb->s_root) {
		name = st->path;
		scnprintf(name, sizeof(st->path), "/%pd", alias);
	} else {
		name = dentry_path_raw(alias, st->path, sizeof(st->path));
	}
	if (IS_ERR(name)) {
		st->rec.rec.flags |= MMS_RF_CUT;
	} else {
		st->name = name;
		st->name_len = strlen(name);
		if (st->rec.kind == MMS_FILE_shmem && !strncmp(name, "/memfd:", 7))
			st->rec.kind = MMS_FILE_memfd;
	}
	st->rec.deleted = d_unlinked(alias);
	dput(alias);
}

static void files_open(struct mms_files_state *st, struct inode *inode)
{
	const dev_t dev = S_ISBLK(inode->i_mode) ? inode->i_rdev : inode->i_sb->s_dev;

	st->rec = (struct mms_files_rec){
		.rec.type = MMS_REC_ROW,
		.rec.flags = MMS_RF_FOLIO,
		.kind = mms_file_kind(inode),
		.inode = inode->i_ino,
		.dev_major = MAJOR(dev),
		.dev_minor = MINOR(dev),
		.size = i_size_read(inode),
	};
	st->generation = inode->i_generation;
	files_name(st, inode);
	mms_cachewalk_init(&st->cache, inode, &files_ops, st);
	st->open = true;
}

/* What was counted so far is all there will be. */
static void files_close(struct mms_files_state *st, u8 flags)
{
	st->rec.rec.flags |= flags;
	st->open = false;
	st->ready = st->rec.cached || st->rec.swapped;
	st->mapping = 0;
}

/* Go on behind the folio at hand; @count: it is one of those that have no row. */
static void files_skip(struct mms_files_state *st, bool count)
{
	unsigned long next = st->pfn + 1;
	struct page *page;

	rcu_read_lock();
	page = pfn_to_online_page(st->pfn);
	if (page && files_mapping(page_folio(page)) == st->mapping) {
		struct folio *folio = page_folio(page);
		unsigned int order = files_folio_order(folio);

		next = page_to_pfn(&folio->page) + (1UL << order);
		if (count)
			files_add(&st->rest, folio, order);
	}
	rcu_read_unlock();
	st->frames.pfn = max(next, st->pfn + 1);
	st->mapping = 0;
}

/* The file at hand cannot be had: try again, or go on without it. */
static void files_failed(struct mms_files_state *st, int err)
{
	if (err == -EAGAIN && ++st->tries < FILES_TRIES)
		return;
	st->tries = 0;
	if (st->open)
		files_close(st, MMS_RF_PARTIAL | MMS_RF_RACED);
	else
		files_skip(st, err == -ENOSPC || err == -EOPNOTSUPP);
}

/* Count the file at hand, or a portion of it. */
static int files_visit(struct mms_files_state *st)
{
	struct inode *inode;
	int err;

	if (!st->open && st->seen_nr >= FILES_MAX) {
		files_failed(st, -ENOSPC);
		return 0;
	}
	err = st->open ? 0 : files_grow(st);
	if (err)
		return err;
	err = files_get(st->mapping, st->pfn, &inode);
	if (!err && st->open && (inode->i_ino != st->rec.inode ||
				 inode->i_generation != st->generation)) {
		files_put(inode);
		err = -ENOENT;
	}
	if (err) {
		files_failed(st, err);
		return 0;
	}
	st->tries = 0;
	if (!st->open) {
		files_open(st, inode);
		files_remember(st, st->mapping);
	}
	mms_cachewalk_chunk(&st->cache);
	files_put(inode);
	if (st->cache.done)
		files_close(st, 0);
	return 0;
}

/* ---- the stream -------------------------------------------------------- */

/* The finished row goes out. False: no room. */
static bool files_emit(struct mms_files_state *st)
{
	struct mms_files_rec *rec;

	if (!st->ready)
		return true;
	if (!mms_out_room(st->out, st->name_len))
		return false;
	rec = mms_out_put(st->out, &st->rec);
	mms_out_text(st->out, rec, st->name, st->name_len);
	st->ready = false;
	return true;
}

/* The last row: what has none of its own. */
static void files_rest(struct mms_files_state *st)
{
	st->rec = st->rest;
	st->rec.rec.type = MMS_REC_ROW;
	st->rec.rec.flags = MMS_RF_FOLIO | MMS_RF_PARTIAL;
	st->rec.kind = MMS_FILE_other;
	st->name_len = 0;
	st->ready = st->rest.cached;
	st->walked = true;
}

static int files_begin(struct mms_session *s)
{
	struct mms_files_state *st = s->state;
	const struct mms_query *q = &s->query;
	int err;

	if (q->levels)
		return -EINVAL;
	err = mms_pfnwalk_init(&st->frames, q->start, q->end, files_span, st);
	return err ?: files_grow(st);
}

static int files_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_files_state *st = s->state;
	unsigned int budget = FILES_BUDGET;
	int err;

	st->out = out;
	while (budget-- && !fatal_signal_pending(current)) {
		if (!files_emit(st))
			return 1;
		if (st->mapping) {
			err = files_visit(st);
			if (err)
				return err;
		} else if (st->frames.pfn < st->frames.end) {
			mms_pfnwalk_chunk(&st->frames);
		} else if (!st->walked) {
			files_rest(st);
		} else {
			return 0;
		}
		cond_resched();
	}
	return 1;
}

static void files_end(struct mms_session *s)
{
	struct mms_files_state *st = s->state;

	kvfree(st->seen);
	st->seen = NULL;
}

static const struct mms_field files_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_files_rec, f, u, t)
	MMS_FILES_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_files = {
	MMS_VIEW_OF(files),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.uses_range = true,
	.state_size = sizeof(struct mms_files_state),
	.begin = files_begin,
	.fill = files_fill,
	.end = files_end,
};
