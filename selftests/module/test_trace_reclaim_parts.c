// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace reclaim, what is told only if it is asked for: steps, shrinkers, generations,
 * what was evicted and what came back, with MGLRU and without; and trace faults' refault
 * distance. Beside memory.stat of a memory cgroup that is new, /proc/vmstat, and lru_gen.
 */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"

#define CGROUP	"/sys/fs/cgroup/mms-parts"
#define MGLRU	"/sys/kernel/mm/lru_gen/enabled"
#define LRU_GEN	"/sys/kernel/debug/lru_gen"
#define BASE	0x200000000000UL
#define FILE_PAGES 1009
#define ANON_PAGES 503
#define KEPT_PAGES 1021
#define NAMES	1213
#define AGINGS	5

static struct mms_said s;
static char buf[256];

static long counted(const char *word)
{
	return file_number(CGROUP "/memory.stat", word);
}

/* ---- the workloads: in the memory cgroup, on node 0 ------------------------------ */

/*
 * And keep some memory on each node, as a memory cgroup that has little left there has its shadow
 * entries taken, too: then nobody knows what was evicted. They may be on any node.
 */
static int enter(void)
{
	const size_t size = KEPT_PAGES * PAGE;
	unsigned long first = 1, both = 3;
	void *kept;

	if (file_write(CGROUP "/cgroup.procs", "0") || syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &both, 8))
		return 1;
	kept = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mlock(kept, size) || syscall(SYS_set_mempolicy, MPOL_BIND, &first, 8);
}

/* Until no page of the file is cached, and none of the memory is there */
static int evict(int fd, const char *anon, size_t anon_pages)
{
	unsigned char cached[FILE_PAGES];
	uint64_t entries[ANON_PAGES];
	size_t left = 1, i;

	/* until its size is known there, which sums are made of every two seconds: see enter() */
	sleep(3);
	for (int tries = 0; left && tries < 30; tries++) {
		file_write(CGROUP "/memory.reclaim", "8M");
		file_mincore(fd, FILE_PAGES, cached);
		for (left = i = 0; i < FILE_PAGES; i++)
			left += cached[i];
		if (anon_pages)
			pagemap_read(getpid(), (uint64_t)anon, anon_pages, entries);
		for (i = 0; i < anon_pages; i++)
			left += !(entries[i] & PM_SWAP);
	}
	return left;
}

/* One page after the other, without read-ahead */
static int read_pages(int fd)
{
	char page[PAGE];

	for (size_t i = 0; i < FILE_PAGES; i++)
		if (pread(fd, page, PAGE, i * PAGE) != PAGE)
			return 1;
	return 0;
}

static int open_file(void)
{
	int fd = open(getenv("MMS_FILE"), O_RDONLY);

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return fd;
}

static int touch(char *anon)
{
	int sum = 0;

	for (size_t i = 0; i < ANON_PAGES; i++)
		sum += *(volatile char *)(anon + i * PAGE);
	return sum == ANON_PAGES ? 0 : 4;
}

static int work_folios(void)
{
	char *anon = mmap((void *)BASE, ANON_PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int fd = open_file();

	if (enter() || fd < 0 || anon == MAP_FAILED)
		return 1;
	madvise(anon, ANON_PAGES * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < ANON_PAGES; i++)
		anon[i * PAGE] = 1;
	if (read_pages(fd))
		return 2;
	if (evict(fd, anon, ANON_PAGES))
		return 3;
	return read_pages(fd) ?: touch(anon);
}

/* The same through a mapping */
static int work_mapped(void)
{
	int fd = open_file(), sum = 0;
	char *p;

	if (enter() || fd < 0 || read_pages(fd) || evict(fd, NULL, 0))
		return 1;
	p = mmap((void *)BASE, FILE_PAGES * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	madvise(p, FILE_PAGES * PAGE, MADV_RANDOM);
	for (size_t i = 0; i < FILE_PAGES; i++)
		sum += *(volatile char *)(p + i * PAGE);
	return sum ? 0 : 2;
}

/* Names that are not there, which the kernel remembers until it is told to drop them */
static int work_drop(void)
{
	char path[300];
	struct stat st;

	for (int i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s.%d", getenv("MMS_FILE"), i);
		if (!stat(path, &st))
			return 1;
	}
	return file_write("/proc/sys/vm/drop_caches", "2");
}

/* The youngest generation of the memory cgroup on node 0, and its number in the file; 0: none */
static unsigned long youngest(unsigned long *ret_memcg)
{
	char *text = file_text(LRU_GEN, NULL), *line, *save;
	unsigned long id, seq, last = 0;
	bool here = false, node = false;
	char path[128];

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "memcg %lu %127s", &id, path) == 2) {
			here = !strcmp(path, strrchr(CGROUP, '/'));
			if (here)
				*ret_memcg = id;
		} else if (sscanf(line, " node %lu", &id) == 1) {
			node = !id;
		} else if (here && node && sscanf(line, " %lu", &seq) == 1) {
			last = seq;
		}
	}
	free(text);
	return last;
}

static int work_age(void)
{
	unsigned long memcg = 0, seq;
	char command[64];

	if (enter())
		return 1;
	for (int i = 0; i < AGINGS; i++) {
		seq = youngest(&memcg);
		snprintf(command, sizeof(command), "+ %lu 0 %lu 200 1", memcg, seq);
		if (file_write(LRU_GEN, command))
			return 2;
	}
	return 0;
}

static const struct mms_workload workloads[] = {
	{ "folios", work_folios }, { "mapped", work_mapped }, { "drop", work_drop }, { "age", work_age }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- what was said --------------------------------------------------------------- */

static bool is(const char *line, const char *key, const char *value)
{
	return !strcmp(mms_value(line, key, buf), value);
}

/* Sum of a column over the rows with a cause; of an episode, unless it is 0 */
static uint64_t total(const char *cause, const char *key, uint64_t episode)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.events; i++)
		if (is(s.event[i], "cause", cause) && (!episode || mms_number(s.event[i], "episode") == episode))
			sum += mms_number(s.event[i], key);
	return sum;
}

static bool is_episode(const char *line)
{
	return !strncmp(mms_value(line, "cause", buf), "memcg-", 6);
}

static bool has_symbol(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "grep -qw %s /proc/kallsyms", name);
	return !system(command);
}

/* ---- the tests -------------------------------------------------------------------- */

/* What all tests need, and how it was before */
struct ground {
	char fs[64], path[128], id[32], *was;
	struct stat st;
};

/* NULL, or why it cannot be had; @mglru: what is to be written to its file, NULL: as it is */
static const char *prepare(struct ground *g, const char *mglru)
{
	const char *why;
	struct stat st;
	int fd;

	g->was = file_text(MGLRU, NULL);
	if (mglru && file_write(MGLRU, mglru) && *mglru == 'y')
		return "no MGLRU";
	rmdir(CGROUP);
	if (mkdir(CGROUP, 0755) || access(CGROUP "/memory.max", W_OK))
		return "no memory cgroup (v2)";
	if (access(CGROUP "/memory.reclaim", W_OK))
		return "this kernel has no memory.reclaim";
	if (access("/dev/zram0", F_OK) || stat(CGROUP, &st))
		return "no swap";
	snprintf(g->id, sizeof(g->id), "%lu", st.st_ino);
	why = fs_mount("ext4", NULL, g->fs);
	if (why)
		return why;
	snprintf(g->path, sizeof(g->path), "%s/pages", g->fs);
	fd = file_make(g->path, FILE_PAGES);
	if (fd < 0 || fstat(fd, &g->st))
		return "no file on ext4";
	close(fd);
	caches_drop();
	setenv("MMS_FILE", g->path, 1);
	return NULL;
}

static void clean_up(struct ground *g)
{
	if (*g->fs)
		fs_umount(g->fs);
	if (g->was)
		file_write(MGLRU, g->was);
	free(g->was);
	for (int i = 0; rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

#define PREPARE(mglru)								\
	const char *why;							\
	NEED_TOOL();								\
	why = prepare(&self->g, mglru);						\
	if (why)								\
		SKIP(return, "%s", why)

/* clang-format off */
/* With MGLRU and without */
FIXTURE(lists)
{
	struct ground g;
	bool mglru;
};

FIXTURE_VARIANT(lists)
{
	const char *mglru;
};

FIXTURE(parts)
{
	struct ground g;
};

FIXTURE_VARIANT_ADD(lists, classic) { .mglru = "n" };
FIXTURE_VARIANT_ADD(lists, mglru) { .mglru = "y" };
/* clang-format on */

FIXTURE_SETUP(lists)
{
	PREPARE(variant->mglru);
	self->mglru = *variant->mglru == 'y';
}

FIXTURE_TEARDOWN(lists)
{
	clean_up(&self->g);
}

FIXTURE_SETUP(parts)
{
	PREPARE(NULL);
}

FIXTURE_TEARDOWN(parts)
{
	clean_up(&self->g);
}

/*
 * What the kernel's age of a memory cgroup's list is made of: evictions there, in their order.
 * In the classic way also what is activated, which comes on top of it.
 */
struct ages {
	uint64_t now;
	uint64_t file[FILE_PAGES];
	size_t evicted, refaulted, of_anon;
};

TEST_F(lists, evicted_and_back)
{
	const char *columns = "-o cause,episode,comm,tid,pid,for,target,node,pages,file,inode,offset,dev,swap,owner,address,what,"
			      "refault_distance,refault_generations,workingset,ago,by_comm,by_tid,by_episode,latency,"
			      "scanned,tried,freed,active,slab,shrinkers,aged,slab_scanned --cause +step,shrinker,aging,evicted,refault";
	long slabs = file_number("/proc/vmstat", "slabs_scanned"), activated, expected;
	struct ages *ages = calloc(1, sizeof(*ages));
	unsigned char *seen = calloc(1, ANON_PAGES);
	size_t bad = 0, place;
	uint64_t distance;
	char dev[32];

	mms_trace(&s, "reclaim", columns, "folios");
	ASSERT_EQ(0, s.status);
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));
	ASSERT_GT(MMS_MAX_EVENTS, s.events);
	activated = counted("workingset_activate_file") + counted("workingset_activate_anon");

	/* all of it, by the kernel's own sums */
	EXPECT_EQ(counted("pgsteal"), total("evicted", "pages_pages", 0));
	EXPECT_EQ(counted("pgsteal"), total("memcg-proactive", "freed_pages", 0));
	EXPECT_EQ(file_number("/proc/vmstat", "slabs_scanned") - slabs, total("shrinker", "slab_scanned", 0));
	expected = counted("workingset_refault_file") + counted("workingset_refault_anon");
	/* "mm: multi-gen LRU" counted only some at first: those of the generation that is the oldest yet */
	if (self->mglru && !has_symbol("workingset_test_recent")) {
		EXPECT_LE(expected, total("refault", "pages_pages", 0));
	} else {
		EXPECT_EQ(expected, total("refault", "pages_pages", 0));
	}

	/* each episode is the sum of its parts */
	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];
		uint64_t episode = mms_number(line, "episode");

		if (!is_episode(line))
			continue;
		EXPECT_LT(0, episode);
		EXPECT_EQ(mms_number(line, "freed_pages"), total("evicted", "pages_pages", episode));
		EXPECT_EQ(mms_number(line, "freed_pages"), total("step", "freed_pages", episode));
		EXPECT_EQ(mms_number(line, "tried_pages"), total("step", "tried_pages", episode));
		EXPECT_EQ(mms_number(line, "active_pages"), total("step", "active_pages", episode));
		EXPECT_EQ(mms_number(line, "slab"), total("shrinker", "slab", episode));
		EXPECT_EQ(mms_number(line, "slab"), total("step", "slab", episode));
		EXPECT_EQ(mms_number(line, "shrinkers"), total("step", "shrinkers", episode));
		EXPECT_LE(total("step", "latency_ns", episode), mms_number(line, "latency_ns"));
		if (!self->mglru) {
			EXPECT_EQ(0, mms_number(line, "aged"));
		}
	}
	/* the rest of a generation's making may be after the last step */
	EXPECT_EQ(total("memcg-proactive", "aged", 0), mms_count(&s, "cause", "aging"));

	/* each page once, and back once, in the order of the kernel's clock */
	snprintf(dev, sizeof(dev), "%u:%u", major(self->g.st.st_dev), minor(self->g.st.st_dev));
	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];
		bool evicted = is(line, "cause", "evicted"), refault = is(line, "cause", "refault");
		bool of_file = mms_number(line, "inode") == self->g.st.st_ino && is(line, "file", self->g.path);

		if (!evicted && !refault)
			continue;
		EXPECT_TRUE(is(line, "for", strrchr(CGROUP, '/')));
		EXPECT_TRUE(is(line, "target", self->g.id));
		EXPECT_TRUE(is(line, "latency_ns", "null"));
		place = mms_number(line, "offset") / PAGE;
		if (of_file) {
			EXPECT_TRUE(is(line, "dev", dev));
			EXPECT_TRUE(is(line, "node", "0"));
			ASSERT_GT(FILE_PAGES, place);
			EXPECT_EQ(4096, mms_number(line, "pages_pages") * PAGE);
		}
		if (evicted && of_file) {
			EXPECT_EQ(0, ages->file[place]);
			ages->file[place] = ages->now + 1;
			ages->evicted++;
			EXPECT_LT(0, mms_number(line, "episode"));
		}
		if (evicted && !is(line, "swap", "null") && mms_number(line, "address") >= BASE &&
		    mms_number(line, "address") < BASE + ANON_PAGES * PAGE) {
			place = (mms_number(line, "address") - BASE) / PAGE;
			EXPECT_EQ(0, seen[place]);
			seen[place] = 1;
			ages->of_anon++;
			EXPECT_EQ(mms_number(line, "pid"), mms_number(line, "owner"));
		}
		if (evicted && is(line, "node", "0"))
			ages->now += mms_number(line, "pages_pages");
		if (!refault || !of_file)
			continue;
		ages->refaulted++;
		EXPECT_TRUE(is(line, "episode", "null"));
		EXPECT_TRUE(is(line, "workingset", "false"));
		EXPECT_TRUE(is(line, "by_comm", mms_value(line, "comm", (char[256]){ 0 })));
		EXPECT_EQ(mms_number(line, "tid"), mms_number(line, "by_tid"));
		EXPECT_LT(0, mms_number(line, "ago_ns"));
		EXPECT_LT(0, mms_number(line, "by_episode"));
		EXPECT_TRUE(is(line, self->mglru ? "refault_distance_pages" : "refault_generations", "null"));
		if (self->mglru) {
			EXPECT_TRUE(!is(line, "refault_generations", "null"));
			continue;
		}
		distance = mms_number(line, "refault_distance_pages");
		expected = ages->now - (ages->file[place] - 1);
		if (distance < expected || distance > expected + activated)
			DIFFER(bad, "page %zu: distance %lu, there were %ld evictions, %ld activations", place, distance, expected,
			       activated);
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(FILE_PAGES, ages->evicted);
	EXPECT_EQ(FILE_PAGES, ages->refaulted);
	EXPECT_EQ(ANON_PAGES, ages->of_anon);
	free(ages);
	free(seen);
}

/* The same distance by a fault; and with it the kernel's own sum */
TEST_F(lists, faults)
{
	size_t known = 0;
	long activated;
	uint64_t sum = 0;

	mms_trace(&s, "faults", "-a 0x200000000000+8M -o cause,refault,refault_distance,refault_generations", "mapped");
	ASSERT_EQ(0, s.status);
	EXPECT_EQ(FILE_PAGES, s.events);
	EXPECT_EQ(FILE_PAGES, mms_count(&s, "refault", "true"));
	activated = counted("workingset_activate_file") + counted("workingset_activate_anon");
	for (size_t i = 0; i < s.events; i++) {
		known += !is(s.event[i], self->mglru ? "refault_generations" : "refault_distance_pages", "null");
		EXPECT_TRUE(is(s.event[i], self->mglru ? "refault_distance_pages" : "refault_generations", "null"));
		sum += mms_number(s.event[i], "refault_distance_pages");
	}
	EXPECT_EQ(FILE_PAGES, known);
	if (self->mglru)
		return;
	/* read in the order they were evicted in: N to 1, and a few others were evicted, too */
	EXPECT_LE(FILE_PAGES * (FILE_PAGES + 1) / 2, sum);
	EXPECT_GE(FILE_PAGES * (FILE_PAGES + 1) / 2 + FILE_PAGES * (activated + counted("pgsteal") - FILE_PAGES), sum);
}

/* Shrinkers outside of any episode */
TEST_F(parts, drop_caches)
{
	long slabs = file_number("/proc/vmstat", "slabs_scanned");

	mms_trace(&s, "reclaim", "--cause shrinker", "drop");
	ASSERT_EQ(0, s.status);
	EXPECT_LT(0, s.events);
	EXPECT_EQ(s.events, mms_count(&s, "cause", "shrinker"));
	EXPECT_EQ(s.events, mms_count(&s, "episode", "null"));
	EXPECT_EQ(file_number("/proc/vmstat", "slabs_scanned") - slabs, total("shrinker", "slab_scanned", 0));
	EXPECT_LE(NAMES, total("shrinker", "slab", 0));
	EXPECT_LE(total("shrinker", "slab", 0), total("shrinker", "slab_scanned", 0));
	EXPECT_LT(0, mms_count(&s, "shrinker", "super_cache_count"));
}

/* Generations that are asked for by lru_gen */
TEST_F(parts, aging)
{
	unsigned long memcg = 0, last;

	if (access(LRU_GEN, W_OK) || file_write(MGLRU, "y"))
		SKIP(return, "no MGLRU, or no " LRU_GEN);
	mms_trace(&s, "reclaim", "--cause aging", "age");
	ASSERT_EQ(0, s.status);
	last = youngest(&memcg);
	EXPECT_EQ(AGINGS, s.events);
	EXPECT_EQ(AGINGS, mms_count(&s, "target", self->g.id));
	EXPECT_EQ(AGINGS, mms_count(&s, "node", "0"));
	EXPECT_EQ(AGINGS, mms_count(&s, "episode", "null"));
	for (size_t i = 0; i < s.events; i++) {
		EXPECT_EQ(last - s.events + i, mms_number(s.event[i], "gen_before"));
		EXPECT_EQ(last - s.events + i + 1, mms_number(s.event[i], "gen_after"));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}
}

/* What is not asked for is neither told nor hooked; what is named alone is told alone */
TEST_F(parts, quiet)
{
	const char *used = "{\"kind\":\"fentry\",\"target\":\"workingset_eviction\",\"have\":true,\"used\":true}";
	const char *unused = "{\"kind\":\"fentry\",\"target\":\"workingset_eviction\",\"have\":true,\"used\":false}";
	char *text;

	mms_trace(&s, "reclaim", "", "folios");
	ASSERT_NE(NULL, s.first);
	EXPECT_EQ(s.events, mms_count(&s, "cause", "memcg-proactive"));
	EXPECT_NE(NULL, strstr(s.first, unused));
	mms_trace(&s, "reclaim", "--cause evicted", "folios");
	ASSERT_NE(NULL, s.first);
	EXPECT_LE(FILE_PAGES + ANON_PAGES, s.events);
	EXPECT_EQ(s.events, mms_count(&s, "cause", "evicted"));
	EXPECT_EQ(0, mms_count(&s, "episode", "null"));
	EXPECT_NE(NULL, strstr(s.first, used));
	/* sums: yield is of these sums, and who paid for whom is one row */
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace reclaim --summary -j -- env MMS_WORKLOAD=folios $me |"
				      " jq -c '.rows | map([.cause, .for, (.yield_percent - 100 * .freed_pages / .tried_pages | fabs) < 0.1,"
				      " .busy_percent > 0 and .busy_percent < 100])'"));
	EXPECT_STREQ("[[\"memcg-proactive\",\"/mms-parts\",true,true]]\n", text);
	free(text);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
