// SPDX-License-Identifier: GPL-2.0-only
/* mmscope pgtable: what the page tables of a process hold. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/words.h"

/**
 * struct filters - what is shown
 * @kpf: by page flags
 * @entry: by entry bits, of which @spec is the text: what the names mean depends
 *	on the kernel, which the stream's header tells
 * @spec: see @entry
 * @resolved: @entry is for the stream's kernel
 */
struct filters {
	struct mms_filters kpf;
	struct mms_filter entry;
	const char *spec;
	bool resolved;
};

static bool pass_entry(struct mms_stream *stream, struct filters *f, u64 entry)
{
	const char *bad;

	if (!f->spec)
		return true;
	if (!f->resolved)
		mms_filter_entry(stream->ctx.arch, f->spec, stream->ctx.header.bits, &f->entry,
				 &bad);
	f->resolved = true;
	return mms_filter_pass(&f->entry, entry);
}

static bool in_range(const struct mms_query *q, u64 start, u64 size)
{
	return start + size - 1 >= q->start && (!q->end || start < q->end);
}

/*
 * The module has done this already, but for "any of these flags" and bits that
 * differ between kernels; a saved stream or another source has not.
 */
static bool keep(struct mms_stream *stream, void *data)
{
	const struct mms_pgtable_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	struct filters *f = data;

	if (!pass_entry(stream, f, rec->entry))
		return false;
	if (f->kpf.nr &&
	    (!(rec->rec.flags & MMS_RF_FOLIO) || !mms_filters_pass(&f->kpf, rec->kpf)))
		return false;
	if (stream->ops == &mms_source_module)
		return true;
	if (q->levels && !(q->levels >> rec->level & 1))
		return false;
	if (q->kinds && !(q->kinds >> rec->kind & 1))
		return false;
	return in_range(q, rec->start, rec->count *
			mms_level_size(&stream->ctx.header, rec->level));
}

static bool filters_any(const struct mms_feed *feed, const struct filters *f)
{
	return feed->address || feed->query.levels || feed->query.kinds || f->kpf.nr || f->spec;
}

static bool keep_entry(struct mms_stream *stream, void *data)
{
	const struct mms_entries_rec *rec = stream->row.rec;
	const struct mms_query *q = &stream->query;
	struct filters *f = data;

	if (!pass_entry(stream, f, rec->entry))
		return false;
	if (stream->ops == &mms_source_module)
		return true;
	if (q->levels && !(q->levels >> rec->level & 1))
		return false;
	return in_range(q, rec->start, mms_level_size(&stream->ctx.header, rec->level));
}

static int set_flags(const struct mms_cmdline *cl, struct mms_query *q, struct mms_err *err)
{
	static const struct {
		enum mms_opt_id opt;
		u32 flag;
	} flags[] = {
		{ MMS_OPT_NO_MERGE, MMS_Q_NO_MERGE },
		{ MMS_OPT_TABLES, MMS_Q_TABLES },
		{ MMS_OPT_NO_FOLIO, MMS_Q_NO_FOLIO },
		{ MMS_OPT_KERNEL, MMS_Q_KERNEL },
		{ MMS_OPT_USER_PGD, MMS_Q_USER_PGD },
	};
	const char *merge = cl->val[MMS_OPT_MERGE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (mms_cl_set(cl, flags[i].opt))
			q->flags |= flags[i].flag;
	if (!merge)
		return 0;
	if (q->flags & MMS_Q_NO_MERGE)
		return mms_err_set(err, MMS_EXIT_USAGE, "--merge and --no-merge exclude each other");
	if (!strcmp(merge, "attr"))
		q->flags |= MMS_Q_MERGE_ATTR;
	else if (strcmp(merge, "step"))
		return mms_err_set(err, MMS_EXIT_USAGE, "--merge %s: not step or attr", merge);
	return 0;
}

static int set_filters(const struct mms_cmdline *cl, struct mms_query *q, struct filters *f,
		       struct mms_err *err)
{
	const char *entry = cl->val[MMS_OPT_ENTRY_BITS], *bad = entry;

	if (mms_cl_kpf(cl, q, &f->kpf, err))
		return -1;
	if (f->kpf.nr && (q->flags & MMS_Q_NO_FOLIO))
		return mms_err_set(err, MMS_EXIT_USAGE, "-b and --no-folio exclude each other");
	if (entry && mms_filter_entry(&mms_arch_x86, entry, ~0ULL, &f->entry, &bad))
		return mms_err_set(err, MMS_EXIT_USAGE, "--entry-bits: no bit '%.*s'",
				   (int)strcspn(bad, ","), bad);
	f->spec = entry;
	q->entry_mask = f->entry.mask;
	q->entry_value = f->entry.value;
	return 0;
}

static int make_query(const struct mms_cmdline *cl, struct mms_query *q, struct filters *f,
		      struct mms_err *err)
{
	if (mms_cl_words(cl->val[MMS_OPT_LEVEL], MMS_UNIT_level, "level", &q->levels, err) ||
	    mms_cl_words(cl->val[MMS_OPT_KIND], MMS_UNIT_kind, "kind", &q->kinds, err) ||
	    set_flags(cl, q, err) || set_filters(cl, q, f, err))
		return -1;
	return 0;
}

static int check_entries(const struct mms_cmdline *cl, struct mms_err *err)
{
	static const enum mms_opt_id not[] = {
		MMS_OPT_KIND, MMS_OPT_BITS, MMS_OPT_NO_MERGE, MMS_OPT_MERGE, MMS_OPT_NO_FOLIO,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(not); i++)
		if (mms_cl_set(cl, not[i]))
			return mms_err_set(err, MMS_EXIT_USAGE,
					   "--raw-entries looks at entries alone: no --%s",
					   mms_opts[not[i]].name);
	return 0;
}

int mms_cmd_pgtable(const struct mms_cmdline *cl)
{
	bool raw = mms_cl_set(cl, MMS_OPT_RAW_ENTRIES);
	const struct mms_model *model = raw ? &mms_model_entries : &mms_model_pgtable;
	struct filters filters = { .kpf.nr = 0 };
	struct mms_show show = {
		.feed = { .model = model, .address = cl->val[MMS_OPT_ADDRESS] },
		.section = { .name = "rows", .model = model },
		.keep = raw ? keep_entry : keep, .data = &filters,
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if ((raw && check_entries(cl, &err)) ||
	    make_query(cl, &show.feed.query, &filters, &err) ||
	    mms_cl_render(cl, model, &r, &columns, &err))
		return mms_err_say(&err);
	show.section.columns = columns;
	if (!filters_any(&show.feed, &filters))
		show.keep = NULL;
	ret = mms_cl_show(cl, &r, &show);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
