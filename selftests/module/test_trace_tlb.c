// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace tlb: a thread on CPU 0 flushes prime numbers of ranges, alone, and while a
 * thread of the same process runs on CPU 1, beside the shootdowns that /proc/interrupts
 * counts meanwhile. Both have priorities of real time: nobody else runs in between.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"
#include "../lib/tracer.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

#define BASE		0x200000000000UL
#define ROOM		(2048 * PAGE)
#define OUT		(BASE + 1024 * PAGE) /* pages that are reclaimed */
#define SECRET		0x210000000000UL
#define CEILING		33 /* tlb_single_page_flush_ceiling: more pages are not flushed one by one */

#define MUNMAPS		7 /* of one page */
#define PROTECTS	5 /* of three */
#define UP_TO		3 /* of CEILING */
#define MORE		11 /* of CEILING + 1 */
#define RANGES		(MUNMAPS + PROTECTS + UP_TO + MORE)
#define OUTS		13
#define SECRETS		5
#define SWITCHES	17

static struct mms_said s;

/* ---- the workloads ----------------------------------------------------------------- */

static volatile bool stop, runs;

/* Of CPU 0 and 1 in the line TLB of /proc/interrupts: flushes that others have asked for */
static void shootdowns(long *ret_first, long *ret_second)
{
	char *text = file_text("/proc/interrupts", &(size_t){ 0 }), *line = strstr(text, "TLB:");

	if (!line || sscanf(line, "TLB: %ld %ld", ret_first, ret_second) != 2)
		abort();
	free(text);
}

static int pin(int cpu)
{
	const struct sched_param param = { .sched_priority = 1 };

	return cpu_pin(cpu) || sched_setscheduler(0, SCHED_FIFO, &param);
}

static void *spin(void *arg)
{
	runs = !pin(1);
	while (!stop)
		;
	return arg;
}

static void flush(char *p)
{
	for (int i = 0; i < MUNMAPS; i++)
		munmap(p + (2 * i + 1) * PAGE, PAGE);
	for (int i = 0; i < PROTECTS; i++)
		mprotect(p + (100 + 5 * i) * PAGE, 3 * PAGE, PROT_READ);
	for (int i = 0; i < UP_TO; i++)
		madvise(p + (200 + 50 * i) * PAGE, CEILING * PAGE, MADV_DONTNEED);
	for (int i = 0; i < MORE; i++)
		madvise(p + (400 + 50 * i) * PAGE, (CEILING + 1) * PAGE, MADV_DONTNEED);
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Writes how many shootdowns the two CPUs have received meanwhile, and when that was */
static int counted(void)
{
	char *p = mmap((void *)BASE, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	FILE *out = fopen(getenv("MMS_SHOOTDOWNS"), "w");
	long first[2], second[2], begin, end;

	if (p == MAP_FAILED || !out)
		return 1;
	madvise(p, ROOM, MADV_NOHUGEPAGE);
	memset(p, 1, ROOM);
	shootdowns(&first[0], &second[0]);
	begin = now();
	flush(p);
	for (int i = 0; i < OUTS && runs; i++)
		madvise((char *)OUT + i * PAGE, PAGE, MADV_PAGEOUT);
	end = now();
	shootdowns(&first[1], &second[1]);
	fprintf(out, "first %ld\nsecond %ld\nbegin %ld\nend %ld\n", first[1] - first[0], second[1] - second[0], begin, end);
	return fclose(out);
}

static int one_cpu_work(void)
{
	return pin(0) || counted();
}

/* What lets others run for a twentieth of each second, however urgent the one that runs */
#define THROTTLE "/proc/sys/kernel/sched_rt_runtime_us"
#define SERVER "/sys/kernel/debug/sched/fair_server/cpu1/runtime"

static void let_others(bool run)
{
	static char throttle[32], server[32];

	file_change(THROTTLE, run ? throttle : "-1", run ? NULL : throttle, sizeof(throttle));
	file_change(SERVER, run ? server : "0", run ? NULL : server, sizeof(server));
}

static int two_cpus_work(void)
{
	pthread_t thread;
	int ret;

	let_others(false);
	if (pin(0) || pthread_create(&thread, NULL, spin, NULL))
		return 1;
	for (int i = 0; !runs && i < 10000; i++)
		usleep(1000);
	ret = !runs || counted();
	stop = true;
	let_others(true);
	return pthread_join(thread, NULL) || ret;
}

/* A page of a secret memory leaves the kernel's own map of memory when it is touched */
static int secret_work(void)
{
	int fd = syscall(SYS_memfd_secret, 0);
	pthread_t thread;
	char *p;

	if (fd < 0 || ftruncate(fd, SECRETS * PAGE) || pin(0) || pthread_create(&thread, NULL, spin, NULL))
		return 1;
	for (int i = 0; !runs && i < 10000; i++)
		usleep(1000);
	p = mmap((void *)SECRET, SECRETS * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	for (int i = 0; i < SECRETS; i++)
		p[i * PAGE] = 1;
	stop = true;
	return pthread_join(thread, NULL);
}

static long switches(const struct rusage *usage)
{
	return usage->ru_nvcsw + usage->ru_nivcsw;
}

/* Two processes on one CPU, each waits for the other; writes who they are, and how often each gave up the CPU */
static int turns_work(void)
{
	struct rusage mine, its;
	FILE *out;
	int to[2], from[2];
	char c = 0;
	pid_t pid;

	if (pin(0) || pipe(to) || pipe(from))
		return 1;
	pid = fork();
	if (!pid) {
		for (int i = 0; i < SWITCHES; i++)
			if (read(to[0], &c, 1) != 1 || write(from[1], &c, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < SWITCHES; i++)
		if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1)
			return 1;
	if (wait4(pid, NULL, 0, &its) != pid || getrusage(RUSAGE_SELF, &mine))
		return 1;
	out = fopen(getenv("MMS_SHOOTDOWNS"), "w");
	if (!out)
		return 1;
	fprintf(out, "parent %d\nchild %d\nparent_switches %ld\nchild_switches %ld\n", getpid(), pid, switches(&mine), switches(&its));
	return fclose(out);
}

static int module_work(void)
{
	const char *why = mms_kmod_load("mms_test_tail");

	if (!why)
		mms_kmod_unload("mms_test_tail");
	return why != NULL;
}

static const struct mms_workload workloads[] = {
	{ "one", one_cpu_work }, { "two", two_cpus_work }, { "secret", secret_work }, { "turns", turns_work },
	{ "module", module_work }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ----------------------------------------------------------------------- */

/* Events with a cause in a range of addresses; with @key, those where it has @value, too */
static size_t count(const char *cause, uint64_t start, uint64_t end, const char *key, const char *value)
{
	size_t n = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++) {
		const uint64_t address = mms_number(s.event[i], "address");

		if (strcmp(mms_value(s.event[i], "cause", buf), cause) || address < start || address >= end)
			continue;
		n += !key || !strcmp(mms_value(s.event[i], key, buf), value);
	}
	return n;
}

static size_t ranges(const char *key, const char *value)
{
	return count("range", BASE, OUT, key, value);
}

#define SAID "/tmp/mms-shootdowns"

/*
 * Of the time in which the workload counted: shootdowns a CPU has received, and CPUs that were
 * asked. Those of the kernel's addresses are counted elsewhere.
 */
static uint64_t counted_events(int received_by)
{
	const uint64_t begin = file_number(SAID, "begin"), end = file_number(SAID, "end");
	uint64_t n = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++) {
		const uint64_t clock = mms_number(s.event[i], "clock_ns");

		if (clock < begin || clock > end || !strcmp(mms_value(s.event[i], "step", buf), "null"))
			continue;
		if (received_by >= 0)
			n += !strcmp(mms_value(s.event[i], "cause", buf), "received") &&
			     mms_number(s.event[i], "cpu") == (uint64_t)received_by;
		else
			n += mms_number(s.event[i], "ipis");
	}
	return n;
}

#define TRACE_TLB(options, workload)							\
	NEED_TOOL();									\
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)						\
		SKIP(return, "one CPU");						\
	setenv("MMS_SHOOTDOWNS", SAID, 1);						\
	mms_trace(&s, "tlb", options " -o +tid,cpu,clock,end,target,lazy,from,here,step,tables", workload); \
	if (s.status)									\
		mms_tell(&s);								\
	ASSERT_EQ(0, s.status);								\
	ASSERT_NE(NULL, s.end);								\
	EXPECT_EQ(0, mms_number(s.end, "lost"));					\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"))

#define EXPECT_RANGES()									\
	EXPECT_EQ(RANGES, ranges(NULL, NULL));						\
	EXPECT_EQ(MORE, ranges("flush", "all"));					\
	EXPECT_EQ(MORE, ranges("pages_pages", "null"));					\
	EXPECT_EQ(MUNMAPS, ranges("pages_pages", "1"));					\
	EXPECT_EQ(PROTECTS, ranges("pages_pages", "3"));				\
	EXPECT_EQ(UP_TO, ranges("pages_pages", "33"));					\
	EXPECT_EQ(RANGES - MORE, ranges("here", "pages"));				\
	EXPECT_EQ(MORE, ranges("here", "all"));						\
	EXPECT_EQ(RANGES, ranges("step", "0"));						\
	EXPECT_EQ(RANGES, ranges("tables", "false"));					\
	EXPECT_EQ(RANGES, ranges("cpu", "0"))

/* The same flushes interrupt nobody where no other CPU runs the process */
TEST(one_cpu)
{
	TRACE_TLB("", "one");
	EXPECT_RANGES();
	EXPECT_EQ(RANGES, ranges("ipis", "0"));
	EXPECT_EQ(RANGES, ranges("where", "here"));
	EXPECT_EQ(0, counted_events(0) + counted_events(1));
	EXPECT_EQ(0, file_number(SAID, "second"));
}

TEST(two_cpus)
{
	const bool swap = file_number("/proc/meminfo", "SwapTotal:") > 0;
	const size_t outs = swap ? OUTS : 0;
	char tid[16] = "?", target[16] = "?", buf[256];

	TRACE_TLB("", "two");
	EXPECT_RANGES();
	EXPECT_EQ(RANGES, ranges("ipis", "1"));
	EXPECT_EQ(RANGES, ranges("lazy", "0"));
	EXPECT_EQ(RANGES, ranges("where", "both"));
	EXPECT_EQ(RANGES, ranges("from", "null"));

	/* the one that spins is another thread of the same process */
	for (size_t i = 0; i < s.events; i++) {
		if (!strcmp(mms_value(s.event[i], "cause", buf), "received") && mms_number(s.event[i], "address") == BASE + PAGE) {
			snprintf(tid, sizeof(tid), "%s", mms_value(s.event[i], "tid", buf));
			snprintf(target, sizeof(target), "%s", mms_value(s.event[i], "target", buf));
		}
	}
	EXPECT_EQ(RANGES, ranges("target", target));
	EXPECT_EQ(RANGES, ranges("tid", target));
	EXPECT_EQ(RANGES - MORE, count("received", BASE, OUT, "tid", tid));
	EXPECT_EQ(RANGES - MORE, count("received", BASE, OUT, "target", target));
	EXPECT_EQ(RANGES - MORE, count("received", BASE, OUT, "from", "0"));
	EXPECT_EQ(RANGES - MORE, count("received", BASE, OUT, "cpu", "1"));
	EXPECT_EQ(RANGES - MORE, count("received", BASE, OUT, "flush", "pages"));

	EXPECT_EQ(outs, mms_count(&s, "cause", "batch"));
	for (size_t i = 0; i < s.events; i++) {
		if (strcmp(mms_value(s.event[i], "cause", buf), "batch"))
			continue;
		EXPECT_EQ(1, mms_number(s.event[i], "ipis"));
		EXPECT_STREQ("all", mms_value(s.event[i], "flush", buf));
		EXPECT_STREQ("null", mms_value(s.event[i], "target", buf));
	}
	/* with what reclaim flushes besides its batches: entries it made old, and batches that had not been done */
	EXPECT_LE(RANGES + outs, counted_events(1));
	EXPECT_EQ(counted_events(1), counted_events(-1) + outs);
	EXPECT_EQ(counted_events(1), file_number(SAID, "second"));
	EXPECT_EQ(0, file_number(SAID, "first"));
	if (!swap)
		SKIP(return, "no swap: nothing was flushed in batches");
}

TEST(kernel)
{
	int fd = syscall(SYS_memfd_secret, 0);
	char buf[256];
	size_t n = 0;

	if (fd < 0)
		SKIP(return, "no memfd_secret() (secretmem.enable): nothing else flushes kernel addresses when it is told to");
	close(fd);
	TRACE_TLB("--cause kernel,received", "secret");
	for (size_t i = 0; i < s.events; i++) {
		const uint64_t address = mms_number(s.event[i], "address");

		if (strcmp(mms_value(s.event[i], "cause", buf), "kernel") || mms_number(s.event[i], "pages_pages") != 1)
			continue;
		n++;
		EXPECT_EQ(address + PAGE, mms_number(s.event[i], "end"));
		EXPECT_STREQ("both", mms_value(s.event[i], "where", buf));
		EXPECT_STREQ("1", mms_value(s.event[i], "ipis", buf));
		EXPECT_STREQ("pages", mms_value(s.event[i], "here", buf));
		EXPECT_STREQ("null", mms_value(s.event[i], "target", buf));
		EXPECT_EQ(1, count("received", address, address + 1, "cpu", "1"));
	}
	EXPECT_EQ(SECRETS, n);
}

/* Loading a module sets the rights of its pages: on all CPUs, this one, too */
TEST(rights)
{
	char buf[256];

	NEED_TOOL();
	if (!getenv("MMSCOPE_MODULE"))
		SKIP(return, "no module was given, and the one to be loaded lies beside it");
	mms_trace(&s, "tlb", "--cause rights", "module");
	if (s.status == 4)
		SKIP(return, "this kernel has no cpa_flush() to hook");
	TRACE_TLB("--cause rights,all", "module");
	EXPECT_LT(0, mms_count(&s, "cause", "rights"));
	EXPECT_EQ(s.events, mms_count(&s, "where", "both"));
	EXPECT_EQ(s.events, mms_count(&s, "target", "null"));
	for (size_t i = 0; i < s.events; i++) {
		EXPECT_LT(0, mms_number(s.event[i], "ipis"));
		EXPECT_STRNE("none", mms_value(s.event[i], "here", buf));
	}
}

static size_t switched_to(const char *who)
{
	char buf[256], target[32];

	snprintf(target, sizeof(target), "%ld", file_number(SAID, who));
	for (size_t i = 0, n = 0;; n += !strcmp(mms_value(s.event[i++], "target", buf), target))
		if (i == s.events)
			return n;
}

/*
 * Each turn loads the other's address space, and flushes, as there is only one in the TLB. Where
 * a kernel thread came in between, nothing has to be loaded.
 */
TEST(turns)
{
	char *cpuinfo = file_text("/proc/cpuinfo", &(size_t){ 0 });

	if (strstr(cpuinfo, " pcid "))
		SKIP(return, "with PCID a TLB need not be flushed for another address space");
	free(cpuinfo);
	TRACE_TLB("--cause switch", "turns");
	EXPECT_EQ(s.events, mms_count(&s, "flush", "all"));
	EXPECT_EQ(s.events, mms_count(&s, "where", "here"));
	EXPECT_LE(SWITCHES, switched_to("parent"));
	EXPECT_LE(SWITCHES, switched_to("child"));
	/* it is loaded before it runs for the first time, and when it runs exec */
	EXPECT_GE(file_number(SAID, "parent_switches") + 3, switched_to("parent"));
	EXPECT_GE(file_number(SAID, "child_switches") + 1, switched_to("child"));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
