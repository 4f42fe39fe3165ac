/* SPDX-License-Identifier: GPL-2.0-only */
/* Which parts of a file are cached, in so many cells that it fits on a screen. */
#ifndef MMS_MODEL_CACHE_MAP_H
#define MMS_MODEL_CACHE_MAP_H

#include "model.h"

#define MMS_CACHE_CELLS	1024	/* at most; a power of two */

/**
 * struct mms_cache_cell - a part of the file
 * @cached: pages of it
 * @dirty: see @cached
 * @writeback: see @cached
 * @swapped: see @cached
 * @evicted: see @cached
 */
struct mms_cache_cell {
	u64 cached, dirty, writeback, swapped, evicted;
};

/**
 * struct mms_cache_map - a file in cells
 * @pages: of the file, or more where more is known to be there
 * @per: pages of a cell, a power of two
 * @cell: in the order of the file
 */
struct mms_cache_map {
	u64 pages;
	u64 per;
	struct mms_cache_cell cell[MMS_CACHE_CELLS];
};

void mms_cache_map_init(struct mms_cache_map *map, u64 pages);
void mms_cache_map_add(struct mms_cache_map *map, const struct mms_cache_rec *rec);
/* How many cells there are. */
unsigned int mms_cache_map_cells(const struct mms_cache_map *map);
/* Pages of a cell: those of the last may be fewer. */
u64 mms_cache_map_pages(const struct mms_cache_map *map, unsigned int cell);

#endif /* MMS_MODEL_CACHE_MAP_H */
