/* SPDX-License-Identifier: GPL-2.0-only */
/* What an entry holds: the one place that tells, for all views. */
#ifndef MMS_ENTRY_H
#define MMS_ENTRY_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include "arch.h"
#include "compat/swap.h"
#include "compat/vma.h"
#include "walk-folio.h"

/**
 * struct mms_entry - an entry taken apart
 * @kind: what it holds
 * @swap_type: number of the swap area, or MMS_NO_SWAP
 * @pfn: PFN, or offset in the swap area, or 0
 */
struct mms_entry {
	u8 kind;
	u8 swap_type;
	u64 pfn;
};

/*
 * A special entry maps the zero page or a frame that is not to be looked at.
 * The huge zero page became special with "mm/huge_memory: mark PMD mappings of
 * the huge zero folio special", 6.18; mms_huge_zero() tells it.
 */
static inline u8 mms_special_kind(const struct vm_area_struct *vma, unsigned int level, u64 pfn)
{
	if (level == MMS_LEVEL_PMD && !vma->vm_ops)
		return MMS_KIND_page;
	return is_zero_pfn(pfn) ? MMS_KIND_zero : MMS_KIND_device;
}

/**
 * mms_entry_decode() - take an entry apart
 * @vma: the VMA it belongs to, NULL in the kernel's half
 * @level: of the table it stands in
 * @e: its value, neither 0 nor a table's address
 * @ret: filled
 *
 * MMS_KIND_page may have to be corrected after a look at the folio, see
 * mms_entry_look().
 */
static __always_inline void mms_entry_decode(const struct vm_area_struct *vma,
					     unsigned int level, u64 e, struct mms_entry *ret)
{
	ret->swap_type = MMS_NO_SWAP;
	if (unlikely(!mms_entry_present(level, e))) {
		ret->pfn = 0;
		ret->kind = mms_nonpresent_kind(__pte(e), &ret->swap_type, &ret->pfn);
		return;
	}
	ret->pfn = mms_entry_pfn(level, e);
	ret->kind = MMS_KIND_page;
	if (unlikely(!vma))
		return;
	if (unlikely(mms_entry_protnone(e))) {
		ret->kind = mms_protnone_kind(vma, e & MMS_ENTRY_UFFD_WP);
		/* it counts as the zero page, whoever may read it */
		if (level == MMS_LEVEL_PTE && mms_entry_special(e) && is_zero_pfn(ret->pfn))
			ret->kind = MMS_KIND_zero;
	} else if (unlikely(mms_entry_special(e))) {
		ret->kind = mms_special_kind(vma, level, ret->pfn);
	} else if (unlikely(level > MMS_LEVEL_PTE && (vma->vm_flags & VM_PFNMAP))) {
		ret->kind = MMS_KIND_device;
	}
}

/* Does the entry hold a PFN whose folio can be looked at? */
static __always_inline bool mms_kind_has_pfn(unsigned int kind)
{
	const u32 kinds = BIT(MMS_KIND_page) | BIT(MMS_KIND_zero) | BIT(MMS_KIND_device) |
			  MMS_KINDS_NO_ACCESS | BIT(MMS_KIND_migration) |
			  BIT(MMS_KIND_devexclusive) | BIT(MMS_KIND_devprivate) |
			  BIT(MMS_KIND_hwpoison);

	return BIT(kind) & kinds;
}

/**
 * mms_huge_zero() - is this the shared huge zero folio?
 * @vma: the VMA that maps it, or NULL
 * @level: by a leaf of which level
 * @folio: the folio
 *
 * The kernel's own test needs a variable that is not exported. But it is the
 * only folio that a PMD of an anonymous VMA maps and that belongs to nothing.
 *
 * Return: true if it is
 */
static inline bool mms_huge_zero(struct vm_area_struct *vma, unsigned int level,
				 const struct folio *folio)
{
	return level == MMS_LEVEL_PMD && vma && vma_is_anonymous(vma) &&
	       !READ_ONCE(folio->mapping);
}

bool mms_entry_look(struct mms_folio_look *look, struct vm_area_struct *vma,
		    unsigned int level, u64 *live, u64 e, struct mms_entry *entry,
		    struct mms_folio_part *ret_info, bool *ret_raced);

#endif /* MMS_ENTRY_H */
