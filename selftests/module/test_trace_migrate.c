// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace migrate: a known number of pages is moved from node to node, beside what
 * the system calls said and what /proc/vmstat counts of the same.
 *
 * NUMA balancing is off meanwhile, except where it is what is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define BALANCING	"/proc/sys/kernel/numa_balancing"
#define RESULT		"/tmp/mms-migrate"
#define MPOL_DEFAULT	0
#define MPOL_BIND	2
#define MPOL_MF_MOVE	(1 << 1)

static struct mms_said s;

/* ---- the workloads --------------------------------------------------------------- */

/* @pages small pages, all on node 0, which may go anywhere from now on */
static char *pages_on_node_0(size_t pages)
{
	const unsigned long node_0 = 1;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	if (syscall(SYS_mbind, p, pages * PAGE, MPOL_BIND, &node_0, 65UL, 0))
		return NULL;
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = i + 1;
	return syscall(SYS_mbind, p, pages * PAGE, MPOL_DEFAULT, NULL, 0UL, 0) ? NULL : p;
}

/* To node 1; how many are there then, and how many could not be moved */
static void move(char *p, size_t pages, size_t *ret_there, size_t *ret_busy)
{
	void *at[64];
	int to[64], status[64];

	*ret_there = *ret_busy = 0;
	for (size_t i = 0; i < pages; i++) {
		at[i] = p + i * PAGE;
		to[i] = 1;
	}
	syscall(SYS_move_pages, 0, pages, at, to, status, MPOL_MF_MOVE);
	syscall(SYS_move_pages, 0, pages, at, NULL, status, 0);
	for (size_t i = 0; i < pages; i++) {
		*ret_there += status[i] == 1;
		*ret_busy += status[i] == 0;
	}
}

static int work_move(void)
{
	char *p = pages_on_node_0(17);
	size_t there, busy;

	if (!p)
		return 1;
	move(p, 17, &there, &busy);
	return there != 17 || busy;
}

/* Somebody else holds 5 of them */
static int work_busy(void)
{
	char *p = pages_on_node_0(19);
	size_t there, busy;

	for (int i = 0; i < 5; i++) {
		struct iovec iov = { p + (3 * i + 1) * PAGE, PAGE };
		int pipes[2];

		if (pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != PAGE)
			return 1;
	}
	move(p, 19, &there, &busy);
	return there != 14 || busy != 5;
}

static int work_mbind(void)
{
	const unsigned long node_1 = 2;
	char *p = pages_on_node_0(23);

	return syscall(SYS_mbind, p, 23 * PAGE, MPOL_BIND, &node_1, 65UL, MPOL_MF_MOVE);
}

/* All that is the process's own, 29 pages among them */
static int work_process(void)
{
	const unsigned long node_0 = 1, node_1 = 2;
	char *p = pages_on_node_0(29);

	return !p || syscall(SYS_migrate_pages, 0, 65UL, &node_0, &node_1) < 0;
}

static int work_calls(void)
{
	return work_move() || work_busy() || work_mbind() || work_process();
}

/* What the kernel has counted of this thread in /proc/self/sched */
static long own_moved(int sched)
{
	static char text[16384];
	const char *line;
	ssize_t n = pread(sched, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "\nnuma_pages_migrated");
	return line ? atol(strchr(line, ':') + 1) : -1;
}

/* The first CPU of node 1, where memory of node 0 is far */
static int run_on_node_1(void)
{
	FILE *f = fopen("/sys/devices/system/node/node1/cpulist", "r");
	int cpu;

	if (!f || fscanf(f, "%d", &cpu) != 1)
		return -1;
	fclose(f);
	return cpu_pin(cpu);
}

/*
 * Uses memory of node 0 on node 1 until some of it has been moved, and leaves what was
 * counted. With a policy of its own nothing more is moved then; what is moved with
 * balancing turned off, as the fault was still to come, is not counted.
 */
static int work_balance(void)
{
	int sched = open("/proc/self/sched", O_RDONLY), out = open(RESULT, O_RDWR | O_CREAT | O_TRUNC, 0600);
	const unsigned long both = 3;
	volatile char *p = pages_on_node_0(1021);
	long moved;

	if (sched < 0 || out < 0 || !p || run_on_node_1() || file_write(BALANCING, "1"))
		return 1;
	for (int i = 0; i < 100000 && own_moved(sched) < 101; i++)
		for (size_t page = 0; page < 1021 * 10; page++)
			p[page % 1021 * PAGE]++;
	if (syscall(SYS_set_mempolicy, MPOL_BIND, &both, 65UL))
		return 1;
	moved = own_moved(sched);
	return write(out, &moved, sizeof(moved)) != sizeof(moved);
}

static const struct mms_workload workloads[] = {
	{ "calls", work_calls }, { "balance", work_balance }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ---------------------------------------------------------------------- */

/* clang-format off */
FIXTURE(migrate)
{
	char balancing[16];
};
/* clang-format on */

FIXTURE_SETUP(migrate)
{
	int fd = open(BALANCING, O_RDONLY);

	NEED_TOOL();
	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one node: nothing can be moved");
	if (fd >= 0 && read(fd, self->balancing, sizeof(self->balancing) - 1) > 0)
		ASSERT_EQ(0, file_write(BALANCING, "0"));
	close(fd);
}

FIXTURE_TEARDOWN(migrate)
{
	if (*self->balancing)
		file_write(BALANCING, self->balancing);
}

static uint64_t total(const char *key, const char *cause)
{
	uint64_t sum = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++)
		if (!cause || !strcmp(mms_value(s.event[i], "cause", buf), cause))
			sum += mms_number(s.event[i], key);
	return sum;
}

TEST_F(migrate, calls)
{
	long moved = file_number("/proc/vmstat", "pgmigrate_success"), failed = file_number("/proc/vmstat", "pgmigrate_fail"), process;
	char buf[256];

	mms_trace(&s, "migrate", "", "calls");
	moved = file_number("/proc/vmstat", "pgmigrate_success") - moved;
	failed = file_number("/proc/vmstat", "pgmigrate_fail") - failed;
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));
	EXPECT_EQ(moved, total("moved_pages", NULL));
	EXPECT_EQ(failed, total("failed_pages", NULL));
	EXPECT_EQ(s.events, mms_count(&s, "cause", "syscall") + mms_count(&s, "cause", "mbind"));

	/* in the order of the calls: each has one list, but for that of the whole process */
	ASSERT_LE(4, s.events);
	EXPECT_EQ(17, mms_number(s.event[0], "moved_pages"));
	EXPECT_EQ(0, mms_number(s.event[0], "failed_pages"));
	EXPECT_EQ(14, mms_number(s.event[1], "moved_pages"));
	EXPECT_EQ(5, mms_number(s.event[1], "failed_pages"));
	EXPECT_EQ(1, mms_count(&s, "cause", "mbind"));
	EXPECT_EQ(23, total("moved_pages", "mbind"));
	EXPECT_STREQ("mbind", mms_value(s.event[2], "cause", buf));
	process = total("moved_pages", "syscall") - 17 - 14;
	EXPECT_LE(29, process);
	for (size_t i = 0; i < s.events; i++) {
		EXPECT_STREQ("0", mms_value(s.event[i], "from", buf));
		if (i != 2)
			EXPECT_STREQ("1", mms_value(s.event[i], "to", buf));
		EXPECT_STREQ("sync", mms_value(s.event[i], "mode", buf));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}
}

/* Beside what the kernel counts of the same thread: pages that its faults have moved */
TEST_F(migrate, numa_balancing)
{
	long moved = -1;
	int fd;

	if (!*self->balancing || access("/proc/self/sched", F_OK))
		SKIP(return, "this kernel has no NUMA balancing, or does not say what it does");
	mms_trace(&s, "migrate", "--cause numa,numa-hint -o +hinted", "balance");
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	fd = open(RESULT, O_RDONLY);
	ASSERT_EQ(sizeof(moved), read(fd, &moved, sizeof(moved)));
	close(fd);
	unlink(RESULT);
	EXPECT_LT(100, moved);
	EXPECT_EQ(moved, total("moved_pages", "numa-hint"));
	EXPECT_EQ(moved, total("moved_pages", "numa"));
	EXPECT_LE(moved, total("hinted_pages", "numa-hint"));
	for (size_t i = 0; i < s.events; i++) {
		char buf[256];

		if (strcmp(mms_value(s.event[i], "cause", buf), "numa"))
			continue;
		EXPECT_STREQ("0", mms_value(s.event[i], "from", buf));
		EXPECT_STREQ("1", mms_value(s.event[i], "to", buf));
		EXPECT_STREQ("async", mms_value(s.event[i], "mode", buf));
	}
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
