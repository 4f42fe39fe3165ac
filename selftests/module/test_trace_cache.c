// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace cache, beside mincore(), cachestat() and getrusage(): files that are not
 * cached, and calls that use a prime number of their pages; on ext4 and on xfs. To begin
 * and end a trace takes seconds, so that there is one for each, with a file for each kind.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGES	1009

static struct mms_said s;

/* What the workload saw, in memory that it shares with the test */
struct seen {
	long read, in_row, dropped, advised, unadvised, faulted, major, direct, mapped, reclaimed;
};

/* ---- the workloads: with files in the folder $MMS_FOLDER ----------------------------- */

static char room[PAGES * PAGE] __attribute__((aligned(4096)));
static struct seen *seen;

static int file(const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("MMS_FOLDER"), name);
	fd = open(path, O_RDWR | flags);
	if (fd < 0)
		_exit(90);
	return fd;
}

static int random_file(const char *name)
{
	int fd = file(name, 0);

	/* nothing is read ahead */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return fd;
}

static bool get(int fd, size_t first, size_t pages)
{
	return pread(fd, room, pages * PAGE, first * PAGE) == (ssize_t)(pages * PAGE);
}

static bool put(int fd, size_t first, size_t pages)
{
	return pwrite(fd, room, pages * PAGE, first * PAGE) == (ssize_t)(pages * PAGE);
}

static long resident(int fd)
{
	unsigned char core[PAGES];
	long n = 0;

	file_mincore(fd, PAGES, core);
	for (size_t i = 0; i < PAGES; i++)
		n += core[i];
	return n;
}

/* What is read in advance is there when its device has given it. */
static void await(int fd, long pages)
{
	while (resident(fd) < pages)
		usleep(1000);
}

/* 113 misses, then 63 hits and 37 misses, then 53 misses in single pages, and 53 hits */
static bool work_read(void)
{
	int fd = random_file("read");
	bool ok = get(fd, 100, 113) && get(fd, 150, 100);

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < 53; i++)
			ok = ok && get(fd, 300 + 7 * i, 1);
	/* behind the end there is nothing: no event */
	ok = ok && !pread(fd, room, PAGE, PAGES * PAGE);
	seen->read = resident(fd);
	return ok;
}

/* All pages in a row, then out of the cache with them */
static bool work_row(void)
{
	int fd = file("row", 0);
	bool ok = true;

	for (size_t i = 0; i < PAGES; i++)
		ok = ok && get(fd, i, 1);
	seen->in_row = resident(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	seen->dropped = resident(fd);
	return ok;
}

/* 31 and 23 pages in advance, 7 of which are used before all are dropped */
static bool work_advise(void)
{
	int fd = random_file("advise");
	bool ok;

	ok = !posix_fadvise(fd, 0, 31 * PAGE, POSIX_FADV_WILLNEED) && !readahead(fd, 500 * PAGE, 23 * PAGE);
	await(fd, 31 + 23);
	seen->advised = resident(fd);
	ok = ok && get(fd, 11, 7);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	seen->unadvised = resident(fd);
	return ok;
}

static unsigned char *map(int fd)
{
	unsigned char *p = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	madvise(p, PAGES * PAGE, MADV_RANDOM);
	return p;
}

/* 59 pages, no two of which are in the same window of fault-around */
static unsigned int touch(const unsigned char *p)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < 59; i++)
		sum += p[17 * i * PAGE];
	return sum;
}

static bool work_fault(void)
{
	int fd = file("fault", 0);
	struct rusage before, after;
	unsigned char *p;
	bool ok = true;

	for (int round = 0; round < 2; round++) {
		p = map(fd);
		getrusage(RUSAGE_SELF, &before);
		ok = ok && touch(p);
		getrusage(RUSAGE_SELF, &after);
		seen->major += after.ru_majflt - before.ru_majflt;
		munmap(p, PAGES * PAGE);
	}
	seen->faulted = resident(fd);
	return ok;
}

/* 43 pages behind the end, again, and 41 that are not cached */
static bool work_write(void)
{
	int fd = file("write", 0);

	return put(fd, PAGES, 43) && put(fd, PAGES, 43) && put(fd, 7, 41);
}

/* 29 pages in the cache; 3 reads and 2 writes past it, of which the second meets 11 of these */
static bool work_direct(void)
{
	int fd = random_file("direct"), direct = file("direct", O_DIRECT);
	bool ok = get(fd, 0, 29);

	ok = ok && get(direct, 200, 19) && get(direct, 300, 5) && get(direct, 400, 1);
	ok = ok && put(direct, 200, 13) && put(direct, 3, 11);
	seen->direct = resident(fd);
	return ok;
}

/* 89 pages, 77 of which are cut off; the rest goes with the file */
static bool work_truncate(void)
{
	int fd = random_file("truncate");
	char path[256];

	snprintf(path, sizeof(path), "%s/truncate", getenv("MMS_FOLDER"));
	return get(fd, 0, 89) && !ftruncate(fd, 12 * PAGE) && !unlink(path) && !close(fd);
}

static bool work_splice(void)
{
	int fd = random_file("splice"), to = open("/dev/null", O_WRONLY);
	bool ok = get(fd, 0, 47);
	off_t at = 0;
	ssize_t n;

	for (size_t left = 47 * PAGE; left && ok; left -= n) {
		n = sendfile(to, fd, &at, left);
		ok = n > 0;
	}
	return ok;
}

/* 59 pages again, out of the cache by reclaim */
static bool work_reclaim(void)
{
	int fd = file("reclaim", 0);
	unsigned char *p = map(fd);
	bool ok = touch(p);

	seen->mapped = resident(fd);
	madvise(p, PAGES * PAGE, MADV_PAGEOUT);
	seen->reclaimed = resident(fd);
	return ok;
}

static int work(void)
{
	const struct {
		const char *name;
		bool (*run)(void);
	} kinds[] = {
		{ "read", work_read },	       { "row", work_row },	{ "advise", work_advise },
		{ "fault", work_fault },       { "write", work_write }, { "direct", work_direct },
		{ "truncate", work_truncate }, { "splice", work_splice }, { "reclaim", work_reclaim },
	};
	int fd = open(getenv("MMS_SEEN"), O_RDWR);

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	cpu_pin(-1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!kinds[i].run())
			return 1 + i;
	/* Memory that is no cache */
	return put(fd, 1, 11) ? 0 : 80;
}

static const struct mms_workload workloads[] = { { "work", work }, { NULL, NULL } };

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests -------------------------------------------------------------------- */

static const char *const names[] = {
	"read", "row", "advise", "fault", "write", "direct", "truncate", "splice", "reclaim",
};
#define NAMES (sizeof(names) / sizeof(*names))
static char folder[64];

static bool is_of(const char *event, const char *name, const char *cause)
{
	char path[256], buf[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return !strcmp(mms_value(event, "file", buf), path) &&
	       (!cause || !strcmp(mms_value(event, "cause", buf), cause));
}

/* Events of a file with a cause, NULL for any; and the sum of a number of theirs */
static size_t nr(const char *name, const char *cause)
{
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += is_of(s.event[i], name, cause);
	return n;
}

static uint64_t total(const char *name, const char *cause, const char *key)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.events; i++)
		if (is_of(s.event[i], name, cause))
			sum += mms_number(s.event[i], key);
	return sum;
}

/* What was told of a file, for one who looks for what went wrong */
static void show(const char *name)
{
	for (size_t i = 0, n = 0; i < s.events && n < 20; i++)
		if (is_of(s.event[i], name, NULL) && ++n)
			fprintf(stderr, "# %s\n", s.event[i]);
}

#define EXPECT_NR(n, name, cause)							\
	if (nr(name, cause) != (n))							\
		show(name);								\
	EXPECT_EQ(n, nr(name, cause)) TH_LOG("%s: %s", name, (const char *)cause ?: "all")
#define EXPECT_TOTAL(n, name, cause, key)						\
	EXPECT_EQ(n, total(name, cause, key)) TH_LOG("%s: %s %s", name, cause, key)

/* clang-format off */
FIXTURE(cache)
{
	int fd[NAMES];
	char saw[64];
};

FIXTURE_VARIANT(cache)
{
	const char *type;
};

FIXTURE_VARIANT_ADD(cache, ext4) { .type = "ext4" };
FIXTURE_VARIANT_ADD(cache, xfs) { .type = "xfs" };
/* clang-format on */

FIXTURE_SETUP(cache)
{
	char path[256];
	const char *why;
	int fd;

	NEED_TOOL();
	folder[0] = 0;
	why = fs_mount(variant->type, NULL, folder);
	if (why)
		SKIP(return, "%s: %s", variant->type, why);
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		fd = file_make(path, PAGES);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
		ASSERT_EQ(0, resident(fd));
		close(fd);
	}
	setenv("MMS_FOLDER", folder, 1);
	snprintf(self->saw, sizeof(self->saw), "/run/mms-cache-%d", getpid());
	fd = file_make(self->saw, 1);
	ASSERT_LE(0, fd);
	memset(room, 0, PAGE);
	ASSERT_TRUE(put(fd, 0, 1));
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)seen);
	close(fd);
	setenv("MMS_SEEN", self->saw, 1);
}

FIXTURE_TEARDOWN(cache)
{
	unlink(self->saw);
	if (folder[0])
		fs_umount(folder);
}

TEST_F(cache, all)
{
	struct cachestat_counts counts;
	char path[256], buf[256];
	struct stat st;
	int fd;

	mms_trace(&s, "cache", "", "work");
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));

	EXPECT_NR(2 + 2 * 53, "read", NULL);
	EXPECT_NR(2 + 2 * 53, "read", "read");
	EXPECT_TOTAL(113 + 37 + 53, "read", "read", "miss_pages");
	EXPECT_TOTAL(63 + 53, "read", "read", "hit_pages");
	EXPECT_TOTAL(113 + 100 + 2 * 53, "read", "read", "pages_pages");
	EXPECT_TOTAL((113 + 100 + 2 * 53) * PAGE, "read", "read", "bytes_bytes");
	EXPECT_TOTAL(0, "read", "read", "ahead_pages");
	EXPECT_EQ(113 + 37 + 53, seen->read);
	snprintf(path, sizeof(path), "%s/read", folder);
	fd = open(path, O_RDONLY);
	ASSERT_EQ(0, fstat(fd, &st));
	if (!file_cachestat(fd, 0, PAGES, &counts))
		EXPECT_EQ(113 + 37 + 53, counts.cache);
	close(fd);
	snprintf(path, sizeof(path), "%lu", st.st_ino);
	for (size_t i = 0; i < s.events; i++) {
		if (!is_of(s.event[i], "read", NULL))
			continue;
		EXPECT_STREQ(path, mms_value(s.event[i], "inode", buf));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}

	/* All came by these reads; what was hit, had been read ahead, and all of that was used. */
	EXPECT_NR(PAGES + 1, "row", NULL);
	EXPECT_NR(PAGES, "row", "read");
	EXPECT_TOTAL(PAGES, "row", "read", "pages_pages");
	EXPECT_LT(0, total("row", "read", "markers"));
	EXPECT_LT(0, total("row", "read", "ahead_pages"));
	EXPECT_EQ(PAGES, total("row", "read", "miss_pages") + total("row", "read", "ahead_pages"));
	EXPECT_EQ(PAGES, total("row", "read", "miss_pages") + total("row", "read", "hit_pages"));
	EXPECT_EQ(total("row", "read", "hit_pages"), total("row", "read", "used_pages"));
	EXPECT_NR(1, "row", "drop");
	EXPECT_EQ(PAGES, seen->in_row);
	EXPECT_EQ(0, seen->dropped);
	EXPECT_TOTAL(PAGES, "row", "drop", "evicted_pages");
	EXPECT_TOTAL(0, "row", "drop", "unused_pages");

	EXPECT_NR(2 + 1 + 1, "advise", NULL);
	EXPECT_NR(2, "advise", "advise");
	EXPECT_EQ(31 + 23, seen->advised);
	EXPECT_EQ(0, seen->unadvised);
	EXPECT_TOTAL(31 + 23, "advise", "advise", "ahead_pages");
	EXPECT_TOTAL(7, "advise", "read", "hit_pages");
	EXPECT_TOTAL(7, "advise", "read", "used_pages");
	EXPECT_TOTAL(31 + 23, "advise", "drop", "evicted_pages");
	EXPECT_TOTAL(31 + 23 - 7, "advise", "drop", "unused_pages");

	EXPECT_NR(2 * 59, "fault", NULL);
	EXPECT_NR(2 * 59, "fault", "fault");
	EXPECT_TOTAL(59, "fault", "fault", "miss_pages");
	EXPECT_TOTAL(59, "fault", "fault", "hit_pages");
	EXPECT_TOTAL(0, "fault", "fault", "ahead_pages");
	EXPECT_EQ(59, seen->faulted);
	EXPECT_EQ(59, seen->major);

	EXPECT_NR(3, "write", NULL);
	EXPECT_NR(3, "write", "write");
	EXPECT_TOTAL(43 + 41, "write", "write", "miss_pages");
	EXPECT_TOTAL(43, "write", "write", "hit_pages");
	EXPECT_TOTAL((43 + 43 + 41) * PAGE, "write", "write", "bytes_bytes");

	EXPECT_NR(1 + 3 + 2 + 1, "direct", NULL);
	EXPECT_NR(3, "direct", "direct-read");
	EXPECT_TOTAL((19 + 5 + 1) * PAGE, "direct", "direct-read", "bytes_bytes");
	EXPECT_NR(2, "direct", "direct-write");
	EXPECT_TOTAL((13 + 11) * PAGE, "direct", "direct-write", "bytes_bytes");
	EXPECT_TOTAL(29, "direct", "read", "miss_pages");
	EXPECT_TOTAL(11, "direct", "invalidate", "evicted_pages");
	EXPECT_EQ(29 - 11, seen->direct);

	EXPECT_NR(1 + 2, "truncate", NULL);
	EXPECT_NR(2, "truncate", "truncate");
	EXPECT_TOTAL(77 + 12, "truncate", "truncate", "evicted_pages");

	EXPECT_LT(0, nr("splice", "splice"));
	EXPECT_TOTAL(47, "splice", "splice", "pages_pages");
	EXPECT_TOTAL(47, "splice", "splice", "hit_pages");
	EXPECT_TOTAL(47 * PAGE, "splice", "splice", "bytes_bytes");

	EXPECT_EQ(59, seen->mapped);
	EXPECT_LT(seen->reclaimed, seen->mapped);
	EXPECT_TOTAL(seen->mapped - seen->reclaimed, "reclaim", "reclaim", "evicted_pages");

	EXPECT_EQ(0, mms_count(&s, "file", self->saw));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
