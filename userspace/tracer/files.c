// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of files by device and inode: a hash table that only grows. Of files that have had
 * the same number, one after the other, the newest is the first.
 */
#include <stdlib.h>
#include <string.h>
#include "tracer.h"

struct file {
	struct file *next;
	u64 inode;
	u32 dev;
	u32 generation;
	char path[];
};

struct mms_files {
	struct file *slots[1024];
};

static struct file **slot_of(const struct mms_files *files, u32 dev, u64 inode)
{
	u64 hash = (inode ^ (u64)dev << 32) * 0x9e3779b97f4a7c15ULL;

	return (struct file **)&files->slots[hash >> 54];
}

struct mms_files *mms_files_create(void)
{
	return calloc(1, sizeof(struct mms_files));
}

void mms_files_destroy(struct mms_files *files)
{
	struct file *file, *next;
	size_t i;

	for (i = 0; files && i < ARRAY_SIZE(files->slots); i++) {
		for (file = files->slots[i]; file; file = next) {
			next = file->next;
			free(file);
		}
	}
	free(files);
}

/* The parts come the last first. */
static void join(const struct mms_trace_file *rec, char *path)
{
	u32 i;

	if (rec->cut) {
		memcpy(path, "...", 4);
		path += 3;
	}
	for (i = rec->nr; i-- > 0;) {
		size_t len = strnlen(rec->name[i], MMS_TRACE_NAME);

		*path++ = '/';
		memcpy(path, rec->name[i], len);
		path += len;
	}
	if (!rec->nr && !rec->cut)
		*path++ = '/';
	*path = '\0';
}

void mms_files_add(struct mms_files *files, const struct mms_trace_file *rec)
{
	struct file **slot, *file;

	if (rec->nr > MMS_TRACE_NAMES ||
	    mms_files_path_of(files, rec->dev, rec->inode, rec->generation))
		return;
	file = malloc(sizeof(*file) + MMS_TRACE_NAMES * (MMS_TRACE_NAME + 1) + 8);
	if (!file)
		return;
	file->dev = rec->dev;
	file->inode = rec->inode;
	file->generation = rec->generation;
	join(rec, file->path);
	slot = slot_of(files, rec->dev, rec->inode);
	file->next = *slot;
	*slot = file;
}

const char *mms_files_path(const struct mms_files *files, u32 dev, u64 inode)
{
	const struct file *file;

	for (file = *slot_of(files, dev, inode); file; file = file->next)
		if (file->inode == inode && file->dev == dev)
			return file->path;
	return NULL;
}

const char *mms_files_path_of(const struct mms_files *files, u32 dev, u64 inode, u32 generation)
{
	const struct file *file;

	for (file = *slot_of(files, dev, inode); file; file = file->next)
		if (file->inode == inode && file->dev == dev && file->generation == generation)
			return file->path;
	return NULL;
}
