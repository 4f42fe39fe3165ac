// SPDX-License-Identifier: GPL-2.0-only
/* Page frames as they are typed: by their numbers, or by who maps them. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/symbols.h"
#include "model/vocab.h"

#define PAGE	4096ULL

/* Behind the last run, or as part of it. */
static int add(struct mms_frames *frames, u64 start, u64 nr)
{
	struct mms_frame_run *run = frames->nr ? &frames->run[frames->nr - 1] : NULL;

	if (run && run->end == start) {
		run->end += nr;
		return 0;
	}
	if (!frames->run || frames->nr == frames->room) {
		run = realloc(frames->run, (frames->room * 2 + 16) * sizeof(*run));
		if (!run)
			return -1;
		frames->run = run;
		frames->room = frames->room * 2 + 16;
	}
	frames->run[frames->nr++] = (struct mms_frame_run){ start, start + nr };
	return 0;
}

/* The frames of a row of page-table entries, as far as they are in the query's range. */
static int add_row(struct mms_frames *frames, const struct mms_stream *stream)
{
	const struct mms_pgtable_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	u64 size = mms_level_size(&stream->ctx.header, rec->level), start, from, to;
	u32 i;

	for (i = 0; i < rec->count; i++) {
		start = rec->start + i * size;
		from = start > q->start ? start : q->start;
		to = start + size < q->end ? start + size : q->end;
		if (from < to &&
		    add(frames, rec->pfn + (s64)i * rec->step + (from - start) / PAGE,
			(to - from) / PAGE))
			return -1;
	}
	return 0;
}

static bool holds_frame(unsigned int kind)
{
	const u32 kinds = BIT(MMS_KIND_page) | BIT(MMS_KIND_zero) | BIT(MMS_KIND_device) |
			  MMS_KINDS_NO_ACCESS | BIT(MMS_KIND_migration);

	return kind < 32 && BIT(kind) & kinds;
}

static int read_frames(struct mms_stream *stream, const char *text, struct mms_frames *frames,
		       struct mms_err *err)
{
	size_t before = frames->nr;
	unsigned int other = MMS_KIND_none;
	int ret;

	while ((ret = mms_stream_next(stream, err)) > 0) {
		const struct mms_pgtable_rec *rec = stream->row.rec;

		if (!holds_frame(rec->kind))
			other = rec->kind;
		else if (add_row(frames, stream))
			return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	if (ret < 0 || frames->nr > before)
		return ret;
	if (other == MMS_KIND_none)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: no page is mapped there", text);
	return mms_err_set(err, MMS_EXIT_FAILED, "%s: no page is mapped there: %s", text,
			   mms_word_text(MMS_UNIT_kind, other));
}

static int from_process(const struct mms_source_args *args, const char *text, const char *range,
			s32 pid, struct mms_frames *frames, struct mms_err *err)
{
	struct mms_source_args plain = *args;
	struct mms_query query = { .pid = pid, .flags = MMS_Q_NO_FOLIO };
	struct mms_symbols *symbols = mms_names_load(args, pid);
	struct mms_stream *stream;
	int ret;

	ret = mms_cl_range(range, symbols, &query, err);
	mms_symbols_destroy(symbols);
	if (ret)
		return ret;
	query.start &= -PAGE;
	query.end = query.end ? (query.end + PAGE - 1) & -PAGE : query.start + PAGE;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	plain.save = NULL;
	ret = mms_stream_open(stream, &plain, &mms_model_pgtable, &query, err);
	if (!ret) {
		ret = read_frames(stream, text, frames, err);
		mms_stream_close(stream);
	}
	free(stream);
	return ret;
}

static int from_numbers(const char *text, struct mms_frames *frames, struct mms_err *err)
{
	struct mms_query query;

	if (mms_cl_range(text, NULL, &query, err))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "'%s' is no page frame: PFN, PFN+COUNT, PFN,END, START-END or PID:ADDRESS",
				   text);
	if (add(frames, query.start, query.end ? query.end - query.start : 1))
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	return 0;
}

static int from_word(const struct mms_source_args *args, const char *text,
		     struct mms_frames *frames, struct mms_err *err)
{
	const char *colon = strchr(text, ':');
	char pid_text[16];
	s32 pid;

	if (!colon)
		return from_numbers(text, frames, err);
	if ((size_t)(colon - text) >= sizeof(pid_text))
		return mms_err_set(err, MMS_EXIT_USAGE, "'%s': there is no PID before the colon",
				   text);
	memcpy(pid_text, text, colon - text);
	pid_text[colon - text] = '\0';
	if (mms_cl_pid(pid_text, &pid, err))
		return -1;
	return from_process(args, text, colon + 1, pid, frames, err);
}

int mms_cl_frames(const struct mms_source_args *args, const char *text,
		  struct mms_frames *frames, struct mms_err *err)
{
	char *words = strdup(text), *rest = words, *word;
	int ret = words ? 0 : mms_err_set(err, MMS_EXIT_FAILED, "out of memory");

	while (!ret && (word = strsep(&rest, MMS_CL_AGAIN)))
		ret = from_word(args, word, frames, err);
	free(words);
	return ret;
}

void mms_frames_deinit(struct mms_frames *frames)
{
	free(frames->run);
	*frames = (struct mms_frames){ .run = NULL };
}
