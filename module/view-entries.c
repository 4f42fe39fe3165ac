// SPDX-License-Identifier: GPL-2.0-only
/* entries: page-table entries as they are, nothing looked up: the cheapest view. */
#include <linux/kernel.h>
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

struct mms_entries_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	u32 levels;
	u64 mask;
	u64 value;
};

static bool entries_put(struct mms_entries_state *st, unsigned int level, unsigned int kind,
			unsigned long addr, u64 entry, u8 flags)
{
	struct mms_entries_rec *rec;

	if (!(st->levels & BIT(level)) || (entry & st->mask) != st->value)
		return true;
	rec = mms_out_row(st->out);
	if (!rec)
		return false;
	rec->rec.flags = flags;
	rec->level = level;
	rec->kind = kind;
	rec->start = addr;
	rec->entry = entry;
	return true;
}

static int entries_table(struct mms_pgwalk *w, unsigned int level, u64 entry,
			 unsigned long addr, const u64 *table)
{
	if (level > MMS_LEVEL_PGD)
		return 0;
	return !entries_put(w->priv, level, MMS_KIND_table, addr, entry, 0);
}

/* All PTEs are wanted: nothing to ask for each of them. */
static unsigned int entries_fast(struct mms_out *out, const struct mms_span *span)
{
	struct mms_entries_rec *rec = (struct mms_entries_rec *)(out->buf + out->used);
	const struct mms_entries_rec *first = rec;
	const struct mms_entries_rec proto = {
		.rec.type = MMS_REC_ROW, .level = MMS_LEVEL_PTE,
	};
	/* one is kept for the END record */
	const size_t room = (MMS_OUT_SIZE - out->used) / sizeof(*rec) - 1;
	const unsigned int n = min_t(size_t, span->n, room);
	unsigned long addr = span->addr;
	unsigned int i;

	for (i = 0; i < n; i++, addr += PAGE_SIZE) {
		if (!span->entries[i])
			continue;
		memcpy(rec, &proto, offsetof(struct mms_entries_rec, start));
		rec->start = addr;
		rec->entry = span->entries[i];
		rec++;
	}
	out->rows += rec - first;
	out->used += (rec - first) * sizeof(*rec);
	return n;
}

static unsigned int entries_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_entries_state *st = w->priv;
	const u8 kind = span->again ? MMS_KIND_table : MMS_KIND_none;
	const u8 flags = span->again ? MMS_RF_AGAIN : 0;
	unsigned long addr = span->addr;
	unsigned int i;

	if (span->again && !w->ops->table)
		return span->n;
	if (span->level == MMS_LEVEL_PTE && (st->levels & BIT(MMS_LEVEL_PTE)) && !st->mask)
		return entries_fast(st->out, span);
	for (i = 0; i < span->n; i++, addr += mms_level_size(span->level)) {
		if (span->entries[i] &&
		    !entries_put(st, span->level, kind, addr, span->entries[i], flags))
			break;
	}
	return i;
}

static const struct mms_pgwalk_ops entries_ops = { .span = entries_span };
static const struct mms_pgwalk_ops entries_tables_ops = {
	.span = entries_span, .table = entries_table,
};

static int entries_begin(struct mms_session *s)
{
	struct mms_entries_state *st = s->state;

	st->levels = s->query.levels ?: ~0U;
	st->mask = s->query.entry_mask;
	st->value = s->query.entry_value;
	return mms_pgwalk_init(&st->walk, s, s->query.flags & MMS_Q_TABLES ?
			       &entries_tables_ops : &entries_ops, st);
}

static int entries_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_entries_state *st = s->state;
	int err;

	st->out = out;
	err = mms_pgwalk_chunk(&st->walk, s);
	return err ?: !st->walk.done;
}

static const struct mms_field entries_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_entries_rec, f, u, t)
	MMS_ENTRIES_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_entries = {
	MMS_VIEW_OF(entries),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.flags = MMS_Q_TABLES | MMS_Q_KERNEL | MMS_Q_USER_PGD,
	.uses_range = true,
	.filters = MMS_BY_ENTRY,
	.state_size = sizeof(struct mms_entries_state),
	.begin = entries_begin,
	.fill = entries_fill,
};
