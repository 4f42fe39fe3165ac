// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables against the kernel's own dumps of them, where a kernel has these: its half, and the
 * fixture's, which reads them itself, as they are always of who reads them.
 */
#include <stdlib.h>

#include "../lib/mms_test.h"

#define DUMPS "/sys/kernel/debug/page_tables/"
#define COPY "/run/mms-ptdump"	/* what the fixture has read */
#define TRIES 4		/* both sides take their time: what differs each time is wrong */

/* What both tell: bits of x86's entries, and the level that maps. */
#define ATTRIBUTES (BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(63))

struct range {
	uint64_t start, end, attributes, level;	/* no padding: compared whole */
};

struct ranges {
	size_t n, room;
	struct range *r;
};

/* Neighbours that agree are one. */
static void add(struct ranges *rs, struct range r)
{
	struct range *last = rs->n ? &rs->r[rs->n - 1] : NULL;

	if (last && last->end == r.start && last->attributes == r.attributes && last->level == r.level) {
		last->end = r.end;
		return;
	}
	if (rs->n == rs->room) {
		rs->room = rs->room ? 2 * rs->room : 1024;
		rs->r = realloc(rs->r, rs->room * sizeof(*rs->r));
		if (!rs->r)
			abort();
	}
	rs->r[rs->n++] = r;
}

/* "0xffff888000000000-0xffff888000099000  612K  RW  GLB NX pte" */
static bool parse(const char *line, struct range *ret)
{
	static const char *const levels[] = { "", "pte", "pmd", "pud", "p4d", "pgd" };
	static const struct {
		const char *word;
		uint64_t bit;
	} words[] = {
		{ " RW ", BIT(1) },  { " USR ", BIT(2) }, { " PWT ", BIT(3) },
		{ " PCD ", BIT(4) }, { " GLB ", BIT(8) }, { " NX ", BIT(63) },
	};

	*ret = (struct range){};
	if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64, &ret->start, &ret->end) != 2)
		return false;
	/* what is not mapped has no attributes at all */
	if (!strstr(line, " ro ") && !strstr(line, " RW "))
		return false;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(line, words[i].word))
			ret->attributes |= words[i].bit;
	for (int level = 1; level <= 5; level++)
		if (strstr(line, levels[level]))
			ret->level = level;
	return ret->level;
}

static struct ranges dumped(struct __test_metadata *_metadata, const char *path, uint64_t from, uint64_t to)
{
	FILE *f = fopen(path, "r");
	struct ranges rs = {};
	struct range r;
	char line[300];

	EXPECT_NE(NULL, f) TH_LOG("%s: %m", path);
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = ' ';
		if (parse(line, &r) && r.start >= from && r.end - 1 < to)
			add(&rs, r);
	}
	if (f)
		fclose(f);
	return rs;
}

static struct ranges ours(struct __test_metadata *_metadata, const struct mms_query *q, uint64_t from, uint64_t to)
{
	struct ranges rs = {};
	struct mms_stream s;
	int err = mms_get("pgtable", q, &s);

	EXPECT_EQ(0, err) TH_LOG("%s", s.why);
	ROWS(mms_pgtable_rec, r, &s) {
		uint64_t end = r->start + r->count * (1ULL << mms_level_shift(r->level));

		if (r->kind != MMS_KIND_table && r->entry & 1 && r->start >= from && end - 1 < to)
			add(&rs, (struct range){ r->start, end, r->entry & ATTRIBUTES, r->level });
	}
	mms_free(&s);
	return rs;
}

static int order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct range));
}

/* Ranges of @a that @b has not: sorted, returned */
static struct ranges missing(const struct ranges *a, const struct ranges *b)
{
	struct range *sorted = malloc(b->n * sizeof(*sorted) + 1);
	struct ranges rs = {};

	if (!sorted)
		abort();
	memcpy(sorted, b->r, b->n * sizeof(*sorted));
	qsort(sorted, b->n, sizeof(*sorted), order);
	for (size_t i = 0; i < a->n; i++)
		if (!bsearch(&a->r[i], sorted, b->n, sizeof(*sorted), order))
			add(&rs, a->r[i]);
	free(sorted);
	return rs;
}

static void keep(struct ranges *kept, struct ranges now, bool first)
{
	struct ranges both = {};

	for (size_t i = 0; !first && i < kept->n; i++)
		for (size_t j = 0; j < now.n; j++)
			if (!memcmp(&kept->r[i], &now.r[j], sizeof(now.r[j])))
				add(&both, now.r[j]);
	free(kept->r);
	*kept = first ? now : both;
	if (!first)
		free(now.r);
}

/* All that @q tells of against a dump, which is of the fixture's tables if @q is about it. */
static void compare(struct __test_metadata *_metadata, const char *dump, struct mms_query q, uint64_t from, uint64_t to)
{
	struct ranges lost = {}, extra = {};
	size_t least = -1;

	q.flags |= MMS_Q_MERGE_ATTR | MMS_Q_NO_FOLIO;
	for (int i = 0; i < TRIES && (!i || lost.n || extra.n); i++) {
		const char *answer = q.pid ? fx_command(fx, "copy %s %s", dump, COPY) : "ok";
		struct ranges d, o;

		ASSERT_STREQ("ok", answer);
		d = dumped(_metadata, q.pid ? COPY : dump, from, to);
		o = ours(_metadata, &q, from, to);
		least = d.n < least ? d.n : least;
		keep(&lost, missing(&d, &o), !i);
		keep(&extra, missing(&o, &d), !i);
		free(d.r);
		free(o.r);
	}
	EXPECT_LT(7, least);
	EXPECT_EQ(0, lost.n) {
		TH_LOG("%zu of the dump only, %#" PRIx64 "-%#" PRIx64 " level %" PRIu64 " with %#" PRIx64, lost.n, lost.r->start,
		       lost.r->end, lost.r->level, lost.r->attributes);
	}
	EXPECT_EQ(0, extra.n) {
		TH_LOG("%zu of ours only, %#" PRIx64 "-%#" PRIx64 " level %" PRIu64 " with %#" PRIx64, extra.n, extra.r->start,
		       extra.r->end, extra.r->level, extra.r->attributes);
	}
	TH_LOG("%#" PRIx64 "-%#" PRIx64 ": at least %zu ranges", from, to, least);
	free(lost.r);
	free(extra.r);
}

#define NEEDS(dump)								\
	if (access(dump, R_OK))							\
		SKIP(return, "no dump of page tables: CONFIG_PTDUMP_DEBUGFS")

/* The shadow of KASAN is one table over and over: both cut it short, each in its way. */
TEST(equals_the_dump)
{
	const struct mms_query q = { .flags = MMS_Q_KERNEL };
	uint64_t shadow[2] = {};
	struct mms_stream s;

	NEEDS(DUMPS "kernel");
	GET("regions", (&(struct mms_query){ 0 }), &s);
	ROWS(mms_regions_rec, r, &s)
		if (r->region == MMS_REGION_kasan) {
			shadow[0] = r->start;
			shadow[1] = r->end;
		}
	mms_free(&s);
	compare(_metadata, DUMPS "kernel", q, 0xff00000000000000, shadow[0] ? shadow[0] : UINT64_MAX);
	if (shadow[0])
		compare(_metadata, DUMPS "kernel", q, shadow[1], UINT64_MAX);
}

TEST(equals_the_dump_of_a_process)
{
	NEEDS(DUMPS "current_kernel");
	compare(_metadata, DUMPS "current_kernel", (struct mms_query){ .pid = fx->pid }, 0, BIT(63));
}

/* The tables are the same ones, but the PGD is KPTI's copy. */
TEST(equals_the_dump_of_the_user_copy)
{
	struct mms_query q = { .pid = fx->pid, .flags = MMS_Q_USER_PGD };
	struct mms_stream s;
	int err;

	NEEDS(DUMPS "current_user");
	err = mms_get("pgtable", &q, &s);
	mms_free(&s);
	if (err == -EINVAL)
		SKIP(return, "no KPTI in this run: pti=on is not on the command line");
	compare(_metadata, DUMPS "current_user", q, 0, BIT(63));
}

MMS_TEST_MAIN
