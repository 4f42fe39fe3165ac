// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check: the module against the kernel's own files. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "cmd.h"

#define LOOKS		5	/* a difference is one that is the same so often */
#define WINDOW		(2ULL << 20)	/* looked at again at once: what one read of each gives */

const struct mms_source_args mms_check_ours = { .source = "module", .root = "" };
const struct mms_source_args mms_check_theirs = { .source = "procfs", .root = "" };

static const struct mms_check_round *const rounds[] = {
	&mms_check_summary, &mms_check_maps, &mms_check_pages, &mms_check_merged,
	&mms_check_tables,
};

/* About the system: mmscope check --system. */
static const struct mms_check_round *const system_rounds[] = {
	&mms_check_buddyinfo, &mms_check_pagetypeinfo, &mms_check_zoneinfo,
	&mms_check_slabinfo, &mms_check_kpageflags, &mms_check_kpagecount,
	&mms_check_meminfo, &mms_check_direct, &mms_check_caches, &mms_check_files,
};

/* ---- for the rounds ------------------------------------------------------- */

struct mms_difference *mms_check_add(struct mms_check_list *list,
				     const struct mms_check_round *round, s32 pid,
				     u64 start, u64 end, const char *field)
{
	struct mms_difference *d;

	if (list->nr == MMS_CHECK_MAX)
		return NULL;
	d = &list->diffs[list->nr++];
	*d = (struct mms_difference){
		.pid = pid, .start = start, .end = end, .view = round->name,
		.theirs_from = round->file,
	};
	snprintf(d->field, sizeof(d->field), "%s", field);
	return d;
}

void mms_check_place(struct mms_check_list *list, const struct mms_check_round *round,
		     const char *where, const char *field, u64 ours, u64 theirs)
{
	struct mms_difference *d;

	list->total->values++;
	if (ours == theirs)
		return;
	d = mms_check_add(list, round, 0, 0, 0, field);
	if (!d)
		return;
	snprintf(d->where, sizeof(d->where), "%s", where);
	snprintf(d->ours, sizeof(d->ours), "%llu", (unsigned long long)ours);
	snprintf(d->theirs, sizeof(d->theirs), "%llu", (unsigned long long)theirs);
}

void mms_check_format(const struct mms_field *field, u64 number, char *buf)
{
	static const struct mms_render_opts plain = { .raw = true };
	struct mms_value value = { .type = MMS_VALUE_NUM, .num = number };
	struct mms_out out;
	size_t len;

	buf[0] = '\0';
	if (mms_out_init(&out, -1))
		return;
	mms_format_text(&out, &plain, NULL, field, &value);
	len = out.len < MMS_CHECK_TEXT - 1 ? out.len : MMS_CHECK_TEXT - 1;
	memcpy(buf, out.buf, len);
	buf[len] = '\0';
	mms_out_deinit(&out);
}

void mms_check_number(struct mms_check_list *list, const struct mms_check_round *round, s32 pid,
		      u64 start, u64 end, const struct mms_field *field, u64 ours, u64 theirs)
{
	struct mms_difference *d;

	list->total->values++;
	if (ours == theirs)
		return;
	d = mms_check_add(list, round, pid, start, end, field->name);
	if (!d)
		return;
	mms_check_format(field, ours, d->ours);
	mms_check_format(field, theirs, d->theirs);
}

struct mms_stream *mms_check_open(const struct mms_source_args *args,
				  const struct mms_model *model, const struct mms_query *query,
				  struct mms_err *err)
{
	struct mms_stream *s = calloc(1, sizeof(*s));

	if (!s) {
		mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		return NULL;
	}
	if (!mms_stream_open(s, args, model, query, err))
		return s;
	free(s);
	return NULL;
}

static struct mms_stream *open_next(const struct mms_source_args *args,
				    const struct mms_model *model, const struct mms_query *query,
				    int *ret_next, struct mms_err *err)
{
	struct mms_stream *s = mms_check_open(args, model, query, err);

	*ret_next = s ? mms_stream_next(s, err) : -1;
	return s;
}

int mms_check_open_both(const struct mms_check_list *list, const struct mms_model *model,
			const struct mms_query *query_a, const struct mms_source_args *args_b,
			const struct mms_query *query_b, struct mms_stream **ret_a,
			struct mms_stream **ret_b, int *ret_next_a, int *ret_next_b,
			struct mms_err *err)
{
	*ret_a = *ret_b = NULL;
	*ret_next_a = *ret_next_b = 0;
	if (list->theirs_first)
		*ret_b = open_next(args_b, model, query_b, ret_next_b, err);
	if (*ret_next_b >= 0)
		*ret_a = open_next(&mms_check_ours, model, query_a, ret_next_a, err);
	if (!list->theirs_first && *ret_next_a >= 0)
		*ret_b = open_next(args_b, model, query_b, ret_next_b, err);
	return *ret_next_a < 0 || *ret_next_b < 0 ? -1 : 0;
}

void mms_check_close(struct mms_stream *stream)
{
	if (!stream)
		return;
	mms_stream_close(stream);
	free(stream);
}

/* ---- looking again --------------------------------------------------------- */

/**
 * struct check - a run of the command
 * @r: the document
 * @section: of the differences
 * @open: their section is open
 * @total: of all rounds
 * @first: the differences of a round and of the look after it
 * @again: see @first
 */
struct check {
	struct mms_render r;
	struct mms_section section;
	bool open;
	struct mms_check_total total;
	struct mms_check_list first, again;
};

static bool same(const struct mms_difference *a, const struct mms_difference *b)
{
	return a->start == b->start && a->end == b->end && !strcmp(a->field, b->field) &&
	       !strcmp(a->where, b->where) &&
	       !strcmp(a->ours, b->ours) && !strcmp(a->theirs, b->theirs);
}

/* Both lists are in the order of the walk: what is in both. */
static void keep_same(struct mms_check_list *list, const struct mms_check_list *again)
{
	unsigned int i, j, from = 0, n = 0;

	for (i = 0; i < list->nr; i++) {
		for (j = from; j < again->nr && !same(&list->diffs[i], &again->diffs[j]); j++)
			;
		if (j == again->nr)
			continue;
		from = j + 1;
		list->diffs[n++] = list->diffs[i];
	}
	list->nr = n;
}

/* Look again at what differed, in windows that both sides read at once. */
static int look_again(struct check *c, const struct mms_check_round *round, s32 pid,
		      struct mms_err *err)
{
	const struct mms_difference *d = c->first.diffs;
	unsigned int i, j;

	c->again.nr = 0;
	if (!round->ranged)
		return round->run(round, pid, 0, 0, &c->again, err);
	for (i = 0; i < c->first.nr; i = j) {
		u64 end = d[i].end;

		for (j = i; j < c->first.nr && d[j].start < d[i].start + WINDOW; j++)
			end = d[j].end > end ? d[j].end : end;
		if (round->run(round, pid, d[i].start, end, &c->again, err))
			return -1;
	}
	return 0;
}

static void show(struct check *c)
{
	struct mms_ctx ctx = { .source = "module" };
	unsigned int i;

	if (!c->first.nr)
		return;
	if (!c->open && !mms_render_open(&c->r, &c->section))
		c->open = true;
	for (i = 0; c->open && i < c->first.nr; i++) {
		struct mms_row row = { .ctx = &ctx, .rec = &c->first.diffs[i] };

		mms_render_row(&c->r, &row);
	}
	c->total.differences += c->first.nr;
}

/*
 * One round, and again over what differed: a difference that is not the same
 * each time is a race between the two readers and the process. Now the one
 * reads first and now the other, or a process that only grows would always
 * have more for the second.
 */
static int look(struct check *c, const struct mms_check_round *round, s32 pid,
		struct mms_err *err)
{
	struct mms_check_total ignored = { .vmas = 0 };
	unsigned int i, found;

	c->first.nr = 0;
	c->first.total = &c->total;
	c->first.theirs_first = false;
	c->again.total = &ignored;
	if (round->run(round, pid, 0, 0, &c->first, err))
		return -1;
	found = c->first.nr;
	for (i = 1; i < LOOKS && c->first.nr; i++) {
		usleep(10000);
		c->again.theirs_first = i & 1;
		if (look_again(c, round, pid, err))
			return -1;
		keep_same(&c->first, &c->again);
	}
	c->total.races += found - c->first.nr;
	show(c);
	return 0;
}

/* ---- the command ------------------------------------------------------------ */

static bool has_memory(s32 pid)
{
	char path[64];
	char buf[64];
	ssize_t n;
	FILE *f;

	/* The link of a kernel thread or zombie leads nowhere; so does nobody else's. */
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	return n > 0 && buf[0] != '0';
}

static int check_one(struct check *c, s32 pid, bool asked)
{
	struct mms_err err;
	unsigned int i;

	if (!asked && !has_memory(pid))
		return MMS_EXIT_OK;
	c->total.processes++;
	for (i = 0; i < ARRAY_SIZE(rounds); i++) {
		if (!look(c, rounds[i], pid, &err))
			continue;
		if (err.code == MMS_EXIT_MISSING || (asked && has_memory(pid)))
			return mms_err_say(&err);
		if (asked && !i)
			return mms_err_say(&err);
		/* It may have ended, or have begun another program. */
		c->total.gone += !has_memory(pid);
		if (has_memory(pid))
			return mms_err_say(&err);
		break;
	}
	return MMS_EXIT_OK;
}

static s32 *given_pids(const struct mms_cmdline *cl, int *ret_nr, struct mms_err *err)
{
	s32 *pids = calloc(cl->nr_args, sizeof(*pids));
	int i;

	if (!pids)
		mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	for (i = 0; pids && i < cl->nr_args; i++) {
		if (!mms_cl_pid(cl->args[i], &pids[i], err))
			continue;
		free(pids);
		return NULL;
	}
	*ret_nr = cl->nr_args;
	return pids;
}

/* A line for people about all that was compared. */
static void total_line(struct check *c)
{
	const struct mms_check_total *t = &c->total;

#define N(f)	(unsigned long long)t->f
	if (t->rounds)
		mms_render_line(&c->r, "%llu files: %llu values compared; %llu differences; %llu races",
				N(rounds), N(values), N(differences), N(races));
	else
		mms_render_line(&c->r, "%llu processes: %llu VMAs, %llu entries, %llu folios compared; %llu differences; %llu races",
				N(processes), N(vmas), N(entries), N(folios), N(differences),
				N(races));
#undef N
}

static void say_total(struct check *c)
{
	const struct mms_check_total *t = &c->total;
	const struct mms_section object = {
		.name = "totals", .type = MMS_SECTION_OBJECT, .model = &mms_model_check_total,
	};
	const struct mms_section lines = { .name = "totals", .type = MMS_SECTION_LINES };
	struct mms_row row = { .rec = t };
	struct mms_ctx ctx = { .source = "module" };

	row.ctx = &ctx;
	if (c->open)
		mms_render_close(&c->r);
	else if (c->r.opts.json && !c->r.opts.lines && !mms_render_open(&c->r, &c->section))
		mms_render_close(&c->r);
	if (mms_render_open(&c->r, c->r.opts.json ? &object : &lines))
		return;
	if (c->r.opts.json)
		mms_render_row(&c->r, &row);
	else
		total_line(c);
	mms_render_close(&c->r);
}

static int check_all(struct check *c, const struct mms_cmdline *cl, const s32 *pids, int nr)
{
	bool progress = isatty(STDERR_FILENO) && nr > 1;
	int i, ret, status = MMS_EXIT_OK;
	struct mms_out tell;

	if (mms_out_init(&tell, STDERR_FILENO))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < nr; i++) {
		if (progress)
			mms_out_printf(&tell, "\r%d of %d", i + 1, nr);
		mms_out_flush(&tell);
		ret = check_one(c, pids[i], cl->nr_args);
		status = status ?: ret;
		if (ret == MMS_EXIT_MISSING)
			break;
	}
	if (progress)
		mms_out_str(&tell, "\r\033[K");
	mms_out_flush(&tell);
	mms_out_deinit(&tell);
	return status;
}

/* What one kernel has no file for is said, and the others are compared. */
static int check_system(struct check *c)
{
	struct mms_err err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(system_rounds); i++) {
		if (!look(c, system_rounds[i], 0, &err)) {
			c->total.rounds++;
			continue;
		}
		if (err.code != MMS_EXIT_MISSING)
			return mms_err_say(&err);
		mms_warn("%s is not compared: %s", system_rounds[i]->name, err.text);
	}
	return MMS_EXIT_OK;
}

int mms_cmd_check(const struct mms_cmdline *cl)
{
	const bool system = mms_cl_set(cl, MMS_OPT_SYSTEM);
	struct check c = { .open = false };
	struct mms_err err;
	char *columns;
	s32 *pids = NULL;
	int nr = 0, status;

	if (system && cl->nr_args)
		return mms_err(MMS_EXIT_USAGE, "--system is about no process: leave out the PID");

	/* Checking ourselves, too: a heap that grows and shrinks would never hold still. */
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	if (!mms_source_module.probe("", &err))
		return mms_err_say(&err);
	if (!system)
		pids = cl->nr_args ? given_pids(cl, &nr, &err) : mms_all_pids(&nr, &err);
	if (!system && !pids)
		return mms_err_say(&err);
	if (mms_cl_render(cl, &mms_model_difference, &c.r, &columns, &err)) {
		free(pids);
		return mms_err_say(&err);
	}
	c.section = (struct mms_section){
		.name = "differences", .model = &mms_model_difference,
		.columns = !system || c.r.opts.json || mms_cl_set(cl, MMS_OPT_OUTPUT) ? columns :
			   "where,view,field,ours,theirs,file",
	};
	c.first.diffs = malloc(MMS_CHECK_MAX * sizeof(*c.first.diffs));
	c.again.diffs = malloc(MMS_CHECK_MAX * sizeof(*c.again.diffs));
	if (c.first.diffs && c.again.diffs)
		status = system ? check_system(&c) : check_all(&c, cl, pids, nr);
	else
		status = mms_err(MMS_EXIT_FAILED, "out of memory");
	if (status != MMS_EXIT_MISSING)
		say_total(&c);
	if (!status && c.total.differences)
		status = MMS_EXIT_FAILED;
	free(c.first.diffs);
	free(c.again.diffs);
	free(pids);
	free(columns);
	return mms_cl_render_end(&c.r, status);
}
