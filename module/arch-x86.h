/* SPDX-License-Identifier: GPL-2.0-only */
/* x86-64: entries of all levels have one format, and levels count 5 or 4. */
#ifndef MMS_ARCH_X86_H
#define MMS_ARCH_X86_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/cpufeature.h>
#include "compat/mm.h"
#include "uapi/mmscope.h"

/* Is there a P4D level, or is it folded into the PGD? */
static inline bool mms_arch_five_levels(void)
{
	return pgtable_l5_enabled();
}

/**
 * mms_level_shift() - log2 of the bytes an entry of a level covers
 * @level: MMS_LEVEL_PTE ... MMS_LEVEL_PGD
 *
 * Return: the bit of an address
 */
static __always_inline unsigned int mms_level_shift(unsigned int level)
{
	if (level == MMS_LEVEL_PGD)
		return PGDIR_SHIFT;
	return PAGE_SHIFT + 9 * (level - MMS_LEVEL_PTE);
}

/* The level below, stepping over a folded P4D. */
static __always_inline unsigned int mms_level_below(unsigned int level)
{
	if (level == MMS_LEVEL_PGD && !mms_arch_five_levels())
		return MMS_LEVEL_PUD;
	return level - 1;
}

static __always_inline unsigned long mms_level_size(unsigned int level)
{
	return 1UL << mms_level_shift(level);
}

static __always_inline unsigned int mms_level_index(unsigned int level, unsigned long addr)
{
	return (addr >> mms_level_shift(level)) & (PTRS_PER_PTE - 1);
}

/* Does the entry hold the address of another table? */
static __always_inline bool mms_entry_table(unsigned int level, u64 e)
{
	return level > MMS_LEVEL_PTE && (e & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT;
}

/*
 * Does it map a page? PROT_NONE and NUMA hints clear PRESENT and set PROTNONE;
 * a huge leaf that is being split keeps PSE only.
 */
static __always_inline bool mms_entry_present(unsigned int level, u64 e)
{
	return e & (_PAGE_PRESENT | _PAGE_PROTNONE | (level > MMS_LEVEL_PTE ? _PAGE_PSE : 0));
}

/* Present to the kernel, not to the processor: PROT_NONE or a NUMA hint. */
static __always_inline bool mms_entry_protnone(u64 e)
{
	return (e & (_PAGE_PRESENT | _PAGE_PROTNONE)) == _PAGE_PROTNONE;
}

/* Present to the processor. */
static __always_inline bool mms_entry_hw_present(u64 e)
{
	return e & _PAGE_PRESENT;
}

/* MMS_MAY_* of an entry; what an address may is what the entries of all levels have in common. */
static __always_inline u8 mms_entry_rights(u64 e)
{
	return (e & _PAGE_RW ? MMS_MAY_WRITE : 0) | (e & _PAGE_NX ? 0 : MMS_MAY_EXEC) |
	       (e & _PAGE_USER ? MMS_MAY_USER : 0);
}

/* PFN of a present entry or of the table it holds. */
static __always_inline unsigned long mms_entry_pfn(unsigned int level, u64 e)
{
	u64 mask = PTE_PFN_MASK;

	if (level > MMS_LEVEL_PTE && !mms_entry_table(level, e))
		mask &= ~(u64)_PAGE_PAT_LARGE;
	if (unlikely(!(e & _PAGE_PRESENT)))
		e = ~e;		/* against L1TF the address is kept inverted */
	return (e & mask) >> PAGE_SHIFT;
}

/* Bits that do not take part in a comparison of attributes. */
#ifdef _PAGE_SAVED_DIRTY	/* "x86/mm: Introduce _PAGE_SAVED_DIRTY", 6.6 */
#define MMS_ENTRY_DIRTY_BITS	(_PAGE_DIRTY | _PAGE_SAVED_DIRTY)
#else
#define MMS_ENTRY_DIRTY_BITS	_PAGE_DIRTY
#endif
#define MMS_ENTRY_SOFT_DIRTY	_PAGE_SOFT_DIRTY
/*
 * Write-protected by userfaultfd. Since 7.3 the same bit stands for its read-write
 * protection, too, and has the name without WP.
 */
#ifdef _PAGE_UFFD_WP
#define MMS_ENTRY_UFFD_WP	_PAGE_UFFD_WP
#else
#define MMS_ENTRY_UFFD_WP	_PAGE_UFFD
#endif
/* What the processor and the kernel set as a page is used. */
#define MMS_ENTRY_HISTORY_BITS	(_PAGE_ACCESSED | MMS_ENTRY_DIRTY_BITS | _PAGE_SOFT_DIRTY)

/* The bits that hold the PFN, or the offset of a swap entry. */
static __always_inline u64 mms_entry_pfn_bits(unsigned int level, u64 e)
{
	if (mms_entry_present(level, e))
		return PTE_PFN_MASK;
	return GENMASK_ULL(63 - SWP_TYPE_BITS, SWP_OFFSET_FIRST_BIT);
}

/* Bits that tell of the past and not of what is mapped, and how. */
static __always_inline u64 mms_entry_history_bits(unsigned int level, u64 e)
{
	return mms_entry_present(level, e) ? MMS_ENTRY_HISTORY_BITS : _PAGE_SWP_SOFT_DIRTY;
}

static __always_inline bool mms_entry_special(u64 e)
{
	return e & _PAGE_SPECIAL;
}

/*
 * A PTE of which the most is so: it maps a page, to the processor as well, and
 * is not special. Its PFN is found without asking for the exceptions.
 */
static __always_inline bool mms_entry_plain(u64 e)
{
	return (e & (_PAGE_PRESENT | _PAGE_SPECIAL)) == _PAGE_PRESENT;
}

#define MMS_ENTRY_PLAIN_PFN	PTE_PFN_MASK

static __always_inline unsigned long mms_entry_plain_pfn(u64 e)
{
	return (e & MMS_ENTRY_PLAIN_PFN) >> PAGE_SHIFT;
}

/* What a plain PTE is known by that maps a frame: (e & mask) == mms_entry_plain_of(pfn). */
static __always_inline u64 mms_entry_plain_mask(void)
{
	return MMS_ENTRY_PLAIN_PFN | _PAGE_PRESENT | _PAGE_SPECIAL;
}

static __always_inline u64 mms_entry_plain_of(unsigned long pfn)
{
	return (u64)pfn << PAGE_SHIFT | _PAGE_PRESENT;
}

static __always_inline bool mms_entry_young(u64 e)
{
	return e & _PAGE_ACCESSED;
}

static __always_inline bool mms_entry_dirty(u64 e)
{
	return e & MMS_ENTRY_DIRTY_BITS;
}

/* The bits of an entry that hold a table's address; a variable, for loops to take along. */
static __always_inline u64 mms_table_mask(void)
{
	return PTE_PFN_MASK;
}

/* Where the next table is, in the direct map. */
static __always_inline u64 *mms_entry_next_by(u64 e, u64 mask)
{
	return __va(e & mask);
}

static __always_inline u64 *mms_entry_next(u64 e)
{
	return mms_entry_next_by(e, mms_table_mask());
}

static inline bool mms_arch_pti(void)
{
	return boot_cpu_has(X86_FEATURE_PTI);
}

/* The PGD that user mode runs on under KPTI: the second page of the pair. */
static inline pgd_t *mms_arch_user_pgd(pgd_t *pgd)
{
	return (pgd_t *)((unsigned long)pgd | PAGE_SIZE);
}

/**
 * mms_arch_summary() - what the architecture keeps with an address space
 * @rec: the record
 * @mm: the address space
 */
static inline void mms_arch_summary(struct mms_summary_rec *rec, struct mm_struct *mm)
{
	rec->levels = mms_arch_five_levels() ? 5 : 4;
	rec->pti = mms_arch_pti();
	rec->pgd_phys = __pa(mm->pgd);
	if (rec->pti)
		rec->user_pgd_phys = __pa(mms_arch_user_pgd(mm->pgd));
	rec->ctx_id = mm->context.ctx_id;
	rec->tlb_gen = atomic64_read(&mm->context.tlb_gen);
	rec->vdso = (unsigned long)mm->context.vdso;
	rec->pkeys = boot_cpu_has(X86_FEATURE_OSPKE);
#ifdef CONFIG_X86_INTEL_MEMORY_PROTECTION_KEYS
	rec->pkey_allocation_map = mm->context.pkey_allocation_map;
#endif
	rec->lam_untag_mask = mms_mm_untag_mask(mm);
}

/* First address of the kernel's half. */
static inline unsigned long mms_arch_kernel_start(void)
{
	return mms_arch_five_levels() ? 0xff00000000000000UL : 0xffff800000000000UL;
}

/* First address above the user half. */
static inline unsigned long mms_arch_user_end(void)
{
	return mms_arch_five_levels() ? 1UL << 56 : 1UL << 47;
}

#endif /* MMS_ARCH_X86_H */
