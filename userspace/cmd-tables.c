// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tables: the pages that page tables are made of. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/totals.h"
#include "model/vocab.h"

#define NODES	64

struct sums {
	struct mms_render *r;
	u32 levels;
	struct mms_tables_total all;
	struct mms_tables_total level[MMS_LEVEL_PGD + 1];
	struct mms_tables_total node[NODES + 1];	/* the last: not known */
	struct mms_end end;
	bool ended;
	bool any;
};

static bool keep(struct mms_stream *stream, void *data)
{
	const struct mms_tables_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	const struct sums *s = data;

	if (s->levels && !(s->levels >> rec->level & 1))
		return false;
	return (!rec->end || rec->end > q->start) && (!q->end || rec->start < q->end);
}

static void sum_begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_stream(s->r, &stream->ctx);
	s->any = true;
}

static int sum_row(struct mms_stream *stream, void *data)
{
	const struct mms_tables_rec *rec = stream->row.rec;
	struct sums *s = data;
	unsigned int node = rec->node >= 0 && rec->node < NODES ? rec->node : NODES;

	if (!keep(stream, data) || rec->level > MMS_LEVEL_PGD)
		return 0;
	mms_tables_total_add(&s->all, rec);
	mms_tables_total_add(&s->level[rec->level], rec);
	mms_tables_total_add(&s->node[node], rec);
	return 0;
}

static void sum_end(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_tail(s->r, &stream->end, stream->ended);
}

/* The highest level first, the lowest node first. */
static void show_rows(struct mms_render *r, const struct mms_section *section,
		      struct mms_tables_total *rows, unsigned int nr, bool down)
{
	unsigned int i;

	if (mms_render_open(r, section))
		return;
	for (i = 0; i < nr; i++) {
		const struct mms_tables_total *total = &rows[down ? nr - 1 - i : i];
		struct mms_row row = { .ctx = &r->ctx_copy, .rec = total };

		if (total->tables || nr == 1)
			mms_render_row(r, &row);
	}
	mms_render_close(r);
}

static void show_sums(struct sums *s)
{
	static const char fields[] = "tables,size,used,room,fill,present,leaves,swap,single,huge";
	bool json = s->r->opts.json;
	struct mms_section levels = {
		.name = "levels", .type = MMS_SECTION_TABLE, .model = &mms_model_tables_total,
		.of = &mms_model_tables,
		.columns = json ? "level,tables,size,used,room,fill,present,leaves,swap,single,huge" :
				  "level,tables,size,used,room,fill,leaves,swap,single,huge",
	};
	struct mms_section nodes = {
		.name = "nodes", .title = "By node", .type = MMS_SECTION_TABLE,
		.model = &mms_model_tables_total, .columns = "node,tables,size,used,room,fill",
		.of = &mms_model_tables,
	};
	struct mms_section total = {
		.name = "totals", .title = "Total",
		.type = json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_tables_total, .of = &mms_model_tables,
		.columns = json ? fields : "tables,size,used,room,fill,single,huge",
	};
	unsigned int i;

	for (i = 0; i <= MMS_LEVEL_PGD; i++)
		s->level[i].level = i;
	for (i = 0; i <= NODES; i++)
		s->node[i].node = i < NODES ? (int)i : MMS_NO_NODE;
	show_rows(s->r, &levels, s->level, ARRAY_SIZE(s->level), true);
	show_rows(s->r, &nodes, s->node, ARRAY_SIZE(s->node), false);
	show_rows(s->r, &total, &s->all, 1, false);
}

static int level_word(const struct mms_cmdline *cl, u32 *ret_levels, struct mms_err *err)
{
	const char *p = cl->val[MMS_OPT_LEVEL];
	size_t len;
	int level;

	for (*ret_levels = 0; p && *p; p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		level = mms_word_find(MMS_UNIT_level, p, len);
		if (level < 0)
			return mms_err_set(err, MMS_EXIT_USAGE, "no level '%.*s'", (int)len, p);
		*ret_levels |= BIT(level);
	}
	return 0;
}

int mms_cmd_tables(const struct mms_cmdline *cl)
{
	bool list = mms_cl_set(cl, MMS_OPT_LIST);
	struct sums sums = { .any = false };
	struct mms_show show = {
		.feed = { .model = &mms_model_tables, .address = cl->val[MMS_OPT_ADDRESS] },
		.section = { .name = "rows", .model = &mms_model_tables },
		.keep = keep, .data = &sums,
	};
	struct mms_feed *feed = &show.feed;
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (!list && (mms_cl_set(cl, MMS_OPT_OUTPUT) || mms_cl_set(cl, MMS_OPT_SORT)))
		return mms_err(MMS_EXIT_USAGE, "tables: -o and -s choose among rows: add --list");
	if (level_word(cl, &sums.levels, &err) ||
	    mms_cl_render(cl, &mms_model_tables, &r, &columns, &err))
		return mms_err_say(&err);
	feed->query.levels = sums.levels;
	feed->query.flags = mms_cl_set(cl, MMS_OPT_KERNEL) ? MMS_Q_KERNEL : 0;
	sums.r = &r;
	if (list) {
		show.section.columns = columns;
		ret = mms_cl_show(cl, &r, &show);
	} else {
		feed->begin = sum_begin;
		feed->row = sum_row;
		feed->end = sum_end;
		feed->data = &sums;
		ret = mms_cl_feed(cl, feed, cl->args, cl->nr_args);
		if (sums.any)
			show_sums(&sums);
	}
	free(columns);
	return mms_cl_render_end(&r, ret);
}
