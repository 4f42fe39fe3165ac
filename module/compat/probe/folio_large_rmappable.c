// SPDX-License-Identifier: GPL-2.0-only
/* THPs say so: "mm: add large_rmappable page flag", 6.6 */
#include <linux/mm.h>
#include <linux/page-flags.h>

bool probe(struct folio *folio);
bool probe(struct folio *folio)
{
	return folio_test_large_rmappable(folio);
}
