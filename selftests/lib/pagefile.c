// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pagefile.h"
#include "oracle.h"

#define PAGE 4096UL

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

static __attribute__((format(printf, 1, 2))) int sh(const char *format, ...)
{
	char command[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	return system(command);
}

const char *fs_mount(const char *type, const char *options, char path[64])
{
	static int nr;

	snprintf(path, 64, "/run/mms-fs%d-%d", getpid(), nr++);
	if (sh("mkdir -p %s", path))
		return "no folder in /run";
	if (!strcmp(type, "tmpfs"))
		return mount("none", path, "tmpfs", 0, options) ? "no tmpfs with these options" : NULL;
	if (sh("modprobe %s 2>/dev/null; modprobe loop 2>/dev/null", type))
		return "the kernel has no loop device";
	/* sparse; xfs will not be smaller */
	if (sh("mount -t tmpfs none %s && truncate -s %s %s/img", path, strcmp(type, "xfs") ? "96M" : "320M", path) ||
	    sh("mkfs.%s -q %s/img", type, path) || sh("mkdir %s/m", path))
		return "no image of a file system";
	if (sh("mount -t %s -o loop,%s %s/img %s/m", type, options ?: "rw", path, path))
		return "the image cannot be mounted";
	strcat(path, "/m");
	return NULL;
}

const char *fs_mount_slow(const char *type, unsigned int delay_ms, char path[64])
{
	snprintf(path, 64, "/run/mms-slow%d", getpid());
	if (sh("modprobe %s 2>/dev/null; modprobe null_blk gb=1 memory_backed=1 irqmode=2 completion_nsec=%u000000 2>/dev/null", type,
	       delay_ms))
		return "the kernel has no null_blk";
	if (sh("mkfs.%s -q %s /dev/nullb0", type, strcmp(type, "xfs") ? "-F" : "-f") || sh("mkdir -p %s", path))
		return "no file system on null_blk";
	if (mount("/dev/nullb0", path, type, 0, NULL))
		return "the file system cannot be mounted";
	return NULL;
}

int fs_umount_slow(const char *path)
{
	int ret = fs_umount(path);

	if (!ret && sh("modprobe -r null_blk"))
		ret = -EBUSY;
	return ret;
}

int fs_umount(const char *path)
{
	char outer[64], *tail;

	if (umount(path))
		return -errno;
	snprintf(outer, sizeof(outer), "%s", path);
	tail = strstr(outer, "/m");
	while (tail && strcmp(tail, "/m"))
		tail = strstr(tail + 1, "/m");
	if (tail) {
		*tail = 0;
		/* the loop device goes with its mount, a moment later */
		for (int i = 0; i < 100 && umount(outer); i++)
			usleep(20000);
	}
	rmdir(outer);
	return 0;
}

int file_make(const char *path, size_t pages)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char page[PAGE];

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < pages; i++) {
		memset(page, 1 + i % 251, PAGE);
		if (pwrite(fd, page, PAGE, i * PAGE) != PAGE) {
			int error = errno;

			close(fd);
			return -error;
		}
	}
	fsync(fd);
	return fd;
}

int swapfile_make(const char *path, size_t slots)
{
	int fd = file_make(path, slots + 1);	/* and the header */

	if (fd < 0)
		return fd;
	close(fd);
	return sh("mkswap %s >/dev/null", path) ? -EIO : 0;
}

void caches_drop(void)
{
	sync();
	file_write("/proc/sys/vm/drop_caches", "1");
}

void file_mincore(int fd, size_t pages, unsigned char *ret)
{
	void *p = mmap(NULL, pages * PAGE, PROT_NONE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED || mincore(p, pages * PAGE, ret)) {
		perror("mincore");
		exit(1);
	}
	munmap(p, pages * PAGE);
	for (size_t i = 0; i < pages; i++)
		ret[i] &= 1;
}

int file_cachestat(int fd, size_t first, size_t pages, struct cachestat_counts *ret)
{
	uint64_t range[2] = { first * PAGE, pages * PAGE };

	return syscall(__NR_cachestat, fd, range, ret, 0) ? -errno : 0;
}
