// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of views. A new view is one file, and one row in MMS_VIEWS of the
 * wire: the surfaces, "abi" and the tools take it from there.
 */
#include <linux/kernel.h>
#include "registry.h"

const struct mms_view *const mms_views[] = {
#define MMS_X(id, name, title) &mms_view_##name,
	MMS_VIEWS(MMS_X)
#undef MMS_X
};

const unsigned int mms_nr_views = ARRAY_SIZE(mms_views);

/* What a view shows, in a few words. */
const char *mms_view_title(const struct mms_view *view)
{
	static const char *const titles[] = {
#define MMS_X(id, name, title) [id] = title,
		MMS_VIEWS(MMS_X)
#undef MMS_X
	};

	return titles[view->id];
}
