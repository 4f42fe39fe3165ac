// SPDX-License-Identifier: GPL-2.0-only
/* a folio's order has a byte of its own, until "mm: store the folio order in the low byte of _flags_1", 6.6 */
#include <linux/mm_types.h>

unsigned char probe(struct folio *folio);
unsigned char probe(struct folio *folio)
{
	return folio->_folio_order;
}
