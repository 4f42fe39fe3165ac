// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageblocks: every page block, with its migrate type and what its pages really
 * are. A folio or free block that is larger than a page block counts for each
 * page block it lies in.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "compat/zone.h"
#include "session.h"
#include "view.h"
#include "walk-folio.h"
#include "walk-pfn.h"

/* Chunks of one fill: 128 MiB of memory. */
#define PAGEBLOCKS_CHUNKS	64

/* No folio is larger: 1 GiB of hugetlb is 18. */
#define PAGEBLOCKS_MAX_ORDER	20

/**
 * struct mms_pageblocks_state - a stream of the view
 * @walk: over all frames
 * @out: where to, during a fill
 * @look: what neighbouring folios have in common
 * @rec: the block that is being counted, if rec.pages is not 0
 * @kind: what the folio is that the walk is in
 * @until: its end; nothing if that is behind the walk
 * @first: of the block that the range begins in; the walk may begin before it, with
 *	the folio that the block is in
 */
struct mms_pageblocks_state {
	struct mms_pfnwalk walk;
	struct mms_out *out;
	struct mms_folio_look look;
	struct mms_pageblocks_rec rec;
	u8 kind;
	unsigned long until;
	unsigned long first;
};

static u32 *pageblocks_counter(struct mms_pageblocks_rec *rec, u8 kind)
{
	switch (kind) {
	case MMS_FOLIO_free:
		return &rec->free;
	case MMS_FOLIO_pcp:
		return &rec->pcp;
	case MMS_FOLIO_anon:
	case MMS_FOLIO_ksm:
	case MMS_FOLIO_zero:
		return &rec->anon;
	case MMS_FOLIO_file:
		return &rec->file;
	case MMS_FOLIO_shmem:
		return &rec->shmem;
	case MMS_FOLIO_hugetlb:
		return &rec->hugetlb;
	case MMS_FOLIO_slab:
		return &rec->slab;
	case MMS_FOLIO_pgtable:
		return &rec->pgtable;
	case MMS_FOLIO_kernel:
	case MMS_FOLIO_kstack:
		return &rec->kernel;
	case MMS_FOLIO_reserved:
		return &rec->reserved;
	case MMS_FOLIO_offline:
	case MMS_FOLIO_poison:
		return &rec->offline;
	default:
		return &rec->other;
	}
}

/* False if there is no room for the row. */
static bool pageblocks_flush(struct mms_pageblocks_state *st)
{
	if (!st->rec.pages)
		return true;
	if (st->rec.pfn >= st->first && !mms_out_put(st->out, &st->rec))
		return false;
	st->rec.pages = 0;
	return true;
}

static void pageblocks_open(struct mms_pageblocks_state *st, unsigned long pfn)
{
	const unsigned long flags = mms_page_flags(pfn_to_page(pfn));
	struct mms_pageblock block = { .type = MMS_NO_TYPE };

	mms_pageblock_get(pfn, &block);
	st->rec = (struct mms_pageblocks_rec){
		.rec.type = MMS_REC_ROW,
		.pfn = ALIGN_DOWN(pfn, pageblock_nr_pages),
		.type = block.type,
		.isolated = block.isolated,
		.skip = block.skip,
		.node = (flags >> NODES_PGSHIFT) & NODES_MASK,
		.zone = (flags >> ZONES_PGSHIFT) & ZONES_MASK,
	};
}

/* What begins at @pfn: its kind, and how many frames it has. */
static unsigned long pageblocks_look(struct mms_pageblocks_state *st, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	struct mms_folio_part part;
	struct mms_page_state state;
	int order = 0;

	mms_page_state_get(page, &state);
	mms_look_folio(&st->look, page, &state, &part);
	st->kind = mms_folio_kind(&part, state.folio);
	if (st->kind == MMS_FOLIO_kernel && !state.refcount && state.mapcount == -1 &&
	    mms_page_listed(page))
		st->kind = MMS_FOLIO_pcp;
	if (st->kind == MMS_FOLIO_free)
		order = mms_buddy_order(page, pfn);
	else if (state.flags & BIT(PG_head) && page == &state.folio->page)
		order = part.order;
	if (order < 0 || order > PAGEBLOCKS_MAX_ORDER || !IS_ALIGNED(pfn, 1UL << order))
		order = 0;
	return 1UL << order;
}

static unsigned long pageblocks_span(struct mms_pfnwalk *w, unsigned long pfn, unsigned long stop)
{
	struct mms_pageblocks_state *st = w->priv;

	while (pfn < stop) {
		const unsigned long end = min(stop, ALIGN(pfn + 1, pageblock_nr_pages));
		unsigned long frames;

		if (st->rec.pages && st->rec.pfn != ALIGN_DOWN(pfn, pageblock_nr_pages) &&
		    !pageblocks_flush(st))
			break;
		if (!st->rec.pages)
			pageblocks_open(st, pfn);
		if (st->until <= pfn)
			st->until = pfn + pageblocks_look(st, pfn);
		frames = min(st->until, end) - pfn;
		*pageblocks_counter(&st->rec, st->kind) += frames;
		st->rec.pages += frames;
		pfn += frames;
	}
	return pfn;
}

static void pageblocks_chunk(struct mms_pfnwalk *w)
{
	struct mms_pageblocks_state *st = w->priv;

	mms_folio_look_init(&st->look);
}

static int pageblocks_begin(struct mms_session *s)
{
	struct mms_pageblocks_state *st = s->state;
	const struct mms_query *q = &s->query;
	int err;

	if (q->levels)
		return -EINVAL;
	err = mms_pfnwalk_init(&st->walk, q->start, q->end, pageblocks_span, st);
	if (err)
		return err;
	/* whole page blocks */
	st->walk.pfn = ALIGN_DOWN(st->walk.pfn, pageblock_nr_pages);
	st->walk.end = ALIGN(st->walk.end, pageblock_nr_pages);
	st->first = st->walk.pfn;
	st->walk.begin = pageblocks_chunk;
	return 0;
}

static int pageblocks_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_pageblocks_state *st = s->state;
	bool room = true;
	unsigned int i;

	st->out = out;
	for (i = 0; i < PAGEBLOCKS_CHUNKS && room && st->walk.pfn < st->walk.end; i++) {
		room = mms_pfnwalk_chunk(&st->walk);
		cond_resched();
	}
	return st->walk.pfn < st->walk.end || !pageblocks_flush(st);
}

static const struct mms_field pageblocks_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_pageblocks_rec, f, u, t)
	MMS_PAGEBLOCKS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_pageblocks = {
	MMS_VIEW_OF(pageblocks),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.uses_range = true,
	.state_size = sizeof(struct mms_pageblocks_state),
	.begin = pageblocks_begin,
	.fill = pageblocks_fill,
};
