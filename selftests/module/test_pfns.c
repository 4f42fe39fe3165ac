// SPDX-License-Identifier: GPL-2.0-only
/*
 * pfns, against kpageflags, kpagecount and kpagecgroup, folio by folio; its sums
 * against zoneinfo, vmstat and meminfo; and what queries choose.
 */
#include <malloc.h>
#include "../lib/frames.h"
#include "../lib/mms_test.h"

#define RESERVED	BIT(32)
#define TYPES		(BIT(KPF_SLAB) | BIT(KPF_BUDDY) | BIT(KPF_PGTABLE) | BIT(KPF_OFFLINE))

/* a row's folio spread over its frames */
struct frame {
	uint64_t kpf, cgroup;
	int32_t refcount, mapcount;
	uint8_t kind, order, lru, head;
};

struct frames {
	uint64_t n;
	struct frame *at;
};

static struct frames spread(const struct mms_stream *s)
{
	const struct mms_pfns_rec *last = s->rows ? s->row[s->rows - 1] : NULL;
	struct frames f = { .n = last ? last->pfn + row_frames(last) : 0 };

	f.at = calloc(f.n + 1, sizeof(*f.at));
	ROWS(mms_pfns_rec, r, s)
		for (uint64_t i = 0; i < row_frames(r) && r->pfn + i < f.n; i++)
			f.at[r->pfn + i] = (struct frame){
				.kpf = r->kpf, .cgroup = r->cgroup, .refcount = r->refcount, .mapcount = r->mapcount,
				.kind = r->kind, .order = r->order, .lru = r->lru, .head = 1 + !!(i & (BIT(r->order) - 1)),
			};
	return f;
}

TEST(each_frame_once)
{
	uint64_t next = 0;
	struct mms_stream s;
	int bad = 0;

	GET("pfns", &(struct mms_query){ 0 }, &s);
	ROWS(mms_pfns_rec, r, &s) {
		if (r->pfn < next || !r->count || r->kind >= MMS_NR_FOLIO_KINDS || !(r->rec.flags & MMS_RF_FOLIO))
			DIFFER(bad, "row at %#llx, %u of order %u, after %#" PRIx64, r->pfn, r->count, r->order, next);
		next = r->pfn + row_frames(r);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(100, s.rows);
	mms_free(&s);
}

/* All that is not reserved is what the page allocator manages, to the page */
TEST(sum_is_what_is_managed)
{
	uint64_t ours = 0, managed = 1;
	struct mms_stream s;

	for (int i = 0; i < LOOKS && ours != managed; i++) {
		managed = sum_of("/proc/zoneinfo", "managed");
		GET("pfns", &(struct mms_query){ 0 }, &s);
		ours = frames_where(&s, ~0U, RESERVED);
		mms_free(&s);
	}
	EXPECT_EQ(managed, ours);
	EXPECT_LT(0, ours);
}

/* What one frame differs in from the kernel's own files, NULL if in nothing */
static const char *differs(const struct frame *f, uint64_t flags, uint64_t count, uint64_t cgroup)
{
	uint64_t ignored = 0;

	if (f->head != 1)
		return NULL;	/* flags of tails are the kernel's matter: older ones show none */
	/* the word that says ANON means something else there; kernels from 6.10 on say KSM for all of it */
	if (f->kpf & TYPES)
		ignored |= BIT(KPF_ANON) | BIT(KPF_KSM);
	if ((f->kpf & BIT(KPF_ANON)) && (flags & BIT(KPF_KSM)))
		ignored |= BIT(KPF_KSM);
	/* the huge zero page, which is not exported */
	if ((flags & BIT(KPF_ZERO_PAGE)) && (flags & BIT(KPF_THP)))
		ignored |= BIT(KPF_ZERO_PAGE) | BIT(KPF_THP);
	if ((f->kpf ^ flags) & ~ignored)
		return "flags";
	if (!(f->kpf & TYPES) && (uint64_t)f->mapcount != count)
		return "mapcount";
	return f->cgroup == cgroup ? NULL : "cgroup";
}

static void read_file(const char *path, uint64_t *words, uint64_t n)
{
	int fd = open(path, O_RDONLY);
	ssize_t got = 0, part;

	memset(words, 0, n * 8);
	while (fd >= 0 && (part = pread(fd, (char *)words + got, n * 8 - got, got)) > 0)
		got += part;
	close(fd);
}

/*
 * Two streams with the files read in between: a frame that both tell of alike
 * has to be in the files, too.
 */
static uint64_t compare(struct __test_metadata *_metadata, uint32_t flags, bool say, uint64_t *ret_stable)
{
	uint64_t *words[3], bad = 0, stable = 0;
	const struct mms_query q = { .flags = flags };
	/* one open file for both: its buffer would be there, gone, and there again */
	int said = 0, fd = mms_open("pfns");
	struct frames a, b;
	struct mms_stream s;

	/* nor is memory given back: the tables that map it would be there, gone, and there again */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	ASSERT_EQ(0, mms_query(fd, &q));
	ASSERT_EQ(0, mms_read(fd, 1 << 16, &s));
	a = spread(&s);
	mms_free(&s);
	for (int i = 0; i < 3; i++)
		words[i] = malloc(a.n * 8 + 8);
	read_file("/proc/kpageflags", words[0], a.n);
	read_file("/proc/kpagecount", words[1], a.n);
	read_file("/proc/kpagecgroup", words[2], a.n);
	ASSERT_EQ(0, mms_query(fd, &q));
	ASSERT_EQ(0, mms_read(fd, 1 << 16, &s));
	b = spread(&s);
	mms_free(&s);
	close(fd);
	for (uint64_t i = 0; i < a.n && i < b.n; i++) {
		const char *what;

		if (memcmp(&a.at[i], &b.at[i], sizeof(a.at[i])))
			continue;
		if (!a.at[i].head) {
			/* a hole: newer kernels say nothing at all of it */
			what = words[0][i] & ~BIT(KPF_NOPAGE) ? "not there" : NULL;
		} else {
			stable++;
			what = differs(&a.at[i], words[0][i], words[1][i], words[2][i]);
		}
		if (!what)
			continue;
		bad++;
		if (say)
			DIFFER(said, "%#" PRIx64 ": %s: kind %u order %u kpf %#" PRIx64 "/%#" PRIx64 " mapcount %d/%" PRIu64
			       " cgroup %" PRIu64 "/%" PRIu64, i, what, a.at[i].kind, a.at[i].order, a.at[i].kpf, words[0][i],
			       a.at[i].mapcount, words[1][i], a.at[i].cgroup, words[2][i]);
	}
	*ret_stable = stable;
	EXPECT_LT(100000, stable + bad);
	for (int i = 0; i < 3; i++)
		free(words[i]);
	free(a.at);
	free(b.at);
	return bad;
}

TEST(like_the_kernels_files)
{
	uint64_t bad = 1, stable = 0;

	for (int i = 0; i < LOOKS && bad; i++)
		bad = compare(_metadata, 0, i == LOOKS - 1, &stable);
	EXPECT_EQ(0, bad);
	EXPECT_LT(100000, stable);
}

TEST(like_the_kernels_files_unmerged)
{
	uint64_t bad = 1, stable = 0;

	for (int i = 0; i < LOOKS && bad; i++)
		bad = compare(_metadata, MMS_Q_NO_MERGE, i == LOOKS - 1, &stable);
	EXPECT_EQ(0, bad);
}

TEST(unmerged_is_one_each)
{
	struct mms_stream s;
	int bad = 0;

	GET("pfns", (&(struct mms_query){ .flags = MMS_Q_NO_MERGE }), &s);
	ROWS(mms_pfns_rec, r, &s)
		if (r->count != 1)
			DIFFER(bad, "%#llx: %u", r->pfn, r->count);
	EXPECT_EQ(0, bad);
	mms_free(&s);
}

/* Kinds and lists the kernel counts itself: exact once all CPUs have added theirs */
static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

TEST(sums_like_vmstat)
{
	static const struct { const char *name; uint32_t kinds, lrus; const char *counters[4]; uint64_t off; } known[] = {
		/* while it is read, the module's buffer and ours are not free */
		{ "free", BIT(MMS_FOLIO_free), 0, { "nr_free_pages" }, 128 },
		{ "inactive", 0, BIT(MMS_LRU_inactive), { "nr_inactive_anon", "nr_inactive_file" }, 0 },
		{ "active", 0, BIT(MMS_LRU_active), { "nr_active_anon", "nr_active_file" }, 0 },
		{ "unevictable", 0, BIT(MMS_LRU_unevictable), { "nr_unevictable" }, 0 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		uint64_t ours = 0, theirs = 1, after = 0;

		for (int look = 0; look < 3 * LOOKS && (distance(ours, theirs) > known[i].off || after != theirs); look++) {
			struct mms_stream s;

			drain();
			file_write("/proc/sys/vm/stat_refresh", "1");
			ours = theirs = after = 0;
			for (int c = 0; c < 4 && known[i].counters[c]; c++)
				theirs += sum_of("/proc/vmstat", known[i].counters[c]);
			GET("pfns", &(struct mms_query){ 0 }, &s);
			file_write("/proc/sys/vm/stat_refresh", "1");
			for (int c = 0; c < 4 && known[i].counters[c]; c++)
				after += sum_of("/proc/vmstat", known[i].counters[c]);
			ROWS(mms_pfns_rec, r, &s)
				if ((known[i].kinds >> r->kind & 1) || (known[i].lrus >> r->lru & 1))
					ours += row_frames(r);
			mms_free(&s);
		}
		EXPECT_GE(known[i].off, distance(ours, theirs)) { TH_LOG("%s: %" PRIu64 " and %" PRIu64, known[i].name, ours, theirs); }
	}
}

/* vmstat's slab has the large allocations of kmalloc(), too, which no page tells */
TEST(slab_is_slab)
{
	struct mms_stream s;
	uint64_t ours, theirs;

	GET("pfns", &(struct mms_query){ 0 }, &s);
	file_write("/proc/sys/vm/stat_refresh", "1");
	theirs = sum_of("/proc/vmstat", "nr_slab_reclaimable") + sum_of("/proc/vmstat", "nr_slab_unreclaimable");
	ours = frames_where(&s, BIT(MMS_FOLIO_slab), 0);
	EXPECT_LT(theirs / 2, ours);
	EXPECT_LT(ours, theirs + 128);
	mms_free(&s);
}

TEST(huge_pages_of_the_pools)
{
	struct mms_stream s;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_hugetlb) }), &s);
	EXPECT_EQ(sum_of("/proc/meminfo", "Hugetlb") / 4, frames_where(&s, ~0U, 0));
	ROWS(mms_pfns_rec, r, &s)
		EXPECT_EQ(MMS_FOLIO_hugetlb, r->kind);
	mms_free(&s);
}

/* ---- queries ------------------------------------------------------------ */

TEST(by_kind_and_by_flag)
{
	struct mms_stream s;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_pgtable) | BIT(MMS_FOLIO_slab) }), &s);
	EXPECT_LT(0, s.rows);
	EXPECT_EQ(frames_where(&s, ~0U, 0), frames_where(&s, BIT(MMS_FOLIO_pgtable) | BIT(MMS_FOLIO_slab), 0));
	mms_free(&s);
	GET("pfns", (&(struct mms_query){ .kpf_mask = BIT(KPF_LRU) | BIT(KPF_MMAP), .kpf_value = BIT(KPF_LRU) }), &s);
	EXPECT_LT(0, s.rows);
	ROWS(mms_pfns_rec, r, &s)
		EXPECT_EQ(BIT(KPF_LRU), r->kpf & (BIT(KPF_LRU) | BIT(KPF_MMAP)));
	mms_free(&s);
}

TEST(a_range_begins_with_the_whole_folio)
{
	REGION(r, "thp");
	struct mms_stream s;
	uint64_t entry;

	pagemap_read(fx->pid, r->start + 300 * PAGE, 1, &entry);
	GET("pfns", (&(struct mms_query){ .start = PM_PFN(entry), .end = PM_PFN(entry) + 1 }), &s);
	ASSERT_EQ(1, s.rows);
	const struct mms_pfns_rec *row = s.row[0];

	EXPECT_EQ(PM_PFN(entry) - 300, row->pfn);
	EXPECT_EQ(9, row->order);
	EXPECT_EQ(1, row->count);
	mms_free(&s);
}

TEST(a_range_begins_with_the_whole_block)
{
	struct mms_stream all, s;
	int tried = 0, good = 0;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_free), .flags = MMS_Q_NO_MERGE }), &all);
	/* large blocks are split last: one of the first few has stayed */
	ROWS(mms_pfns_rec, block, &all) {
		if (block->order < 9 || tried == 20 || good)
			continue;
		tried++;
		GET("pfns", (&(struct mms_query){ .start = block->pfn + 257, .end = block->pfn + 258 }), &s);
		const struct mms_pfns_rec *row = s.rows ? s.row[0] : NULL;

		good += s.rows == 1 && row->pfn == block->pfn && row->order == block->order && row->kind == MMS_FOLIO_free;
		mms_free(&s);
	}
	EXPECT_EQ(1, good);
	mms_free(&all);
}

TEST(bad_queries)
{
	static const struct mms_query bad[] = {
		{ .pid = 1 }, { .levels = BIT(MMS_LEVEL_PTE) }, { .start = 2, .end = 2 }, { .start = 2, .end = 1 },
		{ .start = 1ULL << 52 }, { .end = ~0ULL }, { .kinds = BIT(MMS_NR_FOLIO_KINDS) }, { .kinds = 1U << 31 },
		{ .flags = MMS_Q_KERNEL }, { .flags = MMS_Q_MERGE_ATTR }, { .flags = 1U << 31 }, { .entry_mask = 1 },
		{ .kpf_mask = 1, .kpf_value = 3 }, { .pad = 1 },
	};
	struct mms_stream s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-EINVAL, mms_get("pfns", &bad[i], &s)) { TH_LOG("query %zu", i); }
		mms_free(&s);
	}
	/* a range where there is no memory is no mistake */
	GET("pfns", (&(struct mms_query){ .start = 1ULL << 33, .end = (1ULL << 33) + 4 }), &s);
	EXPECT_EQ(0, s.rows);
	mms_free(&s);
}

MMS_TEST_MAIN
