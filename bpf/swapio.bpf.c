// SPDX-License-Identifier: GPL-2.0-only
/*
 * Swapping: each folio that goes out or comes in, from the function that writes or reads
 * it to the end of its I/O, or until it is known that it needs none.
 *
 * Programs are attached and detached in the order in which they stand here: first what ends
 * a folio's way and tells it, then who is at it and what happens on the way, and last what
 * begins it. So what is told was seen all the way, and it is known what it was not.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "core_fixes_refault.bpf.h"
#include "core_fixes_swap.bpf.h"
#include "swap.h"
#include "swapio.h"
#include "common.bpf.h"
#include "file.bpf.h"
#include "swapio.bpf.h"

#define VM_FAULT_RETRY		0x000400	/* enum vm_fault_reason, include/linux/mm_types.h */
#define AOP_WRITEPAGE_ACTIVATE	0x80000		/* include/linux/fs.h */

/* The kernel has swap_add_folio(): what is not given to it is not read from a device. */
const volatile bool has_add_folio;
/* swap_update_readahead() says what is found in the swap cache, not its lookup. */
const volatile bool has_update;

/* ---- the end of the functions that write and read ----------------------------------- */

SEC("fexit/bdev_write_page")
int BPF_PROG(page_written, void *bdev, u64 sector, u64 page, void *wbc, int ret)
{
	struct moving *m = find_moving(page);

	if (!m)
		return 0;
	if (!ret && m->state & ENDED)
		done(m, m->rec.cause);
	else
		m->state &= ~(u64)(TRIED | ENDED);
	return 0;
}

/* What is not being written by now will not be. */
SEC("fexit/swap_writepage")
int write_end(u64 *ctx)
{
	struct moving *m = find_moving(mms_swap_arg_folio(ctx));
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	if (m && !(m->state & DEVICE)) {
		m->rec.marks |= MMS_SWAPIO_WAITS;
		if (m->state & ZSWAP)
			done(m, MMS_SWAPIO_OUT_ZSWAP);
		else if (m->state & UNUSED)
			done(m, MMS_SWAPIO_OUT_NONE);
		else if ((u32)ret || !mms_swap_knows_zero())
			done(m, MMS_SWAPIO_OUT_REFUSED);
		else
			done(m, MMS_SWAPIO_OUT_ZERO);
	}
	leave(IN_WRITE);
	return 0;
}

SEC("fexit/swap_read_folio")
int read_end(u64 *ctx)
{
	struct moving *m = find_moving(mms_swap_arg_folio(ctx));

	/* What is read from a device is there and told already, or is still to come. */
	if (m && m->state & ZSWAP) {
		done(m, MMS_SWAPIO_IN_ZSWAP);
	} else if (m && m->state & ZERO) {
		done(m, MMS_SWAPIO_IN_ZERO);
	} else if (m && has_add_folio && !(m->state & DEVICE)) {
		if (has_flag(m->folio, bpf_core_enum_value(enum pageflags, PG_uptodate))) {
			done(m, MMS_SWAPIO_IN_ZERO);
		} else {
			m->rec.marks |= MMS_SWAPIO_FAILED;
			done(m, MMS_SWAPIO_IN_ZSWAP);
		}
	}
	leave(IN_READ);
	return 0;
}

/* It was in the swap cache: told when the fault has what it needs. */
static __always_inline void tell_found(struct slot *slot, bool again, void *ctx)
{
	const bool before = slot->found && slot->again == slot->found;
	struct mms_swapio *rec;
	struct moving *m;

	if (before) {
		slot->begin = slot->again_begin;
		slot->found_ahead = slot->again_ahead;
	}
	slot->again = 0;
	if (again) {
		slot->again = slot->found ?: slot->asked;
		slot->again_asked = slot->found ? before && slot->again_asked : 1;
		slot->again_tid = slot->owner;
		slot->again_begin = slot->begin;
		slot->again_ahead = slot->found_ahead;
	}
	if (again || !slot->found)
		return;
	m = &slot->cached;
	rec = &m->rec;
	if (!(m->state & WANTED))
		return;
	rec->ahead = slot->found_ahead;
	rec->event.time = slot->begin;
	rec->event.latency = bpf_ktime_get_ns() - slot->begin;
	if (trace_wants_cause(MMS_SWAPIO_IN_CACHE) && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
}

SEC("fexit/do_swap_page")
int BPF_PROG(fault_end)
{
	struct slot *slot = find();
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	if (slot)
		tell_found(slot, ret & VM_FAULT_RETRY, ctx);
	leave(IN_FAULT);
	return 0;
}

/*
 * A kprobe, as it has too many arguments for fentry before "bpf, x86: allow function
 * arguments up to 12 for TRACING", 6.6.
 */
SEC("kretprobe/shmem_swapin_folio")
int BPF_KRETPROBE(shmem_end)
{
	struct slot *slot = find();

	if (slot)
		tell_found(slot, false, ctx);
	leave(IN_SHMEM);
	return 0;
}

/* Programs that only say that a thread is in @function. */
#define WITHIN(function, name, bit)							\
SEC("fexit/" #function)									\
int BPF_PROG(name##_end)								\
{											\
	leave(bit);									\
	return 0;									\
}											\
											\
SEC("fentry/" #function)								\
int BPF_PROG(name##_begin)								\
{											\
	enter(bit);									\
	return 0;									\
}

/* ---- who asks ---------------------------------------------------------------------------- */

static __always_inline struct slot *ask(u32 function, const struct mm_struct *mm, u64 address)
{
	struct slot *slot = enter(function);

	if (!slot)
		return NULL;
	slot->begin = bpf_ktime_get_ns();
	slot->asked = 0;
	slot->found = 0;
	owner_set(&slot->asks, mm, address);
	return slot;
}

SEC("fentry/do_swap_page")
int BPF_PROG(fault_begin, struct vm_fault *fault)
{
	struct slot *slot = ask(IN_FAULT, fault->vma->vm_mm, fault->address);

	/* Too many at once, and a kretprobe is left out. */
	if (slot)
		slot->functions &= ~(u64)IN_SHMEM;
	return 0;
}

SEC("kprobe/shmem_swapin_folio")
int BPF_KPROBE(shmem_begin)
{
	ask(IN_SHMEM, bpf_get_current_task_btf()->mm, 0);
	return 0;
}

SEC("fexit/unuse_pte_range")
int BPF_PROG(unuse_end)
{
	leave(IN_UNUSE);
	return 0;
}

SEC("fentry/unuse_pte_range")
int BPF_PROG(unuse_begin, struct vm_area_struct *vma)
{
	ask(IN_UNUSE, vma->vm_mm, 0);
	return 0;
}

WITHIN(shmem_unuse, unuse_shmem, IN_UNUSE_SHMEM)

static __always_inline struct slot *ahead_begin(u32 function, u64 entry)
{
	struct slot *slot = enter(function);

	if (slot)
		slot->target = entry;
	return slot;
}

SEC("fexit/swapin_readahead")
int BPF_PROG(ahead_end)
{
	leave(IN_AHEAD);
	return 0;
}

SEC("fentry/swapin_readahead")
int near_begin(u64 *ctx)
{
	const struct vm_fault *fault = (const void *)mms_arg(ctx, 2);
	struct slot *slot = ahead_begin(IN_AHEAD, mms_arg(ctx, 0));

	/* swapoff makes one up for each. */
	if (slot && slot->functions & IN_UNUSE)
		slot->asks.address = BPF_CORE_READ(fault, address);
	return 0;
}

SEC("fexit/swap_cluster_readahead")
int BPF_PROG(cluster_end)
{
	leave(IN_CLUSTER);
	return 0;
}

SEC("fentry/swap_cluster_readahead")
int cluster_begin(u64 *ctx)
{
	ahead_begin(IN_CLUSTER, mms_arg(ctx, 0));
	return 0;
}

SEC("fexit/read_swap_cache_async")
int BPF_PROG(advice_end)
{
	leave(IN_ADVICE);
	return 0;
}

/* Reading ahead calls it, too, on old kernels. */
SEC("fentry/read_swap_cache_async")
int advice_begin(u64 *ctx)
{
	const struct vm_area_struct *vma = (const void *)mms_swap_arg_vma(ctx);
	struct slot *slot = find();

	if (slot) {
		enter(IN_ADVICE);
		return 0;
	}
	slot = ask(IN_ADVICE, BPF_CORE_READ(vma, vm_mm), mms_swap_arg_address(ctx));
	if (slot)
		slot->advised_shmem = !!BPF_CORE_READ(vma, vm_ops);
	return 0;
}

/* ---- who reclaims --------------------------------------------------------------------- */

WITHIN(try_to_free_pages, direct, IN_DIRECT)
WITHIN(try_to_free_mem_cgroup_pages, memcg, IN_MEMCG)
WITHIN(reclaim_pages, pageout, IN_PAGEOUT)

/* ---- what a folio meets on its way ---------------------------------------------------- */

static __always_inline void put_compressed(struct moving *m, u64 bytes)
{
	m->rec.compressed += bytes;
	m->rec.marks |= MMS_SWAPIO_COMPRESSED;
}

SEC("fexit/zswap_store")
int BPF_PROG(stored, struct folio *folio, u64 ret)
{
	struct moving *m = find_moving((u64)folio);

	if (m && (u8)ret)
		m->state |= ZSWAP;
	return 0;
}

SEC("fexit/zswap_frontswap_store")
int BPF_PROG(old_stored, unsigned int type, u64 slot, u64 page, int ret)
{
	struct moving *m = find_moving(page);

	if (m && !ret)
		m->state |= ZSWAP;
	return 0;
}

/* One call for each page; none where it is charged to no cgroup. */
SEC("fentry/obj_cgroup_charge_zswap")
int BPF_PROG(compressed, void *objcg, u64 bytes)
{
	struct slot *slot = find();
	struct moving *m;

	if (!slot || !(slot->functions & IN_WRITE))
		return 0;
	m = find_moving(slot->storing);
	if (m)
		put_compressed(m, bytes);
	return 0;
}

/* What it returns has not always meant the same. */
SEC("fexit/zswap_load")
int loaded(u64 *ctx)
{
	struct moving *m = find_moving(mms_arg(ctx, 0));

	if (m && has_flag(m->folio, bpf_core_enum_value(enum pageflags, PG_uptodate)))
		m->state |= ZSWAP;
	return 0;
}

SEC("fexit/zswap_frontswap_load")
int BPF_PROG(old_loaded, unsigned int type, u64 slot, u64 page, int ret)
{
	struct moving *m = find_moving(page);

	if (m && !ret)
		m->state |= ZSWAP;
	return 0;
}

SEC("fentry/zswap_decompress")
int BPF_PROG(decompressed, struct zswap_entry *entry, struct folio *folio)
{
	struct moving *m = find_moving((u64)folio);

	if (m)
		put_compressed(m, BPF_CORE_READ(entry, length));
	return 0;
}

SEC("fentry/swap_add_folio")
int BPF_PROG(gathered, void *io, struct folio *folio)
{
	struct moving *m = find_moving((u64)folio);

	if (m)
		m->state |= DEVICE;
	return 0;
}

SEC("fexit/folio_free_swap")
int BPF_PROG(slot_freed, struct folio *folio, u64 ret)
{
	struct moving *m = (u8)ret ? find_moving((u64)folio) : NULL;

	if (m)
		m->state |= UNUSED;
	return 0;
}

SEC("fentry/bdev_write_page")
int BPF_PROG(page_tried, void *bdev, u64 sector, u64 page)
{
	struct moving *m = find_moving(page);

	if (m)
		m->state |= TRIED;
	return 0;
}

/* Whose a folio is that is about to be written is only known from its mappings. */
SEC("fentry/try_to_unmap_one")
int BPF_PROG(unmapping, struct folio *folio, struct vm_area_struct *vma, unsigned long address)
{
	struct slot *slot = find();
	struct owner *owner;

	if (!slot && bpf_get_current_task_btf()->flags & PF_KSWAPD)
		slot = enter(IN_KSWAPD);
	if (!slot)
		return 0;
	owner = &slot->unmapped;
	if (owner->folio == (u64)folio) {
		owner->mappers++;
		return 0;
	}
	owner->folio = (u64)folio;
	owner_set(owner, vma->vm_mm, address);
	return 0;
}

/* ---- out -------------------------------------------------------------------------------- */

/* A folio of zswap's own, which was never mapped: nobody called swap_writepage(). */
static __always_inline struct moving *written_back(u64 folio, void *ctx)
{
	struct slot *slot = enter(IN_WRITE);
	struct mms_swapio *rec;
	struct moving *m;

	if (!slot)
		return NULL;
	m = build(&slot->build, folio);
	rec = &m->rec;
	rec->cause = MMS_SWAPIO_OUT_BACK;
	rec->reason = why_out(slot);
	if (rec->reason == MMS_SWAPIO_FOR_RECLAIM)
		rec->reason = MMS_SWAPIO_FOR_ZSWAP;
	if (is_told(rec)) {
		m->state |= WANTED;
		start(m, ctx);
	}
	leave(IN_WRITE);
	return find_moving(folio);
}

SEC("fentry/__swap_writepage")
int writing(u64 *ctx)
{
	const u64 folio = mms_swap_arg_folio(ctx);
	struct moving *m = find_moving(folio);

	if (!m && !BPF_CORE_READ((const struct folio *)folio, mapping))
		m = written_back(folio, ctx);
	if (!m)
		return 0;
	m->state |= DEVICE;
	if (m->rec.flags & MMS_SWAP_SYNCHRONOUS)
		m->rec.marks |= MMS_SWAPIO_WAITS;
	return 0;
}

SEC("fentry/swap_writepage")
int write_begin(u64 *ctx)
{
	const u64 folio = mms_swap_arg_folio(ctx);
	struct slot *slot = enter(IN_WRITE);
	struct mms_swapio *rec;
	struct moving *m;

	if (!slot)
		return 0;
	m = build(&slot->build, folio);
	slot->storing = folio;
	rec = &m->rec;
	rec->cause = MMS_SWAPIO_OUT;
	rec->reason = why_out(slot);
	/* Shared memory has left its file by now. */
	if ((u64)BPF_CORE_READ((const struct folio *)folio, mapping) & FOLIO_MAPPING_ANON)
		rec->marks |= MMS_SWAPIO_ANON;
	else
		rec->marks |= MMS_SWAPIO_SHMEM;
	if (slot->unmapped.folio == folio) {
		put_owner(rec, &slot->unmapped);
		rec->address = slot->unmapped.address;
		rec->mappers = slot->unmapped.mappers;
		rec->marks |= MMS_SWAPIO_ADDRESS | MMS_SWAPIO_MAPPERS;
	}
	slot->unmapped.folio = 0;
	if (is_told(rec))
		m->state |= WANTED;
	start(m, ctx);
	return 0;
}

/* ---- in ---------------------------------------------------------------------------------- */

SEC("fentry/swap_read_folio")
int read_begin(u64 *ctx)
{
	u64 folio = mms_swap_arg_folio(ctx);
	struct slot *slot = enter(IN_READ);
	struct mms_swapio *rec;
	struct moving *m;
	u8 how;

	if (!slot)
		return 0;
	m = build(&slot->build, folio);
	rec = &m->rec;
	put_asker(rec, slot);
	how = how_ahead(slot, (u64)rec->area << SWP_TYPE_SHIFT | rec->slot);
	if (how) {
		put_ahead(rec, how);
		bpf_map_update_elem(&ahead, &folio, &how, BPF_ANY);
	} else {
		bpf_map_delete_elem(&ahead, &folio);
		slot->asked = folio;
		if (slot->functions & ~(u64)(IN_READ | IN_ADVICE))
			rec->marks |= MMS_SWAPIO_WAITS;
	}
	if (is_told(rec)) {
		m->state |= WANTED;
		start(m, ctx);
	}
	return 0;
}

/* @folio is the one asked for, and in the swap cache. */
static __always_inline void found(u64 folio)
{
	struct slot *slot = find();
	struct mms_swapio *rec;
	struct moving *m;
	u8 *how;

	if (!slot || !(slot->functions & (IN_FAULT | IN_SHMEM)))
		return;
	/* Looked up for something else. */
	if (slot->functions &
	    (IN_UNUSE | IN_UNUSE_SHMEM | IN_AHEAD | IN_CLUSTER | IN_READ))
		return;
	/* Its slot may be gone when it is told. */
	m = build(&slot->cached, folio);
	rec = &m->rec;
	put_asker(rec, slot);
	rec->cause = MMS_SWAPIO_IN_CACHE;
	rec->marks |= MMS_SWAPIO_WAITS;
	slot->found = folio;
	how = bpf_map_lookup_elem(&ahead, &folio);
	slot->found_ahead = how ? *how : 0;
	if (how)
		bpf_map_delete_elem(&ahead, &folio);
	/* That it has read itself is told already. */
	if (slot->again == folio ? !slot->again_asked : is_told(rec))
		m->state |= WANTED;
}

SEC("fentry/swap_update_readahead")
int BPF_PROG(cache_hit, struct folio *folio)
{
	found((u64)folio);
	return 0;
}

SEC("fexit/swap_cache_get_folio")
int cache_lookup(u64 *ctx)
{
	u64 folio = 0;

	bpf_get_func_ret(ctx, &folio);
	if (!has_update && folio)
		found(folio);
	return 0;
}

char _license[] SEC("license") = "GPL";
