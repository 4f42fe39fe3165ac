/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw streams: reading them from any file descriptor, and writing them to a file. */
#ifndef MMS_SOURCE_RAW_H
#define MMS_SOURCE_RAW_H

#include "source.h"

/**
 * struct mms_raw - a raw stream being read
 * @fd: where from
 * @save: where what is read is copied to, -1 for nowhere
 * @buf: RAW_SIZE bytes: @pos to @len are not used yet
 * @pos: see @buf
 * @len: see @buf
 * @record_size: of the stream
 * @rec: a copy of a record shorter than this build's, filled up with zeros
 * @rec_size: bytes that @rec has
 * @text: the text of the row before
 * @eof: nothing more comes from @fd
 */
struct mms_raw {
	int fd;
	int save;
	char *buf;
	size_t pos, len;
	size_t record_size;
	void *rec;
	size_t rec_size;
	char *text;
	bool eof;
};

int mms_raw_init(struct mms_raw *raw, int fd, struct mms_err *err);
void mms_raw_deinit(struct mms_raw *raw);
/* The same, closing its file, for one that lies in memory of its own. */
void mms_raw_destroy(struct mms_raw *raw);

/*
 * Read the header of the next stream. 1: @ret_header is filled; 0: nothing is
 * left; -1 with @err filled.
 */
int mms_raw_header(struct mms_raw *raw, struct mms_header *ret_header, struct mms_err *err);
/* Use a stream's records as those of @stream: says which fields they are too short for. */
int mms_raw_begin(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err);
/* As mms_source_ops.next. */
int mms_raw_next(struct mms_raw *raw, struct mms_stream *stream, struct mms_err *err);

/*
 * Ask the module once more, on a stream of it that is open, about another process:
 * 0 or -errno, EINVAL for a kernel thread. What came before is gone.
 */
int mms_module_again(struct mms_stream *stream, s32 pid);

/* For sources whose stream->priv is a struct mms_raw. */
int mms_raw_stream_next(struct mms_stream *stream, struct mms_err *err);
void mms_raw_stream_close(struct mms_stream *stream);

/* Append a stream to a file: header, records, END. 0 or -errno. */
struct mms_save;
struct mms_save *mms_save_open(const char *path, bool append, struct mms_err *err);
int mms_save_fd(const struct mms_save *save);
void mms_save_header(struct mms_save *save, const struct mms_header *header);
void mms_save_row(struct mms_save *save, const void *rec, size_t rec_size,
		  const char *text, size_t len);
void mms_save_end(struct mms_save *save, const struct mms_end *end);
/* Write what is buffered, before the same file is written to in another way. */
void mms_save_flush(struct mms_save *save);
/* 0, or -1 with @err filled if anything could not be written. */
int mms_save_close(struct mms_save *save, struct mms_err *err);

/*
 * Copy the names of an address space, as a stream of maps that ends where
 * what /proc/PID/maps does not know begins.
 */
void mms_save_names(struct mms_save *save, const struct mms_source_args *args, s32 pid);

/* One line of /proc/PID/maps. Text ends at @end. */
struct mms_maps_line {
	struct mms_maps_rec rec;
	const char *name;
	size_t len;
};

bool mms_maps_line_parse(const char *line, const char *end, struct mms_maps_line *ret_line);

#endif /* MMS_SOURCE_RAW_H */
