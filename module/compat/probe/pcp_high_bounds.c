// SPDX-License-Identifier: GPL-2.0-only
/* the CPU lists of a zone are tuned between two bounds: "mm: add framework for PCP high auto-tuning", 6.7 */
#include <linux/mmzone.h>

int probe(const struct per_cpu_pages *pcp);
int probe(const struct per_cpu_pages *pcp)
{
	return pcp->high_max - pcp->high_min;
}
