/* SPDX-License-Identifier: GPL-2.0-only */
/* Compactions as rows. */
#ifndef MMS_MODEL_COMPACT_H
#define MMS_MODEL_COMPACT_H

#include "event.h"
#include "../../bpf/compact.h"

/**
 * struct mms_compact_row - one zone is compacted, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_compact_row {
	const char *stack;
	u64 since;
	struct mms_compact rec;
};

extern const struct mms_model mms_model_compact;

#endif /* MMS_MODEL_COMPACT_H */
