// SPDX-License-Identifier: GPL-2.0-only
/* Processes with memory whose cost is known: made once, then they stand still. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* Pages that lie between two of a scattered mapping. */
#define GAP 7

/*
 * The same addresses each time: the cost of empty entries is that of the tables around
 * them. They begin and end in the middle of tables of all levels, as addresses do.
 */
#define PLACE ((char *)0x2aaaaaaaa000)
#define SPARE ((char *)0x5aaaaaaaa000)

static char *map(char *place, size_t len)
{
	char *p = mmap(place, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED || madvise(p, len, MADV_NOHUGEPAGE))
		die("no memory to map");
	return p;
}

static void fill_in_order(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = 1;
}

/*
 * The pages are touched in a random order, which is the same each time, and
 * after each of them others are allocated, which are freed at the end.
 */
static void fill_scattered(char *p, size_t pages)
{
	size_t *order = malloc(pages * sizeof(*order));
	char *between = map(SPARE, pages * GAP * PAGE);
	uint64_t random = 88172645463325252ULL;

	if (!order)
		die("no memory");
	for (size_t i = 0; i < pages; i++)
		order[i] = i;
	for (size_t i = pages - 1; i; i--) {
		size_t j, swap = order[i];

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		j = random % (i + 1);
		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < pages; i++) {
		p[order[i] * PAGE] = 1;
		if (madvise(between + i * GAP * PAGE, GAP * PAGE, MADV_POPULATE_WRITE))
			die("no memory to scatter pages in");
	}
	munmap(between, pages * GAP * PAGE);
	free(order);
}

/* A page at a third, and other memory behind the mapping, as there is in most processes. */
static void fill_one(char *p, size_t pages)
{
	p[pages / 3 * PAGE] = 1;
	*map(p + pages * PAGE, PAGE) = 1;
}

void target_scraps(size_t pages)
{
	char *p = map(SPARE, 2 * pages * PAGE);

	if (madvise(p, 2 * pages * PAGE, MADV_POPULATE_WRITE))
		die("no memory for scraps");
	for (size_t i = 0; i < pages; i++)
		madvise(p + 2 * i * PAGE, PAGE, MADV_DONTNEED);
}

/* One page, and processes that share it. */
static size_t sharers;

static void fill_shared(char *p, size_t pages)
{
	fill_in_order(p, pages);
	for (size_t i = 1; i < sharers; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

static size_t times;

/* One page of a file. */
static void fill_mapped(char *p, size_t pages)
{
	int fd = memfd_create("bench", 0);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		die("no file to map");
	for (size_t i = 0; i < times; i++) {
		p = mmap(p, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | (i ? 0 : MAP_FIXED), fd, 0);
		if (p == MAP_FAILED)
			die("no room to map a file in");
		*p = 1;
	}
}

static struct target target(size_t len, size_t pages, void (*fill)(char *p, size_t pages))
{
	struct target t = { .len = len, .pages = pages };
	int fds[2];

	if (pipe(fds))
		die("no pipe");
	t.pid = fork();
	if (t.pid < 0)
		die("no process");
	if (!t.pid) {
		uint64_t start;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		start = (uintptr_t)map(PLACE, len);
		fill((char *)start, len / PAGE);
		if (write(fds[1], &start, sizeof(start)) != sizeof(start))
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (read(fds[0], &t.start, sizeof(t.start)) != sizeof(t.start))
		die("a process to look at did not come up");
	close(fds[0]);
	return t;
}

struct target target_in_order(size_t pages)
{
	return target(pages * PAGE, pages, fill_in_order);
}

struct target target_scattered(size_t pages)
{
	return target(pages * PAGE, pages, fill_scattered);
}

struct target target_reserved(size_t len)
{
	return target(len, 1, fill_one);
}

void target_end(const struct target *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
}

struct target target_shared(size_t processes)
{
	sharers = processes;
	return target(PAGE, 1, fill_shared);
}

struct target target_mapped(size_t mappings)
{
	times = mappings;
	return target(PAGE, 1, fill_mapped);
}
