// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace dirty: bpf/dirty.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>
#include "tracer.h"
#include "../model/dirty.h"
#include "../source/bpf.h"
#include "dirty.skel.h"

static const struct mms_hook hooks[] = {
	{ "dirtied", "tp_btf", "writeback_dirty_folio", true, "cause dirtied" },
	{ "write_begin", "fentry", "generic_perform_write", true, "reason write" },
	{ "write_end", "fexit", "generic_perform_write", true, "reason write" },
	{ "iomap_write_begin", "fentry", "iomap_file_buffered_write", false, "reason write of file systems that use iomap" },
	{ "iomap_write_end", "fexit", "iomap_file_buffered_write", false, "reason write of file systems that use iomap" },
	{ "fault_begin", "fentry", "do_page_mkwrite", false, "reason mapped" },
	{ "fault_end", "fexit", "do_page_mkwrite", false, "reason mapped" },
	{ "cancelled", "fentry", "folio_account_cleaned", true, "cause cancelled" },
	{ "work_begin", "tp_btf", "writeback_start", true, "why flushers write" },
	{ "work_end", "tp_btf", "writeback_written", true, "why flushers write" },
	{ "writeback_begin", "fentry", "do_writepages", true, "cause written" },
	{ "writeback_end", "fexit", "do_writepages", true, "cause written" },
	{ "writes_folio", "fentry", "__folio_start_writeback", true, "cause written" },
	{ "wait_begin", "tp_btf", "folio_wait_writeback", true, "cause waited" },
	{ "wait_end", "fexit", "folio_wait_writeback", true, "cause waited" },
	{ "wait_killable_end", "fexit", "folio_wait_writeback_killable", false, "waits that a signal ends" },
	{ "wait_stable_end", "fexit", "folio_wait_stable", false, "waits before a page that is being written is changed" },
	{ "balance_begin", "fentry", "balance_dirty_pages", true, "cause throttled" },
	{ "balance", "tp_btf", "balance_dirty_pages", true, "cause throttled" },
	{ "balance_end", "fexit", "balance_dirty_pages", true, "cause throttled" },
	{ "exits", "tp_btf", "sched_process_exit", true, "what a task did last before it ended" },
};

MMS_TRACER_SKELETON(dirty)

/* The clock that is read without asking the hardware goes on once a jiffy. */
static void dirty_set(struct mms_trace *t)
{
	struct mms_dirty_bpf *skel = t->priv;
	struct timespec res;

	clock_getres(CLOCK_MONOTONIC_COARSE, &res);
	skel->rodata->jiffy_ns = res.tv_nsec;
}

static void dirty_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_dirty *rec = data;
	struct mms_dirty_row row;

	if (size < sizeof(*rec))
		return;
	row.rec = *rec;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	row.path = mms_files_path_of(t->files, rec->dev, rec->inode, rec->generation);
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_dirty = {
	.name = "dirty",
	.model = &mms_model_dirty,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_DIRTY_CAUSES),
	.event_size = sizeof(struct mms_dirty_row),
	.by = "cause,reason,comm,file",
	.adds = "pages",
	.open = dirty_open,
	.set = dirty_set,
	.record = dirty_record,
	.idle = "send_idle",
	.last = "send_all",
	.close = dirty_close,
};
