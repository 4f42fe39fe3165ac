// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace dirty, beside what the kernel counts for the process in /proc/PID/io and for
 * all in /proc/vmstat: prime numbers of pages that become dirty, are written and are not, in
 * files of ext4 and xfs on a device that takes a known time for all that it is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"

#define DELAY_MS	50
#define ROUNDS		7
#define SLOW_PAGES	4096	/* of the file for which one has to pause */
#define VM		"/proc/sys/vm/"
#define DIRTY_PAGES	1024
#define BACKGROUND_PAGES 256
#define ROOT		"/sys/fs/cgroup"
#define CGROUP		ROOT "/mms-dirty"
#define OTHER_CGROUP	ROOT "/mms-dirty-other"
#define MGLRU		"/sys/kernel/mm/lru_gen/enabled"

static struct mms_said s;

/* What the workload saw, in memory that it shares with the test */
struct seen {
	long write_bytes, cancelled_bytes, nr_dirtied, nr_written;
	uint64_t slow_ns;
};

static struct seen *seen;

/* ---- the workload: with files in the folder $MMS_FOLDER ------------------------------ */

static char room[16 * PAGE] __attribute__((aligned(4096)));

static int file(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("MMS_FOLDER"), name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		_exit(90);
	return fd;
}

/* Page by page, so that each is a folio */
static bool put(int fd, size_t first, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (pwrite(fd, room, PAGE, (first + i) * PAGE) != PAGE)
			return false;
	return true;
}

static long counted(const char *name)
{
	file_write(VM "stat_refresh", "1");
	return file_number("/proc/vmstat", name);
}

/* 101 pages that write() makes dirty and fsync() writes; another time nothing is dirty. */
static bool work_write(void)
{
	int fd = file("write");

	return put(fd, 3, 101) && put(fd, 3, 101) && !fsync(fd) && !fsync(fd);
}

/* 53 pages of memory, each twice, that msync() writes */
static bool work_mapped(void)
{
	int fd = file("mapped");
	volatile char *p;

	if (ftruncate(fd, 211 * PAGE))
		return false;
	p = mmap(NULL, 211 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	madvise((void *)p, 211 * PAGE, MADV_RANDOM);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < 53; i++)
			p[(7 + 3 * i) * PAGE] = 1;
	return !msync((void *)p, 211 * PAGE, MS_SYNC) && !munmap((void *)p, 211 * PAGE);
}

/* 47 pages, 17 of which are written without waiting, and the rest by a flusher */
static bool work_range(void)
{
	int fd = file("range");

	return put(fd, 0, 47) && !sync_file_range(fd, 5 * PAGE, 17 * PAGE, SYNC_FILE_RANGE_WRITE) && !syncfs(fd);
}

/* 31 pages that are never written */
static bool work_deleted(void)
{
	char path[256];
	int fd = file("deleted");

	snprintf(path, sizeof(path), "%s/deleted", getenv("MMS_FOLDER"));
	return put(fd, 0, 31) && !unlink(path) && !close(fd);
}

/* A page each time, so that one has to wait for it, unless the machine is very slow */
static bool work_wait(void)
{
	int fd = file("wait");

	for (size_t i = 0; i < ROUNDS; i++)
		if (!put(fd, i, 1) || sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER))
			return false;
	return true;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* More than may be dirty */
static bool work_slow(void)
{
	int fd = file("slow");

	seen->slow_ns = now();
	for (size_t i = 0; i < SLOW_PAGES; i += 16)
		if (pwrite(fd, room, sizeof(room), i * PAGE) != sizeof(room))
			return false;
	seen->slow_ns = now() - seen->slow_ns;
	return !fsync(fd);
}

/* 37 pages that nobody asks for, but they are dirty for too long */
static bool work_late(void)
{
	long before = counted("nr_written");
	char expire[16], interval[16];
	int fd = file("late");
	bool done = put(fd, 0, 37);

	file_change(VM "dirty_expire_centisecs", "30", expire, sizeof(expire));
	file_change(VM "dirty_writeback_centisecs", "20", interval, sizeof(interval));
	for (int i = 0; i < 100 && counted("nr_written") < before + 37; i++)
		usleep(100000);
	file_change(VM "dirty_writeback_centisecs", interval, NULL, 0);
	file_change(VM "dirty_expire_centisecs", expire, NULL, 0);
	return done;
}

/*
 * 41 pages of a memory cgroup that is told to give memory back: nothing there but them, so reclaim
 * meets no others. MGLRU asks no flusher for them, unless all that it looks at is so.
 */
static bool work_scanned(void)
{
	long before = counted("nr_written");
	bool done, old = !access(MGLRU, W_OK);
	char mglru[16];
	int fd;

	if (mkdir(CGROUP, 0755) || file_write(CGROUP "/cgroup.procs", "0"))
		return false;
	if (old)
		file_change(MGLRU, "n", mglru, sizeof(mglru));
	fd = file("scanned");
	done = put(fd, 0, 41);
	for (int i = 0; i < 100 && counted("nr_written") < before + 41; i++) {
		file_write(CGROUP "/memory.reclaim", "1M");
		usleep(100000);
	}
	if (old)
		file_change(MGLRU, mglru, NULL, 0);
	return done && !file_write(ROOT "/cgroup.procs", "0") && !rmdir(CGROUP);
}

/*
 * 43 pages of one memory cgroup in a file that is another's, who was the first to write there: when
 * the one makes more dirty than may be, the other's flusher is asked, too, for as many pages as the
 * other has dirty by its memory.stat, which is up to date when it has been read. Its flusher is not to
 * wake by itself before, on a slow machine.
 */
static bool work_foreign(void)
{
	char interval[16];
	bool done;
	int fd, own;

	if (mkdir(CGROUP, 0755) || mkdir(OTHER_CGROUP, 0755) || file_write(OTHER_CGROUP "/cgroup.procs", "0"))
		return false;
	file_change(VM "dirty_writeback_centisecs", "60000", interval, sizeof(interval));
	fd = file("foreign");
	done = put(fd, 0, 97);
	free(file_text(OTHER_CGROUP "/memory.stat", NULL));
	done &= !file_write(CGROUP "/cgroup.procs", "0") && put(fd, 97, 43);
	own = file("own");
	for (size_t i = 0; i < SLOW_PAGES; i += 16)
		done &= pwrite(own, room, sizeof(room), i * PAGE) == sizeof(room);
	file_change(VM "dirty_writeback_centisecs", interval, NULL, 0);
	return !fsync(fd) && !fsync(own) && done && !file_write(ROOT "/cgroup.procs", "0") && !rmdir(CGROUP) &&
	       !rmdir(OTHER_CGROUP);
}

static int work(void)
{
	bool (*const parts[])(void) = {
		work_write, work_mapped, work_range, work_deleted, work_wait, work_slow, work_late, work_scanned,
		work_foreign,
	};
	int fd = open(getenv("MMS_SEEN"), O_RDWR);

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	seen->nr_dirtied = counted("nr_dirtied");
	seen->nr_written = counted("nr_written");
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!parts[i]())
			return 1 + i;
	/* memory that is written nowhere */
	if (!put(fd, 1, 11))
		return 80;
	seen->nr_dirtied = counted("nr_dirtied") - seen->nr_dirtied;
	seen->nr_written = counted("nr_written") - seen->nr_written;
	seen->write_bytes = file_number("/proc/self/io", "write_bytes:");
	seen->cancelled_bytes = file_number("/proc/self/io", "cancelled_write_bytes:");
	return 0;
}

static const struct mms_workload workloads[] = { { "work", work }, { NULL, NULL } };

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the test --------------------------------------------------------------------------- */

static char folder[64];

/* NULL for any */
static bool is_of(const char *event, const char *name, const char *cause, const char *reason)
{
	char path[256], buf[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name ?: "");
	return (!name || !strcmp(mms_value(event, "file", buf), path)) &&
	       (!cause || !strcmp(mms_value(event, "cause", buf), cause)) &&
	       (!reason || !strcmp(mms_value(event, "reason", buf), reason));
}

static uint64_t total(const char *name, const char *cause, const char *reason, const char *key)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.events; i++)
		if (is_of(s.event[i], name, cause, reason))
			sum += mms_number(s.event[i], key);
	return sum;
}

static size_t nr(const char *name, const char *cause, const char *reason)
{
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += is_of(s.event[i], name, cause, reason);
	return n;
}

#define EXPECT_PAGES(n, name, cause, reason)						\
	EXPECT_EQ(n, total(name, cause, reason, "pages_pages")) TH_LOG("%s: %s %s", name, cause, (const char *)reason ?: "all")

/* clang-format off */
FIXTURE(dirty)
{
	char saw[64], ratio[16], background[16];
};

FIXTURE_VARIANT(dirty)
{
	const char *type;
};

FIXTURE_VARIANT_ADD(dirty, ext4) { .type = "ext4" };
FIXTURE_VARIANT_ADD(dirty, xfs) { .type = "xfs" };
/* clang-format on */

static void number_of(const char *path, char ret[16])
{
	char *text = file_text(path, NULL);

	snprintf(ret, 16, "%ld", text ? atol(text) : 0);
	free(text);
}

FIXTURE_SETUP(dirty)
{
	char bytes[32];
	const char *why;
	int fd;

	NEED_TOOL();
	folder[0] = 0;
	why = fs_mount_slow(variant->type, DELAY_MS, folder);
	if (why) {
		folder[0] = 0;
		SKIP(return, "%s: %s", variant->type, why);
	}
	setenv("MMS_FOLDER", folder, 1);
	snprintf(self->saw, sizeof(self->saw), "/run/mms-dirty-%d", getpid());
	fd = file_make(self->saw, 12);
	ASSERT_LE(0, fd);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)seen);
	close(fd);
	setenv("MMS_SEEN", self->saw, 1);
	number_of(VM "dirty_ratio", self->ratio);
	number_of(VM "dirty_background_ratio", self->background);
	snprintf(bytes, sizeof(bytes), "%lu", DIRTY_PAGES * PAGE);
	ASSERT_EQ(0, file_write(VM "dirty_bytes", bytes));
	snprintf(bytes, sizeof(bytes), "%lu", BACKGROUND_PAGES * PAGE);
	ASSERT_EQ(0, file_write(VM "dirty_background_bytes", bytes));
	/* another memory cgroup has thresholds of its own, of the memory that it may use */
	ASSERT_EQ(0, file_write(ROOT "/cgroup.procs", "0"));
	/* where reclaim can be asked for, for one of its own */
	file_write(ROOT "/cgroup.subtree_control", "+memory");
	/* nothing of mkfs and mount is left to be written */
	sync();
}

FIXTURE_TEARDOWN(dirty)
{
	if (!folder[0])
		return;
	file_write(VM "dirty_ratio", self->ratio);
	file_write(VM "dirty_background_ratio", self->background);
	unlink(self->saw);
	EXPECT_EQ(0, fs_umount_slow(folder));
}

/* Each wait ended when the device had had its time since the page was given to it. */
static void check_waits(struct __test_metadata *_metadata)
{
	size_t written = 0;

	for (size_t i = 0; i < s.events; i++) {
		uint64_t end = mms_number(s.event[i], "clock_ns") + mms_number(s.event[i], "latency_ns");

		if (!is_of(s.event[i], "wait", "written", NULL))
			continue;
		written++;
		for (size_t k = 0; k < s.events; k++)
			if (is_of(s.event[k], "wait", "waited", NULL) &&
			    mms_number(s.event[k], "offset") == mms_number(s.event[i], "offset"))
				EXPECT_LE(mms_number(s.event[i], "clock_ns") + DELAY_MS * 1000000ULL,
					  mms_number(s.event[k], "clock_ns") + mms_number(s.event[k], "latency_ns"));
		EXPECT_LT(0, end);
	}
	EXPECT_EQ(ROUNDS, written);
	EXPECT_LT(0, nr("wait", "waited", NULL));
}

static void check_pauses(struct __test_metadata *_metadata)
{
	uint64_t latency, pause;
	char bdi[32], buf[256];
	struct stat st;

	ASSERT_EQ(0, stat(folder, &st));
	snprintf(bdi, sizeof(bdi), "%u:%u", major(st.st_dev), minor(st.st_dev));
	/* None if pages are made dirty no faster than the device, late as it is, has them written. */
	if (!nr("slow", "throttled", NULL) &&
	    seen->slow_ns / SLOW_PAGES * (DIRTY_PAGES + BACKGROUND_PAGES) / 2 > DELAY_MS * 1000000ULL)
		SKIP(return, "this machine is too slow to be throttled");
	EXPECT_LT(0, nr("slow", "throttled", NULL));
	EXPECT_GE(seen->slow_ns, total("slow", "throttled", NULL, "latency_ns"));
	for (size_t i = 0; i < s.events; i++) {
		if (!is_of(s.event[i], "slow", "throttled", NULL))
			continue;
		latency = mms_number(s.event[i], "latency_ns");
		pause = mms_number(s.event[i], "pause_ns");
		EXPECT_LT(0, pause);
		/* a pause begins in the middle of a jiffy, of which there are 100 a second at least */
		EXPECT_LE(pause, latency + 10000000 * mms_number(s.event[i], "pauses"));
		EXPECT_EQ(DIRTY_PAGES, mms_number(s.event[i], "thresh_pages"));
		EXPECT_EQ(BACKGROUND_PAGES, mms_number(s.event[i], "background_pages"));
		EXPECT_LT((DIRTY_PAGES + BACKGROUND_PAGES) / 2, mms_number(s.event[i], "dirty_pages"));
		EXPECT_STREQ(bdi, mms_value(s.event[i], "bdi", buf));
		EXPECT_EQ(1, mms_number(s.event[i], "memcg"));
	}
}

TEST_F(dirty, all)
{
	char buf[256];

	mms_trace(&s, "dirty", "", "work");
	if (s.status || !s.end || nr("deleted", "written", NULL))
		mms_tell(&s);
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));

	EXPECT_PAGES(101, "write", "dirtied", "write");
	EXPECT_PAGES(101, "write", "dirtied", NULL);
	EXPECT_PAGES(101, "write", "written", "fsync");
	EXPECT_PAGES(101, "write", "written", NULL);
	/* one event for all of it, unless it takes more than a second */
	EXPECT_GT(5, nr("write", "dirtied", NULL));
	EXPECT_EQ(0, nr("write", "cancelled", NULL));

	EXPECT_PAGES(53, "mapped", "dirtied", "mapped");
	EXPECT_PAGES(53, "mapped", "dirtied", NULL);
	EXPECT_PAGES(53, "mapped", "written", "fsync");
	EXPECT_GT(5, nr("mapped", "dirtied", NULL));

	EXPECT_PAGES(47, "range", "dirtied", "write");
	EXPECT_PAGES(17, "range", "written", "flush");
	EXPECT_PAGES(30, "range", "written", "sync");
	EXPECT_PAGES(47, "range", "written", NULL);

	EXPECT_PAGES(31, "deleted", "dirtied", "write");
	EXPECT_PAGES(31, "deleted", "cancelled", NULL);
	EXPECT_PAGES(0, "deleted", "written", NULL);
	EXPECT_EQ(31 * PAGE, seen->cancelled_bytes);

	EXPECT_PAGES(SLOW_PAGES, "slow", "dirtied", "write");
	EXPECT_PAGES(SLOW_PAGES, "slow", "written", NULL);
	EXPECT_LT(0, total("slow", "written", "background", "pages_pages"));
	EXPECT_PAGES(37, "late", "dirtied", "write");
	EXPECT_PAGES(37, "late", "written", "periodic");
	EXPECT_PAGES(37, "late", "written", NULL);
	EXPECT_PAGES(41, "scanned", "dirtied", "write");
	EXPECT_PAGES(41, "scanned", "written", "vmscan");
	EXPECT_PAGES(41, "scanned", "written", NULL);
	EXPECT_PAGES(97 + 43, "foreign", "dirtied", "write");
	EXPECT_PAGES(97 + 43, "foreign", "written", NULL);
	EXPECT_PAGES(SLOW_PAGES, "own", "written", NULL);
	/* where it had to pause */
	if (nr("own", "throttled", NULL))
		EXPECT_LT(0, total("foreign", "written", "foreign", "pages_pages"));
	check_waits(_metadata);
	check_pauses(_metadata);

	for (size_t i = 0; i < s.events; i++) {
		if (is_of(s.event[i], "write", "written", NULL)) {
			EXPECT_EQ(3 * PAGE, mms_number(s.event[i], "offset"));
			EXPECT_EQ(104 * PAGE, mms_number(s.event[i], "end"));
		}
		/* by the process itself, or by a flusher */
		if (is_of(s.event[i], "range", "written", "sync"))
			EXPECT_EQ(0, strncmp("kworker/", mms_value(s.event[i], "comm", buf), 8));
	}
	EXPECT_EQ(0, mms_count(&s, "file", self->saw));

	/* All that the kernel counted for this process; of xfs, all that it counted at all */
	EXPECT_EQ(seen->write_bytes, PAGE * total(NULL, "dirtied", NULL, "pages_pages"));
	EXPECT_EQ(seen->cancelled_bytes, PAGE * total(NULL, "cancelled", NULL, "pages_pages"));
	if (!strcmp(variant->type, "xfs")) {
		EXPECT_EQ(seen->nr_dirtied, total(NULL, "dirtied", NULL, "pages_pages"));
		EXPECT_EQ(seen->nr_written, total(NULL, "written", NULL, "pages_pages"));
	}
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
