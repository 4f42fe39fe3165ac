// SPDX-License-Identifier: GPL-2.0-only
/* PG_error exists, until "mm: remove PG_error", 6.12 */
#include <linux/page-flags.h>

int probe(void);
int probe(void)
{
	return PG_error;
}
