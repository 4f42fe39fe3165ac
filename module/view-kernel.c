// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel: the kernel's own page tables. A row for each region says what is
 * mapped there, by which leaves, and with which rights; a row for each run of
 * entries that are writable and executable at once says where they are.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "arch.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

/* The regions, what lies before, between and behind them, or on both sides of one inside. */
#define KERNEL_AREAS	(3 * MMS_MAX_REGIONS + 1)

/**
 * struct mms_kernel_state - a stream of the view
 * @walk: the walk over the kernel's half
 * @out: where to, during a fill
 * @upper: for each level, the entry the walk came through last
 * @run: writable and executable entries that follow each other; present is 0
 *	if there are none
 * @area: in ascending order
 * @nr: how many of them
 * @put: of them are in the stream
 */
struct mms_kernel_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	u64 upper[MMS_LEVEL_PGD + 1];
	struct mms_kernel_rec run;
	struct mms_kernel_rec area[KERNEL_AREAS];
	unsigned int nr;
	unsigned int put;
};

static void kernel_area(struct mms_kernel_state *st, u64 start, u64 end, u8 region)
{
	st->area[st->nr++] = (struct mms_kernel_rec){
		.rec.type = MMS_REC_ROW,
		.kind = MMS_KERNEL_region,
		.region = region,
		.start = start,
		.end = end,
	};
}

/*
 * The whole half, without a gap: nothing that is mapped goes uncounted. The
 * vsyscall page lies inside of the fixmap, which is two areas then.
 */
static void kernel_areas(struct mms_kernel_state *st)
{
	struct mms_region_row rows[MMS_MAX_REGIONS];
	unsigned int i, n = mms_arch_regions(rows);
	u64 at = mms_arch_kernel_start(), end;

	for (i = 0; i < n; i++) {
		end = (u64)rows[i].last + 1;
		if (rows[i].start > at)
			kernel_area(st, at, rows[i].start, MMS_REGION_hole);
		else if (rows[i].start < at)
			st->area[st->nr - 1].end = rows[i].start;
		kernel_area(st, rows[i].start, end, rows[i].region);
		if (end && end < at)
			kernel_area(st, end, at, rows[i - 1].region);
		at = !end || end > at ? end : at;
	}
	if (at)
		kernel_area(st, at, 0, MMS_REGION_hole);
}

static struct mms_kernel_rec *kernel_area_of(struct mms_kernel_state *st, u64 addr)
{
	unsigned int i = 0;

	while (i < st->nr - 1 && addr > st->area[i].end - 1)
		i++;
	return &st->area[i];
}

static bool kernel_flush(struct mms_kernel_state *st)
{
	if (!st->run.present)
		return true;
	if (!mms_out_put(st->out, &st->run))
		return false;
	st->run.present = 0;
	return true;
}

/* Count @size bytes that entries of @level with the rights @rights map. */
static void kernel_add(struct mms_kernel_rec *rec, unsigned int level, u8 rights, u64 size)
{
	rec->present += size;
	*(level == MMS_LEVEL_PTE ? &rec->pte : level == MMS_LEVEL_PMD ? &rec->pmd : &rec->pud) +=
		size;
	if (rights & MMS_MAY_WRITE)
		rec->writable += size;
	if (rights & MMS_MAY_EXEC)
		rec->executable += size;
	if ((rights & MMS_MAY_WX) == MMS_MAY_WX)
		rec->wx += size;
	if (rights & MMS_MAY_USER)
		rec->user += size;
}

/* Entries that are writable and executable: on with the run, or a new one. */
static bool kernel_wx(struct mms_kernel_state *st, const struct mms_kernel_rec *area,
		      unsigned int level, u8 rights, u64 addr, u64 size)
{
	struct mms_kernel_rec *run = &st->run;

	if (!run->present || run->end != addr || run->region != area->region) {
		if (!kernel_flush(st))
			return false;
		*run = (struct mms_kernel_rec){
			.rec.type = MMS_REC_ROW,
			.kind = MMS_KERNEL_wx,
			.region = area->region,
			.start = addr,
		};
	}
	kernel_add(run, level, rights, size);
	run->end = addr + size;
	return true;
}

/* What the tables above let through. */
static u8 kernel_upper_rights(const struct mms_kernel_state *st, unsigned int level)
{
	u8 rights = MMS_MAY_ALL;

	for (level++; level <= MMS_LEVEL_PGD; level++) {
		if (st->upper[level])
			rights &= mms_entry_rights(st->upper[level]);
	}
	return rights;
}

static int kernel_table(struct mms_pgwalk *w, unsigned int level, u64 entry,
			unsigned long addr, const u64 *table)
{
	struct mms_kernel_state *st = w->priv;

	if (level <= MMS_LEVEL_PGD)
		st->upper[level] = entry;
	return 0;
}

static unsigned int kernel_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_kernel_state *st = w->priv;
	const u64 size = mms_level_size(span->level);
	const u8 upper = kernel_upper_rights(st, span->level);
	struct mms_kernel_rec *area = kernel_area_of(st, span->addr);
	unsigned int i;

	/* one table mapped over and over, such as KASAN's zero shadow: counted once */
	if (span->again) {
		area->rec.flags |= MMS_RF_PARTIAL;
		return span->n;
	}
	for (i = 0; i < span->n; i++) {
		const u64 addr = span->addr + i * size, e = span->entries[i];
		u8 rights;

		if (!e)
			continue;
		if (area->end && addr >= area->end)
			area = kernel_area_of(st, addr);
		if (!mms_entry_hw_present(e)) {
			area->nonpresent += size;
			continue;
		}
		rights = upper & mms_entry_rights(e);
		if ((rights & MMS_MAY_WX) == MMS_MAY_WX &&
		    !kernel_wx(st, area, span->level, rights, addr, size))
			break;
		kernel_add(area, span->level, rights, size);
	}
	return i;
}

static const struct mms_pgwalk_ops kernel_ops = { .table = kernel_table, .span = kernel_span };

static int kernel_begin(struct mms_session *s)
{
	struct mms_kernel_state *st = s->state;
	int err = mms_session_kernel(s);

	if (err)
		return err;
	kernel_areas(st);
	s->query.flags |= MMS_Q_KERNEL;
	return mms_pgwalk_init(&st->walk, s, &kernel_ops, st);
}

/* A row for each region, and for each gap where something is mapped. */
static int kernel_put_areas(struct mms_kernel_state *st)
{
	for (; st->put < st->nr; st->put++) {
		const struct mms_kernel_rec *area = &st->area[st->put];

		if (area->region == MMS_REGION_hole && !area->present && !area->nonpresent)
			continue;
		if (!mms_out_put(st->out, area))
			return 1;
	}
	return 0;
}

static int kernel_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_kernel_state *st = s->state;
	int err;

	st->out = out;
	if (!st->walk.done) {
		err = mms_pgwalk_chunk(&st->walk, s);
		if (err)
			return err;
	}
	return !st->walk.done || !kernel_flush(st) || kernel_put_areas(st);
}

static const struct mms_field kernel_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_kernel_rec, f, u, t)
	MMS_KERNEL_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_kernel = {
	MMS_VIEW_OF(kernel),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.kernel = true,
	.state_size = sizeof(struct mms_kernel_state),
	.begin = kernel_begin,
	.fill = kernel_fill,
};
