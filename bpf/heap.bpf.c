// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C library's allocator: uprobes on the functions that programs call. What is not yet
 * freed is kept in a map here, by process and address, so that nothing of it depends on how
 * fast somebody reads.
 *
 * A call inside of another one, as of realloc() in reallocarray(), is that other one's: it
 * begins no higher on the stack. So no depth has to be kept, and a return that was never
 * seen spoils no more than one call.
 *
 * What is made is made in the thread's slot: see TRACE_PREEMPTIBLE in common.bpf.h.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "heap.h"
#define TRACE_PREEMPTIBLE
#include "common.bpf.h"
#include "uprobes.bpf.h"

/* Returns of free() are hooked, too. */
const volatile bool free_returns;

/* The tool: what it allocates to show events is none of them. */
const volatile u32 self;

/* What a thread is in. */
struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 sp;		/* where the address stands that it returns to */
	u64 started;	/* the thread, as its number may come to mean another one */
	u64 result;	/* where posix_memalign() puts the address, 0: it is returned */
	u64 wanted;	/* it is its turn, by filter.sample */
	struct mms_heap_key key;
	union {
		struct mms_heap_kept was;	/* what is freed, if KNOWN */
		struct mms_heap_kept now;	/* what is there instead */
	};
	struct mms_heap rec;
} __attribute__((aligned(256)));

#define NR_SLOTS 4096
#include "slots.bpf.h"

/* By process and address. Grows as it is needed, up to the tool's --buffer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20);
	__type(key, struct mms_heap_key);
	__type(value, struct mms_heap_kept);
} kept SEC(".maps");

/* What a process had allocated before this time is gone with its address space. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} gone SEC(".maps");

struct tallies {
	u64 nr[MMS_NR_HEAP_TALLIES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tallies);
} tallies SEC(".maps");

static __always_inline void tally(const enum mms_heap_tally what, s64 nr)
{
	u32 zero = 0;
	struct tallies *t = bpf_map_lookup_elem(&tallies, &zero);

	if (t)
		trace_add(&t->nr[what], nr);
}

/* ---- what is kept --------------------------------------------------------------- */

static __always_inline void keep(const struct mms_heap_key *key, const struct mms_heap_kept *value)
{
	if (bpf_map_update_elem(&kept, key, value, BPF_ANY))
		tally(MMS_HEAP_TALLY_NOT_KEPT, 1);
}

/* It is about to be freed: from then on another thread may get it. False: it was not kept. */
static __always_inline bool forget(const struct mms_heap_key *key, struct mms_heap_kept *ret_was)
{
	struct mms_heap_kept *was = bpf_map_lookup_elem(&kept, key);

	if (!was) {
		/* Those that were not wanted are not kept, either. */
		if (filter.sample < 2 && !filter.causes && !filter.min_latency)
			tally(MMS_HEAP_TALLY_UNSEEN, 1);
		return false;
	}
	if (ret_was)
		__builtin_memcpy(ret_was, was, sizeof(*was));
	bpf_map_delete_elem(&kept, key);
	tally(MMS_HEAP_TALLY_FREED, 1);
	return true;
}

/* Of a process that is not traced itself, as its name is not the one that is asked for. */
static __always_inline void forget_other(u64 pid_tgid, u64 address)
{
	struct slot *slot;

	if (!address || !(filter.comm_len || filter.cgroup))
		return;
	slot = slot_find(pid_tgid) ?: slot_claim(pid_tgid);
	if (!slot)
		return;
	slot->key.address = address;
	slot->key.tgid = pid_tgid >> 32;
	forget(&slot->key, NULL);
	slot_free(slot);
}

/* ---- calls -------------------------------------------------------------------------- */

static __always_inline bool is_traced(u64 pid_tgid)
{
	return trace_wants(pid_tgid) && pid_tgid >> 32 != self;
}

/* In a call that has not returned, and in which this one is. */
static __always_inline bool is_inside(const struct slot *slot, u64 sp)
{
	return slot && slot->started == bpf_get_current_task_btf()->start_time && sp <= slot->sp;
}

/* A call begins. NULL: it is inside of another one. */
static __always_inline struct slot *begin(u64 pid_tgid, u64 sp, u32 cause, u64 size)
{
	struct slot *slot = slot_find(pid_tgid);

	if (is_inside(slot, sp))
		return NULL;
	slot = slot ?: slot_claim(pid_tgid);
	if (!slot)
		return NULL;
	slot->sp = sp;
	slot->started = bpf_get_current_task_btf()->start_time;
	slot->result = 0;
	slot->wanted = trace_sampled();
	slot->key.tgid = pid_tgid >> 32;
	__builtin_memset(&slot->rec, 0, sizeof(slot->rec));
	event_begin(&slot->rec.event, pid_tgid);
	slot->rec.cause = cause;
	slot->rec.size = size;
	return slot;
}

static __always_inline struct slot *begin_alloc(u64 sp, u32 cause, u64 size, u64 align)
{
	u64 pid_tgid = trace_task();
	struct slot *slot = is_traced(pid_tgid) ? begin(pid_tgid, sp, cause, size) : NULL;

	if (slot)
		slot->rec.align = align;
	return slot;
}

/* Something is freed by this call. */
static __always_inline void begin_free(struct slot *slot, u64 address)
{
	slot->key.address = address;
	if (!forget(&slot->key, &slot->was))
		return;
	slot->rec.marks |= MMS_HEAP_KNOWN;
	slot->rec.old_size = slot->was.size;
	slot->rec.age = slot->rec.event.time - slot->was.time;
}

static __always_inline void begin_realloc(u64 sp, u64 old, u64 size)
{
	u64 pid_tgid = trace_task();
	struct slot *slot;

	if (!is_traced(pid_tgid)) {
		forget_other(pid_tgid, old);
		return;
	}
	slot = begin(pid_tgid, sp, MMS_HEAP_REALLOC, size);
	if (!slot || !old)
		return;
	slot->rec.old = old;
	begin_free(slot, old);
}

/* As much as cannot be had, where the product is more than a number. */
static __always_inline u64 product(u64 nr, u64 size)
{
	u64 most = size ? ~0ULL / size : ~0ULL;

	/* Or the compiler would multiply with 128 bits. */
	asm volatile("" : "+r"(most));
	return nr > most ? ~0ULL : nr * size;
}

SEC("uprobe")
int malloc_begin(struct pt_regs *ctx)
{
	begin_alloc(ctx->sp, MMS_HEAP_MALLOC, ctx->di, 0);
	return 0;
}

SEC("uprobe")
int calloc_begin(struct pt_regs *ctx)
{
	begin_alloc(ctx->sp, MMS_HEAP_CALLOC, product(ctx->di, ctx->si), 0);
	return 0;
}

SEC("uprobe")
int realloc_begin(struct pt_regs *ctx)
{
	begin_realloc(ctx->sp, ctx->di, ctx->si);
	return 0;
}

SEC("uprobe")
int reallocarray_begin(struct pt_regs *ctx)
{
	begin_realloc(ctx->sp, ctx->di, product(ctx->si, ctx->dx));
	return 0;
}

SEC("uprobe")
int posix_memalign_begin(struct pt_regs *ctx)
{
	u64 result = ctx->di;
	struct slot *slot = begin_alloc(ctx->sp, MMS_HEAP_ALIGNED, ctx->dx, ctx->si);

	if (slot)
		slot->result = result;
	return 0;
}

SEC("uprobe")
int memalign_begin(struct pt_regs *ctx)
{
	begin_alloc(ctx->sp, MMS_HEAP_ALIGNED, ctx->si, ctx->di);
	return 0;
}

/* operator new with an alignment has these the other way round. */
SEC("uprobe")
int new_aligned_begin(struct pt_regs *ctx)
{
	begin_alloc(ctx->sp, MMS_HEAP_ALIGNED, ctx->di, ctx->si);
	return 0;
}

SEC("uprobe")
int valloc_begin(struct pt_regs *ctx)
{
	begin_alloc(ctx->sp, MMS_HEAP_ALIGNED, ctx->di, 0);
	return 0;
}

SEC("uprobe")
int free_begin(struct pt_regs *ctx)
{
	u64 pid_tgid = trace_task(), address = ctx->di, sp = ctx->sp;
	struct slot *slot;

	if (!address)
		return 0;
	if (!is_traced(pid_tgid)) {
		forget_other(pid_tgid, address);
		return 0;
	}
	slot = begin(pid_tgid, sp, MMS_HEAP_FREE, 0);
	if (!slot)
		return 0;
	begin_free(slot, address);
	/* Nothing is to be told of it, and nobody says when it returns. */
	if (!free_returns)
		slot_free(slot);
	return 0;
}

/* ---- returns -------------------------------------------------------------------------- */

/* A register: the compiler would put off the load, from a place that it has computed. */
static __always_inline u64 reg(u64 value)
{
	asm volatile("" : "+r"(value));
	return value;
}

/* Which is the one that returns: those inside of it return lower on the stack. */
static __always_inline struct slot *ending(u64 sp)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	return slot && sp == slot->sp + sizeof(u64) ? slot : NULL;
}

static __always_inline bool is_wanted(const struct slot *slot)
{
	return slot->wanted && trace_wants_cause(slot->rec.cause) &&
	       trace_wants_latency(slot->rec.event.latency);
}

static __always_inline void keep_new(struct slot *slot, void *ctx)
{
	const struct mms_heap *rec = &slot->rec;

	slot->key.address = rec->address;
	slot->now.size = rec->size;
	slot->now.time = rec->event.time + rec->event.latency;
	slot->now.caller = rec->caller;
	slot->now.tid = rec->event.tid;
	slot->now.user_stack = -1;
	bpf_get_current_comm(slot->now.comm, sizeof(slot->now.comm));
	if (summing && stacks_user)
		slot->now.user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	keep(&slot->key, &slot->now);
}

/* It gave nothing: realloc() may have been asked to free, else what it was given is there still. */
static __always_inline void end_without(struct slot *slot)
{
	struct mms_heap *rec = &slot->rec;

	if (rec->old && !rec->size) {
		rec->cause = MMS_HEAP_FREE;
		rec->address = rec->old;
		rec->old = 0;
		return;
	}
	rec->cause = MMS_HEAP_FAILED;
	tally(MMS_HEAP_TALLY_FAILED, 1);
	if (rec->marks & MMS_HEAP_KNOWN) {
		keep(&slot->key, &slot->was);
		tally(MMS_HEAP_TALLY_FREED, -1);
	}
}

static __always_inline void end(struct slot *slot, void *ctx)
{
	struct mms_heap *rec = &slot->rec;

	if (!rec->address)
		end_without(slot);
	else if (rec->cause < MMS_HEAP_FREE)
		tally(MMS_HEAP_TALLY_ALLOCATED, 1);
	if (rec->cause < MMS_HEAP_FREE && (!summing || is_wanted(slot)))
		keep_new(slot, ctx);
	/* What is freed has one size. */
	if (rec->cause == MMS_HEAP_FREE) {
		rec->size = rec->old_size;
		rec->old_size = 0;
	}
	if (!summing && is_wanted(slot))
		event_send(rec, sizeof(*rec), ctx);
	slot_free(slot);
}

SEC("uretprobe")
int alloc_end(struct pt_regs *ctx)
{
	u64 caller = reg(ctx->ip), returned = reg(ctx->ax);
	struct slot *slot = ending(ctx->sp);

	if (!slot)
		return 0;
	slot->rec.caller = caller;
	slot->rec.event.latency = bpf_ktime_get_ns() - slot->rec.event.time;
	if (!slot->result)
		slot->rec.address = returned;
	else if (!(u32)returned)
		bpf_probe_read_user(&slot->rec.address, sizeof(u64), (void *)slot->result);
	end(slot, ctx);
	return 0;
}

SEC("uretprobe")
int free_end(struct pt_regs *ctx)
{
	u64 caller = reg(ctx->ip);
	struct slot *slot = ending(ctx->sp);

	if (!slot)
		return 0;
	slot->rec.caller = caller;
	slot->rec.event.latency = bpf_ktime_get_ns() - slot->rec.event.time;
	slot->rec.address = slot->key.address;
	if (slot->rec.cause == MMS_HEAP_FREE)
		end(slot, ctx);
	return 0;
}

/* ---- processes ------------------------------------------------------------------------------ */

static __always_inline void goes(u32 tgid)
{
	u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&gone, &tgid, &now, BPF_ANY);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct slot *slot = slot_find(task->pid);

	/* By a handler of a signal, which is in no call any more. */
	if (slot)
		slot_free(slot);
	if (is_traced(trace_task()) || filter.comm_len || filter.cgroup)
		goes(task->tgid);
	look_exec(task, bprm);
	return 0;
}

/*
 * What processes had that were asked for by their numbers, or launched, is told after their
 * end, too: it is what they did not free.
 */
SEC("tp_btf/sched_process_free")
int BPF_PROG(released, struct task_struct *task)
{
	if (!filter.tgid && !filter.many && task->pid == task->tgid)
		goes(task->tgid);
	return 0;
}

char _license[] SEC("license") = "GPL";
