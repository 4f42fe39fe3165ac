// SPDX-License-Identifier: GPL-2.0-only
/* slab is a page flag, until "mm: free up PG_slab", 6.10 */
#include <linux/page-flags.h>

int probe(void);
int probe(void)
{
	return PG_slab;
}
