/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What thp.bpf.c and the tool share. */
#ifndef MMS_BPF_THP_H
#define MMS_BPF_THP_H

#include "trace.h"

/* What happened to a huge page: X(NAME, word, text). */
#define MMS_THP_CAUSES(X)								\
	X(COLLAPSE, "collapse", "small pages of anonymous memory were to become a huge page") \
	X(COLLAPSE_FILE, "collapse-file", "small pages of a file or shmem were to become a huge page") \
	X(SPLIT, "split", "a large folio was to be split")				\
	X(SPLIT_PMD, "split-pmd", "a mapping by a PMD was replaced by 512 small ones, the folio stays") \
	X(FAULT, "fault", "a fault in anonymous memory asked for a huge page")

enum mms_thp_cause {
#define MMS_X(name, word, text) MMS_THP_##name,
	MMS_THP_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_THP_CAUSES
};

/*
 * Results of a collapse, by their names in enum scan_result, mm/khugepaged.c, of all
 * kernels: the numbers are not the same everywhere.
 */
#define MMS_SCAN_RESULTS(X)								\
	X(FAIL, "failed", "none of the other reasons")					\
	X(SUCCEED, "succeeded", "it was done")						\
	X(PMD_NULL, "pmd-null", "there are no page tables")				\
	X(PMD_NONE, "pmd-none", "there is no table of PTEs")				\
	X(NO_PTE_TABLE, "no-pte-table", "there is no table of PTEs")			\
	X(PMD_MAPPED, "pmd-mapped", "it is a huge page already")			\
	X(EXCEED_NONE_PTE, "exceed-none-pte", "more is empty than max_ptes_none allows") \
	X(EXCEED_SWAP_PTE, "exceed-swap-pte", "more is swapped out than max_ptes_swap allows") \
	X(EXCEED_SHARED_PTE, "exceed-shared-pte", "more is shared than max_ptes_shared allows") \
	X(PTE_NON_PRESENT, "pte-non-present", "an entry is neither present nor swap")	\
	X(PTE_UFFD_WP, "pte-uffd-wp", "userfaultfd protects an entry")			\
	X(PTE_UFFD, "pte-uffd", "userfaultfd protects an entry")			\
	X(PTE_MAPPED_HUGEPAGE, "pte-mapped-hugepage", "it is a huge page, mapped by PTEs") \
	X(PAGE_RO, "page-ro", "nothing of it can be written")				\
	X(LACK_REFERENCED_PAGE, "lack-referenced-page", "too little was referenced")	\
	X(PAGE_NULL, "page-null", "an entry has no page that is managed")		\
	X(SCAN_ABORT, "scan-abort", "its pages are on nodes too far from each other")	\
	X(PAGE_COUNT, "page-count", "somebody else holds a page: it is pinned or shared") \
	X(PAGE_LRU, "page-lru", "a page is not on the LRU lists")			\
	X(PAGE_LOCK, "page-lock", "a page is locked")					\
	X(PAGE_ANON, "page-anon", "a page is not anonymous")				\
	X(PAGE_LAZYFREE, "page-lazyfree", "a page waits to be freed after MADV_FREE")	\
	X(PAGE_COMPOUND, "page-compound", "a page is part of a large folio")		\
	X(ANY_PROCESS, "no-process", "the process has ended")				\
	X(VMA_NULL, "vma-null", "there is no VMA any more")				\
	X(VMA_CHECK, "vma-check", "the VMA may not have huge pages")			\
	X(ADDRESS_RANGE, "address-range", "the VMA does not cover it")			\
	X(DEL_PAGE_LRU, "del-page-lru", "a page could not be taken off the LRU lists")	\
	X(ALLOC_HUGE_PAGE_FAIL, "alloc-huge-page-fail", "no huge page was to be had")	\
	X(CGROUP_CHARGE_FAIL, "cgroup-charge-fail", "the memory cgroup has no room for it") \
	X(TRUNCATED, "truncated", "the file has become shorter")			\
	X(PAGE_HAS_PRIVATE, "page-has-private", "the file system keeps data with a page") \
	X(STORE_FAILED, "store-failed", "the page cache had no room")			\
	X(COPY_MC, "copy-mc", "the memory of a page is broken")				\
	X(PAGE_FILLED, "page-filled", "a hole of the file was filled meanwhile")	\
	X(PAGE_DIRTY_OR_WRITEBACK, "page-dirty-or-writeback", "a page of the file is dirty or being written")

/* All results: X(NAME, word, text). */
#define MMS_THP_RESULTS(X)								\
	X(UNKNOWN, "unknown", "a result that is not known here, see returned")		\
	MMS_SCAN_RESULTS(X)								\
	X(ZERO, "zero", "the shared huge zero page")					\
	X(FALLBACK, "fallback", "no huge page was to be had, so it got small ones")	\
	X(BUSY, "busy", "the folio is being written, or nobody has it any more")	\
	X(PINNED, "pinned", "somebody else holds the folio")				\
	X(INVALID, "invalid", "it cannot be split so")					\
	X(NO_MEMORY, "no-memory", "no memory for it")

enum mms_thp_result {
#define MMS_X(name, word, text) MMS_THP_RESULT_##name,
	MMS_THP_RESULTS(MMS_X)
#undef MMS_X
	MMS_NR_THP_RESULTS
};

/* Bits of mms_thp.marks. */
#define MMS_THP_HAS_ADDRESS	(1U << 0) /* address and target mean something */
#define MMS_THP_HAS_PFN		(1U << 1) /* pfn does */
#define MMS_THP_SCANNED		(1U << 2) /* none does */
#define MMS_THP_SWAP		(1U << 3) /* swapped does */
#define MMS_THP_ANON		(1U << 4) /* of a process, not of a file */
#define MMS_THP_RETURNS		(1U << 5) /* returned means something */
#define MMS_THP_REFERENCED	(1U << 6) /* referenced does */

/**
 * struct mms_thp - what was done, or tried, with one huge page
 * @event: who did it; khugepaged does it for others
 * @address: of the process's memory, where it begins
 * @pfn: first page frame of the folio
 * @target: the process whose memory it is, in the initial pid namespace
 * @returned: what the function returned
 * @referenced: PTEs that were referenced, as khugepaged has counted
 * @none: PTEs without a page, as collapse has counted
 * @swapped: PTEs that were swapped out, as collapse has counted
 * @marks: MMS_THP_*
 * @cause: enum mms_thp_cause
 * @result: enum mms_thp_result
 * @order: of the folio
 * @new_order: that it was split into
 * @pad: 0
 */
struct mms_thp {
	struct mms_event event;
	__u64 address;
	__u64 pfn;
	__u32 target;
	__s32 returned;
	__u32 referenced;
	__u32 none;
	__u32 swapped;
	__u32 marks;
	__u8 cause;
	__u8 result;
	__u8 order;
	__u8 new_order;
	__u32 pad;
};

#endif /* MMS_BPF_THP_H */
