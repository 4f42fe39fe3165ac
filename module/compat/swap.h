/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Non-present entries. The kernel has called them swap entries and, since
 * "mm: introduce leaf entry type", 6.19, soft leaves; the format underneath
 * and the names of its types are the same on all of them.
 */
#ifndef MMS_COMPAT_SWAP_H
#define MMS_COMPAT_SWAP_H

#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include "../uapi/mmscope.h"

static inline enum mms_kind mms_marker_kind(unsigned long marker)
{
#ifdef PTE_MARKER_GUARD		/* "mm: madvise: implement lightweight guard page mechanism", 6.13 */
	if (marker & PTE_MARKER_GUARD)
		return MMS_KIND_guard;
#endif
#ifdef PTE_MARKER_POISONED	/* "mm: make PTE_MARKER_SWAPIN_ERROR more general", 6.6 */
	if (marker & PTE_MARKER_POISONED)
		return MMS_KIND_poison;
#endif
	return marker & PTE_MARKER_UFFD_WP ? MMS_KIND_uffdwp : MMS_KIND_other;
}

/**
 * mms_nonpresent_kind() - what a non-present, non-empty entry stands for
 * @pte: the entry; at a higher level, its value taken for a PTE's
 * @ret_type: number of the swap area, set for MMS_KIND_swap only
 * @ret_offset: offset in the swap area, or the PFN, or 0
 *
 * Return: its kind
 */
static inline enum mms_kind mms_nonpresent_kind(pte_t pte, u8 *ret_type,
						u64 *ret_offset)
{
	swp_entry_t entry = __pte_to_swp_entry(pte_swp_clear_flags(pte));
	unsigned int type = __swp_type(entry);
	unsigned long offset = __swp_offset(entry);

	if (type < MAX_SWAPFILES) {
		*ret_type = type;
		*ret_offset = offset;
		return MMS_KIND_swap;
	}
	switch (type) {
#ifdef CONFIG_MIGRATION
	case SWP_MIGRATION_READ:
	case SWP_MIGRATION_READ_EXCLUSIVE:
	case SWP_MIGRATION_WRITE:
		*ret_offset = offset & SWP_PFN_MASK;
		return MMS_KIND_migration;
#endif
#ifdef CONFIG_DEVICE_PRIVATE
	case SWP_DEVICE_READ:
	case SWP_DEVICE_WRITE:
		*ret_offset = offset & SWP_PFN_MASK;
		return MMS_KIND_devprivate;
#ifdef SWP_DEVICE_EXCLUSIVE_READ /* one type since "mm/rmap: convert make_device_exclusive_range()", 6.15 */
	case SWP_DEVICE_EXCLUSIVE_READ:
	case SWP_DEVICE_EXCLUSIVE_WRITE:
#else
	case SWP_DEVICE_EXCLUSIVE:
#endif
		*ret_offset = offset & SWP_PFN_MASK;
		return MMS_KIND_devexclusive;
#endif
#ifdef CONFIG_MEMORY_FAILURE
	case SWP_HWPOISON:
		*ret_offset = offset & SWP_PFN_MASK;
		return MMS_KIND_hwpoison;
#endif
#ifdef SWP_SWAPIN_ERROR		/* a type of its own until 6.2 */
	case SWP_SWAPIN_ERROR:
		return MMS_KIND_poison;
#endif
	case SWP_PTE_MARKER:
		return mms_marker_kind(offset & PTE_MARKER_MASK);
	}
	return MMS_KIND_other;
}

#endif /* MMS_COMPAT_SWAP_H */
