/* SPDX-License-Identifier: GPL-2.0-only */
/* What files of /proc and /sys say of swapping: names, counters, zram and zswap. */
#ifndef MMS_SOURCE_SWAPFILES_H
#define MMS_SOURCE_SWAPFILES_H

#include "../model/swap.h"

#include "../lib/err.h"

#define MMS_MAX_ZRAM	64

/**
 * struct mms_swap_all - swapping, without who is in it
 * @area: the areas, @nr_areas of them, by their numbers
 * @nr_areas: see @area
 * @counters: of /proc and /sys; has_* say which groups of them were found
 * @zram: the zram devices that are in use, @nr_zram of them
 * @nr_zram: see @zram
 */
struct mms_swap_all {
	struct mms_swap_row area[MMS_SWAP_MAX_AREAS];
	size_t nr_areas;
	struct mms_swap_counters counters;
	struct mms_zram_row zram[MMS_MAX_ZRAM];
	size_t nr_zram;
};

/*
 * Read it all: the areas from BPF, their names and the rest from files. An area whose size is
 * not that of its line in /proc/swaps keeps no name: the list changed. Fails with
 * MMS_EXIT_MISSING where this kernel or the caller cannot have the areas.
 */
int mms_swap_all_read(struct mms_swap_all *all, struct mms_err *err);

#endif /* MMS_SOURCE_SWAPFILES_H */
