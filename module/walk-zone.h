/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes and zones, in order, and their per-CPU parts.
 *
 * A node's pg_data_t and its zones are never freed, even when the last memory
 * of the node goes: a cursor is two numbers, and needs no lock. What a zone
 * keeps per CPU is freed with its last page.
 */
#ifndef MMS_WALK_ZONE_H
#define MMS_WALK_ZONE_H

#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include "compat/zone.h"

/**
 * struct mms_zonewalk - a place among the zones of all online nodes
 * @node: the node, MAX_NUMNODES at the end
 * @zone: number of the zone in it
 */
struct mms_zonewalk {
	int node;
	unsigned int zone;
};

static inline void mms_zonewalk_init(struct mms_zonewalk *w)
{
	w->node = first_online_node;
	w->zone = 0;
}

static inline bool mms_zonewalk_done(const struct mms_zonewalk *w)
{
	return w->node >= MAX_NUMNODES;
}

static inline void mms_zonewalk_node(struct mms_zonewalk *w)
{
	w->node = next_online_node(w->node);
	w->zone = 0;
}

static inline void mms_zonewalk_next(struct mms_zonewalk *w)
{
	if (++w->zone == MAX_NR_ZONES)
		mms_zonewalk_node(w);
}

/* The zone of a place that is not the end; it may have no memory. */
static inline struct zone *mms_zonewalk_zone(const struct mms_zonewalk *w)
{
	return &NODE_DATA(w->node)->node_zones[w->zone];
}

bool mms_zone_cpus_live(const struct zone *zone);
u64 mms_zone_counter(const struct zone *zone, unsigned int item);
u64 mms_zone_event(const struct zone *zone, unsigned int item);

#endif /* MMS_WALK_ZONE_H */
