// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that "make demo" looks at: a little of everything that memory
 * can be, in sizes one recognises. It says its PID, and waits to be killed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096UL
#define HUGE	(2UL << 20)

static char *map(size_t bytes, int prot, int flags, int fd)
{
	char *p = mmap(NULL, bytes, prot, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

static void touch(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = (char)(i + 1);
}

/* A 2 MiB page at a 2 MiB boundary, and a hole on either side of it. */
static void huge_page(void)
{
	char *p = map(3 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	p = (char *)(((unsigned long)p + HUGE) & ~(HUGE - 1));
	mprotect(p, HUGE, PROT_READ | PROT_WRITE);
	madvise(p, HUGE, MADV_HUGEPAGE);
	touch(p, 1);
}

int main(void)
{
	const int private = MAP_PRIVATE | MAP_ANONYMOUS, rw = PROT_READ | PROT_WRITE;
	int fd = memfd_create("demo", 0);
	char *p, *volatile heap = malloc(64 << 10);

	memset(heap, 1, 64 << 10);
	touch(map(113 * PAGE, rw, private | MAP_NORESERVE, -1), 101);
	huge_page();
	if (fd < 0 || ftruncate(fd, 13 * PAGE)) {
		perror("memfd");
		return 1;
	}
	touch(map(13 * PAGE, rw, MAP_SHARED, fd), 11);
	p = map(7 * PAGE, PROT_READ, private, -1);
	for (int i = 0; i < 5; i++)		/* the zero page */
		heap[i] = p[i * PAGE];
	p = map(3 * PAGE, rw, private, -1);
	touch(p, 3);
	mprotect(p, 3 * PAGE, PROT_NONE);	/* there, but out of reach */
	map(16UL << 40, PROT_NONE, private | MAP_NORESERVE, -1);
	printf("%d\n", getpid());
	fflush(stdout);
	pause();
	return 0;
}
