/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for slab caches. */
#ifndef MMS_BPF_CORE_FIXES_SLAB_H
#define MMS_BPF_CORE_FIXES_SLAB_H

#include "core_fixes.bpf.h"
#include "slab.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kmem_cache_cpu {
	void *freelist;
	struct slab *slab;
	struct slab *partial;
};

struct slub_percpu_sheaves {
	struct slab_sheaf *main;
	struct slab_sheaf *spare;
	struct slab_sheaf *rcu_free;
};

struct slab_sheaf {
	struct list_head barn_list;
	unsigned int size;
	void *objects[0];
};

struct node_barn {
	struct list_head sheaves_full;
	unsigned int nr_full;
};

struct kmem_cache_per_node_ptrs {
	struct node_barn *barn;
	struct kmem_cache_node *node;
};

struct kmem_cache___cpu_slab {
	struct kmem_cache_cpu *cpu_slab;
};

struct kmem_cache___sheaves {
	struct slub_percpu_sheaves *cpu_sheaves;
	unsigned int sheaf_capacity;
};

struct kmem_cache___node {
	struct kmem_cache_node *node[1];
};

struct kmem_cache___per_node {
	struct kmem_cache_per_node_ptrs per_node[1];
};

struct kmem_cache___random {
	unsigned long random;
};

struct kmem_cache_node___barn {
	struct node_barn *barn;
};

struct kmem_cache_node___debug {
	atomic64_t nr_slabs;
	atomic64_t total_objects;
};

#pragma clang attribute pop

/*
 * Whether a head page is a slab: a flag until "mm: free up PG_slab", 6.10, a type in the
 * highest byte since "mm: support only one page type per page", 6.12. What was between
 * is not known here.
 */
static __always_inline bool mms_page_knows_slab(void)
{
	return bpf_core_enum_value_exists(enum pagetype___slab, PGTY_slab___slab) ||
	       bpf_core_enum_value_exists(enum pageflags___slab, PG_slab___slab);
}

static __always_inline bool mms_page_is_slab(u64 page)
{
	const struct page___flags *flags = (const void *)page;
	const struct page___type *type = (const void *)page;

	if (bpf_core_enum_value_exists(enum pagetype___slab, PGTY_slab___slab))
		return BPF_CORE_READ(type, page_type) >> 24 ==
		       bpf_core_enum_value(enum pagetype___slab, PGTY_slab___slab);
	if (bpf_core_enum_value_exists(enum pageflags___slab, PG_slab___slab))
		return BPF_CORE_READ(flags, flags) >>
		       bpf_core_enum_value(enum pageflags___slab, PG_slab___slab) & 1;
	return false;
}

/* Each node's part of a cache: kmem_cache.per_node, with its barn, since 7.1; .node before. */
static __always_inline u64 mms_slab_node_slot(const struct kmem_cache *s, u32 node)
{
	const struct kmem_cache___per_node *new = (const void *)s;
	const struct kmem_cache___node *old = (const void *)s;

	if (bpf_core_field_exists(new->per_node))
		return (u64)s + bpf_core_field_offset(new->per_node) +
		       node * bpf_core_type_size(struct kmem_cache_per_node_ptrs);
	return (u64)s + bpf_core_field_offset(old->node) + node * sizeof(u64);
}

static __always_inline struct kmem_cache_node *mms_slab_node(const struct kmem_cache *s, u32 node)
{
	const struct kmem_cache___per_node *new = (const void *)s;
	u64 slot = mms_slab_node_slot(s, node);

	if (bpf_core_field_exists(new->per_node))
		return BPF_CORE_READ((const struct kmem_cache_per_node_ptrs *)slot, node);
	return (void *)mms_read_u64(slot);
}

/* A node's stock of sheaves, or NULL: "slab: add opt-in caching layer of percpu sheaves", 6.18. */
static __always_inline struct node_barn *mms_slab_barn(const struct kmem_cache *s, u32 node)
{
	const struct kmem_cache___per_node *new = (const void *)s;
	const struct kmem_cache_node___barn *old = (const void *)mms_slab_node(s, node);

	if (bpf_core_field_exists(new->per_node)) {
		u64 slot = mms_slab_node_slot(s, node);

		return BPF_CORE_READ((const struct kmem_cache_per_node_ptrs *)slot, barn);
	}
	if (bpf_core_field_exists(old->barn) && old)
		return BPF_CORE_READ(old, barn);
	return NULL;
}

static __always_inline bool mms_slab_counts(void)
{
	const struct kmem_cache_node___debug *n = NULL;

	return bpf_core_field_exists(n->nr_slabs);
}

/* CPU slabs are gone where all caches have sheaves: the series that replaced them, 7.0. */
static __always_inline bool mms_slab_has_cpu_slabs(void)
{
	const struct kmem_cache___cpu_slab *s = NULL;

	return bpf_core_field_exists(s->cpu_slab);
}

static __always_inline bool mms_slab_has_sheaves(void)
{
	const struct kmem_cache___sheaves *s = NULL;

	return bpf_core_field_exists(s->cpu_sheaves);
}

/*
 * What a free object says of the next one. CONFIG_SLAB_FREELIST_HARDENED mixes in the
 * cache's secret and the place: get_freepointer(), mm/slub.c.
 */
static __always_inline u64 mms_slab_free_pointer(const struct kmem_cache *s, u64 object)
{
	const struct kmem_cache___random *hardened = (const void *)s;
	u64 at = object + BPF_CORE_READ(s, offset);
	u64 pointer = mms_read_u64(at);

	if (bpf_core_field_exists(hardened->random))
		pointer ^= BPF_CORE_READ(hardened, random) ^ __builtin_bswap64(at);
	return pointer;
}

/*
 * The cache's flags as MMS_SLAB_*. They are numbered by an enum since "mm, slab: use an
 * enum to define SLAB_ cache creation flags", 6.9; the numbers before are those of 6.1.
 */
enum _slab_flag_bits___bits {
	_SLAB_CONSISTENCY_CHECKS___bits,
	_SLAB_RED_ZONE___bits,
	_SLAB_POISON___bits,
	_SLAB_STORE_USER___bits,
	_SLAB_TRACE___bits,
	_SLAB_HWCACHE_ALIGN___bits,
	_SLAB_CACHE_DMA___bits,
	_SLAB_RECLAIM_ACCOUNT___bits,
	_SLAB_ACCOUNT___bits,
	_SLAB_TYPESAFE_BY_RCU___bits,
	_SLAB_PANIC___bits,
	_SLAB_KMALLOC___bits,
	_SLAB_NO_MERGE___bits,
};

#define MMS_SLAB_FLAG(flags, NAME, old)							\
	({										\
		u32 bit = old;								\
		if (bpf_core_type_exists(enum _slab_flag_bits___bits))			\
			bit = bpf_core_enum_value_exists(enum _slab_flag_bits___bits,	\
							 _SLAB_##NAME##___bits) ?	\
			      bpf_core_enum_value(enum _slab_flag_bits___bits,		\
						  _SLAB_##NAME##___bits) : 63;		\
		(u64)(flags) >> bit & 1 ? MMS_SLAB_##NAME : 0;				\
	})

static __always_inline u32 mms_slab_flags(const struct kmem_cache *s)
{
	u32 flags = BPF_CORE_READ(s, flags);

	return MMS_SLAB_FLAG(flags, CONSISTENCY_CHECKS, 8) |
	       MMS_SLAB_FLAG(flags, RED_ZONE, 10) |
	       MMS_SLAB_FLAG(flags, POISON, 11) |
	       MMS_SLAB_FLAG(flags, STORE_USER, 16) |
	       MMS_SLAB_FLAG(flags, TRACE, 21) |
	       MMS_SLAB_FLAG(flags, HWCACHE_ALIGN, 13) |
	       MMS_SLAB_FLAG(flags, CACHE_DMA, 14) |
	       MMS_SLAB_FLAG(flags, RECLAIM_ACCOUNT, 17) |
	       MMS_SLAB_FLAG(flags, ACCOUNT, 26) |
	       MMS_SLAB_FLAG(flags, TYPESAFE_BY_RCU, 19) |
	       MMS_SLAB_FLAG(flags, PANIC, 18) |
	       MMS_SLAB_FLAG(flags, KMALLOC, 12) |
	       MMS_SLAB_FLAG(flags, NO_MERGE, 63);
}

#endif /* MMS_BPF_CORE_FIXES_SLAB_H */
