/* SPDX-License-Identifier: GPL-2.0-only */
/* Where kernels differ in what dirty.bpf.c reads, as core_fixes.bpf.h has it. */
#ifndef MMS_BPF_CORE_FIXES_DIRTY_H
#define MMS_BPF_CORE_FIXES_DIRTY_H

#include "dirty.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct dirty_throttle_control___limit {
	unsigned long limit;
};

struct trace_event_raw_balance_dirty_pages___bdi {
	unsigned long bdi_setpoint;
};

#pragma clang attribute pop

enum wb_reason___any {
#define MMS_REASON(name, word, text) WB_REASON_##name##___any,
	MMS_DIRTY_WB_REASONS(MMS_REASON)
#undef MMS_REASON
};

MMS_KSYM(global_wb_domain);

/* What enum wb_reason calls a number: an enum mms_dirty_reason. */
static __always_inline u32 mms_wb_reason(u32 number)
{
#define MMS_REASON(name, word, text)							\
	if (MMS_ENUM_IS(number, enum wb_reason___any, WB_REASON_##name##___any))	\
		return MMS_DIRTY_FOR_##name;
	MMS_DIRTY_WB_REASONS(MMS_REASON)
#undef MMS_REASON
	return MMS_DIRTY_FOR_UNKNOWN;
}

/*
 * Arguments of balance_dirty_pages: what was compared is a struct of its own since
 * "writeback: Let trace_balance_dirty_pages() take struct dtc as argument", 6.15, and the
 * limit in it that of
 * the memory cgroup, where that decided; before, it is the whole machine's. Gives the
 * pause, in jiffies, which is not above 0 if the task need not sleep.
 */
static __always_inline s64 mms_balance_args(const u64 *args, struct mms_dirty *rec)
{
	const struct trace_event_raw_balance_dirty_pages___bdi *old = NULL;
	const struct dirty_throttle_control *dtc;
	const struct dirty_throttle_control___limit *limit;
	const struct wb_domain *domain = NULL;

	if (bpf_core_field_exists(old->bdi_setpoint)) {
		rec->thresh = mms_arg(args, 1);
		rec->background = mms_arg(args, 2);
		rec->dirty = mms_arg(args, 3);
		rec->wb_thresh = mms_arg(args, 4);
		rec->wb_dirty = mms_arg(args, 5);
		rec->wb_rate = mms_arg(args, 6);
		rec->task_rate = mms_arg(args, 7);
		if (global_wb_domain)
			rec->limit = mms_read_u64(global_wb_domain +
						  bpf_core_field_offset(domain->dirty_limit));
		return mms_arg(args, 10);
	}
	dtc = (const void *)mms_arg(args, 1);
	limit = (const void *)dtc;
	rec->thresh = BPF_CORE_READ(dtc, thresh);
	rec->background = BPF_CORE_READ(dtc, bg_thresh);
	rec->dirty = BPF_CORE_READ(dtc, dirty);
	rec->wb_thresh = BPF_CORE_READ(dtc, wb_thresh);
	rec->wb_dirty = BPF_CORE_READ(dtc, wb_dirty);
	if (bpf_core_field_exists(limit->limit))
		rec->limit = BPF_CORE_READ(limit, limit);
	rec->wb_rate = mms_arg(args, 2);
	rec->task_rate = mms_arg(args, 3);
	return mms_arg(args, 6);
}

#endif /* MMS_BPF_CORE_FIXES_DIRTY_H */
