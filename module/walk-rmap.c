// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reverse map: where a page is mapped. What mm/rmap.c does with functions
 * that are not exported is done here with parts that are, under the same locks.
 *
 * Anonymous memory: folio->mapping leads to an anon_vma. What keeps it:
 * its slab is SLAB_TYPESAFE_BY_RCU, so that its lock can be tried inside an RCU
 * read section, whatever it has become; with the lock held, a folio that is
 * still mapped and still points to it proves that it is in use, and
 * anon_vma_free() waits for who holds the lock. That is the fast path of
 * folio_lock_anon_vma_read(). Its slow path takes a reference, which only
 * functions that are not exported can give back: here the lock is tried again
 * after a pause. No reference to the folio is needed, and none is taken, as it
 * would make the next write to the page copy it: the folio is compared again.
 *
 * Files: the folio is referenced and locked, so that it is not truncated and
 * its mapping stays. All locks are only tried, which leaves no order to be wrong.
 *
 * VMAs leave these trees before their page tables are freed, so that the lock of
 * the tree keeps the tables above the PTE level, as mmap_lock does in a walk
 * (walk-pgtable.c); hugetlb's shared ones need i_mmap_rwsem anyway.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>
#include "compat/folio.h"
#include "entry.h"
#include "walk-pgtable.h"
#include "walk-rmap.h"

/* A lock that is held this often is given up: some 2 ms in all. */
#define MMS_RMAP_TRIES	24
#define MMS_RMAP_SPINS	4	/* of these without a pause */
#define MMS_RMAP_PAUSE	100	/* microseconds */

/* How often a VMA's tables may change under the look before that is said. */
#define MMS_RMAP_LOOKS	8

/* ---- in one VMA --------------------------------------------------------- */

static void mms_rmap_step(struct mms_step *s, unsigned int level, unsigned long addr)
{
	s->slot = mms_entry_next(s->entry) + mms_level_index(level, addr);
	s->entry = READ_ONCE(*s->slot);
}

static bool mms_step_same(const struct mms_step *s)
{
	return READ_ONCE(*s->slot) == s->entry;
}

/* An entry that is empty may be about to be filled again: with the lock held it is not. */
static u64 mms_rmap_empty(struct mm_struct *mm, const struct mms_step *s, unsigned int level,
			  u64 parent)
{
	spinlock_t *ptl = mms_table_lock(mm, level, s->slot, parent);
	u64 entry;

	spin_lock(ptl);
	entry = READ_ONCE(*s->slot);
	spin_unlock(ptl);
	return entry;
}

/* The entry that translates m->addr, or 0. False: the tables changed under the look. */
static bool mms_rmap_leaf(struct mms_mapping *m)
{
	/* a step that is not made stays as it is */
	const struct mms_step none = { .slot = &m->entry };
	struct mm_struct *mm = m->vma->vm_mm;
	struct mms_step s, pud = none, pmd = none;

	m->entry = 0;
	m->level = MMS_LEVEL_PUD;
	s.slot = (u64 *)mm->pgd + mms_level_index(MMS_LEVEL_PGD, m->addr);
	s.entry = READ_ONCE(*s.slot);
	if (!mms_entry_table(MMS_LEVEL_PGD, s.entry))
		return true;
	if (mms_arch_five_levels()) {
		mms_rmap_step(&s, MMS_LEVEL_P4D, m->addr);
		if (!mms_entry_table(MMS_LEVEL_P4D, s.entry))
			return true;
	}
	mms_rmap_step(&s, MMS_LEVEL_PUD, m->addr);
	if (mms_entry_table(MMS_LEVEL_PUD, s.entry)) {
		pud = s;
		m->level = MMS_LEVEL_PMD;
		mms_rmap_step(&s, MMS_LEVEL_PMD, m->addr);
	}
	if (mms_entry_table(m->level, s.entry)) {
		pmd = s;
		m->level = MMS_LEVEL_PTE;
		mms_rmap_step(&s, MMS_LEVEL_PTE, m->addr);
	}
	if (!s.entry)
		s.entry = mms_rmap_empty(mm, &s, m->level, pmd.entry);
	if (!mms_step_same(&pud) || !mms_step_same(&pmd) || mms_entry_table(m->level, s.entry))
		return false;
	m->entry = s.entry;
	return true;
}

/**
 * mms_rmap_look() - is the page mapped in a VMA, or does an entry stand for it?
 * @r: the reverse map
 * @m: the VMA and the address; the rest is filled if it is
 *
 * Context: as struct mms_rmap.tree.
 * Return: true if it is; @m is filled then
 */
bool mms_rmap_look(struct mms_rmap *r, struct mms_mapping *m)
{
	struct mms_entry entry;
	unsigned int tries = 0;

	while (!mms_rmap_leaf(m)) {
		if (++tries == MMS_RMAP_LOOKS) {
			r->changed = true;
			return false;
		}
	}
	if (!m->entry)
		return false;
	mms_entry_decode(m->vma, m->level, m->entry, &entry);
	entry.pfn += (m->addr & (mms_level_size(m->level) - 1)) >> PAGE_SHIFT;
	m->kind = entry.kind;
	return entry.pfn == r->pfn && mms_kind_has_pfn(entry.kind);
}

/* ---- the locks ----------------------------------------------------------- */

/* The lock has been held since @t0. */
static void mms_rmap_held(struct mms_rmap *r, u64 t0)
{
	r->max_hold_ns = max_t(u64, r->max_hold_ns, ktime_get_ns() - t0);
}

/* The same word as in earlier portions? Remembers it in the first. */
static bool mms_rmap_same(struct mms_rmap *r, unsigned long word)
{
	if (r->visited && word != r->word)
		return false;
	r->word = word;
	return true;
}

static bool mms_rmap_anon_still(struct page *page, struct folio *folio, unsigned long word)
{
	return page_folio(page) == folio && (unsigned long)READ_ONCE(folio->mapping) == word &&
	       mms_folio_mapped(folio);
}

/* RCU read section. */
static enum mms_rmap_result mms_rmap_anon(struct mms_rmap *r, struct page *page,
					  struct folio *folio, unsigned long word)
{
	struct anon_vma *anon_vma = (void *)(word - MMS_MAPPING_ANON);
	enum mms_rmap_result ret = MMS_RMAP_NONE;
	struct anon_vma *root;
	u64 t0;

	if (!mms_rmap_anon_still(page, folio, word))
		return MMS_RMAP_NONE;
	root = READ_ONCE(anon_vma->root);
	if (!down_read_trylock(&root->rwsem))
		return MMS_RMAP_BUSY;
	t0 = ktime_get_ns();
	if (!mms_rmap_anon_still(page, folio, word))
		goto unlock;
	r->index = mms_folio_pgoff(folio) + (page - &folio->page);
	ret = r->tree(r, &anon_vma->rb_root, true);
	/* userfaultfd moves pages from one anon_vma to another without its lock, since 6.18 */
	if ((unsigned long)READ_ONCE(folio->mapping) != word)
		r->changed = true;
unlock:
	up_read(&root->rwsem);
	mms_rmap_held(r, t0);
	return ret;
}

/* A folio that is referenced and locked. */
static enum mms_rmap_result mms_rmap_file_locked(struct mms_rmap *r, struct folio *folio,
						 struct address_space *mapping)
{
	enum mms_rmap_result ret;
	u64 t0;

	r->index = mms_folio_pgoff(folio) + (pfn_to_page(r->pfn) - &folio->page);
	r->dev = mapping->host->i_sb->s_dev;
	r->inode = mapping->host->i_ino;
	if (!mms_folio_mapped(folio))
		return MMS_RMAP_NONE;
	if (!i_mmap_trylock_read(mapping))
		return MMS_RMAP_BUSY;
	t0 = ktime_get_ns();
	rcu_read_lock();
	ret = r->tree(r, &mapping->i_mmap, false);
	rcu_read_unlock();
	i_mmap_unlock_read(mapping);
	mms_rmap_held(r, t0);
	return ret;
}

/*
 * Is it surely page cache? Others may keep in the same word what is no pointer
 * to a mapping, but they are on no LRU list, hold no data of a file, and are
 * not mapped as folios are.
 */
static bool mms_rmap_page_cache(struct folio *folio)
{
	const unsigned long flags = mms_folio_flags(folio);

	if (mms_folio_slab(folio) || (flags & BIT(PG_reserved)))
		return false;
	if (flags & BIT(PG_head) ? mms_folio_hugetlb(folio) : false)
		return true;
	if (!(flags & BIT(PG_head)) && atomic_read(&folio->_mapcount) < -1)
		return false;		/* a page type */
	return (flags & (BIT(PG_lru) | BIT(PG_uptodate))) || mms_folio_mapped(folio);
}

/* With a reference to the folio, which is given back. */
static enum mms_rmap_result mms_rmap_file(struct mms_rmap *r, struct folio *folio,
					  unsigned long word)
{
	enum mms_rmap_result ret = MMS_RMAP_BUSY;

	if (!folio_trylock(folio))
		goto put;
	ret = MMS_RMAP_NONE;
	if ((unsigned long)READ_ONCE(folio->mapping) == word)
		ret = mms_rmap_file_locked(r, folio, (struct address_space *)word);
	folio_unlock(folio);
put:
	folio_put(folio);
	return ret;
}

/* A reference to a folio of page cache. RCU read section. */
static bool mms_rmap_file_get(struct page *page, struct folio *folio)
{
	if (!mms_rmap_page_cache(folio) || !folio_try_get(folio))
		return false;
	if (page_folio(page) == folio)
		return true;
	folio_put(folio);
	return false;
}

static enum mms_rmap_result mms_rmap_try(struct mms_rmap *r)
{
	enum mms_rmap_result ret = MMS_RMAP_NONE;
	struct folio *folio, *file = NULL;
	unsigned long word = 0;
	struct page *page;

	/* which keeps the struct page, too, until there is a reference */
	rcu_read_lock();
	page = pfn_to_online_page(r->pfn);
	if (!page)
		goto unlock;
	folio = page_folio(page);
	word = (unsigned long)READ_ONCE(folio->mapping);
	if (!mms_rmap_same(r, word)) {
		r->changed = true;
		ret = MMS_RMAP_DONE;
	} else if ((word & MMS_MAPPING_FLAGS) == MMS_MAPPING_ANON) {
		ret = mms_rmap_anon(r, page, folio, word);
	} else if (word && !(word & MMS_MAPPING_FLAGS) && mms_rmap_file_get(page, folio)) {
		file = folio;
	}
unlock:
	rcu_read_unlock();
	return file ? mms_rmap_file(r, file, word) : ret;
}

/**
 * mms_rmap_part() - visit the next mappings of a page
 * @r: the place; zeroed at first but for @pfn and @tree
 *
 * A place is a number of VMAs: the next portion begins at the front again, and
 * steps over as many. Whether these are the same is seen from the last of them.
 *
 * Context: may sleep; holds the locks for a bounded number of VMAs.
 * Return: enum mms_rmap_result; after MMS_RMAP_MORE call it again.
 */
enum mms_rmap_result mms_rmap_part(struct mms_rmap *r)
{
	enum mms_rmap_result ret = MMS_RMAP_BUSY;
	unsigned int tries;

	for (tries = 0; tries < MMS_RMAP_TRIES; tries++) {
		ret = mms_rmap_try(r);
		if (ret != MMS_RMAP_BUSY || fatal_signal_pending(current))
			break;
		if (tries < MMS_RMAP_SPINS)
			cond_resched();
		else
			usleep_range(MMS_RMAP_PAUSE, 2 * MMS_RMAP_PAUSE);
	}
	return ret;
}
