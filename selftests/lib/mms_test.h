/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each test program includes: the kernel's harness, the client of the
 * wire, the oracles, and the fixture process, started once in front of all tests.
 */
#ifndef MMS_TEST_H
#define MMS_TEST_H

#include "kselftest_harness.h"

/* Ten times slower is what a kernel is that looks for faults in itself. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 900

#include <fcntl.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>

#include "fx.h"
#include "mms_raw.h"
#include "oracle.h"

#define PAGE 4096UL
#define BIT(n) (1ULL << (n))

static struct fx *fx __attribute__((unused));

/* A region or a skip of the test, with the fixture's reason */
#define REGION(var, name)							\
	const char *var##_why;							\
	const struct fx_region *var = fx_region(fx, name, &var##_why);		\
	if (!var)								\
		SKIP(return, "%s: %s", name, var##_why)

/* Reads a view whole; fails the test if it cannot be read or is not well-formed */
#define GET(view, q, s)								\
	do {									\
		int get_err = mms_get(view, q, s);				\
		ASSERT_EQ(0, get_err) TH_LOG("%s: %s %s", view, strerror(-get_err), (s)->why); \
	} while (0)

/* The same by mms_look() */
#define LOOK(view, s)								\
	do {									\
		int look_err = mms_look(view, s);				\
		ASSERT_EQ(0, look_err) TH_LOG("%s: %s %s", view, strerror(-look_err), (s)->why); \
	} while (0)

#define ROWS(type, var, s)							\
	for (size_t var##_i = 0; var##_i < (s)->rows; var##_i++)		\
		for (const struct type *var = (s)->row[var##_i]; var; var = NULL)

/* counts differences and tells of the first few */
#define DIFFER(bad, format, ...)						\
	do {									\
		if ((bad)++ < 5)						\
			TH_LOG(format, ##__VA_ARGS__);				\
	} while (0)

/* the pgtable rows of a process, one for each entry, in order */
#define GET_ENTRIES(target, s)							\
	GET("pgtable", (&(struct mms_query){ .pid = (target), .flags = MMS_Q_NO_MERGE }), s)

static inline uint64_t row_size(const struct mms_pgtable_rec *r)
{
	return 1ULL << mms_level_shift(r->level);
}

/* of an entry of a table: with four levels the P4D is folded, and the PGD's entries are a PUD's size each */
static inline unsigned int table_shift(int levels, int level)
{
	return mms_level_shift(level == MMS_LEVEL_PGD && levels == 4 ? MMS_LEVEL_P4D : level);
}

/* the unmerged row that an address is in, NULL for none */
static inline const struct mms_pgtable_rec *row_at(const struct mms_stream *s, uint64_t address)
{
	size_t low = 0, high = s->rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct mms_pgtable_rec *r = s->row[middle];

		if (address < r->start)
			high = middle;
		else if (address >= r->start + row_size(r))
			low = middle + 1;
		else
			return r;
	}
	return NULL;
}

#define MMS_TEST_MAIN								\
	int main(int argc, char **argv)						\
	{									\
		fx = fx_start();						\
		return test_harness_run(argc, argv);				\
	}

#endif
