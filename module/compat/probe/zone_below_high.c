// SPDX-License-Identifier: GPL-2.0-only
/* a zone remembers that it is below its high watermark: "mm, pcp: decrease PCP high if free pages < high watermark", 6.7 */
#include <linux/mmzone.h>

int probe(void);
int probe(void)
{
	return ZONE_BELOW_HIGH;
}
