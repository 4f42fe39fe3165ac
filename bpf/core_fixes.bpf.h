/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where kernels differ in what the programs read: one function for each
 * difference, which asks the running kernel's BTF and never for its version.
 * The type of the other kernel has the same name with "___" and a word behind:
 * the loader takes it for the kernel's own. vmlinux.h and bpf_core_read.h come first.
 */
#ifndef MMS_BPF_CORE_FIXES_H
#define MMS_BPF_CORE_FIXES_H

#include "ksyms.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct___cpu_bitmap {
	unsigned long cpu_bitmap[0];
};

struct mm_struct___flexible_array {
	char flexible_array[0];
};

struct mm_struct___global_asid {
	struct {
		u16 global_asid;
	} context;
};

/* ---- struct page ---- */

struct page___flags {
	unsigned long flags;
};

struct page___type {
	unsigned int page_type;
};

struct page___compound_head {
	unsigned long compound_head;
};

struct page___compound_info {
	unsigned long compound_info;
};

/* ---- swap ---- */

struct swap_info_struct___inuse {
	unsigned int inuse_pages;
};

struct swap_info_struct___inuse_atomic {
	atomic64_t inuse_pages;
};

struct swap_cluster_info___data {
	unsigned int data : 24;
	unsigned int flags : 8;
};

struct swap_cluster_info___count {
	u16 count;
};

/* ---- reclaim ---- */

struct trace_event_raw_mm_vmscan_lru_isolate___mode {
	unsigned int isolate_mode;
};

struct reclaim_stat___demoted {
	unsigned int nr_demoted;
};

/* ---- how much is resident ---- */

struct percpu_counter {
	s64 count;
	s32 *counters;
};

struct mm_rss_stat {
	atomic64_t count[4];
};

struct task_rss_stat {
	int count[4];
};

struct mm_struct___rss_percpu {
	struct percpu_counter rss_stat[4];
};

struct mm_struct___rss_atomic {
	struct mm_rss_stat rss_stat;
};

struct task_struct___rss {
	struct task_rss_stat rss_stat;
};

/* ---- folios ---- */

struct folio___order_byte {
	unsigned char _folio_order;
};

struct folio___flags_1 {
	unsigned long _flags_1;
};

#pragma clang attribute pop

enum pageflags___slab {
	PG_slab___slab = 1,
};

enum pagetype___slab {
	PGTY_slab___slab = 1,
};

/*
 * The address of the bits of mm_cpumask(), behind all members, or 0. The array has
 * another name since "mm: rename cpu_bitmap field to flexible_array", 6.19 and stable.
 */
static __always_inline u64 mms_mm_cpumask(const struct mm_struct *mm)
{
	const struct mm_struct___cpu_bitmap *bitmap = (const void *)mm;
	const struct mm_struct___flexible_array *array = (const void *)mm;

	if (bpf_core_field_exists(bitmap->cpu_bitmap))
		return (u64)mm + bpf_core_field_offset(bitmap->cpu_bitmap);
	if (bpf_core_field_exists(array->flexible_array))
		return (u64)mm + bpf_core_field_offset(array->flexible_array);
	return 0;
}

/*
 * The ASID that the address space has on all CPUs, 0 for none: with INVLPGB, since
 * "x86/mm: Add global ASID allocation helper functions", 6.15.
 */
static __always_inline u16 mms_mm_global_asid(const struct mm_struct *mm)
{
	const struct mm_struct___global_asid *global = (const void *)mm;

	if (!bpf_core_field_exists(global->context.global_asid))
		return 0;
	return BPF_CORE_READ(global, context.global_asid);
}

/* Whether @number is what this kernel's enum has for @name; it may have none. */
#define MMS_ENUM_IS(number, type, name)							\
	(bpf_core_enum_value_exists(type, name) && (number) == bpf_core_enum_value(type, name))

/* The struct that has a list's member, at @addr. */
#define mms_entry(addr, type, member) \
	((type *)((addr) - bpf_core_field_offset(type, member)))

/* ---- memory -------------------------------------------------------------- */

/*
 * The address of a variable of the kernel; 0 if it has none of this name, or more than
 * one, or does not say. It is looked for before the program is loaded, by an iterator
 * over symbols (ksyms.bpf.c): libbpf's __ksym would take it out of /proc/kallsyms, where
 * there are no addresses for who lacks CAP_SYSLOG. Going through all symbols takes a while:
 * static, and not SEC(), which keeps what is not used, so that nothing is looked for in vain.
 */
#define MMS_KSYM(name)									\
	static const volatile __u64 name __attribute__((section(MMS_KSYMS_SECTION), unused))

/* The same for the tool, mms_ksyms_of(): it is kept though no program uses it. */
#define MMS_KSYM_KEPT(name)	const volatile __u64 name SEC(MMS_KSYMS_SECTION)

/* Every kernel has it: where it is not found, variables are not, without KALLSYMS_ALL. */
MMS_KSYM(init_task);
/* Variables where KASLR moves the regions; x86's constants else. */
MMS_KSYM(page_offset_base);
MMS_KSYM(vmemmap_base);
MMS_KSYM(__per_cpu_offset);

#define PAGE_SHIFT	12
#define VMEMMAP_SIZE	(1ULL << 46)	/* more than any x86 has: 2^52 / 4096 * 64 */

static __always_inline u64 mms_read_u64(u64 at)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (const void *)at);
	return value;
}

/* What the variable at @variable says; @constant if this kernel has none; 0: not known */
static __always_inline u64 mms_base(u64 variable, u64 constant)
{
	if (!init_task)
		return 0;
	return variable ? mms_read_u64(variable) : constant;
}

static __always_inline u64 mms_page_offset(void)
{
	return mms_base(page_offset_base, 0xffff888000000000);
}

static __always_inline u64 mms_vmemmap(void)
{
	return mms_base(vmemmap_base, 0xffffea0000000000);
}

static __always_inline u64 mms_page_to_pfn(u64 page)
{
	return (page - mms_vmemmap()) / bpf_core_type_size(struct page);
}

static __always_inline u64 mms_page_to_virt(u64 page)
{
	return mms_page_offset() + (mms_page_to_pfn(page) << PAGE_SHIFT);
}

static __always_inline u64 mms_virt_to_page(u64 addr)
{
	return mms_vmemmap() +
	       ((addr - mms_page_offset()) >> PAGE_SHIFT) * bpf_core_type_size(struct page);
}

/* What is added to a pointer to memory of each CPU for @cpu; 0 if this kernel does not say. */
static __always_inline u64 mms_per_cpu_offset(u32 cpu)
{
	return __per_cpu_offset ? mms_read_u64(__per_cpu_offset + cpu * sizeof(u64)) : 0;
}

/* What a pointer to memory of each CPU means on @cpu; 0 if this kernel does not say. */
static __always_inline u64 mms_per_cpu(const void *pointer, u32 cpu)
{
	u64 offset = mms_per_cpu_offset(cpu);

	return offset && pointer ? (u64)pointer + offset : 0;
}

/*
 * The head of the compound page that @page is in. Since "mm: rename the 'compound_head'
 * field in the 'struct page' to 'compound_info'" and what follows it, 7.1, a tail may have
 * a mask that leads there: with HVO configured. No address of a struct page is as high.
 */
static __always_inline u64 mms_head_of(u64 page, u64 info)
{
	if (!(info & 1))
		return page;
	return info >> 32 == 0xffffffff ? page & info : info - 1;
}

static __always_inline u64 mms_compound_head(u64 page)
{
	const struct page___compound_head *old = (const void *)page;
	const struct page___compound_info *new = (const void *)page;
	u64 info = 0;

	if (bpf_core_field_exists(new->compound_info))
		info = BPF_CORE_READ(new, compound_info);
	else if (bpf_core_field_exists(old->compound_head))
		info = BPF_CORE_READ(old, compound_head);
	return mms_head_of(page, info);
}

/* ---- swap ---------------------------------------------------------------- */

/*
 * Slots in use. Since 6.14 an atomic_long_t with a bit in it (SWAP_USAGE_OFFLIST_BIT) that
 * says that the area is full: bit 30, and bit 62 since "mm, swap: fix
 * SWAP_USAGE_OFFLIST_BIT collision with real usage count".
 */
static __always_inline u64 mms_swap_used(const struct swap_info_struct *si)
{
	const struct swap_info_struct___inuse_atomic *new = (const void *)si;
	const struct swap_info_struct___inuse *old = (const void *)si;

	if (bpf_core_field_exists(new->inuse_pages)) {
		u64 used = BPF_CORE_READ(new, inuse_pages.counter) & ~(1ULL << 62);

		return used > BPF_CORE_READ(si, max) ? used & ~(1ULL << 30) : used;
	}
	return BPF_CORE_READ(old, inuse_pages);
}

/*
 * Slots of a cluster that are in use. What is free has another meaning of "data" there
 * until "mm: swap: swap cluster switch to double link list", 6.12.
 */
static __always_inline u32 mms_swap_cluster_count(const struct swap_cluster_info *ci)
{
	const struct swap_cluster_info___count *new = (const void *)ci;
	const struct swap_cluster_info___data *old = (const void *)ci;

	if (bpf_core_field_exists(new->count))
		return BPF_CORE_READ(new, count);
	if (BPF_CORE_READ_BITFIELD_PROBED(old, flags) & 1)	/* CLUSTER_FLAG_FREE */
		return 0;
	return BPF_CORE_READ_BITFIELD_PROBED(old, data);
}

/* ---- lru ----------------------------------------------------------------- */

/* CONFIG_LRU_GEN, since "mm: multi-gen LRU: groundwork", 6.1. */
static __always_inline bool mms_lru_has_generations(void)
{
	const struct lruvec *lruvec = NULL;

	return bpf_core_field_exists(lruvec->lrugen);
}

/*
 * The kernel's word at an address, 0 if there is none. The cast costs nothing and the
 * load is one instruction with a check, where the kernel has it: "bpf: Add kfunc
 * bpf_rdonly_cast", 6.2. The caller sets have_rdonly_cast, by the kernel's BTF. The
 * type only has to begin with 64 bits.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
const volatile bool have_rdonly_cast;

static __always_inline u64 mms_word_by(bool cast, u64 address)
{
	u64 word = 0;

	if (cast) {
		const u32 type = bpf_core_type_id_kernel(struct timespec64);
		const struct timespec64 *at = bpf_rdonly_cast((void *)address, type);

		return at->tv_sec;
	}
	bpf_probe_read_kernel(&word, sizeof(word), (void *)address);
	return word;
}

static __always_inline u64 mms_word(u64 address)
{
	return mms_word_by(have_rdonly_cast, address);
}

/*
 * The order of the folio that has the struct page at @page: a byte of the second page,
 * or the low byte of its flags since "mm: use folio->_flags_1 for the order", 6.6.
 */
static __always_inline u32 mms_folio_order(u64 page)
{
	const struct page___compound_head *old = (void *)page;
	const struct page___compound_info *new = (void *)page;
	const struct folio___order_byte *byte = (void *)page;
	const struct folio___flags_1 *flags = (void *)page;
	const u64 head_bit = 1UL << bpf_core_enum_value(enum pageflags, PG_head);
	u64 info = 0, head;

	if (bpf_core_field_exists(new->compound_info))
		info = mms_word(page + bpf_core_field_offset(new->compound_info));
	else if (bpf_core_field_exists(old->compound_head))
		info = mms_word(page + bpf_core_field_offset(old->compound_head));
	head = mms_head_of(page, info);
	if (!(info & 1) && !(mms_word(head) & head_bit))
		return 0;
	if (bpf_core_field_exists(byte->_folio_order))
		return mms_word((head + bpf_core_field_offset(byte->_folio_order)) & ~7UL) >>
			(bpf_core_field_offset(byte->_folio_order) % 8 * 8) & 0xff;
	return mms_word(head + bpf_core_field_offset(flags->_flags_1)) & 0xff;
}

/* ---- reclaim --------------------------------------------------------------- */

/*
 * A folio's flags: its first word on each kernel, whether it is a number or, since "mm:
 * introduce memdesc_flags_t", 6.18, a struct.
 */
static __always_inline u64 mms_folio_flags(const struct folio *folio)
{
	return mms_word((u64)folio);
}

/*
 * Pages that a batch has moved to slower memory: counted with the other
 * numbers of a batch on newer kernels, not on 6.1. False: it is not.
 */
static __always_inline bool mms_reclaim_demoted(const struct reclaim_stat *stat, u64 *ret_pages)
{
	const struct reclaim_stat___demoted *new = (const void *)stat;

	if (!bpf_core_field_exists(new->nr_demoted))
		return false;
	*ret_pages = BPF_CORE_READ(new, nr_demoted);
	return true;
}

/* An argument by its number: the compiler would load from a place that it has computed. */
static __always_inline u64 mms_arg(const u64 *args, const int number)
{
	u64 value;

	asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value) : "r"(args), "i"(number * 8));
	return value;
}

/*
 * The list that mm_vmscan_lru_isolate is about: an argument later until "mm: vmscan:
 * remove ISOLATE_UNMAPPED", 6.10.
 */
static __always_inline u32 mms_isolate_lru(const u64 *args)
{
	const struct trace_event_raw_mm_vmscan_lru_isolate___mode *old = NULL;

	if (bpf_core_field_exists(old->isolate_mode))
		return mms_arg(args, 7);
	return mms_arg(args, 6);
}

#endif /* MMS_BPF_CORE_FIXES_H */
