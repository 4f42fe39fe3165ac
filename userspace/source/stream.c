// SPDX-License-Identifier: GPL-2.0-only
/* Which source a view comes from, and what all sources share. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "parts.h"
#include "raw.h"
#include "../lib/sysfile.h"
#include "../model/mounts.h"
#include "../model/vocab.h"

/* Best first. */
static const struct mms_source_ops *const sources[] = {
	&mms_source_module,
	&mms_source_procfs,
};

void mms_stream_lacks(struct mms_stream *stream, u64 fields, const char *why)
{
	struct mms_ctx *ctx = &stream->ctx;
	struct mms_missing *m = &ctx->missing[ctx->nr_missing];

	if (ctx->nr_missing == MMS_MAX_MISSING)
		return;
	m->fields = fields;
	snprintf(m->why, sizeof(m->why), "%s", why);
	ctx->nr_missing++;
}

void mms_stream_header(struct mms_stream *stream)
{
	struct mms_header *h = &stream->ctx.header;
	char *text;

	*h = (struct mms_header){
		.magic = MMS_MAGIC, .abi = MMS_ABI, .header_size = sizeof(*h),
		.record_size = stream->model->rec_size, .view = stream->model->view,
		.arch = MMS_ARCH_X86_64, .levels = 4, .page_shift = 12,
		.pid = stream->query.pid, .flags = stream->query.flags,
		.phys_mask = 0x000ffffffffff000ULL,
	};
	/* The word is there only if the kernel uses five levels. */
	if (mms_sys_read(stream->args->root, &text, "/proc/cpuinfo") >= 0) {
		if (strstr(text, " la57 ") || strstr(text, " la57\n"))
			h->levels = 5;
		free(text);
	}
}

/* What is shown as it is: a zone's name, whoever wrote the file. */
static void make_word(char *zone)
{
	size_t i;

	zone[MMS_ZONE_TEXT - 1] = '\0';
	for (i = 0; zone[i]; i++)
		if (!isalnum((unsigned char)zone[i]))
			zone[i] = '?';
}

/*
 * The kernel's zones by their numbers: /proc/zoneinfo lists every zone of a node in
 * that order, also those without memory.
 */
void mms_stream_zones(struct mms_stream *stream)
{
	struct mms_ctx *ctx = &stream->ctx;
	unsigned int node, first = 0, nr = 0;
	char name[MMS_ZONE_TEXT], *text, *p;

	if (mms_sys_read(stream->args->root, &text, "/proc/zoneinfo") < 0)
		return;
	for (p = text; nr < MMS_MAX_ZONES && p; p = strstr(p + 1, "\nNode ")) {
		if (sscanf(p, " Node %u, zone %15s", &node, name) != 2)
			break;
		first = nr ? first : node;
		if (node != first)
			break;
		make_word(name);
		snprintf(ctx->zones[nr++], MMS_ZONE_TEXT, "%s", name);
	}
	free(text);
}

void mms_zones_take(struct mms_ctx *ctx, const void *saved)
{
	unsigned int i;

	memcpy(ctx->zones, saved, sizeof(ctx->zones));
	for (i = 0; i < MMS_MAX_ZONES; i++)
		make_word(ctx->zones[i]);
}

static bool has_zone(const struct mms_model *model)
{
	unsigned int i;

	for (i = 0; i < model->nr_wire; i++)
		if (model->fields[i].unit == MMS_UNIT_zone)
			return true;
	return false;
}

static const struct mms_source_ops *by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sources); i++)
		if (!strcmp(sources[i]->name, name) || (!strcmp(name, "proc") && i == 1))
			return sources[i];
	return NULL;
}

static const struct mms_source_ops *choose(const struct mms_source_args *args,
					   const struct mms_model *model, struct mms_err *err)
{
	const struct mms_source_ops *ops;
	unsigned int i;

	if (args->source) {
		ops = by_name(args->source);
		if (!(ops->views & BIT(model->view))) {
			mms_err_set(err, MMS_EXIT_MISSING,
				    "source %s cannot give %s: it needs the module (mmscope load)",
				    ops->name, model->name);
			return NULL;
		}
		return ops->probe(args->root, err) ? ops : NULL;
	}
	if (mms_source_module.probe(args->root, err))
		return &mms_source_module;
	for (i = 1; i < ARRAY_SIZE(sources); i++) {
		struct mms_err ignored;

		if ((sources[i]->views & BIT(model->view)) &&
		    sources[i]->probe(args->root, &ignored))
			return sources[i];
	}
	return NULL;
}

const void *mms_stream_beside(const struct mms_stream *stream, const char *label, size_t size)
{
	struct mms_err ignored;
	const void *rec;

	if (!stream->beside || mms_parts_one(stream->beside, label, size, &rec, &ignored))
		return NULL;
	return rec;
}

/*
 * What the records themselves do not say, of their machine and of what they lack, goes
 * before them. Those of the module lack nothing that is known now.
 */
static void save_beside(struct mms_stream *stream)
{
	struct mms_ctx *ctx = &stream->ctx;
	struct mms_memory memory;
	struct mms_parts parts;

	mms_parts_beside(&parts, stream->save, stream->args);
	if (ctx->nr_missing)
		mms_parts_put(&parts, "missing", ctx->missing, sizeof(*ctx->missing),
			      ctx->nr_missing);
	if (has_zone(stream->model)) {
		mms_stream_zones(stream);
		mms_parts_put(&parts, "zones", ctx->zones, sizeof(ctx->zones), 1);
	}
	if (stream->model->view == MMS_VIEW_pfns && !mms_memory_read(stream->args->root, &memory))
		mms_parts_put(&parts, "memory", &memory, sizeof(memory), 1);
	free(parts.buf);
	/* The module's bytes go to the file without the buffer. */
	mms_save_flush(stream->save);
}

static void take_beside(struct mms_stream *stream)
{
	struct mms_ctx *ctx = &stream->ctx;
	const void *zones = mms_stream_beside(stream, "zones", sizeof(ctx->zones));
	const struct mms_missing *missing;
	struct mms_err ignored;
	const void *recs;
	size_t i, nr;

	if (zones)
		mms_zones_take(ctx, zones);
	if (!stream->beside ||
	    mms_parts_get(stream->beside, "missing", sizeof(*missing), &recs, &nr, &ignored))
		return;
	for (i = 0, missing = recs; i < nr; i++) {
		char why[sizeof(missing[i].why)];

		snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, missing[i].why);
		mms_stream_lacks(stream, missing[i].fields, why);
	}
}

int mms_stream_open(struct mms_stream *stream, const struct mms_source_args *args,
		    const struct mms_model *model, const struct mms_query *query,
		    struct mms_err *err)
{
	memset(stream, 0, sizeof(*stream));
	stream->model = model;
	stream->args = args;
	stream->query = *query;
	stream->query.size = sizeof(stream->query);
	stream->row.ctx = &stream->ctx;
	stream->ops = args->from ? &mms_source_capture : choose(args, model, err);
	if (!stream->ops)
		return -1;
	stream->ctx.source = stream->ops->name;
	if (args->save && stream->ops != &mms_source_capture) {
		stream->save = mms_save_open(args->save, args->append, err);
		if (!stream->save)
			return -1;
		if (model != &mms_model_maps && query->pid)
			mms_save_names(stream->save, args, query->pid);
		/* The module's bytes are copied as they are read; other sources make records. */
		if (stream->ops == &mms_source_module)
			save_beside(stream);
	}
	if (stream->ops->open(stream, err)) {
		struct mms_err ignored;

		if (stream->save)
			mms_save_close(stream->save, &ignored);
		return -1;
	}
	stream->ctx.arch = mms_arch_of(stream->ctx.header.arch);
	if (stream->ops == &mms_source_capture)
		take_beside(stream);
	else if (has_zone(stream->model))
		mms_stream_zones(stream);
	if (stream->ops != &mms_source_capture && model->view == MMS_VIEW_files)
		stream->ctx.mounts = mms_mounts_load(args->root);
	if (stream->save && stream->ops != &mms_source_module) {
		save_beside(stream);
		mms_save_header(stream->save, &stream->ctx.header);
	}
	return 0;
}

int mms_stream_next(struct mms_stream *stream, struct mms_err *err)
{
	int ret = stream->ops->next(stream, err);

	if (ret > 0)
		stream->rows++;
	if (!stream->save || stream->ops == &mms_source_module)
		return ret;
	if (ret > 0)
		mms_save_row(stream->save, stream->row.rec, stream->model->rec_size,
			     stream->row.text, stream->row.len);
	else if (!ret && stream->ended)
		mms_save_end(stream->save, &stream->end);
	return ret;
}

void mms_stream_close(struct mms_stream *stream)
{
	struct mms_err err;

	stream->ops->close(stream);
	mms_mounts_destroy(stream->ctx.mounts);
	if (stream->beside)
		mms_parts_close(stream->beside, &err);
	free(stream->beside);
	if (stream->save && mms_save_close(stream->save, &err))
		mms_err_say(&err);
}
