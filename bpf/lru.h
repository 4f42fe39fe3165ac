/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What lru.bpf.c gives to the tool. */
#ifndef MMS_BPF_LRU_H
#define MMS_BPF_LRU_H

#define MMS_LRU_LISTS		5	/* enum lru_list, include/linux/mmzone.h */
#define MMS_LRU_GENS		4	/* MAX_NR_GENS */
#define MMS_LRU_TYPES		2	/* anon, file */
#define MMS_LRU_MAX_ZONES	8

/* Bits of mms_lru_rec.has. */
#define MMS_LRU_HAS_GENS	(1U << 0) /* CONFIG_LRU_GEN */
#define MMS_LRU_ENABLED		(1U << 1) /* and it is on: generations mean something */
#define MMS_LRU_HAS_LISTS	(1U << 2)
#define MMS_LRU_RACED		(1U << 3) /* a generation began while they were read, each time */

/**
 * struct mms_lru_rec - what is to be reclaimed of a memory cgroup on a node
 * @cgroup: number of the cgroup, which is that of its folder's inode
 * @now: jiffies at that moment
 * @max_seq: number of the youngest generation
 * @min_seq: of the oldest one of each type
 * @timestamps: jiffies at which each generation was made; one has the place seq % MMS_LRU_GENS
 * @node: the node
 * @zones: zones that this kernel has: what the following arrays go by
 * @has: MMS_LRU_*
 * @list_pages: pages of the cgroup itself in each zone and list: [zone][list], that is
 *	mem_cgroup_per_node.lru_zone_size
 * @gen_pages: pages in each generation: [place][type][zone], lru_gen_folio.nr_pages; may
 *	be below 0 for a moment
 */
struct mms_lru_rec {
	__u64 cgroup;
	__u64 now;
	__u64 max_seq;
	__u64 min_seq[MMS_LRU_TYPES];
	__u64 timestamps[MMS_LRU_GENS];
	__u32 node;
	__u16 zones;
	__u16 has;
	__u64 list_pages[MMS_LRU_MAX_ZONES * MMS_LRU_LISTS];
	__s64 gen_pages[MMS_LRU_GENS * MMS_LRU_TYPES * MMS_LRU_MAX_ZONES];
};

#endif /* MMS_BPF_LRU_H */
