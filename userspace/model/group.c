// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "group.h"

#define GROUP(row)	((const struct mms_group *)(row)->rec)
#define SUM(row)	(&GROUP(row)->sum)

static void get_average(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = SUM(row)->count ? SUM(row)->total / SUM(row)->count : 0;
}

static void get_p50(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = mms_percentile(SUM(row), 50);
}

static void get_p90(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = mms_percentile(SUM(row), 90);
}

static void get_p99(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = mms_percentile(SUM(row), 99);
}

static void get_count(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = SUM(row)->count;
}

static void get_total(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = SUM(row)->total;
}

static void get_max(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = SUM(row)->max;
}

static void get_busy(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = GROUP(row)->busy;
}

static void get_rate(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = GROUP(row)->rate;
	if (!GROUP(row)->has_rate)
		ret_value->type = MMS_VALUE_NONE;
}

static const struct mms_field sums[] = {
	MMS_DERIVED("count", "count", count, 0, get_count, "events")
	MMS_DERIVED("total", "total_ns", ns, 0, get_total, "their latencies")
	MMS_DERIVED("average", "average_ns", ns, 0, get_average, "total by count")
	MMS_DERIVED("p50", "p50_ns", ns, 0, get_p50, "half are below; to a quarter of its power of two")
	MMS_DERIVED("p90", "p90_ns", ns, 0, get_p90, "nine of ten are below")
	MMS_DERIVED("p99", "p99_ns", ns, 0, get_p99, "99 of 100 are below")
	MMS_DERIVED("max", "max_ns", ns, 0, get_max, "the longest")
	MMS_DERIVED("busy", "busy_percent", tenth, 0, get_busy, "total by the time it ran: above 100 if it was several at once")
};

static int add_column(struct mms_groups *g, const char *name, size_t len)
{
	int number = mms_model_field(g->of, name, len);

	if (number < 0 || g->nr_by == ARRAY_SIZE(g->by))
		return -EINVAL;
	g->fields[g->nr_by] = g->of->fields[number];
	g->by[g->nr_by++] = number;
	return 0;
}

/* A column whose sum stands in the group itself. */
static int add_sum(struct mms_groups *g, const char *name, size_t len)
{
	int number = mms_model_field(g->of, name, len);
	struct mms_field *field = &g->fields[g->nr_by + ARRAY_SIZE(sums) + g->nr_adds];

	if (number < 0 || g->nr_adds == MMS_GROUP_ADDS)
		return -EINVAL;
	*field = g->of->fields[number];
	field->size = sizeof(g->group[0]->added[0]);
	field->offset = offsetof(struct mms_group, added[g->nr_adds]);
	field->get = NULL;
	g->adds[g->nr_adds++] = number;
	return 0;
}

/* Where the sum of a column stands among those that are added up. */
static unsigned int place_of(const struct mms_groups *g, const char *name)
{
	unsigned int i = 0;

	while (strcmp(g->of->fields[g->adds[i]].name, name))
		i++;
	return i;
}

/* The column as the model has it, of sums. */
static void add_rate(struct mms_groups *g, const struct mms_rate *rate)
{
	struct mms_field *field = &g->fields[g->nr_by + ARRAY_SIZE(sums) + g->nr_adds];

	*field = g->of->fields[mms_model_field(g->of, rate->column, strlen(rate->column))];
	field->size = 0;
	field->get = get_rate;
	g->part = place_of(g, rate->part);
	g->whole = place_of(g, rate->whole);
	g->has_rate = true;
}

static int each_column(struct mms_groups *g, const char *columns,
		       int (*add)(struct mms_groups *g, const char *name, size_t len),
		       const char **ret_bad)
{
	const char *p = columns;
	size_t len;

	for (;; p += len + 1) {
		len = strcspn(p, ",");
		if (add(g, p, len)) {
			*ret_bad = p;
			return -EINVAL;
		}
		if (!p[len])
			return 0;
	}
}

int mms_groups_init(struct mms_groups *g, const struct mms_model *of, u16 event_size,
		    const char *columns, const char *adds, const struct mms_rate *rate,
		    const char *show, const char **ret_bad)
{
	memset(g, 0, sizeof(*g));
	g->of = of;
	g->event_size = event_size;
	g->latency = mms_model_field(of, "latency", strlen("latency"));
	if (each_column(g, columns, add_column, ret_bad))
		return -EINVAL;
	memcpy(g->fields + g->nr_by, sums, sizeof(sums));
	if (adds && each_column(g, adds, add_sum, ret_bad))
		return -EINVAL;
	if (rate->column)
		add_rate(g, rate);
	if (show)
		snprintf(g->defaults, sizeof(g->defaults), "%s,%s", columns, show);
	else if (adds)
		snprintf(g->defaults, sizeof(g->defaults), "%s,count,total,max,%s", columns, adds);
	else
		snprintf(g->defaults, sizeof(g->defaults), "%s,count,total,average,p50,p99,max",
			 columns);
	g->model = (struct mms_model){
		.name = "trace.sum",
		.title = "sum of events",
		.rec_size = sizeof(struct mms_group),
		.fields = g->fields,
		.nr = g->nr_by + ARRAY_SIZE(sums) + g->nr_adds + g->has_rate,
		.nr_wire = g->nr_by + ARRAY_SIZE(sums) + g->nr_adds + g->has_rate,
		.defaults = g->defaults,
	};
	return 0;
}

void mms_groups_clear(struct mms_groups *g)
{
	size_t i;

	for (i = 0; i < g->nr; i++)
		free(g->group[i]);
	g->nr = 0;
	memset(g->slots, 0, sizeof(g->slots));
}

void mms_groups_deinit(struct mms_groups *g)
{
	mms_groups_clear(g);
	free(g->group);
}

static u64 hash_bytes(u64 hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return hash;
}

static u64 hash_row(const struct mms_groups *g, const struct mms_row *row)
{
	u64 hash = 0xcbf29ce484222325ULL;
	struct mms_value v;
	unsigned int i;

	for (i = 0; i < g->nr_by; i++) {
		mms_field_get(g->of, &g->of->fields[g->by[i]], row, &v);
		hash = hash_bytes(hash, &v.type, sizeof(v.type));
		if (v.type == MMS_VALUE_TEXT)
			hash = hash_bytes(hash, v.text, v.len);
		else if (v.type == MMS_VALUE_NUM)
			hash = hash_bytes(hash, &v.num, sizeof(v.num));
	}
	return hash;
}

static bool same(const struct mms_groups *g, const struct mms_row *row,
		 const struct mms_group *group)
{
	const struct mms_row other = { .ctx = row->ctx, .rec = group->event };
	unsigned int i;

	for (i = 0; i < g->nr_by; i++)
		if (mms_field_cmp(g->of, &g->of->fields[g->by[i]], row, &other))
			return false;
	return true;
}

static struct mms_group *find(struct mms_groups *g, const struct mms_row *row)
{
	struct mms_group **slot = &g->slots[hash_row(g, row) >> 54], *group;
	size_t room;
	void *grown;

	for (group = *slot; group; group = group->next)
		if (same(g, row, group))
			return group;
	if (g->nr == g->room) {
		room = g->room ? 2 * g->room : 64;
		grown = realloc(g->group, room * sizeof(*g->group));
		if (!grown)
			return NULL;
		g->group = grown;
		g->room = room;
	}
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	memcpy(group->event, row->rec, g->event_size);
	group->next = *slot;
	*slot = group;
	g->group[g->nr++] = group;
	return group;
}

int mms_groups_add(struct mms_groups *g, const struct mms_row *row)
{
	struct mms_group *group = find(g, row);
	struct mms_value v = { .type = MMS_VALUE_NONE };
	unsigned int i;

	if (!group)
		return -ENOMEM;
	group->sum.count++;
	for (i = 0; i < g->nr_adds; i++) {
		mms_field_get(g->of, &g->of->fields[g->adds[i]], row, &v);
		if (v.type == MMS_VALUE_NUM)
			group->added[i] += v.num;
	}
	v.type = MMS_VALUE_NONE;
	if (g->latency >= 0)
		mms_field_get(g->of, &g->of->fields[g->latency], row, &v);
	if (v.type != MMS_VALUE_NUM)
		return 0;
	group->sum.total += v.num;
	if (v.num > group->sum.max)
		group->sum.max = v.num;
	group->sum.buckets[mms_bucket_of(v.num)]++;
	return 0;
}

int mms_groups_add_sum(struct mms_groups *g, const struct mms_row *row,
		       const struct mms_trace_sum *sum)
{
	struct mms_group *group = find(g, row);

	if (!group)
		return -ENOMEM;
	group->sum = *sum;
	return 0;
}

static int by_total(const void *a, const void *b)
{
	const struct mms_group *x = *(struct mms_group *const *)a,
			       *y = *(struct mms_group *const *)b;

	if (x->sum.total != y->sum.total)
		return x->sum.total < y->sum.total ? 1 : -1;
	return x->sum.count < y->sum.count ? 1 : x->sum.count > y->sum.count ? -1 : 0;
}

void mms_groups_finish(struct mms_groups *g, u64 elapsed)
{
	struct mms_group *group;
	size_t i;

	for (i = 0; i < g->nr; i++) {
		group = g->group[i];
		group->busy = elapsed ? group->sum.total * 1000 / elapsed : 0;
		group->has_rate = g->has_rate && group->added[g->whole];
		if (group->has_rate)
			group->rate = group->added[g->part] * 1000 / group->added[g->whole];
	}
	if (g->nr)
		qsort(g->group, g->nr, sizeof(*g->group), by_total);
}
