// SPDX-License-Identifier: GPL-2.0-only
/* mmscope page: what it joins from views, programs and files about one page. */
#include <sys/mman.h>
#include "../lib/frames.h"
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define OUT	(64 << 10)

/* "NAME":VALUE of the output, without its quotes, in a static buffer; "" if it is not there */
static const char *json_value(const char *text, const char *section, const char *name)
{
	static char value[4096];
	char key[128];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", section);
	at = strstr(text, key);
	snprintf(key, sizeof(key), "\"%s\":", name);
	at = at ? strstr(at, key) : NULL;
	*value = '\0';
	if (at && (sscanf(at + strlen(key), "\"%4095[^\"]\"", value) == 1 || sscanf(at + strlen(key), "%4095[^,}]", value) == 1))
		return value;
	return "";
}

static uint64_t frame_of(pid_t pid, uint64_t addr)
{
	uint64_t entry = 0;

	pagemap_read(pid, addr, 1, &entry);
	return PM_PFN(entry);
}

TEST(path_of_its_file)
{
	char *text = malloc(OUT), *name, *deleted;
	struct smaps maps;

	REGION(r, "file_shared");
	ASSERT_EQ(0, smaps_read(fx->pid, "maps", &maps));
	/* the fixture has removed its file: that is not part of the name here */
	name = strdup(smaps_find(&maps, r->start)->name);
	deleted = strstr(name, " (deleted)");
	if (deleted)
		*deleted = '\0';
	ASSERT_EQ(0, mms_tool(text, OUT, "page --json %d:%#lx", fx->pid, (long)r->start)) { TH_LOG("%s", text); }
	EXPECT_STREQ(name, json_value(text, "file", "path"));
	EXPECT_STREQ(deleted ? "true" : "false", json_value(text, "file", "deleted"));
	EXPECT_EQ(smaps_find(&maps, r->start)->inode, strtoull(json_value(text, "file", "inode"), NULL, 0));
	EXPECT_STREQ("file", json_value(text, "page", "kind"));
	EXPECT_STREQ("mapped", json_value(text, "mappers", "state"));
	free(name);
	smaps_free(&maps);
	free(text);
}

TEST(place_of_a_page)
{
	char *text = malloc(OUT), *block = file_text("/sys/devices/system/memory/block_size_bytes", NULL);
	uint64_t size = block ? strtoull(block, NULL, 16) / PAGE : 0, pfn;
	char *cgroup = file_text("/proc/self/cgroup", NULL);

	REGION(r, "anon");
	pfn = frame_of(fx->pid, r->start);
	ASSERT_EQ(0, mms_tool(text, OUT, "page --json %#lx", (long)pfn)) { TH_LOG("%s", text); }
	EXPECT_STREQ("anon", json_value(text, "page", "kind"));
	EXPECT_LT(0, strtoull(json_value(text, "page", "anon_vma"), NULL, 16));
	if (size)
		EXPECT_EQ(pfn / size, strtoull(json_value(text, "place", "memory_block"), NULL, 0));
	EXPECT_EQ(pfn & ~511ULL, strtoull(json_value(text, "pageblock", "pfn"), NULL, 0));
	EXPECT_EQ(512, strtoull(json_value(text, "pageblock", "pages"), NULL, 0));
	/* the fixture has our cgroup; the memory controller may not be on below the root */
	if (cgroup && strstr(cgroup, "0::/\n"))
		EXPECT_STREQ("/", json_value(text, "place", "cgroup_path"));
	free(cgroup);
	free(block);
	free(text);
}

/* What the module gave is saved with the page */
TEST(saved_and_shown_again)
{
	static const char *const parts[][2] = {
		{ "page", "kind" }, { "page", "index" }, { "file", "path" }, { "file", "cached_bytes" }, { "pageblock", "pfn" },
		{ "mappers", "state" }, { "mappers", "start" },
	};
	char *live = malloc(OUT), *saved = malloc(OUT), path[] = "/tmp/page-XXXXXX";
	int fd = mkstemp(path);

	REGION(r, "memfd");
	ASSERT_EQ(0, mms_tool(live, OUT, "page --json --save %s %d:%#lx", path, fx->pid, (long)r->start)) { TH_LOG("%s", live); }
	ASSERT_EQ(0, mms_tool(saved, OUT, "page --json --from %s %#lx", path, (long)frame_of(fx->pid, r->start))) { TH_LOG("%s", saved); }
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *was = strdup(json_value(live, parts[i][0], parts[i][1]));

		EXPECT_STRNE("", was) { TH_LOG("%s of %s", parts[i][1], parts[i][0]); }
		EXPECT_STREQ(was, json_value(saved, parts[i][0], parts[i][1])) { TH_LOG("%s of %s", parts[i][1], parts[i][0]); }
		free(was);
	}
	close(fd);
	unlink(path);
	free(live);
	free(saved);
}

/* A slab's page has a cache that /proc/slabinfo has, and as many objects */
TEST(cache_of_a_slab)
{
	char *text = malloc(OUT), *info = file_text("/proc/slabinfo", NULL), line[160];
	int tried = 0, found = 0;
	struct mms_stream s;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_slab), .flags = MMS_Q_NO_MERGE }), &s);
	for (size_t i = 0; i < s.rows && tried < 7; i += s.rows / 7) {
		const struct mms_pfns_rec *row = s.row[i];

		tried++;
		ASSERT_EQ(0, mms_tool(text, OUT, "page --json %#llx", row->pfn)) { TH_LOG("%s", text); }
		snprintf(line, sizeof(line), "\n%s ", json_value(text, "slab", "cache"));
		/* names of caches that are no file name's, and those that are given back meanwhile, are left out */
		found += info && strlen(line) > 2 && strstr(info, line);
	}
	EXPECT_LE(5, found) { TH_LOG("%d of %d, last: %s", found, tried, text); }
	mms_free(&s);
	free(info);
	free(text);
}

/* ---- what page asks views for: of a range of frames -------------------------------- */

TEST(files_of_a_frame)
{
	struct mms_stream s;
	struct smaps maps;
	uint64_t pfn;

	REGION(r, "memfd");
	ASSERT_EQ(0, smaps_read(fx->pid, "maps", &maps));
	pfn = frame_of(fx->pid, r->start);
	GET("files", (&(struct mms_query){ .start = pfn, .end = pfn + 1 }), &s);
	ASSERT_EQ(1, s.rows);
	EXPECT_EQ(smaps_find(&maps, r->start)->inode, ((const struct mms_files_rec *)s.row[0])->inode);
	EXPECT_EQ(61 * PAGE, ((const struct mms_files_rec *)s.row[0])->cached);
	mms_free(&s);
	REGION(anon, "anon");
	pfn = frame_of(fx->pid, anon->start);
	GET("files", (&(struct mms_query){ .start = pfn, .end = pfn + 1 }), &s);
	EXPECT_EQ(0, s.rows);
	mms_free(&s);
	smaps_free(&maps);
}

TEST(pageblocks_of_frames)
{
	struct mms_stream all, s;
	uint64_t at = 0;

	GET("pageblocks", &(struct mms_query){ 0 }, &all);
	ASSERT_LT(100, all.rows);
	for (size_t i = 0; i < all.rows; i += 101) {
		const struct mms_pageblocks_rec *want = all.row[i], *got;

		GET("pageblocks", (&(struct mms_query){ .start = want->pfn + 257, .end = want->pfn + 258 }), &s);
		got = s.rows == 1 ? s.row[0] : NULL;
		at += got && got->pfn == want->pfn && got->pages == want->pages && got->node == want->node;
		mms_free(&s);
	}
	EXPECT_EQ((all.rows + 100) / 101, at);
	mms_free(&all);
}

/* Within a folio that is larger than page blocks: the one that was asked for, not the first */
TEST(pageblock_in_a_folio)
{
	const struct mms_pageblocks_rec *rec;
	struct mms_stream s;
	uint64_t pfn;

	REGION(r, "hugetlb_1g");
	pfn = frame_of(fx->pid, r->start) + 100 * 512 + 7;
	GET("pageblocks", (&(struct mms_query){ .start = pfn, .end = pfn + 1 }), &s);
	ASSERT_EQ(1, s.rows);
	rec = s.row[0];
	EXPECT_EQ(pfn & ~511ULL, rec->pfn);
	EXPECT_EQ(512, rec->hugetlb);
	mms_free(&s);
}

TEST(bad_ranges)
{
	static const struct mms_query bad[] = {
		{ .start = 2, .end = 2 }, { .start = 3, .end = 2 }, { .start = 1ULL << 52 }, { .levels = BIT(MMS_LEVEL_PTE) },
		{ .end = ~0ULL },
	};
	struct mms_stream s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-EINVAL, mms_get("files", &bad[i], &s)) { TH_LOG("files, query %zu", i); }
		mms_free(&s);
		EXPECT_EQ(-EINVAL, mms_get("pageblocks", &bad[i], &s)) { TH_LOG("pageblocks, query %zu", i); }
		mms_free(&s);
	}
}

MMS_TEST_MAIN
