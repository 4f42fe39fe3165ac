// SPDX-License-Identifier: GPL-2.0-only
/* mmscope maps: the VMAs of a process. */
#include <stdlib.h>
#include "cmd.h"
#include "model/totals.h"

/* The module has done this already, other sources may not. */
static bool keep(struct mms_stream *stream, void *data __unused)
{
	const struct mms_maps_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;

	return rec->end > q->start && (!q->end || rec->start < q->end);
}

static void add(const struct mms_row *row, void *data)
{
	mms_maps_total_add(data, row->rec);
}

static void show_total(struct mms_render *r, const struct mms_maps_total *total)
{
	struct mms_section section = {
		.name = "totals", .title = "Total",
		.type = r->opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_maps_total, .of = &mms_model_maps,
	};
	struct mms_row row = { .ctx = &r->ctx_copy, .rec = total };

	if (mms_render_open(r, &section))
		return;
	mms_render_row(r, &row);
	mms_render_close(r);
}

int mms_cmd_maps(const struct mms_cmdline *cl)
{
	struct mms_maps_total total = { .vmas = 0 };
	struct mms_show show = {
		.feed = { .model = &mms_model_maps, .address = cl->val[MMS_OPT_ADDRESS] },
		.section = { .name = "rows", .model = &mms_model_maps },
		.keep = keep, .total = add, .data = &total,
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_render(cl, &mms_model_maps, &r, &columns, &err))
		return mms_err_say(&err);
	show.section.columns = columns;
	ret = mms_cl_show(cl, &r, &show);
	if (r.begun && (r.opts.json || !(r.opts.raw || r.opts.no_headings)))
		show_total(&r, &total);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
