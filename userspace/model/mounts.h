/* SPDX-License-Identifier: GPL-2.0-only */
/* Where file systems are mounted, and what block devices are called. */
#ifndef MMS_MODEL_MOUNTS_H
#define MMS_MODEL_MOUNTS_H

#include "../lib/types.h"

/**
 * struct mms_mount - a place where a file system is mounted, or a block device
 * @major: its device
 * @minor: see @major
 * @root: folder of the file system that is mounted there
 * @point: where; of a block device: its file
 */
struct mms_mount {
	u32 major, minor;
	char *root;
	char *point;
};

/**
 * struct mms_mounts - all there are, @nr of each
 * @mount: file systems
 * @block: block devices
 * @nr_mounts: how many file systems
 * @nr_blocks: how many block devices
 */
struct mms_mounts {
	struct mms_mount *mount, *block;
	size_t nr_mounts, nr_blocks;
};

/* Add the lines of a mountinfo file, @text is written to. 0 or -ENOMEM. */
int mms_mounts_parse(struct mms_mounts *mounts, char *text);
int mms_mounts_add_block(struct mms_mounts *mounts, u32 major, u32 minor, const char *name);
void mms_mounts_destroy(struct mms_mounts *mounts);

/*
 * The mount that a path of a file system is seen through, the shortest of
 * several, or NULL. A block device has @path NULL.
 */
const struct mms_mount *mms_mounts_find(const struct mms_mounts *mounts, u32 major, u32 minor,
					const char *path, size_t len);

#endif /* MMS_MODEL_MOUNTS_H */
