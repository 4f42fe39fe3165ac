/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What swap.bpf.c gives to the tool. */
#ifndef MMS_BPF_SWAP_H
#define MMS_BPF_SWAP_H

#define MMS_SWAP_MAX_AREAS	32	/* a swap entry has 5 bits for it */

/* Bits of mms_swap_area.flags: SWP_*, include/linux/swap.h. */
#define MMS_SWAP_USED		(1U << 0)
#define MMS_SWAP_WRITEOK	(1U << 1)
#define MMS_SWAP_SOLIDSTATE	(1U << 4)
#define MMS_SWAP_BLKDEV		(1U << 6)
#define MMS_SWAP_FS_OPS		(1U << 8)
#define MMS_SWAP_SYNCHRONOUS	(1U << 12)

/* Bits of mms_swap_area.has and mms_swap_info.has. */
#define MMS_SWAP_HAS_AREAS	(1U << 0)
#define MMS_SWAP_HAS_CLUSTERS	(1U << 1)
#define MMS_SWAP_HAS_CACHE	(1U << 2)

/**
 * struct mms_swap_area - a swap area, struct swap_info_struct
 * @pages: slots that can be used
 * @used: of these, in use
 * @cache: pages of the swap cache that belong here, with MMS_SWAP_HAS_CACHE: the pages
 *	of swapper_spaces[type]
 * @clusters: groups of slots, with MMS_SWAP_HAS_CLUSTERS
 * @clusters_free: without a slot in use
 * @clusters_full: without a slot left
 * @dev: of the block device it is on, or that its file is on: major << 20 | minor
 * @type: its number, as swap entries have it
 * @flags: MMS_SWAP_*
 * @prio: priority, the higher is used first
 * @has: MMS_SWAP_HAS_*
 * @pad: 0
 */
struct mms_swap_area {
	__u64 pages;
	__u64 used;
	__u64 cache;
	__u64 clusters;
	__u64 clusters_free;
	__u64 clusters_full;
	__u32 dev;
	__u32 type;
	__u32 flags;
	__s32 prio;
	__u32 has;
	__u32 pad;
};

#endif /* MMS_BPF_SWAP_H */
