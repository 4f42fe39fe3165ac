// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "derive.h"
#include "swap.h"

#define AREA(row)	(&((const struct mms_swap_row *)(row)->rec)->area)
#define COUNTERS(row)	((const struct mms_swap_counters *)(row)->rec)
#define PAGE_SHIFT	12

#define TEXT(fn, type, member)							\
	static void fn(const struct mms_row *row, struct mms_value *ret_value)	\
	{									\
		MMS_VALUE_CHARS(ret_value, ((const type *)row->rec)->member);	\
	}

/* ---- areas ----------------------------------------------------------------- */

TEXT(get_name, struct mms_swap_row, name)

#define NUM(f, expr)								\
	static void get_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{									\
		ret_value->num = expr;						\
	}
NUM(size, AREA(row)->pages << PAGE_SHIFT)
NUM(used, AREA(row)->used << PAGE_SHIFT)
NUM(free, (AREA(row)->pages - AREA(row)->used) << PAGE_SHIFT)
NUM(ssd, !!(AREA(row)->flags & MMS_SWAP_SOLIDSTATE))
NUM(writable, !!(AREA(row)->flags & MMS_SWAP_WRITEOK))
#undef NUM

/* What one area may have and another not */
#define NUM(f, bit, expr)							\
	static void get_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{									\
		ret_value->num = expr;						\
		if (!(AREA(row)->has & bit))					\
			ret_value->type = MMS_VALUE_NONE;			\
	}
NUM(cache, MMS_SWAP_HAS_CACHE, AREA(row)->cache)
NUM(clusters, MMS_SWAP_HAS_CLUSTERS, AREA(row)->clusters)
NUM(clusters_free, MMS_SWAP_HAS_CLUSTERS, AREA(row)->clusters_free)
NUM(clusters_full, MMS_SWAP_HAS_CLUSTERS, AREA(row)->clusters_full)
#undef NUM

static void get_kind(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, AREA(row)->flags & MMS_SWAP_BLKDEV ? "device" : "file");
}

#define FIELD(f, member, u, text)						\
	{									\
		.name = #f, .key = #f MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.size = sizeof(((struct mms_swap_row *)0)->member),		\
		.sign = (__typeof__(((struct mms_swap_row *)0)->member))-1 <	\
			(__typeof__(((struct mms_swap_row *)0)->member))1,	\
		.offset = offsetof(struct mms_swap_row, member),		\
	},
static const struct mms_field fields[] = {
	FIELD(type, area.type, count, "number of the area, as swap entries have it")
	FIELD(prio, area.prio, signed, "priority: the higher is used first")
	FIELD(slots, area.pages, count, "slots for a page")
	FIELD(used_slots, area.used, count, "of these, in use")
#define AREA_WIRE 4
	MMS_DERIVED("kind", "kind", text, 0, get_kind, "device or file")
	MMS_DERIVED("name", "name", text, 0, get_name, "the device or file")
	MMS_DERIVED("size", "size_bytes", bytes, 0, get_size, "size of the area")
	MMS_DERIVED("used", "used_bytes", bytes, 0, get_used, "of that, in use")
	MMS_DERIVED("free", "free_bytes", bytes, 0, get_free, "of that, not in use")
	MMS_DERIVED("cache", "cache_pages", count, MMS_SWAP_NEEDS_CACHE, get_cache,
		    "pages of the swap cache: in memory, and with a slot here")
	MMS_DERIVED("clusters", "clusters", count, 0, get_clusters, "groups of slots, of a huge page's size")
	MMS_DERIVED("clusters_free", "clusters_free", count, 0, get_clusters_free,
		    "of these, with no slot in use")
	MMS_DERIVED("clusters_full", "clusters_full", count, 0, get_clusters_full,
		    "of these, with no slot left")
	MMS_DERIVED("ssd", "ssd", bool, 0, get_ssd, "its device does not seek")
	MMS_DERIVED("writable", "writable", bool, 0, get_writable,
		    "pages may go there: no while it is being taken out of use")
};
#undef FIELD

const struct mms_model mms_model_swap = {
	.name = "swap",
	.title = "swap area",
	.view = MMS_VIEW_swap,
	.rec_size = sizeof(struct mms_swap_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = AREA_WIRE,
	.defaults = "type,kind,name,prio,size,used,cache,clusters,clusters_free",
};

/* ---- counters -------------------------------------------------------------- */

#define NUM(f)									\
	static void get_counter_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{									\
		ret_value->num = COUNTERS(row)->f;				\
	}
NUM(cached) NUM(zswap) NUM(zswap_stored) NUM(zswap_pool) NUM(zswap_in) NUM(zswap_out)
NUM(zswap_back)
#undef NUM

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_swap_counters, f, unit, text)
#define ZSWAP(f, key, unit, text)						\
	MMS_DERIVED(#f, key, unit, MMS_SWAP_NEEDS_ZSWAP, get_counter_##f, text)
static const struct mms_field counter_fields[] = {
	F(areas, count, "swap areas")
	F(size, bytes, "size of all areas")
	F(used, bytes, "of that, in use")
	F(swapped_in, count, "pages read from swap since boot")
	F(swapped_out, count, "pages written to swap since boot")
#define COUNTER_WIRE 5
	MMS_DERIVED("cached", "cached_bytes", bytes, MMS_SWAP_NEEDS_CACHED, get_counter_cached,
		    "swap cache: in memory, and with a slot")
	ZSWAP(zswap, "zswap", bool, "zswap is on")
	ZSWAP(zswap_stored, "zswap_stored_bytes", bytes, "pages that zswap holds, as they were")
	ZSWAP(zswap_pool, "zswap_pool_bytes", bytes, "what they take compressed")
	ZSWAP(zswap_in, "zswap_in", count, "pages taken from zswap since boot")
	ZSWAP(zswap_out, "zswap_out", count, "pages put there since boot")
	ZSWAP(zswap_back, "zswap_back", count, "pages that zswap wrote to a swap area since boot")
};
#undef F

const struct mms_model mms_model_swap_counters = {
	.name = "swap_totals",
	.title = "swapping as a whole",
	.view = MMS_VIEW_swap,
	.rec_size = sizeof(struct mms_swap_counters),
	.fields = counter_fields,
	.nr = ARRAY_SIZE(counter_fields),
	.nr_wire = COUNTER_WIRE,
	.defaults = "size,used,cached,swapped_in,swapped_out,zswap,zswap_stored,zswap_pool,zswap_in,zswap_out,zswap_back",
};

/* ---- zram ------------------------------------------------------------------ */

TEXT(get_zram_name, struct mms_zram_row, name)
TEXT(get_zram_algorithm, struct mms_zram_row, algorithm)

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_zram_row, f, unit, text)
static const struct mms_field zram_fields[] = {
	F(size, bytes, "size of the device")
	F(stored, bytes, "what was written to it")
	F(compressed, bytes, "what that is compressed")
	F(memory, bytes, "what it takes in memory")
	F(memory_max, bytes, "what it has taken at most")
	F(same, count, "pages of one and the same word, which take nothing")
	F(huge, count, "pages that could not be compressed")
#define ZRAM_WIRE 7
	MMS_DERIVED("name", "name", text, 0, get_zram_name, "the device")
	MMS_DERIVED("algorithm", "algorithm", text, 0, get_zram_algorithm, "how it compresses")
};
#undef F

const struct mms_model mms_model_zram = {
	.name = "zram",
	.title = "zram device",
	.rec_size = sizeof(struct mms_zram_row),
	.fields = zram_fields,
	.nr = ARRAY_SIZE(zram_fields),
	.nr_wire = ZRAM_WIRE,
	.defaults = "name,algorithm,size,stored,compressed,memory,memory_max,same,huge",
};

/* ---- slots ----------------------------------------------------------------- */

TEXT(get_slots_comm, struct mms_swap_slots, comm)
TEXT(get_owner_comm, struct mms_swap_owner, comm)

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_swap_slots, f, unit, text)
static const struct mms_field slots_fields[] = {
	F(type, count, "number of the area")
	F(slot, count, "first slot of the run")
	F(pages, count, "slots in the run")
	F(pid, signed, "whose they are")
	F(address, addr, "address of the first page there")
#define SLOTS_WIRE 5
	MMS_DERIVED("comm", "comm", text, 0, get_slots_comm, "name of the process")
};
#undef F

const struct mms_model mms_model_swap_slots = {
	.name = "swap_slots",
	.title = "slots of a swap area",
	.rec_size = sizeof(struct mms_swap_slots),
	.fields = slots_fields,
	.nr = ARRAY_SIZE(slots_fields),
	.nr_wire = SLOTS_WIRE,
	.defaults = "type,slot,pages,pid,comm,address",
};

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_swap_owner, f, unit, text)
static const struct mms_field owner_fields[] = {
	F(pid, signed, "the process; 0: what no process maps")
	F(pages, count, "slots it has")
	F(size, bytes, "the same in bytes")
#define OWNER_WIRE 3
	MMS_DERIVED("comm", "comm", text, 0, get_owner_comm, "name of the process, or what else has them")
};
#undef F

const struct mms_model mms_model_swap_owner = {
	.name = "swap_owner",
	.title = "who is in swap",
	.rec_size = sizeof(struct mms_swap_owner),
	.fields = owner_fields,
	.nr = ARRAY_SIZE(owner_fields),
	.nr_wire = OWNER_WIRE,
	.defaults = "pid,comm,pages,size",
};

static int by_slot(const void *a, const void *b)
{
	const struct mms_swap_slots *sa = a, *sb = b;

	if (sa->type != sb->type)
		return sa->type < sb->type ? -1 : 1;
	if (sa->slot != sb->slot)
		return sa->slot < sb->slot ? -1 : 1;
	return (sa->pid > sb->pid) - (sa->pid < sb->pid);
}

u64 mms_swap_distinct(struct mms_swap_slots *slots, size_t nr)
{
	u64 sum = 0, end = 0;
	size_t i;

	if (nr)
		qsort(slots, nr, sizeof(*slots), by_slot);
	for (i = 0; i < nr; i++) {
		u64 first = slots[i].slot, last = first + slots[i].pages;

		if (!i || slots[i].type != slots[i - 1].type)
			end = 0;
		if (last <= end)
			continue;
		sum += last - (first > end ? first : end);
		end = last;
	}
	return sum;
}
