// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "vmalloc.h"

#define ROW(row)	((const struct mms_vmalloc_row *)(row)->rec)
#define AREA(row)	(&ROW(row)->area)
#define IS(area, name)	((area)->flags >> MMS_VMALLOC_BIT_##name & 1)
#define PAGE_SHIFT	12

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->start;
	ret_value->num2 = AREA(row)->end;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->end - AREA(row)->start;
}

static void get_memory(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->pages << PAGE_SHIFT;
}

static void get_pfn(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->pfn;
	if (ret_value->num == ~0ULL)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_phys(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->phys;
	if (!IS(AREA(row), ioremap))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_address(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = AREA(row)->caller;
	if (!ret_value->num)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_caller(const struct mms_row *row, struct mms_value *ret_value)
{
	MMS_VALUE_CHARS(ret_value, ROW(row)->caller);
}

/* "vmalloc,user" */
static void get_what(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const names[] = {
#define MMS_X(name, bit, text) #name,
		MMS_VMALLOC_FLAGS(MMS_X)
#undef MMS_X
	};
	char *text = row->ctx->scratch;
	size_t size = sizeof(row->ctx->scratch), len = 0;
	u32 i;

	*text = '\0';
	for (i = 0; i < MMS_VMALLOC_NR_FLAGS; i++)
		if (AREA(row)->flags >> i & 1)
			len += snprintf(text + len, size - len, "%s%s", len ? "," : "", names[i]);
	mms_value_text(ret_value, len ? text : NULL);
}

#define FIELD(f, member, u, text)						\
	{									\
		.name = #f, .key = #f MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.size = sizeof(((struct mms_vmalloc_row *)0)->member),		\
		.offset = offsetof(struct mms_vmalloc_row, member),		\
	},
static const struct mms_field fields[] = {
	FIELD(start, area.start, addr, "first address")
	FIELD(end, area.end, addr, "first address after it; a guard page is in the area")
	FIELD(pages, area.pages, count, "pages it has, or maps")
	FIELD(order, area.order, order, "order in which its pages were allocated")
#define WIRE 4
	MMS_DERIVED("range", "range", range, 0, get_range, "first address and first one after it")
	MMS_DERIVED("size", "size_bytes", bytes, 0, get_size, "size of the range")
	MMS_DERIVED("memory", "memory_bytes", bytes, 0, get_memory, "its pages in bytes")
	MMS_DERIVED("what", "what", text, 0, get_what,
		    "ioremap, vmalloc, vmap, user, dma, uninit, sparse, ram, lazy: see below")
	MMS_DERIVED("pfn", "pfn", pfn, 0, get_pfn, "first page frame of what it maps")
	MMS_DERIVED("phys", "phys", hex, 0, get_phys, "ioremap: physical address of the device's memory")
	MMS_DERIVED("caller", "caller", text, MMS_VMALLOC_NEEDS_NAMES, get_caller, "who asked for it")
	MMS_DERIVED("address", "caller_address", addr, 0, get_address, "the same as an address of the kernel's text")
};

const struct mms_model mms_model_vmalloc = {
	.name = "vmalloc",
	.title = "area of vmalloc (--vmalloc)",
	.view = MMS_VIEW_vmalloc,
	.rec_size = sizeof(struct mms_vmalloc_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = WIRE,
	.defaults = "start,size,pages,pfn,what,caller",
};

void mms_vmalloc_total_add(struct mms_vmalloc_total *total, const struct mms_vmalloc_area *area)
{
	u64 size = area->end - area->start;

	total->areas++;
	total->size += size;
	total->vmalloc += IS(area, vmalloc) ? area->pages << PAGE_SHIFT : 0;
	total->vmap += IS(area, vmap) ? area->pages << PAGE_SHIFT : 0;
	total->ioremap += IS(area, ioremap) ? size : 0;
	total->ram += IS(area, ram) ? size : 0;
	total->lazy += IS(area, lazy) ? size : 0;
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_vmalloc_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(areas, count, "areas there are")
	F(size, bytes, "addresses they take")
	F(vmalloc, bytes, "pages of their own: VmallocUsed of /proc/meminfo")
	F(vmap, bytes, "pages of somebody else")
	F(ioremap, bytes, "memory of devices, with guard pages")
	F(ram, bytes, "pieces for vm_map_ram()")
	F(lazy, bytes, "unmapped, and not given back until the TLBs are flushed")
	F(raced, count, "lists that changed each time they were walked: areas may be missing")
};

const struct mms_model mms_model_vmalloc_total = {
	.name = "vmalloc_total",
	.title = "all areas of vmalloc",
	.rec_size = sizeof(struct mms_vmalloc_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "areas,size,vmalloc,vmap,ioremap,ram,lazy,raced",
};
