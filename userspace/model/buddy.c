// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "zones.h"

static u64 block_size(const struct mms_row *row, unsigned int order)
{
	return BIT(row->ctx->header.page_shift) << order;
}

/* ---- the views ------------------------------------------------------------- */

static void get_buddy_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = block_size(row, ((const struct mms_buddy_rec *)row->rec)->order);
}

static void get_buddy_partial(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(((const struct mms_rec *)row->rec)->flags & MMS_RF_PARTIAL);
}

static const struct mms_field buddy_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_buddy_rec, f, unit, text)
	MMS_BUDDY_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(buddy, order), get_buddy_size,
		    "size of a block")
	MMS_DERIVED("partial", "partial", bool, 0, get_buddy_partial,
		    "there are more: a list was too long, or could not be looked at")
};

const struct mms_model mms_model_buddy = {
	.name = "buddy",
	.title = "free blocks of one order and migrate type",
	.view = MMS_VIEW_buddy,
	.rec_size = sizeof(struct mms_buddy_rec),
	.fields = buddy_fields,
	.nr = ARRAY_SIZE(buddy_fields),
	.nr_wire = MMS_NR_F_buddy,
	.defaults = "node,zone,order,size,type,blocks,pages,pcp_blocks",
};

static void get_block_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = block_size(row, ((const struct mms_blocks_rec *)row->rec)->order);
}

static const struct mms_field blocks_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_blocks_rec, f, unit, text)
	MMS_BLOCKS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(blocks, order), get_block_size,
		    "size of the block")
};

const struct mms_model mms_model_blocks = {
	.name = "blocks",
	.title = "free block",
	.view = MMS_VIEW_blocks,
	.rec_size = sizeof(struct mms_blocks_rec),
	.fields = blocks_fields,
	.nr = ARRAY_SIZE(blocks_fields),
	.nr_wire = MMS_NR_F_blocks,
	.defaults = "pfn,order,size,type,node,zone",
};

static void get_used(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_pageblocks_rec *rec = row->rec;

	ret_value->num = rec->pages - rec->free - rec->pcp;
}

#define HAS(f)	MMS_HAS(pageblocks, f)
static const struct mms_field pageblocks_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_pageblocks_rec, f, unit, text)
	MMS_PAGEBLOCKS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("used", "used", count, HAS(pages) | HAS(free) | HAS(pcp), get_used,
		    "pages that are in use")
};
#undef HAS

const struct mms_model mms_model_pageblocks = {
	.name = "pageblocks",
	.title = "page block",
	.view = MMS_VIEW_pageblocks,
	.rec_size = sizeof(struct mms_pageblocks_rec),
	.fields = pageblocks_fields,
	.nr = ARRAY_SIZE(pageblocks_fields),
	.nr_wire = MMS_NR_F_pageblocks,
	.defaults = "pfn,node,zone,type,isolated,free,anon,file,shmem,slab,pgtable,kernel,reserved",
};

/* ---- sums ------------------------------------------------------------------ */

void mms_buddy_total_add(struct mms_buddy_total *total, const struct mms_buddy_rec *rec)
{
	if (rec->order >= MMS_ORDERS)
		return;
	total->free += rec->pages;
	total->pcp += rec->pcp_blocks << rec->order;
	total->blocks[rec->order] += rec->blocks;
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_buddy_total, f, unit, text)
#define O(n)								\
	{								\
		.name = "o" #n, .key = "o" #n, .desc = "free blocks of order " #n, \
		.unit = MMS_UNIT_count, .size = sizeof(u64),		\
		.offset = offsetof(struct mms_buddy_total, blocks) + (n) * sizeof(u64), \
	},
static const struct mms_field total_fields[] = {
	F(node, node, "NUMA node")
	F(zone, zone, "zone")
	F(type, migratetype, "migrate type of the lists")
	F(free, pages, "memory in free blocks")
	F(pcp, pages, "memory on the lists of CPUs, not part of free")
	O(0) O(1) O(2) O(3) O(4) O(5) O(6) O(7) O(8) O(9) O(10) O(11) O(12) O(13) O(14) O(15)
};
#undef O
#undef F

const struct mms_model mms_model_buddy_total = {
	.name = "buddy_total",
	.title = "free blocks of a zone by order",
	.rec_size = sizeof(struct mms_buddy_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "node,zone,free,pcp,o0,o1,o2,o3,o4,o5,o6,o7,o8,o9,o10",
};

/* ---- fragmentation --------------------------------------------------------- */

/* As fill_contig_page_info(), fragmentation_index() and unusable_free_index() have it. */
static void indices(const struct mms_frag_zone *zone, unsigned int order, struct mms_frag *frag)
{
	u64 total = 0, blocks;
	unsigned int o, t;

	for (o = 0; o < zone->orders; o++) {
		for (t = 0, blocks = 0; t < MMS_NR_MIGRATE_TYPES; t++)
			blocks += zone->blocks[o][t];
		total += blocks;
		frag->free += blocks << o;
		if (o >= order)
			frag->suitable += blocks << (o - order);
	}
	frag->unusable = 1000;
	if (frag->free)
		frag->unusable = (frag->free - (frag->suitable << order)) * 1000 / frag->free;
	if (!total)
		frag->index = 0;
	else if (frag->suitable)
		frag->index = -1000;
	else
		frag->index = 1000 - (1000 + frag->free * 1000 / BIT(order)) / total;
}

static u64 of_type(const struct mms_frag_zone *zone, unsigned int order, unsigned int type)
{
	u64 blocks = 0;

	for (; order < zone->orders; order++)
		blocks += zone->blocks[order][type];
	return blocks;
}

static u64 free_of_type(const struct mms_frag_zone *zone, unsigned int type)
{
	u64 pages = 0;
	unsigned int o;

	for (o = 0; o < zone->orders; o++)
		pages += zone->blocks[o][type] << o;
	return pages;
}

/* As __zone_watermark_ok() decides against the min watermark, for whom reserves are not. */
static enum mms_frag_why why(const struct mms_frag_zone *zone, unsigned int order, bool movable)
{
	u64 unusable = BIT(order) - 1 + free_of_type(zone, MMS_MIGRATE_highatomic);

	if (order >= zone->orders)
		return MMS_FRAG_order;
	if (!movable)
		unusable += free_of_type(zone, MMS_MIGRATE_cma);
	if (zone->marks.free <= unusable + zone->marks.min)
		return MMS_FRAG_watermark;
	if (of_type(zone, order, MMS_MIGRATE_unmovable) ||
	    of_type(zone, order, MMS_MIGRATE_movable) ||
	    of_type(zone, order, MMS_MIGRATE_reclaimable) ||
	    (movable && of_type(zone, order, MMS_MIGRATE_cma)))
		return MMS_FRAG_none;
	if (of_type(zone, order, MMS_MIGRATE_cma))
		return MMS_FRAG_cma;
	if (of_type(zone, order, MMS_MIGRATE_highatomic))
		return MMS_FRAG_highatomic;
	if (of_type(zone, order, MMS_MIGRATE_isolate))
		return MMS_FRAG_isolate;
	return MMS_FRAG_size;
}

void mms_frag_of(const struct mms_frag_zone *zone, unsigned int order, bool movable,
		 struct mms_frag *ret_frag)
{
	unsigned int o;

	*ret_frag = (struct mms_frag){
		.node = zone->marks.node, .zone = zone->marks.zone, .order = order, .largest = -1,
		.why = why(zone, order, movable),
	};
	for (o = 0; o < zone->orders; o++)
		if (!why(zone, o, movable))
			ret_frag->largest = o;
	indices(zone, order, ret_frag);
}

static void get_why(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = {
#define MMS_X(id, name, text) [id] = text,
		MMS_FRAGS(MMS_X)
#undef MMS_X
	};
	const struct mms_frag *frag = row->rec;

	mms_value_text(ret_value, frag->why < ARRAY_SIZE(words) ? words[frag->why] : "?");
}

static void get_succeeds(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !((const struct mms_frag *)row->rec)->why;
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_frag, f, unit, text)
static const struct mms_field frag_fields[] = {
	F(node, node, "NUMA node")
	F(zone, zone, "zone")
	F(order, count, "order asked about: 1 << order pages")
	F(free, pages, "memory in free blocks")
	F(suitable, count, "blocks of the order that can be had of the free ones")
	F(largest, signed, "the largest order that would succeed now, -1 for none")
	F(index, thousandth, "fragmentation index: towards 0 memory is short, towards 1 it is in pieces; -1: it would succeed")
	F(unusable, thousandth, "unusable index: the part of free memory that is in smaller blocks")
#define FRAG_WIRE 8
	MMS_DERIVED("succeeds", "succeeds", bool, 0, get_succeeds, "an allocation of the order would succeed now")
	MMS_DERIVED("why", "why", text, 0, get_why, "why it would fail")
};
#undef F

const struct mms_model mms_model_frag = {
	.name = "frag",
	.title = "fragmentation of a zone's free memory for an order",
	.rec_size = sizeof(struct mms_frag),
	.fields = frag_fields,
	.nr = ARRAY_SIZE(frag_fields),
	.nr_wire = FRAG_WIRE,
	.defaults = "node,zone,free,largest,order,index,unusable,why",
};
