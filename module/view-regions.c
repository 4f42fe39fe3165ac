// SPDX-License-Identifier: GPL-2.0-only
/* regions: what lies where in the kernel's half of every address space. */
#include <linux/kernel.h>
#include "arch.h"
#include "session.h"
#include "view.h"

static int regions_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_region_row rows[MMS_MAX_REGIONS];
	unsigned int i, n = mms_arch_regions(rows);

	for (i = 0; i < n; i++) {
		struct mms_regions_rec *rec = mms_out_row(out);

		rec->region = rows[i].region;
		rec->random = rows[i].random;
		rec->start = rows[i].start;
		rec->end = rows[i].last + 1;
	}
	return 0;
}

static_assert((MMS_MAX_REGIONS + 2) * sizeof(struct mms_regions_rec) <= MMS_OUT_SIZE);

static const struct mms_field regions_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_regions_rec, f, u, t)
	MMS_REGIONS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_regions = {
	MMS_VIEW_OF(regions),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.kernel = true,
	.fill = regions_fill,
};
