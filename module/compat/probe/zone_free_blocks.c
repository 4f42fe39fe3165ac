// SPDX-License-Identifier: GPL-2.0-only
/* zones count the free pages in whole page blocks: "mm: page_alloc: defrag_mode kswapd/kcompactd watermarks", 6.15 */
#include <linux/mmzone.h>

int probe(void);
int probe(void)
{
	return NR_FREE_PAGES_BLOCKS;
}
