/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of dirty pages, as rows. */
#ifndef MMS_MODEL_DIRTY_H
#define MMS_MODEL_DIRTY_H

#include "event.h"
#include "../../bpf/dirty.h"

/**
 * struct mms_dirty_row - what a task did to pages of a file, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @path: of the file, or NULL; stays as long as the tracer
 */
struct mms_dirty_row {
	const char *stack;
	u64 since;
	struct mms_dirty rec;
	const char *path;
};

extern const struct mms_model mms_model_dirty;

#endif /* MMS_MODEL_DIRTY_H */
