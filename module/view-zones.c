// SPDX-License-Identifier: GPL-2.0-only
/*
 * zones: nodes and their zones. A node has a row, one for the way to each
 * other node, and its zones behind it; a zone has a row, one for each CPU that
 * may keep pages of it, and one for each of its counters.
 *
 * No lock is taken: each value is read once, as /proc/zoneinfo reads it.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/wait.h>
#include "session.h"
#include "view.h"
#include "walk-zone.h"

/**
 * struct mms_zones_state - the place of the next row
 * @at: the node, and its zone
 * @zones: @at is about the zone; else about the node
 * @step: which row of the node or zone
 */
struct mms_zones_state {
	struct mms_zonewalk at;
	bool zones;
	unsigned int step;
};

static const char *const zones_counters[NR_VM_ZONE_STAT_ITEMS] = {
#define MMS_X(item, name) [item] = name,
	MMS_ZONE_COUNTERS(MMS_X)
#undef MMS_X
};

#ifdef CONFIG_NUMA
static const char *const zones_events[NR_VM_NUMA_EVENT_ITEMS] = {
	[NUMA_HIT] = "numa_hit",
	[NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign",
	[NUMA_INTERLEAVE_HIT] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",
	[NUMA_OTHER] = "numa_other",
};
#endif

static struct mms_zones_rec *zones_row(struct mms_zones_state *st, struct mms_out *out, u8 row)
{
	struct mms_zones_rec *rec = mms_out_row(out);

	rec->row = row;
	rec->node = st->at.node;
	rec->zone = st->zones ? st->at.zone : MMS_NO_ZONE;
	rec->cpu = -1;
	rec->to_node = MMS_NO_NODE;
	rec->kswapd_zone = MMS_NO_ZONE;
	return rec;
}

static u8 zones_daemon(const struct task_struct *task, struct wait_queue_head *wait)
{
	if (!task)
		return MMS_DAEMON_none;
	/* the thread waits exactly while it sleeps: that is how it is woken */
	return waitqueue_active(wait) ? MMS_DAEMON_asleep : MMS_DAEMON_awake;
}

static void zones_node(struct mms_zones_rec *rec, pg_data_t *pgdat)
{
	const unsigned int highest = READ_ONCE(pgdat->kswapd_highest_zoneidx);

	rec->start_pfn = READ_ONCE(pgdat->node_start_pfn);
	rec->spanned = READ_ONCE(pgdat->node_spanned_pages);
	rec->present = READ_ONCE(pgdat->node_present_pages);
	rec->kswapd = zones_daemon(READ_ONCE(pgdat->kswapd), &pgdat->kswapd_wait);
	rec->kswapd_order = READ_ONCE(pgdat->kswapd_order);
	/* MAX_NR_ZONES: nobody has woken it */
	rec->kswapd_zone = highest < MAX_NR_ZONES ? highest : MMS_NO_ZONE;
	rec->kswapd_failures = mms_kswapd_failures(pgdat);
#ifdef CONFIG_COMPACTION
	rec->kcompactd = zones_daemon(READ_ONCE(pgdat->kcompactd), &pgdat->kcompactd_wait);
	rec->kcompactd_order = READ_ONCE(pgdat->kcompactd_max_order);
#endif
	rec->totalreserve = READ_ONCE(pgdat->totalreserve_pages);
#ifdef CONFIG_NUMA
	rec->min_unmapped = READ_ONCE(pgdat->min_unmapped_pages);
	rec->min_slab = READ_ONCE(pgdat->min_slab_pages);
#endif
	if (test_bit(PGDAT_WRITEBACK, &pgdat->flags))
		rec->flags |= BIT(MMS_ZONE_writeback);
	if (test_bit(PGDAT_RECLAIM_LOCKED, &pgdat->flags))
		rec->flags |= BIT(MMS_ZONE_locked);
}

static void zones_sizes(struct mms_zones_rec *rec, struct zone *zone)
{
	rec->start_pfn = READ_ONCE(zone->zone_start_pfn);
	rec->spanned = READ_ONCE(zone->spanned_pages);
	rec->present = READ_ONCE(zone->present_pages);
	rec->managed = zone_managed_pages(zone);
#ifdef CONFIG_CMA
	rec->cma = READ_ONCE(zone->cma_pages);
#else
	rec->cma = MMS_NO_PAGES;
#endif
	rec->highatomic = READ_ONCE(zone->nr_reserved_highatomic);
	rec->free_highatomic = mms_zone_free_highatomic(zone);
#ifdef CONFIG_MEMORY_ISOLATION
	rec->isolated_blocks = READ_ONCE(zone->nr_isolate_pageblock);
#else
	rec->isolated_blocks = MMS_NO_PAGES;
#endif
}

static void zones_marks(struct mms_zones_rec *rec, struct zone *zone)
{
	u64 *reserve[] = { &rec->reserve0, &rec->reserve1, &rec->reserve2,
			   &rec->reserve3, &rec->reserve4, &rec->reserve5 };
	unsigned int i;

	rec->boost = READ_ONCE(zone->watermark_boost);
	/* with the boost, as the allocator compares them and /proc/zoneinfo shows them */
	rec->min = READ_ONCE(zone->_watermark[WMARK_MIN]) + rec->boost;
	rec->low = READ_ONCE(zone->_watermark[WMARK_LOW]) + rec->boost;
	rec->high = READ_ONCE(zone->_watermark[WMARK_HIGH]) + rec->boost;
	rec->promo = READ_ONCE(zone->_watermark[WMARK_PROMO]) + rec->boost;
	BUILD_BUG_ON(ARRAY_SIZE(zone->lowmem_reserve) > ARRAY_SIZE(reserve));
	for (i = 0; i < ARRAY_SIZE(reserve); i++)
		*reserve[i] = i < ARRAY_SIZE(zone->lowmem_reserve) ?
			      READ_ONCE(zone->lowmem_reserve[i]) : MMS_NO_PAGES;
}

static void zones_compaction(struct mms_zones_rec *rec, const struct zone *zone)
{
#ifdef CONFIG_COMPACTION
	rec->compact_free_pfn = READ_ONCE(zone->compact_cached_free_pfn);
	rec->compact_migrate_pfn = READ_ONCE(zone->compact_cached_migrate_pfn[0]);
	rec->compact_migrate_sync_pfn =
		READ_ONCE(zone->compact_cached_migrate_pfn[ASYNC_AND_SYNC - 1]);
	rec->compact_considered = READ_ONCE(zone->compact_considered);
	rec->compact_defer_shift = READ_ONCE(zone->compact_defer_shift);
	rec->compact_order_failed = READ_ONCE(zone->compact_order_failed);
	if (READ_ONCE(zone->compact_blockskip_flush))
		rec->flags |= BIT(MMS_ZONE_skip_flush);
#else
	rec->compact_considered = MMS_NO_COUNT;
	rec->compact_defer_shift = MMS_NO_COUNT;
	rec->compact_order_failed = -1;
#endif
}

static void zones_flags(struct mms_zones_rec *rec, const struct zone *zone)
{
	if (test_bit(ZONE_BOOSTED_WATERMARK, &zone->flags))
		rec->flags |= BIT(MMS_ZONE_boosted);
	if (test_bit(ZONE_RECLAIM_ACTIVE, &zone->flags))
		rec->flags |= BIT(MMS_ZONE_reclaim);
	if (mms_zone_below_high(zone))
		rec->flags |= BIT(MMS_ZONE_below_high);
	if (READ_ONCE(zone->contiguous))
		rec->flags |= BIT(MMS_ZONE_contiguous);
}

/* What all CPUs keep of the zone; free with what they have not folded. */
static void zones_cpus(struct mms_zones_rec *rec, const struct zone *zone)
{
	unsigned int cpu;

	rcu_read_lock();
	if (!mms_zone_cpus_live(zone)) {
		rcu_read_unlock();
		rec->free = max(atomic_long_read(&zone->vm_stat[NR_FREE_PAGES]), 0L);
		if (rec->present)
			rec->rec.flags |= MMS_RF_PARTIAL;
		return;
	}
	rec->free = mms_zone_counter(zone, NR_FREE_PAGES);
	for_each_online_cpu(cpu)
		rec->pcp += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset, cpu)->count);
	rcu_read_unlock();
}

static void zones_zone(struct mms_zones_rec *rec, struct zone *zone)
{
	zones_sizes(rec, zone);
	zones_marks(rec, zone);
	zones_flags(rec, zone);
	zones_compaction(rec, zone);
	zones_cpus(rec, zone);
}

static void zones_cpu(struct mms_zones_rec *rec, const struct zone *zone, unsigned int cpu)
{
	const struct per_cpu_pages *pcp;

	rec->cpu = cpu;
	rcu_read_lock();
	if (!mms_zone_cpus_live(zone)) {
		rcu_read_unlock();
		rec->rec.flags |= MMS_RF_PARTIAL;
		return;
	}
	pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
	rec->pcp = READ_ONCE(pcp->count);
	rec->pcp_high = READ_ONCE(pcp->high);
	rec->pcp_high_min = mms_pcp_high_min(pcp);
	rec->pcp_high_max = mms_pcp_high_max(pcp);
	rec->pcp_batch = READ_ONCE(pcp->batch);
#ifdef CONFIG_SMP
	rec->stat_threshold = READ_ONCE(per_cpu_ptr(zone->per_cpu_zonestats, cpu)->stat_threshold);
#endif
	rcu_read_unlock();
}

/* Counter @item of the zone, its events counted behind the others. */
static void zones_counter(struct mms_zones_rec *rec, struct mms_out *out, const struct zone *zone,
			  unsigned int item)
{
	const char *name = item < NR_VM_ZONE_STAT_ITEMS ? zones_counters[item] : NULL;
	char unnamed[24];
	long folded;
	bool cpus;

	rcu_read_lock();
	cpus = mms_zone_cpus_live(zone);
	if (item < NR_VM_ZONE_STAT_ITEMS) {
		folded = atomic_long_read(&zone->vm_stat[item]);
		rec->folded = max(folded, 0L);
		rec->value = cpus ? mms_zone_counter(zone, item) : rec->folded;
#ifdef CONFIG_NUMA
	} else {
		name = zones_events[item - NR_VM_ZONE_STAT_ITEMS];
		rec->folded = atomic_long_read(&zone->vm_numa_event[item - NR_VM_ZONE_STAT_ITEMS]);
		rec->value = cpus ? mms_zone_event(zone, item - NR_VM_ZONE_STAT_ITEMS) :
				    rec->folded;
#endif
	}
	rcu_read_unlock();
	if (!cpus)
		rec->rec.flags |= MMS_RF_PARTIAL;
	if (!name) {
		/* newer than this module: without a name, but not left out */
		snprintf(unnamed, sizeof(unnamed), "zone_stat_%u", item);
		name = unnamed;
	}
	mms_out_text(out, rec, name, strlen(name));
}

/* The node's row number st->step; false if there are no more. */
static bool zones_node_step(struct mms_zones_state *st, struct mms_out *out)
{
	const int to = (int)st->step - 1;
	struct mms_zones_rec *rec;

	if (!st->step) {
		rec = zones_row(st, out, MMS_ZONE_ROW_node);
		zones_node(rec, NODE_DATA(st->at.node));
	} else if (to < MAX_NUMNODES && node_online(to)) {
		rec = zones_row(st, out, MMS_ZONE_ROW_distance);
		rec->to_node = to;
		rec->distance = node_distance(st->at.node, to);
	}
	return ++st->step <= nr_node_ids;
}

/* The zone's row number st->step; false if there are no more. */
static bool zones_zone_step(struct mms_zones_state *st, struct mms_out *out)
{
	struct zone *zone = mms_zonewalk_zone(&st->at);
	const unsigned int counters = nr_cpu_ids + 1;
	struct mms_zones_rec *rec;

	if (!st->step) {
		rec = zones_row(st, out, MMS_ZONE_ROW_zone);
		zones_zone(rec, zone);
		if (!rec->present)
			return false;
	} else if (st->step < counters) {
		if (cpu_online(st->step - 1))
			zones_cpu(zones_row(st, out, MMS_ZONE_ROW_cpu), zone, st->step - 1);
	} else {
		zones_counter(zones_row(st, out, MMS_ZONE_ROW_counter), out, zone,
			      st->step - counters);
	}
	return ++st->step < counters + NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS;
}

static int zones_begin(struct mms_session *s)
{
	struct mms_zones_state *st = s->state;

	mms_zonewalk_init(&st->at);
	return 0;
}

static int zones_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_zones_state *st = s->state;

	while (!mms_zonewalk_done(&st->at)) {
		if (!mms_out_room(out, sizeof(struct mms_zones_rec)))
			return 1;
		if (st->zones ? zones_zone_step(st, out) : zones_node_step(st, out))
			continue;
		st->step = 0;
		if (!st->zones) {
			st->zones = true;
			continue;
		}
		mms_zonewalk_next(&st->at);
		st->zones = st->at.zone;
	}
	return 0;
}

static const struct mms_field zones_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_zones_rec, f, u, t)
	MMS_ZONES_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_zones = {
	MMS_VIEW_OF(zones),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.sparse = true,
	.state_size = sizeof(struct mms_zones_state),
	.begin = zones_begin,
	.fill = zones_fill,
};
