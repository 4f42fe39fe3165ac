// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the wire. Records are used where they lie in the buffer, unless
 * they are shorter than this build's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "raw.h"
#include "../model/vocab.h"

#define RAW_SIZE	(256 * 1024)
#define RAW_TEXT	65536

int mms_raw_init(struct mms_raw *raw, int fd, struct mms_err *err)
{
	*raw = (struct mms_raw){ .fd = fd, .save = -1 };
	raw->buf = malloc(RAW_SIZE);
	raw->text = malloc(RAW_TEXT);
	if (!raw->buf || !raw->text) {
		mms_raw_deinit(raw);
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	return 0;
}

void mms_raw_deinit(struct mms_raw *raw)
{
	free(raw->buf);
	free(raw->text);
	free(raw->rec);
	raw->buf = raw->text = raw->rec = NULL;
}

void mms_raw_destroy(struct mms_raw *raw)
{
	close(raw->fd);
	mms_raw_deinit(raw);
	free(raw);
}

static int copy_to_save(struct mms_raw *raw, const char *buf, size_t n, struct mms_err *err)
{
	while (n) {
		ssize_t done = write(raw->save, buf, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return mms_err_set(err, MMS_EXIT_FAILED, "writing the saved stream: %s",
					   strerror(errno));
		buf += done;
		n -= done;
	}
	return 0;
}

/* Have @n bytes in the buffer. 1: there are; 0: the file ended before; -1: error. */
static int fill(struct mms_raw *raw, size_t n, struct mms_err *err)
{
	ssize_t got;

	if (raw->len - raw->pos >= n)
		return 1;
	memmove(raw->buf, raw->buf + raw->pos, raw->len - raw->pos);
	raw->len -= raw->pos;
	raw->pos = 0;
	while (raw->len < n && !raw->eof) {
		got = read(raw->fd, raw->buf + raw->len, RAW_SIZE - raw->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ESRCH)
			return mms_err_set(err, MMS_EXIT_FAILED, "the process is gone");
		if (got < 0)
			return mms_err_set(err, MMS_EXIT_FAILED, "reading the stream: %s",
					   strerror(errno));
		raw->eof = !got;
		if (raw->save >= 0 && copy_to_save(raw, raw->buf + raw->len, got, err))
			return -1;
		raw->len += got;
	}
	return raw->len >= n;
}

int mms_raw_header(struct mms_raw *raw, struct mms_header *ret_header, struct mms_err *err)
{
	const size_t least = offsetof(struct mms_header, record_size) + sizeof(u16);
	struct mms_header *h;
	size_t size;
	int ret;

	ret = fill(raw, least, err);
	if (ret < 0)
		return ret;
	if (!ret && raw->pos == raw->len)
		return 0;
	h = (struct mms_header *)(raw->buf + raw->pos);
	if (!ret || h->magic != MMS_MAGIC)
		return mms_err_set(err, MMS_EXIT_FAILED, "this is not a stream of mmscope");
	if (h->abi != MMS_ABI)
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "the stream has ABI %u, this mmscope reads %u", h->abi, MMS_ABI);
	size = h->header_size;
	if (size < offsetof(struct mms_header, pid) || size > 4096 ||
	    size % 8 || h->record_size < MMS_MIN_RECORD || h->record_size % 8)
		return mms_err_set(err, MMS_EXIT_FAILED, "the stream's header makes no sense");
	ret = fill(raw, size, err);
	if (ret < 0)
		return ret;
	if (!ret)
		return mms_err_set(err, MMS_EXIT_FAILED, "the stream ends in its header");
	memset(ret_header, 0, sizeof(*ret_header));
	memcpy(ret_header, raw->buf + raw->pos,
	       size < sizeof(*ret_header) ? size : sizeof(*ret_header));
	if (ret_header->page_shift < 12 || ret_header->page_shift > 30)
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "the stream's header makes no sense: pages of 1 << %u bytes",
				   ret_header->page_shift);
	raw->record_size = ret_header->record_size;
	raw->pos += size;
	return 1;
}

int mms_raw_begin(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_model *model = stream->model;
	u64 lacks = 0;
	unsigned int i;

	if (!mms_arch_of(stream->ctx.header.arch))
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "the stream is of architecture %u, which this mmscope does not know",
				   stream->ctx.header.arch);
	raw->rec_size = model->rec_size;
	free(raw->rec);
	raw->rec = calloc(1, raw->rec_size);
	if (!raw->rec)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < model->nr_wire; i++)
		if (model->fields[i].offset + model->fields[i].size > raw->record_size)
			lacks |= BIT(i);
	if (lacks)
		mms_stream_lacks(stream, lacks, "the stream was made by an older module");
	return 0;
}

/* The text of a row: the payloads of the TEXT records behind it. 1, 0 cut, -1. */
static int take_text(struct mms_raw *raw, struct mms_stream *stream, size_t len,
		     struct mms_err *err)
{
	size_t payload = raw->record_size - sizeof(struct mms_rec), done = 0;
	const struct mms_rec *rec;
	int ret;

	while (done < len) {
		ret = fill(raw, raw->record_size, err);
		if (ret <= 0)
			return ret;
		rec = (const struct mms_rec *)(raw->buf + raw->pos);
		if (rec->type != MMS_REC_TEXT || rec->text > payload || !rec->text ||
		    rec->text > len - done)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "the stream is damaged: a row's text is not behind it");
		memcpy(raw->text + done, rec + 1, rec->text);
		done += rec->text;
		raw->pos += raw->record_size;
	}
	stream->row.text = raw->text;
	stream->row.len = len;
	return 1;
}

static int take_row(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_rec *rec = (const struct mms_rec *)(raw->buf + raw->pos);
	size_t text = rec->text;

	stream->row.rec = rec;
	stream->row.text = "";
	stream->row.len = 0;
	/* Reading the text may move the buffer: then the row has to be elsewhere. */
	if (raw->record_size < raw->rec_size || text) {
		memcpy(raw->rec, rec, raw->record_size < raw->rec_size ?
		       raw->record_size : raw->rec_size);
		stream->row.rec = raw->rec;
	}
	raw->pos += raw->record_size;
	return text ? take_text(raw, stream, text, err) : 1;
}

int mms_raw_next(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_rec *rec;
	int ret;

	if (stream->ended)
		return 0;
	ret = fill(raw, raw->record_size, err);
	if (ret <= 0)
		return ret;
	rec = (const struct mms_rec *)(raw->buf + raw->pos);
	switch (rec->type) {
	case MMS_REC_ROW:
		return take_row(raw, stream, err);
	case MMS_REC_END:
		memcpy(&stream->end, rec, sizeof(stream->end));
		raw->pos += raw->record_size;
		stream->ended = true;
		if (stream->end.rows != stream->rows)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "the stream is damaged: %llu rows came of %llu",
					   (unsigned long long)stream->rows,
					   (unsigned long long)stream->end.rows);
		return 0;
	default:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "the stream is damaged: a record of type %u", rec->type);
	}
}

int mms_raw_stream_next(struct mms_stream *stream, struct mms_err *err)
{
	return mms_raw_next(stream->priv, stream, err);
}

void mms_raw_stream_close(struct mms_stream *stream)
{
	mms_raw_destroy(stream->priv);
}
