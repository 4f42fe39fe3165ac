// SPDX-License-Identifier: GPL-2.0-only
/*
 * The drawing of an address space: a bar of each half to scale, and under it
 * what is there, place by place, with bars that grow with the logarithm of the
 * size: from a page to 64 PiB there are 44 doublings, which no picture to
 * scale can show.
 */
#include <string.h>
#include "layout-rows.h"
#include "../lib/escape.h"
#include "../lib/number.h"

#define CELLS		64	/* of the bar to scale */
#define PLACE_GAP	(1ULL << 30)	/* a gap this large parts two places */

static const char *const sgr[MMS_NR_DRAW_COLORS] = {
	[MMS_DRAW_PLAIN] = "",
	[MMS_DRAW_DIM] = "\033[2m",
	[MMS_DRAW_BOLD] = "\033[1m",
	[MMS_DRAW_CODE] = "\033[32m",
	[MMS_DRAW_DATA] = "\033[33m",
	[MMS_DRAW_ANON] = "\033[34m",
	[MMS_DRAW_HEAP] = "\033[31m",
	[MMS_DRAW_STACK] = "\033[35m",
	[MMS_DRAW_KERNEL] = "\033[36m",
	[MMS_DRAW_MARK] = "\033[1;7m",
};

static const struct mms_draw_glyphs utf8 = {
	.height = { "·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	.eighth = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" },
	.full = "█", .light = "░", .gap = "╌", .left = "▕", .right = "▏", .pin = "▲", .more = "…",
};

static const struct mms_draw_glyphs ascii = {
	.height = { ".", "_", "_", "-", "-", "=", "=", "#", "#" },
	.eighth = { "", "", "", "", "#", "#", "#", "#" },
	.full = "#", .light = ":", .gap = "-", .left = "|", .right = "|", .pin = "^", .more = "..",
};

void mms_draw_color(struct mms_draw *d, enum mms_draw_color c)
{
	if (d->r->opts.color)
		mms_out_str(d->out, c == MMS_DRAW_PLAIN ? "\033[0m" : sgr[c]);
}

void mms_draw_size(struct mms_draw *d, u64 bytes, size_t width)
{
	char buf[MMS_SIZE_TEXT];
	size_t n = mms_format_size(bytes, buf);

	if (n < width)
		mms_out_pad(d->out, ' ', width - n);
	mms_out_mem(d->out, buf, n);
}

static void size_text(struct mms_draw *d, u64 bytes)
{
	mms_draw_size(d, bytes, 0);
}

unsigned int mms_draw_log8(u64 value)
{
	unsigned int power;

	if (!value)
		return 0;
	power = 63 - __builtin_clzll(value);
	return 8 * power + (power >= 3 ? value >> (power - 3) & 7 : 0);
}

enum mms_draw_color mms_draw_color_of(const struct mms_area *a)
{
	if (a->kind == MMS_AREA_region)
		return MMS_DRAW_KERNEL;
	if (a->kind != MMS_AREA_mapping)
		return MMS_DRAW_DIM;
	if (a->len == 6 && !memcmp(a->name, "[heap]", 6))
		return MMS_DRAW_HEAP;
	if (a->len == 7 && !memcmp(a->name, "[stack]", 7))
		return MMS_DRAW_STACK;
	if (!a->len || a->name[0] == '[')
		return MMS_DRAW_ANON;
	return a->flags & BIT(MMS_VMA_ex) ? MMS_DRAW_CODE : MMS_DRAW_DATA;
}

/* ---- the half, to scale --------------------------------------------------- */

bool mms_draw_filled(const struct mms_area *a)
{
	return a->kind == MMS_AREA_mapping || a->kind == MMS_AREA_region;
}

/* Bytes of @from to @to that are mapped, and what most of them are. */
static u64 filled(const struct mms_draw *d, u64 from, u64 size, enum mms_draw_color *ret_color)
{
	const struct mms_layout *l = d->layout;
	const struct mms_area *a = mms_layout_find(l, from);
	u64 sum = 0, largest = 0;

	for (; a && a < l->areas + l->nr && (a->start < from + size || from + size < from); a++) {
		u64 start = a->start > from ? a->start - from : 0;
		u64 end = a->start + a->size - from;

		if (end > size)
			end = size;
		if (!mms_draw_filled(a) || a->start + a->size == from)
			continue;
		sum += end - start;
		if (end - start > largest) {
			largest = end - start;
			*ret_color = mms_draw_color_of(a);
		}
	}
	return sum;
}

static void pin_line(struct mms_draw *d, u64 from, u64 cell)
{
	u64 n = (d->look->at - from) / cell;

	if (!d->look->located || n >= CELLS || d->look->at < from)
		return;
	mms_out_pad(d->out, ' ', 3 + n);
	mms_draw_color(d, MMS_DRAW_MARK);
	mms_out_str(d->out, d->g->pin);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, '\n');
}

static void to_scale(struct mms_draw *d, u64 from, u64 size)
{
	const unsigned int page = mms_draw_log8(4096);
	const u64 cell = size / CELLS;
	unsigned int i, height;
	char buf[MMS_SIZE_TEXT];
	size_t n;

	mms_out_str(d->out, "  ");
	mms_draw_color(d, MMS_DRAW_DIM);
	mms_out_str(d->out, d->g->left);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	for (i = 0; i < CELLS; i++) {
		enum mms_draw_color c = MMS_DRAW_DIM;
		u64 bytes = filled(d, from + i * cell, cell, &c);

		/* A page is a line at the bottom, a full cell a block. */
		height = !bytes ? 0 : bytes == cell ? 8 :
			 1 + 7 * (mms_draw_log8(bytes) - page) / (mms_draw_log8(cell) - page);
		mms_draw_color(d, c);
		mms_out_str(d->out, d->g->height[height]);
		mms_draw_color(d, MMS_DRAW_PLAIN);
	}
	mms_draw_color(d, MMS_DRAW_DIM);
	mms_out_str(d->out, d->g->right);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, '\n');
	pin_line(d, from, cell);
	mms_draw_color(d, MMS_DRAW_DIM);
	mms_out_str(d->out, "   0");
	for (i = 1; i <= 4; i++) {
		n = mms_format_size(size / 4 * i, buf);
		mms_out_pad(d->out, ' ', i == 1 ? CELLS / 4 - 1 - n : CELLS / 4 - n);
		mms_out_mem(d->out, buf, n);
	}
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, '\n');
}

/* ---- places ------------------------------------------------------------------ */

static void heading(struct mms_draw *d, const char *text)
{
	mms_out_char(d->out, '\n');
	mms_draw_color(d, MMS_DRAW_BOLD);
	mms_out_str(d->out, text);
	mms_draw_color(d, MMS_DRAW_PLAIN);
}

static bool has(const struct mms_draw *d, size_t first, size_t last, const char *what)
{
	const struct mms_area *areas = d->layout->areas;

	for (; first <= last; first++)
		if (areas[first].len == strlen(what) &&
		    !memcmp(areas[first].name, what, areas[first].len))
			return true;
	return false;
}

static const char *place_name(const struct mms_draw *d, size_t first, size_t last)
{
	const struct mms_layout *l = d->layout;
	const struct mms_area *a = &l->areas[first];
	unsigned int i;

	if (has(d, first, last, "[stack]"))
		return has(d, first, last, "[heap]") ? "Program, heap, mappings and stack" : "Stack";
	for (i = 0; i < l->nr_aslr; i++)
		if (!strcmp(l->aslr[i].what, "program") && l->aslr[i].address >= a->start &&
		    l->aslr[i].address <= l->areas[last].start)
			return has(d, first, last, "[heap]") ? "Program and heap" : "Program";
	if (has(d, first, last, "[heap]"))
		return "Heap";
	return "Mappings";
}

/* From one large gap to the next. */
static void draw_user(struct mms_draw *d)
{
	const struct mms_layout *l = d->layout;
	const struct mms_area *a = l->areas;
	size_t first, last, end;

	for (end = 0; end < l->nr && a[end].half == 'u'; end++)
		;
	for (first = 0; first < end; first = last + 1) {
		last = first;
		if (a[first].kind == MMS_AREA_gap) {
			mms_draw_rows(d, first, first);
			continue;
		}
		while (last + 1 < end &&
		       (a[last + 1].kind != MMS_AREA_gap ||
			(a[last + 1].size < PLACE_GAP && last + 2 < end &&
			 !has(d, last + 2, last + 2, "[stack]"))))
			last++;
		heading(d, place_name(d, first, last));
		mms_out_str(d->out, ", ");
		size_text(d, a[last].start + a[last].size - a[first].start);
		mms_out_char(d->out, '\n');
		mms_draw_rows(d, first, last);
		if (last + 1 < end)
			mms_out_char(d->out, '\n');
	}
}

static void draw_half_title(struct mms_draw *d, const char *text, u64 cell)
{
	heading(d, text);
	mms_draw_color(d, MMS_DRAW_DIM);
	mms_out_str(d->out, " to scale, a cell is ");
	size_text(d, cell);
	mms_out_str(d->out, ", its height the logarithm of what is there");
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, '\n');
}

static void draw_kernel(struct mms_draw *d)
{
	const struct mms_layout *l = d->layout;
	size_t first;

	for (first = 0; first < l->nr && l->areas[first].half != '-'; first++)
		;
	heading(d, "Between the halves");
	mms_out_char(d->out, '\n');
	if (first < l->nr)
		mms_draw_rows(d, first, first);
	draw_half_title(d, "Kernel half", l->total.kernel / CELLS);
	to_scale(d, l->kernel_start, l->total.kernel);
	if (!l->regions)
		mms_out_str(d->out, "  As they are without KASLR: where they are on this kernel needs the module.\n");
	mms_out_char(d->out, '\n');
	if (first + 1 < l->nr)
		mms_draw_rows(d, first + 1, l->nr - 1);
}

static void draw_aslr(struct mms_draw *d)
{
	const struct mms_layout *l = d->layout;
	unsigned int i;

	if (!l->nr_aslr)
		return;
	heading(d, "Where ASLR put it");
	if (d->look->randomize >= 0)
		mms_out_printf(d->out, ", with how many random bits (kernel.randomize_va_space is %d)",
			       d->look->randomize);
	mms_out_char(d->out, '\n');
	for (i = 0; i < l->nr_aslr; i++) {
		const struct mms_aslr *a = &l->aslr[i];

		mms_out_printf(d->out, "  %-11s%012llx", a->what, (unsigned long long)a->address);
		mms_draw_size(d, a->distance, 9);
		mms_out_printf(d->out, " %s %s", a->below ? "below" : "above", a->text);
		if (!a->bits)
			mms_out_str(d->out, ", not random");
		else if (a->bits != 255)
			mms_out_printf(d->out, ", %u bits", a->bits);
		mms_out_char(d->out, '\n');
	}
}

static void draw_located(struct mms_draw *d)
{
	const struct mms_area *a = mms_layout_find(d->layout, d->look->at);
	const char *label;
	size_t len;

	if (!d->look->located || !a)
		return;
	label = mms_area_label(a, &len);
	mms_out_char(d->out, '\n');
	mms_draw_color(d, MMS_DRAW_BOLD);
	mms_out_str(d->out, "> 0x");
	mms_out_hex(d->out, d->look->at);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	switch (a->kind) {
	case MMS_AREA_gap:
		mms_out_str(d->out, " is in a gap of ");
		size_text(d, a->size);
		mms_out_str(d->out, ": nothing is mapped there");
		break;
	case MMS_AREA_hole:
		mms_out_str(d->out, " is not canonical: no page table can map it");
		break;
	case MMS_AREA_unused:
		mms_out_str(d->out, " is in the kernel's half, in no region");
		break;
	default:
		mms_out_str(d->out, " is ");
		if (*d->look->symbol)
			mms_escape_text(d->out, d->look->symbol, strlen(d->look->symbol), false);
		else
			mms_out_printf(d->out, "0x%llx bytes into ",
				       (unsigned long long)(d->look->at - a->start));
		if (*d->look->symbol)
			mms_out_str(d->out, ", in ");
		mms_escape_text(d->out, label, len, false);
	}
	mms_out_char(d->out, '\n');
}

void mms_layout_draw(struct mms_render *r, const struct mms_layout *layout,
		     const struct mms_layout_look *look)
{
	struct mms_draw d = {
		.r = r, .out = &r->out, .layout = layout, .look = look,
		.g = look->ascii ? &ascii : &utf8,
	};
	const struct mms_layout_total *t = &layout->total;

	mms_draw_color(&d, MMS_DRAW_BOLD);
	mms_escape_text(d.out, look->title, strlen(look->title), false);
	mms_draw_color(&d, MMS_DRAW_PLAIN);
	mms_out_char(d.out, '\n');
	mms_out_printf(d.out, "  %llu VMAs ", (unsigned long long)t->vmas);
	size_text(&d, t->mapped);
	mms_out_printf(d.out, " + %llu gaps ", (unsigned long long)t->gaps);
	size_text(&d, t->gap);
	mms_out_str(d.out, " = ");
	size_text(&d, t->user);
	mms_out_str(d.out, " user; resident ");
	size_text(&d, t->rss);
	mms_out_str(d.out, "\n  ");
	mms_out_str(d.out, d.g->full);
	mms_out_str(d.out, " resident  ");
	mms_out_str(d.out, d.g->light);
	mms_out_str(d.out, " mapped only  ");
	mms_out_str(d.out, d.g->gap);
	mms_out_str(d.out, " nothing; (N): N VMAs, mix: of several modes\n  Bars of rows grow with the logarithm of the size.\n");
	if (look->note)
		mms_out_printf(d.out, "  %s\n", look->note);
	draw_half_title(&d, "User half", layout->user_end / CELLS);
	to_scale(&d, 0, layout->user_end);
	mms_out_char(d.out, '\n');
	draw_user(&d);
	draw_kernel(&d);
	draw_aslr(&d);
	draw_located(&d);
}
