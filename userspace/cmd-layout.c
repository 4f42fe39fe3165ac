// SPDX-License-Identifier: GPL-2.0-only
/* mmscope layout: the whole of an address space. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/sysfile.h"
#include "model/layout.h"
#include "model/symbols.h"
#include "render/layout-draw.h"

/**
 * struct gathered - what is known of an address space
 * @args: where it is taken from
 * @layout: areas and sums made of it
 * @in: what these are made of
 * @symbols: names in it
 * @ctx: of the stream of maps
 * @pid: the process
 * @comm: the process's name, or ""
 * @located: --locate was given
 * @at: --locate's address
 * @symbol: name of what is there, or ""
 */
struct gathered {
	struct mms_source_args args;
	struct mms_layout layout;
	struct mms_layout_in in;
	struct mms_symbols *symbols;
	struct mms_ctx *ctx;
	s32 pid;
	char comm[64];
	bool located;
	u64 at;
	char symbol[4352];
};

/* Run @row over a view. @needed: an error is one, else there is just nothing. */
static int each(struct gathered *g, const struct mms_source_args *args,
		const struct mms_model *model, void (*row)(struct gathered *, struct mms_stream *),
		struct mms_err *err)
{
	const struct mms_query query = { .pid = g->pid };
	struct mms_stream *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (mms_stream_open(s, args, model, &query, err)) {
		free(s);
		return -1;
	}
	if (model == &mms_model_maps) {
		*g->ctx = s->ctx;
		mms_layout_init(&g->layout, s->ctx.header.levels);
		g->pid = g->pid ? g->pid : s->ctx.header.pid;
	}
	while ((ret = mms_stream_next(s, err)) > 0)
		row(g, s);
	mms_stream_close(s);
	free(s);
	return ret;
}

static void maps_row(struct gathered *g, struct mms_stream *s)
{
	struct mms_value name = { .type = MMS_VALUE_NUM };
	int field = mms_model_field(&mms_model_maps, "mapping", strlen("mapping"));

	mms_field_get(&mms_model_maps, &mms_model_maps.fields[field], &s->row, &name);
	mms_layout_vma(&g->layout, s->row.rec, name.text,
		       name.type == MMS_VALUE_TEXT ? name.len : 0);
}

static void summary_row(struct gathered *g, struct mms_stream *s)
{
	struct mms_summary_rec *sum = &g->in.summary;

	*sum = *(const struct mms_summary_rec *)s->row.rec;
	snprintf(g->comm, sizeof(g->comm), "%.*s", (int)s->row.len, s->row.text);
	/* What a source does not have is 0 here, which means the same. */
}

static void regions_row(struct gathered *g, struct mms_stream *s)
{
	mms_layout_region(&g->layout, s->row.rec);
	g->layout.regions = true;
}

static int number_of_file(const char *root, const char *path)
{
	char line[32];

	return mms_sys_line(root, line, sizeof(line), "%s", path) > 0 ? atoi(line) : -1;
}

/* The kernel's own settings, where this is its machine. */
static void settings(struct gathered *g)
{
	const char *root = g->args.root;
	char line[32];

	g->in.rnd_bits = g->in.rnd_compat_bits = g->in.randomize = -1;
	if (g->args.from)
		return;
	g->in.rnd_bits = number_of_file(root, "/proc/sys/vm/mmap_rnd_bits");
	g->in.rnd_compat_bits = number_of_file(root, "/proc/sys/vm/mmap_rnd_compat_bits");
	g->in.randomize = number_of_file(root, "/proc/sys/kernel/randomize_va_space");
	if (mms_sys_line(root, line, sizeof(line), "/proc/%d/personality", g->pid) > 0)
		g->in.no_randomize = strtoul(line, NULL, 16) & 0x0040000;
}

static int gather(struct gathered *g, struct mms_err *err)
{
	const struct mms_source_args module = { .source = "module", .root = g->args.root };
	struct mms_source_args plain = g->args;
	struct mms_err ignored;

	if (each(g, &g->args, &mms_model_maps, maps_row, err))
		return -1;
	plain.save = NULL;
	each(g, &plain, &mms_model_summary, summary_row, &ignored);
	settings(g);
	/* Another machine's kernel, or one whose module is not to be asked, has its own. */
	if (!g->args.from && !*g->args.root &&
	    (!g->args.source || !strcmp(g->args.source, "module"))) {
		s32 pid = g->pid;

		g->pid = 0;
		each(g, &module, &mms_model_regions, regions_row, &ignored);
		g->pid = pid;
	}
	if (!g->layout.regions)
		mms_layout_static_regions(&g->layout);
	mms_layout_end(&g->layout);
	if (g->layout.failed)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	mms_layout_aslr(&g->layout, &g->in);
	return 0;
}

static int locate(struct gathered *g, const char *text, struct mms_err *err)
{
	struct mms_query query = { .pid = g->pid };
	struct mms_area *area;

	g->symbols = mms_names_load(&g->args, g->pid);
	if (!text)
		return 0;
	if (mms_cl_range(text, g->symbols, &query, err))
		return -1;
	g->located = true;
	g->at = query.start;
	if (g->symbols)
		g->symbol[mms_symbols_format(g->symbols, g->at, g->symbol,
					     sizeof(g->symbol) - 1)] = '\0';
	area = mms_layout_find(&g->layout, g->at);
	if (area)
		area->located = 1;
	return 0;
}

static void rows(struct gathered *g, struct mms_render *r, const struct mms_section *section,
		 const void *records, size_t nr)
{
	const char *rec = records;

	if (mms_render_open(r, section))
		return;
	for (; nr--; rec += section->model->rec_size) {
		struct mms_row row = { .ctx = &r->ctx_copy, .rec = rec };

		mms_render_row(r, &row);
	}
	mms_render_close(r);
	(void)g;
}

static void show_tables(struct gathered *g, struct mms_render *r, const char *columns)
{
	const struct mms_section areas = {
		.name = "rows", .model = &mms_model_layout, .columns = columns,
	};
	const struct mms_section totals = {
		.name = "totals", .type = MMS_SECTION_OBJECT, .model = &mms_model_layout_total,
	};
	const struct mms_section aslr = { .name = "aslr", .model = &mms_model_aslr };

	g->ctx->symbols = NULL;
	mms_render_stream(r, g->ctx);
	rows(g, r, &areas, g->layout.areas, g->layout.nr);
	if (!r->opts.json)
		return;
	rows(g, r, &totals, &g->layout.total, 1);
	if (!r->opts.lines)
		rows(g, r, &aslr, g->layout.aslr, g->layout.nr_aslr);
}

static void draw(struct gathered *g, struct mms_render *r, const struct mms_cmdline *cl)
{
	char title[160];
	struct mms_layout_look look = {
		.title = title, .ascii = mms_cl_ascii(cl), .located = g->located, .at = g->at,
		.symbol = g->symbol, .randomize = g->in.randomize,
	};

	if (*g->comm)
		snprintf(title, sizeof(title), "%s, process %d, %u levels of page tables",
			 g->comm, g->pid, g->layout.levels);
	else
		snprintf(title, sizeof(title), "Process %d, %u levels of page tables",
			 g->pid, g->layout.levels);
	if (mms_field_missing(g->ctx, &mms_model_maps, MMS_F(maps, rss)))
		look.note = "What is resident is not known: there is no smaps file.";
	mms_layout_draw(r, &g->layout, &look);
}

static int show(struct gathered *g, const struct mms_cmdline *cl, struct mms_err *err)
{
	struct mms_render r;
	char *columns;

	if (mms_cl_render(cl, &mms_model_layout, &r, &columns, err))
		return -1;
	if (r.opts.json || mms_cl_set(cl, MMS_OPT_LIST) || mms_cl_set(cl, MMS_OPT_OUTPUT))
		show_tables(g, &r, columns);
	else
		draw(g, &r, cl);
	free(columns);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}

int mms_cmd_layout(const struct mms_cmdline *cl)
{
	struct gathered *g = calloc(1, sizeof(*g));
	struct mms_err err;
	int ret = -1;

	if (g)
		g->ctx = calloc(1, sizeof(*g->ctx));
	if (!g || !g->ctx) {
		free(g);
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	}
	if (mms_cl_source(cl, &g->args, &err) ||
	    (cl->nr_args && mms_cl_pid(cl->args[0], &g->pid, &err)))
		goto out;
	if (gather(g, &err) || locate(g, cl->val[MMS_OPT_LOCATE], &err))
		goto out;
	ret = show(g, cl, &err);
out:
	if (ret < 0)
		ret = mms_err_say(&err);
	mms_symbols_destroy(g->symbols);
	mms_layout_deinit(&g->layout);
	free(g->ctx);
	free(g);
	return ret;
}
