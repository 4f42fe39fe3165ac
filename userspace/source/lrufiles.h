/* SPDX-License-Identifier: GPL-2.0-only */
/* What files of /sys say of reclaim: cgroups by their numbers, counters of nodes and cgroups. */
#ifndef MMS_SOURCE_LRUFILES_H
#define MMS_SOURCE_LRUFILES_H

#include "../lib/err.h"
#include "../model/lru.h"

/**
 * struct mms_cgroups - the cgroup file system that has the memory controller
 * @root: where it is mounted
 * @fd: a folder of it, open: the one that was asked for
 */
struct mms_cgroups {
	const char *root;
	int fd;
};

/* Open @path of it, NULL for the root. -1 with @err filled. */
int mms_cgroups_open(struct mms_cgroups *ret_cgroups, const char *path, struct mms_err *err);
void mms_cgroups_close(struct mms_cgroups *cgroups);
/* The path of a cgroup by its number, as in /proc/PID/cgroup; "" if it is gone. */
void mms_cgroups_path(const struct mms_cgroups *cgroups, u64 id, char *buf, size_t size);

/* Length of a jiffy: what the coarse clocks are as fine as. */
u64 mms_jiffy_ns(void);

/* Counters of the nodes that there are, @max at most; how many. */
u32 mms_lru_nodes(struct mms_lru_node *rows, u32 max);
/* Those of the cgroup and all below it: false if it has none. */
bool mms_lru_cgroup_counters(const struct mms_cgroups *cgroups, const char *path,
			     struct mms_lru_workingset *ret_counters);

#endif /* MMS_SOURCE_LRUFILES_H */
