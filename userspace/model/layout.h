/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole of an address space: what is mapped, the gaps, and the kernel's half. */
#ifndef MMS_MODEL_LAYOUT_H
#define MMS_MODEL_LAYOUT_H

#include "model.h"

/* X(id, name): what an area is */
#define MMS_AREAS(X)	X(0, gap) X(1, mapping) X(2, hole) X(3, region) X(4, unused)

enum mms_area_kind {
#define MMS_X(id, name) MMS_AREA_##name = id,
	MMS_AREAS(MMS_X)
#undef MMS_X
};

/**
 * struct mms_area - a part of the address space; areas leave nothing out
 * @start: first address
 * @end: first address after it, 0 for the end of memory
 * @size: bytes
 * @rss: resident, for a mapping
 * @flags: of the VMA, MMS_VMA_*
 * @kind: enum mms_area_kind
 * @half: 'u'ser, 'k'ernel, or '-' for what no address can be
 * @region: enum mms_region
 * @random: ASLR or KASLR chose where it is
 * @located: --locate's address is in it
 * @len: see @name
 * @name: what it is, NULL for a gap; not terminated, @len bytes
 */
struct mms_area {
	u64 start, end, size, rss, flags;
	u8 kind;
	u8 half;
	u8 region;
	u8 random;
	u8 located;
	u32 len;
	const char *name;
};

/**
 * struct mms_layout_total - sums; what adds up to the whole
 * @user: bytes of the user half: @mapped + @gap
 * @mapped: see @user
 * @rss: bytes of @mapped that are resident
 * @gap: see @user
 * @vmas: how many mappings
 * @gaps: how many gaps the user half has
 * @kernel: bytes of the kernel's half: @kernel_regions + @kernel_unused
 * @kernel_regions: see @kernel
 * @kernel_unused: see @kernel
 * @hole: bytes between the halves, which no address has
 * @largest_gap: of the user half
 * @largest_gap_at: see @largest_gap
 */
struct mms_layout_total {
	u64 user, mapped, rss, gap, vmas, gaps;
	u64 largest_gap, largest_gap_at;
	u64 hole, kernel, kernel_regions, kernel_unused;
};

/**
 * struct mms_aslr - where something was put, and how much of that was chance
 * @what: of it
 * @address: where it is
 * @from: where it would be at the least, or what it is measured from
 * @distance: bytes between the two
 * @bits: of the address that are random, 0 for none, 255 for not known
 * @below: it lies below @from
 * @text: what @from is
 */
struct mms_aslr {
	const char *what;
	u64 address, from, distance;
	u8 bits;
	bool below;
	const char *text;
};

#define MMS_MAX_ASLR	8

/**
 * struct mms_layout_in - what is known of the process beside its VMAs
 * @summary: bounds; a field that is 0 is not known
 * @rnd_bits: vm.mmap_rnd_bits and its 32-bit twin, -1 for not known
 * @rnd_compat_bits: see @rnd_bits
 * @randomize: kernel.randomize_va_space, -1 for not known
 * @no_randomize: the process has ADDR_NO_RANDOMIZE
 */
struct mms_layout_in {
	struct mms_summary_rec summary;
	int rnd_bits, rnd_compat_bits, randomize;
	bool no_randomize;
};

struct mms_layout {
	struct mms_area *areas;
	size_t nr, room;
	bool failed;	/* out of memory */
	bool regions;	/* of the kernel's half: as they are, not as they would be */
	unsigned int levels;
	u64 user_end, kernel_start;
	struct mms_layout_total total;
	struct mms_aslr aslr[MMS_MAX_ASLR];
	unsigned int nr_aslr;
};

/* Add areas in ascending order: VMAs, then the kernel's regions; then end it. */
void mms_layout_init(struct mms_layout *layout, unsigned int levels);
void mms_layout_deinit(struct mms_layout *layout);
void mms_layout_vma(struct mms_layout *layout, const struct mms_maps_rec *rec,
		    const char *name, size_t len);
void mms_layout_region(struct mms_layout *layout, const struct mms_regions_rec *rec);
/* The regions where they are without KASLR, for want of the real ones. */
void mms_layout_static_regions(struct mms_layout *layout);
void mms_layout_end(struct mms_layout *layout);

/* What ASLR did: fills layout->aslr. */
void mms_layout_aslr(struct mms_layout *layout, const struct mms_layout_in *in);

/* The area an address is in: there is always one, once ended. */
struct mms_area *mms_layout_find(const struct mms_layout *layout, u64 address);

/* The part of a name for people: a path's last part, "anonymous" for none. */
const char *mms_area_label(const struct mms_area *area, size_t *ret_len);

extern const struct mms_model mms_model_layout;
extern const struct mms_model mms_model_layout_total;
extern const struct mms_model mms_model_aslr;

#endif /* MMS_MODEL_LAYOUT_H */
