// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "migrate.h"

#define REC(row)	(&((const struct mms_migrate_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_migrate_row);
MMS_EVENT_GET_CAUSE(struct mms_migrate_row, MMS_MIGRATE_CAUSES)

const struct mms_cause *mms_migrate_mode(unsigned int mode)
{
	static const struct mms_cause modes[] = { MMS_MIGRATE_MODES(MMS_CAUSE_ROW) };

	return mode && mode <= ARRAY_SIZE(modes) ? &modes[mode - 1] : NULL;
}

static void get_mode(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->cause == MMS_MIGRATE_HINT)
		ret_value->type = MMS_VALUE_NONE;
	else
		mms_event_cause(mms_migrate_mode(REC(row)->mode), false, ret_value);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(from, from, node, "node of the first page")					\
	X(to, to, node, "node that they were to be moved to; numa-hint: where they are now") \
	X(moved, moved, pages, "that were moved")					\
	X(failed, failed, pages, "that were to be moved, and stayed")			\
	X(hinted, hinted, pages, "numa-hint: that the fault was about")			\
	X(moved_huge, moved_huge, count, "folios as large as a PMD maps, of what was moved") \
	X(failed_huge, failed_huge, count, "folios as large as a PMD maps, of what stayed") \
	X(split_huge, split_huge, count, "folios as large as a PMD maps that were split to be moved in pieces") \
	X(split_large, split_large, count, "large folios, with these, that were split to be moved in pieces")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_migrate_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_migrate_row, "why they were to be moved")
	MMS_EVENT_OF(struct mms_migrate_row, "mode", text, rec.mode, 0, get_mode,
		     "how much it may wait: async, sync-light, sync")
};

static u64 absent(const struct mms_row *row)
{
	const u32 marks = REC(row)->marks;
	u64 bits = 0;

	if (!(marks & MMS_MIGRATE_FROM))
		bits |= BIT(FIELD_from);
	if (!(marks & MMS_MIGRATE_TO))
		bits |= BIT(FIELD_to);
	if (!(marks & MMS_MIGRATE_LARGE))
		bits |= BIT(FIELD_split_large);
	if (REC(row)->cause != MMS_MIGRATE_HINT)
		return bits | BIT(FIELD_hinted);
	return bits | BIT(FIELD_latency) | BIT(FIELD_moved_huge) | BIT(FIELD_failed_huge) |
	       BIT(FIELD_split_huge);
}

const struct mms_model mms_model_migrate = {
	.name = "trace.migrate",
	.title = "migration",
	.rec_size = sizeof(struct mms_migrate_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,tid,cause,mode,from,to,moved,failed,latency",
};
