// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace reclaim, beside what the kernel counts of the same: memory.stat of a
 * memory cgroup that is new, and /proc/vmstat.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define CGROUP "/sys/fs/cgroup/mms-reclaim"

static struct mms_said s;

static long counted(const char *word)
{
	return file_number(CGROUP "/memory.stat", word);
}

/* ---- the workloads: in the memory cgroup --------------------------------------- */

static void touch(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = i;
}

static int work_limit(void)
{
	if (file_write(CGROUP "/cgroup.procs", "0"))
		return 1;
	touch(13001);
	return 0;
}

static int work_high(void)
{
	if (file_write(CGROUP "/cgroup.procs", "0"))
		return 1;
	touch(7001);
	return 0;
}

static int work_proactive(void)
{
	if (file_write(CGROUP "/cgroup.procs", "0"))
		return 1;
	touch(3001);
	return file_write(CGROUP "/memory.reclaim", "4M");
}

static const struct mms_workload workloads[] = {
	{ "limit", work_limit }, { "high", work_high }, { "proactive", work_proactive }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------ */

static uint64_t total(const char *key, const char *cause)
{
	uint64_t sum = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++)
		if (!cause || !strcmp(mms_value(s.event[i], "cause", buf), cause))
			sum += mms_number(s.event[i], key);
	return sum;
}

/* What the kernel counts as scanned: with MGLRU what it took, else what it looked at */
static const char *scanned_key(void)
{
	FILE *f = fopen("/sys/kernel/mm/lru_gen/enabled", "r");
	unsigned int on = 0;

	if (f) {
		if (fscanf(f, "%x", &on) != 1)
			on = 0;
		fclose(f);
	}
	return on & 1 ? "taken_pages" : "scanned_pages";
}

/* clang-format off */
FIXTURE(memcg)
{
	long swap_pages;
};
/* clang-format on */

FIXTURE_SETUP(memcg)
{
	NEED_TOOL();
	rmdir(CGROUP);
	if (mkdir(CGROUP, 0755) || access(CGROUP "/memory.max", W_OK))
		SKIP(return, "no memory cgroup (v2)");
	if (access("/dev/zram0", F_OK))
		SKIP(return, "no swap");
}

FIXTURE_TEARDOWN(memcg)
{
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

/* Each episode's sums, beside memory.stat, and that they are of this cause alone */
#define EXPECT_AGREES(cause)								\
	EXPECT_LT(0, s.events);								\
	EXPECT_EQ(s.events, mms_count(&s, "cause", cause));				\
	ASSERT_NE(NULL, s.end);								\
	EXPECT_EQ(0, mms_number(s.end, "lost"));					\
	EXPECT_EQ(0, s.status);								\
	EXPECT_EQ(counted("pgsteal"), total("freed_pages", NULL));			\
	EXPECT_EQ(counted("pgscan"), total(scanned_key(), NULL));			\
	EXPECT_LE(total("freed_pages", NULL), total("tried_pages", NULL))

TEST_F(memcg, limit)
{
	struct stat st;
	char id[32];
	long written = file_number("/proc/vmstat", "nr_vmscan_write");

	ASSERT_EQ(0, file_write(CGROUP "/memory.max", "40M"));
	mms_trace(&s, "reclaim", "", "limit");
	if (mms_count(&s, "cause", "memcg-limit") != s.events)
		mms_tell(&s);
	EXPECT_AGREES("memcg-limit");
	EXPECT_EQ(file_number("/proc/vmstat", "nr_vmscan_write") - written, total("written_pages", NULL));
	/* 13,001 pages do not fit into 10,240: the rest was reclaimed */
	EXPECT_LE(13001 - 10240, total("freed_anon_pages", NULL));
	ASSERT_EQ(0, stat(CGROUP, &st));
	snprintf(id, sizeof(id), "%lu", st.st_ino);
	EXPECT_EQ(s.events, mms_count(&s, "target", id));
	EXPECT_EQ(s.events, mms_count(&s, "limit_pages", "10240"));
	for (size_t i = 0; i < s.events; i++) {
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
		EXPECT_LE(mms_number(s.event[i], "usage_before_pages"), 10240);
		EXPECT_LE(mms_number(s.event[i], "priority"), 12);
		EXPECT_EQ(mms_number(s.event[i], "freed_pages") <= mms_number(s.event[i], "returned"), 1);
	}
}

TEST_F(memcg, high)
{
	ASSERT_EQ(0, file_write(CGROUP "/memory.high", "20M"));
	mms_trace(&s, "reclaim", "", "high");
	if (mms_count(&s, "cause", "memcg-high") != s.events)
		mms_tell(&s);
	EXPECT_AGREES("memcg-high");
	EXPECT_EQ(s.events, mms_count(&s, "limit_pages", "5120"));
}

/* Before and after each episode: a point of the memory cgroup's track, never above its limit */
TEST_F(memcg, track_of_the_usage)
{
	struct stat st;
	char *text, expected[64];

	ASSERT_EQ(0, stat(CGROUP, &st));
	ASSERT_EQ(0, file_write(CGROUP "/memory.max", "40M"));
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace reclaim --perfetto /tmp/reclaim.json -- env MMS_WORKLOAD=limit $me >/dev/null;"
			       " jq -c '(.traceEvents | map(select(.ph == \"X\")) | length) as $n | .traceEvents |"
			       " map(select(.ph == \"C\")) | [length == 2 * $n and $n > 0, ([.[].args.value] | max <= 10240),"
			       " ([.[].name] | unique)]' /tmp/reclaim.json"));
	snprintf(expected, sizeof(expected), "[true,true,[\"usage of cgroup %lu\"]]\n", st.st_ino);
	EXPECT_STREQ(expected, text);
	free(text);
}

TEST_F(memcg, proactive)
{
	if (access(CGROUP "/memory.reclaim", W_OK))
		SKIP(return, "this kernel has no memory.reclaim");
	mms_trace(&s, "reclaim", "", "proactive");
	if (mms_count(&s, "cause", "memcg-proactive") != s.events)
		mms_tell(&s);
	EXPECT_AGREES("memcg-proactive");
	EXPECT_LE(1024, total("freed_pages", NULL));
}

/* What the kernel counted before and after, while the tracer watched */
static struct reclaimed {
	long runs, kswapd, direct;
	uint64_t clock;		/* ns; later than all that is counted */
} before, after;

static void count_reclaimed(struct reclaimed *r)
{
	struct timespec now;

	r->runs = file_number("/proc/vmstat", "pageoutrun");
	r->kswapd = file_number("/proc/vmstat", "pgsteal_kswapd");
	r->direct = file_number("/proc/vmstat", "pgsteal_direct");
	clock_gettime(CLOCK_MONOTONIC, &now);
	r->clock = now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Until nobody reclaims any more: an episode counts when it begins, and is told when it is over. */
static void count_when_quiet(struct reclaimed *r)
{
	struct reclaimed last;

	count_reclaimed(r);
	do {
		last = *r;
		sleep(2);
		count_reclaimed(r);
	} while (last.runs != r->runs || last.kswapd != r->kswapd || last.direct != r->direct);
}

/*
 * min_free_kbytes, which zones have shares of by their size: that leaves 20 MiB above "min", but at least as
 * much that each zone has less than "low", which is 5/4 of it. Where the zones of one node are much
 * emptier than others these would stay above, and nobody is woken.
 */
static long nearly_all(void)
{
	char *text = file_text("/proc/zoneinfo", NULL), *line, *save, name[20] = "";
	uint64_t free_pages = 0, managed, all = 0;
	long kib = file_number("/proc/meminfo", "MemFree:") - 20 * 1024, low;
	double part = 0;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		sscanf(line, "Node %*d, zone %19s", name);
		sscanf(line, " pages free %" SCNu64, &free_pages);
		if (sscanf(line, " managed %" SCNu64, &managed) != 1 || !managed || !strcmp(name, "Movable"))
			continue;
		all += managed;
		if (strcmp(name, "DMA") && free_pages > part * managed)
			part = (double)free_pages / managed;
	}
	free(text);
	low = 0.81 * part * all * (PAGE / 1024);
	return kib > low ? kib : low;
}

/* Watermarks that are nearly all of what is free make the rest short, for kswapd and allocations */
static void run_short(void)
{
	long min = 0;
	char text[64];
	FILE *f;

	count_when_quiet(&before);
	f = fopen("/proc/sys/vm/min_free_kbytes", "r");
	if (!f || fscanf(f, "%ld", &min) != 1)
		return;
	fclose(f);
	/* what has ended just now may still give memory back: then it was not short, and is tried again */
	for (int i = 0; i < 20 && file_number("/proc/vmstat", "pageoutrun") == before.runs; i++) {
		snprintf(text, sizeof(text), "%ld", nearly_all());
		file_write("/proc/sys/vm/min_free_kbytes", text);
		if (!fork()) {
			touch(10007);
			_exit(0);
		}
		wait(NULL);
	}
	snprintf(text, sizeof(text), "%ld", min);
	file_write("/proc/sys/vm/min_free_kbytes", text);
	count_when_quiet(&after);
}

TEST_F(memcg, whole_machine)
{
	size_t counted_events = 0;

	for (int t = 0;; t++) {
		mms_trace_while(&s, "reclaim", "--cause +wakeup", run_short);
		if (t == MMS_TIMES || !mms_missed(&s))
			break;
	}
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	/* the tracer had begun some time before anything was counted */
	for (size_t i = 0; i < s.events; i++)
		if (mms_number(s.event[i], "clock_ns") >= before.clock)
			s.event[counted_events++] = s.event[i];
	s.events = counted_events;
	EXPECT_LT(0, mms_count(&s, "cause", "kswapd"));
	EXPECT_EQ(after.runs - before.runs, mms_count(&s, "cause", "kswapd"));
	EXPECT_LT(0, mms_count(&s, "cause", "wakeup"));
	EXPECT_EQ(after.kswapd - before.kswapd, total("freed_pages", "kswapd"));
	EXPECT_EQ(after.direct - before.direct, total("freed_pages", "direct"));
	for (size_t i = 0; i < s.events; i++) {
		char buf[256];

		if (!strcmp(mms_value(s.event[i], "cause", buf), "wakeup")) {
			/* one that is asleep wakes nobody */
			EXPECT_NE(0, strncmp(mms_value(s.event[i], "comm", buf), "kswapd", 6));
			EXPECT_GT(2, mms_number(s.event[i], "node"));
			EXPECT_EQ(0, strcmp(mms_value(s.event[i], "latency_ns", buf), "null"));
		}
		if (strcmp(mms_value(s.event[i], "cause", buf), "kswapd"))
			continue;
		EXPECT_LE(mms_number(s.event[i], "min_pages"), mms_number(s.event[i], "low_pages"));
		EXPECT_LE(mms_number(s.event[i], "low_pages"), mms_number(s.event[i], "high_pages"));
		EXPECT_EQ(0, strncmp(mms_value(s.event[i], "comm", buf), "kswapd", 6));
	}
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
