/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for KSM. */
#ifndef MMS_BPF_CORE_FIXES_KSM_H
#define MMS_BPF_CORE_FIXES_KSM_H

#include "core_fixes.bpf.h"

/* Variables of mm/ksm.c; pages are counted since "mm/ksm: add pages scanned metric", 6.6. */
MMS_KSYM(ksm_scan);
MMS_KSYM(ksm_rmap_items);
MMS_KSYM(ksm_pages_scanned);
/* Renamed by "mm: rename my_zero_pfn() to zero_pfn()", 7.1. */
MMS_KSYM(zero_pfn);
MMS_KSYM(zero_page_pfn);

static __always_inline bool mms_is_zero_pfn(u64 pfn)
{
	if (zero_page_pfn)
		return pfn == mms_word(zero_page_pfn);
	return zero_pfn && pfn == mms_word(zero_pfn);
}

#define PTE_DIRTY_BITS	(1ULL << 6 | 1ULL << 58) /* one of them, where there are shadow stacks */

/*
 * Whether KSM has put the zero page there: it makes the entry dirty since "ksm: support
 * unsharing KSM-placed zero pages", 6.6. Before, nobody can tell.
 */
static __always_inline bool mms_is_ksm_zero(u64 entry, u64 pfn)
{
	return entry & PTE_DIRTY_BITS && mms_is_zero_pfn(pfn);
}

#endif /* MMS_BPF_CORE_FIXES_KSM_H */
