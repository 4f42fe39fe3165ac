/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs ask of a folio. core_fixes.bpf.h comes before. */
#ifndef MMS_BPF_FOLIO_H
#define MMS_BPF_FOLIO_H

/* The first argument, which is a pointer that one cannot compute with, as a number. */
static __always_inline u64 first_arg(void *ctx)
{
	u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), ctx);
	return address;
}

/* Pages of the folio that is the first argument. */
static __always_inline u64 nr_pages(const struct folio *folio, void *ctx)
{
	if (!(mms_folio_flags(folio) >> bpf_core_enum_value(enum pageflags, PG_head) & 1))
		return 1;
	return 1ULL << (mms_folio_order(first_arg(ctx)) & 31);
}

#endif /* MMS_BPF_FOLIO_H */
