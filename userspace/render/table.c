// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for people. The widths of a table come from its first rows, which are
 * kept until there are enough of them; later rows may widen a column, so that
 * memory does not grow with the table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "render.h"
#include "../lib/escape.h"

#define BATCH	512	/* rows kept to find the widths */

struct cell {
	u32 len;	/* bytes */
	u32 width;	/* columns of a terminal */
};

struct table {
	struct mms_out cells;	/* text of the kept cells, one after the other; then: of one */
	struct cell *kept_cells; /* @kept rows of them */
	unsigned int kept;
	bool widths_known;
};

static int table_init(struct mms_render *r)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t || mms_out_init(&t->cells, -1)) {
		free(t);
		return -1;
	}
	r->priv = t;
	return 0;
}

static void table_deinit(struct mms_render *r)
{
	struct table *t = r->priv;

	mms_out_deinit(&t->cells);
	free(t->kept_cells);
	free(t);
}

static void table_begin(struct mms_render *r __unused)
{
}

/* Columns a terminal needs for it: UTF-8 continuation bytes take none. */
static size_t width_of(const char *text, size_t len)
{
	size_t width = 0, i;

	for (i = 0; i < len; i++)
		width += (text[i] & 0xc0) != 0x80;
	return width;
}

static void table_open(struct mms_render *r)
{
	struct table *t = r->priv;
	unsigned int i;

	if (r->nr_sections && !r->opts.raw)
		mms_out_char(&r->out, '\n');
	if (r->section->title && !r->opts.no_headings && !r->opts.raw) {
		mms_out_str(&r->out, r->section->title);
		mms_out_str(&r->out, ":\n");
	}
	t->kept = 0;
	t->cells.len = 0;
	t->widths_known = false;
	free(t->kept_cells);
	t->kept_cells = calloc((size_t)BATCH * (r->nr_columns ?: 1), sizeof(*t->kept_cells));
	if (!t->kept_cells)
		r->out.error = ENOMEM;
	for (i = 0; i < r->nr_columns; i++)
		r->columns[i].width = r->opts.no_headings ? 0 : strlen(r->columns[i].field->name);
}

/* The cell of a column, with what parts it from the one before. */
static void put_cell(const struct mms_render *r, const struct mms_column *c, const char *text,
		     size_t len, size_t width, struct mms_out *out)
{
	bool first = c == r->columns, last = c + 1 == r->columns + r->nr_columns;
	bool right = mms_unit_right(c->field->unit);
	size_t pad = !r->opts.raw && c->width > width ? c->width - width : 0;

	if (!first)
		mms_out_char(out, ' ');
	if (pad && right)
		mms_out_pad(out, ' ', pad);
	mms_out_mem(out, text, len);
	if (pad && !right && !last)
		mms_out_pad(out, ' ', pad);
	if (last)
		mms_out_char(out, '\n');
}

static void heading(struct mms_render *r)
{
	unsigned int i, n;
	char name[64];

	if (r->opts.color)
		mms_out_str(&r->out, "\033[1m");
	for (i = 0; i < r->nr_columns; i++) {
		const char *p = r->columns[i].field->name;

		for (n = 0; p[n] && n < sizeof(name); n++)
			name[n] = p[n] >= 'a' && p[n] <= 'z' ? p[n] - 'a' + 'A' : p[n];
		put_cell(r, &r->columns[i], name, n, n, &r->out);
	}
	if (r->opts.color)
		mms_out_str(&r->out, "\033[0m");
}

/* One long name does not make every row long. */
static void widen(struct mms_column *c, size_t width)
{
	if (width > c->width)
		c->width = width < 64 ? width : 64;
}

/* Columns a terminal needs: only names have more bytes than that. */
static size_t cell_width(const struct mms_column *c, const char *text, size_t len)
{
	return c->last.type == MMS_VALUE_TEXT ? width_of(text, len) : len;
}

/* The cell alone, while the widths are not known. */
static void plain_cell(struct mms_render *r, struct mms_column *c, struct mms_ctx *ctx,
		       struct mms_out *out)
{
	mms_format_text(out, &r->opts, ctx, c->field, &c->last);
}

/* The cell as it stands in the line, so that cells that stay are copied with their padding. */
static void padded_cell(struct mms_render *r, struct mms_column *c, struct mms_ctx *ctx,
			struct mms_out *out)
{
	struct mms_out *text = &((struct table *)r->priv)->cells;
	size_t width;

	text->len = 0;
	mms_format_text(text, &r->opts, ctx, c->field, &c->last);
	width = cell_width(c, text->buf, text->len);
	widen(c, width);
	put_cell(r, c, text->buf, text->len, width, out);
	out->error = out->error ?: text->error;
}

static void flush_rows(struct mms_render *r)
{
	struct table *t = r->priv;
	const char *text = t->cells.buf;
	const struct cell *cell = t->kept_cells;
	struct mms_column *c, *end = r->columns + r->nr_columns;
	unsigned int row;

	for (row = 0; row < t->kept; row++)
		for (c = r->columns; c < end; c++, cell++)
			widen(c, cell->width);
	if (!r->opts.no_headings)
		heading(r);
	cell = t->kept_cells;
	for (row = 0; row < t->kept; row++)
		for (c = r->columns; c < end; c++, text += cell->len, cell++)
			put_cell(r, c, text, cell->len, cell->width, &r->out);
	t->kept = 0;
	t->cells.len = 0;
	/* From now on lines are made of padded cells. */
	for (c = r->columns; !r->opts.raw && c + 1 < end; c++)
		c->patch = mms_text_patch(c->field->unit);
	t->widths_known = true;
	r->line.valid = false;
}

static void keep_row(struct mms_render *r, const struct mms_row *row)
{
	struct table *t = r->priv;
	struct cell *cell = &t->kept_cells[(size_t)t->kept * r->nr_columns];
	const size_t *starts = r->line.starts;
	const char *text;
	unsigned int i;
	size_t len;

	text = mms_line_make(r, row, plain_cell, &len);
	if (!text)
		return;
	mms_out_mem(&t->cells, text, len);
	for (i = 0; i < r->nr_columns; i++, cell++) {
		cell->len = starts[i + 1] - starts[i];
		cell->width = cell_width(&r->columns[i], text + starts[i], cell->len);
	}
	if (t->cells.error)
		r->out.error = t->cells.error;
	if (++t->kept == BATCH)
		flush_rows(r);
}

static void table_object(struct mms_render *r, const struct mms_row *row)
{
	const size_t *starts = r->line.starts;
	size_t width = 0, n, len;
	const char *text, *name;
	unsigned int i;

	text = mms_line_make(r, row, plain_cell, &len);
	for (i = 0; i < r->nr_columns; i++) {
		n = strlen(r->columns[i].field->name);
		width = n > width ? n : width;
	}
	for (i = 0; text && i < r->nr_columns; i++) {
		name = r->columns[i].field->name;
		mms_out_str(&r->out, name);
		mms_out_char(&r->out, ':');
		mms_out_pad(&r->out, ' ', r->opts.raw ? 1 : width - strlen(name) + 2);
		mms_out_mem(&r->out, text + starts[i], starts[i + 1] - starts[i]);
		mms_out_char(&r->out, '\n');
	}
}

static void table_row(struct mms_render *r, const struct mms_row *row)
{
	struct table *t = r->priv;
	const char *text;
	size_t len;

	if (!t->kept_cells)
		return;
	if (r->section->type == MMS_SECTION_OBJECT) {
		table_object(r, row);
	} else if (!t->widths_known) {
		keep_row(r, row);
	} else {
		text = mms_line_make(r, row, padded_cell, &len);
		if (text)
			mms_out_mem(&r->out, text, len);
	}
}

static void table_line(struct mms_render *r, const char *text, size_t len)
{
	/* A line may bring its own line breaks, but no control characters. */
	if (!len)
		mms_out_char(&r->out, '\n');
	while (len) {
		const char *eol = memchr(text, '\n', len);
		size_t n = eol ? (size_t)(eol - text) : len;

		mms_escape_text(&r->out, text, n, false);
		mms_out_char(&r->out, '\n');
		n += eol ? 1 : 0;
		text += n;
		len -= n;
	}
}

/* Whoever waits for the rows takes the widths there are. */
static void table_settle(struct mms_render *r)
{
	struct table *t = r->priv;

	if (r->section->type == MMS_SECTION_TABLE && !t->widths_known)
		flush_rows(r);
}

static void table_close(struct mms_render *r)
{
	table_settle(r);
}

static void table_tail(struct mms_render *r __unused, const struct mms_end *end __unused,
		       bool ended __unused)
{
}

static void table_end(struct mms_render *r __unused)
{
}

const struct mms_render_ops mms_render_table = {
	.name = "table",
	.init = table_init,
	.begin = table_begin,
	.open = table_open,
	.row = table_row,
	.line = table_line,
	.close = table_close,
	.settle = table_settle,
	.tail = table_tail,
	.end = table_end,
	.deinit = table_deinit,
};
