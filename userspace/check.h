/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of mmscope check: each round looks at one process, or the system, once. */
#ifndef MMS_CHECK_H
#define MMS_CHECK_H

#include "model/check.h"
#include "source/source.h"

#define MMS_CHECK_MAX	4096	/* differences of one round that are kept */

/**
 * struct mms_check_list - the differences of one round
 * @diffs: up to MMS_CHECK_MAX of them, @nr
 * @nr: see @diffs
 * @total: what was compared; its counters of the first round count
 * @theirs_first: read the kernel's file before the module
 */
struct mms_check_list {
	struct mms_difference *diffs;
	unsigned int nr;
	struct mms_check_total *total;
	bool theirs_first;
};

/**
 * struct mms_check_round - one way to compare, done again for what differs
 * @name: the module's view
 * @file: what it is compared with
 * @ranged: it can look at a part of the address space
 * @run: compare @pid between @start and @end once, into @list; -1 with @err.
 *	A round about the system gets 0 for all three. MMS_EXIT_MISSING in @err
 *	means that this kernel has no such file: it is said, and is no failure
 *
 * A round about the system is one file check-NAME.c and one row of
 * system_rounds in cmd-check.c. What is to be compared it reads itself, in the
 * order list->theirs_first asks for, or a difference that only grows would
 * never be found to be a race; where a value is of is said in words, by
 * mms_check_place().
 */
struct mms_check_round {
	const char *name;
	const char *file;
	bool ranged;
	int (*run)(const struct mms_check_round *round, s32 pid, u64 start, u64 end,
		   struct mms_check_list *list, struct mms_err *err);
};

extern const struct mms_check_round mms_check_maps;
extern const struct mms_check_round mms_check_summary;
extern const struct mms_check_round mms_check_pages;
extern const struct mms_check_round mms_check_merged;
extern const struct mms_check_round mms_check_tables;
extern const struct mms_check_round mms_check_buddyinfo;
extern const struct mms_check_round mms_check_pagetypeinfo;
extern const struct mms_check_round mms_check_zoneinfo;
extern const struct mms_check_round mms_check_slabinfo;
extern const struct mms_check_round mms_check_kpageflags;
extern const struct mms_check_round mms_check_kpagecount;
extern const struct mms_check_round mms_check_meminfo;
extern const struct mms_check_round mms_check_direct;
extern const struct mms_check_round mms_check_caches;
extern const struct mms_check_round mms_check_files;

extern const struct mms_source_args mms_check_ours;
extern const struct mms_source_args mms_check_theirs;

/* Add a difference; NULL if the list is full. */
struct mms_difference *mms_check_add(struct mms_check_list *list,
				     const struct mms_check_round *round, s32 pid,
				     u64 start, u64 end, const char *field);
/* Compare a number; a difference is shown as a value of @field of @model would be. */
void mms_check_number(struct mms_check_list *list, const struct mms_check_round *round, s32 pid,
		      u64 start, u64 end, const struct mms_field *field, u64 ours, u64 theirs);
/*
 * The same for the system: @where says what the value is of, for instance
 * "node 0 DMA32 order 3".
 */
void mms_check_place(struct mms_check_list *list, const struct mms_check_round *round,
		     const char *where, const char *field, u64 ours, u64 theirs);
/* How a number of @field's is written. */
void mms_check_format(const struct mms_field *field, u64 number, char *buf);

/* Two streams, @a and @b, each up to its first row, in the order the list wants. */
int mms_check_open_both(const struct mms_check_list *list, const struct mms_model *model,
			const struct mms_query *query_a, const struct mms_source_args *args_b,
			const struct mms_query *query_b, struct mms_stream **ret_a,
			struct mms_stream **ret_b, int *ret_next_a, int *ret_next_b,
			struct mms_err *err);
/* A stream on the heap: it is large. */
struct mms_stream *mms_check_open(const struct mms_source_args *args,
				  const struct mms_model *model, const struct mms_query *query,
				  struct mms_err *err);
void mms_check_close(struct mms_stream *stream);

#endif /* MMS_CHECK_H */
