// SPDX-License-Identifier: GPL-2.0-only
/* The whole of an address space, and the tables of what layout shows. */
#include <stdlib.h>
#include <string.h>
#include "derive.h"
#include "layout.h"
#include "vocab.h"

/* ---- putting it together ------------------------------------------------- */

void mms_layout_init(struct mms_layout *layout, unsigned int levels)
{
	*layout = (struct mms_layout){
		.levels = levels,
		.user_end = levels == 5 ? 1ULL << 56 : 1ULL << 47,
	};
	layout->kernel_start = -layout->user_end;
}

void mms_layout_deinit(struct mms_layout *layout)
{
	size_t i;

	for (i = 0; i < layout->nr; i++)
		if (layout->areas[i].kind == MMS_AREA_mapping)
			free((char *)layout->areas[i].name);
	free(layout->areas);
	memset(layout, 0, sizeof(*layout));
}

static struct mms_area *add(struct mms_layout *layout, u8 kind, u64 start, u64 end)
{
	struct mms_area *area;

	if (layout->nr == layout->room) {
		size_t room = layout->room * 2 + 64;

		area = realloc(layout->areas, room * sizeof(*area));
		if (!area) {
			layout->failed = true;
			return NULL;
		}
		layout->areas = area;
		layout->room = room;
	}
	area = &layout->areas[layout->nr++];
	*area = (struct mms_area){
		.start = start, .end = end, .size = end - start, .kind = kind,
		.half = start >= layout->kernel_start ? 'k' : start >= layout->user_end ? '-' : 'u',
		.region = start >= layout->user_end ? MMS_REGION_hole : MMS_REGION_user,
	};
	return area;
}

static u64 reached(const struct mms_layout *layout)
{
	return layout->nr ? layout->areas[layout->nr - 1].end : 0;
}

/* What lies between the last area and @start. */
static void fill(struct mms_layout *layout, u64 start)
{
	u64 from = reached(layout);

	/* 0 is the end of memory here, unless nothing was added yet */
	if (from == start || (!from && layout->nr))
		return;
	if (from < layout->user_end) {
		u64 to = start && start < layout->user_end ? start : layout->user_end;

		add(layout, MMS_AREA_gap, from, to);
		from = to;
	}
	if (from == layout->user_end && start != from) {
		struct mms_area *hole = add(layout, MMS_AREA_hole, from, layout->kernel_start);

		if (hole) {
			hole->name = "no canonical address";
			hole->len = strlen(hole->name);
		}
		from = layout->kernel_start;
	}
	if (from != start && from >= layout->kernel_start)
		add(layout, MMS_AREA_unused, from, start);
}

void mms_layout_vma(struct mms_layout *layout, const struct mms_maps_rec *rec,
		    const char *name, size_t len)
{
	struct mms_area *area;

	/* A process that changes while it is read may show a place twice. */
	if (rec->start < reached(layout) || rec->end <= rec->start || rec->end > layout->user_end)
		return;
	fill(layout, rec->start);
	area = add(layout, MMS_AREA_mapping, rec->start, rec->end);
	if (!area)
		return;
	area->rss = rec->rss;
	area->flags = rec->flags;
	area->random = 1;
	if (!len)
		return;
	area->name = malloc(len);
	if (!area->name) {
		layout->failed = true;
		return;
	}
	memcpy((char *)area->name, name, len);
	area->len = len;
}

static void add_region(struct mms_layout *layout, const struct mms_regions_rec *rec,
		       u64 start, u64 end)
{
	struct mms_area *area = add(layout, MMS_AREA_region, start, end);

	if (!area)
		return;
	area->region = rec->region;
	area->random = rec->random;
	area->name = mms_word_text(MMS_UNIT_region, rec->region);
	area->len = area->name ? strlen(area->name) : 0;
}

/* The vsyscall page is a page of the fixmap: one region inside of another parts it. */
static bool add_inside(struct mms_layout *layout, const struct mms_regions_rec *rec)
{
	struct mms_area *around = layout->nr ? &layout->areas[layout->nr - 1] : NULL;
	struct mms_regions_rec rest;
	u64 end;

	if (!around || around->kind != MMS_AREA_region || rec->start <= around->start ||
	    rec->start - around->start >= around->size ||
	    rec->end - around->start > around->size)
		return false;
	rest = (struct mms_regions_rec){ .region = around->region, .random = around->random };
	end = around->end;
	around->end = rec->start;
	around->size = around->end - around->start;
	add_region(layout, rec, rec->start, rec->end);
	if (rec->end != end)
		add_region(layout, &rest, rec->end, end);
	return true;
}

void mms_layout_region(struct mms_layout *layout, const struct mms_regions_rec *rec)
{
	u64 start = rec->start, from = reached(layout);

	if (start < layout->kernel_start || add_inside(layout, rec))
		return;
	if (from > start)
		start = from;	/* they may share a border page */
	if ((rec->end && rec->end <= start) || (!from && layout->nr))
		return;
	fill(layout, start);
	add_region(layout, rec, start, rec->end);
}

void mms_layout_end(struct mms_layout *layout)
{
	struct mms_layout_total *t = &layout->total;
	size_t i;

	fill(layout, 0);
	for (i = 0; i < layout->nr; i++) {
		const struct mms_area *a = &layout->areas[i];

		switch (a->kind) {
		case MMS_AREA_mapping:
			t->vmas++;
			t->mapped += a->size;
			t->rss += a->rss;
			t->user += a->size;
			break;
		case MMS_AREA_gap:
			t->gaps++;
			t->gap += a->size;
			t->user += a->size;
			if (a->size <= t->largest_gap)
				break;
			t->largest_gap = a->size;
			t->largest_gap_at = a->start;
			break;
		case MMS_AREA_hole:
			t->hole += a->size;
			break;
		case MMS_AREA_region:
			t->kernel_regions += a->size;
			t->kernel += a->size;
			break;
		default:
			t->kernel_unused += a->size;
			t->kernel += a->size;
		}
	}
}

struct mms_area *mms_layout_find(const struct mms_layout *layout, u64 address)
{
	size_t low = 0, high = layout->nr;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (layout->areas[mid].start <= address)
			low = mid;
		else
			high = mid;
	}
	return layout->nr ? &layout->areas[low] : NULL;
}

const char *mms_area_label(const struct mms_area *area, size_t *ret_len)
{
	static const char *const words[] = {
#define MMS_X(id, name) [id] = #name,
		MMS_AREAS(MMS_X)
#undef MMS_X
	};
	const char *name = area->name, *slash;

	*ret_len = area->len;
	if (!area->len) {
		name = area->kind == MMS_AREA_mapping ? "anonymous" : words[area->kind];
		*ret_len = strlen(name);
		return name;
	}
	slash = area->kind == MMS_AREA_mapping && name[0] == '/' ?
		memrchr(name, '/', area->len) : NULL;
	if (!slash || slash + 1 == name + area->len)
		return name;
	*ret_len = name + area->len - (slash + 1);
	return slash + 1;
}

/* ---- the tables ----------------------------------------------------------- */

#define REC(row)	((const struct mms_area *)(row)->rec)

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->end;
}

static void get_kind(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = {
#define MMS_X(id, name) [id] = #name,
		MMS_AREAS(MMS_X)
#undef MMS_X
	};

	mms_value_text(ret_value, words[REC(row)->kind]);
}

static void get_half(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->half == 'u' ? "user" :
		       REC(row)->half == 'k' ? "kernel" : NULL);
}

static void get_perm(const struct mms_row *row, struct mms_value *ret_value)
{
	u64 flags = REC(row)->flags;

	if (REC(row)->kind == MMS_AREA_mapping)
		mms_derive_perm(row, flags, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_name(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = REC(row)->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = REC(row)->name;
	ret_value->len = REC(row)->len;
}

static const struct mms_field layout_fields[] = {
	MMS_WIRE_FIELD(struct mms_area, start, addr, "first address")
	MMS_WIRE_FIELD(struct mms_area, end, addr, "first address after it, 0 for the end of memory")
	MMS_WIRE_FIELD(struct mms_area, size, bytes, "size")
	MMS_WIRE_FIELD(struct mms_area, rss, bytes, "resident")
	MMS_WIRE_FIELD(struct mms_area, region, region, "region of the address space")
	MMS_WIRE_FIELD(struct mms_area, random, bool, "ASLR or KASLR may choose where it is")
	MMS_WIRE_FIELD(struct mms_area, located, bool, "the address of --locate is in it")
	MMS_DERIVED("range", "range", range, 0, get_range, "first address and first one after it")
	MMS_DERIVED("kind", "kind", text, 0, get_kind,
		    "gap, mapping, hole (no canonical address), region of the kernel, unused")
	MMS_DERIVED("half", "half", text, 0, get_half, "user or kernel")
	MMS_DERIVED("perm", "perm", text, 0, get_perm,
		    "read, write, execute, and shared or private, as in /proc/PID/maps")
	MMS_DERIVED("name", "name", text, 0, get_name, "what is mapped, or what the region is for")
};

/* What is resident, the fourth field, is known of mappings alone. */
static u64 absent(const struct mms_row *row)
{
	return REC(row)->kind == MMS_AREA_mapping ? 0 : BIT(3);
}

const struct mms_model mms_model_layout = {
	.name = "layout",
	.title = "part of the address space",
	.rec_size = sizeof(struct mms_area),
	.fields = layout_fields,
	.nr = ARRAY_SIZE(layout_fields),
	.nr_wire = 7,
	.defaults = "range,size,kind,perm,rss,name",
	.absent = absent,
};

static const struct mms_field total_fields[] = {
#define TOTAL(f, u, t) MMS_WIRE_FIELD(struct mms_layout_total, f, u, t)
	TOTAL(user, bytes, "the user half: mapped and gap")
	TOTAL(mapped, bytes, "mapped in the user half")
	TOTAL(rss, bytes, "resident of that")
	TOTAL(gap, bytes, "not mapped in the user half")
	TOTAL(vmas, count, "VMAs")
	TOTAL(gaps, count, "gaps between them")
	TOTAL(largest_gap, bytes, "largest gap of the user half")
	TOTAL(largest_gap_at, addr, "where it begins")
	TOTAL(hole, bytes, "between the halves: no canonical address")
	TOTAL(kernel, bytes, "the kernel's half: regions and unused")
	TOTAL(kernel_regions, bytes, "in regions of the kernel's half")
	TOTAL(kernel_unused, bytes, "unused in the kernel's half")
#undef TOTAL
};

const struct mms_model mms_model_layout_total = {
	.name = "layout_total",
	.title = "sums of a layout",
	.rec_size = sizeof(struct mms_layout_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "user,mapped,rss,gap,largest_gap",
};

#define ASLR(row)	((const struct mms_aslr *)(row)->rec)

static void get_what(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ASLR(row)->what);
}

static void get_bits(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = ASLR(row)->bits;
	if (ASLR(row)->bits == 255)
		ret_value->type = MMS_VALUE_NA;
}

static void get_from_text(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ASLR(row)->text);
}

static const struct mms_field aslr_fields[] = {
	MMS_WIRE_FIELD(struct mms_aslr, address, addr, "where it is")
	MMS_WIRE_FIELD(struct mms_aslr, from, addr, "what it is measured from")
	MMS_WIRE_FIELD(struct mms_aslr, distance, bytes, "bytes between the two")
	MMS_WIRE_FIELD(struct mms_aslr, below, bool, "it lies below what it is measured from")
	MMS_DERIVED("what", "what", text, 0, get_what, "what was put there")
	MMS_DERIVED("entropy", "entropy_bits", count, 0, get_bits, "bits of the address that are random")
	MMS_DERIVED("from_text", "from_text", text, 0, get_from_text, "what it is measured from, in words")
};

const struct mms_model mms_model_aslr = {
	.name = "aslr",
	.title = "where ASLR put something",
	.rec_size = sizeof(struct mms_aslr),
	.fields = aslr_fields,
	.nr = ARRAY_SIZE(aslr_fields),
	.nr_wire = 4,
	.defaults = "what,address,distance,entropy,from_text",
};
