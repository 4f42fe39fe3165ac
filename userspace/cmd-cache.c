// SPDX-License-Identifier: GPL-2.0-only
/* mmscope cache: what is in the page cache of one file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd.h"
#include "lib/escape.h"
#include "lib/number.h"
#include "model/cache.h"
#include "render/cache-draw.h"

#define ORDERS	32
#define NODES	64

struct sums {
	struct mms_render *r;
	bool any, ascii;
	const char *name;
	u64 size;
	struct mms_cache_total all;
	struct mms_cache_total order[ORDERS];
	struct mms_cache_total node[NODES + 1];	/* the last: not known */
	struct mms_cache_map map;
};

static bool keep(struct mms_stream *stream, void *data __unused)
{
	const struct mms_cache_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	u64 start = rec->index << 12, end = (rec->index + rec->pages) << 12;

	return end > q->start && (!q->end || start < q->end);
}

static void begin(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_stream(s->r, &stream->ctx);
	s->any = true;
}

static int row(struct mms_stream *stream, void *data)
{
	const struct mms_cache_rec *rec = stream->row.rec;
	struct sums *s = data;

	if (!keep(stream, data))
		return 0;
	mms_cache_map_add(&s->map, rec);
	mms_cache_total_add(&s->all, rec);
	if (rec->kind != MMS_CACHE_folio)
		return 0;
	mms_cache_total_add(&s->order[rec->order % ORDERS], rec);
	mms_cache_total_add(&s->node[rec->node >= 0 && rec->node < NODES ? rec->node : NODES], rec);
	return 0;
}

static void end(struct mms_stream *stream, void *data)
{
	struct sums *s = data;

	mms_render_tail(s->r, &stream->end, stream->ended);
}

static void show_rows(struct mms_render *r, const struct mms_section *section,
		      const struct mms_cache_total *rows, unsigned int nr)
{
	struct mms_row row = { .ctx = &r->ctx_copy };
	unsigned int i;

	if (mms_render_open(r, section))
		return;
	for (i = 0; i < nr; i++) {
		row.rec = &rows[i];
		if (rows[i].folios || nr == 1)
			mms_render_row(r, &row);
	}
	mms_render_close(r);
}

/* The first line, and the drawing. */
static void draw(struct sums *s)
{
	const struct mms_section section = { .name = "map", .type = MMS_SECTION_LINES };
	struct mms_out *out = &s->r->out;
	char size[MMS_SIZE_TEXT], cached[MMS_SIZE_TEXT];
	u64 pages = s->map.pages, tenths = pages ? s->all.resident * 1000 / pages : 0;

	if (mms_render_open(s->r, &section))
		return;
	size[mms_format_size(s->size, size)] = '\0';
	cached[mms_format_size(s->all.cached, cached)] = '\0';
	if (s->name) {
		mms_escape_text(out, s->name, strlen(s->name), false);
		mms_out_printf(out, ": %s, ", size);
	}
	mms_out_printf(out, "%llu pages; %llu cached (%llu.%llu %%), %s\n",
		       (unsigned long long)pages, (unsigned long long)s->all.resident,
		       (unsigned long long)tenths / 10, (unsigned long long)tenths % 10, cached);
	mms_cache_draw(s->r, &s->map, s->ascii);
	mms_render_close(s->r);
}

/* Without the module a row is a run of pages, and folios cannot be counted. */
static const char *total_columns(const struct sums *s, bool folios)
{
	if (!folios)
		return s->r->opts.json ? "size,pages,resident,cached,dirty,writeback,evicted" :
					 "cached,dirty,writeback,evicted";
	return s->r->opts.json ?
	       "size,pages,resident,folios,cached,dirty,writeback,mapped,active,swapped,evicted" : NULL;
}

static void show_sums(struct sums *s)
{
	bool folios = !mms_field_missing(&s->r->ctx_copy, &mms_model_cache, MMS_F(cache, order));
	bool json = s->r->opts.json;
	struct mms_section orders = {
		.name = "orders", .title = "By order", .model = &mms_model_cache_total,
		.of = &mms_model_cache,
		.columns = "order,folios,cached,dirty,writeback,mapped,active",
	};
	struct mms_section nodes = {
		.name = "nodes", .title = "By node", .model = &mms_model_cache_total,
		.of = &mms_model_cache,
		.columns = "node,folios,cached,dirty,writeback,mapped,active",
	};
	struct mms_section total = {
		.name = "totals", .title = "Total",
		.type = json ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
		.model = &mms_model_cache_total, .of = &mms_model_cache,
		.columns = total_columns(s, folios),
	};
	unsigned int i;

	for (i = 0; i < ORDERS; i++)
		s->order[i].order = i;
	for (i = 0; i <= NODES; i++)
		s->node[i].node = i < NODES ? (int)i : MMS_NO_NODE;
	s->all.size = s->size;
	s->all.pages = s->map.pages;
	if (!json)
		draw(s);
	if (folios) {
		show_rows(s->r, &orders, s->order, ORDERS);
		show_rows(s->r, &nodes, s->node, NODES + 1);
	}
	show_rows(s->r, &total, &s->all, 1);
}

/* Open the file: 0, or -1 with @err filled. */
static int open_file(const char *name, int *ret_fd, u64 *ret_size, struct mms_err *err)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	off_t size;

	if (fd < 0)
		return mms_err_set(err, errno == EACCES || errno == EPERM ? MMS_EXIT_MISSING :
				   MMS_EXIT_FAILED, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
		close(fd);
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%s: neither a regular file nor a block device", name);
	}
	size = S_ISREG(st.st_mode) ? st.st_size : lseek(fd, 0, SEEK_END);
	*ret_fd = fd;
	*ret_size = size > 0 ? size : 0;
	return 0;
}

static int summarise(const struct mms_cmdline *cl, struct mms_feed *feed, struct sums *s)
{
	int ret;

	mms_cache_map_init(&s->map, (s->size + 4095) >> 12);
	feed->begin = begin;
	feed->row = row;
	feed->end = end;
	feed->data = s;
	ret = mms_cl_feed(cl, feed, NULL, 0);
	if (s->any)
		show_sums(s);
	return ret;
}

int mms_cmd_cache(const struct mms_cmdline *cl)
{
	bool list = mms_cl_set(cl, MMS_OPT_LIST);
	struct mms_show show = {
		.feed = {
			.model = &mms_model_cache, .address = cl->val[MMS_OPT_ADDRESS],
			.system = true,
		},
		.section = { .name = "rows", .model = &mms_model_cache },
		.keep = keep,
	};
	struct mms_render r;
	struct sums *sums;
	struct mms_err err;
	char *columns;
	int ret, fd = -1;

	if (!list && (mms_cl_set(cl, MMS_OPT_OUTPUT) || mms_cl_set(cl, MMS_OPT_SORT)))
		return mms_err(MMS_EXIT_USAGE, "cache: -o and -s choose among rows: add --list");
	if (!cl->nr_args && !cl->val[MMS_OPT_FROM])
		return mms_err(MMS_EXIT_USAGE, "cache: which FILE?");
	sums = calloc(1, sizeof(*sums));
	if (!sums)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	sums->name = cl->nr_args ? cl->args[0] : NULL;
	if ((sums->name && open_file(sums->name, &fd, &sums->size, &err)) ||
	    mms_cl_render(cl, &mms_model_cache, &r, &columns, &err)) {
		ret = mms_err_say(&err);
		goto out;
	}
	show.feed.query.fd = fd < 0 ? 0 : fd;
	sums->r = &r;
	sums->ascii = mms_cl_ascii(cl);
	show.section.columns = columns;
	ret = list ? mms_cl_show(cl, &r, &show) : summarise(cl, &show.feed, sums);
	free(columns);
	ret = mms_cl_render_end(&r, ret);
out:
	if (fd >= 0)
		close(fd);
	free(sums);
	return ret;
}
