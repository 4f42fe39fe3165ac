// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope kernel --vmalloc against /proc/vmallocinfo, area by area, the sum of meminfo,
 * and the page tables of the areas; and while areas come and go.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"
#include "../lib/tracer.h"

#define TRIES	5	/* looks at what changes: until nothing did meanwhile */

/* an area, as the file and as the tool tell of it */
struct area {
	uint64_t start, end, phys, pages;
	char what[64], caller[128];
};

struct areas {
	int n;
	struct area area[16384];
};

static struct areas before, after, ours;
static char text[8 << 20];

static int by_start(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* the words of the file, in the order the tool has them */
static void take_words(struct area *a, char *rest)
{
	static const struct { const char *theirs, *ours; } words[] = {
		{ "ioremap", "ioremap" }, { "vmalloc", "vmalloc" }, { "vmap", "vmap" }, { "user", "user" }, { "dma-coherent", "dma" },
		{ "sparse", "sparse" }, { "vm_map_ram", "ram" }, { "unpurged", "lazy" },
	};
	bool has[8] = { 0 };
	char *save, *word = strtok_r(rest, " ", &save);

	/* the first word is who asked, unless there is nobody */
	if (word && strcmp(word, "vm_map_ram") && strcmp(word, "unpurged") && strchr(word, '+')) {
		snprintf(a->caller, sizeof(a->caller), "%.*s", (int)strcspn(word, "/"), word);
		word = strtok_r(NULL, " ", &save);
	}
	for (; word; word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "pages=", 6))
			a->pages = strtoull(word + 6, NULL, 10);
		else if (!strncmp(word, "phys=", 5))
			a->phys = strtoull(word + 5, NULL, 16);
		for (int i = 0; i < 8; i++)
			has[i] |= !strcmp(word, words[i].theirs);
	}
	for (int i = 0; i < 8; i++)
		if (has[i])
			sprintf(a->what + strlen(a->what), "%s%s", *a->what ? "," : "", words[i].ours);
}

static void vmallocinfo(struct areas *ret)
{
	char *file = file_text("/proc/vmallocinfo", NULL), *save;
	int at;

	ret->n = 0;
	for (char *line = file ? strtok_r(file, "\n", &save) : NULL; line && ret->n < 16384; line = strtok_r(NULL, "\n", &save)) {
		struct area *a = &ret->area[ret->n];

		memset(a, 0, sizeof(*a));
		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64 " %*d%n", &a->start, &a->end, &at) != 2)
			continue;
		take_words(a, line + at);
		ret->n++;
	}
	qsort(ret->area, ret->n, sizeof(*ret->area), by_start);
	free(file);
}

/* 0, or the exit status; the areas as the tool has them, and how many lists have raced */
static int look(struct areas *ret, int *ret_raced)
{
	int status = mms_tool(text, sizeof(text), "kernel --vmalloc --json | jq -r '.totals.raced, "
			      "(.rows[] | \"\\(.start) \\(.end) \\(.pages) \\(.phys) \\(.what) \\(.caller)\")'");
	char *save, *line = status ? NULL : strtok_r(text, "\n", &save);

	ret->n = 0;
	*ret_raced = line ? atoi(line) : 0;
	while (line && (line = strtok_r(NULL, "\n", &save)) && ret->n < 16384) {
		struct area *a = &ret->area[ret->n];
		char phys[32];

		memset(a, 0, sizeof(*a));
		/* of a module's function its name is enough */
		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNu64 " %31s %63s %127s", &a->start, &a->end, &a->pages, phys, a->what,
			   a->caller) != 6)
			return -1;
		a->phys = strtoull(phys, NULL, 16);
		if (!strcmp(a->caller, "null"))
			*a->caller = 0;
		/* what is being made is not in the file yet */
		ret->n += !strstr(a->what, "uninit");
	}
	return status;
}

static bool same(const struct area *a, const struct area *b)
{
	return a->start == b->start && a->end == b->end && a->pages == b->pages && a->phys == b->phys && !strcmp(a->what, b->what) &&
	       !strcmp(a->caller, b->caller);
}

static bool has(const struct areas *areas, const struct area *a)
{
	const struct area *found = bsearch(a, areas->area, areas->n, sizeof(*a), by_start);

	return found && same(found, a);
}

FIXTURE(vmalloc)
{
	int unused;
};

FIXTURE_SETUP(vmalloc)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
}

FIXTURE_TEARDOWN(vmalloc)
{
}

/*
 * What is in the file before and after must be in ours, and what of ours is in neither
 * came and went meanwhile: the tool's own programs and maps are such, and each of their
 * areas goes by the next look. So it is tried until only few are.
 */
TEST_F(vmalloc, areas_as_in_vmallocinfo)
{
	int bad = 1, lost = 0, said = 0, seen = 0, raced;

	for (int i = 0; i < TRIES && bad; i++) {
		bad = seen = lost = 0;
		vmallocinfo(&before);
		ASSERT_EQ(0, look(&ours, &raced)) TH_LOG("%s", text);
		vmallocinfo(&after);
		for (int j = 0; j < before.n; j++) {
			const struct area *a = &before.area[j];

			if (!has(&after, a))
				continue;
			seen++;
			if (has(&ours, a))
				continue;
			bad++;
			if (i == TRIES - 1)
				DIFFER(said, "%#" PRIx64 "-%#" PRIx64 " %s %s, %" PRIu64 " pages: not told of, or otherwise", a->start,
				       a->end, a->caller, a->what, a->pages);
		}
		for (int j = 0; j < ours.n; j++)
			lost += !has(&before, &ours.area[j]) && !has(&after, &ours.area[j]) && !strstr(ours.area[j].what, "lazy");
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(100, seen);
	EXPECT_LE(lost, 64) TH_LOG("%d areas are in the file neither before nor after", lost);
}

/* In order, none twice, none over another */
TEST_F(vmalloc, areas_do_not_overlap)
{
	int bad = 0, raced;

	ASSERT_EQ(0, look(&ours, &raced)) TH_LOG("%s", text);
	for (int i = 1; i < ours.n; i++) {
		const struct area *a = &ours.area[i - 1], *b = &ours.area[i];

		/* one may have been given back while its list was walked, and be on the other one, too */
		if (a->end > b->start && !strstr(a->what, "lazy") && !strstr(b->what, "lazy"))
			DIFFER(bad, "%#" PRIx64 "-%#" PRIx64 " and %#" PRIx64 "-%#" PRIx64, a->start, a->end, b->start, b->end);
	}
	EXPECT_EQ(0, bad);
}

static uint64_t vmalloc_used(void)
{
	char *meminfo = file_text("/proc/meminfo", NULL);
	uint64_t bytes = text_number(meminfo, "VmallocUsed", 0) * 1024;

	free(meminfo);
	return bytes;
}

static uint64_t low, high;
static int listed;

static void list(void)
{
	low = vmalloc_used();
	listed = mms_tool(text, sizeof(text), "kernel --vmalloc --json");
	high = vmalloc_used();
}

/*
 * The tool's own maps are counted while it looks: some of it is forgiven, and must be ours. The
 * first program that the kernel translates is given 2 MiB for each node, with others to come: there
 * is a program while it is counted.
 */
TEST_F(vmalloc, sum_is_that_of_meminfo)
{
	static struct mms_said s;
	uint64_t sum = 0;
	char *p;

	NEED_TOOL();
	mms_trace_while(&s, "compact", "", list);
	ASSERT_EQ(0, s.status);
	ASSERT_EQ(0, listed) TH_LOG("%s", text);
	p = strstr(text, "\"totals\"");
	ASSERT_NE(NULL, p);
	p = strstr(p, "\"vmalloc_bytes\":");
	ASSERT_NE(NULL, p);
	sum = strtoull(p + 16, NULL, 10);
	/* its map of 8192 areas, its stack, its program */
	EXPECT_LE((low < high ? low : high), sum + (1 << 20));
	EXPECT_GE((low > high ? low : high) + (2 << 20), sum);
}

/* The first frame of an area is what the kernel's page tables have there. */
TEST_F(vmalloc, first_frame_as_mapped)
{
	uint64_t start, pfn, bad = 0, seen = 0;
	struct mms_query q = { .pid = getpid(), .flags = MMS_Q_KERNEL | MMS_Q_NO_FOLIO };
	struct mms_stream s;
	char *save;

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "kernel --vmalloc -n -r -o start,pfn"));
	for (char *line = strtok_r(text, "\n", &save); line && seen < 211; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%" SCNx64 " 0x%" SCNx64, &start, &pfn) != 2)
			continue;
		q.start = start;
		q.end = start + PAGE;
		if (mms_get("pgtable", &q, &s) || !s.rows) {
			mms_free(&s);	/* gone by now, as the tool's own are */
			continue;
		}
		const struct mms_pgtable_rec *r = s.row[0];

		seen++;
		/* in a huge leaf of its area */
		if (r->pfn + (start - r->start) / PAGE != pfn)
			DIFFER(bad, "%#" PRIx64 ": frame %#" PRIx64 ", the entry says %#llx at level %u", start, pfn, r->pfn, r->level);
		mms_free(&s);
	}
	EXPECT_LE(bad, 3) TH_LOG("only what came and went at the same place may differ");
	EXPECT_LT(50, seen);
}

/* Threads of the kernel's stacks come and go: forks, as fast as they go */
static _Noreturn void forks(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t kid[31];

		for (int i = 0; i < 31; i++) {
			kid[i] = fork();
			if (!kid[i])
				_exit(0);
		}
		for (int i = 0; i < 31; i++)
			waitpid(kid[i], NULL, 0);
	}
}

TEST_F(vmalloc, while_areas_come_and_go)
{
	pid_t kid = fork();
	int missing = 0, said = 0, raced = 0, now;

	if (!kid)
		forks();
	for (int i = 0; i < 3; i++) {
		vmallocinfo(&before);
		ASSERT_EQ(0, look(&ours, &now)) TH_LOG("%s", text);
		vmallocinfo(&after);
		raced += now;
		for (int j = 1; j < ours.n; j++)
			EXPECT_LE(ours.area[j - 1].start, ours.area[j].start);
		/* stacks are kept for the next thread: those are not followed. What stays is all there */
		for (int j = 0; j < before.n; j++) {
			const struct area *a = &before.area[j];

			if (strstr(a->what, "lazy") || strstr(a->caller, "kernel_clone") || !has(&after, a) || has(&ours, a))
				continue;
			missing++;
			DIFFER(said, "%#" PRIx64 " %s %s", a->start, a->caller, a->what);
		}
	}
	kill(kid, SIGKILL);
	waitpid(kid, NULL, 0);
	/* a list that changed each time it was walked says so, and may lack some */
	if (!raced)
		EXPECT_EQ(0, missing);
	TH_LOG("%d lists had raced", raced);
}

/* What is saved is shown again as it was, also what the names were */
TEST_F(vmalloc, is_saved)
{
	static char again[8 << 20];

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "kernel --vmalloc --save /run/mms-vmalloc --json | jq -c '.rows, .totals'")) TH_LOG("%s", text);
	ASSERT_EQ(0, mms_tool(again, sizeof(again), "kernel --vmalloc --from /run/mms-vmalloc --json | jq -c '.rows, .totals'")) TH_LOG("%s", again);
	EXPECT_EQ(0, strcmp(text, again)) TH_LOG("%.200s\n%.200s", text, again);
	/* and is no stream of the view */
	EXPECT_NE(0, mms_tool(again, sizeof(again), "kernel --from /run/mms-vmalloc"));
	unlink("/run/mms-vmalloc");
}

TEST_F(vmalloc, refuses)
{
	int status;

	EXPECT_EQ(2, mms_tool(text, sizeof(text), "kernel --vmalloc --source procfs"));
	EXPECT_EQ(2, mms_tool(text, sizeof(text), "kernel --vmalloc -s no_such_column"));
	EXPECT_EQ(2, mms_tool(text, sizeof(text), "kernel --vmalloc -o no_such_column"));
	if (!fork()) {
		if (mms_be_nobody())
			_exit(1);
		if (mms_tool(text, sizeof(text), "kernel --vmalloc") != 4)
			_exit(2);
		_exit(strstr(text, "CAP_BPF") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	/* addresses as they are in the file, to who has CAP_SYSLOG */
	file_write("/proc/sys/kernel/kptr_restrict", "1");
	return test_harness_run(argc, argv);
}
