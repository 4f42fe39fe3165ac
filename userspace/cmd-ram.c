// SPDX-License-Identifier: GPL-2.0-only
/* mmscope ram: what all memory is used for. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/number.h"
#include "model/pfns.h"
#include "source/memory.h"

#define NODES	MMS_MEMORY_NODES

/* What --nodes shows if -o and -x do not say. */
#define NODE_COLUMNS "node,use,size,inactive,active,unevictable,dirty,writeback"

struct sums {
	struct mms_render *r;
	bool nodes;	/* apart */
	bool any;
	struct mms_ram_row of[NODES][MMS_NR_USES];
	struct mms_memory memory;
};

static void begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;
	const struct mms_memory *saved = mms_stream_beside(stream, "memory", sizeof(*saved));

	if (saved)
		s->memory = *saved;
	else if (stream->args->from || mms_memory_read(stream->args->root, &s->memory))
		s->memory = (struct mms_memory){ .vmalloc = 0 };
	mms_render_stream(s->r, &stream->ctx);
	s->any = true;
}

static int row(struct mms_stream *stream, void *data)
{
	const struct mms_pfns_rec *rec = stream->row.rec;
	unsigned int node = rec->node >= 0 && rec->node < NODES ? rec->node : 0;
	struct sums *s = data;

	mms_ram_row_add(&s->of[s->nodes ? node : 0][mms_use_of(rec)], rec,
			stream->ctx.header.page_shift);
	return 0;
}

static void end(struct mms_stream *stream, void *data)
{
	mms_render_tail(((struct sums *)data)->r, &stream->end, stream->ended);
}

static void show_row(const struct sums *s, struct mms_ram_row *rec, unsigned int use,
		     unsigned int node)
{
	const struct mms_row out = { .ctx = &s->r->ctx_copy, .rec = rec };

	rec->use = use;
	rec->node = s->nodes ? (s32)node : MMS_NO_NODE;
	mms_render_row(s->r, &out);
}

/* The rows of a node, and what is managed of it. */
static void show_node(struct sums *s, unsigned int node, struct mms_ram_row *ret_sum)
{
	struct mms_ram_row *of = s->of[node];
	unsigned int use;

	for (use = 0; use < MMS_NR_USES; use++) {
		if (use != MMS_USE_reserved)
			mms_ram_row_sum(ret_sum, &of[use]);
		if (of[use].folios)
			show_row(s, &of[use], use, node);
	}
	if (ret_sum->folios)
		show_row(s, ret_sum, MMS_NR_USES, node);
}

static void say_kernel(struct mms_render *r, const struct mms_ram_total *t)
{
	char kernel[MMS_SIZE_TEXT], vmalloc[MMS_SIZE_TEXT], stacks[MMS_SIZE_TEXT],
		percpu[MMS_SIZE_TEXT];
	const u64 found = t->stacks < t->vmalloc ? t->stacks : t->vmalloc;

	mms_format_size(t->kernel, kernel);
	mms_format_size(t->vmalloc - found, vmalloc);
	mms_format_size(t->kernel_stacks > found ? t->kernel_stacks - found : 0, stacks);
	mms_format_size(t->percpu, percpu);
	mms_render_line(r, "Not attributed: %s of the kernel's, of which nothing tells the use. /proc/meminfo",
			kernel);
	mms_render_line(r, "has %s vmalloc (%skernel stacks: %s) and %s per-CPU memory in it.",
			vmalloc, found ? "further " : "", stacks, percpu);
}

static void say_sum(struct mms_render *r, const struct mms_ram_total *t)
{
	char managed[MMS_SIZE_TEXT], sum[MMS_SIZE_TEXT], off[MMS_SIZE_TEXT];

	mms_format_size(t->managed, managed);
	mms_format_size(t->sum, sum);
	mms_format_size(t->difference < 0 ? -t->difference : t->difference, off);
	if (!t->managed)
		mms_render_line(r, "The sum is not compared: there is no /proc/zoneinfo of that machine.");
	else if (!t->difference)
		mms_render_line(r, "The sum closes: %s is all that the page allocator manages.", sum);
	else
		mms_render_line(r, "The sum does not close: %s, and the page allocator manages %s: %s %s.",
				sum, managed, off, t->difference < 0 ? "too much" : "missing");
}

static void show_total(struct sums *s, struct mms_ram_total *t)
{
	const struct mms_section object = {
		.name = "totals", .type = MMS_SECTION_OBJECT, .model = &mms_model_ram_total,
	};
	const struct mms_section lines = { .name = "totals", .type = MMS_SECTION_LINES };
	const struct mms_row out = { .ctx = &s->r->ctx_copy, .rec = t };

	if (!s->r->opts.json && (s->r->opts.raw || s->r->opts.no_headings))
		return;
	if (mms_render_open(s->r, s->r->opts.json ? &object : &lines))
		return;
	if (s->r->opts.json) {
		mms_render_row(s->r, &out);
	} else {
		say_sum(s->r, t);
		say_kernel(s->r, t);
	}
	mms_render_close(s->r);
}

static void show(struct sums *s, const char *columns)
{
	const struct mms_section section = {
		.name = "rows", .type = MMS_SECTION_TABLE, .model = &mms_model_ram,
		.columns = columns, .of = &mms_model_pfns,
	};
	struct mms_ram_total total = {
		.kernel_stacks = s->memory.kernel_stacks, .vmalloc = s->memory.vmalloc,
		.percpu = s->memory.percpu,
	};
	unsigned int node;

	if (mms_render_open(s->r, &section))
		return;
	for (node = 0; node < NODES; node++) {
		struct mms_ram_row sum = { .folios = 0 };

		show_node(s, node, &sum);
		total.managed += s->memory.managed[node];
		total.sum += sum.size;
		total.reserved += s->of[node][MMS_USE_reserved].size;
		total.kernel += s->of[node][MMS_USE_kernel].size;
		total.stacks += s->of[node][MMS_USE_kstack].size;
	}
	mms_render_close(s->r);
	total.difference = total.managed ? total.managed - total.sum : 0;
	show_total(s, &total);
}

int mms_cmd_ram(const struct mms_cmdline *cl)
{
	struct mms_feed feed = {
		.model = &mms_model_pfns, .begin = begin, .row = row, .end = end,
	};
	struct mms_render r;
	struct mms_err err;
	struct sums *s;
	char *columns;
	int ret;

	s = calloc(1, sizeof(*s));
	if (!s)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (mms_cl_render(cl, &mms_model_ram, &r, &columns, &err)) {
		free(s);
		return mms_err_say(&err);
	}
	s->r = &r;
	s->nodes = mms_cl_set(cl, MMS_OPT_NODES);
	if (s->nodes && !r.opts.json && !(cl->set & (MMS_O(OUTPUT) | MMS_O(EXTENDED)))) {
		free(columns);
		columns = strdup(NODE_COLUMNS);
	}
	feed.data = s;
	ret = mms_cl_feed(cl, &feed, NULL, 0);
	if (s->any)
		show(s, columns);
	free(columns);
	free(s);
	return mms_cl_render_end(&r, ret);
}
