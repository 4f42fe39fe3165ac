/* SPDX-License-Identifier: GPL-2.0-only */
/* From a page frame to what the kernel knows of its folio, without a reference. */
#ifndef MMS_WALK_FOLIO_H
#define MMS_WALK_FOLIO_H

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/string.h>
#include "compat/folio.h"
#include "uapi/mmscope.h"

/*
 * The part of a flags word that is told: page flags, zone and node. Between
 * them lie counters of reclaim and NUMA balancing, which differ from page to
 * page and are nobody's attribute.
 */
#define MMS_FLAGS_TOLD	((BIT(__NR_PAGEFLAGS) - 1) | (ZONES_MASK << ZONES_PGSHIFT) | \
			 (NODES_MASK << NODES_PGSHIFT))

/**
 * struct mms_page_state - the words of a page and its folio that decide what is told
 * @folio: the folio; compared, never followed later
 * @flags: MMS_FLAGS_TOLD of the flags word that /proc/kpageflags tells, and in
 *	the gap between page flags and zone the low bits of folio->mapping
 * @memcg: the word that leads to the memory cgroup; compared, never followed later
 * @mapcount: page->_mapcount
 * @refcount: folio->_refcount
 *
 * Two pages with equal words, apart from @folio, are told of in equal words.
 */
struct mms_page_state {
	const struct folio *folio;
	unsigned long flags;
	unsigned long memcg;
	int mapcount;
	int refcount;
};

/* Where struct mms_page_state keeps the low bits of folio->mapping. */
#define MMS_STATE_MAPPING_SHIFT	32
static_assert(__NR_PAGEFLAGS <= MMS_STATE_MAPPING_SHIFT);
static_assert(!(((unsigned long)MMS_MAPPING_FLAGS << MMS_STATE_MAPPING_SHIFT) & MMS_FLAGS_TOLD));

/**
 * struct mms_look_memo - what is told of small mapped folios with certain words
 * @flags: their flags, as in struct mms_page_state and without PG_head, or ~0
 * @memcg: their memory cgroup's word
 * @part: what is told, but for the counts
 */
struct mms_look_memo {
	unsigned long flags;
	unsigned long memcg;
	struct mms_folio_part part;
};

#define MMS_LOOK_SECTIONS	64	/* memory sections remembered, a power of two */

/**
 * struct mms_folio_look - remembers what neighbours have in common
 * @memo: the words of the last small folio, and of one before that had others:
 *	frames of two zones or nodes often alternate
 * @section: number of a memory section known to be online, or ~0
 *
 * Valid inside of one RCU read section: mms_folio_look_init() at its start.
 */
struct mms_folio_look {
	struct mms_look_memo memo[2];
	unsigned long section[MMS_LOOK_SECTIONS];
};

/* Only what was told of folios: for who does not ask mms_look_online(). */
static inline void mms_look_forget(struct mms_folio_look *look)
{
	look->memo[0].flags = ~0UL;
	look->memo[1].flags = ~0UL;
}

static inline void mms_folio_look_init(struct mms_folio_look *look)
{
	mms_look_forget(look);
	memset(look->section, 0xff, sizeof(look->section));
}

bool mms_look_section(struct mms_folio_look *look, unsigned long pfn);
void mms_look_folio_slow(struct mms_folio_look *look, struct page *page,
			 const struct mms_page_state *state, struct mms_folio_part *ret_part);
u8 mms_folio_kind(const struct mms_folio_part *part, const struct folio *folio);
void mms_kpf_init(void);

/**
 * mms_look_online() - does a frame have a struct page that is online?
 * @look: what the neighbours have told; the check is done once for a section
 * @pfn: the page frame
 *
 * pfn_to_online_page() may tell of a frame otherwise than of another in the
 * same section, where a device has memory beside the machine's own. Both have
 * pages; then a page of the device is shown as one.
 *
 * Return: true if it does
 */
static __always_inline bool mms_look_online(struct mms_folio_look *look, unsigned long pfn)
{
	const unsigned long section = pfn_to_section_nr(pfn);

	return likely(look->section[section % MMS_LOOK_SECTIONS] == section) ||
	       mms_look_section(look, pfn);
}

/**
 * mms_page_state_get() - read the words of a page
 * @page: the page
 * @ret_state: filled
 */
static __always_inline void mms_page_state_get(struct page *page, struct mms_page_state *ret_state)
{
	struct folio *folio = page_folio(page);

	const unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping) & MMS_MAPPING_FLAGS;

	ret_state->folio = folio;
	ret_state->flags = (mms_kpf_flags(folio, page) & MMS_FLAGS_TOLD) |
			   mapping << MMS_STATE_MAPPING_SHIFT;
	ret_state->memcg = mms_folio_memcg_word(folio);
	ret_state->mapcount = atomic_read(&page->_mapcount);
	ret_state->refcount = atomic_read(&folio->_refcount);
}

/* Would both be told of in the same words, as pages of one folio or of two small ones? */
static __always_inline bool mms_page_state_same(const struct mms_page_state *a,
						const struct mms_page_state *b)
{
	return a->flags == b->flags && a->memcg == b->memcg &&
	       a->mapcount == b->mapcount && a->refcount == b->refcount &&
	       (a->folio == b->folio || !(a->flags & BIT(PG_head)));
}

/* Do the words of a small mapped folio mean what the memo says? */
static __always_inline bool mms_look_memo_fits(const struct mms_look_memo *memo,
					       const struct mms_page_state *state)
{
	return state->flags == memo->flags && state->memcg == memo->memcg &&
	       state->mapcount >= 0;
}

/**
 * mms_look_folio() - tell of a page and its folio
 * @look: what the neighbours have told
 * @page: an online page
 * @state: its words, by mms_page_state_get()
 * @ret_part: filled
 *
 * A small folio that is mapped, and whose words are those of the one before,
 * is told of without taking them apart again.
 *
 * Context: RCU read section.
 */
static __always_inline void mms_look_folio(struct mms_folio_look *look, struct page *page,
					   const struct mms_page_state *state,
					   struct mms_folio_part *ret_part)
{
	const struct mms_look_memo *memo = &look->memo[0];

	if (unlikely(!mms_look_memo_fits(memo, state))) {
		memo = &look->memo[1];
		if (!mms_look_memo_fits(memo, state)) {
			/* a copy, so that the words themselves can stay in registers */
			const struct mms_page_state words = *state;

			mms_look_folio_slow(look, page, &words, ret_part);
			return;
		}
	}
	ret_part->kpf = memo->part.kpf;
	ret_part->cgroup = memo->part.cgroup;
	/* two stores: glued into one they cost more, and a register too many */
	WRITE_ONCE(ret_part->refcount, state->refcount);
	WRITE_ONCE(ret_part->mapcount, state->mapcount + 1);
	ret_part->place = memo->part.place;
}

#endif /* MMS_WALK_FOLIO_H */
