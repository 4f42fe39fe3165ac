// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "dirty.h"
#include "event-file.h"

MMS_EVENT_ROW_CHECK(struct mms_dirty_row);

#define ROW(row)	((const struct mms_dirty_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)

MMS_EVENT_GET_CAUSE(struct mms_dirty_row, MMS_DIRTY_CAUSES)

static const struct mms_cause reasons[] = { MMS_DIRTY_REASONS(MMS_CAUSE_ROW) };

static void get_reason_of(const struct mms_row *row, bool why, struct mms_value *ret_value)
{
	u8 reason = REC(row)->reason;

	if (reason == MMS_DIRTY_FOR_NONE)
		ret_value->type = MMS_VALUE_NONE;
	else
		mms_event_cause(reason < ARRAY_SIZE(reasons) ? &reasons[reason] : NULL, why,
				ret_value);
}

static void get_reason(const struct mms_row *row, struct mms_value *ret_value)
{
	get_reason_of(row, false, ret_value);
}

static void get_why(const struct mms_row *row, struct mms_value *ret_value)
{
	get_reason_of(row, true, ret_value);
}

static void get_inode(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->inode;
	if (!REC(row)->inode)
		ret_value->type = MMS_VALUE_NA;
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_dev(row, REC(row)->dev, REC(row)->inode, ret_value);
}

/* A block device whose pages a file system changes has no name that it was opened by. */
static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->is_block && !ROW(row)->path)
		get_dev(row, ret_value);
	else
		mms_event_file(ROW(row)->path, REC(row)->inode, ret_value);
}

static void get_place(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->cause == MMS_DIRTY_THROTTLED || !ROW(row)->path)
		get_file(row, ret_value);
	else
		mms_event_place(row, ROW(row)->path, REC(row)->inode, REC(row)->offset, ret_value);
}

/* A block device is its own. */
static void get_bdi(const struct mms_row *row, struct mms_value *ret_value)
{
	if (!*REC(row)->bdi) {
		get_dev(row, ret_value);
		return;
	}
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = REC(row)->bdi;
	ret_value->len = strnlen(REC(row)->bdi, sizeof(REC(row)->bdi));
}

/* As balance_dirty_pages() has it: between the limit and what is free of any pause. */
static void get_setpoint(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_dirty *rec = REC(row);

	if (rec->cause != MMS_DIRTY_THROTTLED)
		ret_value->type = MMS_VALUE_NONE;
	else
		ret_value->num = (rec->limit + (rec->thresh + rec->background) / 2) / 2;
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(offset, offset, hex, "in the file, bytes: the lowest of these pages")		\
	X(end, end, hex, "in the file, bytes: behind the highest of these pages")	\
	X(pages, pages, pages, "of the file")						\
	X(folios, folios, count, "folios that these pages are")				\
	X(age, age, ns, "written: since the file became dirty")				\
	X(memcg, memcg, cgroup, "written, throttled: id of the memory cgroup that the device is used for") \
	X(pauses, folios, count, "throttled: how often it was to sleep")		\
	X(pause, pause, ns, "throttled: how long in all it was to sleep")		\
	X(dirty, dirty, pages, "throttled: that were dirty or being written, in the machine or the memory cgroup") \
	X(thresh, thresh, pages, "throttled: that may be")				\
	X(background, background, pages, "throttled: from which on flushers work")	\
	X(limit, limit, pages, "throttled: what thresh was lately, if that was more")	\
	X(dev_dirty, wb_dirty, pages, "throttled: of dirty, those for this device")	\
	X(dev_thresh, wb_thresh, pages, "throttled: of thresh, this device's share")	\
	X(dev_rate, wb_rate, pages, "throttled: a second, for each who dirties, as the device is thought to write") \
	X(task_rate, task_rate, pages, "throttled: a second, that this task may dirty")

MMS_EVENT_NUMBERS(WIRE);

#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_dirty_row, n, member, u, text)
#define OF(n, u, member, read, fn, text) \
	MMS_EVENT_OF(struct mms_dirty_row, n, u, member, read, fn, text)

static const struct mms_field fields[] = {
	WIRE(F)
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_dirty_row, "what became of the pages")
	OF("reason", text, rec.reason, 0, get_reason,
	   "how they were made dirty, or why they were written")
	OF("why", text, rec.reason, 0, get_why, "the reason in words")
	OF("inode", inode, rec.inode, 0, get_inode, "of the file")
	OF("dev", text, rec.inode, 0, get_dev, "device of the file")
	OF("file", text, path, 0, get_file,
	   "path of the file; of a block device that a file system is on: its number")
	OF("place", text, path, BIT(FIELD_offset), get_place, "name of the file and offset")
	OF("bdi", text, rec.bdi, 0, get_bdi, "the device, as /sys/class/bdi has it")
	OF("setpoint", pages, rec.limit,
	   BIT(FIELD_limit) | BIT(FIELD_thresh) | BIT(FIELD_background), get_setpoint,
	   "throttled: that the kernel wants to be dirty")
};

#define RANGE(first, last)	((BIT(FIELD_##last) << 1) - BIT(FIELD_##first))

static u64 absent(const struct mms_row *row)
{
	const struct mms_dirty *rec = REC(row);
	u64 bits = 0;

	if (rec->cause == MMS_DIRTY_THROTTLED)
		bits = RANGE(offset, age);
	else
		bits = RANGE(pauses, task_rate);
	if (rec->cause != MMS_DIRTY_WRITTEN || rec->reason == MMS_DIRTY_FOR_RECLAIM ||
	    rec->reason == MMS_DIRTY_FOR_OTHER)
		bits |= BIT(FIELD_age);
	if (!rec->memcg)
		bits |= BIT(FIELD_memcg);
	if (!rec->limit)
		bits |= BIT(FIELD_limit);
	return bits;
}

const struct mms_model mms_model_dirty = {
	.name = "trace.dirty",
	.title = "dirty pages of a file",
	.rec_size = sizeof(struct mms_dirty_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,reason,latency,pages,place",
};
