// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is traced: each function makes a known number of something, and tells what that took by
 * itself. What it needs is made before, once or each time, and is not counted.
 */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define EXT4 "/tmp/ext4"

static double own_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The number behind a word at the beginning of a line of a file; NAN without one. */
static double number(const char *path, const char *word)
{
	const size_t len = strlen(word);
	char line[256];
	double n = NAN;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, word, len) && sscanf(line + len, " %lf", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("%s: %m", path);
	close(fd);
}

/* As setup of a work, once. */
static void shell(bool *ret_done, const char *command)
{
	if (*ret_done)
		return;
	if (system(command))
		die("failed: %s", command);
	*ret_done = true;
}

static char *pages(size_t n)
{
	char *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, n * PAGE, MADV_NOHUGEPAGE))
		die("no memory: %m");
	return p;
}

/* How many of each, in prime numbers where it is ours to say */
#define FAULTS 20011
#define MAPPINGS 5003
#define READS 10007
#define SPLITS 101
#define MOVED 1009
#define FLUSHES 10007
#define SWAPPED 4001
#define DIRTIED 2003
#define MERGED 1009
#define ALLOCATIONS 5003

#define KSM "/sys/kernel/mm/ksm/"

/* ---- reclaim ------------------------------------------------------------- */

#define CGROUP "/sys/fs/cgroup/bench"
#define CACHED (64 * MIB) /* clean pages of files, of which these are to go */
#define RECLAIM "40M"

static double reclaimed(void)
{
	return number(CGROUP "/memory.stat", "pgsteal ");
}

/*
 * Pages of files that are evicted, and what that took. Nothing is cached before: with what an
 * earlier round has left the lists are others each time, and a page costs from 2,090 to 2,300.
 * They are the compiler's: of libraries, a tracer would have to read again what it uses.
 */
double work_reclaim(double *ret_pages)
{
	double begin, own, before;
	char command[512];
	int fd;

	snprintf(command, sizeof(command),
		 "sync; echo 1 >/proc/sys/vm/drop_caches; cat /usr/lib/gcc/*/*/*1* /usr/lib/gcc/*/*/*.a "
		 "2>/dev/null | head -c %lu >/dev/null", CACHED);
	if (system(command))
		die("no files to be cached");
	fd = open(CGROUP "/memory.reclaim", O_WRONLY);
	before = reclaimed();
	begin = own_time();
	/* less than asked for is an error, and all the same to us */
	if (fd < 0 || (write(fd, RECLAIM, strlen(RECLAIM)) < 0 && reclaimed() == before))
		die("nothing was reclaimed: %m");
	own = own_time() - begin;
	close(fd);
	*ret_pages = reclaimed() - before;
	return own;
}

/* ---- faults, which are allocations, too ------------------------------------ */

double work_fault(double *ret_faults)
{
	char *p = pages(FAULTS);
	double begin, own;

	begin = own_time();
	for (size_t i = 0; i < FAULTS; i++)
		p[i * PAGE] = 1;
	own = own_time() - begin;
	munmap(p, FAULTS * PAGE);
	*ret_faults = FAULTS;
	return own;
}

/* ---- the family ---------------------------------------------------------------- */

/* Two calls each time, of pages that nobody touches. */
double work_mmap(double *ret_calls)
{
	double begin = own_time();

	for (int i = 0; i < MAPPINGS; i++)
		munmap(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), PAGE);
	*ret_calls = 2 * MAPPINGS;
	return own_time() - begin;
}

/* A file on a device in memory: its pages are cached as those of a disk are. */
static int file_on_ext4(const char *path)
{
	static bool done;
	int fd;

	shell(&done, "modprobe brd rd_nr=1 rd_size=65536 && mkfs.ext4 -q /dev/ram0 && mkdir -p " EXT4 " && "
		     "mount /dev/ram0 " EXT4);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		die("%s: %m", path);
	return fd;
}

/* Pages that are cached, never the one that was read before. */
double work_cache(double *ret_reads)
{
	static int fd = -1;
	char page[PAGE];
	double begin;

	if (fd < 0) {
		fd = file_on_ext4(EXT4 "/read");
		memset(page, 'x', PAGE);
		for (int i = 0; i < 7; i++)
			if (pwrite(fd, page, PAGE, i * PAGE) != PAGE)
				die("a file of ext4 cannot be written: %m");
		fsync(fd);
	}
	begin = own_time();
	for (int i = 0; i < READS; i++)
		if (pread(fd, page, PAGE, i % 7 * PAGE) != PAGE)
			die("a page of a file cannot be read: %m");
	*ret_reads = READS;
	return own_time() - begin;
}

/* Huge pages' entries are split, as a page of each is to be mapped otherwise. */
double work_thp(double *ret_splits)
{
	const size_t huge = 2 * MIB, len = SPLITS * huge;
	char *p = mmap(NULL, len + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
	double begin, own;

	if (p == MAP_FAILED)
		die("no memory: %m");
	at = p + (huge - (uintptr_t)p % huge) % huge;
	if (madvise(at, len, MADV_HUGEPAGE))
		die("no huge pages: %m");
	for (size_t i = 0; i < SPLITS; i++)
		at[i * huge] = 1;
	begin = own_time();
	for (size_t i = 0; i < SPLITS; i++)
		mprotect(at + i * huge, PAGE, PROT_READ);
	own = own_time() - begin;
	munmap(p, len + huge);
	*ret_splits = SPLITS;
	return own;
}

/*
 * Pages to another node and back, one each call. (One that is taken offline is moved, too, but costs a
 * million instructions, of which another part each time, as lists of other pages are emptied for it.)
 */
double work_migrate(double *ret_moved)
{
	char *p = pages(MOVED);
	double begin, own;

	if (madvise(p, MOVED * PAGE, MADV_POPULATE_WRITE))
		die("no memory: %m");
	begin = own_time();
	for (int i = 0; i < 2 * MOVED; i++) {
		void *page = p + i / 2 * PAGE;
		int to = !(i & 1), node = -1;

		if (syscall(SYS_move_pages, 0, 1UL, &page, &to, &node, MPOL_MF_MOVE) || node != to)
			die("a page is not moved to node %d: %m", to);
	}
	own = own_time() - begin;
	munmap(p, MOVED * PAGE);
	*ret_moved = 2 * MOVED;
	return own;
}

/* Rights that are taken away of a page, and given back: one flush. */
double work_tlb(double *ret_flushes)
{
	volatile char *p = pages(1);
	double begin, own;

	*p = 1;
	begin = own_time();
	for (int i = 0; i < FLUSHES; i++) {
		mprotect((void *)p, PAGE, PROT_READ);
		mprotect((void *)p, PAGE, PROT_READ | PROT_WRITE);
		*p = 1;
	}
	own = own_time() - begin;
	munmap((void *)p, PAGE);
	*ret_flushes = FLUSHES;
	return own;
}

/* Pages out, to zram, and in again. */
double work_swap(double *ret_pages)
{
	static bool done;
	const size_t len = SWAPPED * PAGE;
	char *p = pages(SWAPPED);
	double begin, own;

	shell(&done, "modprobe zram && echo 64M >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null && "
		     "swapon /dev/zram0");
	for (size_t i = 0; i < SWAPPED; i++)
		for (size_t j = 0; j < PAGE / 2; j += 8)
			*(uint64_t *)(p + i * PAGE + j) = i * 88172645463325252ULL + j;
	begin = own_time();
	if (madvise(p, len, MADV_PAGEOUT))
		die("nothing is swapped out: %m");
	for (size_t i = 0; i < SWAPPED; i++)
		((volatile char *)p)[i * PAGE];
	own = own_time() - begin;
	munmap(p, len);
	*ret_pages = 2 * SWAPPED;
	return own;
}

/* Pages of a file that become dirty, and are written to a device in memory. */
double work_dirty(double *ret_pages)
{
	static int fd = -1;
	char page[PAGE];
	double begin;

	if (fd < 0)
		fd = file_on_ext4(EXT4 "/written");
	memset(page, 'x', PAGE);
	begin = own_time();
	for (size_t i = 0; i < DIRTIED; i++)
		if (pwrite(fd, page, PAGE, i * PAGE) != PAGE)
			die("a file of ext4 cannot be written: %m");
	if (fsync(fd))
		die("fsync: %m");
	*ret_pages = DIRTIED;
	return own_time() - begin;
}

/* Pages that were merged are parted again. */
double work_ksm(double *ret_pages)
{
	char *p = pages(MERGED);
	double begin, own;

	put(KSM "run", "2");	/* what it knows of earlier pages it forgets */
	memset(p, 'x', MERGED * PAGE);
	if (madvise(p, MERGED * PAGE, MADV_MERGEABLE))
		die("no KSM: %m");
	put(KSM "pages_to_scan", "10000");
	put(KSM "run", "1");
	for (int i = 0; number(KSM "pages_sharing", "") + number(KSM "pages_shared", "") < MERGED; i++) {
		if (i == 1000)
			die("KSM does not merge %d pages", MERGED);
		usleep(20000);
	}
	put(KSM "run", "0");
	begin = own_time();
	if (madvise(p, MERGED * PAGE, MADV_UNMERGEABLE))
		die("pages are not parted: %m");
	own = own_time() - begin;
	munmap(p, MERGED * PAGE);
	*ret_pages = MERGED;
	return own;
}

/* Two calls of the allocator each time. */
double work_heap(double *ret_calls)
{
	double begin = own_time();

	for (int i = 0; i < ALLOCATIONS; i++) {
		void *p = malloc(31);

		__asm__ volatile("" : "+r"(p) : : "memory"); /* it would be left out */
		free(p);
	}
	*ret_calls = 2 * ALLOCATIONS;
	return own_time() - begin;
}
