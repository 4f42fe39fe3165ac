// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pages: page frames, with the options of page-types. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/pfns.h"

/**
 * struct chosen - what is shown
 * @frames: those of -a
 * @kpf: those of -b, by page flags
 */
struct chosen {
	struct mms_frames frames;
	struct mms_filters kpf;
};

/* Pages by their flags: a hash table with open addressing, its size a power of two. */
struct sums {
	struct mms_render *r;
	const struct chosen *chosen;
	struct mms_pages_total *of;	/* of no pages: a free place */
	size_t nr, room;
	u64 pages;
	bool any;
	bool no_memory;
};

/* The module has not done "any of these flags"; a saved stream's rows come unfiltered. */
static bool keep(struct mms_stream *stream, void *data)
{
	const struct mms_pfns_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	const struct chosen *c = data;
	u64 frames = (u64)rec->count << rec->order;

	if (!mms_filters_pass(&c->kpf, rec->kpf))
		return false;
	if (q->kinds && !(q->kinds >> rec->kind & 1))
		return false;
	return rec->pfn + frames > q->start && (!q->end || rec->pfn < q->end);
}

/* ---- sums by flags ------------------------------------------------------ */

static struct mms_pages_total *find(const struct sums *s, u64 kpf)
{
	size_t i = kpf * 0x9e3779b97f4a7c15ULL >> 20;

	for (;; i++) {
		struct mms_pages_total *t = &s->of[i & (s->room - 1)];

		if (!t->pages || t->kpf == kpf)
			return t;
	}
}

static bool grow(struct sums *s)
{
	struct mms_pages_total *old = s->of;
	size_t room = s->room, i;

	if (s->nr * 2 < s->room)
		return true;
	s->room = room ? room * 2 : 256;
	s->of = calloc(s->room, sizeof(*s->of));
	if (!s->of) {
		s->of = old;
		s->room = room;
		return false;
	}
	for (i = 0; i < room; i++)
		if (old[i].pages)
			*find(s, old[i].kpf) = old[i];
	free(old);
	return true;
}

static bool count(struct sums *s, u64 kpf, u64 pages)
{
	struct mms_pages_total *t;

	if (!pages)
		return true;
	if (!grow(s))
		return false;
	t = find(s, kpf);
	s->nr += !t->pages;
	t->kpf = kpf;
	t->pages += pages;
	s->pages += pages;
	return true;
}

static void begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_stream(s->r, &stream->ctx);
	s->any = true;
}

/* First pages of the row's folios among the @n frames that it begins with. */
static u64 heads_in(const struct mms_pfns_rec *rec, u64 n)
{
	return (n + BIT(rec->order) - 1) >> rec->order;
}

/* Of a row that reaches beyond the frames asked for only those count. */
static int row(struct mms_stream *stream, void *data)
{
	const struct mms_pfns_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	struct sums *s = data;
	u64 first = 0, last = (u64)rec->count << rec->order, heads;

	if (!keep(stream, (void *)s->chosen))
		return 0;
	if (rec->pfn < q->start)
		first = q->start - rec->pfn;
	if (q->end && rec->pfn + last > q->end)
		last = q->end - rec->pfn;
	heads = heads_in(rec, last) - heads_in(rec, first);
	s->no_memory = !count(s, rec->kpf, heads) ||
		       !count(s, mms_kpf_tail(rec->kpf), last - first - heads);
	return s->no_memory;
}

static void end(struct mms_stream *stream, void *data)
{
	mms_render_tail(((struct sums *)data)->r, &stream->end, stream->ended);
}

struct order {
	const struct mms_row row;
	int field;
	bool down;
};

static int compare(const void *a, const void *b, void *data)
{
	const struct mms_model *model = &mms_model_pages_total;
	const struct order *o = data;
	struct mms_row ra = { .ctx = o->row.ctx, .rec = a }, rb = { .ctx = o->row.ctx, .rec = b };
	int ret = mms_field_cmp(model, &model->fields[o->field], &ra, &rb);

	return o->down ? -ret : ret;
}

static void show_total(struct sums *s, unsigned int page_shift)
{
	const struct mms_section section = {
		.name = "totals", .title = "Total",
		.type = s->r->opts.json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_pages_total, .columns = "pages,size",
	};
	const struct mms_pages_total all = { .pages = s->pages, .size = s->pages << page_shift };
	const struct mms_row out = { .ctx = &s->r->ctx_copy, .rec = &all };

	if (!s->r->opts.json && (s->r->opts.raw || s->r->opts.no_headings))
		return;
	if (mms_render_open(s->r, &section))
		return;
	mms_render_row(s->r, &out);
	mms_render_close(s->r);
}

static void show_sums(struct sums *s, const char *columns, int field, bool down)
{
	const struct mms_section section = {
		.name = "rows", .model = &mms_model_pages_total, .columns = columns,
	};
	const unsigned int page_shift = s->r->ctx_copy.header.page_shift;
	struct order order = {
		.row.ctx = &s->r->ctx_copy, .field = field < 0 ? 0 : field, .down = down,
	};
	struct mms_row out = { .ctx = &s->r->ctx_copy };
	size_t i, n = 0;

	for (i = 0; i < s->room; i++)
		if (s->of[i].pages)
			s->of[n++] = s->of[i];
	if (n)
		qsort_r(s->of, n, sizeof(*s->of), compare, &order);
	if (mms_render_open(s->r, &section))
		return;
	for (i = 0; i < n; i++) {
		s->of[i].size = s->of[i].pages << page_shift;
		out.rec = &s->of[i];
		mms_render_row(s->r, &out);
	}
	mms_render_close(s->r);
	show_total(s, page_shift);
}

static int summarise(const struct mms_cmdline *cl, struct mms_render *r,
		     const struct mms_feed *feed, const struct chosen *chosen, const char *columns)
{
	struct sums s = { .r = r, .chosen = chosen };
	struct mms_feed summed = *feed;
	struct mms_err err;
	bool down = false;
	int ret, field;

	if (mms_cl_sort(cl, &mms_model_pages_total, &field, &down, &err))
		return mms_err_say(&err);
	summed.begin = begin;
	summed.row = row;
	summed.end = end;
	summed.data = &s;
	ret = mms_cl_feed(cl, &summed, NULL, 0);
	if (s.no_memory)
		ret = mms_err(MMS_EXIT_FAILED, "out of memory");
	if (s.any)
		show_sums(&s, columns, field, down);
	free(s.of);
	return ret;
}

/* ---- the command --------------------------------------------------------- */

static int choose(const struct mms_cmdline *cl, struct mms_query *q, struct chosen *c,
		  struct mms_err *err)
{
	const char *frames = cl->val[MMS_OPT_FRAMES];
	struct mms_source_args args;

	if (mms_cl_words(cl->val[MMS_OPT_WHAT], MMS_UNIT_foliokind, "kind of page", &q->kinds,
			 err) ||
	    mms_cl_kpf(cl, q, &c->kpf, err))
		return -1;
	if (mms_cl_set(cl, MMS_OPT_LIST_EACH))
		q->flags |= MMS_Q_NO_MERGE;
	if (!frames)
		return 0;
	return mms_cl_source(cl, &args, err) ?: mms_cl_frames(&args, frames, &c->frames, err);
}

int mms_cmd_pages(const struct mms_cmdline *cl)
{
	bool list = mms_cl_set(cl, MMS_OPT_LIST) || mms_cl_set(cl, MMS_OPT_LIST_EACH);
	const struct mms_model *model = list ? &mms_model_pfns : &mms_model_pages_total;
	struct chosen chosen = { .kpf.nr = 0 };
	struct mms_show show = {
		.feed = { .model = &mms_model_pfns },
		.section = { .name = "rows", .model = &mms_model_pfns },
		.keep = keep, .data = &chosen,
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (choose(cl, &show.feed.query, &chosen, &err) ||
	    mms_cl_render(cl, model, &r, &columns, &err)) {
		mms_frames_deinit(&chosen.frames);
		return mms_err_say(&err);
	}
	show.section.columns = columns;
	show.feed.frames = chosen.frames.nr ? &chosen.frames : NULL;
	ret = list ? mms_cl_show(cl, &r, &show) :
		     summarise(cl, &r, &show.feed, &chosen, columns);
	mms_frames_deinit(&chosen.frames);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
