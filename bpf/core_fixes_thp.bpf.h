/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for huge pages. */
#ifndef MMS_BPF_CORE_FIXES_THP_H
#define MMS_BPF_CORE_FIXES_THP_H

#include "core_fixes.bpf.h"
#include "thp.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct trace_event_raw_mm_khugepaged_scan_pmd___writable {
	bool writable;
};

struct trace_event_raw_mm_collapse_huge_page___order {
	unsigned int order;
};

#pragma clang attribute pop

enum scan_result___any {
#define MMS_SCAN(name, word, text) SCAN_##name##___any,
	MMS_SCAN_RESULTS(MMS_SCAN)
#undef MMS_SCAN
};

/* What enum scan_result calls a number: an enum mms_thp_result. */
static __always_inline u32 mms_scan_result(u32 number)
{
#define MMS_SCAN(name, word, text)							\
	if (MMS_ENUM_IS(number, enum scan_result___any, SCAN_##name##___any))		\
		return MMS_THP_RESULT_##name;
	MMS_SCAN_RESULTS(MMS_SCAN)
#undef MMS_SCAN
	return MMS_THP_RESULT_UNKNOWN;
}

/*
 * Arguments of mm_khugepaged_scan_pmd: one less since collapse does not ask any more
 * whether a page can be written.
 */
static __always_inline void mms_scan_pmd_args(const u64 *args, u32 *ret_referenced, u32 *ret_none,
					      u32 *ret_swapped)
{
	const struct trace_event_raw_mm_khugepaged_scan_pmd___writable *old = NULL;

	if (bpf_core_field_exists(old->writable)) {
		*ret_referenced = mms_arg(args, 3);
		*ret_none = mms_arg(args, 4);
		*ret_swapped = mms_arg(args, 6);
	} else {
		*ret_referenced = mms_arg(args, 2);
		*ret_none = mms_arg(args, 3);
		*ret_swapped = mms_arg(args, 5);
	}
}

/* Of which order mm_collapse_huge_page tells: @order until collapse makes smaller ones, too. */
static __always_inline u32 mms_collapse_order(const u64 *args, u32 order)
{
	const struct trace_event_raw_mm_collapse_huge_page___order *new = NULL;

	return bpf_core_field_exists(new->order) ? mms_arg(args, 3) : order;
}

#endif /* MMS_BPF_CORE_FIXES_THP_H */
