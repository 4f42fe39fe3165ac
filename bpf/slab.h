/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What slab.bpf.c gives to the tool. */
#ifndef MMS_BPF_SLAB_H
#define MMS_BPF_SLAB_H

#define MMS_SLAB_MAX_CACHES	4096	/* records there is room for */
#define MMS_SLAB_HIST		10	/* classes of fill of a slab: tenths */

/* Bits of mms_slab_cache.flags: what the cache was made with, by the kernel's names. */
#define MMS_SLAB_FLAGS(X)							\
	X(CONSISTENCY_CHECKS, 'F') X(RED_ZONE, 'Z') X(POISON, 'P')		\
	X(STORE_USER, 'U') X(TRACE, 'T') X(HWCACHE_ALIGN, 'A')			\
	X(CACHE_DMA, 'd') X(RECLAIM_ACCOUNT, 'a') X(ACCOUNT, 'c')		\
	X(TYPESAFE_BY_RCU, 'r') X(PANIC, 'p') X(KMALLOC, 'k') X(NO_MERGE, 'm')

enum mms_slab_flag_bit {
#define MMS_X(name, letter) MMS_SLAB_BIT_##name,
	MMS_SLAB_FLAGS(MMS_X)
#undef MMS_X
	MMS_SLAB_NR_FLAGS
};

enum mms_slab_flag {
#define MMS_X(name, letter) MMS_SLAB_##name = 1 << MMS_SLAB_BIT_##name,
	MMS_SLAB_FLAGS(MMS_X)
#undef MMS_X
};

/* Bits of mms_slab_*.state: how far to trust the numbers. */
#define MMS_SLAB_RACED		(1U << 0) /* a list changed while it was walked, each time */
#define MMS_SLAB_CAPPED		(1U << 1) /* a list is longer than what is walked of it */

/* What this kernel has: struct mms_slab_info.has. */
#define MMS_SLAB_HAS_CACHES	(1U << 0) /* slab_caches, or the iterator, was found */
#define MMS_SLAB_HAS_COUNTS	(1U << 1) /* CONFIG_SLUB_DEBUG: slabs and objects of each node */
#define MMS_SLAB_HAS_CPU_SLABS	(1U << 2)
#define MMS_SLAB_HAS_SHEAVES	(1U << 3)

/**
 * struct mms_slab_info - how a run went
 * @nr_caches: records filled
 * @has: MMS_SLAB_HAS_*
 * @more: there are more caches than records
 * @raced: the list of caches changed while it was walked
 * @pad: 0
 */
struct mms_slab_info {
	__u32 nr_caches;
	__u32 has;
	__u8 more;
	__u8 raced;
	__u8 pad[6];
};

/**
 * struct mms_slab_cache - a cache, struct kmem_cache
 * @addr: where it is
 * @ctor: its constructor, 0 for none
 * @slabs: slabs there are, sum of kmem_cache_node.nr_slabs
 * @objects: objects they have room for, sum of kmem_cache_node.total_objects
 * @partial: slabs in the nodes' lists of partly filled ones, sum of .nr_partial
 * @partial_free: free objects in these
 * @partial_walked: how many of these were looked at
 * @cpu_slabs: slabs that CPUs allocate from (kmem_cache_cpu.slab)
 * @cpu_partial: slabs they have besides (kmem_cache_cpu.partial)
 * @cpu_free: free objects in all these
 * @sheaf_free: objects in the CPUs' sheaves: free, but not known so to their slabs
 * @barn_free: the same in the nodes' barns
 * @min_partial: slabs a node keeps though they are empty
 * @flags: MMS_SLAB_*
 * @object_size: what was asked for
 * @size: from one object to the next
 * @align: alignment
 * @objs_per_slab: of a slab, kmem_cache.oo
 * @order: see @objs_per_slab
 * @sheaf_capacity: objects in a full sheaf, 0 for no sheaves
 * @refcount: caches that were merged into it, and itself; negative: of boot, never merged
 * @state: MMS_SLAB_RACED, MMS_SLAB_CAPPED
 * @pad: 0
 * @name: its name, cut
 */
struct mms_slab_cache {
	__u64 addr;
	__u64 ctor;
	__u64 slabs;
	__u64 objects;
	__u64 partial;
	__u64 partial_free;
	__u64 partial_walked;
	__u64 cpu_slabs;
	__u64 cpu_partial;
	__u64 cpu_free;
	__u64 sheaf_free;
	__u64 barn_free;
	__u64 min_partial;
	__u32 flags;
	__u32 object_size;
	__u32 size;
	__u32 align;
	__u32 objs_per_slab;
	__u32 order;
	__u32 sheaf_capacity;
	__s32 refcount;
	__u32 state;
	__u32 pad;
	char name[64];
};

/**
 * struct mms_slab_node - what one cache has on a node
 * @there: the cache has something on this node
 * @slabs: as in struct mms_slab_cache
 * @objects: see @slabs
 * @partial: see @slabs
 * @partial_free: see @slabs
 * @partial_walked: see @slabs
 * @barn_sheaves: full sheaves in the barn
 * @barn_free: objects in them
 * @state: MMS_SLAB_RACED, MMS_SLAB_CAPPED
 * @hist: slabs of the partial list by tenths of their objects in use
 */
struct mms_slab_node {
	__u64 slabs;
	__u64 objects;
	__u64 partial;
	__u64 partial_free;
	__u64 partial_walked;
	__u64 barn_sheaves;
	__u64 barn_free;
	__u32 state;
	__u32 there;
	__u64 hist[MMS_SLAB_HIST];
};

/**
 * struct mms_slab_cpu - what one CPU has of a cache
 * @slab: 1 if it has a slab to allocate from
 * @slab_free: free objects in it: in the CPU's own list, and given back by others
 * @partial: slabs kept besides
 * @partial_free: free objects in them
 * @main: objects in its sheaves
 * @spare: see @main
 * @rcu: see @main
 * @state: MMS_SLAB_RACED, MMS_SLAB_CAPPED
 */
struct mms_slab_cpu {
	__u32 slab;
	__u32 slab_free;
	__u32 partial;
	__u32 partial_free;
	__u32 main;
	__u32 spare;
	__u32 rcu;
	__u32 state;
};

/* Whether an address is in a slab. */
enum mms_slab_found {
	MMS_SLAB_NOT_LOOKED,
	MMS_SLAB_UNKNOWN,	/* the kernel's types do not say which pages are slabs */
	MMS_SLAB_NO_PAGE,	/* it is no address of the direct map, or has no struct page */
	MMS_SLAB_NO_SLAB,	/* the page belongs to no slab */
	MMS_SLAB_FOUND,
};

/* Where an object is. */
enum mms_slab_where {
	MMS_SLAB_ALLOCATED,	/* in no list of free ones that can be found */
	MMS_SLAB_FREE,		/* in its slab's list */
	MMS_SLAB_CPU_FREE,	/* in the list of the CPU that has the slab */
	MMS_SLAB_SHEAF,		/* in a CPU's sheaf: free, to be used next */
	MMS_SLAB_RCU_SHEAF,	/* freed, waits for a grace period */
	MMS_SLAB_BARN,		/* in a full sheaf of a node's barn */
	MMS_SLAB_NO_OBJECT,	/* behind the last object of its slab */
};

/**
 * struct mms_slab_object - what an address is of
 * @addr: as asked for
 * @cache: address of its struct kmem_cache
 * @slab: address of the struct slab, which is the struct page
 * @base: first byte of the slab
 * @object: first byte of the object, behind a red zone if it has one
 * @offset: from there to the address; negative: in the red zone before it
 * @index: number of the object in the slab
 * @objects: of the slab
 * @inuse: see @objects
 * @found: enum mms_slab_found
 * @where: enum mms_slab_where
 * @holder: the CPU (CPU_FREE, SHEAF, RCU_SHEAF) or node (BARN) that has it
 * @state: MMS_SLAB_RACED: the page became something else while it was looked at
 * @reads: free objects that were passed in the slab's own list
 */
struct mms_slab_object {
	__u64 addr;
	__u64 cache;
	__u64 slab;
	__u64 base;
	__u64 object;
	__s64 offset;
	__u32 index;
	__u32 objects;
	__u32 inuse;
	__u32 found;
	__u32 where;
	__s32 holder;
	__u32 state;
	__u32 reads;
};

#endif /* MMS_BPF_SLAB_H */
