/* SPDX-License-Identifier: GPL-2.0-only */
/* What KSM does as rows. */
#ifndef MMS_MODEL_KSM_H
#define MMS_MODEL_KSM_H

#include "event.h"
#include "../../bpf/ksm.h"

/**
 * struct mms_ksm_row - one page, process or scan of KSM, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_ksm_row {
	const char *stack;
	u64 since;
	struct mms_ksm rec;
};

extern const struct mms_model mms_model_ksm;

#endif /* MMS_MODEL_KSM_H */
