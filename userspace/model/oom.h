/* SPDX-License-Identifier: GPL-2.0-only */
/* Decisions of the OOM killer as rows. */
#ifndef MMS_MODEL_OOM_H
#define MMS_MODEL_OOM_H

#include "event.h"
#include "../../bpf/oom.h"

/**
 * struct mms_oom_row - see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_oom_row {
	const char *stack;
	u64 since;
	struct mms_oom rec;
};

extern const struct mms_model mms_model_oom;

#endif /* MMS_MODEL_OOM_H */
