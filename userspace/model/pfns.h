/* SPDX-License-Identifier: GPL-2.0-only */
/* Records made of the view pfns: what memory is used for, and by page flags. */
#ifndef MMS_MODEL_PFNS_H
#define MMS_MODEL_PFNS_H

#include "model.h"

/* Flags that <linux/kernel-page-flags.h> keeps from user space: see MMS_KPF_BITS. */
#define MMS_KPF_RESERVED	32
#define MMS_KPF_PRIVATE		35

/*
 * X(id, name, text): what memory is used for, the rows of mmscope ram. All but
 * the last are managed by the page allocator.
 */
#define MMS_USES(X)							\
	X(anon, "anonymous", "processes' private memory")		\
	X(ksm, "ksm", "anonymous memory merged by KSM")			\
	X(mapped, "mapped-file", "page cache that a process maps")	\
	X(cache, "page-cache", "page cache that nobody maps")		\
	X(shmem, "shmem", "shared memory and tmpfs")			\
	X(hugetlb, "hugetlb", "huge pages of a pool, in use")		\
	X(pool, "hugetlb-pool", "huge pages of a pool, not in use")	\
	X(pgtable, "page-tables", "page tables")			\
	X(slab, "slab", "the slab allocator")				\
	X(kstack, "kernel-stacks", "stacks of threads in the kernel")	\
	X(kernel, "kernel", "taken by the kernel for what no page tells") \
	X(other, "other", "cut off its file, and not free yet")		\
	X(offline, "offline", "taken by a balloon")			\
	X(poison, "poison", "memory errors")				\
	X(pcp, "free-per-cpu", "free, on per-CPU lists")		\
	X(free, "free", "free blocks")					\
	X(reserved, "reserved", "not managed: firmware, kernel image, memory map")

enum mms_use {
#define MMS_X(id, name, text) MMS_USE_##id,
	MMS_USES(MMS_X)
#undef MMS_X
	MMS_NR_USES
};

#define MMS_RAM_GENS	4

/**
 * struct mms_ram_row - memory of one use, in bytes
 * @use: enum mms_use, MMS_NR_USES: all that is managed
 * @node: or MMS_NO_NODE: of all
 * @folios: folios and free blocks
 * @size: of all of it
 * @inactive: on inactive lists of reclaim
 * @active: on active lists
 * @unevictable: on the list of what cannot be reclaimed
 * @off_lru: on no list of reclaim
 * @gen: by generation of the multi-generational LRU, the youngest first
 * @dirty: to be written
 * @writeback: being written
 * @mapped: by any process
 */
struct mms_ram_row {
	u8 use;
	s32 node;
	u64 folios, size;
	u64 inactive, active, unevictable, off_lru;
	u64 gen[MMS_RAM_GENS];
	u64 dirty, writeback, mapped;
};

/**
 * struct mms_ram_total - whether the sum closes
 * @managed: what the page allocator says it manages (/proc/zoneinfo)
 * @sum: of all rows but reserved
 * @difference: @managed less @sum
 * @reserved: frames that have a struct page and are not managed
 * @kernel: the part of @sum that no page tells the use of
 * @stacks: kernel stacks, which have a row of their own, 0 if the source does not tell
 * @kernel_stacks: all of them, by /proc/meminfo
 * @vmalloc: what /proc/meminfo says that @kernel and @stacks hold
 * @percpu: see @vmalloc
 */
struct mms_ram_total {
	u64 managed, sum;
	s64 difference;
	u64 reserved, kernel, stacks;
	u64 kernel_stacks, vmalloc, percpu;
};

/**
 * struct mms_pages_total - pages with the same flags
 * @kpf: the flags
 * @pages: how many
 * @size: the same in bytes
 */
struct mms_pages_total {
	u64 kpf, pages, size;
};

/**
 * struct mms_page_place - where a page frame is, in other files' words
 * @memory_block: number of the memory block, as in /sys/devices/system/memory
 * @block_size: of each of them, 0 if there are none
 * @cgroup: path of the memory cgroup, "" for none, or one that is gone
 */
struct mms_page_place {
	u64 memory_block, block_size;
	char cgroup[4096];
};

extern const struct mms_model mms_model_page_place;
extern const struct mms_model mms_model_ram;
extern const struct mms_model mms_model_ram_total;
extern const struct mms_model mms_model_pages_total;

/* What a row of pfns is used for. */
enum mms_use mms_use_of(const struct mms_pfns_rec *rec);
const char *mms_use_text(unsigned int use);
/* Add a row of pfns. */
void mms_ram_row_add(struct mms_ram_row *row, const struct mms_pfns_rec *rec,
		     unsigned int page_shift);
void mms_ram_row_sum(struct mms_ram_row *sum, const struct mms_ram_row *row);

/* What a page is, as far as its flags in /proc/kpageflags tell. */
enum mms_folio_kind mms_kpf_kind(u64 kpf);

/*
 * The flags of the further pages of a folio, or of a free block, from those of
 * the first.
 */
u64 mms_kpf_tail(u64 kpf);

#endif /* MMS_MODEL_PFNS_H */
