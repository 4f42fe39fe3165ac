/* SPDX-License-Identifier: GPL-2.0-only */
/* Events summed up by columns: how many, how long, and the histogram of that. */
#ifndef MMS_MODEL_GROUP_H
#define MMS_MODEL_GROUP_H

#include "model.h"
#include "../../bpf/trace.h"

#define MMS_GROUP_EVENT	512	/* bytes of an event's record, at most */
#define MMS_GROUP_ADDS	6	/* columns that are added up, at most */

/**
 * struct mms_rate - a column of sums that is made of two others
 * @column: its name; NULL: there is none
 * @part: columns that are added up: it is the percentage that one is of the other
 * @whole: see @part
 */
struct mms_rate {
	const char *column, *part, *whole;
};

/**
 * struct mms_group - a sum
 * @event: the first event of it: what it was summed up by is the same in all
 * @sum: of them
 * @added: of the columns that are added up
 * @busy: tenths of a percent that the latencies are of the time
 * @rate: of struct mms_rate, the same
 * @has_rate: there is one, and of something
 * @next: of the same slot of struct mms_groups
 */
struct mms_group {
	char event[MMS_GROUP_EVENT];
	struct mms_trace_sum sum;
	u64 added[MMS_GROUP_ADDS];
	u64 busy;
	u64 rate;
	bool has_rate;
	struct mms_group *next;
};

/**
 * struct mms_groups - sums by columns
 * @model: of a sum: the columns, then count, total, average, percentiles, max, busy
 * @group: @nr of them, by mms_groups_finish() in the order of their total
 * @nr: see @group
 */
struct mms_groups {
	struct mms_model model;
	struct mms_group **group;
	size_t nr;
	/* private: */
	const struct mms_model *of;
	u16 event_size;
	int by[8];
	unsigned int nr_by;
	int adds[MMS_GROUP_ADDS];
	unsigned int nr_adds;
	unsigned int part, whole;
	bool has_rate;
	int latency;
	size_t room;
	struct mms_group *slots[1024];
	struct mms_field fields[24];
	char defaults[256];
};

/*
 * @columns: "COL,..." of the model @of, at most 8; @event_size bytes of each event
 * are kept; @adds: columns to add up, or NULL, and @rate made of them; @show: columns of a sum
 * that are shown behind @columns, or NULL. 0, -ENOMEM, or -EINVAL with *@ret_bad at the column
 * that is none.
 */
int mms_groups_init(struct mms_groups *groups, const struct mms_model *of, u16 event_size,
		    const char *columns, const char *adds, const struct mms_rate *rate,
		    const char *show, const char **ret_bad);
void mms_groups_deinit(struct mms_groups *groups);
/* Add one event by its column "latency". 0 or -ENOMEM. */
int mms_groups_add(struct mms_groups *groups, const struct mms_row *row);
/* Add a sum made elsewhere, with an event that stands for it. */
int mms_groups_add_sum(struct mms_groups *groups, const struct mms_row *row,
		       const struct mms_trace_sum *sum);
/* All have been added, in @elapsed nanoseconds: sort them. */
void mms_groups_finish(struct mms_groups *groups, u64 elapsed);
/* Forget them all, keep the columns. */
void mms_groups_clear(struct mms_groups *groups);

/* ---- histogram.c ----------------------------------------------------------- */

/* The first value of a bucket: bpf/common.bpf.h puts it there. */
u64 mms_bucket_start(unsigned int bucket);
unsigned int mms_bucket_of(u64 value);
/* The value below which @percent of all lie, to a quarter of its power of two. */
u64 mms_percentile(const struct mms_trace_sum *sum, unsigned int percent);

/**
 * struct mms_bucket - a row of a histogram, with all of a power of two
 * @from: latencies from here on
 * @to: and below
 * @count: events
 * @most: of the row with the most, for the bar
 * @cause: name of the cause of @event, or NULL
 */
struct mms_bucket {
	u64 from;
	u64 to;
	u64 count;
	u64 most;
	const char *cause;
};

extern const struct mms_model mms_model_bucket;

/* The rows of @sum that are not empty at both ends: how many, 64 at most. */
unsigned int mms_histogram(const struct mms_trace_sum *sum, const char *cause,
			   struct mms_bucket *rows);

#endif /* MMS_MODEL_GROUP_H */
