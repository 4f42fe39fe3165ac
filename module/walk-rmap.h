/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a page to where it is mapped: the kernel's reverse map, proven by page
 * tables. walk-rmap.c has the locks; the loop over a tree is here, inline in the
 * view that brings what is done with a mapping: that is so little that a call
 * for each of them would be a good part of it.
 */
#ifndef MMS_WALK_RMAP_H
#define MMS_WALK_RMAP_H

#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/types.h>
#include "arch.h"
#include "compat/vma.h"
#include "walk-pgtable.h"

/* VMAs visited while a lock is held once, at most. */
#define MMS_RMAP_CHUNK	256

enum mms_rmap_result {
	MMS_RMAP_DONE,	/* every VMA has been visited */
	MMS_RMAP_MORE,	/* there are more, but not in this portion */
	MMS_RMAP_NONE,	/* the page has no reverse map, or is not mapped */
	MMS_RMAP_BUSY,	/* the locks could not be had */
};

/**
 * struct mms_mapping - one place that a page is mapped at
 * @vma: the VMA; it stays while the callback runs
 * @addr: the page's address
 * @entry: the entry that maps it, or stands for it while it is migrated
 * @level: of the table the entry stands in
 * @kind: enum mms_kind of the entry
 */
struct mms_mapping {
	struct vm_area_struct *vma;
	unsigned long addr;
	u64 entry;
	u8 level;
	u8 kind;
};

/**
 * struct mms_rmap - the reverse map of one page, and the place in it
 * @pfn: the page's frame; nothing is held of it between portions
 * @tree: mms_rmap_tree() with the view's callback in it. Called with the lock of
 *	the reverse map held, inside of an RCU read section: it may not sleep
 * @chunk: VMAs to visit in the next portion, at most MMS_RMAP_CHUNK
 * @visited: VMAs visited so far, whether they map the page or not
 * @changed: the reverse map changed between two portions, or during one:
 *	mappings may have been missed
 * @max_hold_ns: the longest time that the lock of the reverse map was held
 * @dev: device of the file, as stat() tells it
 * @inode: its inode number, 0 for none
 * @index: of the page in the file or in its anonymous memory, in pages
 */
struct mms_rmap {
	unsigned long pfn;
	enum mms_rmap_result (*tree)(struct mms_rmap *r, struct rb_root_cached *root, bool anon);
	unsigned int chunk;
	unsigned int visited;
	bool changed;
	u32 max_hold_ns;
	dev_t dev;
	u64 inode;
	u64 index;

	/* private: */
	unsigned long word;
	const void *last;
};

/**
 * typedef mms_rmap_visit_fn - take a mapping
 * @r: the reverse map
 * @m: the mapping
 *
 * Return: false to stop before it.
 */
typedef bool mms_rmap_visit_fn(struct mms_rmap *r, const struct mms_mapping *m);

enum mms_rmap_result mms_rmap_part(struct mms_rmap *r);
bool mms_rmap_look(struct mms_rmap *r, struct mms_mapping *m);

/* ---- the trees, as mm/interval_tree.c has them -------------------------- */

static inline unsigned long mms_vma_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long mms_vma_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

static inline unsigned long mms_avc_first(struct anon_vma_chain *avc)
{
	return mms_vma_anon_pgoff(avc->vma);
}

static inline unsigned long mms_avc_last(struct anon_vma_chain *avc)
{
	return mms_vma_anon_pgoff(avc->vma) + vma_pages(avc->vma) - 1;
}

/* called by what the next two define, which is to be inline as a whole */
static __always_inline struct vm_area_struct *
mms_vma_tree_subtree_search(struct vm_area_struct *vma, unsigned long first, unsigned long last);
static __always_inline struct anon_vma_chain *
mms_avc_tree_subtree_search(struct anon_vma_chain *avc, unsigned long first, unsigned long last);

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long, shared.rb_subtree_last,
		     mms_vma_first, mms_vma_last, static __always_inline, mms_vma_tree)
INTERVAL_TREE_DEFINE(struct anon_vma_chain, rb, unsigned long, rb_subtree_last,
		     mms_avc_first, mms_avc_last, static __always_inline, mms_avc_tree)

/* ---- one VMA ------------------------------------------------------------ */

static __always_inline bool mms_rmap_down(unsigned int from, unsigned int level,
					  unsigned long addr, u64 mask, u64 *entry)
{
	if (unlikely(!mms_entry_table(from, *entry)))
		return false;
	*entry = READ_ONCE(mms_entry_next_by(*entry, mask)[mms_level_index(level, addr)]);
	return true;
}

/**
 * struct mms_plain - how a plain PTE of the page is told, for a loop
 * @table_mask: mms_table_mask()
 * @mask: mms_entry_plain_mask()
 * @entry: what it leaves of such a PTE
 */
struct mms_plain {
	u64 table_mask;
	u64 mask;
	u64 entry;
};

/*
 * Is the page mapped by a plain PTE? That is most of what there is. False says
 * nothing, mms_rmap_look() has all cases.
 *
 * Neither the table's own lock nor a second look at the way to it is needed to
 * believe what is seen. Whoever changes an entry empties it first or puts
 * something else there, never this page. Tables above the PTE level stay as long
 * as the VMA is in the tree, and a PTE table that maps something is taken out of
 * its place only with the lock of the reverse map held for writing, by collapse
 * and mremap(); others, which are empty, are memory to the end of the RCU read
 * section.
 */
static __always_inline bool mms_rmap_plain(const struct mms_plain *plain, struct mms_mapping *m)
{
	const u64 *pgd = (u64 *)m->vma->vm_mm->pgd;
	const u64 mask = plain->table_mask;
	u64 e = READ_ONCE(pgd[mms_level_index(MMS_LEVEL_PGD, m->addr)]);
	const bool five = mms_arch_five_levels();

	if (five && !mms_rmap_down(MMS_LEVEL_PGD, MMS_LEVEL_P4D, m->addr, mask, &e))
		return false;
	if (!mms_rmap_down(mms_arch_five_levels() ? MMS_LEVEL_P4D : MMS_LEVEL_PGD,
			   MMS_LEVEL_PUD, m->addr, mask, &e) ||
	    !mms_rmap_down(MMS_LEVEL_PUD, MMS_LEVEL_PMD, m->addr, mask, &e) ||
	    !mms_rmap_down(MMS_LEVEL_PMD, MMS_LEVEL_PTE, m->addr, mask, &e))
		return false;
	m->entry = e;
	m->level = MMS_LEVEL_PTE;
	m->kind = MMS_KIND_page;
	return likely((e & plain->mask) == plain->entry);
}

/* Another mapping, or none. A copy, whose address is taken: the other can stay in registers. */
static noinline bool mms_rmap_other(struct mms_rmap *r, struct vm_area_struct *vma,
				    unsigned long addr, mms_rmap_visit_fn *visit)
{
	struct mms_mapping m = { .vma = vma, .addr = addr };

	return !mms_rmap_look(r, &m) || visit(r, &m);
}

/* A place in one of the trees, by which only one of @avc and @vma is needed. */
struct mms_rmap_place {
	struct anon_vma_chain *avc;
	struct vm_area_struct *vma;
	pgoff_t index;
};

/* False: stop before this VMA. */
static __always_inline bool mms_rmap_vma(struct mms_rmap *r, const struct mms_rmap_place *p,
					 bool anon, const struct mms_plain *plain,
					 mms_rmap_visit_fn *visit)
{
	struct vm_area_struct *vma = p->vma;
	const pgoff_t first = anon ? mms_vma_anon_pgoff(vma) : vma->vm_pgoff;
	struct mms_mapping m;

	m.vma = vma;
	m.addr = vma->vm_start + ((p->index - first) << PAGE_SHIFT);
	if (unlikely(!mms_rmap_plain(plain, &m)))
		return mms_rmap_other(r, vma, m.addr, visit);
	return visit(r, &m);
}

/* ---- from VMA to VMA ---------------------------------------------------- */

static __always_inline bool mms_rmap_at(struct mms_rmap_place *p, bool anon)
{
	if (!anon)
		return p->vma;
	if (!p->avc)
		return false;
	p->vma = p->avc->vma;
	return true;
}

static __always_inline bool mms_rmap_first(struct mms_rmap_place *p, struct rb_root_cached *root,
					   bool anon)
{
	if (anon)
		p->avc = mms_avc_tree_iter_first(root, p->index, p->index);
	else
		p->vma = mms_vma_tree_iter_first(root, p->index, p->index);
	return mms_rmap_at(p, anon);
}

static __always_inline bool mms_rmap_next(struct mms_rmap_place *p, bool anon)
{
	if (anon)
		p->avc = mms_avc_tree_iter_next(p->avc, p->index, p->index);
	else
		p->vma = mms_vma_tree_iter_next(p->vma, p->index, p->index);
	return mms_rmap_at(p, anon);
}

/**
 * mms_rmap_tree() - what struct mms_rmap.tree does
 * @r: the reverse map
 * @root: anon_vma->rb_root or mapping->i_mmap
 * @anon: which of them; constant
 * @visit: called for each mapping; constant
 *
 * VMAs that were visited in earlier portions are stepped over, if the tree is
 * still the same: that is seen from the last of them.
 *
 * Return: whether the walk is over
 */
static __always_inline enum mms_rmap_result mms_rmap_tree(struct mms_rmap *r,
							  struct rb_root_cached *root, bool anon,
							  mms_rmap_visit_fn *visit)
{
	unsigned int skip = r->visited, left = r->chunk;
	struct mms_rmap_place p = { .index = r->index };
	const struct mms_plain plain = {
		.table_mask = mms_table_mask(),
		.mask = mms_entry_plain_mask(),
		.entry = mms_entry_plain_of(r->pfn),
	};
	bool more;

	for (more = mms_rmap_first(&p, root, anon); more && skip; skip--) {
		if (skip == 1 && p.vma != r->last)
			r->changed = true;
		more = mms_rmap_next(&p, anon);
	}
	if (skip)
		r->changed = true;
	while (more && left && mms_rmap_vma(r, &p, anon, &plain, visit)) {
		left--;
		r->last = p.vma;
		more = mms_rmap_next(&p, anon);
	}
	r->visited += r->chunk - left;
	return more ? MMS_RMAP_MORE : MMS_RMAP_DONE;
}

#endif /* MMS_WALK_RMAP_H */
