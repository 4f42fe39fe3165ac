// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: readers of all files, while processes and memory come and go in every
 * way that the kernel has. What is read may be any state, but is well-formed; nothing hangs,
 * and who is killed ends at once. The kernel log is looked at by whoever runs the tests.
 *
 * MMSCOPE_SEED gives a run again, MMSCOPE_STRESS_SECONDS lets it last longer.
 */
#include <dirent.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <time.h>
#include "../lib/load.h"
#include "../lib/mms_test.h"
#include "../lib/mutate.h"
#include "../lib/tool.h"

#define MADV_HWPOISON_ 100
#define MADV_SOFT_OFFLINE_ 101
#define MADV_GUARD_INSTALL_ 102
#define MADV_GUARD_REMOVE_ 103

#define CGROUP "/sys/fs/cgroup/mms-stress"
#define SWAP "/dev/zram0"
#define MEMORY "/sys/devices/system/memory"
#define READERS 4
#define MOST_LOST 13	/* pages */
#define PATIENCE 900	/* seconds more for who has done nothing yet: a tracer takes minutes to start on a slow kernel */
#define ALL_NODES 3UL

static uint64_t seed;
static int seconds = 5;

/* What all of them share: @paused: readers have no file open and open none; @idle of them */
struct shared {
	volatile pid_t target;
	volatile int paused, idle;
	long streams, texts, bad, lost;
	char what[200];
	long rounds[32];	/* of each disturber */
};
static struct shared *sh;

static void complain(const char *view, int err, const char *why)
{
	if (!__atomic_fetch_add(&sh->bad, 1, __ATOMIC_SEQ_CST))
		snprintf(sh->what, sizeof(sh->what), "%s: %s %s", view, strerror(err), why);
}

static char *memory(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	return p;
}

static void fill(char *p, size_t pages, int with)
{
	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE, with, PAGE);
}

/* ---- what disturbs ---------------------------------------------------------------- */

/*
 * A disturber is a process that calls its function again and again, for ever; a round that
 * ends in the process's death is one, too: it is started again. false: this machine has not
 * what it needs.
 */

static bool mutates(uint64_t *state)
{
	static char *arena;
	static int memfd;

	if (!arena) {
		arena = mms_arena_make();
		memfd = memfd_create("stress", 0);
		mmap(arena, MMS_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
	sh->target = getpid();
	mms_mutate(arena, memfd, state);
	return true;
}

static bool exits(uint64_t *state)
{
	pid_t pid = fork();

	if (!pid) {
		sh->target = getpid();
		fill(memory(31), 1 + mms_next(state) % 31, 1);
		if (mms_next(state) % 2)
			execl("/bin/true", "true", NULL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return true;
}

static bool guards(uint64_t *state)
{
	size_t pages = 1 + mms_next(state) % 61;
	char *p = memory(pages);
	bool have;

	fill(p, pages / 2, 1);
	have = !madvise(p, pages * PAGE, MADV_GUARD_INSTALL_);
	madvise(p, pages / 2 * PAGE, MADV_GUARD_REMOVE_);
	munmap(p, pages * PAGE);
	return have;
}

static bool merges(uint64_t *state)
{
	const size_t pages = 64;
	char *p = memory(pages);

	if (file_write("/sys/kernel/mm/ksm/run", "1"))
		return false;
	file_write("/sys/kernel/mm/ksm/sleep_millisecs", "5");
	madvise(p, pages * PAGE, MADV_MERGEABLE);
	fill(p, pages, 7);
	usleep(20000 + mms_next(state) % 50000);
	fill(p, mms_next(state) % pages, 8);
	madvise(p, pages * PAGE, MADV_UNMERGEABLE);
	munmap(p, pages * PAGE);
	return true;
}

static bool migrates(uint64_t *state)
{
	unsigned long from = 1 + mms_next(state) % 2, to = ALL_NODES ^ from;
	char *p = memory(128);
	bool have;

	fill(p, 128, 1);
	have = syscall(SYS_migrate_pages, 0, 8, &from, &to) >= 0 && syscall(SYS_migrate_pages, 0, 8, &to, &from) >= 0;
	munmap(p, 128 * PAGE);
	return have;
}

static bool swaps(uint64_t *state)
{
	char *p = memory(512);

	fill(p, 512, mms_next(state));
	madvise(p, 512 * PAGE, MADV_PAGEOUT);
	if (swapoff(SWAP) && errno == EINVAL)
		return false;
	usleep(mms_next(state) % 20000);
	swapon(SWAP, 0);
	munmap(p, 512 * PAGE);
	return true;
}

static bool splits(uint64_t *state)
{
	char *p = memory(1024), *huge = (char *)(((uintptr_t)p + (2UL << 20) - 1) & -(2UL << 20)), text[80];
	bool have;

	madvise(p, 1024 * PAGE, MADV_HUGEPAGE);
	fill(huge, 512, mms_next(state));
	snprintf(text, sizeof(text), "%d,0x%lx,0x%lx", getpid(), (long)huge, (long)huge + (2UL << 20));
	have = !file_write("/sys/kernel/debug/split_huge_pages", text);
	munmap(p, 1024 * PAGE);
	return have;
}

/* In a process of its own, as it may be the end of it. Pages are lost for good: a few. */
static bool poisons(uint64_t *state)
{
	int what = mms_next(state) % 3 ? MADV_SOFT_OFFLINE_ : MADV_HWPOISON_, status;
	pid_t pid;

	usleep(300000 + mms_next(state) % 100000);
	if (__atomic_fetch_add(&sh->lost, 1, __ATOMIC_SEQ_CST) >= MOST_LOST)
		return true;
	pid = fork();
	if (!pid) {
		char *p = memory(1);

		fill(p, 1, 1);
		sh->target = getpid();
		_exit(madvise(p, PAGE, what) && errno == EINVAL ? 77 : 0);
	}
	waitpid(pid, &status, 0);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 77;
}

static long movable_block(void)
{
	char path[300], *text;
	DIR *dir = opendir(MEMORY);
	struct dirent *entry;
	long block, best = -1;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "memory%ld", &block) != 1 || block < best)
			continue;
		snprintf(path, sizeof(path), MEMORY "/%s/valid_zones", entry->d_name);
		text = file_text(path, NULL);
		if (text && !strncmp(text, "Movable", 7))
			best = block;
		free(text);
	}
	if (dir)
		closedir(dir);
	return best;
}

static bool plugs(uint64_t *state)
{
	static long block;
	char path[80];

	block = block ?: movable_block();
	snprintf(path, sizeof(path), MEMORY "/memory%ld/state", block);
	if (block < 0 || access(path, W_OK))
		return false;
	file_write(path, "offline");
	usleep(mms_next(state) % 50000);
	file_write(path, "online_movable");
	return true;
}

/* In a memory cgroup that is made for it, and taken away: 0: it could not */
static int in_cgroup(uint64_t *state, const char *max, size_t pages)
{
	static int nr;
	char dir[80], path[120];
	pid_t pid;

	snprintf(dir, sizeof(dir), CGROUP "-%d-%d", getpid(), nr++);
	snprintf(path, sizeof(path), "%s/memory.max", dir);
	if (mkdir(dir, 0700) || file_write(path, max))
		return 0;
	snprintf(path, sizeof(path), "%s/memory.swap.max", dir);
	if (pages > 8192)
		file_write(path, "0");
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
		if (file_write(path, "0"))
			_exit(1);
		sh->target = getpid();
		fill(memory(pages), pages, mms_next(state));
		snprintf(path, sizeof(path), "%s/memory.reclaim", dir);
		file_write(path, "1M");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	for (int i = 0; rmdir(dir) && errno == EBUSY && i < 100; i++)
		usleep(10000);
	return 1;
}

static bool reclaims(uint64_t *state)
{
	return in_cgroup(state, "8M", 3001 + mms_next(state) % 1000);
}

static bool is_killed(uint64_t *state)
{
	return in_cgroup(state, "8M", 8193);
}

static bool attaches(uint64_t *state)
{
	char text[16];
	pid_t pid = sh->target;

	snprintf(text, sizeof(text), "%d", pid);
	file_write(mms_next(state) % 2 ? MMS_PROC "/attach" : MMS_DEBUGFS "/attach", text);
	usleep(mms_next(state) % 10000);
	snprintf(text, sizeof(text), "-%d", pid);
	file_write(MMS_PROC "/attach", text);
	return true;
}

/* Out, if nobody has a file open, and in again: half of the time the readers are asked to wait */
static bool reloads(uint64_t *state)
{
	if (!mms_module_named())
		return false;
	usleep(500000 + mms_next(state) % 500000);
	sh->paused = mms_next(state) % 2;
	for (int i = 0; sh->paused && sh->idle < READERS && i < 2000; i++)
		usleep(1000);
	if (!mms_unload() && mms_load(NULL, ""))
		_exit(1);
	sh->paused = 0;
	return true;
}

static bool traces(uint64_t *state)
{
	static const char *const tracers[] = { "faults --summary", "reclaim", "faults -j", "mmap", "compact" };
	static char text[1 << 16];
	int status = mms_tool(text, sizeof(text), "trace %s -d 0.5", tracers[mms_next(state) % 5]);

	if (status)
		complain("trace", 0, text);
	return true;
}

static bool commands(uint64_t *state)
{
	static const char *const words[] = { "ps", "ram", "zones", "buddy" };
	static char text[1 << 16];
	const char *word = words[mms_next(state) % 4];
	int status = mms_tool(text, sizeof(text), "%s", word);

	/* no module for a moment: it falls back, or says so */
	if (status && status != 1 && status != 4)
		complain(word, 0, text);
	return true;
}

static const struct disturber {
	const char *name;
	bool (*round)(uint64_t *state);
} disturbers[] = {
	{ "mutates", mutates }, { "exits", exits }, { "guards", guards }, { "merges", merges }, { "migrates", migrates },
	{ "swaps", swaps }, { "splits", splits }, { "poisons", poisons }, { "plugs", plugs }, { "reclaims", reclaims },
	{ "is_killed", is_killed }, { "attaches", attaches }, { "reloads", reloads }, { "traces", traces }, { "commands", commands },
};
#define NR (sizeof(disturbers) / sizeof(*disturbers))

/* A process of its own, for one disturber: its own children die with it */
static pid_t disturb(size_t nr, uint64_t state)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (disturbers[nr].round(&state)) {
		__atomic_fetch_add(&sh->rounds[nr], 1, __ATOMIC_SEQ_CST);
		usleep(mms_next(&state) % 3000);
	}
	_exit(77);
}

/* ---- who reads ---------------------------------------------------------------------- */

#define MAX_FILES 200
static char *files[MAX_FILES];
static size_t nr_files;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_F && !strstr(path, "/raw/") && nr_files < MAX_FILES)
		files[nr_files++] = strdup(path);
	return 0;
}

/* Errors that only say that the target, or the module, has gone */
static bool is_gone(int err)
{
	return err == ESRCH || err == ENOENT || err == ENODEV || err == ENXIO || err == EIO;
}

static void read_raw(uint64_t *state, int fd)
{
	struct mms_query q = { .pid = sh->target };
	struct mms_stream s;
	int view, err;

	do {
		view = 1 + mms_next(state) % (MMS_VIEW_LIMIT - 1);
	} while (!mms_view_name(view));
	if (view >= MMS_VIEW_regions)
		q.pid = 0;
	if (view == MMS_VIEW_rmap) {
		q.start = mms_next(state) % (5 << 18);
		q.end = q.start + 1009;
	}
	if (view == MMS_VIEW_cache)
		q.fd = fd;
	err = mms_get(mms_view_name(view), &q, &s);
	if (err && !is_gone(-err))
		complain(mms_view_name(view), -err, s.why);
	mms_free(&s);
	__atomic_fetch_add(&sh->streams, 1, __ATOMIC_SEQ_CST);
}

static void read_text(uint64_t *state)
{
	const char *path = files[mms_next(state) % nr_files];
	int fd = open(path, O_RDONLY);
	char buf[8192];
	ssize_t n, all = 0;

	if (fd < 0) {
		if (!is_gone(errno))
			complain(path, errno, "open");
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0 && all < 1 << 20)
		all += n;
	if (n < 0 && !is_gone(errno))
		complain(path, errno, "read");
	close(fd);
	__atomic_fetch_add(&sh->texts, 1, __ATOMIC_SEQ_CST);
}

static pid_t reader(uint64_t state)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	pid_t pid = fork();

	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	file_write("/proc/self/oom_score_adj", "-1000");
	for (;;) {
		if (sh->paused) {
			__atomic_fetch_add(&sh->idle, 1, __ATOMIC_SEQ_CST);
			while (sh->paused)
				usleep(1000);
			__atomic_fetch_sub(&sh->idle, 1, __ATOMIC_SEQ_CST);
		}
		if (mms_next(&state) % 4)
			read_raw(&state, fd);
		else
			read_text(&state);
	}
}

/* ---- the test ------------------------------------------------------------------------ */

/* A killed process is gone within ten seconds, whatever it was doing; slower kernels look for faults. */
static bool ends(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	for (int i = 0; i < 10000; i++) {
		if (waitpid(pid, NULL, WNOHANG))
			return true;
		usleep(1000);
	}
	return false;
}

static bool all_have_run(const bool *have)
{
	for (size_t i = 0; i < NR; i++)
		if (have[i] && !sh->rounds[i])
			return false;
	return sh->streams > 20 && sh->texts > 5;
}

/* clang-format off */
FIXTURE(all)
{
};
FIXTURE_SETUP(all)
{
}
FIXTURE_TEARDOWN(all)
{
}
/* clang-format on */

/* as long as the longest run may take */
TEST_F_TIMEOUT(all, at_once, 24 * 3600)
{
	pid_t pid[NR], readers[READERS];
	bool have[NR];
	time_t end;
	int status;

	nftw(MMS_PROC, add_file, 10, FTW_PHYS);
	nftw(MMS_DEBUGFS, add_file, 10, FTW_PHYS);
	ASSERT_LT(20, nr_files);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sh->target = getpid();
	TH_LOG("seed %" PRIu64 ", %d seconds", seed, seconds);
	for (int i = 0; i < READERS; i++)
		readers[i] = reader(seed * (i + 2) + 1);
	for (size_t i = 0; i < NR; i++) {
		pid[i] = disturb(i, seed * (i + 102) + 1);
		have[i] = true;
	}
	/* and until each has done something, which may take longer on a busy machine */
	for (end = time(NULL) + seconds; time(NULL) < end + PATIENCE; usleep(50000)) {
		if (time(NULL) >= end && all_have_run(have))
			break;
		for (size_t i = 0; i < NR; i++) {
			if (!have[i] || waitpid(pid[i], &status, WNOHANG) != pid[i])
				continue;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
				have[i] = false;
				pid[i] = 0;
				TH_LOG("%s: this machine has not what it needs", disturbers[i].name);
			} else {	/* killed by what it has done */
				pid[i] = disturb(i, seed * (i + 202) + sh->rounds[i] + 1);
			}
		}
	}
	for (int i = 0; i < READERS; i++) {
		EXPECT_EQ(0, waitpid(readers[i], &status, WNOHANG)) TH_LOG("a reader ended: %#x", status);
		EXPECT_TRUE(ends(readers[i])) TH_LOG("a reader does not end");
	}
	for (size_t i = 0; i < NR; i++) {
		if (!have[i])
			continue;
		EXPECT_TRUE(ends(pid[i])) TH_LOG("%s does not end", disturbers[i].name);
		EXPECT_LT(0, sh->rounds[i]) TH_LOG("%s has done nothing", disturbers[i].name);
		TH_LOG("%s: %ld rounds", disturbers[i].name, sh->rounds[i]);
	}
	TH_LOG("%ld streams, %ld texts", sh->streams, sh->texts);
	EXPECT_LT(20, sh->streams);
	EXPECT_LT(5, sh->texts);
	EXPECT_EQ(0, sh->bad) TH_LOG("%s", sh->what);
	/* as it was: the module, swap, KSM */
	if (access("/sys/module/mmscope", F_OK) && getenv("MMSCOPE_MODULE")) {
		char command[600];

		snprintf(command, sizeof(command), "insmod %s", getenv("MMSCOPE_MODULE"));
		EXPECT_EQ(0, system(command));
	}
	swapon(SWAP, 0);
	file_write("/sys/kernel/mm/ksm/run", "2");
	file_write("/sys/kernel/mm/ksm/run", "0");
	file_write("/sys/kernel/mm/ksm/sleep_millisecs", "20");
}

int main(int argc, char **argv)
{
	seed = getenv("MMSCOPE_SEED") ? strtoull(getenv("MMSCOPE_SEED"), NULL, 0) : (uint64_t)time(NULL) * 2654435761U | 1;
	if (getenv("MMSCOPE_STRESS_SECONDS"))
		seconds = atoi(getenv("MMSCOPE_STRESS_SECONDS"));
	return test_harness_run(argc, argv);
}
