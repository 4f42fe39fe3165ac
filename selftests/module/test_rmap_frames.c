// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap: frames that nothing maps or that have no reverse map, ranges of frames,
 * limits, and bad input.
 */
#include "../lib/rmap.h"

/* ---- frames without mappings -------------------------------------------- */

/* the first frame at or after @pfn with all flags of @set; 0 */
static uint64_t frame_with(uint64_t pfn, uint64_t set)
{
	uint64_t flags;

	for (; (flags = kpageflags(pfn)) != KPAGE_NONE; pfn++)
		if (!(flags & BIT(KPF_NOPAGE)) && (flags & set) == set)
			return pfn;
	return 0;
}

TEST(frames_of_others)
{
	static const struct { uint64_t set; int state, folio; } known[] = {
		{ BIT(KPF_BUDDY), MMS_RMAP_free, MMS_FOLIO_free },
		{ BIT(KPF_SLAB), MMS_RMAP_other, MMS_FOLIO_slab },
		{ BIT(KPF_PGTABLE), MMS_RMAP_other, MMS_FOLIO_pgtable },
		{ BIT(32 /* reserved */), MMS_RMAP_other, MMS_FOLIO_reserved },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		uint64_t pfn = known[i].set == BIT(32) ? 0 : 0x1000;
		struct mms_stream s;
		int state = -1, folio = -1;

		/* it may be taken between the two looks */
		for (int tries = 0; tries < 20 && (state != known[i].state || folio != known[i].folio); tries++) {
			pfn = frame_with(pfn + !!tries, known[i].set);
			ASSERT_EQ(0, ask(pfn, 0, &s));
			EXPECT_EQ(1, s.rows);
			ROWS(mms_rmap_rec, r, &s) {
				state = r->state;
				folio = r->folio;
				EXPECT_EQ(pfn, r->pfn);
				EXPECT_EQ(0, r->pid);
				EXPECT_EQ(0, r->level);
			}
			mms_free(&s);
		}
		EXPECT_EQ(known[i].state, state) { TH_LOG("pfn %#" PRIx64, pfn); }
		EXPECT_EQ(known[i].folio, folio) { TH_LOG("pfn %#" PRIx64, pfn); }
	}
}

TEST(no_memory_there)
{
	struct mms_stream s;

	GET("rmap", (&(struct mms_query){ .start = 1ULL << 33, .end = (1ULL << 33) + 100003 }), &s);
	EXPECT_EQ(1, s.rows);
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(MMS_RMAP_absent, r->state);
		EXPECT_EQ(1ULL << 33, r->pfn);
		EXPECT_EQ(100003, r->count);
	}
	mms_free(&s);
}

TEST(zero_page_is_searched_for_if_asked)
{
	char *at = map_pages(7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mms_stream s;
	uint64_t pfn;
	int mine = 0;

	for (int i = 0; i < 7; i++)
		*(volatile char *)(at + i * PAGE);
	pfn = frame_of(at);
	ASSERT_EQ(0, ask(pfn, 0, &s));
	EXPECT_EQ(1, s.rows);
	ROWS(mms_rmap_rec, r, &s)
		EXPECT_EQ(MMS_RMAP_zero, r->state);
	mms_free(&s);
	ASSERT_EQ(0, ask(pfn, MMS_Q_SEARCH, &s));
	ROWS(mms_rmap_rec, r, &s) {
		if (r->pid != getpid() || r->start < (uintptr_t)at || r->start >= (uintptr_t)at + 7 * PAGE)
			continue;
		mine++;
		EXPECT_EQ(MMS_RMAP_searched, r->state);
		EXPECT_EQ(MMS_KIND_zero, r->kind);
		EXPECT_STREQ("test_rmap_frame", r->comm);	/* cut to what a name may have */
	}
	EXPECT_EQ(7, mine);
	mms_free(&s);
}

TEST(device_memory_is_searched_for_if_asked)
{
	REGION(dev, "device");
	struct mms_stream s;
	int found = 0;

	ASSERT_EQ(0, mms_get("rmap", &(struct mms_query){ .start = dev->phys / PAGE, .end = (dev->phys + dev->len) / PAGE,
							  .flags = MMS_Q_SEARCH }, &s));
	ROWS(mms_rmap_rec, r, &s) {
		if (r->pid != fx->pid)
			continue;
		found += r->count;
		EXPECT_EQ(MMS_RMAP_searched, r->state);
		EXPECT_EQ(MMS_KIND_device, r->kind);
		EXPECT_EQ(dev->start + r->pfn * PAGE - dev->phys, r->start);
	}
	EXPECT_EQ(dev->count, found);
	mms_free(&s);
}

/* ---- many --------------------------------------------------------------- */

#define PLACES 2503

/* more than fit into a buffer, and more than are visited while a lock is held */
TEST(one_page_at_many_places)
{
	int fd = temp_file(1);
	struct mms_stream s;
	char *first = NULL, *at;
	size_t sum = 0, got = 0;

	for (int i = 0; i < PLACES; i++) {
		at = mmap(NULL, PAGE, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, at);
		*(volatile char *)at;
		first = first ? first : at;
		sum += (uintptr_t)at / PAGE;
	}
	ASSERT_EQ(0, ask(frame_of(first), 0, &s));
	EXPECT_EQ(PLACES, s.rows);
	EXPECT_EQ(PLACES, kpagecount(frame_of(first)));
	EXPECT_EQ(0, s.end.flags);
	EXPECT_LT(PLACES / 256, s.end.chunks);
	ROWS(mms_rmap_rec, r, &s)
		got += r->start / PAGE;
	EXPECT_EQ(sum, got);
	mms_free(&s);
}

/* each frame is in one row, or in those of its mappings */
TEST(all_of_memory)
{
	struct mms_stream s;
	uint64_t next = 0, mapped = 0;
	int bad = 0;

	GET("rmap", (&(struct mms_query){ .start = 0 }), &s);
	ROWS(mms_rmap_rec, r, &s) {
		if (r->state == MMS_RMAP_searched)
			break;
		if (r->pfn != next && !(r->pfn + 1 == next && (is_mapping(r) || r->state == MMS_RMAP_raced)))
			DIFFER(bad, "pfn %#llx after %#" PRIx64, r->pfn, next);
		next = r->pfn + r->count;
		mapped += r->state == MMS_RMAP_mapped;
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(1000, mapped);
	EXPECT_LT(1 << 17, next);
	mms_free(&s);
}

/* A file that many map whole: each page of it is mapped as often. */
TEST(file_of_many_mappings)
{
	const int vmas = 1009, pages = 7;
	int fd = temp_file(pages), each[7] = {}, bad = 0;
	uint64_t low = ~0ULL, high = 0, pfn[7];
	struct mms_stream s;
	char *at = NULL;

	for (int i = 0; i < vmas; i++) {
		/* neighbours that differ do not become one */
		at = mmap(NULL, pages * PAGE, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ASSERT_NE(MAP_FAILED, at);
		for (int p = 0; p < pages; p++)
			*(volatile char *)(at + p * PAGE);
	}
	for (int p = 0; p < pages; p++) {
		pfn[p] = frame_of(at + p * PAGE);
		low = pfn[p] < low ? pfn[p] : low;
		high = pfn[p] > high ? pfn[p] : high;
	}
	GET("rmap", (&(struct mms_query){ .start = low, .end = high + 1 }), &s);
	ROWS(mms_rmap_rec, r, &s) {
		for (int p = 0; p < pages; p++) {
			if (r->pfn != pfn[p])
				continue;
			each[p]++;
			if (r->state != MMS_RMAP_mapped || r->index != (unsigned int)p || r->pid != getpid())
				DIFFER(bad, "page %d: state %d index %llu", p, r->state, r->index);
		}
	}
	for (int p = 0; p < pages; p++)
		EXPECT_EQ(vmas, each[p]);
	EXPECT_EQ(0, bad);
	EXPECT_LT(0, s.end.max_hold_ns);
	TH_LOG("%d rows, i_mmap_rwsem held for %u ns at most", vmas * pages, s.end.max_hold_ns);
	mms_free(&s);
}

/* Frames that nothing maps say so, and have no numbers that would be a mapping's. */
TEST(text_has_no_zeros_for_what_is_not_there)
{
	static const char *const state[] = { "unmapped", "free", "other", "absent", "zero", "raced" };
	char *text = file_text("/proc/mmscope/rmap", NULL), *line, *save = NULL;
	int none = 0, mapped = 0, bad = 0;

	ASSERT_NE(NULL, text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char word[20][64];
		int n = 0;

		if (*line == '#')
			continue;
		for (char *at = line, *end; n < 20 && sscanf(at, "%63s", word[n]) == 1; at = end, n++)
			end = strstr(at, word[n]) + strlen(word[n]);
		ASSERT_LE(18, n) { TH_LOG("%s", line); }
		if (!strcmp(word[2], "mapped") || !strcmp(word[2], "searched")) {
			mapped++;
			/* the entry has its letters beside it; a path, where there is a file */
			if (n < 19 || (strcmp(word[17], "-") && n < 20))
				DIFFER(bad, "%s", line);
			continue;
		}
		none++;
		for (size_t i = 0; i < sizeof(state) / sizeof(*state); i++)
			n = strcmp(word[2], state[i]) ? n : -1;
		for (int i = 5; i < 14; i++)
			if (strcmp(word[i], "-"))
				DIFFER(bad, "%s", line);
		if (n != -1 && strcmp(word[2], "ksm"))
			DIFFER(bad, "%s", line);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(100, mapped);
	EXPECT_LT(100, none);
	free(text);
}

/* ---- bad input ---------------------------------------------------------- */

TEST(bad_input)
{
	static const struct mms_query bad[] = {
		{ .start = 5, .end = 5 }, { .start = 5, .end = 4 }, { .start = 1ULL << 52 }, { .start = 0, .end = 1ULL << 60 },
		{ .end = ~0ULL }, { .end = 1, .levels = 2 }, { .end = 1, .pid = 1 }, { .end = 1, .flags = MMS_Q_KERNEL },
		{ .end = 1, .kinds = 4 }, { .end = 1, .kpf_mask = 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mms_stream s;

		EXPECT_EQ(-EINVAL, mms_get("rmap", &bad[i], &s)) { TH_LOG("query %zu", i); }
		mms_free(&s);
	}
}

MMS_TEST_MAIN
