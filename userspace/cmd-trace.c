// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace: what is the same for all tracers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cmd-trace.h"
#include "lib/escape.h"
#include "tracer/uprobes.h"

/* ---- JSON lines: what stands before and behind the events ----------------- */

static void json_hooks(struct mms_trace_run *run)
{
	const struct mms_tracer *tracer = run->tracer;
	struct mms_out *out = &run->r.out;
	const char *file;
	unsigned int i;

	mms_out_printf(out, "{\"schema\":\"mmscope.%s\",\"version\":1,\"begin_ns\":%llu,\"hooks\":[",
		       tracer->model->name, (unsigned long long)run->trace.begin);
	for (i = 0; i < tracer->nr_hooks; i++)
		mms_out_printf(out, "%s{\"kind\":\"%s\",\"target\":\"%s\",\"have\":%s,\"used\":%s}",
			       i ? "," : "", tracer->hooks[i].kind, run->trace.target[i],
			       run->trace.hooked[i] ? "true" : "false",
			       run->trace.hooked[i] && !run->trace.unused[i] ? "true" : "false");
	mms_out_char(out, ']');
	for (i = 0; (file = mms_uprobes_file(&run->trace, i)); i++) {
		mms_out_str(out, i ? ",\"" : ",\"files\":[\"");
		mms_escape_json(out, file, strlen(file));
		mms_out_char(out, '"');
	}
	mms_out_str(out, i ? "]}\n" : "}\n");
}

struct counts {
	u64 lost, no_slot, seen, sent;
	u64 tally[MMS_MAX_TALLIES];
};

/* What the tracer counts besides is not in a recording. */
static unsigned int nr_tallies(const struct mms_trace_run *run)
{
	return run->cl->val[MMS_OPT_FROM] ? 0 : run->tracer->nr_tallies;
}

static struct counts all_counts(struct mms_trace_run *run)
{
	struct mms_trace *t = &run->trace;
	struct counts all = { .lost = 0 };
	u32 cpu;

	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		all.lost += t->counts[cpu].lost;
		all.no_slot += t->counts[cpu].no_slot;
		all.seen += t->counts[cpu].seen;
		all.sent += t->counts[cpu].sent;
	}
	if (nr_tallies(run))
		run->tracer->tally(t, all.tally);
	return all;
}

static void json_tallies(struct mms_trace_run *run, const struct counts *all)
{
	unsigned int i;

	for (i = 0; i < nr_tallies(run); i++)
		mms_out_printf(&run->r.out, ",\"%s\":%llu", run->tracer->tallies[i].word,
			       (unsigned long long)all->tally[i]);
}

/* Those that are not 0, in a line. */
static void note_tallies(const struct mms_trace_run *run, const struct counts *all)
{
	char text[512] = "";
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < nr_tallies(run); i++)
		if (all->tally[i] && n < sizeof(text))
			n += snprintf(text + n, sizeof(text) - n, "%s%llu %s", n ? ", " : "",
				      (unsigned long long)all->tally[i],
				      run->tracer->tallies[i].text);
	if (n)
		mms_note("%s", text);
}

static void json_end(struct mms_trace_run *run, const struct counts *all)
{
	struct mms_out *out = &run->r.out;
	const struct mms_trace *t = &run->trace;
	u64 seen = all->seen ?: run->nr + all->lost + all->no_slot;
	u32 cpu;

	mms_out_printf(out, "{\"end\":{\"events\":%llu,\"seen\":%llu,\"lost\":%llu,\"not_followed\":%llu,\"missed\":%llu,\"duration_ns\":%llu,\"lost_by_cpu\":[",
		       (unsigned long long)run->nr, (unsigned long long)seen,
		       (unsigned long long)all->lost, (unsigned long long)all->no_slot,
		       (unsigned long long)t->missed, (unsigned long long)(t->end - t->begin));
	for (cpu = 0; cpu < t->nr_cpus; cpu++)
		mms_out_printf(out, "%s%llu", cpu ? "," : "",
			       (unsigned long long)t->counts[cpu].lost);
	mms_out_char(out, ']');
	json_tallies(run, all);
	mms_out_str(out, "}}\n");
}

/* ---- events ---------------------------------------------------------------- */

static void show_event(void *data, const struct mms_row *row)
{
	struct mms_trace_run *run = data;

	run->nr++;
	if (run->fd >= 0)
		mms_perfetto_event(&run->perfetto, row);
	if (run->summing)
		mms_groups_add(&run->groups, row);
	else
		mms_render_row(&run->r, row);
}

static void write_out(void *data)
{
	struct mms_trace_run *run = data;

	if (!run->summing)
		mms_render_flush(&run->r);
}

/* ---- sums ------------------------------------------------------------------ */

/* Those of the kernel, each with an event that has nothing but its cause. */
static void take_sums(struct mms_trace_run *run)
{
	char event[MMS_GROUP_EVENT] = "";
	const struct mms_row row = { .ctx = &run->trace.ctx, .rec = event };
	struct mms_trace_sum *sum = malloc(sizeof(*sum));
	u32 key;

	run->nr = 0;
	for (key = 0; sum && key < 256; key++) {
		if (!mms_trace_sum(&run->trace, key, sum))
			continue;
		if (run->tracer->sum_row)
			run->tracer->sum_row(key, event);
		else
			event[run->tracer->sum_key] = key;
		mms_groups_add_sum(&run->groups, &row, sum);
		run->nr += sum->count;
	}
	free(sum);
}

static void show_rows(struct mms_trace_run *run)
{
	struct mms_row row = { .ctx = &run->trace.ctx };
	size_t i;

	mms_render_open(&run->r, &run->section);
	for (i = 0; i < run->groups.nr; i++) {
		row.rec = run->groups.group[i];
		mms_render_row(&run->r, &row);
	}
	mms_render_close(&run->r);
}

static void show_histogram(struct mms_trace_run *run)
{
	const struct mms_section section = {
		.name = "histogram", .title = "Latency", .model = &mms_model_bucket,
	};
	struct mms_row row = { .ctx = &run->trace.ctx };
	struct mms_trace_sum *all = calloc(1, sizeof(*all));
	struct mms_bucket rows[64];
	unsigned int n, i, b;

	for (i = 0; all && i < run->groups.nr; i++)
		for (b = 0; b < MMS_TRACE_BUCKETS; b++)
			all->buckets[b] += run->groups.group[i]->sum.buckets[b];
	n = all ? mms_histogram(all, "all", rows) : 0;
	free(all);
	if (!n || mms_render_open(&run->r, &section))
		return;
	for (i = 0; i < n; i++) {
		row.rec = &rows[i];
		mms_render_row(&run->r, &row);
	}
	mms_render_close(&run->r);
}

/* "comm;function;function weight" */
static void show_folded(struct mms_trace_run *run, const struct mms_model *model,
			const struct mms_row *row, const char *weight)
{
	const struct mms_render_opts plain = { .raw = true };
	const char *const names[] = { "comm", "stack", weight };
	const struct mms_field *field;
	struct mms_out *out = &run->r.out;
	struct mms_value value;
	unsigned int f;

	for (f = 0; f < ARRAY_SIZE(names); f++) {
		field = &model->fields[mms_model_field(model, names[f], strlen(names[f]))];
		mms_field_get(model, field, row, &value);
		if (f && value.type != MMS_VALUE_NONE)
			mms_out_char(out, f == 1 ? ';' : ' ');
		if (value.type != MMS_VALUE_NONE)
			mms_format_text(out, &plain, row->ctx, field, &value);
	}
	mms_out_char(out, '\n');
}

static void show_folded_groups(struct mms_trace_run *run)
{
	struct mms_row row = { .ctx = &run->trace.ctx };
	size_t i;

	for (i = 0; i < run->groups.nr; i++) {
		row.rec = run->groups.group[i];
		show_folded(run, &run->groups.model, &row, "count");
	}
}

/* ---- what there is now ------------------------------------------------------ */

static void show_left_row(void *data, const struct mms_row *row)
{
	struct mms_trace_run *run = data;

	if (run->folded)
		show_folded(run, run->section.model, row, "size");
	else
		mms_render_row(&run->r, row);
}

static void show_left(struct mms_trace_run *run)
{
	int ret;

	if (!run->folded)
		mms_render_open(&run->r, &run->section);
	ret = run->tracer->left(&run->trace, show_left_row, run);
	if (ret)
		mms_warn("not all of it could be read: %s", strerror(-ret));
	if (!run->folded)
		mms_render_close(&run->r);
}

static void show_sums(struct mms_trace_run *run)
{
	if (run->left) {
		show_left(run);
		return;
	}
	if (run->in_kernel)
		take_sums(run);
	mms_groups_finish(&run->groups, (run->trace.end ?: mms_trace_now()) - run->since);
	if (run->folded)
		show_folded_groups(run);
	else
		show_rows(run);
}

static void tick(void *data)
{
	struct mms_trace_run *run = data;

	if (!run->summing)
		return;
	show_sums(run);
	mms_render_flush(&run->r);
	if (run->in_kernel)
		return;
	mms_groups_clear(&run->groups);
	run->since = mms_trace_now();
}

/* ---- the run ----------------------------------------------------------------- */

static void say_hooks(const struct mms_trace_run *run)
{
	const struct mms_tracer *tracer = run->tracer;
	unsigned int i;

	for (i = 0; i < tracer->nr_hooks; i++) {
		const struct mms_hook *hook = &tracer->hooks[i];

		if (run->trace.unused[i])
			continue;
		if (run->trace.hooked[i])
			mms_note("%s %s", hook->kind, run->trace.target[i]);
		else if (hook->lost && mms_trace_misses_hook(&run->trace, i))
			mms_note("%s %s: this %s has none, so %s cannot be told", hook->kind,
				 hook->target, mms_hook_is_user(hook) ? "C library" : "kernel",
				 hook->lost);
	}
	for (i = 0; mms_uprobes_file(&run->trace, i); i++)
		mms_note("in %s", mms_uprobes_file(&run->trace, i));
}

static void say(void *data, const char *text)
{
	(void)data;
	mms_warn("%s", text);
}

static bool shows_events(const struct mms_trace_run *run)
{
	return !run->summing && !run->args.record;
}

static void end(struct mms_trace_run *run)
{
	const bool json = run->r.opts.json;
	struct counts all = all_counts(run);

	if (run->summing && !run->args.interval) {
		show_sums(run);
		if (!run->r.opts.raw && !run->folded && !run->left)
			show_histogram(run);
	} else if (shows_events(run)) {
		mms_render_close(&run->r);
	}
	if (run->args.record)
		run->nr = run->trace.recorded;
	else if (run->left)
		run->nr = all.tally[0];
	if (json && run->r.opts.lines)
		json_end(run, &all);
	else if (json)
		mms_out_printf(&run->r.out, ",\n\"events\":%llu,\"lost\":%llu,\"not_followed\":%llu,\"missed\":%llu",
			       (unsigned long long)run->nr, (unsigned long long)all.lost,
			       (unsigned long long)all.no_slot,
			       (unsigned long long)run->trace.missed);
	if (json && !run->r.opts.lines)
		json_tallies(run, &all);
	if (run->args.breakpoint && all.no_slot)
		mms_warn("%llu events, %llu lost, %llu not followed: threads of a program that runs as somebody else have no breakpoint; without --breakpoint they are told",
			 (unsigned long long)run->nr, (unsigned long long)all.lost,
			 (unsigned long long)all.no_slot);
	else if (all.lost || all.no_slot)
		mms_warn("%llu events, %llu lost, %llu not followed: a larger --buffer, or fewer events (--summary, -p, --cause, --sample) would help",
			 (unsigned long long)run->nr, (unsigned long long)all.lost,
			 (unsigned long long)all.no_slot);
	else if (!json)
		mms_note("%llu events, 0 lost", (unsigned long long)run->nr);
	if (run->trace.missed)
		mms_warn("%llu call%s of hooks missed: a task lost the CPU in the same hook, as it may where the kernel is preemptible; events may be missing",
			 (unsigned long long)run->trace.missed,
			 run->trace.missed == 1 ? "" : "s");
	if (!json)
		note_tallies(run, &all);
}

/* The command's, as a shell has it. */
static int exit_status(const struct mms_trace_run *run)
{
	int status = run->trace.status;

	if (!run->args.command || run->trace.child >= 0)
		return MMS_EXIT_OK;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int trace(struct mms_trace_run *run)
{
	const struct mms_trace_calls calls = {
		.event = show_event, .idle = write_out, .tick = tick, .say = say, .data = run,
	};
	const char *from = run->cl->val[MMS_OPT_FROM];
	struct mms_trace *t = &run->trace;
	struct mms_err err;
	int status;

	if (from ? mms_trace_open_file(t, run->tracer, &run->args, from, &err) :
		   mms_trace_open(t, run->tracer, &run->args, &err))
		return mms_err_say(&err);
	run->since = t->begin;
	if (t->blind)
		mms_warn("this kernel does not say where its variables are (CONFIG_KALLSYMS_ALL): what takes page tables or areas of swap to tell, as causes of faults do, is unknown");
	if (run->no_kernel_stacks)
		mms_warn("stacks of the kernel are left out: they are made of its addresses, which needs CAP_SYSLOG");
	if (mms_cl_set(run->cl, MMS_OPT_VERBOSE))
		say_hooks(run);
	mms_render_stream(&run->r, &t->ctx);
	if (run->r.opts.lines)
		json_hooks(run);
	if (shows_events(run))
		mms_render_open(&run->r, &run->section);
	status = from ? mms_trace_run_file(t, &calls, &err) : mms_trace_run(t, &calls, &err);
	status = status ? mms_err_say(&err) : exit_status(run);
	end(run);
	mms_trace_close(t);
	return status;
}

static int open_perfetto(struct mms_trace_run *run, struct mms_err *err)
{
	const char *path = run->cl->val[MMS_OPT_PERFETTO];
	int ret;

	run->fd = -1;
	if (!path)
		return 0;
	run->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (run->fd < 0)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", path, strerror(errno));
	ret = mms_perfetto_init(&run->perfetto, run->fd, run->tracer->model, "cause");
	return ret ? mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", path, strerror(-ret)) : 0;
}

static int close_perfetto(struct mms_trace_run *run, int status)
{
	int ret;

	if (run->fd < 0)
		return status;
	ret = mms_perfetto_deinit(&run->perfetto);
	close(run->fd);
	return ret ? mms_err(MMS_EXIT_FAILED, "%s: %s", run->cl->val[MMS_OPT_PERFETTO],
			     strerror(-ret)) : status;
}

static int list_tracers(const struct mms_cmd *cmd)
{
	const struct mms_render_opts plain = { .raw = false };
	struct mms_render r;
	unsigned int i;

	if (mms_render_init(&r, &plain, "mmscope.tracers"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < cmd->nr_subs; i++)
		mms_out_printf(&r.out, "  %-14s %s\n", cmd->subs[i].name, cmd->subs[i].help);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}

static void add_column(struct mms_trace_run *run, const char *name)
{
	char *columns;

	if (asprintf(&columns, "%s,%s", run->columns, name) < 0)
		return;
	free(run->columns);
	run->columns = columns;
}

int mms_cmd_trace(const struct mms_cmdline *cl)
{
	struct mms_trace_run *run;
	struct mms_err err;
	int status;

	if (!cl->cmd->tracer)
		return list_tracers(cl->cmd);
	run = calloc(1, sizeof(*run));
	if (!run)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	run->cl = cl;
	run->tracer = cl->cmd->tracer;
	run->section.name = "rows";
	if (mms_trace_args(cl, run, &err) || open_perfetto(run, &err))
		goto said;
	run->model = *run->tracer->model;
	if (run->args.filter.causes & run->tracer->quiet && run->tracer->quiet_columns)
		run->model.defaults = run->tracer->quiet_columns;
	run->section.model = run->summing ? &run->groups.model : &run->model;
	if (run->left)
		run->section.model = run->tracer->left_model;
	if (mms_cl_render(cl, run->section.model, &run->r, &run->columns, &err))
		goto said;
	/* What was asked for is shown. */
	if (!run->summing && run->args.user + run->args.kernel && run->columns &&
	    !cl->val[MMS_OPT_OUTPUT])
		add_column(run, "stack");
	run->section.columns = run->columns;
	/* A stream of events has no document around it; nor has what comes again. */
	run->r.opts.lines = run->r.opts.json && (!run->summing || run->args.interval);
	status = close_perfetto(run, mms_cl_render_end(&run->r, trace(run)));
	goto out;
said:
	status = mms_err_say(&err);
out:
	if (run->summing && !run->left)
		mms_groups_deinit(&run->groups);
	free(run->columns);
	free(run);
	return status;
}
