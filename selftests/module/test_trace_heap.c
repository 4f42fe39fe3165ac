// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace heap: a prime number of each call, with sizes that nothing else here has;
 * and what is not freed of it, beside what the C library counts itself (mallinfo2()).
 */
#pragma GCC optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define OUT "/tmp/mms-heap"
#define TOO_LARGE (1UL << 62)
#define LEFT_ONE 23
#define LEFT_TWO 29
#define SIZE_ONE 1009
#define SIZE_TWO 2003
#define THREADS 5
#define PAIRS 1497
#define LEFT_EACH 3
#define SIZE_THREAD 97
#define LEFT_CHILD 19
#define SIZE_CHILD 883

static struct mms_said s;

/* ---- the workloads ---------------------------------------------------------- */

/* What the compiler cannot see through: it would leave out what is only allocated and freed */
static volatile size_t large = TOO_LARGE;

static void *see(void *p)
{
	asm volatile("" : "+r"(p) : : "memory");
	return p;
}

__attribute__((noinline)) static void leave_one(void)
{
	see(malloc(SIZE_ONE));
}

__attribute__((noinline)) static void leave_two(void)
{
	see(calloc(1, SIZE_TWO));
}

__attribute__((noinline)) static void leave_child(void)
{
	see(malloc(SIZE_CHILD));
}

__attribute__((noipa)) static void *aligned(size_t align, size_t size)
{
	void *p = NULL;

	if (posix_memalign(&p, align, size))
		_exit(1);
	return see(p);
}

static int work_calls(void)
{
	void *p;
	int i;

	for (i = 0; i < 43; i++)
		free(see(malloc(31)));
	for (i = 0; i < 41; i++)
		free(see(calloc(7, 11)));
	for (i = 0; i < 7; i++) {
		p = see(realloc(see(NULL), 19));
		p = see(realloc(p, 191));
		free(see(realloc(p, 190001)));
	}
	for (i = 0; i < 5; i++)
		free(see(reallocarray(see(NULL), 3, 13)));
	for (i = 0; i < 13; i++)
		free(aligned(64, 211));
	for (i = 0; i < 11; i++)
		free(see(aligned_alloc(128, 256)));
	for (i = 0; i < 3; i++)
		free(see(memalign(32, 59)));
	for (i = 0; i < 2; i++) {
		free(see(valloc(61)));
		free(see(pvalloc(67)));
	}
	for (i = 0; i < 17; i++)
		see(realloc(see(malloc(83)), 0));
	return 0;
}

static int work_failed(void)
{
	void *p = see(malloc(37)), *none;
	int i;

	for (i = 0; i < 2; i++)
		see(malloc(large));
	for (i = 0; i < 3; i++)
		see(calloc(large, 64));
	for (i = 0; i < 5; i++)
		see(realloc(see(p), large));
	for (i = 0; i < 7; i++)
		see(reallocarray(see(p), large, 64));
	if (posix_memalign(&none, 64, large) != ENOMEM)
		return 1;
	free(p);
	return 0;
}

/* Bytes that the C library has given away since, as it counts them, go to OUT */
static int work_left(void)
{
	struct mallinfo2 before, after;
	int i, fd;

	/* the first one brings what the C library needs itself */
	free(see(malloc(53)));
	before = mallinfo2();
	for (i = 0; i < LEFT_ONE; i++)
		leave_one();
	for (i = 0; i < LEFT_TWO; i++)
		leave_two();
	for (i = 0; i < 31; i++)
		free(see(malloc(53)));
	after = mallinfo2();
	fd = open(OUT, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dprintf(fd, "%zu", after.uordblks + after.hblkhd - before.uordblks - before.hblkhd);
	return 0;
}

static void *allocate(void *arg)
{
	for (int i = 0; i < PAIRS; i++) {
		void *p = see(malloc(SIZE_THREAD));

		if (i % (PAIRS / LEFT_EACH))
			free(p);
	}
	return NULL;
}

static int work_threads(void)
{
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, allocate, NULL))
			return 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

static int work_fork(void)
{
	void *p = see(malloc(37));
	pid_t child = fork();
	int status;

	if (!child) {
		for (int i = 0; i < LEFT_CHILD; i++)
			leave_child();
		free(p);
		_exit(0);
	}
	waitpid(child, &status, 0);
	free(p);
	return status;
}

/* What is traced by its number: it waits until that is so, and stays */
static int work_later(void)
{
	void *p = see(malloc(37));

	while (access(OUT ".go", F_OK))
		usleep(10000);
	for (int i = 0; i < LEFT_ONE; i++)
		leave_one();
	free(p);
	for (int i = 0; i < LEFT_TWO; i++)
		leave_two();
	close(open(OUT ".done", O_WRONLY | O_CREAT, 0600));
	pause();
	return 0;
}

/* Its number goes to OUT.pid; it maps code when OUT.go is there, and then goes on to OUT.done */
static int work_code(void)
{
	int fd = open(OUT ".new", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dprintf(fd, "%d", getpid());
	close(fd);
	if (rename(OUT ".new", OUT ".pid"))
		return 1;
	while (access(OUT ".go", F_OK))
		usleep(10000);
	fd = open(OUT ".code", O_RDONLY);
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return 1;
	close(open(OUT ".done", O_WRONLY | O_CREAT, 0600));
	return 0;
}

static const struct mms_workload workloads[] = {
	{ "calls", work_calls }, { "failed", work_failed }, { "left", work_left }, { "threads", work_threads },
	{ "fork", work_fork }, { "later", work_later }, { "code", work_code }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------ */

/* Of this program, not of env, which executes it */
static bool has_size(const char *event, uint64_t size)
{
	char buf[256];

	return mms_number(event, "size_bytes") == size && !strcmp("test_trace_heap", mms_value(event, "comm", buf));
}

/* Events of a cause that were asked for so many bytes */
static size_t calls(const char *cause, uint64_t size)
{
	char buf[256];
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += !strcmp(mms_value(s.event[i], "cause", buf), cause) && has_size(s.event[i], size);
	return n;
}

static const char *with_size(uint64_t size)
{
	for (size_t i = 0; i < s.events; i++)
		if (has_size(s.event[i], size))
			return s.event[i];
	return "";
}

#define HEAP(options, workload)							\
	NEED_TOOL();								\
	mms_trace(&s, "heap", options, workload);				\
	ASSERT_NE(NULL, s.end);							\
	EXPECT_EQ(0, s.status);							\
	EXPECT_EQ(0, mms_number(s.end, "lost"));				\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));			\
	EXPECT_EQ(0, mms_number(s.end, "not_kept"))

/* clang-format off */
FIXTURE(slow)
{
};
FIXTURE_SETUP(slow)
{
}
FIXTURE_TEARDOWN(slow)
{
}
/* clang-format on */

TEST_F(slow, calls)
{
	char buf[256], buf2[256];

	HEAP("-o +old,old_size,align,caller,symbol", "calls");
	EXPECT_EQ(43, calls("malloc", 31));
	EXPECT_EQ(43, calls("free", 31));
	EXPECT_EQ(41, calls("calloc", 77));
	EXPECT_EQ(41, calls("free", 77));
	EXPECT_EQ(7, calls("realloc", 19));
	EXPECT_EQ(7, calls("realloc", 191));
	EXPECT_EQ(7, calls("realloc", 190001));
	EXPECT_EQ(0, calls("free", 19));
	EXPECT_EQ(0, calls("free", 191));
	EXPECT_EQ(7, calls("free", 190001));
	EXPECT_EQ(5, calls("realloc", 39));
	EXPECT_EQ(5, calls("free", 39));
	EXPECT_EQ(13, calls("aligned", 211));
	EXPECT_EQ(11, calls("aligned", 256));
	EXPECT_EQ(3, calls("aligned", 59));
	EXPECT_EQ(2, calls("aligned", 61));
	EXPECT_EQ(2, calls("aligned", 67));
	EXPECT_EQ(31, mms_count(&s, "cause", "aligned"));
	EXPECT_EQ(17, calls("malloc", 83));
	EXPECT_EQ(17, calls("free", 83));
	EXPECT_EQ(0, mms_count(&s, "cause", "failed"));

	EXPECT_EQ(64, mms_number(with_size(211), "align_bytes"));
	EXPECT_EQ(128, mms_number(with_size(256), "align_bytes"));
	EXPECT_EQ(32, mms_number(with_size(59), "align_bytes"));
	EXPECT_STREQ("null", mms_value(with_size(61), "align_bytes", buf));
	EXPECT_STREQ("null", mms_value(with_size(19), "old", buf));
	EXPECT_EQ(19, mms_number(with_size(191), "old_size_bytes"));
	EXPECT_EQ(191, mms_number(with_size(190001), "old_size_bytes"));
	EXPECT_STREQ(mms_value(with_size(19), "address", buf), mms_value(with_size(191), "old", buf2));
	EXPECT_STREQ("work_calls", mms_value(with_size(31), "symbol", buf));
	EXPECT_STREQ("aligned", mms_value(with_size(211), "symbol", buf));
	EXPECT_LT(0, mms_number(with_size(31), "latency_ns"));
	EXPECT_EQ(0, mms_number(s.end, "failed"));
	/* all that is freed is what was allocated */
	EXPECT_EQ(0, mms_number(s.end, "unseen"));
	EXPECT_NE(NULL, strstr(s.first, "{\"kind\":\"uretprobe\",\"target\":\"pvalloc\",\"have\":true,\"used\":true}"));
	EXPECT_NE(NULL, strstr(s.first, "{\"kind\":\"uprobe\",\"target\":\"free\",\"have\":true,\"used\":true}"));
	EXPECT_NE(NULL, strstr(s.first, "/libc.so.6\"]"));
}

TEST_F(slow, failed)
{
	HEAP("--cause failed,free -o +old", "failed");
	/* 2 of malloc, 5 of realloc, 1 of posix_memalign; a product that is no number of 64 bits */
	EXPECT_EQ(8, calls("failed", TOO_LARGE));
	EXPECT_EQ(10, calls("failed", UINT64_MAX));
	EXPECT_EQ(18, mms_count(&s, "cause", "failed"));
	EXPECT_EQ(18, mms_count(&s, "address", "null"));
	EXPECT_EQ(18, mms_number(s.end, "failed"));
	/* what could not be made larger is there still */
	EXPECT_EQ(1, calls("free", 37));
	EXPECT_EQ(0, mms_count(&s, "cause", "malloc"));
	EXPECT_EQ(0, mms_number(s.end, "unseen"));
}

/* As the C library rounds it up */
static uint64_t chunk(uint64_t size)
{
	return (size + 8 + 15) & ~15UL;
}

/* "[[SIZE,COUNT],...]" of the rows that --summary --json left in OUT.json with this in their stacks */
static char *rows_of(const char *function)
{
	char *text;

	mms_shell(&text, "jq -c '[.rows[] | select(.stack // \"\" | test(\"%s\")) | [.size_bytes, .count]] | sort' " OUT ".json", function);
	return text;
}

#define EXPECT_ROWS(function, size, count)					\
	do {									\
		char *has = rows_of(function), want[64];			\
										\
		snprintf(want, sizeof(want), "[[%d,%d]]\n", (size) * (count), count); \
		EXPECT_STREQ(want, has);					\
		free(has);							\
	} while (0)

/* With the environment of the tool, so that there is nothing but the command */
#define SUMMARY(environment, command)							\
	do {									\
		char *out;							\
										\
		NEED_TOOL();							\
		EXPECT_EQ(0, mms_shell(&out, environment " $tool trace heap --summary --json -o +symbol,pid -- " command " >" OUT ".json 2>" OUT ".err;" \
				       " jq -c '[.lost, .not_followed, .not_kept]' " OUT ".json")); \
		EXPECT_STREQ("[0,0,0]\n", out);					\
		free(out);							\
	} while (0)

/* Without thread caches, as what is in these counts as given away */
TEST_F(slow, left)
{
	char *text;

	unlink(OUT);
	SUMMARY("GLIBC_TUNABLES=glibc.malloc.tcache_count=0 MMS_WORKLOAD=left", "$me");
	EXPECT_ROWS(";work_left;leave_one$", SIZE_ONE, LEFT_ONE);
	EXPECT_ROWS(";work_left;leave_two$", SIZE_TWO, LEFT_TWO);
	EXPECT_EQ(0, mms_shell(&text, "cat " OUT));
	EXPECT_EQ(LEFT_ONE * chunk(SIZE_ONE) + LEFT_TWO * chunk(SIZE_TWO), strtoull(text, NULL, 10));
	free(text);
	/* what is left is what was allocated and not freed; by stack and by nothing else */
	EXPECT_EQ(0, mms_shell(&text, "jq '(.allocated - .freed) == ([.rows[].count] | add), .unseen' " OUT ".json"));
	EXPECT_STREQ("true\n0\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "jq -r '[.rows[].symbol] | map(select(. == \"leave_one\")) | length' " OUT ".json"));
	EXPECT_STREQ("1\n", text);
	free(text);
	/* and the same as lines, by bytes */
	EXPECT_EQ(0, mms_shell(&text, "$tool trace heap --folded -- env MMS_WORKLOAD=left $me 2>/dev/null | awk '/;work_left;leave_/ { sub(\".*;\", \"\"); print }'"));
	EXPECT_STREQ("leave_two 58087\nleave_one 23207\n", text);
	free(text);
}

/* Many at once in several threads: each is seen, on each processor, and none is mixed up with another's */
TEST_F(slow, threads)
{
	HEAP("", "threads");
	EXPECT_EQ(THREADS * PAIRS, calls("malloc", SIZE_THREAD));
	EXPECT_EQ(THREADS * (PAIRS - LEFT_EACH), calls("free", SIZE_THREAD));
	SUMMARY("MMS_WORKLOAD=threads", "$me");
	EXPECT_ROWS("allocate$", SIZE_THREAD, THREADS * LEFT_EACH);
}

/* A child has what it allocates; what it was born with is not its own */
TEST_F(slow, forked)
{
	char *text;

	SUMMARY("MMS_WORKLOAD=fork", "$me");
	EXPECT_EQ(0, mms_shell(&text, "jq -c '[.rows[] | select(.size_bytes == %d) | .count], .unseen' " OUT ".json",
			       LEFT_CHILD * SIZE_CHILD));
	EXPECT_STREQ("[19]\n1\n", text);
	free(text);
}

/* A program that has the C library in it, executed by one that has not; and one without names */
TEST_F(slow, of_its_own)
{
	char *text;

	NEED_TOOL();
	if (mms_shell(&text, "echo 'void *malloc(unsigned long); void *volatile p; int main(void)"
		      " { for (int i = 0; i < 37; i++) p = malloc(1013); return 0; }' |"
		      " cc -static -fno-omit-frame-pointer -x c -o " OUT ".static - 2>&1 && strip -o " OUT ".stripped " OUT ".static"))
		SKIP(return, "no static C library, or no compiler: %.60s", text);
	free(text);
	SUMMARY("", "env " OUT ".static");
	EXPECT_EQ(0, mms_shell(&text, "jq -c '[.rows[] | select(.size_bytes == 37 * 1013) | .count]' " OUT ".json"));
	EXPECT_STREQ("[37]\n", text);
	free(text);
	SUMMARY("", OUT ".stripped");
	EXPECT_EQ(0, mms_shell(&text, "jq '.rows | length' " OUT ".json; cat " OUT ".err"));
	EXPECT_NE(NULL, strstr(text, "0\nmmscope: warning: " OUT ".stripped: a program without libraries"));
	free(text);
}

/* One that runs already, again and again; then the tool is killed, and it runs on */
TEST_F(slow, by_number)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell(&text, "rm -f " OUT ".go " OUT ".done " OUT ".json; MMS_WORKLOAD=later $me & p=$!;"
			       " $tool trace heap 0.5 -p $p -j -o size,count,stack >" OUT ".json 2>&1 & t=$!;"
			       " while [ ! -s " OUT ".json ]; do sleep 0.1; done; touch " OUT ".go;"
			       " while [ ! -e " OUT ".done ]; do sleep 0.1; done;"
			       " for i in $(seq 200); do grep -q 'count.:29,' " OUT ".json && break; sleep 0.2; done; sleep 1; kill -KILL $t; wait $t;"
			       " grep State: /proc/$p/status; kill $p"));
	EXPECT_NE(NULL, strstr(text, "(sleeping)"));
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "grep leave_two " OUT ".json; grep leave_one " OUT ".json; grep -c :37, " OUT ".json; true"));
	EXPECT_NE(NULL, strstr(text, "{\"size_bytes\":58087,\"count\":29,"));
	EXPECT_NE(NULL, strstr(text, "{\"size_bytes\":23207,\"count\":23,"));
	/* what it had before */
	EXPECT_NE(NULL, strstr(text, "\n0\n"));
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "cat /sys/kernel/tracing/uprobe_events; sleep 2; cd /proc; ls -l [0-9]*/fd 2>/dev/null | grep -c 'perf_event'; true"));
	EXPECT_STREQ("0\n", text);
	free(text);
	EXPECT_EQ(1, mms_shell(&text, "$tool trace heap -p 4194303 2>&1"));
	EXPECT_NE(NULL, strstr(text, "No such process"));
	free(text);
}

/* The tool is killed while the command is stopped, for a file that it has come to: it goes on */
TEST_F(slow, killed)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell(&text, "rm -f " OUT ".pid " OUT ".go " OUT ".done; cp $me " OUT ".code;"
			       " $tool trace heap -j -- env MMS_WORKLOAD=code $me >/dev/null & t=$!;"
			       " while [ ! -e " OUT ".pid ]; do sleep 0.1; done; p=$(cat " OUT ".pid); kill -STOP $t; touch " OUT ".go;"
			       " while ! grep -q 'State:.[Tt]' /proc/$p/status; do sleep 0.1; done; [ ! -e " OUT ".done ] && echo stopped;"
			       " kill -KILL $t; wait $t; while [ ! -e " OUT ".done ]; do sleep 0.1; done; echo done"));
	EXPECT_STREQ("stopped\ndone\n", text);
	free(text);
}

/* What there is no room for is said */
TEST_F(slow, full)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell(&text, "$tool trace heap --summary --buffer 4K -- env MMS_WORKLOAD=left $me 2>&1"));
	EXPECT_NE(NULL, strstr(text, "no room to remember them"));
	free(text);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
