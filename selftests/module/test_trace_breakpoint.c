// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace faults --breakpoint, on faults that are known (lib/faultwork.c): of one process the
 * same is told as without it, of all its threads and of no other; what is not told is counted.
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"

#define SUID	"/tmp/mms-suid"
#define USER	1000

static struct mms_said s;
static pid_t watched;
static int gate[2], status;

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(mms_fault_workloads);
}

/* Programs of breakpoints need it: "bpf: Add kfunc bpf_rdonly_cast", 6.2 */
static bool has_cast(void)
{
	char *text;
	bool has = !mms_shell(&text, "grep -qw bpf_rdonly_cast /proc/kallsyms");

	free(text);
	return has;
}

#define NEED_CAST()								\
	NEED_TOOL();								\
	if (!has_cast())							\
	SKIP(return, "no breakpoints here: see refuses_what_it_cannot_have")

static int run(const char *name)
{
	const struct mms_workload *w = mms_fault_workloads;

	while (strcmp(w->name, name))
		w++;
	return w->run();
}

/* In the process that is watched */
static void wait_to_go(void)
{
	char byte;

	if (read(gate[0], &byte, 1) != 1)
		_exit(99);
}

/* It is watched now; another process does what is not to be told. */
static void let_go(void)
{
	pid_t other = fork();

	if (!other)
		_exit(run("zero"));
	if (other < 0 || waitpid(other, &status, 0) != other || status)
		abort();
	if (write(gate[1], "go", 1) != 1 || waitpid(watched, &status, 0) != watched)
		abort();
}

/* A process that is stopped at the gate, from which on @body does its work. */
#define WATCHED(body)								\
	do {									\
		ASSERT_EQ(0, pipe(gate));					\
		watched = fork();						\
		ASSERT_LE(0, watched);						\
		if (!watched) {							\
			close(gate[1]);						\
			body;							\
		}								\
		close(gate[0]);							\
	} while (0)

#define TRACE_IT(options)							\
	do {									\
		char all[256];							\
										\
		snprintf(all, sizeof(all), "--breakpoint " MMS_WORK_RANGE " -p %d %s", watched, options); \
		mms_trace_while(&s, "faults", all, let_go);			\
		close(gate[1]);							\
		ASSERT_NE(NULL, s.end);						\
		EXPECT_EQ(0, mms_number(s.end, "lost"));			\
	} while (0)

/* All of what @body does, with no call missed. */
#define TRACE_ALL(options, body)						\
	do {									\
		for (int t = 0;; t++) {						\
			WATCHED(body);						\
			TRACE_IT(options);					\
			if (t == MMS_TIMES || !mms_missed(&s))			\
				break;						\
		}								\
	} while (0)

TEST(the_same_is_told)
{
	static const struct {
		const char *work, *cause[2];
		unsigned int nr[2];
	} works[] = {
		{ "anon", { "anon" }, { 31 } },
		{ "zero", { "zero", "cow-zero" }, { 29, 29 } },
		{ "kernel", { "anon" }, { 17 } },
		{ "cow", { "anon", "cow-reused" }, { 23, 23 } },	/* what it forks copies */
		{ "file", { "file" }, { 11 } },
		{ "shmem", { "shmem" }, { 41 } },
		{ "stack", { "stack" }, { 11 } },
		{ "segv", { "segv" }, { 24 } },
		{ "sigbus", { "sigbus" }, { 7 } },
		{ "thp", { "thp", "thp-zero" }, { 5, 3 } },
		{ "uffd_missing", { "uffd-missing" }, { 7 } },
	};

	NEED_CAST();
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		size_t all = 0;

		TRACE_ALL("", wait_to_go(); _exit(run(works[i].work)));
		for (int j = 0; j < 2 && works[i].cause[j]; j++) {
			EXPECT_CAUSE(&s, works[i].cause[j], works[i].nr[j]);
			all += works[i].nr[j];
		}
		if (s.events != all)
			mms_tell(&s);
		EXPECT_EQ(all, s.events) TH_LOG("%s", works[i].work);
		EXPECT_EQ(0, mms_number(s.end, "not_followed")) TH_LOG("%s", works[i].work);
		EXPECT_TRUE(WIFEXITED(status)) TH_LOG("%s", works[i].work);
	}
	EXPECT_EQ(7, mms_count(&s, "passes", "2"));	/* the last: its handler is waited for between two */
}

TEST(what_an_event_has)
{
	NEED_CAST();
	TRACE_ALL("-v", wait_to_go(); _exit(run("anon")));
	EXPECT_EQ(31, s.events);
	EXPECT_EQ(31, mms_count(&s, "access", "write"));
	EXPECT_EQ(31, mms_count(&s, "mode", "user"));
	EXPECT_EQ(31, mms_count(&s, "before", "0x0"));
	EXPECT_EQ(31, mms_count(&s, "vma_start", "0x100000000000"));
	EXPECT_EQ(31, mms_count(&s, "vma_end", "0x10000001f000"));
	for (size_t i = 0; i < s.events; i++)
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	/* which hook it is */
	EXPECT_NE(NULL, strstr(s.first, "{\"kind\":\"breakpoint\",\"target\":\"handle_mm_fault\",\"have\":true,\"used\":true}"));
	EXPECT_NE(NULL, strstr(s.first, "{\"kind\":\"fentry\",\"target\":\"handle_mm_fault\",\"have\":true,\"used\":false}"));
}

/* Names are sent at the end of a fault: of one that has let go of its VMA by then (VM_FAULT_COMPLETED), too. */
TEST(names_of_files)
{
	size_t completed = 0;
	char buf[256];

	NEED_CAST();
	MOUNT("ext4", NULL);
	TRACE_ALL("", {
		int fd = file_make(path, 19);
		volatile char *p = mmap((void *)MMS_WORK_BASE, 19 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		wait_to_go();
		for (size_t i = 0; i < 19; i++)
			p[i * PAGE] = 1;
		_exit(0);
	});
	EXPECT_LE(19, s.events);
	for (size_t i = 0; i < s.events; i++) {
		completed += !!(mms_number(s.event[i], "returned") & 0x4000);
		EXPECT_STREQ(path, mms_value(s.event[i], "file", buf));
	}
	EXPECT_LT(0, completed);
	fs_umount(fs);
}

/* ---- threads --------------------------------------------------------------------- */

#define THREADS 5	/* that are there when it is watched */

static pthread_barrier_t begin;

static void *touch(void *at)
{
	volatile char *p = mmap(at, 13 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	madvise((void *)p, 13 * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < 13; i++)
		p[i * PAGE] = 1;
	return NULL;
}

static void *early(void *at)
{
	pthread_barrier_wait(&begin);
	return touch(at);
}

/* A thread that is made when it is watched, by one that was. */
static void *late(void *at)
{
	pthread_t another;

	if (pthread_create(&another, NULL, touch, at + BIT(20)) || pthread_join(another, NULL))
		_exit(98);
	return touch(at);
}

static void be_many(void)
{
	char *at = (char *)MMS_WORK_BASE;
	pthread_t thread[THREADS + 1];

	pthread_barrier_init(&begin, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++, at += BIT(20))
		if (pthread_create(&thread[i], NULL, early, at))
			_exit(98);
	wait_to_go();
	pthread_barrier_wait(&begin);
	if (pthread_create(&thread[THREADS], NULL, late, at))
		_exit(98);
	for (int i = 0; i <= THREADS; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}

TEST(all_its_threads)
{
	uint64_t tid[THREADS + 2] = { 0 }, one;
	size_t nr = 0, j;

	NEED_CAST();
	WATCHED(be_many());
	TRACE_IT("");
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	if (mms_number(s.end, "missed")) {	/* see test_trace.what_is_missed_is_counted */
		EXPECT_LE((THREADS + 2) * 13, s.events + mms_number(s.end, "not_followed") + mms_number(s.end, "missed"));
		return;
	}
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));
	EXPECT_EQ((THREADS + 2) * 13, s.events);
	EXPECT_CAUSE(&s, "anon", (THREADS + 2) * 13);
	for (size_t i = 0; i < s.events; i++) {
		one = mms_number(s.event[i], "tid");
		for (j = 0; j < nr && tid[j] != one; j++)
			;
		if (j < THREADS + 2)
			tid[j] = one;
		nr = j == nr ? nr + 1 : nr;
	}
	EXPECT_EQ(THREADS + 2, nr);
}

/* ---- what is not told -------------------------------------------------------------- */

static void become_root_again(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		_exit(98);
	wait_to_go();
	execle(SUID, SUID, NULL, (char *[]){ "MMS_WORKLOAD=anon", NULL });
	_exit(97);
}

/* A program that runs as somebody else is out of sight for perf: perf_event_exit_task() in exec */
TEST(what_is_not_told_is_counted)
{
	char *text;

	NEED_CAST();
	EXPECT_EQ(0, mms_shell(&text, "cp $me " SUID " && chmod 4755 " SUID));
	free(text);
	TRACE_ALL("", become_root_again());
	unlink(SUID);
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(3, WEXITSTATUS(status));
	EXPECT_EQ(0, s.events);
	EXPECT_EQ(31, mms_number(s.end, "not_followed"));
}

/* Four on data: a processor has no more. */
static void take_registers(pid_t pid, int fd[4])
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT, .size = sizeof(attr), .bp_type = HW_BREAKPOINT_W, .bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
	};

	for (int i = 0; i < 4; i++) {
		attr.bp_addr = MMS_WORK_BASE + 8 * i;
		fd[i] = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	}
}

TEST(refuses_what_it_cannot_have)
{
	int fd[4] = { 0 };
	char *text;

	NEED_TOOL();
	WATCHED(wait_to_go(); _exit(0));
	if (!has_cast()) {
		EXPECT_EQ(4, mms_shell(&text, "$tool trace faults --breakpoint -p %d -d 1 2>&1", watched));
		EXPECT_NE(NULL, strstr(text, "bpf_rdonly_cast() (Linux 6.2)")) TH_LOG("%s", text);
		free(text);
	} else {
		take_registers(watched, fd);
		for (int i = 0; i < 4; i++)
			EXPECT_LE(0, fd[i]);
		EXPECT_EQ(4, mms_shell(&text, "$tool trace faults --breakpoint -p %d -d 1 2>&1", watched));
		EXPECT_NE(NULL, strstr(text, "no debug register left")) TH_LOG("%s", text);
		free(text);
		close(fd[3]);
		EXPECT_EQ(0, mms_shell(&text, "$tool trace faults --breakpoint -p %d -d 0.1 2>&1", watched));
		free(text);
		for (int i = 0; i < 3; i++)
			close(fd[i]);
		/* who may load programs may not do that */
		EXPECT_EQ(4, mms_shell(&text, "setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin"
					      " $tool trace faults --breakpoint -p %d -d 1 2>&1", watched));
		EXPECT_NE(NULL, strstr(text, "CAP_SYS_ADMIN")) TH_LOG("%s", text);
		free(text);
	}
	EXPECT_EQ(1, write(gate[1], "go", 1));
	waitpid(watched, &status, 0);
	if (has_cast()) {
		EXPECT_EQ(1, mms_shell(&text, "$tool trace faults --breakpoint -p %d -d 1 2>&1", watched));
		EXPECT_NE(NULL, strstr(text, "there is no process")) TH_LOG("%s", text);
		free(text);
	}
	close(gate[1]);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
