// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "parts.h"
#include "raw.h"
#include "../model/vocab.h"

/* Records of the caller's stand behind this. */
struct row {
	struct mms_rec rec;
	u32 pad;
};

/* What the first record of a table holds; its text is the label. */
struct first {
	struct row row;
	u32 format;
	u32 size;
};

/**
 * struct mms_part - a table that was read
 * @next: the one read after it
 * @label: its name
 * @size: of a record; @nr of them lie at @recs, one behind the other
 * @nr: how many records
 * @recs: the records, one behind the other
 */
struct mms_part {
	struct mms_part *next;
	char label[MMS_PART_LABEL];
	size_t size;
	size_t nr;
	char *recs;
};

/* Bytes of a record of the stream whose payload are @size bytes. */
static size_t record_size(size_t size)
{
	size_t whole = sizeof(struct row) + ((size + 7) & ~(size_t)7);

	return whole < MMS_MIN_RECORD ? MMS_MIN_RECORD : whole;
}

/* ---- reading --------------------------------------------------------------- */

static int damaged(const struct mms_parts *parts, struct mms_err *err)
{
	return mms_err_set(err, MMS_EXIT_FAILED, "%s: a saved table is damaged", parts->from);
}

static int take_first(const struct mms_parts *parts, struct mms_part *part,
		      const struct mms_stream *stream, struct mms_err *err)
{
	const struct first *first = stream->row.rec;

	if (first->format != MMS_PARTS_FORMAT)
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%s was saved by another version of mmscope: its tables have format %u, not %u",
				   parts->from, first->format, MMS_PARTS_FORMAT);
	if (!first->size || record_size(first->size) != stream->ctx.header.record_size ||
	    !stream->row.len || stream->row.len >= sizeof(part->label))
		return damaged(parts, err);
	part->size = first->size;
	memcpy(part->label, stream->row.text, stream->row.len);
	return 0;
}

static int take_record(struct mms_part *part, size_t *room, const struct mms_stream *stream,
		       struct mms_err *err)
{
	char *more;

	if (part->nr == *room) {
		*room = *room * 2 + 64;
		more = realloc(part->recs, *room * part->size);
		if (!more)
			return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		part->recs = more;
	}
	memcpy(part->recs + part->nr++ * part->size,
	       (const char *)stream->row.rec + sizeof(struct row), part->size);
	return 0;
}

/* The rows of one table. 0 or -1. */
static int read_part(const struct mms_parts *parts, struct mms_part *part, struct mms_raw *raw,
		     struct mms_stream *stream, struct mms_err *err)
{
	size_t room = 0;
	int ret;

	while ((ret = mms_raw_next(raw, stream, err)) > 0) {
		if (!stream->rows++)
			ret = take_first(parts, part, stream, err);
		else
			ret = take_record(part, &room, stream, err);
		if (ret)
			return ret;
	}
	if (!ret && !stream->ended)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: the saved table %s was cut after %zu rows",
				   parts->from, *part->label ? part->label : "(without a name)",
				   part->nr);
	if (!ret && !stream->rows)
		return damaged(parts, err);
	return ret;
}

int mms_parts_take(struct mms_parts *parts, struct mms_raw *raw, struct mms_stream *stream,
		   struct mms_err *err)
{
	const struct mms_model model = {
		.name = "a saved table", .rec_size = stream->ctx.header.record_size,
	};
	const struct mms_model *whole = stream->model;
	struct mms_part *part = calloc(1, sizeof(*part)), **last = &parts->list;
	int ret;

	if (!part)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (!parts->header.magic)
		parts->header = stream->ctx.header;
	while (*last)
		last = &(*last)->next;
	*last = part;
	stream->model = &model;
	ret = mms_raw_begin(raw, stream, err);
	if (!ret)
		ret = read_part(parts, part, raw, stream, err);
	stream->model = whole;
	stream->rows = 0;
	stream->ended = false;
	return ret;
}

/* All tables of the file. */
static int read_all(struct mms_parts *parts, struct mms_raw *raw, struct mms_err *err)
{
	struct mms_stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	while ((ret = mms_raw_header(raw, &stream->ctx.header, err)) > 0) {
		if (stream->ctx.header.view != MMS_VIEW_part)
			ret = mms_err_set(err, MMS_EXIT_FAILED, "%s holds streams of views: another command saved it",
					  parts->from);
		else
			ret = mms_parts_take(parts, raw, stream, err);
		if (ret)
			break;
	}
	free(stream);
	return ret;
}

static int open_from(struct mms_parts *parts, struct mms_err *err)
{
	const char *from = parts->from;
	struct mms_raw raw;
	int fd, ret;

	fd = strcmp(from, "-") ? open(from, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (fd < 0)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", from, strerror(errno));
	ret = mms_raw_init(&raw, fd, err);
	if (!ret) {
		ret = read_all(parts, &raw, err);
		mms_raw_deinit(&raw);
	}
	close(fd);
	return ret;
}

static const struct mms_part *find(const struct mms_parts *parts, const char *label)
{
	const struct mms_part *part;

	for (part = parts->list; part; part = part->next)
		if (!strcmp(part->label, label))
			return part;
	return NULL;
}

/* The first table says whose they are. */
static int is_of(const struct mms_parts *parts, const char *what, struct mms_err *err)
{
	const struct mms_part *part = parts->list;

	if (!part)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s is empty", parts->from);
	if (!strcmp(part->label, what))
		return 0;
	return mms_err_set(err, MMS_EXIT_FAILED, "%s was saved by mmscope %s, not %s", parts->from,
			   part->label, what);
}

int mms_parts_get(const struct mms_parts *parts, const char *label, size_t size,
		  const void **ret_recs, size_t *ret_nr, struct mms_err *err)
{
	const struct mms_part *part = find(parts, label);

	if (!part)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s has no %s: it was not asked for when it was saved",
				   parts->from, label);
	if (part->size != size)
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%s was saved by another version of mmscope: its records of %s have %zu bytes, not %zu",
				   parts->from, label, part->size, size);
	*ret_recs = part->recs;
	*ret_nr = part->nr;
	return 0;
}

int mms_parts_one(const struct mms_parts *parts, const char *label, size_t size,
		  const void **ret_rec, struct mms_err *err)
{
	const void *recs;
	size_t nr;

	if (mms_parts_get(parts, label, size, &recs, &nr, err))
		return -1;
	if (nr != 1)
		return damaged(parts, err);
	*ret_rec = recs;
	return 0;
}

/* ---- writing --------------------------------------------------------------- */

void mms_parts_begin(struct mms_parts *parts, const char *label, size_t size)
{
	struct mms_header header = parts->header;
	struct first *first;

	if (!parts->save)
		return;
	header.view = MMS_VIEW_part;
	header.record_size = record_size(size);
	free(parts->buf);
	parts->buf = calloc(1, header.record_size);
	parts->size = size;
	parts->rows = 0;
	mms_save_header(parts->save, &header);
	if (!parts->buf)
		return;		/* a table without rows is damaged: who reads it says so */
	first = (struct first *)parts->buf;
	first->format = MMS_PARTS_FORMAT;
	first->size = size;
	mms_save_row(parts->save, first, header.record_size, label, strlen(label));
	parts->rows++;
}

void mms_parts_row(struct mms_parts *parts, const void *rec)
{
	if (!parts->save || !parts->buf)
		return;
	memcpy(parts->buf + sizeof(struct row), rec, parts->size);
	mms_save_row(parts->save, parts->buf, sizeof(struct row) + parts->size, NULL, 0);
	parts->rows++;
}

void mms_parts_end(struct mms_parts *parts)
{
	const struct mms_end end = { .rows = parts->rows };

	if (parts->save)
		mms_save_end(parts->save, &end);
}

void mms_parts_put(struct mms_parts *parts, const char *label, const void *recs, size_t size,
		   size_t nr)
{
	size_t i;

	mms_parts_begin(parts, label, size);
	for (i = 0; i < nr; i++)
		mms_parts_row(parts, (const char *)recs + i * size);
	mms_parts_end(parts);
}

/* ---- either ---------------------------------------------------------------- */

/* The header of what is made on this machine. */
static void own_header(struct mms_parts *parts, const struct mms_source_args *args)
{
	struct mms_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return;
	stream->model = &(const struct mms_model){ .view = MMS_VIEW_part };
	stream->args = args;
	mms_stream_header(stream);
	parts->header = stream->ctx.header;
	free(stream);
}

int mms_parts_open(struct mms_parts *parts, const struct mms_source_args *args, const char *what,
		   struct mms_err *err)
{
	memset(parts, 0, sizeof(*parts));
	parts->from = args->from;
	if (args->from) {
		if (!open_from(parts, err) && !is_of(parts, what, err))
			return 0;
		mms_parts_close(parts, &(struct mms_err){ .code = 0 });
		return -1;
	}
	own_header(parts, args);
	if (!args->save)
		return 0;
	parts->save = mms_save_open(args->save, false, err);
	if (!parts->save)
		return -1;
	mms_parts_put(parts, what, "", 1, 0);
	return 0;
}

void mms_parts_beside(struct mms_parts *parts, struct mms_save *save,
		      const struct mms_source_args *args)
{
	memset(parts, 0, sizeof(*parts));
	own_header(parts, args);
	parts->save = save;
}

int mms_parts_close(struct mms_parts *parts, struct mms_err *err)
{
	struct mms_part *part, *next;

	for (part = parts->list; part; part = next) {
		next = part->next;
		free(part->recs);
		free(part);
	}
	free(parts->buf);
	parts->list = NULL;
	parts->buf = NULL;
	return parts->save ? mms_save_close(parts->save, err) : 0;
}

void mms_parts_stream(const struct mms_parts *parts, struct mms_stream *stream,
		      const char *source)
{
	stream->ctx.header = parts->header;
	stream->ctx.header.view = stream->model->view;
	stream->ctx.arch = mms_arch_of(parts->header.arch);
	stream->ctx.source = parts->from ? mms_source_capture.name : source;
}
