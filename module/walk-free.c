// SPDX-License-Identifier: GPL-2.0-only
/* The free lists of zones, and those of CPUs. */
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "session.h"
#include "walk-free.h"

static struct free_area *freewalk_area(const struct mms_freewalk *w, struct zone *zone)
{
	return &zone->free_area[w->order];
}

/* Is it the head of any list of the area? */
static bool freewalk_is_head(const struct free_area *area, const struct list_head *pos)
{
	return pos >= area->free_list && pos < area->free_list + ARRAY_SIZE(area->free_list);
}

/*
 * A block that was on the list at the end of the piece before, or NULL if it is
 * none of this order and zone any more. Memory that goes offline leaves the
 * lists with the zone's lock held, after it has been marked offline: what is
 * online with the lock held has its struct page until the lock is dropped.
 */
static struct page *freewalk_block(const struct mms_freewalk *w, const struct zone *zone, u64 pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page || page_zone(page) != zone || !PageBuddy(page) || page_private(page) != w->order)
		return NULL;
	return page;
}

/* Where to go on: *@ret_used of the blocks remembered are older than that, or it. */
static struct list_head *freewalk_resume(const struct mms_freewalk *w, struct zone *zone,
					 unsigned int *ret_used)
{
	unsigned int i;

	for (i = w->nr_recent; i--;) {
		struct page *page = freewalk_block(w, zone, w->recent[i]);

		if (!page)
			continue;
		*ret_used = i + 1;
		return page->lru.prev;
	}
	return NULL;
}

/* Blocks that were told of before, and are met again after an older one. */
static void freewalk_drop(struct mms_freewalk *w, unsigned int used)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < w->n; i++) {
		for (j = used; j < w->nr_recent && w->recent[j] != w->pfn[i]; j++)
			;
		if (j == w->nr_recent)
			w->pfn[n++] = w->pfn[i];
	}
	w->n = n;
}

static void freewalk_remember(struct mms_freewalk *w)
{
	unsigned int n = min_t(unsigned int, w->n, MMS_FREE_LAST), keep;

	keep = min_t(unsigned int, w->nr_recent, MMS_FREE_LAST - n);
	memmove(w->recent, w->recent + w->nr_recent - keep, keep * sizeof(*w->recent));
	memcpy(w->recent + keep, w->pfn + w->n - n, n * sizeof(*w->recent));
	w->nr_recent = keep + n;
}

/*
 * The next piece of the list into w->pfn. False if the walk has lost its place
 * and nothing was taken.
 */
static bool freewalk_hold(struct mms_freewalk *w, struct zone *zone, struct mms_session *s)
{
	struct free_area *area = freewalk_area(w, zone);
	struct list_head *head = &area->free_list[w->type], *pos;
	unsigned int used = w->nr_recent;
	unsigned long flags;
	bool lost = false;
	u64 t0, held;

	w->n = 0;
	spin_lock_irqsave(&zone->lock, flags);
	t0 = ktime_get_ns();
	pos = w->nr_recent ? freewalk_resume(w, zone, &used) : head->prev;
	if (pos) {
		for (; !freewalk_is_head(area, pos) && w->n < MMS_FREE_PIECE; pos = pos->prev)
			w->pfn[w->n++] = page_to_pfn(list_entry(pos, struct page, lru));
		w->last = pos == head;
		/* a block that has moved has led to another list */
		lost = !w->last && freewalk_is_head(area, pos);
	} else {
		lost = true;
	}
	held = ktime_get_ns() - t0;
	spin_unlock_irqrestore(&zone->lock, flags);
	s->max_hold_ns = max_t(u64, s->max_hold_ns, held);
	w->holds++;
	if (lost)
		return false;
	if (used < w->nr_recent)
		freewalk_drop(w, used);
	freewalk_remember(w);
	return true;
}

/* One piece of the list, or none if it is given up. */
static void freewalk_piece(struct mms_freewalk *w, struct zone *zone, struct mms_session *s)
{
	w->first = !w->holds;
	while (!freewalk_hold(w, zone, s)) {
		w->n = 0;
		w->nr_recent = 0;
		if (++w->retries > MMS_FREE_RETRY) {
			w->capped = true;
			w->last = true;
			s->end_flags |= MMS_END_CAPPED;
			return;
		}
		w->first = true;
		w->again = true;
		s->end_flags |= MMS_END_RESTARTED;
	}
	if (!w->last)
		s->end_flags |= MMS_END_PIECES;
}

static void freewalk_list(struct mms_freewalk *w)
{
	w->last = false;
	w->again = false;
	w->capped = false;
	w->holds = 0;
	w->retries = 0;
	w->nr_recent = 0;
}

/* To the next list that has blocks, from w->type on; false if the zone has none. */
static bool freewalk_find(struct mms_freewalk *w, struct zone *zone)
{
	for (; w->order < MMS_NR_ORDERS; w->order++, w->type = 0) {
		struct free_area *area = freewalk_area(w, zone);

		if (!READ_ONCE(area->nr_free))
			continue;
		for (; w->type < MIGRATE_TYPES; w->type++) {
			if (!list_empty(&area->free_list[w->type]))
				return true;
		}
	}
	return false;
}

void mms_freewalk_init(struct mms_freewalk *w)
{
	mms_zonewalk_init(&w->at);
	w->order = 0;
	w->type = 0;
	freewalk_list(w);
}

/**
 * mms_freewalk_next() - the next piece of a free list
 * @w: the walk; filled
 * @s: the session, for the trailer
 *
 * Lists that are empty are stepped over, a zone at most: where all of a zone's
 * are, w->n is 0, and w->last is set.
 *
 * Context: process context; takes zone->lock with interrupts off, for a piece
 * of MMS_FREE_PIECE blocks.
 * Return: false at the end of the last zone.
 */
bool mms_freewalk_next(struct mms_freewalk *w, struct mms_session *s)
{
	struct zone *zone;

	if (w->last) {
		w->type++;
		freewalk_list(w);
	}
	if (mms_zonewalk_done(&w->at))
		return false;
	zone = mms_zonewalk_zone(&w->at);
	if (w->holds || (populated_zone(zone) && freewalk_find(w, zone))) {
		freewalk_piece(w, zone, s);
		return true;
	}
	w->n = 0;
	w->order = 0;
	w->type = 0;
	mms_zonewalk_next(&w->at);
	return !mms_zonewalk_done(&w->at);
}

/* ---- the lists of CPUs ---------------------------------------------------- */

/* Blocks on one list of a CPU; MMS_PCP_LIST + 1 if there are more. */
static unsigned int pcp_list(struct per_cpu_pages *pcp, struct list_head *head)
{
	struct list_head *pos;
	unsigned long flags;
	unsigned int n = 0;

	if (list_empty(head))
		return 0;
	/* the owner does without its lists while we count: it only tries to lock them */
	spin_lock_irqsave(&pcp->lock, flags);
	list_for_each(pos, head) {
		if (n++ == MMS_PCP_LIST)
			break;
	}
	spin_unlock_irqrestore(&pcp->lock, flags);
	return n;
}

static void pcp_cpu(struct per_cpu_pages *pcp, struct mms_pcp_count *count)
{
	unsigned int i, order, type, n;

	for (i = 0; i < NR_PCP_LISTS; i++) {
		order = i / MIGRATE_PCPTYPES;
		type = i % MIGRATE_PCPTYPES;
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
		/* two more, of huge pages: the second is for movable ones */
		if (i >= NR_LOWORDER_PCP_LISTS) {
			order = HPAGE_PMD_ORDER;
			type = i > NR_LOWORDER_PCP_LISTS ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
		}
#endif
		n = pcp_list(pcp, &pcp->lists[i]);
		if (n > MMS_PCP_LIST) {
			count->capped[order] = true;
			n = MMS_PCP_LIST;
		}
		count->blocks[order][type] += n;
	}
}

/**
 * mms_pcp_count() - count the blocks that CPUs keep of a zone
 * @zone: the zone
 * @ret_count: filled
 *
 * Context: process context; takes each CPU's lock, with interrupts off, for one
 * of its lists.
 * Return: false if they cannot be looked at: the zone's last memory may be
 * about to go.
 */
bool mms_pcp_count(const struct zone *zone, struct mms_pcp_count *ret_count)
{
	unsigned int cpu;

	memset(ret_count, 0, sizeof(*ret_count));
	rcu_read_lock();
	if (!mms_zone_cpus_live(zone)) {
		rcu_read_unlock();
		return false;
	}
	for_each_online_cpu(cpu) {
		struct per_cpu_pages *pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);

		if (READ_ONCE(pcp->count))
			pcp_cpu(pcp, ret_count);
	}
	rcu_read_unlock();
	return true;
}
