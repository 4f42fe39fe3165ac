// SPDX-License-Identifier: GPL-2.0-only
/* tables: the page-table pages themselves, and how well they are used. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "arch.h"
#include "compat/folio.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

struct mms_tables_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	u32 levels;
	bool user_pgd;	/* the PGD has a user copy */
};

/*
 * Would one huge page do instead of this PTE table? It is full of pages with
 * the same rights, all in one anonymous VMA.
 */
static bool tables_huge(struct vm_area_struct *vma, unsigned long addr, const u64 *table)
{
	unsigned int i;

	if (!vma || !vma_is_anonymous(vma) || addr < vma->vm_start ||
	    addr + mms_level_size(MMS_LEVEL_PMD) > vma->vm_end)
		return false;
	for (i = 0; i < MMS_ENTRIES; i++) {
		u64 e = READ_ONCE(table[i]);

		if (!mms_entry_present(MMS_LEVEL_PTE, e) || mms_entry_special(e) ||
		    ((e ^ table[0]) & ~(mms_entry_pfn_bits(MMS_LEVEL_PTE, e) |
					mms_entry_history_bits(MMS_LEVEL_PTE, e))))
			return false;
	}
	return true;
}

static void tables_count(struct mms_tables_rec *rec, const u64 *table)
{
	unsigned int i;

	for (i = 0; i < MMS_ENTRIES; i++) {
		u64 e = READ_ONCE(table[i]);

		if (!e)
			continue;
		rec->used++;
		if (!mms_entry_present(rec->level, e))
			rec->swap++;
		else if (mms_entry_table(rec->level, e))
			rec->tables++;
		else
			rec->leaves++;
	}
	rec->present = rec->tables + rec->leaves;
}

static void tables_put(struct mms_tables_state *st, unsigned int level, unsigned long addr,
		       const u64 *table, bool user_pgd)
{
	struct mms_tables_rec *rec = mms_out_row(st->out);
	struct page *page;

	rec->level = level;
	rec->start = addr;
	rec->end = level == MMS_LEVEL_PGD ? 0 : addr + mms_level_size(level) * MMS_ENTRIES;
	rec->pfn = PHYS_PFN(__pa(table));
	rec->zone = MMS_NO_ZONE;
	rec->node = MMS_NO_NODE;
	rec->user_pgd = user_pgd;
	page = pfn_to_online_page(rec->pfn);
	if (page) {
		rec->zone = mms_flags_zone(mms_page_flags(page));
		rec->node = mms_flags_node(mms_page_flags(page));
	}
	tables_count(rec, table);
	if (level == MMS_LEVEL_PTE && rec->leaves == MMS_ENTRIES)
		rec->huge = tables_huge(st->walk.vma, addr, table);
}

static int tables_table(struct mms_pgwalk *w, unsigned int level, u64 entry,
			unsigned long addr, const u64 *table)
{
	struct mms_tables_state *st = w->priv;
	bool root = level > MMS_LEVEL_PGD;
	unsigned int own = root ? MMS_LEVEL_PGD : mms_level_below(level);

	if (!(st->levels & BIT(own)))
		return 0;
	/* room for two, as the text argument asks for one record more */
	if (!mms_out_room(st->out, 1))
		return 1;
	tables_put(st, own, addr, table, false);
	if (root && st->user_pgd)
		tables_put(st, own, addr, (u64 *)mms_arch_user_pgd(w->pgd), true);
	return 0;
}

static unsigned int tables_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	return span->n;
}

static const struct mms_pgwalk_ops tables_ops = {
	.table = tables_table, .span = tables_span,
};

static int tables_begin(struct mms_session *s)
{
	struct mms_tables_state *st = s->state;

	st->levels = s->query.levels ?: ~0U;
	st->user_pgd = mms_arch_pti() && !(s->query.flags & MMS_Q_KERNEL);
	return mms_pgwalk_init(&st->walk, s, &tables_ops, st);
}

static int tables_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_tables_state *st = s->state;
	int err;

	st->out = out;
	err = mms_pgwalk_chunk(&st->walk, s);
	return err ?: !st->walk.done;
}

static const struct mms_field tables_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_tables_rec, f, u, t)
	MMS_TABLES_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_tables = {
	MMS_VIEW_OF(tables),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.flags = MMS_Q_KERNEL,
	.uses_range = true,
	.state_size = sizeof(struct mms_tables_state),
	.begin = tables_begin,
	.fill = tables_fill,
};
