// SPDX-License-Identifier: GPL-2.0-only
/* kernel: the kernel's page tables summed up, beside meminfo, regions and pgtable. */
#include <stdlib.h>

#include "../lib/mms_test.h"
#include "../lib/tool.h"

static uint64_t meminfo(const char *name)
{
	char *text = file_text("/proc/meminfo", NULL);
	uint64_t kb = text_number(text, name, UINT64_MAX);

	free(text);
	return kb == UINT64_MAX ? kb : kb * 1024;
}

/* by /proc/iomem, whole pages */
static uint64_t system_ram(void)
{
	FILE *f = fopen("/proc/iomem", "r");
	uint64_t start, end, sum = 0;
	char line[200];

	while (fgets(line, sizeof(line), f))
		if (line[0] != ' ' && strstr(line, ": System RAM") && sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 &&
		    (end + 1) / PAGE > (start + PAGE - 1) / PAGE)
			sum += (end + 1) / PAGE * PAGE - (start + PAGE - 1) / PAGE * PAGE;
	fclose(f);
	return sum;
}

struct sums {
	uint64_t direct_pte, direct_pmd, direct_pud, text_pte, wx, runs, run_bytes, executable, writable;
};

static struct sums sums(const struct mms_stream *s)
{
	struct sums n = { 0 };

	ROWS(mms_kernel_rec, r, s) {
		if (r->kind == MMS_KERNEL_wx) {
			n.runs++;
			n.run_bytes += r->wx;
			continue;
		}
		n.wx += r->wx;
		n.executable += r->executable;
		n.writable += r->writable;
		if (r->region == MMS_REGION_text)
			n.text_pte += r->pte;
		if (r->region != MMS_REGION_direct)
			continue;
		n.direct_pte += r->pte;
		n.direct_pmd += r->pmd;
		n.direct_pud += r->pud;
	}
	return n;
}

TEST(the_direct_map_is_what_meminfo_says)
{
	uint64_t k4 = meminfo("DirectMap4k"), m2 = meminfo("DirectMap2M"), g1 = meminfo("DirectMap1G");
	struct mms_stream s;
	struct sums n;

	GET("kernel", (&(struct mms_query){ 0 }), &s);
	n = sums(&s);
	/* all of RAM is in it; a page of 1 GiB may reach beyond */
	EXPECT_LE(system_ram(), n.direct_pte + n.direct_pmd + n.direct_pud);
	/*
	 * The kernel counts it there, too, when it splits a page of its own text. With KPTI
	 * it splits some of which it then unmaps a part: these are in no table any more.
	 */
	EXPECT_EQ(k4 + m2, n.direct_pte + n.direct_pmd);
	EXPECT_LE(n.direct_pte + n.text_pte, k4);
	EXPECT_EQ(0, (k4 - n.direct_pte) % (2UL << 20));
	/* a page of 1 GiB that two ranges of RAM share is counted twice there */
	EXPECT_LE(n.direct_pud, g1);
	if (g1 < 2UL << 30)
		EXPECT_EQ(g1, n.direct_pud);
	mms_free(&s);
}

TEST(rows_add_up)
{
	struct mms_stream s;
	uint64_t next = 0;

	GET("kernel", (&(struct mms_query){ 0 }), &s);
	ROWS(mms_kernel_rec, r, &s) {
		EXPECT_EQ(r->present, r->pte + r->pmd + r->pud);
		EXPECT_LE(r->wx, r->writable);
		EXPECT_LE(r->wx, r->executable);
		EXPECT_LE(r->writable, r->present);
		EXPECT_LE(r->executable, r->present);
		if (r->kind == MMS_KERNEL_wx)
			continue;
		EXPECT_LE(next, r->start);
		EXPECT_LE(r->present, r->end - r->start);
		next = r->end;
	}
	mms_free(&s);
}

/* each region has a row, with its bounds */
TEST(regions_are_all_there)
{
	struct mms_stream s, regions;

	GET("kernel", (&(struct mms_query){ 0 }), &s);
	GET("regions", (&(struct mms_query){ 0 }), &regions);
	ROWS(mms_regions_rec, want, &regions) {
		int found = 0;

		ROWS(mms_kernel_rec, r, &s)
			found += r->kind == MMS_KERNEL_region && r->region == want->region && r->start == want->start;
		EXPECT_EQ(1, found) TH_LOG("region %u at %#llx", want->region, want->start);
	}
	mms_free(&s);
	mms_free(&regions);
}

TEST(nothing_is_writable_and_executable)
{
	struct mms_stream s, entries;
	struct sums n;
	int bad = 0;

	GET("kernel", (&(struct mms_query){ 0 }), &s);
	n = sums(&s);
	ROWS(mms_kernel_rec, r, &s)
		if (r->kind == MMS_KERNEL_wx)
			DIFFER(bad, "W+X: %#llx-%#llx region %u", r->start, r->end, r->region);
	EXPECT_EQ(0, bad);
	EXPECT_EQ(0, n.wx);
	EXPECT_EQ(n.wx, n.run_bytes);
	EXPECT_LT(0, n.executable);
	mms_free(&s);
	/* another walk: leaves that are present and writable and lack NX (bits 0, 1, 63) */
	GET("pgtable", (&(struct mms_query){ .pid = fx->pid, .flags = MMS_Q_KERNEL, .kinds = BIT(MMS_KIND_page) | BIT(MMS_KIND_device),
					      .entry_mask = BIT(0) | BIT(1) | BIT(63), .entry_value = BIT(0) | BIT(1) }), &entries);
	EXPECT_EQ(0, entries.rows);
	mms_free(&entries);
}

/* the same bytes, entry by entry */
TEST(executable_bytes)
{
	struct mms_stream s, entries;
	uint64_t bytes = 0, regions = 0;

	GET("kernel", (&(struct mms_query){ 0 }), &s);
	GET("pgtable", (&(struct mms_query){ .pid = fx->pid, .flags = MMS_Q_KERNEL, .kinds = BIT(MMS_KIND_page) | BIT(MMS_KIND_device),
					      .entry_mask = BIT(0) | BIT(63), .entry_value = BIT(0) }), &entries);
	ROWS(mms_pgtable_rec, r, &entries)
		if (r->region == MMS_REGION_text || r->region == MMS_REGION_direct)
			bytes += r->count * row_size(r);
	ROWS(mms_kernel_rec, r, &s)
		if (r->kind == MMS_KERNEL_region && (r->region == MMS_REGION_text || r->region == MMS_REGION_direct))
			regions += r->executable;
	EXPECT_EQ(bytes, regions);
	mms_free(&s);
	mms_free(&entries);
}

TEST(the_command)
{
	static char text[65536];

	EXPECT_EQ(0, mms_tool(text, sizeof(text), "kernel")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "W+X: passed")) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "kernel --json | jq -e '.totals.wx_bytes == 0 and (.wx | length) == 0'")) TH_LOG("%s", text);
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "kernel --source procfs")) TH_LOG("%s", text);
}

MMS_TEST_MAIN
