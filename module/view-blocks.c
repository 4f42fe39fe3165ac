// SPDX-License-Identifier: GPL-2.0-only
/* blocks: every free block, as it lies on the free lists. */
#include <linux/kernel.h>
#include "session.h"
#include "view.h"
#include "walk-free.h"

struct mms_blocks_state {
	struct mms_freewalk walk;
};

/* The piece has room: blocks_fill() has seen to that. */
static void blocks_piece(const struct mms_freewalk *w, struct mms_out *out)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		struct mms_blocks_rec *rec = mms_out_row(out);

		rec->pfn = w->pfn[i];
		rec->order = w->order;
		rec->type = mms_migrate_type(w->type);
		rec->zone = w->at.zone;
		rec->node = w->at.node;
		if (w->again) {
			rec->rec.flags |= MMS_RF_RACED;
			out->raced++;
		}
	}
}

static int blocks_begin(struct mms_session *s)
{
	struct mms_blocks_state *st = s->state;

	mms_freewalk_init(&st->walk);
	return 0;
}

static int blocks_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_blocks_state *st = s->state;
	const size_t piece = (MMS_FREE_PIECE + 2) * sizeof(struct mms_blocks_rec);

	BUILD_BUG_ON(piece + sizeof(struct mms_header) > MMS_OUT_SIZE);
	while (out->used + piece <= MMS_OUT_SIZE) {
		if (!mms_freewalk_next(&st->walk, s))
			return 0;
		blocks_piece(&st->walk, out);
	}
	return 1;
}

static const struct mms_field blocks_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_blocks_rec, f, u, t)
	MMS_BLOCKS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_blocks = {
	MMS_VIEW_OF(blocks),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.state_size = sizeof(struct mms_blocks_state),
	.begin = blocks_begin,
	.fill = blocks_fill,
};
