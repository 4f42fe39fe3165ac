// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check: page-table entries, one by one. */
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "model/vocab.h"
#include "source/procfs.h"

#define PAGE		4096ULL
#define PLACE		(BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))

/* Bits of an x86 entry: of a present one, and where a swap entry keeps the same. */
#define PTE_UFFD_WP	BIT(10)
#define PTE_SOFT_DIRTY	BIT(11)
#define SWP_SOFT_DIRTY	BIT(1)
#define SWP_UFFD_WP	BIT(2)

/**
 * struct side - one of the two streams, page by page
 * @s: the stream
 * @rec: its row, NULL at the end
 * @page: which page of @rec is next, of @pages
 * @pages: see @page
 */
struct side {
	struct mms_stream *s;
	const struct mms_pgtable_rec *rec;
	u64 page, pages;
};

/* What a comparison has at hand. */
struct pages {
	const struct mms_check_round *round;
	struct mms_check_list *list;
	s32 pid;
	u64 start, end;		/* the entry that is compared */
	u64 head;		/* first frame of the folio compared last */
};

static int side_take(struct side *d, int ret)
{
	d->rec = ret > 0 ? d->s->row.rec : NULL;
	d->page = 0;
	if (d->rec)
		d->pages = mms_level_size(&d->s->ctx.header, d->rec->level) / PAGE;
	return ret < 0 ? -1 : 0;
}

static int side_next(struct side *d, struct mms_err *err)
{
	return side_take(d, mms_stream_next(d->s, err));
}

static int side_step(struct side *d, u64 pages, struct mms_err *err)
{
	d->page += pages;
	return d->page < d->pages ? 0 : side_next(d, err);
}

static u64 side_addr(const struct side *d)
{
	return d->rec ? d->rec->start + d->page * PAGE : ~0ULL;
}

static const struct mms_field *field_of(unsigned int f)
{
	return &mms_model_pgtable.fields[f];
}

static void number(struct pages *p, unsigned int f, u64 ours, u64 theirs)
{
	mms_check_number(p->list, p->round, p->pid, p->start, p->end, field_of(f), ours, theirs);
}

static void word_differs(struct pages *p, const char *field, const char *file, const char *ours,
			 const char *theirs)
{
	struct mms_difference *d;

	d = mms_check_add(p->list, p->round, p->pid, p->start, p->end, field);
	if (!d)
		return;
	if (file)
		d->theirs_from = file;
	snprintf(d->ours, sizeof(d->ours), "%s", ours);
	snprintf(d->theirs, sizeof(d->theirs), "%s", theirs);
}

static void flag(struct pages *p, const char *field, bool ours, bool theirs)
{
	p->list->total->values++;
	if (ours != theirs)
		word_differs(p, field, NULL, ours ? "yes" : "no", theirs ? "yes" : "no");
}

/* ---- an entry against pagemap -------------------------------------------- */

#define KIND(k)		BIT(MMS_KIND_##k)
#define PRESENT		(KIND(page) | KIND(zero) | KIND(device) | MMS_KINDS_NO_ACCESS)
#define SPECIAL		(KIND(migration) | KIND(devprivate) | KIND(devexclusive) | \
			 KIND(hwpoison) | KIND(other))

/* pagemap tells fewer kinds apart. */
static bool same_kind(unsigned int ours, unsigned int theirs)
{
	const u32 x = BIT(ours), y = BIT(theirs);

	if (x & SPECIAL)
		return y & SPECIAL;
	if (x & (KIND(page) | KIND(device)))	/* a frame may have a page and not be looked at */
		return y & (KIND(page) | KIND(device));
	if (x & MMS_KINDS_NO_ACCESS)
		return y & (KIND(page) | KIND(protnone));
	return x == y;
}

static bool hides_nonpresent(const struct mms_pgtable_rec *rec)
{
	/* Before "mm/pagemap: report hugetlb swap entries", 6.x, pagemap had present ones only. */
	return rec->vma_flags & BIT(MMS_VMA_ht) && !(BIT(rec->kind) & PRESENT);
}

static void compare_bits(struct pages *p, const struct mms_stream *ours,
			 const struct mms_pgtable_rec *a, u64 word)
{
	const u64 bits = ours->ctx.header.bits;
	const bool present = BIT(a->kind) & PRESENT;
	const bool hugetlb = a->vma_flags & BIT(MMS_VMA_ht);
	bool dirty, wp;

	dirty = a->entry & (present ? PTE_SOFT_DIRTY : SWP_SOFT_DIRTY);
	wp = a->kind == MMS_KIND_uffdwp || a->entry & (present ? PTE_UFFD_WP : SWP_UFFD_WP);
	/* hugetlb has no soft-dirty of its own; a VMA's counts for all its pages */
	if (bits & MMS_BITS_SOFT_DIRTY && !hugetlb)
		flag(p, "soft_dirty", dirty || a->vma_flags & BIT(MMS_VMA_sd),
		     word & MMS_PM_SOFT_DIRTY);
	if (bits & MMS_BITS_UFFD_WP)
		flag(p, "uffd_wp", wp, word & MMS_PM_UFFD_WP);
	if (word & MMS_PM_GUARD)
		flag(p, "guard", a->kind == MMS_KIND_guard, true);
	if (!(BIT(a->kind) & (KIND(page) | MMS_KINDS_NO_ACCESS)) ||
	    !(a->rec.flags & MMS_RF_FOLIO))
		return;
	flag(p, "file", !(a->kpf & BIT(KPF_ANON)), word & MMS_PM_FILE);
	if (!a->order)	/* for large folios what "exclusive" means has changed over time */
		flag(p, "exclusive", a->mapcount == 1, word & MMS_PM_EXCLUSIVE);
}

static void compare_folio(struct pages *p, const struct mms_stream *theirs,
			  const struct mms_pgtable_rec *a, const struct mms_pgtable_rec *b)
{
	struct mms_check_round from = *p->round;
	const struct mms_check_round *round = p->round;

	if (!(a->rec.flags & b->rec.flags & MMS_RF_FOLIO))
		return;
	if (a->pfn - a->folio_page != p->head)
		p->list->total->folios++;
	p->head = a->pfn - a->folio_page;
	p->round = &from;
	from.file = "/proc/kpageflags";
	/* See mms_kpages.ksm_wrong. */
	number(p, MMS_F(pgtable, kpf), mms_procfs_ksm(theirs) ? a->kpf : a->kpf & ~BIT(KPF_KSM),
	       b->kpf);
	number(p, MMS_F(pgtable, order), a->order, b->order);
	number(p, MMS_F(pgtable, folio_page), a->folio_page, b->folio_page);
	from.file = "/proc/kpagecount";
	number(p, MMS_F(pgtable, mapcount), a->mapcount, b->mapcount);
	from.file = "/proc/kpagecgroup";
	if (!mms_field_missing(&theirs->ctx, theirs->model, MMS_F(pgtable, cgroup)))
		number(p, MMS_F(pgtable, cgroup), a->cgroup, b->cgroup);
	p->round = round;
}

/* Both have something at the same address. @first: it is where both rows begin. */
static void compare_entry(struct pages *p, const struct side *a, const struct side *b)
{
	const struct mms_pgtable_rec *x = a->rec, *y = b->rec;
	const bool first = !a->page;
	const bool markers = BIT(x->kind) & (KIND(uffdwp) | KIND(poison) | KIND(guard));

	p->start = side_addr(a);
	p->end = p->start + PAGE * (a->pages - a->page);
	p->list->total->entries++;
	p->list->total->values++;
	if (!same_kind(x->kind, y->kind))
		word_differs(p, "kind", NULL, mms_word(MMS_UNIT_kind, x->kind),
			     mms_word(MMS_UNIT_kind, y->kind));
	if (!markers)
		number(p, MMS_F(pgtable, pfn), x->pfn + a->page, y->pfn + b->page);
	if (!first)
		return;
	if (mms_procfs_level_known(b->s))
		number(p, MMS_F(pgtable, level), x->level, y->level);
	if (x->kind == MMS_KIND_swap)
		number(p, MMS_F(pgtable, swap_type), x->swap_type, y->swap_type);
	number(p, MMS_F(pgtable, vma_start), x->vma_start, y->vma_start);
	number(p, MMS_F(pgtable, vma_flags), x->vma_flags & ~MMS_VMA_OTHER,
	       y->vma_flags & ~MMS_VMA_OTHER);
	if (!b->page) {
		compare_bits(p, a->s, x, mms_procfs_word(b->s));
		compare_folio(p, b->s, x, y);
	}
}

static void alone(struct pages *p, const struct side *d, bool ours)
{
	p->start = side_addr(d);
	p->end = p->start + PAGE * (d->pages - d->page);
	word_differs(p, "entry", NULL, ours ? mms_word(MMS_UNIT_kind, d->rec->kind) : "nothing",
		     ours ? "nothing" : mms_word(MMS_UNIT_kind, d->rec->kind));
}

static int open_both(const struct mms_check_list *list, struct side *a, struct side *b,
		     const struct mms_source_args *with, const struct mms_query *first,
		     const struct mms_query *second, struct mms_err *err)
{
	int x, y;

	if (mms_check_open_both(list, &mms_model_pgtable, first, with, second, &a->s, &b->s,
				&x, &y, err))
		return -1;
	side_take(a, x);
	side_take(b, y);
	return 0;
}

static void close_both(struct side *a, struct side *b)
{
	mms_check_close(a->s);
	mms_check_close(b->s);
}

/* Pages that can be stepped over at once: the rest of a leaf, if both have it as one. */
static u64 common(const struct side *a, const struct side *b)
{
	return a->rec->level == b->rec->level && a->page == b->page ? a->pages - a->page : 1;
}

static int pages_run(const struct mms_check_round *round, s32 pid, u64 start, u64 end,
		     struct mms_check_list *list, struct mms_err *err)
{
	struct pages p = { .round = round, .list = list, .pid = pid, .head = ~0ULL };
	struct mms_query query = { .pid = pid, .start = start, .end = end,
				   .flags = MMS_Q_NO_MERGE };
	struct side a = { .s = NULL }, b = { .s = NULL };
	int ret = open_both(list, &a, &b, &mms_check_theirs, &query, &query, err);

	while (!ret && (a.rec || b.rec)) {
		u64 x = side_addr(&a), y = side_addr(&b), n;
		bool ours = a.rec && (!b.rec || x <= y), theirs = b.rec && (!a.rec || y <= x);

		if (ours && theirs) {
			compare_entry(&p, &a, &b);
			n = common(&a, &b);
			ret = side_step(&a, n, err) ?: side_step(&b, n, err);
		} else if (theirs) {
			alone(&p, &b, false);
			ret = side_step(&b, b.pages, err);
		} else if (a.rec->vma_flags & BIT(MMS_VMA_pf)) {
			list->total->hidden++;
			ret = side_step(&a, a.pages, err);
		} else {
			if (!hides_nonpresent(a.rec))
				alone(&p, &a, true);
			ret = side_step(&a, y < x + a.pages * PAGE ? (y - x) / PAGE : a.pages, err);
		}
	}
	close_both(&a, &b);
	return ret;
}

const struct mms_check_round mms_check_pages = { "pgtable", "pagemap", true, pages_run };

/* ---- merged against unmerged --------------------------------------------- */

/* Entry @i of a run is what @b says? */
static void compare_merged(struct pages *p, const struct mms_pgtable_rec *a, u64 i, u64 size,
			   const struct mms_pgtable_rec *b, u64 phys_mask)
{
	const u64 pages = size / PAGE;
	const bool whole = BIT(a->order) <= pages;
	const bool present = BIT(a->kind) & PRESENT;

	p->start = b->start;
	p->end = b->start + size;
	number(p, MMS_F(pgtable, start), a->start + i * size, b->start);
	number(p, MMS_F(pgtable, level), a->level, b->level);
	number(p, MMS_F(pgtable, kind), a->kind, b->kind);
	number(p, MMS_F(pgtable, pfn), a->pfn + i * (s64)a->step, b->pfn);
	number(p, MMS_F(pgtable, swap_type), a->swap_type, b->swap_type);
	number(p, MMS_F(pgtable, vma_start), a->vma_start, b->vma_start);
	number(p, MMS_F(pgtable, region), a->region, b->region);
	if (present)
		number(p, MMS_F(pgtable, entry), a->entry & ~phys_mask, b->entry & ~phys_mask);
	flag(p, "folio", a->rec.flags & MMS_RF_FOLIO, b->rec.flags & MMS_RF_FOLIO);
	if (!(a->rec.flags & b->rec.flags & MMS_RF_FOLIO))
		return;
	number(p, MMS_F(pgtable, kpf), a->kpf & ~PLACE, b->kpf & ~PLACE);
	number(p, MMS_F(pgtable, order), a->order, b->order);
	number(p, MMS_F(pgtable, folio_page), whole ? a->folio_page :
	       a->folio_page + i * (s64)a->step, b->folio_page);
	number(p, MMS_F(pgtable, refcount), a->refcount, b->refcount);
	number(p, MMS_F(pgtable, mapcount), a->mapcount, b->mapcount);
	number(p, MMS_F(pgtable, node), a->node, b->node);
	number(p, MMS_F(pgtable, zone), a->zone, b->zone);
	number(p, MMS_F(pgtable, cgroup), a->cgroup, b->cgroup);
}

static int merged_run(const struct mms_check_round *round, s32 pid, u64 start, u64 end,
		      struct mms_check_list *list, struct mms_err *err)
{
	struct pages p = { .round = round, .list = list, .pid = pid };
	struct mms_query query = { .pid = pid, .start = start, .end = end };
	struct mms_query single = query;
	struct side a = { .s = NULL }, b = { .s = NULL };
	u64 i = 0;
	int ret;

	single.flags = MMS_Q_NO_MERGE;
	ret = open_both(list, &a, &b, &mms_check_ours, &query, &single, err);
	while (!ret && (a.rec || b.rec)) {
		u64 size = a.rec ? a.pages * PAGE : 0;
		u64 x = a.rec ? a.rec->start + i * size : ~0ULL, y = side_addr(&b);
		bool ours = a.rec && (!b.rec || x <= y), theirs = b.rec && (!a.rec || y <= x);

		if (ours && theirs)
			compare_merged(&p, a.rec, i, size, b.rec, a.s->ctx.header.phys_mask);
		else
			alone(&p, ours ? &a : &b, ours);
		/* What is in the run alone is said once, not for each of what may be many. */
		if (ours && (!theirs || ++i == a.rec->count)) {
			list->total->merged += theirs;
			i = 0;
			ret = side_next(&a, err);
		}
		if (!ret && theirs)
			ret = side_next(&b, err);
	}
	close_both(&a, &b);
	return ret;
}

const struct mms_check_round mms_check_merged = { "pgtable", "unmerged", true, merged_run };
