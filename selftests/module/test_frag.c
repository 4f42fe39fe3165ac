// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope frag, against the kernel's own indices (debugfs, extfrag/) and buddyinfo: on idle
 * memory, and on memory that this program has left no block of a huge page's size in.
 *
 * Somebody always allocates a page: what is compared is read until the files say the same
 * before and after the command; where they never do, as on a kernel that keeps records of all
 * memory, it may be off by what they differ. What the command itself and its shell take while they
 * run, a few MiB, is free then: of so many pages the indices may be off.
 */
#include <linux/mempolicy.h>
#include <math.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define TEXT (1 << 16)
#define ORDERS 11
#define ZONES 32
#define TRIES 31
#define COMMAND_PAGES 1024.0
#define MIB (1UL << 20)
#define HUGE (2 * MIB)
#define THP "/sys/kernel/mm/transparent_hugepage/"
#define PROACTIVE "/proc/sys/vm/compaction_proactiveness"
#define EXTFRAG "/sys/kernel/debug/extfrag/"

struct zone {
	int node;
	char name[16];
	double of[ORDERS];
};

/* lines "Node 0, zone DMA32 A B C ..." of a file; how many */
static int zones_of(const char *text, struct zone *zone)
{
	int n = 0, at, len;

	for (const char *p = text; p && *p && n < ZONES; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (sscanf(p, "Node %d, zone %15s%n", &zone[n].node, zone[n].name, &at) != 2)
			continue;
		for (int o = 0; o < ORDERS; o++, at += len)
			if (sscanf(p + at, "%lf%n", &zone[n].of[o], &len) != 1)
				len = 0;
		n++;
	}
	return n;
}

/* a zone's value for an order; NAN if there is no such zone */
static double value_of(const struct zone *zone, int n, int node, const char *name, int order)
{
	for (int i = 0; i < n; i++)
		if (zone[i].node == node && !strcmp(zone[i].name, name))
			return zone[i].of[order];
	return NAN;
}

struct files {
	struct zone index[ZONES], unusable[ZONES], buddy[ZONES];
	int ni, nu, nb;
};

static int zones_in(const char *path, struct zone *zone)
{
	char *text = file_text(path, NULL);
	int n = zones_of(text, zone);

	free(text);
	return n;
}

static int files_read(struct files *f)
{
	memset(f, 0, sizeof(*f));
	f->ni = zones_in(EXTFRAG "extfrag_index", f->index);
	f->nu = zones_in(EXTFRAG "unusable_index", f->unusable);
	f->nb = zones_in("/proc/buddyinfo", f->buddy);
	return f->ni && f->nu && f->nb;
}

/* the command's rows and what the files said before and after it, the same if they ever do; 0: one cannot be read */
static int read_still(char *text, struct files *ret_before, struct files *ret_after, const char *options)
{
	for (int i = 0; i < TRIES; i++) {
		if (!files_read(ret_before) || mms_tool(text, TEXT, "frag --json %s", options) || !files_read(ret_after))
			return 0;
		if (!memcmp(ret_before, ret_after, sizeof(*ret_before)))
			return 1;
		usleep(10000);
	}
	return 1;
}

/* @mine is as far from the kernel's as it may be: @off, and what it changed by meanwhile */
static bool is_near(double mine, double before, double after, double off)
{
	return fabs(mine - before) < off + fabs(after - before);
}

/* the largest order that buddyinfo has a block of; -1 for none */
static int largest_of(const struct zone *buddy, int n, int node, const char *name)
{
	for (int o = ORDERS - 1; o >= 0; o--)
		if (value_of(buddy, n, node, name, o) > 0)
			return o;
	return -1;
}

/* every row of --list; how many zones and orders were compared. *ret_worst: the largest unusable index */
static int compare(struct __test_metadata *_metadata, double *ret_worst)
{
	static struct files before, after;
	static char text[TEXT];
	int rows = 0;

	*ret_worst = 0;
	if (!read_still(text, &before, &after, "--list"))
		return 0;
	for (char *at = strstr(text, "{\"node\":"); at; at = strstr(at + 1, "{\"node\":")) {
		double mine, useless, off, was, is;
		long long free_pages, suitable;
		int node, order, largest;
		char name[16];

		if (sscanf(at, "{\"node\":%d,\"zone\":\"%15[^\"]\",\"order\":%d,\"free_pages\":%lld,\"suitable\":%lld,\"largest\":%d,"
			   "\"index\":%lf,\"unusable\":%lf", &node, name, &order, &free_pages, &suitable, &largest, &mine,
			   &useless) != 8)
			continue;
		rows++;
		/* three digits on both sides, of which the last is cut or rounded */
		off = 0.0011 + COMMAND_PAGES / (free_pages + 1);
		was = value_of(before.index, before.ni, node, name, order);
		is = value_of(after.index, after.ni, node, name, order);
		EXPECT_TRUE(is_near(mine, was, is, off)) {
			TH_LOG("node %d %s order %d: index %.3f, the kernel's %.3f to %.3f", node, name, order, mine, was, is);
		}
		was = value_of(before.unusable, before.nu, node, name, order);
		is = value_of(after.unusable, after.nu, node, name, order);
		EXPECT_TRUE(is_near(useless, was, is, off)) {
			TH_LOG("node %d %s order %d: unusable %.3f, the kernel's %.3f to %.3f", node, name, order, useless, was, is);
		}
		EXPECT_TRUE(largest_of(before.buddy, before.nb, node, name) >= largest ||
			    largest_of(after.buddy, after.nb, node, name) >= largest) {
			TH_LOG("node %d %s: there is no block of order %d", node, name, largest);
		}
		*ret_worst = useless > *ret_worst && strcmp(name, "DMA") ? useless : *ret_worst;
	}
	return rows;
}

/*
 * The last node without large blocks: small pages first, then huge pages as long as there are any,
 * then every second of the small ones is given back, and what huge pages are left are taken.
 */
struct pieces {
	char *small, *huge;
	size_t small_size, huge_size;
};

static void take_huge(char *p, size_t size)
{
	madvise(p, size, MADV_HUGEPAGE);
	for (size_t at = 0; at < size; at += HUGE)
		p[at] = 1;
}

/* have this process's memory on the last node with any; bytes that are free there */
static size_t bind_to_node(int *ret_node)
{
	unsigned long mask;
	size_t kib;

	for (int node = 7; node >= 0; node--) {
		char path[64], *meminfo, *at;

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
		meminfo = file_text(path, NULL);
		at = meminfo ? strstr(meminfo, "MemFree:") : NULL;
		kib = at ? strtoul(at + 8, NULL, 10) : 0;
		free(meminfo);
		mask = 1UL << node;
		*ret_node = node;
		if (kib > 512 << 10)
			return syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64UL) ? 0 : kib << 10;
	}
	return 0;
}

/* blocks of the node that a huge page could be made of */
static size_t huge_blocks(int node)
{
	char *text = file_text("/proc/buddyinfo", NULL), *line, *rest = text, zone[16];
	size_t blocks = 0, n;
	int at, of;

	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "Node %d, zone %15s%n", &of, zone, &at) == 2 && of == node)
			for (int order = 0, len; sscanf(line + at, "%zu%n", &n, &len) == 1; order++, at += len)
				blocks += order >= 9 ? n << (order - 9) : 0;
	free(text);
	return blocks;
}

static int break_up(struct pieces *p)
{
	int node;
	size_t available = bind_to_node(&node), taken, more;

	p->small_size = 256 * MIB;
	p->huge_size = 2 * available;
	p->small = mmap(NULL, p->small_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	p->huge = mmap(NULL, p->huge_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (available < 512 * MIB || p->small == MAP_FAILED || p->huge == MAP_FAILED)
		return 0;
	p->huge = (char *)(((uintptr_t)p->huge + HUGE - 1) & -HUGE);
	p->huge_size -= HUGE;
	madvise(p->small, p->small_size, MADV_NOHUGEPAGE);
	if (madvise(p->small, p->small_size, MADV_POPULATE_WRITE))
		return 0;
	taken = available - p->small_size - 64 * MIB;
	take_huge(p->huge, taken);
	for (size_t at = 0; at < p->small_size; at += 2 * PAGE)
		madvise(p->small + at, PAGE, MADV_DONTNEED);
	/*
	 * What large blocks are left, and come back from caches and CPUs' lists meanwhile. Where
	 * there is no huge page left, one that is asked for takes a small page.
	 */
	for (int i = 0; i < 100 && (more = huge_blocks(node)) && taken + more * HUGE <= p->huge_size; i++) {
		take_huge(p->huge + taken, more * HUGE);
		taken += more * HUGE;
	}
	return 1;
}

static void put_back(struct pieces *p)
{
	munmap(p->small, p->small_size);
	munmap(p->huge, p->huge_size);
}

TEST(idle)
{
	double worst;
	int rows;

	if (access(EXTFRAG "extfrag_index", R_OK))
		SKIP(return, "the kernel has no " EXTFRAG ": it needs CONFIG_COMPACTION and CONFIG_DEBUG_FS");
	rows = compare(_metadata, &worst);
	EXPECT_EQ(0, rows % ORDERS);
	EXPECT_LE(2 * ORDERS, rows);
}

TEST(in_pieces)
{
	char enabled[64] = "", defrag[64] = "", *text;
	struct pieces p;
	double worst;
	int made;

	if (access(EXTFRAG "extfrag_index", R_OK) || access(THP "defrag", W_OK))
		SKIP(return, "the kernel has no " EXTFRAG ", or no huge pages to use up large blocks with");
	/* a huge page is taken where there is one, and not made by compaction */
	text = file_text(THP "defrag", NULL);
	sscanf(strchr(text, '[') + 1, "%63[^]]", defrag);
	free(text);
	text = file_text(THP "enabled", NULL);
	sscanf(strchr(text, '[') + 1, "%63[^]]", enabled);
	free(text);
	file_write(THP "defrag", "never");
	file_write(THP "enabled", "madvise");
	/* nor does kcompactd put the pieces together again */
	text = file_text(PROACTIVE, NULL);
	file_write(PROACTIVE, "0");
	made = break_up(&p);
	if (made) {
		EXPECT_LE(2 * ORDERS, compare(_metadata, &worst));
		/* that memory was in pieces at all */
		EXPECT_LT(0.5, worst);
		put_back(&p);
	}
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0UL);
	file_write(THP "defrag", defrag);
	file_write(THP "enabled", enabled);
	file_write(PROACTIVE, text ? text : "20");
	free(text);
	if (!made)
		SKIP(return, "no node has half a GiB free");
}

TEST(says_why)
{
	static char text[TEXT];

	ASSERT_EQ(0, mms_tool(text, sizeof(text), "frag --order 9 --json")) { TH_LOG("%s", text); }
	EXPECT_NE(NULL, strstr(text, "\"order\":9,"));
	EXPECT_EQ(NULL, strstr(text, "\"order\":8,"));
	ASSERT_EQ(0, mms_tool(text, sizeof(text), "frag --order 11 --json"));
	EXPECT_NE(NULL, strstr(text, "the page allocator has no such order"));
	EXPECT_EQ(NULL, strstr(text, "\"succeeds\":true"));
	EXPECT_EQ(2, mms_tool(text, sizeof(text), "frag --order 64"));
}

MMS_TEST_MAIN
