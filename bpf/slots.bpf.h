/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a thread between the beginning and the end of what it does. A hash
 * map costs as much as the rest of a program, so this is an array: a thread has the place
 * of its number, or one of the next few if another has that.
 *
 * common.bpf.h comes before, NR_SLOTS, a power of two, and struct slot, whose size is one,
 * too: with owner, 0 for free, and displaced.
 */
#ifndef MMS_BPF_SLOTS_H
#define MMS_BPF_SLOTS_H

#define TRIES		4
#define SLOT_WORDS	(sizeof(struct slot) / sizeof(__u64))

/* Not static, as in walk.bpf.h. Words, as whoever loads this need not know what is in them. */
__u64 slots[NR_SLOTS * SLOT_WORDS];
__u64 nr_displaced;

static __always_inline struct slot *slot_at(u32 place)
{
	return (struct slot *)&slots[(place & (NR_SLOTS - 1)) * SLOT_WORDS];
}

static __always_inline struct slot *slot_find(u32 tid)
{
	struct slot *slot = slot_at(tid);
	u32 i;

	if (slot->owner == tid)
		return slot;
	if (!nr_displaced)
		return NULL;
#pragma unroll
	for (i = 1; i < TRIES; i++) {
		slot = slot_at(tid + i);
		if (slot->owner == tid)
			return slot;
	}
	return NULL;
}

/* For a thread that has none; NULL if all its places are taken. */
static __always_inline struct slot *slot_take(u32 tid)
{
	struct slot *slot = slot_at(tid);
	u32 i;

	if (!slot->owner && !__sync_val_compare_and_swap(&slot->owner, 0, tid))
		return slot;
#pragma unroll
	for (i = 1; i < TRIES; i++) {
		slot = slot_at(tid + i);
		if (slot->owner || __sync_val_compare_and_swap(&slot->owner, 0, tid))
			continue;
		slot->displaced = 1;
		__sync_fetch_and_add(&nr_displaced, 1);
		return slot;
	}
	return NULL;
}

/* What the thread does is not followed. */
static __always_inline void slot_missed(void)
{
	struct mms_trace_count *count = trace_count();

	if (count)
		trace_add(&count->no_slot, 1);
}

static __always_inline struct slot *slot_claim(u32 tid)
{
	struct slot *slot = slot_take(tid);

	if (!slot)
		slot_missed();
	return slot;
}

static __always_inline void slot_free(struct slot *slot)
{
	if (slot->displaced) {
		slot->displaced = 0;
		__sync_fetch_and_add(&nr_displaced, -1);
	}
	slot->owner = 0;
}

#endif /* MMS_BPF_SLOTS_H */
