// SPDX-License-Identifier: GPL-2.0-only
#include "cache-events.h"
#include "derive.h"
#include "event-file.h"

MMS_EVENT_ROW_CHECK(struct mms_cache_event_row);

#define ROW(row)	((const struct mms_cache_event_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)

MMS_EVENT_GET_CAUSE(struct mms_cache_event_row, MMS_CACHE_CAUSES)

static void get_inode(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->inode;
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_dev(row, REC(row)->dev, REC(row)->inode, ret_value);
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_file(ROW(row)->path, REC(row)->inode, ret_value);
}

static void get_place(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_place(row, ROW(row)->path, REC(row)->inode, REC(row)->offset, ret_value);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(offset, offset, hex, "in the file, bytes: of the first that was asked for, or of the first folio evicted") \
	X(asked, asked, bytes, "that were asked for")					\
	X(bytes, bytes, bytes, "that were read or written")				\
	X(returned, returned, signed, "what the function returned")			\
	X(pages, pages, pages, "that these bytes are in, or that were evicted")		\
	X(hit, hit, pages, "of these, in the cache")					\
	X(miss, miss, pages, "of these, added to the cache by this call")		\
	X(ahead, ahead, pages, "added by it beyond what was asked for")			\
	X(used, used, pages, "of hit: read ahead since tracing began, and now used for the first time") \
	X(markers, markers, count, "times that a page said: now read ahead more")	\
	X(evicted, evicted, pages, "taken out of the cache")				\
	X(unused, unused, pages, "of these: read ahead since tracing began, and never used")

MMS_EVENT_NUMBERS(WIRE);

#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_cache_event_row, n, member, u, text)
#define OF(n, u, member, read, fn, text) \
	MMS_EVENT_OF(struct mms_cache_event_row, n, u, member, read, fn, text)

static const struct mms_field fields[] = {
	WIRE(F)
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_cache_event_row, "what it is")
	OF("inode", inode, rec.inode, 0, get_inode, "of the file")
	OF("dev", text, rec.inode, 0, get_dev, "device of the file")
	OF("file", text, path, 0, get_file, "path of the file")
	OF("place", text, path, BIT(FIELD_offset), get_place, "name of the file and offset")
};

/* first to last field, by their numbers */
#define RANGE(first, last)	((BIT(FIELD_##last) << 1) - BIT(FIELD_##first))

static u64 absent(const struct mms_row *row)
{
	switch (REC(row)->cause) {
	case MMS_CACHED_READ:
	case MMS_CACHED_SPLICE:
	case MMS_CACHED_WRITE:
	case MMS_CACHED_FAULT:
		return RANGE(evicted, unused);
	case MMS_CACHED_ADVISE:
		return RANGE(evicted, unused) | RANGE(bytes, miss) | BIT(FIELD_used) |
		       BIT(FIELD_markers);
	case MMS_CACHED_DIRECT_READ:
	case MMS_CACHED_DIRECT_WRITE:
		return RANGE(pages, unused);
	case MMS_CACHED_OTHER:
		return RANGE(asked, returned) | RANGE(hit, miss) | RANGE(used, markers) |
		       BIT(FIELD_latency);
	default:
		return RANGE(asked, returned) | RANGE(hit, markers);
	}
}

const struct mms_model mms_model_cache_event = {
	.name = "trace.cache",
	.title = "use of the page cache",
	.rec_size = sizeof(struct mms_cache_event_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,tid,cause,latency,pages,miss,ahead,place",
};
