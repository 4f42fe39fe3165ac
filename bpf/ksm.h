/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What ksm.bpf.c and the tool share. */
#ifndef MMS_BPF_KSM_H
#define MMS_BPF_KSM_H

#include "trace.h"

/* What happened to a page, a process or a scan of KSM: X(NAME, word, text). */
#define MMS_KSM_CAUSES(X)								\
	X(NEW, "new",								\
	  "two pages are the same: the first of two addresses that have a new KSM page") \
	X(MERGE, "merge", "a further address has a KSM page now")		\
	X(FORK, "fork", "a KSM page that a process has got by fork was found there, too") \
	X(ZERO, "zero", "a page of zeros was replaced by the zero page (use_zero_pages)") \
	X(FAILED, "failed", "a page was to be merged, and was not, see result")		\
	X(COW, "cow", "a write made a copy of a KSM page")				\
	X(COW_ZERO, "cow-zero", "a write to a zero page that KSM had put there")	\
	X(UNMERGE, "unmerge", "a copy was made as sharing was switched off: MADV_UNMERGEABLE, prctl(), run") \
	X(UNDONE, "undone", "a copy was made as the other page could not be merged")	\
	X(SWAPIN, "swapin", "swapped in, where it could not be what it was before: a copy") \
	X(DROP, "drop", "ksmd found that a process has the KSM page no more")		\
	X(GONE, "gone", "ksmd found that a KSM page is there no more")			\
	X(ENTER, "enter", "a process is to be scanned from now on")			\
	X(EXIT, "exit", "a process that was scanned exits")				\
	X(SCAN, "scan", "ksmd has looked at all there is to be scanned")		\
	X(ADVISOR, "advisor", "pages_to_scan was set by how the last scan went")

enum mms_ksm_cause {
#define MMS_X(name, word, text) MMS_KSM_##name,
	MMS_KSM_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_KSM_CAUSES
};

/* What came of it, where something was tried: X(NAME, word, text). */
#define MMS_KSM_RESULTS(X)								\
	X(NONE, "none", "nothing was tried")						\
	X(DONE, "done", "it was done")							\
	X(NO_VMA, "no-vma", "there is no VMA any more that may be merged")		\
	X(BUSY, "busy", "the page is locked, is no anonymous one, or its folio cannot be split") \
	X(IN_USE, "in-use", "somebody else holds the page (it is pinned), or it is not mapped any more") \
	X(CHANGED, "changed", "it is not the same any more")

enum mms_ksm_result {
#define MMS_X(name, word, text) MMS_KSM_RESULT_##name,
	MMS_KSM_RESULTS(MMS_X)
#undef MMS_X
};

/* Bits of mms_ksm.marks. */
#define MMS_KSM_HAS_ADDRESS	(1U << 0) /* address means something */
#define MMS_KSM_HAS_PFN		(1U << 1) /* pfn does */
#define MMS_KSM_HAS_OWN		(1U << 2) /* own_pfn does */
#define MMS_KSM_HAS_SHARERS	(1U << 3) /* sharers does */
#define MMS_KSM_HAS_LATENCY	(1U << 4) /* the event's latency does */
#define MMS_KSM_HAS_PAGES	(1U << 5) /* pages does */
#define MMS_KSM_HAS_PERCENT	(1U << 6) /* percent does */

/**
 * struct mms_ksm - one page, process or scan of KSM
 * @event: who did it: mostly ksmd, for others
 * @address: of the page in the process
 * @pfn: of the KSM page, or the zero page
 * @own_pfn: of the page that is the process's alone: that there was, or the copy
 * @pages: SCAN: that were looked at; ADVISOR: pages_to_scan
 * @items: SCAN: pages that are kept track of (ksm_rmap_items)
 * @merged: SCAN: pages that were merged in it: new, merge, fork, zero
 * @scan: SCAN: its number, as full_scans counts
 * @target: the process whose page it is, in the initial pid namespace; 0: not known
 * @sharers: addresses that have the KSM page, with it, as KSM knows; GONE: had
 * @marks: MMS_KSM_*
 * @percent: ADVISOR: of one CPU, that the scan has taken
 * @cause: enum mms_ksm_cause
 * @result: enum mms_ksm_result
 * @pad: 0
 */
struct mms_ksm {
	struct mms_event event;
	__u64 address;
	__u64 pfn;
	__u64 own_pfn;
	__u64 pages;
	__u64 items;
	__u64 merged;
	__u64 scan;
	__u32 target;
	__u32 sharers;
	__u32 marks;
	__u32 percent;
	__u8 cause;
	__u8 result;
	__u8 pad[6];
};

#endif /* MMS_BPF_KSM_H */
