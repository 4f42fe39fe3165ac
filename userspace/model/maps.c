// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "symbols.h"
#include "totals.h"

#define REC(row)	((const struct mms_maps_rec *)(row)->rec)
#define BOUNDS		(MMS_HAS(maps, start) | MMS_HAS(maps, end))

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->end;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->end - REC(row)->start;
}

static void get_perm(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_perm(row, REC(row)->flags, ret_value);
}

static void get_may(const struct mms_row *row, struct mms_value *ret_value)
{
	u64 flags = REC(row)->flags;

	mms_derive_rights(row, flags & BIT(MMS_VMA_mr), flags & BIT(MMS_VMA_mw),
			  flags & BIT(MMS_VMA_me), flags & BIT(MMS_VMA_ms) ? 's' : '-', ret_value);
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_maps_rec *rec = REC(row);

	if (rec->dev_major || rec->dev_minor)
		mms_derive_dev(row, rec->dev_major, rec->dev_minor, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_huge(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->huge_2m + REC(row)->huge_1g;
}

/* The name as /proc/PID/maps shows it. */
static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const fixed[] = {
		[MMS_NAME_heap] = "[heap]",
		[MMS_NAME_stack] = "[stack]",
		[MMS_NAME_vdso] = "[vdso]",
	};
	unsigned int name = REC(row)->name;
	char *buf = row->ctx->scratch;

	if (!row->len) {
		mms_value_text(ret_value, name < ARRAY_SIZE(fixed) ? fixed[name] : NULL);
		return;
	}
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = row->text;
	ret_value->len = row->len;
	if (name == MMS_NAME_anon && row->text[0] != '[') {
		ret_value->text = buf;
		ret_value->len = snprintf(buf, sizeof(row->ctx->scratch), "[anon:%.*s]",
					  (int)row->len, row->text);
	}
}

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_symbol(row, REC(row)->start, ret_value);
}

static const struct mms_field maps_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_maps_rec, f, unit, text)
	MMS_MAPS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("range", "range", range, BOUNDS, get_range, "first address and first one after it")
	MMS_DERIVED("size", "size_bytes", bytes, BOUNDS, get_size, "size of the VMA")
	MMS_DERIVED("perm", "perm", text, MMS_HAS(maps, flags), get_perm,
		    "read, write, execute, and shared or private, as in /proc/PID/maps")
	MMS_DERIVED("may", "may", text, MMS_HAS(maps, flags), get_may,
		    "what mprotect() may make of it")
	MMS_DERIVED("dev", "dev", text, MMS_HAS(maps, dev_major), get_dev,
		    "device of the file, as in /proc/PID/maps")
	MMS_DERIVED("huge", "huge_bytes", bytes, MMS_HAS(maps, huge_2m) | MMS_HAS(maps, huge_1g),
		    get_huge, "mapped by PMD and PUD leaves")
	MMS_DERIVED("mapping", "mapping", text, 0, get_mapping, "name or path")
	MMS_DERIVED("symbol", "symbol", text, 0, get_symbol, "start as name+offset")
	MMS_DERIVED_PID
};

static u64 absent(const struct mms_row *row)
{
	u64 fields = 0;

	if (!REC(row)->inode)
		fields |= MMS_HAS(maps, inode) | MMS_HAS(maps, dev_major) |
			  MMS_HAS(maps, dev_minor);
	if (REC(row)->policy == MMS_NO_POLICY)
		fields |= MMS_HAS(maps, policy_nodes);
	return fields;
}

const struct mms_model mms_model_maps = {
	.name = "maps",
	.title = "VMA",
	.view = MMS_VIEW_maps,
	.rec_size = sizeof(struct mms_maps_rec),
	.fields = maps_fields,
	.nr = ARRAY_SIZE(maps_fields),
	.nr_wire = MMS_NR_F_maps,
	.defaults = "range,perm,size,rss,pss,swap,huge,mapping",
	.extended = "range,perm,may,size,rss,pss,shared_clean,shared_dirty,private_clean,"
		    "private_dirty,referenced,anonymous,swap,huge_2m,huge_1g,huge_pte,zero,"
		    "offset,dev,inode,policy,flags,mapping",
	.absent = absent,
};

/* The sum: the fields in bytes and pss, chosen by their unit. */
#define SUM_FIELD(f, u, text)						\
	{ .name = #f, .key = #f "_bytes", .desc = text, .unit = MMS_UNIT_##u, \
	  .size = 8, .offset = offsetof(struct mms_maps_total, sum.f) },
#define SUM_bytes(f, text)	SUM_FIELD(f, bytes, text)
#define SUM_pss(f, text)	SUM_FIELD(f, pss, text)
#define SUM_addr(f, text)
#define SUM_vmaflags(f, text)
#define SUM_hex(f, text)
#define SUM_count(f, text)
#define SUM_inode(f, text)
#define SUM_name(f, text)
#define SUM_policy(f, text)
#define SUM_nodes(f, text)
#define SUM_bool(f, text)

static const struct mms_field total_fields[] = {
	MMS_WIRE_FIELD(struct mms_maps_total, vmas, count, "VMAs")
	MMS_WIRE_FIELD(struct mms_maps_total, size, bytes, "of all VMAs")
#define MMS_X(f, unit, text) SUM_##unit(f, text)
	MMS_MAPS_FIELDS(MMS_X)
#undef MMS_X
};

const struct mms_model mms_model_maps_total = {
	.name = "maps_total",
	.title = "sum of all VMAs",
	.rec_size = sizeof(struct mms_maps_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "vmas,size,rss,pss,swap",
};

void mms_maps_total_add(struct mms_maps_total *total, const struct mms_maps_rec *rec)
{
	unsigned int i;

	for (i = 0; i < MMS_NR_F_maps; i++) {
		const struct mms_field *f = &maps_fields[i];

		if (f->unit != MMS_UNIT_bytes && f->unit != MMS_UNIT_pss)
			continue;
		/* The size of a page is no amount: the sum holds the smallest. */
		if (f->offset == offsetof(struct mms_maps_rec, page_size))
			continue;
		*(u64 *)((char *)&total->sum + f->offset) +=
			*(const u64 *)((const char *)rec + f->offset);
	}
	if (!total->vmas || rec->page_size < total->sum.page_size)
		total->sum.page_size = rec->page_size;
	total->vmas++;
	total->size += rec->end - rec->start;
}
