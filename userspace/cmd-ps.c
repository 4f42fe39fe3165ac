// SPDX-License-Identifier: GPL-2.0-only
/* mmscope ps: the memory of every process. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/ps.h"
#include "source/processes.h"

struct shown {
	struct mms_tables t;
	struct mms_section section;
	struct mms_processes procs;
	struct mms_ps_total total;
	bool nodes;
	bool sort;
	char *kept;		/* rows that wait to be sorted, of the model's size */
	size_t nr, room;
};

/* A row, now or when all are known. */
static int show(struct shown *s, const void *rec)
{
	const size_t size = s->section.model->rec_size;
	const struct mms_row row = { .ctx = &s->procs.plain.ctx, .rec = rec };
	char *more;

	if (!s->sort) {
		mms_render_row(&s->t.r, &row);
		return s->t.r.out.error;
	}
	if (s->nr == s->room) {
		more = realloc(s->kept, (s->room * 2 + 256) * size);
		if (!more)
			return mms_err(MMS_EXIT_FAILED, "out of memory: sort fewer rows");
		s->kept = more;
		s->room = s->room * 2 + 256;
	}
	memcpy(s->kept + s->nr++ * size, rec, size);
	return 0;
}

static int show_process(struct shown *s)
{
	struct mms_ps_node row = { .ps = s->procs.ps };

	mms_ps_total_add(&s->total, &s->procs.ps);
	if (!s->nodes)
		return show(s, &s->procs.ps);
	for (row.node = 0; row.node < MMS_PS_NODES; row.node++) {
		row.rss = s->procs.rss[row.node];
		if (row.rss && show(s, &row))
			return -1;
	}
	return 0;
}

static int every(struct shown *s, struct mms_err *err)
{
	int ret;

	while ((ret = mms_processes_next(&s->procs, err)) > 0)
		if (show_process(s))
			break;
	return ret;
}

static int some(struct shown *s, struct mms_err *err)
{
	const struct mms_cmdline *cl = s->t.cl;
	int i, ret = 0;
	s32 pid;

	for (i = 0; i < cl->nr_args && ret >= 0; i++) {
		mms_cl_pid(cl->args[i], &pid, err);
		ret = mms_processes_read(&s->procs, pid, err);
		if (ret > 0 && show_process(s))
			break;
	}
	return ret;
}

static void show_total(struct shown *s)
{
	const struct mms_section section = {
		.name = "totals", .title = "Total",
		.type = s->t.r.opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_ps_total,
	};
	const struct mms_row row = { .ctx = &s->procs.plain.ctx, .rec = &s->total };

	s->total.kernel = s->procs.kernel;
	s->total.gone = s->procs.gone;
	if (mms_render_open(&s->t.r, &section))
		return;
	mms_render_row(&s->t.r, &row);
	mms_render_close(&s->t.r);
}

static int run(struct shown *s)
{
	struct mms_render *r = &s->t.r;
	struct mms_err err;
	int ret, status = MMS_EXIT_OK;

	mms_render_stream(r, &s->procs.plain.ctx);
	if (!s->sort && mms_render_open(r, &s->section))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	ret = s->t.cl->nr_args ? some(s, &err) : every(s, &err);
	if (ret < 0)
		status = mms_err_say(&err);
	if (!s->sort)
		mms_render_close(r);
	else if (!status)
		status = mms_cl_rows(s->t.cl, r, &s->procs.plain.ctx, &s->section, s->kept, s->nr);
	if (!status && s->total.partial)
		mms_warn("pss and uss of processes of others need root: n/a for %llu",
			 (unsigned long long)s->total.partial);
	if (!status && (r->opts.json || !(r->opts.raw || r->opts.no_headings)))
		show_total(s);
	return status;
}

/* Open the processes, show them, close them. */
static int run_all(void *data)
{
	struct shown *s = data;
	struct mms_err err;
	int ret;

	s->section.columns = s->t.columns;
	if (mms_processes_open(&s->procs, &s->t.args, &s->t.parts, s->nodes, &err))
		return mms_err_say(&err);
	ret = run(s);
	mms_processes_close(&s->procs);
	free(s->kept);
	return ret;
}

int mms_cmd_ps(const struct mms_cmdline *cl)
{
	struct shown s = {
		.nodes = mms_cl_set(cl, MMS_OPT_NODES),
		.sort = mms_cl_set(cl, MMS_OPT_SORT),
		.section = { .name = "rows" },
	};
	struct mms_err err;
	int i;
	s32 pid;

	for (i = 0; i < cl->nr_args; i++)
		if (mms_cl_pid(cl->args[i], &pid, &err))
			return mms_err_say(&err);
	s.section.model = s.nodes ? &mms_model_ps_node : &mms_model_ps;
	return mms_cl_tables(cl, s.section.model, &s.t, run_all, &s);
}
