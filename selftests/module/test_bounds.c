// SPDX-License-Identifier: GPL-2.0-only
/*
 * What large things cost the command: time and output grow no faster than what there is to
 * show, its memory stays bounded, and what is reserved but not there costs nothing.
 *
 * MMSCOPE_BOUNDS=full takes the sizes of a large machine instead of small ones: 65,530 VMAs,
 * 10,000 processes.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define GiB (1UL << 30)
#define MOST_RSS_KIB (96 << 10)	/* whatever it shows */

static bool full;

/* ---- what is large -------------------------------------------------------------- */

/* A process that has @make() its memory; its number once that is there */
static pid_t process(void (*make)(unsigned long n), unsigned long n)
{
	char ready;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		make(n);
		if (write(fds[1], "r", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(fds[1]);
	if (read(fds[0], &ready, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(fds[0]);
	return pid;
}

/* Pages whose rights alternate: a VMA each */
static void make_vmas(unsigned long n)
{
	char *p = mmap(NULL, n * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (unsigned long i = 0; i < n; i += 2)
		if (mprotect(p + i * PAGE, PAGE, PROT_READ | PROT_WRITE))
			_exit(1);
}

static void make_processes(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			_exit(1);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
}

/* @n GiB with 13 pages in them */
static void make_sparse(unsigned long n)
{
	char *p = mmap(NULL, n * GiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	madvise(p, n * GiB, MADV_NOHUGEPAGE);
	for (unsigned long i = 0; i < 13; i++)
		p[i * (n * GiB / 13)] = 1;
}

/* @n mappings of 32 pages, a page on each node by turns */
static void make_interleaved(unsigned long n)
{
	unsigned long nodes = 3;

	if (syscall(SYS_set_mempolicy, 3 /* MPOL_INTERLEAVE */, &nodes, 64))
		_exit(1);
	for (unsigned long i = 0; i < n; i++) {
		char *p = mmap(NULL, 33 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || mprotect(p + 32 * PAGE, PAGE, PROT_NONE))
			_exit(1);
		for (unsigned long j = 0; j < 32; j++)
			p[j * PAGE] = 1;
	}
}

/* A file of @n GiB, with 13 pages in the cache, mapped as a whole */
static void make_file(unsigned long n)
{
	int fd = memfd_create("bounds", 0);
	char *p;

	if (fd < 0 || ftruncate(fd, n * GiB))
		_exit(1);
	p = mmap(NULL, n * GiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (p == MAP_FAILED)
		_exit(1);
	for (unsigned long i = 0; i < 13; i++)
		p[i * (n * GiB / 13 & -PAGE)] = 1;
}

/* ---- what is measured --------------------------------------------------------------- */

struct cost {
	double seconds;		/* of the processor */
	long rss_kib;
	unsigned long bytes;
	int status;
};

static double cpu_seconds(const struct rusage *u)
{
	return u->ru_utime.tv_sec + u->ru_stime.tv_sec + (u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

/* What the command costs, without a shell around it */
static struct cost cost_of(const char *command, pid_t target)
{
	struct cost cost = { 0 };
	char self[4096] = "", args[200], *argv[20], buf[1 << 16], *save;
	struct rusage used;
	int fds[2], n = 0;
	pid_t pid;
	ssize_t got;

	if (readlink("/proc/self/exe", self, sizeof(self) - 20) < 0 || pipe(fds))
		return cost;
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	strcat(self, "/mmscope");
	argv[n++] = self;
	snprintf(args, sizeof(args), command, target);
	for (char *word = strtok_r(args, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	argv[n] = NULL;
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execv(self, argv);
		_exit(127);
	}
	close(fds[1]);
	while ((got = read(fds[0], buf, sizeof(buf))) > 0)
		cost.bytes += got;
	close(fds[0]);
	wait4(pid, &cost.status, 0, &used);
	cost.seconds = cpu_seconds(&used);
	cost.rss_kib = used.ru_maxrss;
	return cost;
}

static const struct bound {
	const char *name;
	void (*make)(unsigned long n);
	unsigned long small, large;		/* in a run of all tests */
	unsigned long full_small, full_large;	/* with MMSCOPE_BOUNDS=full */
	const char *command;
	bool grows;	/* with what there is; else it must stay the same */
} bounds[] = {
	{ "VMAs", make_vmas, 4001, 16001, 16381, 65521 - 100, "maps %d --json-lines", true },
	{ "VMAs, entries", make_vmas, 4001, 16001, 16381, 65521 - 100, "pgtable %d", true },
	{ "processes", make_processes, 101, 401, 2503, 10007, "ps --json-lines", true },
	{ "GiB reserved", make_sparse, 64, 16384, 64, 65536, "pgtable %d", false },
	{ "GiB reserved, VMAs", make_sparse, 64, 16384, 64, 65536, "maps %d", false },
	{ "interleaved mappings", make_interleaved, 50, 200, 50, 200, "pgtable %d", true },
	{ "GiB of a sparse file", make_file, 1, 64, 1, 64, "pgtable %d", false },
	{ "GiB of a sparse file, VMAs", make_file, 1, 64, 1, 64, "maps %d", false },
};

/* Twice as much, for a clock that is coarse, and what it costs to start */
static bool is_linear(const struct cost *small, const struct cost *large, double times)
{
	return large->seconds < 2 * times * small->seconds + 0.3;
}

/* What it costs at least: others take their part of the processor's caches, and of what emulates it. */
static struct cost least_cost(const struct bound *b, pid_t pid, const struct cost *small, double times)
{
	struct cost least = cost_of(b->command, pid), cost;

	for (int i = 0; small && i < 4 && !is_linear(small, &least, times); i++) {
		cost = cost_of(b->command, pid);
		if (cost.seconds < least.seconds)
			least = cost;
	}
	return least;
}

TEST(linear_in_what_there_is)
{
	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++) {
		const struct bound *b = &bounds[i];
		unsigned long n[2] = { full ? b->full_small : b->small, full ? b->full_large : b->large };
		double times = b->grows ? (double)n[1] / n[0] : 1;
		struct cost cost[2];

		for (int j = 0; j < 2; j++) {
			pid_t pid = process(b->make, n[j]);

			ASSERT_LT(0, pid) TH_LOG("%s: %lu cannot be had", b->name, n[j]);
			cost[j] = least_cost(b, pid, j ? &cost[0] : NULL, times);
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			EXPECT_EQ(0, cost[j].status) TH_LOG("%s: %lu: status %#x", b->name, n[j], cost[j].status);
			TH_LOG("%lu %s: %.3f s, %ld KiB, %lu bytes", n[j], b->name, cost[j].seconds, cost[j].rss_kib, cost[j].bytes);
			EXPECT_GT(MOST_RSS_KIB, cost[j].rss_kib) TH_LOG("%s: %lu", b->name, n[j]);
		}
		EXPECT_TRUE(is_linear(&cost[0], &cost[1], times)) TH_LOG("%s", b->name);
		EXPECT_GT(1.5 * times * cost[0].bytes + 4096, cost[1].bytes) TH_LOG("%s", b->name);
	}
}

int main(int argc, char **argv)
{
	const char *bounds_of = getenv("MMSCOPE_BOUNDS");

	full = bounds_of && !strcmp(bounds_of, "full");
	return test_harness_run(argc, argv);
}
