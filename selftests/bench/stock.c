// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own files, used as well as one can: large buffers, and one read
 * for all page frames that lie side by side.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

/* <linux/fs.h> has them since 6.7 */
struct scan_region {
	__u64 start;
	__u64 end;
	__u64 categories;
};

struct scan_arg {
	__u64 size;
	__u64 flags;
	__u64 start;
	__u64 end;
	__u64 walk_end;
	__u64 vec;
	__u64 vec_len;
	__u64 max_pages;
	__u64 category_inverted;
	__u64 category_mask;
	__u64 category_anyof_mask;
	__u64 return_mask;
};

#define SCAN _IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)
#define SCAN_ALL 0xff /* wpallowed, written, file, present, swapped, pfnzero, huge, soft-dirty */

#define FRAME_BITS ((1ULL << 55) - 1)
#define FRAME_PRESENT (1ULL << 63)

/* Each file is opened once, as those of the module are. */
static int proc_file(pid_t pid, const char *name)
{
	static struct {
		char path[64];
		int fd;
	} file[16];
	char path[64];
	unsigned int i;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/%s", name);
	for (i = 0; i < sizeof(file) / sizeof(file[0]) && file[i].path[0]; i++) {
		if (!strcmp(file[i].path, path))
			return file[i].fd;
	}
	if (i == sizeof(file) / sizeof(file[0]))
		die("too many files");
	strcpy(file[i].path, path);
	file[i].fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file[i].fd < 0)
		die("%s: %m", path);
	return file[i].fd;
}

static void read_words(int fd, uint64_t *words, size_t n, uint64_t from)
{
	if (pread(fd, words, n * 8, from * 8) != (ssize_t)(n * 8))
		die("a file of pages cannot be read: %m");
}

static uint64_t *words(void)
{
	return buffer(READ_BUFFER);
}

void stock_pagemap(void *arg)
{
	const struct target *t = arg;
	const size_t most = READ_BUFFER / 8;
	static uint64_t *entries;
	int fd;

	if (!entries)
		entries = words();
	fd = proc_file(t->pid, "pagemap");
	for (size_t at = 0, n; at < t->len / PAGE; at += n) {
		n = t->len / PAGE - at < most ? t->len / PAGE - at : most;
		read_words(fd, entries, n, t->start / PAGE + at);
	}
}

void stock_pages(void *arg)
{
	const struct target *t = arg;
	const size_t n = t->len / PAGE;
	static uint64_t *entries, *flags, *counts;
	int pagemap, kpageflags, kpagecount;

	if (!entries) {
		entries = words();
		flags = words();
		counts = words();
	}
	if (n > READ_BUFFER / 8)
		die("too many pages");
	pagemap = proc_file(t->pid, "pagemap");
	kpageflags = proc_file(0, "kpageflags");
	kpagecount = proc_file(0, "kpagecount");
	read_words(pagemap, entries, n, t->start / PAGE);
	for (size_t i = 0, run; i < n; i += run) {
		const uint64_t frame = entries[i] & FRAME_BITS;

		for (run = 1; i + run < n && (entries[i + run] & FRAME_BITS) == frame + run; run++)
			;
		read_words(kpageflags, flags + i, run, frame);
		read_words(kpagecount, counts + i, run, frame);
	}
}

static int scan(const struct target *t, struct scan_region *regions, size_t most)
{
	struct scan_arg a = {
		.size = sizeof(a),
		.start = t->start,
		.end = t->start + t->len,
		.vec = (uintptr_t)regions,
		.vec_len = most,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_ALL,
	};

	return ioctl(proc_file(t->pid, "pagemap"), SCAN, &a);
}

void stock_scan(void *arg)
{
	static struct scan_region regions[512];

	if (scan(arg, regions, 512) < 0)
		die("PAGEMAP_SCAN: %m");
}

size_t stock_scan_regions(const struct target *t)
{
	struct scan_region regions[8];
	int n = scan(t, regions, 8);

	if (n < 0)
		die("PAGEMAP_SCAN: %m");
	return n;
}

bool stock_has_scan(const struct target *t, const char **ret_why)
{
	struct scan_region region;

	if (scan(t, &region, 1) >= 0)
		return true;
	*ret_why = errno == ENOTTY ? "this kernel has none: it came with 6.7" : strerror(errno);
	return false;
}

void stock_file(void *arg)
{
	const struct stock_file *f = arg;
	static char *data;
	ssize_t n;
	int fd;

	if (!data)
		data = buffer(READ_BUFFER);
	fd = proc_file(f->pid, f->name);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, data, READ_BUFFER)) > 0)
		;
	if (n < 0)
		die("/proc/PID/%s: %m", f->name);
}

void stock_kpageflags(void *arg __attribute__((unused)))
{
	static uint64_t *flags;
	uint64_t at = 0;
	ssize_t n;
	int fd;

	if (!flags)
		flags = words();
	fd = proc_file(0, "kpageflags");
	while ((n = pread(fd, flags, READ_BUFFER, at)) > 0)
		at += n;
	if (n < 0)
		die("/proc/kpageflags: %m");
}

uint64_t *stock_frames(const struct target *t)
{
	const size_t n = t->len / PAGE;
	uint64_t *frames = buffer(n * 8);

	read_words(proc_file(t->pid, "pagemap"), frames, n, t->start / PAGE);
	for (size_t i = 0; i < n; i++)
		frames[i] = frames[i] & FRAME_PRESENT ? frames[i] & FRAME_BITS : 0;
	return frames;
}

#define BATCH (64 << 10) /* words that page-types reads at once */

static size_t all_frames(void (*each)(uint64_t flags))
{
	static uint64_t *flags;
	const int fd = proc_file(0, "kpageflags");
	size_t frames = 0;
	ssize_t n;

	if (!flags)
		flags = words();
	while ((n = pread(fd, flags, BATCH * 8, frames * 8)) > 0) {
		for (ssize_t i = 0; i < n / 8; i++)
			each(flags[i]);
		frames += n / 8;
	}
	return frames;
}

static struct {
	uint64_t flags;
	size_t pages;
} sums[2048];

/* page-types' own way to count, tools/mm/page-types.c: a hash table without a good hash */
static void count_flags(uint64_t flags)
{
	size_t k = flags ? flags % (sizeof(sums) / sizeof(sums[0]) - 1) : 0;

	while (sums[k].flags != flags && sums[k].flags)
		k = (k + 1) % (sizeof(sums) / sizeof(sums[0]));
	sums[k].flags = flags;
	sums[k].pages++;
}

void stock_page_types(void *arg)
{
	(void)arg;
	all_frames(count_flags);
}

#define NOPAGE (1ULL << 20)
static size_t there;

static void count_there(uint64_t flags)
{
	there += !(flags & NOPAGE);
}

size_t stock_all_frames(void)
{
	there = 0;
	all_frames(count_there);
	return there;
}
