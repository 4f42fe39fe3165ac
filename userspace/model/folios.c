// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "symbols.h"
#include "totals.h"

#define REC(row)	((const struct mms_folios_rec *)(row)->rec)

static u64 page_size(const struct mms_row *row)
{
	return BIT(row->ctx->header.page_shift);
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = page_size(row) << REC(row)->order;
}

static void get_mapped(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = page_size(row) * REC(row)->mapped;
}

static void get_again(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(REC(row)->rec.flags & MMS_RF_AGAIN);
}

static void get_pageflags(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->kpf;
}

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_symbol(row, REC(row)->start, ret_value);
}

static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_mapping(row, REC(row)->start, ret_value);
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_folios_rec, f, unit, text)
	MMS_FOLIOS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(folios, order), get_size,
		    "size of the folio")
	MMS_DERIVED("mapped_size", "mapped_bytes", bytes, MMS_HAS(folios, mapped), get_mapped,
		    "how much of it is mapped in this run")
	MMS_DERIVED("again", "again", bool, 0, get_again,
		    "a further run of a folio that an earlier row has")
	MMS_DERIVED_PAGEFLAGS(folios)
	MMS_DERIVED("symbol", "symbol", text, 0, get_symbol, "start as name+offset")
	MMS_DERIVED("mapping", "mapping", text, 0, get_mapping, "name of the VMA")
	MMS_DERIVED_PID
};

const struct mms_model mms_model_folios = {
	.name = "folios",
	.title = "folio, or run of its pages",
	.view = MMS_VIEW_folios,
	.rec_size = sizeof(struct mms_folios_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_folios,
	.defaults = "pfn,order,kind,mapped,start,level,pageflags,refcount,mapcount,mapping",
};

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_folios_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(kind, foliokind, "what the folios are")
	F(order, order, "order of the folios")
	F(folios, count, "how many")
	F(full, count, "with every page mapped here")
	F(partial, count, "with a part of their pages mapped here")
	F(mapped, bytes, "memory of them that is mapped here")
	F(size, bytes, "memory they take")
};

const struct mms_model mms_model_folios_total = {
	.name = "folios_total",
	.title = "folios of one kind and order",
	.rec_size = sizeof(struct mms_folios_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "kind,order,folios,full,partial,mapped,size",
};
