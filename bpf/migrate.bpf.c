// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration: each call of migrate_pages(), which is given a list of folios, and each fault
 * that NUMA balancing caused to see who uses a page. Nothing is called for a page alone
 * but what is itself about one.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_migrate.bpf.h"
#include "migrate.h"
#include "common.bpf.h"

/* To allocate the target of one migration, memory may be compacted, which is another one. */
enum kind {
	OTHER,
	COMPACTION,	/* inside of the other, if both are */
	NR_KINDS
};

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 running;	/* bits of enum kind */
	u64 page;	/* the first one */
	struct mms_migrate rec[NR_KINDS];
} __attribute__((aligned(512)));

#define NR_SLOTS 1024
#include "slots.bpf.h"

#define MAX_NODES	64

#define TNF_MIGRATED	0x01	/* include/linux/sched/numa_balancing.h */
#define TNF_MIGRATE_FAIL 0x10

MMS_KSYM(node_data);

/* The node of a page frame, by the ranges of nodes; MAX_NODES: unknown. */
static __always_inline u32 node_of(u64 pfn)
{
	const struct pglist_data *pgdat = NULL;
	u64 node, start;
	u32 i;

	if (!node_data)
		return MAX_NODES;
	for (i = 0; i < MAX_NODES; i++) {
		node = mms_word(node_data + i * sizeof(u64));
		if (!node)
			continue;
		start = mms_word(node + bpf_core_field_offset(pgdat->node_start_pfn));
		if (pfn >= start &&
		    pfn - start < mms_word(node + bpf_core_field_offset(pgdat->node_spanned_pages)))
			return i;
	}
	return MAX_NODES;
}

/* Where they are to go: a number, or behind a pointer, which the reason tells. */
static __always_inline void see_target(struct mms_migrate *rec, u64 private)
{
	s32 node = -1;

	switch (rec->cause) {
	case MMS_MIGRATE_NUMA_MISPLACED:
		node = private;
		break;
	case MMS_MIGRATE_COMPACTION:
		if (rec->marks & MMS_MIGRATE_FROM)
			node = rec->from;
		break;
	case MMS_MIGRATE_SYSCALL:
	case MMS_MIGRATE_DEMOTION:
		node = BPF_CORE_READ((const struct migration_target_control *)private, nid);
		break;
	}
	if (node < 0)
		return;
	rec->to = node;
	rec->marks |= MMS_MIGRATE_TO;
}

/* migrate_pages() has more arguments than fentry has had room for until 6.6. */
SEC("kprobe/migrate_pages")
int migrate_begin(struct pt_regs *ctx)
{
	u64 pid_tgid = trace_task(), list = ctx->di, private = ctx->cx, number = ctx->r9;
	u32 mode = ctx->r8, cause = mms_migrate_cause(number), kind, node;
	const struct folio *folio = NULL;
	struct mms_migrate *rec;
	struct slot *slot;

	if (!trace_wants(pid_tgid) || !trace_wants_cause(cause) || !trace_sampled())
		return 0;
	slot = slot_find(pid_tgid) ?: slot_claim(pid_tgid);
	if (!slot)
		return 0;
	kind = cause == MMS_MIGRATE_COMPACTION;
	slot->running |= 1 << kind;
	rec = &slot->rec[kind];
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->cause = cause;
	rec->mode = mms_migrate_mode(mode);
	folio = (void *)(mms_word(list) - bpf_core_field_offset(folio->lru));
	node = node_of(mms_page_to_pfn((u64)folio));
	if (node < MAX_NODES) {
		rec->from = node;
		rec->marks |= MMS_MIGRATE_FROM;
	}
	see_target(rec, private);
	event_begin(&rec->event, pid_tgid);
	return 0;
}

SEC("tp_btf/mm_migrate_pages")
int migrate_end(u64 *ctx)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	struct mms_migrate *rec;
	u32 kind;

	if (!slot)
		return 0;
	kind = mms_migrate_cause(mms_migrate_arg_reason(ctx)) == MMS_MIGRATE_COMPACTION;
	if (!(slot->running >> kind & 1))
		return 0;
	rec = &slot->rec[kind];
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	rec->moved = mms_arg(ctx, 0);
	rec->failed = mms_arg(ctx, 1);
	rec->moved_huge = mms_arg(ctx, 2);
	rec->failed_huge = mms_arg(ctx, 3);
	rec->split_huge = mms_arg(ctx, 4);
	if (mms_migrate_arg_split(ctx, &rec->split_large))
		rec->marks |= MMS_MIGRATE_LARGE;
	slot->running &= ~(1ULL << kind);
	if (trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
	if (!slot->running)
		slot_free(slot);
	return 0;
}

SEC("fentry/task_numa_fault")
int BPF_PROG(hinted, int last, int node, int pages, int flags)
{
	u64 pid_tgid = trace_task();
	struct mms_migrate rec;

	if (filter.min_latency || !trace_wants(pid_tgid) ||
	    !trace_wants_cause(MMS_MIGRATE_HINT) || !trace_sampled())
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	event_begin(&rec.event, pid_tgid);
	rec.cause = MMS_MIGRATE_HINT;
	rec.to = node;
	rec.marks = MMS_MIGRATE_TO;
	rec.hinted = pages;
	if (flags & TNF_MIGRATED)
		rec.moved = pages;
	else if (flags & TNF_MIGRATE_FAIL)
		rec.failed = pages;
	event_send(&rec, sizeof(rec), ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
