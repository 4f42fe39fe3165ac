/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What tlb.bpf.c gives to the tool. */
#ifndef MMS_BPF_TLB_H
#define MMS_BPF_TLB_H

/* What became of the look at a task. */
enum mms_tlb_status {
	MMS_TLB_NO_TASK,	/* the program was never called: no such task */
	MMS_TLB_OK,
	MMS_TLB_KTHREAD,	/* a kernel thread has no address space */
	MMS_TLB_EXITED,		/* its address space is gone: it exits, or is a zombie */
	MMS_TLB_NO_SYMBOL,	/* the kernel's BTF has no cpu_tlbstate */
};

/**
 * struct mms_tlb_mm - the address space that was asked for
 * @ctx_id: its number, mm->context.ctx_id, never used twice
 * @tlb_gen: generation of its flushes when all CPUs had been looked at,
 *	mm->context.tlb_gen: each flush adds one
 * @status: enum mms_tlb_status; if it is not OK, only @tgid and @comm are set
 * @tgid: thread-group id in the initial pid namespace
 * @global_asid: the ASID it has on all CPUs (INVLPGB), 0 for none
 * @no_lazy: this kernel's BTF has no cpu_tlbstate_shared: no LAZY below
 * @no_mask: this kernel's BTF does not say where mm_cpumask() is: no MASK below
 * @comm: of the task
 */
struct mms_tlb_mm {
	__u64 ctx_id;
	__u64 tlb_gen;
	__u32 status;
	__s32 tgid;
	__u16 global_asid;
	__u8 no_lazy;
	__u8 no_mask;
	char comm[16];
};

/* Bits of mms_tlb_cpu.flags. */
#define MMS_TLB_LOADED		(1U << 0) /* loaded_mm is this address space */
#define MMS_TLB_SLOT		(1U << 1) /* a slot has its ctx_id: asid, tlb_gen mean something */
#define MMS_TLB_GLOBAL		(1U << 2) /* loaded with the global ASID: no slot, no tlb_gen */
#define MMS_TLB_LAZY		(1U << 3) /* lazy TLB mode: cpu_tlbstate_shared.is_lazy */
#define MMS_TLB_MASK		(1U << 4) /* the CPU is in mm_cpumask() */
#define MMS_TLB_PCID		(1U << 5) /* CR4.PCIDE: CR3 has a PCID */
#define MMS_TLB_FLUSH_USER	(1U << 6) /* KPTI: the user PCID is flushed on the next return */
#define MMS_TLB_FLUSH_OTHERS	(1U << 7) /* slots not loaded are flushed at the next switch */
#define MMS_TLB_RACED		(1U << 8) /* it changed while it was read, each time */

/**
 * struct mms_tlb_cpu - what one CPU's cpu_tlbstate says of that address space
 * @tlb_gen: SLOT: generation up to which the CPU has flushed, ctxs[asid].tlb_gen
 * @mm_tlb_gen: that of the address space, read right after, so never less
 * @flags: MMS_TLB_*
 * @asid: SLOT: index of the slot; GLOBAL: the global ASID
 * @pad: 0
 */
struct mms_tlb_cpu {
	__u64 tlb_gen;
	__u64 mm_tlb_gen;
	__u32 flags;
	__u16 asid;
	__u16 pad;
};

#endif /* MMS_BPF_TLB_H */
