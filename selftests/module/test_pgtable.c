// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgtable, entry by entry, against pagemap, kpageflags, kpagecount,
 * kpagecgroup and zoneinfo, and against what the fixture knows of itself.
 */
#include "../lib/mms_test.h"

#define BIT_RW		BIT(1)
#define BIT_UFFD_WP	BIT(10)
#define BIT_SOFT_DIRTY	BIT(11)
#define BIT_SWP_SOFT_DIRTY BIT(1)	/* of an entry that is not present */
#define BIT_SWP_UFFD_WP	BIT(2)
#define SWP_FLAGS	(BIT(9) - 1)	/* what is neither type nor offset */

static bool vma_has(uint64_t flags, int bit)
{
	return flags >> bit & 1;
}

/* ---- one page against pagemap ------------------------------------------- */

static const char *present_wrong(const struct mms_pgtable_rec *r, uint64_t pfn, uint64_t pm)
{
	bool soft_dirty = r->entry & BIT_SOFT_DIRTY || vma_has(r->vma_flags, MMS_VMA_sd);

	if (!(pm & PM_PRESENT) || pm & PM_SWAP)
		return "pagemap has it not present";
	if (PM_PFN(pm) != pfn)
		return "another frame";
	if (!(BIT(r->kind) & MMS_KINDS_NO_ACCESS) && ((r->entry >> 12) & ((1ULL << 39) - 1)) >> (9 * (r->level - 1)) !=
	    r->pfn >> (9 * (r->level - 1)))
		return "the frame is not the entry's";
	/* of hugetlb pagemap tells the VMA's bit only */
	if (!vma_has(r->vma_flags, MMS_VMA_ht) && soft_dirty != !!(pm & PM_SOFT_DIRTY))
		return "soft-dirty differs";
	if (!!(r->entry & BIT_UFFD_WP) != !!(pm & PM_UFFD_WP))
		return "uffd-wp differs";
	/* up to 6.14 pagemap takes the huge zero page for a file's */
	if (r->kind == MMS_KIND_zero)
		return pm & PM_FILE && r->level == 1 ? "the zero page is no file's" : NULL;
	if (!(r->rec.flags & MMS_RF_FOLIO))
		return "its folio is not there";
	if (!(r->kpf & BIT(KPF_ANON)) != !!(pm & PM_FILE))
		return "file differs";
	if (!r->order && (r->mapcount == 1) != !!(pm & PM_EXCLUSIVE))
		return "exclusive differs";
	return NULL;
}

static const char *page_wrong(const struct mms_pgtable_rec *r, uint64_t address, uint64_t pm)
{
	if (!r)
		return pm & ~PM_SOFT_DIRTY ? "no row for what pagemap has" : NULL;
	if (r->count != 1)
		return "a run where none was asked for";
	switch (r->kind) {
	case MMS_KIND_page:
	case MMS_KIND_zero:
	case MMS_KIND_protnone:
	case MMS_KIND_numa:
	case MMS_KIND_uffdrwp:
		return present_wrong(r, r->pfn + (address - r->start) / PAGE, pm);
	case MMS_KIND_swap:
		if ((pm & (PM_PRESENT | PM_SWAP)) != PM_SWAP)
			return "pagemap has no swap";
		if (PM_SWAP_TYPE(pm) != r->swap_type || PM_SWAP_OFFSET(pm) != r->pfn)
			return "another slot";
		if ((r->entry & BIT_SWP_SOFT_DIRTY || vma_has(r->vma_flags, MMS_VMA_sd)) != !!(pm & PM_SOFT_DIRTY))
			return "soft-dirty differs";
		return !!(r->entry & BIT_SWP_UFFD_WP) != !!(pm & PM_UFFD_WP) ? "uffd-wp differs" : NULL;
	case MMS_KIND_hwpoison:
		return PM_SWAP_OFFSET(pm) == r->pfn && pm & PM_SWAP ? NULL : "another poisoned frame";
	case MMS_KIND_guard:
		return pm & PM_GUARD || !(pm & PM_PRESENT) ? NULL : "no guard";
	case MMS_KIND_uffdwp:
		return (pm & (PM_UFFD_WP | PM_PRESENT)) == PM_UFFD_WP ? NULL : "no marker";
	}
	return "a kind the fixture has not";
}

/* ---- one row's folio against the k* files -------------------------------- */

/* Up to 6.14 kpageflags says KSM of all anonymous pages: see "fs/proc/page: fix KSM check". */
static uint64_t kpf_of(uint64_t pfn, uint64_t module)
{
	uint64_t flags = kpageflags(pfn);
	static int ksm_wrong = -1;

	if (ksm_wrong < 0) {
		const char *why;
		const struct fx_region *anon = fx_region(fx, "anon", &why);
		uint64_t pm;

		pagemap_read(fx->pid, anon->start, 1, &pm);
		ksm_wrong = !!(kpageflags(PM_PFN(pm)) & BIT(KPF_KSM));
	}
	if (ksm_wrong && flags & BIT(KPF_ANON))
		flags = (flags & ~BIT(KPF_KSM)) | (module & BIT(KPF_KSM));
	return flags;
}

static const char *folio_wrong(const struct mms_pgtable_rec *r)
{
	uint64_t place;
	unsigned int order;
	int node, zone;

	if (kpf_of(r->pfn, r->kpf) != r->kpf)
		return "KPF flags differ";
	if (kpagecount(r->pfn) != (uint64_t)r->mapcount)
		return "mapcount differs";
	kpage_compound(r->pfn, &order, &place);
	/* up to 6.2 kpagecgroup has no answer for a tail page */
	if (kpagecgroup(r->pfn - place) != r->cgroup)
		return "cgroup differs";
	if (order != r->order)
		return "order differs";
	if (place != r->folio_page)
		return "place in the folio differs";
	zone = zone_of(r->pfn, &node);
	if (zone != r->zone)
		return "zone differs";
	if (node != r->node)
		return "node differs";
	return r->refcount < 1 ? "no reference" : NULL;
}

/* ---- all of a process ---------------------------------------------------- */

/*
 * The module is read before or after the files, and what other processes do
 * to the pages of libraries in between shows. So all is read again, some
 * times, until it is equal once: an error stays, a race does not.
 */
#define TIMES 10

static int compare_pagemap(struct __test_metadata *_metadata, pid_t pid, bool say)
{
	int bad = 0, said = say ? 0 : 5;
	struct mms_stream s;
	struct smaps maps;

	GET_ENTRIES(pid, &s);
	ASSERT_EQ(0, smaps_read(pid, "smaps", &maps));
	bad += s.end.flags;
	for (size_t i = 0; i < maps.n; i++) {
		const struct smaps_vma *vma = &maps.vma[i];
		size_t pages = (vma->end - vma->start) / PAGE;
		uint64_t *pm;

		if (pages > 1 << 20 || vma->start >> 63 || strstr(vma->vmflags, "pf"))
			continue;
		pm = calloc(pages, sizeof(*pm));
		pagemap_read(pid, vma->start, pages, pm);
		for (size_t j = 0; j < pages; j++) {
			uint64_t address = vma->start + j * PAGE;
			const struct mms_pgtable_rec *r = row_at(&s, address);
			const char *wrong = page_wrong(r, address, pm[j]);

			if (!wrong && r && r->vma_start != vma->start)
				wrong = "another VMA";
			bad += !!wrong;
			if (wrong)
				DIFFER(said, "%s at %#" PRIx64 " of %s: entry %#llx pfn %#llx kind %d, pagemap %#" PRIx64,
				       wrong, address, vma->name, r ? r->entry : 0, r ? r->pfn : 0, r ? r->kind : -1, pm[j]);
		}
		free(pm);
	}
	smaps_free(&maps);
	mms_free(&s);
	return bad;
}

TEST(equals_pagemap)
{
	int bad = 1;

	for (int i = 0; i < TIMES && bad; i++)
		bad = compare_pagemap(_metadata, fx->pid, i == TIMES - 1);
	EXPECT_EQ(0, bad);
}

TEST(equals_pagemap_of_the_child)
{
	int bad = 1;

	for (int i = 0; i < TIMES && bad; i++)
		bad = compare_pagemap(_metadata, fx->child, i == TIMES - 1);
	EXPECT_EQ(0, bad);
}

static int compare_kpage(struct __test_metadata *_metadata, bool say)
{
	int bad = 0, said = say ? 0 : 5;
	struct mms_stream s;
	size_t folios = 0;

	GET_ENTRIES(fx->pid, &s);
	ROWS(mms_pgtable_rec, r, &s) {
		const char *wrong;

		if (!(r->rec.flags & MMS_RF_FOLIO))
			continue;
		folios++;
		wrong = folio_wrong(r);
		bad += !!wrong;
		if (wrong)
			DIFFER(said, "%s at %#llx: pfn %#llx kpf %#llx/%#" PRIx64 " mapcount %d/%" PRId64 " cgroup %llu/%" PRIu64
			       " order %u page %u node %d zone %u ref %d", wrong, r->start, r->pfn, r->kpf, kpageflags(r->pfn),
			       r->mapcount, (int64_t)kpagecount(r->pfn), r->cgroup, kpagecgroup(r->pfn), r->order, r->folio_page,
			       r->node, r->zone, r->refcount);
	}
	EXPECT_LT(1000, folios);
	mms_free(&s);
	return bad;
}

TEST(equals_kpage_files)
{
	int bad = 1;

	for (int i = 0; i < TIMES && bad; i++)
		bad = compare_kpage(_metadata, i == TIMES - 1);
	EXPECT_EQ(0, bad);
}

/* ---- what the fixture knows ---------------------------------------------- */

TEST(has_the_fixtures_regions)
{
	struct mms_stream s;

	GET_ENTRIES(fx->pid, &s);
	for (int i = 0; i < fx->regions; i++) {
		const struct fx_region *r = &fx->region[i];
		long found = 0, wrong = 0;

		if (r->kind < 0)
			continue;
		ROWS(mms_pgtable_rec, row, &s) {
			if (row->start < r->start || row->start >= r->start + r->len)
				continue;
			if (row->kind != r->kind || row->level != r->level) {
				wrong += !r->count;
				continue;
			}
			found++;
			wrong += (row->kpf & r->set) != r->set || row->kpf & r->clear;
			wrong += r->order >= 0 && row->order != r->order;
			wrong += r->mapcount >= 0 && row->mapcount != r->mapcount;
			wrong += r->pkey >= 0 && (row->entry >> 59 & 15) != r->pkey;
			wrong += r->phys && row->pfn != (r->phys + row->start - r->start) / PAGE;
			/* a device's frame may have a struct page: below 1 MiB all have */
			wrong += r->kind != MMS_KIND_device && !(row->rec.flags & MMS_RF_FOLIO) !=
				 !(BIT(r->kind) & (BIT(MMS_KIND_page) | MMS_KINDS_NO_ACCESS | BIT(MMS_KIND_zero) |
						   BIT(MMS_KIND_hwpoison)));
		}
		EXPECT_EQ(r->count, found) {
			TH_LOG("%s: entries of kind %d at level %d", r->name, r->kind, r->level);
		}
		EXPECT_EQ(0, wrong) {
			const struct mms_pgtable_rec *row = row_at(&s, r->start);

			TH_LOG("%s: the first is kind %d entry %#llx pfn %#llx kpf %#llx order %u mapcount %d flags %#x",
			       r->name, row ? row->kind : -1, row ? row->entry : 0, row ? row->pfn : 0, row ? row->kpf : 0,
			       row ? row->order : 0, row ? row->mapcount : 0, row ? row->rec.flags : 0);
		}
	}
	mms_free(&s);
}

/* bit of the entries of a region: set from page FIRST for N pages, and nowhere else */
static int bit_wrong(const struct mms_stream *s, const struct fx_region *r, uint64_t bit, size_t first, size_t n)
{
	int bad = 0;

	for (size_t i = 0; i < r->len / PAGE; i++) {
		const struct mms_pgtable_rec *row = row_at(s, r->start + i * PAGE);

		bad += !row || !!(row->entry & bit) != (i >= first && i < first + n);
	}
	return bad;
}

#define BIT_TEST(region, bit, first, n)						\
TEST(bit_of_##region)								\
{										\
	struct mms_stream s;							\
	REGION(r, #region);							\
										\
	GET_ENTRIES(fx->pid, &s);						\
	EXPECT_EQ(0, bit_wrong(&s, r, bit, first, n));				\
	mms_free(&s);								\
}
BIT_TEST(soft_dirty, BIT_SOFT_DIRTY, 11, r->dirty)
BIT_TEST(uffd_wp, BIT_UFFD_WP, 7, r->uffd)
BIT_TEST(swapped, BIT_SWP_SOFT_DIRTY, 20, r->swap_dirty)

TEST(copy_on_write)
{
	struct mms_stream parent, child;
	REGION(r, "cow");
	int bad = 0;

	GET_ENTRIES(fx->pid, &parent);
	GET_ENTRIES(fx->child, &child);
	for (size_t i = 0; i < 127; i++) {
		const struct mms_pgtable_rec *p = row_at(&parent, r->start + i * PAGE);
		const struct mms_pgtable_rec *c = row_at(&child, r->start + i * PAGE);
		bool copied = i < 53;

		ASSERT_NE(NULL, p);
		ASSERT_NE(NULL, c);
		if ((p->pfn == c->pfn) == copied || p->mapcount != (copied ? 1 : 2) || c->mapcount != p->mapcount ||
		    p->entry & BIT_RW || !!(c->entry & BIT_RW) != copied)
			DIFFER(bad, "page %zu: parent %#llx x%d child %#llx x%d", i, p->entry, p->mapcount, c->entry, c->mapcount);
	}
	EXPECT_EQ(0, bad);
	mms_free(&parent);
	mms_free(&child);
}

TEST(ksm_pages_are_one)
{
	struct mms_query q = { .pid = fx->pid };
	const struct mms_pgtable_rec *first;
	struct mms_stream s;
	REGION(r, "ksm");

	q.start = r->start;
	q.end = r->start + r->len;
	GET("pgtable", &q, &s);
	ASSERT_EQ(1, s.rows) { TH_LOG("equal entries are one run"); }
	first = s.row[0];
	EXPECT_EQ(71, first->count);
	EXPECT_EQ(0, first->step);
	EXPECT_EQ(71, first->mapcount);
	mms_free(&s);
}

MMS_TEST_MAIN
