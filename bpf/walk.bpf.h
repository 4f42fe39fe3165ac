/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables from within a program: the entry that maps an address, at the
 * lowest level there is. Nothing is locked; a table that is freed meanwhile is
 * still memory that can be read, and what it says is no worse than old.
 * core_fixes.bpf.h and common.bpf.h come before.
 */
#ifndef MMS_BPF_WALK_H
#define MMS_BPF_WALK_H

/* arch/x86/include/asm/pgtable_types.h */
#define PTE_PRESENT	(1UL << 0)
#define PTE_RW		(1UL << 1)
#define PTE_ACCESSED	(1UL << 5)
#define PTE_DIRTY	(1UL << 6)
#define PTE_PSE		(1UL << 7)
#define PTE_PROTNONE	(1UL << 8)	/* only where PRESENT is not set */
#define PTE_SPECIAL	(1UL << 9)
#define PTE_UFFD_WP	(1UL << 10)
#define PTE_SOFT_DIRTY	(1UL << 11)
#define PTE_PHYS	0x000ffffffffff000UL
#define PGDIR_5_LEVELS	48		/* pgdir_shift then */

/* Variables where there may be five levels, and where memory may be encrypted (SME, SEV, TDX). */
MMS_KSYM(pgdir_shift);
MMS_KSYM(physical_mask);
MMS_KSYM(huge_zero_pfn);

/*
 * What of the kernel's map is needed, read once. Not static: the compiler would
 * split a struct, and BTF cannot say that.
 */
__u64 walk_page_offset;	/* where all of RAM is mapped */
__u64 walk_vmemmap;	/* where struct pages are */
__u64 walk_phys; /* bits of an entry that are an address, without that of encryption */
__u64 walk_five;		/* five levels */

static __always_inline void walk_prepare(void)
{
	if (walk_page_offset)
		return;
	walk_vmemmap = mms_vmemmap();
	walk_phys = PTE_PHYS;
	if (physical_mask)
		walk_phys &= mms_word(physical_mask);
	walk_five = pgdir_shift && (mms_word(pgdir_shift) & 0xff) == PGDIR_5_LEVELS;
	walk_page_offset = mms_page_offset();
}

static __always_inline u64 walk_table(u64 entry)
{
	return walk_page_offset + (entry & walk_phys);
}

/* An entry of the level that is shifted by @shift, in the table at @table. */
static __always_inline u64 walk_slot(u64 table, u64 address, u32 shift)
{
	return table + (address >> shift & 511) * sizeof(u64);
}

/**
 * struct walk - settings of a walk, read once for all levels: a setting that is looked at
 *	costs as much as a level
 * @base: where all of RAM is mapped
 * @phys: bits of an entry that are an address
 * @cast: how words are read, mms_word_by()
 */
struct walk {
	u64 base;
	u64 phys;
	bool cast;
};

static __always_inline u64 walk_down(const struct walk *w, u64 entry, u64 address, u32 shift)
{
	return mms_word_by(w->cast, walk_slot(w->base + (entry & w->phys), address, shift));
}

/* From the PMD's entry on, which is at @pmd. */
static __always_inline void walk_last(const struct walk *w, u64 pmd, u64 address, u8 *ret_level,
				      u64 *ret_entry)
{
	u64 entry = mms_word_by(w->cast, pmd);
	u8 level = 2;

	/* A huge page for which NUMA balancing asks is not present, but PSE. */
	if (entry & PTE_PRESENT && !(entry & PTE_PSE)) {
		entry = walk_down(w, entry, address, 12);
		level = 1;
	}
	*ret_level = level;
	*ret_entry = entry;
}

static __always_inline u64 walk_first(const struct walk *w, u64 pgd, u64 address, u8 *ret_level,
				      u64 *ret_entry)
{
	u64 entry, pmd = 0;
	u8 level = 4;

	if (walk_five) {
		entry = mms_word_by(w->cast, walk_slot(pgd, address, 48));
		level = 5;
		if (!(entry & PTE_PRESENT))
			goto out;
		entry = walk_down(w, entry, address, 39);
		level = 4;
	} else {
		entry = mms_word_by(w->cast, walk_slot(pgd, address, 39));
	}
	if (!(entry & PTE_PRESENT))
		goto out;
	entry = walk_down(w, entry, address, 30);
	level = 3;
	if (!(entry & PTE_PRESENT) || entry & PTE_PSE)
		goto out;
	pmd = walk_slot(w->base + (entry & w->phys), address, 21);
	walk_last(w, pmd, address, ret_level, ret_entry);
	return pmd;
out:
	*ret_level = level;
	*ret_entry = entry;
	return 0;
}

/*
 * The entry into @ret_entry, its level into @ret_level. Where the PMD's entry is, so
 * that it need not be looked for again as long as the VMA stays; 0: there is none.
 */
static __always_inline u64 walk(u64 pgd, u64 address, u8 *ret_level, u64 *ret_entry)
{
	struct walk w = { .base = walk_page_offset, .phys = walk_phys };

	if (!have_rdonly_cast)
		return walk_first(&w, pgd, address, ret_level, ret_entry);
	w.cast = true;
	return walk_first(&w, pgd, address, ret_level, ret_entry);
}

/* The same from the PMD's entry on, which is at @pmd. */
static __always_inline void walk_pmd(u64 pmd, u64 address, u8 *ret_level, u64 *ret_entry)
{
	struct walk w = { .base = walk_page_offset, .phys = walk_phys };

	if (have_rdonly_cast) {
		w.cast = true;
		walk_last(&w, pmd, address, ret_level, ret_entry);
	} else {
		walk_last(&w, pmd, address, ret_level, ret_entry);
	}
}

/* The frame that an entry of a level maps at an address. */
static __always_inline u64 walk_pfn(u64 entry, u32 level, u64 address)
{
	u64 pfn = (entry & walk_phys) >> 12;

	if (level == 2)
		return (pfn & ~511UL) | (address >> 12 & 511);
	if (level == 3)
		return (pfn & ~0x3ffffUL) | (address >> 12 & 0x3ffff);
	return pfn;
}

/* swp_entry_t of a PTE of swap: __swp_type() and __swp_offset(), asm/pgtable_64.h */
static __always_inline u64 swap_of_entry(u64 entry)
{
	return entry >> 59 << 58 | ~entry << 5 >> 14;
}

#endif /* MMS_BPF_WALK_H */
