/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Typed records and their field tables.
 *
 * A model is one record type: the fields the wire names (expanded from
 * uapi/mmscope.h, in its order) and then the columns derived from them. The
 * table feeds --output, --help, the man page, the text table, JSON and raw
 * output; nothing else knows a field by name.
 *
 * Nothing in here does I/O.
 */
#ifndef MMS_MODEL_H
#define MMS_MODEL_H

#include <string.h>
#include "../../module/uapi/mmscope.h"
#include "../../bpf/trace.h"
#include "../lib/types.h"

/* Units of derived columns, behind those of the wire. */
#define MMS_TOOL_UNITS(X)						\
	X(text)		/* a string */					\
	X(range)	/* start-end: number is the start, see get() */	\
	X(bits)		/* an entry's bits in words */			\
	X(letters)	/* the same as letters, one place for each */	\
	X(kpfletters)	/* page flags as page-types' letters */		\
	X(tenth)	/* a number of tenths */		\
	X(thousandth)	/* a number of thousandths, below 0 for none */	\
	X(ns)		/* nanoseconds; for people us, ms, s */	\
	X(clock)	/* nanoseconds; for people seconds */	\
	X(memtype)	/* enum mms_memtype */

enum mms_tool_unit {
	MMS_UNIT_tool_base = MMS_NR_UNITS - 1,
#define MMS_X(name) MMS_UNIT_##name,
	MMS_TOOL_UNITS(MMS_X)
#undef MMS_X
	MMS_NR_ALL_UNITS
};

/*
 * The number of each wire field, in the order of its table: MMS_F(maps, rss).
 * Sources say with these what they can give.
 */
#define MMS_F(view, field)	MMS_F_##view##_##field
#define MMS_HAS(view, field)	BIT(MMS_F(view, field))

enum {
#define MMS_X(f, unit, text) MMS_F(summary, f),
	MMS_SUMMARY_FIELDS(MMS_X) MMS_NR_F_summary
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(maps, f),
	MMS_MAPS_FIELDS(MMS_X) MMS_NR_F_maps
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(pgtable, f),
	MMS_PGTABLE_FIELDS(MMS_X) MMS_NR_F_pgtable
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(entries, f),
	MMS_ENTRIES_FIELDS(MMS_X) MMS_NR_F_entries
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(walk, f),
	MMS_WALK_FIELDS(MMS_X) MMS_NR_F_walk
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(tables, f),
	MMS_TABLES_FIELDS(MMS_X) MMS_NR_F_tables
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(folios, f),
	MMS_FOLIOS_FIELDS(MMS_X) MMS_NR_F_folios
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(regions, f),
	MMS_REGIONS_FIELDS(MMS_X) MMS_NR_F_regions
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(features, f),
	MMS_FEATURES_FIELDS(MMS_X) MMS_NR_F_features
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(pfns, f),
	MMS_PFNS_FIELDS(MMS_X) MMS_NR_F_pfns
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(zones, f),
	MMS_ZONES_FIELDS(MMS_X) MMS_NR_F_zones
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(buddy, f),
	MMS_BUDDY_FIELDS(MMS_X) MMS_NR_F_buddy
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(blocks, f),
	MMS_BLOCKS_FIELDS(MMS_X) MMS_NR_F_blocks
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(files, f),
	MMS_FILES_FIELDS(MMS_X) MMS_NR_F_files
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(cache, f),
	MMS_CACHE_FIELDS(MMS_X) MMS_NR_F_cache
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(kernel, f),
	MMS_KERNEL_FIELDS(MMS_X) MMS_NR_F_kernel
#undef MMS_X
};
enum {
#define MMS_X(f, unit, text) MMS_F(pageblocks, f),
	MMS_PAGEBLOCKS_FIELDS(MMS_X) MMS_NR_F_pageblocks
#undef MMS_X
};

enum {
#define MMS_X(f, unit, text) MMS_F(rmap, f),
	MMS_RMAP_FIELDS(MMS_X) MMS_NR_F_rmap
#undef MMS_X
};

/* ---- values ------------------------------------------------------------ */

enum mms_value_type {
	MMS_VALUE_NUM,
	MMS_VALUE_TEXT,
	MMS_VALUE_NONE,		/* does not apply to this record: "-", null */
	MMS_VALUE_NA,		/* could not be read: "n/a", null and a reason */
};

/**
 * struct mms_value - one field of one record
 * @type: enum mms_value_type
 * @num: NUM: the value, sign-extended if the field is signed
 * @num2: what some units need besides: range: the end; bits, letters: see
 *	MMS_BITS_AUX
 * @text: TEXT: not terminated, owned by the row, may hold any byte. A text that
 *	lasts as long as the stream has a number of its own in @num, the
 *	others have 0 there
 * @len: TEXT: its bytes
 */
struct mms_value {
	u8 type;
	u64 num;
	u64 num2;
	const char *text;
	size_t len;
};

#define MMS_BITS_AUX(level, kind)	((u64)(level) << 8 | (kind))
#define MMS_BITS_SHADOW			BIT(16)	/* beside it: the VMA is a shadow stack */

struct mms_arch_ops;
struct mms_mounts;
struct mms_symbols;

#define MMS_WHY		160

/**
 * struct mms_missing - fields a source cannot give, and why
 * @fields: bit for each wire field, by MMS_HAS()
 * @why: half a sentence: "needs the module: /proc/PID/pagemap has no levels"
 */
struct mms_missing {
	u64 fields;
	char why[MMS_WHY];
};

#define MMS_MAX_MISSING	8
#define MMS_MAX_ZONES	8
#define MMS_ZONE_TEXT	16

/* Binary places of a field in the unit pss: none, the wire has bytes. */
#define MMS_PSS_SHIFT	0

/**
 * struct mms_ctx - what a record cannot say itself
 * @header: of the stream the record came in
 * @arch: decode tables of header.arch
 * @symbols: names of the address space, or NULL
 * @mounts: names of file systems and block devices, or NULL
 * @source: name of the source
 * @zones: names of the kernel's zones by their numbers, which depend on how it
 *	was configured; "" for those not known
 * @missing: what this stream lacks, @nr_missing groups
 * @nr_missing: see @missing
 * @scratch: room for a derived text; valid until the next value is taken
 */
struct mms_ctx {
	struct mms_header header;
	const struct mms_arch_ops *arch;
	const struct mms_symbols *symbols;
	struct mms_mounts *mounts;
	const char *source;
	char zones[MMS_MAX_ZONES][MMS_ZONE_TEXT];
	struct mms_missing missing[MMS_MAX_MISSING];
	unsigned int nr_missing;
	char scratch[4352];
};

/**
 * struct mms_row - one record, as everything above a source sees it
 * @ctx: of its stream
 * @rec: the record, at least model->rec_size bytes
 * @text: the text that belongs to it, not terminated, may hold any byte; never NULL
 * @len: bytes of @text
 */
struct mms_row {
	struct mms_ctx *ctx;
	const void *rec;
	const char *text;
	size_t len;
};

/* ---- fields and models ------------------------------------------------- */

/**
 * struct mms_field - one column
 * @name: column name, and the first part of the JSON key
 * @key: JSON key, with the unit at its end
 * @desc: one line for --list-columns and the man page
 * @unit: enum mms_unit or enum mms_tool_unit
 * @size: bytes in the record, 0 for a derived column; above 8 only of the unit
 *	comm, which is text
 * @sign: the record's field is signed
 * @offset: in the record
 * @span: derived: bytes of the record from @offset on that @get reads
 * @needs: derived: wire fields without which it cannot be given
 * @reads: derived: fields of the record that @get reads besides its first 64
 *	bits and @span: while these stay, it stays; 0, and no @span: it may read anything
 * @get: derived: fill the value, which arrives as NUM 0
 */
struct mms_field {
	const char *name;
	const char *key;
	const char *desc;
	u8 unit;
	u8 size;
	bool sign;
	u16 offset;
	u16 span;
	u64 needs;
	u64 reads;
	void (*get)(const struct mms_row *row, struct mms_value *ret_value);
};

/**
 * struct mms_gauge - a number that events raise and lower, for a track of its own
 * @name: of it
 * @of: field that says of what there is one each
 * @before: fields: what it was when an event began, and when that was over
 * @after: see @before
 */
struct mms_gauge {
	const char *name;
	const char *of;
	const char *before, *after;
};

/**
 * struct mms_model - one record type
 * @name: of the schema: "mmscope.NAME"
 * @title: what a record is
 * @view: on the wire, 0 for a record the tool makes itself
 * @rec_size: bytes of the record this build knows
 * @fields: wire fields first, in the wire's order, then derived ones
 * @nr: of all fields
 * @nr_wire: of those from the wire
 * @defaults: columns of the text table, comma separated
 * @extended: columns with --extended, or NULL
 * @absent: bit for each field of the record, by its number, that means nothing
 *	in this one; or NULL
 * @gauges: @nr_gauges of them
 * @nr_gauges: see @gauges
 */
struct mms_model {
	const char *name;
	const char *title;
	u16 view;
	u16 rec_size;
	const struct mms_field *fields;
	unsigned int nr;
	unsigned int nr_wire;
	const char *defaults;
	const char *extended;
	u64 (*absent)(const struct mms_row *row);
	const struct mms_gauge *gauges;
	unsigned int nr_gauges;
};

/* The JSON key's end, by unit. */
#define MMS_KEY_addr ""
#define MMS_KEY_hex ""
#define MMS_KEY_count ""
#define MMS_KEY_signed ""
#define MMS_KEY_bytes "_bytes"
#define MMS_KEY_pages "_pages"
#define MMS_KEY_pfn ""
#define MMS_KEY_level ""
#define MMS_KEY_levels ""
#define MMS_KEY_kind ""
#define MMS_KEY_region ""
#define MMS_KEY_entry ""
#define MMS_KEY_kpf ""
#define MMS_KEY_vmaflags ""
#define MMS_KEY_prot ""
#define MMS_KEY_may ""
#define MMS_KEY_node ""
#define MMS_KEY_nodes ""
#define MMS_KEY_zone ""
#define MMS_KEY_order ""
#define MMS_KEY_dev ""
#define MMS_KEY_inode ""
#define MMS_KEY_cgroup ""
#define MMS_KEY_name ""
#define MMS_KEY_policy ""
#define MMS_KEY_stop ""
#define MMS_KEY_foliokind ""
#define MMS_KEY_filekind ""
#define MMS_KEY_cachekind ""
#define MMS_KEY_kernelkind ""
#define MMS_KEY_bool ""
#define MMS_KEY_lru ""
#define MMS_KEY_gen ""
#define MMS_KEY_rmapstate ""
#define MMS_KEY_zonerow ""
#define MMS_KEY_migratetype ""
#define MMS_KEY_daemon ""
#define MMS_KEY_zoneflags ""
#define MMS_KEY_thousandth ""
#define MMS_KEY_comm ""
#define MMS_KEY_ns "_ns"
#define MMS_KEY_clock "_ns"
#define MMS_KEY_pss "_bytes"
#define MMS_KEY_flags ""
#define MMS_KEY_text ""
#define MMS_KEY_tenth ""
#define MMS_KEY_memtype ""

/* A name is no number. */
#define MMS_SIGNED(x)							\
	_Generic((x), signed char: 1, short: 1, int: 1, long: 1, long long: 1, default: 0)

/* One row of a field table: a field of @type's record ... */
#define MMS_WIRE_FIELD(type, f, u, text)				\
	{								\
		.name = #f, .key = #f MMS_KEY_##u, .desc = text,	\
		.unit = MMS_UNIT_##u,					\
		.size = sizeof(((type *)0)->f),				\
		.sign = MMS_SIGNED(((type *)0)->f),			\
		.offset = offsetof(type, f),				\
	},
/* ... or a derived one. */
#define MMS_DERIVED(n, k, u, need, fn, text)				\
	{								\
		.name = n, .key = k, .desc = text,			\
		.unit = MMS_UNIT_##u, .needs = need, .get = fn,		\
	},

/* ... and one for tables of many rows, see mms_field.reads. */
#define MMS_DERIVED_OF(n, k, u, need, read, fn, text)			\
	{								\
		.name = n, .key = k, .desc = text,			\
		.unit = MMS_UNIT_##u, .needs = need, .reads = read, .get = fn, \
	},
#define MMS_READS_NONE	BIT(63)

/* What a model of a view has from the wire: MMS_MODEL_OF(maps, its table). */
#define MMS_MODEL_OF(v, table)						\
	.name = #v,							\
	.view = MMS_VIEW_##v,						\
	.rec_size = sizeof(struct mms_##v##_rec),			\
	.fields = table,						\
	.nr = ARRAY_SIZE(table),					\
	.nr_wire = MMS_NR_F_##v

extern const struct mms_model mms_model_summary;
extern const struct mms_model mms_model_maps;
extern const struct mms_model mms_model_maps_total;
extern const struct mms_model mms_model_pgtable;
extern const struct mms_model mms_model_entries;
extern const struct mms_model mms_model_walk;
extern const struct mms_model mms_model_tables;
extern const struct mms_model mms_model_tables_total;
extern const struct mms_model mms_model_folios;
extern const struct mms_model mms_model_folios_total;
extern const struct mms_model mms_model_regions;
extern const struct mms_model mms_model_features;
extern const struct mms_model mms_model_feature;
extern const struct mms_model mms_model_pfns;
extern const struct mms_model mms_model_rmap;
extern const struct mms_model mms_model_zones;
extern const struct mms_model mms_model_buddy;
extern const struct mms_model mms_model_blocks;
extern const struct mms_model mms_model_files;
extern const struct mms_model mms_model_cache;
extern const struct mms_model mms_model_kernel;
extern const struct mms_model mms_model_pageblocks;

/* The model of a view, or NULL. */
const struct mms_model *mms_model_of_view(unsigned int view);

/* The number of the field called @name (@len bytes), or -1. */
int mms_model_field(const struct mms_model *model, const char *name, size_t len);

/* A field of the wire that none can have so: an order or shift beyond 64 bits. NULL: none. */
const struct mms_field *mms_model_absurd(const struct mms_model *model, const struct mms_row *row);

/* Why this stream cannot give a field; NULL if it can. */
const char *mms_field_missing(const struct mms_ctx *ctx, const struct mms_model *model,
			      unsigned int field);

/* The same for fields of the view, as bits. */
const char *mms_needs_missing(const struct mms_ctx *ctx, u64 needs);

/* Numbers that mean "not known" or "none" wherever they stand. */
static inline bool mms_unit_none(unsigned int unit, u64 value)
{
	switch (unit) {
	case MMS_UNIT_node:
		return (s64)value == MMS_NO_NODE;
	case MMS_UNIT_zone:
		return value == MMS_NO_ZONE;
	case MMS_UNIT_policy:
		return value == MMS_NO_POLICY;
	case MMS_UNIT_gen:
		return value == MMS_NO_GEN;
	case MMS_UNIT_pages:
		return value == MMS_NO_PAGES;
	case MMS_UNIT_migratetype:
		return value == MMS_NO_TYPE;
	case MMS_UNIT_addr:
		return value == MMS_TRACE_HIDDEN;
	default:
		return false;
	}
}

static inline u64 mms_field_num(const struct mms_field *field, const void *rec)
{
	const char *p = (const char *)rec + field->offset;

	switch (field->size) {
	case 1:
		return field->sign ? (u64)(s64)*(const signed char *)p : *(const u8 *)p;
	case 2:
		return field->sign ? (u64)(s64)*(const int16_t *)p : *(const u16 *)p;
	case 4:
		return field->sign ? (u64)(s64)*(const s32 *)p : *(const u32 *)p;
	default:
		return *(const u64 *)p;
	}
}

/* A name of a record: up to the first 0, or all of the field. */
static inline void mms_field_comm(const struct mms_field *field, const void *rec,
				  struct mms_value *ret_value)
{
	ret_value->text = (const char *)rec + field->offset;
	ret_value->len = strnlen(ret_value->text, field->size);
	ret_value->num = 0;
	ret_value->type = ret_value->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
}

/* A field of the record as it stands there, whether it means anything or not. */
static inline void mms_field_load(const struct mms_field *field, const void *rec,
				  struct mms_value *ret_value)
{
	if (field->unit == MMS_UNIT_comm) {
		mms_field_comm(field, rec, ret_value);
		return;
	}
	ret_value->num = mms_field_num(field, rec);
	ret_value->num2 = 0;
	ret_value->type = mms_unit_none(field->unit, ret_value->num) ? MMS_VALUE_NONE :
								       MMS_VALUE_NUM;
}

/* Take a field out of a record. @field is one the stream can give. */
void mms_field_get(const struct mms_model *model, const struct mms_field *field,
		   const struct mms_row *row, struct mms_value *ret_value);

/* The order of two rows by a field: below, 0 or above 0. */
int mms_field_cmp(const struct mms_model *model, const struct mms_field *field,
		  const struct mms_row *a, const struct mms_row *b);

#endif /* MMS_MODEL_H */
