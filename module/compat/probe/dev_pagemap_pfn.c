// SPDX-License-Identifier: GPL-2.0-only
/* device memory by its PFN alone: "mm/memremap: remove unused get_dev_pagemap() parameter", 6.18 */
#include <linux/memremap.h>

struct dev_pagemap *probe(unsigned long pfn);
struct dev_pagemap *probe(unsigned long pfn)
{
	return get_dev_pagemap(pfn);
}
