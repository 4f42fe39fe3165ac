// SPDX-License-Identifier: GPL-2.0-only
/* heap and stack are told by a helper: "mm: factor out VMA stack and heap checks", 6.6 */
#include <linux/mm.h>

bool probe(struct vm_area_struct *vma);
bool probe(struct vm_area_struct *vma)
{
	return vma_is_initial_heap(vma) || vma_is_initial_stack(vma);
}
