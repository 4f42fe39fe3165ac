/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for flushes of TLBs. */
#ifndef MMS_BPF_CORE_FIXES_FLUSH_H
#define MMS_BPF_CORE_FIXES_FLUSH_H

#include "core_fixes.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct arch_tlbflush_unmap_batch___unmapped {
	bool unmapped_pages;
};

#pragma clang attribute pop

enum tlb_flush_reason___any {
	TLB_FLUSH_ON_TASK_SWITCH___any,
	TLB_REMOTE_SHOOTDOWN___any,
	TLB_LOCAL_SHOOTDOWN___any,
	TLB_LOCAL_MM_SHOOTDOWN___any,
	TLB_REMOTE_WRONG_CPU___any,
};

/* Arguments of tlb_flush: whether the reason is this one. */
#define MMS_FLUSH_REASON(number, name) \
	MMS_ENUM_IS(number, enum tlb_flush_reason___any, TLB_##name##___any)

/*
 * Whether a batch has pages that were unmapped since it was flushed. To flush it by
 * INVLPGB, and only that, takes the mark away: "x86/mm: Use broadcast TLB flushing in page
 * reclaim", 6.15.
 */
static __always_inline bool mms_batch_is_unmapped(const struct arch_tlbflush_unmap_batch *batch)
{
	const struct arch_tlbflush_unmap_batch___unmapped *new = (const void *)batch;

	if (!bpf_core_field_exists(new->unmapped_pages))
		return false;
	return BPF_CORE_READ(new, unmapped_pages);
}

MMS_KSYM(boot_cpu_data);

#define X86_FEATURE_INVLPGB	(13 * 32 + 3)	/* arch/x86/include/asm/cpufeatures.h */

/*
 * Whether kernel addresses are flushed by INVLPGB: this processor has it, and the kernel
 * uses it (CONFIG_BROADCAST_TLB_FLUSH), "x86/mm: Use INVLPGB for kernel TLB flushes", 6.15.
 */
static __always_inline bool mms_flush_broadcasts(void)
{
	const struct mm_struct___global_asid *global = NULL;
	const struct cpuinfo_x86 *cpu = NULL;

	if (!bpf_core_field_exists(global->context.global_asid) || !boot_cpu_data)
		return false;
	return mms_word(boot_cpu_data + bpf_core_field_offset(cpu->x86_capability) +
			X86_FEATURE_INVLPGB / 32 * sizeof(u32)) >> X86_FEATURE_INVLPGB % 32 & 1;
}

#endif /* MMS_BPF_CORE_FIXES_FLUSH_H */
