// SPDX-License-Identifier: GPL-2.0-only
/* mmscope walk: the translation of one address. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "cmd-explain.h"

/* Nine levels and room: a walk is a handful of rows. */
#define MAX_ROWS	16

struct walk {
	struct mms_render *r;
	const char *columns;
	bool explain;
	struct mms_walk_rec rows[MAX_ROWS];
	unsigned int nr;
};

static int take_row(struct mms_stream *stream, void *data)
{
	struct walk *w = data;

	if (w->nr < MAX_ROWS)
		memcpy(&w->rows[w->nr++], stream->row.rec, sizeof(*w->rows));
	return 0;
}

static void show(struct mms_stream *stream, void *data)
{
	struct walk *w = data;
	struct mms_render *r = w->r;
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_walk, .columns = w->columns,
	};
	const struct mms_section result = { .name = "result", .type = MMS_SECTION_LINES };
	const struct mms_section explain = { .name = "explain", .type = MMS_SECTION_LINES };
	struct mms_row row = { .ctx = &stream->ctx };
	unsigned int i;

	if (!w->nr)
		return;
	mms_render_stream(r, &stream->ctx);
	if (!w->explain || r->opts.json) {
		if (mms_render_open(r, &rows))
			return;
		for (i = 0; i < w->nr; i++) {
			row.rec = &w->rows[i];
			mms_render_row(r, &row);
		}
		mms_render_close(r);
	}
	if (w->explain && !mms_render_open(r, &explain)) {
		mms_explain_walk(r, &stream->ctx, w->rows, w->nr);
		mms_render_close(r);
	}
	if (!r->opts.json && (r->opts.raw || r->opts.no_headings))
		goto tail;
	if (!mms_render_open(r, &result)) {
		mms_explain_result(r, &stream->ctx, &w->rows[w->nr - 1]);
		mms_render_close(r);
	}
tail:
	mms_render_tail(r, &stream->end, stream->ended);
}

int mms_cmd_walk(const struct mms_cmdline *cl)
{
	struct walk walk = { .explain = mms_cl_set(cl, MMS_OPT_EXPLAIN) };
	struct mms_feed feed = {
		.model = &mms_model_walk, .row = take_row, .end = show, .data = &walk,
		.point = true,
		.query.flags = mms_cl_set(cl, MMS_OPT_USER_PGD) ? MMS_Q_USER_PGD : 0,
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_render(cl, &mms_model_walk, &r, &columns, &err))
		return mms_err_say(&err);
	walk.r = &r;
	walk.columns = columns;
	if (cl->nr_args > 1)
		feed.address = cl->args[1];
	ret = mms_cl_feed(cl, &feed, cl->args, cl->nr_args ? 1 : 0);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
