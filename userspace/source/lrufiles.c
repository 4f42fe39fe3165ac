// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lrufiles.h"
#include "../lib/sysfile.h"

#define UNIFIED	"/sys/fs/cgroup"
#define LEGACY	"/sys/fs/cgroup/memory"

int mms_cgroups_open(struct mms_cgroups *ret_cgroups, const char *path, struct mms_err *err)
{
	bool legacy = !access(LEGACY "/memory.stat", F_OK);
	const char *root = legacy ? LEGACY : UNIFIED;
	int fd;

	if (!legacy && access(UNIFIED "/cgroup.controllers", F_OK))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "no cgroup file system is at " UNIFIED ": mount -t cgroup2 none " UNIFIED);
	fd = mms_sys_open(root, O_RDONLY | O_DIRECTORY, "/%s", path ? path : "");
	if (fd < 0)
		return mms_err_set(err, MMS_EXIT_FAILED, "no cgroup '%s': %s/%s: %s", path ? path : "/",
				   root, path ? path : "", strerror(-fd));
	ret_cgroups->root = root;
	ret_cgroups->fd = fd;
	return 0;
}

void mms_cgroups_close(struct mms_cgroups *cgroups)
{
	close(cgroups->fd);
}

/* A number is a file handle of kernfs: FILEID_KERNFS, include/linux/exportfs.h. */
void mms_cgroups_path(const struct mms_cgroups *cgroups, u64 id, char *buf, size_t size)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = { .handle = { .handle_bytes = sizeof(id), .handle_type = 0xfe } };
	size_t root = strlen(cgroups->root);
	char link[64], path[4096];
	ssize_t n = -1;
	int fd;

	*buf = '\0';
	memcpy(h.room + sizeof(struct file_handle), &id, sizeof(id));
	fd = open_by_handle_at(cgroups->fd, &h.handle, O_PATH);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < (ssize_t)root || strncmp(path, cgroups->root, root))
		return;
	path[n] = '\0';
	snprintf(buf, size, "%s", path[root] ? path + root : "/");
}

u64 mms_jiffy_ns(void)
{
	struct timespec res;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &res) || res.tv_sec)
		return 0;
	return res.tv_nsec;
}

/* ---- counters -------------------------------------------------------------- */

/* The numbers of lines "NAME VALUE" into @values. How many were found. */
static u32 numbers(const char *text, const char *const *names, u32 nr, u64 **values)
{
	const char *p = text;
	u32 i, found = 0;

	for (; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		for (i = 0; i < nr; i++) {
			size_t len = strlen(names[i]);

			if (strncmp(p, names[i], len) || p[len] != ' ')
				continue;
			*values[i] = strtoull(p + len, NULL, 10);
			found++;
		}
	}
	return found;
}

static u32 workingset(const char *text, struct mms_lru_workingset *w)
{
	static const char *const names[] = {
#define MMS_X(f, text) "workingset_" #f,
		MMS_LRU_WORKINGSET(MMS_X)
#undef MMS_X
	};
	u64 *values[] = {
#define MMS_X(f, text) &w->f,
		MMS_LRU_WORKINGSET(MMS_X)
#undef MMS_X
	};

	return numbers(text, names, ARRAY_SIZE(names), values);
}

u32 mms_lru_nodes(struct mms_lru_node *rows, u32 max)
{
	static const char *const lists[] = {
		"nr_inactive_anon", "nr_active_anon", "nr_inactive_file", "nr_active_file",
		"nr_unevictable",
	};
	u64 *values[ARRAY_SIZE(lists)];
	u32 i, list, nr = 0;
	char *text;

	for (i = 0; i < max; i++) {
		struct mms_lru_node *row = &rows[nr];

		if (mms_sys_read("", &text, "/sys/devices/system/node/node%u/vmstat", i) < 0)
			continue;
		memset(row, 0, sizeof(*row));
		row->node = i;
		for (list = 0; list < ARRAY_SIZE(lists); list++)
			values[list] = &row->list[list];
		numbers(text, lists, ARRAY_SIZE(lists), values);
		for (list = 0; list < ARRAY_SIZE(lists); list++)
			row->list[list] <<= 12;
		workingset(text, &row->workingset);
		free(text);
		nr++;
	}
	return nr;
}

bool mms_lru_cgroup_counters(const struct mms_cgroups *cgroups, const char *path,
			     struct mms_lru_workingset *ret_counters)
{
	char *text;
	bool found;

	if (mms_sys_read(cgroups->root, &text, "/%s/memory.stat", path) < 0)
		return false;
	memset(ret_counters, 0, sizeof(*ret_counters));
	found = workingset(text, ret_counters);
	free(text);
	return found;
}
