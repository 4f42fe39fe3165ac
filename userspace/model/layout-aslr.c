// SPDX-License-Identifier: GPL-2.0-only
/* x86-64: where the kernel's regions are by default, and what ASLR does to a process. */
#include <string.h>
#include "layout.h"

/* Documentation/arch/x86/x86_64/mm.rst; KASAN's shadow is there only where KASAN is. */
static const struct mms_regions_rec regions4[] = {
#define REGION(r, moves, from, to)					\
	{ .region = MMS_REGION_##r, .random = moves, .start = from, .end = to }
	REGION(guard, 0, 0xffff800000000000, 0xffff880000000000),
	REGION(ldt, 0, 0xffff880000000000, 0xffff888000000000),
	REGION(direct, 1, 0xffff888000000000, 0xffffc88000000000),
	REGION(vmalloc, 1, 0xffffc90000000000, 0xffffe90000000000),
	REGION(vmemmap, 1, 0xffffea0000000000, 0xffffeb0000000000),
};

static const struct mms_regions_rec regions5[] = {
	REGION(guard, 0, 0xff00000000000000, 0xff10000000000000),
	REGION(ldt, 0, 0xff10000000000000, 0xff11000000000000),
	REGION(direct, 1, 0xff11000000000000, 0xff91000000000000),
	REGION(vmalloc, 1, 0xffa0000000000000, 0xffd2000000000000),
	REGION(vmemmap, 1, 0xffd4000000000000, 0xffd6000000000000),
};

static const struct mms_regions_rec regions_top[] = {
	REGION(cpu_entry, 1, 0xfffffe0000000000, 0xfffffe8000000000),
	REGION(espfix, 0, 0xffffff0000000000, 0xffffff8000000000),
	REGION(efi, 0, 0xffffffef00000000, 0xffffffff00000000),
	REGION(text, 1, 0xffffffff80000000, 0xffffffffa0000000),
	REGION(modules, 1, 0xffffffffa0000000, 0xffffffffff000000),
	REGION(fixmap, 0, 0xffffffffff000000, 0xffffffffff600000),
	REGION(vsyscall, 0, 0xffffffffff600000, 0xffffffffff601000),
#undef REGION
};

void mms_layout_static_regions(struct mms_layout *layout)
{
	const struct mms_regions_rec *low = layout->levels == 5 ? regions5 : regions4;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions4); i++)
		mms_layout_region(layout, &low[i]);
	for (i = 0; i < ARRAY_SIZE(regions_top); i++)
		mms_layout_region(layout, &regions_top[i]);
}

#define NOT_KNOWN	255
#define PAGE		4096ULL
#define GIB		(1ULL << 30)

/* A process sees 47 bits unless it asks for more, also with five levels. */
#define WINDOW		((1ULL << 47) - PAGE)
#define COMPAT_END	(4 * GIB)

static void put(struct mms_layout *layout, const char *what, u64 address, u64 from, int bits,
		const char *text)
{
	if (layout->nr_aslr == MMS_MAX_ASLR)
		return;
	layout->aslr[layout->nr_aslr++] = (struct mms_aslr){
		.what = what, .address = address, .from = from,
		.distance = address < from ? from - address : address - from,
		.below = address < from, .bits = bits < 0 ? NOT_KNOWN : bits, .text = text,
	};
}

static bool same_name(const struct mms_area *a, const struct mms_area *b)
{
	return a->len && a->len == b->len && !memcmp(a->name, b->name, a->len);
}

static bool is_named(const struct mms_area *a, const char *name)
{
	return a->len == strlen(name) && !memcmp(a->name, name, a->len);
}

static const struct mms_area *named(const struct mms_layout *layout, const char *name)
{
	size_t i;

	for (i = 0; i < layout->nr; i++)
		if (layout->areas[i].kind == MMS_AREA_mapping && is_named(&layout->areas[i], name))
			return &layout->areas[i];
	return NULL;
}

/* First and last mapping of the file that @in_it is a part of, with the .bss behind it. */
static void extent(const struct mms_layout *layout, const struct mms_area *in_it,
		   u64 *ret_start, u64 *ret_end)
{
	const struct mms_area *a, *end = layout->areas + layout->nr;

	*ret_start = in_it->start;
	*ret_end = in_it->end;
	for (a = layout->areas; a < end; a++) {
		if (a->kind != MMS_AREA_mapping || !same_name(a, in_it))
			continue;
		*ret_start = a->start < *ret_start ? a->start : *ret_start;
		*ret_end = a->end > *ret_end ? a->end : *ret_end;
	}
	a = mms_layout_find(layout, *ret_end);
	if (a && a->kind == MMS_AREA_mapping && !a->len)
		*ret_end = a->end;
}

/* The program, and where the heap is from there. */
static void program(struct mms_layout *layout, const struct mms_layout_in *in, bool compat,
		    int bits, int brk_bits)
{
	const struct mms_area *text = NULL, *heap = named(layout, "[heap]");
	u64 base = compat ? 0x56555000 : (WINDOW / 3 * 2) & -PAGE;
	u64 start, end, brk = in->summary.start_brk;

	if (in->summary.start_code)
		text = mms_layout_find(layout, in->summary.start_code);
	if (!text || text->kind != MMS_AREA_mapping)
		return;
	extent(layout, text, &start, &end);
	if (start < base)
		put(layout, "program", start, 0, 0, "0, where it is linked to");
	else if (start < base + (PAGE << 29))
		put(layout, "program", start, base, bits, "the lowest place for a PIE");
	else
		put(layout, "program", start, WINDOW, bits, "the end of user space");
	if (!brk && heap)
		brk = heap->start;
	if (!brk)
		return;
	/* 32 MiB, since "x86: Increase brk randomness entropy for 64-bit systems", 6.9, 1 GiB */
	if (brk_bits && !compat)
		brk_bits = brk > end && brk - end > 32 << 20 ? 18 : -1;
	put(layout, "heap", brk, end, brk_bits, "the program's end");
}

/* Where KASLR put the regions that it moves. */
static void kernel(struct mms_layout *layout)
{
	static const char *const what[MMS_NR_REGIONS] = {
		[MMS_REGION_direct] = "direct map", [MMS_REGION_vmalloc] = "vmalloc",
		[MMS_REGION_vmemmap] = "vmemmap",
	};
	const struct mms_regions_rec *known = layout->levels == 5 ? regions5 : regions4;
	unsigned int r;
	size_t i;

	for (i = 0; layout->regions && i < layout->nr; i++) {
		const struct mms_area *a = &layout->areas[i];

		if (a->kind != MMS_AREA_region || !a->random || !what[a->region])
			continue;
		for (r = 0; r < ARRAY_SIZE(regions4); r++)
			if (known[r].region == a->region)
				put(layout, what[a->region], a->start, known[r].start, -1,
				    "its place without KASLR");
	}
}

void mms_layout_aslr(struct mms_layout *layout, const struct mms_layout_in *in)
{
	const struct mms_area *stack = named(layout, "[stack]"), *vdso = named(layout, "[vdso]");
	const struct mms_area *last = NULL, *a;
	const bool on = in->randomize != 0 && !in->no_randomize;
	bool compat = stack && stack->end <= COMPAT_END;
	u64 top = compat ? COMPAT_END - 0x2000 : WINDOW;
	int bits = !on ? 0 : compat ? in->rnd_compat_bits : in->rnd_bits;
	int more = !on ? 0 : in->randomize < 0 ? -1 : in->randomize > 1 ? 13 : 0;

	layout->nr_aslr = 0;
	program(layout, in, compat, bits, more);
	if (in->summary.mmap_base) {
		put(layout, "mmap base", in->summary.mmap_base, top, bits, "the end of user space");
	} else if (stack) {
		for (a = layout->areas; a < stack; a++)
			if (a->kind == MMS_AREA_mapping)
				last = a;
		if (last)
			put(layout, "mmap area", last->end, top, bits, "the end of user space");
	}
	if (stack)
		put(layout, "stack", stack->end, top, !on ? 0 : compat ? 11 : 22,
		    "the end of user space");
	if (vdso && stack)
		put(layout, "vdso", vdso->start, stack->end, on ? -1 : 0, "the stack's end");
	kernel(layout);
}
