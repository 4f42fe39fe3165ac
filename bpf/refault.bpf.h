/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far away it was: what the kernel left in place of an evicted page, its shadow entry,
 * and how that compares with now. As workingset_refault() does it, when it is called.
 *
 * A shadow entry has the number of the memory cgroup that reclaimed, the node, whether the
 * page was in the working set, and an age. The classic lists' age is that of the lists: pages
 * that were evicted or activated there so far, so the difference is the refault distance.
 * MGLRU's is the number of the oldest generation; the difference to the youngest one now
 * says how many generations there were since, where a small one says nothing of pages.
 *
 * core_fixes_refault.bpf.h comes before.
 */
#ifndef MMS_BPF_REFAULT_H
#define MMS_BPF_REFAULT_H

#define WORKINGSET_SHIFT	1	/* mm/workingset.c */
#define MEM_CGROUP_ID_SHIFT	16	/* include/linux/memcontrol.h, with CONFIG_MEMCG */
#define MAX_NODES		1024

enum refault_unit {
	REFAULT_UNKNOWN,	/* the memory cgroup is gone */
	REFAULT_PAGES,
	REFAULT_GENERATIONS,
};

struct refault {
	u64 distance;
	u32 unit;
	bool workingset;
};

/* NODES_SHIFT: a list of zones has room for all of each node, and for its end. */
static __always_inline u32 refault_nodes_shift(void)
{
	u64 all = bpf_core_type_size(struct zonelist) / bpf_core_type_size(struct zoneref) - 1;

	return trace_log2(all / bpf_core_enum_value(enum zone_type, __MAX_NR_ZONES));
}

/* The node of a folio: the highest bits of its flags, as with VMEMMAP they have no sections. */
static __always_inline u32 folio_node(const struct folio *folio)
{
	return mms_folio_flags(folio) >> (64 - refault_nodes_shift());
}

/* LRU_REFS_WIDTH: MAX_NR_TIERS - 2. */
static __always_inline u32 refault_refs_width(void)
{
	const struct lruvec *lruvec = NULL;

	return bpf_core_field_size(lruvec->lrugen.avg_total) / (2 * sizeof(u64)) - 2;
}

/* struct lruvec of a memory cgroup on a node, 0: not there. */
static __always_inline u64 refault_lruvec(u64 memcg, u32 node)
{
	const struct mem_cgroup_per_node *pn = NULL;
	const struct mem_cgroup *group = NULL;
	u64 at = mms_word(memcg + bpf_core_field_offset(group->nodeinfo) + node * sizeof(u64));

	return at ? at + bpf_core_field_offset(pn->lruvec) : 0;
}

/* @shadow: as workingset_refault() has it. */
static __always_inline void refault_decode(bool file, u64 shadow, struct refault *ret)
{
	const u32 nodes_shift = refault_nodes_shift();
	const struct lruvec *vec = NULL;
	u64 entry = shadow >> 1, mask, lruvec, memcg;	/* xa_to_value() */
	u32 width, node;

	ret->distance = 0;
	ret->unit = REFAULT_UNKNOWN;
	ret->workingset = entry & 1;
	entry >>= WORKINGSET_SHIFT;
	node = entry & ((1ULL << nodes_shift) - 1);
	entry >>= nodes_shift;
	if (!bpf_core_type_exists(struct mem_cgroup))
		return;
	memcg = mms_memcg_by_number(entry & ((1U << MEM_CGROUP_ID_SHIFT) - 1));
	entry >>= MEM_CGROUP_ID_SHIFT;
	lruvec = memcg && node < MAX_NODES ? refault_lruvec(memcg, node) : 0;
	if (!lruvec)
		return;
	/* EVICTION_MASK */
	mask = ~0ULL >> (1 + WORKINGSET_SHIFT + nodes_shift + MEM_CGROUP_ID_SHIFT);
	if (!file && mms_shadow_anon_is_short())
		mask >>= SWAP_COUNT_SHIFT;
	if (mms_lru_has_generations() &&
	    mms_word(lruvec + bpf_core_field_offset(vec->lrugen.enabled)) & 0xff) {
		width = refault_refs_width();
		ret->distance = (mms_word(lruvec + bpf_core_field_offset(vec->lrugen.max_seq)) -
				 (entry >> width)) & (mask >> width);
		ret->unit = REFAULT_GENERATIONS;
		return;
	}
	ret->distance = (mms_word(lruvec + bpf_core_field_offset(vec->nonresident_age)) -
			 (entry << mms_bucket_order(file))) & mask;
	ret->unit = REFAULT_PAGES;
}

/* folio_is_file_lru(): shared memory is on the lists of anonymous memory. */
static __always_inline bool refault_is_file(const struct folio *folio)
{
	return !(mms_folio_flags(folio) >> bpf_core_enum_value(enum pageflags, PG_swapbacked) & 1);
}

/* folio_test_swapcache(): of a file that bit is another one */
static __always_inline bool refault_is_cached(const struct folio *folio)
{
	const u64 both = 1ULL << bpf_core_enum_value(enum pageflags, PG_swapbacked) |
			 1ULL << bpf_core_enum_value(enum pageflags, PG_swapcache);

	return (mms_folio_flags(folio) & both) == both;
}

#endif /* MMS_BPF_REFAULT_H */
