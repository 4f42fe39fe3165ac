// SPDX-License-Identifier: GPL-2.0-only
/* walk: one address at a time, against pgtable, pagemap and what must be. */
#include "../lib/mms_test.h"

static int walk(pid_t pid, uint64_t address, struct mms_stream *s)
{
	return mms_get("walk", &(struct mms_query){ .pid = pid, .start = address }, s);
}

static const struct mms_walk_rec *last(const struct mms_stream *s)
{
	return s->rows ? s->row[s->rows - 1] : NULL;
}

/* Each row leads to the next one, and the index bits are the address's. */
static void chain(struct __test_metadata *_metadata, const struct mms_stream *s, uint64_t address)
{
	const struct mms_walk_rec *above = NULL;
	int level = 5;

	ROWS(mms_walk_rec, r, s) {
		unsigned int shift = table_shift(s->h.levels, r->level);

		EXPECT_EQ(level, r->level);
		EXPECT_EQ(address, r->address);
		if (s->h.levels == 4 && level == 4) {
			EXPECT_EQ(MMS_STOP_folded, r->stop);
			EXPECT_EQ(above->entry, r->entry);
			level--;
			continue;
		}
		EXPECT_EQ(shift, r->shift);
		EXPECT_EQ(address >> shift & 511, r->index);
		EXPECT_EQ(r->table_phys + 8 * r->index, r->entry_phys);
		EXPECT_EQ(0, r->table_phys & 4095);
		if (above) {
			EXPECT_EQ(above->phys, r->table_phys);
		}
		if (r_i + 1 < s->rows) {
			EXPECT_EQ(MMS_STOP_table, r->stop);
			EXPECT_EQ(MMS_KIND_table, r->kind);
			EXPECT_EQ(r->entry & s->h.phys_mask, r->phys);
			EXPECT_EQ(r->phys >> 12, r->pfn);
		}
		above = r;
		level--;
	}
}

TEST(ends_where_pgtable_says)
{
	struct mms_stream all, s;

	GET_ENTRIES(fx->pid, &all);
	for (int i = 0; i < fx->regions; i++) {
		const struct fx_region *r = &fx->region[i];
		uint64_t address = r->start + 123;
		const struct mms_pgtable_rec *row = row_at(&all, address);
		const struct mms_walk_rec *end;
		uint64_t pm;

		ASSERT_EQ(0, walk(fx->pid, address, &s)) { TH_LOG("%s: %s", r->name, s.why); }
		ASSERT_LT(0, s.rows);
		chain(_metadata, &s, address);
		end = last(&s);
		EXPECT_EQ(r->start, end->vma_start);
		EXPECT_EQ(r->start + r->len, end->vma_end);
		if (!row) {
			EXPECT_EQ(MMS_STOP_none, end->stop) { TH_LOG("%s", r->name); }
			EXPECT_EQ(0, end->entry);
			mms_free(&s);
			continue;
		}
		EXPECT_EQ(row->entry, end->entry) { TH_LOG("%s", r->name); }
		EXPECT_EQ(row->level, end->level);
		EXPECT_EQ(row->kind, end->kind) { TH_LOG("%s", r->name); }
		EXPECT_EQ(row->pfn, end->pfn);
		EXPECT_EQ(row->swap_type, end->swap_type);
		EXPECT_EQ(row->vma_flags, end->vma_flags);
		EXPECT_EQ(row->order, end->order);
		EXPECT_EQ(row->mapcount, end->mapcount);
		EXPECT_EQ(row->rec.flags & MMS_RF_FOLIO, end->rec.flags & MMS_RF_FOLIO);
		if (row->rec.flags & MMS_RF_FOLIO) {
			EXPECT_EQ(row->node, end->node);
			EXPECT_EQ(row->zone, end->zone);
			EXPECT_EQ(row->cgroup, end->cgroup);
		}
		pagemap_read(fx->pid, address & -PAGE, 1, &pm);
		if (pm & PM_PRESENT) {
			EXPECT_EQ(MMS_STOP_page, end->stop) { TH_LOG("%s", r->name); }
			EXPECT_EQ(PM_PFN(pm) * PAGE + 123, end->phys) { TH_LOG("%s", r->name); }
		} else if (r->kind == MMS_KIND_device) {
			EXPECT_EQ(MMS_STOP_page, end->stop);
			EXPECT_EQ(r->phys + 123, end->phys);
		} else {
			EXPECT_EQ(MMS_STOP_nonpresent, end->stop) { TH_LOG("%s", r->name); }
		}
		mms_free(&s);
	}
	mms_free(&all);
}

/* The last page of a huge leaf: its own physical address, not the leaf's */
TEST(inside_a_huge_leaf)
{
	static const char *const names[] = { "thp", "hugetlb_2m", "hugetlb_1g", "shmem_huge" };

	for (int i = 0; i < 4; i++) {
		const char *why;
		const struct fx_region *r = fx_region(fx, names[i], &why);
		struct mms_stream s;
		uint64_t pm, address;

		if (!r)
			continue;
		address = r->start + r->len - PAGE + 5;
		ASSERT_EQ(0, walk(fx->pid, address, &s));
		pagemap_read(fx->pid, address & -PAGE, 1, &pm);
		EXPECT_EQ(PM_PFN(pm) * PAGE + 5, last(&s)->phys) { TH_LOG("%s", names[i]); }
		EXPECT_EQ(r->level, last(&s)->level);
		mms_free(&s);
	}
}

TEST(no_vma)
{
	struct mms_stream s;
	REGION(r, "anon");

	ASSERT_EQ(0, walk(fx->pid, r->start - 1, &s));
	EXPECT_EQ(MMS_STOP_no_vma, last(&s)->stop);
	EXPECT_EQ(0, last(&s)->vma_start);
	mms_free(&s);
	ASSERT_EQ(0, walk(fx->pid, 0, &s));
	EXPECT_EQ(MMS_STOP_no_vma, last(&s)->stop);
	mms_free(&s);
}

TEST(not_canonical)
{
	struct mms_stream s;
	uint64_t address;

	ASSERT_EQ(0, walk(fx->pid, 0, &s));
	address = 1ULL << (s.h.levels == 5 ? 56 : 47);
	mms_free(&s);
	ASSERT_EQ(0, walk(fx->pid, address, &s));
	EXPECT_EQ(MMS_STOP_canonical, last(&s)->stop);
	mms_free(&s);
	ASSERT_EQ(0, walk(fx->pid, -address - 1, &s));
	EXPECT_EQ(MMS_STOP_canonical, last(&s)->stop);
	mms_free(&s);
}

/* where /proc/iomem says that something is */
static uint64_t iomem(const char *name)
{
	char *text = file_text("/proc/iomem", NULL), *at = text ? strstr(text, name) : NULL;
	uint64_t value = 0;

	while (at && at > text && at[-1] != '\n')
		at--;
	if (at)
		value = strtoull(at, NULL, 16);
	free(text);
	return value;
}

TEST(kernel_text)
{
	uint64_t text = kernel_symbol("_text"), phys = iomem("Kernel code");
	struct mms_stream s;

	ASSERT_NE(0, text);
	ASSERT_NE(0, phys);
	ASSERT_EQ(0, walk(fx->pid, text + 77, &s)) { TH_LOG("%s", s.why); }
	chain(_metadata, &s, text + 77);
	EXPECT_EQ(MMS_STOP_page, last(&s)->stop);
	EXPECT_EQ(phys + 77, last(&s)->phys);
	EXPECT_EQ(0, last(&s)->entry >> 63);
	mms_free(&s);
}

MMS_TEST_MAIN
