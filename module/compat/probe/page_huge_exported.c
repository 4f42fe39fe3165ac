// SPDX-License-Identifier: GPL-2.0-only
/* hugetlb folios are told by an exported function, until "mm: turn folio_test_hugetlb into a PageType", 6.9 */
#include <linux/hugetlb.h>

/* Since then it is an inline function that takes and returns other types. */
int PageHuge(struct page *page);

int probe(struct page *page);
int probe(struct page *page)
{
	return PageHuge(page);
}
