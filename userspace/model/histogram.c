// SPDX-License-Identifier: GPL-2.0-only
/* Latencies in buckets: four to a power of two, as bpf/common.bpf.h counts them. */
#include <string.h>
#include "derive.h"
#include "group.h"

u64 mms_bucket_start(unsigned int bucket)
{
	unsigned int log = bucket >> 2;

	if (bucket < 8)
		return bucket;
	return (4ULL | (bucket & 3)) << (log - 2);
}

/* Values from 4 to 7 have buckets of their own, and would have the same ones by the rule. */
unsigned int mms_bucket_of(u64 value)
{
	unsigned int log;

	if (value < 8)
		return value;
	log = 63 - __builtin_clzll(value);
	return log << 2 | (value >> (log - 2) & 3);
}

u64 mms_percentile(const struct mms_trace_sum *sum, unsigned int percent)
{
	u64 all = 0, below = 0;
	unsigned int i;

	for (i = 0; i < MMS_TRACE_BUCKETS; i++)
		all += sum->buckets[i];
	for (i = 0; i < MMS_TRACE_BUCKETS - 1; i++) {
		below += sum->buckets[i];
		if (all && below * 100 >= all * percent)
			break;
	}
	if (!all)
		return 0;
	/* No more than what has been seen. */
	return mms_bucket_start(i + 1) < sum->max ? mms_bucket_start(i + 1) : sum->max;
}

/* Buckets that begin from a power of two up to the next: below 8 they are single values. */
static u64 count_of(const struct mms_trace_sum *sum, unsigned int log)
{
	u64 count = 0;
	unsigned int i;

	for (i = 0; i < MMS_TRACE_BUCKETS; i++) {
		u64 start = mms_bucket_start(i);

		if (i >= 8 && i < 12)
			continue;	/* no value comes there */
		if (start >> log == 1 || (!log && !start))
			count += sum->buckets[i];
	}
	return count;
}

unsigned int mms_histogram(const struct mms_trace_sum *sum, const char *cause,
			   struct mms_bucket *rows)
{
	unsigned int first = 64, last = 0, log, n = 0;
	u64 counts[64], most = 0;

	for (log = 0; log < 64; log++) {
		counts[log] = count_of(sum, log);
		if (!counts[log])
			continue;
		first = log < first ? log : first;
		last = log;
		most = counts[log] > most ? counts[log] : most;
	}
	for (log = first; log <= last && first < 64; log++)
		rows[n++] = (struct mms_bucket){
			.from = log ? 1ULL << log : 0, .to = log < 63 ? 2ULL << log : ~0ULL,
			.count = counts[log], .most = most, .cause = cause,
		};
	return n;
}

static void get_cause(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ((const struct mms_bucket *)row->rec)->cause);
}

static void get_bar(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_bucket *b = row->rec;
	size_t len = b->most ? (b->count * 40 + b->most - 1) / b->most : 0;

	memset(row->ctx->scratch, '#', len);
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = row->ctx->scratch;
	ret_value->len = len;
}

static const struct mms_field fields[] = {
	MMS_WIRE_FIELD(struct mms_bucket, from, ns, "latencies from")
	MMS_WIRE_FIELD(struct mms_bucket, to, ns, "and below")
	MMS_WIRE_FIELD(struct mms_bucket, count, count, "events")
#define NR_WIRE 3
	MMS_DERIVED("of", "of", text, 0, get_cause, "whose they are")
	MMS_DERIVED("bar", "bar", text, 0, get_bar, "count, drawn")
};

const struct mms_model mms_model_bucket = {
	.name = "trace.histogram",
	.title = "row of a histogram of latencies",
	.rec_size = sizeof(struct mms_bucket),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.defaults = "from,to,count,bar",
};
