/* SPDX-License-Identifier: GPL-2.0-only */
/* What a stock kernel says of all memory: for sums that are compared with it. */
#ifndef MMS_SOURCE_MEMORY_H
#define MMS_SOURCE_MEMORY_H

#include "../lib/types.h"

#define MMS_MEMORY_NODES	64

/**
 * struct mms_memory - sums of /proc/zoneinfo and /proc/meminfo, in bytes
 * @managed: what the page allocator manages, of each node
 * @kernel_stacks: of meminfo
 * @vmalloc: see @kernel_stacks
 * @percpu: see @kernel_stacks
 */
struct mms_memory {
	u64 managed[MMS_MEMORY_NODES];
	u64 kernel_stacks, vmalloc, percpu;
};

/* What cannot be read stays 0. 0, or -1 without /proc/zoneinfo. */
int mms_memory_read(const char *root, struct mms_memory *ret_memory);

#endif /* MMS_SOURCE_MEMORY_H */
