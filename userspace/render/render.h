/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How records become output. A renderer is one const table, generic over field
 * tables; it reads no file and knows no view.
 *
 * A document has sections; a section is a table of rows, one object, or lines
 * of prose. Rows are written as they come: nothing grows with their number
 * but what --sort keeps.
 */
#ifndef MMS_RENDER_H
#define MMS_RENDER_H

#include "../lib/out.h"
#include "../model/model.h"

enum mms_section_type {
	MMS_SECTION_TABLE,	/* rows */
	MMS_SECTION_OBJECT,	/* one row, a line for each field */
	MMS_SECTION_LINES,	/* mms_render_line() */
};

/**
 * struct mms_section - a part of a document
 * @name: JSON member
 * @title: line above it in text, or NULL
 * @type: enum mms_section_type
 * @model: of its rows
 * @columns: comma separated; NULL: all in JSON, the model's defaults in text
 * @of: the model that a sum's fields are sums of, or NULL: what the stream
 *	lacks is missing in its sum; by the name of a field, or a derived one's needs
 */
struct mms_section {
	const char *name;
	const char *title;
	enum mms_section_type type;
	const struct mms_model *model;
	const char *columns;
	const struct mms_model *of;
};

/**
 * struct mms_render_opts - what the options ask for
 * @json: JSON instead of text
 * @lines: JSON: one object per row and line, no document around it
 * @raw: text: one space between columns, no padding, numbers plain
 * @bytes: text: sizes as numbers of bytes
 * @no_headings: text: no line with the names of the columns
 * @color: text: highlight
 */
struct mms_render_opts {
	bool json;
	bool lines;
	bool raw;
	bool bytes;
	bool no_headings;
	bool color;
};

typedef bool mms_patch_fn(char *text, size_t len, u64 value);

/**
 * struct mms_column - a field on its way out
 * @field: the field
 * @number: of it in the model
 * @na: this stream cannot give it
 * @last: its value in the line
 * @width: of the text column so far
 * @patch: writes a number over @last in the line: true if it has as many
 *	digits, else the column has to be rendered; or NULL
 * @key_len: see @key
 * @key: what stands before the value in the line, @key_len bytes
 */
struct mms_column {
	const struct mms_field *field;
	unsigned int number;
	bool na;
	struct mms_value last;
	u16 width;
	mms_patch_fn *patch;
	u8 key_len;
	char key[63];
};

/**
 * struct mms_line - a row, rendered column by column
 * @text: the columns, one behind the other
 * @starts: where each of them begins in it, and the end
 * @cell: room to render one
 * @rec: the record they are of: a column is made anew if a word of the record
 *	that it comes from differs, and its value does; most seldom change
 *	from row to row
 * @columns: those that come from each word, as bits; from the 64th column on
 *	all are looked at
 * @all: the bits of @columns in use
 * @absent: which fields mean nothing in the record
 * @valid: the above are filled
 */
struct mms_line {
	struct mms_out text;
	size_t *starts;
	struct mms_out cell;
	u64 *rec;
	u64 columns[64];
	u64 all;
	u64 absent;
	bool valid;
};

struct mms_render;

struct mms_render_ops {
	const char *name;
	int (*init)(struct mms_render *r);
	void (*begin)(struct mms_render *r);
	void (*open)(struct mms_render *r);
	void (*row)(struct mms_render *r, const struct mms_row *row);
	void (*line)(struct mms_render *r, const char *text, size_t len);
	void (*close)(struct mms_render *r);
	void (*settle)(struct mms_render *r);
	void (*tail)(struct mms_render *r, const struct mms_end *end, bool ended);
	void (*end)(struct mms_render *r);
	void (*deinit)(struct mms_render *r);
};

extern const struct mms_render_ops mms_render_table;
extern const struct mms_render_ops mms_render_json;

/**
 * struct mms_render - a document being written
 * @ops: the renderer
 * @opts: what was asked for
 * @out: where it goes
 * @section: the open section
 * @columns: of the open section, @nr_columns of them
 * @nr_columns: see @columns
 * @line: the row that is written
 * @ctx: of the stream whose rows come or came last, or NULL: a copy
 * @ctx_copy: what @ctx points to
 * @schema: "mmscope.NAME"
 * @begun: the document has begun: with its first section
 * @nr_sections: closed so far
 * @nr_rows: in the open section
 * @priv: the renderer's own
 */
struct mms_render {
	const struct mms_render_ops *ops;
	struct mms_render_opts opts;
	struct mms_out out;
	const struct mms_section *section;
	struct mms_column *columns;
	unsigned int nr_columns;
	struct mms_line line;
	const struct mms_ctx *ctx;
	struct mms_ctx ctx_copy;
	char schema[48];
	bool begun;
	unsigned int nr_sections;
	u64 nr_rows;
	void *priv;
};

/* Start a document on stdout. 0 or -ENOMEM. */
int mms_render_init(struct mms_render *r, const struct mms_render_opts *opts,
		    const char *schema);
/* End it and write it out: 0 or -errno. */
int mms_render_deinit(struct mms_render *r);

/*
 * The stream the next rows come from: what it lacks becomes n/a. Call it before
 * the section is opened, and again for each further stream.
 */
void mms_render_stream(struct mms_render *r, const struct mms_ctx *ctx);
/* 0, or -EINVAL for a column the model does not have. */
int mms_render_open(struct mms_render *r, const struct mms_section *section);
void mms_render_row(struct mms_render *r, const struct mms_row *row);
void mms_render_line(struct mms_render *r, const char *fmt, ...) __printf(2, 3);
void mms_render_close(struct mms_render *r);
/* Write out what there is of the open section, for one who waits for it: 0 or -errno. */
int mms_render_flush(struct mms_render *r);

/* The trailer of a stream, and whether it was cut: an object in JSON, nothing in text. */
void mms_render_tail(struct mms_render *r, const struct mms_end *end, bool ended);

/* The columns of a model with their units and descriptions. */
void mms_render_list(struct mms_render *r, const struct mms_model *model);

/*
 * Check "COL,..." or "+COL,..." against a model; the columns to use are put
 * into @ret_columns (to free). 0, -ENOMEM, or -EINVAL with *@ret_bad pointing
 * at the unknown name.
 */
int mms_columns_parse(const struct mms_model *model, const char *spec, const char *defaults,
		      char **ret_columns, const char **ret_bad);

/* How a value is written, by its unit. */
void mms_format_text(struct mms_out *out, const struct mms_render_opts *opts,
		     const struct mms_ctx *ctx, const struct mms_field *field,
		     const struct mms_value *value);
/* Without its key; a set of bits brings a further key and its number. */
void mms_format_json(struct mms_out *out, const struct mms_ctx *ctx,
		     const struct mms_field *field, const struct mms_value *value);
/*
 * Render a row; r->line.starts tells the columns apart. @render appends the
 * value column->last. NULL if memory is short.
 */
typedef void mms_column_fn(struct mms_render *r, struct mms_column *column,
			   struct mms_ctx *ctx, struct mms_out *out);
const char *mms_line_make(struct mms_render *r, const struct mms_row *row, mms_column_fn *render,
			  size_t *ret_len);
/* What turns the JSON of a number of this unit into that of another: NULL, or see format.c. */
mms_patch_fn *mms_json_patch(unsigned int unit);
/* The same of a cell of text that is flush right and not the last of its line. */
mms_patch_fn *mms_text_patch(unsigned int unit);
/* Whether a text column of this unit is flush right. */
bool mms_unit_right(unsigned int unit);
const char *mms_unit_name(unsigned int unit);

/* Plain text: help, man pages and completions. */
void mms_render_text(struct mms_render *r, const char *text);

#endif /* MMS_RENDER_H */
