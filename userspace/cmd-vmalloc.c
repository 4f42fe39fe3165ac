// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kernel --vmalloc: the areas of vmalloc one by one. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/vmalloc.h"
#include "source/bpf.h"
#include "source/kallsyms.h"

struct shown {
	const struct mms_cmdline *cl;
	struct mms_render r;
	struct mms_stream stream;	/* no source's: for its ctx */
	struct mms_source_args args;
	struct mms_parts parts;
	struct mms_vmalloc_row *row;
	u32 nr;
	struct mms_vmalloc_total total;
	u64 names;	/* 0: the kernel's functions could not be named */
	char *columns;
};

static int by_start(const void *a, const void *b)
{
	const struct mms_vmalloc_row *x = a, *y = b;

	return x->area.start < y->area.start ? -1 : x->area.start > y->area.start;
}

/* Areas into rows: in order of address, with names. */
static int take(struct shown *s, const struct mms_vmalloc_areas *areas)
{
	struct mms_kallsyms *syms = mms_kallsyms_load();
	u32 i;

	s->row = calloc(areas->nr + 1, sizeof(*s->row));
	for (i = 0; s->row && i < areas->nr; i++) {
		struct mms_vmalloc_row *row = &s->row[i];

		row->area = areas->area[i];
		if (syms && row->area.caller)
			mms_kallsyms_name(syms, row->area.caller, row->caller, sizeof(row->caller));
	}
	s->names = !!syms;
	mms_kallsyms_destroy(syms);
	if (!s->row)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	s->nr = areas->nr;
	s->total.raced = areas->raced;
	if (s->nr)
		qsort(s->row, s->nr, sizeof(*s->row), by_start);
	return MMS_EXIT_OK;
}

static int read_rows(struct shown *s)
{
	struct mms_vmalloc_areas areas;
	struct mms_err err;
	int ret;

	if (mms_vmalloc_read(&areas, &err))
		return mms_err_say(&err);
	ret = take(s, &areas);
	free(areas.area);
	if (ret)
		return ret;
	mms_parts_put(&s->parts, "vmalloc.rows", s->row, sizeof(*s->row), s->nr);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): mms_kernel_vmalloc() frees the rows */
	mms_parts_put(&s->parts, "vmalloc.raced", &s->total.raced, sizeof(s->total.raced), 1);
	mms_parts_put(&s->parts, "vmalloc.names", &s->names, sizeof(s->names), 1);
	return MMS_EXIT_OK;
}

/* What a file has. */
static int saved_rows(struct shown *s)
{
	const void *rows, *raced, *names;
	struct mms_err err;
	size_t nr;

	if (mms_parts_get(&s->parts, "vmalloc.rows", sizeof(*s->row), &rows, &nr, &err) ||
	    mms_parts_one(&s->parts, "vmalloc.raced", sizeof(s->total.raced), &raced, &err) ||
	    mms_parts_one(&s->parts, "vmalloc.names", sizeof(s->names), &names, &err))
		return mms_err_say(&err);
	s->row = calloc(nr + 1, sizeof(*s->row));
	if (!s->row)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	memcpy(s->row, rows, nr * sizeof(*s->row));
	s->nr = nr;
	s->total.raced = *(const u64 *)raced;
	s->names = *(const u64 *)names;
	return MMS_EXIT_OK;
}

static int show(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_vmalloc, .columns = s->columns,
	}, total = {
		.name = "totals", .title = "Total", .model = &mms_model_vmalloc_total,
		.type = s->r.opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
	};
	bool more = s->r.opts.json || !(s->r.opts.raw || s->r.opts.no_headings ||
					mms_cl_set(s->cl, MMS_OPT_OUTPUT));
	int ret;
	u32 i;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the same */
	for (i = 0; i < s->nr; i++)
		mms_vmalloc_total_add(&s->total, &s->row[i].area);
	mms_parts_stream(&s->parts, &s->stream, "bpf");
	if (!s->names)
		mms_stream_lacks(&s->stream, MMS_VMALLOC_NEEDS_NAMES,
				 "/proc/kallsyms shows no addresses: it needs CAP_SYSLOG, see kernel.kptr_restrict");
	mms_render_stream(&s->r, &s->stream.ctx);
	ret = mms_cl_rows(s->cl, &s->r, &s->stream.ctx, &rows, s->row, s->nr);
	if (ret || s->r.opts.lines || !more)
		return ret;
	return mms_cl_rows(NULL, &s->r, &s->stream.ctx, &total, &s->total, 1);
}

static int run(struct shown *s)
{
	int ret = s->parts.from ? saved_rows(s) : read_rows(s);

	return ret ? ret : show(s);
}

int mms_kernel_vmalloc(const struct mms_cmdline *cl)
{
	struct shown s = { .cl = cl, .stream = { .model = &mms_model_vmalloc } };
	struct mms_err err;
	int ret, sort;
	bool down;

	if (mms_cl_set(cl, MMS_OPT_SOURCE) || mms_cl_set(cl, MMS_OPT_ROOT))
		return mms_err(MMS_EXIT_USAGE,
			       "--vmalloc has a source of its own: leave out --source and --root");
	s.stream.args = &s.args;
	if (mms_cl_sort(cl, &mms_model_vmalloc, &sort, &down, &err) ||
	    mms_cl_render(cl, &mms_model_vmalloc, &s.r, &s.columns, &err))
		return mms_err_say(&err);
	if (mms_cl_source(cl, &s.args, &err) ||
	    mms_parts_open(&s.parts, &s.args, "vmalloc", &err)) {
		ret = mms_err_say(&err);
	} else {
		ret = run(&s);
		if (mms_parts_close(&s.parts, &err))
			ret = mms_err_say(&err);
	}
	free(s.row);
	free(s.columns);
	return mms_cl_render_end(&s.r, ret);
}
