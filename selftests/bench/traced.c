// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracer adds to each anonymous fault: the time of a loop of faults with it and
 * without it, and the tracer's own time meanwhile.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FAULTS 20011
#define SETTLE 2 /* seconds, in which a tracer has read what there is; they cost nothing */

extern char **environ;

/* What a tracer does by itself in SETTLE seconds, as it looks for events that are not there. */
static double idle;

static double own_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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

/* ---- reclaim ------------------------------------------------------------- */

#define CGROUP "/sys/fs/cgroup/bench"
#define CACHED (64 * MIB) /* clean pages of files, of which these are to go */
#define RECLAIM "40M"

static double reclaimed(void)
{
	char line[128];
	double pages = NAN;
	FILE *f = fopen(CGROUP "/memory.stat", "r");

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "pgsteal %lf", &pages) != 1)
		;
	if (f)
		fclose(f);
	return pages;
}

/* A page of files that is evicted, with @tracer's part of it, if there is a tracer. */
static double reclaim(pid_t tracer)
{
	double begin, own, pages, others;
	char command[128];
	int fd;

	snprintf(command, sizeof(command), "cat /usr/lib/*/lib*.so.* 2>/dev/null | head -c %lu >/dev/null", CACHED);
	if (system(command))
		die("no files to be cached");
	others = tracer ? time_of(tracer) : 0;
	fd = open(CGROUP "/memory.reclaim", O_WRONLY);
	pages = reclaimed();
	begin = own_time();
	/* less than asked for is an error, and all the same to us */
	if (fd < 0 || (write(fd, RECLAIM, strlen(RECLAIM)) < 0 && reclaimed() == pages))
		die("nothing was reclaimed: %m");
	own = own_time() - begin;
	close(fd);
	pages = reclaimed() - pages;
	if (tracer) {
		sleep(SETTLE);
		others = time_of(tracer) - others - idle;
	}
	return (own + others) / pages;
}

/* ---- faults -------------------------------------------------------------- */

/* One fault, with @tracer's part of it, if there is a tracer. */
static double fault(pid_t tracer)
{
	char *p = mmap(NULL, FAULTS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double begin, own, others = tracer ? time_of(tracer) : 0;

	if (p == MAP_FAILED || madvise(p, FAULTS * PAGE, MADV_NOHUGEPAGE))
		die("no memory: %m");
	begin = own_time();
	for (size_t i = 0; i < FAULTS; i++)
		p[i * PAGE] = 1;
	own = own_time() - begin;
	munmap(p, FAULTS * PAGE);
	if (tracer) {
		sleep(SETTLE);
		others = time_of(tracer) - others - idle;
	}
	return (own + others) / FAULTS;
}

static double best(double (*work)(pid_t tracer), pid_t tracer)
{
	double least = INFINITY;

	for (int i = 0; i < 3; i++) {
		double cost = work(tracer);

		least = cost < least ? cost : least;
	}
	return least;
}

static pid_t start(char **argv, const char *out)
{
	/* Not in the memory cgroup that is reclaimed from: its own pages are not to be evicted. */
	static char outside[] = "echo $$ >/sys/fs/cgroup/cgroup.procs && exec \"$@\"";
	char *wrapped[24] = { "sh", "-c", outside, "sh" };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	for (size_t i = 0; argv[i] && i < 19; i++)
		wrapped[i + 4] = argv[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, "/tmp/tracer.said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (posix_spawnp(&pid, wrapped[0], &actions, NULL, wrapped, environ))
		return 0;
	posix_spawn_file_actions_destroy(&actions);
	sleep(10); /* until its programs are there */
	return pid;
}

static bool has_lost(void)
{
	char said[512] = "";
	FILE *f = fopen("/tmp/tracer.said", "r");

	if (f) {
		said[fread(said, 1, sizeof(said) - 1, f)] = '\0';
		fclose(f);
	}
	return strstr(said, " lost") && !strstr(said, ", 0 lost");
}

double fault_untraced(void)
{
	return best(fault, 0);
}

double reclaim_untraced(void)
{
	return best(reclaim, 0);
}

static double added(double (*work)(pid_t tracer), char **argv, double untraced, const char **ret_why)
{
	pid_t pid = start(argv, "/tmp/tracer.out");
	double cost;
	int status;

	*ret_why = "it cannot be run";
	if (!pid || waitpid(pid, &status, WNOHANG) == pid)
		return NAN;
	idle = time_of(pid);
	sleep(SETTLE);
	idle = time_of(pid) - idle;
	cost = best(work, pid) - untraced;
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	*ret_why = NULL;
	if (strstr(argv[0], "mmscope") && has_lost())
		die("%s %s: events were lost", argv[0], argv[3]);
	return cost;
}

double fault_added(char **argv, double untraced, const char **ret_why)
{
	return added(fault, argv, untraced, ret_why);
}

double reclaim_added(char **argv, double untraced, const char **ret_why)
{
	return added(reclaim, argv, untraced, ret_why);
}

double fault_floor(double untraced, const char **ret_why)
{
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
		cost = best(fault, 0) - untraced;
	}
	while (n)
		bpf_link__destroy(links[--n]);
	bpf_object__close(obj);
	return cost;
}
