// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgtable: VMA, entry and folio in one row. Neighbours that differ by a
 * constant step only are merged into a run; a run goes on over the borders of
 * tables and chunks, so the answer does not depend on how the walk was cut.
 */
#include <linux/kernel.h>
#include <linux/kernel-page-flags.h>
#include <linux/slab.h>
#include "compat/vma.h"
#include "entry.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

/**
 * struct mms_pgtable_state - a stream of the view
 * @walk: the walk
 * @out: where to, during a fill
 * @q: the session's query
 * @look: what neighbouring folios have in common, during one span
 * @levels: bit 1 << level of those wanted
 * @kinds: bit 1 << kind of those wanted
 * @plain: no filter is set: every page is wanted
 * @open: a run is being collected; during a fill it lies in the buffer, behind
 *	the finished rows, where the next one can be gathered beside it
 * @run: the open run between two fills
 * @run_has_state: @run_state holds
 * @run_state: the words of the page that the run ended with last
 * @next_entry: value that would continue the run
 * @next_step: difference of entry to entry in a run of two and more
 * @next_addr: address that would continue it
 * @vma_start: of the VMA the walk is in
 * @vma_flags: its flags, as on the wire
 * @region: of the kernel's half, or a hole in it, that the last row began in
 */
struct mms_pgtable_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	const struct mms_query *q;
	struct mms_folio_look look;
	u32 levels;
	u32 kinds;
	bool plain;
	bool open;
	bool run_has_state;
	struct mms_pgtable_rec run;
	struct mms_page_state run_state;
	u64 next_entry;
	u64 next_step;
	unsigned long next_addr;
	u64 vma_start;
	u64 vma_flags;
	struct mms_region_row region;
};

static const struct mms_folio_part pgtable_no_folio = {
	.zone = MMS_NO_ZONE, .node = MMS_NO_NODE,
};

/* The region at @addr, or the hole between two. */
static noinline void pgtable_find_region(struct mms_region_row *ret_row, unsigned long addr)
{
	struct mms_region_row rows[MMS_MAX_REGIONS];
	unsigned int i, n = mms_arch_regions(rows);

	*ret_row = (struct mms_region_row){ .region = MMS_REGION_hole, .last = ULONG_MAX };
	for (i = 0; i < n; i++) {
		if (rows[i].last < addr) {
			ret_row->start = rows[i].last + 1;
			continue;
		}
		if (rows[i].start > addr)
			ret_row->last = rows[i].start - 1;
		else
			*ret_row = rows[i];
		break;
	}
}

static u8 pgtable_region(struct mms_pgtable_state *st, unsigned long addr)
{
	if (addr < st->region.start || addr > st->region.last)
		pgtable_find_region(&st->region, addr);
	return st->region.region;
}

/* ---- merging ----------------------------------------------------------- */

#define MMS_NO_PAGE_PART (BIT_ULL(KPF_COMPOUND_HEAD) | BIT_ULL(KPF_COMPOUND_TAIL))

/* Is what is known of the folios the same, as far as two pages can be? */
static bool pgtable_folio_joins(const struct mms_pgtable_rec *run,
				const struct mms_pgtable_rec *rec)
{
	unsigned long entry_pages = mms_level_size(rec->level) >> PAGE_SHIFT;

	if (!((run->rec.flags | rec->rec.flags) & MMS_RF_FOLIO))
		return true;
	if (((run->kpf ^ rec->kpf) & ~MMS_NO_PAGE_PART) || run->order != rec->order ||
	    run->refcount != rec->refcount || run->mapcount != rec->mapcount ||
	    run->node != rec->node || run->zone != rec->zone || run->cgroup != rec->cgroup)
		return false;
	if ((1UL << rec->order) <= entry_pages)	/* whole folios */
		return run->folio_page == rec->folio_page;
	return rec->pfn - run->pfn == rec->folio_page - run->folio_page;
}

/* Does @rec go on where @run ends? Sets the run's step if it is the second. */
static bool pgtable_joins(const struct mms_query *q, struct mms_pgtable_rec *run,
			  const struct mms_pgtable_rec *rec)
{
	const u64 size = mms_level_size(rec->level);
	const s64 pages = size >> PAGE_SHIFT;
	u64 differ = run->entry ^ rec->entry;
	s64 step = rec->pfn - run->pfn;

	if (rec->start != run->start + run->count * size || run->level != rec->level ||
	    run->kind != rec->kind || run->vma_start != rec->vma_start ||
	    run->region != rec->region || run->swap_type != rec->swap_type ||
	    run->rec.flags != rec->rec.flags || run->count == U32_MAX ||
	    rec->kind == MMS_KIND_table)
		return false;

	/* all but what the step accounts for is the same; accessed and the like may differ */
	differ &= ~mms_entry_pfn_bits(rec->level, rec->entry);
	if (q->flags & MMS_Q_MERGE_ATTR)
		return !(differ & ~mms_entry_history_bits(rec->level, rec->entry));
	if (differ)
		return false;
	if (run->count == 1) {
		if (rec->kind == MMS_KIND_swap ? step != 1 && step != -1 :
		    step && step != pages && step != -pages)
			return false;
	} else if (step != (s64)run->step * run->count) {
		return false;
	}
	if (!pgtable_folio_joins(run, rec))
		return false;
	if (run->count == 1)
		run->step = step;
	return true;
}

/* The slot of the open run, or of the next row if there is none. */
static __always_inline struct mms_pgtable_rec *pgtable_slot(const struct mms_pgtable_state *st)
{
	return (struct mms_pgtable_rec *)(st->out->buf + st->out->used);
}

/* The row in the slot is finished: the slot moves on. */
static __always_inline void pgtable_finish(struct mms_pgtable_state *st)
{
	st->out->used += sizeof(struct mms_pgtable_rec);
	st->out->rows++;
	st->open = false;
}

/* Where the next row is to be gathered, or NULL if there is no room. */
static __always_inline struct mms_pgtable_rec *pgtable_candidate(struct mms_pgtable_state *st)
{
	/* the open run, the candidate, and the END record */
	if (st->out->used + 3 * sizeof(struct mms_pgtable_rec) > MMS_OUT_SIZE)
		return NULL;
	return pgtable_slot(st) + st->open;
}

/* A gathered row: finish it, or let it continue the open run or open a new one. */
static void pgtable_put(struct mms_pgtable_state *st, const struct mms_pgtable_rec *rec)
{
	struct mms_pgtable_rec *run = pgtable_slot(st);

	st->run_has_state = false;
	if (st->q->flags & MMS_Q_NO_MERGE) {
		pgtable_finish(st);
		return;
	}
	if (st->open && pgtable_joins(st->q, run, rec)) {
		run->count++;
		return;
	}
	if (st->open)
		pgtable_finish(st);
	st->open = true;	/* rec is the slot now */
}

/* ---- gathering --------------------------------------------------------- */

/* Fill @rec from any entry. False: a filter of the query leaves it out. */
static noinline bool pgtable_gather(struct mms_pgtable_state *st, const struct mms_span *span,
				    unsigned int i, struct mms_pgtable_rec *rec)
{
	const unsigned long addr = span->addr + ((u64)i << mms_level_shift(span->level));
	const struct mms_query *q = st->q;
	struct vm_area_struct *vma = st->walk.vma;
	const u64 e = span->entries[i];
	struct mms_entry entry;
	bool raced = false;
	u8 flags = 0;

	if ((e & q->entry_mask) != q->entry_value)
		return false;
	mms_entry_decode(vma, span->level, e, &entry);
	if (!(q->flags & MMS_Q_NO_FOLIO) && (vma || span->level == MMS_LEVEL_PTE) &&
	    mms_entry_look(&st->look, vma, span->level, span->live ? &span->live[i] : NULL,
			   e, &entry, &rec->folio, &raced)) {
		flags = MMS_RF_FOLIO | (raced ? MMS_RF_RACED : 0);
		if ((rec->kpf & q->kpf_mask) != q->kpf_value)
			return false;
	} else {
		if (q->kpf_mask)
			return false;
		rec->folio = pgtable_no_folio;
	}
	if (!(st->kinds & BIT(entry.kind)))
		return false;
	rec->rec = (struct mms_rec){ .type = MMS_REC_ROW, .flags = flags };
	rec->level = span->level;
	rec->kind = entry.kind;
	rec->region = vma ? MMS_REGION_user : pgtable_region(st, addr);
	rec->swap_type = entry.swap_type;
	rec->start = addr;
	rec->entry = e;
	rec->count = 1;
	rec->step = 0;
	rec->pfn = entry.pfn;
	rec->vma_start = st->vma_start;
	rec->vma_flags = st->vma_flags;
	return true;
}

/* What the rows of plain entries have before their addresses. */
static const struct mms_pgtable_rec pgtable_plain_head[2] = {
#define HEAD(flags_)								\
	{									\
		.rec.type = MMS_REC_ROW, .rec.flags = (flags_),			\
		.level = MMS_LEVEL_PTE, .kind = MMS_KIND_page,			\
		.region = MMS_REGION_user, .swap_type = MMS_NO_SWAP, .count = 1, \
	}
	[false] = HEAD(0),
	[true] = HEAD(MMS_RF_FOLIO),
#undef HEAD
};

/* Not a page's address: no entry continues the run. */
#define PGTABLE_NOT_NEXT	1UL

/*
 * Does a plain entry continue the open run? This is pgtable_joins() for what
 * nearly all entries are, without making a row first: the entry has the value
 * that comes next, and the page's words are those of the page before.
 */
static __always_inline bool pgtable_extends(struct mms_pgtable_state *st,
					    struct mms_pgtable_rec *run, unsigned long addr, u64 e,
					    const struct mms_page_state *state, const u32 mode)
{
	if (addr != st->next_addr)
		return false;
	if (mode & MMS_Q_MERGE_ATTR) {
		if ((e ^ run->entry) & ~(MMS_ENTRY_PLAIN_PFN | MMS_ENTRY_HISTORY_BITS))
			return false;
	} else {
		if (e != st->next_entry) {
			/* a run of one goes downwards, too, or stays where it is */
			if (run->count > 1 || (e != run->entry && e != run->entry - PAGE_SIZE))
				return false;
		}
		if (!(mode & MMS_Q_NO_FOLIO) && !mms_page_state_same(state, &st->run_state))
			return false;
		if (run->count == 1) {
			st->next_step = e - run->entry;
			run->step = (s64)st->next_step >> PAGE_SHIFT;
		}
		st->next_entry = e + st->next_step;
	}
	st->next_addr = addr + PAGE_SIZE;
	run->count++;
	return true;
}

static __always_inline void pgtable_plain_row(struct mms_pgtable_rec *rec, bool folios,
					      unsigned long addr, u64 e, unsigned long pfn,
					      u64 vma_start, u64 vma_flags)
{
	memcpy(rec, &pgtable_plain_head[folios], offsetof(struct mms_pgtable_rec, start));
	rec->start = addr;
	rec->entry = e;
	rec->pfn = pfn;
	rec->vma_start = vma_start;
	rec->vma_flags = vma_flags;
}

/* Was the page still mapped by the entry when it had been looked at? If not, say so. */
static __always_inline void pgtable_plain_check(struct mms_pgtable_state *st,
						struct mms_pgtable_rec *rec, u64 *live, u64 e)
{
	const u64 now = READ_ONCE(*live);

	if (likely(now == e) || !((now ^ e) & ~(u64)MMS_ENTRY_HISTORY_BITS))
		return;
	rec->rec.flags |= MMS_RF_RACED;
	st->out->raced++;
}

/*
 * A row for each plain entry, from the @i-th on, up to one that is not plain,
 * has no page, or finds no room. Returns its index. These two loops are what
 * matters: they see every resident page, so they ask for nothing twice.
 */
static __always_inline unsigned int pgtable_plain_rows(struct mms_pgtable_state *st,
						       const struct mms_span *span,
						       size_t i, const bool folios)
{
	struct mms_pgtable_rec *rec = pgtable_slot(st);
	const size_t room = (MMS_OUT_SIZE - st->out->used) / sizeof(*rec) - 1;
	const size_t n = min_t(size_t, span->n, i + room);
	const u64 vma_start = st->vma_start, vma_flags = st->vma_flags;
	const u64 *const entries = span->entries;
	unsigned long addr = span->addr + i * PAGE_SIZE;
	u64 *const live = span->live;

	for (; i < n; i++, rec++, addr += PAGE_SIZE) {
		const u64 e = entries[i];
		const unsigned long pfn = mms_entry_plain_pfn(e);

		if (unlikely(!mms_entry_plain(e) || !mms_look_online(&st->look, pfn)))
			break;
		pgtable_plain_row(rec, folios, addr, e, pfn, vma_start, vma_flags);
		if (folios) {
			struct page *page = pfn_to_page(pfn);
			struct mms_page_state state;

			mms_page_state_get(page, &state);
			mms_look_folio(&st->look, page, &state, &rec->folio);
		} else {
			rec->folio = pgtable_no_folio;
		}
		pgtable_plain_check(st, rec, &live[i], e);
	}
	st->out->rows += rec - pgtable_slot(st);
	st->out->used = (char *)rec - st->out->buf;
	return i;
}

/* The same, merged into runs. */
static __always_inline unsigned int pgtable_plain_runs(struct mms_pgtable_state *st,
						       const struct mms_span *span,
						       unsigned int i, const u32 mode)
{
	struct mms_pgtable_rec *const first = pgtable_slot(st), *run = first;
	struct mms_pgtable_rec *const end =
		(void *)(st->out->buf + MMS_OUT_SIZE - 3 * sizeof(*run));
	const bool folios = !(mode & MMS_Q_NO_FOLIO), attr = mode & MMS_Q_MERGE_ATTR;
	unsigned long addr = span->addr + i * PAGE_SIZE;
	struct mms_page_state state = {};
	bool open = st->open;

	/* within a span the VMA is one, and a run's count does not overflow */
	if (open && (run->vma_start != st->vma_start || run->count > U32_MAX - MMS_ENTRIES))
		st->next_addr = PGTABLE_NOT_NEXT;
	for (; i < span->n; i++, addr += PAGE_SIZE) {
		const u64 e = span->entries[i];
		const unsigned long pfn = mms_entry_plain_pfn(e);
		struct page *page = pfn_to_page(pfn);

		if (unlikely(!mms_entry_plain(e) || !mms_look_online(&st->look, pfn)))
			break;
		if (folios && !attr)
			mms_page_state_get(page, &state);
		if (open && pgtable_extends(st, run, addr, e, &state, mode))
			continue;
		if (unlikely(run > end))
			break;
		run += open;
		pgtable_plain_row(run, folios, addr, e, pfn, st->vma_start, st->vma_flags);
		if (folios) {
			if (attr)
				mms_page_state_get(page, &state);
			mms_look_folio(&st->look, page, &state, &run->folio);
		} else {
			run->folio = pgtable_no_folio;
		}
		pgtable_plain_check(st, run, &span->live[i], e);
		open = true;
		if (folios && !attr)
			st->run_state = state;
		st->next_addr = addr + PAGE_SIZE;
		st->next_entry = e + PAGE_SIZE;	/* as good a guess as any */
	}
	st->out->rows += run - first;
	st->out->used = (char *)run - st->out->buf;
	st->open = open;
	return i;
}

/* The loops once for each way of merging, so that they need not ask for it. */
#define PGTABLE_LOOP(name, loop, arg)						\
static noinline unsigned int name(struct mms_pgtable_state *st,			\
				  const struct mms_span *span, unsigned int i)	\
{										\
	return loop(st, span, i, arg);						\
}
PGTABLE_LOOP(pgtable_rows, pgtable_plain_rows, true)
PGTABLE_LOOP(pgtable_rows_no_folio, pgtable_plain_rows, false)
PGTABLE_LOOP(pgtable_runs, pgtable_plain_runs, 0)
PGTABLE_LOOP(pgtable_runs_no_folio, pgtable_plain_runs, MMS_Q_NO_FOLIO)
PGTABLE_LOOP(pgtable_attr, pgtable_plain_runs, MMS_Q_MERGE_ATTR)
PGTABLE_LOOP(pgtable_attr_no_folio, pgtable_plain_runs, MMS_Q_MERGE_ATTR | MMS_Q_NO_FOLIO)

static unsigned int pgtable_plain(struct mms_pgtable_state *st, const struct mms_span *span,
				  unsigned int i)
{
	const u32 flags = st->q->flags;

	if (flags & MMS_Q_NO_MERGE)
		return flags & MMS_Q_NO_FOLIO ? pgtable_rows_no_folio(st, span, i) :
						pgtable_rows(st, span, i);
	if (st->open && !st->run_has_state)
		return i;	/* it may go on only the long way */
	st->run_has_state = true;
	if (flags & MMS_Q_MERGE_ATTR)
		return flags & MMS_Q_NO_FOLIO ? pgtable_attr_no_folio(st, span, i) :
						pgtable_attr(st, span, i);
	return flags & MMS_Q_NO_FOLIO ? pgtable_runs_no_folio(st, span, i) :
					pgtable_runs(st, span, i);
}

/* A plain entry went the long way: the next one may go the short one again. */
static void pgtable_keep_state(struct mms_pgtable_state *st, unsigned long addr, u64 e)
{
	const unsigned long pfn = mms_entry_plain_pfn(e);

	if (!st->open || !mms_look_online(&st->look, pfn))
		return;
	mms_page_state_get(pfn_to_page(pfn), &st->run_state);
	st->next_addr = addr + PAGE_SIZE;
	st->next_step = (u64)(s64)pgtable_slot(st)->step << PAGE_SHIFT;
	st->next_entry = e + (pgtable_slot(st)->count > 1 ? st->next_step : PAGE_SIZE);
	st->run_has_state = true;
}

/* A row for @n entries that hold the same table. False: no room. */
static bool pgtable_put_table(struct mms_pgtable_state *st, unsigned int level, u64 entry,
			      unsigned long addr, unsigned int n, u8 flags)
{
	struct mms_pgtable_rec *rec;
	struct page *page;

	if (!(st->levels & BIT(level)) || !(st->kinds & BIT(MMS_KIND_table)) ||
	    st->q->kpf_mask || (entry & st->q->entry_mask) != st->q->entry_value)
		return true;
	rec = pgtable_candidate(st);
	if (!rec)
		return false;
	*rec = (struct mms_pgtable_rec){
		.rec.type = MMS_REC_ROW,
		.rec.flags = flags,
		.level = level,
		.kind = MMS_KIND_table,
		.region = st->walk.vma ? MMS_REGION_user : pgtable_region(st, addr),
		.swap_type = MMS_NO_SWAP,
		.start = addr,
		.entry = entry,
		.count = n,
		.pfn = mms_entry_pfn(level, entry),
		.zone = MMS_NO_ZONE,
		.node = MMS_NO_NODE,
		.vma_start = st->vma_start,
		.vma_flags = st->vma_flags,
	};
	page = pfn_to_online_page(rec->pfn);
	if (page) {
		rec->node = mms_flags_node(mms_page_flags(page));
		rec->zone = mms_flags_zone(mms_page_flags(page));
	}
	pgtable_put(st, rec);
	return true;
}

static unsigned int pgtable_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_pgtable_state *st = w->priv;
	const bool plain = st->plain && span->level == MMS_LEVEL_PTE && span->live;
	unsigned int i = 0;

	if (!(st->levels & BIT(span->level)))
		return span->n;
	if (unlikely(span->again))
		return pgtable_put_table(st, span->level, span->entries[0], span->addr, span->n,
					 MMS_RF_AGAIN) ? span->n : 0;
	mms_folio_look_init(&st->look);
	while (i < span->n) {
		const u64 e = span->entries[i];
		struct mms_pgtable_rec *rec;

		if (!e) {
			i++;
			continue;
		}
		if (plain && mms_entry_plain(e)) {
			unsigned int next = pgtable_plain(st, span, i);

			if (next > i) {
				i = next;
				continue;
			}
		}
		rec = pgtable_candidate(st);
		if (!rec)
			break;
		if (pgtable_gather(st, span, i, rec)) {
			st->out->raced += !!(rec->rec.flags & MMS_RF_RACED);
			pgtable_put(st, rec);
			if (plain && mms_entry_plain(e))
				pgtable_keep_state(st, span->addr + i * PAGE_SIZE, e);
		}
		i++;
	}
	return i;
}

static int pgtable_table(struct mms_pgwalk *w, unsigned int level, u64 entry,
			 unsigned long addr, const u64 *table)
{
	return level <= MMS_LEVEL_PGD && !pgtable_put_table(w->priv, level, entry, addr, 1, 0);
}

static int pgtable_vma(struct mms_pgwalk *w, struct vm_area_struct *vma)
{
	struct mms_pgtable_state *st = w->priv;

	st->vma_start = vma->vm_start;
	st->vma_flags = mms_vma_flags(vma->vm_flags);
	return 0;
}

static const struct mms_pgwalk_ops pgtable_ops = {
	.vma = pgtable_vma, .span = pgtable_span,
};

static const struct mms_pgwalk_ops pgtable_tables_ops = {
	.vma = pgtable_vma, .span = pgtable_span, .table = pgtable_table,
};

static int pgtable_begin(struct mms_session *s)
{
	struct mms_pgtable_state *st = s->state;
	const struct mms_query *q = &s->query;

	if ((q->flags & MMS_Q_NO_MERGE) && (q->flags & MMS_Q_MERGE_ATTR))
		return -EINVAL;
	if ((q->flags & MMS_Q_NO_FOLIO) && q->kpf_mask)
		return -EINVAL;
	st->q = q;
	st->levels = q->levels ?: ~0U;
	st->kinds = q->kinds ?: ~0U;
	st->plain = !q->kinds && !q->entry_mask && !q->kpf_mask;
	return mms_pgwalk_init(&st->walk, s, q->flags & MMS_Q_TABLES ?
			       &pgtable_tables_ops : &pgtable_ops, st);
}

static int pgtable_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_pgtable_state *st = s->state;
	int err;

	st->out = out;
	if (st->open)
		*pgtable_slot(st) = st->run;
	err = mms_pgwalk_chunk(&st->walk, s);
	if (err)
		return err;
	if (st->walk.done && st->open)
		pgtable_finish(st);
	if (st->open)
		st->run = *pgtable_slot(st);
	return !st->walk.done;
}

static const struct mms_field pgtable_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_pgtable_rec, f, u, t)
	MMS_PGTABLE_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_pgtable = {
	MMS_VIEW_OF(pgtable),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.flags = MMS_Q_NO_MERGE | MMS_Q_MERGE_ATTR | MMS_Q_TABLES | MMS_Q_NO_FOLIO |
		 MMS_Q_KERNEL | MMS_Q_USER_PGD,
	.uses_range = true,
	.filters = MMS_BY_KIND | MMS_BY_ENTRY | MMS_BY_KPF,
	.state_size = sizeof(struct mms_pgtable_state),
	.begin = pgtable_begin,
	.fill = pgtable_fill,
};
