// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flushes of TLBs: each from the first to the last line of the function that does it, with
 * the CPUs that were interrupted meanwhile; each interruption on the CPU it comes to; and
 * each load of another address space that has to flush.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_flush.bpf.h"
#include "flush.h"
#include "common.bpf.h"

/* CPU ids there may be, from 0: the caller's to set before loading */
const volatile __u32 nr_cpus = 1;
/* It is known which CPUs are asked. */
const volatile bool have_calls;

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u32 wanted;	/* the record is asked for */
	u32 took_part;	/* this CPU has run what the others are asked to run */
	u32 called;	/* others, or this one with them, were asked */
	u32 unmapped;	/* of a batch: as it was when it began */
	u64 own;	/* the address space is the thread's own, so that it is loaded here */
	struct mms_flush rec;
} __attribute__((aligned(256)));

#define NR_SLOTS 1024
#include "slots.bpf.h"

/* What a CPU is in, with interrupts off: none of it is entered twice. */
enum doing {
	RECEIVING,		/* flush_tlb_func() for another CPU */
	RECEIVING_KERNEL,	/* the same of kernel addresses */
	SWITCHING,		/* switch_mm_irqs_off() */
	NR_DOINGS
};

struct doing_state {
	u64 running;
	struct mms_flush rec;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_DOINGS);
	__type(key, __u32);
	__type(value, struct doing_state);
} doings SEC(".maps");

MMS_KSYM(tlb_single_page_flush_ceiling);
MMS_KSYM(__cpu_online_mask);

#define TLB_FLUSH_ALL	(~0ULL)	/* arch/x86/include/asm/tlbflush.h, mm_types_task.h */
#define MAX_CPU_WORDS	128	/* 8192 CPUs, x86's most */

/* ---- who asks ------------------------------------------------------------------ */

/* One flushes, or its address space is flushed. */
static __always_inline bool wants(u64 pid_tgid, const struct mm_struct *mm)
{
	return trace_wants(pid_tgid) || trace_wants_owner(mm);
}

static __always_inline struct slot *own_slot(void)
{
	u32 tid = bpf_get_current_task_btf()->pid;

	/* That of the idle tasks is 0, as that of no one. */
	return tid ? slot_find(tid) : NULL;
}

/*
 * A flush begins, unless it is part of one. @always: not to take this CPU's part in it for
 * one that was asked for by another, also where it is not wanted.
 */
static __always_inline struct mms_flush *begin(u32 cause, const struct mm_struct *mm, bool always)
{
	u64 pid_tgid = trace_task();
	struct mms_flush *rec;
	struct slot *slot;
	bool wanted;

	if (!(u32)pid_tgid)
		return NULL;
	slot = slot_find(pid_tgid);
	if (slot && slot->rec.cause == MMS_FLUSH_RIGHTS && cause == MMS_FLUSH_ALL)
		return NULL;
	wanted = trace_wants_cause(cause) && wants(pid_tgid, mm) && trace_sampled();
	if (!wanted && !always)
		return NULL;
	slot = slot ?: slot_claim(pid_tgid);
	if (!slot)
		return NULL;
	slot->wanted = wanted;
	slot->took_part = 0;
	slot->called = 0;
	slot->unmapped = 0;
	slot->own = 0;
	rec = &slot->rec;
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->cause = cause;
	rec->target = mms_mm_tgid(mm);
	event_begin(&rec->event, pid_tgid);
	return rec;
}

/* A range, as it was asked for: with more pages than this the kernel flushes all. */
static __always_inline void see_range(struct mms_flush *rec, u64 start, u64 end, u32 shift)
{
	if (end == TLB_FLUSH_ALL) {
		rec->extent = MMS_FLUSH_EXTENT_FULL;
		return;
	}
	rec->start = trace_shown(start);
	rec->end = trace_shown(end);
	rec->marks |= MMS_FLUSH_HAS_RANGE;
	if (!tlb_single_page_flush_ceiling)
		return;
	if ((end - start) >> (shift & 63) > mms_word(tlb_single_page_flush_ceiling)) {
		rec->extent = MMS_FLUSH_EXTENT_FULL;
		return;
	}
	rec->extent = MMS_FLUSH_EXTENT_PAGES;
	rec->pages = (end - start) >> PAGE_SHIFT;
	rec->marks |= MMS_FLUSH_HAS_PAGES;
}

/*
 * @broadcast: where no CPU was asked, it is by INVLPGB. Kernel addresses are flushed on all
 * CPUs, the thread's own address space here at least: unless the programs that see it are
 * just being attached or detached.
 */
static __always_inline u32 place_of(const struct slot *slot, bool broadcast)
{
	const struct mms_flush *rec = &slot->rec;
	bool here = rec->marks & MMS_FLUSH_HAS_HERE;

	if (!have_calls)
		return MMS_FLUSH_AT_UNKNOWN;
	if (!slot->called && !here && broadcast)
		return MMS_FLUSH_AT_BROADCAST;
	if (rec->cause >= MMS_FLUSH_KERNEL) {
		if (!slot->called)
			return MMS_FLUSH_AT_UNKNOWN;
		here = true;
	}
	if (here)
		return rec->ipis ? MMS_FLUSH_AT_BOTH : MMS_FLUSH_AT_HERE;
	if (rec->ipis)
		return MMS_FLUSH_AT_OTHERS;
	return slot->own ? MMS_FLUSH_AT_UNKNOWN : MMS_FLUSH_AT_LATER;
}

static __always_inline void end(u32 cause, u32 or_cause, bool broadcast, void *ctx)
{
	struct slot *slot = own_slot();
	struct mms_flush *rec;

	if (!slot)
		return;
	rec = &slot->rec;
	if (rec->cause != cause && rec->cause != or_cause)
		return;
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	rec->place = place_of(slot, broadcast);
	if (rec->place != MMS_FLUSH_AT_UNKNOWN)
		rec->marks |= MMS_FLUSH_HAS_IPIS;
	if (slot->wanted && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
	slot_free(slot);
}

SEC("fentry/flush_tlb_mm_range")
int BPF_PROG(mm_begin, struct mm_struct *mm, unsigned long start, unsigned long end,
	     unsigned int stride_shift, bool freed_tables)
{
	u32 cause = end == TLB_FLUSH_ALL ? MMS_FLUSH_MM : MMS_FLUSH_RANGE;
	struct mms_flush *rec = begin(cause, mm, false);
	struct slot *slot = own_slot();

	if (!rec || !slot)
		return 0;
	slot->own = mm == bpf_get_current_task_btf()->mm;
	see_range(rec, start, end, stride_shift);
	if (stride_shift >= PAGE_SHIFT)
		rec->step = stride_shift - PAGE_SHIFT;
	rec->tables = freed_tables;
	rec->marks |= MMS_FLUSH_HAS_STEP;
	return 0;
}

SEC("fexit/flush_tlb_mm_range")
int BPF_PROG(mm_end, struct mm_struct *mm)
{
	end(MMS_FLUSH_RANGE, MMS_FLUSH_MM, mms_mm_global_asid(mm), ctx);
	return 0;
}

SEC("fentry/arch_tlbbatch_flush")
int BPF_PROG(batch_begin, struct arch_tlbflush_unmap_batch *batch)
{
	struct mms_flush *rec = begin(MMS_FLUSH_BATCH, NULL, false);
	struct slot *slot = own_slot();

	if (!rec || !slot)
		return 0;
	rec->extent = MMS_FLUSH_EXTENT_FULL;
	slot->unmapped = mms_batch_is_unmapped(batch);
	return 0;
}

SEC("fexit/arch_tlbbatch_flush")
int BPF_PROG(batch_end, struct arch_tlbflush_unmap_batch *batch)
{
	struct slot *slot = own_slot();

	end(MMS_FLUSH_BATCH, MMS_FLUSH_BATCH,
	    slot && slot->unmapped && !mms_batch_is_unmapped(batch), ctx);
	return 0;
}

SEC("fentry/flush_tlb_kernel_range")
int BPF_PROG(kernel_begin, unsigned long start, unsigned long end)
{
	struct mms_flush *rec = begin(MMS_FLUSH_KERNEL, NULL, true);

	if (rec)
		see_range(rec, start, end, PAGE_SHIFT);
	return 0;
}

SEC("fexit/flush_tlb_kernel_range")
int BPF_PROG(kernel_end)
{
	end(MMS_FLUSH_KERNEL, MMS_FLUSH_KERNEL, mms_flush_broadcasts(), ctx);
	return 0;
}

SEC("fentry/flush_tlb_all")
int BPF_PROG(all_begin)
{
	struct slot *slot;

	begin(MMS_FLUSH_ALL, NULL, true);
	/* Also as a part of what cpa_flush() does. */
	slot = own_slot();
	if (!slot)
		return 0;
	slot->rec.extent = MMS_FLUSH_EXTENT_FULL;
	slot->rec.marks &= ~MMS_FLUSH_HAS_PAGES;
	slot->took_part = 0;
	return 0;
}

SEC("fexit/flush_tlb_all")
int BPF_PROG(all_end)
{
	end(MMS_FLUSH_ALL, MMS_FLUSH_ALL, mms_flush_broadcasts(), ctx);
	return 0;
}

SEC("fentry/cpa_flush")
int BPF_PROG(rights_begin, struct cpa_data *cpa)
{
	struct mms_flush *rec = begin(MMS_FLUSH_RIGHTS, NULL, true);

	if (!rec)
		return 0;
	rec->pages = cpa->numpages;
	rec->marks |= MMS_FLUSH_HAS_PAGES;
	rec->extent = MMS_FLUSH_EXTENT_PAGES;
	return 0;
}

SEC("fexit/cpa_flush")
int BPF_PROG(rights_end)
{
	end(MMS_FLUSH_RIGHTS, MMS_FLUSH_RIGHTS, mms_flush_broadcasts(), ctx);
	return 0;
}

/* ---- whom one asks -------------------------------------------------------------- */

static __always_inline u32 bits_of(u64 word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return word * 0x0101010101010101 >> 56;
}

/* CPUs in a mask that are online, besides this one. */
static __always_inline u32 others_in(u64 mask)
{
	u32 i, cpu = bpf_get_smp_processor_id(), n = 0;
	u64 word;

	for (i = 0; i < MAX_CPU_WORDS && i * 64 < nr_cpus; i++) {
		word = mms_word(mask + i * sizeof(u64));
		if (__cpu_online_mask)
			word &= mms_word(__cpu_online_mask + i * sizeof(u64));
		if (i == cpu / 64)
			word &= ~(1ULL << (cpu & 63));
		n += bits_of(word);
	}
	return n;
}

/*
 * All in the mask, or those that should_flush_tlb() says. The verifier does not let an
 * argument be loaded that points to a function.
 */
SEC("fentry/smp_call_function_many_cond")
int BPF_PROG(called, const struct cpumask *mask)
{
	struct slot *slot = own_slot();
	u64 condition = 0;

	if (!slot)
		return 0;
	slot->called = 1;
	bpf_get_func_arg(ctx, 4, &condition);
	if (condition)
		slot->rec.marks |= MMS_FLUSH_HAS_LAZY;
	else
		slot->rec.ipis += others_in((u64)mask);
	return 0;
}

SEC("fexit/should_flush_tlb")
int BPF_PROG(asked, int cpu)
{
	struct slot *slot = own_slot();
	u64 ret = 0;

	if (!slot || cpu == (int)bpf_get_smp_processor_id())
		return 0;
	bpf_get_func_ret(ctx, &ret);
	if (ret & 0xff)
		slot->rec.ipis++;
	else
		slot->rec.lazy++;
	return 0;
}

/* ---- who is asked --------------------------------------------------------------- */

static __always_inline struct doing_state *doing(u32 what)
{
	return bpf_map_lookup_elem(&doings, &what);
}

static __always_inline struct mms_flush *doing_begin(u32 what, u32 cause,
						     const struct mm_struct *mm)
{
	struct doing_state *state = doing(what);
	u64 pid_tgid = trace_task();

	if (!state)
		return NULL;
	state->running = 0;
	if (!trace_wants_cause(cause) || !wants(pid_tgid, mm) || !trace_sampled())
		return NULL;
	state->running = 1;
	__builtin_memset(&state->rec, 0, sizeof(state->rec));
	state->rec.cause = cause;
	state->rec.target = mms_mm_tgid(mm);
	state->rec.place = MMS_FLUSH_AT_HERE;
	state->rec.marks = MMS_FLUSH_HAS_HERE;
	state->rec.extent = MMS_FLUSH_EXTENT_NOTHING;
	state->rec.here = MMS_FLUSH_EXTENT_NOTHING;
	event_begin(&state->rec.event, pid_tgid);
	return &state->rec;
}

static __always_inline void doing_end(u32 what, bool tell, void *ctx)
{
	struct doing_state *state = doing(what);

	if (!state || !state->running)
		return;
	state->running = 0;
	state->rec.event.latency = bpf_ktime_get_ns() - state->rec.event.time;
	if (tell && trace_wants_latency(state->rec.event.latency))
		event_send(&state->rec, sizeof(state->rec), ctx);
}

/* Of an address space. The kernel, too, counts as received what another CPU has begun. */
SEC("fentry/flush_tlb_func")
int BPF_PROG(user_begin, const struct flush_tlb_info *info)
{
	const u64 at = (u64)info;
	const struct mm_struct *mm = (void *)mms_word(at + bpf_core_field_offset(info->mm));
	u32 from = BPF_CORE_READ(info, initiating_cpu);
	struct mms_flush *rec;
	struct slot *slot;

	if (from == bpf_get_smp_processor_id()) {
		slot = own_slot();
		if (slot) {
			slot->rec.marks |= MMS_FLUSH_HAS_HERE;
			slot->rec.here = MMS_FLUSH_EXTENT_NOTHING;
		}
		return 0;
	}
	rec = doing_begin(RECEIVING, MMS_FLUSH_RECEIVED, mm);
	if (!rec)
		return 0;
	rec->from = from;
	rec->marks |= MMS_FLUSH_HAS_FROM | MMS_FLUSH_HAS_STEP;
	rec->tables = BPF_CORE_READ(info, freed_tables);
	rec->step = BPF_CORE_READ(info, stride_shift);
	rec->step = rec->step > PAGE_SHIFT ? rec->step - PAGE_SHIFT : 0;
	rec->start = BPF_CORE_READ(info, start);
	rec->end = BPF_CORE_READ(info, end);
	if (rec->end != TLB_FLUSH_ALL)
		rec->marks |= MMS_FLUSH_HAS_RANGE;
	return 0;
}

SEC("fexit/flush_tlb_func")
int BPF_PROG(user_end)
{
	struct doing_state *state = doing(RECEIVING);

	/* It may have flushed all, as it had missed one before, or nothing, as it has done it. */
	if (state && state->rec.here == MMS_FLUSH_EXTENT_PAGES) {
		state->rec.pages = (state->rec.end - state->rec.start) >> PAGE_SHIFT;
		state->rec.marks |= MMS_FLUSH_HAS_PAGES;
	}
	doing_end(RECEIVING, true, ctx);
	return 0;
}

/*
 * Of the kernel: run by who asks, too, once. Who is asked by another while it waits to do its
 * own part does two: which is which does not matter.
 */
static __always_inline struct mms_flush *kernel_part(u32 extent)
{
	struct slot *slot = own_slot();
	struct mms_flush *rec;

	if (slot && slot->rec.cause >= MMS_FLUSH_KERNEL && !slot->took_part) {
		slot->took_part = 1;
		slot->rec.marks |= MMS_FLUSH_HAS_HERE;
		slot->rec.here = extent;
		return NULL;
	}
	rec = doing_begin(RECEIVING_KERNEL, MMS_FLUSH_RECEIVED, NULL);
	if (rec) {
		rec->extent = extent;
		rec->here = extent;
	}
	return rec;
}

SEC("fentry/do_flush_tlb_all")
int BPF_PROG(everything_begin)
{
	kernel_part(MMS_FLUSH_EXTENT_FULL);
	return 0;
}

SEC("fexit/do_flush_tlb_all")
int BPF_PROG(everything_end)
{
	doing_end(RECEIVING_KERNEL, true, ctx);
	return 0;
}

SEC("fentry/do_kernel_range_flush")
int BPF_PROG(part_begin, void *arg)
{
	struct mms_flush *rec = kernel_part(MMS_FLUSH_EXTENT_PAGES);
	const struct flush_tlb_info *info = arg;

	if (!rec)
		return 0;
	rec->start = BPF_CORE_READ(info, start);
	rec->end = BPF_CORE_READ(info, end);
	rec->pages = (rec->end - rec->start) >> PAGE_SHIFT;
	rec->start = trace_shown(rec->start);
	rec->end = trace_shown(rec->end);
	rec->from = BPF_CORE_READ(info, initiating_cpu);
	rec->marks |= MMS_FLUSH_HAS_RANGE | MMS_FLUSH_HAS_PAGES | MMS_FLUSH_HAS_FROM;
	return 0;
}

SEC("fexit/do_kernel_range_flush")
int BPF_PROG(part_end)
{
	doing_end(RECEIVING_KERNEL, true, ctx);
	return 0;
}

SEC("fentry/__cpa_flush_tlb")
int BPF_PROG(rights_part_begin, void *arg)
{
	struct mms_flush *rec = kernel_part(MMS_FLUSH_EXTENT_PAGES);
	const struct cpa_data *cpa = arg;

	if (!rec)
		return 0;
	rec->pages = BPF_CORE_READ(cpa, numpages);
	rec->marks |= MMS_FLUSH_HAS_PAGES;
	return 0;
}

SEC("fexit/__cpa_flush_tlb")
int BPF_PROG(rights_part_end)
{
	doing_end(RECEIVING_KERNEL, true, ctx);
	return 0;
}

/* ---- what is done on this CPU ----------------------------------------------------- */

static __always_inline u32 extent_of(u64 pages)
{
	if (pages == TLB_FLUSH_ALL)
		return MMS_FLUSH_EXTENT_FULL;
	return pages ? MMS_FLUSH_EXTENT_PAGES : MMS_FLUSH_EXTENT_NOTHING;
}

SEC("tp_btf/tlb_flush")
int BPF_PROG(flushed, unsigned int reason, unsigned long pages)
{
	struct doing_state *state;
	struct slot *slot;

	if (MMS_FLUSH_REASON(reason, FLUSH_ON_TASK_SWITCH)) {
		state = doing(SWITCHING);
		if (state) {
			state->rec.extent = extent_of(pages);
			state->rec.here = state->rec.extent;
		}
	} else if (MMS_FLUSH_REASON(reason, REMOTE_SHOOTDOWN)) {
		state = doing(RECEIVING);
		if (state) {
			state->rec.extent = extent_of(pages);
			state->rec.here = state->rec.extent;
		}
	} else if (MMS_FLUSH_REASON(reason, LOCAL_SHOOTDOWN) ||
		   MMS_FLUSH_REASON(reason, LOCAL_MM_SHOOTDOWN)) {
		slot = own_slot();
		if (slot)
			slot->rec.here = extent_of(pages);
	}
	return 0;
}

/* Where the processor keeps several address spaces apart (PCID), it need not be flushed. */
SEC("fentry/switch_mm_irqs_off")
int BPF_PROG(switch_begin, struct mm_struct *prev, struct mm_struct *next)
{
	doing_begin(SWITCHING, MMS_FLUSH_SWITCH, next);
	return 0;
}

SEC("fexit/switch_mm_irqs_off")
int BPF_PROG(switch_end)
{
	struct doing_state *state = doing(SWITCHING);

	doing_end(SWITCHING, state && state->rec.here == MMS_FLUSH_EXTENT_FULL, ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
