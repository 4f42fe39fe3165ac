/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two parts of the drawing share. */
#ifndef MMS_RENDER_LAYOUT_ROWS_H
#define MMS_RENDER_LAYOUT_ROWS_H

#include "layout-draw.h"

enum mms_draw_color {
	MMS_DRAW_PLAIN, MMS_DRAW_DIM, MMS_DRAW_BOLD, MMS_DRAW_CODE, MMS_DRAW_DATA, MMS_DRAW_ANON,
	MMS_DRAW_HEAP, MMS_DRAW_STACK, MMS_DRAW_KERNEL, MMS_DRAW_MARK, MMS_NR_DRAW_COLORS
};

/**
 * struct mms_draw_glyphs - the characters of a drawing: one set each for UTF-8 and ASCII
 * @height: a cell to scale, from empty to full
 * @eighth: the last cell of a bar; "": a light one
 * @full: resident
 * @light: mapped only
 * @gap: nothing
 * @left: begin of a strip
 * @right: end of a strip
 * @pin: under what is located
 * @more: what was left out
 */
struct mms_draw_glyphs {
	const char *height[9];
	const char *eighth[8];
	const char *full, *light, *gap, *left, *right, *pin, *more;
};

/* A drawing. */
struct mms_draw {
	struct mms_render *r;
	struct mms_out *out;
	const struct mms_layout *layout;
	const struct mms_layout_look *look;
	const struct mms_draw_glyphs *g;
};

void mms_draw_color(struct mms_draw *d, enum mms_draw_color color);
void mms_draw_size(struct mms_draw *d, u64 bytes, size_t width);
/* log2 with 8 steps from one power to the next. */
unsigned int mms_draw_log8(u64 value);
enum mms_draw_color mms_draw_color_of(const struct mms_area *area);
bool mms_draw_filled(const struct mms_area *area);

/* Areas @first to @last, a row each, or one for neighbours of the same name. */
void mms_draw_rows(struct mms_draw *d, size_t first, size_t last);

#endif /* MMS_RENDER_LAYOUT_ROWS_H */
