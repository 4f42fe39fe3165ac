// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace faults: bpf/faults.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "symbols.h"
#include "tracer.h"
#include "../model/faults.h"
#include "../source/bpf.h"
#include "faults.skel.h"

static const struct mms_hook hooks[] = {
	{ "fault_begin", "fentry", "handle_mm_fault", true, "any fault" },
	{ "fault_end", "fexit", "handle_mm_fault", true, "any fault" },
	{ "bad_area", "fentry", "__bad_area_nosemaphore", true, "faults that end in SIGSEGV" },
	{ "userfault", "fentry", "handle_userfault", false, "causes uffd-*" },
	{ "swapped", "fentry", "get_swap_device", false, "causes swap-*" },
	{ "migrating", "fentry", "migration_entry_wait", false, "cause migration" },
	{ "migrating_pmd", "fentry", "pmd_migration_entry_wait", false,
	  "cause migration of huge pages" },
	{ "grown", "fentry", "expand_stack_locked", false, "cause stack" },
	{ "exits", "tp_btf", "sched_process_exit", false, "the last fault of one that is killed in it" },
	{ "refaulted", "fentry", "workingset_refault", false, "mark refault" },
	{ "huge_end", "fexit", "do_huge_pmd_anonymous_page", false, "mark fell-back" },
	{ "around_begin", "fentry", "filemap_map_pages", false, "pages of fault-around" },
	{ "around_end", "fexit", "filemap_map_pages", false, "pages of fault-around" },
	{ "fault_begin_at", "breakpoint", "handle_mm_fault", true, "any fault" },
	{ "fault_end_at", "fexit", "handle_mm_fault", true, "any fault" },
	{ "fault_session", "kprobe.session", "handle_mm_fault", true, "any fault" },
};

static const struct mms_hook_for hooks_for[] = {
	{ "fault_begin", .way = MMS_WAY_TRAMPOLINE },
	{ "fault_end", .way = MMS_WAY_TRAMPOLINE },
	{ "fault_begin_at", .way = MMS_WAY_BREAKPOINT },
	{ "fault_end_at", .way = MMS_WAY_BREAKPOINT },
	{ "fault_session", .way = MMS_WAY_SESSION },
	{ .program = NULL },
};

MMS_TRACER_SKELETON(faults)

static void faults_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_fault *fault = data;
	struct mms_fault_row row;
	struct mms_symbol name;

	if (size < sizeof(*fault))
		return;
	row.rec = *fault;
	mms_trace_begin_row(t, &fault->event, &row.since, &row.stack);
	row.path = fault->inode ? mms_files_path(t->files, fault->dev, fault->inode) : NULL;
	name = mms_trace_symbol(t, fault->mode == MMS_FAULT_USER ? (s32)fault->event.tgid : -1,
				fault->ip);
	row.symbol = name.symbol;
	row.line = name.line;
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_faults = {
	.name = "faults",
	.model = &mms_model_fault,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.hooks_for = hooks_for,
	.sums = true,
	.sum_key = offsetof(struct mms_fault_row, rec.cause),
	.causes = MMS_CAUSE_WORDS(MMS_FAULT_CAUSES),
	.event_size = sizeof(struct mms_fault_row),
	.by = "cause",
	.open = faults_open,
	.record = faults_record,
	.close = faults_close,
};
