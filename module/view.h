/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a view is. A view gathers records; it knows neither the surface it is
 * read on nor how a record is printed.
 */
#ifndef MMS_VIEW_H
#define MMS_VIEW_H

#include <linux/math.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include "uapi/mmscope.h"

struct mms_session;

/**
 * struct mms_field - one field of a record
 * @name: its name, the same in text, "abi", JSON and the documentation
 * @text: what it means
 * @offset: from the start of the record, in bytes
 * @size: in bytes
 * @unit: enum mms_unit, says how it is printed
 */
struct mms_field {
	const char *name;
	const char *text;
	u16 offset;
	u8 size;
	u8 unit;
};

/**
 * struct mms_out - a buffer of whole records on their way to a reader
 * @buf: MMS_OUT_SIZE bytes
 * @used: bytes filled
 * @taken: bytes the reader has had
 * @record_size: of this stream
 * @rows: ROW records so far in the whole stream
 * @raced: how often MMS_RF_RACED was set so far, merged rows counted one by one
 */
struct mms_out {
	char *buf;
	size_t used;
	size_t taken;
	size_t record_size;
	u64 rows;
	u64 raced;
};

#define MMS_OUT_SIZE	(128 * 1024)
#define MMS_TEXT_MAX	4096	/* bytes of text behind a row, PATH_MAX */

void *mms_out_row(struct mms_out *out);
void *mms_out_put(struct mms_out *out, const void *row);

/**
 * mms_out_take() - a new row, of which nothing is cleared: the caller fills it whole
 * @out: the buffer, with room as told by mms_out_room() or mms_out_left()
 * @size: out->record_size, known when this is compiled
 *
 * Return: the row
 */
static __always_inline void *mms_out_take(struct mms_out *out, size_t size)
{
	void *row = out->buf + out->used;

	out->used += size;
	out->rows++;
	return row;
}

/* How many rows fit, without text. */
static inline unsigned int mms_out_left(const struct mms_out *out)
{
	return (MMS_OUT_SIZE - out->used) / out->record_size - 1;
}

void mms_out_text(struct mms_out *out, void *row, const char *text, size_t len);

/**
 * mms_out_room() - does one more row fit, with text behind it?
 * @out: the buffer
 * @text: bytes of text, 0 for none
 *
 * There is always room left for the END record.
 *
 * Return: true if it does
 */
static __always_inline bool mms_out_room(const struct mms_out *out, size_t text)
{
	size_t records = 2;

	if (!__builtin_constant_p(text) || text)
		records += DIV_ROUND_UP(text, out->record_size - sizeof(struct mms_rec));
	return out->used + records * out->record_size <= MMS_OUT_SIZE;
}

enum mms_scope {
	MMS_SCOPE_PROCESS,	/* about one address space */
	MMS_SCOPE_SYSTEM,	/* about the machine */
};

#define MMS_ON_TEXT	0x1	/* a text file on /proc and debugfs */
#define MMS_ON_RAW	0x2	/* a raw file on debugfs */

#define MMS_BY_KIND	0x1	/* query.kinds */
#define MMS_BY_ENTRY	0x2	/* query.entry_mask and entry_value */
#define MMS_BY_KPF	0x4	/* query.kpf_mask and kpf_value */
#define MMS_BY_FOLIO	0x8	/* query.kinds, of enum mms_folio_kind */

/**
 * struct mms_view - one view: one file, one row in registry.c
 * @id: enum mms_view_id
 * @name: file name on every surface
 * @scope: process or system
 * @surfaces: MMS_ON_*
 * @upright: text is a line for each field, not for each record
 * @sparse: text names each field, and leaves out those that are 0 or not known
 * @kernel: shows kernel addresses: needs CAP_SYSLOG as well
 * @flags: MMS_Q_* that a query may have
 * @uses_range: a query may have levels, start and end
 * @uses_file: a query has to name a file of the writer's by its descriptor
 * @filters: MMS_BY_*: the filters that a query may have
 * @record_size: sizeof its record
 * @state_size: bytes of zeroed private state for a stream, may be 0
 * @absent: optional; does the field at an offset of a row mean nothing? Text
 *	shows it as "-"; not for upright and sparse views
 * @fields: its field table
 * @nr_fields: entries of @fields
 * @begin: optional; checks the query and sets up the state. 0 or -errno
 * @fill: gather into @out until it is full or a bounded amount of work is
 *	done. Returns 1 if there is more, 0 at the end, or -errno. Called
 *	without locks, may sleep.
 * @end: optional; undoes @begin. Called once for each begin that gave 0
 */
struct mms_view {
	u16 id;
	const char *name;
	enum mms_scope scope;
	u8 surfaces;
	bool upright;
	bool sparse;
	bool kernel;
	u32 flags;
	bool uses_range;
	bool uses_file;
	u8 filters;
	u16 record_size;
	size_t state_size;
	bool (*absent)(const void *row, unsigned int offset);
	const struct mms_field *fields;
	unsigned int nr_fields;
	int (*begin)(struct mms_session *s);
	int (*fill)(struct mms_session *s, struct mms_out *out);
	void (*end)(struct mms_session *s);
};

/* Expands a MMS_*_FIELDS list of the wire into a table: MMS_FIELDS(maps, MAPS) */
#define MMS_FIELD_OF(rec, f, u, t)					\
	{ .name = #f, .text = t, .unit = MMS_UNIT_##u,			\
	  .offset = offsetof(struct rec, f),				\
	  .size = sizeof_field(struct rec, f) },

/* The parts of a view that follow from its name alone. */
#define MMS_VIEW_OF(view_name)						\
	.id = MMS_VIEW_##view_name,					\
	.name = #view_name,						\
	.record_size = sizeof(struct mms_##view_name##_rec),		\
	.fields = view_name##_fields,					\
	.nr_fields = ARRAY_SIZE(view_name##_fields)

#define MMS_X(id, name, title) extern const struct mms_view mms_view_##name;
MMS_VIEWS(MMS_X)
#undef MMS_X

#endif /* MMS_VIEW_H */
