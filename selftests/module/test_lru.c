// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope lru against memory.stat of a cgroup with a known number of pages, the nodes'
 * vmstat, and MGLRU's own file in debugfs.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define PAGES	1009
#define ROOT	"/sys/fs/cgroup"
#define NAME	"mms-lru-test"
#define ENABLED	"/sys/kernel/mm/lru_gen/enabled"

static volatile char *ready;
static const char *const lists[] = { "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable" };

FIXTURE(lru)
{
	char text[1 << 20];
	pid_t pid;
};

FIXTURE_SETUP(lru)
{
	char pid[16];

	self->pid = 0;
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
	if (access(ROOT "/cgroup.subtree_control", W_OK))
		SKIP(return, "no cgroup2 is mounted at " ROOT);
	file_write(ROOT "/cgroup.subtree_control", "+memory");
	mkdir(ROOT "/" NAME, 0700);
	if (access(ROOT "/" NAME "/memory.stat", R_OK))
		SKIP(return, "there is no memory controller");
	*ready = 0;
	self->pid = fork();
	if (!self->pid) {
		char *pages;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(pid, sizeof(pid), "%d", getpid());
		file_write(ROOT "/" NAME "/cgroup.procs", pid);
		pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(pages, PAGES * PAGE, MADV_NOHUGEPAGE);
		memset(pages, 1, PAGES * PAGE);
		/* 31 of them cannot be evicted; and that puts what this CPU has not put into a list yet there */
		*ready = mlock(pages, 31 * PAGE) ? 2 : 1;
		for (;;)
			pause();
	}
	for (int i = 0; i < 10000 && !*ready; i++)
		usleep(1000);
	usleep(300000);
}

FIXTURE_TEARDOWN(lru)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	for (int i = 0; i < 100 && rmdir(ROOT "/" NAME) && errno == EBUSY; i++)
		usleep(10000);
}

/* MGLRU on or off, or as it was; ret_was is how it was */
static void turn(const char *to, char *ret_was, size_t size)
{
	char *was = ret_was ? file_text(ENABLED, NULL) : NULL;

	if (ret_was)
		snprintf(ret_was, size, "%s", was ? was : "");
	free(was);
	file_write(ENABLED, to);
}

static void memory_stat(unsigned long ret[5])
{
	char *text = file_text(ROOT "/" NAME "/memory.stat", NULL), *p;
	char key[32];

	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "\n%s ", lists[i]);
		p = text ? strstr(text, key) : NULL;
		ret[i] = p ? strtoul(p + strlen(key), NULL, 10) : ~0UL;
	}
	free(text);
}

/*
 * The cgroup is a leaf, so its own pages are all. What a CPU holds back to put into lists
 * together may come meanwhile: memory.stat is read before and after, and a batch of 31
 * pages (PAGEVEC_SIZE) of each CPU is forgiven.
 */
TEST_F(lru, agrees_with_memory_stat)
{
	unsigned long before[5], after[5], got[5], sum[5] = {};
	const unsigned long slack = 31 * 2 * PAGE;
	int rows = 0;

	memory_stat(before);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text),
			      "lru -n -r -o inactive_anon,active_anon,inactive_file,active_file,unevictable " NAME))
		TH_LOG("%s", self->text);
	memory_stat(after);
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n"), rows++) {
		ASSERT_EQ(5, sscanf(line, "%lu %lu %lu %lu %lu", &got[0], &got[1], &got[2], &got[3], &got[4])) TH_LOG("%s", line);
		for (int i = 0; i < 5; i++)
			sum[i] += got[i];
	}
	EXPECT_LT(0, rows);
	for (int i = 0; i < 5; i++) {
		unsigned long low = before[i] < after[i] ? before[i] : after[i], high = before[i] + after[i] - low;

		EXPECT_GE(sum[i] + slack, low) { TH_LOG("%s: %lu, memory.stat %lu, %lu", lists[i], sum[i], before[i], after[i]); }
		EXPECT_LE(sum[i], high + slack) { TH_LOG("%s: %lu, memory.stat %lu, %lu", lists[i], sum[i], before[i], after[i]); }
	}
	EXPECT_LE((PAGES - 31 - 62) * PAGE, sum[0] + sum[1]);
	EXPECT_EQ(1, *ready);
	EXPECT_EQ(31 * PAGE, sum[4]);
}

/* All nodes: what is printed beside the rows is the nodes' own vmstat, and cgroups are a part of it. */
TEST_F(lru, parts_are_no_more_than_the_node)
{
	unsigned long cgroups = 0, nodes = 0, n;
	char *p, *end;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "lru --json")) TH_LOG("%s", self->text);
	end = strstr(self->text, "\"nodes\":");
	ASSERT_TRUE(end);
	for (p = strstr(self->text, "\"active_anon_bytes\":"); p; p = strstr(p + 1, "\"active_anon_bytes\":")) {
		sscanf(p, "\"active_anon_bytes\":%lu", &n);
		if (p < end)
			cgroups += n;
		else
			nodes += n;
	}
	EXPECT_LT(0, cgroups);
	/* batches of counters of each CPU and node: 125 pages (MAX_THRESHOLD) */
	EXPECT_LE(cgroups, nodes + 2 * 2 * 125 * PAGE);
	/* what is of cgroups that are gone is in no row, but in this VM that is not much */
	EXPECT_LE(nodes / 2, cgroups);
}

/* memcg, node, and then a line for each generation: number, age in ms, pages of each type */
TEST_F(lru, agrees_with_lru_gen)
{
	unsigned long seq, age, anon, file, got_seq, got_age, got_anon, got_file, rows = 0, same = 0, bad = 0;
	char *text, *line, *save, *tool_line, *tool_save, type_a, type_f, enabled[16];
	bool in = false;
	int tries;

	if (access(ENABLED, W_OK))
		SKIP(return, "the kernel has no MGLRU");
	if (access("/sys/kernel/debug/lru_gen", R_OK))
		SKIP(return, "there is no /sys/kernel/debug/lru_gen");
	turn("y", enabled, sizeof(enabled));
	/* kswapd and CPUs that put pages into lists may come between: the same in one of five tries */
	for (tries = 0; tries < 5; tries++) {
		rows = same = bad = 0;
		ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "lru --list -n -r -o seq,age,anon,file " NAME))
			TH_LOG("%s", self->text);
		text = file_text("/sys/kernel/debug/lru_gen", NULL);
		ASSERT_TRUE(text);
		tool_line = strtok_r(self->text, "\n", &tool_save);
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			if (strstr(line, "memcg")) {
				in = strstr(line, "/" NAME);
				continue;
			}
			if (!in || strstr(line, "node"))
				continue;
			ASSERT_LE(4, sscanf(line, "%lu %lu %lu%c %lu%c", &seq, &age, &anon, &type_a, &file, &type_f)) TH_LOG("%s", line);
			ASSERT_TRUE(tool_line);
			rows++;
			/* a dash is a type whose oldest generation is younger */
			if (sscanf(tool_line, "%lu %lu %lu %lu", &got_seq, &got_age, &got_anon, &got_file) == 4) {
				same += got_seq == seq && got_anon == anon * PAGE && got_file == file * PAGE;
				/* the tool was first; it takes its time under emulation */
				bad += got_age / 1000000 > age + 20 || got_age / 1000000 + 20000 < age;
			}
			tool_line = strtok_r(NULL, "\n", &tool_save);
		}
		free(text);
		EXPECT_EQ(NULL, tool_line);
		if (same == rows && !bad)
			break;
	}
	turn(enabled, NULL, 0);
	EXPECT_LT(0, rows);
	EXPECT_EQ(rows, same);
	EXPECT_EQ(0, bad);
}

/* Without MGLRU the lists are the kernel's own, and generations are refused with the reason. */
TEST_F(lru, without_generations)
{
	unsigned long before[5], after[5], got[5], sum = 0;
	char enabled[16];
	int status;

	if (access(ENABLED, W_OK))
		SKIP(return, "the kernel has no MGLRU");
	turn("n", enabled, sizeof(enabled));
	memory_stat(before);
	status = mms_tool(self->text, sizeof(self->text), "lru -n -r -o inactive_anon,active_anon,inactive_file,active_file,unevictable " NAME);
	memory_stat(after);
	EXPECT_EQ(0, status);
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%lu %lu %lu %lu %lu", &got[0], &got[1], &got[2], &got[3], &got[4]) == 5)
			sum += got[0] + got[1];
	EXPECT_LE(before[0] + before[1], sum + 62 * PAGE);
	EXPECT_GE(after[0] + after[1] + 62 * PAGE, sum);
	EXPECT_EQ(4, mms_tool(self->text, sizeof(self->text), "lru --list"));
	EXPECT_TRUE(strstr(self->text, "MGLRU is off")) { TH_LOG("%s", self->text); }
	EXPECT_EQ(0, mms_tool(self->text, sizeof(self->text), "lru --json"));
	EXPECT_TRUE(strstr(self->text, "\"generations\":\"MGLRU is off"));
	turn(enabled, NULL, 0);
}

/* Where the memory controller is on no hierarchy that is mounted, it says so. */
TEST_F(lru, without_cgroups_says_why)
{
	int status;

	if (!fork()) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || umount2(ROOT, MNT_DETACH))
			_exit(1);
		if (mms_tool(self->text, sizeof(self->text), "lru") != 4)
			_exit(2);
		_exit(strstr(self->text, "mount -t cgroup2") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(lru, refuses)
{
	int status;

	EXPECT_EQ(1, mms_tool(self->text, sizeof(self->text), "lru no/such/cgroup"));
	EXPECT_TRUE(strstr(self->text, "no cgroup 'no/such/cgroup'"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "lru a b"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "lru -s no_such_column"));
	if (!fork()) {
		if (mms_be_nobody())
			_exit(1);
		if (mms_tool(self->text, sizeof(self->text), "lru") != 4)
			_exit(2);
		_exit(strstr(self->text, "CAP_BPF") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	ready = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ready == MAP_FAILED)
		return 1;
	return test_harness_run(argc, argv);
}
