/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where kernels differ in what is read of swapping: see core_fixes.bpf.h, which comes before,
 * as does core_fixes_refault.bpf.h.
 */
#ifndef MMS_BPF_CORE_FIXES_SWAP_H
#define MMS_BPF_CORE_FIXES_SWAP_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct swap_io_ctx {
	struct swap_iocb *sio;
};

struct swap_info_struct___zeromap {
	unsigned long *zeromap;
};

struct swap_iocb___pages {
	struct bio_vec bvec[32];
	int pages;
};

struct swap_iocb___bvecs {
	struct bio_vec bvecs[32];
	int nr_bvecs;
};

#pragma clang attribute pop

#define MMS_SWAP_IO_MAX	32	/* SWAP_CLUSTER_MAX: pages or folios of a struct swap_iocb */

/*
 * The folio, or first page of one, that a function which reads or writes it is called
 * with: behind the struct swap_io_ctx that they all have where I/O to block devices is
 * gathered, too, not only that to file systems.
 */
static __always_inline u64 mms_swap_arg_folio(const u64 *args)
{
	if (bpf_core_type_exists(struct swap_io_ctx))
		return mms_arg(args, 1);
	return mms_arg(args, 0);
}

/* For which VMA and address read_swap_cache_async() is called: the same. */
static __always_inline u64 mms_swap_arg_vma(const u64 *args)
{
	if (bpf_core_type_exists(struct swap_io_ctx))
		return mms_arg(args, 3);
	return mms_arg(args, 2);
}

static __always_inline u64 mms_swap_arg_address(const u64 *args)
{
	if (bpf_core_type_exists(struct swap_io_ctx))
		return mms_arg(args, 4);
	return mms_arg(args, 3);
}

/*
 * Whether the kernel remembers slots whose pages are all zero instead of writing them:
 * since "mm: store zero pages to be swapped out in a bitmap", 6.12; in the swap table
 * where there is a struct swap_io_ctx.
 */
static __always_inline bool mms_swap_knows_zero(void)
{
	const struct swap_info_struct___zeromap *map = NULL;

	return bpf_core_field_exists(map->zeromap) || bpf_core_type_exists(struct swap_io_ctx);
}

/* Whether a slot is one of these, where there is the bitmap. */
static __always_inline bool mms_swap_slot_is_zero(const struct swap_info_struct *si, u64 slot)
{
	const struct swap_info_struct___zeromap *map = (const void *)si;
	u64 bits;

	if (!bpf_core_field_exists(map->zeromap))
		return false;
	bits = (u64)BPF_CORE_READ(map, zeromap);
	return bits && mms_read_u64(bits + slot / 64 * 8) >> (slot & 63) & 1;
}

/* Whether a folio says at all what memory cgroup it is charged to: CONFIG_MEMCG. */
static __always_inline bool mms_folio_is_charged(void)
{
	const struct folio___memcg *charged = NULL;

	return bpf_core_field_exists(charged->memcg_data);
}

/* How many pages or folios a struct swap_iocb has, and the number @i of them. */
static __always_inline u32 mms_swap_iocb_count(const struct swap_iocb *io)
{
	const struct swap_iocb___bvecs *new = (const void *)io;
	const struct swap_iocb___pages *old = (const void *)io;

	if (bpf_core_field_exists(new->nr_bvecs))
		return BPF_CORE_READ(new, nr_bvecs);
	return BPF_CORE_READ(old, pages);
}

/* They are called "bvecs" where it is used for block devices, too. */
static __always_inline u64 mms_swap_iocb_folio(const struct swap_iocb *io, u32 i)
{
	const struct swap_iocb___bvecs *new = (const void *)io;
	const struct bio_vec *bvec = NULL;
	u64 at = (u64)io + i * bpf_core_type_size(struct bio_vec) +
		 bpf_core_field_offset(bvec->bv_page);

	if (bpf_core_field_exists(new->bvecs))
		return mms_read_u64(at + bpf_core_field_offset(new->bvecs));
	return mms_read_u64(at + bpf_core_field_offset(struct swap_iocb___pages, bvec));
}

#endif /* MMS_BPF_CORE_FIXES_SWAP_H */
