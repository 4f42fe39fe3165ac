/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all tracers share: whether a task is wanted, the ring buffer, events, what
 * is counted, sums with their histogram. vmlinux.h, libbpf's headers and
 * core_fixes.bpf.h come first.
 *
 * The filter is the caller's to set before loading: it is constant then, and
 * the verifier takes out what it does not ask for.
 */
#ifndef MMS_BPF_COMMON_H
#define MMS_BPF_COMMON_H

#include "core_fixes_owner.bpf.h"
#include "trace.h"

const volatile struct mms_trace_filter filter;
const volatile bool stacks_user;
const volatile bool stacks_kernel;
/* Sums in the map sums instead of records. */
const volatile bool summing;
/* Addresses of the kernel are not for the one who asks: CAP_SYSLOG is missing. */
const volatile bool hide_kernel;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);	/* the runner's --buffer */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mms_trace_count);
} counts SEC(".maps");

/* filter.many: processes that are wanted */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
} tgids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);		/* the runner's, where stacks are asked for */
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

/* Rings the reader only now and then: it looks by itself ten times a second. */
#define WAKE_EVERY	256

static __always_inline struct mms_trace_count *trace_count(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&counts, &zero);
}

/* Process and thread as bpf_get_current_pid_tgid() has them, by loads alone. */
static __always_inline u64 trace_task(void)
{
	const struct task_struct *task = bpf_get_current_task_btf();

	return (u64)(u32)task->tgid << 32 | (u32)task->pid;
}

/*
 * Settings are looked at as few times as can be: what they rule out the verifier takes out, but
 * each look at them stays.
 */

/* Whether it can be one that is asked for, by one number: most that are not are ruled out so. */
static __always_inline bool trace_may_want(u64 pid_tgid)
{
	u32 only = filter.tgid;

	return !only || pid_tgid >> 32 == only;
}

/* Whether a process is one that is asked for, by its number. */
static __always_inline bool trace_wants_tgid(u32 tgid)
{
	return trace_may_want((u64)tgid << 32) &&
	       (!filter.many || bpf_map_lookup_elem(&tgids, &tgid));
}

/* @comm: of 16 bytes */
static __always_inline bool trace_wants_comm(const char *comm)
{
	u32 i;

	for (i = 0; i < sizeof(filter.comm); i++) {
		if (comm[i] != filter.comm[i])
			return false;
		if (!filter.comm[i])
			break;
	}
	return true;
}

/* Whether the current task is one that is asked for. */
static __always_inline bool trace_wants(u64 pid_tgid)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	u32 tgid = pid_tgid >> 32;

	if (!trace_may_want(pid_tgid))
		return false;
	if (!filter.more)
		return true;
	if (filter.many && !bpf_map_lookup_elem(&tgids, &tgid))
		return false;
	if (filter.comm_len && !trace_wants_comm(task->comm))
		return false;
	return !filter.cgroup || bpf_get_current_cgroup_id() == filter.cgroup;
}

/* Whether fork() makes a child of one that is followed: it will be, once it has its PID. */
static __always_inline bool trace_wants_unborn(const struct task_struct *task)
{
	/* until it has its own number, that is its parent's; then real_parent leads to it */
	return filter.child && (trace_wants_tgid(BPF_CORE_READ(task, tgid)) ||
				trace_wants_tgid(BPF_CORE_READ(task, real_parent, tgid)));
}

/* The same of the one whose address space it is; false where that is not known. */
static __always_inline bool trace_wants_owner(const struct mm_struct *mm)
{
	const struct task_struct *owner = mms_mm_owner(mm);
	char comm[16];
	u32 tgid;

	if (!owner)
		return false;
	tgid = mms_owner_tgid(owner);
	if (!trace_wants_tgid(tgid) && (tgid || !trace_wants_unborn(owner)))
		return false;
	if (!filter.more)
		return true;
	if (filter.comm_len) {
		BPF_CORE_READ_STR_INTO(&comm, owner, comm);
		if (!trace_wants_comm(comm))
			return false;
	}
	if (filter.cgroup && BPF_CORE_READ(owner, cgroups, dfl_cgrp, kn, id) != filter.cgroup)
		return false;
	return true;
}

static __always_inline bool trace_wants_address(u64 address)
{
	return !filter.end || (address >= filter.start && address < filter.end);
}

/* An address as it is told */
static __always_inline u64 trace_shown(u64 address)
{
	return hide_kernel && (s64)address < 0 ? MMS_TRACE_HIDDEN : address;
}

static __always_inline bool trace_wants_cause(u32 cause)
{
	return !filter.causes || filter.causes >> (cause & 63) & 1;
}

static __always_inline bool trace_wants_latency(u64 latency)
{
	return !filter.min_latency || latency >= filter.min_latency;
}

/*
 * A program of a uprobe may be preempted by another thread's run of it on the same CPU. So
 * may its stack be taken, if it has 64 bytes or more: it belongs to the CPU since "bpf:
 * Support private stack for bpf progs", 6.13, and nothing keeps that from happening. Such a
 * program defines TRACE_PREEMPTIBLE, and uses less.
 */
static __always_inline u64 trace_add(u64 *counter, s64 nr)
{
#ifdef TRACE_PREEMPTIBLE
	return __sync_fetch_and_add(counter, nr);
#else
	*counter += nr;
	return *counter - nr;
#endif
}

/* Whether it is its turn; who does not ask for each so many-th does not pay for counting. */
static __always_inline bool trace_sampled(void)
{
	struct mms_trace_count *count;

	if (filter.sample < 2)
		return true;
	count = trace_count();
	return count && (trace_add(&count->seen, 1) + 1) % filter.sample == 0;
}

/* Put a record into the ring buffer, or count it as lost. */
static __always_inline void trace_send(const void *rec, u64 size)
{
	struct mms_trace_count *count = trace_count();

	if (!count)
		return;
	if (bpf_ringbuf_output(&events, (void *)rec, size,
			       count->sent % WAKE_EVERY ? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP)) {
		trace_add(&count->lost, 1);
		return;
	}
	trace_add(&count->sent, 1);
}

/* What is known of an event at once: whose it is. */
static __always_inline void event_task(struct mms_event *event, u64 pid_tgid)
{
	event->type = MMS_TRACE_EVENT;
	event->tgid = pid_tgid >> 32;
	event->tid = pid_tgid;
	event->latency = 0;
	event->user_stack = -1;
	event->kernel_stack = -1;
}

/* The same, and that it begins now. */
static __always_inline void event_begin(struct mms_event *event, u64 pid_tgid)
{
	event_task(event, pid_tgid);
	event->time = bpf_ktime_get_ns();
}

/* The rest of an event: where the task is now. @ctx is the program's. */
static __always_inline void event_rest(struct mms_event *event, void *ctx)
{
	event->cpu = bpf_get_smp_processor_id();
	event->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (stacks_user)
		event->user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	if (stacks_kernel)
		event->kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
}

/* Send a record with the rest of the event that it begins with. */
static __always_inline void event_send(void *rec, u64 size, void *ctx)
{
	event_rest(rec, ctx);
	trace_send(rec, size);
}

/* The number of the highest bit. */
static __always_inline u32 trace_log2_u32(u32 value)
{
	u32 n = 0;

	if (value >= 1U << 16) {
		value >>= 16;
		n = 16;
	}
	if (value >= 1U << 8) {
		value >>= 8;
		n += 8;
	}
	if (value >= 1U << 4) {
		value >>= 4;
		n += 4;
	}
	if (value >= 1U << 2) {
		value >>= 2;
		n += 2;
	}
	return n + (value >> 1);
}

static __always_inline u32 trace_log2(u64 value)
{
	return value >> 32 ? 32 + trace_log2_u32(value >> 32) : trace_log2_u32(value);
}

/* Where a latency is counted; userspace/model/histogram.c has the way back. */
static __always_inline u32 trace_bucket(u64 value)
{
	u32 log;

	if (value < 8)
		return value;
	log = trace_log2(value);
	return (log << 2 | (value >> (log - 2) & 3)) & (MMS_TRACE_BUCKETS - 1);
}

static __always_inline void trace_sum(struct mms_trace_sum *sum, u64 latency)
{
	u32 bucket = trace_bucket(latency);

	sum->total += latency;
	if (latency > sum->max)
		sum->max = latency;
	sum->buckets[bucket & (MMS_TRACE_BUCKETS - 1)]++;
}

/* ---- where addresses are to have names -------------------------------------- */

/* When processes have called exec: an address from before it was another program's. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} execs SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(tell_exec, struct task_struct *task)
{
	struct mms_trace_exec rec = { .type = MMS_TRACE_EXEC, .tgid = task->tgid };
	u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&execs, &rec.tgid, &now, BPF_ANY);
	/* Where there is no room, events are lost, too, which is said. */
	bpf_ringbuf_output(&events, &rec, sizeof(rec), BPF_RB_NO_WAKEUP);
	return 0;
}

/* ---- with filter.child: a command, and what it forks -------------------- */

/* The command runs when it has called exec, not while it is still a copy of the tool. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(follow_exec, struct task_struct *task)
{
	u32 tgid = task->tgid;
	u8 yes = 1;

	if (tgid == filter.child)
		bpf_map_update_elem(&tgids, &tgid, &yes, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from = parent->tgid, to = child->tgid;
	u8 yes = 1;

	if (from != to && bpf_map_lookup_elem(&tgids, &from))
		bpf_map_update_elem(&tgids, &to, &yes, BPF_ANY);
	return 0;
}

/* Its number may come to mean another one: the leader is the last to be released. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(follow_free, struct task_struct *task)
{
	u32 tgid = task->tgid;

	if (task->pid == task->tgid)
		bpf_map_delete_elem(&tgids, &tgid);
	return 0;
}

#endif /* MMS_BPF_COMMON_H */
