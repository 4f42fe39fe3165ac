/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folios and struct page: one calling convention over all kernels.
 *
 * All functions here look at a folio that the caller may hold no reference to.
 * They do not follow pointers that the folio's reuse could make dangle, except
 * where said. The caller checks afterwards that the folio was still the same.
 *
 * The kernel's own accessors assert, under CONFIG_DEBUG_VM, what only a
 * reference could guarantee: that a folio is still large, or no tail. So the
 * members are read here, where a folio may be freed and used again meanwhile.
 */
#ifndef MMS_COMPAT_FOLIO_H
#define MMS_COMPAT_FOLIO_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/kernel-page-flags.h>
#include "mms_config.h"

/* "mm: convert PageAnon() to folio", 6.17, gave the bits of folio->mapping new names */
#ifdef FOLIO_MAPPING_ANON
#define MMS_MAPPING_ANON	FOLIO_MAPPING_ANON
#define MMS_MAPPING_KSM		FOLIO_MAPPING_KSM
#define MMS_MAPPING_FLAGS	FOLIO_MAPPING_FLAGS
#else
#define MMS_MAPPING_ANON	PAGE_MAPPING_ANON
#define MMS_MAPPING_KSM		PAGE_MAPPING_KSM
#define MMS_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

/* "mm: rename PG_mappedtodisk to PG_owner_2", 6.11 */
#ifdef KPF_OWNER_2
#define MMS_PG_OWNER_2		PG_owner_2
#define MMS_KPF_OWNER_2		KPF_OWNER_2
#else
#define MMS_PG_OWNER_2		PG_mappedtodisk
#define MMS_KPF_OWNER_2		KPF_MAPPEDTODISK
#endif

/**
 * mms_folio_flags() - the flags word of a folio
 * @folio: the folio
 *
 * "mm: introduce memdesc_flags_t", 6.18, made the word a struct.
 *
 * Return: bits PG_*, and node, zone and section above them
 */
static inline unsigned long mms_folio_flags(const struct folio *folio)
{
#ifdef MMS_HAVE_FOLIO_FLAGS_STRUCT
	return READ_ONCE(folio->flags.f);
#else
	return READ_ONCE(folio->flags);
#endif
}

/**
 * mms_page_flags() - the flags word of one page of a folio
 * @page: the page
 *
 * Return: as mms_folio_flags()
 */
static inline unsigned long mms_page_flags(const struct page *page)
{
#ifdef MMS_HAVE_FOLIO_FLAGS_STRUCT
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/* Node and zone in a flags word; page_to_nid() asserts that the page is set up. */
static inline unsigned int mms_flags_node(unsigned long flags)
{
	return (flags >> NODES_PGSHIFT) & NODES_MASK;
}

static inline unsigned int mms_flags_zone(unsigned long flags)
{
	return (flags >> ZONES_PGSHIFT) & ZONES_MASK;
}

/**
 * mms_kpf_flags() - the flags word that /proc/kpageflags tells for a page
 * @folio: its folio
 * @page: the page
 *
 * The folio's since "proc: rewrite stable_page_flags()", 6.10, the page's own
 * before: there the tail pages of a folio show next to nothing. PG_head, which
 * kpageflags does not tell, is set for all pages of a large folio.
 *
 * Return: bits PG_*
 */
static inline unsigned long mms_kpf_flags(const struct folio *folio, const struct page *page)
{
#ifdef MMS_HAVE_STABLE_FLAGS_FOLIO
	return mms_folio_flags(folio);
#else
	return mms_page_flags(page) | (mms_folio_flags(folio) & BIT(PG_head));
#endif
}

/**
 * mms_folio_hugetlb() - is the folio from a hugetlb pool?
 * @folio: a large folio
 *
 * "mm: turn folio_test_hugetlb into a PageType", 6.9; before that it was the
 * compound destructor, which only an exported function looks at.
 *
 * Return: true if it is
 */
static inline bool mms_folio_hugetlb(struct folio *folio)
{
#ifdef MMS_HAVE_PAGE_HUGE_EXPORTED
	return PageHuge(&folio->page);
#else
	return folio_test_hugetlb(folio);
#endif
}

/**
 * mms_folio_thp() - does KPF_THP hold for this folio?
 * @folio: a large folio that is not hugetlb
 *
 * As stable_page_flags() tells it: until 6.6 by LRU or anonymous, since
 * "mm: add large_rmappable page flag", 6.6, by that flag.
 *
 * Return: true if it does
 */
static inline bool mms_folio_thp(struct folio *folio)
{
#ifdef MMS_HAVE_FOLIO_LARGE_RMAPPABLE
	return READ_ONCE(folio->_flags_1) & BIT(PG_large_rmappable);
#else
	return (mms_folio_flags(folio) & BIT(PG_lru)) ||
	       ((unsigned long)READ_ONCE(folio->mapping) & MMS_MAPPING_ANON);
#endif
}

/**
 * mms_folio_order() - the order of a large folio
 * @folio: a large folio
 *
 * Return: log2 of its pages
 */
static inline unsigned int mms_folio_order(const struct folio *folio)
{
#ifdef MMS_HAVE_FOLIO_ORDER_BYTE
	return READ_ONCE(folio->_folio_order);
#else
	return READ_ONCE(folio->_flags_1) & 0xff;
#endif
}

/**
 * mms_folio_is_mapped() - is any page of a large folio mapped?
 * @folio: a large folio
 *
 * Return: true if one is
 */
static inline bool mms_folio_is_mapped(struct folio *folio)
{
#ifdef MMS_HAVE_FOLIO_LARGE_MAPCOUNT
	return atomic_read(&folio->_large_mapcount) >= 0;
#else
	return page_mapped(&folio->page);
#endif
}

/**
 * mms_folio_mapped() - is any page of a folio mapped?
 * @folio: any folio
 *
 * Return: true if one is
 */
static inline bool mms_folio_mapped(struct folio *folio)
{
	if (mms_folio_flags(folio) & BIT(PG_head))
		return mms_folio_is_mapped(folio);
	return atomic_read(&folio->_mapcount) >= 0;
}

/**
 * mms_folio_pgoff() - where a folio begins in its file or anonymous memory, in pages
 * @folio: any folio
 *
 * A hugetlb folio counted in units of its size until "mm/filemap: remove
 * hugetlb special casing in filemap.c", 6.7.
 *
 * Return: the index of its first page
 */
static inline pgoff_t mms_folio_pgoff(struct folio *folio)
{
	pgoff_t index = READ_ONCE(folio->index);

#ifdef MMS_HAVE_HUGETLB_OWN_INDEX
	if ((mms_folio_flags(folio) & BIT(PG_head)) && mms_folio_hugetlb(folio))
		index <<= mms_folio_order(folio);
#endif
	return index;
}

/**
 * mms_mapcount() - how often a page is mapped, as /proc/kpagecount counts it
 * @folio: the folio
 * @page: the page in it
 *
 * That is: by its own PTEs and by leaves that map the whole folio.
 *
 * Return: the count, never below 0
 */
static inline int mms_mapcount(struct folio *folio, struct page *page)
{
#ifdef MMS_HAVE_FOLIO_LARGE_MAPCOUNT
	int count = atomic_read(&page->_mapcount) + 1;

	if (count < 0)		/* a page type, no count */
		count = 0;
	if (mms_folio_flags(folio) & BIT(PG_head))
		count += atomic_read(&folio->_entire_mapcount) + 1;
	return count;
#else
	if (unlikely(mms_folio_flags(folio) & BIT(PG_slab)))
		return 0;
	return max(page_mapcount(page), 0);
#endif
}

/* Accessed, as the idle page tracking keeps it. */
static inline bool mms_flags_young(unsigned long flags)
{
#if defined(CONFIG_PAGE_IDLE_FLAG) && defined(CONFIG_64BIT)
	return flags & BIT(PG_young);
#else
	return false;
#endif
}

/*
 * How smaps counts a page that a non-present entry stands for. It has always
 * counted a migration entry as one mapping. "fs/proc/task_mmu: account
 * non-present entries as maybe shared", 6.10, does so for all of them, and
 * calls them shared; before, they were private, and others like a mapped page.
 */
#ifdef MMS_HAVE_FOLIO_LARGE_MAPCOUNT
#define MMS_SMAPS_NONPRESENT_PRIVATE	false
#define MMS_SMAPS_ONLY_MIGRATION	false
#else
#define MMS_SMAPS_NONPRESENT_PRIVATE	true
#define MMS_SMAPS_ONLY_MIGRATION	true
#endif

/**
 * mms_folio_slab() - does the folio belong to the slab allocator?
 * @folio: the folio
 *
 * "mm: free up PG_slab", 6.10, turned the flag into a page type.
 *
 * Return: true if it does
 */
static inline bool mms_folio_slab(const struct folio *folio)
{
#ifdef MMS_HAVE_PAGE_SLAB_FLAG
	return mms_folio_flags(folio) & BIT(PG_slab);
#else
	return folio_test_slab(folio);
#endif
}

/* The word that decides what mms_folio_memcg() gives, to be compared. */
static inline unsigned long mms_folio_memcg_word(const struct folio *folio)
{
#ifdef CONFIG_MEMCG
	return READ_ONCE(folio->memcg_data);
#else
	return 0;
#endif
}

/**
 * mms_folio_memcg() - the memory cgroup a folio is charged to, or NULL
 * @folio: the folio, which may be freed and used again meanwhile
 *
 * What was a folio may by now be the second page of a large one, which has its
 * size in the place of the word since "mm: let _folio_nr_pages overlay
 * memcg_data in first tail page", 6.15. So the word is read once, one that is
 * no kernel address is not followed, and a copy is what the kernel decodes.
 *
 * Context: RCU read lock; the memcg is valid until it is dropped.
 * Return: the memory cgroup, without a reference, or NULL
 */
static inline struct mem_cgroup *mms_folio_memcg(const struct folio *folio)
{
#ifdef CONFIG_MEMCG
	struct page copy = { .memcg_data = mms_folio_memcg_word(folio) };

	return copy.memcg_data < PAGE_OFFSET ? NULL : page_memcg_check(&copy);
#else
	return NULL;
#endif
}

/*
 * Flags that only some kernels have: PG_error until "mm: remove PG_error",
 * 6.12, PG_slab until "mm: free up PG_slab", 6.10.
 */
#ifdef MMS_HAVE_PAGE_ERROR_FLAG
#define MMS_KPF_ERROR_ROW	{ PG_error, KPF_ERROR },
#else
#define MMS_KPF_ERROR_ROW
#endif
#ifdef MMS_HAVE_PAGE_SLAB_FLAG
#define MMS_KPF_SLAB_ROW	{ PG_slab, KPF_SLAB },
#else
#define MMS_KPF_SLAB_ROW
#endif

#endif /* MMS_COMPAT_FOLIO_H */
