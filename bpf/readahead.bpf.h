/* SPDX-License-Identifier: GPL-2.0-only */
/* What was read ahead and not used yet: a bit for each page, in words by mapping and place. */
#ifndef MMS_BPF_READAHEAD_BPF_H
#define MMS_BPF_READAHEAD_BPF_H

#define CHUNK	64	/* pages that a word of bits is for */

struct chunk_key {
	u64 mapping;
	u64 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);	/* 8 GiB in small files, more in large ones */
	__type(key, struct chunk_key);
	__type(value, __u64);
} unused SEC(".maps");

/* Not static, as in walk.bpf.h. */
__u64 any_unused;

struct range {
	u64 mapping;
	u64 first;
	u64 end;
	u64 found;
};

static __always_inline u64 chunk_bits(const struct range *range, u64 number)
{
	u64 from = number * CHUNK, bits = ~0ULL;

	if (range->first > from)
		bits <<= (range->first - from) & 63;
	if (range->end < from + CHUNK)
		bits &= ~0ULL >> ((from + CHUNK - range->end) & 63);
	return bits;
}

static __always_inline u32 nr_chunks(const struct range *range)
{
	return range->end > range->first ? (range->end - 1) / CHUNK - range->first / CHUNK + 1 : 0;
}

static __always_inline u32 count_bits(u64 bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return bits * 0x0101010101010101 >> 56;
}

static long put_chunk(u32 i, struct range *range)
{
	const struct chunk_key key = {
		.mapping = range->mapping, .number = range->first / CHUNK + i,
	};
	u64 bits = chunk_bits(range, key.number), *known;

	known = bpf_map_lookup_elem(&unused, &key);
	if (known)
		__sync_fetch_and_or(known, bits);
	else
		bpf_map_update_elem(&unused, &key, &bits, BPF_ANY);
	return 0;
}

static long take_chunk(u32 i, struct range *range)
{
	const struct chunk_key key = {
		.mapping = range->mapping, .number = range->first / CHUNK + i,
	};
	u64 bits = chunk_bits(range, key.number), *known;

	known = bpf_map_lookup_elem(&unused, &key);
	if (!known || !(*known & bits))
		return 0;
	bits &= __sync_fetch_and_and(known, ~bits);
	range->found += count_bits(bits);
	if (!*known)
		bpf_map_delete_elem(&unused, &key);
	return 0;
}

static __always_inline void put_unused(u64 mapping, u64 first, u64 end)
{
	struct range range = { .mapping = mapping, .first = first, .end = end };

	any_unused = 1;
	bpf_loop(nr_chunks(&range), put_chunk, &range, 0);
}

/* How many of these there were; they are no more. */
static __always_inline u64 take_unused(u64 mapping, u64 first, u64 end)
{
	struct range range = { .mapping = mapping, .first = first, .end = end };

	if (!any_unused)
		return 0;
	bpf_loop(nr_chunks(&range), take_chunk, &range, 0);
	return range.found;
}

#endif /* MMS_BPF_READAHEAD_BPF_H */
