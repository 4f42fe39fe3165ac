/* SPDX-License-Identifier: GPL-2.0-only */
/* The drawing of an address space, as text under 80 columns. */
#ifndef MMS_RENDER_LAYOUT_DRAW_H
#define MMS_RENDER_LAYOUT_DRAW_H

#include "render.h"
#include "../model/layout.h"

/**
 * struct mms_layout_look - how it is drawn
 * @title: who it is about: "bash, process 4711"
 * @ascii: no character beyond ASCII
 * @located: an address is marked: @at, which is called @symbol, may be ""
 * @at: see @located
 * @symbol: see @located
 * @note: what is missing and why, or NULL
 * @randomize: kernel.randomize_va_space, -1 for not known
 */
struct mms_layout_look {
	const char *title;
	bool ascii;
	bool located;
	u64 at;
	const char *symbol;
	const char *note;
	int randomize;
};

void mms_layout_draw(struct mms_render *r, const struct mms_layout *layout,
		     const struct mms_layout_look *look);

#endif /* MMS_RENDER_LAYOUT_DRAW_H */
