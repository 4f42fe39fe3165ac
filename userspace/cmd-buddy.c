// SPDX-License-Identifier: GPL-2.0-only
/* mmscope buddy: the free blocks of memory. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/zones.h"

/**
 * struct sums - the table that rows are summed up in
 * @r: where they are shown
 * @types: a line for each migrate type
 * @any: a row came
 * @no_memory: there was none for a line of @total
 * @total: its lines, @nr of them
 * @nr: see @total
 */
struct sums {
	struct mms_render *r;
	bool types;
	bool any;
	bool no_memory;
	struct mms_buddy_total *total;
	size_t nr;
};

static void sum_begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	s->any = true;
	mms_render_stream(s->r, &stream->ctx);
}

static struct mms_buddy_total *line_of(struct sums *s, const struct mms_buddy_rec *rec)
{
	u8 type = s->types ? rec->type : MMS_NO_TYPE;
	struct mms_buddy_total *t;
	size_t i;

	for (i = 0; i < s->nr; i++) {
		t = &s->total[i];
		if (t->node == rec->node && t->zone == rec->zone && t->type == type)
			return t;
	}
	t = realloc(s->total, (s->nr + 1) * sizeof(*t));
	if (!t)
		return NULL;
	s->total = t;
	t += s->nr++;
	*t = (struct mms_buddy_total){ .node = rec->node, .zone = rec->zone, .type = type };
	return t;
}

static int sum_row(struct mms_stream *stream, void *data)
{
	const struct mms_buddy_rec *rec = stream->row.rec;
	struct sums *s = data;
	struct mms_buddy_total *t = line_of(s, rec);

	s->no_memory = !t;
	if (t)
		mms_buddy_total_add(t, rec);
	return s->no_memory;
}

static void sum_end(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_tail(s->r, &stream->end, stream->ended);
}

static int by_place(const void *a, const void *b)
{
	const struct mms_buddy_total *x = a, *y = b;

	if (x->node != y->node)
		return x->node - y->node;
	if (x->zone != y->zone)
		return x->zone - y->zone;
	return x->type - y->type;
}

static void show_sums(struct sums *s, const char *columns)
{
	const struct mms_section section = {
		.name = "rows", .model = &mms_model_buddy_total, .columns = columns,
	};
	size_t i;

	if (s->nr)
		qsort(s->total, s->nr, sizeof(*s->total), by_place);
	if (mms_render_open(s->r, &section))
		return;
	for (i = 0; i < s->nr; i++) {
		struct mms_row row = { .ctx = &s->r->ctx_copy, .rec = &s->total[i] };

		mms_render_row(s->r, &row);
	}
	mms_render_close(s->r);
}

static int show_table(const struct mms_cmdline *cl)
{
	struct sums s = { .types = mms_cl_set(cl, MMS_OPT_TYPES) };
	struct mms_feed feed = {
		.model = &mms_model_buddy, .begin = sum_begin, .row = sum_row, .end = sum_end,
		.data = &s,
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_set(cl, MMS_OPT_SORT))
		return mms_err(MMS_EXIT_USAGE, "buddy: -s sorts rows: add --list or --blocks");
	if (mms_cl_render(cl, &mms_model_buddy_total, &r, &columns, &err))
		return mms_err_say(&err);
	s.r = &r;
	ret = mms_cl_feed(cl, &feed, NULL, 0);
	if (s.no_memory)
		ret = mms_err(MMS_EXIT_FAILED, "out of memory");
	else if (s.any)
		show_sums(&s, !s.types || mms_cl_set(cl, MMS_OPT_OUTPUT) || r.opts.json ? columns :
			  "node,zone,type,free,o0,o1,o2,o3,o4,o5,o6,o7,o8,o9,o10");
	free(s.total);
	free(columns);
	return mms_cl_render_end(&r, ret);
}

static int show_rows(const struct mms_cmdline *cl, const struct mms_model *model)
{
	struct mms_show show = {
		.feed = { .model = model }, .section = { .name = "rows", .model = model },
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_render(cl, model, &r, &columns, &err))
		return mms_err_say(&err);
	show.section.columns = columns;
	ret = mms_cl_show(cl, &r, &show);
	free(columns);
	return mms_cl_render_end(&r, ret);
}

int mms_cmd_buddy(const struct mms_cmdline *cl)
{
	const bool list = mms_cl_set(cl, MMS_OPT_LIST), blocks = mms_cl_set(cl, MMS_OPT_BLOCKS);
	const bool pageblocks = mms_cl_set(cl, MMS_OPT_PAGEBLOCKS);

	if (list + blocks + pageblocks + mms_cl_set(cl, MMS_OPT_TYPES) > 1)
		return mms_err(MMS_EXIT_USAGE,
			       "buddy: --types, --list, --blocks and --pageblocks exclude each other");
	if (list)
		return show_rows(cl, &mms_model_buddy);
	if (pageblocks)
		return show_rows(cl, &mms_model_pageblocks);
	return blocks ? show_rows(cl, &mms_model_blocks) : show_table(cl);
}
