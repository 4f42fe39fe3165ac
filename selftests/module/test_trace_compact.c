// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace compact: all zones are compacted by compact_memory, and those of a node by
 * its own file, a prime number of times, beside what /proc/vmstat counts meanwhile.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define ALL	"/proc/sys/vm/compact_memory"
#define BALANCING "/proc/sys/kernel/numa_balancing"
#define NODE	"/sys/devices/system/node/node0/compact"

static struct mms_said s;

/* Zones that have memory, of node 0 and of all */
static void count_zones(size_t *ret_node_0, size_t *ret_all)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[256], *end;
	long node = -1, present;

	*ret_node_0 = *ret_all = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Node ", 5))
			node = strtol(line + 5, &end, 10);
		if (sscanf(line, " present %ld", &present) == 1 && present) {
			++*ret_all;
			*ret_node_0 += !node;
		}
	}
	if (f)
		fclose(f);
}

/* ---- the workload ------------------------------------------------------------------ */

/* Every other page of what was filled is free, so there is something to move */
static int work(void)
{
	const size_t pages = 16 * 1024;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = 1;
	for (size_t i = 0; i < pages; i += 2)
		madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
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

/* ---- the test ------------------------------------------------------------------------ */

static uint64_t total(const char *key)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.events; i++)
		sum += mms_number(s.event[i], key);
	return sum;
}

/* kcompactd has nothing to do meanwhile: it would count in compact_daemon_*, too */
TEST(trace_compact)
{
	long scanned, free_scanned, moved, failed, daemon;
	size_t node_0, all;
	int balancing = open(BALANCING, O_RDONLY);
	char buf[256], was[16] = "";

	NEED_TOOL();
	if (access(ALL, W_OK) || access(NODE, W_OK))
		SKIP(return, "this kernel does not compact");
	/* it would move pages, too */
	if (balancing >= 0 && pread(balancing, was, sizeof(was) - 1, 0) > 0)
		file_write(BALANCING, "0");
	count_zones(&node_0, &all);
	ASSERT_LT(0, node_0);
	scanned = file_number("/proc/vmstat", "compact_migrate_scanned");
	free_scanned = file_number("/proc/vmstat", "compact_free_scanned");
	daemon = file_number("/proc/vmstat", "compact_daemon_migrate_scanned");
	moved = file_number("/proc/vmstat", "pgmigrate_success");
	failed = file_number("/proc/vmstat", "pgmigrate_fail");
	mms_trace(&s, "compact", "-o +free_scanned,failed,mode,tid", "work");
	scanned = file_number("/proc/vmstat", "compact_migrate_scanned") - scanned;
	free_scanned = file_number("/proc/vmstat", "compact_free_scanned") - free_scanned;
	daemon = file_number("/proc/vmstat", "compact_daemon_migrate_scanned") - daemon;
	moved = file_number("/proc/vmstat", "pgmigrate_success") - moved;
	failed = file_number("/proc/vmstat", "pgmigrate_fail") - failed;
	if (*was)
		file_write(BALANCING, was);
	if (s.status || s.events != 2 * all + 3 * node_0)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));

	EXPECT_EQ(2 * all + 3 * node_0, s.events);
	EXPECT_EQ(s.events, mms_count(&s, "cause", "whole"));
	EXPECT_EQ(s.events, mms_count(&s, "result", "complete"));
	EXPECT_EQ(s.events, mms_count(&s, "mode", "sync"));
	EXPECT_EQ(s.events, mms_count(&s, "order", "null"));
	/* in the order of nodes and zones */
	for (size_t i = 0; i < s.events; i++) {
		EXPECT_EQ(i < 2 * all ? i % all >= node_0 : 0, mms_number(s.event[i], "node"));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}
	EXPECT_STREQ("DMA", mms_value(s.event[0], "zone", buf));
	EXPECT_STREQ("DMA", mms_value(s.event[all], "zone", buf));

	EXPECT_EQ(0, daemon);
	EXPECT_LT(0, scanned);
	EXPECT_EQ(scanned, total("scanned_pages"));
	EXPECT_EQ(free_scanned, total("free_scanned_pages"));
	EXPECT_EQ(moved, total("moved_pages"));
	EXPECT_EQ(failed, total("failed_pages"));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
