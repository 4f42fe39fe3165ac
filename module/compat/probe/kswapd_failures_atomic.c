// SPDX-License-Identifier: GPL-2.0-only
/* pgdat->kswapd_failures is an atomic_t, as it is in 6.18 and later */
#include <linux/mmzone.h>

int probe(const pg_data_t *pgdat);
int probe(const pg_data_t *pgdat)
{
	return pgdat->kswapd_failures.counter;
}
