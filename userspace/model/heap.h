/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of the C library's allocator as rows, and what is allocated and not freed. */
#ifndef MMS_MODEL_HEAP_H
#define MMS_MODEL_HEAP_H

#include "event.h"
#include "../../bpf/heap.h"

/**
 * struct mms_heap_row - one call, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @symbol: of the caller, or NULL; stays as long as the tracer
 * @line: source and line of it, or NULL; the same
 */
struct mms_heap_row {
	const char *stack;
	u64 since;
	struct mms_heap rec;
	const char *symbol;
	const char *line;
};

/**
 * struct mms_heap_left_row - what is left of one stack
 * @stack: see struct mms_heap_row
 * @symbol: see struct mms_heap_row
 * @line: see struct mms_heap_row
 * @size: bytes asked for, of all
 * @largest: of one
 * @count: allocations
 * @oldest: nanoseconds since the first of them was made
 * @newest: nanoseconds since the last
 * @caller: the instruction behind the call
 * @pid: process
 * @comm: name of the thread
 */
struct mms_heap_left_row {
	const char *stack;
	const char *symbol;
	const char *line;
	u64 size;
	u64 largest;
	u64 count;
	u64 oldest;
	u64 newest;
	u64 caller;
	u32 pid;
	char comm[16];
};

extern const struct mms_model mms_model_heap;
extern const struct mms_model mms_model_heap_left;

#endif /* MMS_MODEL_HEAP_H */
