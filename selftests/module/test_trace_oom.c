// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace oom, in a memory cgroup with a limit: beside memory.events, what the
 * workload knows of its processes, and what the kernel's log says of them.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/pool.h"
#include "../lib/tool.h"
#include "../lib/tracer.h"

#define CGROUP	"/sys/fs/cgroup/mms-oom"
#define LOCK	"/sys/module/mms_test_mmaplock/parameters/pid"
#define LIMIT	8192	/* pages */
#define HOGS	5

static struct mms_said s;

static int put_number(const char *path, int number)
{
	char text[20];

	snprintf(text, sizeof(text), "%d", number);
	return !file_write(path, text);
}

static long counted(const char *word)
{
	return file_number(CGROUP "/memory.events", word);
}

/* ---- the workloads ---------------------------------------------------------------- */

static void use(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = i;
}

/* A process in the memory cgroup that has touched so many pages, and waits. */
static int sleeper(const char *name, int adj, size_t pages)
{
	int ready[2], pid;
	char byte = 0;

	if (pipe(ready))
		exit(9);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (!put_number("/proc/self/oom_score_adj", adj) || file_write(CGROUP "/cgroup.procs", "0"))
			_exit(9);
		use(pages);
		if (write(ready[1], &byte, 1) != 1)
			_exit(9);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(9);
	close(ready[0]);
	return pid;
}

/* One that wants more than there is: whether it was killed. */
static int hog(const char *name)
{
	int pid = fork(), status;

	if (!pid) {
		prctl(PR_SET_NAME, name);
		if (file_write(CGROUP "/cgroup.procs", "0"))
			_exit(9);
		use(2 * LIMIT);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int end(int pid)
{
	int status;

	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid;
}

static int work_limit(void)
{
	int idle = sleeper("mms-idle", 100, 307), spared = sleeper("mms-spared", -1000, 211), i;

	for (i = 0; i < HOGS; i++)
		if (!hog("mms-hog"))
			return 2;
	return !end(idle) || !end(spared);
}

static int work_group(void)
{
	int one = sleeper("mms-one", 0, 307), two = sleeper("mms-two", 0, 211);

	return !hog("mms-grower") || !end(one) || !end(two);
}

static volatile int napping;

/* It touches what it needs before the other one is at the limit: it must not ask for memory. */
static int nap(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	syscall(SYS_getppid);
	napping = 1;
	for (;;)
		syscall(SYS_pause);
	return 0;
}

/* Another process has its memory, but is in no memory cgroup with a limit: no candidate. */
static int work_shared(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	int pid = fork(), other, status;

	if (!pid) {
		prctl(PR_SET_NAME, "mms-sharer");
		other = clone(nap, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
		if (other < 0 || file_write(CGROUP "/cgroup.procs", "0"))
			_exit(9);
		while (!napping)
			usleep(1000);
		use(2 * LIMIT);
		_exit(0);
	}
	return waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status);
}

static int stuck;	/* whose mmap_lock is held */
static volatile int reading;

static int read_stuck(void *unused)
{
	static char text[16];
	struct iovec to = { text, sizeof(text) }, from = { text, sizeof(text) };

	(void)unused;
	/* both know them from now on: nothing to wait for but the lock */
	text[0] = 1;
	syscall(SYS_process_vm_readv, 0, NULL, 0, NULL, 0, 0);
	reading = 1;
	syscall(SYS_process_vm_readv, stuck, &to, 1, &from, 1, 0);
	return 0;
}

/* Until a thread of this process sleeps so that no signal wakes it */
static int wait_stuck(int tid)
{
	char path[64], line[256], *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	for (int i = 0; i < 5000; i++) {
		f = fopen(path, "r");
		state = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		if (f)
			fclose(f);
		if (reading && state && state[2] == 'D')
			return 1;
		usleep(1000);
	}
	return 0;
}

/* Lines of the kernel's log from now on */
static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	lseek(fd, 0, SEEK_END);
	return fd;
}

static char log_line[4096];

/* The next one with these words, in log_line */
static int log_has(int fd, const char *words)
{
	ssize_t n;

	/* EPIPE: lines went by */
	while ((n = read(fd, log_line, sizeof(log_line) - 1)) > 0 || errno == EPIPE) {
		log_line[n > 0 ? n : 0] = '\0';
		if (strstr(log_line, words))
			return 1;
		errno = 0;
	}
	return 0;
}

/*
 * One that cannot exit, as a thread of it waits for a lock and no signal ends that: so
 * oom_reaper has to take its memory.
 */
static int work_reaped(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	int log = log_open(), pid, tid, status, i;

	stuck = fork();
	if (!stuck) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (!put_number(LOCK, stuck))
		return 2;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NAME, "mms-stuck");
		tid = clone(read_stuck, stack + sizeof(stack),
			    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
		if (tid < 0 || !wait_stuck(tid) || file_write(CGROUP "/cgroup.procs", "0"))
			_exit(9);
		use(2 * LIMIT);
		_exit(0);
	}
	for (i = 0; i < 300 && !log_has(log, "oom_reaper: reaped process"); i++)
		usleep(100000);
	/* Its memory goes when oom_reaper has let go of its mmap_lock, and told all. */
	put_number(LOCK, 0);
	return i == 300 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || !end(stuck);
}

/* Where the module is missing that reaped needs, all but that */
static int work(void)
{
	const long before = counted("oom_kill");

	if (work_limit() || counted("oom_kill") != before + HOGS)
		return 3;
	if (file_write(CGROUP "/memory.oom.group", "1") || work_group() ||
	    counted("oom_group_kill") != 1 || file_write(CGROUP "/memory.oom.group", "0"))
		return 4;
	if (work_shared())
		return 5;
	return access(LOCK, W_OK) || !work_reaped() ? 0 : 6;
}

/*
 * Where no memory cgroup is at its limit: all nodes are full, or those that a policy or a
 * cpuset allows. What fills them is the pool of huge pages, which nobody may have.
 */
enum constraint { NONE, CPUSET, MEMPOLICY, NR_CONSTRAINTS };

static const struct {
	const char *word, *name, *log;
} constraints[] = {
	[NONE] = { "none", "mms-any", "constraint=CONSTRAINT_NONE," },
	[CPUSET] = { "cpuset", "mms-cpuset", "constraint=CONSTRAINT_CPUSET," },
	[MEMPOLICY] = { "mempolicy", "mms-policy", "constraint=CONSTRAINT_MEMORY_POLICY," },
};

#define SPARE	24	/* huge pages on each node that are left */

static int hungry(enum constraint which)
{
	int pid = fork(), status;

	if (!pid) {
		const unsigned long node_1 = 2;

		prctl(PR_SET_NAME, constraints[which].name);
		if (!put_number("/proc/self/oom_score_adj", 1000) ||
		    (which == CPUSET && file_write(CGROUP "/cgroup.procs", "0")) ||
		    (which == MEMPOLICY && syscall(SYS_set_mempolicy, 2 /* MPOL_BIND */, &node_1, 65UL)))
			_exit(9);
		use((1UL << 30) / PAGE);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int killed;

static void work_whole(void)
{
	killed = pool_take(1, SPARE) ? hungry(MEMPOLICY) + hungry(CPUSET) : 0;
	killed += pool_take(0, SPARE) ? hungry(NONE) : 0;
}

static const struct mms_workload workloads[] = { { "work", work }, { NULL, NULL } };

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------ */

/* clang-format off */
FIXTURE(memcg)
{
	char id[32];
};
/* clang-format on */

FIXTURE_SETUP(memcg)
{
	struct stat st;

	NEED_TOOL();
	rmdir(CGROUP);
	if (mkdir(CGROUP, 0755) || access(CGROUP "/memory.max", W_OK))
		SKIP(return, "no memory cgroup (v2)");
	ASSERT_TRUE(put_number(CGROUP "/memory.max", LIMIT * PAGE));
	if (!access(CGROUP "/memory.swap.max", W_OK))
		ASSERT_EQ(0, file_write(CGROUP "/memory.swap.max", "0"));
	ASSERT_EQ(0, stat(CGROUP, &st));
	snprintf(self->id, sizeof(self->id), "%lu", st.st_ino);
}

FIXTURE_TEARDOWN(memcg)
{
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

/* Rows of a cause about a process of this name */
static size_t rows(const char *cause, const char *name)
{
	char buf[256];
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += !strcmp(mms_value(s.event[i], "cause", buf), cause) &&
		     !strcmp(mms_value(s.event[i], "name", buf), name);
	return n;
}

/* What a line of the log says in KiB, as pages */
static long log_pages(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? strtol(at + strlen(word), NULL, 10) * 1024 / PAGE : -1;
}

/* The next row of a victim, from *@at on */
static const char *next_victim(size_t *at)
{
	char buf[256];

	while (*at < s.events)
		if (!strcmp(mms_value(s.event[(*at)++], "cause", buf), "victim"))
			return s.event[*at - 1];
	return NULL;
}

/* Decisions of work_limit(): each row */
static void check_limit(struct __test_metadata *_metadata, const char *memcg)
{
	size_t victims = 0, candidates = 0, decision;
	char buf[256], cause[256];

	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];
		long pages, points;

		mms_value(line, "cause", cause);
		decision = mms_number(line, "decision");
		if (decision > HOGS || !strcmp(cause, "skipped"))
			continue;
		EXPECT_STREQ(memcg, mms_value(line, "memcg", buf));
		EXPECT_EQ(LIMIT, mms_number(line, "limit_pages"));
		EXPECT_GE(LIMIT, mms_number(line, "usage_pages"));
		EXPECT_LE(LIMIT - 64, mms_number(line, "usage_pages"));
		EXPECT_EQ(LIMIT, mms_number(line, "total_pages"));
		EXPECT_STREQ("memcg", mms_value(line, "constraint", buf));
		EXPECT_EQ(0, mms_number(line, "order"));
		EXPECT_STREQ("mms-hog", mms_value(line, "comm", buf));
		/* They stand in this order: three candidates, the decision, the victim. */
		victims += !strcmp(cause, "victim");
		candidates += !strcmp(cause, "candidate");
		EXPECT_EQ(candidates, 3 * (decision - 1) + mms_number(line, "candidates"));
		EXPECT_EQ(decision - !!strcmp(cause, "victim"), victims);
		pages = mms_number(line, "rss_pages") + mms_number(line, "swap_pages") +
			mms_number(line, "tables_pages");
		points = strtol(mms_value(line, "points", buf), NULL, 10);
		mms_value(line, "name", buf);
		if (!strcmp(buf, "mms-spared")) {
			EXPECT_STREQ("null", mms_value(line, "points", buf));
			EXPECT_STREQ("-1000", mms_value(line, "adj", buf));
		} else if (!strcmp(buf, "mms-idle")) {
			EXPECT_STREQ("100", mms_value(line, "adj", buf));
			EXPECT_EQ(pages + 100 * (LIMIT / 1000), points);
		} else {
			EXPECT_STREQ("0", mms_value(line, "adj", buf));
			EXPECT_EQ(pages, points);
			EXPECT_LE(LIMIT / 2, pages);
		}
	}
}

/* Who was killed, beside what the kernel's log says of each */
static void check_log(struct __test_metadata *_metadata, int log)
{
	size_t at = 0, killed;
	const char *row;

	for (killed = 0; killed < HOGS && log_has(log, "Killed process"); killed++) {
		row = next_victim(&at);
		ASSERT_NE(NULL, row);
		EXPECT_EQ(strtoul(strstr(log_line, "Killed process") + 15, NULL, 10),
			  mms_number(row, "task"));
		EXPECT_EQ(log_pages(log_line, "pgtables:"), mms_number(row, "tables_pages"));
		EXPECT_EQ(log_pages(log_line, "anon-rss:") + log_pages(log_line, "file-rss:") +
				  log_pages(log_line, "shmem-rss:"),
			  mms_number(row, "rss_pages"));
	}
	EXPECT_EQ(HOGS, killed);
}

static void check_reaped(struct __test_metadata *_metadata)
{
	char buf[256];

	EXPECT_EQ(1, rows("victim", "mms-stuck"));
	EXPECT_EQ(1, mms_count(&s, "cause", "reaped"));
	for (size_t i = 0; i < s.events; i++) {
		if (strcmp(mms_value(s.event[i], "cause", buf), "reaped"))
			continue;
		EXPECT_EQ(HOGS + 3, mms_number(s.event[i], "decision"));
		EXPECT_LE(LIMIT - 512, mms_number(s.event[i], "freed_pages"));
		EXPECT_GE(LIMIT + 512, mms_number(s.event[i], "freed_pages"));
		EXPECT_STREQ("oom_reaper", mms_value(s.event[i], "comm", buf));
	}
}

/* All in one run: it takes seconds to load the programs where all is emulated */
TEST_F(memcg, decisions)
{
	const char *why = mms_kmod_load("mms_test_mmaplock");
	int log = log_open();

	mms_trace(&s, "oom", "-o +candidates,order,constraint,total,memcg,usage,limit,swap,tables", "work");
	mms_kmod_unload("mms_test_mmaplock");
	if (s.status)
		mms_tell(&s);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));

	EXPECT_EQ(HOGS + 2 + !why, mms_count(&s, "cause", "decision"));
	EXPECT_EQ(HOGS + 2 + !why, mms_count(&s, "cause", "victim"));
	EXPECT_EQ(3 * HOGS + 3 + 1 + !why, mms_count(&s, "cause", "candidate"));
	EXPECT_EQ(0, mms_count(&s, "cause", "exiting"));

	EXPECT_EQ(HOGS, rows("decision", "mms-hog"));
	EXPECT_EQ(HOGS, rows("victim", "mms-hog"));
	EXPECT_EQ(HOGS, rows("candidate", "mms-hog"));
	EXPECT_EQ(HOGS, rows("candidate", "mms-idle"));
	EXPECT_EQ(HOGS, rows("candidate", "mms-spared"));
	check_limit(_metadata, self->id);
	check_log(_metadata, log);
	close(log);

	EXPECT_EQ(1, rows("decision", "mms-grower"));
	EXPECT_EQ(1, rows("victim", "mms-grower"));
	EXPECT_EQ(2, mms_count(&s, "cause", "group"));
	EXPECT_EQ(1, rows("group", "mms-one"));
	EXPECT_EQ(1, rows("group", "mms-two"));

	EXPECT_EQ(1, rows("victim", "mms-sharer"));
	EXPECT_EQ(1, mms_count(&s, "cause", "shared"));
	EXPECT_EQ(1, rows("shared", "mms-sharer"));

	if (why)
		SKIP(return, "reaped: mms_test_mmaplock: %s", why);
	check_reaped(_metadata);
}

/* clang-format off */
FIXTURE(whole)
{
	long pool[2];
	bool swap_off;
};
/* clang-format on */

FIXTURE_SETUP(whole)
{
	NEED_TOOL();
	if (access("/sys/devices/system/node/node1", F_OK) || !access("/sys/devices/system/node/node2", F_OK))
		SKIP(return, "this machine has not two nodes");
	for (int node = 0; node < 2; node++) {
		self->pool[node] = pool_size(node);
		ASSERT_LE(0, self->pool[node]);
	}
	rmdir(CGROUP);
	ASSERT_EQ(0, mkdir(CGROUP, 0755));
	file_write("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset");
	if (file_write(CGROUP "/cpuset.mems", "1"))
		SKIP(return, "no cpuset cgroup (v2)");
	self->swap_off = !swapoff("/dev/zram0");
}

FIXTURE_TEARDOWN(whole)
{
	for (int node = 0; node < 2; node++)
		pool_resize(node, self->pool[node]);
	if (self->swap_off)
		EXPECT_EQ(0, swapon("/dev/zram0", 0));
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

/* One decision each, beside what the kernel's log says of it. It may be the tracer that asks for memory then. */
TEST_F(whole, constraints)
{
	static const enum constraint order[] = { MEMPOLICY, CPUSET, NONE };
	char buf[256];
	size_t n = 0;
	int log = log_open();

	mms_trace_while(&s, "oom", "--cause decision,victim -o +constraint,total,memcg", work_whole);
	if (s.status)
		mms_tell(&s);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(NR_CONSTRAINTS, killed);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_LE(NR_CONSTRAINTS, mms_count(&s, "cause", "decision"));
	EXPECT_EQ(NR_CONSTRAINTS, mms_count(&s, "cause", "victim"));
	for (size_t i = 0; i < s.events; i++) {
		const enum constraint which = order[n < NR_CONSTRAINTS ? n : NR_CONSTRAINTS - 1];

		/* nobody was chosen, as one is dying: another asks until its memory is there */
		if (!strcmp(mms_value(s.event[i], "name", buf), "null"))
			continue;
		EXPECT_STREQ(constraints[which].word, mms_value(s.event[i], "constraint", buf));
		EXPECT_STREQ(constraints[which].name, mms_value(s.event[i], "name", buf));
		EXPECT_STREQ("1000", mms_value(s.event[i], "adj", buf));
		EXPECT_STREQ("null", mms_value(s.event[i], "memcg", buf));
		if (strcmp(mms_value(s.event[i], "cause", buf), "victim"))
			continue;
		ASSERT_TRUE(log_has(log, constraints[which].log));
		EXPECT_NE(NULL, strstr(log_line, constraints[which].name));
		n++;
	}
	close(log);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
