// SPDX-License-Identifier: GPL-2.0-only
/* isolation is a bit of a page block beside its migrate type: "mm/page_isolation: make page isolation a standalone bit", 6.17 */
#include <linux/mmzone.h>

int probe(void);
int probe(void)
{
	return PB_migrate_isolate + PB_compact_skip;
}
