// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel-page-flags.h>
#include "cache.h"
#include "derive.h"

#define REC(row)	((const struct mms_cache_rec *)(row)->rec)
#define PAGE_SHIFT	12

static void get_offset(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->index << row->ctx->header.page_shift;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->pages << row->ctx->header.page_shift;
}

static void get_pageflags(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->kind == MMS_CACHE_folio)
		ret_value->num = REC(row)->kpf;
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_swap(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_cache_rec *rec = REC(row);

	mms_derive_swap(row, rec->kind == MMS_CACHE_swap ? MMS_KIND_swap : MMS_KIND_none,
			rec->swap_type, rec->pfn, ret_value);
}

#define FOLIO_FIELDS	(MMS_HAS(cache, order) | MMS_HAS(cache, kpf) |	\
			 MMS_HAS(cache, refcount) | MMS_HAS(cache, mapcount) | \
			 MMS_HAS(cache, mapped) | MMS_HAS(cache, zone) | MMS_HAS(cache, cgroup))

/* What a row that is no folio's has no value for. */
static u64 absent(const struct mms_row *row)
{
	u64 fields = 0;

	if (REC(row)->kind != MMS_CACHE_folio)
		fields |= FOLIO_FIELDS | MMS_HAS(cache, dirty) | MMS_HAS(cache, writeback);
	if (REC(row)->kind != MMS_CACHE_swap)
		fields |= MMS_HAS(cache, swap_type);
	if (REC(row)->kind != MMS_CACHE_shadow)
		fields |= MMS_HAS(cache, workingset);
	if (REC(row)->kind != MMS_CACHE_folio && REC(row)->kind != MMS_CACHE_swap)
		fields |= MMS_HAS(cache, pfn);
	return fields;
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_cache_rec, f, unit, text)
	MMS_CACHE_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("offset", "offset", hex, MMS_HAS(cache, index), get_offset,
		    "place in the file, in bytes")
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(cache, pages), get_size, "how much of it")
	MMS_DERIVED_PAGEFLAGS(cache)
	MMS_DERIVED("swap", "swap", text, MMS_HAS(cache, swap_type), get_swap,
		    "swap area and offset of what is swapped out")
};

const struct mms_model mms_model_cache = {
	.name = "cache",
	.title = "folio of a file, or what is in its place",
	.view = MMS_VIEW_cache,
	.rec_size = sizeof(struct mms_cache_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_cache,
	.defaults = "index,pages,kind,pfn,pageflags,refcount,mapcount,mapped,dirty,writeback,node",
	.absent = absent,
};

void mms_cache_total_add(struct mms_cache_total *total, const struct mms_cache_rec *rec)
{
	u64 size = rec->pages << PAGE_SHIFT;

	switch (rec->kind) {
	case MMS_CACHE_folio:
		total->folios++;
		total->cached += size;
		total->dirty += rec->dirty ? size : 0;
		total->writeback += rec->writeback ? size : 0;
		total->mapped += (u64)rec->mapped << PAGE_SHIFT;
		total->active += rec->kpf & BIT(KPF_ACTIVE) ? size : 0;
		total->resident += rec->pages;
		break;
	case MMS_CACHE_swap:
		total->swapped += size;
		break;
	case MMS_CACHE_shadow:
		total->evicted += size;
		break;
	}
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_cache_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(order, order, "order of the folios")
	F(node, node, "NUMA node they are on")
	F(folios, count, "how many")
	F(cached, bytes, "memory of them")
	F(dirty, bytes, "to be written to the disk")
	F(writeback, bytes, "being written")
	F(mapped, bytes, "pages that a process maps")
	F(active, bytes, "in folios that are marked active")
	F(size, bytes, "length of the file")
	F(swapped, bytes, "shmem: in swap instead")
	F(evicted, bytes, "reclaimed not long ago, and remembered")
	F(pages, count, "pages of the file")
	F(resident, count, "of these, in the page cache")
};

const struct mms_model mms_model_cache_total = {
	.name = "cache_total",
	.title = "folios of one order or node, or of the whole file",
	.rec_size = sizeof(struct mms_cache_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "folios,cached,dirty,writeback,mapped,active,swapped,evicted",
};
