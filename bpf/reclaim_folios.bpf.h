/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reclaim evicts, and what of it comes back. Programs of reclaim.bpf.c. These are for each
 * folio: none is loaded unless it is asked for.
 */
#ifndef MMS_BPF_RECLAIM_FOLIOS_H
#define MMS_BPF_RECLAIM_FOLIOS_H

/* A page: of a file, or @inode 0 and its slot of swap. */
struct page_key {
	u64 inode;
	u64 index;
	u64 dev;
};

struct eviction {
	u64 time;
	u64 episode;
	u32 tid;
	u32 order;
	char comm[16];
};

/* Those of the last folios that were evicted, by their first page. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);		/* the caller's, where evictions are told */
	__type(key, struct page_key);
	__type(value, struct eviction);
} evictions SEC(".maps");

/* By thread: the slot of swap that it looks up. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} lookups SEC(".maps");

/* Orders that were evicted so far: a bit of each. Not static: see walk.bpf.h. */
u64 evicted_orders;

#define MAX_ORDER	16

/* What folio it is. @address: its own, as a number; @swap: 0: it has none. */
static __always_inline void folio_put(struct mms_reclaim_detail *rec, const struct folio *folio,
				      u64 address, u64 swap, struct page_key *ret_key)
{
	const struct inode *host;
	u64 memcg = mms_folio_memcg(folio);

	rec->order = mms_folio_order(address) & (MAX_ORDER - 1);
	rec->folio.pages = 1U << rec->order;
	rec->node = folio_node(folio);
	rec->marks |= MMS_RECLAIM_NODE;
	if (memcg)
		detail_memcg(rec, (void *)memcg);
	ret_key->inode = 0;
	ret_key->dev = 0;
	ret_key->index = swap;
	if (swap) {
		rec->folio.swap = swap;
		rec->marks |= MMS_RECLAIM_SWAP;
	} else if (refault_is_file(folio)) {
		host = BPF_CORE_READ(folio, mapping, host);
		ret_key->inode = BPF_CORE_READ(host, i_ino);
		ret_key->dev = BPF_CORE_READ(host, i_sb, s_dev);
		ret_key->index = BPF_CORE_READ(folio, index);
		rec->folio.inode = ret_key->inode;
		rec->folio.index = ret_key->index;
		rec->dev = ret_key->dev;
		rec->marks |= MMS_RECLAIM_FILE;
		inode_name(rec->dev, ret_key->inode, host);
	}
}

/* Called for a folio that is on its way out, and nobody can stop it any more. */
SEC("fentry/workingset_eviction")
int BPF_PROG(evicted, struct folio *folio)
{
	struct slot *slot = running();
	struct mms_reclaim_detail rec;
	struct eviction eviction;
	struct page_key key;
	u64 swap = 0, bit;

	/* Whoever evicts it: it may be read again by one who is asked for. */
	__builtin_memset(&rec, 0, sizeof(rec));
	swap = refault_is_cached(folio) ? mms_folio_swap(folio) : 0;
	if (!detail_begin(&rec, MMS_RECLAIM_EVICTED, slot)) {
		event_begin(&rec.event, trace_task());
		rec.cause = MMS_RECLAIM_DIRECT;	/* not to be told */
		if (slot)
			rec.episode = slot->rec.episode;
	}
	folio_put(&rec, folio, first_arg(ctx), swap, &key);
	__builtin_memset(&eviction, 0, sizeof(eviction));
	eviction.time = rec.event.time;
	eviction.episode = rec.episode;
	eviction.tid = rec.event.tid;
	eviction.order = rec.order;
	bpf_get_current_comm(eviction.comm, sizeof(eviction.comm));
	bpf_map_update_elem(&evictions, &key, &eviction, BPF_ANY);
	bit = 1ULL << (rec.order & (MAX_ORDER - 1));
	if (!(evicted_orders & bit))
		__sync_fetch_and_or(&evicted_orders, bit);
	if (rec.cause != MMS_RECLAIM_EVICTED)
		return 0;
	if (folio_owner(folio, &rec.folio.owner, &rec.folio.address)) {
		rec.marks |= MMS_RECLAIM_ADDRESS;
		if (rec.folio.owner)
			rec.marks |= MMS_RECLAIM_OWNER;
	}
	detail_send(&rec, ctx);
	return 0;
}

/*
 * A slot that goes past the swap cache is in no folio when it comes back: it is what the thread
 * looked up last. All kernels look there for the shadow entry.
 */
SEC("fentry/get_shadow_from_swap_cache")
int looked_up(u64 *ctx)
{
	u32 tid = bpf_get_current_task_btf()->pid;
	u64 swap = mms_arg(ctx, 0);

	bpf_map_update_elem(&lookups, &tid, &swap, BPF_ANY);
	return 0;
}

/* The eviction of a page, which need not have been its folio's first one. */
static __always_inline struct eviction *eviction_of(const struct page_key *key)
{
	struct page_key first = *key;
	struct eviction *eviction;
	u32 order;

	for (order = 0; order < MAX_ORDER; order++) {
		if (!(evicted_orders >> order & 1))
			continue;
		first.index = key->index >> order << order;
		eviction = bpf_map_lookup_elem(&evictions, &first);
		if (eviction && key->index - first.index < 1ULL << (eviction->order & 31))
			return eviction;
	}
	return NULL;
}

SEC("fentry/workingset_refault")
int BPF_PROG(refaulted, struct folio *folio, void *shadow)
{
	struct mms_reclaim_detail rec;
	struct eviction *eviction;
	struct refault refault;
	struct page_key key;
	u64 swap = 0, *at;
	u32 tid;

	if (!detail_begin(&rec, MMS_RECLAIM_REFAULT, running()))
		return 0;
	if (refault_is_cached(folio)) {
		swap = mms_folio_swap(folio);
	} else if (!refault_is_file(folio)) {
		tid = rec.event.tid;
		at = bpf_map_lookup_elem(&lookups, &tid);
		swap = at ? *at : 0;
	}
	folio_put(&rec, folio, first_arg(ctx), swap, &key);
	refault_decode(refault_is_file(folio), (u64)shadow, &refault);
	rec.folio.distance = refault.distance;
	if (refault.unit == REFAULT_PAGES)
		rec.marks |= MMS_RECLAIM_DISTANCE;
	else if (refault.unit == REFAULT_GENERATIONS)
		rec.marks |= MMS_RECLAIM_GENERATIONS;
	if (refault.workingset)
		rec.marks |= MMS_RECLAIM_WORKINGSET;
	eviction = rec.marks & (MMS_RECLAIM_FILE | MMS_RECLAIM_SWAP) ? eviction_of(&key) : NULL;
	if (eviction) {
		rec.marks |= MMS_RECLAIM_KNOWN;
		rec.folio.ago = rec.event.time - eviction->time;
		rec.folio.by_episode = eviction->episode;
		rec.folio.by_tid = eviction->tid;
		__builtin_memcpy(rec.folio.by_comm, eviction->comm, sizeof(rec.folio.by_comm));
	}
	detail_send(&rec, ctx);
	return 0;
}

#endif /* MMS_BPF_RECLAIM_FOLIOS_H */
