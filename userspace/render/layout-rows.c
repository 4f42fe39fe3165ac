// SPDX-License-Identifier: GPL-2.0-only
/* The rows of the drawing of an address space: what is there, place by place. */
#include <stdlib.h>
#include <string.h>
#include "layout-rows.h"
#include "../lib/escape.h"

#define BAR		18	/* cells of a row's bar */
#define NAME		28	/* room for a row's name */
#define KEEP		20	/* rows of a place that stay when there are many */

/* One or more neighbouring areas that are drawn as one row. */
struct row {
	size_t first, last;	/* of layout->areas */
	u64 size, rss;		/* of what is mapped in it */
	u64 span;		/* from its first address to its end */
	unsigned int areas;	/* that are no gaps */
	unsigned int rows;	/* folded into it */
	bool folded;
};

static void address(struct mms_draw *d, u64 at)
{
	unsigned int n;

	for (n = 16; n--; )
		mms_out_char(d->out, "0123456789abcdef"[at >> (4 * n) & 15]);
}

static bool same_thing(const struct mms_area *a, const struct mms_area *b)
{
	if (a->kind != MMS_AREA_mapping || b->kind != MMS_AREA_mapping || a->len != b->len)
		return false;
	return !a->len || !memcmp(a->name, b->name, a->len);
}

static void row_add(struct row *row, const struct mms_area *areas, size_t i)
{
	const struct mms_area *a = &areas[i];

	row->last = i;
	row->span += a->size;
	if (!mms_draw_filled(a))
		return;
	row->areas++;
	row->size += a->size;
	row->rss += a->rss;
}

/* Areas @first to @last as rows: neighbours of the same name are one. */
static size_t make_rows(const struct mms_draw *d, size_t first, size_t last, struct row *rows)
{
	const struct mms_area *areas = d->layout->areas;
	size_t i, n = 0;

	for (i = first; i <= last; i++) {
		bool joins = n && (same_thing(&areas[rows[n - 1].last], &areas[i]) ||
				   /* a hole inside a file's mappings */
				   (areas[i].kind == MMS_AREA_gap && i > first && i < last &&
				    areas[i - 1].len && areas[i].size < 64 << 20 &&
				    same_thing(&areas[i - 1], &areas[i + 1])) ||
				   (i > first + 1 && areas[i - 1].kind == MMS_AREA_gap &&
				    rows[n - 1].last == i - 1 && rows[n - 1].areas));

		if (!joins)
			rows[n++] = (struct row){ .first = i };
		row_add(&rows[n - 1], areas, i);
	}
	return n;
}

static bool keeps(const struct mms_draw *d, const struct row *row, u64 least)
{
	const struct mms_area *a = &d->layout->areas[row->first];
	size_t i;

	for (i = row->first; i <= row->last; i++)
		if (d->layout->areas[i].located)
			return true;
	/* [heap], [stack], [vdso]: landmarks */
	return row->span >= least || (a->len && a->name[0] == '[' && a->name[1] != 'a');
}

static int larger(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Many rows: the small ones between the large ones become one. */
static size_t fold(const struct mms_draw *d, struct row *rows, size_t n)
{
	u64 *sizes, least;
	size_t i, to = 0;

	if (n <= KEEP + KEEP / 2)
		return n;
	sizes = malloc(n * sizeof(*sizes));
	if (!sizes)
		return n;
	for (i = 0; i < n; i++)
		sizes[i] = rows[i].span;
	qsort(sizes, n, sizeof(*sizes), larger);
	least = sizes[KEEP - 1] + !sizes[KEEP - 1];
	free(sizes);
	for (i = 0; i < n; i++) {
		struct row *before = to ? &rows[to - 1] : NULL;

		if (keeps(d, &rows[i], least) || !before || !before->folded) {
			rows[to] = rows[i];
			rows[to].folded = !keeps(d, &rows[i], least);
			rows[to].rows = 1;
			to++;
			continue;
		}
		before->last = rows[i].last;
		before->size += rows[i].size;
		before->rss += rows[i].rss;
		before->span += rows[i].span;
		before->areas += rows[i].areas;
		before->rows++;
	}
	/* a row that was folded alone is itself again */
	for (i = 0; i < to; i++)
		rows[i].folded = rows[i].rows > 1;
	return to;
}

static void bar(struct mms_draw *d, const struct row *row, bool empty)
{
	const unsigned int low = mms_draw_log8(2048), high = mms_draw_log8(d->layout->user_end);
	unsigned int all = 8 * BAR * (mms_draw_log8(row->span) - low) / (high - low);
	unsigned int resident = row->rss > 2048 ?
				8 * BAR * (mms_draw_log8(row->rss) - low) / (high - low) : 0;
	unsigned int i, cells = (all + 7) / 8;

	if (cells > BAR)	/* what lies between the halves is larger than they are */
		cells = BAR;
	for (i = 0; i < cells; i++) {
		if (empty)
			mms_out_str(d->out, d->g->gap);
		else if (8 * (i + 1) <= resident)
			mms_out_str(d->out, d->g->full);
		else if (resident >= all && i == cells - 1 && *d->g->eighth[all % 8])
			mms_out_str(d->out, d->g->eighth[all % 8]);
		else
			mms_out_str(d->out, d->g->light);
	}
	mms_out_pad(d->out, ' ', BAR - cells);
}

static void perm(struct mms_draw *d, const struct row *row)
{
	const u64 access = BIT(MMS_VMA_rd) | BIT(MMS_VMA_wr) | BIT(MMS_VMA_ex) |
			   BIT(MMS_VMA_sh) | BIT(MMS_VMA_ms);
	const struct mms_area *areas = d->layout->areas;
	u64 flags;
	size_t i;

	if (areas[row->first].kind != MMS_AREA_mapping) {
		mms_out_str(d->out, "    ");
		return;
	}
	flags = areas[row->first].flags;
	for (i = row->first; i <= row->last; i++) {
		if (areas[i].kind != MMS_AREA_mapping || !((areas[i].flags ^ flags) & access))
			continue;
		mms_out_str(d->out, "mix ");
		return;
	}
	mms_out_char(d->out, flags & BIT(MMS_VMA_rd) ? 'r' : '-');
	mms_out_char(d->out, flags & BIT(MMS_VMA_wr) ? 'w' : '-');
	mms_out_char(d->out, flags & BIT(MMS_VMA_ex) ? 'x' : '-');
	mms_out_char(d->out, flags & (BIT(MMS_VMA_sh) | BIT(MMS_VMA_ms)) ? 's' : 'p');
}

static void name(struct mms_draw *d, const struct row *row)
{
	const struct mms_area *a = &d->layout->areas[row->first];
	struct mms_out text;
	size_t len, room = a->half == 'u' ? NAME : NAME + 5;
	const char *label = mms_area_label(a, &len);

	if (row->areas > 1)
		room -= 5;
	if (mms_out_init(&text, -1))
		return;
	mms_escape_text(&text, label, len, false);
	if (text.len <= room) {
		mms_out_mem(d->out, text.buf, text.len);
	} else {	/* cut before a character, not in it */
		for (len = room - 2; len && (text.buf[len] & 0xc0) == 0x80; len--)
			;
		mms_out_mem(d->out, text.buf, len);
		mms_out_str(d->out, d->g->more);
	}
	mms_out_deinit(&text);
	if (row->areas > 1)
		mms_out_printf(d->out, " (%u)", row->areas);
}

static void draw_row(struct mms_draw *d, const struct row *row)
{
	const struct mms_area *a = &d->layout->areas[row->first];
	bool empty = !row->areas, here = false;
	enum mms_draw_color c = empty ? MMS_DRAW_DIM :
				row->folded ? MMS_DRAW_PLAIN : mms_draw_color_of(a);
	size_t i;

	for (i = row->first; i <= row->last; i++)
		here |= a[i - row->first].located;
	mms_draw_color(d, here ? MMS_DRAW_MARK : MMS_DRAW_DIM);
	mms_out_str(d->out, here ? "> " : "  ");
	address(d, a->start);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, ' ');
	if (c != MMS_DRAW_PLAIN)
		mms_draw_color(d, c);
	bar(d, row, empty);
	mms_draw_color(d, MMS_DRAW_PLAIN);
	if (empty)
		mms_draw_color(d, MMS_DRAW_DIM);
	mms_draw_size(d, row->folded ? row->size : row->span, 8);
	mms_out_char(d->out, ' ');
	if (row->folded) {
		mms_out_printf(d->out, "     %u smaller one%s", row->areas,
			       row->areas == 1 ? "" : "s");
	} else {
		if (a->half == 'u') {	/* the kernel's regions have no mode */
			perm(d, row);
			mms_out_char(d->out, ' ');
		}
		name(d, row);
	}
	mms_draw_color(d, MMS_DRAW_PLAIN);
	mms_out_char(d->out, '\n');
}

void mms_draw_rows(struct mms_draw *d, size_t first, size_t last)
{
	struct row *rows = calloc(last - first + 1, sizeof(*rows));
	size_t i, n;

	if (!rows) {
		d->out->error = 12;
		return;
	}
	n = fold(d, rows, make_rows(d, first, last, rows));
	for (i = 0; i < n; i++)
		draw_row(d, &rows[i]);
	free(rows);
}
