/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which list of reclaim a folio is on.
 *
 * The multi-generational LRU, 6.1, keeps the generation in the flags word, as
 * the number of its list plus one; 0 is the list of active or inactive folios,
 * or none. The lists are a ring: which of them is the youngest the lruvec knows.
 */
#ifndef MMS_COMPAT_LRU_H
#define MMS_COMPAT_LRU_H

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include "compat/folio.h"
#include "uapi/mmscope.h"

/**
 * struct mms_lru_place - where a folio is
 * @lru: enum mms_lru
 * @gen: its generation, 0 for the youngest, or MMS_NO_GEN
 */
struct mms_lru_place {
	u8 lru;
	u8 gen;
};

/* The bits of a flags word that tell the generation. */
static inline unsigned long mms_lru_bits(unsigned long flags)
{
#ifdef CONFIG_LRU_GEN
	return flags & LRU_GEN_MASK;
#else
	return 0;
#endif
}

#ifdef CONFIG_LRU_GEN
/* The lruvec a folio is on, NULL if it cannot be told. Context: RCU read section. */
static inline const struct lruvec *mms_folio_lruvec(struct folio *folio)
{
	struct pglist_data *pgdat = folio_pgdat(folio);
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = mms_folio_memcg(folio);
	struct mem_cgroup_per_node *mz;

	if (!mem_cgroup_disabled()) {
		mz = memcg ? READ_ONCE(memcg->nodeinfo[pgdat->node_id]) : NULL;
		return mz ? &mz->lruvec : NULL;
	}
#endif
	return &pgdat->__lruvec;
}
#endif

/**
 * mms_lru_of() - which list a folio is on
 * @folio: the folio
 * @flags: its flags word
 * @bits: mms_lru_bits() of it
 *
 * Of the generations the two youngest count as active, as in lru_gen_is_active().
 *
 * Context: RCU read section.
 * Return: the list and the generation, or that it is on none
 */
static inline struct mms_lru_place mms_lru_of(const struct folio *folio, unsigned long flags,
					      unsigned long bits)
{
	struct mms_lru_place place = { .lru = MMS_LRU_none, .gen = MMS_NO_GEN };

	if (!(flags & BIT(PG_lru)))
		return place;
	if (flags & BIT(PG_unevictable)) {
		place.lru = MMS_LRU_unevictable;
		return place;
	}
	place.lru = flags & BIT(PG_active) ? MMS_LRU_active : MMS_LRU_inactive;
#ifdef CONFIG_LRU_GEN
	if (bits) {
		const struct lruvec *lruvec = mms_folio_lruvec((struct folio *)folio);
		unsigned long list = (bits >> LRU_GEN_PGOFF) - 1;

		if (lruvec)
			place.gen = (READ_ONCE(lruvec->lrugen.max_seq) - list) % MAX_NR_GENS;
		place.lru = place.gen < 2 ? MMS_LRU_active : MMS_LRU_inactive;
	}
#endif
	return place;
}

#endif /* MMS_COMPAT_LRU_H */
