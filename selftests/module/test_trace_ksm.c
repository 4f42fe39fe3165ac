// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace ksm: prime numbers of pages with equal contents are merged, written to,
 * shared by fork, unmerged, beside what /sys/kernel/mm/ksm and /proc/vmstat count.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define KSM	"/sys/kernel/mm/ksm/"
#define SAID	"/tmp/mms-ksm"
#define CGROUP	"/sys/fs/cgroup/mms-ksm"

#define BASE	0x200000000000UL

/* pages with the same contents, one kind behind the other */
#define FIRST	7
#define SECOND	5
#define ZEROS	3
#define OTHERS	11 /* each with contents of its own */
#define HELD	2 /* as the first, and in a pipe, too */
#define PAGES	(FIRST + SECOND + ZEROS + OTHERS + HELD)
#define AT_ZEROS (FIRST + SECOND)
#define AT_OTHERS (AT_ZEROS + ZEROS)
#define AT_HELD	(AT_OTHERS + OTHERS)

#define WRITES	3 /* to the first kind */
#define UNDONE_SCANS 11
#define ZERO_WRITES 2
#define FORKED	(FIRST - WRITES + SECOND) /* pages that are shared when it forks */

static struct mms_said s;

static long ksm(const char *name)
{
	char path[128], *text;
	long n = -1;

	snprintf(path, sizeof(path), KSM "%s", name);
	text = file_text(path, &(size_t){ 0 });
	if (text)
		n = strtol(text, NULL, 10);
	free(text);
	return n;
}

static int set_ksm(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), KSM "%s", name);
	return file_write(path, value);
}

/* ---- the workload ------------------------------------------------------------------- */

/* Until a file says so, and for two scans more; false: it never did */
static bool wait_for(const char *name, long value)
{
	long scans;

	for (int i = 0; ksm(name) != value; i++, usleep(10000))
		if (i == 3000)
			return false;
	scans = ksm("full_scans");
	for (int i = 0; ksm("full_scans") < scans + 2; i++, usleep(10000))
		if (i == 3000)
			return false;
	return true;
}

static char *make(size_t pages)
{
	char *p = mmap((void *)BASE, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return p == MAP_FAILED || madvise(p, pages * PAGE, MADV_NOHUGEPAGE) ? NULL : p;
}

/* They are a pipe's, too, of which both ends stay open. */
static bool hold(char *p, size_t pages)
{
	struct iovec held = { p, pages * PAGE };
	int ends[2];

	return !pipe(ends) && vmsplice(ends[1], &held, 1, 0) == (ssize_t)(pages * PAGE);
}

static char *fill(void)
{
	char *p = make(PAGES);

	if (!p)
		return NULL;
	memset(p, 'A', FIRST * PAGE);
	memset(p + FIRST * PAGE, 'B', SECOND * PAGE);
	for (int i = 0; i < ZEROS; i++)
		((volatile char *)p)[(AT_ZEROS + i) * PAGE] = 0;
	for (size_t i = 0; i < OTHERS * PAGE / sizeof(long); i++)
		((long *)(p + AT_OTHERS * PAGE))[i] = 1234567 + i;
	memset(p + AT_HELD * PAGE, 'A', HELD * PAGE);
	return hold(p + AT_HELD * PAGE, HELD) ? p : NULL;
}

/* Writes what the kernel has counted after each step */
static int go_through(FILE *out)
{
	char *p = fill();
	long cow;
	pid_t pid;

	if (!p || madvise(p, PAGES * PAGE, MADV_MERGEABLE) || set_ksm("run", "1"))
		return 1;
	if (!wait_for("pages_sharing", FIRST - 1 + SECOND - 1))
		return 2;
	fprintf(out, "shared %ld\nsharing %ld\nzeros %ld\n", ksm("pages_shared"), ksm("pages_sharing"), ksm("ksm_zero_pages"));
	cow = file_number("/proc/vmstat", "cow_ksm");
	/* a copy that is not written to yet is as the others, and would be merged again: no scan now */
	if (set_ksm("run", "0"))
		return 7;
	for (int i = 0; i < WRITES; i++)
		p[i * PAGE] = 1 + i;
	for (int i = 0; i < ZERO_WRITES; i++)
		p[(AT_ZEROS + i) * PAGE] = 101 + i;
	if (set_ksm("run", "1") || !wait_for("pages_sharing", FIRST - 1 + SECOND - 1 - WRITES))
		return 3;
	fprintf(out, "cow %ld\nzeros_left %ld\n", file_number("/proc/vmstat", "cow_ksm") - cow, ksm("ksm_zero_pages"));
	/* a network of its own takes long: it has its memory for a while before it has its PID */
	pid = syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		return 6;
	if (!wait_for("pages_sharing", FIRST - 1 + SECOND - 1 - WRITES + FORKED))
		return 4;
	fprintf(out, "forked %ld\n", ksm("pages_sharing"));
	cow = file_number("/proc/vmstat", "cow_ksm");
	if (madvise(p + FIRST * PAGE, SECOND * PAGE, MADV_UNMERGEABLE) || set_ksm("run", "2"))
		return 5;
	fprintf(out, "unmerged %ld\nshared_left %ld\nsharing_left %ld\n", file_number("/proc/vmstat", "cow_ksm") - cow,
		ksm("pages_shared"), ksm("pages_sharing"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

static int pages_work(void)
{
	FILE *out = fopen(SAID, "w");
	int ret;

	if (!out)
		return 1;
	ret = go_through(out);
	return fclose(out) ? 1 : ret;
}

static bool in_memory(char *p, size_t pages)
{
	unsigned char in[PAGES];
	bool any = false;

	/* what is in the swap cache is, too */
	if (mincore(p, pages * PAGE, in))
		return true;
	for (size_t i = 0; i < pages; i++)
		any |= in[i] & 1;
	return any;
}

/* A KSM page that is swapped out is none when it comes back: of whom it is first it stays, others get copies. */
static int swapped_work(void)
{
	long copies;
	char *p;

	if (file_write(CGROUP "/cgroup.procs", "0"))
		return 1;
	p = fill();
	if (!p || madvise(p, PAGES * PAGE, MADV_MERGEABLE) || set_ksm("run", "1"))
		return 2;
	if (!wait_for("pages_sharing", FIRST - 1 + SECOND - 1) || set_ksm("run", "0"))
		return 3;
	for (int i = 0; in_memory(p, FIRST); i++, usleep(10000)) {
		if (i == 1000)
			return 4;
		file_write(CGROUP "/memory.reclaim", "1M");
	}
	copies = file_number("/proc/vmstat", "ksm_swpin_copy");
	for (int i = 0; i < FIRST; i++)
		if (p[i * PAGE] != 'A')
			return 5;
	return file_number("/proc/vmstat", "ksm_swpin_copy") == copies + FIRST - 1 ? 0 : 6;
}

/* The first that is looked at cannot be merged, which is found out when the second is a KSM page. */
static int undone_work(void)
{
	char *p = make(2);
	long scans;

	if (!p)
		return 1;
	memset(p, 'C', 2 * PAGE);
	if (!hold(p, 1) || madvise(p, 2 * PAGE, MADV_MERGEABLE) || set_ksm("run", "1"))
		return 2;
	scans = ksm("full_scans");
	for (int i = 0; ksm("full_scans") < scans + UNDONE_SCANS; i++, usleep(10000))
		if (i == 3000)
			return 3;
	if (set_ksm("run", "0") || ksm("pages_shared"))
		return 4;
	for (size_t i = 0; i < 2 * PAGE; i++)
		if (p[i] != 'C')
			return 5;
	return 0;
}

static const struct mms_workload workloads[] = {
	{ "pages", pages_work }, { "swapped", swapped_work }, { "undone", undone_work }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------------ */

static const struct {
	const char *name, *value;
} settings[] = {
	{ "run", "2" }, { "use_zero_pages", "1" }, { "pages_to_scan", "2000" }, { "sleep_millisecs", "5" }, { "run", "0" },
};

/* clang-format off */
FIXTURE(ksm)
{
	long was[ARRAY_SIZE(settings)];
};
/* clang-format on */

FIXTURE_SETUP(ksm)
{
	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		self->was[i] = ksm(settings[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		ASSERT_EQ(0, set_ksm(settings[i].name, settings[i].value));
	if (ksm("pages_shared"))
		SKIP(return, "others have KSM pages");
}

FIXTURE_TEARDOWN(ksm)
{
	char text[32];

	set_ksm("run", "2");
	set_ksm("run", "0");
	for (size_t i = 1; i < ARRAY_SIZE(settings) - 1; i++) {
		snprintf(text, sizeof(text), "%ld", self->was[i]);
		set_ksm(settings[i].name, text);
	}
	snprintf(text, sizeof(text), "%ld", self->was[0]);
	set_ksm("run", text);
}

/* Events with a cause, or any; of some pages; with a value */
static size_t count(const char *cause, size_t page, size_t pages, const char *key, const char *value)
{
	size_t n = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++) {
		const uint64_t address = mms_number(s.event[i], "address");

		if (cause && strcmp(mms_value(s.event[i], "cause", buf), cause))
			continue;
		if (address < BASE + page * PAGE || address >= BASE + (page + pages) * PAGE)
			continue;
		n += !key || !strcmp(mms_value(s.event[i], key, buf), value);
	}
	return n;
}

static uint64_t total(const char *cause, const char *key)
{
	uint64_t n = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++)
		if (!strcmp(mms_value(s.event[i], "cause", buf), cause))
			n += mms_number(s.event[i], key);
	return n;
}

/* What ksmd does is chosen by the name and process of whose pages they are */
TEST_F(ksm, pages)
{
	/* since 6.6 the kernel marks the zero pages that it has put somewhere */
	const bool zeros = ksm("ksm_zero_pages") >= 0;
	char target[16], buf[256];
	size_t all;

	NEED_TOOL();
	unlink(SAID);
	mms_trace(&s, "ksm", "--comm test_trace_ksm -o +tid,own_pfn", "pages");
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));

	/* merged: the numbers of the kernel, one by one */
	EXPECT_EQ(2, file_number(SAID, "shared"));
	EXPECT_EQ(1, count("new", 0, FIRST, "comm", "ksmd"));
	EXPECT_EQ(FIRST - 1, count("merge", 0, FIRST, "comm", "ksmd"));
	EXPECT_EQ(1, count("new", FIRST, SECOND, "result", "done"));
	EXPECT_EQ(SECOND - 1, count("merge", FIRST, SECOND, "result", "done"));
	EXPECT_EQ(file_number(SAID, "shared"), mms_count(&s, "cause", "new"));
	EXPECT_EQ(file_number(SAID, "sharing"), mms_count(&s, "cause", "merge"));
	EXPECT_EQ(1, count("merge", 0, FIRST, "sharers", "7"));
	EXPECT_EQ(1, count("merge", FIRST, SECOND, "sharers", "5"));
	/* of two that become one, one stays what it is */
	EXPECT_EQ(1, count("merge", 0, FIRST, "own_pfn", "null"));
	EXPECT_EQ(1, count("merge", FIRST, SECOND, "own_pfn", "null"));
	EXPECT_EQ(ZEROS, count("zero", AT_ZEROS, ZEROS, "result", "done"));
	EXPECT_EQ(ZEROS, mms_count(&s, "cause", "zero"));
	if (zeros)
		EXPECT_EQ(ZEROS, file_number(SAID, "zeros"));

	/* not merged; others may fail once, too, while their pages wait to be put on a list of reclaim */
	EXPECT_EQ(0, count(NULL, AT_OTHERS, OTHERS, NULL, NULL));
	EXPECT_LE(HELD, count("failed", AT_HELD, HELD, "result", "in-use"));
	EXPECT_LT(0, count("failed", AT_HELD, 1, NULL, NULL));
	EXPECT_LT(0, count("failed", AT_HELD + 1, 1, NULL, NULL));
	EXPECT_EQ(0, count("merge", AT_HELD, HELD, NULL, NULL));

	/* written to: by the process itself */
	EXPECT_EQ(WRITES, count("cow", 0, WRITES, "comm", "test_trace_ksm"));
	EXPECT_EQ(WRITES, mms_count(&s, "cause", "cow"));
	EXPECT_EQ(WRITES, file_number(SAID, "cow"));
	EXPECT_EQ(zeros ? ZERO_WRITES : 0, mms_count(&s, "cause", "cow-zero"));
	if (zeros)
		EXPECT_EQ(ZEROS - ZERO_WRITES, file_number(SAID, "zeros_left"));

	/* forked: both have them, the child's are found by the next scan */
	EXPECT_EQ(file_number(SAID, "sharing") - WRITES + FORKED, file_number(SAID, "forked"));
	EXPECT_EQ(FORKED, mms_count(&s, "cause", "fork"));
	EXPECT_EQ(FORKED, count("fork", WRITES, FORKED, "own_pfn", "null"));
	EXPECT_EQ(2, mms_count(&s, "cause", "enter"));
	EXPECT_EQ(2, mms_count(&s, "cause", "exit"));
	snprintf(target, sizeof(target), "%s", "?");
	for (size_t i = 0; i < s.events; i++)
		if (!strcmp(mms_value(s.event[i], "cause", buf), "cow"))
			snprintf(target, sizeof(target), "%s", mms_value(s.event[i], "tid", buf));
	EXPECT_EQ(FIRST - 1, count("merge", 0, FIRST, "target", target));
	EXPECT_EQ(0, count("fork", 0, PAGES, "target", target));

	/* unmerged: those of both; and nothing is left that was not told to be gone */
	EXPECT_EQ(2 * FORKED, file_number(SAID, "unmerged"));
	EXPECT_EQ(2 * FORKED, count("unmerge", WRITES, FORKED, NULL, NULL));
	EXPECT_EQ(FORKED, count("unmerge", WRITES, FORKED, "target", target));
	EXPECT_EQ(zeros ? 2 * (ZEROS - ZERO_WRITES) : 0, count("unmerge", AT_ZEROS, ZEROS, NULL, NULL));
	EXPECT_EQ(0, file_number(SAID, "shared_left"));
	EXPECT_EQ(0, file_number(SAID, "sharing_left"));
	all = mms_count(&s, "cause", "new") + mms_count(&s, "cause", "merge") + mms_count(&s, "cause", "fork");
	EXPECT_LE(WRITES, mms_count(&s, "cause", "drop"));
	EXPECT_EQ(all, mms_count(&s, "cause", "drop") + total("gone", "sharers"));
}

TEST_F(ksm, swapped)
{
	char *swaps = file_text("/proc/swaps", NULL);
	const bool swap = swaps && strstr(swaps, "/dev/");

	free(swaps);
	NEED_TOOL();
	if (!swap)
		SKIP(return, "there is no device to swap to");
	file_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP, 0755) || access(CGROUP "/memory.reclaim", W_OK))
		SKIP(return, "no memory cgroup (v2) with memory.reclaim");
	mms_trace(&s, "ksm", "--comm test_trace_ksm -o +own_pfn", "swapped");
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	EXPECT_EQ(FIRST - 1, mms_count(&s, "cause", "swapin"));
	EXPECT_EQ(FIRST - 1, count("swapin", 1, FIRST - 1, "result", "done"));
	EXPECT_EQ(FIRST - 1, count("swapin", 1, FIRST - 1, "comm", "test_trace_ksm"));
	/* each its own copy, of one and the same page */
	for (size_t i = 0; i < s.events; i++) {
		char buf[256];

		if (strcmp(mms_value(s.event[i], "cause", buf), "swapin"))
			continue;
		EXPECT_EQ(mms_number(s.event[i], "pfn"), total("swapin", "pfn") / (FIRST - 1));
		EXPECT_EQ(1, count("swapin", 1, FIRST - 1, "own_pfn", mms_value(s.event[i], "own_pfn", buf)));
	}
}

TEST_F(ksm, undone)
{
	size_t undone;

	NEED_TOOL();
	mms_trace(&s, "ksm", "--comm test_trace_ksm -o +own_pfn", "undone");
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	undone = mms_count(&s, "cause", "undone");
	EXPECT_LT(0, undone);
	EXPECT_GE(UNDONE_SCANS + 3, undone);
	EXPECT_EQ(undone, count("undone", 1, 1, "comm", "ksmd"));
	EXPECT_EQ(undone, count("failed", 0, 1, "result", "in-use"));
	EXPECT_EQ(0, mms_count(&s, "cause", "unmerge"));
}

/* What the test itself does meanwhile, and what the kernel counted of it */
static bool advisor, merged;
static long scanned;

static void work_scans(void)
{
	char *p = fill();

	if (advisor)
		set_ksm("advisor_mode", "scan-time");
	scanned = ksm("full_scans");
	merged = p && !madvise(p, PAGES * PAGE, MADV_MERGEABLE) && !set_ksm("run", "1") &&
		 wait_for("pages_sharing", FIRST - 1 + SECOND - 1);
	scanned = ksm("full_scans") - scanned;
}

/* Scans of what another process has */
TEST_F(ksm, scans)
{
	long numbers = 0, last = -1, advised = 0, advised_then = 0, pages = 0, items = 0;
	char buf[256];
	bool told; /* when a scan ends */

	NEED_TOOL();
	advisor = !access(KSM "advisor_mode", W_OK);
	mms_trace_while(&s, "ksm",
			advisor ? "--cause scan,advisor -o +pages,items,merged,scan,percent" :
				  "--cause scan -o +pages,items,merged,scan,percent",
			work_scans);
	if (advisor)
		set_ksm("advisor_mode", "none");
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.first);
	EXPECT_TRUE(merged);
	told = strstr(s.first, "\"ksm_stop_scan\",\"have\":true");
	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];

		if (!strcmp(mms_value(line, "cause", buf), "advisor")) {
			advised++;
			EXPECT_LT(0, mms_number(line, "pages_pages"));
			continue;
		}
		EXPECT_STREQ("scan", mms_value(line, "cause", buf));
		if (last >= 0)
			EXPECT_EQ(last + 1, (long)mms_number(line, "scan"));
		last = mms_number(line, "scan");
		if (numbers++ < scanned)
			pages += mms_number(line, "merged_pages");
		items = mms_number(line, "items");
		advised_then = advised;
		EXPECT_EQ(told, strcmp(mms_value(line, "latency_ns", buf), "null") != 0);
	}
	/* where the end of a scan is not told, the last may not be */
	EXPECT_LE(told ? scanned : scanned - 1, numbers);
	EXPECT_LE(3, scanned);
	EXPECT_EQ(FIRST + SECOND + ZEROS, pages);
	/* where there is a zero page now, nothing is left to be looked at */
	EXPECT_EQ(PAGES - ZEROS, items);
	/* more may follow while programs are detached, one after the other */
	EXPECT_EQ(advisor ? numbers : 0, advised_then);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
