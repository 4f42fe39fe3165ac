// SPDX-License-Identifier: GPL-2.0-only
/* folio->flags is a struct: "mm: introduce memdesc_flags_t", 6.18 */
#include <linux/mm_types.h>

unsigned long probe(struct folio *folio);
unsigned long probe(struct folio *folio)
{
	return folio->flags.f;
}
