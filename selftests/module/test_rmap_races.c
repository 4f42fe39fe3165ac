// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap while what it looks at changes: processes come and go, pages are moved,
 * huge pages made and split.
 */
#include <sys/syscall.h>
#include <time.h>
#include "../lib/rmap.h"

#define PMD (2UL << 20)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* forks, unmaps, moves pages between nodes, makes and splits huge pages, until killed */
_Noreturn static void mutate(char *anon, int fd, uint64_t state)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		char *page = anon + (state >> 33) % 512 * PAGE, *file;
		int node = state >> 60 & 1, unused;

		switch (state >> 57 & 7) {
		case 0:
		case 1:
			if (!fork())
				_exit(0);
			break;
		case 2:
			file = mmap(NULL, 13 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
			for (int i = 0; i < 13; i++)
				*(volatile char *)(file + i * PAGE);
			munmap(file, 13 * PAGE);
			break;
		case 3:
			syscall(SYS_move_pages, 0, 1UL, &page, &node, &unused, 2);
			break;
		case 4:
			madvise(anon, PMD, 25 /* MADV_COLLAPSE */);
			break;
		case 5:
			mprotect(page, PAGE, PROT_READ);
			mprotect(page, PAGE, PROT_READ | PROT_WRITE);
			break;
		case 6:
			madvise(page, PAGE, MADV_DONTNEED);
			break;
		default:
			*page = state;
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* What stays is always there; of what comes and goes each row is right by itself. */
TEST(races)
{
	char *all = mmap(NULL, 2 * PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *anon = (char *)(((uintptr_t)all + PMD - 1) & -PMD), *file;
	int fd = temp_file(13), missing = 0, twice = 0, streams = 0, raced = 0;
	double until = now() + 4;
	uint64_t state = 7;
	pid_t pid[5];

	memset(anon, 'x', PMD);
	file = map_pages(13, MAP_SHARED, fd, 0);
	for (int i = 0; i < 13; i++)
		*(volatile char *)(file + i * PAGE);
	for (int i = 0; i < 5; i++) {
		pid[i] = fork();
		if (!pid[i])
			mutate(anon, fd, i * 977 + 1);
	}
	/* on a slow machine longer, until there is something to say */
	while (now() < until || (streams <= 20 && now() < until + 60)) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		char *at = state >> 63 ? file + (state >> 33) % 13 * PAGE : anon + (state >> 33) % 512 * PAGE;
		uint64_t pfn = frame_of(at);
		struct mms_stream s;
		int me = 0;

		if (!pfn)
			continue;
		ASSERT_EQ(0, ask(pfn, state >> 40 & 63 ? 0 : MMS_Q_SEARCH, &s)) { TH_LOG("%s", s.why); }
		ROWS(mms_rmap_rec, r, &s) {
			me += r->pid == getpid() && r->start == (uintptr_t)at;
			EXPECT_EQ(pfn, r->pfn);
			if (is_mapping(r) && r->level == MMS_LEVEL_PTE && r->kind == MMS_KIND_page) {
				EXPECT_EQ(pfn, r->entry >> 12 & (BIT(40) - 1));
			}
		}
		/* this process's own page may have been moved or split by none but itself */
		if (frame_of(at) == pfn && !(s.end.flags & MMS_END_RACED)) {
			missing += !me;
			twice += me > 1;
		}
		raced += !!(s.end.flags & MMS_END_RACED);
		streams++;
		mms_free(&s);
	}
	end(pid, 5);
	TH_LOG("%d streams, %d raced", streams, raced);
	EXPECT_EQ(0, missing);
	EXPECT_EQ(0, twice);
	EXPECT_LT(20, streams);
	EXPECT_GT(streams / 2, raced);
}

MMS_TEST_MAIN
