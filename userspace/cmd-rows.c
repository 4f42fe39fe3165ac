// SPDX-License-Identifier: GPL-2.0-only
/* Records that are in memory already, into sections. */
#include <stdlib.h>
#include "cmd.h"

struct sorted {
	const struct mms_model *model;
	struct mms_ctx *ctx;
	int sort;
	bool down;
};

static int compare(const void *a, const void *b, void *data)
{
	const struct sorted *s = data;
	const void *ra = *(const void *const *)a, *rb = *(const void *const *)b;
	const struct mms_row row_a = { .ctx = s->ctx, .rec = ra };
	const struct mms_row row_b = { .ctx = s->ctx, .rec = rb };
	int ret = mms_field_cmp(s->model, &s->model->fields[s->sort], &row_a, &row_b);

	if (ret)
		return s->down ? -ret : ret;
	return ra < rb ? -1 : ra > rb;
}

int mms_cl_rows(const struct mms_cmdline *cl, struct mms_render *r, struct mms_ctx *ctx,
		const struct mms_section *section, const void *recs, size_t nr)
{
	struct sorted s = { .model = section->model, .ctx = ctx, .sort = -1 };
	size_t size = section->model->rec_size, i;
	const void **order;
	struct mms_err err;

	if (cl && mms_cl_sort(cl, s.model, &s.sort, &s.down, &err))
		return mms_err_say(&err);
	order = calloc(nr ? nr : 1, sizeof(*order));
	if (!order)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < nr; i++)
		order[i] = (const char *)recs + i * size;
	if (s.sort >= 0)
		qsort_r(order, nr, sizeof(*order), compare, &s);
	if (!mms_render_open(r, section)) {
		for (i = 0; i < nr; i++) {
			const struct mms_row row = { .ctx = ctx, .rec = order[i] };

			mms_render_row(r, &row);
		}
		mms_render_close(r);
	}
	free(order);
	return MMS_EXIT_OK;
}

static int tables_run(struct mms_tables *t, int (*run)(void *data), void *data)
{
	struct mms_err err;
	int status;

	if (mms_cl_source(t->cl, &t->args, &err) ||
	    mms_parts_open(&t->parts, &t->args, t->cl->cmd->name, &err))
		return mms_err_say(&err);
	status = run(data);
	return mms_parts_close(&t->parts, &err) ? mms_err_say(&err) : status;
}

int mms_cl_tables(const struct mms_cmdline *cl, const struct mms_model *model,
		  struct mms_tables *t, int (*run)(void *data), void *data)
{
	struct mms_err err;
	int sort, status;
	bool down;

	t->cl = cl;
	t->stream.model = model;
	t->stream.args = &t->args;
	if (mms_cl_sort(cl, model, &sort, &down, &err) ||
	    mms_cl_render(cl, model, &t->r, &t->columns, &err))
		return mms_err_say(&err);
	t->more = t->r.opts.json || !(mms_cl_set(cl, MMS_OPT_OUTPUT) || t->r.opts.raw ||
				      t->r.opts.no_headings);
	status = tables_run(t, run, data);
	free(t->columns);
	return mms_cl_render_end(&t->r, status);
}
