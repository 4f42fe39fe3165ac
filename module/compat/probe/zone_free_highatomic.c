// SPDX-License-Identifier: GPL-2.0-only
/* a zone counts the free pages of its highatomic blocks: "mm/page_alloc: keep track of free highatomic", 6.12 */
#include <linux/mmzone.h>

unsigned long probe(const struct zone *zone);
unsigned long probe(const struct zone *zone)
{
	return zone->nr_free_highatomic;
}
