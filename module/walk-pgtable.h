/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Iteration over page tables: which entries, under which locks, in what
 * portions. A view brings callbacks and never touches a table itself.
 */
#ifndef MMS_WALK_PGTABLE_H
#define MMS_WALK_PGTABLE_H

#include <linux/mm.h>
#include "arch.h"

struct mms_pgwalk;
struct mms_session;

/*
 * Entries looked at while mmap_lock is held once. With the work a view does
 * for each of them, 100 instructions, this is well under a millisecond.
 */
#define MMS_CHUNK_ENTRIES	(16 * MMS_ENTRIES)

/**
 * struct mms_span - neighbouring entries of one table
 * @level: of the table
 * @addr: address that the first entry translates
 * @n: how many
 * @entries: their values, copied at one time and checked to belong together
 * @live: the entries themselves, to see whether one has changed since;
 *	readable as long as the callback runs. NULL in the kernel's half
 * @again: they all hold the table that the entry before them holds, too, and
 *	are stepped over; only in the kernel's half
 */
struct mms_span {
	unsigned int level;
	unsigned long addr;
	unsigned int n;
	const u64 *entries;
	u64 *live;
	bool again;
};

/**
 * struct mms_pgwalk_ops - what a view does with what the walk meets
 * @vma: optional; a VMA is entered, perhaps again after a pause. Called with
 *	mmap_lock held, may not sleep on it; 0, or 1 to stop before the VMA, or
 *	-1 to step over it
 * @table: optional; an entry that holds a table is passed for the first time;
 *	@table has MMS_ENTRIES entries. The PGD itself comes with level
 *	MMS_LEVEL_PGD + 1 and entry 0. Returns 0, or 1 to stop before it
 * @span: entries that hold no tables, empty ones among them; or entries that
 *	repeat a table, see &struct mms_span.again. Returns how many
 *	it has taken; fewer than span->n stops the walk, which goes on with the
 *	rest at the next call
 *
 * @table and @span run inside an RCU read section, and in the kernel's half
 * @table with interrupts off: they may not sleep.
 */
struct mms_pgwalk_ops {
	int (*vma)(struct mms_pgwalk *w, struct vm_area_struct *vma);
	int (*table)(struct mms_pgwalk *w, unsigned int level, u64 entry,
		     unsigned long addr, const u64 *table);
	unsigned int (*span)(struct mms_pgwalk *w, const struct mms_span *span);
};

/* One level on the way down. */
struct mms_step {
	u64 *slot;
	u64 entry;
};

/**
 * struct mms_pgwalk - a walk, and its cursor
 * @mm: address space; the walk holds no reference of its own
 * @pgd: the root
 * @start: the first address of the range
 * @addr: the next address to look at: the whole state between two chunks
 * @last: the last address of the range
 * @kernel: the kernel's half, where there are no VMAs
 * @done: @last has been passed
 * @vma: the VMA at @addr, valid inside callbacks; NULL in the kernel's half
 * @ops: the view
 * @priv: the view's own
 * @cost: of the chunk under way, in entries looked at; a view adds what it does
 *	besides under the walk's locks
 * @raced: how often tables changed under the walk, which then looked again
 * @seen: for each level, 1 + start of the last table passed to @ops->table
 * @path: the entries that led to the table of the step under way
 * @copy: entries of the span under way: the session's scratch page
 */
struct mms_pgwalk {
	struct mm_struct *mm;
	pgd_t *pgd;
	unsigned long start;
	unsigned long addr;
	unsigned long last;
	bool kernel;
	bool done;
	struct vm_area_struct *vma;
	const struct mms_pgwalk_ops *ops;
	void *priv;
	unsigned int cost;
	u64 raced;
	unsigned long seen[MMS_LEVEL_PGD + 2];
	struct mms_step path[MMS_LEVEL_PGD];
	u64 *copy;
};

int mms_pgwalk_root(const struct mms_session *s, pgd_t **ret_pgd);
struct address_space *mms_vma_tables_lock(struct vm_area_struct *vma);
void mms_vma_tables_unlock(struct address_space *mapping);
spinlock_t *mms_table_lock(struct mm_struct *mm, unsigned int level, u64 *slot, u64 parent);
int mms_pgwalk_init(struct mms_pgwalk *w, struct mms_session *s,
		    const struct mms_pgwalk_ops *ops, void *priv);
void mms_pgwalk_init_mm(struct mms_pgwalk *w, struct mms_session *s, struct mm_struct *mm,
			const struct mms_pgwalk_ops *ops, void *priv);
int mms_pgwalk_chunk(struct mms_pgwalk *w, struct mms_session *s);
int mms_pgwalk_chunk_mm(struct mms_pgwalk *w, struct mms_session *s);

#endif /* MMS_WALK_PGTABLE_H */
