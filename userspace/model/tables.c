// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "symbols.h"
#include "totals.h"

#define REC(row)	((const struct mms_tables_rec *)(row)->rec)
#define TOTAL(row)	((const struct mms_tables_total *)(row)->rec)
#define BOUNDS		(MMS_HAS(tables, start) | MMS_HAS(tables, end))
#define ENTRIES		512

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->end;
}

static void get_fill(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->used * 1000ULL / ENTRIES;
}

static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_mapping(row, REC(row)->start, ret_value);
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_tables_rec, f, unit, text)
	MMS_TABLES_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("range", "range", range, BOUNDS, get_range, "first address and first one after it")
	MMS_DERIVED("fill", "fill_percent", tenth, MMS_HAS(tables, used), get_fill,
		    "entries that are not empty, in percent")
	MMS_DERIVED("mapping", "mapping", text, 0, get_mapping,
		    "name of the VMA at the first address")
	MMS_DERIVED_PID
};

const struct mms_model mms_model_tables = {
	.name = "tables",
	.title = "page table",
	.view = MMS_VIEW_tables,
	.rec_size = sizeof(struct mms_tables_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_tables,
	.defaults = "range,level,pfn,node,used,fill,leaves,tables,swap",
};

static void get_total_fill(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = TOTAL(row)->room ? TOTAL(row)->used * 1000 / TOTAL(row)->room : 0;
}

/* The level, which is the first field: the sum of all has none. */
static u64 total_absent(const struct mms_row *row)
{
	return TOTAL(row)->level ? 0 : BIT(0);
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_tables_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(level, level, "level of the tables")
	F(node, node, "NUMA node of the tables")
	F(tables, count, "tables")
	F(size, bytes, "memory they take")
	F(used, count, "entries that are not empty")
	F(room, count, "entries there are")
	F(present, count, "entries that are present")
	F(leaves, count, "entries that map a page")
	F(swap, count, "entries that are not present and not empty")
	F(single, count, "tables with one entry in use")
	F(huge, count, "tables a huge page would remove")
#define TOTAL_WIRE 11
	MMS_DERIVED("fill", "fill_percent", tenth, 0, get_total_fill,
		    "entries that are not empty, in percent")
};

const struct mms_model mms_model_tables_total = {
	.name = "tables_total",
	.title = "page tables of a level or node",
	.rec_size = sizeof(struct mms_tables_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = TOTAL_WIRE,
	.defaults = "level,tables,size,used,room,fill,leaves,swap,single,huge",
	.absent = total_absent,
};

void mms_tables_total_add(struct mms_tables_total *total, const struct mms_tables_rec *rec)
{
	total->tables++;
	total->size += 4096;
	total->used += rec->used;
	total->room += ENTRIES;
	total->present += rec->present;
	total->leaves += rec->leaves;
	total->swap += rec->swap;
	total->single += rec->used == 1;
	total->huge += rec->huge;
}
