// SPDX-License-Identifier: GPL-2.0-only
/* pgtable and entries: what is merged into rows, what filters leave, and tables. */
#include "../lib/mms_test.h"

#define BIT_RW		BIT(1)
#define SWP_FLAGS	(BIT(9) - 1)	/* what is neither type nor offset */

/* ---- merged against not merged -------------------------------------------- */

#define COMPOUND (BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))

static const char *member_wrong(const struct mms_pgtable_rec *run, uint32_t i, const struct mms_pgtable_rec *r)
{
	bool whole = 1ULL << run->order <= row_size(run) / PAGE;

	if (r->level != run->level || r->kind != run->kind || r->region != run->region || r->swap_type != run->swap_type)
		return "level, kind, region or swap area";
	if (r->start != run->start + i * row_size(run))
		return "address";
	if (r->pfn != run->pfn + (int64_t)i * run->step)
		return "frame";
	if (r->vma_start != run->vma_start || r->vma_flags != run->vma_flags)
		return "VMA";
	if (r->rec.flags != run->rec.flags)
		return "flags of the record";
	if (r->entry & 1 ? (r->entry ^ run->entry) & ~0x000ffffffffff000ULL : (r->entry ^ run->entry) & SWP_FLAGS)
		return "bits of the entry";
	if (!(r->rec.flags & MMS_RF_FOLIO))
		return NULL;
	if ((r->kpf ^ run->kpf) & ~COMPOUND)
		return "KPF flags";
	if (r->refcount != run->refcount || r->mapcount != run->mapcount || r->order != run->order ||
	    r->cgroup != run->cgroup || r->node != run->node || r->zone != run->zone)
		return "folio";
	if (r->folio_page != run->folio_page + (whole ? 0 : (int64_t)i * run->step))
		return "place in the folio";
	return NULL;
}

static int merged_wrong(struct __test_metadata *_metadata, const struct mms_stream *all, const struct mms_stream *merged,
			bool say)
{
	int bad = 0, said = say ? 0 : 5;
	size_t at = 0;

	ROWS(mms_pgtable_rec, run, merged) {
		for (uint32_t i = 0; i < run->count; i++, at++) {
			const char *wrong = at < all->rows ? member_wrong(run, i, all->row[at]) : "nothing";
			const struct mms_pgtable_rec *r = at < all->rows ? all->row[at] : NULL;

			bad += !!wrong;
			if (wrong)
				DIFFER(said, "%s differs: run %#llx x%u step %d kpf %#llx entry %#llx, its %u. %#llx kpf %#llx entry %#llx",
				       wrong, run->start, run->count, run->step, run->kpf, run->entry, i, r ? r->start : 0,
				       r ? r->kpf : 0, r ? r->entry : 0);
		}
	}
	bad += at != all->rows;
	if (at != all->rows)
		DIFFER(said, "%zu entries in runs, %zu rows without", at, all->rows);
	return bad;
}

/* Pages of libraries gain and lose references by what other processes do: then look again. */
TEST(merged_is_the_same)
{
	struct mms_query q = { .pid = fx->pid };
	struct mms_stream all, merged;
	int bad = 1;

	for (int i = 0; i < 10 && bad; i++) {
		GET_ENTRIES(fx->pid, &all);
		GET("pgtable", &q, &merged);
		bad = merged_wrong(_metadata, &all, &merged, i == 9);
		mms_free(&all);
		mms_free(&merged);
	}
	EXPECT_EQ(0, bad);
}

static size_t rows_of(struct __test_metadata *_metadata, const struct fx_region *r)
{
	struct mms_query q = { .pid = fx->pid, .start = r->start, .end = r->start + r->len };
	struct mms_stream s;
	size_t rows;

	GET("pgtable", &q, &s);
	rows = s.rows;
	mms_free(&s);
	return rows;
}

/* How much is merged of other memory is up to what frames the kernel gave. */
TEST(the_same_frame_again_is_one_run)
{
	REGION(zero, "zero");

	EXPECT_EQ(1, rows_of(_metadata, zero));
}

/* The flags of its first pages may differ from those of the rest. */
TEST(a_huge_folio_by_small_entries_is_few_runs)
{
	REGION(thp, "thp_pte");

	EXPECT_GE(5, rows_of(_metadata, thp));
}

TEST(merged_by_attributes_covers_the_same)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_MERGE_ATTR };
	struct mms_stream all, merged;
	size_t at = 0, bad = 0;

	GET_ENTRIES(fx->pid, &all);
	GET("pgtable", &q, &merged);
	ROWS(mms_pgtable_rec, run, &merged) {
		for (uint32_t i = 0; i < run->count; i++, at++) {
			const struct mms_pgtable_rec *r = all.row[at];

			ASSERT_LT(at, all.rows);
			if (r->start != run->start + i * row_size(run) || r->kind != run->kind || r->level != run->level)
				DIFFER(bad, "run %#llx x%u: its %u. is %#llx", run->start, run->count, i, r->start);
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(all.rows, at);
	mms_free(&all);
	mms_free(&merged);
}

/* ---- ranges, filters, flags ------------------------------------------------ */

static bool row_equal(const struct mms_pgtable_rec *a, const struct mms_pgtable_rec *b)
{
	return a->start == b->start && a->entry == b->entry && a->level == b->level && a->kind == b->kind &&
	       a->pfn == b->pfn && a->vma_start == b->vma_start;
}

/* the rows of a query are those of all that pass a test */
#define SUBSET(query, condition)						\
	do {									\
		struct mms_query sub_q = query;					\
		struct mms_stream sub_all, sub;					\
		size_t sub_at = 0;						\
		int sub_bad = 0;						\
										\
		sub_q.pid = fx->pid;						\
		sub_q.flags |= MMS_Q_NO_MERGE;					\
		GET_ENTRIES(fx->pid, &sub_all);					\
		GET("pgtable", &sub_q, &sub);					\
		ROWS(mms_pgtable_rec, r, &sub_all) {				\
			if (!(condition))					\
				continue;					\
			if (sub_at >= sub.rows || !row_equal(r, sub.row[sub_at])) \
				DIFFER(sub_bad, "row %zu: not %#llx", sub_at, r->start); \
			sub_at++;						\
		}								\
		EXPECT_EQ(0, sub_bad);						\
		EXPECT_EQ(sub_at, sub.rows);					\
		EXPECT_LT(0, sub.rows);						\
		mms_free(&sub_all);						\
		mms_free(&sub);							\
	} while (0)

TEST(by_level)
{
	SUBSET(((struct mms_query){ .levels = BIT(MMS_LEVEL_PTE) }), r->level == 1);
	SUBSET(((struct mms_query){ .levels = BIT(MMS_LEVEL_PMD) }), r->level == 2);
}

TEST(by_kind)
{
	SUBSET(((struct mms_query){ .kinds = BIT(MMS_KIND_zero) }), r->kind == MMS_KIND_zero);
	SUBSET(((struct mms_query){ .kinds = BIT(MMS_KIND_protnone) | BIT(MMS_KIND_uffdwp) }),
	       r->kind == MMS_KIND_protnone || r->kind == MMS_KIND_uffdwp);
}

TEST(by_entry)
{
	SUBSET(((struct mms_query){ .entry_mask = BIT(0) | BIT_RW, .entry_value = BIT(0) | BIT_RW }),
	       (r->entry & 3) == 3);
	SUBSET(((struct mms_query){ .entry_mask = BIT(0) }), !(r->entry & 1));
}

TEST(by_kpf)
{
	SUBSET(((struct mms_query){ .kpf_mask = BIT(KPF_ANON) | BIT(KPF_THP), .kpf_value = BIT(KPF_ANON) }),
	       r->rec.flags & MMS_RF_FOLIO && (r->kpf & (BIT(KPF_ANON) | BIT(KPF_THP))) == BIT(KPF_ANON));
}

TEST(by_range)
{
	REGION(a, "anon");

	SUBSET(((struct mms_query){ .start = a->start + 3 * PAGE, .end = a->start + 20 * PAGE }),
	       r->start >= a->start + 3 * PAGE && r->start < a->start + 20 * PAGE);
	SUBSET(((struct mms_query){ .start = a->start }), r->start >= a->start);
	SUBSET(((struct mms_query){ .end = a->start }), r->start < a->start);
}

TEST(by_range_in_a_huge_leaf)
{
	REGION(h, "thp");

	SUBSET(((struct mms_query){ .start = h->start + 5 * PAGE, .end = h->start + 6 * PAGE }),
	       r->start == h->start && r->level == 2);
}

TEST(without_folios)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_NO_MERGE | MMS_Q_NO_FOLIO };
	struct mms_stream all, bare;
	int bad = 0;

	GET_ENTRIES(fx->pid, &all);
	GET("pgtable", &q, &bare);
	ASSERT_EQ(all.rows, bare.rows);
	for (size_t i = 0; i < all.rows; i++) {
		const struct mms_pgtable_rec *a = all.row[i], *b = bare.row[i];

		bad += a->start != b->start || a->entry != b->entry || a->level != b->level || b->kpf || b->order ||
		       b->refcount || b->mapcount || b->cgroup || b->rec.flags & MMS_RF_FOLIO;
	}
	EXPECT_EQ(0, bad);
	mms_free(&all);
	mms_free(&bare);
}

TEST(tables_hold_what_lies_below)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_NO_MERGE | MMS_Q_TABLES };
	uint64_t end[6] = { 0 };
	struct mms_stream s, all;
	size_t leaves = 0;
	int bad = 0;

	GET("pgtable", &q, &s);
	GET_ENTRIES(fx->pid, &all);
	ROWS(mms_pgtable_rec, r, &s) {
		uint64_t size = 1ULL << table_shift(s.h.levels, r->level);

		if (r->kind == MMS_KIND_table) {
			if (r->level < 2 || r->level > 5 || (r->level == 4 && s.h.levels == 4) || !(r->entry & 1) ||
			    r->pfn != (r->entry & s.h.phys_mask) >> 12)
				DIFFER(bad, "table at %#llx level %u entry %#llx pfn %#llx", r->start, r->level, r->entry, r->pfn);
			else
				end[r->level] = (r->start & -size) + size;
		} else {
			leaves++;
		}
		for (int level = r->level + 1; level <= 5; level++)
			if (!(level == 4 && s.h.levels == 4) && r->start >= end[level])
				DIFFER(bad, "row %#llx level %u: no table of level %d over it", r->start, r->level, level);
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(all.rows, leaves);
	mms_free(&s);
	mms_free(&all);
}

/* ---- entries ----------------------------------------------------------------- */

static void compare_entries(struct __test_metadata *_metadata, uint32_t flags)
{
	struct mms_query q = { .pid = fx->pid, .flags = flags };
	struct mms_stream all, bare;
	int bad = 0;

	GET("entries", &q, &bare);
	q.flags |= MMS_Q_NO_MERGE;
	GET("pgtable", &q, &all);
	ASSERT_EQ(all.rows, bare.rows);
	for (size_t i = 0; i < all.rows; i++) {
		const struct mms_pgtable_rec *a = all.row[i];
		const struct mms_entries_rec *b = bare.row[i];

		if (a->start != b->start || a->entry != b->entry || a->level != b->level ||
		    (a->kind == MMS_KIND_table) != (b->kind == MMS_KIND_table))
			DIFFER(bad, "%#llx: %#llx, %#llx: %#llx", a->start, a->entry, b->start, b->entry);
	}
	EXPECT_EQ(0, bad);
	mms_free(&all);
	mms_free(&bare);
}

TEST(entries_are_the_same)
{
	compare_entries(_metadata, 0);
}

TEST(entries_with_tables_are_the_same)
{
	compare_entries(_metadata, MMS_Q_TABLES);
}

/* ---- order ------------------------------------------------------------------- */

TEST(addresses_ascend)
{
	static const uint32_t flags[] = { 0, MMS_Q_NO_MERGE, MMS_Q_TABLES, MMS_Q_MERGE_ATTR };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct mms_query q = { .pid = fx->pid, .flags = flags[i] };
		uint64_t last = 0, end = 0;
		struct mms_stream s;
		int bad = 0;

		GET("pgtable", &q, &s);
		ROWS(mms_pgtable_rec, r, &s) {
			bad += r->start < last;
			last = r->start;
			if (r->kind == MMS_KIND_table)
				continue;
			bad += r->start < end;
			end = r->start + r->count * row_size(r);
		}
		EXPECT_EQ(0, bad) { TH_LOG("flags %#x", flags[i]); }
		EXPECT_EQ(fx->pid, s.h.pid);
		EXPECT_EQ(flags[i], s.h.flags);
		mms_free(&s);
	}
}

MMS_TEST_MAIN
