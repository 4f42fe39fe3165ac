/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope swap: areas, counters, zram devices, and who is in which slots. */
#ifndef MMS_MODEL_SWAP_H
#define MMS_MODEL_SWAP_H

#include "../lib/types.h"
#include "../../bpf/swap.h"
#include "model.h"

/* Not a view of the wire: what a program of bpf/ gives. */
#define MMS_VIEW_swap	34

/* What a column needs: bits for mms_missing that are no field of a record. */
#define MMS_SWAP_NEEDS_ZSWAP	BIT(63)
#define MMS_SWAP_NEEDS_CACHED	BIT(62)
#define MMS_SWAP_NEEDS_CACHE	BIT(61)

/**
 * struct mms_swap_row - a swap area
 * @area: what the program read
 * @name: the device or file, as /proc/swaps has it, or "" if it is not known
 */
struct mms_swap_row {
	struct mms_swap_area area;
	char name[256];
};

/**
 * struct mms_swap_counters - swapping as a whole, from files of /proc and /sys
 * @areas: how many there are
 * @size: bytes of all areas
 * @used: of these, in use
 * @cached: bytes of the swap cache: in memory and in swap
 * @swapped_in: pages since boot
 * @swapped_out: see @swapped_in
 * @zswap: zswap is on
 * @has_zswap: the kernel has zswap and tells of it
 * @has_cached: @cached is known
 * @zswap_stored: bytes of pages that it holds
 * @zswap_pool: what they take
 * @zswap_in: pages since boot
 * @zswap_out: see @zswap_in
 * @zswap_back: pages it wrote to a swap area to make room
 */
struct mms_swap_counters {
	u64 areas, size, used, cached, swapped_in, swapped_out;
	u64 zswap_stored, zswap_pool, zswap_in, zswap_out, zswap_back;
	u8 zswap, has_zswap, has_cached;	/* as they were saved, so any byte */
};

/**
 * struct mms_zram_row - a zram device
 * @size: its size
 * @stored: bytes of what was written to it
 * @compressed: what that is compressed
 * @memory: what it takes
 * @memory_max: what it has taken at most
 * @same: pages of one and the same word, which take nothing
 * @huge: pages that could not be compressed
 * @name: of the device
 * @algorithm: that compresses
 */
struct mms_zram_row {
	u64 size, stored, compressed, memory, memory_max, same, huge;
	char name[32];
	char algorithm[32];
};

/**
 * struct mms_swap_slots - neighbours in a swap area that belong to neighbours in memory
 * @type: number of the area
 * @pid: who has them
 * @slot: the first one
 * @pages: how many
 * @address: of the first page
 * @comm: name of the process
 */
struct mms_swap_slots {
	u32 type;
	s32 pid;
	u64 slot, pages, address;
	char comm[20];
};

/**
 * struct mms_swap_owner - what a process has in swap
 * @pid: the process, 0: all that no process maps
 * @pages: slots
 * @size: the same in bytes
 * @comm: its name, or what else has them
 */
struct mms_swap_owner {
	s32 pid;
	u64 pages, size;
	char comm[48];
};

extern const struct mms_model mms_model_swap;
extern const struct mms_model mms_model_swap_counters;
extern const struct mms_model mms_model_zram;
extern const struct mms_model mms_model_swap_slots;
extern const struct mms_model mms_model_swap_owner;

/*
 * How many different slots @nr runs are, which may overlap: processes share what they had
 * before a fork. Sorts them by area and slot.
 */
u64 mms_swap_distinct(struct mms_swap_slots *slots, size_t nr);

#endif /* MMS_MODEL_SWAP_H */
