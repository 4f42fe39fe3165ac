// SPDX-License-Identifier: GPL-2.0-only
/* linear address masking: "mm: Introduce untagged_addr_remote()", 6.4 */
#include <linux/mm.h>
#include <linux/mmu_context.h>

unsigned long probe(struct mm_struct *mm);
unsigned long probe(struct mm_struct *mm)
{
	return mm_untag_mask(mm);
}
