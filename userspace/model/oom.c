// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "oom.h"

#define REC(row)	(&((const struct mms_oom_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_oom_row);
MMS_EVENT_GET_CAUSE(struct mms_oom_row, MMS_OOM_CAUSES)

static void get_name(const struct mms_row *row, struct mms_value *ret_value)
{
	/* oom_reaper only says which number. */
	ret_value->type = *REC(row)->name ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = REC(row)->name;
	ret_value->len = strnlen(REC(row)->name, sizeof(REC(row)->name));
}

/* enum oom_constraint, include/linux/oom.h */
static void get_constraint(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = { "none", "cpuset", "mempolicy", "memcg" };
	u8 constraint = REC(row)->constraint;

	mms_value_text(ret_value, constraint < ARRAY_SIZE(words) ? words[constraint] : "unknown");
	if (!(REC(row)->marks & MMS_OOM_ASKED))
		ret_value->type = MMS_VALUE_NONE;
}

static void signed_if(const struct mms_row *row, u16 mark, s64 value, struct mms_value *ret_value)
{
	ret_value->num = value;
	if (!(REC(row)->marks & mark))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_points(const struct mms_row *row, struct mms_value *ret_value)
{
	signed_if(row, MMS_OOM_POINTS, REC(row)->points, ret_value);
}

static void get_adj(const struct mms_row *row, struct mms_value *ret_value)
{
	signed_if(row, MMS_OOM_TASK, REC(row)->adj, ret_value);
	/* oom_reaper does not look at it. */
	if (REC(row)->marks & MMS_OOM_FREED)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_order(const struct mms_row *row, struct mms_value *ret_value)
{
	/* -1: not for an allocation, but by the SysRq key f. */
	signed_if(row, MMS_OOM_ASKED, REC(row)->order, ret_value);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)									\
	MMS_EVENT_FIELDS(X)							\
	X(decision, decision, count, "number of the decision, the same in all its rows") \
	X(task, task, count, "the process it is about")				\
	X(rss, rss, pages, "it has in memory, as badness() counts")		\
	X(swap, swap, pages, "it has swapped, the same")			\
	X(tables, tables, pages, "its page tables take")			\
	X(total, total, pages, "RAM and swap that the decision is about: 1000 of oom_score_adj") \
	X(candidates, candidates, count, "processes that were looked at so far") \
	X(gfp, gfp, hex, "GFP flags of the allocation, by this kernel's numbers") \
	X(memcg, memcg, cgroup, "id of the memory cgroup that is at its limit")	\
	X(usage, usage, pages, "what it had")					\
	X(limit, limit, pages, "its memory.max")				\
	X(freed, freed, pages, "that oom_reaper took")				\
	X(free, free, pages, "free in the whole machine at that moment")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_oom_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_oom_row, "what the row is about")
#define D(n, u, fn, text) MMS_DERIVED(n, n MMS_KEY_##u, u, 0, fn, text)
	D("name", text, get_name, "name of the process it is about")
	D("points", signed, get_points, "its badness: none if it may not be killed")
	D("adj", signed, get_adj, "its oom_score_adj")
	D("order", signed, get_order, "of the allocation; -1: the SysRq key asked")
	D("constraint", text, get_constraint, "what is short: memory of a memcg, cpuset, mempolicy, or none: the machine's")
};

/* first to last field, by their numbers */
#define RANGE(first, last)	((BIT(FIELD_##last) << 1) - BIT(FIELD_##first))

static u64 absent(const struct mms_row *row)
{
	u16 marks = REC(row)->marks;
	u64 bits = 0;

	if (!(marks & MMS_OOM_TASK))
		bits |= BIT(FIELD_task);
	if (!(marks & MMS_OOM_MM))
		bits |= RANGE(rss, tables);
	if (!(marks & MMS_OOM_ASKED))
		bits |= RANGE(total, gfp);
	if (!(marks & MMS_OOM_MEMCG))
		bits |= RANGE(memcg, limit);
	if (!(marks & MMS_OOM_FREED))
		bits |= BIT(FIELD_freed);
	return bits;
}

const struct mms_model mms_model_oom = {
	.name = "trace.oom",
	.title = "row of a decision of the OOM killer",
	.rec_size = sizeof(struct mms_oom_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,decision,task,name,rss,adj,points,freed",
};
