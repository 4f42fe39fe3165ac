// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include "mutate.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define PAGE 4096UL
#define PMD (2UL << 20)

uint64_t mms_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

char *mms_arena_make(void)
{
	char *all = mmap(NULL, 4 * MMS_ARENA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return (char *)(((uintptr_t)all + PMD - 1) & -PMD);
}

void mms_mutate(char *arena, int memfd, uint64_t *state)
{
	uint64_t dice = mms_next(state);
	size_t page = mms_next(state) % (MMS_ARENA / PAGE), n = 1 + mms_next(state) % 64;
	char *at, *pmd;
	pid_t pid;

	if (page + n > MMS_ARENA / PAGE)
		n = MMS_ARENA / PAGE - page;
	at = arena + page * PAGE;
	pmd = arena + (page / 512) * PMD;
	switch (dice % 16) {
	case 0: case 1: case 2:
		mprotect(at, n * PAGE, PROT_READ | PROT_WRITE);
		for (size_t i = 0; i < n; i++)
			at[i * PAGE] = 1;
		break;
	case 3:
		madvise(at, n * PAGE, MADV_DONTNEED);
		break;
	case 4:	/* a huge page, and its split */
		mprotect(pmd, PMD, PROT_READ | PROT_WRITE);
		madvise(pmd, PMD, MADV_DONTNEED);
		madvise(pmd, PMD, MADV_HUGEPAGE);
		*pmd = 1;
		break;
	case 5:
		madvise(pmd, PMD, MADV_COLLAPSE);
		break;
	case 6:
		mprotect(at, n * PAGE, PROT_NONE);
		break;
	case 7:
		mprotect(at, n * PAGE, PROT_READ);
		break;
	case 8:
		munmap(at, n * PAGE);
		mmap(at, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 9:	/* away and back */
		if (mremap(pmd, PMD, PMD, MREMAP_MAYMOVE | MREMAP_FIXED, arena + MMS_ARENA + PMD) != MAP_FAILED)
			mremap(arena + MMS_ARENA + PMD, PMD, PMD, MREMAP_MAYMOVE | MREMAP_FIXED, pmd);
		break;
	case 10:
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		break;
	case 11:
		madvise(at, n * PAGE, MADV_PAGEOUT);
		break;
	case 12:	/* a file that grows and shrinks under its mapping */
		if (ftruncate(memfd, (1 + mms_next(state) % 128) * PAGE) == 0)
			mmap(at, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memfd, 0);
		break;
	case 13:
		if (ftruncate(memfd, 0))
			return;
		mmap(at, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 14:
		munmap(pmd, PMD);
		mmap(pmd, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 15:
		mlock(at, n * PAGE);
		munlock(at, n * PAGE);
		break;
	}
}
