// SPDX-License-Identifier: GPL-2.0-only
/* mm->flags is a bitmap of its own type: "mm: add bitmap mm->flags field", 6.18 */
#include <linux/mm.h>

bool probe(struct mm_struct *mm);
bool probe(struct mm_struct *mm)
{
	return mm_flags_test(MMF_HAS_MDWE, mm);
}
