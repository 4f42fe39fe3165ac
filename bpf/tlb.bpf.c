// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where an address space is in the TLBs: what each CPU's cpu_tlbstate says of
 * it. No module can: the symbol is not exported.
 *
 * An iterator over tasks, narrowed to one by whoever attaches it, because that
 * finds a task by its number in the reader's pid namespace. Reading the iterator
 * once runs the program; space and cpus hold the result then.
 *
 * Nothing is locked: another CPU's state changes while it is read. So it is
 * read until nothing has changed, a few times, and then said to have raced. The
 * task is held by the iterator; its mm is not, so task->mm is looked at again
 * at the end.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "tlb.h"

#define PF_KTHREAD		0x00200000		/* include/linux/sched.h */
#define X86_CR4_PCIDE		(1UL << 17)		/* asm/processor-flags.h */
#define LOADED_MM_SWITCHING	((struct mm_struct *)1)	/* asm/tlbflush.h: between two */
#define MAX_SLOTS		16	/* the kernel has TLB_NR_DYN_ASIDS, 6 */
#define TRIES			4

extern const struct tlb_state cpu_tlbstate __ksym __weak;
/* is_lazy alone in a cache line: "x86/mm/tlb: Privatize cpu_tlbstate", 5.13 */
extern const struct tlb_state_shared cpu_tlbstate_shared __ksym __weak;

/* CPU ids to look at, from 0: the caller's to set before loading */
const volatile __u32 nr_cpus = 1;

struct mms_tlb_mm space;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* nr_cpus */
	__type(key, __u32);
	__type(value, struct mms_tlb_cpu);
} cpus SEC(".maps");

/* What is looked for. */
struct look {
	struct mm_struct *mm;
	u64 ctx_id;
	u64 cpumask;	/* address of the bits of mm_cpumask(), 0: not known */
	u32 cpu;
	u16 global_asid;
};

/*
 * The slot with the number ctx_id: into @rec, and true. How many there are, and
 * how large, is the kernel's to say.
 */
static __always_inline bool find_slot(const struct tlb_state *state, u64 ctx_id,
				      struct mms_tlb_cpu *rec)
{
	const u32 size = bpf_core_type_size(struct tlb_context);
	const u32 room = bpf_core_field_size(state->ctxs);
	const void *slots = (const void *)state + bpf_core_field_offset(state->ctxs);
	u32 i;

	for (i = 0; i < MAX_SLOTS && (i + 1) * size <= room; i++) {
		const struct tlb_context *slot = slots + i * size;

		if (BPF_CORE_READ(slot, ctx_id) != ctx_id)
			continue;
		rec->asid = i;
		rec->tlb_gen = BPF_CORE_READ(slot, tlb_gen);
		return true;
	}
	return false;
}

/*
 * Look at a CPU's state, again and again until it has not changed meanwhile. What
 * is found goes into the map at once: the verifier follows each value that is on the
 * stack, in all its combinations.
 */
static long look_once(u32 try, struct look *look)
{
	struct mms_tlb_cpu *rec = bpf_map_lookup_elem(&cpus, &look->cpu);
	const struct tlb_state *state;
	struct mm_struct *loaded;
	u16 asid;

	if (!&cpu_tlbstate || !rec)
		return 1;
	state = bpf_per_cpu_ptr(&cpu_tlbstate, look->cpu);
	if (!state)
		return 1;
	loaded = BPF_CORE_READ(state, loaded_mm);
	asid = BPF_CORE_READ(state, loaded_mm_asid);
	rec->flags = 0;
	if (find_slot(state, look->ctx_id, rec))
		rec->flags |= MMS_TLB_SLOT;
	/* bit PCID: invalidate_user_asid() in arch/x86/mm/tlb.c */
	if ((rec->flags & MMS_TLB_SLOT) &&
	    BPF_CORE_READ(state, user_pcid_flush_mask) >> ((rec->asid + 1) & 15) & 1)
		rec->flags |= MMS_TLB_FLUSH_USER;
	if (BPF_CORE_READ(state, invalidate_other))
		rec->flags |= MMS_TLB_FLUSH_OTHERS;
	if (BPF_CORE_READ(state, cr4) & X86_CR4_PCIDE)
		rec->flags |= MMS_TLB_PCID;
	if (loaded == look->mm)
		rec->flags |= MMS_TLB_LOADED;
	if (loaded == look->mm && look->global_asid && asid == look->global_asid) {
		/* A slot may have stayed from before: it is not in use. */
		rec->flags &= ~(MMS_TLB_SLOT | MMS_TLB_FLUSH_USER);
		rec->flags |= MMS_TLB_GLOBAL;
		rec->asid = asid;
	}
	if (loaded != LOADED_MM_SWITCHING && loaded == BPF_CORE_READ(state, loaded_mm) &&
	    asid == BPF_CORE_READ(state, loaded_mm_asid) &&
	    (loaded != look->mm || asid == rec->asid))
		return 1;
	rec->flags |= MMS_TLB_RACED;
	return 0;
}

static __always_inline bool is_lazy(u32 cpu)
{
	const struct tlb_state_shared *shared;

	if (!&cpu_tlbstate_shared)
		return false;
	shared = bpf_per_cpu_ptr(&cpu_tlbstate_shared, cpu);
	return shared && BPF_CORE_READ(shared, is_lazy);
}

static __always_inline bool in_mask(u64 cpumask, u32 cpu)
{
	u64 word = 0;

	if (!cpumask)
		return false;
	bpf_probe_read_kernel(&word, sizeof(word), (void *)(cpumask + cpu / 64 * sizeof(word)));
	return word >> (cpu % 64) & 1;
}

static long look_at_cpu(u32 cpu, struct look *look)
{
	struct mms_tlb_cpu *rec = bpf_map_lookup_elem(&cpus, &cpu);
	const struct mm_struct *mm = look->mm;

	if (!rec)
		return 1;
	look->cpu = cpu;
	bpf_loop(TRIES, look_once, look, 0);
	if (is_lazy(cpu))
		rec->flags |= MMS_TLB_LAZY;
	if (in_mask(look->cpumask, cpu))
		rec->flags |= MMS_TLB_MASK;
	rec->mm_tlb_gen = BPF_CORE_READ(mm, context.tlb_gen.counter);
	return 0;
}

SEC("iter/task")
int tlb(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mm_struct *mm;
	struct look look = {};

	if (!task)
		return 0;
	space.tgid = task->tgid;
	BPF_CORE_READ_INTO(&space.comm, task, comm);
	if (task->flags & PF_KTHREAD) {
		space.status = MMS_TLB_KTHREAD;
		return 0;
	}
	space.status = MMS_TLB_EXITED;
	mm = BPF_CORE_READ(task, mm);
	if (!mm)
		return 0;
	if (!&cpu_tlbstate) {
		space.status = MMS_TLB_NO_SYMBOL;
		return 0;
	}
	look.mm = mm;
	look.ctx_id = BPF_CORE_READ(mm, context.ctx_id);
	look.cpumask = mms_mm_cpumask(mm);
	look.global_asid = mms_mm_global_asid(mm);
	bpf_loop(nr_cpus, look_at_cpu, &look, 0);
	space.ctx_id = look.ctx_id;
	space.global_asid = look.global_asid;
	space.no_lazy = !&cpu_tlbstate_shared;
	space.no_mask = !look.cpumask;
	space.tlb_gen = BPF_CORE_READ(mm, context.tlb_gen.counter);
	if (BPF_CORE_READ(task, mm) == mm)
		space.status = MMS_TLB_OK;
	return 0;
}

char _license[] SEC("license") = "GPL";
