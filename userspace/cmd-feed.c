// SPDX-License-Identifier: GPL-2.0-only
/* Streams to rows to a section: the middle of most commands. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/symbols.h"

static int feed_rows(const struct mms_feed *feed, struct mms_stream *stream)
{
	const char *whose = stream->args->from ?: stream->ops->name;
	struct mms_err err;
	int ret;

	if (feed->begin)
		feed->begin(stream, feed->data);
	while ((ret = mms_stream_next(stream, &err)) > 0)
		if (feed->row(stream, feed->data))
			break;
	if (feed->end)
		feed->end(stream, feed->data);
	if (ret < 0)
		return mms_err_say(&err);
	if (!ret && !stream->ended)
		return mms_err(MMS_EXIT_FAILED, "%s: the stream of %s was cut after %llu rows",
			       whose, stream->model->name, (unsigned long long)stream->rows);
	return MMS_EXIT_OK;
}

static void whole_pages(struct mms_query *query)
{
	const u64 page = 4096;

	query->start &= -page;
	query->end = query->end ? (query->end + page - 1) & -page : query->start + page;
}

static int feed_one(const struct mms_feed *feed, const struct mms_source_args *args, s32 pid)
{
	struct mms_symbols *symbols = NULL;
	struct mms_query query = feed->query;
	struct mms_stream *stream;
	struct mms_err err;
	int ret = -1;

	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	query.pid = pid;
	/* maps names itself, but symbols of its own want the list. */
	if (pid || args->from)
		symbols = mms_names_load(args, pid);
	if (feed->address && mms_cl_range(feed->address, symbols, &query, &err))
		goto out;
	if (feed->address && feed->point)
		query.end = 0;
	else if (feed->address)
		whole_pages(&query);
	if (mms_stream_open(stream, args, feed->model, &query, &err))
		goto out;
	stream->ctx.symbols = symbols;
	ret = feed_rows(feed, stream);
	mms_stream_close(stream);
out:
	if (ret < 0)
		ret = mms_err_say(&err);
	mms_symbols_destroy(symbols);
	free(stream);
	return ret;
}

static int feed_frames(const struct mms_feed *feed, const struct mms_source_args *args)
{
	const struct mms_frames *frames = feed->frames;
	struct mms_feed run = *feed;
	int status = MMS_EXIT_OK;
	size_t i;

	if (args->save && frames->nr > 1)
		return mms_err(MMS_EXIT_USAGE, "--save takes one run of frames at a time");
	for (i = 0; i < frames->nr && status == MMS_EXIT_OK; i++) {
		run.query.start = frames->run[i].start;
		run.query.end = frames->run[i].end;
		status = feed_one(&run, args, 0);
	}
	return status;
}

int mms_cl_feed(const struct mms_cmdline *cl, const struct mms_feed *feed, char **pids, int nr)
{
	struct mms_source_args args;
	struct mms_err err;
	int i, ret, status = MMS_EXIT_OK;
	s32 pid;

	if (mms_cl_source(cl, &args, &err))
		return mms_err_say(&err);
	args.append = feed->append;
	if (feed->frames)
		return feed_frames(feed, &args);
	if (args.save && nr > 1 && !feed->system)
		return mms_err(MMS_EXIT_USAGE, "--save takes one process at a time");
	if (!nr || feed->system)
		return feed_one(feed, &args, 0);
	for (i = 0; i < nr; i++)
		if (mms_cl_pid(pids[i], &pid, &err))
			return mms_err_say(&err);
	for (i = 0; i < nr; i++) {
		mms_cl_pid(pids[i], &pid, &err);
		ret = feed_one(feed, &args, pid);
		status = status ?: ret;
	}
	return status;
}

/* ---- into a section ----------------------------------------------------- */

/* A row that waits to be sorted. */
struct kept {
	struct mms_row row;
	u64 order;
	void *rec;
};

struct show {
	const struct mms_show *show;
	struct mms_render *r;
	bool open;
	int sort;
	bool down;
	u64 shown;
	struct kept *kept;
	size_t nr, room;
};

static void show_begin(struct mms_stream *stream, void *data)
{
	struct show *s = data;

	mms_render_stream(s->r, &stream->ctx);
	if (s->open)
		return;
	s->open = true;
	mms_render_open(s->r, &s->show->section);
}

static int keep_row(struct show *s, const struct mms_stream *stream)
{
	size_t size = stream->model->rec_size, len = stream->row.len;
	struct kept *k;

	if (s->nr == s->room) {
		k = realloc(s->kept, (s->room * 2 + 256) * sizeof(*k));
		if (!k)
			return mms_err(MMS_EXIT_FAILED, "out of memory: sort fewer rows");
		s->kept = k;
		s->room = s->room * 2 + 256;
	}
	k = &s->kept[s->nr];
	k->rec = malloc(size + len);
	if (!k->rec)
		return mms_err(MMS_EXIT_FAILED, "out of memory: sort fewer rows");
	memcpy(k->rec, stream->row.rec, size);
	if (len)
		memcpy((char *)k->rec + size, stream->row.text, len);
	k->row = (struct mms_row){
		.ctx = s->show->feed.frames ? &s->r->ctx_copy : stream->row.ctx,
		.rec = k->rec, .text = (char *)k->rec + size, .len = len,
	};
	k->order = s->nr++;
	return 0;
}

static int show_row(struct mms_stream *stream, void *data)
{
	struct show *s = data;

	if (s->show->keep && !s->show->keep(stream, s->show->data))
		return 0;
	if (s->show->total)
		s->show->total(&stream->row, s->show->data);
	if (s->sort >= 0)
		return keep_row(s, stream);
	if (s->show->top && s->shown++ >= s->show->top)
		return 0;
	mms_render_row(s->r, &stream->row);
	return s->r->out.error;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct kept *ka = a, *kb = b;
	const struct show *s = data;
	const struct mms_model *model = s->show->feed.model;
	int ret = mms_field_cmp(model, &model->fields[s->sort], &ka->row, &kb->row);

	if (ret)
		return s->down ? -ret : ret;
	return ka->order < kb->order ? -1 : 1;
}

static void show_sorted(struct show *s)
{
	size_t i;

	if (s->nr)
		qsort_r(s->kept, s->nr, sizeof(*s->kept), compare, s);
	for (i = 0; i < s->nr; i++) {
		if (!s->show->top || s->shown++ < s->show->top)
			mms_render_row(s->r, &s->kept[i].row);
		free(s->kept[i].rec);
	}
	s->nr = 0;
}

static void show_end(struct mms_stream *stream, void *data)
{
	struct show *s = data;

	/* Runs of frames are about one machine: they are sorted together. */
	if (!s->show->feed.frames)
		show_sorted(s);
	mms_render_tail(s->r, &stream->end, stream->ended);
}

int mms_cl_show(const struct mms_cmdline *cl, struct mms_render *r, const struct mms_show *show)
{
	struct show s = { .show = show, .r = r };
	struct mms_feed feed = show->feed;
	struct mms_cmdline sorted = *cl;
	struct mms_err err;
	int ret;

	if (!sorted.val[MMS_OPT_SORT])
		sorted.val[MMS_OPT_SORT] = show->sort;
	if (mms_cl_sort(&sorted, feed.model, &s.sort, &s.down, &err))
		return mms_err_say(&err);
	feed.begin = show_begin;
	feed.row = show_row;
	feed.end = show_end;
	feed.data = &s;
	ret = mms_cl_feed(cl, &feed, cl->args, cl->nr_args);
	show_sorted(&s);
	if (s.open)
		mms_render_close(r);
	free(s.kept);
	return ret;
}
