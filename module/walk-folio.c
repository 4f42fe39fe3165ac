// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at a folio without a reference: everything is read once, by value,
 * nothing is written, and no pointer is followed that reuse of the folio could
 * make dangle (the memory cgroup's is protected by RCU). The caller compares
 * the page-table entry afterwards: if it still maps the page, the folio was
 * what it seemed to be.
 */
#include <linux/kernel-page-flags.h>
#include <linux/memory_hotplug.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pgtable.h>
#include "walk-folio.h"

/*
 * KPF_* of each value of each of the four low bytes of the flags word: page
 * flags live there, above them are zone and node. Four loads instead of one
 * test for each of two dozen flags.
 */
#define MMS_KPF_BYTES	4
static u64 mms_kpf_of[MMS_KPF_BYTES][256] __ro_after_init;

struct mms_kpf_bit {
	u8 pg;
	u8 kpf;
};

static const struct mms_kpf_bit mms_kpf_map[] __initconst = {
	{ PG_locked, KPF_LOCKED },
	MMS_KPF_ERROR_ROW
	{ PG_referenced, KPF_REFERENCED },
	{ PG_uptodate, KPF_UPTODATE },
	{ PG_dirty, KPF_DIRTY },
	{ PG_lru, KPF_LRU },
	{ PG_active, KPF_ACTIVE },
	MMS_KPF_SLAB_ROW
	{ PG_writeback, KPF_WRITEBACK },
	{ PG_reclaim, KPF_RECLAIM },
	{ PG_swapbacked, KPF_SWAPBACKED },
	{ PG_unevictable, KPF_UNEVICTABLE },
	{ PG_mlocked, KPF_MLOCKED },
#if defined(CONFIG_PAGE_IDLE_FLAG) && defined(CONFIG_64BIT)
	{ PG_idle, KPF_IDLE },
#endif
	{ PG_reserved, KPF_RESERVED },
	{ MMS_PG_OWNER_2, MMS_KPF_OWNER_2 },
	{ PG_private, KPF_PRIVATE },
	{ PG_private_2, KPF_PRIVATE_2 },
	{ PG_owner_priv_1, KPF_OWNER_PRIVATE },
	{ PG_arch_1, KPF_ARCH },
#ifdef CONFIG_ARCH_USES_PG_ARCH_2
	{ PG_arch_2, KPF_ARCH_2 },
#endif
};

/* Fill the table; once, before the first view can be opened. */
void __init mms_kpf_init(void)
{
	unsigned int byte, value, i;

	BUILD_BUG_ON(__NR_PAGEFLAGS > 8 * MMS_KPF_BYTES);
	for (byte = 0; byte < MMS_KPF_BYTES; byte++) {
		for (value = 0; value < 256; value++) {
			unsigned long word = (unsigned long)value << (8 * byte);

			for (i = 0; i < ARRAY_SIZE(mms_kpf_map); i++) {
				if (word & BIT(mms_kpf_map[i].pg))
					mms_kpf_of[byte][value] |= BIT_ULL(mms_kpf_map[i].kpf);
			}
		}
	}
}

static __always_inline u64 mms_kpf_word(unsigned long flags)
{
	u64 kpf = mms_kpf_of[0][flags & 0xff] | mms_kpf_of[1][(flags >> 8) & 0xff] |
		  mms_kpf_of[2][(flags >> 16) & 0xff] | mms_kpf_of[3][(flags >> 24) & 0xff];

	/* of the flag's owners only swap-backed folios mean the swap cache */
	if ((flags & (BIT(PG_swapbacked) | BIT(PG_swapcache))) ==
	    (BIT(PG_swapbacked) | BIT(PG_swapcache)))
		kpf |= BIT_ULL(KPF_SWAPCACHE);
	return kpf;
}

#define MMS_KPF_TYPES	(BIT_ULL(KPF_BUDDY) | BIT_ULL(KPF_OFFLINE) | BIT_ULL(KPF_PGTABLE) | \
			 BIT_ULL(KPF_SLAB))

/* KPF_* that page types give; a page with a type has no mapcount. */
static noinline u64 mms_kpf_type(struct page *page, struct folio *folio)
{
	u64 kpf = 0;

	if (PageBuddy(page))
		kpf |= BIT_ULL(KPF_BUDDY);
	if (PageOffline(page))
		kpf |= BIT_ULL(KPF_OFFLINE);
	if (PageTable(page))
		kpf |= BIT_ULL(KPF_PGTABLE);
	if (mms_folio_slab(folio))
		kpf |= BIT_ULL(KPF_SLAB);
	return kpf;
}

/* What a large folio adds: which part the page is, and whose folio it is. */
static noinline u64 mms_kpf_large(struct page *page, struct folio *folio)
{
	u64 kpf = page == &folio->page ? BIT_ULL(KPF_COMPOUND_HEAD) : BIT_ULL(KPF_COMPOUND_TAIL);

	if (mms_folio_is_mapped(folio))
		kpf |= BIT_ULL(KPF_MMAP);
	if (mms_folio_hugetlb(folio)) {
		kpf |= BIT_ULL(KPF_HUGE);
		page = &folio->page;	/* poisoned as a whole */
	} else if (mms_folio_slab(folio)) {
		kpf |= BIT_ULL(KPF_SLAB);
	} else if (mms_folio_thp(folio)) {
		kpf |= BIT_ULL(KPF_THP);
	} else if (PageTable(page)) {	/* a PGD and its user copy: the first page has the type */
		kpf |= BIT_ULL(KPF_PGTABLE);
	}
#ifdef CONFIG_MEMORY_FAILURE
	if (mms_page_flags(page) & BIT(PG_hwpoison))
		kpf |= BIT_ULL(KPF_HWPOISON);
#endif
	return kpf;
}

/* A section that is not remembered: is it online? */
bool mms_look_section(struct mms_folio_look *look, unsigned long pfn)
{
	const unsigned long section = pfn_to_section_nr(pfn);

	if (!pfn_to_online_page(pfn))
		return false;
	look->section[section % MMS_LOOK_SECTIONS] = section;
	return true;
}

static u64 mms_folio_cgroup(struct folio *folio)
{
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = mms_folio_memcg(folio);

	/* a removed cgroup's pages count for its parent, as kpagecgroup has it */
	while (memcg && !(memcg->css.flags & CSS_ONLINE))
		memcg = parent_mem_cgroup(memcg);
	return memcg ? cgroup_ino(memcg->css.cgroup) : 0;
#else
	return 0;
#endif
}

/* Take a page's words apart. */
static void mms_folio_tell(struct page *page, const struct mms_page_state *state,
			   struct mms_folio_part *ret_part)
{
	const unsigned long mapping = (state->flags >> MMS_STATE_MAPPING_SHIFT) & MMS_MAPPING_FLAGS;
	struct folio *folio = page_folio(page);
	const bool large = state->flags & BIT(PG_head);
	int mapcount = state->mapcount + 1;

	memset(ret_part, 0, sizeof(*ret_part));
	ret_part->kpf = mms_kpf_word(state->flags);
	if (large) {
		ret_part->order = mms_folio_order(folio);
		ret_part->folio_page = page - &folio->page;
		mapcount = mms_mapcount(folio, page);
		ret_part->kpf |= mms_kpf_large(page, folio);
	} else if (mapcount > 0) {
		ret_part->kpf |= BIT_ULL(KPF_MMAP);
	} else if (mapcount < 0) {
		ret_part->kpf |= mms_kpf_type(page, folio);
		mapcount = 0;
	}
#ifdef CONFIG_MEMORY_FAILURE
	if (!large && (state->flags & BIT(PG_hwpoison)))
		ret_part->kpf |= BIT_ULL(KPF_HWPOISON);
#endif
	/* the slab allocator and the buddy system use the word for themselves */
	if ((mapping & MMS_MAPPING_ANON) && !(ret_part->kpf & MMS_KPF_TYPES)) {
		ret_part->kpf |= BIT_ULL(KPF_ANON);
		if (mapping == MMS_MAPPING_KSM)
			ret_part->kpf |= BIT_ULL(KPF_KSM);
	}
	if (is_zero_pfn(page_to_pfn(page)))
		ret_part->kpf |= BIT_ULL(KPF_ZERO_PAGE);
	ret_part->refcount = state->refcount;
	ret_part->mapcount = mapcount;
	ret_part->node = mms_flags_node(state->flags);
	ret_part->zone = mms_flags_zone(state->flags);
	ret_part->cgroup = mms_folio_cgroup(folio);
}

/**
 * mms_look_folio_slow() - tell of a page whose words are not those of the last
 * @look: learns what it did not know
 * @page: an online page
 * @state: its words
 * @ret_part: filled
 *
 * Context: RCU read section.
 */
void mms_look_folio_slow(struct mms_folio_look *look, struct page *page,
			 const struct mms_page_state *state, struct mms_folio_part *ret_part)
{
	struct folio *folio = page_folio(page);

	mms_folio_tell(page, state, ret_part);
	/* what is told of others with the same words, too: not that it is the zero page */
	if ((state->flags & BIT(PG_head)) || state->mapcount < 0 ||
	    is_zero_pfn(page_to_pfn(page)) || mms_folio_memcg_word(folio) != state->memcg)
		return;
	look->memo[1] = look->memo[0];
	look->memo[0] = (struct mms_look_memo){
		.flags = state->flags,
		.memcg = state->memcg,
		.part = *ret_part,
	};
}

/* Has the folio a page type? Those that KPF has a flag for are told by it. */
static bool mms_folio_typed(const struct folio *folio)
{
	return atomic_read(&folio->_mapcount) < -1;
}

/**
 * mms_folio_kind() - what a folio is
 * @part: what was told of it
 * @folio: the folio
 *
 * A page without references that is not in the buddy system is taken for the
 * kernel's here: mms_page_listed() tells whether it is on a per-CPU list.
 *
 * Return: enum mms_folio_kind
 */
u8 mms_folio_kind(const struct mms_folio_part *part, const struct folio *folio)
{
	static const struct {
		u8 kpf;
		u8 kind;
	} told[] = {
		{ KPF_HWPOISON, MMS_FOLIO_poison },
		/* with words in which others have folio->mapping, and its bits */
		{ KPF_SLAB, MMS_FOLIO_slab },
		{ KPF_BUDDY, MMS_FOLIO_free },
		{ KPF_PGTABLE, MMS_FOLIO_pgtable },
		{ KPF_OFFLINE, MMS_FOLIO_offline },
		{ KPF_HUGE, MMS_FOLIO_hugetlb },
		{ KPF_ZERO_PAGE, MMS_FOLIO_zero },
		{ KPF_KSM, MMS_FOLIO_ksm },
		{ KPF_ANON, MMS_FOLIO_anon },
	};
	const unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(told); i++) {
		if (part->kpf & BIT_ULL(told[i].kpf))
			return told[i].kind;
	}
	/* the driver's that has it moved (zsmalloc), or of a type without a flag */
	if ((mapping & MMS_MAPPING_FLAGS) || mms_folio_typed(folio))
		return MMS_FOLIO_kernel;
	if (mapping)
		return part->kpf & BIT_ULL(KPF_SWAPBACKED) ? MMS_FOLIO_shmem : MMS_FOLIO_file;
	if (part->kpf & BIT_ULL(KPF_RESERVED))
		return MMS_FOLIO_reserved;
	if (part->kpf & BIT_ULL(KPF_SWAPCACHE))
		return MMS_FOLIO_shmem;
	/* cut off its file, and not free yet */
	return part->kpf & BIT_ULL(KPF_LRU) ? MMS_FOLIO_other : MMS_FOLIO_kernel;
}
