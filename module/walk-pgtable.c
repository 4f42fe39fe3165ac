// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page-table walk.
 *
 * It is an iterator without recursion: each step goes down from the root to
 * the table that translates the cursor, copies the entries from there to the
 * end of that table, checks that every entry it came through is still the
 * same, and hands the copy to the view. The next step starts at the root
 * again, so that nothing is remembered about tables but an address, and a
 * pause is possible after any entry.
 *
 * The copy is made with the table's own lock held: those who change an entry
 * that stays mapped clear it for a moment, under that lock. Nothing else is
 * done under it.
 *
 * What keeps a table from being freed while it is read:
 *
 * - Tables of a VMA above the PTE level go away only with the VMA, or with
 *   mmap_lock held for writing. We hold it for reading, and stay inside of
 *   VMAs: munmap() frees the tables of what it has already detached with the
 *   lock downgraded.
 * - PTE tables also go away under a mere read lock (collapse of file THPs,
 *   reclaim of empty tables); those are freed by RCU, and the walk is inside
 *   an RCU read section and looks at the PMD again after the copy.
 * - hugetlb shares PMD tables between processes and may unshare them from the
 *   rmap side, with i_mmap_rwsem held for writing: we hold it for reading in
 *   hugetlb VMAs. mm/rmap.c has the order: mmap_lock, then i_mmap_rwsem.
 * - Tables of the kernel's half are freed after a flush of all CPUs' TLBs, or
 *   later still: interrupts are off from the descent to the end of the copy,
 *   and the check of all entries on the way rejects a table that was replaced.
 *   One case is left: memory that is removed takes its part of the direct map
 *   along, and remove_pagetable() frees those tables before the flush. The
 *   lock against that, get_online_mems(), is not exported. What is read there
 *   in the few instructions before the check is memory all the same, since
 *   pfn_valid() is asked, and is thrown away by it.
 *
 * The kernel's half may hold one table over and over: the shadow memory of
 * KASAN is terabytes of one page. An entry that holds the same table as the
 * entry before it is not followed, but reported as such.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/ktime.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include "session.h"
#include "walk-pgtable.h"

/* Finding a VMA is work, too. */
#define MMS_VMA_COST		16

/* Redo a step whose tables changed this often before giving others a chance. */
#define MMS_RACE_TRIES		8

/**
 * mms_pgwalk_root() - the root of the tables that a query asks for
 * @s: the session
 * @ret_pgd: the PGD, or KPTI's user copy of it
 *
 * Return: 0, or EINVAL for the user copy where there is none.
 */
int mms_pgwalk_root(const struct mms_session *s, pgd_t **ret_pgd)
{
	if (!(s->query.flags & MMS_Q_USER_PGD)) {
		*ret_pgd = s->mm->pgd;
		return 0;
	}
	if (!mms_arch_pti())
		return -EINVAL;
	*ret_pgd = mms_arch_user_pgd(s->mm->pgd);
	return 0;
}

/**
 * mms_vma_tables_lock() - what a VMA's tables need on top of mmap_lock
 * @vma: the VMA, mmap_lock held
 *
 * Return: to be given to mms_vma_tables_unlock().
 */
struct address_space *mms_vma_tables_lock(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!is_vm_hugetlb_page(vma))
		return NULL;
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_read(mapping);
	return mapping;
}

void mms_vma_tables_unlock(struct address_space *mapping)
{
	if (mapping)
		i_mmap_unlock_read(mapping);
}

/**
 * mms_table_lock() - the lock under which entries of a user's table change
 * @mm: the address space
 * @level: level of the table
 * @slot: an entry of the table
 * @parent: value of the entry that holds the table, at the PTE level
 *
 * Context: what keeps the table in place is held, see above.
 * Return: the lock, not taken
 */
spinlock_t *mms_table_lock(struct mm_struct *mm, unsigned int level, u64 *slot, u64 parent)
{
	pmd_t pmd = __pmd(parent);

	switch (level) {
	case MMS_LEVEL_PTE:
		return pte_lockptr(mm, &pmd);
	case MMS_LEVEL_PMD:
		return pmd_lockptr(mm, (pmd_t *)slot);
	default:
		return &mm->page_table_lock;
	}
}

/**
 * mms_pgwalk_init() - set up a walk as a session's query says
 * @w: the walk, zeroed
 * @s: the session; its query's start, end and flags are used
 * @ops: the view's callbacks
 * @priv: the view's own
 *
 * Return: 0, or EINVAL for a range that is empty, wraps, or leaves its half.
 */
int mms_pgwalk_init(struct mms_pgwalk *w, struct mms_session *s,
		    const struct mms_pgwalk_ops *ops, void *priv)
{
	const struct mms_query *q = &s->query;
	unsigned long lo, hi;

	w->kernel = q->flags & MMS_Q_KERNEL;
	lo = w->kernel ? mms_arch_kernel_start() : 0;
	hi = w->kernel ? ULONG_MAX : mms_arch_user_end() - 1;
	if (q->start) {
		if (q->start < lo || q->start > hi)
			return -EINVAL;
		lo = q->start & PAGE_MASK;
	}
	if (q->end) {
		if (q->end <= q->start || q->end - 1 < lo || q->end - 1 > hi)
			return -EINVAL;
		hi = (q->end - 1) | ~PAGE_MASK;
	}
	w->copy = s->scratch;
	w->mm = s->mm;
	w->start = lo;
	w->addr = lo;
	w->last = hi;
	w->ops = ops;
	w->priv = priv;
	return mms_pgwalk_root(s, &w->pgd);
}

/**
 * mms_pgwalk_init_mm() - set up a walk of all of another address space's user half
 * @w: the walk
 * @s: the session
 * @mm: the address space; the walk holds no reference of its own
 * @ops: the view's callbacks
 * @priv: the view's own
 */
void mms_pgwalk_init_mm(struct mms_pgwalk *w, struct mms_session *s, struct mm_struct *mm,
			const struct mms_pgwalk_ops *ops, void *priv)
{
	*w = (struct mms_pgwalk){
		.mm = mm,
		.pgd = mm->pgd,
		.last = mms_arch_user_end() - 1,
		.ops = ops,
		.priv = priv,
		.copy = s->scratch,
	};
}

/* Move the cursor behind an area that ends with @last. */
static void mms_pgwalk_advance(struct mms_pgwalk *w, unsigned long last)
{
	if (last >= w->last)
		w->done = true;
	else
		w->addr = last + 1;
}

/* Tell the view of a table the first time it is passed. 1: stop before it. */
static int mms_pgwalk_table(struct mms_pgwalk *w, unsigned int level, u64 entry,
			    unsigned long addr, const u64 *table)
{
	unsigned long base = level > MMS_LEVEL_PGD ? 0 : addr & ~(mms_level_size(level) - 1);

	if (w->seen[level] == base + 1)
		return 0;
	if (w->ops->table(w, level, entry, base, table))
		return 1;
	w->seen[level] = base + 1;
	return 0;
}

/* Is everything we came through, down to @depth, as it was? */
static bool mms_path_same(const struct mms_step *path, unsigned int depth)
{
	while (depth--) {
		if (READ_ONCE(*path[depth].slot) != path[depth].entry)
			return false;
	}
	return true;
}

/* What mms_span_copy() found in a piece of a table. */
struct mms_found {
	unsigned int skip;	/* empty entries at the front */
	unsigned int n;		/* entries copied, the last of them not empty */
	unsigned int seen;	/* entries looked at in all */
};

/*
 * Is anything in eight, or in 32 entries? Nothing is in most of most tables:
 * one test for four cache lines.
 */
static __always_inline u64 mms_or_8(const u64 *slot)
{
	/* what is not empty is read again, once, before it is believed */
	return data_race(slot[0] | slot[1] | slot[2] | slot[3] |
			 slot[4] | slot[5] | slot[6] | slot[7]);
}

static __always_inline u64 mms_or_32(const u64 *slot)
{
	return mms_or_8(slot) | mms_or_8(slot + 8) | mms_or_8(slot + 16) | mms_or_8(slot + 24);
}

/* The first entry that is not empty, or @end. */
static const u64 *mms_skip_empty(const u64 *slot, const u64 *end)
{
	const u64 *const stop = slot + ((end - slot) & ~31L);

	while (slot != stop && !mms_or_32(slot))
		slot += 32;
	while (end - slot >= 8 && !mms_or_8(slot))
		slot += 8;
	while (slot != end && !READ_ONCE(*slot))
		slot++;
	return slot;
}

/* Behind the last entry that is not empty, or @slot. */
static const u64 *mms_skip_empty_tail(const u64 *slot, const u64 *end)
{
	const u64 *const stop = end - ((end - slot) & ~31L);

	while (end != stop && !mms_or_32(end - 32))
		end -= 32;
	while (end - slot >= 8 && !mms_or_8(end - 8))
		end -= 8;
	while (end != slot && !READ_ONCE(end[-1]))
		end--;
	return end;
}

/* Each entry is read once, and whole. */
static void mms_copy_entries(u64 *copy, const u64 *slot, unsigned int n)
{
	for (; n >= 8; n -= 8, copy += 8, slot += 8) {
		copy[0] = READ_ONCE(slot[0]);
		copy[1] = READ_ONCE(slot[1]);
		copy[2] = READ_ONCE(slot[2]);
		copy[3] = READ_ONCE(slot[3]);
		copy[4] = READ_ONCE(slot[4]);
		copy[5] = READ_ONCE(slot[5]);
		copy[6] = READ_ONCE(slot[6]);
		copy[7] = READ_ONCE(slot[7]);
	}
	while (n--)
		*copy++ = READ_ONCE(*slot++);
}

/*
 * Copy entries of one table: at the PTE level all @n, above it only up to the
 * first that is empty or holds a table. Empty ones in front are stepped over.
 */
static struct mms_found mms_span_copy(u64 *copy, const u64 *slot, unsigned int level,
				      unsigned int n)
{
	struct mms_found f = { .skip = mms_skip_empty(slot, slot + n) - slot };
	unsigned int i = f.skip;

	if (level == MMS_LEVEL_PTE) {
		f.seen = n;
		f.n = mms_skip_empty_tail(slot + i, slot + n) - (slot + i);
		mms_copy_entries(copy, slot + i, f.n);
		return f;
	}
	for (; i < n; i++) {
		u64 entry = READ_ONCE(slot[i]);

		if (!entry || mms_entry_table(level, entry))
			break;
		copy[f.n++] = entry;
	}
	f.seen = i;
	return f;
}

/* Copy the entries that are equal to the first. */
static struct mms_found mms_span_copy_again(u64 *copy, const u64 *slot, unsigned int n)
{
	struct mms_found f = {};

	copy[0] = READ_ONCE(slot[0]);
	do {
		copy[f.n] = copy[0];
		f.n++;
	} while (f.n < n && READ_ONCE(slot[f.n]) == copy[0]);
	f.seen = f.n;
	return f;
}

/* As mms_span_copy(), with the table's lock held; @parent holds the table, at the PTE level. */
static struct mms_found mms_span_copy_locked(struct mms_pgwalk *w, u64 *slot, unsigned int level,
					     unsigned int n, u64 parent)
{
	spinlock_t *ptl = mms_table_lock(w->mm, level, slot, parent);
	struct mms_found found;

	spin_lock(ptl);
	found = mms_span_copy(w->copy, slot, level, n);
	spin_unlock(ptl);
	return found;
}

enum mms_step_result {
	MMS_STEP_ON,		/* the cursor has moved */
	MMS_STEP_STOP,		/* the view wants no more now */
	MMS_STEP_RACED,		/* the tables changed: nothing was reported */
};

/*
 * Does the entry hold a table that can be read? In the user's half any table
 * can: it cannot go away, see above.
 */
static __always_inline bool mms_entry_followed(const struct mms_pgwalk *w, unsigned int level,
					       u64 entry)
{
	return mms_entry_table(level, entry) &&
	       (!w->kernel || pfn_valid(mms_entry_pfn(level, entry)));
}

/* Is it the table of the entry before, which was walked? */
static bool mms_entry_again(const struct mms_pgwalk *w, unsigned int level, const u64 *slot,
			    u64 entry)
{
	const unsigned long size = mms_level_size(level), first = w->addr & ~(size - 1);

	return offset_in_page(slot) && first - w->start >= size && READ_ONCE(slot[-1]) == entry;
}

/*
 * Go down to the table that translates the cursor. Returns it, its level in
 * @ret_level, and the way in w->path and @ret_depth; NULL if the view stops.
 * If @ret_again is set, the entry at the cursor repeats the one before it, and
 * its table was not gone down to.
 */
static u64 *mms_pgwalk_descend(struct mms_pgwalk *w, unsigned int *ret_depth,
			       unsigned int *ret_level, bool *ret_again)
{
	unsigned int level = MMS_LEVEL_PGD, depth = 0;
	const bool tell = w->ops->table;
	u64 *table = (u64 *)w->pgd;

	if (tell && mms_pgwalk_table(w, MMS_LEVEL_PGD + 1, 0, w->addr, table))
		return NULL;
	for (;;) {
		u64 *slot = table + mms_level_index(level, w->addr);
		u64 entry = READ_ONCE(*slot);

		if (!mms_entry_followed(w, level, entry))
			break;
		if (w->kernel && mms_entry_again(w, level, slot, entry)) {
			*ret_again = true;
			break;
		}
		table = mms_entry_next(entry);
		if (tell && mms_pgwalk_table(w, level, entry, w->addr, table))
			return NULL;
		w->path[depth].slot = slot;
		w->path[depth++].entry = entry;
		level = mms_level_below(level);
	}
	*ret_depth = depth;
	*ret_level = level;
	return table;
}

/*
 * One step: find the next entries at or after the cursor, up to @last, and
 * report them. The cost is raised by the number of entries looked at.
 */
static enum mms_step_result mms_pgwalk_step(struct mms_pgwalk *w, unsigned long last)
{
	unsigned int depth, n, index, taken, shift;
	unsigned long first, flags = 0;
	struct mms_found found;
	struct mms_span span;
	u64 *table;
	bool same;

	span.again = false;
	if (w->kernel)
		local_irq_save(flags);
	table = mms_pgwalk_descend(w, &depth, &span.level, &span.again);
	if (!table) {
		if (w->kernel)
			local_irq_restore(flags);
		return MMS_STEP_STOP;
	}
	/* From the cursor to the end of the table or of the range. */
	shift = mms_level_shift(span.level);
	index = mms_level_index(span.level, w->addr);
	first = w->addr & ~((1UL << shift) - 1);
	n = min_t(unsigned long, MMS_ENTRIES - index, ((last - first) >> shift) + 1);
	table += index;
	if (unlikely(span.again))
		found = mms_span_copy_again(w->copy, table, n);
	else if (w->kernel)
		found = mms_span_copy(w->copy, table, span.level, n);
	else
		found = mms_span_copy_locked(w, table, span.level, n,
					     depth ? w->path[depth - 1].entry : 0);
	/* a leaf that was split since: the next descent goes through it */
	same = mms_path_same(w->path, depth) &&
	       (found.seen || !mms_entry_followed(w, span.level, READ_ONCE(*table)));
	if (w->kernel)
		local_irq_restore(flags);

	w->cost += depth + 1 + found.seen;
	if (unlikely(!same)) {
		w->raced++;
		return MMS_STEP_RACED;
	}
	/* A table where no table can be: garbage is stepped over, not followed. */
	if (unlikely(!found.seen))
		found.seen = 1;
	if (found.n) {
		span.n = found.n;
		span.addr = first + ((unsigned long)found.skip << shift);
		span.entries = w->copy;
		span.live = w->kernel ? NULL : table + found.skip;
		taken = w->ops->span(w, &span);
		if (taken < span.n) {
			w->addr = span.addr + ((unsigned long)taken << shift);
			return MMS_STEP_STOP;
		}
	}
	/* an entry may reach beyond the VMA: the next VMA may stand in it, too */
	mms_pgwalk_advance(w, min(first + ((unsigned long)found.seen << shift) - 1, last));
	return MMS_STEP_ON;
}

/* Steps up to @last. 1: there is more to come, but not in this chunk. */
static int mms_pgwalk_area(struct mms_pgwalk *w, unsigned long last)
{
	unsigned int tries = 0;

	while (!w->done && w->addr <= last) {
		enum mms_step_result r;

		if (w->cost >= MMS_CHUNK_ENTRIES)
			return 1;
		rcu_read_lock();
		r = mms_pgwalk_step(w, last);
		rcu_read_unlock();
		if (r == MMS_STEP_STOP)
			return 1;
		if (r == MMS_STEP_RACED && ++tries > MMS_RACE_TRIES)
			return 1;
	}
	return 0;
}

/* Walk one VMA with the lock that its kind needs on top of mmap_lock. */
static int mms_pgwalk_vma(struct mms_pgwalk *w, struct vm_area_struct *vma)
{
	struct address_space *mapping;
	int more = 0;

	if (w->addr < vma->vm_start)
		w->addr = vma->vm_start;
	w->vma = vma;
	if (w->ops->vma)
		more = w->ops->vma(w, vma);
	if (more < 0) {
		mms_pgwalk_advance(w, min(vma->vm_end - 1, w->last));
		return 0;
	}
	if (more)
		return 1;
	mapping = mms_vma_tables_lock(vma);
	more = mms_pgwalk_area(w, min(vma->vm_end - 1, w->last));
	mms_vma_tables_unlock(mapping);
	return more;
}

static void mms_pgwalk_user(struct mms_pgwalk *w)
{
	VMA_ITERATOR(vmi, w->mm, w->addr);
	struct vm_area_struct *vma;

	/* a VMA that will not be walked in this chunk is not entered */
	while (!w->done && w->cost < MMS_CHUNK_ENTRIES) {
		vma = vma_next(&vmi);
		if (!vma || vma->vm_start > w->last) {
			w->done = true;
			break;
		}
		if (mms_pgwalk_vma(w, vma))
			break;
		w->cost += MMS_VMA_COST;
	}
	w->vma = NULL;
}

/**
 * mms_pgwalk_chunk_mm() - walk on for a bounded time in an address space that is held
 * @w: the walk; the caller holds mm_users of its @mm
 * @s: the session
 *
 * Context: may sleep; takes mmap_lock for reading, killably, and lets it go.
 * Return: 0 (see @w->done), EINTR when the reader was killed while it waited
 * for the lock.
 */
int mms_pgwalk_chunk_mm(struct mms_pgwalk *w, struct mms_session *s)
{
	u64 t0;

	w->cost = 0;
	if (fatal_signal_pending(current))
		return -EINTR;
	if (w->kernel) {
		if (!w->done)
			mms_pgwalk_area(w, w->last);
		return 0;
	}
	if (mmap_read_lock_killable(w->mm))
		return -EINTR;
	t0 = ktime_get_ns();
	mms_pgwalk_user(w);
	mmap_read_unlock(w->mm);
	s->max_hold_ns = max_t(u64, s->max_hold_ns, ktime_get_ns() - t0);
	return 0;
}

/**
 * mms_pgwalk_chunk() - walk on for a bounded time in the session's target
 * @w: the walk
 * @s: the session
 *
 * Context: as mms_pgwalk_chunk_mm().
 * Return: as mms_pgwalk_chunk_mm(), or ESRCH when the address space is gone.
 */
int mms_pgwalk_chunk(struct mms_pgwalk *w, struct mms_session *s)
{
	struct mm_struct *mm = mms_session_get_mm(s);
	int err;

	if (!mm)
		return -ESRCH;
	err = mms_pgwalk_chunk_mm(w, s);
	mmput(mm);
	return err;
}
