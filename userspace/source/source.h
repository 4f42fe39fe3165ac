/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where records come from. A source is one const table; a stream is one open
 * view of it. Sources print nothing: what goes wrong is in struct mms_err.
 *
 * Every source gives the records of uapi/mmscope.h. What it cannot give it
 * leaves 0 and names in stream->ctx.missing, with the reason, before open()
 * returns.
 */
#ifndef MMS_SOURCE_H
#define MMS_SOURCE_H

#include "../lib/err.h"
#include "../model/model.h"

struct mms_parts;
struct mms_stream;

/**
 * struct mms_source_ops - one source of records
 * @name: for --source and for "source" in JSON
 * @views: bit for each view it can give (1 << enum mms_view_id)
 * @probe: whether it can be used here; fills @err with the reason if not
 * @open: start a stream of stream->model for stream->query; fills
 *	stream->ctx.header and stream->ctx.missing. -1 with @err filled. On
 *	failure it has freed what it took.
 * @next: the next record; 1: stream->row is filled (valid until the next
 *	call); 0: the end; -1: @err filled. At the end it fills stream->end and
 *	sets stream->ended; 0 without stream->ended means the stream was cut.
 * @close: free what open() took; called once, after a successful open()
 */
struct mms_source_ops {
	const char *name;
	u32 views;
	bool (*probe)(const char *root, struct mms_err *err);
	int (*open)(struct mms_stream *stream, struct mms_err *err);
	int (*next)(struct mms_stream *stream, struct mms_err *err);
	void (*close)(struct mms_stream *stream);
};

extern const struct mms_source_ops mms_source_module;
extern const struct mms_source_ops mms_source_procfs;
extern const struct mms_source_ops mms_source_capture;

/**
 * struct mms_source_args - which source to use
 * @source: "module", "procfs", a file's name, or NULL for the best there is
 * @from: name of a saved stream, "-" for stdin, or NULL
 * @save: file to write the stream to, or NULL
 * @append: behind what is in that file, instead of in its place
 * @root: put before every /proc and /sys path, "" for this machine
 * @file: procfs: the file to take where there are several, or NULL for the best
 */
struct mms_source_args {
	const char *source;
	const char *from;
	const char *save;
	bool append;
	const char *root;
	const char *file;
};

/**
 * struct mms_stream - one open view
 * @ops: its source
 * @model: the view's records
 * @args: as given to mms_stream_open()
 * @query: what was asked for; query.pid is the target
 * @ctx: header, missing fields, symbols: filled by open()
 * @row: the record next() returned, row.ctx is &ctx
 * @end: the trailer, once @ended
 * @ended: an END record was seen
 * @rows: records returned so far
 * @priv: the source's own
 * @beside: tables that a file has before the stream, or NULL
 * @save: where it is saved, or NULL
 */
struct mms_stream {
	const struct mms_source_ops *ops;
	const struct mms_model *model;
	const struct mms_source_args *args;
	struct mms_query query;
	struct mms_ctx ctx;
	struct mms_row row;
	struct mms_end end;
	bool ended;
	u64 rows;
	void *priv;
	struct mms_parts *beside;
	struct mms_save *save;
};

/* Choose a source for the view and open it. 0, or -1 with @err filled. */
int mms_stream_open(struct mms_stream *stream, const struct mms_source_args *args,
		    const struct mms_model *model, const struct mms_query *query,
		    struct mms_err *err);
/* As @next above. */
int mms_stream_next(struct mms_stream *stream, struct mms_err *err);
void mms_stream_close(struct mms_stream *stream);

/* Say that the stream lacks @fields, and why: half a sentence of less than MMS_WHY bytes. */
void mms_stream_lacks(struct mms_stream *stream, u64 fields, const char *why);
/* A header for a source that makes its own records; arch and levels are this machine's. */
void mms_stream_header(struct mms_stream *stream);
/*
 * A table of one record that a saved stream has beside it: NULL for none, and for what is
 * read from a machine.
 */
const void *mms_stream_beside(const struct mms_stream *stream, const char *label, size_t size);
/* Where the module's raw files are; NULL with @ret_error ENOENT or EACCES: nowhere, not for us. */
const char *mms_module_raw_dir(const char *root, int *ret_error);
/* The names of zones, for one that is no source's: stream->args say of which machine. */
void mms_stream_zones(struct mms_stream *stream);
/* The same as they were saved, sizeof(ctx->zones) bytes, which may be any. */
void mms_zones_take(struct mms_ctx *ctx, const void *saved);

/*
 * Names of an address space: from the saved stream if there is one, else from
 * /proc/PID/maps. NULL if neither has any.
 */
struct mms_symbols *mms_names_load(const struct mms_source_args *args, s32 pid);

/* Names of this machine's file systems and block devices; NULL if memory is short. */
struct mms_mounts *mms_mounts_load(const char *root);

#endif /* MMS_SOURCE_H */
