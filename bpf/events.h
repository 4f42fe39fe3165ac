/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The records that BPF programs give to the tool. Program and tool are built
 * together, so this is no ABI. Whoever includes it has the __u types before:
 * from vmlinux.h or from <linux/types.h>.
 */
#ifndef MMS_BPF_EVENTS_H
#define MMS_BPF_EVENTS_H

/* ---- tlb --------------------------------------------------------------- */

/* What became of the look at a task. */
enum mms_tlb_status {
	MMS_TLB_NO_TASK,	/* the program was never called: no such task */
	MMS_TLB_OK,
	MMS_TLB_KTHREAD,	/* a kernel thread has no address space */
	MMS_TLB_EXITED,		/* its address space is gone: it exits, or is a zombie */
	MMS_TLB_NO_SYMBOL,	/* the kernel's BTF has no cpu_tlbstate */
};

/**
 * struct mms_tlb_mm - the address space that was asked for
 * @ctx_id: its number, mm->context.ctx_id, never used twice
 * @tlb_gen: generation of its flushes when all CPUs had been looked at,
 *	mm->context.tlb_gen: each flush adds one
 * @status: enum mms_tlb_status; if it is not OK, only @tgid and @comm are set
 * @tgid: thread-group id in the initial pid namespace
 * @global_asid: the ASID it has on all CPUs (INVLPGB), 0 for none
 * @no_lazy: this kernel's BTF has no cpu_tlbstate_shared: no LAZY below
 * @no_mask: this kernel's BTF does not say where mm_cpumask() is: no MASK below
 * @comm: of the task
 */
struct mms_tlb_mm {
	__u64 ctx_id;
	__u64 tlb_gen;
	__u32 status;
	__s32 tgid;
	__u16 global_asid;
	__u8 no_lazy;
	__u8 no_mask;
	char comm[16];
};

/* Bits of mms_tlb_cpu.flags. */
#define MMS_TLB_LOADED		(1U << 0) /* loaded_mm is this address space */
#define MMS_TLB_SLOT		(1U << 1) /* a slot has its ctx_id: asid, tlb_gen mean something */
#define MMS_TLB_GLOBAL		(1U << 2) /* loaded with the global ASID: no slot, no tlb_gen */
#define MMS_TLB_LAZY		(1U << 3) /* lazy TLB mode: cpu_tlbstate_shared.is_lazy */
#define MMS_TLB_MASK		(1U << 4) /* the CPU is in mm_cpumask() */
#define MMS_TLB_PCID		(1U << 5) /* CR4.PCIDE: CR3 has a PCID */
#define MMS_TLB_FLUSH_USER	(1U << 6) /* KPTI: the user PCID is flushed on the next return */
#define MMS_TLB_FLUSH_OTHERS	(1U << 7) /* slots not loaded are flushed at the next switch */
#define MMS_TLB_RACED		(1U << 8) /* it changed while it was read, each time */

/**
 * struct mms_tlb_cpu - what one CPU's cpu_tlbstate says of that address space
 * @tlb_gen: SLOT: generation up to which the CPU has flushed, ctxs[asid].tlb_gen
 * @mm_tlb_gen: that of the address space, read right after, so never less
 * @flags: MMS_TLB_*
 * @asid: SLOT: index of the slot; GLOBAL: the global ASID
 */
struct mms_tlb_cpu {
	__u64 tlb_gen;
	__u64 mm_tlb_gen;
	__u32 flags;
	__u16 asid;
	__u16 pad;
};

/* ---- slab -------------------------------------------------------------- */

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
 * @objs_per_slab, @order: of a slab, kmem_cache.oo
 * @sheaf_capacity: objects in a full sheaf, 0 for no sheaves
 * @refcount: caches that were merged into it, and itself; negative: of boot, never merged
 * @state: MMS_SLAB_RACED, MMS_SLAB_CAPPED
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
 * @slabs, @objects, @partial, @partial_free, @partial_walked: as in struct mms_slab_cache
 * @barn_sheaves, @barn_free: full sheaves in the barn, and objects in them
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
 * @partial, @partial_free: slabs kept besides, and free objects in them
 * @main, @spare, @rcu: objects in its sheaves
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
 * @objects, @inuse: of the slab
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

/* ---- vmalloc ----------------------------------------------------------- */

/* X(name, bit of vm_struct.flags, 0 for none, text): MMS_VMALLOC_BIT_* of an area */
#define MMS_VMALLOC_FLAGS(X)						\
	X(ioremap, 0x1, "memory of a device, by ioremap()")		\
	X(vmalloc, 0x2, "pages of its own, by vmalloc() and the like")	\
	X(vmap, 0x4, "pages of somebody else, by vmap()")		\
	X(user, 0x8, "may be mapped into processes")			\
	X(dma, 0x10, "coherent memory for DMA")				\
	X(uninit, 0x20, "is being made")				\
	X(sparse, 0x1000, "mapped page by page, by who has it")		\
	X(ram, 0, "a piece for vm_map_ram()")				\
	X(lazy, 0, "unmapped, and not given back until the TLBs are flushed")

enum mms_vmalloc_flag_bit {
#define MMS_X(name, bit, text) MMS_VMALLOC_BIT_##name,
	MMS_VMALLOC_FLAGS(MMS_X)
#undef MMS_X
	MMS_VMALLOC_NR_FLAGS
};

/**
 * struct mms_vmalloc_area - an area of vmalloc, struct vmap_area and its struct vm_struct
 * @start: its first address
 * @end: the first one after it; a guard page, where there is one, is in it
 * @caller: who asked for it, an address of the kernel's text; 0 if that was not kept
 * @pages: pages it has or maps, vm_struct.nr_pages
 * @phys: ioremap: physical address of the first byte
 * @pfn: first frame of what it maps, ~0 if it is not known
 * @flags: 1 << MMS_VMALLOC_BIT_*
 * @order: of its pages, as they were allocated
 */
struct mms_vmalloc_area {
	__u64 start;
	__u64 end;
	__u64 caller;
	__u64 pages;
	__u64 phys;
	__u64 pfn;
	__u32 flags;
	__u32 order;
};

/**
 * struct mms_vmalloc_info - how a run went
 * @nr: records filled
 * @nodes: nodes that areas are kept in, 0: the kernel does not say where they are
 * @raced: lists that changed while they were walked, each time: an area may be missing
 * @more: there are more areas than records
 */
struct mms_vmalloc_info {
	__u32 nr;
	__u32 nodes;
	__u32 raced;
	__u32 more;
};

/* ---- swap -------------------------------------------------------------- */

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

/* ---- lru --------------------------------------------------------------- */

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

/* ---- what all tracers share --------------------------------------------- */

/**
 * struct mms_trace_filter - what of it is wanted: decided in the kernel, before a
 *	record is made. 0 means that nothing is asked.
 * @min_latency: in nanoseconds
 * @start, @end: addresses from start up to but not end; end 0: all
 * @cgroup: id of the cgroup (v2): inode of its directory
 * @causes: bits by the tracer's own numbers
 * @sample: each so many-th on each CPU
 * @tgid: this process, by its number in the initial pid namespace
 * @many: those in the map tgids instead
 * @follow: and what they fork; with @many
 * @comm: tasks with this name
 * @comm_len: of it, 0: any
 */
struct mms_trace_filter {
	__u64 min_latency;
	__u64 start;
	__u64 end;
	__u64 cgroup;
	__u64 causes;
	__u32 sample;
	__u32 tgid;
	__u32 many;
	__u32 follow;
	char comm[16];
	__u32 comm_len;
	__u32 pad;
};

/**
 * struct mms_trace_count - of one CPU
 * @seen: events that passed the filters of who and where
 * @sent: records that were made
 * @lost: records for which the ring buffer had no room
 * @no_slot: events that were not followed: too many at once
 */
struct mms_trace_count {
	__u64 seen;
	__u64 sent;
	__u64 lost;
	__u64 no_slot;
};

/* Values below 8 as they are, above in steps of a quarter of their power of two. */
#define MMS_TRACE_BUCKETS	256

/**
 * struct mms_trace_sum - what is summed up in the kernel, for each CPU and cause
 * @count: events
 * @total: their latencies, in nanoseconds
 * @max: the longest
 * @buckets: how many of each latency, see mms_trace_bucket()
 */
struct mms_trace_sum {
	__u64 count;
	__u64 total;
	__u64 max;
	__u64 buckets[MMS_TRACE_BUCKETS];
};

/* What a record is: its first 32 bits. From MMS_TRACE_EVENTS on: events. */
enum mms_trace_type {
	MMS_TRACE_FILE = 1,	/* struct mms_trace_file */
	MMS_TRACE_STACK,	/* struct mms_trace_stack, of recordings alone */
	MMS_TRACE_SYMBOL,	/* struct mms_trace_symbol, the same */
	MMS_TRACE_END,		/* struct mms_trace_end, the same */
	MMS_TRACE_EVENTS = 16,
	MMS_TRACE_FAULT = MMS_TRACE_EVENTS,	/* struct mms_fault */
	MMS_TRACE_RECLAIM,	/* struct mms_reclaim */
};

#define MMS_TRACE_NAMES	32	/* parts of a path that are kept, the last ones */
#define MMS_TRACE_NAME	64	/* bytes of each */

/**
 * struct mms_trace_file - the name of a file, sent before the first record with it
 * @type: MMS_TRACE_FILE
 * @dev: device, as the kernel numbers it: major << 20 | minor
 * @inode: in it
 * @nr: parts of the path
 * @cut: there were more
 * @name: the parts, the last first, each ends with NUL or is cut
 */
struct mms_trace_file {
	__u32 type;
	__u32 dev;
	__u64 inode;
	__u32 nr;
	__u32 cut;
	char name[MMS_TRACE_NAMES][MMS_TRACE_NAME];
};

/* ---- recordings of a tracer: userspace/tracer/recording.c ------------------ */

/* Another one is not read: to be raised with each change of a record. */
#define MMS_TRACE_VERSION	1
#define MMS_TRACE_MAGIC		"mmstrace"

/**
 * struct mms_trace_header - the beginning; what follows is for each record its size, as
 *	64 bits, and the record, to a multiple of 8 bytes
 * @magic: MMS_TRACE_MAGIC, without NUL
 * @version: MMS_TRACE_VERSION
 * @size: of this
 * @tracer: its name
 * @begin: CLOCK_MONOTONIC before the first program was attached
 * @hooked: bits of the tracer's hooks that the kernel had
 */
struct mms_trace_header {
	char magic[8];
	__u32 version;
	__u32 size;
	char tracer[16];
	__u64 begin;
	__u64 hooked;
};

/**
 * struct mms_trace_stack - what two stacks are called, before the first event with them
 * @type: MMS_TRACE_STACK
 * @tgid: whose
 * @user, @kernel: their keys
 * @text: functions, ends with NUL
 */
struct mms_trace_stack {
	__u32 type;
	__s32 tgid;
	__s32 user;
	__s32 kernel;
	char text[];
};

/**
 * struct mms_trace_symbol - what an address is called, before the first event with it
 * @type: MMS_TRACE_SYMBOL
 * @tgid: whose, -1: the kernel's
 * @address: it
 * @text: function and line, each ends with NUL
 */
struct mms_trace_symbol {
	__u32 type;
	__s32 tgid;
	__u64 address;
	char text[];
};

/**
 * struct mms_trace_end - the last record
 * @type: MMS_TRACE_END
 * @nr_cpus: of @count
 * @end: CLOCK_MONOTONIC
 * @count: what each CPU has counted
 */
struct mms_trace_end {
	__u32 type;
	__u32 nr_cpus;
	__u64 end;
	struct mms_trace_count count[];
};

/* ---- faults ------------------------------------------------------------- */

/*
 * Why a fault happened: X(NAME, word, text). Decided by the entry before and after,
 * the VMA, what handle_mm_fault() returned, and marks that rarely called functions
 * leave meanwhile. What cannot be told is "unknown".
 */
#define MMS_FAULT_CAUSES(X)								\
	X(UNKNOWN, "unknown", "it could not be told")					\
	X(ANON, "anon", "anonymous memory touched first: a zeroed page")		\
	X(ZERO, "zero", "anonymous memory read first: the shared zero page")		\
	X(STACK, "stack", "the stack grew")						\
	X(THP, "thp", "anonymous memory touched first: a huge page")			\
	X(THP_ZERO, "thp-zero", "anonymous memory read first: the huge zero page")	\
	X(COW_ZERO, "cow-zero", "first write where the zero page was")			\
	X(COW_COPIED, "cow-copied", "copy-on-write: the page was copied")		\
	X(COW_REUSED, "cow-reused", "copy-on-write: nobody else had it, so it was kept") \
	X(UNSHARE, "unshare", "a pin for reading took a copy of its own")		\
	X(FILE, "file", "a page of a file, from the page cache")			\
	X(FILE_READ, "file-read", "a page of a file, read from its device")		\
	X(FILE_COPIED, "file-copied", "write to a private mapping: a copy of the file's page") \
	X(SHMEM, "shmem", "a page of shared memory or tmpfs")				\
	X(SHMEM_READ, "shmem-read", "the same, read back from swap")			\
	X(SWAP_CACHE, "swap-cache", "swapped out, still or already in the swap cache")	\
	X(SWAP_READ, "swap-read", "swapped out, read back")				\
	X(NUMA, "numa", "NUMA balancing asked who uses the page")			\
	X(HUGETLB, "hugetlb", "a page of hugetlbfs")					\
	X(HUGETLB_COW, "hugetlb-cow", "copy-on-write of a page of hugetlbfs")		\
	X(WRITE_NOTIFY, "write-notify", "first write to a clean shared page")		\
	X(SOFT_DIRTY, "soft-dirty", "first write since soft-dirty bits were cleared")	\
	X(UFFD_MISSING, "uffd-missing", "userfaultfd: nothing there, its handler was asked") \
	X(UFFD_WP, "uffd-wp", "userfaultfd: write-protected, its handler was asked")	\
	X(UFFD_MINOR, "uffd-minor", "userfaultfd: in the cache, its handler was asked")	\
	X(UFFD_ASYNC, "uffd-async", "userfaultfd: write protection taken off by the kernel") \
	X(MIGRATION, "migration", "waited for a page that was being migrated")		\
	X(DEVICE, "device", "a mapping of a driver or of the kernel, such as the vdso")	\
	X(SPURIOUS, "spurious", "the entry allowed it already")				\
	X(RETRY, "retry", "given up before it was done: a signal came")			\
	X(OOM, "oom", "no memory for it")						\
	X(SEGV, "segv", "not allowed, or nothing is mapped: SIGSEGV")			\
	X(SIGBUS, "sigbus", "mapped, but cannot be had: SIGBUS")			\
	X(HWPOISON, "hwpoison", "the page's memory is broken: SIGBUS")

enum mms_fault_cause {
#define MMS_X(name, word, text) MMS_CAUSE_##name,
	MMS_FAULT_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_FAULT_CAUSES
};

/* Bits of mms_fault.marks. */
#define MMS_FAULT_MAJOR		(1U << 0) /* major: waited for a device, or tried again */
#define MMS_FAULT_VMA_LOCK	(1U << 1) /* its last pass held the lock of the VMA */
#define MMS_FAULT_MMAP_LOCK	(1U << 2) /* its last pass held mmap_lock */
#define MMS_FAULT_FELL_BACK	(1U << 3) /* no huge page was to be had */
#define MMS_FAULT_REFAULT	(1U << 4) /* its page had been evicted: workingset_refault() */
#define MMS_FAULT_GROWN		(1U << 5) /* the VMA was extended for it */
#define MMS_FAULT_SWAP		(1U << 6) /* it came through get_swap_device() */
#define MMS_FAULT_MIGRATION	(1U << 7) /* it came through migration_entry_wait() */
#define MMS_FAULT_USERFAULT	(1U << 8) /* it came through handle_userfault() */
#define MMS_FAULT_NO_LATENCY	(1U << 9) /* there was no handle_mm_fault() to time */
#define MMS_FAULT_NO_VMA	(1U << 10) /* no VMA is known */
#define MMS_FAULT_HUGETLB	(1U << 11) /* VMA of hugetlbfs */
#define MMS_FAULT_SHMEM		(1U << 12) /* file of shmem or tmpfs */

/* What wanted the address: mms_fault.mode. */
enum mms_fault_mode {
	MMS_FAULT_USER,		/* user mode */
	MMS_FAULT_KERNEL,	/* kernel mode, for the task: copy_to_user() */
	MMS_FAULT_GUP,		/* no exception: get_user_pages() and such */
};

/* How: mms_fault.access. */
enum mms_fault_access {
	MMS_FAULT_READ,
	MMS_FAULT_WRITE,
	MMS_FAULT_EXEC,
};

/**
 * struct mms_fault - one fault, from the first call of handle_mm_fault() to the last
 * @type: MMS_TRACE_FAULT
 * @tgid, @tid: process and thread, in the initial pid namespace
 * @cpu: where it ended
 * @time: when it began, CLOCK_MONOTONIC
 * @latency: until it was done, with what was waited for between passes
 * @address: that was touched
 * @ip: instruction that did, 0 with GUP
 * @before, @after: the entry that maps it, at the lowest level there was
 * @vma_start, @vma_end, @vma_flags, @pgoff: of the VMA, vm_area_struct
 * @inode: of the file, 0: none
 * @cgroup: id of the task's cgroup (v2)
 * @dev: of the file
 * @ret: what handle_mm_fault() returned, of all passes: VM_FAULT_*
 * @flags: what it was called with: FAULT_FLAG_*
 * @marks: MMS_FAULT_*
 * @around: further pages that fault-around mapped
 * @cause: enum mms_fault_cause
 * @mode: enum mms_fault_mode
 * @access: enum mms_fault_access
 * @before_level, @after_level: of the entries, 1: PTE
 * @order: of the folio that is mapped now
 * @passes: calls of handle_mm_fault()
 * @signal: that was sent, 0: none
 * @code: its si_code
 * @user_stack, @kernel_stack: keys of the map stacks, negative: none
 * @comm: of the task
 */
struct mms_fault {
	__u32 type;
	__u32 tgid;
	__u32 tid;
	__u32 cpu;
	__u64 time;
	__u64 latency;
	__u64 address;
	__u64 ip;
	__u64 before;
	__u64 after;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u64 pgoff;
	__u64 inode;
	__u64 cgroup;
	__u32 dev;
	__u32 ret;
	__u32 flags;
	__u32 marks;
	__u16 around;
	__u8 cause;
	__u8 mode;
	__u8 access;
	__u8 before_level;
	__u8 after_level;
	__u8 order;
	__u8 passes;
	__u8 signal;
	__s16 code;
	__s32 user_stack;
	__s32 kernel_stack;
	__u32 pad;
	char comm[16];
};

/* ---- reclaim ------------------------------------------------------------ */

/* What an episode is: X(NAME, word, text). */
#define MMS_RECLAIM_CAUSES(X)								\
	X(DIRECT, "direct", "an allocation found too little free memory and reclaims itself") \
	X(KSWAPD, "kswapd", "a node fell below its low watermark: kswapd until the high one") \
	X(NODE, "node", "an allocation reclaims on its node before it goes to another")	\
	X(LIMIT, "memcg-limit", "a memory cgroup is at its limit")			\
	X(HIGH, "memcg-high", "a memory cgroup is above memory.high")			\
	X(PROACTIVE, "memcg-proactive", "memory.reclaim was written to")

enum mms_reclaim_cause {
#define MMS_X(name, word, text) MMS_RECLAIM_##name,
	MMS_RECLAIM_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_RECLAIM_CAUSES
};

/* Bits of mms_reclaim.marks. */
#define MMS_RECLAIM_ZONES	(1U << 0) /* free, min, low and high mean something */
#define MMS_RECLAIM_MEMCG	(1U << 1) /* target, usage and limit do */
#define MMS_RECLAIM_DEMOTED	(1U << 2) /* demoted does */

/**
 * struct mms_reclaim - an episode of reclaim, from the first to the last line of
 *	try_to_free_pages(), balance_pgdat() and such. Pages, if no unit is said
 * @type: MMS_TRACE_RECLAIM
 * @tgid, @tid: who did it, in the initial pid namespace
 * @cpu: where it ended
 * @time: when it began, CLOCK_MONOTONIC
 * @latency: how long it took
 * @cgroup: id of the task's cgroup (v2)
 * @target: that of the memory cgroup that is reclaimed from, 0: the whole machine
 * @scanned: looked at on the LRU lists: [0] anon, [1] file
 * @refilled: of the active lists
 * @taken: isolated from the inactive lists
 * @tried: given to shrink_folio_list(), some of them twice
 * @freed: by it
 * @active: that stayed, as they are in use: [0] anon, [1] file
 * @referenced: that stayed, as they were referenced
 * @unmap_fail: that stayed, as they could not be unmapped
 * @lazyfree_fail: that stayed, as they were written to after MADV_FREE
 * @dirty: that were dirty
 * @writeback: that were being written
 * @congested, @immediate: see struct reclaim_stat
 * @demoted: moved to slower memory
 * @written: whose writing was started
 * @slab_freed: objects that shrinkers have freed
 * @free_before, @free_after: free pages of the node's zones up to the one asked for
 * @min, @low, @high: their watermarks
 * @usage_before, @usage_after, @limit: of the memory cgroup: its memory.high for
 *	MEMCG_HIGH, else memory.max
 * @throttled: nanoseconds it had to wait
 * @returned: what the function returned
 * @gfp: GFP flags of the allocation
 * @throttles: how often it had to wait
 * @shrinkers: calls of shrinkers
 * @batches: calls of shrink_folio_list()
 * @marks: MMS_RECLAIM_*
 * @cause: enum mms_reclaim_cause
 * @order: of the allocation
 * @priority: the last one, 12 is the first: 1 / 2^priority of a list is looked at
 * @node: where
 * @user_stack, @kernel_stack: keys of the map stacks, negative: none
 * @comm: of the task
 */
struct mms_reclaim {
	__u32 type;
	__u32 tgid;
	__u32 tid;
	__u32 cpu;
	__u64 time;
	__u64 latency;
	__u64 cgroup;
	__u64 target;
	__u64 scanned[2];
	__u64 refilled[2];
	__u64 taken[2];
	__u64 tried[2];
	__u64 freed[2];
	__u64 active[2];
	__u64 referenced;
	__u64 unmap_fail;
	__u64 lazyfree_fail;
	__u64 dirty;
	__u64 writeback;
	__u64 congested;
	__u64 immediate;
	__u64 demoted;
	__u64 written;
	__u64 slab_freed;
	__u64 free_before;
	__u64 free_after;
	__u64 min;
	__u64 low;
	__u64 high;
	__u64 usage_before;
	__u64 usage_after;
	__u64 limit;
	__u64 throttled;
	__u64 returned;
	__u32 gfp;
	__u32 throttles;
	__u32 shrinkers;
	__u32 batches;
	__u32 marks;
	__u8 cause;
	__s8 order;
	__u8 priority;
	__u8 node;
	__s32 user_stack;
	__s32 kernel_stack;
	char comm[16];
};

#endif /* MMS_BPF_EVENTS_H */
