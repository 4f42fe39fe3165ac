// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a walk may lose its way: many VMAs in one entry of an upper table, and
 * entries that stay mapped but are cleared for a moment by those who change them.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/mms_raw.h"
#include "../lib/mms_test.h"

#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096UL
#define HUGE (2UL << 20)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* A mapping at a huge page's boundary, the same in a child forked later. */
static char *aligned(size_t bytes, int prot)
{
	char *p = mmap(NULL, bytes + HUGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
}

/* A child that stands still, or runs @work for ever. */
static pid_t target(void (*work)(char *), char *arg)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (work)
			work(arg);
		else
			pause();
	}
}

static void target_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* 2003 pages, never touched, with a gap's VMA between each: some 16 huge pages hold them. */
#define AREAS 2003

TEST(vmas_that_share_an_entry)
{
	char path[32], line[4096];
	struct mms_stream s;
	size_t n = 0, partial = 0;
	pid_t pid;
	FILE *f;
	char *p = aligned(2 * AREAS * PAGE, PROT_NONE);

	ASSERT_NE(NULL, p);
	for (size_t i = 0; i < AREAS; i++)
		ASSERT_EQ(0, mprotect(p + 2 * i * PAGE, PAGE, PROT_READ));
	pid = target(NULL, NULL);
	ASSERT_EQ(0, mms_get("maps", &(struct mms_query){ .pid = pid }, &s));
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f)) {
		const struct mms_maps_rec *r = n < s.rows ? s.row[n] : NULL;
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || start >> 63)
			continue;	/* the vsyscall page is no VMA of the process */
		ASSERT_NE(NULL, r) { TH_LOG("%zu rows, and no %lx", s.rows, start); }
		ASSERT_EQ(start, r->start);
		ASSERT_EQ(end, r->end);
		partial += !!(r->rec.flags & MMS_RF_PARTIAL);
		n++;
	}
	fclose(f);
	EXPECT_EQ(s.rows, n);
	EXPECT_EQ(0, partial);
	EXPECT_LT(2 * AREAS, n);
	mms_free(&s);
	target_end(pid);
}

/*
 * A VMA that takes all the entries of one hold of the lock, to its last one,
 * and others behind it: the next hold begins with a VMA that is not in the
 * first, and no VMA may come twice.
 */
TEST(vmas_behind_a_full_chunk)
{
	const size_t bytes = 37 * HUGE;
	char *p = aligned(2 * bytes, PROT_NONE);
	struct mms_stream s;

	ASSERT_NE(NULL, p);
	for (size_t len = 29 * HUGE; len <= bytes; len += HUGE) {
		ASSERT_EQ(p, mmap(p, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
				  MAP_NORESERVE, -1, 0));
		madvise(p, 2 * bytes, MADV_NOHUGEPAGE);
		ASSERT_EQ(0, mprotect(p, len, PROT_READ));
		ASSERT_EQ(0, mprotect(p + len, PAGE, PROT_READ | PROT_WRITE));
		for (size_t at = 0; at < len; at += HUGE)
			*(volatile char *)(p + at + HUGE - PAGE);
		ASSERT_EQ(0, mms_get("maps", &(struct mms_query){
			.start = (uintptr_t)p, .end = (uintptr_t)p + 2 * bytes }, &s));
		EXPECT_EQ(3, s.rows) TH_LOG("%zu tables", len / HUGE);
		EXPECT_EQ(0, s.end.flags);
		mms_free(&s);
	}
}

/* Seven huge pages that are split, and collapsed again, and never unmapped. */
#define LEAVES 7

static void split_and_collapse(char *p)
{
	for (int i = 0; i < LEAVES; i++)
		madvise(p + i * HUGE + 7 * PAGE, PAGE, MADV_COLD);
	for (int i = 0; i < LEAVES; i++)
		madvise(p + i * HUGE, HUGE, MADV_COLLAPSE);
}

static void split_forever(char *p)
{
	memset(p, 2, LEAVES * HUGE);	/* its own, not what fork shares */
	for (;;)
		split_and_collapse(p);
}

/* Pages of the range that a view tells of. */
static size_t pages_told(const char *view, const struct mms_stream *s)
{
	size_t pages = 0;

	for (size_t i = 0; i < s->rows; i++) {
		const struct mms_pgtable_rec *p = s->row[i];
		const struct mms_entries_rec *e = s->row[i];
		const struct mms_maps_rec *m = s->row[i];

		if (!strcmp(view, "pgtable"))
			pages += p->count << (mms_level_shift(p->level) - 12);
		else if (!strcmp(view, "entries"))
			pages += 1UL << (mms_level_shift(e->level) - 12);
		else
			pages += m->rss / PAGE;
	}
	return pages;
}

TEST(no_page_is_missed)
{
	static const char *const views[] = { "entries", "pgtable", "maps" };
	char *p = aligned(LEAVES * HUGE, PROT_READ | PROT_WRITE);
	size_t reads = 0, splits = 0;
	pid_t pid;

	ASSERT_NE(NULL, p);
	madvise(p, LEAVES * HUGE, MADV_HUGEPAGE);
	memset(p, 1, LEAVES * HUGE);
	if (madvise(p, HUGE, MADV_COLLAPSE))
		SKIP(return, "MADV_COLLAPSE: %m");
	pid = target(split_forever, p);
	usleep(300000);
	for (double end = now() + 5; now() < end; reads++) {
		const char *view = views[reads % 3];
		struct mms_stream s;

		ASSERT_EQ(0, mms_get(view, &(struct mms_query){
			.pid = pid, .start = (uintptr_t)p,
			.end = (uintptr_t)p + LEAVES * HUGE }, &s));
		splits += s.rows > LEAVES;
		if (!(s.end.flags & MMS_END_RACED))
			ASSERT_EQ(LEAVES * 512, pages_told(view, &s)) {
				TH_LOG("%s, read %zu: a page is missing, and no race was said",
				       view, reads);
			}
		mms_free(&s);
	}
	TH_LOG("%zu reads, %zu of them of split pages", reads, splits);
	EXPECT_LT(11, reads);
	target_end(pid);
}

/* What was only read, and then taken away: still the zero page, and no part of RSS */
TEST(zero_pages_without_access)
{
	const size_t pages = 7;
	volatile char *p = mmap(NULL, pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mms_query q = { .start = (uintptr_t)p, .end = (uintptr_t)p + pages * PAGE };
	struct mms_stream s;
	uint64_t zero = 0;

	madvise((void *)p, pages * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < pages; i++)
		EXPECT_EQ(0, p[i * PAGE]);
	ASSERT_EQ(0, mprotect((void *)p, pages * PAGE, PROT_NONE));
	GET("pgtable", &q, &s);
	ROWS(mms_pgtable_rec, r, &s)
		if (r->level == MMS_LEVEL_PTE && r->kind == MMS_KIND_zero)
			zero += r->count;
	EXPECT_EQ(pages, zero);
	mms_free(&s);
	GET("maps", &q, &s);
	ASSERT_LT(0, s.rows);
	ROWS(mms_maps_rec, r, &s) {
		if (r->start > q.start || r->end <= q.start)
			continue;
		EXPECT_EQ(0, r->rss);
		EXPECT_EQ(pages * PAGE, r->zero);
	}
	mms_free(&s);
}

TEST_HARNESS_MAIN
