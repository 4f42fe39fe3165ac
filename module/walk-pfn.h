/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames in their order: holes and offline memory are skipped, everything
 * else is handed on in spans.
 */
#ifndef MMS_WALK_PFN_H
#define MMS_WALK_PFN_H

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>

#define MMS_MAX_ORDER	ilog2(MAX_ORDER_NR_PAGES)	/* of a free block */

struct mms_pfnwalk;

/**
 * typedef mms_pfn_span_fn - take frames
 * @w: the walk; w->priv is the view's
 * @pfn: first frame
 * @stop: first frame after the span; at most MMS_PFN_SPAN frames
 *
 * All frames of a span have a struct page that is online, and these lie side by
 * side. A folio or free block may begin in one span and end in a later one: it
 * is taken whole, and the walk goes on behind it.
 *
 * Context: RCU read section, which is what keeps the struct pages. No sleeping.
 * Return: the frame to go on with. One below @stop says that there is no room
 * for more: the chunk ends, and the next one begins with that frame.
 */
typedef unsigned long mms_pfn_span_fn(struct mms_pfnwalk *w, unsigned long pfn,
				      unsigned long stop);

/**
 * struct mms_pfnwalk - a walk over page frames
 * @pfn: frame to go on with
 * @end: first frame after the range
 * @span: called for each span
 * @begin: optional; called at the start of each chunk inside of its RCU read
 *	section: what was remembered of folios in the last one holds no more
 * @priv: the view's own
 * @aligned: @pfn is where a folio or free block begins, or a hole
 */
struct mms_pfnwalk {
	unsigned long pfn;
	unsigned long end;
	mms_pfn_span_fn *span;
	void (*begin)(struct mms_pfnwalk *w);
	void *priv;
	bool aligned;
};

#define MMS_PFN_SPAN	PAGES_PER_SUBSECTION

unsigned long mms_pfn_limit(void);
unsigned long mms_pfn_skip(unsigned long pfn);
int mms_pfnwalk_init(struct mms_pfnwalk *w, u64 start, u64 end, mms_pfn_span_fn *span, void *priv);
bool mms_pfnwalk_chunk(struct mms_pfnwalk *w);
unsigned long mms_pfn_free_head(unsigned long pfn, unsigned int *ret_order);
bool mms_page_listed(const struct page *page);

/**
 * mms_buddy_order() - is there a free block at a frame, and how large is it?
 * @page: its page, online
 * @pfn: the frame
 *
 * Read without zone->lock: the block may be allocated, split or merged at any
 * time, and a page that has just left the free lists has no order. What cannot
 * be an order is refused, so that a step over the block stays in bounds.
 *
 * Return: the order, or -1 if no block begins there.
 */
static inline int mms_buddy_order(struct page *page, unsigned long pfn)
{
	unsigned long order;

	if (!PageBuddy(page))
		return -1;
	order = READ_ONCE(page->private);
	if (order > MMS_MAX_ORDER || !IS_ALIGNED(pfn, 1UL << order))
		return -1;
	return order;
}

#endif /* MMS_WALK_PFN_H */
