// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "check.h"
#include "derive.h"

#define REC(row)	((const struct mms_difference *)(row)->rec)

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->end;
	if (!REC(row)->end)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_view(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->view);
}

static void get_where(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->where);
	if (!*REC(row)->where)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_field(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->field);
}

static void get_ours(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->ours);
}

static void get_theirs(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->theirs);
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->theirs_from);
}

static const struct mms_field difference_fields[] = {
	MMS_WIRE_FIELD(struct mms_difference, pid, signed, "process")
	MMS_WIRE_FIELD(struct mms_difference, start, addr, "first address of the VMA or entry")
	MMS_WIRE_FIELD(struct mms_difference, end, addr, "first address after it")
	MMS_DERIVED("range", "range", range, 0, get_range, "first address and first one after it")
	MMS_DERIVED("where", "where", text, 0, get_where, "what of the system it is")
	MMS_DERIVED("view", "view", text, 0, get_view, "the module's view")
	MMS_DERIVED("field", "field", text, 0, get_field, "the value that differs")
	MMS_DERIVED("ours", "ours", text, 0, get_ours, "what the module says")
	MMS_DERIVED("theirs", "theirs", text, 0, get_theirs, "what the kernel's own file says")
	MMS_DERIVED("file", "file", text, 0, get_file, "that file")
};

/* What is no part of an address space has no bounds, what is of no process no PID. */
static u64 absent(const struct mms_row *row)
{
	return (REC(row)->end ? 0 : BIT(1) | BIT(2)) | (REC(row)->pid ? 0 : BIT(0));
}

const struct mms_model mms_model_difference = {
	.name = "difference",
	.title = "value in which the module and the kernel's own file differ",
	.rec_size = sizeof(struct mms_difference),
	.fields = difference_fields,
	.nr = ARRAY_SIZE(difference_fields),
	.nr_wire = 3,
	.defaults = "pid,range,view,field,ours,theirs,file",
	.absent = absent,
};

static const struct mms_field total_fields[] = {
	MMS_WIRE_FIELD(struct mms_check_total, processes, count, "processes looked at")
	MMS_WIRE_FIELD(struct mms_check_total, rounds, count, "files about the system compared with")
	MMS_WIRE_FIELD(struct mms_check_total, vmas, count, "VMAs compared")
	MMS_WIRE_FIELD(struct mms_check_total, entries, count, "page-table entries compared")
	MMS_WIRE_FIELD(struct mms_check_total, folios, count, "folios compared")
	MMS_WIRE_FIELD(struct mms_check_total, merged, count, "merged runs compared with their entries")
	MMS_WIRE_FIELD(struct mms_check_total, values, count, "values compared in all")
	MMS_WIRE_FIELD(struct mms_check_total, differences, count, "differences that stayed")
	MMS_WIRE_FIELD(struct mms_check_total, races, count, "differences that did not stay: races")
	MMS_WIRE_FIELD(struct mms_check_total, hidden, count,
		       "entries that pagemap does not show: raw PFN mappings")
	MMS_WIRE_FIELD(struct mms_check_total, gone, count, "processes that ended meanwhile")
};

const struct mms_model mms_model_check_total = {
	.name = "check_total",
	.title = "what was compared",
	.rec_size = sizeof(struct mms_check_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "processes,vmas,entries,folios,differences,races",
};
