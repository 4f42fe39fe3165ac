// SPDX-License-Identifier: GPL-2.0-only
/* kpageflags tells a folio's flags for each of its pages: "proc: rewrite stable_page_flags()", 6.10 */
#include <linux/build_bug.h>
#include <linux/page-flags.h>

/* Its argument became const with the same change; it need not be exported. */
static_assert(__builtin_types_compatible_p(typeof(stable_page_flags), u64(const struct page *)));
