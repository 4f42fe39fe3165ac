// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page cache: what each read, write and fault found in it, what had to be added,
 * what was read ahead and whether it was used, and what was evicted, by whom.
 *
 * A page of a call is a miss if the call itself added it, else a hit: so nothing has to be
 * looked at for each page that was there. What is hooked for each folio is that it comes or
 * goes; no other tracepoint says that.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "common.bpf.h"
#include "cache.h"
#include "file.bpf.h"
#include "folio.bpf.h"
#include "cache.bpf.h"
#include "readahead.bpf.h"

/* ---- calls and faults ------------------------------------------------------ */

/* @asked bytes from @offset on; the layer of the call that begins, or NULL. */
static __always_inline struct layer *begin(u32 number, u32 function, u32 cause, struct file *file,
					   u64 offset, u64 asked)
{
	u64 pid_tgid = trace_task();
	struct address_space *mapping;
	struct layer *layer;
	struct inode *host;
	struct slot *slot;

	if (!trace_wants(pid_tgid))
		return NULL;
	mapping = file->f_mapping;
	host = mapping->host;
	if (is_memory(host))
		return NULL;
	slot = slot_find(pid_tgid);
	/* One that calls another is the one. */
	if ((slot && slot->layer[number].function) || !trace_sampled())
		return NULL;
	slot = claim(pid_tgid);
	if (!slot)
		return NULL;
	layer = &slot->layer[number];
	clear(&layer->rec, pid_tgid, cause);
	layer->function = function;
	layer->mapping = (u64)mapping;
	layer->first = offset >> PAGE_SHIFT;
	layer->end = asked ? ((offset + asked - 1) >> PAGE_SHIFT) + 1 : layer->first;
	if (layer->end < layer->first)
		layer->end = -1ULL;
	layer->rec.inode = host->i_ino;
	layer->rec.dev = host->i_sb->s_dev;
	layer->rec.offset = offset;
	layer->rec.asked = asked;
	file_name(layer->rec.dev, layer->rec.inode, file);
	return layer;
}

static __always_inline struct slot *running(u32 number, u32 function)
{
	struct slot *slot = find();

	return slot && slot->layer[number].function == function ? slot : NULL;
}

/* @bytes were read or written, through the cache. */
static __always_inline void done(struct slot *slot, struct layer *layer, u64 bytes, void *ctx)
{
	struct mms_cache_event *rec = &layer->rec;
	u64 end = bytes ? ((rec->offset + bytes - 1) >> PAGE_SHIFT) + 1 : layer->first;

	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	rec->bytes = bytes;
	rec->pages = end - layer->first;
	if (rec->miss > rec->pages) {
		/* Cut short: what it had not come to was read ahead. */
		put_unused(layer->mapping, end, layer->first + rec->miss);
		rec->ahead += rec->miss - rec->pages;
		rec->miss = rec->pages;
	}
	rec->hit = rec->pages - rec->miss;
	rec->used = take_unused(layer->mapping, layer->first, end);
	layer->function = NOTHING;
	/* At the end of the file nothing is read. */
	if (rec->pages || rec->ahead || rec->miss)
		send(rec, ctx);
}

static __always_inline void end_call(u32 function, s64 before, void *ctx)
{
	struct slot *slot = running(LAYER_CALL, function);
	struct layer *layer;
	u64 returned = 0;

	if (!slot)
		return;
	layer = &slot->layer[LAYER_CALL];
	bpf_get_func_ret(ctx, &returned);
	layer->rec.returned = returned;
	done(slot, layer, (s64)returned > before ? returned - before : 0, ctx);
	release(slot);
}

SEC("fentry/filemap_read")
int BPF_PROG(read_begin, struct kiocb *iocb, struct iov_iter *iter)
{
	begin(LAYER_CALL, FILEMAP_READ, MMS_CACHED_READ, iocb->ki_filp, iocb->ki_pos, iter->count);
	return 0;
}

SEC("fexit/filemap_read")
int BPF_PROG(read_end, struct kiocb *iocb, struct iov_iter *iter, s64 already)
{
	end_call(FILEMAP_READ, already, ctx);
	return 0;
}

static __always_inline void splice(struct file *file, const s64 *pos, u64 size)
{
	begin(LAYER_CALL, SPLICE_READ, MMS_CACHED_SPLICE, file, mms_word((u64)pos), size);
}

SEC("fentry/filemap_splice_read")
int BPF_PROG(splice_begin, struct file *file, s64 *pos, void *pipe, u64 size)
{
	splice(file, pos, size);
	return 0;
}

SEC("fexit/filemap_splice_read")
int BPF_PROG(splice_end)
{
	end_call(SPLICE_READ, 0, ctx);
	return 0;
}

/* What filemap_splice_read() is on kernels before it, 6.3: it calls filemap_read(). */
SEC("fentry/generic_file_splice_read")
int BPF_PROG(old_splice_begin, struct file *file, s64 *pos, void *pipe, u64 size)
{
	splice(file, pos, size);
	return 0;
}

SEC("fexit/generic_file_splice_read")
int BPF_PROG(old_splice_end)
{
	end_call(SPLICE_READ, 0, ctx);
	return 0;
}

SEC("fentry/generic_perform_write")
int BPF_PROG(write_begin, struct kiocb *iocb, struct iov_iter *iter)
{
	begin(LAYER_CALL, PERFORM_WRITE, MMS_CACHED_WRITE, iocb->ki_filp, iocb->ki_pos,
	      iter->count);
	return 0;
}

SEC("fexit/generic_perform_write")
int BPF_PROG(write_end)
{
	end_call(PERFORM_WRITE, 0, ctx);
	return 0;
}

SEC("fentry/iomap_file_buffered_write")
int BPF_PROG(iomap_write_begin, struct kiocb *iocb, struct iov_iter *iter)
{
	begin(LAYER_CALL, IOMAP_WRITE, MMS_CACHED_WRITE, iocb->ki_filp, iocb->ki_pos, iter->count);
	return 0;
}

SEC("fexit/iomap_file_buffered_write")
int BPF_PROG(iomap_write_end)
{
	end_call(IOMAP_WRITE, 0, ctx);
	return 0;
}

SEC("fentry/generic_fadvise")
int BPF_PROG(advise_begin, struct file *file, s64 offset, s64 size, int advice)
{
	struct layer *layer;

	if (advice != ADV_WILLNEED)
		return 0;
	layer = begin(LAYER_CALL, FADVISE, MMS_CACHED_ADVISE, file, offset, size);
	if (layer)
		layer->end = layer->first;	/* all of it is ahead */
	return 0;
}

SEC("fexit/generic_fadvise")
int BPF_PROG(advise_end)
{
	struct slot *slot = running(LAYER_CALL, FADVISE);
	struct layer *layer;

	if (!slot)
		return 0;
	layer = &slot->layer[LAYER_CALL];
	layer->rec.event.latency = bpf_ktime_get_ns() - layer->rec.event.time;
	layer->function = NOTHING;
	send(&layer->rec, ctx);
	release(slot);
	return 0;
}

/* ---- past the cache -------------------------------------------------------- */

/* These have more arguments than a trampoline had before 6.6: so kprobes. */
static __always_inline void direct_begin(u32 function, u64 iocb_at, u64 iter_at)
{
	struct kiocb *iocb = (void *)iocb_at;
	struct iov_iter *iter = (void *)iter_at;
	struct file *file = BPF_CORE_READ(iocb, ki_filp);
	bool writes = BPF_CORE_READ(iter, data_source);
	u64 pid_tgid = trace_task();
	struct layer *layer;
	struct inode *host;
	struct slot *slot;

	if (!trace_wants(pid_tgid))
		return;
	slot = slot_find(pid_tgid);
	if ((slot && slot->layer[LAYER_CALL].function) || !trace_sampled())
		return;
	slot = claim(pid_tgid);
	if (!slot)
		return;
	layer = &slot->layer[LAYER_CALL];
	clear(&layer->rec, pid_tgid, writes ? MMS_CACHED_DIRECT_WRITE : MMS_CACHED_DIRECT_READ);
	layer->function = function;
	layer->mapping = 0;
	host = BPF_CORE_READ(file, f_mapping, host);
	layer->rec.inode = BPF_CORE_READ(host, i_ino);
	layer->rec.dev = BPF_CORE_READ(host, i_sb, s_dev);
	layer->rec.offset = BPF_CORE_READ(iocb, ki_pos);
	layer->rec.asked = BPF_CORE_READ(iter, count);
	file_name(layer->rec.dev, layer->rec.inode, file);
}

static __always_inline void direct_end(u32 function, s64 returned, void *ctx)
{
	struct slot *slot = running(LAYER_CALL, function);
	struct layer *layer;

	if (!slot)
		return;
	layer = &slot->layer[LAYER_CALL];
	layer->rec.event.latency = bpf_ktime_get_ns() - layer->rec.event.time;
	layer->rec.returned = returned;
	layer->rec.bytes = returned > 0 ? returned : 0;
	layer->function = NOTHING;
	if (function != IOMAP_SIMPLE || returned != -ENOTBLK)
		send(&layer->rec, ctx);
	release(slot);
}

SEC("kprobe/iomap_dio_rw")
int iomap_direct_begin(struct pt_regs *ctx)
{
	direct_begin(IOMAP_DIRECT, ctx->di, ctx->si);
	return 0;
}

SEC("kretprobe/iomap_dio_rw")
int iomap_direct_end(struct pt_regs *ctx)
{
	direct_end(IOMAP_DIRECT, ctx->ax, ctx);
	return 0;
}

/* Small reads on newer kernels; -ENOTBLK: iomap_dio_rw() is to do it. */
SEC("fentry/__iomap_dio_read_simple")
int BPF_PROG(simple_direct_begin, struct kiocb *iocb, struct iov_iter *iter)
{
	direct_begin(IOMAP_SIMPLE, (u64)iocb, (u64)iter);
	return 0;
}

SEC("fexit/__iomap_dio_read_simple")
int BPF_PROG(simple_direct_end)
{
	u64 returned = 0;

	bpf_get_func_ret(ctx, &returned);
	direct_end(IOMAP_SIMPLE, returned, ctx);
	return 0;
}

SEC("kprobe/__blockdev_direct_IO")
int block_direct_begin(struct pt_regs *ctx)
{
	direct_begin(BLOCK_DIRECT, ctx->di, ctx->cx);
	return 0;
}

SEC("kretprobe/__blockdev_direct_IO")
int block_direct_end(struct pt_regs *ctx)
{
	direct_end(BLOCK_DIRECT, ctx->ax, ctx);
	return 0;
}

/* ---- faults ---------------------------------------------------------------- */

/* One that is told no more of: what there is to tell. */
static __always_inline void abandon_fault(struct slot *slot, void *ctx)
{
	struct layer *layer = &slot->layer[LAYER_FAULT];

	if (layer->function == RETRIED)
		done(slot, layer, 1UL << PAGE_SHIFT, ctx);
	layer->function = NOTHING;
}

/*
 * A fault asks fault-around first, then filemap_fault(), which may say that it is to be
 * tried again: all of it is one.
 */
static __always_inline void fault_begin(u32 function, struct vm_fault *vmf, void *ctx)
{
	u64 pid_tgid = trace_task(), index = vmf->pgoff;
	struct file *file = vmf->vma->vm_file;
	struct layer *layer;
	struct slot *slot;

	slot = slot_find(pid_tgid);
	if (slot) {
		layer = &slot->layer[LAYER_FAULT];
		if (layer->function >= NOT_MAPPED) {
			if (layer->mapping == (u64)file->f_mapping && layer->first == index) {
				layer->function = function;
				return;
			}
			abandon_fault(slot, ctx);
		}
	}
	begin(LAYER_FAULT, function, MMS_CACHED_FAULT, file, index << PAGE_SHIFT,
	      1UL << PAGE_SHIFT);
}

SEC("fentry/filemap_map_pages")
int BPF_PROG(map_begin, struct vm_fault *vmf)
{
	fault_begin(FILEMAP_MAP, vmf, ctx);
	return 0;
}

SEC("fexit/filemap_map_pages")
int BPF_PROG(map_end)
{
	struct slot *slot = running(LAYER_FAULT, FILEMAP_MAP);
	struct layer *layer;
	u64 returned = 0;

	if (!slot)
		return 0;
	layer = &slot->layer[LAYER_FAULT];
	bpf_get_func_ret(ctx, &returned);
	if (returned & VM_FAULT_NOPAGE) {
		layer->rec.returned = (u32)returned;
		done(slot, layer, 1UL << PAGE_SHIFT, ctx);
		release(slot);
	} else {
		layer->function = layer->rec.miss ? RETRIED : NOT_MAPPED;
	}
	return 0;
}

SEC("fentry/filemap_fault")
int BPF_PROG(fault_begins, struct vm_fault *vmf)
{
	fault_begin(FILEMAP_FAULT, vmf, ctx);
	return 0;
}

SEC("fexit/filemap_fault")
int BPF_PROG(fault_ends)
{
	struct slot *slot = running(LAYER_FAULT, FILEMAP_FAULT);
	struct layer *layer;
	u64 returned = 0;

	if (!slot)
		return 0;
	layer = &slot->layer[LAYER_FAULT];
	bpf_get_func_ret(ctx, &returned);
	layer->rec.returned = (u32)returned;
	if (returned & VM_FAULT_RETRY) {
		layer->function = RETRIED;
		return 0;
	}
	done(slot, layer, returned & VM_FAULT_ERROR ? 0 : 1UL << PAGE_SHIFT, ctx);
	release(slot);
	return 0;
}

/* A task that is killed between two passes makes no other. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits, struct task_struct *task)
{
	struct slot *slot = slot_find(task->pid);

	if (!slot)
		return 0;
	abandon_fault(slot, ctx);
	release(slot);
	return 0;
}

/* ---- what is evicted ------------------------------------------------------- */

static __always_inline void evict_begin(u32 function, u32 cause)
{
	u64 pid_tgid = trace_task();
	struct layer *layer;
	struct slot *slot;

	if (!trace_wants(pid_tgid))
		return;
	slot = claim(pid_tgid);
	if (!slot)
		return;
	layer = &slot->layer[LAYER_EVICT];
	if (layer->function)
		return;
	layer->function = function;
	layer->mapping = 0;
	clear(&layer->rec, pid_tgid, cause);
}

static __always_inline void evict_send(struct layer *layer, void *ctx)
{
	layer->rec.event.latency = bpf_ktime_get_ns() - layer->rec.event.time;
	if (layer->mapping && trace_sampled())
		send(&layer->rec, ctx);
}

static __always_inline void evict_end(u32 function, void *ctx)
{
	struct slot *slot = running(LAYER_EVICT, function);

	if (!slot)
		return;
	evict_send(&slot->layer[LAYER_EVICT], ctx);
	slot->layer[LAYER_EVICT].function = NOTHING;
	release(slot);
}

SEC("fentry/shrink_folio_list")
int BPF_PROG(shrink_begin)
{
	evict_begin(SHRINK, MMS_CACHED_RECLAIM);
	return 0;
}

SEC("fexit/shrink_folio_list")
int BPF_PROG(shrink_end)
{
	evict_end(SHRINK, ctx);
	return 0;
}

SEC("fentry/invalidate_mapping_pages")
int BPF_PROG(drop_begin)
{
	evict_begin(DROP_MAPPING, MMS_CACHED_DROP);
	return 0;
}

SEC("fexit/invalidate_mapping_pages")
int BPF_PROG(drop_end)
{
	evict_end(DROP_MAPPING, ctx);
	return 0;
}

SEC("fentry/mapping_try_invalidate")
int BPF_PROG(try_begin)
{
	evict_begin(DROP_TRY, MMS_CACHED_DROP);
	return 0;
}

SEC("fexit/mapping_try_invalidate")
int BPF_PROG(try_end)
{
	evict_end(DROP_TRY, ctx);
	return 0;
}

/* Its name before "mm: rename invalidate_mapping_pagevec() to mapping_try_invalidate()", 6.5 */
SEC("fentry/invalidate_mapping_pagevec")
int BPF_PROG(old_try_begin)
{
	evict_begin(DROP_TRY, MMS_CACHED_DROP);
	return 0;
}

SEC("fexit/invalidate_mapping_pagevec")
int BPF_PROG(old_try_end)
{
	evict_end(DROP_TRY, ctx);
	return 0;
}

SEC("fentry/invalidate_inode_pages2_range")
int BPF_PROG(invalidate_begin)
{
	evict_begin(INVALIDATE, MMS_CACHED_INVALIDATE);
	return 0;
}

SEC("fexit/invalidate_inode_pages2_range")
int BPF_PROG(invalidate_end)
{
	evict_end(INVALIDATE, ctx);
	return 0;
}

SEC("fentry/truncate_inode_pages_range")
int BPF_PROG(truncate_begin)
{
	evict_begin(TRUNCATE, MMS_CACHED_TRUNCATE);
	return 0;
}

SEC("fexit/truncate_inode_pages_range")
int BPF_PROG(truncate_end)
{
	evict_end(TRUNCATE, ctx);
	return 0;
}

/* ---- each folio ------------------------------------------------------------ */

static __always_inline void fill_file(struct mms_cache_event *rec, struct folio *folio,
				      const struct inode *host)
{
	rec->inode = host->i_ino;
	rec->dev = host->i_sb->s_dev;
	rec->offset = folio->index << PAGE_SHIFT;
}

/* Of the innermost that runs, if it is of this file */
static __always_inline struct layer *adder(struct slot *slot, u64 mapping)
{
	struct layer *layer = &slot->layer[LAYER_FAULT];

	if (!layer->function || layer->function >= NOT_MAPPED)
		layer = &slot->layer[LAYER_CALL];
	return layer->function && layer->mapping == mapping ? layer : NULL;
}

SEC("tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(added, struct folio *folio)
{
	u64 mapping = (u64)folio->mapping, first = folio->index, end, from, to, pid_tgid;
	u64 nr = nr_pages(folio, ctx);
	struct mms_cache_event other;
	struct inode *host;
	struct layer *layer;
	struct slot *slot;

	slot = find();
	layer = slot ? adder(slot, mapping) : NULL;
	if (layer) {
		end = first + nr;
		from = first > layer->first ? first : layer->first;
		to = end < layer->end ? end : layer->end;
		if (to < from)
			to = from;
		layer->rec.miss += to - from;
		layer->rec.ahead += nr - (to - from);
		if (to == from) {
			put_unused(mapping, first, end);
			return 0;
		}
		if (from > first)
			put_unused(mapping, first, from);
		if (end > to)
			put_unused(mapping, to, end);
		return 0;
	}
	pid_tgid = trace_task();
	host = folio->mapping->host;
	if (!trace_wants(pid_tgid) || filter.sample > 1 || is_memory(host) || !trace_sampled())
		return 0;
	clear(&other, pid_tgid, MMS_CACHED_OTHER);
	fill_file(&other, folio, host);
	other.pages = nr;
	other.ahead = nr;
	send(&other, ctx);
	return 0;
}

SEC("tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(deleted, struct folio *folio)
{
	u64 mapping = (u64)folio->mapping, first = folio->index, unused_pages, pid_tgid;
	u64 nr = nr_pages(folio, ctx);
	struct inode *host = folio->mapping->host;
	struct mms_cache_event other;
	struct layer *layer;
	struct slot *slot;

	if (is_memory(host))
		return 0;
	/* Whoever it was: they are unused no more. */
	unused_pages = take_unused(mapping, first, first + nr);
	slot = find();
	if (slot && slot->layer[LAYER_EVICT].function) {
		layer = &slot->layer[LAYER_EVICT];
		if (layer->mapping != mapping) {
			if (layer->mapping) {
				evict_send(layer, ctx);
				clear(&layer->rec, trace_task(), layer->rec.cause);
			}
			layer->mapping = mapping;
			fill_file(&layer->rec, folio, host);
		}
		layer->rec.pages += nr;
		layer->rec.evicted += nr;
		layer->rec.unused += unused_pages;
		return 0;
	}
	pid_tgid = trace_task();
	if (!trace_wants(pid_tgid) || filter.sample > 1 || !trace_sampled())
		return 0;
	clear(&other, pid_tgid, MMS_CACHED_OTHER);
	fill_file(&other, folio, host);
	other.pages = nr;
	other.evicted = nr;
	other.unused = unused_pages;
	send(&other, ctx);
	return 0;
}

/* A page with PG_readahead was met. */
SEC("fentry/page_cache_async_ra")
int BPF_PROG(marker, struct readahead_control *control)
{
	struct slot *slot = find();
	struct layer *layer = slot ? adder(slot, (u64)control->mapping) : NULL;

	if (layer)
		layer->rec.markers++;
	return 0;
}

char _license[] SEC("license") = "GPL";
