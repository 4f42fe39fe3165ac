// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "event-file.h"
#include "reclaim.h"

#define ROW(row)	((const struct mms_reclaim_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)

MMS_EVENT_ROW_CHECK(struct mms_reclaim_row);
MMS_EVENT_GET_CAUSE(struct mms_reclaim_row, MMS_RECLAIM_CAUSES)

/* An episode or a step of one: what was done means something. */
static bool has_work(const struct mms_reclaim *rec)
{
	return rec->cause <= MMS_RECLAIM_STEP;
}

static bool is_folio(const struct mms_reclaim *rec)
{
	return rec->cause == MMS_RECLAIM_EVICTED || rec->cause == MMS_RECLAIM_REFAULT;
}

/*
 * A batch was taken off the lists, but nobody said so: MGLRU does since "mm/mglru: add
 * tracepoints", later than itself.
 */
static bool no_lists(const struct mms_reclaim *rec)
{
	return rec->work.batches && !(rec->work.taken[0] + rec->work.taken[1]);
}

static void number_if(bool applies, u64 number, struct mms_value *ret_value)
{
	ret_value->num = number;
	if (!applies)
		ret_value->type = MMS_VALUE_NONE;
}

#define BOTH(name)								\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	number_if(has_work(REC(row)), REC(row)->work.name[0] + REC(row)->work.name[1], ret_value); \
}
BOTH(tried)
BOTH(freed)
BOTH(active)
#undef BOTH

#define LISTS(name)								\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	number_if(has_work(REC(row)), REC(row)->work.name[0] + REC(row)->work.name[1], ret_value); \
	if (has_work(REC(row)) && no_lists(REC(row)))				\
		ret_value->type = MMS_VALUE_NA;					\
}
LISTS(scanned)
LISTS(taken)
#undef LISTS

/* Not of what was looked at: pages of other zones are passed over. */
static void get_yield(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_reclaim_work *work = &REC(row)->work;
	u64 tried = has_work(REC(row)) ? work->tried[0] + work->tried[1] : 0;

	number_if(tried, tried ? (work->freed[0] + work->freed[1]) * 1000 / tried : 0, ret_value);
}

static void get_order(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_reclaim *rec = REC(row);
	bool of_memcg = has_work(rec) && rec->marks & MMS_RECLAIM_MEMCG;

	number_if((has_work(rec) && !of_memcg) || is_folio(rec) || rec->cause == MMS_RECLAIM_WAKEUP,
		  rec->order, ret_value);
}

static void get_priority(const struct mms_row *row, struct mms_value *ret_value)
{
	number_if(has_work(REC(row)), REC(row)->priority, ret_value);
}

static void get_for(const struct mms_row *row, struct mms_value *ret_value)
{
	char *text = row->ctx->scratch;

	if (REC(row)->marks & MMS_RECLAIM_MEMCG) {
		mms_value_text(ret_value, ROW(row)->memcg);
		if (!ROW(row)->memcg)
			ret_value->type = MMS_VALUE_NA;
	} else if (REC(row)->marks & MMS_RECLAIM_NODE) {
		ret_value->type = MMS_VALUE_TEXT;
		ret_value->text = text;
		ret_value->len = snprintf(text, 32, "node %u", REC(row)->node);
	} else {
		ret_value->type = MMS_VALUE_NONE;
	}
}

static void get_slab(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->cause == MMS_RECLAIM_SHRINKER)
		ret_value->num = REC(row)->shrinker.freed;
	else
		number_if(has_work(REC(row)), REC(row)->work.slab_freed, ret_value);
}

#define SHRINKER(name)								\
static void get_slab_##name(const struct mms_row *row, struct mms_value *ret_value) \
{										\
	number_if(REC(row)->cause == MMS_RECLAIM_SHRINKER, REC(row)->shrinker.name, ret_value); \
}
SHRINKER(objects)
SHRINKER(scanned)
#undef SHRINKER

static void text_if(bool applies, const char *text, size_t room, struct mms_value *ret_value)
{
	ret_value->type = applies ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = text;
	ret_value->len = applies ? strnlen(text, room) : 0;
}

static void get_shrinker(const struct mms_row *row, struct mms_value *ret_value)
{
	text_if(REC(row)->cause == MMS_RECLAIM_SHRINKER, REC(row)->shrinker.name,
		sizeof(REC(row)->shrinker.name), ret_value);
}

#define AGING(name)								\
static void get_gen_##name(const struct mms_row *row, struct mms_value *ret_value) \
{										\
	number_if(REC(row)->cause == MMS_RECLAIM_AGING, REC(row)->aging.name, ret_value); \
}
AGING(before)
AGING(after)
#undef AGING

/* ---- folios ---------------------------------------------------------------- */

static bool folio_has(const struct mms_row *row, u32 mark)
{
	return is_folio(REC(row)) && REC(row)->marks & mark;
}

#define FOLIO(name, mark, value)						\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	number_if(folio_has(row, mark), value, ret_value);			\
}
FOLIO(pages, ~0U, REC(row)->folio.pages)
FOLIO(inode, MMS_RECLAIM_FILE, REC(row)->folio.inode)
FOLIO(offset, MMS_RECLAIM_FILE, REC(row)->folio.index << 12)
#undef FOLIO

/* What is there of each, but may not be known: "n/a" then. */
#define KNOWN(name, of, mark, value)						\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	number_if(of, value, ret_value);					\
	if ((of) && !(REC(row)->marks & (mark)))				\
		ret_value->type = MMS_VALUE_NA;					\
}
#define IS(name)	(REC(row)->cause == MMS_RECLAIM_##name)
/* Of anonymous memory; what of shared memory was swapped has no VMA to be found by. */
#define IS_SWAPPED	(IS(EVICTED) && REC(row)->marks & MMS_RECLAIM_SWAP)
KNOWN(owner, IS_SWAPPED, MMS_RECLAIM_OWNER, REC(row)->folio.owner)
KNOWN(address, IS_SWAPPED, MMS_RECLAIM_ADDRESS, REC(row)->folio.address)
KNOWN(distance, IS(REFAULT) && !(REC(row)->marks & MMS_RECLAIM_GENERATIONS),
      MMS_RECLAIM_DISTANCE, REC(row)->folio.distance)
KNOWN(generations, IS(REFAULT) && !(REC(row)->marks & MMS_RECLAIM_DISTANCE),
      MMS_RECLAIM_GENERATIONS, REC(row)->folio.distance)
KNOWN(ago, IS(REFAULT), MMS_RECLAIM_KNOWN, REC(row)->folio.ago)
KNOWN(by_tid, IS(REFAULT), MMS_RECLAIM_KNOWN, REC(row)->folio.by_tid)
#undef KNOWN

static void get_workingset(const struct mms_row *row, struct mms_value *ret_value)
{
	number_if(IS(REFAULT), !!(REC(row)->marks & MMS_RECLAIM_WORKINGSET), ret_value);
}

static void get_by_episode(const struct mms_row *row, struct mms_value *ret_value)
{
	bool known = REC(row)->marks & MMS_RECLAIM_KNOWN;

	number_if(IS(REFAULT) && REC(row)->folio.by_episode, REC(row)->folio.by_episode, ret_value);
	if (IS(REFAULT) && !known)
		ret_value->type = MMS_VALUE_NA;
}

static void get_by_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	text_if(IS(REFAULT), REC(row)->folio.by_comm, sizeof(REC(row)->folio.by_comm), ret_value);
	if (IS(REFAULT) && !(REC(row)->marks & MMS_RECLAIM_KNOWN))
		ret_value->type = MMS_VALUE_NA;
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_dev(row, REC(row)->dev, folio_has(row, MMS_RECLAIM_FILE), ret_value);
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_file(ROW(row)->path, folio_has(row, MMS_RECLAIM_FILE), ret_value);
}

/* The swap area's number and the slot: SWP_TYPE_SHIFT, include/linux/swapops.h */
static void get_swap(const struct mms_row *row, struct mms_value *ret_value)
{
	char *text = row->ctx->scratch;
	u64 swap = REC(row)->folio.swap;

	text_if(folio_has(row, MMS_RECLAIM_SWAP), text, 0, ret_value);
	if (ret_value->type != MMS_VALUE_NONE)
		ret_value->len = snprintf(text, 40, "%u:%llu", (unsigned int)(swap >> 58),
					  (unsigned long long)(swap & (BIT(58) - 1)));
}

/* ---- what it is about, in short ---------------------------------------------- */

static void get_what(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_reclaim *rec = REC(row);
	char *text = row->ctx->scratch;
	int n = 0;

	switch (rec->cause) {
	case MMS_RECLAIM_EVICTED:
	case MMS_RECLAIM_REFAULT:
		if (rec->marks & MMS_RECLAIM_FILE)
			mms_event_place(row, ROW(row)->path, 1, rec->folio.index << 12, ret_value);
		else
			get_swap(row, ret_value);
		return;
	case MMS_RECLAIM_STEP:
		n = snprintf(text, 64, "node %u priority %u", rec->node, rec->priority);
		break;
	case MMS_RECLAIM_SHRINKER:
		n = snprintf(text, 128, "%llu of %llu %.*s",
			     (unsigned long long)rec->shrinker.freed,
			     (unsigned long long)rec->shrinker.scanned,
			     (int)sizeof(rec->shrinker.name), rec->shrinker.name);
		break;
	case MMS_RECLAIM_AGING:
		n = snprintf(text, 64, "node %u generation %llu", rec->node,
			     (unsigned long long)rec->aging.after);
		break;
	case MMS_RECLAIM_WAKEUP:
		n = snprintf(text, 64, "node %u order %d", rec->node, rec->order);
		break;
	}
	ret_value->type = n ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = text;
	ret_value->len = n;
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(episode, episode, count, "number of the episode, the same in all its rows")	\
	X(target, target, cgroup, "id of the memory cgroup reclaimed from; that a folio or a generation is of")	\
	X(scanned_anon, work.scanned[0], pages, "anonymous and shmem pages looked at on the inactive lists") \
	X(scanned_file, work.scanned[1], pages, "pages of files looked at on the inactive lists") \
	X(refilled_anon, work.refilled[0], pages, "anonymous and shmem pages looked at on the active lists") \
	X(refilled_file, work.refilled[1], pages, "pages of files looked at on the active lists") \
	X(taken_anon, work.taken[0], pages, "anonymous and shmem pages isolated from the inactive lists") \
	X(taken_file, work.taken[1], pages, "pages of files isolated from the inactive lists") \
	X(tried_anon, work.tried[0], pages, "anonymous and shmem pages given to shrink_folio_list(), some twice") \
	X(tried_file, work.tried[1], pages, "pages of files given to shrink_folio_list(), some twice") \
	X(freed_anon, work.freed[0], pages, "anonymous and shmem pages freed")		\
	X(freed_file, work.freed[1], pages, "pages of files freed")				\
	X(active_anon, work.active[0], pages, "anonymous and shmem pages that stayed: in use") \
	X(active_file, work.active[1], pages, "pages of files that stayed: in use")		\
	X(referenced, work.referenced, pages, "that stayed: referenced")			\
	X(unmap_fail, work.unmap_fail, pages, "that stayed: could not be unmapped")		\
	X(lazyfree_fail, work.lazyfree_fail, pages, "that stayed: written to after MADV_FREE") \
	X(dirty, work.dirty, pages, "that were dirty")					\
	X(writeback, work.writeback, pages, "that were being written")			\
	X(congested, work.congested, pages, "of these on a congested device, by reclaim_stat.nr_congested") \
	X(immediate, work.immediate, pages, "of these marked for immediate reclaim, by reclaim_stat.nr_immediate") \
	X(demoted, work.demoted, pages, "moved to slower memory")				\
	X(written, work.written, pages, "whose writing was started")				\
	X(shrinkers, work.shrinkers, count, "calls of shrinkers")				\
	X(batches, work.batches, count, "calls of shrink_folio_list()")			\
	X(aged, work.aged, count, "generations that MGLRU made")			\
	X(free_before, free_before, pages, "free in the node's zones up to the one asked for, before") \
	X(free_after, free_after, pages, "and after")					\
	X(min, min, pages, "sum of the min watermarks of these zones, with boost")	\
	X(low, low, pages, "of their low watermarks")					\
	X(high, high, pages, "of their high watermarks: what kswapd works for")		\
	X(usage_before, usage_before, pages, "what the memory cgroup had, before")	\
	X(usage_after, usage_after, pages, "and after")					\
	X(limit, limit, pages, "its memory.max; its memory.high for memcg-high")	\
	X(throttled, work.throttled, ns, "it had to wait, as too much was dirty, isolated or nothing came free") \
	X(throttles, work.throttles, count, "how often")					\
	X(returned, returned, count, "what the function returned: pages freed; kswapd's: an order") \
	X(gfp, gfp, hex, "GFP flags of the allocation, by this kernel's numbers")	\
	X(node, node, node, "the node")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_reclaim_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_reclaim_row, "what it is")
#define D(n, u, fn, text) MMS_DERIVED(n, n MMS_KEY_##u, u, 0, fn, text)
	D("for", text, get_for, "path of the memory cgroup in target, else the node")
	D("what", text, get_what, "what the row is about, in short")
	D("order", order, get_order, "of the allocation, or of the folio")
	D("priority", count, get_priority, "the last one: 1 / 2^priority of a list is looked at; 12 is the first")
	D("scanned", pages, get_scanned, "looked at on the inactive lists")
	D("taken", pages, get_taken, "isolated from them")
	D("tried", pages, get_tried, "given to shrink_folio_list()")
	D("freed", pages, get_freed, "freed")
	D("active", pages, get_active, "that stayed: in use")
	MMS_DERIVED("yield", "yield_percent", tenth, 0, get_yield, "freed of what was tried")
	D("slab", count, get_slab, "objects that shrinkers have freed, or this one")
	D("slab_scanned", count, get_slab_scanned, "objects that this shrinker looked at")
	D("slab_objects", count, get_slab_objects, "objects that it had")
	D("shrinker", text, get_shrinker, "its name, or that of its function count_objects()")
	D("gen_before", gen, get_gen_before, "MGLRU's youngest generation before")
	D("gen_after", gen, get_gen_after, "and after")
	/* Unlike pages, which were looked at, those of one folio. */
	D("pages", pages, get_pages, "of the folio")
	D("file", text, get_file, "path of its file")
	D("dev", text, get_dev, "device of the file")
	D("inode", inode, get_inode, "of the file")
	D("offset", hex, get_offset, "of the folio in the file")
	D("swap", text, get_swap, "swap area and slot that it is in")
	D("owner", count, get_owner, "a process whose anonymous memory it was")
	D("address", addr, get_address, "and where")
	D("refault_distance", pages, get_distance, "pages that left or were activated on its lists since its eviction; not with MGLRU")
	D("refault_generations", count, get_generations, "with MGLRU: the youngest generation now less the oldest at its eviction")
	D("workingset", bool, get_workingset, "it was in the working set when it was evicted")
	D("ago", ns, get_ago, "since its eviction, if that was seen")
	D("by_comm", text, get_by_comm, "task that evicted it")
	D("by_tid", count, get_by_tid, "its thread")
	D("by_episode", count, get_by_episode, "the episode it was evicted in")
};

/* first to last field, by their numbers */
#define RANGE(first, last)	((BIT(FIELD_##last) << 1) - BIT(FIELD_##first))

static u64 absent(const struct mms_row *row)
{
	const struct mms_reclaim *rec = REC(row);
	u64 bits = 0;

	if (!rec->episode)
		bits |= BIT(FIELD_episode);
	if (!(rec->marks & MMS_RECLAIM_NODE))
		bits |= BIT(FIELD_node);
	if (!(rec->marks & MMS_RECLAIM_MEMCG))
		bits |= BIT(FIELD_target);
	if (rec->cause == MMS_RECLAIM_KSWAPD || (rec->cause > MMS_RECLAIM_STEP && !IS(WAKEUP)))
		bits |= BIT(FIELD_gfp);
	if (is_folio(rec) || IS(WAKEUP))
		bits |= BIT(FIELD_latency);
	if (!has_work(rec))
		return bits | RANGE(scanned_anon, returned);
	if (IS(STEP))
		bits |= RANGE(free_before, limit) | BIT(FIELD_returned);
	if (!(rec->marks & MMS_RECLAIM_ZONES))
		bits |= RANGE(free_before, high);
	if (!(rec->marks & MMS_RECLAIM_MEMCG))
		bits |= RANGE(usage_before, limit);
	if (no_lists(rec))
		bits |= RANGE(scanned_anon, taken_file);
	if (!(rec->marks & MMS_RECLAIM_DEMOTED) && rec->work.batches)
		bits |= BIT(FIELD_demoted);
	return bits;
}

static const struct mms_gauge gauges[] = {
	{ "free pages of node", "node", "free_before", "free_after" },
	{ "usage of cgroup", "target", "usage_before", "usage_after" },
};

const struct mms_model mms_model_reclaim = {
	.name = "trace.reclaim",
	.title = "episode of reclaim, or something in it",
	.rec_size = sizeof(struct mms_reclaim_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.gauges = gauges,
	.nr_gauges = ARRAY_SIZE(gauges),
	.defaults = "time,comm,tid,cause,priority,latency,scanned,freed,yield",
};
