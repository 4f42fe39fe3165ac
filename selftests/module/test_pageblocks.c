// SPDX-License-Identifier: GPL-2.0-only
/* pageblocks, against pagetypeinfo and kpageflags. */
#include "../lib/mms_test.h"

#define TRIES 30	/* looks at what changes: until nothing did meanwhile */
#define BLOCK 512	/* pages of a page block on x86-64 */

static const char *const type_names[] = {
#define MMS_X(id, name, text) [id] = #name,
	MMS_MIGRATE_TYPES(MMS_X)
#undef MMS_X
};

TEST(blocks_cover_memory_once)
{
	struct mms_stream s;
	uint64_t next = 0;

	LOOK("pageblocks", &s);
	EXPECT_LT(100, s.rows);
	ROWS(mms_pageblocks_rec, r, &s) {
		EXPECT_LE(next, r->pfn);
		EXPECT_EQ(0, r->pfn % BLOCK);
		EXPECT_LE(r->pages, BLOCK);
		EXPECT_LT(0, r->pages);
		EXPECT_LT(r->type, MMS_NR_MIGRATE_TYPES);
		EXPECT_EQ(r->pages, r->free + r->pcp + r->anon + r->file + r->shmem + r->hugetlb + r->slab + r->pgtable + r->kernel +
			  r->reserved + r->offline + r->other);
		next = r->pfn + BLOCK;
	}
	mms_free(&s);
}

/* the columns of "Number of blocks type" are types; a line is a zone of a node */
static uint64_t blocks_there(const char *text, int node, const char *zone, const char *type)
{
	const char *head = strstr(text, "\nNumber of blocks type"), *line, *p;
	int column = -1, at = 0, n;
	char name[32], word[32];

	for (p = head ? head + strlen("\nNumber of blocks type") : ""; sscanf(p, " %31s%n", word, &n) == 1; p += n, at++) {
		if (!strcasecmp(word, type)) {
			column = at;
			break;
		}
		if (!strcmp(word, "Node"))
			break;
	}
	for (line = head; column >= 0 && line && (line = strstr(line + 1, "\nNode "));) {
		if (sscanf(line, " Node %d, zone %31s%n", &n, name, &at) != 2 || n != node || strcmp(name, zone))
			continue;
		for (p = line + at; column--;)
			strtoull(p, (char **)&p, 10);
		return strtoull(p, NULL, 10);
	}
	return 0;
}

/*
 * The file walks from a zone's first frame to its last. A huge page of 1 GiB that is
 * made at boot may reach beyond, and all its pages say that they are of the first's zone.
 */
static bool in_its_zone(const struct mms_pageblocks_rec *r)
{
	int node;

	if (zone_of(r->pfn, &node) == r->zone && node == r->node)
		return true;
	/* the first zone begins in the middle of a block, others end there */
	return zone_of(r->pfn + BLOCK - 1, &node) == r->zone && node == r->node;
}

/* A block that is isolated keeps its type on new kernels: no test runs while there is one */
TEST(types_as_in_pagetypeinfo)
{
	char *zones = file_text("/proc/zoneinfo", NULL), zone[32];
	char *text = NULL;
	struct mms_stream s;
	int node, last = -1, number = 0, bad = 1, compared = 0;

	for (int i = 0; i < TRIES && bad; i++) {
		free(text);
		LOOK("pageblocks", &s);
		text = file_text("/proc/pagetypeinfo", NULL);
		bad = compared = 0;
		for (char *p = zones; p; p = strstr(p + 1, "\nNode ")) {
			if (sscanf(p, " Node %d, zone %31s", &node, zone) != 2)
				continue;
			number = node == last ? number + 1 : 0;
			last = node;
			for (int type = 0; type < MMS_NR_MIGRATE_TYPES; type++) {
				uint64_t here = 0, there = blocks_there(text, node, zone, type_names[type]);

				ROWS(mms_pageblocks_rec, r, &s)
					here += r->node == node && r->zone == number && r->type == type &&
						in_its_zone(r);
				compared += there;
				bad += here != there;
				if (i == TRIES - 1 && here != there)
					TH_LOG("node %d %s %s: %" PRIu64 ", the file %" PRIu64, node, zone, type_names[type], here, there);
			}
		}
		last = -1;
		mms_free(&s);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(100, compared);
	free(text);
	free(zones);
}

/* What is in a block, by flags: the row before and after, if it is the same both times */
TEST(pages_as_in_kpageflags)
{
	static uint64_t words[BLOCK];
	int fd = open("/proc/kpageflags", O_RDONLY), bad = 1, compared = 0, said = 0;

	ASSERT_LE(0, fd);
	for (int i = 0; i < TRIES && bad; i++) {
		struct mms_stream a, b;

		LOOK("pageblocks", &a);
		bad = compared = 0;
		uint64_t(*count)[4] = calloc(a.rows, sizeof(*count));

		ASSERT_NE(NULL, count);
		for (size_t n = 0; n < a.rows; n++) {
			const struct mms_pageblocks_rec *r = a.row[n];

			if (pread(fd, words, sizeof(words), r->pfn * 8) != sizeof(words))
				continue;
			for (int p = 0; p < BLOCK; p++) {
				count[n][0] += !!(words[p] & BIT(KPF_BUDDY));
				count[n][1] += !!(words[p] & BIT(KPF_SLAB));
				count[n][2] += !!(words[p] & BIT(KPF_PGTABLE));
				/* KPF_ANON alone: others, the slab allocator for one, keep other things in that word */
				/* pages that the fixture poisoned are counted as lost, whatever they were */
				count[n][3] += (words[p] & (BIT(KPF_ANON) | BIT(KPF_SWAPBACKED) | BIT(KPF_HUGE) |
							    BIT(KPF_SLAB) | BIT(KPF_HWPOISON))) ==
					       (BIT(KPF_ANON) | BIT(KPF_SWAPBACKED));
			}
		}
		LOOK("pageblocks", &b);
		for (size_t n = 0; n < a.rows && a.rows == b.rows; n++) {
			const struct mms_pageblocks_rec *r = a.row[n];

			if (memcmp(r, b.row[n], sizeof(*r)) || r->pages != BLOCK || r->hugetlb)
				continue;
			compared++;
			/* before 6.10 kpageflags shows tail pages without the flags of their folio */
			if (count[n][0] == r->free && count[n][1] <= r->slab && count[n][2] == r->pgtable && count[n][3] <= r->anon)
				continue;
			bad++;
			if (i == TRIES - 1)
				DIFFER(said, "%#llx: free %u/%" PRIu64 " slab %u/%" PRIu64 " tables %u/%" PRIu64 " anon %u/%" PRIu64,
				       r->pfn, r->free, count[n][0], r->slab, count[n][1], r->pgtable, count[n][2], r->anon, count[n][3]);
		}
		free(count);
		mms_free(&a);
		mms_free(&b);
	}
	close(fd);
	EXPECT_EQ(0, bad);
	EXPECT_LT(100, compared);
}

/*
 * Memory set aside for contiguous allocations: what meminfo says of it. A kernel that
 * cannot have any says so, and its zones do not say 0.
 */
TEST(contiguous_memory)
{
	char *meminfo = file_text("/proc/meminfo", NULL), *cmdline = file_text("/proc/cmdline", NULL);
	uint64_t total = text_number(meminfo, "CmaTotal", ~0ULL), zones = 0, blocks = 0, unknown = 0, frames = 0;
	bool have = false, told = false;
	struct mms_stream s;

	LOOK("features", &s);
	for (size_t i = 0; i < s.rows; i++) {
		if (strncmp(s.text[i], "cma:", 4))
			continue;
		told = true;
		have = ((struct mms_features_rec *)s.row[i])->have;
	}
	mms_free(&s);
	EXPECT_TRUE(told);
	EXPECT_EQ(total != ~0ULL, have);
	LOOK("zones", &s);
	ROWS(mms_zones_rec, r, &s) {
		if (r->row != MMS_ZONE_ROW_zone)
			continue;
		unknown += r->cma == MMS_NO_PAGES;
		zones += r->cma == MMS_NO_PAGES ? 0 : r->cma;
	}
	mms_free(&s);
	LOOK("pageblocks", &s);
	ROWS(mms_pageblocks_rec, r, &s)
		blocks += r->type == MMS_MIGRATE_cma ? r->pages : 0;
	mms_free(&s);
	LOOK("blocks", &s);
	ROWS(mms_blocks_rec, r, &s)
		frames += r->type == MMS_MIGRATE_cma ? 1ULL << r->order : 0;
	mms_free(&s);
	if (have) {
		EXPECT_EQ(0, unknown);
		EXPECT_EQ(total / 4, zones);
		EXPECT_EQ(total / 4, blocks);
		EXPECT_GE(total / 4, frames);
		/* it is used for what can be moved, when there is nothing else */
		EXPECT_LE(total / 4 * 9 / 10, frames);
		/* newer kernels have some for each node, besides */
		if (strstr(cmdline, "cma=64M"))
			EXPECT_LE(65536, total);
	} else {
		EXPECT_LT(0, unknown);
		EXPECT_EQ(0, zones);
		EXPECT_EQ(0, blocks);
		EXPECT_EQ(0, frames);
	}
	free(meminfo);
	free(cmdline);
}

TEST_HARNESS_MAIN
