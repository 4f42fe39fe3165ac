/* SPDX-License-Identifier: GPL-2.0-only */
/* Episodes of reclaim as rows. */
#ifndef MMS_MODEL_RECLAIM_H
#define MMS_MODEL_RECLAIM_H

#include "model.h"
#include "../../bpf/events.h"

/**
 * struct mms_reclaim_row - one episode
 * @rec: as the program sent it
 * @since: nanoseconds since tracing began
 * @stack: functions, outermost first, or NULL; stays as long as the tracer
 */
struct mms_reclaim_row {
	struct mms_reclaim rec;
	u64 since;
	const char *stack;
};

extern const struct mms_model mms_model_reclaim;

#endif /* MMS_MODEL_RECLAIM_H */
