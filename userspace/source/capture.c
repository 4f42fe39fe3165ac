// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records from a file that --save wrote, or a copy of a raw file. It may hold
 * several streams; the first of the view asked for is taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "parts.h"
#include "raw.h"

static bool probe(const char *root __unused, struct mms_err *err __unused)
{
	return true;
}

/* Step over a whole stream. 1, 0 if it was cut, -1. */
static int skip(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_model *model = mms_model_of_view(stream->ctx.header.view);
	struct mms_stream other = { .model = model ? model : stream->model, .ctx = stream->ctx };
	int ret;

	if (mms_raw_begin(raw, &other, err))
		return -1;
	while ((ret = mms_raw_next(raw, &other, err)) > 0)
		other.rows++;
	return ret ? ret : other.ended;
}

/* A table beside the stream. 1 or -1. */
static int take(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	if (!stream->beside)
		stream->beside = calloc(1, sizeof(*stream->beside));
	if (!stream->beside)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	stream->beside->from = stream->args->from;
	return mms_parts_take(stream->beside, raw, stream, err) ? -1 : 1;
}

static int find(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	const char *have = NULL;
	int ret;

	for (;;) {
		ret = mms_raw_header(raw, &stream->ctx.header, err);
		if (ret < 0)
			return ret;
		if (!ret)
			break;
		if (stream->ctx.header.view == stream->model->view) {
			if (!stream->query.pid ||
			    stream->query.pid == stream->ctx.header.pid)
				return mms_raw_begin(raw, stream, err);
		}
		if (mms_model_of_view(stream->ctx.header.view))
			have = mms_model_of_view(stream->ctx.header.view)->name;
		if (stream->ctx.header.view == MMS_VIEW_part)
			ret = take(raw, stream, err);
		else
			ret = skip(raw, stream, err);
		if (ret < 0)
			return ret;
		if (!ret)
			break;
	}
	if (have && stream->query.pid)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s has no %s of process %d",
				   stream->args->from, stream->model->name, stream->query.pid);
	if (have)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s has no %s, but %s",
				   stream->args->from, stream->model->name, have);
	if (stream->beside)
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%s has no %s, but tables that another command saved",
				   stream->args->from, stream->model->name);
	return mms_err_set(err, MMS_EXIT_FAILED, "%s holds no stream", stream->args->from);
}

static int capture_open(struct mms_stream *stream, struct mms_err *err)
{
	const char *from = stream->args->from;
	struct mms_raw *raw = calloc(1, sizeof(*raw));
	int fd;

	if (!raw)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	fd = strcmp(from, "-") ? open(from, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (fd < 0) {
		mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", from, strerror(errno));
		free(raw);
		return -1;
	}
	if (mms_raw_init(raw, fd, err) || find(raw, stream, err)) {
		raw->fd = fd;
		mms_raw_destroy(raw);
		if (stream->beside)
			mms_parts_close(stream->beside, &(struct mms_err){ .code = 0 });
		free(stream->beside);
		stream->beside = NULL;
		return -1;
	}
	stream->priv = raw;
	return 0;
}

/* What the module would not say, and others calculate with. */
static int capture_next(struct mms_stream *stream, struct mms_err *err)
{
	int ret = mms_raw_stream_next(stream, err);
	const struct mms_field *f = ret > 0 ? mms_model_absurd(stream->model, &stream->row) : NULL;

	return f ? mms_err_set(err, MMS_EXIT_FAILED, "the stream is damaged: no %s can be as in row %llu",
			       f->name, (unsigned long long)stream->rows + 1) : ret;
}

const struct mms_source_ops mms_source_capture = {
	.name = "capture",
	.views = ~0U,
	.probe = probe,
	.open = capture_open,
	.next = capture_next,
	.close = mms_raw_stream_close,
};
