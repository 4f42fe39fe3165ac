// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows are made out of the rows before them: neighbours in an address space
 * differ in a few fields. What a row costs grows with what is new in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "line.h"

/*
 * The words of a record, the last one but one for all behind them. The last stands
 * for a word that always differs: of derived columns that may come from anything.
 */
#define LAST_WORD	62
#define DERIVED		63

int mms_line_init(struct mms_line *line)
{
	if (mms_out_init(&line->text, -1))
		return -ENOMEM;
	if (!mms_out_init(&line->cell, -1))
		return 0;
	mms_out_deinit(&line->text);
	return -ENOMEM;
}

void mms_line_deinit(struct mms_line *line)
{
	mms_out_deinit(&line->text);
	mms_out_deinit(&line->cell);
	free(line->rec);
	free(line->starts);
}

static unsigned int word_at(unsigned int offset)
{
	unsigned int word = offset / sizeof(u64);

	return word < LAST_WORD ? word : LAST_WORD;
}

/* A field is in one word of the record, a name in several. */
static void enter_field(struct mms_line *line, const struct mms_field *field, u64 column)
{
	unsigned int i;

	for (i = 0; i < field->size; i += sizeof(u64))
		line->columns[word_at(field->offset + i)] |= column;
}

/* Put a column behind the words it comes from. */
static void enter(struct mms_line *line, const struct mms_model *model,
		  const struct mms_field *field, u64 column)
{
	unsigned int i;

	if (field->size)
		enter_field(line, field, column);
	else
		line->columns[field->reads || field->span ? 0 : DERIVED] |= column;
	for (i = 0; i < field->span; i += sizeof(u64))
		line->columns[word_at(field->offset + i)] |= column;
	for (i = 0; i < model->nr_wire; i++)
		if (field->reads >> i & 1)
			enter_field(line, &model->fields[i], column);
}

int mms_line_reset(struct mms_render *r)
{
	struct mms_line *line = &r->line;
	unsigned int i;

	free(line->rec);
	free(line->starts);
	line->rec = calloc(1, r->section->model->rec_size + sizeof(u64));
	line->starts = calloc(r->nr_columns + 1, sizeof(*line->starts));
	memset(line->columns, 0, sizeof(line->columns));
	for (i = 0; i < r->nr_columns && i < 64; i++)
		enter(line, r->section->model, r->columns[i].field, BIT(i));
	line->text.len = 0;
	line->all = r->nr_columns < 64 ? BIT(r->nr_columns) - 1 : ~0ULL;
	line->valid = false;
	return line->rec && line->starts ? 0 : -ENOMEM;
}

/* The columns that come from a word that is not what it was; no record ends in half a word. */
static u64 compare(struct mms_line *line, const struct mms_model *model, const void *rec)
{
	unsigned int nr = model->rec_size / sizeof(u64), i;
	u64 columns = line->columns[DERIVED], word;

	for (i = 0; i < nr; i++) {
		memcpy(&word, (const char *)rec + i * sizeof(word), sizeof(word));
		if (line->rec[i] == word)
			continue;
		line->rec[i] = word;
		columns |= line->columns[i < LAST_WORD ? i : LAST_WORD];
	}
	return columns;
}

static __always_inline bool same(const struct mms_value *a, const struct mms_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == MMS_VALUE_NUM)
		return a->num == b->num && a->num2 == b->num2;
	return a->type != MMS_VALUE_TEXT || (a->num && a->num == b->num);
}

static __always_inline void get(const struct mms_column *c, const struct mms_row *row, u64 absent,
		       struct mms_value *ret_value)
{
	const struct mms_field *f = c->field;

	ret_value->type = MMS_VALUE_NUM;
	ret_value->num = 0;
	ret_value->num2 = 0;
	if (c->na)
		ret_value->type = MMS_VALUE_NA;
	else if (!f->size)
		f->get(row, ret_value);
	else if (absent >> c->number & 1)
		ret_value->type = MMS_VALUE_NONE;
	else
		mms_field_load(f, row->rec, ret_value);
}

/* Make a column longer or shorter, from its end. */
static void stretch(struct mms_render *r, unsigned int column, size_t len)
{
	struct mms_line *line = &r->line;
	size_t end = line->starts[column + 1], rest = line->text.len - end;
	size_t shift = len - (end - line->starts[column]);	/* may wrap, and back */
	unsigned int i;

	mms_out_pad(&line->text, ' ', len);	/* room for it */
	line->text.len -= len;
	if (line->text.error)
		return;
	memmove(line->text.buf + (end + shift), line->text.buf + end, rest);
	for (i = column + 1; i <= r->nr_columns; i++)
		line->starts[i] += shift;
	line->text.len += shift;
}

static void replace(struct mms_render *r, struct mms_column *c, const struct mms_row *row,
		    mms_column_fn *render)
{
	unsigned int i = c - r->columns;
	struct mms_line *line = &r->line;
	struct mms_out *cell = &line->cell;

	cell->len = 0;
	render(r, c, row->ctx, cell);
	if (!line->valid || cell->len + c->key_len != line->starts[i + 1] - line->starts[i])
		stretch(r, i, cell->len + c->key_len);
	if (line->text.error || cell->error)
		return;
	if (!line->valid)
		memcpy(line->text.buf + line->starts[i], c->key, c->key_len);
	memcpy(line->text.buf + line->starts[i] + c->key_len, cell->buf, cell->len);
}

static __always_inline bool patch(struct mms_render *r, struct mms_column *c,
			 const struct mms_value *value)
{
	const struct mms_line *line = &r->line;
	unsigned int i = c - r->columns;
	size_t start = line->starts[i] + c->key_len;

	if (!c->patch || !line->valid || c->last.type != MMS_VALUE_NUM ||
	    value->type != MMS_VALUE_NUM)
		return false;
	c->last.num = value->num;
	return c->patch(line->text.buf + start, line->starts[i + 1] - start, value->num);
}

static __always_inline void update(struct mms_render *r, struct mms_column *c,
				   const struct mms_row *row, u64 absent,
				   mms_column_fn *render)
{
	struct mms_value value;

	get(c, row, absent, &value);
	if (r->line.valid && same(&value, &c->last))
		return;
	if (!patch(r, c, &value)) {
		c->last = value;
		replace(r, c, row, render);
	}
}

const char *mms_line_make(struct mms_render *r, const struct mms_row *row, mms_column_fn *render,
			  size_t *ret_len)
{
	const struct mms_model *model = r->section->model;
	struct mms_line *line = &r->line;
	u64 columns = compare(line, model, row->rec);
	u64 absent = model->absent ? model->absent(row) : 0;
	unsigned int i;

	if (!line->valid || absent != line->absent)
		columns = line->all;
	for (; columns; columns &= columns - 1)
		update(r, &r->columns[__builtin_ctzll(columns)], row, absent, render);
	for (i = 64; i < r->nr_columns; i++)
		update(r, &r->columns[i], row, absent, render);
	if (line->text.error || line->cell.error) {
		r->out.error = ENOMEM;
		return NULL;
	}
	line->absent = absent;
	line->valid = true;
	*ret_len = line->text.len;
	return line->text.buf;
}
