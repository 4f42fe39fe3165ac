// SPDX-License-Identifier: GPL-2.0-only
/* What the renderers share: the document, its sections and their columns. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../lib/err.h"
#include "line.h"
#include "render.h"

int mms_render_init(struct mms_render *r, const struct mms_render_opts *opts, const char *schema)
{
	memset(r, 0, sizeof(*r));
	r->opts = *opts;
	snprintf(r->schema, sizeof(r->schema), "%s", schema);
	r->ops = opts->json ? &mms_render_json : &mms_render_table;
	if (mms_out_init(&r->out, STDOUT_FILENO))
		return -ENOMEM;
	if (mms_line_init(&r->line))
		goto no_line;
	if (!r->ops->init(r))
		return 0;
	mms_line_deinit(&r->line);
no_line:
	mms_out_deinit(&r->out);
	return -ENOMEM;
}

int mms_render_deinit(struct mms_render *r)
{
	int ret;

	if (r->begun)
		r->ops->end(r);
	ret = mms_out_flush(&r->out);
	r->ops->deinit(r);
	mms_line_deinit(&r->line);
	mms_out_deinit(&r->out);
	free(r->columns);
	return ret;
}

static bool is_missing(const struct mms_render *r, const struct mms_column *c)
{
	const struct mms_model *of = r->section->of;
	int number = c->number;

	if (!r->ctx)
		return false;
	if (of)
		number = mms_model_field(of, c->field->name, strlen(c->field->name));
	if (of && number < 0 && !c->field->size)
		return mms_needs_missing(r->ctx, c->field->needs);
	return number >= 0 && mms_field_missing(r->ctx, of ?: r->section->model, number);
}

static void update_columns(struct mms_render *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_columns; i++)
		r->columns[i].na = is_missing(r, &r->columns[i]);
	r->line.valid = false;
}

void mms_render_stream(struct mms_render *r, const struct mms_ctx *ctx)
{
	r->ctx_copy = *ctx;
	r->ctx_copy.symbols = NULL;
	r->ctx = &r->ctx_copy;
	if (r->section && r->section->model)
		update_columns(r);
}

static void add_column(struct mms_render *r, const struct mms_model *model, unsigned int number)
{
	r->columns[r->nr_columns++] = (struct mms_column){
		.field = &model->fields[number], .number = number,
	};
}

/* JSON without -o: everything but what says the same again for people. */
static bool json_default(unsigned int unit)
{
	return unit != MMS_UNIT_range && unit != MMS_UNIT_letters && unit != MMS_UNIT_kpfletters;
}

static int set_columns(struct mms_render *r, const struct mms_section *s)
{
	const struct mms_model *model = s->model;
	const char *spec = s->columns, *p;
	size_t nr = model->nr, len, i;
	int number;

	for (p = spec; p && (p = strchr(p, ',')); p++)
		nr++;
	free(r->columns);
	r->nr_columns = 0;
	r->columns = calloc(nr + 1, sizeof(*r->columns));
	if (!r->columns)
		return -ENOMEM;
	if (!spec && r->opts.json) {
		for (i = 0; i < model->nr; i++)
			if (json_default(model->fields[i].unit))
				add_column(r, model, i);
		return 0;
	}
	for (p = spec ? spec : model->defaults; *p; p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		number = mms_model_field(model, p, len);
		if (number < 0)
			return -EINVAL;
		add_column(r, model, number);
	}
	return 0;
}

int mms_render_open(struct mms_render *r, const struct mms_section *section)
{
	int ret;

	r->section = section;
	r->nr_rows = 0;
	r->nr_columns = 0;
	if (section->model) {
		ret = set_columns(r, section);
		if (ret)
			return ret;
		if (mms_line_reset(r))
			return -ENOMEM;
		update_columns(r);
	}
	if (!r->begun)
		r->ops->begin(r);
	r->begun = true;
	r->ops->open(r);
	return 0;
}

void mms_render_row(struct mms_render *r, const struct mms_row *row)
{
	r->ops->row(r, row);
	r->nr_rows++;
}

void mms_render_line(struct mms_render *r, const char *fmt, ...)
{
	va_list ap;
	char *text;
	size_t n;

	va_start(ap, fmt);
	text = mms_vformat(&n, fmt, ap);
	va_end(ap);
	if (text)
		r->ops->line(r, text, n);
	else
		r->out.error = ENOMEM;
	r->nr_rows++;
	free(text);
}

void mms_render_close(struct mms_render *r)
{
	r->ops->close(r);
	r->nr_sections++;
	r->section = NULL;
}

int mms_render_flush(struct mms_render *r)
{
	if (r->ops->settle && r->section && r->nr_rows)
		r->ops->settle(r);
	return mms_out_flush(&r->out);
}

void mms_render_tail(struct mms_render *r, const struct mms_end *end, bool ended)
{
	if (end->flags & MMS_END_RESTARTED)
		mms_warn("a list changed so that it was begun anew: some of it may be shown twice");
	if (end->flags & MMS_END_CAPPED)
		mms_warn("a list changed too fast and was given up: there is more on it");
	r->ops->tail(r, end, ended);
}

void mms_render_list(struct mms_render *r, const struct mms_model *model)
{
	unsigned int i;

	for (i = 0; i < model->nr; i++) {
		const struct mms_field *f = &model->fields[i];

		mms_out_printf(&r->out, "%-16s %-10s %s\n", f->name,
			       mms_unit_name(f->unit), f->desc);
	}
}

void mms_render_text(struct mms_render *r, const char *text)
{
	mms_out_str(&r->out, text);
}

int mms_columns_parse(const struct mms_model *model, const char *spec, const char *defaults,
		      char **ret_columns, const char **ret_bad)
{
	const char *p = spec + (*spec == '+');
	char *columns;
	size_t len;

	if (!*p) {
		*ret_bad = spec;
		return -EINVAL;
	}
	for (; *p; p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		if (mms_model_field(model, p, len) < 0 || (p[len] && !p[len + 1])) {
			*ret_bad = p;
			return -EINVAL;
		}
	}
	if (*spec == '+') {
		if (asprintf(&columns, "%s,%s", defaults, spec + 1) < 0)
			return -ENOMEM;
	} else {
		columns = strdup(spec);
		if (!columns)
			return -ENOMEM;
	}
	*ret_columns = columns;
	return 0;
}
