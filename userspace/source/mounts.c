// SPDX-License-Identifier: GPL-2.0-only
/* What file systems and block devices are called on this machine. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source.h"
#include "../lib/sysfile.h"
#include "../model/mounts.h"

static void read_blocks(struct mms_mounts *mounts, const char *root)
{
	int fd = mms_sys_open(root, O_RDONLY | O_DIRECTORY, "/sys/dev/block");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char *text, *name, path[300];
	u32 major, minor;

	if (fd >= 0 && !dir)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "%u:%u", &major, &minor) != 2 ||
		    mms_sys_read(root, &text, "/sys/dev/block/%u:%u/uevent", major, minor) < 0)
			continue;
		name = strstr(text, "DEVNAME=");
		if (name) {
			name += strlen("DEVNAME=");
			name[strcspn(name, "\n")] = '\0';
			snprintf(path, sizeof(path), "/dev/%s", name);
			mms_mounts_add_block(mounts, major, minor, path);
		}
		free(text);
	}
	if (dir)
		closedir(dir);
}

struct mms_mounts *mms_mounts_load(const char *root)
{
	struct mms_mounts *mounts = calloc(1, sizeof(*mounts));
	char *text;

	if (!mounts)
		return NULL;
	if (mms_sys_read(root, &text, "/proc/self/mountinfo") >= 0) {
		mms_mounts_parse(mounts, text);
		free(text);
	}
	read_blocks(mounts, root);
	return mounts;
}
