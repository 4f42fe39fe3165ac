// SPDX-License-Identifier: GPL-2.0-only
/* x86-64: the map of the kernel's half, as Documentation/arch/x86/x86_64/mm.rst. */
#include <linux/io.h>
#include <linux/mm.h>
#include <asm/cpu_entry_area.h>
#include <asm/fixmap.h>
#include <asm/kaslr.h>
#include <asm/pgtable.h>
#include <asm/vsyscall.h>
#include "arch.h"

/**
 * mms_arch_bits() - which meaning this kernel gives to software bits
 *
 * Return: MMS_BITS_*.
 */
u64 mms_arch_bits(void)
{
	u64 bits = 0;

	if (_PAGE_SOFT_DIRTY)
		bits |= MMS_BITS_SOFT_DIRTY;
	if (MMS_ENTRY_UFFD_WP)
		bits |= MMS_BITS_UFFD_WP;
#ifdef _PAGE_DEVMAP	/* "mm: remove devmap related functions and page table bits", 6.17 */
	bits |= _PAGE_BIT_DEVMAP == 57 ? MMS_BITS_DEVMAP : MMS_BITS_DEVMAP_58;
#endif
#ifdef _PAGE_SAVED_DIRTY
	bits |= MMS_BITS_SAVED_DIRTY;
#endif
	if (boot_cpu_has(X86_FEATURE_OSPKE))
		bits |= MMS_BITS_PKEYS;
	if (sme_me_mask)
		bits |= MMS_BITS_ENCRYPTED;
	return bits;
}

/**
 * mms_arch_header() - the fields of a stream's header that the hardware decides
 * @h: the header
 */
void mms_arch_header(struct mms_header *h)
{
	h->arch = MMS_ARCH_X86_64;
	h->levels = mms_arch_five_levels() ? 5 : 4;
	h->bits = mms_arch_bits();
	h->phys_mask = PTE_PFN_MASK;
	h->enc_mask = sme_me_mask;
}

/**
 * mms_arch_regions() - the regions of the kernel's half as they are now
 * @ret_rows: MMS_MAX_REGIONS rows, filled in ascending order
 *
 * The direct map and vmemmap are shown as long as there is memory behind them
 * (it may grow by hotplug); what is between two rows is unused.
 *
 * Return: how many rows.
 */
unsigned int mms_arch_regions(struct mms_region_row *ret_rows)
{
	const bool random = IS_ENABLED(CONFIG_RANDOMIZE_MEMORY);
	unsigned long nr_pages = PHYS_PFN(__pa((unsigned long)high_memory - 1)) + 1;
	struct mms_region_row *row = ret_rows;

#define ADD(r, from, to, rnd)						\
	*row++ = (struct mms_region_row) {				\
		.region = MMS_REGION_##r, .start = (from), .last = (to), .random = (rnd) }

	ADD(guard, GUARD_HOLE_BASE_ADDR, GUARD_HOLE_END_ADDR - 1, false);
	if (mms_arch_pti())
		ADD(ldt, LDT_BASE_ADDR, LDT_END_ADDR - 1, false);
	ADD(direct, PAGE_OFFSET, (unsigned long)high_memory - 1, random);
	ADD(vmalloc, VMALLOC_START, VMALLOC_END, random);
	ADD(vmemmap, VMEMMAP_START,
	    VMEMMAP_START + PAGE_ALIGN(nr_pages * sizeof(struct page)) - 1, random);
#ifdef CONFIG_KASAN
	ADD(kasan, KASAN_SHADOW_START, KASAN_SHADOW_END - 1, false);
#endif
	ADD(cpu_entry, CPU_ENTRY_AREA_BASE,
	    CPU_ENTRY_AREA_BASE + (1UL << P4D_SHIFT) - 1, random);
#ifdef CONFIG_X86_ESPFIX64
	ADD(espfix, ESPFIX_BASE_ADDR, ESPFIX_BASE_ADDR + (1UL << P4D_SHIFT) - 1, false);
#endif
#ifdef CONFIG_EFI
	ADD(efi, EFI_VA_END, EFI_VA_START - 1, false);
#endif
	ADD(text, __START_KERNEL_map, __START_KERNEL_map + KERNEL_IMAGE_SIZE - 1,
	    IS_ENABLED(CONFIG_RANDOMIZE_BASE));
	ADD(modules, MODULES_VADDR, MODULES_END - 1, IS_ENABLED(CONFIG_RANDOMIZE_BASE));
	ADD(fixmap, FIXADDR_START, FIXADDR_TOP - 1, false);
	ADD(vsyscall, VSYSCALL_ADDR, VSYSCALL_ADDR + PAGE_SIZE - 1, false);
#undef ADD
	return row - ret_rows;
}
