// SPDX-License-Identifier: GPL-2.0-only
/*
 * Swap areas, out of swap_info, which is exported to no module.
 *
 * Nothing is locked. An area that goes meanwhile (swapoff) is freed by RCU or not at all,
 * and reading it cannot fault; its flags are read once more at the end, and it is left
 * out if it is no longer used.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "swap.h"

#define MAX_SPACES	(1 << 20)	/* address spaces of an area: one for 64 MiB */

MMS_KSYM(swap_info);
MMS_KSYM(nr_swapfiles);
/*
 * One array of address spaces for each area, until
 * "mm, swap: remove contention workaround for swap cache", 6.18
 */
MMS_KSYM(swapper_spaces);
MMS_KSYM(nr_swapper_spaces);

/* SWAPFILE_CLUSTER, mm/swapfile.c or mm/swap.h: the caller's to set before loading */
const volatile __u32 cluster_slots = 512;

__u32 has;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MMS_SWAP_MAX_AREAS);
	__type(key, __u32);
	__type(value, struct mms_swap_area);
} areas SEC(".maps");

static u64 at;		/* of the array that is walked */
static u32 type;	/* of the area */

static long next_cluster(u32 i, void *unused)
{
	struct mms_swap_area *rec = bpf_map_lookup_elem(&areas, &type);
	const struct swap_cluster_info *ci;
	u32 count;

	if (!rec)
		return 1;
	ci = (const void *)(at + (u64)i * bpf_core_type_size(struct swap_cluster_info));
	count = mms_swap_cluster_count(ci);
	rec->clusters_free += !count;
	rec->clusters_full += count >= cluster_slots;
	return 0;
}

static long next_space(u32 i, void *unused)
{
	struct mms_swap_area *rec = bpf_map_lookup_elem(&areas, &type);
	const struct address_space *space;

	if (!rec)
		return 1;
	space = (const void *)(at + (u64)i * bpf_core_type_size(struct address_space));
	rec->cache += BPF_CORE_READ(space, nrpages);
	return 0;
}

static __always_inline void count_cache(struct mms_swap_area *rec)
{
	u32 spaces = 0;

	if (!swapper_spaces || !nr_swapper_spaces)
		return;
	at = mms_read_u64(swapper_spaces + type * sizeof(u64));
	spaces = (u32)mms_read_u64(nr_swapper_spaces + type * sizeof(u32));
	if (!at || spaces > MAX_SPACES)
		return;
	rec->has |= MMS_SWAP_HAS_CACHE;
	bpf_loop(spaces, next_space, NULL, 0);
}

static long next_area(u32 i, void *unused)
{
	struct mms_swap_area *rec = bpf_map_lookup_elem(&areas, &i);
	const struct swap_info_struct *si;
	struct block_device *bdev;

	if (!rec)
		return 1;
	type = i;
	__builtin_memset(rec, 0, sizeof(*rec));
	si = (const void *)mms_read_u64(swap_info + i * sizeof(u64));
	if (!si || !(BPF_CORE_READ(si, flags) & MMS_SWAP_USED))
		return 0;
	rec->type = i;
	rec->prio = BPF_CORE_READ(si, prio);
	rec->pages = BPF_CORE_READ(si, pages);
	rec->used = mms_swap_used(si);
	bdev = BPF_CORE_READ(si, bdev);
	if (bdev)
		rec->dev = BPF_CORE_READ(bdev, bd_dev);
	at = (u64)BPF_CORE_READ(si, cluster_info);
	if (at) {
		rec->has |= MMS_SWAP_HAS_CLUSTERS;
		rec->clusters = (BPF_CORE_READ(si, max) + cluster_slots - 1) / cluster_slots;
		bpf_loop(rec->clusters, next_cluster, NULL, 0);
	}
	count_cache(rec);
	rec->flags = BPF_CORE_READ(si, flags);
	return 0;
}

SEC("syscall")
int list(void *ctx)
{
	u32 nr = MMS_SWAP_MAX_AREAS;

	has = 0;
	if (!swap_info)
		return 0;
	has = MMS_SWAP_HAS_AREAS;
	if (nr_swapfiles)
		nr = (u32)mms_read_u64(nr_swapfiles);
	bpf_loop(nr, next_area, NULL, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
