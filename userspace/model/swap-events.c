// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "event-file.h"
#include "swap-events.h"
#include "../../bpf/swap.h"

MMS_EVENT_ROW_CHECK(struct mms_swapio_row);

#define ROW(row)	((const struct mms_swapio_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)

MMS_EVENT_GET_CAUSE(struct mms_swapio_row, MMS_SWAPIO_CAUSES)

static const struct mms_cause reasons[] = { MMS_SWAPIO_REASONS(MMS_CAUSE_ROW) };
static const struct mms_cause aheads[] = { MMS_SWAPIO_AHEADS(MMS_CAUSE_ROW) };

static bool is_in(const struct mms_swapio *rec)
{
	return rec->cause >= MMS_SWAPIO_IN;
}

static void get_reason(const struct mms_row *row, struct mms_value *ret_value)
{
	u8 reason = REC(row)->reason;

	mms_event_cause(reason < ARRAY_SIZE(reasons) ? &reasons[reason] : NULL, false, ret_value);
}

static void get_ahead(const struct mms_row *row, struct mms_value *ret_value)
{
	u8 ahead = REC(row)->ahead;

	mms_event_cause(ahead < ARRAY_SIZE(aheads) ? &aheads[ahead] : NULL, false, ret_value);
	if (!is_in(REC(row)))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_direction(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, is_in(REC(row)) ? "in" : "out");
}

static void get_memory(const struct mms_row *row, struct mms_value *ret_value)
{
	const u16 marks = REC(row)->marks;

	if (marks & MMS_SWAPIO_ANON)
		mms_value_text(ret_value, "anon");
	else if (marks & MMS_SWAPIO_SHMEM)
		mms_value_text(ret_value, "shmem");
	else
		ret_value->type = MMS_VALUE_NA;
}

static void get_name(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = REC(row)->task ? MMS_VALUE_TEXT : MMS_VALUE_NA;
	ret_value->text = REC(row)->name;
	ret_value->len = strnlen(REC(row)->name, sizeof(REC(row)->name));
}

static void get_path(const struct mms_row *row, struct mms_value *ret_value)
{
	/* There is an area, always. */
	mms_event_file(ROW(row)->path, 1, ret_value);
}

static void get_device(const struct mms_row *row, struct mms_value *ret_value)
{
	const char *path = ROW(row)->path, *name = path ? strrchr(path, '/') : NULL;

	mms_event_file(name ? name + 1 : path, 1, ret_value);
}

/* What holds it, or held it. */
static void get_kind(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_swapio *rec = REC(row);

	switch (rec->cause) {
	case MMS_SWAPIO_OUT_ZSWAP:
	case MMS_SWAPIO_IN_ZSWAP:
		mms_value_text(ret_value, "zswap");
		return;
	case MMS_SWAPIO_OUT_ZERO:
	case MMS_SWAPIO_IN_ZERO:
		mms_value_text(ret_value, "zero");
		return;
	case MMS_SWAPIO_OUT_NONE:
	case MMS_SWAPIO_OUT_REFUSED:
	case MMS_SWAPIO_IN_CACHE:
		mms_value_text(ret_value, "memory");
		return;
	}
	if (!(rec->marks & MMS_SWAPIO_AREA))
		ret_value->type = MMS_VALUE_NA;
	else if (!(rec->flags & MMS_SWAP_BLKDEV))
		mms_value_text(ret_value, "file");
	else if (ROW(row)->path && !strncmp(ROW(row)->path, "/dev/zram", 9))
		mms_value_text(ret_value, "zram");
	else
		mms_value_text(ret_value, "device");
}

#define MARK(fn, mark)									\
static void get_##fn(const struct mms_row *row, struct mms_value *ret_value)		\
{											\
	ret_value->num = !!(REC(row)->marks & (mark));					\
}
MARK(waits, MMS_SWAPIO_WAITS)
MARK(failed, MMS_SWAPIO_FAILED)
MARK(workingset, MMS_SWAPIO_WORKINGSET)
#undef MARK

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(task, task, count, "the process whose memory it is: it faults, or had it mapped") \
	X(address, address, addr, "of the page, in this process")			\
	X(mappers, mappers, count, "out: how often it was mapped when it was reclaimed") \
	X(memcg, memcg, cgroup, "id of the memory cgroup it is charged to")		\
	X(pages, pages, pages, "of the folio")						\
	X(area, area, count, "number of the swap area")					\
	X(slot, slot, count, "in the area, the first of the folio")			\
	X(compressed, compressed, bytes, "what it takes in zswap, 0: all of one word")

MMS_EVENT_NUMBERS(WIRE);

#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_swapio_row, n, member, u, text)
#define OF(n, u, member, fn, text) \
	MMS_EVENT_OF(struct mms_swapio_row, n, u, member, 0, fn, text)
/* of several members: from @first to the end of @last */
#define SPAN(n, u, first, last, fn, text)						\
	MMS_EVENT_SPAN(struct mms_swapio_row, n, u, first,				\
		       offsetof(struct mms_swapio_row, last) +				\
		       MMS_EVENT_SIZE(struct mms_swapio_row, last) -			\
		       offsetof(struct mms_swapio_row, first), 0, fn, text)

static const struct mms_field fields[] = {
	WIRE(F)
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_swapio_row, "where it goes or comes from")
	OF("direction", text, rec.cause, get_direction, "out or in")
	OF("reason", text, rec.reason, get_reason, "for whom: reclaim of which kind, fault, shmem, ...")
	SPAN("ahead", text, rec.cause, rec.ahead, get_ahead,
	     "in: read ahead: vma, cluster, or no; with in-cache: since tracing began")
	SPAN("kind", text, rec.flags, path, get_kind,
	     "what holds it: zram, device, file, zswap, zero, memory")
	OF("device", text, path, get_device, "of the swap area: last part of its path")
	OF("path", text, path, get_path, "the swap area's device or file")
	OF("memory", text, rec.marks, get_memory, "anon or shmem")
	MMS_EVENT_OF(struct mms_swapio_row, "name", text, rec.name, BIT(FIELD_task), get_name,
		     "name of the process whose memory it is")
	OF("waits", bool, rec.marks, get_waits, "the task waits until it is done")
	OF("failed", bool, rec.marks, get_failed, "it could not be written or read")
	OF("workingset", bool, rec.marks, get_workingset,
	   "it was in use when it was reclaimed last")
};

static u64 absent(const struct mms_row *row)
{
	const struct mms_swapio *rec = REC(row);
	u64 bits = 0;

	if (!rec->task)
		bits |= BIT(FIELD_task);
	if (!(rec->marks & MMS_SWAPIO_ADDRESS))
		bits |= BIT(FIELD_address);
	if (!(rec->marks & MMS_SWAPIO_MAPPERS))
		bits |= BIT(FIELD_mappers);
	if (!(rec->marks & MMS_SWAPIO_MEMCG))
		bits |= BIT(FIELD_memcg);
	if (!(rec->marks & MMS_SWAPIO_COMPRESSED) ||
	    (rec->cause != MMS_SWAPIO_OUT_ZSWAP && rec->cause != MMS_SWAPIO_IN_ZSWAP))
		bits |= BIT(FIELD_compressed);
	return bits;
}

const struct mms_model mms_model_swap_event = {
	.name = "trace.swap",
	.title = "folio that is swapped",
	.rec_size = sizeof(struct mms_swapio_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,reason,device,slot,pages,name,latency",
};
