/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a thread that makes pages dirty or writes them: what it is in the middle
 * of, and its runs. A run is what it does to folios of one file, one after the other: it is
 * one event, sent when the thread turns to another file, when nothing was added for a while
 * (the tool asks for that), when it takes too long, or when the thread ends. For
 * dirty.bpf.c alone.
 */
#ifndef MMS_BPF_DIRTY_BPF_H
#define MMS_BPF_DIRTY_BPF_H

#define BDEVFS_MAGIC		0x62646576	/* uapi/linux/magic.h */
#define BDI_CAP_WRITEBACK	1		/* include/linux/backing-dev.h */
#define BDP_ASYNC		1		/* include/linux/writeback.h */
#define PF_MEMALLOC		0x00000800	/* include/linux/sched.h */
#define PAGE_MAPPING_FLAGS	3		/* in folio->mapping: it is no file's */
#define RUN_AT_MOST		1000000000ULL	/* a run that is older is sent, nanoseconds */
#define RUN_IDLE		100000000ULL	/* one to which nothing was added for so long */
#define SPINS			(1 << 20)

enum run_number {
	RUN_DIRTIED,
	RUN_CANCELLED,
	RUN_WAITED,
	RUN_WRITTEN,
	NR_RUNS,
};

/**
 * struct run - of a thread
 * @mapping: of the file
 * @last: when the last folio came
 * @open: the record is not sent yet
 * @rec: what is added to
 */
struct run {
	u64 mapping;
	u64 last;
	u64 open;
	struct mms_dirty rec;
};

/**
 * struct slot - of a thread
 * @owner: its thread, 0: free
 * @displaced: another thread has its place
 * @busy: somebody is about it: its thread, or the one who sends what is left
 * @writes: mapping of the file that it is writing to
 * @faults: mapping of the file that a fault for writing is about
 * @work: why it, a flusher, writes: enum mms_dirty_reason
 * @waits: the folio that it waits for, @since when
 * @since: see @waits
 * @writeback: mapping of the file that @written is about
 * @pauses: see @throttled
 * @written: see @writeback
 * @throttled: the record of a pause, if @pauses
 * @run: what it is adding to, enum run_number
 */
struct slot {
	u64 owner;
	u64 displaced;
	u64 busy;
	u64 writes;
	u64 faults;
	u64 work;
	u64 waits;
	u64 since;
	u64 writeback;
	u64 pauses;
	struct mms_dirty written;
	struct mms_dirty throttled;
	struct run run[NR_RUNS];
} __attribute__((aligned(2048)));

#define NR_SLOTS 1024
#include "slots.bpf.h"

/* What jiffies are in nanoseconds; the tool's to set. */
const volatile u64 jiffy_ns;

/* Files that tasks which are wanted have made dirty: others that write them are told of, too. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct file_key);
	__type(value, __u8);
} theirs SEC(".maps");

/* ---- slots ----------------------------------------------------------------- */

static __always_inline bool lock(struct slot *slot)
{
	return !__sync_val_compare_and_swap(&slot->busy, 0, 1);
}

struct spin {
	struct slot *slot;
	u64 locked;
};

static long spin_once(u32 i, struct spin *spin)
{
	return spin->locked = lock(spin->slot);
}

static __always_inline void unlock(struct slot *slot)
{
	barrier();
	*(volatile u64 *)&slot->busy = 0;
}

/* A slot whose thread is in no call of those that are followed */
static __always_inline void forget_calls(struct slot *slot)
{
	slot->writes = 0;
	slot->faults = 0;
	slot->work = 0;
	slot->waits = 0;
	slot->writeback = 0;
	slot->pauses = 0;
}

/*
 * The slot of this thread, to be given back by put(). The other who may have it takes it
 * when its thread has not been here for a while, and then for less than a microsecond.
 */
static __always_inline struct slot *get(void)
{
	u32 tid = bpf_get_current_task_btf()->pid;
	struct slot *slot = slot_find(tid);
	struct spin spin = { .slot = slot };
	struct mms_trace_count *count;

	if (!slot)
		return NULL;
	if (!lock(slot)) {
		bpf_loop(SPINS, spin_once, &spin, 0);
		if (!spin.locked) {
			count = trace_count();
			if (count)
				count->no_slot++;
			return NULL;
		}
	}
	if (slot->owner == tid)
		return slot;
	unlock(slot);
	return NULL;
}

/* The same for a thread that may have none yet. */
static __always_inline struct slot *get_new(void)
{
	u32 tid = bpf_get_current_task_btf()->pid;
	struct slot *slot = get();
	u32 i;

	if (slot || slot_find(tid))
		return slot;
	slot = slot_claim(tid);
	if (!slot)
		return NULL;
	forget_calls(slot);
	for (i = 0; i < NR_RUNS; i++)
		slot->run[i].open = 0;
	slot->run[RUN_DIRTIED].rec.inode = 0;
	return get();
}

/* One that has nothing in it is free then. */
static __always_inline void put(struct slot *slot)
{
	u64 used;
	u32 i;

	/* Read again: the verifier takes no sums of the pointers that were put there. */
	barrier();
	used = slot->writes | slot->faults | slot->work | slot->waits | slot->writeback |
	       slot->pauses;
	for (i = 0; i < NR_RUNS; i++)
		used |= slot->run[i].open;
	if (!used)
		slot_free(slot);
	unlock(slot);
}

/* ---- files ----------------------------------------------------------------- */

/* The file by its numbers: a block device, which is in no file system, by its own. */
static __always_inline struct file_key key_of(const struct inode *host, bool *ret_is_block)
{
	const struct super_block *sb = BPF_CORE_READ(host, i_sb);
	struct file_key key = {
		.inode = BPF_CORE_READ(host, i_ino),
		.generation = BPF_CORE_READ(host, i_generation),
	};

	*ret_is_block = BPF_CORE_READ(sb, s_magic) == BDEVFS_MAGIC;
	key.dev = *ret_is_block ? BPF_CORE_READ(host, i_rdev) : BPF_CORE_READ(sb, s_dev);
	return key;
}

static __always_inline void fill_file(struct mms_dirty *rec, u64 mapping)
{
	const struct inode *host = BPF_CORE_READ((struct address_space *)mapping, host);
	bool is_block;
	const struct file_key key = key_of(host, &is_block);

	rec->inode = key.inode;
	rec->dev = key.dev;
	rec->generation = key.generation;
	rec->is_block = is_block;
	if (!is_block)
		BPF_CORE_READ_STR_INTO(&rec->bdi, host, i_sb, s_bdi, dev_name);
}

/* The memory cgroup of what is written to a device on its behalf; 0 where there is none. */
static __always_inline u64 memcg_of(const struct bdi_writeback *wb)
{
	if (!bpf_core_field_exists(wb->memcg_css) || !wb)
		return 0;
	return BPF_CORE_READ(wb, memcg_css, cgroup, kn, id);
}

/* Whether dirty pages of the file are counted, and will be written: not those of tmpfs. */
static __always_inline bool is_written(const struct inode *host)
{
	return host->i_sb->s_magic == BDEVFS_MAGIC ||
	       host->i_sb->s_bdi->capabilities & BDI_CAP_WRITEBACK;
}

static __always_inline bool chooses_tasks(void)
{
	return filter.many || filter.tgid || filter.comm_len || filter.cgroup;
}

/* By what fill_file() has found. */
static __always_inline void remember(const struct mms_dirty *rec)
{
	const struct file_key key = {
		.inode = rec->inode, .dev = rec->dev, .generation = rec->generation,
	};
	u8 yes = 1;

	if (chooses_tasks())
		bpf_map_update_elem(&theirs, &key, &yes, BPF_ANY);
}

/* Whether what the current task does with a file is asked for: as it is, or as the file is. */
static __always_inline bool wants_written(u64 mapping)
{
	struct file_key key;
	bool is_block;

	if (trace_wants(trace_task()))
		return true;
	if (!chooses_tasks())
		return false;
	key = key_of(BPF_CORE_READ((struct address_space *)mapping, host), &is_block);
	return bpf_map_lookup_elem(&theirs, &key);
}

/* ---- records --------------------------------------------------------------- */

static __always_inline void clear(struct mms_dirty *rec, u32 cause, u32 reason, void *ctx)
{
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, trace_task());
	event_rest(&rec->event, ctx);
	rec->cause = cause;
	rec->reason = reason;
}

static __always_inline void send(struct mms_dirty *rec)
{
	if (trace_wants_cause(rec->cause) && trace_wants_latency(rec->event.latency) &&
	    trace_sampled())
		trace_send(rec, sizeof(*rec));
}

static __always_inline void add_folio(struct mms_dirty *rec, u64 index, u64 nr)
{
	u64 offset = index << PAGE_SHIFT, end = (index + nr) << PAGE_SHIFT;

	if (!rec->folios || offset < rec->offset)
		rec->offset = offset;
	if (end > rec->end)
		rec->end = end;
	rec->pages += nr;
	rec->folios++;
}

/* ---- runs ------------------------------------------------------------------ */

static __always_inline void run_send(struct run *run)
{
	/* Waits are added up, the rest takes from the first folio to the last. */
	if (run->rec.cause != MMS_DIRTY_WAITED)
		run->rec.event.latency = run->last - run->rec.event.time;
	run->open = 0;
	send(&run->rec);
}

/**
 * run_of() - the run to which a folio is added: the one there is, or a new one
 * @run: one of the slot's
 * @cause: enum mms_dirty_cause of a new one
 * @reason: enum mms_dirty_reason; a run has one alone
 * @mapping: of the folio's file; a run has one alone
 * @ctx: the program's, for stacks
 */
static __always_inline void run_of(struct run *run, u32 cause, u32 reason, u64 mapping, void *ctx)
{
	u64 now = bpf_ktime_get_ns();

	if (run->open && (run->mapping != mapping || run->rec.reason != reason ||
			  now - run->rec.event.time > RUN_AT_MOST))
		run_send(run);
	if (!run->open) {
		clear(&run->rec, cause, reason, ctx);
		fill_file(&run->rec, mapping);
		run->mapping = mapping;
		run->open = 1;
	}
	run->last = now;
}

/* Whether it is to be sent now: as all are, or as nothing is added to it. */
static __always_inline bool is_left(const struct run *run, u64 now, bool all)
{
	return run->open && (all || (s64)(now - run->last) > (s64)RUN_IDLE);
}

static __always_inline bool has_left(const struct slot *slot, u64 now, bool all)
{
	bool has = false;
	u32 i;

	for (i = 0; i < NR_RUNS; i++)
		has |= is_left(&slot->run[i], now, all);
	return has;
}

static __always_inline void send_left(struct slot *slot, u64 now, bool all)
{
	u32 i;

	for (i = 0; i < NR_RUNS; i++)
		if (is_left(&slot->run[i], now, all))
			run_send(&slot->run[i]);
}

#endif /* MMS_BPF_DIRTY_BPF_H */
