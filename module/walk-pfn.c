// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk over page frames. A struct page is looked at inside of the RCU read
 * section in which pfn_to_online_page() gave it: walk-hotplug.c says why it stays.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>
#include "walk-pfn.h"

/**
 * mms_pfn_limit() - how far memory goes
 *
 * Return: the first frame after all memory there is now, and after the section
 * that it ends in, as /proc/kpageflags has it.
 */
unsigned long mms_pfn_limit(void)
{
	unsigned long limit = 0;
	int node;

	for_each_online_node(node)
		limit = max(limit, pgdat_end_pfn(NODE_DATA(node)));
	return ALIGN(limit, PAGES_PER_SECTION);
}

/**
 * mms_pfnwalk_init() - set up a walk
 * @w: the walk
 * @start: first frame
 * @end: first frame after the range, 0 for the end of memory
 * @span: see struct mms_pfnwalk
 * @priv: the view's own
 *
 * If @start lies within a folio or a free block, the walk begins where that
 * does. Memory added behind the end of all memory while the walk is under way
 * is not seen.
 *
 * Return: 0, or EINVAL for an empty range, or frames that no memory can have.
 */
int mms_pfnwalk_init(struct mms_pfnwalk *w, u64 start, u64 end, mms_pfn_span_fn *span, void *priv)
{
	const u64 no_frame = BIT_ULL(MAX_PHYSMEM_BITS - PAGE_SHIFT);
	const unsigned long limit = mms_pfn_limit();

	if ((end && start >= end) || start >= no_frame || end > no_frame)
		return -EINVAL;
	*w = (struct mms_pfnwalk){
		.pfn = min_t(u64, start, limit),
		.end = end ? min_t(u64, end, limit) : limit,
		.span = span,
		.priv = priv,
		.aligned = !start,
	};
	return 0;
}

/**
 * mms_pfn_free_head() - the free block that a frame is in
 * @pfn: an online frame
 * @ret_order: its order
 *
 * Context: RCU read section.
 * Return: its first frame; @pfn itself, and order 0, if it is in none.
 */
unsigned long mms_pfn_free_head(unsigned long pfn, unsigned int *ret_order)
{
	unsigned int order;

	for (order = 0; order <= MMS_MAX_ORDER; order++) {
		const unsigned long head = pfn & -(1UL << order);
		struct page *page = pfn_to_online_page(head);
		int found = page ? mms_buddy_order(page, head) : -1;

		if (found >= (int)order) {
			*ret_order = found;
			return head;
		}
	}
	*ret_order = 0;
	return pfn;
}

/* The first frame of what @pfn is in. */
static unsigned long mms_pfn_head(unsigned long pfn, struct page *page)
{
	const unsigned long head = page_to_pfn(&page_folio(page)->page);
	unsigned int order;

	if (head < pfn && pfn_to_online_page(head))
		return head;
	return mms_pfn_free_head(pfn, &order);
}

/**
 * mms_pfn_skip() - where to go on behind a frame without a page
 * @pfn: the frame
 *
 * Return: the next frame that may have one
 */
unsigned long mms_pfn_skip(unsigned long pfn)
{
	/* a section may be online in parts: the rest is a device's memory */
	if (online_section_nr(pfn_to_section_nr(pfn)))
		return ALIGN(pfn + 1, PAGES_PER_SUBSECTION);
	return ALIGN(pfn + 1, PAGES_PER_SECTION);
}

/**
 * mms_pfnwalk_chunk() - a bounded piece of the walk
 * @w: the walk
 *
 * It is a span, or a hole, which is skipped a section at a time. 512 frames are below a
 * millisecond even where they are all of the kind that takes longest: some 1,100 instructions
 * for one that has no references and is in no list.
 *
 * Context: process context, no locks; takes RCU for the span.
 * Return: whether the callback had room for all of it. The walk is at its end
 * when w->pfn >= w->end.
 */
bool mms_pfnwalk_chunk(struct mms_pfnwalk *w)
{
	struct page *page;
	unsigned long stop;

	if (w->pfn >= w->end)
		return true;
	rcu_read_lock();
	if (w->begin)
		w->begin(w);
	page = pfn_to_online_page(w->pfn);
	if (page) {
		if (!w->aligned)
			w->pfn = mms_pfn_head(w->pfn, page);
		stop = min(ALIGN(w->pfn + 1, MMS_PFN_SPAN), w->end);
		w->pfn = w->span(w, w->pfn, stop);
	} else {
		w->pfn = mms_pfn_skip(w->pfn);
		stop = w->pfn;
	}
	w->aligned = true;
	rcu_read_unlock();
	return w->pfn >= stop;
}

/**
 * mms_page_listed() - is a page on a list, by page->lru?
 * @page: an online page that has no references
 *
 * A free page that is not in the buddy system is on a per-CPU list. Pages behind
 * the first of an allocation that is no compound page have no references
 * either, but they are on no list. Neighbours on the list may be a list head, or
 * nothing at all if the word means something else, hence the careful reads.
 *
 * Context: any.
 * Return: true if it is
 */
bool mms_page_listed(const struct page *page)
{
	const struct list_head *lru = &page->lru;
	struct list_head *next = READ_ONCE(lru->next), *prev = READ_ONCE(lru->prev);
	struct list_head *back, *forth;

	/* one that was never on a list points to itself */
	if (!next || !prev || next == lru ||
	    copy_from_kernel_nofault(&back, &next->prev, sizeof(back)) ||
	    copy_from_kernel_nofault(&forth, &prev->next, sizeof(forth)))
		return false;
	return back == lru && forth == lru;
}
