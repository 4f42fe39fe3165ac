/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of the wire that trusts nothing: every stream is read whole and
 * checked against the rules of the uapi header while it is taken apart.
 */
#ifndef MMS_RAW_H
#define MMS_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../module/uapi/mmscope.h"

#define MMS_DEBUGFS	"/sys/kernel/debug/mmscope"
#define MMS_PROC	"/proc/mmscope"
#define MMS_RAW		MMS_DEBUGFS "/raw"
#define MMS_PROC_RAW	MMS_PROC "/raw"	/* the same once more */

/**
 * struct mms_stream - a raw stream, whole
 * @h: its header
 * @rows: number of rows
 * @row: a pointer to each ROW record
 * @text: the text that belongs to each row, terminated, "" for none
 * @end: the END record, if @ended
 * @ended: an END record was there, at the end
 * @bytes: length of @data
 * @data: as it was read
 * @why: what is wrong with it, if mms_read() returned -EPROTO
 */
struct mms_stream {
	struct mms_header h;
	size_t rows;
	void **row;
	char **text;
	struct mms_end end;
	bool ended;
	size_t bytes;
	unsigned char *data;
	char why[160];
};

/* the least a view's rows may be on the wire: 0 for an unknown view */
size_t mms_row_size(int view);
const char *mms_view_name(int view);

/* opens raw/NAME for reading and writing; -errno */
int mms_open(const char *name);
/* writes the query; 0 or -errno */
int mms_query(int fd, const struct mms_query *q);
/* reads to the end; whatever has been read stays in *ret, also on error */
int mms_read(int fd, size_t chunk, struct mms_stream *ret);
/* the same of the first bytes alone: the last record may be cut, and END be missing, if it stops at @most */
int mms_read_some(int fd, size_t chunk, size_t most, struct mms_stream *ret);
/* all of it: open, query, read, close. Start with a query's size of 0 for "this struct's" */
int mms_get(const char *name, const struct mms_query *q, struct mms_stream *ret);
/*
 * The same of a view of the system, whole, for who looks at free memory: it is not changed
 * by the look. The file stays open, as each has a buffer of 32 pages, and what the program
 * frees stays its own.
 */
int mms_look(const char *view, struct mms_stream *ret);
void mms_free(struct mms_stream *s);
/* has a frame of the range a memory error? A fixture leaves some behind; newer kernels bring no such block back online */
bool mms_poisoned(uint64_t pfn, uint64_t frames);

/* bytes from fd until its end, in reads of chunk; *ret_len also on error */
int mms_slurp(int fd, size_t chunk, unsigned char **ret, size_t *ret_len);

static inline unsigned int mms_level_shift(int level)
{
	return 12 + 9 * (level - 1);
}

#endif
