// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones: nodes and zones. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/words.h"
#include "model/vocab.h"
#include "model/zones.h"

struct zones {
	unsigned int row;	/* which are shown now */
	bool all;		/* also zones without memory */
};

static bool keep(struct mms_stream *stream, void *data)
{
	const struct mms_zones_rec *rec = stream->row.rec;
	const struct zones *z = data;

	return rec->row == z->row &&
	       (z->all || rec->row != MMS_ZONE_ROW_zone || rec->present);
}

static int one_row(void *data, const char *word, size_t len)
{
	int row = mms_word_find(MMS_UNIT_zonerow, word, len);

	if (row < 0)
		return mms_err(MMS_EXIT_USAGE, "--rows: no rows '%.*s': node, zone, cpu, counter, distance",
			       (int)len, word);
	*(unsigned int *)data |= BIT(row);
	return 0;
}

/* Rows of one kind are a section: each kind has columns of its own. */
static int show_kind(const struct mms_cmdline *cl, struct mms_render *r, unsigned int row,
		     const char *columns)
{
	static const char *const names[MMS_NR_ZONE_ROWS] = {
		[MMS_ZONE_ROW_node] = "nodes", [MMS_ZONE_ROW_zone] = "zones",
		[MMS_ZONE_ROW_cpu] = "cpus", [MMS_ZONE_ROW_counter] = "counters",
		[MMS_ZONE_ROW_distance] = "distances",
	};
	static const char *const titles[MMS_NR_ZONE_ROWS] = {
		[MMS_ZONE_ROW_node] = "Nodes", [MMS_ZONE_ROW_zone] = "Zones",
		[MMS_ZONE_ROW_cpu] = "Free pages kept by CPUs", [MMS_ZONE_ROW_counter] = "Counters",
		[MMS_ZONE_ROW_distance] = "Distances",
	};
	struct zones z = { .row = row, .all = r->opts.json };
	struct mms_show show = {
		.feed = { .model = &mms_model_zones },
		.section = { .name = names[row], .model = &mms_model_zones, .columns = columns },
		.keep = keep, .data = &z,
	};

	if (mms_cl_set(cl, MMS_OPT_LIST) || r->nr_sections)
		show.section.title = titles[row];
	if (!columns && !r->opts.json)
		show.section.columns = mms_zones_columns(row);
	return mms_cl_show(cl, r, &show);
}

int mms_cmd_zones(const struct mms_cmdline *cl)
{
	const char *from = cl->val[MMS_OPT_FROM];
	unsigned int rows = BIT(MMS_ZONE_ROW_zone), i;
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_set(cl, MMS_OPT_LIST))
		rows = BIT(MMS_NR_ZONE_ROWS) - 1;
	if (mms_cl_set(cl, MMS_OPT_ROWS)) {
		rows = 0;
		ret = mms_words_each(cl->val[MMS_OPT_ROWS], one_row, &rows);
		if (ret)
			return ret;
	}
	if (from && !strcmp(from, "-") && rows & (rows - 1))
		return mms_err(MMS_EXIT_USAGE, "standard input is read once: choose rows of one kind");
	if (mms_cl_render(cl, &mms_model_zones, &r, &columns, &err))
		return mms_err_say(&err);
	/* what is typed is for all kinds of rows; else each has its own */
	if (!mms_cl_set(cl, MMS_OPT_OUTPUT)) {
		free(columns);
		columns = NULL;
	}
	for (i = 0, ret = MMS_EXIT_OK; i < MMS_NR_ZONE_ROWS && !ret; i++)
		if (rows & BIT(i))
			ret = show_kind(cl, &r, i, columns);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
