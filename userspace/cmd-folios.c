// SPDX-License-Identifier: GPL-2.0-only
/* mmscope folios: the folios a process maps. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/totals.h"

#define ORDERS	32	/* a folio of 1 GiB has order 18 */

/* A large folio of which not every page has been seen. */
struct part {
	u64 pfn;
	u64 mapped;	/* pages; 0: a free place in the table */
	u8 kind, order;
};

struct sums {
	struct mms_render *r;
	struct mms_folios_total of[MMS_NR_FOLIO_KINDS][ORDERS];
	struct part *parts;
	size_t nr, room;	/* room is a power of two */
	bool any;
	bool no_memory;
};

static bool keep(struct mms_stream *stream, void *data __unused)
{
	const struct mms_folios_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;

	return rec->start + 4096ULL * rec->mapped > q->start && (!q->end || rec->start < q->end);
}

static struct part *find(struct sums *s, u64 pfn)
{
	size_t i = pfn * 0x9e3779b97f4a7c15ULL >> 20;

	for (;; i++) {
		struct part *p = &s->parts[i & (s->room - 1)];

		if (!p->mapped || p->pfn == pfn)
			return p;
	}
}

static bool grow(struct sums *s)
{
	struct part *old = s->parts;
	size_t room = s->room, i;

	if (s->nr * 2 < s->room)
		return true;
	s->room = room ? room * 2 : 1024;
	s->parts = calloc(s->room, sizeof(*s->parts));
	if (!s->parts) {
		s->parts = old;
		s->room = room;
		return false;
	}
	for (i = 0; i < room; i++)
		if (old[i].mapped)
			*find(s, old[i].pfn) = old[i];
	free(old);
	return true;
}

static void count(struct sums *s, unsigned int kind, unsigned int order, u64 mapped)
{
	struct mms_folios_total *t = &s->of[kind][order];
	u64 pages = BIT(order);

	if (mapped > pages)
		mapped = pages;
	t->folios++;
	t->full += mapped == pages;
	t->partial += mapped < pages;
	t->mapped += mapped << 12;
	t->size += pages << 12;
}

static void begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_stream(s->r, &stream->ctx);
	s->any = true;
}

static int row(struct mms_stream *stream, void *data)
{
	const struct mms_folios_rec *rec = stream->row.rec;
	struct sums *s = data;
	unsigned int kind = rec->kind < MMS_NR_FOLIO_KINDS ? rec->kind : MMS_FOLIO_other;
	struct part *p;

	if (!keep(stream, data) || rec->order >= ORDERS)
		return 0;
	if (rec->mapped >= BIT(rec->order)) {
		if (!(rec->rec.flags & MMS_RF_AGAIN))
			count(s, kind, rec->order, rec->mapped);
		return 0;
	}
	if (!grow(s)) {
		s->no_memory = true;
		return 1;
	}
	p = find(s, rec->pfn);
	if (!p->mapped) {
		/* Counted when it was whole: this is another mapping of it. */
		if (rec->rec.flags & MMS_RF_AGAIN)
			return 0;
		*p = (struct part){ .pfn = rec->pfn, .kind = kind, .order = rec->order };
		s->nr++;
	}
	p->mapped += rec->mapped;
	return 0;
}

static void end(struct mms_stream *stream, void *data)
{
	struct sums *s = data;
	size_t i;

	for (i = 0; i < s->room; i++)
		if (s->parts[i].mapped)
			count(s, s->parts[i].kind, s->parts[i].order, s->parts[i].mapped);
	free(s->parts);
	s->parts = NULL;
	s->nr = s->room = 0;
	mms_render_tail(s->r, &stream->end, stream->ended);
}

static void show_sums(struct sums *s)
{
	const struct mms_section section = {
		.name = "rows", .type = MMS_SECTION_TABLE, .model = &mms_model_folios_total,
	};
	const struct mms_section totals = {
		.name = "totals", .title = "Total",
		.type = s->r->opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_folios_total, .columns = "folios,full,partial,mapped,size",
	};
	struct mms_folios_total all = { .kind = 0 };
	struct mms_row out = { .ctx = &s->r->ctx_copy };
	unsigned int kind, order;

	if (mms_render_open(s->r, &section))
		return;
	for (kind = 0; kind < MMS_NR_FOLIO_KINDS; kind++) {
		for (order = 0; order < ORDERS; order++) {
			struct mms_folios_total *t = &s->of[kind][order];

			if (!t->folios)
				continue;
			t->kind = kind;
			t->order = order;
			all.folios += t->folios;
			all.full += t->full;
			all.partial += t->partial;
			all.mapped += t->mapped;
			all.size += t->size;
			out.rec = t;
			mms_render_row(s->r, &out);
		}
	}
	mms_render_close(s->r);
	out.rec = &all;
	if (mms_render_open(s->r, &totals))
		return;
	mms_render_row(s->r, &out);
	mms_render_close(s->r);
}

static int summarise(const struct mms_cmdline *cl, struct mms_feed *feed, struct sums *s)
{
	int ret;

	feed->begin = begin;
	feed->row = row;
	feed->end = end;
	feed->data = s;
	ret = mms_cl_feed(cl, feed, cl->args, cl->nr_args);
	if (s->no_memory)
		ret = mms_err(MMS_EXIT_FAILED, "out of memory");
	if (s->any)
		show_sums(s);
	return ret;
}

int mms_cmd_folios(const struct mms_cmdline *cl)
{
	bool list = mms_cl_set(cl, MMS_OPT_LIST);
	struct mms_show show = {
		.feed = { .model = &mms_model_folios, .address = cl->val[MMS_OPT_ADDRESS] },
		.section = { .name = "rows", .model = &mms_model_folios },
		.keep = keep,
	};
	struct mms_render r;
	struct sums *sums;
	struct mms_err err;
	char *columns;
	int ret;

	if (!list && (mms_cl_set(cl, MMS_OPT_OUTPUT) || mms_cl_set(cl, MMS_OPT_SORT)))
		return mms_err(MMS_EXIT_USAGE, "folios: -o and -s choose among rows: add --list");
	sums = calloc(1, sizeof(*sums));
	if (!sums)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (mms_cl_render(cl, &mms_model_folios, &r, &columns, &err)) {
		free(sums);
		return mms_err_say(&err);
	}
	sums->r = &r;
	show.section.columns = columns;
	ret = list ? mms_cl_show(cl, &r, &show) : summarise(cl, &show.feed, sums);
	free(columns);
	free(sums);
	return mms_cl_render_end(&r, ret);
}
