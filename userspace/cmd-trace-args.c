// SPDX-License-Identifier: GPL-2.0-only
/* What the options of a tracer mean. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd-trace.h"
#include "lib/number.h"
#include "lib/sysfile.h"
#include "lib/words.h"

/* "1.5" or "20us" in nanoseconds; a number alone is of @unit. */
static int parse_time(const char *text, u64 unit, u64 *ret_ns)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	char *end;
	double value = strtod(text, &end);
	unsigned int i;

	if (end == text || !(value >= 0) || value > 1e9)
		return -EINVAL;
	if (*end) {
		for (i = 0; i < ARRAY_SIZE(units); i++)
			if (!strcmp(end, units[i].name))
				break;
		if (i == ARRAY_SIZE(units))
			return -EINVAL;
		unit = units[i].ns;
	}
	*ret_ns = value * unit;
	return 0;
}

struct pids {
	struct mms_trace_run *run;
	struct mms_err *err;
};

static int add_pid(void *data, const char *word, size_t len)
{
	struct pids *p = data;
	char text[32] = "";

	if (p->run->args.nr_pids == ARRAY_SIZE(p->run->pids))
		return mms_err_set(p->err, MMS_EXIT_USAGE, "-p: at most %zu processes",
				   ARRAY_SIZE(p->run->pids));
	if (len < sizeof(text))
		memcpy(text, word, len);
	return mms_cl_pid(text, &p->run->pids[p->run->args.nr_pids++], p->err);
}

static int set_causes(const char *text, struct mms_trace_run *run, struct mms_err *err)
{
	const char *words = run->tracer->causes, *bad;
	/* What is quiet is told only if it is named. */
	u64 causes = run->tracer->quiet ? ~run->tracer->quiet : 0;

	if (text && mms_event_causes_parse(words, text, &causes, &bad))
		return mms_err_set(err, MMS_EXIT_USAGE, "--cause: there is no '%.*s'; there are %s",
				   (int)strcspn(bad, ","), bad, words);
	run->args.filter.causes = causes;
	if (text)
		mms_event_causes_parse(words, text + (*text == '+'), &run->args.named, &bad);
	return 0;
}

static int set_filter(const struct mms_cmdline *cl, struct mms_trace_run *run, struct mms_err *err)
{
	struct mms_trace_filter *filter = &run->args.filter;
	const char *const *val = cl->val;
	struct mms_query range = { .pid = 0 };
	u64 n, min = 0;
	struct stat st;

	if (val[MMS_OPT_COMM]) {
		filter->comm_len = strlen(val[MMS_OPT_COMM]);
		if (!filter->comm_len || filter->comm_len > sizeof(filter->comm) - 1)
			return mms_err_set(err, MMS_EXIT_USAGE,
					   "--comm: a task's name has 1 to 15 bytes");
		memcpy(filter->comm, val[MMS_OPT_COMM], filter->comm_len);
	}
	if (val[MMS_OPT_CGROUP]) {
		/* Its id is the number of its inode. */
		if (stat(val[MMS_OPT_CGROUP], &st) || !S_ISDIR(st.st_mode))
			return mms_err_set(err, MMS_EXIT_USAGE, "%s: no directory of a cgroup",
					   val[MMS_OPT_CGROUP]);
		filter->cgroup = st.st_ino;
	}
	if (set_causes(val[MMS_OPT_CAUSE], run, err))
		return -1;
	if (val[MMS_OPT_MIN_LATENCY] &&
	    parse_time(val[MMS_OPT_MIN_LATENCY], 1, &min))
		return mms_err_set(err, MMS_EXIT_USAGE, "--min-latency %s: no time, such as 20us",
				   val[MMS_OPT_MIN_LATENCY]);
	filter->min_latency = min;
	if (val[MMS_OPT_SAMPLE]) {
		if (mms_parse_u64(val[MMS_OPT_SAMPLE], strlen(val[MMS_OPT_SAMPLE]), &n) || !n ||
		    n > 0xffffffff)
			return mms_err_set(err, MMS_EXIT_USAGE, "--sample %s: no number above 0",
					   val[MMS_OPT_SAMPLE]);
		filter->sample = n;
	}
	if (val[MMS_OPT_ADDRESS]) {
		if (mms_cl_range(val[MMS_OPT_ADDRESS], NULL, &range, err))
			return -1;
		filter->start = range.start;
		filter->end = range.end ?: (range.start | 0xfff) + 1;
	}
	return 0;
}

static int set_times(const struct mms_cmdline *cl, struct mms_trace_run *run, struct mms_err *err)
{
	const char *duration = cl->val[MMS_OPT_DURATION];

	if (duration &&
	    (parse_time(duration, 1000000000, &run->args.duration) || !run->args.duration))
		return mms_err_set(err, MMS_EXIT_USAGE, "--duration %s: no time above 0", duration);
	if (cl->nr_args > 0 &&
	    (parse_time(cl->args[0], 1000000000, &run->args.interval) || !run->args.interval))
		return mms_err_set(err, MMS_EXIT_USAGE, "'%s': no interval in seconds",
				   cl->args[0]);
	if (cl->nr_args > 1 &&
	    (mms_parse_u64(cl->args[1], strlen(cl->args[1]), &run->args.count) || !run->args.count))
		return mms_err_set(err, MMS_EXIT_USAGE, "'%s': no number of intervals",
				   cl->args[1]);
	return 0;
}

static int set_buffer(const char *text, u32 *ret_bytes, struct mms_err *err)
{
	u64 bytes;

	if (!text)
		return 0;
	if (mms_parse_size(text, strlen(text), &bytes) || bytes < 4096 || bytes > 1U << 30 ||
	    bytes & (bytes - 1))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--buffer %s: no power of two from 4K to 1G", text);
	*ret_bytes = bytes;
	return 0;
}

static int set_stacks(const struct mms_cmdline *cl, struct mms_trace_run *run,
		      struct mms_err *err)
{
	struct mms_trace_args *args = &run->args;
	const char *which = cl->val[MMS_OPT_STACKS];

	if (!which)
		which = mms_cl_set(cl, MMS_OPT_FOLDED) ? "both" : "none";
	args->user = !strcmp(which, "user") || !strcmp(which, "both");
	args->kernel = !strcmp(which, "kernel") || !strcmp(which, "both");
	if (!args->user && !args->kernel && strcmp(which, "none"))
		return mms_err_set(err, MMS_EXIT_USAGE, "--stacks %s: not user, kernel or both", which);
	args->hide_kernel = !(mms_sys_capabilities("") & BIT(CAP_SYSLOG));
	if (!args->hide_kernel || !args->kernel || cl->val[MMS_OPT_FROM])
		return 0;
	if (!args->user)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "stacks of the kernel are made of its addresses, which needs CAP_SYSLOG");
	run->no_kernel_stacks = true;
	args->kernel = false;
	return 0;
}

/* Whether a column of instructions' names is asked for. */
static bool wants_symbols(const char *columns)
{
	return columns && (strstr(columns, "symbol") || strstr(columns, "line"));
}

/* What a recording can be asked is how it is shown; what to record is settled. */
static int check_from(const struct mms_cmdline *cl, struct mms_err *err)
{
	static const enum mms_opt_id live[] = {
		MMS_OPT_PID, MMS_OPT_COMM, MMS_OPT_CGROUP, MMS_OPT_CAUSE, MMS_OPT_MIN_LATENCY,
		MMS_OPT_SAMPLE, MMS_OPT_ADDRESS, MMS_OPT_DURATION, MMS_OPT_STACKS,
		MMS_OPT_BUFFER, MMS_OPT_RECORD, MMS_OPT_BREAKPOINT,
		MMS_OPT_ALLOW_MISSED,
	};
	unsigned int i;

	if (!cl->val[MMS_OPT_FROM])
		return 0;
	if (cl->nr_args || cl->command)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--from: no INTERVAL and no command: what is in a recording has happened");
	for (i = 0; i < ARRAY_SIZE(live); i++)
		if (mms_cl_set(cl, live[i]))
			return mms_err_set(err, MMS_EXIT_USAGE,
					   "--from and --%s exclude each other: it has to be said when it is recorded",
					   mms_opts[live[i]].name);
	return 0;
}

/* A breakpoint counts what did not come by it, for which each fault has to be looked at. */
static int set_hooks(const struct mms_cmdline *cl, struct mms_trace_run *run, struct mms_err *err)
{
	run->args.breakpoint = mms_cl_set(cl, MMS_OPT_BREAKPOINT);
	run->args.allow_missed = mms_cl_set(cl, MMS_OPT_ALLOW_MISSED);
	if (!run->args.breakpoint)
		return 0;
	if (run->args.allow_missed)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--breakpoint and --allow-missed exclude each other");
	if (run->args.nr_pids != 1)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--breakpoint: it is for one process, which -p names");
	if (mms_cl_set(cl, MMS_OPT_SAMPLE))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--breakpoint and --sample exclude each other");
	return 0;
}

static int check_record(const struct mms_cmdline *cl, struct mms_trace_run *run,
			struct mms_err *err)
{
	run->args.record = cl->val[MMS_OPT_RECORD];
	if (run->args.record && (run->summing || mms_cl_set(cl, MMS_OPT_PERFETTO) ||
				 mms_cl_set(cl, MMS_OPT_JSON)))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--record shows nothing: --json, --summary, --by, --folded and --perfetto go with --from");
	return 0;
}

int mms_trace_args(const struct mms_cmdline *cl, struct mms_trace_run *run, struct mms_err *err)
{
	struct pids pids = { run, err };
	const char *by = cl->val[MMS_OPT_BY], *bad;

	if (check_from(cl, err))
		return -1;
	run->args.pids = run->pids;
	run->args.command = cl->command;
	if (cl->command && !*cl->command)
		return mms_err_set(err, MMS_EXIT_USAGE, "expects a command behind --");
	if (cl->command && cl->val[MMS_OPT_PID])
		return mms_err_set(err, MMS_EXIT_USAGE, "-p and -- COMMAND exclude each other");
	if (cl->val[MMS_OPT_PID] && mms_words_each(cl->val[MMS_OPT_PID], add_pid, &pids))
		return -1;
	if (set_filter(cl, run, err) || set_times(cl, run, err) ||
	    set_stacks(cl, run, err) ||
	    set_buffer(cl->val[MMS_OPT_BUFFER], &run->args.buffer, err))
		return -1;
	run->folded = mms_cl_set(cl, MMS_OPT_FOLDED);
	if (run->folded && (by || mms_cl_set(cl, MMS_OPT_SUMMARY) || cl->nr_args))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--folded sums up by stack: without --by, --summary and INTERVAL");
	if (run->folded)
		by = "comm,stack";
	run->args.symbols = wants_symbols(by) || wants_symbols(cl->val[MMS_OPT_OUTPUT]);
	run->in_kernel = run->tracer->sums && mms_cl_set(cl, MMS_OPT_SUMMARY) && !by &&
			 !mms_cl_set(cl, MMS_OPT_PERFETTO) && !cl->val[MMS_OPT_FROM];
	run->summing = by || mms_cl_set(cl, MMS_OPT_SUMMARY) || run->args.interval;
	if (run->args.interval && !by && run->tracer->sums && !mms_cl_set(cl, MMS_OPT_PERFETTO))
		run->in_kernel = true;
	run->args.summing = run->in_kernel;
	/* What was asked for by columns is sums of events. */
	run->left = run->tracer->left && run->summing && !cl->val[MMS_OPT_BY] &&
		    !mms_cl_set(cl, MMS_OPT_PERFETTO) && !cl->val[MMS_OPT_FROM];
	if (run->left) {
		run->in_kernel = run->args.summing = true;
		run->args.user |= !cl->val[MMS_OPT_STACKS];
	}
	if (check_record(cl, run, err) || set_hooks(cl, run, err))
		return -1;
	if (run->summing && !run->left &&
	    mms_groups_init(&run->groups, run->tracer->model, run->tracer->event_size,
			    by ?: run->tracer->by, run->tracer->adds, &run->tracer->rate,
			    run->tracer->sum_columns, &bad))
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--by: no column '%.*s', or more than eight: mmscope %s --list-columns lists them",
				   (int)strcspn(bad, ","), bad, cl->cmd->name);
	return 0;
}
