// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace compact: all zones are compacted by compact_memory, and those of a node by
 * its own file, a prime number of times; memory in small pieces is brought together by who
 * needs a large one, and by kcompactd; beside what /proc/vmstat counts meanwhile.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/pool.h"
#include "../lib/tracer.h"

#define ALL	"/proc/sys/vm/compact_memory"
#define BALANCING "/proc/sys/kernel/numa_balancing"
#define NODE	"/sys/devices/system/node/node0/compact"
#define PROACTIVE "/proc/sys/vm/compaction_proactiveness"
#define SPARE	64 /* huge pages that the pool leaves on a node */
#define MAX_NODES 8

static struct mms_said s;

/* Zones that have memory, in the order in which they are compacted */
static struct { int node; char name[16]; } zones[64];

/* Fills zones; how many of them are of node 0, and how many there are */
static void read_zones(size_t *ret_node_0, size_t *ret_all)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[256], name[16] = "";
	int node = -1;
	long present;

	*ret_node_0 = *ret_all = 0;
	while (f && *ret_all < sizeof(zones) / sizeof(*zones) && fgets(line, sizeof(line), f)) {
		sscanf(line, "Node %d, zone %15s", &node, name);
		if (sscanf(line, " present %ld", &present) == 1 && present) {
			zones[*ret_all].node = node;
			strcpy(zones[(*ret_all)++].name, name);
			*ret_node_0 += !node;
		}
	}
	if (f)
		fclose(f);
}

/* ---- the workload ------------------------------------------------------------------ */

/* Memory of node 0 with every other page free, so there is something to move */
static char *in_pieces(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const unsigned long node_0 = 1;

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	syscall(SYS_mbind, p, pages * PAGE, 2 /* MPOL_BIND */, &node_0, 65UL, 0);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = 1;
	for (size_t i = 0; i < pages; i += 2)
		madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
	return p;
}

static int work(void)
{
	in_pieces(16 * 1024);
	for (int i = 0; i < 2; i++)
		if (file_write(ALL, "1"))
			return 1;
	for (int i = 0; i < 3; i++)
		if (file_write(NODE, "1"))
			return 1;
	return 0;
}

static const struct mms_workload workloads[] = { { "work", work }, { NULL, NULL } };

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- what the kernel counts ------------------------------------------------------------ */

static struct counts {
	long scanned, free_scanned, by_daemon, moved, failed;
} counted;

static struct counts count(void)
{
	return (struct counts){
		file_number("/proc/vmstat", "compact_migrate_scanned"),
		file_number("/proc/vmstat", "compact_free_scanned"),
		file_number("/proc/vmstat", "compact_daemon_migrate_scanned"),
		file_number("/proc/vmstat", "pgmigrate_success"),
		file_number("/proc/vmstat", "pgmigrate_fail"),
	};
}

static void count_since(struct counts then)
{
	struct counts now = count();

	counted = (struct counts){ now.scanned - then.scanned, now.free_scanned - then.free_scanned, now.by_daemon - then.by_daemon,
				   now.moved - then.moved, now.failed - then.failed };
}

/*
 * Until kcompactd, whoever has woken it, does nothing. What it scans is counted when it has gone
 * through a zone, what it moves at once.
 */
static void wait_quiet(void)
{
	struct counts last, now = count();

	do {
		last = now;
		usleep(500000);
		now = count();
	} while (now.scanned != last.scanned || now.moved != last.moved || now.failed != last.failed);
}

/*
 * A node has free memory enough, but in pieces: who wants huge pages for its pool compacts,
 * whether that helps or not; then kcompactd by itself, when it is told to be eager.
 */
static void work_pressed(void)
{
	const size_t bytes = SPARE / 2 * (2UL << 20);
	const long had = pool_size(0), stalls = file_number("/proc/vmstat", "compact_stall");
	struct counts before = count();
	char *p;
	long last;

	/* again if kcompactd was there first, or too little was free for compaction to be tried */
	for (int i = 0;; i++) {
		p = in_pieces(bytes / PAGE);
		pool_resize(0, had + SPARE);
		if (file_number("/proc/vmstat", "compact_stall") > stalls || i == 10)
			break;
		pool_resize(0, had);
		munmap(p, bytes);
	}
	wait_quiet();
	last = count().scanned;
	file_write(PROACTIVE, "100");
	/* one that has come to nothing before looks again after 32 seconds */
	for (int i = 0; i < 900 && count().scanned == last; i++)
		usleep(100000);
	file_write(PROACTIVE, "0");
	wait_quiet();
	count_since(before);
	munmap(p, bytes);
}

/* ---- the tests ------------------------------------------------------------------------- */

static uint64_t total(const char *cause, const char *key)
{
	uint64_t sum = 0;
	char buf[256];

	for (size_t i = 0; i < s.events; i++)
		if (!cause || !strcmp(mms_value(s.event[i], "cause", buf), cause))
			sum += mms_number(s.event[i], key);
	return sum;
}

/* clang-format off */
FIXTURE(compact)
{
	char balancing[16], proactive[16];
	long pool[MAX_NODES];
};
/* clang-format on */

FIXTURE_SETUP(compact)
{
	NEED_TOOL();
	if (access(ALL, W_OK) || access(NODE, W_OK))
		SKIP(return, "this kernel does not compact");
	/* it would move pages, too */
	file_change(BALANCING, "0", self->balancing, sizeof(self->balancing));
	file_change(PROACTIVE, "0", self->proactive, sizeof(self->proactive));
	for (int node = 0; node < MAX_NODES; node++)
		self->pool[node] = pool_size(node);
}

FIXTURE_TEARDOWN(compact)
{
	file_change(BALANCING, self->balancing, NULL, 0);
	file_change(PROACTIVE, self->proactive, NULL, 0);
	for (int node = 0; node < MAX_NODES; node++)
		if (self->pool[node] >= 0)
			pool_resize(node, self->pool[node]);
}

#define EXPECT_COUNTED()								\
	EXPECT_EQ(counted.scanned, total(NULL, "scanned_pages"));			\
	EXPECT_EQ(counted.free_scanned, total(NULL, "free_scanned_pages"));		\
	EXPECT_EQ(counted.moved, total(NULL, "moved_pages"));				\
	EXPECT_EQ(counted.failed, total(NULL, "failed_pages"));				\
	EXPECT_EQ(0, mms_number(s.end, "lost"));					\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"))

#define COLUMNS "-o +free_scanned,failed,mode,tid"

/* kcompactd has nothing to do meanwhile: it would count in compact_daemon_*, too */
TEST_F(compact, whole)
{
	struct counts before;
	size_t node_0, all;
	char buf[256];

	read_zones(&node_0, &all);
	ASSERT_LT(0, node_0);
	before = count();
	mms_trace(&s, "compact", COLUMNS, "work");
	count_since(before);
	if (s.status || s.events != 2 * all + 3 * node_0)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);

	EXPECT_EQ(2 * all + 3 * node_0, s.events);
	EXPECT_EQ(s.events, mms_count(&s, "cause", "whole"));
	EXPECT_EQ(s.events, mms_count(&s, "result", "complete"));
	EXPECT_EQ(s.events, mms_count(&s, "mode", "sync"));
	EXPECT_EQ(s.events, mms_count(&s, "order", "null"));
	for (size_t i = 0; i < s.events; i++) {
		size_t zone = i < 2 * all ? i % all : (i - 2 * all) % node_0;

		EXPECT_EQ(zones[zone].node, mms_number(s.event[i], "node"));
		EXPECT_STREQ(zones[zone].name, mms_value(s.event[i], "zone", buf));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}
	EXPECT_EQ(0, counted.by_daemon);
	EXPECT_LT(0, counted.scanned);
	EXPECT_COUNTED();
}

TEST_F(compact, pressed)
{
	size_t direct = 0;
	char tid[16], buf[256];

	if (access(PROACTIVE, W_OK))
		SKIP(return, "kcompactd does not compact by itself");
	snprintf(tid, sizeof(tid), "%d", getpid());
	for (int t = 0;; t++) {
		for (int node = 0; node < MAX_NODES; node++) {
			if (self->pool[node] < 0)
				continue;
			pool_resize(node, self->pool[node]);
			ASSERT_TRUE(pool_take(node, SPARE)) TH_LOG("node %d", node);
		}
		mms_trace_while(&s, "compact", COLUMNS, work_pressed);
		if (t == MMS_TIMES || !mms_missed(&s))
			break;
	}
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);

	for (size_t i = 0; i < s.events; i++) {
		if (!strcmp(mms_value(s.event[i], "cause", buf), "direct") && !strcmp(mms_value(s.event[i], "tid", buf), tid)) {
			direct++;
			EXPECT_EQ(9, mms_number(s.event[i], "order"));
			EXPECT_EQ(0, mms_number(s.event[i], "node"));
		}
	}
	EXPECT_LT(0, direct);
	EXPECT_LT(0, mms_count(&s, "cause", "proactive"));
	EXPECT_LT(0, total("proactive", "moved_pages"));
	EXPECT_EQ(0, mms_count(&s, "cause", "whole"));
	/* 6.1 counts what kcompactd does by itself, but not as its own: only what it was asked for is */
	if (counted.by_daemon != total("kcompactd", "scanned_pages"))
		EXPECT_EQ(counted.by_daemon, counted.scanned - total("direct", "scanned_pages"));
	EXPECT_COUNTED();
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
