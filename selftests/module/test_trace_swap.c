// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace swap: a process that swaps a prime number of pages each way there is, to a
 * zram device, to zswap and to a file, beside what the kernel counts in /proc/vmstat, for
 * the device and for the memory cgroup.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"

#define CGROUP	"/sys/fs/cgroup/mms-swap"
#define RECLAIM	CGROUP "/memory.reclaim"
#define ZSWAP	"/sys/module/zswap/parameters/enabled"
#define CLUSTER	"/proc/sys/vm/page-cluster"
#define VMA_RA	"/sys/kernel/mm/swap/vma_ra_enabled"
#define ZRAM	"/dev/zram0"
#define SLOTS	2039	/* of the file */

/* Each way has its place, so that events are told apart by their addresses. */
enum way { PLAIN, ZERO, SHMEM, SHARED, STORED, BACK, REFUSED, NEAR, CLUSTERED, ADVISED, GONE, NR_WAYS };

static const size_t pages[NR_WAYS] = {
	[PLAIN] = 97,
	[ZERO] = 13,
	[SHMEM] = 31,
	[SHARED] = 29,
	[STORED] = 43,
	[BACK] = 127,
	[REFUSED] = 19,
	[NEAR] = 61,
	[CLUSTERED] = 59,
	[ADVISED] = 17,
	[GONE] = 37,
};

/* What the workload sees by itself, in memory that the test sees, too; and what it is told */
struct shared {
	char swapfile[128];
	long zswap_bytes;
	long task, child;
	bool has_zswap, has_refused;
};

static struct shared *shared;

#define SHARED_FILE	"/run/mms-trace-swap"

static struct mms_said s;

static struct shared *shared_map(void)
{
	int fd = open(SHARED_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *p = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(*shared)))
		p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

static char *place(enum way way)
{
	return (char *)MMS_WORK_BASE + way * (1UL << 24);
}

/* ---- the workload ------------------------------------------------------------------ */

static void make(enum way way, int flags)
{
	const size_t size = pages[way] * PAGE;
	char *p = mmap(place(way), size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		_exit(20);
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4)
		*(unsigned int *)(p + i) = way == ZERO ? 0 : i % PAGE < 2000 ? random() : 1;
}

static size_t in_memory(enum way way)
{
	unsigned char in[256];
	size_t n = 0;

	/* what is in the swap cache is, too */
	if (mincore(place(way), pages[way] * PAGE, in))
		_exit(21);
	for (size_t i = 0; i < pages[way]; i++)
		n += in[i] & 1;
	return n;
}

/* Out, and out of the swap cache: what is written later is in it until it is reclaimed */
static void out(enum way way)
{
	madvise(place(way), pages[way] * PAGE, MADV_PAGEOUT);
	for (int i = 0; i < 500 && in_memory(way); i++) {
		usleep(10000);
		file_write(RECLAIM, "1M");
	}
	if (in_memory(way))
		_exit(22);
}

static void in(enum way way)
{
	volatile char sum = 0;

	for (size_t i = 0; i < pages[way]; i++)
		sum += place(way)[i * PAGE];
}

static void drop(enum way way)
{
	munmap(place(way), pages[way] * PAGE);
}

static void out_and_in(enum way way)
{
	make(way, way == SHMEM ? MAP_SHARED : MAP_PRIVATE);
	out(way);
	in(way);
	drop(way);
}

/* Two processes have them, one reads them, and the other finds them in the swap cache */
static void two_have_them(void)
{
	int go[2], status;
	char byte = 0;
	pid_t pid;

	make(SHARED, MAP_PRIVATE);
	if (pipe(go))
		_exit(23);
	pid = fork();
	if (!pid) {
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		in(SHARED);
		_exit(0);
	}
	shared->child = pid;
	/* MADV_PAGEOUT leaves alone what others have, too */
	out(SHARED);
	in(SHARED);
	if (write(go[1], &byte, 1) != 1 || waitpid(pid, &status, 0) != pid || status)
		_exit(24);
	drop(SHARED);
}

static long number_in(const char *path)
{
	char *text = file_text(path, NULL);
	long number = text ? strtol(text, NULL, 10) : -1;

	free(text);
	return number;
}

static void through_zswap(void)
{
	shared->has_zswap = !file_write(ZSWAP, "Y");
	if (!shared->has_zswap)
		return;
	make(STORED, MAP_PRIVATE);
	shared->zswap_bytes = -number_in(CGROUP "/memory.zswap.current");
	madvise(place(STORED), pages[STORED] * PAGE, MADV_PAGEOUT);
	/* sums of a memory cgroup are made every two seconds, or when there is more to add */
	sleep(3);
	shared->zswap_bytes += number_in(CGROUP "/memory.zswap.current");
	in(STORED);
	drop(STORED);
	/* Less than they take: some have to be written, when each has had its second chance. */
	make(BACK, MAP_PRIVATE);
	file_write(CGROUP "/memory.zswap.max", "65536");
	madvise(place(BACK), pages[BACK] * PAGE, MADV_PAGEOUT);
	file_write(CGROUP "/memory.zswap.max", "max");
	in(BACK);
	drop(BACK);
	file_write(ZSWAP, "N");
}

static void nowhere_to_go(void)
{
	shared->has_refused = shared->has_zswap && !file_write(CGROUP "/memory.zswap.writeback", "0");
	if (!shared->has_refused)
		return;
	file_write(ZSWAP, "Y");
	file_write(CGROUP "/memory.zswap.max", "0");
	make(REFUSED, MAP_PRIVATE);
	madvise(place(REFUSED), pages[REFUSED] * PAGE, MADV_PAGEOUT);
	drop(REFUSED);
	file_write(CGROUP "/memory.zswap.max", "max");
	file_write(CGROUP "/memory.zswap.writeback", "1");
	file_write(ZSWAP, "N");
}

static int work(void)
{
	shared = shared_map();
	if (!shared || file_write(CGROUP "/cgroup.procs", "0"))
		return 10;
	shared->task = getpid();
	cpu_pin(-1);
	/* one at a time: nothing is read ahead */
	file_write(CLUSTER, "0");
	out_and_in(PLAIN);
	out_and_in(ZERO);
	out_and_in(SHMEM);
	two_have_them();
	through_zswap();
	nowhere_to_go();

	/* the newest kernels go on with the area they are at, whatever its priority */
	if (swapoff(ZRAM) || swapon(shared->swapfile, SWAP_FLAG_PREFER | 7))
		return 11;
	file_write(CLUSTER, "3");
	out_and_in(NEAR);
	file_write(VMA_RA, "false");
	out_and_in(CLUSTERED);
	file_write(VMA_RA, "true");
	make(ADVISED, MAP_PRIVATE);
	out(ADVISED);
	madvise(place(ADVISED), pages[ADVISED] * PAGE, MADV_WILLNEED);
	in(ADVISED);
	drop(ADVISED);
	file_write(CLUSTER, "0");
	make(GONE, MAP_PRIVATE);
	out(GONE);
	return swapoff(shared->swapfile) ? 12 : 0;
}

static const struct mms_workload workloads[] = { { "work", work }, { NULL, NULL } };

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the test ---------------------------------------------------------------------- */

static const char *const counters[] = {
	"pswpout", "pswpin", "zswpout", "zswpin", "zswpwb", "swpout_zero", "swpin_zero", "swap_ra",
};

enum counter { PSWPOUT, PSWPIN, ZSWPOUT, ZSWPIN, ZSWPWB, SWPOUT_ZERO, SWPIN_ZERO, SWAP_RA, NR_COUNTERS };

static void count(long ret[NR_COUNTERS])
{
	for (int i = 0; i < NR_COUNTERS; i++)
		ret[i] = file_number("/proc/vmstat", counters[i]);
}

/* sectors that were written to the device */
static long zram_written(void)
{
	char *text = file_text("/sys/block/zram0/stat", NULL);
	long n = 0;

	if (text)
		sscanf(text, "%*u %*u %*u %*u %*u %*u %ld", &n);
	free(text);
	return n;
}

/* clang-format off */
FIXTURE(swap)
{
	char fs[64], cluster[16], zswap[16], id[32];
	bool off;
};
/* clang-format on */

static void keep(const char *path, char text[16])
{
	char *was = file_text(path, NULL);

	snprintf(text, 16, "%s", was ? was : "");
	free(was);
}

FIXTURE_SETUP(swap)
{
	char *swaps = file_text("/proc/swaps", NULL);
	bool none = !swaps || !strstr(swaps, ZRAM);
	const char *why;
	struct stat st;

	free(swaps);
	self->off = false;
	self->fs[0] = '\0';
	keep(CLUSTER, self->cluster);
	keep(ZSWAP, self->zswap);
	NEED_TOOL();
	if (none)
		SKIP(return, "there is no zram device to swap to");
	rmdir(CGROUP);
	if (mkdir(CGROUP, 0755) || access(RECLAIM, W_OK))
		SKIP(return, "no memory cgroup (v2) with memory.reclaim");
	ASSERT_EQ(0, stat(CGROUP, &st));
	snprintf(self->id, sizeof(self->id), "%lu", st.st_ino);
	why = fs_mount("ext4", NULL, self->fs);
	if (why)
		SKIP(return, "ext4: %s", why);
	shared = shared_map();
	ASSERT_NE(NULL, shared);
	memset(shared, 0, sizeof(*shared));
	snprintf(shared->swapfile, sizeof(shared->swapfile), "%s/swapfile", self->fs);
	ASSERT_EQ(0, swapfile_make(shared->swapfile, SLOTS));
	file_write(ZSWAP, "N");
	/* in with what others have there */
	if (swapoff(ZRAM))
		SKIP(return, "there is not memory enough for what is swapped");
	self->off = true;
	ASSERT_EQ(0, swapon(ZRAM, 0));
	self->off = false;
}

FIXTURE_TEARDOWN(swap)
{
	file_write(VMA_RA, "true");
	if (*self->cluster)
		file_write(CLUSTER, self->cluster);
	if (*self->zswap)
		file_write(ZSWAP, self->zswap);
	if (shared && *shared->swapfile)
		swapoff(shared->swapfile);
	if (self->off)
		swapon(ZRAM, 0);
	if (*self->fs)
		EXPECT_EQ(0, fs_umount(self->fs));
	unlink(SHARED_FILE);
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

static bool is(const char *line, const char *key, const char *value)
{
	char buf[256];

	return !value || !strcmp(mms_value(line, key, buf), value);
}

/* Pages of events: with this cause, reason, way of reading ahead, and kind; NULL: any */
static long told(const char *cause, const char *reason, const char *ahead, const char *kind)
{
	long n = 0;

	for (size_t i = 0; i < s.events; i++)
		if (is(s.event[i], "cause", cause) && is(s.event[i], "reason", reason) && is(s.event[i], "ahead", ahead) &&
		    is(s.event[i], "kind", kind))
			n += mms_number(s.event[i], "pages_pages");
	return n;
}

/* The same, of events at a way's addresses */
static long at(enum way way, const char *cause, const char *key, const char *value)
{
	long n = 0;

	for (size_t i = 0; i < s.events; i++) {
		uint64_t page = (mms_number(s.event[i], "address") - (uintptr_t)place(way)) / PAGE;

		n += page < pages[way] && is(s.event[i], "cause", cause) && (!key || is(s.event[i], key, value));
	}
	return n;
}

/* What is told of each way's addresses: as many pages as it has */
static const struct {
	enum way way;
	const char *cause, *reason, *kind, *memory;
	bool waits;
} ways[] = {
	{ PLAIN, "out", "pageout", "zram", "anon", true },
	{ PLAIN, "in", "fault", "zram", "anon", true },
	{ SHMEM, "out", "pageout", "zram", "shmem", true },
	{ SHARED, "out", "memcg", "zram", "anon", true },
	{ SHARED, "in", "fault", "zram", "anon", true },
	{ SHARED, "in-cache", "fault", "memory", "anon", true },
	{ NEAR, "out", "pageout", "file", "anon", false },
	{ CLUSTERED, "out", "pageout", "file", "anon", false },
	{ ADVISED, "out", "pageout", "file", "anon", false },
	{ ADVISED, "in", "willneed", "file", "anon", false },
	{ ADVISED, "in-cache", "fault", "memory", "anon", true },
	{ GONE, "out", "pageout", "file", "anon", false },
	{ GONE, "in", "swapoff", "file", "anon", true },
};

static void check_ways(struct __test_metadata *_metadata)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const enum way way = ways[i].way;
		const char *cause = ways[i].cause;
		const long all = pages[way];

		EXPECT_EQ(all, at(way, cause, "reason", ways[i].reason)) TH_LOG("way %d, %s", way, cause);
		EXPECT_EQ(all, at(way, cause, "kind", ways[i].kind)) TH_LOG("way %d, %s", way, cause);
		EXPECT_EQ(all, at(way, cause, "memory", ways[i].memory)) TH_LOG("way %d, %s", way, cause);
		EXPECT_EQ(all, at(way, cause, "waits", ways[i].waits ? "true" : "false")) TH_LOG("way %d, %s", way, cause);
		EXPECT_EQ(all, at(way, cause, NULL, NULL)) TH_LOG("way %d, %s", way, cause);
	}
	/* no address is known of shared memory that is read: nothing else of it is there */
	EXPECT_EQ(pages[SHMEM], told("in", "shmem", "no", "zram"));
	EXPECT_EQ(pages[SHMEM], mms_count(&s, "memory", "shmem") - at(SHMEM, "out", NULL, NULL));
}

/* Zero pages and zswap, where kernels have them */
static void check_memory(struct __test_metadata *_metadata, bool knows_zero)
{
	long bytes = 0;

	EXPECT_EQ(pages[ZERO], at(ZERO, knows_zero ? "out-zero" : "out", "reason", "pageout"));
	EXPECT_EQ(pages[ZERO], at(ZERO, knows_zero ? "in-zero" : "in", "reason", "fault"));
	EXPECT_EQ(pages[ZERO], at(ZERO, knows_zero ? "in-zero" : "in", "kind", knows_zero ? "zero" : "zram"));
	EXPECT_EQ(shared->has_refused ? pages[REFUSED] : 0, at(REFUSED, "out-refused", "kind", "memory"));
	if (!shared->has_zswap)
		return;
	EXPECT_EQ(pages[STORED], at(STORED, "out-zswap", "kind", "zswap"));
	EXPECT_EQ(pages[STORED], at(STORED, "in-zswap", "kind", "zswap"));
	for (size_t i = 0; i < s.events; i++)
		if (mms_number(s.event[i], "address") - (uintptr_t)place(STORED) < pages[STORED] * PAGE &&
		    is(s.event[i], "cause", "out-zswap"))
			bytes += mms_number(s.event[i], "compressed_bytes");
	EXPECT_EQ(shared->zswap_bytes, bytes);
	EXPECT_LT(pages[STORED] * 1000, bytes);
	/* what it is given it holds, or lets through, or has written meanwhile */
	EXPECT_EQ(pages[BACK], at(BACK, "out-zswap", NULL, NULL) + at(BACK, "out", NULL, NULL));
}

/* Each page of the two ways was asked for, or read ahead and then found */
static void check_ahead(struct __test_metadata *_metadata)
{
	EXPECT_EQ(pages[NEAR], at(NEAR, "in", "ahead", "no") + at(NEAR, "in-cache", "ahead", "vma"));
	EXPECT_EQ(pages[NEAR], at(NEAR, "in", NULL, NULL) + at(NEAR, "in-cache", NULL, NULL));
	EXPECT_LT(pages[NEAR] / 2, at(NEAR, "in-cache", "ahead", "vma"));
	EXPECT_EQ(pages[CLUSTERED], at(CLUSTERED, "in", "ahead", "no") + at(CLUSTERED, "in-cache", "ahead", "cluster"));
	EXPECT_EQ(pages[CLUSTERED], at(CLUSTERED, "in", NULL, NULL) + at(CLUSTERED, "in-cache", NULL, NULL));
	EXPECT_LT(pages[CLUSTERED] / 2, at(CLUSTERED, "in-cache", "ahead", "cluster"));
}

/* Whose they are, and where */
static void check_owners(struct __test_metadata *_metadata, const char *memcg)
{
	char task[24], child[24];

	snprintf(task, sizeof(task), "%ld", shared->task);
	snprintf(child, sizeof(child), "%ld", shared->child);
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "out", "task", task));
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "out", "mappers", "1"));
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "out", "memcg", memcg));
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "in", "memcg", memcg));
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "in", "path", ZRAM));
	EXPECT_EQ(pages[PLAIN], at(PLAIN, "in", "name", "test_trace_swap"));
	EXPECT_EQ(pages[SHARED], at(SHARED, "out", "mappers", "2"));
	EXPECT_EQ(pages[SHARED], at(SHARED, "in", "task", task));
	EXPECT_EQ(pages[SHARED], at(SHARED, "in-cache", "task", child));
	EXPECT_EQ(pages[GONE], at(GONE, "out", "path", shared->swapfile));
	EXPECT_EQ(pages[GONE], at(GONE, "in", "task", task));
	EXPECT_EQ(s.events, mms_count(&s, "failed", "false"));
}

/* All in one run: it takes seconds to load the programs where all is emulated */
TEST_F(swap, each_way)
{
	long before[NR_COUNTERS], n[NR_COUNTERS], written;

	self->off = true;
	count(before);
	written = zram_written();
	mms_trace(&s, "swap", "-o +address,kind,ahead,memory,waits,memcg,task,mappers,compressed,failed,path", "work");
	written = zram_written() - written;
	count(n);
	for (int i = 0; i < NR_COUNTERS; i++)
		n[i] -= before[i];
	if (s.status)
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));

	check_ways(_metadata);
	check_memory(_metadata, before[SWPOUT_ZERO] >= 0);
	check_ahead(_metadata);
	check_owners(_metadata, self->id);

	/* nobody else swaps meanwhile */
	EXPECT_EQ(n[PSWPOUT], told("out", NULL, NULL, NULL) + told("out-back", NULL, NULL, NULL));
	EXPECT_EQ(n[PSWPIN], told("in", NULL, NULL, NULL));
	EXPECT_EQ(n[ZSWPOUT], told("out-zswap", NULL, NULL, NULL));
	EXPECT_EQ(n[ZSWPIN], told("in-zswap", NULL, NULL, NULL));
	EXPECT_EQ(n[SWPOUT_ZERO], told("out-zero", NULL, NULL, NULL));
	EXPECT_EQ(n[SWPIN_ZERO], told("in-zero", NULL, NULL, NULL));
	EXPECT_EQ(n[SWAP_RA], told("in", NULL, "vma", NULL) + told("in", NULL, "cluster", NULL));
	EXPECT_EQ(written / 8, told("out", NULL, NULL, "zram") + told("out-back", NULL, NULL, "zram"));
	EXPECT_EQ(0, told("out-none", NULL, NULL, NULL));
	EXPECT_EQ(0, mms_count(&s, "reason", "unknown"));
	/* zswap's worker, who is none of the workload, writes on kernels that do not count it */
	if (before[ZSWPWB] < 0)
		return;
	EXPECT_EQ(n[ZSWPWB], told("out-back", NULL, NULL, NULL));
	if (shared->has_zswap)
		EXPECT_LT(0, n[ZSWPWB]);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
