// SPDX-License-Identifier: GPL-2.0-only
/*
 * buddy: how many blocks are free, by node, zone, order and migrate type; on
 * the zone's lists, and on those of CPUs. A list without blocks has no row.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "session.h"
#include "view.h"
#include "walk-free.h"

/**
 * struct mms_buddy_state - the walk, and the zone that is summed up
 * @walk: over the free lists; it is one zone ahead of @at when that is summed up
 * @at: the zone
 * @pcp: what CPUs keep of it
 * @partial: they could not be looked at
 * @blocks: blocks on each of its lists, by order and the kernel's migrate type
 * @holds: how often zone->lock was taken for it, by the same
 * @capped: the list was longer than is walked, by the same
 */
struct mms_buddy_state {
	struct mms_freewalk walk;
	struct mms_zonewalk at;
	struct mms_pcp_count pcp;
	bool partial;
	u64 blocks[MMS_NR_ORDERS][MIGRATE_TYPES];
	u16 holds[MMS_NR_ORDERS][MIGRATE_TYPES];
	bool capped[MMS_NR_ORDERS][MIGRATE_TYPES];
};

static void buddy_piece(struct mms_buddy_state *st)
{
	const struct mms_freewalk *w = &st->walk;
	u64 *blocks = &st->blocks[w->order][w->type];

	/* counted anew, if the walk had to begin anew */
	*blocks = (w->first ? 0 : *blocks) + w->n;
	st->holds[w->order][w->type] = min_t(unsigned int, w->holds, U16_MAX);
	st->capped[w->order][w->type] = w->capped;
}

static u32 buddy_pcp(const struct mms_buddy_state *st, unsigned int order, unsigned int type)
{
	return type < MIGRATE_PCPTYPES ? st->pcp.blocks[order][type] : 0;
}

static void buddy_row(const struct mms_buddy_state *st, struct mms_out *out, unsigned int order,
		      unsigned int type)
{
	struct mms_buddy_rec *rec = mms_out_row(out);

	rec->node = st->at.node;
	rec->zone = st->at.zone;
	rec->order = order;
	rec->type = mms_migrate_type(type);
	rec->blocks = st->blocks[order][type];
	rec->pages = rec->blocks << order;
	rec->pcp_blocks = buddy_pcp(st, order, type);
	rec->holds = st->holds[order][type];
	if (st->partial || st->pcp.capped[order] || st->capped[order][type])
		rec->rec.flags |= MMS_RF_PARTIAL;
}

/* The rows of the zone that was walked; they fit into an empty buffer. */
static void buddy_zone(struct mms_buddy_state *st, struct mms_out *out)
{
	struct zone *zone = mms_zonewalk_zone(&st->at);
	unsigned int order, type;

	BUILD_BUG_ON((MMS_NR_ORDERS * MIGRATE_TYPES + 2) * sizeof(struct mms_buddy_rec) +
		     sizeof(struct mms_header) > MMS_OUT_SIZE);
	st->partial = !mms_pcp_count(zone, &st->pcp) && populated_zone(zone);
	for (order = 0; order < MMS_NR_ORDERS; order++) {
		for (type = 0; type < MIGRATE_TYPES; type++) {
			if (st->blocks[order][type] || buddy_pcp(st, order, type))
				buddy_row(st, out, order, type);
		}
	}
	memset(st->blocks, 0, sizeof(st->blocks));
	memset(st->holds, 0, sizeof(st->holds));
	memset(st->capped, 0, sizeof(st->capped));
}

static int buddy_begin(struct mms_session *s)
{
	struct mms_buddy_state *st = s->state;

	mms_freewalk_init(&st->walk);
	st->at = st->walk.at;
	return 0;
}

/* A piece of a list, and when a zone is done its rows. */
static int buddy_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_buddy_state *st = s->state;
	bool more = mms_freewalk_next(&st->walk, s);

	if (more && st->walk.n)
		buddy_piece(st);
	if (st->walk.at.node != st->at.node || st->walk.at.zone != st->at.zone) {
		buddy_zone(st, out);
		st->at = st->walk.at;
	}
	return more;
}

static const struct mms_field buddy_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_buddy_rec, f, u, t)
	MMS_BUDDY_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_buddy = {
	MMS_VIEW_OF(buddy),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.state_size = sizeof(struct mms_buddy_state),
	.begin = buddy_begin,
	.fill = buddy_fill,
};
