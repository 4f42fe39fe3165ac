// SPDX-License-Identifier: GPL-2.0-only
#include "ps.h"

#define REC(row)	((const struct mms_ps *)(row)->rec)

static void comm_of(const struct mms_ps *ps, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = ps->comm;
	ret_value->len = ps->len;
}

static void get_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	comm_of(REC(row), ret_value);
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_ps, f, unit, text)
static const struct mms_field fields[] = {
	F(pid, signed, "thread-group id")
	F(threads, count, "threads")
	F(size, bytes, "all mappings")
	F(rss, bytes, "resident, hugetlb not counted")
	F(pss, pss, "resident, each page divided by its mappings")
	F(uss, bytes, "resident and mapped by no one else: what its end would free")
	F(swap, bytes, "swapped out, with what of shared memory is mapped")
	F(pgtables, bytes, "page tables of all levels but the PGD")
	MMS_DERIVED("comm", "comm", text, 0, get_comm, "name of the thread-group leader")
};

enum { FIELD_pid, FIELD_threads, FIELD_size, FIELD_rss, FIELD_pss, FIELD_uss };

static u64 absent(const struct mms_row *row)
{
	return REC(row)->partial ? BIT(FIELD_pss) | BIT(FIELD_uss) : 0;
}

const struct mms_model mms_model_ps = {
	.name = "ps",
	.title = "process",
	.rec_size = sizeof(struct mms_ps),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = ARRAY_SIZE(fields) - 1,
	.defaults = "pid,rss,pss,uss,swap,pgtables,threads,comm",
	.absent = absent,
};

static void get_node_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	comm_of(&((const struct mms_ps_node *)row->rec)->ps, ret_value);
}

#undef F
#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_ps_node, f, unit, text)
static const struct mms_field node_fields[] = {
	{
		.name = "pid", .key = "pid", .desc = "thread-group id", .unit = MMS_UNIT_signed,
		.size = sizeof(s32), .sign = true, .offset = offsetof(struct mms_ps_node, ps.pid),
	},
	F(node, node, "NUMA node")
	F(rss, bytes, "resident there, hugetlb not counted")
	MMS_DERIVED("comm", "comm", text, 0, get_node_comm, "name of the thread-group leader")
};

const struct mms_model mms_model_ps_node = {
	.name = "ps_node",
	.title = "process on a node",
	.rec_size = sizeof(struct mms_ps_node),
	.fields = node_fields,
	.nr = ARRAY_SIZE(node_fields),
	.nr_wire = ARRAY_SIZE(node_fields) - 1,
	.defaults = "pid,node,rss,comm",
};

#undef F
#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_ps_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(processes, count, "processes shown")
	F(threads, count, "threads they have")
	F(kernel, count, "kernel threads, which have no memory")
	F(gone, count, "processes that ended meanwhile")
	F(partial, count, "processes whose pss and uss need root to be read")
	F(size, bytes, "all mappings")
	F(rss, bytes, "sum of rss: what is shared counts for each")
	F(pss, pss, "sum of pss: what is shared counts once")
	F(uss, bytes, "sum of uss")
	F(swap, bytes, "sum of swap")
	F(pgtables, bytes, "sum of page tables")
};

const struct mms_model mms_model_ps_total = {
	.name = "ps_total",
	.title = "all processes shown",
	.rec_size = sizeof(struct mms_ps_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "processes,threads,rss,pss,uss,swap,pgtables",
};

void mms_ps_total_add(struct mms_ps_total *total, const struct mms_ps *ps)
{
	total->processes++;
	total->threads += ps->threads;
	total->partial += ps->partial;
	total->size += ps->size;
	total->rss += ps->rss;
	total->pss += ps->pss;
	total->uss += ps->uss;
	total->swap += ps->swap;
	total->pgtables += ps->pgtables;
}
