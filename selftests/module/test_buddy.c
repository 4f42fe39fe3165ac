// SPDX-License-Identifier: GPL-2.0-only
/* buddy and blocks, against buddyinfo, pagetypeinfo and kpageflags; and walks that lose their place. */
#include <sys/mman.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"

#define ORDERS 16
#define TRIES 30	/* looks at what changes: until nothing did meanwhile */

static const char *const type_names[] = {
#define MMS_X(id, name, text) [id] = #name,
	MMS_MIGRATE_TYPES(MMS_X)
#undef MMS_X
};

static uint64_t blocks_of(const struct mms_stream *s, int node, int zone, int order, int type)
{
	uint64_t blocks = 0;

	ROWS(mms_buddy_rec, r, s)
		if (r->node == node && r->zone == zone && r->order == order && (type < 0 || r->type == type))
			blocks += r->blocks;
	return blocks;
}

/* What a line of numbers by order says, against the rows; rows that it has none of are 0. */
static int compare_line(struct __test_metadata *_metadata, const struct mms_stream *s, int node, int zone, int type, const char *p,
			uint64_t *ret_blocks, bool say)
{
	int bad = 0, said = 0;
	char *end;

	for (int order = 0; order < ORDERS; order++, p = end) {
		uint64_t theirs = strtoull(p, &end, 10), ours = blocks_of(s, node, zone, order, type);

		if (end == p)
			break;
		*ret_blocks += theirs;
		bad += ours != theirs;
		if (say && ours != theirs)
			DIFFER(said, "node %d zone %d order %d type %d: %" PRIu64 ", the file %" PRIu64,
			       node, zone, order, type, ours, theirs);
	}
	return bad;
}

static int compare_file(struct __test_metadata *_metadata, const char *text, bool types, const struct mms_stream *s, bool say)
{
	uint64_t there = 0, here = 0;
	int bad = 0;

	for (const char *p = text; p && *p; p = strchr(p, '\n'), p += !!p) {
		char zone[32], type[32] = "";
		int node, at = 0, t = -1;

		if (types ? sscanf(p, "Node %d, zone %31[^,], type %31s%n", &node, zone, type, &at) != 3 :
			    sscanf(p, "Node %d, zone %31s%n", &node, zone, &at) != 2)
			continue;
		for (size_t i = 0; types && i < sizeof(type_names) / sizeof(*type_names); i++)
			if (!strcasecmp(type, type_names[i]))
				t = i;
		bad += compare_line(_metadata, s, node, zone_number(node, zone + strspn(zone, " ")), t, p + at, &there, say);
	}
	ROWS(mms_buddy_rec, r, s)
		here += r->blocks;
	return bad + (here != there);
}

/* The file before and after: if it is the same, so must be what was read in between. */
static void compare_buddy(struct __test_metadata *_metadata, const char *path, bool types)
{
	bool same = false;
	int bad = 1;

	for (int i = 0; i < TRIES && bad; i++) {
		char *before = file_text(path, NULL), *after;
		struct mms_stream s;

		LOOK("buddy", &s);
		after = file_text(path, NULL);
		if (!strcmp(before, after)) {
			same = true;
			bad = compare_file(_metadata, after, types, &s, i == TRIES - 1);
		}
		free(before);
		free(after);
		mms_free(&s);
	}
	if (!same)
		SKIP(return, "free memory does not hold still for two reads of %s", path);
	EXPECT_EQ(0, bad);
}

TEST(blocks_by_order_as_in_buddyinfo)
{
	compare_buddy(_metadata, "/proc/buddyinfo", false);
}

TEST(blocks_by_type_as_in_pagetypeinfo)
{
	compare_buddy(_metadata, "/proc/pagetypeinfo", true);
}

#define PCP_LIST 4096

/* What CPUs keep of a zone and order, of all types */
static uint64_t pcp_blocks_of(const struct mms_stream *s, const struct mms_buddy_rec *of)
{
	uint64_t blocks = 0;

	ROWS(mms_buddy_rec, r, s)
		if (r->node == of->node && r->zone == of->zone && r->order == of->order)
			blocks += r->pcp_blocks;
	return blocks;
}

/* Rows are consistent, and one list is one row */
TEST(buddy_rows)
{
	struct mms_stream s;
	int orders = 0;

	LOOK("buddy", &s);
	EXPECT_LT(0, s.rows);
	for (size_t i = 0; i < s.rows; i++) {
		const struct mms_buddy_rec *r = s.row[i];

		EXPECT_EQ(r->blocks << r->order, r->pages);
		EXPECT_LT(r->type, MMS_NR_MIGRATE_TYPES);
		EXPECT_TRUE(r->blocks || r->pcp_blocks);
		EXPECT_EQ(!!r->blocks, !!r->holds);
		/* of a CPU's list so many are counted at most, as its lock is held meanwhile */
		EXPECT_TRUE(!(r->rec.flags & MMS_RF_PARTIAL) || pcp_blocks_of(&s, r) >= PCP_LIST);
		orders |= 1 << r->order;
		for (size_t j = 0; j < i; j++) {
			const struct mms_buddy_rec *o = s.row[j];

			EXPECT_FALSE(o->node == r->node && o->zone == r->zone && o->order == r->order && o->type == r->type);
		}
	}
	EXPECT_EQ(0, s.end.flags & (MMS_END_RESTARTED | MMS_END_CAPPED));
	EXPECT_LT(0, s.end.max_hold_ns);
	EXPECT_TRUE(orders & 1 << 10);
	mms_free(&s);
}

static uint64_t pcp_of(const struct mms_stream *s, int node, int zone)
{
	uint64_t pages = 0;

	ROWS(mms_zones_rec, r, s)
		if (r->row == MMS_ZONE_ROW_cpu && r->node == node && r->zone == zone)
			pages += r->pcp;
	return pages;
}

/* What CPUs keep, counted block by block, is what their counters say: while these hold still */
TEST(lists_of_cpus_as_their_counts)
{
	bool same = false, right = false;

	for (int i = 0; i < TRIES && !right; i++) {
		struct mms_stream before, s, after;

		LOOK("zones", &before);
		LOOK("buddy", &s);
		LOOK("zones", &after);
		same = right = true;
		ROWS(mms_zones_rec, z, &after) {
			uint64_t blocks = 0, pages = pcp_of(&after, z->node, z->zone);
			bool partial = false;

			if (z->row != MMS_ZONE_ROW_zone)
				continue;
			ROWS(mms_buddy_rec, r, &s)
				if (r->node == z->node && r->zone == z->zone) {
					blocks += r->pcp_blocks << r->order;
					partial |= r->rec.flags & MMS_RF_PARTIAL;
				}
			same = same && pcp_of(&before, z->node, z->zone) == pages;
			right = right && (partial ? blocks < pages : blocks == pages);
		}
		mms_free(&before);
		mms_free(&s);
		mms_free(&after);
	}
	if (!same && !right)
		SKIP(return, "the lists of CPUs do not hold still");
	EXPECT_TRUE(right);
}

/* ---- blocks against kpageflags -------------------------------------------- */

#define FREE_A 1
#define FREE_B 2
#define FREE_KPF 4

static void mark(struct __test_metadata *_metadata, unsigned char *frame, size_t frames, unsigned char bit)
{
	struct mms_stream s;

	LOOK("blocks", &s);
	ROWS(mms_blocks_rec, r, &s) {
		ASSERT_LE(r->pfn + (1ULL << r->order), frames);
		EXPECT_EQ(0, r->pfn & ((1ULL << r->order) - 1));
		for (uint64_t i = 0; i < 1ULL << r->order; i++) {
			EXPECT_EQ(0, frame[r->pfn + i] & bit) { TH_LOG("%#llx is in two blocks", r->pfn + i); }
			frame[r->pfn + i] |= bit;
		}
	}
	EXPECT_EQ(0, s.end.flags & (MMS_END_RESTARTED | MMS_END_CAPPED));
	mms_free(&s);
}

static size_t all_frames(void)
{
	struct mms_stream s;
	uint64_t end = 0;

	if (mms_look("zones", &s))
		return 0;
	ROWS(mms_zones_rec, r, &s)
		if (r->row == MMS_ZONE_ROW_zone && r->present && r->start_pfn + r->spanned > end)
			end = r->start_pfn + r->spanned;
	mms_free(&s);
	return end;
}

static void mark_kpageflags(unsigned char *frame, size_t frames)
{
	static uint64_t words[64 * 1024];
	int fd = open("/proc/kpageflags", O_RDONLY);
	size_t at = 0;
	ssize_t n;

	while (at < frames && (n = read(fd, words, sizeof(words))) > 0)
		for (size_t i = 0; i < n / sizeof(*words) && at < frames; i++, at++)
			if (words[i] & BIT(KPF_BUDDY))
				frame[at] |= FREE_KPF;
	close(fd);
}

/*
 * The blocks before and after a look at kpageflags: a frame that is free both
 * times, or neither, must be so there. What changes in between is not compared;
 * a frame may come and go meanwhile, so it is tried again.
 */
static void compare_kpageflags(struct __test_metadata *_metadata, size_t least)
{
	size_t frames = all_frames(), bad = 1, held = 0;
	unsigned char *frame = malloc(frames);
	int said = 0;

	ASSERT_LT(0, frames);
	for (int i = 0; i < TRIES && bad; i++) {
		memset(frame, 0, frames);
		mark(_metadata, frame, frames, FREE_A);
		mark_kpageflags(frame, frames);
		mark(_metadata, frame, frames, FREE_B);
		bad = held = 0;
		for (size_t pfn = 0; pfn < frames; pfn++) {
			unsigned int both = frame[pfn] & (FREE_A | FREE_B);

			held += both == (FREE_A | FREE_B);
			if ((both == (FREE_A | FREE_B)) == !!(frame[pfn] & FREE_KPF) || both == FREE_A || both == FREE_B)
				continue;
			bad++;
			if (i == TRIES - 1)
				DIFFER(said, "%#zx: %s kpageflags", pfn, both ? "free, but not in" : "not free, but in");
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(least, held);
	free(frame);
}

TEST(every_block_as_in_kpageflags)
{
	compare_kpageflags(_metadata, all_frames() / 10);
}

/* ---- memory in pieces -------------------------------------------------------- */

#define PIECES 40009	/* every second page of memory goes back: so many free blocks of order 0 */

/* the highest node: its lists come last. MPOL_BIND, mbind(2) */
static int last_node(void)
{
	int node = 0;
	char path[64];

	do
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", ++node);
	while (!access(path, F_OK));
	return node - 1;
}

/* 2 * PIECES small pages of a node, by a process of its own that gives back what it is told to */
static char *pieces_make(int node)
{
	unsigned long nodes = 1UL << node;
	char *p = mmap(NULL, 2 * PIECES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, 2 * PIECES * PAGE, MADV_NOHUGEPAGE);
	syscall(SYS_mbind, p, 2 * PIECES * PAGE, 2, &nodes, 64, 0);
	for (size_t i = 0; i < 2 * PIECES; i++)
		p[i * PAGE] = 1;
	return p;
}

/*
 * What is given back goes to the zone, but for a few pages: newer kernels let a CPU keep
 * ten thousands. "0" is as it was.
 */
static void cpus_keep(const char *fraction)
{
	file_write("/proc/sys/vm/percpu_pagelist_high_fraction", fraction);
}

static void pieces_free(char *p, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		madvise(p + 2 * i * PAGE, PAGE, MADV_DONTNEED);
}

static void pieces_take(char *p, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		p[2 * i * PAGE] = 1;
}

/* blocks of order 0 on the node, and how often its locks were taken for the longest list */
static uint64_t small_blocks(const struct mms_stream *s, int node, unsigned int *ret_holds)
{
	uint64_t blocks = 0;

	*ret_holds = 0;
	ROWS(mms_buddy_rec, r, s) {
		if (r->node != node || r->order)
			continue;
		blocks += r->blocks;
		if (r->holds > *ret_holds)
			*ret_holds = r->holds;
	}
	return blocks;
}

/* A list of many thousand blocks is walked in pieces; all of it is counted all the same. */
TEST(memory_in_pieces)
{
	const int node = last_node();
	char *p = pieces_make(node);
	struct mms_stream s;
	unsigned int holds;

	ASSERT_NE(NULL, p);
	cpus_keep("1000000");
	pieces_free(p, 0, PIECES);
	LOOK("buddy", &s);
	/* a CPU's lists may have some, and some may be from another node if this one was full */
	EXPECT_LE(PIECES * 9 / 10, small_blocks(&s, node, &holds));
	EXPECT_LE(PIECES * 9 / 10 / 1024, holds);
	EXPECT_EQ(MMS_END_PIECES, s.end.flags & (MMS_END_PIECES | MMS_END_RESTARTED | MMS_END_CAPPED));
	mms_free(&s);
	compare_buddy(_metadata, "/proc/buddyinfo", false);
	compare_buddy(_metadata, "/proc/pagetypeinfo", true);
	compare_kpageflags(_metadata, 10000);
	munmap(p, 2 * PIECES * PAGE);
	cpus_keep("0");
}

struct torn {
	uint32_t rows, raced, flags;
	int changes;
};

/* what came of a stream: its rows, those that raced, and what its END says */
static void count_torn(const unsigned char *data, size_t len, struct torn *ret)
{
	struct mms_header h;

	memcpy(&h, data, sizeof(h));
	for (size_t at = h.header_size; at + h.record_size <= len; at += h.record_size) {
		const struct mms_end *end = (void *)(data + at);

		if (end->rec.type == MMS_REC_END)
			ret->flags = end->flags;
		else if (end->rec.type == MMS_REC_ROW)
			ret->rows++;
		ret->raced += end->rec.type == MMS_REC_ROW && end->rec.flags & MMS_RF_RACED;
	}
}

/* the last row that is there whole */
static const struct mms_blocks_rec *last_row(const unsigned char *data, size_t len)
{
	struct mms_header h;
	size_t rows;

	memcpy(&h, data, sizeof(h));
	rows = (len - h.header_size) / h.record_size;
	return rows ? (void *)(data + h.header_size + (rows - 1) * h.record_size) : NULL;
}

/*
 * Reads blocks a buffer at a time, of which the module has one, too. Each time the walk
 * stands in the list of order 0 of their zone, all of the pieces that are free are taken and
 * as many others given back: where it stood is gone then. At most @most times.
 */
static int read_torn(char *p, int most, struct torn *ret)
{
	struct mms_query q = { .size = sizeof(q) };
	int fd = mms_open("blocks"), half = PIECES / 2, turn = 0, zone, node;
	static unsigned char data[64 << 20];
	size_t len = 0;
	uint64_t entry;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	/* where the pieces are: most, as the first one is */
	pagemap_read(getpid(), (uintptr_t)p, 1, &entry);
	zone = zone_of(PM_PFN(entry), &node);
	if (fd < 0 || mms_query(fd, &q))
		return -1;
	pieces_free(p, 0, half);
	while (len < sizeof(data) - (128 << 10) && (n = read(fd, data + len, 128 << 10)) > 0) {
		const struct mms_blocks_rec *r;

		len += n;
		r = last_row(data, len);
		if (!r || r->node != node || r->zone != zone || r->order || r->type != MMS_MIGRATE_movable || ret->changes == most)
			continue;
		pieces_take(p, turn * half, half);
		turn = !turn;
		pieces_free(p, turn * half, half);
		ret->changes++;
	}
	close(fd);
	count_torn(data, len, ret);
	return n < 0 ? -errno : 0;
}

/* A walk that has lost its place begins the list anew and says so; and gives up at some time. */
TEST(walk_that_loses_its_place)
{
	char *p = pieces_make(last_node());
	struct torn torn;

	ASSERT_NE(NULL, p);
	cpus_keep("1000000");
	for (int i = 0; i < 7; i++) {
		ASSERT_EQ(0, read_torn(p, 1, &torn));
		pieces_take(p, 0, PIECES);
		TH_LOG("%d changes: flags %#x, %u rows, %u raced", torn.changes, torn.flags, torn.rows, torn.raced);
		if (torn.flags & MMS_END_RESTARTED)
			break;
	}
	EXPECT_EQ(1, torn.changes);
	EXPECT_EQ(MMS_END_PIECES | MMS_END_RESTARTED, torn.flags & (MMS_END_PIECES | MMS_END_RESTARTED | MMS_END_CAPPED));
	EXPECT_EQ(MMS_END_RACED, torn.flags & MMS_END_RACED);
	EXPECT_LT(0, torn.raced);
	for (int i = 0; i < 7; i++) {
		ASSERT_EQ(0, read_torn(p, 100, &torn));
		pieces_take(p, 0, PIECES);
		TH_LOG("%d changes: flags %#x, %u rows, %u raced", torn.changes, torn.flags, torn.rows, torn.raced);
		if (torn.flags & MMS_END_CAPPED)
			break;
	}
	EXPECT_LT(8, torn.changes);
	EXPECT_EQ(MMS_END_CAPPED, torn.flags & MMS_END_CAPPED);
	munmap(p, 2 * PIECES * PAGE);
	cpus_keep("0");
}

TEST_HARNESS_MAIN
