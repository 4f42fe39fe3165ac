/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a struct mms_line; mms_line_make() is in render.h. */
#ifndef MMS_RENDER_LINE_H
#define MMS_RENDER_LINE_H

#include "render.h"

/* 0 or -ENOMEM. */
int mms_line_init(struct mms_line *line);
void mms_line_deinit(struct mms_line *line);
/* Begin with the columns of the open section. 0 or -ENOMEM. */
int mms_line_reset(struct mms_render *r);

#endif /* MMS_RENDER_LINE_H */
