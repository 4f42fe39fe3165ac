// SPDX-License-Identifier: GPL-2.0-only
/* a hugetlb folio's index is in units of its size, until "mm/filemap: remove hugetlb special casing in filemap.c", 6.7 */
#include <linux/pagemap.h>

typedef typeof(hugetlb_basepage_index) probe_fn;

probe_fn *probe(probe_fn *fn);
probe_fn *probe(probe_fn *fn)
{
	return fn;
}
