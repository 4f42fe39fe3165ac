// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's half: regions, and page tables against iomem and kallsyms. */
#include <sys/sysinfo.h>
#include "../lib/mms_test.h"

static const struct mms_regions_rec *region_of(const struct mms_stream *s, int region)
{
	ROWS(mms_regions_rec, r, s)
		if (r->region == region)
			return r;
	return NULL;
}

static uint64_t mms_in_modules(void)
{
	char *text = file_text("/proc/modules", NULL), *line = text ? strstr(text, "mmscope ") : NULL, *at;
	uint64_t address = 0;

	at = line ? strstr(line, "0x") : NULL;
	if (at)
		address = strtoull(at, NULL, 16);
	free(text);
	return address;
}

TEST(regions)
{
	uint64_t last = 0, address;
	const struct mms_regions_rec *r;
	struct mms_stream s;

	GET("regions", (&(struct mms_query){ 0 }), &s);
	EXPECT_EQ(0, s.h.pid);
	ROWS(mms_regions_rec, row, &s) {
		EXPECT_LE(last, row->start);
		EXPECT_TRUE(!row->end || row->start < row->end);
		EXPECT_GT(MMS_NR_REGIONS, row->region);
		last = row->start;
	}
	r = region_of(&s, MMS_REGION_text);
	address = kernel_symbol("_text");
	ASSERT_NE(NULL, r);
	EXPECT_TRUE(address >= r->start && address < r->end);
	r = region_of(&s, MMS_REGION_modules);
	address = mms_in_modules();
	ASSERT_NE(NULL, r);
	ASSERT_NE(0, address);
	EXPECT_TRUE(address >= r->start && address < r->end);
	EXPECT_NE(NULL, region_of(&s, MMS_REGION_direct));
	EXPECT_NE(NULL, region_of(&s, MMS_REGION_vmalloc));
	EXPECT_NE(NULL, region_of(&s, MMS_REGION_vmemmap));
	EXPECT_NE(NULL, region_of(&s, MMS_REGION_fixmap));
	mms_free(&s);
}

/* In the direct map an address is its physical address and a constant. */
TEST(direct_map_is_direct)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_KERNEL | MMS_Q_NO_FOLIO };
	const struct mms_regions_rec *direct;
	struct mms_stream s, regions;
	uint64_t bytes = 0;
	int bad = 0;

	GET("regions", (&(struct mms_query){ 0 }), &regions);
	direct = region_of(&regions, MMS_REGION_direct);
	ASSERT_NE(NULL, direct);
	q.start = direct->start;
	q.end = direct->end;
	GET("pgtable", &q, &s);
	ROWS(mms_pgtable_rec, r, &s) {
		if (r->region != MMS_REGION_direct)
			DIFFER(bad, "%#llx is in region %u", r->start, r->region);
		if (!(r->entry & 1))
			continue;
		bytes += r->count * row_size(r);
		if (r->pfn != (r->start - direct->start) / PAGE || (r->count > 1 && r->step != row_size(r) / PAGE))
			DIFFER(bad, "%#llx level %u x%u step %d maps frame %#llx", r->start, r->level, r->count, r->step, r->pfn);
		/* but for real mode's trampoline below 1 MiB nothing may run here */
		if (!(r->entry >> 63) && r->pfn >= 256)
			DIFFER(bad, "%#llx is executable", r->start);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(1ULL << 30, bytes);
	mms_free(&s);
	mms_free(&regions);
}

TEST(half_is_whole_and_ascends)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_KERNEL };
	uint64_t last = 0, seen = 0;
	struct mms_stream s;
	int bad = 0;

	GET("pgtable", &q, &s);
	EXPECT_LT(100, s.rows);
	ROWS(mms_pgtable_rec, r, &s) {
		if (r->start < last || !(r->start >> 63) || r->region == MMS_REGION_user)
			DIFFER(bad, "%#llx in region %u after %#" PRIx64, r->start, r->region, last);
		last = r->start;
		seen |= BIT(r->region);
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(BIT(MMS_REGION_direct) | BIT(MMS_REGION_vmalloc) | BIT(MMS_REGION_vmemmap) | BIT(MMS_REGION_text) |
		  BIT(MMS_REGION_modules) | BIT(MMS_REGION_fixmap) | BIT(MMS_REGION_cpu_entry),
		  seen & (BIT(MMS_REGION_direct) | BIT(MMS_REGION_vmalloc) | BIT(MMS_REGION_vmemmap) | BIT(MMS_REGION_text) |
			  BIT(MMS_REGION_modules) | BIT(MMS_REGION_fixmap) | BIT(MMS_REGION_cpu_entry)));
	mms_free(&s);
}

/* KPTI: user mode's tables have no direct map and little of the kernel's text */
TEST(user_copy_of_the_pgd)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_KERNEL | MMS_Q_USER_PGD };
	char *cmdline = file_text("/proc/cmdline", NULL);
	bool pti = strstr(cmdline, "pti=on");
	uint64_t text = 0, direct = 0;
	struct mms_stream s;

	free(cmdline);
	if (!pti) {
		EXPECT_EQ(-EINVAL, mms_get("pgtable", &q, &s));
		SKIP(return, "no KPTI in this run: pti=on is not on the command line");
	}
	GET("pgtable", &q, &s);
	ROWS(mms_pgtable_rec, r, &s) {
		if (r->region == MMS_REGION_direct)
			direct += r->count * row_size(r);
		if (r->region == MMS_REGION_text)
			text += r->count * row_size(r);
	}
	/* but a page for each CPU: its TSS, where the entry code has its scratch space */
	EXPECT_EQ(get_nprocs_conf() * PAGE, direct);
	EXPECT_LT(0, text);
	EXPECT_LT(0, s.rows);
	mms_free(&s);
	q.flags = MMS_Q_USER_PGD | MMS_Q_NO_MERGE;
	GET("pgtable", &q, &s);
	EXPECT_LT(1000, s.rows);
	mms_free(&s);
}

MMS_TEST_MAIN
