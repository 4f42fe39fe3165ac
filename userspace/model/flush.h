/* SPDX-License-Identifier: GPL-2.0-only */
/* Flushes of TLBs as rows. */
#ifndef MMS_MODEL_FLUSH_H
#define MMS_MODEL_FLUSH_H

#include "event.h"
#include "../../bpf/flush.h"

/**
 * struct mms_flush_row - a TLB was flushed, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_flush_row {
	const char *stack;
	u64 since;
	struct mms_flush rec;
};

extern const struct mms_model mms_model_flush;

#endif /* MMS_MODEL_FLUSH_H */
