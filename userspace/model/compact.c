// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "compact.h"
#include "derive.h"
#include "migrate.h"

#define REC(row)	(&((const struct mms_compact_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_compact_row);
MMS_EVENT_GET_CAUSE(struct mms_compact_row, MMS_COMPACT_CAUSES)
MMS_EVENT_GET(struct mms_compact_row, result, MMS_COMPACT_RESULTS, get_result, get_why)

static void get_mode(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_cause(mms_migrate_mode(REC(row)->mode), false, ret_value);
}

static void get_zone(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = REC(row)->zone;
	ret_value->len = strnlen(REC(row)->zone, sizeof(REC(row)->zone));
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(node, node, node, "the node")							\
	X(order, order, order, "of the block that is wanted")				\
	X(scanned, scanned, pages, "looked at for pages that can be moved")		\
	X(free_scanned, free_scanned, pages, "looked at for free ones to move them to")	\
	X(moved, moved, pages, "that were moved")					\
	X(failed, failed, pages, "that were to be moved, and stayed")			\
	X(lists, lists, count, "calls of migrate_pages()")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_compact_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_compact_row, "for whom")
	MMS_EVENT_OF(struct mms_compact_row, "result", text, rec.result, 0, get_result,
		     "what came of it")
	MMS_EVENT_OF(struct mms_compact_row, "why", text, rec.result, 0, get_why,
		     "the result in words")
	MMS_EVENT_OF(struct mms_compact_row, "mode", text, rec.mode, 0, get_mode,
		     "how much it may wait: async, sync-light, sync")
	MMS_EVENT_OF(struct mms_compact_row, "zone", text, rec.zone, 0, get_zone, "the zone")
};

static u64 absent(const struct mms_row *row)
{
	return REC(row)->order < 0 ? BIT(FIELD_order) : 0;
}

const struct mms_model mms_model_compact = {
	.name = "trace.compact",
	.title = "compaction",
	.rec_size = sizeof(struct mms_compact_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,node,zone,order,result,scanned,moved,latency",
};
