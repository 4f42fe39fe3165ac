/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMS_REGISTRY_H
#define MMS_REGISTRY_H

#include "view.h"

/* Every view there is, in the order of its number on the wire. */
extern const struct mms_view *const mms_views[];
extern const unsigned int mms_nr_views;

const char *mms_view_title(const struct mms_view *view);

#define mms_for_each_view(i, view)					\
	for ((i) = 0; (i) < mms_nr_views && ((view) = mms_views[i]); (i)++)

#endif /* MMS_REGISTRY_H */
