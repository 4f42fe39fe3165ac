// SPDX-License-Identifier: GPL-2.0-only
/* A cell for so many pages, a sign for what they are. */
#include "cache-draw.h"
#include "../lib/number.h"

#define CELLS	64	/* in a line */

enum sign {
	SIGN_NOTHING,
	SIGN_EVICTED,
	SIGN_SWAPPED,
	SIGN_LITTLE,
	SIGN_HALF,
	SIGN_MOST,
	SIGN_ALL,
	SIGN_DIRTY,
	SIGN_WRITEBACK,
	NR_SIGNS,
};

static const struct {
	const char *utf8, *ascii, *text;
} signs[NR_SIGNS] = {
	[SIGN_NOTHING] = { "·", ".", "nothing" },
	[SIGN_EVICTED] = { "e", "e", "evicted, remembered" },
	[SIGN_SWAPPED] = { "s", "s", "in swap" },
	[SIGN_LITTLE] = { "░", "-", "less than a third" },
	[SIGN_HALF] = { "▒", "+", "about half" },
	[SIGN_MOST] = { "▓", "*", "more than two thirds" },
	[SIGN_ALL] = { "█", "#", "all cached" },
	[SIGN_DIRTY] = { "D", "D", "some dirty" },
	[SIGN_WRITEBACK] = { "W", "W", "some being written" },
};

static enum sign sign_of(const struct mms_cache_map *map, unsigned int i)
{
	const struct mms_cache_cell *cell = &map->cell[i];
	u64 pages = mms_cache_map_pages(map, i);

	if (cell->writeback)
		return SIGN_WRITEBACK;
	if (cell->dirty)
		return SIGN_DIRTY;
	if (cell->cached >= pages)
		return SIGN_ALL;
	if (cell->cached)
		return cell->cached * 3 > pages * 2 ? SIGN_MOST :
		       cell->cached * 3 >= pages ? SIGN_HALF : SIGN_LITTLE;
	if (cell->swapped)
		return SIGN_SWAPPED;
	return cell->evicted ? SIGN_EVICTED : SIGN_NOTHING;
}

static void draw_line(struct mms_render *r, const struct mms_cache_map *map, unsigned int first,
		      bool ascii, u32 *used)
{
	unsigned int i, end = mms_cache_map_cells(map);
	char size[MMS_SIZE_TEXT];

	if (end > first + CELLS)
		end = first + CELLS;
	size[mms_format_size(first * map->per << 12, size)] = '\0';
	mms_out_printf(&r->out, "%10s  ", size);
	for (i = first; i < end; i++) {
		enum sign sign = sign_of(map, i);

		*used |= BIT(sign);
		mms_out_str(&r->out, ascii ? signs[sign].ascii : signs[sign].utf8);
	}
	mms_out_char(&r->out, '\n');
}

static void draw_legend(struct mms_render *r, const struct mms_cache_map *map, bool ascii, u32 used)
{
	unsigned int i, n = 0;
	char size[MMS_SIZE_TEXT];

	size[mms_format_size(map->per << 12, size)] = '\0';
	mms_out_printf(&r->out, "%10s  A cell is %s, %llu page%s.", "", size,
		       (unsigned long long)map->per, map->per > 1 ? "s" : "");
	for (i = NR_SIGNS; i--;) {
		if (!(used >> i & 1))
			continue;
		/* three beside each other stay under 80 columns */
		if (n++ % 3)
			mms_out_str(&r->out, "  ");
		else
			mms_out_printf(&r->out, "\n%10s  ", "");
		mms_out_printf(&r->out, "%s %s", ascii ? signs[i].ascii : signs[i].utf8,
			       signs[i].text);
	}
	mms_out_char(&r->out, '\n');
}

void mms_cache_draw(struct mms_render *r, const struct mms_cache_map *map, bool ascii)
{
	unsigned int i;
	u32 used = 0;

	for (i = 0; i < mms_cache_map_cells(map); i += CELLS)
		draw_line(r, map, i, ascii, &used);
	if (i)
		draw_legend(r, map, ascii, used);
}
