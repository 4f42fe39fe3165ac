// SPDX-License-Identifier: GPL-2.0-only
/* a folio counts its mappings: "mm: track mapcount of large folios in single value", 6.10 */
#include <linux/mm.h>

int probe(struct folio *folio);
int probe(struct folio *folio)
{
	return folio_large_mapcount(folio);
}
