/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk in sentences. */
#ifndef MMS_CMD_EXPLAIN_H
#define MMS_CMD_EXPLAIN_H

#include "cmd.h"

/* Lines into the open section. */
void mms_explain_walk(struct mms_render *r, struct mms_ctx *ctx,
		      const struct mms_walk_rec *rows, unsigned int nr);
/* The last row's outcome in one line. */
void mms_explain_result(struct mms_render *r, struct mms_ctx *ctx,
			const struct mms_walk_rec *last);

#endif /* MMS_CMD_EXPLAIN_H */
