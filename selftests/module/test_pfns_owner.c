// SPDX-License-Identifier: GPL-2.0-only
/* pfns: whose a page is: the fixture's known pages, files, stacks of threads. */
#include <pthread.h>
#include <sys/mman.h>
#include "../lib/frames.h"
#include "../lib/mms_test.h"

TEST(has_the_fixtures_pages)
{
	static const struct { const char *region; int kind, order; uint64_t pages; } known[] = {
		{ "anon", MMS_FOLIO_anon, 0, 211 }, { "thp", MMS_FOLIO_anon, 9, 5 * 512 }, { "mthp", MMS_FOLIO_anon, 4, 112 },
		{ "hugetlb_2m", MMS_FOLIO_hugetlb, 9, 3 * 512 }, { "hugetlb_1g", MMS_FOLIO_hugetlb, 18, 512 * 512 },
		{ "file_shared", MMS_FOLIO_file, 0, 97 }, { "shmem", MMS_FOLIO_shmem, 0, 103 }, { "memfd", MMS_FOLIO_shmem, 0, 61 },
		{ "shmem_huge", MMS_FOLIO_shmem, 9, 3 * 512 }, { "locked", MMS_FOLIO_anon, 0, 67 }, { "ksm", MMS_FOLIO_ksm, 0, 71 },
	};
	struct mms_stream s;
	const char *why;

	GET("pfns", (&(struct mms_query){ .flags = MMS_Q_NO_MERGE }), &s);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct fx_region *r = fx_region(fx, known[i].region, &why);
		uint64_t pages = 0, *entries;
		int bad = 0;

		if (!r)
			continue;
		entries = calloc(r->len / PAGE, 8);
		pagemap_read(fx->pid, r->start, r->len / PAGE, entries);
		for (uint64_t p = 0; p < r->len / PAGE; p++) {
			const struct mms_pfns_rec *row = entries[p] & PM_PRESENT ? row_of(&s, PM_PFN(entries[p])) : NULL;

			if (row && row->kind == known[i].kind && row->order == known[i].order)
				pages++;
			else if (entries[p] & PM_PRESENT)
				DIFFER(bad, "%s: page %" PRIu64 ": kind %d order %d", r->name, p,
				       row ? row->kind : -1, row ? row->order : -1);
		}
		EXPECT_EQ(known[i].pages, pages) { TH_LOG("%s", r->name); }
		free(entries);
	}
	mms_free(&s);
}

/* Device, inode and page of the file are those of the mapping */
static void check_owner(struct __test_metadata *_metadata, const struct fx_region *r)
{
	const struct smaps_vma *vma;
	uint64_t *entries = calloc(r->len / PAGE, 8), seen = 0;
	struct smaps maps;
	struct mms_stream s;
	int bad = 0;

	ASSERT_EQ(0, smaps_read(fx->pid, "maps", &maps));
	vma = smaps_find(&maps, r->start);
	ASSERT_NE(NULL, vma);
	pagemap_read(fx->pid, r->start, r->len / PAGE, entries);
	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_file) | BIT(MMS_FOLIO_shmem) | BIT(MMS_FOLIO_hugetlb) }), &s);
	for (uint64_t p = 0; p < r->len / PAGE; p++) {
		const uint64_t pfn = PM_PFN(entries[p]);
		const struct mms_pfns_rec *row = entries[p] & PM_PRESENT ? row_of(&s, pfn) : NULL;
		uint64_t page = (vma->offset + r->start - vma->start) / PAGE + p;

		if (!(entries[p] & PM_PRESENT))
			continue;
		seen++;
		if (!row || row->inode != vma->inode || row->dev_major != vma->major || row->dev_minor != vma->minor ||
		    row->index + (pfn - row->pfn) != page)
			DIFFER(bad, "%s: page %" PRIu64 ": inode %llu of %u:%u, index %llu", r->name, page, row ? row->inode : 0,
			       row ? row->dev_major : 0, row ? row->dev_minor : 0, row ? row->index : 0);
	}
	EXPECT_LT(0, seen);
	EXPECT_EQ(0, bad);
	free(entries);
	mms_free(&s);
	smaps_free(&maps);
}

TEST(owner_of_a_file)
{
	REGION(r, "file_shared");
	check_owner(_metadata, r);
}

TEST(owner_of_shmem)
{
	REGION(r, "memfd");
	check_owner(_metadata, r);
}

TEST(owner_of_a_huge_shmem_folio)
{
	REGION(r, "shmem_huge");
	check_owner(_metadata, r);
}

/* the number of the anon_vma that all pages at an address share; 0 if they do not */
static uint32_t anon_vma_of(const struct mms_stream *s, pid_t pid, uint64_t start, int pages)
{
	uint64_t entries[64];
	uint32_t id = 0;

	pagemap_read(pid, start, pages, entries);
	for (int i = 0; i < pages; i++) {
		const struct mms_pfns_rec *row = row_of(s, PM_PFN(entries[i]));

		if (!row || !row->anon_vma || (id && row->anon_vma != id))
			return 0;
		id = row->anon_vma;
	}
	return id;
}

/* One for the pages of a VMA, another for those of a process that is no relative */
TEST(anon_vma)
{
	enum { PAGES = 13 };
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint32_t ours, theirs;
	struct mms_stream s;
	int told = 0;

	REGION(r, "anon");
	ASSERT_NE(MAP_FAILED, p);
	memset(p, 1, PAGES * PAGE);
	GET("pfns", &(struct mms_query){ 0 }, &s);
	ours = anon_vma_of(&s, getpid(), (uintptr_t)p, PAGES);
	theirs = anon_vma_of(&s, fx->pid, r->start, 61);
	EXPECT_NE(0, ours);
	EXPECT_NE(0, theirs);
	EXPECT_NE(ours, theirs);
	ROWS(mms_pfns_rec, row, &s) {
		if (row->kind == MMS_FOLIO_anon ? row->anon_vma : !row->anon_vma)
			continue;
		DIFFER(told, "%#llx: kind %u, anon_vma %#x", row->pfn, row->kind, row->anon_vma);
	}
	EXPECT_EQ(0, told);
	mms_free(&s);
	munmap(p, PAGES * PAGE);
}

TEST(locked_is_unevictable)
{
	uint64_t entries[67], found = 0;
	REGION(r, "locked");

	for (int look = 0; look < LOOKS && found != 67; look++) {
		struct mms_stream s;

		found = 0;
		drain();
		pagemap_read(fx->pid, r->start, 67, entries);
		GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_anon) }), &s);
		for (int i = 0; i < 67; i++) {
			const struct mms_pfns_rec *row = row_of(&s, PM_PFN(entries[i]));

			found += row && row->lru == MMS_LRU_unevictable && row->gen == MMS_NO_GEN;
		}
		mms_free(&s);
	}
	EXPECT_EQ(67, found);
}

/* ---- kernel stacks ------------------------------------------------------- */

#define THREADS		101

/* of a thread: four on x86-64, eight with KASAN; 0: /proc/vmallocinfo has none */
static size_t stack_pages(void)
{
	char line[256], *pages;
	size_t n = 0;
	FILE *f = fopen("/proc/vmallocinfo", "re");

	while (f && !n && fgets(line, sizeof(line), f))
		if (strstr(line, "fork_idle") || strstr(line, "dup_task_struct") || strstr(line, "copy_process") ||
		    strstr(line, "kernel_clone"))
			n = (pages = strstr(line, " pages=")) ? strtoul(pages + 7, NULL, 10) : 0;
	if (f)
		fclose(f);
	return n;
}

static uint64_t stack_frames(struct __test_metadata *_metadata)
{
	struct mms_stream s;
	uint64_t sum;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_kstack) }), &s);
	ROWS(mms_pfns_rec, r, &s)
		EXPECT_EQ(MMS_FOLIO_kstack, r->kind);
	sum = frames_where(&s, ~0U, 0);
	mms_free(&s);
	return sum;
}

/* those of the CPUs' idle threads, but for the first one's, which is part of the kernel's image */
static uint64_t idle_frames(void)
{
	char *text = file_text("/sys/devices/system/cpu/possible", NULL);
	unsigned int first = 0, last = 0;

	if (text && sscanf(text, "%u-%u", &first, &last) < 2)
		last = first;
	free(text);
	return (uint64_t)last * stack_pages();
}

static uint64_t stacks_meminfo(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");
	return sum_of("/proc/meminfo", "KernelStack") * 1024 / PAGE;
}

TEST(stacks_like_meminfo)
{
	uint64_t ours = 0, before = 1, after = 0;

	for (int i = 0; i < LOOKS && (before != after || ours + idle_frames() != before); i++) {
		before = stacks_meminfo();
		ours = stack_frames(_metadata);
		after = stacks_meminfo();
	}
	EXPECT_EQ(before, ours + idle_frames());
	EXPECT_LT(0, ours);
}

struct crowd {
	pthread_t thread[THREADS];
	pthread_barrier_t at, end;
};

static void *wait_in_crowd(void *arg)
{
	struct crowd *c = arg;

	pthread_barrier_wait(&c->at);
	pthread_barrier_wait(&c->end);
	return NULL;
}

TEST(a_thread_has_a_stack)
{
	uint64_t more = 0;

	for (int i = 0; i < LOOKS && more != THREADS * stack_pages(); i++) {
		uint64_t before = stack_frames(_metadata);
		struct crowd c;

		pthread_barrier_init(&c.at, NULL, THREADS + 1);
		pthread_barrier_init(&c.end, NULL, THREADS + 1);
		for (int t = 0; t < THREADS; t++)
			ASSERT_EQ(0, pthread_create(&c.thread[t], NULL, wait_in_crowd, &c));
		pthread_barrier_wait(&c.at);
		more = stack_frames(_metadata) - before;
		pthread_barrier_wait(&c.end);
		for (int t = 0; t < THREADS; t++)
			pthread_join(c.thread[t], NULL);
	}
	EXPECT_EQ(THREADS * stack_pages(), more);
}

/* A frame alone has the kind it has among all of them */
TEST(one_frame_of_a_stack)
{
	struct mms_stream all, s;
	uint64_t tried = 0, good = 0;

	GET("pfns", (&(struct mms_query){ .kinds = BIT(MMS_FOLIO_kstack), .flags = MMS_Q_NO_MERGE }), &all);
	ROWS(mms_pfns_rec, r, &all) {
		if (tried++ == 29)
			break;
		GET("pfns", (&(struct mms_query){ .start = r->pfn, .end = r->pfn + 1 }), &s);
		good += s.rows == 1 && ((const struct mms_pfns_rec *)s.row[0])->kind == MMS_FOLIO_kstack;
		mms_free(&s);
	}
	/* a thread of the kernel may have ended since */
	EXPECT_LE(20, good);
	mms_free(&all);
}

MMS_TEST_MAIN
