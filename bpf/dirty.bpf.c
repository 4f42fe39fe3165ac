// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dirty pages of files: who makes them, who writes them and why, which go without being
 * written, who waits for that, and who has to pause as there are too many.
 *
 * What is hooked for each folio is what the kernel counts for each: that it becomes dirty,
 * and that it is given to the device. A task's folios of one file in a row are one event.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "core_fixes_dirty.bpf.h"
#include "common.bpf.h"
#include "dirty.h"
#include "file.bpf.h"
#include "folio.bpf.h"
#include "dirty.bpf.h"

/* ---- who makes pages dirty --------------------------------------------------- */

/* A task begins to write to a file, or a fault for writing begins; NULL: it is not asked for. */
static __always_inline struct slot *begin(struct file *file)
{
	struct inode *host = file->f_mapping->host;
	struct file_key key;
	struct slot *slot;
	bool is_block;

	if (!trace_wants(trace_task()) || !is_written(host))
		return NULL;
	slot = get_new();
	if (slot) {
		key = key_of(host, &is_block);
		file_name(key.dev, key.inode, file);
	}
	return slot;
}

static __always_inline int write(struct kiocb *iocb)
{
	struct slot *slot = begin(iocb->ki_filp);

	if (!slot)
		return 0;
	slot->writes = (u64)iocb->ki_filp->f_mapping;
	put(slot);
	return 0;
}

static __always_inline int written(void)
{
	struct slot *slot = get();

	if (!slot)
		return 0;
	slot->writes = 0;
	put(slot);
	return 0;
}

SEC("fentry/generic_perform_write")
int BPF_PROG(write_begin, struct kiocb *iocb)
{
	return write(iocb);
}

SEC("fexit/generic_perform_write")
int BPF_PROG(write_end)
{
	return written();
}

SEC("fentry/iomap_file_buffered_write")
int BPF_PROG(iomap_write_begin, struct kiocb *iocb)
{
	return write(iocb);
}

SEC("fexit/iomap_file_buffered_write")
int BPF_PROG(iomap_write_end)
{
	return written();
}

SEC("fentry/do_page_mkwrite")
int BPF_PROG(fault_begin, struct vm_fault *vmf)
{
	struct slot *slot = begin(vmf->vma->vm_file);

	if (!slot)
		return 0;
	slot->faults = (u64)vmf->vma->vm_file->f_mapping;
	put(slot);
	return 0;
}

SEC("fexit/do_page_mkwrite")
int BPF_PROG(fault_end)
{
	struct slot *slot = get();

	if (!slot)
		return 0;
	slot->faults = 0;
	put(slot);
	return 0;
}

static __always_inline u32 why_dirtied(const struct slot *slot, u64 mapping)
{
	if (slot->faults == mapping)
		return MMS_DIRTY_FOR_MAPPED;
	if (slot->writes == mapping)
		return MMS_DIRTY_FOR_WRITE;
	if (slot->writeback == mapping)
		return MMS_DIRTY_FOR_REDIRTIED;
	return MMS_DIRTY_FOR_OTHER;
}

SEC("tp_btf/writeback_dirty_folio")
int BPF_PROG(dirtied, struct folio *folio, struct address_space *mapping)
{
	u64 nr, index, key = (u64)mapping;
	struct slot *slot;
	struct run *run;

	/* The verifier thinks that there may be none. */
	if (!mapping || !trace_wants(trace_task()) || !is_written(mapping->host))
		return 0;
	slot = get_new();
	if (!slot)
		return 0;
	nr = nr_pages(folio, ctx);
	index = folio->index;
	run = &slot->run[RUN_DIRTIED];
	run_of(run, MMS_DIRTY_DIRTIED, why_dirtied(slot, key), key, ctx);
	if (!run->rec.folios)
		remember(&run->rec);
	add_folio(&run->rec, index, nr);
	put(slot);
	return 0;
}

/* Dirty, and about to go without being written. */
SEC("fentry/folio_account_cleaned")
int BPF_PROG(cancelled, struct folio *folio)
{
	u64 mapping = (u64)folio->mapping, nr = nr_pages(folio, ctx), index = folio->index;
	struct slot *slot;
	struct run *run;

	if (!trace_wants(trace_task()))
		return 0;
	slot = get_new();
	if (!slot)
		return 0;
	run = &slot->run[RUN_CANCELLED];
	run_of(run, MMS_DIRTY_CANCELLED, MMS_DIRTY_FOR_NONE, mapping, ctx);
	add_folio(&run->rec, index, nr);
	put(slot);
	return 0;
}

/* ---- who writes them ----------------------------------------------------------- */

/* A flusher begins with a piece of work, and ends. */
SEC("tp_btf/writeback_start")
int BPF_PROG(work_begin, struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	struct slot *slot = get_new();

	if (!slot)
		return 0;
	slot->work = mms_wb_reason(work->reason);
	put(slot);
	return 0;
}

SEC("tp_btf/writeback_written")
int BPF_PROG(work_end)
{
	struct slot *slot = get();

	if (!slot)
		return 0;
	slot->work = 0;
	put(slot);
	return 0;
}

SEC("fentry/do_writepages")
int BPF_PROG(writeback_begin, struct address_space *mapping, struct writeback_control *wbc)
{
	u64 key = (u64)mapping, when = mapping->host->dirtied_when;
	u32 reason = wbc->sync_mode ? MMS_DIRTY_FOR_FSYNC : MMS_DIRTY_FOR_FLUSH;
	struct mms_dirty *rec;
	struct slot *slot;

	if (!wants_written(key))
		return 0;
	slot = get_new();
	if (!slot)
		return 0;
	if (!slot->writeback) {
		rec = &slot->written;
		clear(rec, MMS_DIRTY_WRITTEN, slot->work ?: reason, ctx);
		fill_file(rec, key);
		rec->age = (bpf_jiffies64() - when) * jiffy_ns;
		if (bpf_core_field_exists(mapping->host->i_wb))
			rec->memcg = memcg_of(mapping->host->i_wb);
		slot->writeback = key;
	}
	put(slot);
	return 0;
}

SEC("fexit/do_writepages")
int BPF_PROG(writeback_end, struct address_space *mapping)
{
	struct slot *slot = get();
	struct mms_dirty *rec;

	if (!slot)
		return 0;
	if (slot->writeback == (u64)mapping) {
		rec = &slot->written;
		rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
		slot->writeback = 0;
		if (rec->folios)
			send(rec);
	}
	put(slot);
	return 0;
}

/* Outside of do_writepages(): by reclaim, or what a file system has others do. */
static __always_inline void write_alone(u64 mapping, u64 index, u64 nr, void *ctx)
{
	bool reclaims = bpf_get_current_task_btf()->flags & PF_MEMALLOC;
	struct slot *slot;
	struct run *run;

	if (!wants_written(mapping))
		return;
	slot = get_new();
	if (!slot)
		return;
	run = &slot->run[RUN_WRITTEN];
	run_of(run, MMS_DIRTY_WRITTEN, reclaims ? MMS_DIRTY_FOR_RECLAIM : MMS_DIRTY_FOR_OTHER,
	       mapping, ctx);
	add_folio(&run->rec, index, nr);
	put(slot);
}

SEC("fentry/__folio_start_writeback")
int BPF_PROG(writes_folio, struct folio *folio)
{
	u64 nr = nr_pages(folio, ctx), index = folio->index;
	u64 mapping = mms_word((u64)folio + bpf_core_field_offset(folio->mapping));
	struct slot *slot = get();
	bool alone = true;

	if (slot) {
		if (slot->writeback == mapping) {
			add_folio(&slot->written, index, nr);
			alone = false;
		}
		put(slot);
	}
	/* What is swapped out is not a file's, or not any more. */
	if (alone && mapping && !(mapping & PAGE_MAPPING_FLAGS))
		write_alone(mapping, index, nr, ctx);
	return 0;
}

/* ---- who waits ----------------------------------------------------------------- */

SEC("tp_btf/folio_wait_writeback")
int BPF_PROG(wait_begin, struct folio *folio, struct address_space *mapping)
{
	struct slot *slot;

	if (!mapping || !trace_wants(trace_task()))
		return 0;
	slot = get_new();
	if (!slot)
		return 0;
	/* Again, if it is being written anew meanwhile. */
	if (slot->waits != (u64)folio) {
		slot->waits = (u64)folio;
		slot->since = bpf_ktime_get_ns();
	}
	put(slot);
	return 0;
}

static __always_inline int waited(struct folio *folio, void *ctx)
{
	struct slot *slot = get();
	u64 mapping, index, nr;
	struct run *run;

	if (!slot)
		return 0;
	mapping = mms_word((u64)folio + bpf_core_field_offset(folio->mapping));
	index = folio->index;
	nr = nr_pages(folio, ctx);
	/* One that was truncated meanwhile is no file's any more. */
	if (slot->waits == (u64)folio && mapping && !(mapping & PAGE_MAPPING_FLAGS)) {
		run = &slot->run[RUN_WAITED];
		run_of(run, MMS_DIRTY_WAITED, MMS_DIRTY_FOR_NONE, mapping, ctx);
		if (!run->rec.folios)
			run->rec.event.time = slot->since;
		run->rec.event.latency += bpf_ktime_get_ns() - slot->since;
		add_folio(&run->rec, index, nr);
	}
	slot->waits = 0;
	put(slot);
	return 0;
}

SEC("fexit/folio_wait_writeback")
int BPF_PROG(wait_end, struct folio *folio)
{
	return waited(folio, ctx);
}

SEC("fexit/folio_wait_writeback_killable")
int BPF_PROG(wait_killable_end, struct folio *folio)
{
	return waited(folio, ctx);
}

/* folio_wait_writeback() may be part of it. */
SEC("fexit/folio_wait_stable")
int BPF_PROG(wait_stable_end, struct folio *folio)
{
	return waited(folio, ctx);
}

/* ---- who has to pause ------------------------------------------------------------ */

SEC("fentry/balance_dirty_pages")
int BPF_PROG(balance_begin, struct bdi_writeback *wb)
{
	const struct mms_dirty *last;
	struct mms_dirty *rec;
	struct slot *slot;

	if (!trace_wants(trace_task()))
		return 0;
	slot = get_new();
	if (!slot)
		return 0;
	rec = &slot->throttled;
	last = &slot->run[RUN_DIRTIED].rec;
	clear(rec, MMS_DIRTY_THROTTLED, MMS_DIRTY_FOR_NONE, ctx);
	/* The file is no argument: it is the one of the thread's last dirty page. */
	rec->inode = last->inode;
	rec->dev = last->dev;
	rec->generation = last->generation;
	rec->is_block = last->is_block;
	bpf_probe_read_kernel_str(rec->bdi, sizeof(rec->bdi), wb->bdi->dev_name);
	rec->memcg = memcg_of(wb);
	slot->pauses = 1;
	put(slot);
	return 0;
}

SEC("tp_btf/balance_dirty_pages")
int balance(u64 *ctx)
{
	struct slot *slot = get();
	s64 pause;

	if (!slot)
		return 0;
	if (slot->pauses) {
		pause = mms_balance_args(ctx, &slot->throttled);
		if (pause > 0) {
			slot->throttled.pause += pause * jiffy_ns;
			slot->throttled.folios++;
		}
	}
	put(slot);
	return 0;
}

SEC("fexit/balance_dirty_pages")
int BPF_PROG(balance_end, struct bdi_writeback *wb, unsigned long pages, u32 flags)
{
	struct slot *slot = get();
	struct mms_dirty *rec;

	if (!slot)
		return 0;
	rec = &slot->throttled;
	/* One that may not sleep is told to come again. */
	if (slot->pauses && rec->folios && !(flags & BDP_ASYNC)) {
		rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
		send(rec);
	}
	slot->pauses = 0;
	put(slot);
	return 0;
}

/* ---- what is left of runs -------------------------------------------------------- */

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits)
{
	struct slot *slot = get();

	if (!slot)
		return 0;
	send_left(slot, bpf_ktime_get_ns(), true);
	forget_calls(slot);
	put(slot);
	return 0;
}

static __always_inline void send_slot(u32 i, bool all)
{
	struct slot *slot = slot_at(i);
	u64 now = bpf_ktime_get_ns();

	if (!slot->owner || !has_left(slot, now, all) || !lock(slot))
		return;
	if (slot->owner) {
		send_left(slot, now, all);
		put(slot);
	} else {
		unlock(slot);
	}
}

static long send_slot_idle(u32 i, void *data)
{
	send_slot(i, false);
	return 0;
}

static long send_slot_all(u32 i, void *data)
{
	send_slot(i, true);
	return 0;
}

/* The tool runs these: now and then, and when all else has ended. */
SEC("syscall")
int send_idle(void *ctx)
{
	bpf_loop(NR_SLOTS, send_slot_idle, NULL, 0);
	return 0;
}

SEC("syscall")
int send_all(void *ctx)
{
	bpf_loop(NR_SLOTS, send_slot_all, NULL, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
