/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a thread that reclaims or faults, and of folios that are on their way,
 * how that becomes a record, and what ends their I/O. For swapio.bpf.c alone, which says
 * why the programs stand in this order.
 */
#ifndef MMS_BPF_SWAPIO_BPF_H
#define MMS_BPF_SWAPIO_BPF_H

#define FOLIO_MAPPING_ANON	1		/* include/linux/page-flags.h: a bit of mapping */
#define PF_KSWAPD		0x00020000	/* include/linux/sched.h */
#define SWP_TYPE_SHIFT		58		/* include/linux/swapops.h, on 64 bits */

/* Functions that a thread is in. */
enum function {
	IN_FAULT = 1 << 0,	/* do_swap_page() */
	IN_SHMEM = 1 << 1,	/* shmem_swapin_folio() */
	IN_UNUSE = 1 << 2,	/* swapoff, page tables */
	IN_UNUSE_SHMEM = 1 << 3,
	IN_AHEAD = 1 << 4,	/* swapin_readahead() */
	IN_CLUSTER = 1 << 5,	/* swap_cluster_readahead() */
	IN_READ = 1 << 6,	/* reads one folio */
	IN_DIRECT = 1 << 7,	/* try_to_free_pages() */
	IN_MEMCG = 1 << 8,	/* try_to_free_mem_cgroup_pages() */
	IN_PAGEOUT = 1 << 9,	/* reclaim_pages() */
	IN_KSWAPD = 1 << 10,	/* kswapd, as long as it lives */
	IN_WRITE = 1 << 11,	/* writes one folio */
	IN_ADVICE = 1 << 12,	/* read_swap_cache_async() */
};

/* Whose memory it is. */
struct owner {
	u64 folio;
	u64 address;
	u32 tgid;	/* 0: not known */
	u32 mappers;
	char name[16];
};

/* Bits of moving.state. */
#define WANTED	(1U << 0)
#define DEVICE	(1U << 1)	/* is written to or read from a device or file */
#define ZSWAP	(1U << 2)	/* is in zswap, or was */
#define ZERO	(1U << 3)	/* its slot says that it is all zero */
#define UNUSED	(1U << 4)	/* its slot was given back instead */
#define TRIED	(1U << 5)	/* bdev_write_page(), which may fail, is at it */
#define ENDED	(1U << 6)	/* and has ended writeback */

/* A folio on its way. */
struct moving {
	u64 folio;	/* a number, as the verifier lets nobody calculate with a pointer */
	u64 state;
	struct mms_swapio rec;
};

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 functions;	/* bits of enum function */
	u64 target;	/* entry that is asked for */
	u64 begin;	/* of IN_FAULT or IN_SHMEM */
	u64 asked;	/* folio that is read as it was asked for, 0: none */
	u64 found;	/* folio that is in the swap cache, 0: none */
	u64 storing;	/* folio that zswap compresses */
	u64 again;	/* one of these, of a fault that is to be tried again; and its begin */
	u64 again_begin;
	u32 again_tid;	/* all this stays when the slot is given back meanwhile */
	u32 again_asked;	/* it is the first of them */
	u32 found_ahead;
	u32 again_ahead;
	u64 advised_shmem;	/* IN_ADVICE is about shared memory */
	struct owner asks;	/* who faults or so; its folio is not used */
	struct owner unmapped;	/* the folio that was unmapped last */
	struct moving build;
	struct moving cached;	/* the record of found */
} __attribute__((aligned(512)));

_Static_assert(sizeof(struct slot) == 512, "slots.bpf.h: a power of two");

#define NR_SLOTS 1024
#include "slots.bpf.h"

/*
 * Folios between the beginning of their I/O and its end. Those that nobody asked for
 * are in it, too, while they are written: so what zswap writes back is told apart.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct moving);
} moving SEC(".maps");

/* Folios that were read ahead, and how, until they are asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} ahead SEC(".maps");

MMS_KSYM(swap_info);

/* ---- threads ------------------------------------------------------------------ */

static __always_inline struct slot *find(void)
{
	return slot_find(bpf_get_current_task_btf()->pid);
}

static __always_inline struct slot *enter(u32 function)
{
	u32 tid = bpf_get_current_task_btf()->pid;
	struct slot *slot = slot_find(tid);

	if (!slot) {
		slot = slot_claim(tid);
		if (!slot)
			return NULL;
		slot->functions = 0;
		slot->target = 0;
		slot->asked = 0;
		slot->found = 0;
		if (slot->again_tid != tid)
			slot->again = 0;
		slot->storing = 0;
		slot->unmapped.folio = 0;
	}
	slot->functions |= function;
	return slot;
}

static __always_inline void leave(u32 function)
{
	struct slot *slot = find();

	if (!slot)
		return;
	slot->functions &= ~(u64)function;
	if (!slot->functions)
		slot_free(slot);
}

/* ---- records ------------------------------------------------------------------ */

static __always_inline void owner_set(struct owner *owner, const struct mm_struct *mm, u64 address)
{
	const struct mm_struct___owner *owned = (const void *)mm;
	struct task_struct *task = bpf_get_current_task_btf();

	owner->address = address;
	owner->mappers = 1;
	owner->tgid = mms_mm_tgid(mm);
	if (owner->tgid) {
		bpf_probe_read_kernel(owner->name, sizeof(owner->name),
				      BPF_CORE_READ(owned, owner, comm));
	} else if (task->mm == mm) {
		owner->tgid = task->tgid;
		bpf_get_current_comm(owner->name, sizeof(owner->name));
	}
}

static __always_inline void put_owner(struct mms_swapio *rec, const struct owner *owner)
{
	rec->task = owner->tgid;
	__builtin_memcpy(rec->name, owner->name, sizeof(rec->name));
}

static __always_inline void put_area(struct moving *m, u64 entry)
{
	const u64 type = entry >> SWP_TYPE_SHIFT;
	struct mms_swapio *rec = &m->rec;
	struct swap_info_struct *si;
	struct file *file;

	rec->area = type;
	rec->slot = entry & ((1ULL << SWP_TYPE_SHIFT) - 1);
	if (!swap_info)
		return;
	si = (void *)mms_read_u64(swap_info + type * sizeof(u64));
	file = BPF_CORE_READ(si, swap_file);
	if (!file)
		return;
	rec->marks |= MMS_SWAPIO_AREA;
	rec->flags = BPF_CORE_READ(si, flags);
	rec->inode = BPF_CORE_READ(file, f_inode, i_ino);
	rec->dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	if (mms_swap_slot_is_zero(si, rec->slot))
		m->state |= ZERO;
}

static __always_inline bool has_flag(u64 folio, u32 bit)
{
	return mms_folio_flags((const struct folio *)folio) >> bit & 1;
}

/* What the folio says of itself. */
static __always_inline void put_folio(struct moving *m)
{
	const struct folio *folio = (const void *)m->folio;
	const struct mem_cgroup *memcg = (const void *)mms_folio_memcg(folio);
	struct mms_swapio *rec = &m->rec;

	put_area(m, mms_folio_swap(folio));
	rec->pages = 1U << (mms_folio_order(m->folio) & 31);
	if (has_flag(m->folio, bpf_core_enum_value(enum pageflags, PG_workingset)))
		rec->marks |= MMS_SWAPIO_WORKINGSET;
	if (mms_folio_is_charged())
		rec->marks |= MMS_SWAPIO_MEMCG;
	if (memcg)
		rec->memcg = BPF_CORE_READ(memcg, css.cgroup, kn, id);
}

/* Whose memory it is, where that is known, is what it is filtered by. */
static __always_inline bool wanted(const struct mms_swapio *rec)
{
	char comm[16];

	if (!trace_wants_tgid(rec->task ?: rec->event.tgid))
		return false;
	if (filter.comm_len) {
		if (rec->task)
			__builtin_memcpy(comm, rec->name, sizeof(comm));
		else
			bpf_get_current_comm(comm, sizeof(comm));
		if (!trace_wants_comm(comm))
			return false;
	}
	return !filter.cgroup || rec->memcg == filter.cgroup;
}

/* With the name of the area's file before the first record. */
static __always_inline bool is_told(struct mms_swapio *rec)
{
	struct swap_info_struct *si;

	if (!wanted(rec) || !trace_sampled())
		return false;
	if (rec->marks & MMS_SWAPIO_AREA) {
		si = (void *)mms_read_u64(swap_info + rec->area * sizeof(u64));
		file_name(rec->dev, rec->inode, BPF_CORE_READ(si, swap_file));
	}
	return true;
}

static __always_inline struct moving *build(struct moving *m, u64 folio)
{
	__builtin_memset(m, 0, sizeof(*m));
	m->folio = folio;
	event_begin(&m->rec.event, trace_task());
	put_folio(m);
	return m;
}

/* A folio is on its way, as @m says, from now on. */
static __always_inline void start(struct moving *m, void *ctx)
{
	struct mms_trace_count *count;
	u64 folio = m->folio;

	if (m->state & WANTED)
		event_rest(&m->rec.event, ctx);
	if (!bpf_map_update_elem(&moving, &folio, m, BPF_ANY))
		return;
	count = trace_count();
	if (count && m->state & WANTED)
		count->no_slot++;
}

/* It is there. */
static __always_inline void done(struct moving *m, u32 cause)
{
	u64 folio = m->folio;
	struct mms_swapio *rec = &m->rec;

	rec->cause = cause;
	rec->event.cpu = bpf_get_smp_processor_id();
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	if (m->state & WANTED && trace_wants_cause(cause) &&
	    trace_wants_latency(rec->event.latency))
		trace_send(rec, sizeof(*rec));
	bpf_map_delete_elem(&moving, &folio);
}

static __always_inline struct moving *find_moving(u64 folio)
{
	return bpf_map_lookup_elem(&moving, &folio);
}

/* ---- why ---------------------------------------------------------------------- */

static __always_inline u32 why_out(const struct slot *slot)
{
	if (bpf_get_current_task_btf()->flags & PF_KSWAPD)
		return MMS_SWAPIO_FOR_KSWAPD;
	if (slot->functions & IN_PAGEOUT)
		return MMS_SWAPIO_FOR_PAGEOUT;
	if (slot->functions & IN_MEMCG)
		return MMS_SWAPIO_FOR_MEMCG;
	if (slot->functions & IN_DIRECT)
		return MMS_SWAPIO_FOR_DIRECT;
	return MMS_SWAPIO_FOR_RECLAIM;
}

/* For whom, and with that what it is and whose. */
static __always_inline void put_asker(struct mms_swapio *rec, const struct slot *slot)
{
	if (slot->functions & IN_UNUSE) {
		rec->reason = MMS_SWAPIO_FOR_SWAPOFF;
		rec->marks |= MMS_SWAPIO_ANON;
	} else if (slot->functions & IN_UNUSE_SHMEM) {
		rec->reason = MMS_SWAPIO_FOR_SWAPOFF;
		rec->marks |= MMS_SWAPIO_SHMEM;
		return;
	} else if (slot->functions & IN_SHMEM) {
		rec->reason = MMS_SWAPIO_FOR_SHMEM;
		rec->marks |= MMS_SWAPIO_SHMEM;
	} else if (slot->functions & IN_FAULT) {
		rec->reason = MMS_SWAPIO_FOR_FAULT;
		rec->marks |= MMS_SWAPIO_ANON;
	} else if (slot->functions & IN_ADVICE) {
		rec->reason = MMS_SWAPIO_FOR_WILLNEED;
		rec->marks |= slot->advised_shmem ? MMS_SWAPIO_SHMEM : MMS_SWAPIO_ANON;
	} else {
		return;
	}
	put_owner(rec, &slot->asks);
	rec->address = slot->asks.address;
	if (rec->address)
		rec->marks |= MMS_SWAPIO_ADDRESS;
}

/* What is near in the area may be anybody's, what is near in the VMA is the same one's. */
static __always_inline void put_ahead(struct mms_swapio *rec, u32 how)
{
	rec->ahead = how;
	rec->marks &= ~MMS_SWAPIO_ADDRESS;
	rec->address = 0;
	if (how != MMS_SWAPIO_AHEAD_CLUSTER)
		return;
	rec->marks &= ~(MMS_SWAPIO_ANON | MMS_SWAPIO_SHMEM);
	rec->task = 0;
	__builtin_memset(rec->name, 0, sizeof(rec->name));
}

static __always_inline u32 how_ahead(const struct slot *slot, u64 entry)
{
	if (!(slot->functions & (IN_AHEAD | IN_CLUSTER)) || entry == slot->target)
		return MMS_SWAPIO_AHEAD_NO;
	if (slot->functions & IN_CLUSTER)
		return MMS_SWAPIO_AHEAD_CLUSTER;
	return MMS_SWAPIO_AHEAD_VMA;
}

/*
 * ---- the end of I/O, which may be in an interrupt: one way for each that kernels have ----
 */

static __always_inline void read_done(u64 folio, bool failed)
{
	struct moving *m = find_moving(folio);

	if (!m)
		return;
	if (failed)
		m->rec.marks |= MMS_SWAPIO_FAILED;
	done(m, MMS_SWAPIO_IN);
}

static __always_inline void write_failed(u64 folio)
{
	struct moving *m = find_moving(folio);

	if (m)
		m->rec.marks |= MMS_SWAPIO_FAILED;
}

struct iocb_walk {
	struct swap_iocb *io;
	bool failed;
};

static long iocb_read(u32 i, struct iocb_walk *walk)
{
	read_done(mms_swap_iocb_folio(walk->io, i), walk->failed);
	return 0;
}

static long iocb_failed(u32 i, struct iocb_walk *walk)
{
	write_failed(mms_swap_iocb_folio(walk->io, i));
	return 0;
}

/* The first argument: a number, as the verifier lets nobody calculate with a pointer. */
static __always_inline struct swap_iocb *iocb_arg(void *ctx)
{
	u64 io = 0;

	bpf_get_func_arg(ctx, 0, &io);
	return (struct swap_iocb *)io;
}

static __always_inline u32 iocb_count(struct swap_iocb *io)
{
	u32 nr = mms_swap_iocb_count(io);

	return nr < MMS_SWAP_IO_MAX ? nr : MMS_SWAP_IO_MAX;
}

static __always_inline void iocb_read_done(struct swap_iocb *io, bool failed)
{
	struct iocb_walk walk = { .io = io, .failed = failed };

	bpf_loop(iocb_count(io), iocb_read, &walk, 0);
}

static __always_inline void iocb_write_done(struct swap_iocb *io, bool failed)
{
	struct iocb_walk walk = { .io = io };

	if (failed)
		bpf_loop(iocb_count(io), iocb_failed, &walk, 0);
}

/* What was done of it, where file systems say so. Its struct kiocb is the first of it. */
static __always_inline bool iocb_failed_by(const struct swap_iocb *io, long ret)
{
	return ret != (long)BPF_CORE_READ(io, len);
}

SEC("fentry/swap_read_end")
int BPF_PROG(gathered_read, void *io, u64 failed)
{
	iocb_read_done(iocb_arg(ctx), (u8)failed);
	return 0;
}

/* The same of file systems on kernels that gather only for these. */
SEC("fentry/sio_read_complete")
int BPF_PROG(fs_read, void *iocb, long ret)
{
	struct swap_iocb *io = iocb_arg(ctx);

	iocb_read_done(io, iocb_failed_by(io, ret));
	return 0;
}

/* A write that failed ends as any other: this comes before. */
SEC("fentry/swap_write_end")
int BPF_PROG(gathered_written, void *io, u64 failed)
{
	iocb_write_done(iocb_arg(ctx), (u8)failed);
	return 0;
}

SEC("fentry/sio_write_complete")
int BPF_PROG(fs_written, void *iocb, long ret)
{
	struct swap_iocb *io = iocb_arg(ctx);

	iocb_write_done(io, iocb_failed_by(io, ret));
	return 0;
}

static __always_inline void bio_write_done(struct bio *bio)
{
	if (BPF_CORE_READ(bio, bi_status))
		write_failed((u64)BPF_CORE_READ(bio, bi_io_vec, bv_page));
}

SEC("fentry/end_swap_bio_write")
int BPF_PROG(bio_written, struct bio *bio)
{
	bio_write_done(bio);
	return 0;
}

SEC("fentry/__end_swap_bio_write")
int BPF_PROG(bio_written_sync, struct bio *bio)
{
	bio_write_done(bio);
	return 0;
}

static __always_inline void bio_read_done(struct bio *bio)
{
	read_done((u64)BPF_CORE_READ(bio, bi_io_vec, bv_page), BPF_CORE_READ(bio, bi_status));
}

/* Where one calls the other, the second finds nothing more to do. */
SEC("fentry/end_swap_bio_read")
int BPF_PROG(bio_read, struct bio *bio)
{
	bio_read_done(bio);
	return 0;
}

SEC("fentry/__end_swap_bio_read")
int BPF_PROG(bio_read_sync, struct bio *bio)
{
	bio_read_done(bio);
	return 0;
}

/* Old devices that need no bio. */
SEC("fexit/bdev_read_page")
int BPF_PROG(page_read, void *bdev, u64 sector, u64 page, int ret)
{
	if (!ret)
		read_done(page, false);
	return 0;
}

SEC("fentry/folio_end_writeback")
int BPF_PROG(written, struct folio *folio)
{
	struct moving *m;

	/* All files' pages come by here. */
	if (!has_flag((u64)folio, bpf_core_enum_value(enum pageflags, PG_swapbacked)))
		return 0;
	m = find_moving((u64)folio);
	if (!m || !(m->state & DEVICE))
		return 0;
	if (m->state & TRIED)
		m->state |= ENDED;
	else
		done(m, m->rec.cause);
	return 0;
}

#endif /* MMS_BPF_SWAPIO_BPF_H */
