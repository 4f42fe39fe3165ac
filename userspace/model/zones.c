// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "zones.h"

#define REC(row)	((const struct mms_zones_rec *)(row)->rec)
#define HAS(f)		MMS_HAS(zones, f)

#define PLACE		(HAS(row) | HAS(node))
#define SIZES		(HAS(start_pfn) | HAS(spanned) | HAS(present))
#define RESERVES	(HAS(reserve0) | HAS(reserve1) | HAS(reserve2) | HAS(reserve3) | \
			 HAS(reserve4) | HAS(reserve5))
#define MARKS		(HAS(free) | HAS(min) | HAS(low) | HAS(high) | HAS(promo) | HAS(boost))
#define COMPACTION	(HAS(compact_free_pfn) | HAS(compact_migrate_pfn) |		\
			 HAS(compact_migrate_sync_pfn) | HAS(compact_considered) |	\
			 HAS(compact_defer_shift) | HAS(compact_order_failed))

/* What a row of each kind tells; the rest means nothing there. */
static const u64 tells[MMS_NR_ZONE_ROWS] = {
	[MMS_ZONE_ROW_node] = PLACE | SIZES | HAS(flags) | HAS(kswapd) | HAS(kswapd_order) |
		HAS(kswapd_zone) | HAS(kswapd_failures) | HAS(kcompactd) | HAS(kcompactd_order) |
		HAS(totalreserve) | HAS(min_unmapped) | HAS(min_slab),
	[MMS_ZONE_ROW_zone] = PLACE | HAS(zone) | SIZES | HAS(managed) | HAS(cma) | MARKS |
		HAS(highatomic) | HAS(free_highatomic) | RESERVES | HAS(pcp) | HAS(flags) |
		HAS(isolated_blocks) | COMPACTION,
	[MMS_ZONE_ROW_cpu] = PLACE | HAS(zone) | HAS(cpu) | HAS(pcp) | HAS(pcp_high) |
		HAS(pcp_high_min) | HAS(pcp_high_max) | HAS(pcp_batch) | HAS(stat_threshold),
	[MMS_ZONE_ROW_counter] = PLACE | HAS(zone) | HAS(value) | HAS(folded),
	[MMS_ZONE_ROW_distance] = PLACE | HAS(to_node) | HAS(distance),
};

static u64 absent(const struct mms_row *row)
{
	const struct mms_zones_rec *rec = REC(row);
	u64 has = rec->row < MMS_NR_ZONE_ROWS ? tells[rec->row] : ~0ULL;

	if (rec->pcp_high_min == MMS_NO_COUNT)
		has &= ~(HAS(pcp_high_min) | HAS(pcp_high_max));
	if (rec->isolated_blocks == MMS_NO_PAGES)
		has &= ~HAS(isolated_blocks);
	if (rec->compact_defer_shift == MMS_NO_COUNT)
		has &= ~COMPACTION;
	return ~has;
}

/* Where @pages lies in the picture: the left half ends at @middle, the right one at @end. */
static unsigned int place(u64 pages, u64 middle, u64 end)
{
	const u64 half = MMS_MARKS_WIDTH / 2;

	if (pages < middle)
		return pages * half / middle;
	if (pages >= end)
		return MMS_MARKS_WIDTH;
	return half + (pages - middle) * half / (end - middle);
}

/*
 * The left half of the picture is twice the high watermark, so that the marks
 * lie in it; the right half is the rest of the zone.
 */
static void get_marks(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_zones_rec *rec = REC(row);
	const u64 middle = rec->high * 2;
	char *p = row->ctx->scratch;
	unsigned int i, at;

	if (rec->row != MMS_ZONE_ROW_zone || !rec->high || rec->managed <= middle) {
		ret_value->type = MMS_VALUE_NONE;
		return;
	}
	at = place(rec->free, middle, rec->managed);
	for (i = 0; i < MMS_MARKS_WIDTH; i++)
		p[i] = i < at ? '#' : '.';
	p[place(rec->high, middle, rec->managed)] = 'h';
	p[place(rec->low, middle, rec->managed)] = 'l';
	p[place(rec->min, middle, rec->managed)] = 'm';
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = p;
	ret_value->len = MMS_MARKS_WIDTH;
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_zones_rec, f, unit, text)
	MMS_ZONES_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("name", "name", text, 0, mms_derive_row_text, "name of the counter")
	MMS_DERIVED("marks", "marks", text,
		    HAS(managed) | HAS(free) | HAS(min) | HAS(low) | HAS(high), get_marks,
		    "free (#) against the marks min, low and high; the left half is 2 x high")
};

const struct mms_model mms_model_zones = {
	.name = "zones",
	.title = "zone, or what belongs to it",
	.view = MMS_VIEW_zones,
	.rec_size = sizeof(struct mms_zones_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_zones,
	.defaults = "node,zone,managed,free,min,low,high,pcp,marks",
	.absent = absent,
};

const char *mms_zones_columns(unsigned int row)
{
	static const char *const columns[MMS_NR_ZONE_ROWS] = {
		[MMS_ZONE_ROW_node] = "node,present,totalreserve,flags,kswapd,kswapd_order,"
				      "kswapd_failures,kcompactd",
		[MMS_ZONE_ROW_zone] = "node,zone,managed,free,min,low,high,pcp,marks",
		[MMS_ZONE_ROW_cpu] = "node,zone,cpu,pcp,pcp_high,pcp_high_min,pcp_high_max,"
				     "pcp_batch,stat_threshold",
		[MMS_ZONE_ROW_counter] = "node,zone,name,value",
		[MMS_ZONE_ROW_distance] = "node,to_node,distance",
	};

	return columns[row];
}
