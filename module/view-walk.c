// SPDX-License-Identifier: GPL-2.0-only
/* walk: one address, a row for each level, down to the page or to why not. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include "compat/vma.h"
#include "entry.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

#define MMS_WALK_ROWS	5	/* one for each level, folded ones too */
#define MMS_WALK_TRIES	16

struct mms_walk_state {
	unsigned long addr;
	pgd_t *pgd;
	bool canonical;
	bool kernel;
	struct vm_area_struct *vma;
	unsigned int n;
	struct mms_walk_rec rows[MMS_WALK_ROWS];
	u64 *slots[MMS_WALK_ROWS];
};

static struct mms_walk_rec *walk_row(struct mms_walk_state *st, unsigned int level, u64 *slot)
{
	struct mms_walk_rec *rec = &st->rows[st->n];

	st->slots[st->n++] = slot;
	memset(rec, 0, sizeof(*rec));
	rec->rec.type = MMS_REC_ROW;
	rec->level = level;
	rec->address = st->addr;
	rec->shift = mms_level_shift(level);
	rec->swap_type = MMS_NO_SWAP;
	rec->zone = MMS_NO_ZONE;
	rec->node = MMS_NO_NODE;
	if (st->vma) {
		rec->vma_start = st->vma->vm_start;
		rec->vma_end = st->vma->vm_end;
		rec->vma_flags = mms_vma_flags(st->vma->vm_flags);
	}
	return rec;
}

/*
 * The last entry once more, with its table's lock held: those who change an
 * entry that stays mapped clear it for a moment, under that lock.
 */
static u64 walk_read_locked(const struct mms_walk_state *st, unsigned int level, u64 *slot,
			    u64 parent)
{
	spinlock_t *ptl = mms_table_lock(st->vma->vm_mm, level, slot, parent);
	u64 entry;

	spin_lock(ptl);
	entry = READ_ONCE(*slot);
	spin_unlock(ptl);
	return entry;
}

static void walk_node(struct mms_walk_rec *rec, struct mms_folio_look *look, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (!mms_look_online(look, pfn))
		return;
	rec->node = mms_flags_node(mms_page_flags(page));
	rec->zone = mms_flags_zone(mms_page_flags(page));
}

/* The last row: a page, or something that is not one. */
static void walk_leaf(struct mms_walk_state *st, struct mms_walk_rec *rec,
		      struct mms_folio_look *look)
{
	struct mms_folio_part info = {};
	struct mms_entry entry;
	bool raced = false;

	if (!rec->entry) {
		rec->stop = MMS_STOP_none;
		return;
	}
	mms_entry_decode(st->vma, rec->level, rec->entry, &entry);
	if (mms_entry_look(look, st->vma, rec->level, NULL, rec->entry, &entry, &info, &raced)) {
		rec->rec.flags |= MMS_RF_FOLIO;
		rec->folio = info;
	}
	rec->kind = entry.kind;
	rec->pfn = entry.pfn;
	rec->swap_type = entry.swap_type;
	rec->stop = MMS_STOP_nonpresent;
	if (mms_entry_present(rec->level, rec->entry)) {
		rec->stop = MMS_STOP_page;
		rec->phys = PFN_PHYS(entry.pfn) |
			    (st->addr & (mms_level_size(rec->level) - 1));
	}
}

/* All rows. With no VMA only the PGD, which lives as long as the mm, is read. */
static void walk_levels(struct mms_walk_state *st)
{
	unsigned int level = MMS_LEVEL_PGD;
	u64 *table = (u64 *)st->pgd, parent = 0;
	struct mms_folio_look look;

	st->n = 0;
	mms_folio_look_init(&look);
	for (;;) {
		u64 *slot = table + mms_level_index(level, st->addr);
		struct mms_walk_rec *rec = walk_row(st, level, slot);

		rec->index = mms_level_index(level, st->addr);
		rec->table_phys = __pa(table);
		rec->entry_phys = __pa(slot);
		rec->entry = READ_ONCE(*slot);
		if (!st->vma && !st->kernel) {
			rec->stop = MMS_STOP_no_vma;
			return;
		}
		if (!st->kernel && !mms_entry_table(level, rec->entry))
			rec->entry = walk_read_locked(st, level, slot, parent);
		if (!mms_entry_table(level, rec->entry) ||
		    !pfn_valid(mms_entry_pfn(level, rec->entry))) {
			walk_leaf(st, rec, &look);
			return;
		}
		rec->kind = MMS_KIND_table;
		rec->stop = MMS_STOP_table;
		rec->pfn = mms_entry_pfn(level, rec->entry);
		rec->phys = PFN_PHYS(rec->pfn);
		walk_node(rec, &look, rec->pfn);
		table = mms_entry_next(rec->entry);
		if (mms_level_below(level) != level - 1) {
			struct mms_walk_rec *folded = walk_row(st, level - 1, slot);

			folded->index = 0;
			folded->table_phys = rec->table_phys;
			folded->entry_phys = rec->entry_phys;
			folded->entry = rec->entry;
			folded->phys = rec->phys;
			folded->kind = MMS_KIND_table;
			folded->stop = MMS_STOP_folded;
		}
		parent = rec->entry;
		level = mms_level_below(level);
	}
}

static bool walk_same(const struct mms_walk_state *st)
{
	unsigned int i;

	for (i = 0; i < st->n; i++) {
		if (READ_ONCE(*st->slots[i]) != st->rows[i].entry)
			return false;
	}
	return true;
}

/* See walk-pgtable.c for what keeps the tables in place. */
static bool walk_once(struct mms_walk_state *st)
{
	unsigned long flags = 0;
	bool same;

	rcu_read_lock();
	if (st->kernel)
		local_irq_save(flags);
	walk_levels(st);
	same = walk_same(st);
	if (st->kernel)
		local_irq_restore(flags);
	rcu_read_unlock();
	return same;
}

static void walk_address(struct mms_walk_state *st)
{
	unsigned int tries = 0;

	while (!walk_once(st)) {
		if (++tries < MMS_WALK_TRIES)
			continue;
		st->rows[st->n - 1].stop = MMS_STOP_raced;
		st->rows[st->n - 1].rec.flags |= MMS_RF_RACED;
		break;
	}
}

static int walk_user(struct mms_walk_state *st, struct mm_struct *mm)
{
	struct address_space *mapping = NULL;
	struct vm_area_struct *vma;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = find_vma(mm, st->addr);
	st->vma = vma && vma->vm_start <= st->addr ? vma : NULL;
	if (st->vma)
		mapping = mms_vma_tables_lock(vma);
	walk_address(st);
	mms_vma_tables_unlock(mapping);
	mmap_read_unlock(mm);
	return 0;
}

static int walk_begin(struct mms_session *s)
{
	const struct mms_query *q = &s->query;
	struct mms_walk_state *st = s->state;

	if (q->end || q->levels)
		return -EINVAL;
	st->addr = q->start;
	st->kernel = q->start >= mms_arch_kernel_start();
	st->canonical = st->kernel || q->start < mms_arch_user_end();
	if (st->kernel && !s->syslog)
		return -EACCES;
	return mms_pgwalk_root(s, &st->pgd);
}

static int walk_fill(struct mms_session *s, struct mms_out *out)
{
	struct mm_struct *mm = mms_session_get_mm(s);
	struct mms_walk_state *st = s->state;
	unsigned int i;
	int err = 0;

	if (!mm)
		return -ESRCH;
	if (!st->canonical)
		walk_row(st, MMS_LEVEL_PGD, NULL)->stop = MMS_STOP_canonical;
	else if (st->kernel)
		walk_address(st);
	else
		err = walk_user(st, mm);
	mmput(mm);
	if (err)
		return err;
	for (i = 0; i < st->n; i++)
		mms_out_put(out, &st->rows[i]);
	return 0;
}

static const struct mms_field walk_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_walk_rec, f, u, t)
	MMS_WALK_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_walk = {
	MMS_VIEW_OF(walk),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_RAW,	/* it needs an address: there is no text file to say it on */
	.flags = MMS_Q_USER_PGD,
	.uses_range = true,
	.state_size = sizeof(struct mms_walk_state),
	.begin = walk_begin,
	.fill = walk_fill,
};
