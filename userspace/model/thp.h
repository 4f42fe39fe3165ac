/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to huge pages as rows. */
#ifndef MMS_MODEL_THP_H
#define MMS_MODEL_THP_H

#include "event.h"
#include "../../bpf/thp.h"

/**
 * struct mms_thp_row - one attempt, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_thp_row {
	const char *stack;
	u64 since;
	struct mms_thp rec;
};

extern const struct mms_model mms_model_thp;

#endif /* MMS_MODEL_THP_H */
