// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "cache-map.h"

static void add_cells(struct mms_cache_cell *to, const struct mms_cache_cell *from)
{
	to->cached += from->cached;
	to->dirty += from->dirty;
	to->writeback += from->writeback;
	to->swapped += from->swapped;
	to->evicted += from->evicted;
}

/* Two cells become one until the file has room. */
static void grow(struct mms_cache_map *map, u64 pages)
{
	unsigned int i;

	if (pages > map->pages)
		map->pages = pages;
	while ((map->pages + map->per - 1) / map->per > MMS_CACHE_CELLS) {
		for (i = 0; i < MMS_CACHE_CELLS / 2; i++) {
			map->cell[i] = map->cell[2 * i];
			add_cells(&map->cell[i], &map->cell[2 * i + 1]);
		}
		memset(&map->cell[i], 0, i * sizeof(map->cell[0]));
		map->per *= 2;
	}
}

void mms_cache_map_init(struct mms_cache_map *map, u64 pages)
{
	memset(map, 0, sizeof(*map));
	map->per = 1;
	grow(map, pages);
}

static void count(struct mms_cache_cell *cell, const struct mms_cache_rec *rec, u64 pages)
{
	switch (rec->kind) {
	case MMS_CACHE_folio:
		cell->cached += pages;
		cell->dirty += rec->dirty ? pages : 0;
		cell->writeback += rec->writeback ? pages : 0;
		break;
	case MMS_CACHE_swap:
		cell->swapped += pages;
		break;
	case MMS_CACHE_shadow:
		cell->evicted += pages;
		break;
	}
}

void mms_cache_map_add(struct mms_cache_map *map, const struct mms_cache_rec *rec)
{
	u64 at = rec->index, end = rec->index + rec->pages, next;

	grow(map, end);
	for (; at < end; at = next) {
		next = (at / map->per + 1) * map->per;
		if (next > end)
			next = end;
		count(&map->cell[at / map->per], rec, next - at);
	}
}

unsigned int mms_cache_map_cells(const struct mms_cache_map *map)
{
	return (map->pages + map->per - 1) / map->per;
}

u64 mms_cache_map_pages(const struct mms_cache_map *map, unsigned int cell)
{
	u64 left = map->pages - cell * map->per;

	return left < map->per ? left : map->per;
}
