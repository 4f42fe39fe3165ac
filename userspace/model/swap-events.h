/* SPDX-License-Identifier: GPL-2.0-only */
/* Swapping as rows: what trace swap tells. */
#ifndef MMS_MODEL_SWAP_EVENTS_H
#define MMS_MODEL_SWAP_EVENTS_H

#include "event.h"
#include "../../bpf/swapio.h"

/**
 * struct mms_swapio_row - a folio goes out or comes in, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @path: of the area's device or file, NULL: not known; stays as long as the tracer
 */
struct mms_swapio_row {
	const char *stack;
	u64 since;
	struct mms_swapio rec;
	const char *path;
};

extern const struct mms_model mms_model_swap_event;

#endif /* MMS_MODEL_SWAP_EVENTS_H */
