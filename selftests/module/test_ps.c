// SPDX-License-Identifier: GPL-2.0-only
/* mmscope ps, against smaps_rollup, status and what there is in /proc. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define TEXT (1 << 20)

struct row {
	int pid, threads;
	long long size, rss, pss, uss, swap, pgtables;
};

struct totals {
	int processes, threads, kernel, gone, partial;
	long long size, rss, pss, uss, swap, pgtables;
};

#define ROW "{\"pid\":%d,\"threads\":%d,\"size_bytes\":%lld,\"rss_bytes\":%lld,\"pss_bytes\":%lld,\"uss_bytes\":%lld," \
	"\"swap_bytes\":%lld,\"pgtables_bytes\":%lld,"
#define TOTALS "\"totals\":{\"processes\":%d,\"threads\":%d,\"kernel\":%d,\"gone\":%d,\"partial\":%d,\"size_bytes\":%lld," \
	"\"rss_bytes\":%lld,\"pss_bytes\":%lld,\"uss_bytes\":%lld,\"swap_bytes\":%lld,\"pgtables_bytes\":%lld"

/* the rows of a document; how many, at most max */
static int rows(char *text, struct row *row, int max)
{
	int n = 0;

	for (char *at = strstr(text, "{\"pid\":"); at && n < max; at = strstr(at + 1, "{\"pid\":")) {
		struct row *r = &row[n];

		if (sscanf(at, ROW, &r->pid, &r->threads, &r->size, &r->rss, &r->pss, &r->uss, &r->swap, &r->pgtables) == 8)
			n++;
	}
	return n;
}

static int totals(const char *text, struct totals *t)
{
	const char *at = strstr(text, "\"totals\"");

	return at && sscanf(at, TOTALS, &t->processes, &t->threads, &t->kernel, &t->gone, &t->partial, &t->size, &t->rss, &t->pss,
			    &t->uss, &t->swap, &t->pgtables) == 11;
}

static long long kib(const char *text, const char *name)
{
	return text_number(text, name, 0) << 10;
}

/* a process that stands still: the fixture, and its child */
static void compare(struct __test_metadata *_metadata, pid_t pid, const char *source)
{
	static char text[TEXT];
	char *rollup, *status;
	long long uss;
	struct row r;

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source %s %d", source, pid)) { TH_LOG("%s", text); }
	ASSERT_EQ(1, rows(text, &r, 1)) { TH_LOG("%s", text); }
	rollup = pid_text(pid, "smaps_rollup", NULL);
	status = pid_text(pid, "status", NULL);
	EXPECT_EQ(pid, r.pid);
	EXPECT_EQ(text_number(status, "Threads", 0), r.threads);
	EXPECT_EQ(kib(status, "VmPTE"), r.pgtables);
	EXPECT_EQ(kib(rollup, "Rss"), r.rss);
	EXPECT_EQ(kib(rollup, "Swap"), r.swap);
	/* pages of libraries are the command's and its shell's, too, while it runs: private before and after */
	uss = kib(rollup, "Private_Clean") + kib(rollup, "Private_Dirty") + kib(rollup, "Private_Hugetlb");
	EXPECT_GE(uss, r.uss);
	EXPECT_LE(uss - (512 << 10), r.uss);
	EXPECT_GE(kib(rollup, "Pss") + 1024, r.pss);
	EXPECT_LE(kib(rollup, "Pss") - (512 << 10), r.pss);
	free(rollup);
	free(status);
}

TEST(is_smaps_rollup)
{
	compare(_metadata, fx->pid, "module");
	if (fx->child)
		compare(_metadata, fx->child, "module");
	compare(_metadata, fx->pid, "procfs");
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

TEST(counts_threads)
{
	static char text[TEXT];
	int ready[2];
	struct row r;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		pthread_t thread;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 6; i++)
			pthread_create(&thread, NULL, wait_for_ever, NULL);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		wait_for_ever(NULL);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source module %d", pid));
	ASSERT_EQ(1, rows(text, &r, 1)) { TH_LOG("%s", text); }
	EXPECT_EQ(7, r.threads);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* processes with memory, and without */
static void count(int *ret_with, int *ret_without)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	*ret_with = *ret_without = 0;
	while ((e = readdir(dir))) {
		int pid = atoi(e->d_name);
		char *status = pid > 0 ? pid_text(pid, "status", NULL) : NULL;

		if (!status)
			continue;
		++*(strstr(status, "\nVmSize:") ? ret_with : ret_without);
		free(status);
	}
	closedir(dir);
}

/* Each process once; others may come and go between two looks. */
TEST(shows_every_process)
{
	static char text[TEXT];
	static struct row row[4096];
	int with, without, n = 0;
	struct totals t = { 0 };

	for (int tries = 0; tries < 20; tries++) {
		count(&with, &without);
		ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source module"));
		n = rows(text, row, 4096);
		ASSERT_EQ(1, totals(text, &t));
		/* the command and its shell come on top; a shell may call it by exec */
		if (t.kernel + t.gone == without && (n == with + 1 || n == with + 2))
			break;
	}
	EXPECT_EQ(without, t.kernel + t.gone);
	EXPECT_LE(with + 1, n);
	EXPECT_GE(with + 2, n);
	EXPECT_EQ(n, t.processes);
	EXPECT_EQ(0, t.partial);

	struct totals sum = { 0 };

	for (int i = 0; i < n; i++) {
		sum.threads += row[i].threads;
		sum.rss += row[i].rss;
		sum.pss += row[i].pss;
		sum.uss += row[i].uss;
		sum.swap += row[i].swap;
		sum.pgtables += row[i].pgtables;
		EXPECT_LE(row[i].pss, row[i].rss + row[i].uss);
		for (int j = 0; j < i; j++)
			EXPECT_NE(row[j].pid, row[i].pid);
	}
	EXPECT_EQ(sum.threads, t.threads);
	EXPECT_EQ(sum.rss, t.rss);
	EXPECT_EQ(sum.pss, t.pss);
	EXPECT_EQ(sum.uss, t.uss);
	EXPECT_EQ(sum.swap, t.swap);
	EXPECT_EQ(sum.pgtables, t.pgtables);
}

TEST(sorts)
{
	static char text[TEXT];
	static struct row row[4096];
	int n;

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json -s -rss"));
	n = rows(text, row, 4096);
	ASSERT_LT(2, n);
	for (int i = 1; i < n; i++)
		EXPECT_LE(row[i].rss, row[i - 1].rss);
}

/* What is on the nodes is what is resident. */
TEST(adds_up_over_nodes)
{
	static char text[TEXT];
	long long rss, sum = 0;
	int pid, node, nodes = 0;
	struct row r;

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source module %d", fx->pid));
	ASSERT_EQ(1, rows(text, &r, 1));
	ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --nodes --source module %d", fx->pid));
	for (char *at = strstr(text, "{\"pid\":"); at; at = strstr(at + 1, "{\"pid\":")) {
		ASSERT_EQ(3, sscanf(at, "{\"pid\":%d,\"node\":%d,\"rss_bytes\":%lld", &pid, &node, &rss));
		EXPECT_EQ(fx->pid, pid);
		sum += rss;
		nodes++;
	}
	EXPECT_LT(0, nodes);
	EXPECT_EQ(r.rss, sum);
}

TEST(leaves_out_what_has_no_memory)
{
	static const char *const source[] = { "module", "procfs" };
	static char text[TEXT];
	struct totals t;
	pid_t zombie = fork();

	if (!zombie)
		_exit(0);
	ASSERT_EQ(0, waitid(P_PID, zombie, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	for (int i = 0; i < 2; i++) {
		/* a process that has ended, a kernel thread, and a number that nobody has */
		ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source %s %d 2 4194303", source[i], zombie));
		ASSERT_EQ(1, totals(text, &t)) { TH_LOG("%s", text); }
		EXPECT_EQ(0, t.processes);
		EXPECT_EQ(1, t.kernel);
		EXPECT_EQ(2, t.gone);
	}
	waitpid(zombie, NULL, 0);
}

TEST(processes_end_meanwhile)
{
	static const char *const source[] = { "module", "procfs" };
	static char text[TEXT];
	pid_t pid = fork();
	struct totals t;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			if (!fork())
				_exit(0);
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		}
	}
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, mms_tool(text, sizeof(text), "ps --json --source %s", source[i & 1])) { TH_LOG("%s", text); }
		EXPECT_EQ('{', *text);
		EXPECT_EQ(1, totals(text, &t));
		EXPECT_LT(3, t.processes);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

MMS_TEST_MAIN
