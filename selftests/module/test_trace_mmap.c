// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace mmap, beside what the workload itself sees before and after each call:
 * its VMAs in /proc/self/maps, what it has mapped and locked, what was returned.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"
#include "../lib/tracer.h"

#define BASE	MMS_WORK_BASE
#define BLOCK(n) (BASE + ((unsigned long)(n) << 20))	/* apart, so that nothing is merged */
#define PAGES	16UL
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)
#define LOCK	"/sys/module/mms_test_mmaplock/parameters/pid"
#define MAX_CALLS 400

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#define POPULATE_WRITE 23	/* MADV_POPULATE_WRITE */

/**
 * struct call - what the workload knows of a call
 * @name: which, and what should come of it
 * @did: see @name
 * @args: the arguments as text
 * @address: where it changes the address space
 * @length: bytes it was asked for
 * @vmas: before and after
 * @mapped: see @vmas
 * @locked: see @vmas
 * @rss: pages by which it should change, or NO_RSS
 * @returned: what it returned
 * @start: the VMA that is at the address then
 * @end: see @start
 * @took: nanoseconds, with what the workload does besides
 * @error: errno, 0 if it succeeded
 */
struct call {
	char name[20], did[12], args[60];
	unsigned long address, length, start, end;
	long vmas[2], mapped[2], locked[2], rss, returned, took;
	int error;
};

#define NO_RSS 123456

static struct mms_said s;
static char notes[600];

static const char *notes_path(void)
{
	snprintf(notes, sizeof(notes), "%s-test-calls", mms_tool_path);
	return notes;
}

/* ---- the workload ------------------------------------------------------------- */

/* No call of this file but those under test may change what is mapped. */
static char room[1 << 16];
static int out;

static const char *slurp_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && n < sizeof(room) - 1 && (got = read(fd, room + n, sizeof(room) - 1 - n)) > 0)
		n += got;
	if (fd >= 0)
		close(fd);
	room[n] = '\0';
	return room;
}

static void see(struct call *c, int after)
{
	unsigned long start, end;
	const char *p;

	p = slurp_file("/proc/self/maps");
	for (; *p; p = strchr(p, '\n') + 1) {
		if (strstr(p, "[vsyscall]") && strstr(p, "[vsyscall]") < strchr(p, '\n'))
			continue;	/* it is none */
		c->vmas[after]++;
		if (after && sscanf(p, "%lx-%lx", &start, &end) == 2 && c->address >= start && c->address < end) {
			c->start = start;
			c->end = end;
		}
	}
	p = slurp_file("/proc/self/status");
	sscanf(strstr(p, "VmLck:"), "VmLck: %ld", &c->locked[after]);
	sscanf(slurp_file("/proc/self/statm"), "%ld", &c->mapped[after]);
}

static struct call *before(const char *name, const char *did, const char *args, long rss, unsigned long address,
			   unsigned long length)
{
	static struct call c;
	struct timespec now;

	memset(&c, 0, sizeof(c));
	strcpy(c.name, name);
	strcpy(c.did, did);
	strcpy(c.args, args);
	c.rss = rss;
	c.address = address;
	c.length = length;
	see(&c, 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	c.took = now.tv_sec * 1000000000L + now.tv_nsec;
	return &c;
}

static void after(struct call *c, long returned)
{
	struct timespec now;
	int error = errno;

	clock_gettime(CLOCK_MONOTONIC, &now);
	c->took = now.tv_sec * 1000000000L + now.tv_nsec - c->took;
	c->returned = returned;
	c->error = returned == -1 ? error : 0;
	see(c, 1);
	if (write(out, c, sizeof(*c)) != sizeof(*c))
		_exit(9);
}

/* The call, its expected result and rights or flags in words, resident pages, where and how much */
#define DO(name, did, args, rss, address, length, ...)						\
	do {											\
		struct call *call = before(#name, did, args, rss, address, length);		\
		after(call, syscall(SYS_##name, ##__VA_ARGS__));				\
	} while (0)
#define AT(name, did, args, rss, address, length, ...)						\
	DO(name, did, args, rss, address, length, address, length, ##__VA_ARGS__)

static void map(int from, int n, unsigned long pages)
{
	for (int i = from; i < from + n; i++)
		AT(mmap, "new", "rw- private|anonymous|fixed_noreplace", 0, BLOCK(i), pages * PAGE, RW, ANON, -1, 0);
}

static void map_and_unmap(int exe)
{
	for (int i = 1; i <= 11; i++)
		AT(mmap, "merged", "rw- private|anonymous|fixed_noreplace", 0,
		   BLOCK(0) + (PAGES + i - 1) * PAGE, PAGE, RW, ANON, -1, 0);
	for (int i = 20; i < 27; i++)
		AT(mmap, "new", "r-x private|fixed_noreplace", 0, BLOCK(i), 2 * PAGE, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_FIXED_NOREPLACE, exe, 3 * PAGE);
	for (int i = 1; i <= 3; i++)
		AT(mmap, "failed", "r-- shared|anonymous|fixed_noreplace", 0, BLOCK(i), PAGE, PROT_READ,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	/* in place of what was there */
	AT(mmap, "new", "--- private|fixed|anonymous|noreserve", -5, BLOCK(12), PAGES * PAGE, PROT_NONE,
	   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	AT(mmap, "new", "rw- private|anonymous|populate|fixed_noreplace", 7, BLOCK(18), 7 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);
	for (int i = 7; i < 12; i++)
		AT(munmap, "split", "-", 0, BLOCK(i) + 5 * PAGE, 3 * PAGE);
	for (int i = 1; i <= 3; i++)
		AT(munmap, "cut", "-", 0, BLOCK(i), 4 * PAGE);
	for (int i = 20; i < 27; i++)
		AT(munmap, "gone", "-", 0, BLOCK(i), 2 * PAGE);
	for (int i = 0; i < 2; i++)
		AT(munmap, "nothing", "-", 0, BLOCK(40), PAGE);
	for (int i = 0; i < 2; i++)
		AT(munmap, "failed", "-", 0, BLOCK(0) + 1, PAGE);
	AT(munmap, "gone", "-", -7, BLOCK(18), 7 * PAGE);
}

static void rights(void)
{
	for (int i = 1; i <= 3; i++)
		AT(mprotect, "split", "r--", 0, BLOCK(i) + 6 * PAGE, 4 * PAGE, PROT_READ);
	for (int i = 1; i <= 3; i++)
		AT(mprotect, "merged", "rw-", 0, BLOCK(i) + 6 * PAGE, 4 * PAGE, RW);
	for (int i = 4; i <= 5; i++)
		AT(mprotect, "changed", "r-x", 0, BLOCK(i), PAGES * PAGE, PROT_READ | PROT_EXEC);
	for (int i = 4; i <= 5; i++)
		AT(pkey_mprotect, "changed", "rw- key -1", 0, BLOCK(i), PAGES * PAGE, RW, -1);
	for (int i = 0; i < 2; i++)
		AT(mprotect, "failed", "r--", 0, BLOCK(40), PAGE, PROT_READ);
	for (int i = 0; i < 3; i++)
		AT(mprotect, "nothing", "rw-", 0, BLOCK(4), PAGES * PAGE, RW);
}

static void advise(void)
{
	for (int i = 1; i <= 5; i++)
		AT(madvise, "filled", "populate_write", 9, BLOCK(i) + 4 * PAGE, 9 * PAGE, POPULATE_WRITE);
	for (int i = 1; i <= 5; i++)
		AT(madvise, "freed", "dontneed", -9, BLOCK(i) + 4 * PAGE, 12 * PAGE, MADV_DONTNEED);
	for (int i = 1; i <= 3; i++)
		AT(madvise, "changed", "dontdump", 0, BLOCK(i) + 4 * PAGE, 12 * PAGE, MADV_DONTDUMP);
	for (int i = 0; i < 2; i++)
		AT(madvise, "failed", "99", 0, BLOCK(1) + 4 * PAGE, PAGE, 99);
	for (int i = 0; i < 3; i++)
		AT(madvise, "nothing", "dontneed", 0, BLOCK(1) + 4 * PAGE, 12 * PAGE, MADV_DONTNEED);
}

static void move(void)
{
	for (int i = 4; i <= 5; i++)
		DO(mremap, "grown", "", 0, BLOCK(i), (PAGES + 4) * PAGE, BLOCK(i), PAGES * PAGE, (PAGES + 4) * PAGE, 0, 0);
	for (int i = 4; i <= 6; i++)
		DO(mremap, "moved", "maymove|fixed", 0, BLOCK(i + 24), PAGES * PAGE, BLOCK(i), PAGES * PAGE, PAGES * PAGE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, BLOCK(i + 24));
	for (int i = 28; i <= 30; i++)
		DO(mremap, "shrunk", "maymove", 0, BLOCK(i), 3 * PAGE, BLOCK(i), PAGES * PAGE, 3 * PAGE, MREMAP_MAYMOVE, 0);
	AT(mremap, "failed", "", 0, BLOCK(40), PAGE, 2 * PAGE, 0, 0);
}

static void lock_and_share(void)
{
	int id = shmget(IPC_PRIVATE, 3 * PAGE, IPC_CREAT | 0600);

	for (int i = 14; i < 17; i++)
		AT(mlock, "changed", "-", 5, BLOCK(i), 5 * PAGE);
	for (int i = 14; i < 17; i++)
		AT(munlock, "changed", "-", NO_RSS, BLOCK(i), 5 * PAGE);
	for (int i = 15; i < 17; i++)
		AT(mlock2, "changed", "onfault", 0, BLOCK(i), 5 * PAGE, 1);
	for (int i = 14; i < 17; i++)
		AT(msync, "nothing", "sync", NO_RSS, BLOCK(i), 5 * PAGE, MS_SYNC);
	DO(shmat, "new", "id", NO_RSS, BLOCK(50), 3 * PAGE, id, BLOCK(50), 0);
	DO(shmdt, "gone", "-", 0, BLOCK(50), 3 * PAGE, BLOCK(50));
	shmctl(id, IPC_RMID, NULL);
	AT(mmap, "new", "rw- shared|anonymous|fixed_noreplace", 0, BLOCK(52), 5 * PAGE, RW,
	   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	AT(remap_file_pages, "split", "-", NO_RSS, BLOCK(52) + PAGE, PAGE, 0, 3, 0);
	if (!syscall(SYS_mseal, 0, 0, 0)) {	/* of nothing */
		AT(mseal, "changed", "-", NO_RSS, BLOCK(17), PAGES * PAGE, 0);
		AT(munmap, "failed", "-", 0, BLOCK(17), PAGE);
	}
}

static int work_calls(void)
{
	int exe = open("/proc/self/exe", O_RDONLY);

	out = open(notes_path(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (out < 0 || exe < 0)
		return 1;
	map(0, 13, PAGES);
	map(14, 3, 5);
	map(17, 1, PAGES);
	AT(madvise, "filled", "populate_write", 5, BLOCK(12), 5 * PAGE, POPULATE_WRITE);
	map_and_unmap(exe);
	rights();
	advise();
	move();
	lock_and_share();
	return 0;
}

/* What has no address, or one that is not ours to choose */
static int work_others(void)
{
	struct iovec vec = { .iov_base = (void *)BLOCK(1), .iov_len = 3 * PAGE };
	unsigned long heap;
	int i, fd;

	mmap((void *)BLOCK(1), PAGES * PAGE, RW, ANON, -1, 0);
	fd = syscall(SYS_pidfd_open, getpid(), 0);
	for (i = 0; i < 5; i++)
		if (syscall(SYS_process_madvise, fd, &vec, 1, MADV_COLD, 0) != 3 * PAGE)
			return 2;
	heap = syscall(SYS_brk, 0);
	for (i = 0; i < 7; i++)
		if (syscall(SYS_brk, heap + 37 * PAGE) != (long)(heap + 37 * PAGE) || syscall(SYS_brk, heap) != (long)heap)
			return 3;
	for (i = 0; i < 3; i++)
		if (syscall(SYS_mlockall, MCL_FUTURE) || syscall(SYS_munlockall))
			return 4;
	return 0;
}

static void write_pid(int pid)
{
	int fd = open(LOCK, O_WRONLY);

	if (fd < 0 || dprintf(fd, "%d", pid) < 0)
		_exit(9);
	close(fd);
}

/* Another process has its mmap_lock held, and lets go when this one waits for it. */
static int work_waits(void)
{
	static char text[512];
	int locked[2], go[2], pid, me = getpid(), i, fd;
	char byte = 0;

	for (i = 1; i < 8; i++)
		mmap((void *)BLOCK(i), PAGES * PAGE, RW, ANON, -1, 0);
	if (pipe(locked) || pipe(go))
		return 1;
	pid = fork();
	if (pid) {
		/* A fault would wait for the lock, too. */
		if (syscall(SYS_mlockall, MCL_CURRENT) || write(go[1], &byte, 1) != 1 || read(locked[0], &byte, 1) != 1)
			return 2;
		for (i = 1; i < 8; i++)
			syscall(SYS_munmap, BLOCK(i), PAGES * PAGE);
		return waitpid(pid, &i, 0) != pid || i;
	}
	if (read(go[0], &byte, 1) != 1)
		_exit(1);
	write_pid(me);
	if (write(locked[1], &byte, 1) != 1)
		_exit(1);
	snprintf(text, sizeof(text), "/proc/%d/syscall", me);
	for (;;) {
		fd = open(text, O_RDONLY);
		i = read(fd, room, 200);
		close(fd);
		room[i > 0 ? i : 0] = '\0';
		if (atoi(room) == SYS_munmap)
			break;
		usleep(1000);
	}
	usleep(50000);
	write_pid(0);
	_exit(0);
}

static const struct mms_workload workloads[] = {
	{ "calls", work_calls }, { "others", work_others }, { "waits", work_waits }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------ */

static struct call calls[MAX_CALLS];
static size_t nr_calls;

static void read_notes(void)
{
	FILE *f = fopen(notes_path(), "r");

	nr_calls = f ? fread(calls, sizeof(*calls), MAX_CALLS, f) : 0;
	if (f)
		fclose(f);
	unlink(notes);
}

static long signed_number(const char *line, const char *key)
{
	char buf[256];

	return strtol(mms_value(line, key, buf), NULL, 0);
}

static int is(const char *line, const char *key, const char *want)
{
	char buf[256];

	if (!strcmp(mms_value(line, key, buf), want))
		return 1;
	fprintf(stderr, "# %s: %s, not %s\n", key, buf, want);
	return 0;
}

TEST(each_call)
{
	char me[512] = "";

	ASSERT_LT(0, readlink("/proc/self/exe", me, sizeof(me) - 1));
	NEED_TOOL();
	mms_trace(&s, "mmap", MMS_WORK_RANGE, "calls");
	read_notes();
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));
	EXPECT_EQ(nr_calls, s.events);
	for (size_t i = 0; i < s.events && i < nr_calls; i++) {
		const struct call *c = &calls[i];
		const char *line = s.event[i];
		int ok = is(line, "cause", c->name) && is(line, "did", c->did);

		if (ok && strcmp(c->args, "id"))
			ok = is(line, "args", *c->args && strcmp(c->args, "-") ? c->args : "null");
		ok = ok && is(line, "error", c->error ? strerrorname_np(c->error) : "null");
		EXPECT_EQ(c->vmas[1], mms_number(line, "vmas")) ok = 0;
		EXPECT_EQ(c->vmas[1] - c->vmas[0], signed_number(line, "vmas_change")) ok = 0;
		EXPECT_EQ(c->mapped[1], mms_number(line, "mapped_pages")) ok = 0;
		EXPECT_EQ(c->mapped[1] - c->mapped[0], signed_number(line, "mapped_change_pages")) ok = 0;
		EXPECT_EQ((c->locked[1] - c->locked[0]) / 4, signed_number(line, "locked_change_pages")) ok = 0;
		EXPECT_EQ(c->address, mms_number(line, "address")) ok = 0;
		EXPECT_EQ(c->length, mms_number(line, "length_bytes")) ok = 0;
		if (!c->error) {
			EXPECT_EQ(c->start, mms_number(line, "after_start")) ok = 0;
			EXPECT_EQ(c->end, mms_number(line, "after_end")) ok = 0;
			EXPECT_EQ(c->returned, (long)mms_number(line, "returned")) ok = 0;
		}
		if (c->rss != NO_RSS)
			EXPECT_EQ(c->rss, signed_number(line, "rss_change_pages")) ok = 0;
		EXPECT_GE(c->took, (long)mms_number(line, "latency_ns")) ok = 0;
		EXPECT_EQ(0, mms_number(line, "waited_ns")) ok = 0;
		/* What is cut out of the middle is split off on both sides, and goes. */
		if (!strcmp(c->did, "split") && strcmp(c->name, "remap_file_pages"))
			EXPECT_EQ(2, mms_number(line, "splits")) ok = 0;
		if (!strcmp(c->args, "r-x private|fixed_noreplace"))
			ok = ok && is(line, "file", me) && is(line, "offset", "0x3000");
		if (!ok)
			fprintf(stderr, "# call %zu: %s\n", i, line);
		EXPECT_TRUE(ok);
	}
	/* Each kind was there, so that the loop above looked at them. */
	EXPECT_EQ(13 + 3 + 1 + 11 + 7 + 3 + 1 + 1 + 1, mms_count(&s, "cause", "mmap"));
	EXPECT_EQ(11 + 3, mms_count(&s, "did", "merged"));
	EXPECT_EQ(13, mms_count(&s, "cause", "mprotect"));
	EXPECT_EQ(19, mms_count(&s, "cause", "madvise"));
	EXPECT_EQ(9, mms_count(&s, "cause", "mremap"));
}

TEST(calls_without_an_address)
{
	size_t grown = 0, shrunk = 0;
	char buf[256];

	NEED_TOOL();
	mms_trace(&s, "mmap", "--cause brk,mlockall,munlockall,process_madvise", "others");
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];

		mms_value(line, "cause", buf);
		if (!strcmp(buf, "process_madvise")) {
			EXPECT_TRUE(is(line, "advice", "cold"));
			EXPECT_TRUE(is(line, "returned", "0x3000"));
			EXPECT_TRUE(is(line, "vmas", "null"));
		}
		if (strcmp(buf, "brk") || mms_number(line, "length_bytes") != 37 * PAGE)
			continue;
		grown += is(line, "did", signed_number(line, "mapped_change_pages") > 0 ? "grown" : "shrunk") &&
			 signed_number(line, "mapped_change_pages") == 37;
		shrunk += signed_number(line, "mapped_change_pages") == -37;
	}
	EXPECT_EQ(7, grown);
	EXPECT_EQ(7, shrunk);
	EXPECT_EQ(5, mms_count(&s, "cause", "process_madvise"));
	EXPECT_EQ(3, mms_count(&s, "cause", "mlockall"));
	EXPECT_EQ(3, mms_count(&s, "cause", "munlockall"));
	EXPECT_EQ(0, mms_count(&s, "cause", "mmap"));
}

TEST(waiting_for_the_lock)
{
	const char *why;

	NEED_TOOL();
	why = mms_kmod_load("mms_test_mmaplock");
	if (why)
		SKIP(return, "mms_test_mmaplock: %s", why);
	mms_trace(&s, "mmap", MMS_WORK_RANGE " --cause munmap", "waits");
	mms_kmod_unload("mms_test_mmaplock");
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	ASSERT_EQ(7, s.events);
	EXPECT_LE(50000000, mms_number(s.event[0], "waited_ns"));
	EXPECT_LE(mms_number(s.event[0], "waited_ns"), mms_number(s.event[0], "latency_ns"));
	EXPECT_EQ(1, mms_number(s.event[0], "waits"));
	for (size_t i = 1; i < s.events; i++)
		EXPECT_EQ(0, mms_number(s.event[i], "waits"));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
