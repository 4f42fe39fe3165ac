// SPDX-License-Identifier: GPL-2.0-only
/* folios, against the entries that map them and the kpage files. */
#include "../lib/mms_test.h"
#include "../lib/tool.h"

static bool mapped(const struct mms_pgtable_rec *r)
{
	return r->rec.flags & MMS_RF_FOLIO && r->kind != MMS_KIND_hwpoison && r->kind != MMS_KIND_migration;
}

/* All pages of the process are in folios' runs, each once; differences between two looks. */
static int compare(struct __test_metadata *_metadata, bool say)
{
	struct mms_stream s, rows;
	uint64_t here = 0, there = 0, distinct = 0;
	int bad = 0, said = 0;

	GET("folios", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET_ENTRIES(fx->pid, &rows);
	ROWS(mms_pgtable_rec, r, &rows)
		if (mapped(r))
			there += row_size(r) / PAGE;
	ROWS(mms_folios_rec, f, &s) {
		const struct mms_pgtable_rec *r = row_at(&rows, f->start);

		here += f->mapped;
		distinct += !(f->rec.flags & MMS_RF_AGAIN);
		if (r && mapped(r) && f->pfn == r->pfn - r->folio_page && f->order == r->order && f->level == r->level &&
		    f->mapcount == r->mapcount && f->refcount == r->refcount && f->node == r->node && f->zone == r->zone &&
		    f->cgroup == r->cgroup)
			continue;
		bad++;
		if (say)
			DIFFER(said, "%#llx: pfn %#llx/%#llx order %u/%u level %u/%u mapcount %d/%d refcount %d/%d", f->start, f->pfn,
			       r ? r->pfn - r->folio_page : 0, f->order, r ? r->order : 0, f->level, r ? r->level : 0, f->mapcount,
			       r ? r->mapcount : 0, f->refcount, r ? r->refcount : 0);
	}
	EXPECT_EQ(there, here);
	EXPECT_LT(1000, distinct);
	mms_free(&s);
	mms_free(&rows);
	return bad;
}

/* A page new on its LRU list loses a reference some time later: then look again. */
TEST(hold_all_mapped_pages)
{
	int bad = 1;

	for (int i = 0; i < 10 && bad; i++)
		bad = compare(_metadata, i == 9);
	EXPECT_EQ(0, bad);
}

static uint64_t kind_pages(const struct mms_stream *s, const struct fx_region *r, int kind, int order, int *ret_rows)
{
	uint64_t pages = 0;

	*ret_rows = 0;
	ROWS(mms_folios_rec, f, s) {
		if (f->start < r->start || f->start >= r->start + r->len || f->kind != kind || (order >= 0 && f->order != order))
			continue;
		pages += f->mapped;
		++*ret_rows;
	}
	return pages;
}

TEST(has_the_fixtures_folios)
{
	static const struct { const char *region; int kind, order, rows; uint64_t pages; } known[] = {
		{ "anon", MMS_FOLIO_anon, 0, 211, 211 }, { "thp", MMS_FOLIO_anon, 9, 5, 5 * 512 },
		{ "thp_pte", MMS_FOLIO_anon, 9, 2, 511 }, { "mthp", MMS_FOLIO_anon, 4, 7, 112 },
		{ "hugetlb_2m", MMS_FOLIO_hugetlb, 9, 3, 3 * 512 }, { "hugetlb_1g", MMS_FOLIO_hugetlb, 18, 1, 512 * 512 },
		{ "file_shared", MMS_FOLIO_file, 0, 97, 97 }, { "shmem", MMS_FOLIO_shmem, 0, 103, 103 },
		{ "memfd", MMS_FOLIO_shmem, 0, 61, 61 }, { "shmem_huge", MMS_FOLIO_shmem, 9, 3, 3 * 512 },
		{ "protnone", MMS_FOLIO_anon, 0, 59, 59 }, { "high", MMS_FOLIO_anon, 0, 19, 19 },
		{ "locked", MMS_FOLIO_anon, 0, 67, 67 }, { "lazyfree", MMS_FOLIO_anon, 0, 23, 23 },
	};
	struct mms_stream s;
	const char *why;
	int rows;

	GET("folios", (&(struct mms_query){ .pid = fx->pid }), &s);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct fx_region *r = fx_region(fx, known[i].region, &why);

		if (!r)
			continue;
		EXPECT_EQ(known[i].pages, kind_pages(&s, r, known[i].kind, known[i].order, &rows)) { TH_LOG("%s", r->name); }
		EXPECT_EQ(known[i].rows, rows) { TH_LOG("%s", r->name); }
	}
	mms_free(&s);
}

/* A file's folio says which page of the file it is */
TEST(index_in_the_file)
{
	struct mms_stream s;
	REGION(r, "file_shared");
	int bad = 0;

	GET("folios", (&(struct mms_query){ .pid = fx->pid }), &s);
	ROWS(mms_folios_rec, f, &s)
		if (f->start >= r->start && f->start < r->start + r->len && f->index != (f->start - r->start) / PAGE)
			DIFFER(bad, "%#llx: index %llu", f->start, f->index);
	EXPECT_EQ(0, bad);
	mms_free(&s);
}

TEST(ksm_is_again)
{
	struct mms_stream s;
	REGION(r, "ksm");
	uint64_t pages = 0, again = 0, rows = 0;

	GET("folios", (&(struct mms_query){ .pid = fx->pid }), &s);
	ROWS(mms_folios_rec, f, &s) {
		if (f->start < r->start || f->start >= r->start + r->len)
			continue;
		EXPECT_EQ(MMS_FOLIO_ksm, f->kind);
		rows++;
		pages += f->mapped;
		again += !!(f->rec.flags & MMS_RF_AGAIN);
	}
	EXPECT_EQ(71, pages);
	EXPECT_EQ(rows - 1, again);
	mms_free(&s);
}

/* Who looks without a reference may take a tail for a folio: mms_test_tail.c looks at tails */
TEST(tail_has_no_cgroup)
{
	const char *why;

	if (!getenv("MMSCOPE_MODULE"))
		SKIP(return, "no module was given, and that of the test lies beside it");
	why = mms_kmod_load("mms_test_tail");
	EXPECT_EQ(NULL, why) { TH_LOG("mms_test_tail: %s", why); }
	if (!why)
		mms_kmod_unload("mms_test_tail");
}

MMS_TEST_MAIN
