/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What bpf/heap.bpf.c and the tool share. */
#ifndef MMS_BPF_HEAP_H
#define MMS_BPF_HEAP_H

#include "trace.h"

/* What was called: X(NAME, word, text). */
#define MMS_HEAP_CAUSES(X)								\
	X(MALLOC, "malloc", "malloc(), or an allocator's own operator new")		\
	X(CALLOC, "calloc", "calloc()")							\
	X(REALLOC, "realloc", "realloc() or reallocarray(): old is freed, too")		\
	X(ALIGNED, "aligned", "posix_memalign(), aligned_alloc(), memalign(), valloc() or pvalloc()") \
	X(FREE, "free", "free(), realloc() to no bytes, or an allocator's own operator delete") \
	X(FAILED, "failed", "an allocation that gave nothing")

enum mms_heap_cause {
#define MMS_X(name, word, text) MMS_HEAP_##name,
	MMS_HEAP_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_HEAP_CAUSES
};

/* What is counted besides: X(NAME, word, text). */
#define MMS_HEAP_TALLIES(X)								\
	X(ALLOCATED, "allocated", "allocated")						\
	X(FREED, "freed", "of these freed")						\
	X(FAILED, "failed", "failed")							\
	X(UNSEEN, "unseen", "frees of what was allocated before")			\
	X(NOT_KEPT, "not_kept", "allocated, but there was no room to remember them")

enum mms_heap_tally {
#define MMS_X(name, word, text) MMS_HEAP_TALLY_##name,
	MMS_HEAP_TALLIES(MMS_X)
#undef MMS_X
	MMS_NR_HEAP_TALLIES
};

/* Bits of mms_heap.marks. */
#define MMS_HEAP_KNOWN	(1U << 0) /* what is freed was allocated while this ran */

/**
 * struct mms_heap - a call of the allocator
 * @event: who, and for how long
 * @address: what was allocated, or with FREE what is freed; 0: it failed
 * @size: bytes asked for, of FREE when it was allocated: if KNOWN
 * @align: that was asked for, 0: none was
 * @old: REALLOC: what it was given, 0: nothing
 * @old_size: bytes asked for when that was allocated, if KNOWN
 * @age: nanoseconds since what is freed was allocated, if KNOWN
 * @caller: the instruction behind the call
 * @marks: MMS_HEAP_*
 * @cause: enum mms_heap_cause
 * @pad: 0
 */
struct mms_heap {
	struct mms_event event;
	__u64 address;
	__u64 size;
	__u64 align;
	__u64 old;
	__u64 old_size;
	__u64 age;
	__u64 caller;
	__u32 marks;
	__u8 cause;
	__u8 pad[3];
};

/* What is allocated and not yet freed: key and value of the map kept. */
struct mms_heap_key {
	__u64 address;
	__u64 tgid;
};

/**
 * struct mms_heap_kept - an allocation
 * @size: bytes asked for
 * @time: when it was made, CLOCK_MONOTONIC
 * @caller: the instruction behind the call
 * @user_stack: key of the map stacks, negative: none
 * @tid: thread
 * @comm: of it
 */
struct mms_heap_kept {
	__u64 size;
	__u64 time;
	__u64 caller;
	__s32 user_stack;
	__u32 tid;
	char comm[16];
};

#endif /* MMS_BPF_HEAP_H */
