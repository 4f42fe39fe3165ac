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
#define ROUNDS 3
#define SETTLE 2 /* seconds, which cost nothing */
#define AT_REST 1e6 /* instructions in them */
#define QUIET 3 /* times in a row that it rests */
#define MAX_SETTLES 30

extern char **environ;

static double own_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

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

/*
 * Pages of files that are evicted, and what that took. Nothing is cached before: with what an
 * earlier round has left the lists are others each time, and a page costs from 2,090 to 2,300.
 * They are the compiler's: of libraries, a tracer would have to read again what it uses.
 */
static double reclaim(double *ret_pages)
{
	double begin, own, pages;
	char command[512];
	int fd;

	snprintf(command, sizeof(command),
		 "sync; echo 1 >/proc/sys/vm/drop_caches; cat /usr/lib/gcc/*/*/*1* /usr/lib/gcc/*/*/*.a "
		 "2>/dev/null | head -c %lu >/dev/null", CACHED);
	if (system(command))
		die("no files to be cached");
	fd = open(CGROUP "/memory.reclaim", O_WRONLY);
	pages = reclaimed();
	begin = own_time();
	/* less than asked for is an error, and all the same to us */
	if (fd < 0 || (write(fd, RECLAIM, strlen(RECLAIM)) < 0 && reclaimed() == pages))
		die("nothing was reclaimed: %m");
	own = own_time() - begin;
	close(fd);
	*ret_pages = reclaimed() - pages;
	return own;
}

/* ---- faults -------------------------------------------------------------- */

static double fault(double *ret_faults)
{
	char *p = mmap(NULL, FAULTS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double begin, own;

	if (p == MAP_FAILED || madvise(p, FAULTS * PAGE, MADV_NOHUGEPAGE))
		die("no memory: %m");
	begin = own_time();
	for (size_t i = 0; i < FAULTS; i++)
		p[i * PAGE] = 1;
	own = own_time() - begin;
	munmap(p, FAULTS * PAGE);
	*ret_faults = FAULTS;
	return own;
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

		if (++n > MAX_SETTLES)	/* one that never rests: what it does by itself is known */
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
 */
static double best(double (*work)(double *ret_times), pid_t tracer, double idle)
{
	double least = INFINITY, least_others = INFINITY, times;

	for (int i = 0; i < ROUNDS; i++) {
		double others = tracer ? now() * idle - time_of(tracer) : 0, own = work(&times);

		if (tracer) {
			settle(tracer);
			others += time_of(tracer) - now() * idle;
		}
		least = fmin(least, own / times);
		least_others = fmin(least_others, others / times);
	}
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
	posix_spawn_file_actions_addopen(&actions, 2, "/tmp/tracer.said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		return 0;
	posix_spawn_file_actions_destroy(&actions);
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
	return best(fault, 0, 0);
}

double reclaim_untraced(void)
{
	return best(reclaim, 0, 0);
}

/* What untraced work costs changes a little while others run: it is measured before and after. */
static double added(double (*work)(double *ret_times), char **argv, const char **ret_why)
{
	double untraced = best(work, 0, 0), idle;
	pid_t pid = start(argv, "/tmp/tracer.out");
	double cost, begin;
	int status;

	*ret_why = "it cannot be run";
	if (!pid)
		return NAN;
	settle(pid);
	if (waitpid(pid, &status, WNOHANG) == pid)
		return NAN;
	idle = -time_of(pid);
	begin = now();
	settle(pid);
	idle = (idle + time_of(pid)) / (now() - begin);
	cost = best(work, pid, idle);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	cost -= (untraced + best(work, 0, 0)) / 2;
	*ret_why = NULL;
	if (strstr(argv[0], "mmscope") && has_lost())
		die("%s %s: events were lost", argv[0], argv[3]);
	return cost;
}

double fault_added(char **argv, const char **ret_why)
{
	return added(fault, argv, ret_why);
}

double reclaim_added(char **argv, const char **ret_why)
{
	return added(reclaim, argv, ret_why);
}

double fault_floor(const char **ret_why)
{
	double untraced = best(fault, 0, 0);
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
		cost = best(fault, 0, 0);
	}
	while (n)
		bpf_link__destroy(links[--n]);
	cost -= (untraced + best(fault, 0, 0)) / 2;
	bpf_object__close(obj);
	return cost;
}
