// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracer adds to each of what it traces: the time of a loop with it and without it, and
 * the tracer's own time meanwhile; and how much of it the tracer has told.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 3
#define SETTLE 2 /* seconds, which cost nothing */
#define AT_REST 1e6 /* instructions in them */
#define QUIET 3 /* times in a row that it rests */
#define MAX_SETTLES 300 /* without those in which it waits for the host */
#define UNTRACED_ERROR 0.005 /* part of it */

#define SAID "/tmp/tracer.said"

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double time_of(pid_t pid)
{
	char path[64];
	double ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lf", &ns) != 1)
		die("%s: %m", path);
	fclose(f);
	return ns;
}

/* 'S': it waits for something that need not come; not for a file of the host's. 'Z': it has ended. */
static char state_of(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		die("%s: %m", path);
	fclose(f);
	return state;
}

/*
 * Sleep until a tracer has done what there is to do. While it waits for the host, a guest that has
 * nothing else to do lets its clock run ahead, minutes at times: that is not how long it takes.
 */
static void settle(pid_t tracer)
{
	unsigned int quiet = 0, n = 0;
	char state = 'S';

	while (quiet < QUIET && state != 'Z') {
		double begin = time_of(tracer);

		if (state != 'D' && ++n > MAX_SETTLES)	/* one that never rests: what it does by itself is known */
			break;
		sleep(SETTLE);
		state = state_of(tracer);
		quiet = state == 'S' && time_of(tracer) - begin < AT_REST ? quiet + 1 : 0;
	}
}

/*
 * One of what @work does many of, with @tracer's part of it, if there is one: the least of both in
 * all rounds, as what an interrupt does is counted for whom it has interrupted. In each nanosecond
 * of the guest's clock the tracer has @idle instructions for looking for events that are not there.
 * How many there were is added to @ret_times. @ret_spread: by how much the second best round was more.
 */
static double best(traced_work *work, pid_t tracer, double idle, double *ret_times, double *ret_spread)
{
	double least = INFINITY, least_others = INFINITY, first = INFINITY, second = INFINITY, times, all;

	for (int i = 0; i < ROUNDS; i++) {
		double others = tracer ? now() * idle - time_of(tracer) : 0, own = work(&times);

		if (tracer) {
			settle(tracer);
			others += time_of(tracer) - now() * idle;
		}
		least = fmin(least, own / times);
		least_others = fmin(least_others, others / times);
		all = (own + others) / times;
		second = fmin(second, fmax(first, all));
		first = fmin(first, all);
		*ret_times += times;
	}
	*ret_spread = second - first;
	return least + fmax(least_others, 0);
}

/* Outside of the memory cgroup: what is reclaimed there is not to be the tracer's. */
static pid_t start(char **command, const char *out)
{
	char *argv[32] = { "sh", "-c", "echo $$ >/sys/fs/cgroup/cgroup.procs; exec \"$@\"", "sh" };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	for (int i = 0; command[i] && i < 27; i++)
		argv[i + 4] = command[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		return 0;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* ---- what it has told ------------------------------------------------------- */

static FILE *file_of(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		die("%s: %m", path);
	return f;
}

static FILE *file_of_perf(void)
{
	FILE *f = popen("perf report --stats -i " PERF_DATA " 2>/dev/null", "r");

	if (!f)
		die("perf report: %m");
	return f;
}

/* A tracer of ours says itself how many events there were, and if it has lost any. */
static unsigned long our_events(unsigned long *ret_lost)
{
	unsigned long events = 0;
	char line[1024], *at;
	FILE *f = file_of(SAID);

	*ret_lost = 0;
	while (fgets(line, sizeof(line), f)) {
		/* "mmscope: warning: 42 events, 1 lost, ..." */
		const char *number = line + strcspn(line, "0123456789");

		sscanf(number, "%lu events, %lu lost", &events, ret_lost);
	}
	fclose(f);
	f = file_of(TRACER_OUT);
	while (fgets(line, sizeof(line), f)) {
		/* {"end":{"events":42,"seen":43,"lost":1, ...}}, of JSON */
		at = strncmp(line, "{\"end\":", 7) ? NULL : strstr(line, "\"events\":");
		if (at)
			sscanf(at, "\"events\":%lu", &events);
		at = at ? strstr(at, "\"lost\":") : NULL;
		if (at)
			sscanf(at, "\"lost\":%lu", ret_lost);
	}
	fclose(f);
	return events;
}

/* Events that others have told, each in its way; NAN if they have told nothing */
static double told_events(enum told told)
{
	/* "@: 42"; "[4K, 8K)    42 |@@@ |"; "  SAMPLE events:    42 (98 %)" */
	static const char *const patterns[] = {
		[TOLD_NOTHING] = "@: %lf",
		[TOLD_COUNT] = "@: %lf",
		[TOLD_HISTOGRAM] = "[%*[^)]) %lf |",
		[TOLD_PERF] = " SAMPLE events: %lf",
	};
	double sum = NAN, n;
	char line[1024];
	FILE *f = told == TOLD_PERF ? file_of_perf() : file_of(TRACER_OUT);

	while (fgets(line, sizeof(line), f)) {
		if (told == TOLD_LINES)
			n = 1;
		else if (sscanf(line, patterns[told], &n) != 1)
			continue;
		sum = isnan(sum) ? n : sum + n;
		if (told == TOLD_PERF)
			break;	/* the sum stands before its parts */
	}
	if (told == TOLD_PERF)
		pclose(f);
	else
		fclose(f);
	return sum;
}

/* @what, and what a command has said first, if anything; never freed, as a result keeps it. */
static const char *with_said(const char *what)
{
	char line[80] = "", *why;
	FILE *f = file_of(SAID);

	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n\"\\")] = '\0';
	return asprintf(&why, "%s%s%s", what, *line ? ": " : "", line) < 0 ? what : why;
}

/* Why there is none that could be measured */
static const char *failure(const char *command, int status)
{
	char *why;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 127)
		return with_said("it ended");
	return asprintf(&why, "%s is not installed", command) < 0 ? command : why;
}

/* ---- the measurement ---------------------------------------------------------- */

double untraced(traced_work *work)
{
	return best(work, 0, 0, &(double){ 0 }, &(double){ 0 });
}

/* What a tracer does in a nanosecond in which there is nothing to do */
static double idle_of(pid_t tracer)
{
	double begin = now(), own = time_of(tracer);

	settle(tracer);
	return (time_of(tracer) - own) / (now() - begin);
}

/* What untraced work costs changes a little while others run: it is measured before and after. */
struct traced traced_added(traced_work *work, char **argv, enum told told)
{
	static traced_work *last;	/* after one is before the next */
	static double after;
	double before = work == last ? after : untraced(work), idle, times = 0, spread, events;
	struct traced t = { .added = NAN };
	unsigned long lost;
	int status;
	pid_t pid;

	unlink(PERF_DATA);
	pid = start(argv, TRACER_OUT);
	if (!pid)
		die("no process for %s: %m", argv[0]);
	settle(pid);
	if (waitpid(pid, &status, WNOHANG) == pid) {
		t.why = failure(argv[0], status);
		return t;
	}
	idle = fmin(idle_of(pid), idle_of(pid));
	t.added = best(work, pid, idle, &times, &spread);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	last = work;
	after = untraced(work);
	t.added -= (before + after) / 2;
	t.error = fmax(spread, fmax(UNTRACED_ERROR * after, fabs(after - before)));
	if (told == TOLD_OURS || told == TOLD_OURS_NONE) {
		if (!our_events(&lost) && told == TOLD_OURS) {
			t.added = NAN;
			t.why = with_said("it told of nothing");
		}
		if (lost)
			die("%s %s: events were lost", argv[0], argv[3]);
		return t;
	}
	events = told_events(told);
	if (isnan(events)) {
		t.added = NAN;
		t.why = with_said("it told of nothing");
	} else if (told != TOLD_NOTHING && events < times) {
		t.lost = 1 - events / times;
	}
	return t;
}

double fault_floor(const char **ret_why)
{
	double before = untraced(work_fault);
	struct bpf_object *obj = bpf_object__open_file("build/selftests/bench/floor.bpf.o", NULL);
	struct bpf_link *links[2] = { NULL };
	struct bpf_program *prog;
	double cost = NAN;
	int n = 0;

	*ret_why = "floor.bpf.o cannot be loaded";
	if (!obj || bpf_object__load(obj))
		return NAN;
	for (prog = bpf_object__next_program(obj, NULL); prog && n < 2; prog = bpf_object__next_program(obj, prog)) {
		links[n] = bpf_program__attach(prog);
		n += links[n] != NULL;
	}
	if (n == 2) {
		*ret_why = NULL;
		cost = untraced(work_fault);
	}
	while (n)
		bpf_link__destroy(links[--n]);
	cost -= (before + untraced(work_fault)) / 2;
	bpf_object__close(obj);
	return cost;
}
