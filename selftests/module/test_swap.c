// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope swap against /proc/swaps, zram's own numbers, and a process of which a known
 * number of pages is in swap: each slot against /proc/PID/pagemap.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tool.h"

#define PAGES	1009

static volatile char *ready;
static char *pages;

/* Sleeps with PAGES pages in swap; 0 if the kernel does not take them all. */
static pid_t start(void)
{
	pid_t pid;

	*ready = 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		cpu_pin(-1);
		for (long i = 0; i < PAGES; i++)
			memset(pages + i * PAGE, i % 251 + 1, 100 + i);
		madvise(pages, PAGES * PAGE, MADV_PAGEOUT);
		*ready = 1;
		for (;;)
			pause();
	}
	for (int i = 0; i < 10000 && !*ready; i++)
		usleep(1000);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

FIXTURE(swap)
{
	char text[1 << 20];
	uint64_t entry[PAGES];
	pid_t pid;
	long in_swap;
};

FIXTURE_SETUP(swap)
{
	char *swaps = file_text("/proc/swaps", NULL);
	bool none = !swaps || !strchr(swaps, '\n') || !strchr(swaps, '\n')[1];

	free(swaps);
	self->pid = 0;
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
	if (none)
		SKIP(return, "there is no swap area");
	self->pid = start();
	pagemap_read(self->pid, (uintptr_t)pages, PAGES, self->entry);
	self->in_swap = 0;
	for (int i = 0; i < PAGES; i++)
		self->in_swap += !!(self->entry[i] & PM_SWAP);
	/* some may be on their way at that moment and stay; what is in swap is compared */
	ASSERT_LT(PAGES / 2, self->in_swap);
}

FIXTURE_TEARDOWN(swap)
{
	if (self->pid > 0)
		stop(self->pid);
}

/* What is used may change meanwhile: it is read before and after. */
static void used(uint64_t ret[32], int *ret_nr)
{
	char *text = file_text("/proc/swaps", NULL), *save, *line;

	*ret_nr = 0;
	line = strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save)) && *ret_nr < 32)
		sscanf(line, "%*s %*s %*s %" SCNu64, &ret[(*ret_nr)++]);
	free(text);
}

TEST_F(swap, agrees_with_proc_swaps)
{
	char *text, *save, *line, *tool_line, *tool_save, name[256], got_name[256], kind[32], got_kind[32];
	uint64_t before[32], after[32], size, got_size, got_used;
	int nr, nr_after, prio, got_prio, n = 0;

	used(before, &nr);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap -n -r -o name,kind,size,used,prio")) TH_LOG("%s", self->text);
	used(after, &nr_after);
	ASSERT_EQ(nr, nr_after);
	text = file_text("/proc/swaps", NULL);
	line = strtok_r(text, "\n", &save);
	tool_line = strtok_r(self->text, "\n", &tool_save);
	for (line = strtok_r(NULL, "\n", &save); line; line = strtok_r(NULL, "\n", &save), n++) {
		ASSERT_TRUE(tool_line);
		ASSERT_EQ(4, sscanf(line, "%255s %31s %" SCNu64 " %*u %d", name, kind, &size, &prio));
		ASSERT_EQ(5, sscanf(tool_line, "%255s %31s %" SCNu64 " %" SCNu64 " %d", got_name, got_kind, &got_size, &got_used,
				    &got_prio)) TH_LOG("%s", tool_line);
		EXPECT_STREQ(name, got_name);
		EXPECT_STREQ(strcmp(kind, "partition") ? "file" : "device", got_kind);
		EXPECT_EQ(size << 10, got_size);
		EXPECT_EQ(prio, got_prio);
		EXPECT_LE(before[n] < after[n] ? before[n] : after[n], got_used >> 10);
		EXPECT_GE(before[n] > after[n] ? before[n] : after[n], got_used >> 10);
		tool_line = strtok_r(NULL, "\n", &tool_save);
	}
	EXPECT_EQ(NULL, tool_line);
	EXPECT_EQ(nr, n);
	free(text);
}

/* Each page of the process, by area and slot, and by address */
TEST_F(swap, says_who_is_in_each_slot)
{
	unsigned long type, slot, n, address, bad = 0, seen = 0;
	long pid;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap --list -n -r -o type,slot,pages,pid,address")) TH_LOG("%s", self->text);
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n")) {
		ASSERT_EQ(5, sscanf(line, "%lu %lu %lu %ld %lx", &type, &slot, &n, &pid, &address)) TH_LOG("%s", line);
		if (pid != self->pid)
			continue;
		for (unsigned long i = 0; i < n; i++) {
			unsigned long page = (address - (uintptr_t)pages) / PAGE + i;

			if (address < (uintptr_t)pages || page >= PAGES)
				continue;
			seen++;
			if (!(self->entry[page] & PM_SWAP) || PM_SWAP_TYPE(self->entry[page]) != type ||
			    PM_SWAP_OFFSET(self->entry[page]) != slot + i)
				DIFFER(bad, "page %lu: %lu:%lu, pagemap 0x%" PRIx64, page, type, slot + i, self->entry[page]);
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(self->in_swap, seen);
}

TEST_F(swap, sums_up_who_is_in_swap)
{
	char want[64], *p;
	long n = -1;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap --list --json")) TH_LOG("%s", self->text);
	p = strstr(self->text, "\"owners\":");
	ASSERT_TRUE(p);
	snprintf(want, sizeof(want), "{\"pid\":%d,\"pages\":", self->pid);
	p = strstr(p, want);
	ASSERT_TRUE(p) TH_LOG("%s", self->text);
	sscanf(p + strlen(want), "%ld", &n);
	EXPECT_LE(self->in_swap, n);
	EXPECT_GE(self->in_swap + 64, n);	/* what else of it was swapped out */
}

/* Clusters: what is not free and not full is in between, and one at least is in use now. */
TEST_F(swap, counts_clusters)
{
	long clusters, clusters_free, full, slots;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap -n -r -o clusters,clusters_free,clusters_full,slots | head -n 1"));
	if (*self->text == '-')
		SKIP(return, "the area has no clusters");
	ASSERT_EQ(4, sscanf(self->text, "%ld %ld %ld %ld", &clusters, &clusters_free, &full, &slots)) TH_LOG("%s", self->text);
	EXPECT_EQ((slots + 1 + 511) / 512, clusters);	/* slot 0 is the header */
	EXPECT_GE(clusters - (self->in_swap + 511) / 512, clusters_free);
	EXPECT_LE(0, clusters_free);
	EXPECT_LE(full, clusters - clusters_free);
}

TEST_F(swap, agrees_with_zram_and_vmstat)
{
	unsigned long before[2], after[2], stored, compressed, memory, got[3], out;
	char *vmstat = file_text("/proc/vmstat", NULL), *stat = file_text("/sys/block/zram0/mm_stat", NULL), *p;

	if (!stat)
		SKIP(return, "there is no zram device");
	ASSERT_EQ(3, sscanf(stat, "%lu %lu %lu", &stored, &compressed, &memory));
	before[0] = strtoul(strstr(vmstat, "\npswpout ") + 9, NULL, 10);
	free(vmstat);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap --json")) TH_LOG("%s", self->text);
	vmstat = file_text("/proc/vmstat", NULL);
	after[0] = strtoul(strstr(vmstat, "\npswpout ") + 9, NULL, 10);
	p = strstr(self->text, "\"swapped_out\":");
	ASSERT_TRUE(p);
	out = strtoul(p + 14, NULL, 10);
	EXPECT_LE(before[0], out);
	EXPECT_GE(after[0], out);
	p = strstr(self->text, "\"zram\":");
	ASSERT_TRUE(p);
	p = strstr(p, "\"stored_bytes\":");
	ASSERT_TRUE(p);
	ASSERT_EQ(3, sscanf(p, "\"stored_bytes\":%lu,\"compressed_bytes\":%lu,\"memory_bytes\":%lu", &got[0], &got[1], &got[2]));
	/* nobody else swaps in this VM: what differs would have to be this test's own */
	EXPECT_EQ(stored, got[0]);
	EXPECT_EQ(compressed, got[1]);
	EXPECT_EQ(memory, got[2]);
	free(vmstat);
	free(stat);
}

TEST_F(swap, refuses_who_may_not)
{
	int status;

	if (!fork()) {
		if (mms_be_nobody())
			_exit(1);
		if (mms_tool(self->text, sizeof(self->text), "swap") != 4)
			_exit(2);
		_exit(strstr(self->text, "CAP_BPF") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "swap -s no_such_column"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "swap extra"));
}

/* ---- two areas, and zswap before them ------------------------------------------ */

#define FILE_SLOTS	503	/* fewer than the process has: the rest goes to the device */
#define ZSWAP		"/sys/module/zswap/parameters/enabled"

FIXTURE(two_areas)
{
	char text[1 << 20];
	uint64_t entry[PAGES];
	char fs[64], path[100], zswap[8];
	bool on;
	pid_t pid;
};

FIXTURE_SETUP(two_areas)
{
	char *swaps = file_text("/proc/swaps", NULL), *zswap = file_text(ZSWAP, NULL);
	bool none = !swaps || !strstr(swaps, "zram");
	const char *why;

	free(swaps);
	self->pid = 0;
	self->on = false;
	snprintf(self->zswap, sizeof(self->zswap), "%s", zswap ? zswap : "");
	free(zswap);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
	if (none)
		SKIP(return, "there is no zram device to swap to");
	why = fs_mount("ext4", NULL, self->fs);
	if (why)
		SKIP(return, "ext4: %s", why);
	snprintf(self->path, sizeof(self->path), "%s/swapfile", self->fs);
	ASSERT_EQ(0, swapfile_make(self->path, FILE_SLOTS));
	ASSERT_EQ(0, swapon(self->path, SWAP_FLAG_PREFER | 7)) TH_LOG("%s", strerror(errno));
	self->on = true;
}

FIXTURE_TEARDOWN(two_areas)
{
	if (self->pid > 0)
		stop(self->pid);
	if (*self->zswap)
		file_write(ZSWAP, self->zswap);
	if (self->on) {
		EXPECT_EQ(0, swapoff(self->path));
		EXPECT_EQ(0, fs_umount(self->fs));
	}
}

static long find_area(const char *text, const char *name, char kind[32], long *ret_prio, long *ret_slots, long *ret_used)
{
	char path[256], *copy = strdup(text), *save;
	long type = -1, t;

	for (char *line = strtok_r(copy, "\n", &save); line && type < 0; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%ld %255s %31s %ld %ld %ld", &t, path, kind, ret_prio, ret_slots, ret_used) == 6 && strstr(path, name))
			type = t;
	free(copy);
	return type;
}

/* by /proc/swaps: a file may have a page fewer than it was made of, where its blocks lie apart */
static long slots_of(const char *name)
{
	char *swaps = file_text("/proc/swaps", NULL), *line = swaps ? strstr(swaps, name) : NULL;
	long kib = 0;

	if (line)
		sscanf(line, "%*s %*s %ld", &kib);
	free(swaps);
	return kib / 4;
}

/* Fills both; what is in which slot of which area, by pagemap */
static void two_areas(struct __test_metadata *_metadata, FIXTURE_DATA(two_areas) *self)
{
	long type[2], prio[2], slots[2], used[2], in[2] = { 0 }, seen[2] = { 0 }, bad = 0, pid;
	unsigned long area, slot, n, address;
	char kind[2][32];

	self->pid = start();
	pagemap_read(self->pid, (uintptr_t)pages, PAGES, self->entry);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap -n -r -o type,name,kind,prio,slots,used")) TH_LOG("%s", self->text);
	type[0] = find_area(self->text, "/swapfile", kind[0], &prio[0], &slots[0], &used[0]);
	type[1] = find_area(self->text, "/zram0", kind[1], &prio[1], &slots[1], &used[1]);
	ASSERT_LE(0, type[0]) TH_LOG("%s", self->text);
	ASSERT_LE(0, type[1]) TH_LOG("%s", self->text);
	EXPECT_STREQ("file", kind[0]);
	EXPECT_STREQ("device", kind[1]);
	EXPECT_EQ(7, prio[0]);
	EXPECT_GT(7, prio[1]);
	EXPECT_EQ(slots_of("/swapfile"), slots[0]);
	for (int i = 0; i < PAGES; i++)
		for (int j = 0; j < 2 && self->entry[i] & PM_SWAP; j++)
			in[j] += (long)PM_SWAP_TYPE(self->entry[i]) == type[j];
	/* the higher priority first; CPUs keep some slots for the next ones, on older kernels */
	EXPECT_LE(slots[0] - 2 * 64, in[0]);
	EXPECT_LT(0, in[1]);
	EXPECT_LE(in[0] * PAGE, used[0]);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap --list -n -r -o type,slot,pages,pid,address")) TH_LOG("%s", self->text);
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n")) {
		ASSERT_EQ(5, sscanf(line, "%lu %lu %lu %ld %lx", &area, &slot, &n, &pid, &address)) TH_LOG("%s", line);
		for (unsigned long i = 0; pid == self->pid && i < n; i++) {
			unsigned long page = (address - (uintptr_t)pages) / PAGE + i;

			if (address < (uintptr_t)pages || page >= PAGES)
				continue;
			seen[0] += (long)area == type[0];
			seen[1] += (long)area == type[1];
			if (!(self->entry[page] & PM_SWAP) || PM_SWAP_TYPE(self->entry[page]) != area ||
			    PM_SWAP_OFFSET(self->entry[page]) != slot + i)
				DIFFER(bad, "page %lu: %lu:%lu, pagemap 0x%" PRIx64, page, area, slot + i, self->entry[page]);
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(in[0], seen[0]);
	EXPECT_EQ(in[1], seen[1]);
}

TEST_F(two_areas, by_priority)
{
	two_areas(_metadata, self);
}

/* zswap holds the pages; they have their slots all the same */
TEST_F(two_areas, behind_zswap)
{
	unsigned long stored, pool;
	char *meminfo, *p;

	if (file_write(ZSWAP, "Y"))
		SKIP(return, "zswap cannot be turned on");
	two_areas(_metadata, self);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "swap --json")) TH_LOG("%s", self->text);
	meminfo = file_text("/proc/meminfo", NULL);
	p = strstr(self->text, "\"zswap_stored_bytes\":");
	ASSERT_NE(NULL, p) TH_LOG("%s", self->text);
	ASSERT_EQ(2, sscanf(p, "\"zswap_stored_bytes\":%lu,\"zswap_pool_bytes\":%lu", &stored, &pool));
	EXPECT_EQ(text_number(meminfo, "Zswapped", 0) * 1024, stored);
	EXPECT_EQ(text_number(meminfo, "Zswap", 0) * 1024, pool);
	EXPECT_LE(PAGES / 2 * PAGE, stored);
	EXPECT_NE(NULL, strstr(self->text, "\"zswap\":true"));
	free(meminfo);
}

int main(int argc, char **argv)
{
	ready = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ready == MAP_FAILED || pages == MAP_FAILED || madvise(pages, PAGES * PAGE, MADV_NOHUGEPAGE))
		return 1;
	return test_harness_run(argc, argv);
}
