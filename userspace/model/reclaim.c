// SPDX-License-Identifier: GPL-2.0-only
#include "reclaim.h"

#define REC(row)	(&((const struct mms_reclaim_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_reclaim_row);
MMS_EVENT_GET_CAUSE(struct mms_reclaim_row, MMS_RECLAIM_CAUSES)

/*
 * A batch was taken off the lists, but nobody said so: MGLRU does since "mm/mglru: add
 * tracepoints", later than itself.
 */
static bool no_lists(const struct mms_reclaim *rec)
{
	return rec->batches && !(rec->taken[0] + rec->taken[1]);
}

#define BOTH(name)								\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	ret_value->num = REC(row)->name[0] + REC(row)->name[1];			\
}
BOTH(tried)
BOTH(freed)
BOTH(active)
#undef BOTH

static void get_scanned(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->scanned[0] + REC(row)->scanned[1];
	if (no_lists(REC(row)))
		ret_value->type = MMS_VALUE_NA;
}

static void get_taken(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->taken[0] + REC(row)->taken[1];
	if (no_lists(REC(row)))
		ret_value->type = MMS_VALUE_NA;
}

/* Not of what was looked at: pages of other zones are passed over. */
static void get_yield(const struct mms_row *row, struct mms_value *ret_value)
{
	u64 tried = REC(row)->tried[0] + REC(row)->tried[1];

	ret_value->num = tried ? (REC(row)->freed[0] + REC(row)->freed[1]) * 1000 / tried : 0;
	if (!tried)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_direct_order(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->order;
	if (REC(row)->marks & MMS_RECLAIM_MEMCG)
		ret_value->type = MMS_VALUE_NONE;
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(target, target, cgroup, "id of the memory cgroup that was reclaimed from")	\
	X(scanned_anon, scanned[0], pages, "anonymous and shmem pages looked at on the inactive lists") \
	X(scanned_file, scanned[1], pages, "pages of files looked at on the inactive lists") \
	X(refilled_anon, refilled[0], pages, "anonymous and shmem pages looked at on the active lists") \
	X(refilled_file, refilled[1], pages, "pages of files looked at on the active lists") \
	X(taken_anon, taken[0], pages, "anonymous and shmem pages isolated from the inactive lists") \
	X(taken_file, taken[1], pages, "pages of files isolated from the inactive lists") \
	X(tried_anon, tried[0], pages, "anonymous and shmem pages given to shrink_folio_list(), some twice") \
	X(tried_file, tried[1], pages, "pages of files given to shrink_folio_list(), some twice") \
	X(freed_anon, freed[0], pages, "anonymous and shmem pages freed")		\
	X(freed_file, freed[1], pages, "pages of files freed")				\
	X(active_anon, active[0], pages, "anonymous and shmem pages that stayed: in use") \
	X(active_file, active[1], pages, "pages of files that stayed: in use")		\
	X(referenced, referenced, pages, "that stayed: referenced")			\
	X(unmap_fail, unmap_fail, pages, "that stayed: could not be unmapped")		\
	X(lazyfree_fail, lazyfree_fail, pages, "that stayed: written to after MADV_FREE") \
	X(dirty, dirty, pages, "that were dirty")					\
	X(writeback, writeback, pages, "that were being written")			\
	X(congested, congested, pages, "of these on a congested device, by reclaim_stat.nr_congested") \
	X(immediate, immediate, pages, "of these marked for immediate reclaim, by reclaim_stat.nr_immediate") \
	X(demoted, demoted, pages, "moved to slower memory")				\
	X(written, written, pages, "whose writing was started")				\
	X(slab, slab_freed, count, "objects that shrinkers have freed")			\
	X(shrinkers, shrinkers, count, "calls of shrinkers")				\
	X(batches, batches, count, "calls of shrink_folio_list()")			\
	X(free_before, free_before, pages, "free in the node's zones up to the one asked for, before") \
	X(free_after, free_after, pages, "and after")					\
	X(min, min, pages, "sum of the min watermarks of these zones, with boost")	\
	X(low, low, pages, "of their low watermarks")					\
	X(high, high, pages, "of their high watermarks: what kswapd works for")		\
	X(usage_before, usage_before, pages, "what the memory cgroup had, before")	\
	X(usage_after, usage_after, pages, "and after")					\
	X(limit, limit, pages, "its memory.max; its memory.high for memcg-high")	\
	X(throttled, throttled, ns, "it had to wait, as too much was dirty, isolated or nothing came free") \
	X(throttles, throttles, count, "how often")					\
	X(returned, returned, count, "what the function returned: pages freed; kswapd's: an order") \
	X(gfp, gfp, hex, "GFP flags of the allocation, by this kernel's numbers")	\
	X(priority, priority, count, "the last one: 1 / 2^priority of a list is looked at; 12 is the first") \
	X(node, node, node, "the node")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_reclaim_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_reclaim_row, "what it is")
#define D(n, u, fn, text) MMS_DERIVED(n, n MMS_KEY_##u, u, 0, fn, text)
	D("order", order, get_direct_order, "of the allocation")
	D("scanned", pages, get_scanned, "looked at on the inactive lists")
	D("taken", pages, get_taken, "isolated from them")
	D("tried", pages, get_tried, "given to shrink_folio_list()")
	D("freed", pages, get_freed, "freed")
	D("active", pages, get_active, "that stayed: in use")
	MMS_DERIVED("yield", "yield_percent", tenth, 0, get_yield, "freed of what was tried")
};

/* first to last field, by their numbers */
#define RANGE(first, last)	((BIT(FIELD_##last) << 1) - BIT(FIELD_##first))

static u64 absent(const struct mms_row *row)
{
	u64 bits = 0;

	if (!(REC(row)->marks & MMS_RECLAIM_ZONES))
		bits |= RANGE(free_before, high) | BIT(FIELD_node);
	if (!(REC(row)->marks & MMS_RECLAIM_MEMCG))
		bits |= RANGE(usage_before, limit) | BIT(FIELD_target);
	if (no_lists(REC(row)))
		bits |= RANGE(scanned_anon, taken_file);
	if (!(REC(row)->marks & MMS_RECLAIM_DEMOTED) && REC(row)->batches)
		bits |= BIT(FIELD_demoted);
	if (REC(row)->cause == MMS_RECLAIM_KSWAPD)
		bits |= BIT(FIELD_gfp);
	return bits;
}

static const struct mms_gauge gauges[] = {
	{ "free pages of node", "node", "free_before", "free_after" },
	{ "usage of cgroup", "target", "usage_before", "usage_after" },
};

const struct mms_model mms_model_reclaim = {
	.name = "trace.reclaim",
	.title = "episode of reclaim",
	.rec_size = sizeof(struct mms_reclaim_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.gauges = gauges,
	.nr_gauges = ARRAY_SIZE(gauges),
	.defaults = "time,comm,tid,cause,priority,latency,scanned,freed,yield",
};
