// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace thp: a known number of each thing that can be done to a huge page, beside
 * what /proc/vmstat counts of the same.
 *
 * Huge pages at faults are off in the whole system meanwhile, so that nobody else makes any
 * and khugepaged sleeps; MADV_COLLAPSE does not ask for that.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define ENABLED	"/sys/kernel/mm/transparent_hugepage/enabled"
#define CGROUP	"/sys/fs/cgroup/mms-thp"
#define HUGE	(2UL << 20)
#define BASE	((char *)0x200000000000UL)
#define ROOM	(64UL << 20)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#endif

static struct mms_said s;

/* ---- the workloads --------------------------------------------------------------- */

/* Each has its own place: BASE and so many times ROOM */
enum place { COLLAPSE, PINNED, PFILE, SPLIT, UNSPLIT, MAPPING, FAULT, FALLBACK };

static char *at(enum place place)
{
	return BASE + place * ROOM;
}

static char *area(enum place place, size_t ranges, int fd)
{
	return mmap(at(place), ranges * HUGE, PROT_READ | PROT_WRITE,
		    (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_FIXED_NOREPLACE, fd, 0);
}

static void touch(char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

/* A reference of somebody else's on the page at @p, until the program ends */
static int pin(char *p)
{
	struct iovec iov = { p, PAGE };
	int pipes[2];

	return pipe(pipes) || vmsplice(pipes[1], &iov, 1, 0) != PAGE;
}

/* @ranges huge pages */
static char *collapsed(enum place place, size_t ranges)
{
	char *p = area(place, ranges, -1);

	touch(p, ranges * HUGE);
	for (size_t i = 0; i < ranges; i++)
		if (madvise(p + i * HUGE, HUGE, MADV_COLLAPSE))
			return NULL;
	return p;
}

static int work_collapse(void)
{
	char *p = collapsed(COLLAPSE, 7);

	/* 5 of these once more: nothing is to be done */
	for (int i = 0; i < 5; i++)
		if (madvise(p + i * HUGE, HUGE, MADV_COLLAPSE))
			return 1;
	return !p;
}

static int work_pinned(void)
{
	char *p = area(PINNED, 3, -1);

	touch(p, 3 * HUGE);
	for (int i = 0; i < 3; i++)
		if (pin(p + i * HUGE + 5 * PAGE) || !madvise(p + i * HUGE, HUGE, MADV_COLLAPSE))
			return 1;
	return 0;
}

static int work_file(void)
{
	int fd = memfd_create("mms-thp", 0);
	char *p;

	if (ftruncate(fd, 3 * HUGE))
		return 1;
	p = area(PFILE, 3, fd);
	touch(p, 3 * HUGE);
	for (int i = 0; i < 3; i++)
		if (madvise(p + i * HUGE, HUGE, MADV_COLLAPSE))
			return 1;
	return 0;
}

/* A page of each is made cold: the folio is split, and so is its mapping */
static int work_split(void)
{
	char *p = collapsed(SPLIT, 11);

	for (int i = 0; p && i < 11; i++)
		if (madvise(p + i * HUGE + 7 * PAGE, PAGE, MADV_COLD))
			return 1;
	return !p;
}

/* The same, but they cannot be split */
static int work_unsplit(void)
{
	char *p = collapsed(UNSPLIT, 5);

	for (int i = 0; p && i < 5; i++)
		if (pin(p + i * HUGE) || madvise(p + i * HUGE + 7 * PAGE, PAGE, MADV_COLD))
			return 1;
	return !p;
}

/* The rights of a page of each change: the mapping is split alone */
static int work_mapping(void)
{
	char *p = collapsed(MAPPING, 13);

	for (int i = 0; p && i < 13; i++)
		if (mprotect(p + i * HUGE + 7 * PAGE, PAGE, PROT_READ))
			return 1;
	return !p;
}

/* 3 written, 2 read, and one at each end of a VMA that is not a whole one */
static int work_fault(void)
{
	char *whole = area(FAULT, 7, -1), sum = 0;
	volatile char *p = whole;

	if (munmap(whole, PAGE) || munmap(whole + 7 * HUGE - PAGE, PAGE) ||
	    madvise(whole + PAGE, 7 * HUGE - 2 * PAGE, MADV_HUGEPAGE))
		return 1;
	for (int i = 1; i < 4; i++)
		p[i * HUGE + 3 * PAGE] = 1;
	for (int i = 4; i < 6; i++)
		sum += p[i * HUGE + 3 * PAGE];
	p[3 * PAGE] = 1;
	p[6 * HUGE + 3 * PAGE] = 1;
	return sum;
}

/* In a memory cgroup that has no room for one */
static int work_fallback(void)
{
	int fd = open(CGROUP "/cgroup.procs", O_WRONLY);
	char *p = area(FALLBACK, 7, -1);

	if (madvise(p, 7 * HUGE, MADV_HUGEPAGE) || write(fd, "0", 1) != 1)
		return 1;
	for (int i = 0; i < 7; i++)
		p[i * HUGE] = 1;
	return 0;
}

static int work_never(void)
{
	return work_collapse() || work_pinned() || work_file() || work_split() || work_unsplit() ||
	       work_mapping();
}

static int work_madvise(void)
{
	return work_fault() || work_fallback();
}

static const struct mms_workload workloads[] = {
	{ "never", work_never }, { "madvise", work_madvise }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ---------------------------------------------------------------------- */

static const char *const counters[] = {
	"thp_collapse_alloc", "thp_collapse_alloc_failed", "thp_split_page", "thp_split_page_failed",
	"thp_split_pmd", "thp_fault_alloc", "thp_fault_fallback", "thp_fault_fallback_charge",
};

#define NR_COUNTERS (sizeof(counters) / sizeof(*counters))

static void read_counters(long *ret)
{
	char line[128], name[64];
	FILE *f = fopen("/proc/vmstat", "r");
	long value;

	while (f && fgets(line, sizeof(line), f))
		for (size_t i = 0; sscanf(line, "%63s %ld", name, &value) == 2 && i < NR_COUNTERS; i++)
			if (!strcmp(name, counters[i]))
				ret[i] = value;
	if (f)
		fclose(f);
}

/* clang-format off */
FIXTURE(thp)
{
	char enabled[64];
	long before[NR_COUNTERS], after[NR_COUNTERS];
};
/* clang-format on */

FIXTURE_SETUP(thp)
{
	char text[64] = "";
	int fd = open(ENABLED, O_RDONLY);

	NEED_TOOL();
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || !strchr(text, '['))
		SKIP(return, "this kernel has no huge pages");
	close(fd);
	sscanf(strchr(text, '[') + 1, "%63[a-z]", self->enabled);
	ASSERT_EQ(0, file_write(ENABLED, "never"));
}

FIXTURE_TEARDOWN(thp)
{
	if (*self->enabled)
		file_write(ENABLED, self->enabled);
	for (int i = 0; !access(CGROUP, F_OK) && rmdir(CGROUP) && i < 50; i++)
		usleep(100000);
}

/* Events with this cause and result; of those in a place, one for each range there in turn */
static size_t count_of(const char *cause, const char *result)
{
	char buf[256];
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += !strcmp(mms_value(s.event[i], "cause", buf), cause) &&
		     !strcmp(mms_value(s.event[i], "result", buf), result);
	return n;
}

static size_t count_in(enum place place, size_t ranges, const char *cause, const char *result)
{
	char buf[256];
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++) {
		const char *line = s.event[i];

		n += !strcmp(mms_value(line, "cause", buf), cause) &&
		     !strcmp(mms_value(line, "result", buf), result) &&
		     mms_number(line, "address") == (uint64_t)at(place) + n % ranges * HUGE &&
		     mms_number(line, "pid") == mms_number(line, "target") &&
		     mms_number(line, "latency_ns") && mms_number(line, "order") == 9;
	}
	return n;
}

#define RUN(workload, options, all)							\
	read_counters(self->before);							\
	mms_trace(&s, "thp", options " -o +pid,order,new_order,pfn,of,none", workload);	\
	read_counters(self->after);							\
	if (s.events != (all) || s.status)						\
		mms_tell(&s);								\
	ASSERT_EQ(0, s.status);								\
	EXPECT_EQ(all, s.events);							\
	ASSERT_NE(NULL, s.end);								\
	EXPECT_EQ(0, mms_number(s.end, "lost"));					\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"))

#define COUNTED(name)									\
	({										\
		size_t i_ = 0;								\
		while (strcmp(counters[i_], name))					\
			i_++;								\
		self->after[i_] - self->before[i_];					\
	})

/* The splits of folios and those of mappings within them are of the same folios */
#define EXPECT_SAME_FOLIOS()								\
	for (size_t i = 0, inside = 0; i < s.events; i++) {				\
		char buf[256];								\
		if (!strcmp(mms_value(s.event[i], "cause", buf), "split-pmd"))		\
			inside = mms_number(s.event[i], "pfn");				\
		if (strcmp(mms_value(s.event[i], "cause", buf), "split"))		\
			continue;							\
		EXPECT_EQ(0, mms_number(s.event[i], "pfn") % 512);			\
		EXPECT_NE(0, mms_number(s.event[i], "pfn"));				\
		EXPECT_EQ(9, mms_number(s.event[i], "order"));				\
		EXPECT_STREQ("0", mms_value(s.event[i], "new_order", buf));		\
		EXPECT_STREQ("null", mms_value(s.event[i], "address", buf));		\
		if (!strcmp(mms_value(s.event[i], "result", buf), "succeeded"))		\
			EXPECT_EQ(inside, mms_number(s.event[i], "pfn"));		\
	}

TEST_F(thp, collapse_and_split)
{
	const size_t collapses = 7 + 11 + 5 + 13, all = collapses + 5 + 3 + 3 + 11 + 5 + 11 + 13;

	RUN("never", "", all);
	EXPECT_EQ(7, count_in(COLLAPSE, 7, "collapse", "succeeded"));
	EXPECT_EQ(5, count_in(COLLAPSE, 7, "collapse", "pmd-mapped"));
	EXPECT_EQ(11, count_in(SPLIT, 11, "collapse", "succeeded"));
	EXPECT_EQ(5, count_in(UNSPLIT, 5, "collapse", "succeeded"));
	EXPECT_EQ(13, count_in(MAPPING, 13, "collapse", "succeeded"));
	EXPECT_EQ(3, count_in(PINNED, 3, "collapse", "page-count"));
	EXPECT_EQ(3, count_in(PFILE, 3, "collapse-file", "succeeded"));
	EXPECT_EQ(collapses + 3, COUNTED("thp_collapse_alloc"));
	EXPECT_EQ(0, COUNTED("thp_collapse_alloc_failed"));

	EXPECT_EQ(11, count_of("split", "succeeded"));
	EXPECT_EQ(11, COUNTED("thp_split_page"));
	EXPECT_EQ(5, count_of("split", "pinned"));
	EXPECT_EQ(5, COUNTED("thp_split_page_failed"));
	EXPECT_EQ(11, count_in(SPLIT, 11, "split-pmd", "succeeded"));
	EXPECT_EQ(13, count_in(MAPPING, 13, "split-pmd", "succeeded"));
	EXPECT_EQ(11 + 13, COUNTED("thp_split_pmd"));
	EXPECT_SAME_FOLIOS();

	EXPECT_EQ(3, mms_count(&s, "of", "file"));
	EXPECT_EQ(all - 3, mms_count(&s, "of", "anon"));
	/* all of their PTEs had a page */
	EXPECT_EQ(collapses, mms_count(&s, "none", "0") - 5 - 3);
}

/* With huge pages on, khugepaged comes by, too: --cause leaves that out */
TEST_F(thp, faults)
{
	if (mkdir(CGROUP, 0755) || file_write(CGROUP "/memory.max", "1M"))
		SKIP(return, "no memory cgroup (v2)");
	ASSERT_EQ(0, file_write(ENABLED, "madvise"));
	RUN("madvise", "--cause fault", 5 + 7);
	EXPECT_EQ(3, count_of("fault", "succeeded"));
	EXPECT_EQ(3, COUNTED("thp_fault_alloc"));
	EXPECT_EQ(2, count_of("fault", "zero"));
	EXPECT_EQ(7, count_in(FALLBACK, 7, "fault", "fallback"));
	EXPECT_EQ(7, COUNTED("thp_fault_fallback"));
	EXPECT_EQ(7, COUNTED("thp_fault_fallback_charge"));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ((uint64_t)at(FAULT) + (i + 1) * HUGE, mms_number(s.event[i], "address"));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
