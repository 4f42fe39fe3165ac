// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compaction: each zone that is compacted, from the first to the last line of the function
 * that does it, with what was looked at and moved meanwhile.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_migrate.bpf.h"
#include "compact.h"
#include "common.bpf.h"

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	struct mms_compact rec;
} __attribute__((aligned(256)));

#define PF_KTHREAD	0x00200000	/* include/linux/sched.h */

#define NR_SLOTS 1024
#include "slots.bpf.h"

static __always_inline u32 cause_of(const struct compact_control *cc)
{
	if (cc->direct_compaction)
		return MMS_COMPACT_DIRECT;
	if (cc->proactive_compaction)
		return MMS_COMPACT_PROACTIVE;
	/* kcompactd is a kernel thread, who writes to compact_memory is not. */
	if (!(bpf_get_current_task_btf()->flags & PF_KTHREAD))
		return MMS_COMPACT_WHOLE;
	return MMS_COMPACT_KCOMPACTD;
}

SEC("fentry/compact_zone")
int BPF_PROG(compact_begin, struct compact_control *cc)
{
	u64 pid_tgid = trace_task();
	u32 cause = cause_of(cc);
	struct mms_compact *rec;
	struct slot *slot;

	if (!trace_wants(pid_tgid) || !trace_wants_cause(cause) || !trace_sampled())
		return 0;
	slot = slot_find(pid_tgid) ?: slot_claim(pid_tgid);
	if (!slot)
		return 0;
	rec = &slot->rec;
	__builtin_memset(rec, 0, sizeof(*rec));
	rec->cause = cause;
	rec->order = cc->order;
	rec->mode = mms_migrate_mode(cc->mode);
	rec->node = mms_word((u64)cc->zone->zone_pgdat +
			     bpf_core_field_offset(cc->zone->zone_pgdat->node_id));
	bpf_probe_read_kernel_str(rec->zone, sizeof(rec->zone), cc->zone->name);
	event_begin(&rec->event, pid_tgid);
	return 0;
}

SEC("fexit/compact_zone")
int BPF_PROG(compact_end, struct compact_control *cc)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	struct mms_compact *rec;
	u64 ret = 0;

	if (!slot)
		return 0;
	rec = &slot->rec;
	bpf_get_func_ret(ctx, &ret);
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	rec->result = mms_compact_result(ret);
	rec->scanned = cc->total_migrate_scanned;
	rec->free_scanned = cc->total_free_scanned;
	if (trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
	slot_free(slot);
	return 0;
}

/* All that a thread migrates meanwhile is compaction's. */
SEC("tp_btf/mm_migrate_pages")
int migrated(u64 *ctx)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	if (!slot)
		return 0;
	slot->rec.moved += mms_arg(ctx, 0);
	slot->rec.failed += mms_arg(ctx, 1);
	slot->rec.lists++;
	return 0;
}

char _license[] SEC("license") = "GPL";
