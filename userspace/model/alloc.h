/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations of pages as rows. */
#ifndef MMS_MODEL_ALLOC_H
#define MMS_MODEL_ALLOC_H

#include "event.h"
#include "../../bpf/alloc.h"

/**
 * struct mms_alloc_row - one allocation, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_alloc_row {
	const char *stack;
	u64 since;
	struct mms_alloc rec;
};

extern const struct mms_model mms_model_alloc;

#endif /* MMS_MODEL_ALLOC_H */
