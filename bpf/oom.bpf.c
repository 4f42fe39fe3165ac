// SPDX-License-Identifier: GPL-2.0-only
/*
 * Out of memory: who asked, which processes were looked at, who was killed, and what came
 * of it. All of a decision is made by one thread, which holds oom_lock: so there is never
 * more than one, and what is known of it needs no map.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "common.bpf.h"
#include "rss.bpf.h"
#include "oom.h"

#define SIGKILL		9
#define UNKILLABLE	(-0x7fffffffffffffffLL - 1)	/* LONG_MIN, oom_badness() */

/* The decision that is being made. Not static: see walk.bpf.h. */
struct {
	u64 number;
	u64 begin;
	u32 owner;	/* thread, 0: none is made */
	u32 candidates;
	u32 told;	/* the decision has been sent */
	u32 group;	/* killing what is in its victim's memory cgroup */
	u64 killing;	/* the process that is being killed, 0: none */
	u64 memcg;
	u64 usage;
	u64 limit;
	u64 total;
	s64 points;
	struct oom_control *asked;
	u32 gfp;
	s32 order;
} now;

struct victim {
	u64 decision;
	u32 tgid;
	u32 pad;
};

/* Those that were killed, by the thread that oom_reaper goes by. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct victim);
} victims SEC(".maps");

/* What oom_reaper, of which there is one, is at. */
struct {
	u64 begin;
	u64 pages;
	s64 freed;
	u32 thread;
	u32 task;
} reaping;

/*
 * Whether badness() sums up what each CPU counts, as newer kernels do, or takes the number
 * that is a little behind. Nothing in BTF says which: its result does.
 */
bool sums_up = true;

/* Too large for a stack with all the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mms_oom);
} rooms SEC(".maps");

MMS_KSYM(vm_zone_stat);

static __always_inline struct mms_oom *row(u32 cause, u64 decision)
{
	u32 zero = 0;
	struct mms_oom *rec = bpf_map_lookup_elem(&rooms, &zero);

	if (!rec)
		return NULL;
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, trace_task());
	rec->cause = cause;
	rec->decision = decision;
	/* NR_FREE_PAGES is the first of enum zone_stat_item on each kernel. */
	rec->free = vm_zone_stat ? mms_read_u64(vm_zone_stat) : 0;
	return rec;
}

static __always_inline void row_send(struct mms_oom *rec, void *ctx)
{
	if (trace_wants_cause(rec->cause) && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
}

/* What is asked for, which is in each row of a decision. */
static __always_inline void put_asked(struct mms_oom *rec)
{
	struct oom_control *asked = now.asked;

	rec->marks |= MMS_OOM_ASKED;
	rec->gfp = now.gfp;
	rec->order = now.order;
	rec->constraint = BPF_CORE_READ(asked, constraint);
	rec->total = now.total;
	rec->candidates = now.candidates;
	if (!now.memcg)
		return;
	rec->marks |= MMS_OOM_MEMCG;
	rec->memcg = now.memcg;
	rec->usage = now.usage;
	rec->limit = now.limit;
}

static __always_inline void read_rss(struct mm_struct *mm, bool sum, struct rss *ret_rss)
{
	const struct mm_struct___rss_percpu *new = (const void *)mm;

	if (sum && bpf_core_field_exists(new->rss_stat[0].counters))
		rss_sum(mm, ret_rss);
	else
		rss_read(mm, ret_rss);
}

/* See sums_up. */
static __always_inline void learn(struct mms_oom *rec, struct task_struct *task, s64 points)
{
	s64 rest = rec->tables + (s64)rec->adj * (s64)(now.total / 1000);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct rss rss;

	if (!mm || (s64)(rec->rss + rec->swap) + rest == points)
		return;
	read_rss(mm, !sums_up, &rss);
	if (rss.pages + rss.swapped + rest != points)
		return;
	sums_up = !sums_up;
	rec->rss = rss.pages;
	rec->swap = rss.swapped;
}

static __always_inline void put_task(struct mms_oom *rec, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct rss rss;

	rec->marks |= MMS_OOM_TASK;
	rec->task = BPF_CORE_READ(task, tgid);
	rec->adj = BPF_CORE_READ(task, signal, oom_score_adj);
	bpf_probe_read_kernel(rec->name, sizeof(rec->name), &task->comm);
	/* Another thread of it may still have it, where the leader has exited. */
	if (!mm)
		return;
	read_rss(mm, sums_up, &rss);
	rec->marks |= MMS_OOM_MM;
	rec->rss = rss.pages;
	rec->swap = rss.swapped;
	rec->tables = (u64)BPF_CORE_READ(mm, pgtables_bytes.counter) >> PAGE_SHIFT;
}

static __always_inline bool deciding(void)
{
	return now.owner && now.owner == (u32)bpf_get_current_task_btf()->pid;
}

/* ---- the decision --------------------------------------------------------------- */

SEC("fentry/out_of_memory")
int BPF_PROG(decision_begin, struct oom_control *oc)
{
	u64 pid_tgid = trace_task();
	struct mem_cgroup *memcg;

	now.owner = 0;
	if (!trace_wants(pid_tgid) || !trace_sampled())
		return 0;
	now.begin = bpf_ktime_get_ns();
	now.candidates = 0;
	now.told = 0;
	now.group = 0;
	now.killing = 0;
	now.points = 0;
	now.gfp = oc->gfp_mask;
	now.order = oc->order;
	now.asked = oc;
	now.total = 0;
	now.memcg = 0;
	memcg = oc->memcg;
	if (memcg) {
		now.memcg = memcg->css.cgroup->kn->id;
		now.usage = memcg->memory.usage.counter;
		now.limit = memcg->memory.max;
	}
	now.number++;
	now.owner = pid_tgid;
	return 0;
}

static __always_inline void tell_decision(struct oom_control *oc, struct task_struct *victim,
					  void *ctx)
{
	struct mms_oom *rec = row(MMS_OOM_DECISION, now.number);

	now.told = 1;
	if (!rec)
		return;
	rec->event.latency = rec->event.time - now.begin;
	rec->event.time = now.begin;
	now.total = oc->totalpages;
	put_asked(rec);
	if (victim) {
		put_task(rec, victim);
		now.points = oc->chosen_points;
		rec->points = now.points;
		rec->marks |= MMS_OOM_POINTS;
	}
	row_send(rec, ctx);
}

SEC("fexit/oom_badness")
int BPF_PROG(candidate, struct task_struct *task, unsigned long total, long points)
{
	struct mms_oom *rec;

	if (!deciding())
		return 0;
	now.candidates++;
	now.total = total;
	rec = row(MMS_OOM_CANDIDATE, now.number);
	if (!rec)
		return 0;
	put_asked(rec);
	put_task(rec, task);
	rec->points = points;
	if (points != UNKILLABLE) {
		rec->marks |= MMS_OOM_POINTS;
		learn(rec, task, points);
	}
	row_send(rec, ctx);
	return 0;
}

SEC("fentry/oom_kill_process")
int BPF_PROG(chosen, struct oom_control *oc)
{
	if (deciding())
		tell_decision(oc, oc->chosen, ctx);
	return 0;
}

SEC("fexit/out_of_memory")
int BPF_PROG(decision_end, struct oom_control *oc)
{
	if (!deciding())
		return 0;
	/* Nobody could be killed, or nobody had to be. */
	if (!now.told)
		tell_decision(oc, NULL, ctx);
	now.owner = 0;
	return 0;
}

/* ---- the killing ------------------------------------------------------------------ */

SEC("fentry/__oom_kill_process")
int BPF_PROG(killing, struct task_struct *victim)
{
	if (deciding())
		now.killing = victim->tgid;
	return 0;
}

SEC("fentry/oom_kill_memcg_member")
int BPF_PROG(member)
{
	if (deciding())
		now.group = 1;
	return 0;
}

static __always_inline void tell_killed(struct task_struct *task, u32 cause, void *ctx)
{
	struct victim victim = { .decision = now.number, .tgid = BPF_CORE_READ(task, tgid) };
	u32 pid = BPF_CORE_READ(task, pid);
	struct mms_oom *rec;

	bpf_map_update_elem(&victims, &pid, &victim, BPF_ANY);
	rec = row(cause, now.number);
	if (!rec)
		return;
	put_asked(rec);
	put_task(rec, task);
	if (cause == MMS_OOM_VICTIM) {
		rec->points = now.points;
		rec->marks |= MMS_OOM_POINTS;
	}
	row_send(rec, ctx);
}

SEC("tp_btf/mark_victim")
int BPF_PROG(marked, struct task_struct *task)
{
	if (!deciding())
		return 0;
	if (!now.killing)
		tell_killed(task, MMS_OOM_EXITING, ctx);
	else
		tell_killed(task, now.group ? MMS_OOM_GROUP : MMS_OOM_VICTIM, ctx);
	return 0;
}

/* Who has the same memory only gets the signal. */
SEC("tp_btf/signal_generate")
int BPF_PROG(signalled, int signal, void *info, struct task_struct *task)
{
	if (signal != SIGKILL || !deciding() || !now.killing ||
	    now.killing == (u64)task->tgid)
		return 0;
	tell_killed(task, MMS_OOM_SHARED, ctx);
	return 0;
}

/* ---- oom_reaper, which comes two seconds later, if it is needed --------------------- */

static __always_inline void tell_reaper(u32 pid, u32 cause, u64 begin, s64 freed, void *ctx)
{
	struct victim *victim = bpf_map_lookup_elem(&victims, &pid);
	struct mms_oom *rec;

	if (!victim)
		return;
	rec = row(cause, victim->decision);
	if (!rec)
		return;
	rec->task = victim->tgid;
	rec->freed = freed > 0 ? freed : 0;
	rec->marks |= MMS_OOM_TASK | MMS_OOM_FREED;
	if (begin) {
		rec->event.latency = rec->event.time - begin;
		rec->event.time = begin;
	}
	row_send(rec, ctx);
}

SEC("tp_btf/start_task_reaping")
int BPF_PROG(reap_begin, int pid)
{
	reaping.thread = bpf_get_current_task_btf()->pid;
	reaping.task = pid;
	reaping.begin = bpf_ktime_get_ns();
	reaping.freed = 0;
	return 0;
}

static __always_inline s64 pages_of(struct mm_struct *mm)
{
	struct rss rss;

	rss_sum(mm, &rss);
	return rss.pages;
}

SEC("fentry/__oom_reap_task_mm")
int BPF_PROG(reap_mm_begin, struct mm_struct *mm)
{
	if (reaping.task && reaping.thread == (u32)bpf_get_current_task_btf()->pid)
		reaping.pages = pages_of(mm);
	return 0;
}

SEC("fexit/__oom_reap_task_mm")
int BPF_PROG(reap_mm_end, struct mm_struct *mm)
{
	if (reaping.task && reaping.thread == (u32)bpf_get_current_task_btf()->pid)
		reaping.freed = reaping.pages - pages_of(mm);
	return 0;
}

SEC("tp_btf/finish_task_reaping")
int BPF_PROG(reap_end, int pid)
{
	if (reaping.task == (u32)pid)
		tell_reaper(pid, MMS_OOM_REAPED, reaping.begin, reaping.freed, ctx);
	reaping.task = 0;
	return 0;
}

SEC("tp_btf/skip_task_reaping")
int BPF_PROG(reap_skipped, int pid)
{
	tell_reaper(pid, MMS_OOM_SKIPPED, 0, 0, ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
