/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces: one calling convention over all kernels. */
#ifndef MMS_COMPAT_MM_H
#define MMS_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <linux/mmu_context.h>
#include "mms_config.h"

/**
 * mms_mm_counter() - one of an address space's RSS counters, in pages
 * @mm: the address space
 * @member: MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS or MM_SHMEMPAGES
 *
 * Exact where the kernel keeps per-CPU counters ("mm: convert mm's rss stats
 * into percpu_counter", 6.2); before that, each thread may hold back up to 64
 * pages, as in /proc/PID/status.
 *
 * Return: pages
 */
static inline unsigned long mms_mm_counter(struct mm_struct *mm, int member)
{
#ifdef MMS_HAVE_MM_RSS_PERCPU
	return percpu_counter_sum_positive(&mm->rss_stat[member]);
#else
	return get_mm_counter(mm, member);
#endif
}

/* "mm: add bitmap mm->flags field", 6.18 */
static inline bool mms_mm_flag(const struct mm_struct *mm, int flag)
{
#ifdef MMS_HAVE_MM_FLAGS_BITMAP
	return mm_flags_test(flag, mm);
#else
	return test_bit(flag, &mm->flags);
#endif
}

/* "prctl: extend PR_SET_THP_DISABLE to optionally exclude VM_HUGEPAGE", 6.18 */
static inline bool mms_mm_thp_disabled(const struct mm_struct *mm)
{
#ifdef MMF_DISABLE_THP_COMPLETELY
	return mms_mm_flag(mm, MMF_DISABLE_THP_COMPLETELY) ||
	       mms_mm_flag(mm, MMF_DISABLE_THP_EXCEPT_ADVISED);
#else
	return mms_mm_flag(mm, MMF_DISABLE_THP);
#endif
}

/* "mm: add new api to enable ksm per process", 6.4 */
static inline bool mms_mm_ksm_merge(const struct mm_struct *mm)
{
#ifdef MMF_VM_MERGE_ANY
	return mms_mm_flag(mm, MMF_VM_MERGE_ANY);
#else
	return false;
#endif
}

/* Linear address masking, 6.4; ~0 where there is none */
static inline u64 mms_mm_untag_mask(struct mm_struct *mm)
{
#ifdef MMS_HAVE_MM_UNTAG_MASK
	return mm_untag_mask(mm);
#else
	return ~0ULL;
#endif
}

#endif /* MMS_COMPAT_MM_H */
