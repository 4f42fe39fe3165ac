/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a thread that uses the page cache, from the beginning of a call to its
 * end, and how that becomes a record. For cache.bpf.c alone.
 */
#ifndef MMS_BPF_CACHE_BPF_H
#define MMS_BPF_CACHE_BPF_H

#define TMPFS_MAGIC		0x01021994	/* uapi/linux/magic.h */
#define HUGETLBFS_MAGIC		0x958458f6
#define VM_FAULT_RETRY		0x000400	/* enum vm_fault_reason, include/linux/mm_types.h */
#define VM_FAULT_NOPAGE		0x000100
#define VM_FAULT_ERROR		0x000873
#define ADV_WILLNEED		3		/* uapi/linux/fadvise.h */
#define ENOTBLK			15

/* What a thread is in the middle of: a call, in it a fault, in that an eviction. */
enum layer_number {
	LAYER_CALL,
	LAYER_FAULT,
	LAYER_EVICT,
	NR_LAYERS,
};

/* The function that began a layer, which ends it. */
enum function {
	NOTHING,
	FILEMAP_READ,
	SPLICE_READ,
	PERFORM_WRITE,
	IOMAP_WRITE,
	IOMAP_DIRECT,
	IOMAP_SIMPLE,
	BLOCK_DIRECT,
	FADVISE,
	FILEMAP_FAULT,
	FILEMAP_MAP,
	SHRINK,
	DROP_MAPPING,
	DROP_TRY,
	INVALIDATE,
	TRUNCATE,
	/* between two functions of one fault: */
	NOT_MAPPED,	/* fault-around had not found it */
	RETRIED,	/* it is to be tried again */
};

struct layer {
	u64 function;
	u64 mapping;
	u64 first;	/* pages asked for, from first up to but not end */
	u64 end;
	struct mms_cache_event rec;
};

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	struct layer layer[NR_LAYERS];
} __attribute__((aligned(1024)));

#define NR_SLOTS 2048
#include "slots.bpf.h"

/* ---- records --------------------------------------------------------------- */

/* Shared memory is no cache of anything. */
static __always_inline bool is_memory(const struct inode *host)
{
	u64 magic = host->i_sb->s_magic;

	return magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC;
}

static __always_inline struct slot *find(void)
{
	return slot_find(bpf_get_current_task_btf()->pid);
}

/* A slot that has nothing in it is given back. */
static __always_inline void release(struct slot *slot)
{
	if (!slot->layer[LAYER_CALL].function && !slot->layer[LAYER_FAULT].function &&
	    !slot->layer[LAYER_EVICT].function)
		slot_free(slot);
}

static __always_inline struct slot *claim(u64 pid_tgid)
{
	struct slot *slot = slot_find(pid_tgid);

	if (slot)
		return slot;
	slot = slot_claim(pid_tgid);
	if (slot) {
		slot->layer[LAYER_CALL].function = NOTHING;
		slot->layer[LAYER_FAULT].function = NOTHING;
		slot->layer[LAYER_EVICT].function = NOTHING;
	}
	return slot;
}

static __always_inline void clear(struct mms_cache_event *rec, u64 pid_tgid, u32 cause)
{
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, pid_tgid);
	rec->cause = cause;
}

static __always_inline void send(struct mms_cache_event *rec, void *ctx)
{
	if (trace_wants_cause(rec->cause) && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
}

#endif /* MMS_BPF_CACHE_BPF_H */
