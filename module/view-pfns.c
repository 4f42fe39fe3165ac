// SPDX-License-Identifier: GPL-2.0-only
/*
 * pfns: every page frame there is, one row for each folio or free block.
 * Neighbours that are told of in the same words are merged into a run, unless
 * the query asks for each. A row covers count << order frames, and the rows
 * cover all frames that are online, none of them twice.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kernel-page-flags.h>
#include <linux/mm.h>
#include "compat/lru.h"
#include "session.h"
#include "view.h"
#include "walk-folio.h"
#include "walk-owner.h"
#include "walk-pfn.h"
#include "walk-stack.h"

/* Chunks of one fill: it may find little in memory that is free. */
#define PFNS_CHUNKS	256

/* No folio is larger: 1 GiB of hugetlb is 18. */
#define PFNS_MAX_ORDER	20

/**
 * struct mms_pfns_words - what decides how a small folio is told of
 * @state: the words of page and folio
 * @lru: the bits of the flags word that say which generation of the LRU
 * @mapping: folio->mapping; compared, and followed in this RCU read section only
 */
struct mms_pfns_words {
	struct mms_page_state state;
	unsigned long lru;
	const void *mapping;
};

/**
 * struct mms_pfns_memo - what is told of small folios with certain words
 * @words: the words; those of others may differ in the folio and in how often it
 *	is referenced and mapped
 * @row: the row, to which others add what is their own: frame, counts, index
 * @wanted: by the query
 * @valid: there is a memo
 *
 * Holds within one RCU read section.
 */
struct mms_pfns_memo {
	struct mms_pfns_words words;
	struct mms_pfns_rec row;
	bool wanted;
	bool valid;
};

/**
 * struct mms_pfns_state - a stream of the view
 * @walk: the walk
 * @out: where to, during a fill
 * @q: the session's query
 * @kinds: bit 1 << kind of those wanted
 * @look: what neighbouring folios have in common
 * @owner: the last file, the same
 * @stacks: frames of kernel stacks when the stream began
 * @memo: of the last small folio in use: most of the next ones are told of alike
 * @open: a run is being collected; it lies in the buffer behind the finished
 *	rows, where the next one can be gathered beside it
 * @alike: the run is one of folios that @memo tells of
 * @run: the open run between two fills
 */
struct mms_pfns_state {
	struct mms_pfnwalk walk;
	struct mms_out *out;
	const struct mms_query *q;
	u32 kinds;
	struct mms_folio_look look;
	struct mms_owner owner;
	struct mms_stacks stacks;
	struct mms_pfns_memo memo;
	bool open;
	bool alike;
	struct mms_pfns_rec run;
};

/* ---- one folio --------------------------------------------------------- */

static __always_inline void pfns_words_get(struct page *page, struct mms_pfns_words *ret_words)
{
	mms_page_state_get(page, &ret_words->state);
	ret_words->lru = mms_lru_bits(mms_folio_flags(ret_words->state.folio));
	ret_words->mapping = READ_ONCE(ret_words->state.folio->mapping);
}

/* Are the words still those? The memory cgroup's goes with the last reference. */
static __always_inline bool pfns_words_hold(const struct page *page,
					    const struct mms_pfns_words *w)
{
	const struct folio *folio = w->state.folio;
	const unsigned long flags = mms_kpf_flags(folio, page);

	return (flags & MMS_FLAGS_TOLD) == (w->state.flags & MMS_FLAGS_TOLD) &&
	       mms_lru_bits(flags) == w->lru && READ_ONCE(folio->mapping) == w->mapping &&
	       atomic_read(&page->_mapcount) == w->state.mapcount &&
	       atomic_read(&folio->_refcount) == w->state.refcount;
}

/* A small folio with users whose mapping says what it is: nearly all memory in use. */
static bool pfns_words_plain(const struct mms_pfns_words *w)
{
	return w->mapping && !(w->state.flags & BIT(PG_head)) && w->state.refcount > 0 &&
	       w->state.mapcount >= -1;
}

/* Is the mapping a file's? The others have flags in the pointer. */
static bool pfns_words_file(const struct mms_pfns_words *w)
{
	return w->mapping && !((unsigned long)w->mapping & MMS_MAPPING_FLAGS);
}

/*
 * The index of a folio of this kind. Others keep something else in that word: a slab of 6.1 has
 * its list of free objects there, which is a pointer.
 */
static __always_inline u64 pfns_index(const struct folio *folio, unsigned int kind)
{
	const u32 kinds = BIT(MMS_FOLIO_anon) | BIT(MMS_FOLIO_file) | BIT(MMS_FOLIO_shmem) |
			  BIT(MMS_FOLIO_hugetlb) | BIT(MMS_FOLIO_ksm) | BIT(MMS_FOLIO_device);

	return kinds >> kind & 1 ? READ_ONCE(folio->index) : 0;
}

static void pfns_owner(struct mms_pfns_state *st, const struct mms_pfns_words *w,
		       struct mms_pfns_rec *rec)
{
	if (!mms_folio_owner(w->state.folio, w->mapping, &st->owner)) {
		rec->rec.flags |= MMS_RF_PARTIAL;
		return;
	}
	rec->inode = st->owner.inode;
	rec->dev_major = MAJOR(st->owner.dev);
	rec->dev_minor = MINOR(st->owner.dev);
}

/* What a page of the kernel is that has references and tells nothing. */
static u8 pfns_kernel_kind(struct mms_pfns_state *st, unsigned long pfn)
{
	return mms_stacks_has(&st->stacks, pfn) ? MMS_FOLIO_kstack : MMS_FOLIO_kernel;
}

/* What a page is that has no references and no type: the per-CPU lists keep such. */
static u8 pfns_free_kind(const struct page *page, unsigned long pfn, struct mms_pfns_rec *rec)
{
	unsigned int order;

	if (mms_page_listed(page))
		return MMS_FOLIO_pcp;
	/* its block was merged or split since the walk came by */
	if (mms_pfn_free_head(pfn, &order) != pfn || order) {
		rec->rec.flags |= MMS_RF_RACED;
		return MMS_FOLIO_free;
	}
	return MMS_FOLIO_kernel;
}

/* How large is what begins at @pfn? What is not there whole is taken page by page. */
static unsigned int pfns_order(struct page *page, unsigned long pfn,
			       const struct mms_pfns_words *w, struct mms_pfns_rec *rec)
{
	unsigned int order;
	int block;

	if (w->state.mapcount < -1) {
		block = mms_buddy_order(page, pfn);
		if (block >= 0)
			return block;
	}
	if (!(w->state.flags & BIT(PG_head)))
		return 0;
	order = rec->order;
	if (page == &w->state.folio->page && order <= PFNS_MAX_ORDER &&
	    IS_ALIGNED(pfn, 1UL << order))
		return order;
	rec->rec.flags |= MMS_RF_RACED;
	return 0;
}

/* Fill @rec from the frame; gives how many frames it covers. */
static unsigned long pfns_gather(struct mms_pfns_state *st, struct page *page, unsigned long pfn,
				 const struct mms_pfns_words *w, struct mms_pfns_rec *rec)
{
	const struct folio *folio = w->state.folio;
	struct mms_lru_place place;

	rec->rec = (struct mms_rec){ .type = MMS_REC_ROW, .flags = MMS_RF_FOLIO };
	rec->pfn = pfn;
	rec->count = 1;
	rec->dev_major = 0;
	rec->dev_minor = 0;
	rec->anon_vma = 0;
	rec->inode = 0;
	mms_look_folio(&st->look, page, &w->state, &rec->folio);
	rec->kind = mms_folio_kind(&rec->folio, folio);
	if (pfns_words_plain(w)) {
		rec->index = pfns_index(folio, rec->kind);
	} else {
		rec->order = pfns_order(page, pfn, w, rec);
		rec->folio_page = 0;
		if (rec->kind == MMS_FOLIO_kernel && w->state.mapcount == -1)
			rec->kind = w->state.refcount ? pfns_kernel_kind(st, pfn) :
							pfns_free_kind(page, pfn, rec);
		rec->index = 0;
		if (w->mapping && w->state.mapcount >= -1)
			rec->index = pfns_index(folio, rec->kind);
	}
	if (pfns_words_file(w) && (BIT(rec->kind) & (BIT(MMS_FOLIO_file) | BIT(MMS_FOLIO_shmem) |
						     BIT(MMS_FOLIO_hugetlb))))
		pfns_owner(st, w, rec);
	if (rec->kind == MMS_FOLIO_anon)
		rec->anon_vma = mms_anon_id((unsigned long)w->mapping);
	place = mms_lru_of(folio, w->state.flags, w->lru);
	rec->lru = place.lru;
	rec->gen = place.gen;
	rec->pad0 = 0;

	if (!pfns_words_hold(page, w))
		rec->rec.flags |= MMS_RF_RACED;
	return 1UL << rec->order;
}

/* ---- merging ----------------------------------------------------------- */

/* The slot of the open run, or of the next row if there is none. */
static __always_inline struct mms_pfns_rec *pfns_slot(const struct mms_pfns_state *st)
{
	return (struct mms_pfns_rec *)(st->out->buf + st->out->used);
}

static __always_inline void pfns_finish(struct mms_pfns_state *st)
{
	if (pfns_slot(st)->rec.flags & MMS_RF_RACED)
		st->out->raced++;
	st->out->used += sizeof(struct mms_pfns_rec);
	st->out->rows++;
	st->open = false;
}

/* Where the next row is to be gathered, or NULL if there is no room. */
static __always_inline struct mms_pfns_rec *pfns_candidate(struct mms_pfns_state *st)
{
	/* the open run, the candidate, and the END record */
	if (st->out->used + 3 * sizeof(struct mms_pfns_rec) > MMS_OUT_SIZE)
		return NULL;
	return pfns_slot(st) + st->open;
}

/* In the page cache only: an anonymous page's neighbour is seldom the next of its VMA. */
static __always_inline bool pfns_index_joins(const struct mms_pfns_rec *run, u64 index)
{
	return !run->inode || index == run->index + ((u64)run->count << run->order);
}

static bool pfns_joins(const struct mms_pfns_rec *run, const struct mms_pfns_rec *rec)
{
	return rec->pfn == run->pfn + ((u64)run->count << run->order) && rec->kind == run->kind &&
	       rec->order == run->order && rec->rec.flags == run->rec.flags &&
	       rec->kpf == run->kpf && rec->refcount == run->refcount &&
	       rec->mapcount == run->mapcount && rec->node == run->node &&
	       rec->zone == run->zone && rec->cgroup == run->cgroup && rec->lru == run->lru &&
	       rec->gen == run->gen && rec->inode == run->inode &&
	       rec->dev_major == run->dev_major && rec->dev_minor == run->dev_minor &&
	       rec->anon_vma == run->anon_vma && pfns_index_joins(run, rec->index) &&
	       run->count < U32_MAX;
}

/*
 * A gathered row: finish it, or let it continue the open run or open a new one.
 * The run is what the memo tells of if the row is, and was not raced.
 */
static __always_inline void pfns_put(struct mms_pfns_state *st, const struct mms_pfns_rec *rec)
{
	if (st->q->flags & MMS_Q_NO_MERGE) {
		pfns_finish(st);
		return;
	}
	st->alike = st->memo.valid && rec->rec.flags == MMS_RF_FOLIO;
	if (st->open && pfns_joins(pfns_slot(st), rec)) {
		pfns_slot(st)->count++;
		return;
	}
	if (st->open)
		pfns_finish(st);
	st->open = true;	/* rec is the slot now */
}

/* ---- folios told of by the memo ------------------------------------------ */

/* Are the words @w those of the memo, but for the counts? */
static __always_inline bool pfns_memo_same(const struct mms_pfns_memo *memo,
					   const struct mms_pfns_words *w)
{
	const struct mms_pfns_words *m = &memo->words;

	return w->mapping == m->mapping && w->state.flags == m->state.flags && w->lru == m->lru &&
	       w->state.memcg == m->state.memcg && memo->valid;
}

/* ... and do the counts mean the same: in use, no type, and mapped or not? */
static __always_inline bool pfns_memo_fits(const struct mms_pfns_memo *memo,
					   const struct mms_pfns_words *w)
{
	return w->state.refcount > 0 && w->state.mapcount >= -1 &&
	       (w->state.mapcount >= 0) == (memo->words.state.mapcount >= 0);
}

static void pfns_memo_keep(struct mms_pfns_memo *memo, const struct mms_pfns_words *w,
			   const struct mms_pfns_rec *rec, bool wanted)
{
	memo->valid = pfns_words_plain(w) && rec->rec.flags == MMS_RF_FOLIO;
	if (!memo->valid)
		return;
	memo->words = *w;
	memo->row = *rec;
	memo->wanted = wanted;
}

/* Does the folio at @pfn, with the words of the memo, continue the run? */
static __always_inline bool pfns_memo_extends(const struct mms_pfns_state *st, unsigned long pfn,
					      const struct mms_pfns_words *w)
{
	const struct mms_pfns_rec *run = pfns_slot(st);

	return st->alike && run->pfn + run->count == pfn && run->refcount == w->state.refcount &&
	       run->mapcount == w->state.mapcount + 1 &&
	       pfns_index_joins(run, READ_ONCE(w->state.folio->index));
}

static __always_inline void pfns_memo_row(const struct mms_pfns_memo *memo,
					  const struct page *page, unsigned long pfn,
					  const struct mms_pfns_words *w,
					  struct mms_pfns_rec *rec)
{
	*rec = memo->row;
	rec->pfn = pfn;
	rec->refcount = w->state.refcount;
	rec->mapcount = w->state.mapcount + 1;
	rec->index = pfns_index(w->state.folio, rec->kind);
	if (unlikely(!pfns_words_hold(page, w)))
		rec->rec.flags |= MMS_RF_RACED;
}

/* ---- the walk ---------------------------------------------------------- */

static bool pfns_wanted(const struct mms_pfns_state *st, const struct mms_pfns_rec *rec)
{
	return (st->kinds & BIT(rec->kind)) && (rec->kpf & st->q->kpf_mask) == st->q->kpf_value;
}

/* What is at @pfn; gives how many frames it covers, 0 if there is no room for its row. */
static __always_inline unsigned long pfns_frame(struct mms_pfns_state *st, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct mms_pfns_words words;
	struct mms_pfns_rec *rec;
	unsigned long frames = 1;
	bool same, wanted;

	pfns_words_get(page, &words);
	same = pfns_memo_same(&st->memo, &words);
	if (same && pfns_memo_extends(st, pfn, &words)) {
		pfns_slot(st)->count++;
		return 1;
	}
	rec = pfns_candidate(st);
	if (!rec)
		return 0;
	if (same && pfns_memo_fits(&st->memo, &words)) {
		pfns_memo_row(&st->memo, page, pfn, &words, rec);
		wanted = st->memo.wanted;
	} else {
		frames = pfns_gather(st, page, pfn, &words, rec);
		wanted = pfns_wanted(st, rec);
		pfns_memo_keep(&st->memo, &words, rec, wanted);
	}
	if (wanted)
		pfns_put(st, rec);
	return frames;
}

static unsigned long pfns_span(struct mms_pfnwalk *walk, unsigned long pfn, unsigned long stop)
{
	struct mms_pfns_state *st = walk->priv;
	unsigned long frames = 1;

	for (; pfn < stop && frames; pfn += frames)
		frames = pfns_frame(st, pfn);
	return pfn;
}

/* Pointers into the last chunk's memory mean nothing in this one. */
static void pfns_chunk(struct mms_pfnwalk *walk)
{
	struct mms_pfns_state *st = walk->priv;

	mms_folio_look_init(&st->look);
	st->owner.mapping = NULL;
	st->memo.valid = false;
	st->alike = false;
}

static int pfns_begin(struct mms_session *s)
{
	struct mms_pfns_state *st = s->state;
	const struct mms_query *q = &s->query;
	int err;

	if (q->levels)
		return -EINVAL;
	err = mms_pfnwalk_init(&st->walk, q->start, q->end, pfns_span, st);
	if (err)
		return err;
	st->walk.begin = pfns_chunk;
	st->q = q;
	st->kinds = q->kinds ?: ~0U;
	if (!(st->kinds & (BIT(MMS_FOLIO_kernel) | BIT(MMS_FOLIO_kstack))))
		return 0;
	return mms_stacks_get(&st->stacks, st->walk.pfn, st->walk.end);
}

static void pfns_end(struct mms_session *s)
{
	struct mms_pfns_state *st = s->state;

	mms_stacks_put(&st->stacks);
}

static int pfns_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_pfns_state *st = s->state;
	bool done, room = true;
	unsigned int i;

	st->out = out;
	if (st->open)
		*pfns_slot(st) = st->run;
	for (i = 0; i < PFNS_CHUNKS && room && st->walk.pfn < st->walk.end; i++) {
		room = mms_pfnwalk_chunk(&st->walk);
		cond_resched();
	}
	done = st->walk.pfn >= st->walk.end;
	if (done && st->open)
		pfns_finish(st);
	if (st->open)
		st->run = *pfns_slot(st);
	return !done;
}

static const struct mms_field pfns_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_pfns_rec, f, u, t)
	MMS_PFNS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_pfns = {
	MMS_VIEW_OF(pfns),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.flags = MMS_Q_NO_MERGE,
	.uses_range = true,
	.filters = MMS_BY_FOLIO | MMS_BY_KPF,
	.state_size = sizeof(struct mms_pfns_state),
	.begin = pfns_begin,
	.fill = pfns_fill,
	.end = pfns_end,
};
