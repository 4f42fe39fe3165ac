// SPDX-License-Identifier: GPL-2.0-only
/*
 * All views of the system while memory is under pressure: allocation storms, processes
 * killed for want of memory, in a cgroup and of a node. Each stream is well-formed and
 * ends; every frame is in it once; and what of it is not reserved is what the page
 * allocator manages, also while it changes hands.
 *
 * MMSCOPE_SEED gives a run again, MMSCOPE_RACE_SECONDS lets it last longer.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/mutate.h"
#include "../lib/pool.h"
#include "../lib/tool.h"

#define PATIENCE 300	/* seconds */
#define READERS	3
#define CGROUP	"/sys/fs/cgroup/mms-pressure"
#define RESERVED BIT(32)

static uint64_t seed;
static int seconds = 4;

struct shared {
	volatile int stop;
	volatile long streams[MMS_VIEW_LIMIT], bad, kills;
	uint64_t managed;	/* 0: not compared */
	char what[300];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static __attribute__((format(printf, 2, 3))) void complain(struct shared *sh, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!__atomic_fetch_add(&sh->bad, 1, __ATOMIC_SEQ_CST))
		vsnprintf(sh->what, sizeof(sh->what), format, args);
	va_end(args);
}

/* ---- readers ------------------------------------------------------------------ */

/* frames in order, each once; all that are not reserved */
static void check_pfns(struct shared *sh, const struct mms_stream *s)
{
	uint64_t end = 0, managed = 0, of_kind[MMS_NR_FOLIO_KINDS] = { 0 };

	ROWS(mms_pfns_rec, r, s) {
		uint64_t frames = (uint64_t)r->count << r->order;

		if (r->pfn < end || !frames || r->kind >= MMS_NR_FOLIO_KINDS)
			return complain(sh, "pfns: row at %#llx, %u of order %u, after %#" PRIx64, r->pfn, r->count, r->order, end);
		end = r->pfn + frames;
		if (!(r->kpf & RESERVED))
			of_kind[r->kind] += frames;
	}
	for (int i = 0; i < MMS_NR_FOLIO_KINDS; i++)
		managed += of_kind[i];
	if (sh->managed && managed != sh->managed)
		complain(sh, "pfns: the kinds come to %" PRIu64 " pages, %" PRIu64 " are managed", managed, sh->managed);
}

static void check_pageblocks(struct shared *sh, const struct mms_stream *s)
{
	uint64_t end = 0;

	ROWS(mms_pageblocks_rec, r, s) {
		uint64_t sum = r->free + r->pcp + r->anon + r->file + r->shmem + r->hugetlb + r->slab + r->pgtable + r->kernel +
			       r->reserved + r->offline + r->other;

		if (r->pfn < end || sum != r->pages || r->pages > 512)
			return complain(sh, "pageblocks: %#llx: %" PRIu64 " of %u pages, after %#" PRIx64, r->pfn, sum, r->pages, end);
		end = r->pfn + 512;
	}
}

static void check_blocks(struct shared *sh, const struct mms_stream *s)
{
	ROWS(mms_blocks_rec, r, s)
		if (r->pfn & ((1ULL << r->order) - 1) || r->order > 10 || r->type >= MMS_NR_MIGRATE_TYPES)
			return complain(sh, "blocks: %#llx of order %u, type %u", r->pfn, r->order, r->type);
}

static void check_buddy(struct shared *sh, const struct mms_stream *s)
{
	for (size_t i = 0; i < s->rows; i++) {
		const struct mms_buddy_rec *r = s->row[i];

		if (r->blocks << r->order != r->pages || !(r->blocks | r->pcp_blocks))
			return complain(sh, "buddy: order %u: %llu blocks, %llu pages", r->order, r->blocks, r->pages);
		for (size_t j = 0; j < i; j++) {
			const struct mms_buddy_rec *o = s->row[j];

			if (o->node == r->node && o->zone == r->zone && o->order == r->order && o->type == r->type)
				return complain(sh, "buddy: node %d zone %u order %u type %u twice", r->node, r->zone, r->order, r->type);
		}
	}
}

static void check_files(struct shared *sh, const struct mms_stream *s)
{
	ROWS(mms_files_rec, r, s) {
		uint64_t orders = r->order0 + r->order1 + r->order2 + r->order3 + r->order4 + r->order5 + r->order6 + r->order7 +
				  r->order8 + r->order9 + r->order10up;

		if (orders != r->cached || r->mapped > r->cached || r->dirty > r->cached)
			return complain(sh, "files: inode %llu: %llu cached, %" PRIu64 " by orders, %llu mapped", r->inode, r->cached,
					orders, r->mapped);
	}
}

static void check_rmap(struct shared *sh, const struct mms_stream *s)
{
	ROWS(mms_rmap_rec, r, s)
		if (!r->count || r->kind >= MMS_NR_KINDS || r->folio >= MMS_NR_FOLIO_KINDS || (r->start && (r->start < r->vma_start ||
		    r->start >= r->vma_end)))
			return complain(sh, "rmap: %#llx x%llu of %d at %#llx in %#llx-%#llx", r->pfn, r->count, r->pid, r->start,
					r->vma_start, r->vma_end);
}

/* a view of the system, what is asked of it, and what must hold of any state of it */
static const struct looked_at {
	const char *view;
	void (*check)(struct shared *sh, const struct mms_stream *s);
	uint64_t frames;	/* only so many, from a place of chance */
} views[] = {
	{ "zones", NULL, 0 },
	{ "buddy", check_buddy, 0 },
	{ "blocks", check_blocks, 0 },
	{ "pageblocks", check_pageblocks, 0 },
	{ "pfns", check_pfns, 0 },
	{ "rmap", check_rmap, 4001 },
	{ "files", check_files, 0 },
	{ "cache", NULL, 0 },
	{ "kernel", NULL, 0 },
};
#define NR_VIEWS (sizeof(views) / sizeof(*views))

static void read_once(struct shared *sh, uint64_t *state, int fd)
{
	const struct looked_at *v = &views[mms_next(state) % NR_VIEWS];
	struct mms_query q = { .fd = strcmp(v->view, "cache") ? 0 : fd };
	struct mms_stream s;
	int err;

	if (v->frames) {
		q.start = mms_next(state) % (5 << 18);
		q.end = q.start + v->frames;
	}
	err = mms_get(v->view, &q, &s);
	if (err)
		complain(sh, "%s: %s %s", v->view, strerror(-err), s.why);
	else if (!s.ended)
		complain(sh, "%s: no end", v->view);
	else if (v->check)
		v->check(sh, &s);
	__atomic_fetch_add(&sh->streams[s.h.view % MMS_VIEW_LIMIT], 1, __ATOMIC_SEQ_CST);
	mms_free(&s);
}

/* Never killed for want of memory: -1000. They see what becomes of the others. */
static void spare(const char *adj)
{
	file_write("/proc/self/oom_score_adj", adj);
}

static void readers_start(struct shared *sh, pid_t *reader)
{
	for (int i = 0; i < READERS; i++) {
		reader[i] = fork();
		if (reader[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		spare("-1000");
		int fd = open("/proc/self/exe", O_RDONLY);

		for (uint64_t state = seed * (i + 2) + 1; !sh->stop;)
			read_once(sh, &state, fd);
		_exit(0);
	}
}

static long streams_read(const struct shared *sh)
{
	long streams = 0;

	for (int i = 0; i < MMS_VIEW_LIMIT; i++)
		streams += sh->streams[i];
	return streams;
}

static void readers_stop(struct __test_metadata *_metadata, struct shared *sh, pid_t *reader)
{
	int status;

	sh->stop = 1;
	for (int i = 0; i < READERS; i++) {
		waitpid(reader[i], &status, 0);
		EXPECT_EQ(0, status) { TH_LOG("a reader ended with %#x", status); }
	}
	TH_LOG("seed %" PRIu64 ": %ld streams", seed, streams_read(sh));
	EXPECT_EQ(0, sh->bad) {
		TH_LOG("%ld times; the first: %s", sh->bad, sh->what);
	}
	EXPECT_LT((long)NR_VIEWS, streams_read(sh));
}

static uint64_t managed(void)
{
	char *text = file_text("/proc/zoneinfo", NULL);
	uint64_t sum = 0;

	for (char *p = text; p && (p = strstr(p, "\n        managed ")); p++)
		sum += strtoull(p + 17, NULL, 10);
	free(text);
	return sum;
}

static struct shared *shared_make(void)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	sh->managed = managed();
	return sh;
}

/* ---- storms --------------------------------------------------------------------- */

/* Memory of all kinds, that comes and goes: small and huge pages, shmem, page tables, slabs */
static _Noreturn void storm(uint64_t state)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	spare("500");
	for (;;) {
		size_t len = (mms_next(&state) % 4096 + 1) * PAGE;
		bool huge = mms_next(&state) % 2;
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int fd = memfd_create("storm", 0);
		pid_t kid;

		if (p == MAP_FAILED || fd < 0)
			_exit(1);
		madvise(p, len, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		for (size_t i = 0; i < len; i += PAGE)
			p[i] = 1;
		if (ftruncate(fd, len) || write(fd, p, len / 2) < 0 || ftruncate(fd, len / 4))
			_exit(1);
		/* every second page back: order 0, and huge pages that are split */
		for (size_t i = 0; i < len; i += 2 * PAGE)
			madvise(p + i, PAGE, MADV_DONTNEED);
		kid = mms_next(&state) % 4 ? -1 : fork();
		if (!kid)
			_exit(0);
		if (kid > 0)
			waitpid(kid, NULL, 0);
		munmap(p, len);
		close(fd);
	}
}

TEST(allocation_storm)
{
	struct shared *sh = shared_make();
	pid_t reader[READERS], child[3];

	readers_start(sh, reader);
	for (int i = 0; i < 3; i++) {
		child[i] = fork();
		if (!child[i])
			storm(seed * 1000003 + i);
	}
	for (double end = now() + seconds; now() < end && !sh->bad;)
		usleep(100000);
	/* until they have read something, on a slow kernel */
	for (double end = now() + PATIENCE; now() < end && streams_read(sh) <= (long)NR_VIEWS && !sh->bad;)
		usleep(100000);
	readers_stop(_metadata, sh, reader);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, waitpid(child[i], NULL, WNOHANG));
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	EXPECT_EQ(managed(), sh->managed) { TH_LOG("the memory there is has changed meanwhile: nothing can be said of sums"); }
}

/* What the tool sums up, while it changes: what it could not attribute is nothing. */
TEST(ram_closes_under_a_storm)
{
	static char text[1 << 20];
	pid_t child[2];

	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		if (!child[i])
			storm(seed * 7919 + i);
	}
	for (int i = 0; i < 5; i++) {
		char *p;

		ASSERT_EQ(0, mms_tool(text, sizeof(text), "ram --json")) TH_LOG("%s", text);
		p = strstr(text, "\"difference\":");
		ASSERT_NE(NULL, p) TH_LOG("%s", text);
		EXPECT_EQ(0, strtoll(p + 13, NULL, 10)) TH_LOG("%s", text);
	}
	for (int i = 0; i < 2; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
}

/* ---- killed for want of memory --------------------------------------------------- */

/*
 * Takes memory until it is killed, @most bytes at most; locked, so that nothing goes to
 * swap first. Of the cgroup whose cgroup.procs is named, or of a node.
 */
static _Noreturn void eat(size_t most, const char *cgroup, int node)
{
	unsigned long nodes = 1UL << node;
	char *p, pid[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	spare("1000");
	if (cgroup) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		if (file_write(cgroup, pid))
			_exit(2);
	}
	p = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED || (!cgroup && syscall(SYS_mbind, p, most, 2 /* MPOL_BIND */, &nodes, 64, 0)))
		_exit(3);
	madvise(p, most, MADV_HUGEPAGE);
	_exit(mlock(p, most) ? 4 : 0);
}

static int killed(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : status;
}

static uint64_t number_of(const char *path)
{
	char *text = file_text(path, NULL);
	uint64_t number = text ? strtoull(text, NULL, 10) : 0;

	free(text);
	return number;
}

TEST(killed_in_a_cgroup)
{
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid;
	double end = now() + seconds;
	int kills = 0;

	mkdir(CGROUP, 0700);
	if (file_write(CGROUP "/memory.max", "67108864"))
		SKIP(return, "no memory cgroup at " CGROUP);
	file_write(CGROUP "/memory.swap.max", "0");
	readers_start(sh, reader);
	for (; kills < 3 || (now() < end && kills < 31); kills++) {
		pid = fork();
		if (!pid)
			eat(128 << 20, CGROUP "/cgroup.procs", 0);
		ASSERT_EQ(0, killed(pid)) { TH_LOG("it was not killed"); }
	}
	readers_stop(_metadata, sh, reader);
	TH_LOG("%d were killed", kills);
	for (int i = 0; i < 100 && rmdir(CGROUP) && errno == EBUSY; i++)
		usleep(10000);
}

#define OPEN_FILES 53
#define OUT_BUFFER (32 * PAGE)	/* module/view.h: MMS_OUT_SIZE */

/* What an open file takes is charged to the memory cgroup of the opener. */
TEST(buffers_are_charged)
{
	uint64_t charged[2] = { 0 };
	int pipe_fds[2], status;
	pid_t pid;

	mkdir(CGROUP, 0700);
	if (access(CGROUP "/memory.current", R_OK))
		SKIP(return, "no memory cgroup at " CGROUP);
	ASSERT_EQ(0, pipe(pipe_fds));
	pid = fork();
	if (!pid) {
		if (file_write(CGROUP "/cgroup.procs", "0"))
			_exit(2);
		charged[0] = number_of(CGROUP "/memory.current");
		for (int i = 0; i < OPEN_FILES; i++)
			if (mms_open("pgtable") < 0)
				_exit(3);
		charged[1] = number_of(CGROUP "/memory.current");
		_exit(write(pipe_fds[1], charged, sizeof(charged)) == sizeof(charged) ? 0 : 4);
	}
	waitpid(pid, &status, 0);
	ASSERT_EQ(0, status);
	ASSERT_EQ(sizeof(charged), read(pipe_fds[0], charged, sizeof(charged)));
	EXPECT_LE(OPEN_FILES * OUT_BUFFER, charged[1] - charged[0]);
	for (int i = 0; i < 100 && rmdir(CGROUP) && errno == EBUSY; i++)
		usleep(10000);
}

static uint64_t node_number(int node, const char *name)
{
	char path[80], word[64], *text, *at;
	uint64_t number = 0;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	text = file_text(path, NULL);
	snprintf(word, sizeof(word), " %s:", name);
	at = text ? strstr(text, word) : NULL;
	if (at)
		number = strtoull(at + strlen(word), NULL, 10);
	free(text);
	return number;
}

#define LEFT 128	/* huge pages */

/*
 * All memory of a node, by who may have no other: the kernel looks for somebody to kill. The
 * other nodes keep what the readers and the rest need, which they would wait for for minutes.
 * Most of it goes to huge pages, which takes no time, as they are not cleared.
 */
TEST(killed_for_a_nodes_memory)
{
	uint64_t all = node_number(1, "MemTotal") * 1024, before;
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid;
	long had;

	if (!all)
		SKIP(return, "there is one node, and nobody can do without it");
	before = node_number(1, "MemFree");
	had = pool_size(1);
	ASSERT_TRUE(pool_take(1, LEFT));
	readers_start(sh, reader);
	pid = fork();
	if (!pid)
		eat(all, NULL, 1);
	ASSERT_EQ(0, killed(pid)) { TH_LOG("it was not killed"); }
	readers_stop(_metadata, sh, reader);
	pool_resize(1, had);
	/* caches went; what was eaten is free again */
	EXPECT_LT(before / 2, node_number(1, "MemFree"));
}

int main(int argc, char **argv)
{
	seed = getenv("MMSCOPE_SEED") ? strtoull(getenv("MMSCOPE_SEED"), NULL, 0) : (uint64_t)time(NULL) * 2654435761U | 1;
	if (getenv("MMSCOPE_RACE_SECONDS"))
		seconds = atoi(getenv("MMSCOPE_RACE_SECONDS"));
	spare("-1000");
	return test_harness_run(argc, argv);
}
