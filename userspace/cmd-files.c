// SPDX-License-Identifier: GPL-2.0-only
/* mmscope files: which files fill the page cache. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/number.h"
#include "model/cache.h"

static void add(const struct mms_row *row, void *data)
{
	mms_files_total_add(data, row->rec);
}

static void show_total(struct mms_render *r, const struct mms_files_total *total)
{
	const struct mms_section section = {
		.name = "totals", .title = "Total",
		.type = r->opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_files_total, .of = &mms_model_files,
	};
	const struct mms_row row = { .ctx = &r->ctx_copy, .rec = total };

	if (mms_render_open(r, &section))
		return;
	mms_render_row(r, &row);
	mms_render_close(r);
}

int mms_cmd_files(const struct mms_cmdline *cl)
{
	const char *top = cl->val[MMS_OPT_TOP];
	struct mms_files_total total = { .files = 0 };
	struct mms_show show = {
		.feed = { .model = &mms_model_files, .system = true },
		.section = { .name = "rows", .model = &mms_model_files },
		.total = add, .data = &total, .sort = "-cached",
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (top && (mms_parse_u64(top, strlen(top), &show.top) || !show.top))
		return mms_err(MMS_EXIT_USAGE, "--top %s: how many rows?", top);
	if (mms_cl_render(cl, &mms_model_files, &r, &columns, &err))
		return mms_err_say(&err);
	show.section.columns = columns;
	ret = mms_cl_show(cl, &r, &show);
	if (r.begun && !r.opts.lines && (r.opts.json || !(r.opts.raw || r.opts.no_headings)))
		show_total(&r, &total);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
