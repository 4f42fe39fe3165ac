// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check --system: buddy with buddyinfo and pagetypeinfo, zones with zoneinfo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "model/vocab.h"
#include "model/zones.h"

/* ---- a stream as a list of rows ---------------------------------------------- */

struct name {
	char text[48];
};

/**
 * struct side - all rows of a stream
 * @s: the stream, still open: its context names what it lacks
 * @rec: its rows, @nr of @size bytes each
 * @nr: see @rec
 * @size: see @rec
 * @text: the text of each, or ""
 */
struct side {
	struct mms_stream *s;
	char *rec;
	size_t nr, size;
	struct name *text;
};

static void side_free(struct side *d)
{
	mms_check_close(d->s);
	free(d->rec);
	free(d->text);
}

static int side_add(struct side *d, const struct mms_row *row)
{
	struct name *text;
	char *rec;

	if (!(d->nr & (d->nr - 1))) {
		rec = realloc(d->rec, (d->nr ? d->nr * 2 : 1) * d->size);
		if (rec)
			d->rec = rec;
		text = realloc(d->text, (d->nr ? d->nr * 2 : 1) * sizeof(*text));
		if (text)
			d->text = text;
		if (!rec || !text)
			return -1;
	}
	memcpy(d->rec + d->nr * d->size, row->rec, d->size);
	snprintf(d->text[d->nr++].text, sizeof(d->text->text), "%.*s", (int)row->len, row->text ?: "");
	return 0;
}

static int side_read(struct side *d, const struct mms_source_args *args,
		     const struct mms_model *model, struct mms_err *err)
{
	const struct mms_query query = { .size = sizeof(query) };
	int ret;

	d->size = model->rec_size;
	d->s = mms_check_open(args, model, &query, err);
	if (!d->s)
		return -1;
	while ((ret = mms_stream_next(d->s, err)) > 0)
		if (side_add(d, &d->s->row))
			return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	return ret;
}

static int read_both(const struct mms_check_list *list, const struct mms_model *model,
		     const struct mms_source_args *theirs_args, struct side *ours,
		     struct side *theirs, struct mms_err *err)
{
	*ours = *theirs = (struct side){ .s = NULL };
	if (list->theirs_first && side_read(theirs, theirs_args, model, err))
		return -1;
	if (side_read(ours, &mms_check_ours, model, err))
		return -1;
	return !list->theirs_first && side_read(theirs, theirs_args, model, err) ? -1 : 0;
}

/* ---- buddy ------------------------------------------------------------------- */

static u64 blocks_of(const struct side *d, const struct mms_buddy_rec *key, bool types)
{
	u64 blocks = 0;
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct mms_buddy_rec *rec = (const void *)(d->rec + i * d->size);

		if (rec->node == key->node && rec->zone == key->zone && rec->order == key->order &&
		    (!types || rec->type == key->type))
			blocks += rec->blocks;
	}
	return blocks;
}

/* The first row of its kind, so that each place is compared once. */
static bool first_of(const struct side *d, size_t at, bool types)
{
	const struct mms_buddy_rec *key = (const void *)(d->rec + at * d->size);
	size_t i;

	for (i = 0; i < at; i++) {
		const struct mms_buddy_rec *rec = (const void *)(d->rec + i * d->size);

		if (rec->node == key->node && rec->zone == key->zone && rec->order == key->order &&
		    (!types || rec->type == key->type))
			return false;
	}
	return true;
}

static void compare_blocks(const struct mms_check_round *round, struct mms_check_list *list,
			   const struct side *ours, const struct side *theirs,
			   const struct mms_buddy_rec *key, bool types)
{
	char where[64], zone[MMS_ZONE_TEXT];

	snprintf(where, sizeof(where), "node %d %s order %u%s%s", key->node,
		 mms_zone_word(&ours->s->ctx, key->zone, zone), key->order, types ? " " : "",
		 types ? mms_word(MMS_UNIT_migratetype, key->type) : "");
	mms_check_place(list, round, where, "blocks", blocks_of(ours, key, types),
			blocks_of(theirs, key, types));
}

static int buddy_run(const struct mms_check_round *round, const struct mms_source_args *args,
		     bool types, struct mms_check_list *list, struct mms_err *err)
{
	struct side ours, theirs;
	size_t i;
	int ret;

	ret = read_both(list, &mms_model_buddy, args, &ours, &theirs, err);
	for (i = 0; !ret && i < ours.nr; i++)
		if (first_of(&ours, i, types))
			compare_blocks(round, list, &ours, &theirs,
				       (const void *)(ours.rec + i * ours.size), types);
	/* what only the file has */
	for (i = 0; !ret && i < theirs.nr; i++) {
		const struct mms_buddy_rec *key = (const void *)(theirs.rec + i * theirs.size);

		if (first_of(&theirs, i, types) && !blocks_of(&ours, key, types))
			compare_blocks(round, list, &ours, &theirs, key, types);
	}
	side_free(&ours);
	side_free(&theirs);
	return ret;
}

static int buddyinfo_run(const struct mms_check_round *round, s32 pid __unused,
			 u64 start __unused, u64 end __unused, struct mms_check_list *list,
			 struct mms_err *err)
{
	static const struct mms_source_args args = {
		.source = "procfs", .root = "", .file = "buddyinfo",
	};

	return buddy_run(round, &args, false, list, err);
}

static int pagetypeinfo_run(const struct mms_check_round *round, s32 pid __unused,
			    u64 start __unused, u64 end __unused, struct mms_check_list *list,
			    struct mms_err *err)
{
	return buddy_run(round, &mms_check_theirs, true, list, err);
}

const struct mms_check_round mms_check_buddyinfo = {
	.name = "buddy", .file = "buddyinfo", .run = buddyinfo_run,
};

const struct mms_check_round mms_check_pagetypeinfo = {
	.name = "buddy", .file = "pagetypeinfo", .run = pagetypeinfo_run,
};

/* ---- zones ------------------------------------------------------------------- */

/* The file has no row for a node, and no counter but as it stands in the zone. */
static const struct mms_zones_rec *same_row(const struct side *d, const struct side *of, size_t at)
{
	const struct mms_zones_rec *key = (const void *)(of->rec + at * of->size);
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct mms_zones_rec *rec = (const void *)(d->rec + i * d->size);

		if (rec->row == key->row && rec->node == key->node && rec->zone == key->zone &&
		    rec->cpu == key->cpu && rec->to_node == key->to_node &&
		    !strcmp(d->text[i].text, of->text[at].text))
			return rec;
	}
	return NULL;
}

static void compare_row(const struct mms_check_round *round, struct mms_check_list *list,
			const struct side *theirs, size_t at, const struct side *ours)
{
	const struct mms_zones_rec *b = (const void *)(theirs->rec + at * theirs->size);
	const struct mms_zones_rec *a = same_row(ours, theirs, at);
	const struct mms_model *model = &mms_model_zones;
	const struct mms_row row = { .ctx = &theirs->s->ctx, .rec = b };
	char where[64], zone[MMS_ZONE_TEXT];
	u64 absent = model->absent(&row);
	unsigned int i;

	snprintf(where, sizeof(where), "node %d %s %s", b->node,
		 b->zone == MMS_NO_ZONE ? "" : mms_zone_word(&ours->s->ctx, b->zone, zone),
		 theirs->text[at].text);
	if (b->cpu >= 0)
		snprintf(where + strlen(where), sizeof(where) - strlen(where), "cpu %d", b->cpu);
	if (!a) {
		mms_check_place(list, round, where, "row", 0, 1);
		return;
	}
	for (i = 0; i < model->nr_wire; i++) {
		/*
		 * free is summed up with what CPUs have not folded, the file's is not.
		 * What the kernel was built without is none for the module, 0 in the file.
		 */
		if (absent >> i & 1 || mms_field_missing(&theirs->s->ctx, model, i) ||
		    i == MMS_F(zones, free) ||
		    mms_unit_none(model->fields[i].unit, mms_field_num(&model->fields[i], a)))
			continue;
		mms_check_place(list, round, where, model->fields[i].name,
				mms_field_num(&model->fields[i], a),
				mms_field_num(&model->fields[i], b));
	}
}

static int zoneinfo_run(const struct mms_check_round *round, s32 pid __unused,
			u64 start __unused, u64 end __unused, struct mms_check_list *list,
			struct mms_err *err)
{
	struct side ours, theirs;
	size_t i;
	int ret;

	ret = read_both(list, &mms_model_zones, &mms_check_theirs, &ours, &theirs, err);
	for (i = 0; !ret && i < theirs.nr; i++)
		compare_row(round, list, &theirs, i, &ours);
	side_free(&ours);
	side_free(&theirs);
	return ret;
}

const struct mms_check_round mms_check_zoneinfo = {
	.name = "zones", .file = "zoneinfo", .run = zoneinfo_run,
};
