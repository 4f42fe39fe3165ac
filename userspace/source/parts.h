/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of records that are no view of the wire: what BPF programs and files of
 * /proc and /sys gave, saved to a file and read from there again. Each table is a
 * stream of its own in the same container as those of views, so that both can lie in
 * one file, and what is said of cut and damaged streams holds for them. Who reads
 * something asks for a table first, and puts the table where there was none to ask for.
 *
 * Records are as this build has them, and are no ABI: a table of another format, or
 * whose records have another size, is refused.
 */
#ifndef MMS_SOURCE_PARTS_H
#define MMS_SOURCE_PARTS_H

#include "source.h"

/* header.view of a table: behind all that views and models have. */
#define MMS_VIEW_part		62
/* To be raised when a struct that is saved changes and keeps its size. */
#define MMS_PARTS_FORMAT	1
#define MMS_PART_LABEL		64

struct mms_part;
struct mms_save;

/**
 * struct mms_parts - the tables of a command
 * @save: file they are written to, or NULL
 * @from: name of the file they were read from, or NULL; "-" for standard input
 * @header: of its first table, or of this machine
 * @list: what was read, in order
 * @buf: a record being written, @size bytes of it are the caller's
 * @size: see @buf
 * @rows: written of the table
 */
struct mms_parts {
	struct mms_save *save;
	const char *from;
	struct mms_header header;
	struct mms_part *list;
	char *buf;
	size_t size;
	u64 rows;
};

/*
 * Open what @args name: a file to read all tables from, a file to write, or neither.
 * @what: the command, which is the name of the first table: the file of another is refused.
 * -1 with @err filled.
 */
int mms_parts_open(struct mms_parts *parts, const struct mms_source_args *args, const char *what,
		   struct mms_err *err);
/* For tables that go before a view's stream: written to a file that is open, and @save's. */
void mms_parts_beside(struct mms_parts *parts, struct mms_save *save,
		      const struct mms_source_args *args);
/* Take a table in, whose header has been read into @stream. 0 or -1 with @err filled. */
struct mms_raw;
int mms_parts_take(struct mms_parts *parts, struct mms_raw *raw, struct mms_stream *stream,
		   struct mms_err *err);
/* 0, or -1 with @err filled: something could not be written. */
int mms_parts_close(struct mms_parts *parts, struct mms_err *err);

/*
 * A table that was read: *@ret_recs are *@ret_nr records of @size bytes, which live as
 * long as @parts. -1 with @err filled if there is no such table.
 */
int mms_parts_get(const struct mms_parts *parts, const char *label, size_t size,
		  const void **ret_recs, size_t *ret_nr, struct mms_err *err);
/* The same of a table that has one record. */
int mms_parts_one(const struct mms_parts *parts, const char *label, size_t size,
		  const void **ret_rec, struct mms_err *err);
/* Write a table, if there is a file to write to. */
void mms_parts_put(struct mms_parts *parts, const char *label, const void *recs, size_t size,
		   size_t nr);
/* The same record by record. */
void mms_parts_begin(struct mms_parts *parts, const char *label, size_t size);
void mms_parts_row(struct mms_parts *parts, const void *rec);
void mms_parts_end(struct mms_parts *parts);

/*
 * Make @stream one that rows of such tables can be shown with: of the machine they are
 * of, and from @source unless they were read from a file.
 */
void mms_parts_stream(const struct mms_parts *parts, struct mms_stream *stream,
		      const char *source);

#endif /* MMS_SOURCE_PARTS_H */
