// SPDX-License-Identifier: GPL-2.0-only
/* JSON, written as the rows come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "render.h"
#include "../lib/escape.h"
#include "../model/vocab.h"

struct json {
	struct mms_out streams;	/* what tail() was told, for the end */
	unsigned int nr_streams;
};

static void string(struct mms_out *out, const char *text)
{
	mms_out_char(out, '"');
	mms_escape_json(out, text, strlen(text));
	mms_out_char(out, '"');
}

static int json_init(struct mms_render *r)
{
	struct json *j = calloc(1, sizeof(*j));

	if (!j || mms_out_init(&j->streams, -1)) {
		free(j);
		return -1;
	}
	r->priv = j;
	return 0;
}

static void json_deinit(struct mms_render *r)
{
	struct json *j = r->priv;

	mms_out_deinit(&j->streams);
	free(j);
}

/* What the stream cannot give: field -> reason. */
static void missing(struct mms_render *r, const struct mms_model *model)
{
	struct mms_out *out = &r->out;
	bool any = false;
	unsigned int i;

	mms_out_str(out, ",\"missing\":{");
	for (i = 0; i < model->nr; i++) {
		const char *why = mms_field_missing(r->ctx, model, i);

		if (!why)
			continue;
		if (any)
			mms_out_char(out, ',');
		any = true;
		string(out, model->fields[i].key);
		mms_out_char(out, ':');
		string(out, why);
	}
	mms_out_char(out, '}');
}

static void json_begin(struct mms_render *r)
{
	const struct mms_ctx *ctx = r->ctx;
	struct mms_out *out = &r->out;

	if (r->opts.lines)
		return;
	mms_out_str(out, "{\"schema\":");
	string(out, r->schema);
	mms_out_str(out, ",\"version\":1");
	if (!ctx)
		return;
	mms_out_str(out, ",\"source\":");
	string(out, ctx->source);
	/* What happened has neither page tables nor a machine. */
	if (ctx->arch)
		mms_out_printf(out, ",\"arch\":\"%s\",\"levels\":%u,\"page_bytes\":%llu",
			       ctx->arch->name, ctx->header.levels,
			       1ULL << (ctx->header.page_shift & 63));
	if (r->section->model && r->section->model->view)
		missing(r, r->section->model);
}

static void make_keys(struct mms_render *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_columns; i++) {
		struct mms_column *c = &r->columns[i];

		c->patch = mms_json_patch(c->field->unit);
		c->key_len = snprintf(c->key, sizeof(c->key), "%s\"%s\":", i ? "," : "{",
				      c->field->key);
	}
}

static void json_open(struct mms_render *r)
{
	struct mms_out *out = &r->out;

	make_keys(r);
	if (r->opts.lines)
		return;
	mms_out_str(out, ",\n");
	string(out, r->section->name);
	mms_out_char(out, ':');
	if (r->section->type != MMS_SECTION_OBJECT)
		mms_out_char(out, '[');
}

static void column(struct mms_render *r __unused, struct mms_column *c,
		   struct mms_ctx *ctx, struct mms_out *out)
{
	mms_format_json(out, ctx, c->field, &c->last);
}

static void json_row(struct mms_render *r, const struct mms_row *row)
{
	struct mms_out *out = &r->out;
	const char *line;
	size_t len;

	line = mms_line_make(r, row, column, &len);
	if (!line)
		return;
	if (r->opts.lines && r->section->type == MMS_SECTION_OBJECT) {
		mms_out_char(out, '{');
		string(out, r->section->name);
		mms_out_char(out, ':');
	} else if (!r->opts.lines && r->section->type == MMS_SECTION_TABLE) {
		mms_out_str(out, r->nr_rows ? ",\n" : "\n");
	}
	mms_out_mem(out, line, len);
	mms_out_char(out, '}');
	if (r->opts.lines)
		mms_out_str(out, r->section->type == MMS_SECTION_OBJECT ? "}\n" : "\n");
}

static void json_line(struct mms_render *r, const char *text, size_t len)
{
	struct mms_out *out = &r->out;

	if (!r->opts.lines)
		mms_out_str(out, r->nr_rows ? ",\n" : "\n");
	mms_out_char(out, '"');
	mms_escape_json(out, text, len);
	mms_out_char(out, '"');
	if (r->opts.lines)
		mms_out_char(out, '\n');
}

static void json_close(struct mms_render *r)
{
	if (r->opts.lines)
		return;
	if (r->section->type != MMS_SECTION_OBJECT)
		mms_out_str(&r->out, "\n]");
	else if (!r->nr_rows)
		mms_out_str(&r->out, "null");
}

static const char *yes_no(bool yes)
{
	return yes ? "true" : "false";
}

static void json_tail(struct mms_render *r, const struct mms_end *end, bool ended)
{
	struct json *j = r->priv;
	const struct mms_ctx *ctx = r->ctx;

	mms_out_printf(&j->streams, "%s{\"pid\":%d,\"source\":\"%s\",\"complete\":%s,\"raced\":%s,"
		       "\"restarted\":%s,\"capped\":%s,\"rows\":%llu,\"chunks\":%u,\"max_hold_ns\":%u}",
		       j->nr_streams++ ? "," : "", ctx->header.pid, ctx->source, yes_no(ended),
		       yes_no(end->flags & MMS_END_RACED), yes_no(end->flags & MMS_END_RESTARTED),
		       yes_no(end->flags & MMS_END_CAPPED), (unsigned long long)end->rows,
		       end->chunks, end->max_hold_ns);
}

static void json_end(struct mms_render *r)
{
	struct json *j = r->priv;

	if (r->opts.lines)
		return;
	if (j->nr_streams) {
		mms_out_str(&r->out, ",\n\"streams\":[");
		mms_out_mem(&r->out, j->streams.buf, j->streams.len);
		mms_out_char(&r->out, ']');
	}
	mms_out_str(&r->out, "}\n");
}

const struct mms_render_ops mms_render_json = {
	.name = "json",
	.init = json_init,
	.begin = json_begin,
	.open = json_open,
	.row = json_row,
	.line = json_line,
	.close = json_close,
	.tail = json_tail,
	.end = json_end,
	.deinit = json_deinit,
};
