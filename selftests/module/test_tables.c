// SPDX-License-Identifier: GPL-2.0-only
/* tables, against what pgtable shows and the kernel's own count of them. */
#include "../lib/mms_test.h"

TEST(count_what_is_in_them)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_NO_MERGE | MMS_Q_TABLES | MMS_Q_NO_FOLIO };
	struct mms_stream s, rows, kernel;
	int bad = 0;

	GET("tables", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET("pgtable", &q, &rows);
	q.flags |= MMS_Q_KERNEL;
	q.levels = BIT(MMS_LEVEL_PGD);
	GET("pgtable", &q, &kernel);
	ROWS(mms_tables_rec, t, &s) {
		unsigned int tables = 0, leaves = 0, other = 0;

		if (t->user_pgd)
			continue;
		if (t->level == 4 && s.h.levels == 4)
			DIFFER(bad, "a folded level has no table");
		/* the PGD's upper half is the kernel's */
		if (t->level == MMS_LEVEL_PGD)
			ROWS(mms_pgtable_rec, r, &kernel)
				tables += r->count;	/* KASAN's shadow is one row for many */
		ROWS(mms_pgtable_rec, r, &rows) {
			if (r->level != t->level || r->start < t->start || r->start > t->end - 1)
				continue;
			if (r->kind == MMS_KIND_table)
				tables++;
			else if (r->entry & 1 || BIT(r->kind) & MMS_KINDS_NO_ACCESS)
				leaves++;
			else
				other++;
		}
		if (t->tables != tables || t->leaves != leaves || t->swap != other || t->used != tables + leaves + other ||
		    t->present != tables + leaves)
			DIFFER(bad, "%#llx level %u: used %u present %u tables %u leaves %u swap %u; pgtable %u %u %u", t->start, t->level,
			       t->used, t->present, t->tables, t->leaves, t->swap, tables, leaves, other);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(0, kernel.rows);
	mms_free(&s);
	mms_free(&rows);
	mms_free(&kernel);
}

/* Each table but the PGD is in an entry of another, once; each entry's table is there. */
TEST(are_those_of_pgtable)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_NO_MERGE | MMS_Q_TABLES | MMS_Q_NO_FOLIO,
			       .kinds = BIT(MMS_KIND_table) };
	struct mms_stream s, rows;
	size_t below = 0, pgds = 0;
	int bad = 0;

	GET("tables", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET("pgtable", &q, &rows);
	ROWS(mms_tables_rec, t, &s) {
		uint64_t flags = kpageflags(t->pfn);
		size_t found = 0;
		int node;

		if (t->level == 5) {
			pgds += !t->user_pgd;
			continue;
		}
		below++;
		ROWS(mms_pgtable_rec, r, &rows)
			found += r->pfn == t->pfn;
		if (found != 1)
			DIFFER(bad, "%#llx level %u frame %#llx is in %zu entries", t->start, t->level, t->pfn, found);
		/* up to 6.13 the kernel marks only the two lowest levels' */
		if (t->level <= MMS_LEVEL_PMD && !(flags & BIT(KPF_PGTABLE)))
			DIFFER(bad, "frame %#llx is no page table: %#" PRIx64, t->pfn, flags);
		if (zone_of(t->pfn, &node) != t->zone || node != t->node)
			DIFFER(bad, "frame %#llx is not in zone %u of node %d", t->pfn, t->zone, t->node);
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(rows.rows, below);
	EXPECT_EQ(1, pgds);
	mms_free(&s);
	mms_free(&rows);
}

/* VmPTE counts PTE, PMD and PUD tables, and for each anonymous huge page the table it would need. */
TEST(are_as_many_as_vmpte)
{
	char *status = pid_text(fx->pid, "status", NULL);
	struct mms_stream s, rows;
	uint64_t tables = 0, deposited = 0;

	GET("tables", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET_ENTRIES(fx->pid, &rows);
	ROWS(mms_tables_rec, t, &s)
		tables += t->level < 4;
	ROWS(mms_pgtable_rec, r, &rows)
		deposited += r->level == 2 && (r->kind == MMS_KIND_zero ||
					       (r->kpf & (BIT(KPF_ANON) | BIT(KPF_HUGE))) == BIT(KPF_ANON));
	EXPECT_EQ(text_number(status, "VmPTE", 0), (tables + deposited) * 4) {
		TH_LOG("%" PRIu64 " tables and %" PRIu64 " set aside", tables, deposited);
	}
	free(status);
	mms_free(&s);
	mms_free(&rows);
}

TEST(order_and_bounds)
{
	struct mms_stream s;
	int bad = 0;

	GET("tables", (&(struct mms_query){ .pid = fx->pid }), &s);
	ROWS(mms_tables_rec, t, &s) {
		uint64_t covers = 512ULL << table_shift(s.h.levels, t->level);

		if (t->level < 1 || t->level > 5 || t->used > 512 || t->used != t->present + t->swap)
			DIFFER(bad, "level %u used %u present %u swap %u", t->level, t->used, t->present, t->swap);
		if (t->level < 5 && (t->start % covers || t->end != t->start + covers))
			DIFFER(bad, "level %u covers %#llx-%#llx", t->level, t->start, t->end);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(10, s.rows);
	mms_free(&s);
}

TEST(kpti_has_a_second_pgd)
{
	const struct mms_summary_rec *r;
	struct mms_stream s, summary;
	size_t found = 0;

	GET("tables", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET("summary", (&(struct mms_query){ .pid = fx->pid }), &summary);
	r = summary.row[0];
	ROWS(mms_tables_rec, t, &s) {
		if (!t->user_pgd)
			continue;
		found++;
		EXPECT_EQ(r->user_pgd_phys, t->pfn * PAGE);
	}
	EXPECT_EQ(r->pti, found);
	mms_free(&s);
	mms_free(&summary);
}

MMS_TEST_MAIN
