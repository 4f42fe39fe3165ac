// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check: maps, summary and tables, value by value. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "lib/escape.h"
#include "source/procfs.h"
#include "source/raw.h"
#include "lib/sysfile.h"

static u64 number_of(const struct mms_field *f, const void *rec)
{
	const char *p = (const char *)rec + f->offset;

	switch (f->size) {
	case 1:
		return *(const u8 *)p;
	case 2:
		return *(const u16 *)p;
	case 4:
		return f->sign ? (u64)(s64)*(const s32 *)p : *(const u32 *)p;
	default:
		return *(const u64 *)p;
	}
}

/* The kernel's files count in kB. */
static u64 in_kb(const struct mms_field *f, u64 value)
{
	switch (f->unit) {
	case MMS_UNIT_bytes:
		return value >> 10 << 10;
	case MMS_UNIT_pss:
		return value >> (10 + MMS_PSS_SHIFT) << (10 + MMS_PSS_SHIFT);
	default:
		return value;
	}
}

static void text_of(const struct mms_row *row, char *buf)
{
	struct mms_out out;
	size_t len;

	if (mms_out_init(&out, -1))
		return;
	mms_escape_text(&out, row->text, row->len, false);
	len = out.len < MMS_CHECK_TEXT - 1 ? out.len : MMS_CHECK_TEXT - 1;
	memcpy(buf, out.buf, len);
	buf[len] = '\0';
	mms_out_deinit(&out);
}

static void compare_text(struct mms_check_list *list, const struct mms_check_round *round,
			 s32 pid, u64 start, u64 end, const char *field,
			 const struct mms_row *ours, const struct mms_row *theirs)
{
	struct mms_difference *d;

	list->total->values++;
	if (ours->len == theirs->len && !memcmp(ours->text, theirs->text, ours->len))
		return;
	d = mms_check_add(list, round, pid, start, end, field);
	if (!d)
		return;
	text_of(ours, d->ours);
	text_of(theirs, d->theirs);
}

/* ---- maps ---------------------------------------------------------------- */

/*
 * What cannot be compared as it is: the policy of the process stands in
 * numa_maps where a VMA has none, and maps has no word for what a name is.
 */
static bool maps_skip(unsigned int f, const struct mms_maps_rec *ours)
{
	switch (f) {
	case MMS_F(maps, name):
		return true;
	case MMS_F(maps, policy):
	case MMS_F(maps, policy_nodes):
		return ours->policy == MMS_NO_POLICY;
	default:
		return false;
	}
}

static void maps_row(struct mms_check_list *list, const struct mms_check_round *round, s32 pid,
		     const struct mms_stream *a, const struct mms_stream *b)
{
	const struct mms_maps_rec *ours = a->row.rec, *theirs = b->row.rec;
	const struct mms_model *model = a->model;
	unsigned int i;

	list->total->vmas++;
	for (i = 0; i < model->nr_wire; i++) {
		const struct mms_field *f = &model->fields[i];
		u64 x = number_of(f, ours), y = number_of(f, theirs);

		if (mms_field_missing(&b->ctx, model, i) || maps_skip(i, ours))
			continue;
		if (i == MMS_F(maps, swap))
			x += ours->shmem_swap;
		if (i == MMS_F(maps, flags)) {	/* both have names for other flags */
			x &= ~MMS_VMA_OTHER;
			y &= ~MMS_VMA_OTHER;
		}
		mms_check_number(list, round, pid, ours->start, ours->end, f,
				 in_kb(f, x), in_kb(f, y));
	}
	compare_text(list, round, pid, ours->start, ours->end, "name", &a->row, &b->row);
}

static void maps_alone(struct mms_check_list *list, const struct mms_check_round *round, s32 pid,
		       const struct mms_maps_rec *rec, bool ours)
{
	struct mms_difference *d = mms_check_add(list, round, pid, rec->start, rec->end, "VMA");

	if (!d)
		return;
	snprintf(d->ours, sizeof(d->ours), "%s", ours ? "there" : "missing");
	snprintf(d->theirs, sizeof(d->theirs), "%s", ours ? "missing" : "there");
}

/* Whole VMAs: a part of one cannot be had of smaps. */
static int maps_run(const struct mms_check_round *round, s32 pid, u64 start __unused,
		    u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	struct mms_query query = { .pid = pid };
	struct mms_stream *a, *b;
	int x, y, ret;

	ret = mms_check_open_both(list, &mms_model_maps, &query, &mms_check_theirs, &query,
				  &a, &b, &x, &y, err);
	while (!ret && (x > 0 || y > 0)) {
		const struct mms_maps_rec *ours = a->row.rec, *theirs = b->row.rec;
		bool first = x > 0 && (y <= 0 || ours->start <= theirs->start);
		bool second = y > 0 && (x <= 0 || theirs->start <= ours->start);

		if (first && second)
			maps_row(list, round, pid, a, b);
		else
			maps_alone(list, round, pid, first ? ours : theirs, first);
		if (first)
			x = mms_stream_next(a, err);
		if (x >= 0 && second)
			y = mms_stream_next(b, err);
		ret = x < 0 || y < 0 ? -1 : 0;
	}
	mms_check_close(a);
	mms_check_close(b);
	return ret;
}

const struct mms_check_round mms_check_maps = { "maps", "smaps", false, maps_run };

/* ---- summary ------------------------------------------------------------- */

static const char *summary_file(unsigned int f)
{
	if (f >= MMS_F(summary, start_code) && f <= MMS_F(summary, env_end))
		return "stat";
	switch (f) {
	case MMS_F(summary, map_count):
		return "maps";
	case MMS_F(summary, vdso):
		return "auxv";
	case MMS_F(summary, ksm_merge):
		return "ksm_stat";
	case MMS_F(summary, pti):
	case MMS_F(summary, user_pgd_phys):
	case MMS_F(summary, levels):
	case MMS_F(summary, pkeys):
		return "cpuinfo";
	default:
		return "status";
	}
}

static int summary_run(const struct mms_check_round *round, s32 pid, u64 start __unused,
		       u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	const struct mms_model *model = &mms_model_summary;
	struct mms_query query = { .pid = pid };
	struct mms_stream *a, *b;
	unsigned int i;
	int ret, x, y;

	ret = mms_check_open_both(list, model, &query, &mms_check_theirs, &query, &a, &b, &x, &y,
				  err);
	for (i = 0; !ret && x > 0 && y > 0 && i < model->nr_wire; i++) {
		const struct mms_field *f = &model->fields[i];
		struct mms_check_round from = *round;

		if (mms_field_missing(&b->ctx, model, i))
			continue;
		from.file = summary_file(i);
		mms_check_number(list, &from, pid, 0, 0, f, number_of(f, a->row.rec),
				 number_of(f, b->row.rec));
	}
	if (!ret && x > 0 && y > 0) {
		struct mms_check_round from = *round;

		from.file = "comm";
		compare_text(list, &from, pid, 0, 0, "comm", &a->row, &b->row);
	}
	mms_check_close(a);
	mms_check_close(b);
	return ret;
}

const struct mms_check_round mms_check_summary = { "summary", "status", false, summary_run };

/* ---- tables -------------------------------------------------------------- */

/* PMD leaves of anonymous VMAs: each keeps a table aside, for when it is split. */
static int count_deposits(s32 pid, u64 *ret_tables, struct mms_err *err)
{
	struct mms_query query = {
		.pid = pid, .levels = BIT(MMS_LEVEL_PMD), .flags = MMS_Q_NO_FOLIO,
	};
	struct mms_stream *a, *vmas;
	u64 tables = 0;
	int x, y = 1;

	a = mms_check_open(&mms_check_ours, &mms_model_pgtable, &query, err);
	if (!a)
		return -1;
	query = (struct mms_query){ .pid = pid };
	vmas = mms_check_open(&mms_check_theirs, &mms_model_maps, &query, err);
	if (!vmas) {
		mms_check_close(a);
		return -1;
	}
	while ((x = mms_stream_next(a, err)) > 0) {
		const struct mms_pgtable_rec *rec = a->row.rec;

		while (y > 0 && (!vmas->rows ||
				 ((const struct mms_maps_rec *)vmas->row.rec)->end <= rec->start))
			y = mms_stream_next(vmas, err);
		if (y > 0 && !((const struct mms_maps_rec *)vmas->row.rec)->inode &&
		    !(rec->vma_flags & (BIT(MMS_VMA_pf) | BIT(MMS_VMA_ht))))
			tables += rec->count;
	}
	mms_check_close(a);
	mms_check_close(vmas);
	*ret_tables = tables;
	return x < 0 || y < 0 ? -1 : 0;
}

static int count_tables(s32 pid, u64 *ret_tables, struct mms_err *err)
{
	struct mms_query query = { .pid = pid };
	struct mms_stream *a = mms_check_open(&mms_check_ours, &mms_model_tables, &query, err);
	u64 tables = 0;
	int ret;

	if (!a)
		return -1;
	while ((ret = mms_stream_next(a, err)) > 0) {
		const struct mms_tables_rec *rec = a->row.rec;

		/* The kernel counts no PGD and no P4D tables. */
		tables += rec->level <= MMS_LEVEL_PUD && !rec->user_pgd;
	}
	mms_check_close(a);
	*ret_tables = tables;
	return ret;
}

static int tables_run(const struct mms_check_round *round, s32 pid, u64 start __unused,
		      u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	const struct mms_field *field = &mms_model_summary.fields[MMS_F(summary, pgtables)];
	u64 tables, deposits;
	char *text, *p;

	if (count_tables(pid, &tables, err) || count_deposits(pid, &deposits, err))
		return -1;
	if (mms_sys_read("", &text, "/proc/%d/status", pid) < 0)
		return mms_procfs_error(pid, "status", ESRCH, err);
	p = strstr(text, "\nVmPTE:");
	if (p)
		mms_check_number(list, round, pid, 0, 0, field, (tables + deposits) << 12,
				 strtoull(p + 7, NULL, 10) << 10);
	free(text);
	return 0;
}

const struct mms_check_round mms_check_tables = { "tables", "status", false, tables_run };
