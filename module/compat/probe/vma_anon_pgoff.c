// SPDX-License-Identifier: GPL-2.0-only
/* a file's private copies are found by an offset of their own: vma_start_anon_pgoff(), 7.3 */
#include <linux/mm.h>

pgoff_t probe(struct vm_area_struct *vma);
pgoff_t probe(struct vm_area_struct *vma)
{
	return vma_start_anon_pgoff(vma);
}
