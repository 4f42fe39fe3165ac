// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kernel: the kernel's own page tables, and what is writable and executable. */
#include <stdlib.h>
#include "cmd.h"
#include "lib/number.h"
#include "model/cache.h"

/* More runs than a person would look at: beyond, they are counted only. */
#define MAX_RUNS	4096

struct audit {
	struct mms_render *r;
	struct mms_kernel_total total;
	struct mms_kernel_rec *run;
	size_t nr;
	bool ended;
};

/* Runs come before the regions: they are kept for later, and not among the rows. */
static bool keep(struct mms_stream *stream, void *data)
{
	const struct mms_kernel_rec *rec = stream->row.rec;
	struct audit *a = data;

	if (rec->kind != MMS_KERNEL_wx)
		return true;
	mms_kernel_total_add(&a->total, rec);
	if (a->nr < MAX_RUNS)
		a->run[a->nr++] = *rec;
	return false;
}

static void add(const struct mms_row *row, void *data)
{
	struct audit *a = data;

	mms_kernel_total_add(&a->total, row->rec);
	a->ended = true;
}

static void show_runs(struct audit *a)
{
	const struct mms_section section = {
		.name = "wx", .title = "Writable and executable", .model = &mms_model_kernel,
		.columns = a->r->opts.json ? NULL : "range,size,region,pte,pmd,pud,user",
	};
	struct mms_row row = { .ctx = &a->r->ctx_copy };
	size_t i;

	if ((!a->nr && !a->r->opts.json) || mms_render_open(a->r, &section))
		return;
	for (i = 0; i < a->nr; i++) {
		row.rec = &a->run[i];
		mms_render_row(a->r, &row);
	}
	mms_render_close(a->r);
}

static void show_total(struct audit *a)
{
	const struct mms_section section = {
		.name = "totals", .title = "Total",
		.type = a->r->opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_kernel_total, .of = &mms_model_kernel,
	};
	struct mms_row row = { .ctx = &a->r->ctx_copy, .rec = &a->total };

	if (mms_render_open(a->r, &section))
		return;
	mms_render_row(a->r, &row);
	mms_render_close(a->r);
}

static void verdict(struct audit *a)
{
	const struct mms_section section = { .name = "verdict", .type = MMS_SECTION_LINES };
	char size[MMS_SIZE_TEXT];

	if (mms_render_open(a->r, &section))
		return;
	size[mms_format_size(a->total.wx, size)] = '\0';
	if (a->total.wx)
		mms_render_line(a->r, "W+X: FAILED: %s in %llu runs are writable and executable.",
				size, (unsigned long long)a->total.wx_runs);
	else
		mms_render_line(a->r, "W+X: passed: no page of the kernel is writable and executable.");
	mms_render_close(a->r);
}

static int regions(const struct mms_cmdline *cl)
{
	struct mms_render r;
	struct audit audit = { .r = &r };
	struct mms_show show = {
		.feed = { .model = &mms_model_kernel },
		.section = { .name = "rows", .model = &mms_model_kernel },
		.keep = keep, .total = add, .data = &audit,
	};
	struct mms_err err;
	char *columns;
	int ret;

	audit.run = calloc(MAX_RUNS, sizeof(*audit.run));
	if (!audit.run)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (mms_cl_render(cl, &mms_model_kernel, &r, &columns, &err)) {
		free(audit.run);
		return mms_err_say(&err);
	}
	show.section.columns = columns;
	ret = mms_cl_show(cl, &r, &show);
	if (audit.ended && !r.opts.lines && (r.opts.json || !(r.opts.raw || r.opts.no_headings))) {
		show_total(&audit);
		show_runs(&audit);
		verdict(&audit);
	}
	if (!ret && audit.total.wx)
		ret = MMS_EXIT_FAILED;
	free(columns);
	free(audit.run);
	return mms_cl_render_end(&r, ret);
}

int mms_cmd_kernel(const struct mms_cmdline *cl)
{
	return mms_cl_set(cl, MMS_OPT_VMALLOC) ? mms_kernel_vmalloc(cl) : regions(cl);
}
