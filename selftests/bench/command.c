// SPDX-License-Identifier: GPL-2.0-only
/* Cases of the command: what it takes to show what the module tells. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

struct command {
	char **argv;
	long peak_kib;
};

/*
 * The processor's time is taken and not the clock's: to open a file of the machine
 * outside, the command waits, and while nobody runs this clock leaps to the next timer.
 */
static double command_cost(void *arg)
{
	struct command *c = arg;
	posix_spawn_file_actions_t actions;
	struct rusage u;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, c->argv[0], &actions, NULL, c->argv, environ))
		die("%s cannot be run", c->argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	if (wait4(pid, &status, 0, &u) != pid || status)
		die("%s %s: status %#x", c->argv[0], c->argv[1], status);
	c->peak_kib = u.ru_maxrss;
	return ((u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec +
		u.ru_stime.tv_usec) *
	       1000;
}

void command_pgtable(char *tool, const struct target *t, bool merge)
{
	char pid[16];
	char *argv[] = { tool, "pgtable", "--json", pid, merge ? NULL : "--no-merge", NULL };
	struct ours o = { "pgtable", { .pid = t->pid, .flags = merge ? 0 : MMS_Q_NO_MERGE } };
	const char *name = merge ? "mmscope pgtable --json" : "mmscope pgtable --json --no-merge";
	struct result row = { .unit = "instr/row", .ours = NAN };
	struct result all = { .unit = "instr", .ours = NAN, .rows = -1 };
	struct result peak = { .unit = "KiB", .ours = NAN, .rows = -1 };
	struct command c = { argv, 0 };

	snprintf(row.name, sizeof(row.name), "%s", name);
	snprintf(all.name, sizeof(all.name), "%s, in all", name);
	snprintf(peak.name, sizeof(peak.name), "%s, peak", name);
	snprintf(pid, sizeof(pid), "%d", t->pid);
	row.rows = ours_rows(&o, NULL, NULL).rows;
	if (tool) {
		all.ours = measure_by(command_cost, &c).instructions;
		row.ours = all.ours / row.rows;
		peak.ours = c.peak_kib;
	} else {
		row.why = all.why = peak.why = "there is no mmscope to run";
	}
	report(row);
	report(all);
	report(peak);
}

/* The command ps for many small processes, beside itself on smaps_rollup and status. */
void command_ps(char *tool, size_t processes)
{
	char *argv[] = { tool, "ps", "--json", "--source", "module", NULL };
	struct result r = { .unit = "instr/process", .ours = NAN, .rows = (long)processes,
			    .peer = { { "smaps_rollup + status", NAN, NULL, 0 } } };
	struct command c = { argv, 0 };

	snprintf(r.name, sizeof(r.name), "mmscope ps --json");
	if (tool) {
		r.ours = measure_by(command_cost, &c).instructions / processes;
		argv[4] = "procfs";
		r.peer[0].value = measure_by(command_cost, &c).instructions / processes;
	} else {
		r.why = "there is no mmscope to run";
	}
	report(r);
}
