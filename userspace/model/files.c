// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "cache.h"
#include "derive.h"
#include "mounts.h"

#define REC(row)	((const struct mms_files_rec *)(row)->rec)
#define DEV		(MMS_HAS(files, dev_major) | MMS_HAS(files, dev_minor))

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_dev(row, REC(row)->dev_major, REC(row)->dev_minor, ret_value);
}

/* Put two parts of a path together in the scratch room. */
static void put_path(const struct mms_row *row, const char *point, const char *rest, size_t len,
		     struct mms_value *ret_value)
{
	size_t n = strcmp(point, "/") ? strlen(point) : 0, room = sizeof(row->ctx->scratch);
	char *buf = row->ctx->scratch;

	n = n < room ? n : room;
	len = len < room - n ? len : room - n;
	memcpy(buf, point, n);
	memcpy(buf + n, rest, len);
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = buf;
	ret_value->len = n + len;
}

static void get_path(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_files_rec *rec = REC(row);
	const struct mms_mounts *mounts = row->ctx->mounts;
	const struct mms_mount *m = NULL;
	bool block = rec->kind == MMS_FILE_block;
	size_t root;

	if (mounts && (block || row->len))
		m = mms_mounts_find(mounts, rec->dev_major, rec->dev_minor,
				    block ? NULL : row->text, row->len);
	if (!m) {
		mms_derive_row_text(row, ret_value);
		return;
	}
	root = block || !strcmp(m->root, "/") ? 0 : strlen(m->root);
	put_path(row, m->point, row->text + root, row->len - root, ret_value);
}

static void get_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(REC(row)->rec.flags & MMS_RF_RACED);
}

/* The row of all that could not be told apart is no file's. */
static u64 absent(const struct mms_row *row)
{
	if (REC(row)->rec.flags & MMS_RF_PARTIAL && !REC(row)->inode)
		return DEV | MMS_HAS(files, inode) | MMS_HAS(files, size) |
		       MMS_HAS(files, deleted) | MMS_HAS(files, dirty) |
		       MMS_HAS(files, writeback);
	return 0;
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_files_rec, f, unit, text)
	MMS_FILES_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("dev", "dev", text, DEV, get_dev, "device, as in /proc/PID/maps")
	MMS_DERIVED("fspath", "fspath", text, 0, mms_derive_row_text, "a name of it, in its file system")
	MMS_DERIVED("path", "path", text, 0, get_path,
		    "the same below where the file system is mounted here; block: its file in /dev")
	MMS_DERIVED("raced", "raced", bool, 0, get_raced, "changed while it was counted")
};

const struct mms_model mms_model_files = {
	.name = "files",
	.title = "file in the page cache",
	.view = MMS_VIEW_files,
	.rec_size = sizeof(struct mms_files_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_files,
	.defaults = "cached,dirty,mapped,order,kind,path",
	.extended = "dev,inode,size,cached,dirty,writeback,mapped,active,swapped,evicted,order,kind,deleted,path",
	.absent = absent,
};

/* The sum: the fields in bytes. */
#define SUM_bytes(f, text)						\
	{ .name = #f, .key = #f "_bytes", .desc = text, .unit = MMS_UNIT_bytes, \
	  .size = 8, .offset = offsetof(struct mms_files_total, sum.f) },
#define SUM_count(f, text)
#define SUM_inode(f, text)
#define SUM_filekind(f, text)
#define SUM_order(f, text)
#define SUM_bool(f, text)

static const struct mms_field total_fields[] = {
	MMS_WIRE_FIELD(struct mms_files_total, files, count, "files")
#define MMS_X(f, unit, text) SUM_##unit(f, text)
	MMS_FILES_FIELDS(MMS_X)
#undef MMS_X
};

const struct mms_model mms_model_files_total = {
	.name = "files_total",
	.title = "sum of all files",
	.rec_size = sizeof(struct mms_files_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "files,cached,dirty,writeback,mapped,active,swapped,evicted",
};

void mms_files_total_add(struct mms_files_total *total, const struct mms_files_rec *rec)
{
	unsigned int i;

	for (i = 0; i < MMS_NR_F_files; i++) {
		const struct mms_field *f = &fields[i];

		if (f->unit == MMS_UNIT_bytes)
			*(u64 *)((char *)&total->sum + f->offset) +=
				*(const u64 *)((const char *)rec + f->offset);
	}
	total->files++;
}
