// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"

#define REC(row)	((const struct mms_summary_rec *)(row)->rec)
#define RSS		(MMS_HAS(summary, rss_anon) | MMS_HAS(summary, rss_file) | \
			 MMS_HAS(summary, rss_shmem))

static void get_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = row->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = row->text;
	ret_value->len = row->len;
}

static void get_rss(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->rss_anon + REC(row)->rss_file + REC(row)->rss_shmem;
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_summary_rec, f, unit, text)
	MMS_SUMMARY_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("comm", "comm", text, 0, get_comm, "name of the thread-group leader")
	MMS_DERIVED("rss", "rss_bytes", bytes, RSS, get_rss, "resident memory of all kinds")
};

static u64 absent(const struct mms_row *row)
{
	u64 fields = 0;

	if (REC(row)->policy == MMS_NO_POLICY)
		fields |= MMS_HAS(summary, policy_nodes);
	if (!REC(row)->user_pgd_phys)
		fields |= MMS_HAS(summary, user_pgd_phys);
	return fields;
}

const struct mms_model mms_model_summary = {
	.name = "summary",
	.title = "address space",
	.view = MMS_VIEW_summary,
	.rec_size = sizeof(struct mms_summary_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_summary,
	.defaults = "pid,comm,rss,rss_anon,rss_file,rss_shmem,swap,total_vm,pgtables",
	.absent = absent,
};
