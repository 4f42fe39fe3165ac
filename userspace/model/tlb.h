/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope tlb: an address space in the TLB of one CPU, and of all. */
#ifndef MMS_MODEL_TLB_H
#define MMS_MODEL_TLB_H

#include "../lib/types.h"
#include "../../bpf/tlb.h"
#include "model.h"

/* Not a view of the wire: what a program of bpf/ gives. */
#define MMS_VIEW_tlb	32

/**
 * struct mms_tlb_row - what one CPU has of an address space
 * @cpu: the CPU
 * @pti: KPTI is on: user mode runs with a PCID of its own
 * @now: what the program read
 */
struct mms_tlb_row {
	u32 cpu;
	bool pti;
	struct mms_tlb_cpu now;
};

/**
 * struct mms_tlb_total - an address space in all TLBs
 * @pid: as it was asked for
 * @ctx_id: see struct mms_tlb_mm
 * @tlb_gen: see @ctx_id
 * @global_asid: see @ctx_id
 * @comm: see @ctx_id
 * @online: CPUs looked at
 * @loaded: CPUs that have its page tables loaded, @lazy of them lazily
 * @lazy: see @loaded
 * @slots: CPUs with a slot of it, loaded or not
 * @mask: CPUs in its mm_cpumask
 * @behind: CPUs that have not flushed up to its generation
 * @most_behind: by how many generations at most
 * @raced: CPUs that changed while they were read
 */
struct mms_tlb_total {
	s32 pid;
	u32 global_asid;
	u64 ctx_id, tlb_gen;
	u32 online, loaded, lazy, slots, mask, behind, raced;
	u64 most_behind;
	char comm[17];
};

/* What a column needs: bits for mms_missing that are no field of the record. */
#define MMS_TLB_NEEDS_BPF	BIT(63)
#define MMS_TLB_NEEDS_LAZY	BIT(62)
#define MMS_TLB_NEEDS_MASK	BIT(61)

extern const struct mms_model mms_model_tlb;
extern const struct mms_model mms_model_tlb_total;

/* Whether a CPU has anything of the address space. */
bool mms_tlb_has(const struct mms_tlb_cpu *now);
void mms_tlb_total_add(struct mms_tlb_total *total, const struct mms_tlb_row *row);

#endif /* MMS_MODEL_TLB_H */
