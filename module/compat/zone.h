/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes and zones: one calling convention over all kernels. */
#ifndef MMS_COMPAT_ZONE_H
#define MMS_COMPAT_ZONE_H

#include <linux/mmzone.h>
#include "mms_config.h"
#include "uapi/mmscope.h"

/*
 * Orders of the buddy allocator: MAX_ORDER was one more than the highest, then
 * the highest, and gave way to NR_PAGE_ORDERS in "mm, treewide: introduce
 * NR_PAGE_ORDERS", 6.8. The array has always had one place for each.
 */
#define MMS_NR_ORDERS	ARRAY_SIZE(((struct zone *)NULL)->free_area)

/* "mm: add framework for PCP high auto-tuning", 6.7 */
#ifdef MMS_HAVE_PCP_HIGH_BOUNDS
#define mms_pcp_high_min(pcp)	((u32)READ_ONCE((pcp)->high_min))
#define mms_pcp_high_max(pcp)	((u32)READ_ONCE((pcp)->high_max))
#else
#define mms_pcp_high_min(pcp)	MMS_NO_COUNT
#define mms_pcp_high_max(pcp)	MMS_NO_COUNT
#endif

/* "mm/page_alloc: keep track of free highatomic", 6.12 */
static inline u64 mms_zone_free_highatomic(const struct zone *zone)
{
#ifdef MMS_HAVE_ZONE_FREE_HIGHATOMIC
	return READ_ONCE(zone->nr_free_highatomic);
#else
	return MMS_NO_PAGES;
#endif
}

/* an int once, an atomic_t in 6.18 and later */
static inline u32 mms_kswapd_failures(const pg_data_t *pgdat)
{
#ifdef MMS_HAVE_KSWAPD_FAILURES_ATOMIC
	return atomic_read(&pgdat->kswapd_failures);
#else
	return READ_ONCE(pgdat->kswapd_failures);
#endif
}

/* "mm, pcp: decrease PCP high if free pages < high watermark", 6.7 */
static inline bool mms_zone_below_high(const struct zone *zone)
{
#ifdef MMS_HAVE_ZONE_BELOW_HIGH
	return test_bit(ZONE_BELOW_HIGH, &zone->flags);
#else
	return false;
#endif
}

/*
 * Counters of a zone by the names of /proc/zoneinfo, which the kernel keeps in
 * an array that is not exported: X(enumerator, name). NR_BOUNCE went with "mm:
 * remove NR_BOUNCE zone stat", 6.16, NR_FREE_PAGES_BLOCKS came with
 * "mm: page_alloc: defrag_mode kswapd/kcompactd watermarks", 6.15.
 */
#ifdef MMS_HAVE_ZONE_NR_BOUNCE
#define MMS_ZONE_COUNTER_BOUNCE(X)	X(NR_BOUNCE, "nr_bounce")
#else
#define MMS_ZONE_COUNTER_BOUNCE(X)
#endif
#ifdef MMS_HAVE_ZONE_FREE_BLOCKS
#define MMS_ZONE_COUNTER_FREE_BLOCKS(X)	X(NR_FREE_PAGES_BLOCKS, "nr_free_pages_blocks")
#else
#define MMS_ZONE_COUNTER_FREE_BLOCKS(X)
#endif
#if IS_ENABLED(CONFIG_ZSMALLOC)
#define MMS_ZONE_COUNTER_ZSPAGES(X)	X(NR_ZSPAGES, "nr_zspages")
#else
#define MMS_ZONE_COUNTER_ZSPAGES(X)
#endif
#ifdef CONFIG_UNACCEPTED_MEMORY
#define MMS_ZONE_COUNTER_UNACCEPTED(X)	X(NR_UNACCEPTED, "nr_unaccepted")
#else
#define MMS_ZONE_COUNTER_UNACCEPTED(X)
#endif

#define MMS_ZONE_COUNTERS(X)						\
	X(NR_FREE_PAGES, "nr_free_pages")				\
	MMS_ZONE_COUNTER_FREE_BLOCKS(X)					\
	X(NR_ZONE_INACTIVE_ANON, "nr_zone_inactive_anon")		\
	X(NR_ZONE_ACTIVE_ANON, "nr_zone_active_anon")			\
	X(NR_ZONE_INACTIVE_FILE, "nr_zone_inactive_file")		\
	X(NR_ZONE_ACTIVE_FILE, "nr_zone_active_file")			\
	X(NR_ZONE_UNEVICTABLE, "nr_zone_unevictable")			\
	X(NR_ZONE_WRITE_PENDING, "nr_zone_write_pending")		\
	X(NR_MLOCK, "nr_mlock")						\
	MMS_ZONE_COUNTER_BOUNCE(X)					\
	MMS_ZONE_COUNTER_ZSPAGES(X)					\
	X(NR_FREE_CMA_PAGES, "nr_free_cma")				\
	MMS_ZONE_COUNTER_UNACCEPTED(X)

/* The kernel's number of a migrate type as the wire's, which is always the same. */
static inline u8 mms_migrate_type(unsigned int type)
{
	switch (type) {
	case MIGRATE_UNMOVABLE:
		return MMS_MIGRATE_unmovable;
	case MIGRATE_MOVABLE:
		return MMS_MIGRATE_movable;
	case MIGRATE_RECLAIMABLE:
		return MMS_MIGRATE_reclaimable;
	case MIGRATE_HIGHATOMIC:
		return MMS_MIGRATE_highatomic;
#ifdef CONFIG_CMA
	case MIGRATE_CMA:
		return MMS_MIGRATE_cma;
#endif
#ifdef CONFIG_MEMORY_ISOLATION
	case MIGRATE_ISOLATE:
		return MMS_MIGRATE_isolate;
#endif
	default:
		return MMS_NO_TYPE;
	}
}

/**
 * struct mms_pageblock - the flags of a page block
 * @type: enum mms_migrate_type: while it is isolated, isolate on kernels where
 *	isolation takes the place of the type, and its own on others
 * @isolated: nothing is allocated from it
 * @skip: compaction steps over it
 */
struct mms_pageblock {
	u8 type;
	bool isolated;
	bool skip;
};

/*
 * Four bits a block, of which three are the type, and isolation was a type;
 * "mm/page_isolation: make page isolation a standalone bit", 6.17, made it a
 * bit of its own, and eight bits a block.
 */
#ifdef MMS_HAVE_PAGEBLOCK_ISOLATE_BIT
#define MMS_PAGEBLOCK_SKIP	BIT(PB_compact_skip)
#define MMS_PAGEBLOCK_ISOLATE	PAGEBLOCK_ISO_MASK
#define MMS_PAGEBLOCK_TYPE	PAGEBLOCK_MIGRATETYPE_MASK
#else
#define MMS_PAGEBLOCK_SKIP	BIT(PB_migrate_skip)
#define MMS_PAGEBLOCK_ISOLATE	0
#define MMS_PAGEBLOCK_TYPE	MIGRATETYPE_MASK
#endif

/**
 * mms_pageblock_get() - read the flags of a page block
 * @pfn: a frame of it, online
 * @ret_block: filled
 *
 * get_pfnblock_flags_mask() and what came after it are not exported; with
 * SPARSEMEM the flags are in the memory section's usage map, which is freed by
 * RCU.
 *
 * Context: RCU read section.
 * Return: false if the section has no flags (any more).
 */
static inline bool mms_pageblock_get(unsigned long pfn, struct mms_pageblock *ret_block)
{
	const unsigned int bit = (pfn & (PAGES_PER_SECTION - 1)) / pageblock_nr_pages *
				 NR_PAGEBLOCK_BITS;
	const struct mem_section *section = __pfn_to_section(pfn);
	const struct mem_section_usage *usage = section ? READ_ONCE(section->usage) : NULL;
	const unsigned long *words;
	unsigned long word;

	if (!usage)
		return false;
	words = usage->pageblock_flags;	/* declared with no places */
	word = READ_ONCE(words[bit / BITS_PER_LONG]) >> (bit % BITS_PER_LONG);
	ret_block->type = mms_migrate_type(word & MMS_PAGEBLOCK_TYPE);
	ret_block->skip = word & MMS_PAGEBLOCK_SKIP;
	ret_block->isolated = word & MMS_PAGEBLOCK_ISOLATE ||
			      ret_block->type == MMS_MIGRATE_isolate;
	return true;
}

#endif /* MMS_COMPAT_ZONE_H */
