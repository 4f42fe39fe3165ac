// SPDX-License-Identifier: GPL-2.0-only
/* mmscope frag: how fragmented free memory is. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/number.h"
#include "model/zones.h"

/**
 * struct frag - what is gathered, and asked
 * @r: where it is shown
 * @zones: those that have memory, @nr of them
 * @nr: see @zones
 * @order: asked about, -1: what is above the largest that would succeed
 * @list: each order
 * @movable: for movable memory
 * @no_memory: there was none for a line of @zones
 */
struct frag {
	struct mms_render *r;
	struct mms_frag_zone *zones;
	size_t nr;
	int order;
	bool list;
	bool movable;
	bool no_memory;
};

static int zones_row(struct mms_stream *stream, void *data)
{
	const struct mms_zones_rec *rec = stream->row.rec;
	struct frag *f = data;
	struct mms_frag_zone *z;

	if (rec->row != MMS_ZONE_ROW_zone || !rec->managed)
		return 0;
	z = realloc(f->zones, (f->nr + 1) * sizeof(*z));
	f->no_memory = !z;
	if (!z)
		return 1;
	f->zones = z;
	z += f->nr++;
	*z = (struct mms_frag_zone){ .marks = *rec };
	return 0;
}

static void buddy_begin(struct mms_stream *stream, void *data)
{
	struct frag *f = data;

	mms_render_stream(f->r, &stream->ctx);
}

static int buddy_row(struct mms_stream *stream, void *data)
{
	const struct mms_buddy_rec *rec = stream->row.rec;
	const unsigned int type = rec->type < MMS_NR_MIGRATE_TYPES ? rec->type :
								     MMS_MIGRATE_unmovable;
	struct frag *f = data;
	size_t i;

	for (i = 0; i < f->nr && rec->order < MMS_ORDERS; i++)
		if (f->zones[i].marks.node == rec->node && f->zones[i].marks.zone == rec->zone)
			f->zones[i].blocks[rec->order][type] += rec->blocks;
	return 0;
}

/*
 * How many orders the allocator has: at least one zone is large enough to have a
 * free block of the last, or memory is so short that x86's eleven are assumed.
 */
static void count_orders(struct frag *f)
{
	unsigned int orders = 11, o, t;
	size_t i;

	for (i = 0; i < f->nr; i++)
		for (o = orders; o < MMS_ORDERS; o++)
			for (t = 0; t < MMS_NR_MIGRATE_TYPES; t++)
				if (f->zones[i].blocks[o][t])
					orders = o + 1;
	for (i = 0; i < f->nr; i++)
		f->zones[i].orders = orders;
}

static void show_zone(const struct frag *f, const struct mms_frag_zone *zone)
{
	struct mms_frag frag;
	struct mms_row row = { .ctx = &f->r->ctx_copy, .rec = &frag };
	unsigned int order;

	if (!f->list) {
		mms_frag_of(zone, f->order < 0 ? 0 : f->order, f->movable, &frag);
		if (f->order < 0 && frag.largest + 1 < (int)zone->orders)
			mms_frag_of(zone, frag.largest + 1, f->movable, &frag);
		else if (f->order < 0)
			mms_frag_of(zone, frag.largest, f->movable, &frag);
		mms_render_row(f->r, &row);
		return;
	}
	for (order = 0; order < zone->orders; order++) {
		mms_frag_of(zone, order, f->movable, &frag);
		mms_render_row(f->r, &row);
	}
}

static int order_of(const struct mms_cmdline *cl, struct frag *f)
{
	const char *text = cl->val[MMS_OPT_ORDER];
	u64 order;

	f->order = -1;
	if (!text)
		return 0;
	if (f->list)
		return mms_err(MMS_EXIT_USAGE, "frag: --list has every order: leave out --order");
	if (mms_parse_u64(text, strlen(text), &order) || order > 63)
		return mms_err(MMS_EXIT_USAGE, "--order %s: no order: 0 is one page", text);
	f->order = order;
	return 0;
}

int mms_cmd_frag(const struct mms_cmdline *cl)
{
	struct frag f = {
		.list = mms_cl_set(cl, MMS_OPT_LIST), .movable = mms_cl_set(cl, MMS_OPT_MOVABLE),
	};
	const struct mms_feed zones = {
		.model = &mms_model_zones, .row = zones_row, .data = &f,
	};
	const struct mms_feed buddy = {
		.model = &mms_model_buddy, .begin = buddy_begin, .row = buddy_row, .data = &f,
		.append = true,
	};
	struct mms_section section = { .name = "rows", .model = &mms_model_frag };
	struct mms_render r;
	struct mms_err err;
	char *columns;
	size_t i;
	int ret;

	ret = order_of(cl, &f);
	if (ret)
		return ret;
	if (mms_cl_render(cl, &mms_model_frag, &r, &columns, &err))
		return mms_err_say(&err);
	f.r = &r;
	ret = mms_cl_feed(cl, &zones, NULL, 0);
	if (!ret)
		ret = mms_cl_feed(cl, &buddy, NULL, 0);
	if (f.no_memory)
		ret = mms_err(MMS_EXIT_FAILED, "out of memory");
	count_orders(&f);
	section.columns = columns;
	if (!ret && !mms_render_open(&r, &section)) {
		for (i = 0; i < f.nr; i++)
			show_zone(&f, &f.zones[i]);
		mms_render_close(&r);
	}
	free(f.zones);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
