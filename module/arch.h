/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is particular to an architecture: how an entry is taken apart, how many
 * levels there are, and what lies where in the kernel's half. One arch-*.c
 * stands behind it, and the inline part for hot paths in arch-*.h.
 */
#ifndef MMS_ARCH_H
#define MMS_ARCH_H

#include "uapi/mmscope.h"

/* What an entry lets its users do, as a set: mms_entry_rights(). */
#define MMS_MAY_WRITE	0x1
#define MMS_MAY_EXEC	0x2
#define MMS_MAY_USER	0x4
#define MMS_MAY_WX	(MMS_MAY_WRITE | MMS_MAY_EXEC)
#define MMS_MAY_ALL	(MMS_MAY_WX | MMS_MAY_USER)

#ifdef CONFIG_X86_64
#include "arch-x86.h"
#else
#error "mmscope: no arch-*.h for this architecture yet, see Documentation/adding.rst"
#endif

#define MMS_ENTRIES	512	/* of a page table, at every level */

/**
 * struct mms_region_row - a region of the kernel's half
 * @start: first address
 * @last: last address
 * @region: enum mms_region
 * @random: KASLR chose where it starts
 */
struct mms_region_row {
	unsigned long start;
	unsigned long last;
	u8 region;
	bool random;
};

#define MMS_MAX_REGIONS	24

unsigned int mms_arch_regions(struct mms_region_row *ret_rows);
u64 mms_arch_bits(void);
void mms_arch_header(struct mms_header *h);

#endif /* MMS_ARCH_H */
