// SPDX-License-Identifier: GPL-2.0-only
/*
 * A search for what maps page frames, through the page tables of every process:
 * for frames that have no reverse map, or one that is closed to modules.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include "entry.h"
#include "session.h"
#include "walk-process.h"
#include "walk-search.h"

/* One entry. False: no room. */
static bool mms_search_entry(struct mms_search *f, const struct mms_span *span, unsigned int i)
{
	const unsigned long size = mms_level_size(span->level);
	struct vm_area_struct *vma = f->walk.vma;
	struct mms_entry entry;
	struct mms_hit hit;
	u64 last;

	mms_entry_decode(vma, span->level, span->entries[i], &entry);
	if (!mms_kind_has_pfn(entry.kind))
		return true;
	last = min(entry.pfn + (size >> PAGE_SHIFT), f->end);
	hit = (struct mms_hit){ .vma = vma, .pfn = max(entry.pfn, f->begin) };
	if (hit.pfn >= last)
		return true;
	hit.count = last - hit.pfn;
	hit.first = entry.pfn;
	hit.addr = span->addr + i * size + ((hit.pfn - entry.pfn) << PAGE_SHIFT);
	hit.entry = span->entries[i];
	hit.level = span->level;
	hit.have = mms_entry_look(&f->look, vma, span->level, span->live ? &span->live[i] : NULL,
				  hit.entry, &entry, &hit.info, &hit.raced);
	hit.kind = entry.kind;
	return f->found(f, &hit);
}

static unsigned int mms_search_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_search *f = w->priv;
	unsigned int i;

	mms_folio_look_init(&f->look);
	for (i = 0; i < span->n; i++) {
		if (span->entries[i] && !mms_search_entry(f, span, i))
			break;
	}
	return i;
}

static int mms_search_vma(struct mms_pgwalk *w, struct vm_area_struct *vma)
{
	const struct mms_search *f = w->priv;

	/* madvise(MADV_UNMERGEABLE) takes the merged pages away before the flag */
	return f->all || (vma->vm_flags & VM_MERGEABLE) ? 0 : -1;
}

static const struct mms_pgwalk_ops mms_search_ops = {
	.vma = mms_search_vma,
	.span = mms_search_span,
};

static void mms_search_next(struct mms_search *f)
{
	put_pid(f->pid);
	f->pid = NULL;
	f->nr++;
}

/**
 * mms_search_part() - search on in a process, or in the next one
 * @f: the search; zeroed at first but for what is not private, @pid and @comm
 * @s: the session
 *
 * Processes go by their numbers in the initial pid namespace; one that shares
 * its memory with another is not searched again.
 *
 * Context: may sleep; takes mmap_lock for reading for a bounded part.
 * Return: 1: there is more, 0: that was all; EINTR.
 */
int mms_search_part(struct mms_search *f, struct mms_session *s)
{
	const bool fresh = !f->pid;
	struct mm_struct *mm;
	int err;

	if (fresh)
		f->pid = mms_process_next(&f->nr);
	if (!f->pid)
		return 0;
	mm = mms_process_mm(f->pid, f->comm);
	if (!mm) {
		mms_search_next(f);
		return 1;
	}
	if (fresh)
		mms_pgwalk_init_mm(&f->walk, s, mm, &mms_search_ops, f);
	f->walk.mm = mm;	/* another one if it has called exec since */
	f->walk.pgd = mm->pgd;
	err = mms_pgwalk_chunk_mm(&f->walk, s);
	mmput(mm);
	if (err)
		return err;
	if (f->walk.done)
		mms_search_next(f);
	return 1;
}

/* Ends a search, at its end or in the middle. */
void mms_search_deinit(struct mms_search *f)
{
	put_pid(f->pid);
	f->pid = NULL;
}
