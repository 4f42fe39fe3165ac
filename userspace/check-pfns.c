// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check --system: pfns with kpageflags, kpagecount, kpagecgroup and meminfo. */
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "lib/sysfile.h"
#include "model/pfns.h"

/* Where a type says that the word for ANON and KSM means something else. */
#define TYPES	(BIT(KPF_SLAB) | BIT(KPF_BUDDY) | BIT(KPF_PGTABLE) | BIT(KPF_OFFLINE))
#define PARTS	(BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))
#define HUGE_ZERO (BIT(KPF_ZERO_PAGE) | BIT(KPF_THP))

/* The flags that both sides can tell; see Documentation/views/pfns.rst for the others. */
static u64 comparable(const struct mms_pfns_rec *ours, const struct mms_pfns_rec *theirs)
{
	u64 flags = ~PARTS;

	if (ours->kpf & TYPES)
		flags &= ~(BIT(KPF_ANON) | BIT(KPF_KSM));
	/* Kernels from 6.10 on say so of each anonymous page. */
	if (ours->kpf & BIT(KPF_ANON))
		flags &= ~BIT(KPF_KSM);
	/* The huge zero page is not exported. */
	if ((theirs->kpf & HUGE_ZERO) == HUGE_ZERO)
		flags &= ~HUGE_ZERO;
	return flags;
}

static u64 end_of(const struct mms_pfns_rec *rec)
{
	return rec->pfn + ((u64)rec->count << rec->order);
}

static void compare(const struct mms_check_round *round, struct mms_check_list *list,
		    const struct mms_pfns_rec *ours, const struct mms_pfns_rec *theirs, u64 pfn)
{
	const u64 flags = comparable(ours, theirs);
	char where[64];

	snprintf(where, sizeof(where), "page frame %#llx", (unsigned long long)pfn);
	if (round == &mms_check_kpagecount) {
		/* A type lies in the word of the count. */
		if (!(ours->kpf & TYPES))
			mms_check_place(list, round, where, "mapcount", ours->mapcount,
					theirs->mapcount);
		return;
	}
	mms_check_place(list, round, where, "kpf", ours->kpf & flags, theirs->kpf & flags);
	mms_check_place(list, round, where, "cgroup", ours->cgroup, theirs->cgroup);
}

/* A frame that one side has alone. Of a hole newer kernels show no flags, instead of NOPAGE. */
static void alone(const struct mms_check_round *round, struct mms_check_list *list,
		  const struct mms_pfns_rec *rec, bool ours)
{
	char where[64];

	if (!ours && !rec->kpf)
		return;
	snprintf(where, sizeof(where), "page frame %#llx", (unsigned long long)rec->pfn);
	mms_check_place(list, round, where, "there", ours, !ours);
}

/* Both streams side by side: what is read at nearly the same time is compared. */
static int frames_run(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		      u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	const struct mms_query query = { .size = sizeof(query) };
	struct mms_stream *a, *b;
	int more_a, more_b, ret;
	u64 at = 0;

	ret = mms_check_open_both(list, &mms_model_pfns, &query, &mms_check_theirs, &query, &a, &b,
				  &more_a, &more_b, err);
	while (!ret && more_a > 0 && more_b > 0) {
		const struct mms_pfns_rec *ours = a->row.rec, *theirs = b->row.rec;
		u64 end_a = end_of(ours), end_b = end_of(theirs);

		if (at < ours->pfn && at < theirs->pfn)
			at = ours->pfn < theirs->pfn ? ours->pfn : theirs->pfn;
		if (at >= ours->pfn && at >= theirs->pfn && at < end_a && at < end_b)
			compare(round, list, ours, theirs, at);
		else if (at == theirs->pfn && at < ours->pfn)
			alone(round, list, theirs, false);
		else if (at == ours->pfn && at < theirs->pfn)
			alone(round, list, ours, true);
		at = end_a < end_b ? end_a : end_b;
		if (end_a <= at)
			more_a = mms_stream_next(a, err);
		if (end_b <= at)
			more_b = mms_stream_next(b, err);
	}
	if (!ret && (more_a < 0 || more_b < 0))
		ret = -1;
	mms_check_close(a);
	mms_check_close(b);
	return ret;
}

const struct mms_check_round mms_check_kpageflags = {
	.name = "pfns", .file = "kpageflags", .run = frames_run,
};

const struct mms_check_round mms_check_kpagecount = {
	.name = "pfns", .file = "kpagecount", .run = frames_run,
};

/* ---- sums ----------------------------------------------------------------- */

/* A number of /proc/meminfo in bytes, or 0. */
static u64 meminfo(const char *name)
{
	unsigned long long kib = 0;
	char *text, *at;

	if (mms_sys_read("", &text, "/proc/meminfo") < 0)
		return 0;
	at = strstr(text, name);
	if (at)
		sscanf(at + strlen(name), ": %llu", &kib);
	free(text);
	return kib << 10;
}

/*
 * What does not change while it is added up: the others are counted on each CPU
 * apart and folded now and then.
 */
static int meminfo_run(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		       u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	const struct mms_query query = { .size = sizeof(query) };
	u64 total = meminfo("MemTotal"), pools = meminfo("\nHugetlb"), managed = 0, huge = 0;
	struct mms_stream *s = mms_check_open(&mms_check_ours, &mms_model_pfns, &query, err);
	int ret;

	if (!s)
		return -1;
	while ((ret = mms_stream_next(s, err)) > 0) {
		const struct mms_pfns_rec *rec = s->row.rec;
		u64 size = (u64)rec->count << (rec->order + s->ctx.header.page_shift);

		if (mms_use_of(rec) != MMS_USE_reserved)
			managed += size;
		if (rec->kind == MMS_FOLIO_hugetlb)
			huge += size;
	}
	if (!ret) {
		mms_check_place(list, round, "all memory", "managed", managed, total);
		mms_check_place(list, round, "all memory", "hugetlb", huge, pools);
	}
	mms_check_close(s);
	return ret;
}

const struct mms_check_round mms_check_meminfo = {
	.name = "pfns", .file = "meminfo", .run = meminfo_run,
};
