// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that change what is mapped: each, with what it did to the address space.
 *
 * The hooks are the system calls' own functions, which all kernels have with the same
 * arguments, and not those inside, which were renamed or inlined every other year. What a
 * call did is the difference of the address space before and after. Tracepoints of
 * system calls would do, too, but cost each call of each task.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "common.bpf.h"
#include "file.bpf.h"
#include "rss.bpf.h"
#include "mmap.h"

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 lock;	/* address of the address space's mmap_lock */
	u64 wait;	/* since when it waits for it, 0: it does not */
	struct mms_mmap rec;
} __attribute__((aligned(512)));

#define NR_SLOTS 4096
#include "slots.bpf.h"

/* Hooks that this kernel has. */
const volatile bool have_splits;
const volatile bool have_waits;

#define MAP_FIXED		0x10
#define MAP_FIXED_NOREPLACE	0x100000
#define MAX_ERRNO		4095
#define ENOENT			2

static __always_inline u64 page_up(u64 address)
{
	return (address + (1ULL << PAGE_SHIFT) - 1) >> PAGE_SHIFT << PAGE_SHIFT;
}

/* ---- the address space -------------------------------------------------------- */

/* Those that neither put pages there nor take them away. */
static __always_inline bool keeps_pages(u32 call)
{
	return call == MMS_MMAP_MPROTECT || call == MMS_MMAP_PKEY_MPROTECT ||
	       call == MMS_MMAP_MUNLOCK || call == MMS_MMAP_MUNLOCKALL || call == MMS_MMAP_MSYNC ||
	       call == MMS_MMAP_MSEAL || call == MMS_MMAP_SHMAT;
}

/* What changes is told as what it is afterwards less what it was before. */
static __always_inline void count(struct mms_mmap *rec, const struct mm_struct *mm, s64 sign)
{
	struct rss rss;

	rec->mapped_change += sign * (s64)mm->total_vm;
	rec->locked_change += sign * (s64)mm->locked_vm;
	rec->tables_change += sign * mm->pgtables_bytes.counter;
	rec->vmas_change += (s32)sign * mm->map_count;
	if (keeps_pages(rec->cause))
		return;
	rss_sum(mm, &rss);
	rec->rss_change += sign * rss.pages;
	rec->swap_change += sign * rss.swapped;
	rec->marks |= MMS_MMAP_RSS;
}

struct look {
	struct mms_mmap *rec;
	u64 after;
};

/* With mmap_lock held. */
static long look_at(struct task_struct *task, struct vm_area_struct *vma, struct look *look)
{
	struct mms_mmap *rec = look->rec;
	struct mms_mmap_vma *seen;
	struct inode *inode;
	struct file *file;

	seen = look->after ? &rec->after : &rec->before;
	seen->start = vma->vm_start;
	seen->end = vma->vm_end;
	seen->flags = vma->vm_flags;
	file = vma->vm_file;
	rec->pgoff = vma->vm_pgoff;
	rec->inode = 0;
	if (!file)
		return 0;
	inode = file->f_inode;
	rec->inode = inode->i_ino;
	rec->dev = inode->i_sb->s_dev;
	file_name(rec->dev, rec->inode, file);
	return 0;
}

static __always_inline void look(struct mms_mmap *rec, u64 address, bool after)
{
	struct look look = { .rec = rec, .after = after };
	long ret = bpf_find_vma(bpf_get_current_task_btf(), address, look_at, &look, 0);

	if (ret && ret != -ENOENT)
		rec->marks |= after ? MMS_MMAP_NO_AFTER : MMS_MMAP_NO_BEFORE;
}

/* ---- calls ----------------------------------------------------------------------- */

/* Where it is told to do something, or 0. */
static __always_inline u64 place(const struct mms_mmap *rec, const struct mm_struct *mm)
{
	switch (rec->cause) {
	case MMS_MMAP_MMAP:
		return rec->args[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE) ? rec->args[0] : 0;
	case MMS_MMAP_BRK:
		return page_up(mm->brk) - 1;
	case MMS_MMAP_PROCESS_MADVISE:
	case MMS_MMAP_MLOCKALL:
	case MMS_MMAP_MUNLOCKALL:
	case MMS_MMAP_SHMAT:
		return 0;
	default:
		return rec->args[0];
	}
}

static __noinline int call_begin(struct pt_regs *regs, u32 call)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	u64 pid_tgid = trace_task();
	struct mms_mmap *rec;
	struct slot *slot;
	u64 at;

	if (!mm || !trace_wants(pid_tgid) || !trace_wants_cause(call) || !trace_sampled())
		return 0;
	slot = slot_find(pid_tgid) ?: slot_claim(pid_tgid);
	if (!slot)
		return 0;
	slot->lock = (u64)mm + bpf_core_field_offset(mm->mmap_lock);
	slot->wait = 0;
	rec = &slot->rec;
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->cause = call;
	rec->args[0] = regs->di;
	rec->args[1] = regs->si;
	rec->args[2] = regs->dx;
	rec->args[3] = regs->r10;
	rec->args[4] = regs->r8;
	rec->args[5] = regs->r9;
	if (have_splits)
		rec->marks |= MMS_MMAP_SPLITS;
	if (have_waits)
		rec->marks |= MMS_MMAP_WAITS;
	at = place(rec, mm);
	rec->address = at;
	if (call == MMS_MMAP_BRK)
		rec->address = mm->brk;
	if (call == MMS_MMAP_PROCESS_MADVISE) {
		rec->marks |= MMS_MMAP_OTHER;
	} else {
		if (at)
			look(rec, at, false);
		count(rec, mm, -1);
	}
	event_begin(&rec->event, pid_tgid);
	return 0;
}

/* Where it did it, what is looked at there, and how much it was. */
static __always_inline u64 placed(struct mms_mmap *rec, const struct mm_struct *mm)
{
	u64 at = rec->address, was = at;

	switch (rec->cause) {
	case MMS_MMAP_BRK:
		if (mm->brk < was)
			rec->address = mm->brk;
		rec->length = mm->brk < was ? was - mm->brk : mm->brk - was;
		return page_up(mm->brk) - 1;
	case MMS_MMAP_MREMAP:
		rec->length = rec->args[2];
		rec->address = rec->returned;
		return rec->returned;
	case MMS_MMAP_MMAP:
		rec->length = rec->args[1];
		rec->address = rec->returned;
		return rec->returned;
	case MMS_MMAP_SHMAT:
		rec->address = rec->returned;
		return rec->returned;
	case MMS_MMAP_SHMDT:
		rec->length = rec->before.end - rec->before.start;
		return at;
	default:
		return at;
	}
}

static __noinline int call_end(void *ctx, s64 returned)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	bool failed = (u64)returned >= (u64)-MAX_ERRNO;
	struct mms_mmap *rec;
	u64 at;

	if (!slot)
		return 0;
	rec = &slot->rec;
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	rec->returned = returned;
	if (!mm || !trace_wants_latency(rec->event.latency))
		goto out;
	if (!(rec->marks & MMS_MMAP_OTHER)) {
		count(rec, mm, 1);
		rec->mapped = mm->total_vm;
		rec->vmas = mm->map_count;
	}
	if (rec->cause != MMS_MMAP_SHMDT && rec->cause != MMS_MMAP_SHMAT &&
	    rec->cause != MMS_MMAP_PROCESS_MADVISE && rec->cause != MMS_MMAP_MLOCKALL &&
	    rec->cause != MMS_MMAP_MUNLOCKALL)
		rec->length = rec->args[1];
	if (!failed) {
		at = placed(rec, mm);
		if (at)
			look(rec, at, true);
	}
	if (rec->cause == MMS_MMAP_SHMAT)
		rec->length = rec->after.end - rec->after.start;
	if (filter.end && (rec->address >= filter.end ||
			   rec->address + (rec->length ?: 1) <= filter.start))
		goto out;
	event_send(rec, sizeof(*rec), ctx);
out:
	slot_free(slot);
	return 0;
}

#define CALL(name, NAME)						\
SEC("fentry/__x64_sys_" #name)						\
int BPF_PROG(name##_begin, struct pt_regs *regs)			\
{									\
	return call_begin(regs, MMS_MMAP_##NAME);			\
}									\
									\
SEC("fexit/__x64_sys_" #name)						\
int BPF_PROG(name##_end, struct pt_regs *regs, long ret)		\
{									\
	return call_end(ctx, ret);					\
}

CALL(mmap, MMAP)
CALL(brk, BRK)
CALL(munmap, MUNMAP)
CALL(mprotect, MPROTECT)
CALL(pkey_mprotect, PKEY_MPROTECT)
CALL(madvise, MADVISE)
CALL(process_madvise, PROCESS_MADVISE)
CALL(mremap, MREMAP)
CALL(remap_file_pages, REMAP_FILE_PAGES)
CALL(mlock, MLOCK)
CALL(mlock2, MLOCK2)
CALL(munlock, MUNLOCK)
CALL(mlockall, MLOCKALL)
CALL(munlockall, MUNLOCKALL)
CALL(msync, MSYNC)
CALL(mseal, MSEAL)
CALL(shmat, SHMAT)
CALL(shmdt, SHMDT)

/* ---- what is done in them --------------------------------------------------------- */

SEC("fexit/__split_vma")
int split(void *ctx)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	u64 ret = 0;

	if (!slot)
		return 0;
	bpf_get_func_ret(ctx, &ret);
	if (!(s32)ret)
		slot->rec.splits++;
	return 0;
}

/* These are called only where the lock is not to be had at once. */
static __always_inline void wait_begin(u64 lock)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	if (slot && slot->lock == lock)
		slot->wait = bpf_ktime_get_ns();
}

static __always_inline void wait_end(void)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	if (!slot || !slot->wait)
		return;
	slot->rec.waited += bpf_ktime_get_ns() - slot->wait;
	slot->rec.waits++;
	slot->wait = 0;
}

SEC("fentry/rwsem_down_read_slowpath")
int BPF_PROG(read_wait_begin, struct rw_semaphore *lock)
{
	wait_begin((u64)lock);
	return 0;
}

SEC("fexit/rwsem_down_read_slowpath")
int read_wait_end(void *ctx)
{
	wait_end();
	return 0;
}

SEC("fentry/rwsem_down_write_slowpath")
int BPF_PROG(write_wait_begin, struct rw_semaphore *lock)
{
	wait_begin((u64)lock);
	return 0;
}

SEC("fexit/rwsem_down_write_slowpath")
int write_wait_end(void *ctx)
{
	wait_end();
	return 0;
}

char _license[] SEC("license") = "GPL";
