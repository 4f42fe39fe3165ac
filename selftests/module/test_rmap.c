// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap: who shares a page, and how: against the number of mappings that kpagecount
 * tells, the page tables of each process, and what the test has mapped itself.
 */
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "../lib/rmap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#define PMD (2UL << 20)
#define SHARERS 101

/* ---- kinds of memory ---------------------------------------------------- */

TEST(anonymous_page_of_many)
{
	char *at = map_pages(3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid[SHARERS - 1];
	struct mms_stream s;
	struct smaps smaps;
	uint64_t pfn;
	int found = 0;

	ASSERT_NE(NULL, at);
	memset(at, 'x', 3 * PAGE);
	pfn = frame_of(at + PAGE);
	for (int i = 0; i < SHARERS - 1; i++)
		pid[i] = sharer();
	EXPECT_MAPPINGS(SHARERS, pfn);

	ASSERT_EQ(0, ask(pfn, 0, &s));
	EXPECT_EQ(SHARERS, s.rows);
	ASSERT_EQ(0, smaps_read(getpid(), "maps", &smaps));
	const struct smaps_vma *vma = smaps_find(&smaps, (uintptr_t)at);

	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(MMS_RMAP_mapped, r->state);
		EXPECT_EQ(MMS_FOLIO_anon, r->folio);
		EXPECT_EQ(MMS_LEVEL_PTE, r->level);
		EXPECT_EQ(MMS_KIND_page, r->kind);
		EXPECT_EQ((uintptr_t)at + PAGE, r->start);
		EXPECT_EQ(vma->start, r->vma_start);
		EXPECT_EQ(vma->end, r->vma_end);
		EXPECT_EQ(0, r->inode);
		EXPECT_EQ(pfn, r->entry >> 12 & (BIT(40) - 1));
		EXPECT_STREQ("test_rmap", r->comm);
		EXPECT_EQ(0, r->rec.text);
		found += r->pid == getpid();
		for (int i = 0; i < SHARERS - 1; i++)
			found += r->pid == pid[i];
	}
	EXPECT_EQ(SHARERS, found);
	smaps_free(&smaps);
	mms_free(&s);

	/* what one of them writes to is its own from then on */
	at[PAGE] = 'y';
	EXPECT_MAPPINGS(1, frame_of(at + PAGE));
	EXPECT_MAPPINGS(SHARERS - 1, pfn);
	end(pid, SHARERS - 1);
}

/* Path of the file and place in it, as maps has them; none for memory that is nobody's file */
static bool file_is_told(const struct mms_rmap_rec *r, const char *text, const struct smaps *smaps)
{
	const struct smaps_vma *vma = smaps_find(smaps, r->start);

	if (!vma || r->vma_start != vma->start || r->vma_end != vma->end)
		return false;
	if (!vma->inode)
		return !r->rec.text;
	return !strcmp(text, vma->name) && r->index == (vma->offset + r->start - vma->start) / PAGE;
}

/* all regions of the fixture: anonymous, huge, file, shmem, memfd, hugetlb, PROT_NONE, merged, ... */
TEST(every_page_of_the_fixture)
{
	int bad = 0, frames = 0, regions = 0;
	struct smaps smaps;

	ASSERT_EQ(0, smaps_read(fx->pid, "maps", &smaps));
	for (int i = 0; i < fx->regions; i++) {
		const struct fx_region *r = &fx->region[i];
		size_t pages = r->len / PAGE, step = pages > 512 ? 127 : 1;
		uint64_t *entry;

		if (r->sparse || r->kind == MMS_KIND_zero || r->kind == MMS_KIND_device || !strncmp(r->name, "v", 1))
			continue;
		entry = calloc(pages, sizeof(*entry));
		pagemap_read(fx->pid, r->start, pages, entry);
		for (size_t p = 0; p < pages; p += step) {
			uint64_t pfn = PM_PFN(entry[p]);
			struct mms_stream s;
			int n, me = 0;

			if (!(entry[p] & PM_PRESENT) || (kpageflags(pfn) & BIT(KPF_ZERO_PAGE)))
				continue;
			/* those of KSM have a test of their own */
			if (r->kind == MMS_KIND_page && strcmp(r->name, "ksm") == 0)
				break;
			ASSERT_EQ(0, ask(pfn, 0, &s));
			n = mappings(_metadata, pfn, &s);
			ROWS(mms_rmap_rec, row, &s) {
				me += row->pid == fx->pid && row->start == r->start + p * PAGE;
				if (row->pid == fx->pid && !file_is_told(row, s.text[row_i], &smaps))
					DIFFER(bad, "%s page %zu: \"%s\" page %llu", r->name, p, s.text[row_i], row->index);
				if (row->level != r->level && row->pid == fx->pid)
					DIFFER(bad, "%s page %zu: level %u", r->name, p, row->level);
			}
			if (n != (int)kpagecount(pfn) || me != 1)
				DIFFER(bad, "%s page %zu: %d mappings, %d here, kpagecount %" PRIu64, r->name, p, n, me, kpagecount(pfn));
			mms_free(&s);
			frames++;
		}
		regions += !!pages;
		free(entry);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(1000, frames);
	EXPECT_LT(20, regions);
	smaps_free(&smaps);
}

TEST(page_merged_by_ksm)
{
	REGION(r, "ksm");
	struct mms_stream s;
	uint64_t entry, pfn;
	int n = 0;

	pagemap_read(fx->pid, r->start, 1, &entry);
	pfn = PM_PFN(entry);
	ASSERT_EQ(0, ask(pfn, 0, &s));
	EXPECT_EQ(71, kpagecount(pfn));
	EXPECT_EQ(71, mappings(_metadata, pfn, &s));
	ROWS(mms_rmap_rec, row, &s) {
		n += row->state == MMS_RMAP_ksm;
		EXPECT_EQ(row->state == MMS_RMAP_ksm ? 0 : fx->pid, row->pid);
		EXPECT_EQ(MMS_FOLIO_ksm, row->folio);
		EXPECT_EQ(71, row->mapcount);
		if (row->state != MMS_RMAP_searched)
			continue;
		EXPECT_EQ(0, row->rec.text);
		EXPECT_EQ(row->start / PAGE, row->index);
	}
	EXPECT_EQ(1, n);
	EXPECT_EQ(72, s.rows);
	mms_free(&s);
}

/* at two places in a process, one of them of another part of the file, and in others */
static void twice_and_by_others(struct __test_metadata *_metadata, int fd, int folio)
{
	pid_t pid[6];
	char *a = map_pages(13, MAP_SHARED, fd, 0), *b = map_pages(5, MAP_SHARED, fd, 7 * PAGE);
	struct mms_stream s;
	struct stat st;
	uint64_t pfn;

	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	for (int i = 0; i < 6; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			*(volatile char *)(a + 11 * PAGE);
			*(volatile char *)(b + 4 * PAGE);
			for (;;)
				pause();
		}
	}
	*(volatile char *)(a + 11 * PAGE);
	*(volatile char *)(b + 4 * PAGE);
	for (int i = 0; i < 6; i++)
		while (!(pm_entry(pid[i], b + 4 * PAGE) & PM_PRESENT))
			usleep(1000);
	pfn = frame_of(a + 11 * PAGE);
	EXPECT_EQ(pfn, frame_of(b + 4 * PAGE));
	EXPECT_MAPPINGS(14, pfn);
	ASSERT_EQ(0, ask(pfn, 0, &s));
	ASSERT_EQ(0, fstat(fd, &st));
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(folio, r->folio);
		EXPECT_EQ(st.st_ino, r->inode);
		EXPECT_EQ(major(st.st_dev), r->dev_major);
		EXPECT_EQ(minor(st.st_dev), r->dev_minor);
		EXPECT_EQ(11, r->index);
	}
	mms_free(&s);

	/* mapped nowhere, it still is of the file */
	end(pid, 6);
	munmap(a, 13 * PAGE);
	munmap(b, 5 * PAGE);
	ASSERT_EQ(0, ask(pfn, 0, &s));
	EXPECT_EQ(1, s.rows);
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(MMS_RMAP_unmapped, r->state);
		EXPECT_EQ(folio, r->folio);
		EXPECT_EQ(st.st_ino, r->inode);
		EXPECT_EQ(11, r->index);
		EXPECT_EQ(0, r->mapcount);
		EXPECT_EQ(0, r->pid);
	}
	mms_free(&s);
}

TEST(page_of_a_file)
{
	int fd = temp_file(13);

	ASSERT_LE(0, fd);
	twice_and_by_others(_metadata, fd, MMS_FOLIO_file);
}

TEST(page_of_a_memfd)
{
	int fd = memfd_create("rmap", 0);

	ASSERT_EQ(0, ftruncate(fd, 13 * PAGE));
	twice_and_by_others(_metadata, fd, MMS_FOLIO_shmem);
}

/* what is written to a private mapping is no longer the file's, but it is known where it was */
TEST(copy_of_a_page_of_a_file)
{
	int fd = temp_file(7);
	char *at = map_pages(5, MAP_PRIVATE, fd, 2 * PAGE);
	struct mms_stream s;
	struct smaps smaps;

	ASSERT_NE(NULL, at);
	at[3 * PAGE] = 'y';
	EXPECT_MAPPINGS(1, frame_of(at + 3 * PAGE));
	ASSERT_EQ(0, ask(frame_of(at + 3 * PAGE), 0, &s));
	ASSERT_EQ(0, smaps_read(getpid(), "maps", &smaps));
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(MMS_FOLIO_anon, r->folio);
		EXPECT_EQ(0, r->inode);
		EXPECT_EQ(5, r->index);
		EXPECT_STREQ(smaps_find(&smaps, (uintptr_t)at)->name, s.text[r_i]);
	}
	smaps_free(&smaps);
	mms_free(&s);
}

/* a huge page that one process maps as such, another by its pages, one of them no longer */
TEST(huge_page_mapped_both_ways)
{
	char *all = mmap(NULL, 2 * PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)all + PMD - 1) & -PMD);
	volatile int *done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mms_stream s;
	uint64_t pfn;
	pid_t pid;

	madvise(at, PMD, MADV_HUGEPAGE);
	memset(at, 'x', PMD);
	pfn = frame_of(at);
	if (!pfn || !(kpageflags(pfn) & BIT(KPF_THP)))
		SKIP(return, "no huge page to be had");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		munmap(at + 101 * PAGE, PAGE);
		*done = 1;
		for (;;)
			pause();
	}
	while (!*done)
		usleep(1000);
	EXPECT_MAPPINGS(1, pfn + 101);
	EXPECT_MAPPINGS(2, pfn + 103);
	ASSERT_EQ(0, ask(pfn + 103, 0, &s));
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(r->pid == pid ? MMS_LEVEL_PTE : MMS_LEVEL_PMD, r->level);
		EXPECT_EQ((uintptr_t)at + 103 * PAGE, r->start);
	}
	mms_free(&s);
	/* all of them at once, in order */
	GET("rmap", (&(struct mms_query){ .start = pfn, .end = pfn + 512 }), &s);
	EXPECT_EQ(2 * 512 - 1, s.rows);
	uint64_t last = 0;

	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_LE(last, r->pfn);
		EXPECT_EQ((uintptr_t)at + (r->pfn - pfn) * PAGE, r->start);
		last = r->pfn;
	}
	mms_free(&s);
	end(&pid, 1);
}

TEST(page_back_from_swap)
{
	char *at = map_pages(7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cpu_pin(-1);
	memset(at, 'x', 7 * PAGE);
	for (int i = 0; i < 100 && frame_of(at + 3 * PAGE); i++) {
		madvise(at, 7 * PAGE, MADV_PAGEOUT);
		usleep(1000);
	}
	if (!(pm_entry(getpid(), at + 3 * PAGE) & PM_SWAP))
		SKIP(return, "it does not go to swap");
	*(volatile char *)(at + 3 * PAGE);
	EXPECT_MAPPINGS(1, frame_of(at + 3 * PAGE));
}

/* ---- who ---------------------------------------------------------------- */

/* shares the memory of the one that asks, too */
static int asks(void *at)
{
	struct mms_stream s;

	if (ask(frame_of(at), 0, &s))
		return 1;
	return s.rows != 1 ? 2 : ((struct mms_rmap_rec *)s.row[0])->pid != getppid() ? 3 : 0;
}

TEST(processes_that_share_memory_are_one)
{
	char *at = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *stack = map_pages(64, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	*at = 'x';
	pid = clone(asks, stack + 64 * PAGE, CLONE_VM | SIGCHLD, at);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST(names_are_those_of_the_processes)
{
	static const char longest[] = "a name of 15 by";
	char *at = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int *done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct mms_stream s;
	int found = 0;
	pid_t pid;

	*at = 'x';
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, longest);
		*done = 1;
		for (;;)
			pause();
	}
	while (!*done)
		usleep(1000);
	ASSERT_EQ(0, ask(frame_of(at), 0, &s));
	EXPECT_EQ(2, s.rows);
	ROWS(mms_rmap_rec, r, &s) {
		EXPECT_EQ(0, r->comm[MMS_COMM_LEN - 1]);
		EXPECT_STREQ(r->pid == pid ? longest : "test_rmap", r->comm);
		found += r->pid == pid;
	}
	EXPECT_EQ(1, found);
	mms_free(&s);
	end(&pid, 1);
}

TEST(pids_are_those_of_the_reader)
{
	char *at = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t pfn;
	int status;
	pid_t pid;

	*at = 'x';
	pfn = frame_of(at);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWPID))
			_exit(9);
		pid = fork();
		if (!pid) {
			struct mms_stream s;
			int outside = 0, inside = 0;

			if (ask(pfn, 0, &s) || s.rows != 3)
				_exit(1);
			ROWS(mms_rmap_rec, r, &s) {
				outside += !r->pid;
				inside += r->pid == 1;
			}
			_exit(outside == 2 && inside == 1 ? 0 : 2);
		}
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

MMS_TEST_MAIN
