// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults: what was wanted, why it faulted, what that cost.
 *
 * handle_mm_fault() is the one function that every fault of user memory comes
 * through. What was there before and what is there after tell most causes, with the
 * VMA and what was returned: this needs no hook inside, where kernels differ in what
 * is inlined. What the two entries cannot tell is marked by functions that are called
 * rarely (userfaultfd, swap, migration, growth of a stack, huge pages).
 *
 * A fault that was told to try again (VM_FAULT_RETRY) is one with all its passes: it
 * is told when it is done.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "core_fixes_refault.bpf.h"
#include "common.bpf.h"
#include "faults.h"
#include "walk.bpf.h"
#include "file.bpf.h"
#include "folio.bpf.h"
#include "refault.bpf.h"
#include "faults.bpf.h"

/* Where the breakpoint stands of fault_begin_at() */
MMS_KSYM_KEPT(handle_mm_fault);

#define NR_SLOTS 4096
#include "slots.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MMS_NR_FAULT_CAUSES);
	__type(key, __u32);
	__type(value, struct mms_trace_sum);
} sums SEC(".maps");

/* ---- the record ------------------------------------------------------------ */

/*
 * @summed, here and below: what summing says, read once in each program. It is a constant for
 * the verifier, but each look at it stays in the program.
 */
static __always_inline void fill_task(struct mms_fault *rec, u64 pid_tgid, bool summed)
{
	rec->ret = 0;
	rec->marks = 0;
	rec->inode = 0;
	if (summed)
		return;
	event_task(&rec->event, pid_tgid);
	rec->passes = 0;
	rec->around = 0;
	rec->code = 0;
	rec->signal = 0;
	rec->order = 0;
	rec->dev = 0;
	rec->refault = 0;
}

/* Returns the file, if its name has not been sent: @later. */
static __always_inline struct file *fill_vma(struct mms_fault *rec, struct vm_area_struct *vma,
					     bool summed, bool later)
{
	struct file *file = vma->vm_file;
	struct inode *inode;

	rec->vma_flags = vma->vm_flags;
	if (!summed) {
		rec->vma_start = vma->vm_start;
		rec->vma_end = vma->vm_end;
		rec->pgoff = vma->vm_pgoff;
	}
	rec->marks &= ~(MMS_FAULT_NO_VMA | MMS_FAULT_HUGETLB | MMS_FAULT_SHMEM);
	if (rec->vma_flags & VM_HUGETLB)
		rec->marks |= MMS_FAULT_HUGETLB;
	if (!file)
		return NULL;
	inode = file->f_inode;
	rec->inode = inode->i_ino;
	if (!summed)
		rec->dev = inode->i_sb->s_dev;
	if (inode->i_sb->s_magic == TMPFS_MAGIC)
		rec->marks |= MMS_FAULT_SHMEM;
	if (summed)
		return NULL;
	if (later)
		return file;
	file_name(rec->dev, rec->inode, file);
	return NULL;
}

/* What a breakpoint has left to do: its handler is like an NMI's, and writes to no maps. */
static __always_inline void name_file(const struct slot *slot)
{
	struct file *file = (void *)slot->file;

	/* It may be gone, with the VMA: then it is not taken for another one. */
	if (file && BPF_CORE_READ(file, f_inode, i_ino) == slot->rec.inode &&
	    BPF_CORE_READ(file, f_inode, i_sb, s_dev) == slot->rec.dev)
		file_name(slot->rec.dev, slot->rec.inode, file);
}

/* ---- done -------------------------------------------------------------------- */

static __always_inline void finish(struct slot *slot, void *ctx, bool summed)
{
	struct mms_fault *rec = &slot->rec;
	struct mms_trace_sum *sum;
	u32 cause = rec->cause;

	if (!trace_wants_cause(cause) || !trace_wants_latency(rec->event.latency))
		goto out;
	if (summed) {
		sum = bpf_map_lookup_elem(&sums, &cause);
		if (sum)
			trace_sum(sum, rec->event.latency);
		goto out;
	}
	if (hide_kernel) {
		rec->address = trace_shown(rec->address);
		rec->ip = trace_shown(rec->ip);
	}
	event_send(rec, sizeof(*rec), ctx);
out:
	slot_free(slot);
}

/* A fault that was never finished: what is known of it. Rare, so it is called. */
static __noinline void abandon(struct slot *slot, void *ctx)
{
	if (slot->state == SLOT_RETRY) {
		slot->rec.cause = MMS_CAUSE_RETRY;
		finish(slot, ctx, summing);
	} else if (slot->state == SLOT_SIGNAL) {
		finish(slot, ctx, summing);
	} else {
		slot_free(slot);
	}
}

static __always_inline bool same_page(u64 a, u64 b)
{
	return a >> 12 == b >> 12;
}

/* ---- the hooks ---------------------------------------------------------------- */

/* The current task's, if it may have one. */
static __always_inline struct slot *slot_of_wanted(void)
{
	u64 pid_tgid = trace_task();

	return trace_may_want(pid_tgid) ? slot_find(pid_tgid) : NULL;
}

/* The arguments are looked at behind the filter: most faults may be none that are asked for. */
struct fault_args {
	u64 vma;
	u64 address;
	u64 flags;
	u64 regs;
	u64 ret;	/* of fexit alone */
};

/* How the beginning is told: a breakpoint's handler may do less, a session's end knows less. */
enum begin_way {
	BY_FENTRY,
	BY_BREAKPOINT,
	BY_SESSION,
};

/* Of a thread that is wanted; whether the end is. */
static __always_inline bool begin(u64 pid_tgid, const struct fault_args *args, void *ctx,
				  enum begin_way way)
{
	const bool at = way == BY_BREAKPOINT;
	bool summed = summing;
	struct vm_area_struct *vma = (void *)args->vma;
	u64 address = args->address;
	u32 flags = args->flags;
	struct pt_regs *regs;
	struct mms_fault *rec;
	struct slot *slot;
	struct file *file;

	slot = slot_find(pid_tgid);
	if (slot && slot->state == SLOT_RETRY && same_page(slot->rec.address, address)) {
		/* The next pass: what was there before stays. */
		slot->state = SLOT_RUNS;
		slot->rec.flags = flags;
		file = fill_vma(&slot->rec, vma, summed, at);
		if (at)
			slot->file = (u64)file;
		if (way == BY_SESSION)
			slot->vma = (u64)vma;
		return true;
	}
	if (slot && (slot->state != SLOT_GROWN || !same_page(slot->rec.address, address))) {
		abandon(slot, ctx);
		slot = NULL;
	}
	if (!trace_sampled()) {
		if (slot)
			slot_free(slot);
		return false;
	}
	if (!slot) {
		/* of a breakpoint: what is not followed is counted at the end */
		slot = at ? slot_take(pid_tgid) : slot_claim(pid_tgid);
		if (!slot)
			return false;
		fill_task(&slot->rec, pid_tgid, summed);
	}
	walk_prepare();
	slot->state = SLOT_RUNS;
	rec = &slot->rec;
	rec->address = address;
	rec->flags = flags;
	if (!summed) {
		rec->access = flags & FAULT_FLAG_WRITE ? MMS_FAULT_WRITE :
			      flags & FAULT_FLAG_INSTRUCTION ? MMS_FAULT_EXEC : MMS_FAULT_READ;
		regs = (void *)args->regs;
		rec->mode = MMS_FAULT_GUP;
		rec->ip = 0;
		if (regs) {
			rec->ip = regs->ip;
			rec->mode = regs->cs & 3 ? MMS_FAULT_USER : MMS_FAULT_KERNEL;
		}
	}
	slot->pmd = walk((u64)vma->vm_mm->pgd, address, &rec->before_level, &rec->before);
	file = fill_vma(rec, vma, summed, at);
	if (at)
		slot->file = (u64)file;
	if (way == BY_SESSION) {
		slot->vma = (u64)vma;
		slot->regs = args->regs;
	}
	rec->event.time = bpf_ktime_get_ns();
	return true;
}

SEC("fentry/handle_mm_fault")
int fault_begin(const struct fault_args *args)
{
	u64 pid_tgid = trace_task();

	if (!trace_wants(pid_tgid) || !trace_wants_address(args->address))
		return 0;
	begin(pid_tgid, args, (void *)args, BY_FENTRY);
	return 0;
}

/* The same from the registers at its first instruction: what handle_mm_fault() is given. */
static __always_inline bool begin_by_regs(struct pt_regs *regs, enum begin_way way)
{
	u64 pid_tgid = trace_task();
	struct fault_args args;

	if (!have_rdonly_cast || !trace_wants(pid_tgid) || !trace_wants_address(regs->si))
		return false;
	args.vma = (u64)bpf_rdonly_cast((void *)regs->di,
					bpf_core_type_id_kernel(struct vm_area_struct));
	args.address = regs->si;
	args.flags = regs->dx;
	args.regs = (u64)bpf_rdonly_cast((void *)regs->cx, bpf_core_type_id_kernel(struct pt_regs));
	return begin(pid_tgid, &args, regs, way);
}

/*
 * From a hardware breakpoint at handle_mm_fault(), which only the threads that are traced have:
 * others are not asked who they are.
 */
SEC("perf_event")
int fault_begin_at(struct pt_regs *regs)
{
	begin_by_regs(regs, BY_BREAKPOINT);
	return 0;
}

/* What there is now: what the fault has made. */
static __always_inline void look_again(struct slot *slot, struct vm_area_struct *vma)
{
	struct mms_fault *rec = &slot->rec;

	/* Who completes a fault drops the lock: the VMA may be gone. Its space is not. */
	if (!vma)
		walk((u64)bpf_get_current_task_btf()->mm->pgd, rec->address, &rec->after_level,
		     &rec->after);
	else if (slot->pmd)
		walk_pmd(slot->pmd, rec->address, &rec->after_level, &rec->after);
	else
		walk((u64)vma->vm_mm->pgd, rec->address, &rec->after_level, &rec->after);
}

/* What an event has and a sum has not: of each pass, and of the last one. */
static __always_inline void fill_pass(struct mms_fault *rec, u32 ret, u32 flags)
{
	rec->passes++;
	rec->marks &= ~(MMS_FAULT_VMA_LOCK | MMS_FAULT_MMAP_LOCK);
	rec->marks |= flags & FAULT_FLAG_VMA_LOCK ? MMS_FAULT_VMA_LOCK : MMS_FAULT_MMAP_LOCK;
	if (ret & VM_FAULT_MAJOR || flags & FAULT_FLAG_TRIED)
		rec->marks |= MMS_FAULT_MAJOR;
}

static __always_inline void fill_result(struct mms_fault *rec, u32 ret)
{
	if (rec->after & PTE_PRESENT) {
		/* A zero page has no folio that says it on each kernel. */
		rec->order = (rec->after_level - 1) * 9;
		if (rec->cause != MMS_CAUSE_THP_ZERO && !(rec->after & PTE_SPECIAL))
			rec->order = mms_folio_order(walk_vmemmap +
						     walk_pfn(rec->after, rec->after_level,
							      rec->address) *
						     bpf_core_type_size(struct page___flags));
	}
	if (!(ret & VM_FAULT_ERROR) || rec->mode != MMS_FAULT_USER)
		return;
	if (ret & VM_FAULT_HWPOISON) {
		rec->signal = SIGBUS;
		rec->code = BUS_MCEERR_AR;
	} else if (ret & VM_FAULT_SIGBUS) {
		rec->signal = SIGBUS;
		rec->code = BUS_ADRERR;
	} else if (ret & VM_FAULT_SIGSEGV) {
		rec->signal = SIGSEGV;
	}
}

static __always_inline int end(const struct fault_args *args, struct slot *slot, void *ctx,
			       bool at)
{
	struct mms_fault *rec = &slot->rec;
	struct vm_area_struct *vma;
	bool summed;
	u32 ret;

	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	summed = summing;
	ret = args->ret;
	rec->ret |= ret;
	if (!summed)
		fill_pass(rec, ret, args->flags);
	if (ret & VM_FAULT_RETRY) {
		slot->state = SLOT_RETRY;
		return 0;
	}
	vma = ret & VM_FAULT_COMPLETED ? NULL : (void *)args->vma;
	look_again(slot, vma);
	rec->cause = cause_of(slot, vma);
	if (!summed)
		fill_result(rec, ret);
	if (at)
		name_file(slot);
	if (ret & VM_FAULT_SIGSEGV && args->regs) {
		slot->state = SLOT_SIGNAL;
		return 0;
	}
	finish(slot, ctx, summed);
	return 0;
}

SEC("fexit/handle_mm_fault")
int fault_end(const struct fault_args *args)
{
	struct slot *slot = slot_of_wanted();

	if (!slot || slot->state != SLOT_RUNS)
		return 0;
	return end(args, slot, (void *)args, false);
}

static __always_inline void end_by_regs(struct pt_regs *regs)
{
	struct slot *slot = slot_of_wanted();
	struct fault_args args;

	if (!slot || slot->state != SLOT_RUNS)
		return;
	args.vma = (u64)bpf_rdonly_cast((void *)slot->vma,
					bpf_core_type_id_kernel(struct vm_area_struct));
	args.flags = slot->rec.flags;
	args.regs = slot->regs;
	args.ret = regs->ax;
	end(&args, slot, regs, false);
}

#define FIRST_INSTRUCTIONS 16 /* bytes: ENDBR and the call of ftrace */

/*
 * Where the kernel is preemptible: a kprobe's handler is not preempted. It is called at the
 * function, and if that was 0 where the function returns to. (bpf_session_is_return() has had
 * two prototypes, the instruction says it as well.)
 */
SEC("kprobe.multi")
int fault_session(struct pt_regs *regs)
{
	if (!have_rdonly_cast)
		return 1;
	if (regs->ip - bpf_get_func_ip(regs) < FIRST_INSTRUCTIONS)
		return !begin_by_regs(regs, BY_SESSION);
	end_by_regs(regs);
	return 0;
}

/* What fault_begin_at() has begun. If that was not called, there is no breakpoint in the thread. */
SEC("fexit/handle_mm_fault")
int fault_end_at(const struct fault_args *args)
{
	u64 pid_tgid = trace_task();
	struct slot *slot;

	if (!trace_may_want(pid_tgid))
		return 0;
	slot = slot_find(pid_tgid);
	if (slot && slot->state == SLOT_RUNS)
		return end(args, slot, (void *)args, true);
	if (trace_wants(pid_tgid) && trace_wants_address(args->address))
		slot_missed();
	return 0;
}

/* What cannot be had is told before anything is looked up, or after it failed. */
SEC("fentry/__bad_area_nosemaphore")
int BPF_PROG(bad_area, struct pt_regs *regs, unsigned long error_code, unsigned long address,
	     u32 pkey, int si_code)
{
	u64 pid_tgid = trace_task();
	struct task_struct *task = bpf_get_current_task_btf();
	struct mms_fault *rec;
	struct slot *slot;

	if (!trace_wants(pid_tgid) || !trace_wants_address(address))
		return 0;
	/* Whoever has turned faults off only tries: our own look at a stack does. */
	if (!(regs->cs & 3) && task->pagefault_disabled)
		return 0;
	slot = slot_find(pid_tgid);
	if (slot && (slot->state == SLOT_RUNS || !same_page(slot->rec.address, address))) {
		abandon(slot, ctx);
		slot = NULL;
	}
	if (!slot || slot->state != SLOT_SIGNAL) {
		if (!slot && !trace_sampled())
			return 0;
		slot = slot ?: slot_claim(pid_tgid);
		if (!slot)
			return 0;
		walk_prepare();
		rec = &slot->rec;
		fill_task(rec, pid_tgid, summing);
		rec->marks = MMS_FAULT_NO_LATENCY | MMS_FAULT_NO_VMA;
		rec->event.time = bpf_ktime_get_ns();
		rec->address = address;
		rec->flags = 0;
		rec->ip = regs->ip;
		rec->mode = regs->cs & 3 ? MMS_FAULT_USER : MMS_FAULT_KERNEL;
		rec->access = error_code & X86_PF_WRITE ? MMS_FAULT_WRITE :
			      error_code & X86_PF_INSTR ? MMS_FAULT_EXEC : MMS_FAULT_READ;
		rec->before = 0;
		rec->before_level = 0;
		if (task->mm)
			walk((u64)task->mm->pgd, address, &rec->before_level, &rec->before);
		rec->after = rec->before;
		rec->after_level = rec->before_level;
	}
	rec = &slot->rec;
	rec->cause = MMS_CAUSE_SEGV;
	rec->code = si_code;
	if (rec->mode == MMS_FAULT_USER)
		rec->signal = SIGSEGV;
	finish(slot, ctx, summing);
	return 0;
}

/* Called with mmap_lock, from the fault's handler and from exec. */
SEC("fentry/expand_stack_locked")
int BPF_PROG(grown, struct vm_area_struct *vma, unsigned long address)
{
	u64 pid_tgid = trace_task();
	struct slot *slot;

	if (!trace_wants(pid_tgid) || !trace_wants_address(address))
		return 0;
	slot = slot_find(pid_tgid);
	if (slot && slot->state != SLOT_GROWN && !same_page(slot->rec.address, address)) {
		abandon(slot, ctx);
		slot = NULL;
	}
	if (!slot) {
		slot = slot_claim(pid_tgid);
		if (!slot)
			return 0;
		slot->state = SLOT_GROWN;
		fill_task(&slot->rec, pid_tgid, summing);
	}
	slot->rec.address = address;
	slot->rec.marks |= MMS_FAULT_GROWN;
	return 0;
}

/* A task that is killed between two passes makes no other. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits, struct task_struct *task)
{
	struct slot *slot = slot_find(task->pid);

	if (slot)
		abandon(slot, ctx);
	return 0;
}

/* A function inside of the fault was called. */
static __always_inline struct slot *mark(u32 mark)
{
	struct slot *slot = slot_of_wanted();

	if (!slot || slot->state != SLOT_RUNS)
		return NULL;
	slot->rec.marks |= mark;
	return slot;
}

SEC("fentry/handle_userfault")
int BPF_PROG(userfault, struct vm_fault *vmf, unsigned long reason)
{
	struct slot *slot = mark(MMS_FAULT_USERFAULT);

	if (slot)
		slot->uffd = reason;	/* of two: the others have higher bits alone */
	return 0;
}

SEC("fentry/get_swap_device")
int BPF_PROG(swapped)
{
	mark(MMS_FAULT_SWAP);
	return 0;
}

SEC("fentry/migration_entry_wait")
int BPF_PROG(migrating)
{
	mark(MMS_FAULT_MIGRATION);
	return 0;
}

SEC("fentry/pmd_migration_entry_wait")
int BPF_PROG(migrating_pmd)
{
	mark(MMS_FAULT_MIGRATION);
	return 0;
}

/* Whether the folio is that of the page that faulted: others are read with it. */
static __always_inline bool is_faulted(const struct mms_fault *rec, const struct folio *folio,
				       u64 nr)
{
	u64 first, page;

	if (refault_is_file(folio)) {
		first = BPF_CORE_READ(folio, index);
		page = rec->pgoff + ((rec->address - rec->vma_start) >> PAGE_SHIFT);
	} else if (refault_is_cached(folio)) {
		first = mms_folio_swap(folio);
		page = swap_of_entry(rec->before);
	} else {
		return true;	/* past the swap cache nothing is read ahead */
	}
	return page >= first && page - first < nr;
}

SEC("fentry/workingset_refault")
int BPF_PROG(refaulted, struct folio *folio, void *shadow)
{
	struct slot *slot = mark(MMS_FAULT_REFAULT);
	struct refault refault;

	if (!slot || summing || !is_faulted(&slot->rec, folio, nr_pages(folio, ctx)))
		return 0;
	refault_decode(refault_is_file(folio), (u64)shadow, &refault);
	slot->rec.refault = refault.distance;
	if (refault.unit == REFAULT_PAGES)
		slot->rec.marks |= MMS_FAULT_DISTANCE;
	else if (refault.unit == REFAULT_GENERATIONS)
		slot->rec.marks |= MMS_FAULT_GENERATIONS;
	return 0;
}

SEC("fexit/do_huge_pmd_anonymous_page")
int BPF_PROG(huge_end, struct vm_fault *vmf, unsigned int ret)
{
	if (ret & VM_FAULT_FALLBACK)
		mark(MMS_FAULT_FELL_BACK);
	return 0;
}

#include "faults_around.bpf.h"

char _license[] SEC("license") = "GPL";
