// SPDX-License-Identifier: GPL-2.0-only
/* mmscope lru: what is to be reclaimed, by memory cgroup, node, list and generation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/lru.h"
#include "source/bpf.h"
#include "source/lrufiles.h"

#define MAX_NODES	1024
#define WORKINGSET	"refault_anon,refault_file,activate_anon,activate_file,nodereclaim"

struct shown {
	struct mms_tables t;
	const char *path;	/* of the cgroup that was asked for, or NULL */
	struct mms_cgroups cgroups;
	struct mms_lru_row *row;
	size_t nr;
	u64 jiffy_ns;
};

static int section(struct shown *s, const char *name, const char *title,
		   const struct mms_model *model, const char *columns, const void *recs, size_t nr)
{
	const struct mms_section section = {
		.name = name, .title = title, .model = model,
		.columns = s->t.r.opts.json ? NULL : columns,
	};

	return mms_cl_rows(NULL, &s->t.r, &s->t.stream.ctx, &section, recs, nr);
}

/* ---- lists ----------------------------------------------------------------- */

static int show_nodes(struct shown *s, const struct mms_lru_node *rows, size_t nr)
{
	int ret = section(s, "nodes", "All of each node", &mms_model_lru_node, NULL, rows, nr);

	if (ret || s->t.r.opts.json)
		return ret;
	return section(s, "workingset", "Working set of each node", &mms_model_lru_node,
		       "node," WORKINGSET, rows, nr);
}

static int show_cgroup(struct shown *s, const struct mms_lru_cgroup *cgroup)
{
	return section(s, "cgroup", "Working set of the cgroup and all below it",
		       &mms_model_lru_cgroup, WORKINGSET, cgroup, 1);
}

static int show_counters(struct shown *s)
{
	struct mms_lru_node *rows = calloc(MAX_NODES, sizeof(*rows));
	struct mms_lru_cgroup cgroup = { .path = "" };
	u32 nr;
	int ret;

	if (!rows)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	nr = mms_lru_nodes(rows, MAX_NODES);
	mms_parts_put(&s->t.parts, "lru.nodes", rows, sizeof(*rows), nr);
	ret = show_nodes(s, rows, nr);
	free(rows);
	if (ret || !s->path || !mms_lru_cgroup_counters(&s->cgroups, s->path, &cgroup.workingset))
		return ret;
	snprintf(cgroup.path, sizeof(cgroup.path), "/%s", s->path + (*s->path == '/'));
	mms_parts_put(&s->t.parts, "lru.cgroup", &cgroup, sizeof(cgroup), 1);
	return show_cgroup(s, &cgroup);
}

static int show_saved_counters(struct shown *s)
{
	const void *nodes, *cgroup;
	struct mms_err err;
	size_t nr;
	int ret;

	if (mms_parts_get(&s->t.parts, "lru.nodes", sizeof(struct mms_lru_node), &nodes, &nr, &err))
		return mms_err_say(&err);
	ret = show_nodes(s, nodes, nr);
	/* There is one only if a cgroup was asked for. */
	if (ret || mms_parts_one(&s->t.parts, "lru.cgroup", sizeof(struct mms_lru_cgroup), &cgroup,
				 &err))
		return ret;
	return show_cgroup(s, cgroup);
}

static int show_lists(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_lru, .columns = s->t.columns,
	};
	int ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &rows, s->row, s->nr);

	if (ret || !s->t.more)
		return ret;
	return s->t.parts.from ? show_saved_counters(s) : show_counters(s);
}

/* ---- generations ----------------------------------------------------------- */

static int show_generations(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_lru_gen, .columns = s->t.columns,
	};
	struct mms_lru_gen_row *gens = calloc(s->nr * MMS_LRU_GENS + 1, sizeof(*gens));
	size_t i, nr = 0;
	u32 has = 0;
	int ret;

	if (!gens)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < s->nr; i++) {
		has |= s->row[i].rec.has;
		nr += mms_lru_generations(&s->row[i], s->jiffy_ns, &gens[nr]);
	}
	if (s->nr && !(has & MMS_LRU_ENABLED))
		ret = mms_err(MMS_EXIT_MISSING, "%s", has & MMS_LRU_HAS_GENS ?
			      "MGLRU is off: echo y >/sys/kernel/mm/lru_gen/enabled" :
			      "the kernel has no MGLRU: it needs CONFIG_LRU_GEN, Linux 6.1");
	else
		ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &rows, gens, nr);
	free(gens);
	return ret;
}

/* ---- */

static bool shows_empty(const struct shown *s)
{
	return s->t.r.opts.json || s->path;
}

/* What a file has. */
static int saved_rows(struct shown *s, struct mms_err *err)
{
	const void *rows, *jiffy;
	size_t nr, i;

	if (mms_parts_get(&s->t.parts, "lru.rows", sizeof(*s->row), &rows, &nr, err) ||
	    mms_parts_one(&s->t.parts, "lru.jiffy_ns", sizeof(s->jiffy_ns), &jiffy, err))
		return -1;
	s->jiffy_ns = *(const u64 *)jiffy;
	s->row = calloc(nr + 1, sizeof(*s->row));
	if (!s->row)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	memcpy(s->row, rows, nr * sizeof(*s->row));
	s->nr = nr;
	for (i = 0; i < nr; i++) {
		/* Whoever made the file may have put anything there. */
		if (s->row[i].rec.zones > MMS_LRU_MAX_ZONES)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "%s: a saved table is damaged: its row %zu has %u zones",
					   s->t.parts.from, i + 1, s->row[i].rec.zones);
		mms_lru_sum(&s->row[i]);
	}
	return 0;
}

/* Records into rows; they are saved with those that are not shown. */
static int read_rows(struct shown *s, struct mms_err *err)
{
	struct mms_lru_recs lru;
	size_t i;

	if (mms_lru_read(s->cgroups.fd, &lru, err))
		return -1;
	s->jiffy_ns = mms_jiffy_ns();
	s->row = calloc(lru.nr + 1, sizeof(*s->row));
	for (i = 0; s->row && i < lru.nr; i++) {
		struct mms_lru_row *row = &s->row[s->nr];

		row->rec = lru.rec[i];
		if (!mms_lru_sum(row) && !shows_empty(s) && !s->t.parts.save)
			continue;
		mms_cgroups_path(&s->cgroups, row->rec.cgroup, row->path, sizeof(row->path));
		s->nr++;
	}
	free(lru.rec);
	if (!s->row)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	mms_parts_put(&s->t.parts, "lru.rows", s->row, sizeof(*s->row), s->nr);
	mms_parts_put(&s->t.parts, "lru.jiffy_ns", &s->jiffy_ns, sizeof(s->jiffy_ns), 1);
	return 0;
}

/* Leave out rows with nothing in them, unless in JSON or where they were asked for. */
static void choose(struct shown *s, u32 *ret_has)
{
	size_t i, nr = 0;

	*ret_has = 0;
	for (i = 0; i < s->nr; i++) {
		*ret_has |= s->row[i].rec.has;
		if (mms_lru_sum(&s->row[i]) || shows_empty(s))
			s->row[nr++] = s->row[i];
	}
	s->nr = nr;
}

/* Zones are known by their names on this machine only. */
static int zones(struct shown *s, struct mms_err *err)
{
	struct mms_ctx *ctx = &s->t.stream.ctx;
	const void *names;

	if (!s->t.parts.from) {
		mms_stream_zones(&s->t.stream);
		mms_parts_put(&s->t.parts, "lru.zones", ctx->zones, sizeof(ctx->zones), 1);
		return 0;
	}
	if (mms_parts_one(&s->t.parts, "lru.zones", sizeof(ctx->zones), &names, err))
		return -1;
	mms_zones_take(ctx, names);
	return 0;
}

static int run(struct shown *s)
{
	struct mms_err err;
	int ret;
	u32 has;

	if ((s->t.parts.from ? saved_rows(s, &err) : read_rows(s, &err)) || zones(s, &err)) {
		free(s->row);
		return mms_err_say(&err);
	}
	choose(s, &has);
	mms_parts_stream(&s->t.parts, &s->t.stream, "bpf");
	if (!(has & MMS_LRU_ENABLED))
		mms_stream_lacks(&s->t.stream, MMS_LRU_NEEDS_GENS, has & MMS_LRU_HAS_GENS ?
				 "MGLRU is off: /sys/kernel/mm/lru_gen/enabled" :
				 "the kernel has no MGLRU: it needs CONFIG_LRU_GEN");
	mms_render_stream(&s->t.r, &s->t.stream.ctx);
	ret = mms_cl_set(s->t.cl, MMS_OPT_LIST) ? show_generations(s) : show_lists(s);
	free(s->row);
	return ret;
}

/* From this machine, or from a file, which has what was asked for when it was saved. */
static int run_from(void *data)
{
	struct shown *s = data;
	struct mms_err err;
	int ret;

	if (s->t.parts.from && s->path)
		return mms_err(MMS_EXIT_USAGE, "%s has the cgroups it was saved with: leave out '%s'",
			       s->t.parts.from, s->path);
	if (s->t.parts.from)
		return run(s);
	if (mms_cgroups_open(&s->cgroups, s->path, &err))
		return mms_err_say(&err);
	ret = run(s);
	mms_cgroups_close(&s->cgroups);
	return ret;
}

int mms_cmd_lru(const struct mms_cmdline *cl)
{
	struct shown s = { .path = cl->nr_args ? cl->args[0] : NULL };

	return mms_cl_tables(cl, mms_cl_set(cl, MMS_OPT_LIST) ? &mms_model_lru_gen : &mms_model_lru,
			     &s.t, run_from, &s);
}
