/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture process from the side of a test: what it said it has, and
 * commands to it. See module/fixture.c for what there is.
 */
#ifndef FX_H
#define FX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define FX_REGIONS 64

/**
 * struct fx_region - a region of the fixture
 * @name: of the region
 * @start: its first address
 * @len: its bytes
 * @kind: enum mms_kind that it holds @count of, -1 for not said
 * @level: of the entries
 * @count: how many entries of that kind at that level
 * @order: of the folios, -1 for not said
 * @mapcount: of each page, -1 for not said
 * @set: KPF bits all its pages have
 * @clear: KPF bits none of its pages has
 * @written: pages that were written to after a copy was made, from page 0 (cow) or 5 (file_cow)
 * @uffd: pages protected by userfaultfd, from page 7
 * @dirty: pages that are soft-dirty, from page 11
 * @swap_dirty: pages that went out soft-dirty, from page 20
 * @pkey: protection key
 * @phys: physical address of its first byte, 0 for not said
 * @sparse: too large to be read page by page
 * @vmflag: a flag it has in VmFlags, "" for none
 */
struct fx_region {
	char name[32];
	uint64_t start, len;
	int kind, level, order;
	long count, mapcount;
	uint64_t set, clear, phys;
	long written, uffd, dirty, swap_dirty, pkey;
	bool sparse;
	char vmflag[4];
};

struct fx {
	pid_t pid, child;
	FILE *in, *out;
	int regions, skips;
	struct fx_region region[FX_REGIONS];
	struct { char name[32], why[160]; } skip[FX_REGIONS];
};

/* the fixture of this test program; starts it, and ends the program if it does not come up */
struct fx *fx_start(void);
/* one more, without regions and without the settings */
struct fx *fx_start_idle(void);
void fx_stop(struct fx *fx);
/* NULL if it is not there; *ret_why says why */
const struct fx_region *fx_region(const struct fx *fx, const char *name, const char **ret_why);
/* sends a command, gives the answer ("ok ..." or "error ..."); valid until the next */
const char *fx_command(struct fx *fx, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
