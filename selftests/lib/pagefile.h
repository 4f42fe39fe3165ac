/* SPDX-License-Identifier: GPL-2.0-only */
/* Files to be cached, and what the kernel's own calls say of their pages. */
#ifndef PAGEFILE_H
#define PAGEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A file system of its own for a test: ext4 or xfs (through a loop device) or tmpfs, on a new
 * folder, whose path is put into path. NULL, or why it cannot be had.
 */
const char *fs_mount(const char *type, const char *options, char path[64]);
/* The same for a test, which is skipped where it cannot be had: fs, and the name of a file on it */
#define MOUNT(type, options)							\
	char fs[64], path[256];							\
	const char *fs_why = fs_mount(type, options, fs);			\
	if (fs_why)								\
		SKIP(return, "%s: %s", type, fs_why);				\
	snprintf(path, sizeof(path), "%s/file", fs)
/* 0 or -errno of umount(), then everything of it is removed */
int fs_umount(const char *path);
/* The same on a device, in memory, that takes so long for whatever it is given: null_blk. */
const char *fs_mount_slow(const char *type, unsigned int delay_ms, char path[64]);
int fs_umount_slow(const char *path);

/* writes pages of nonsense to a new file, and syncs it: its descriptor, -errno */
int file_make(const char *path, size_t pages);
/* a file to swap to, with room for so many pages, not yet in use: 0 or -errno */
int swapfile_make(const char *path, size_t slots);
/* out of the cache with everything clean */
void caches_drop(void);

/* a byte for each page of the file, 1 if it is cached: mincore() */
void file_mincore(int fd, size_t pages, unsigned char *ret);

struct cachestat_counts {
	uint64_t cache, dirty, writeback, evicted, recently_evicted;
};

/* cachestat() of some pages: 0 or -errno, ENOSYS before Linux 6.5 */
int file_cachestat(int fd, size_t first, size_t pages, struct cachestat_counts *ret);

#endif
