/* SPDX-License-Identifier: GPL-2.0-only */
/* The drawing of what is cached of a file, as text under 80 columns. */
#ifndef MMS_RENDER_CACHE_DRAW_H
#define MMS_RENDER_CACHE_DRAW_H

#include "render.h"
#include "../model/cache-map.h"

void mms_cache_draw(struct mms_render *r, const struct mms_cache_map *map, bool ascii);

#endif /* MMS_RENDER_CACHE_DRAW_H */
