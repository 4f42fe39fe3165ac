/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that change what is mapped, as rows. */
#ifndef MMS_MODEL_MMAP_H
#define MMS_MODEL_MMAP_H

#include "event.h"
#include "../../bpf/mmap.h"

/**
 * struct mms_mmap_row - one call, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @path: of its file, or NULL; stays as long as the tracer
 */
struct mms_mmap_row {
	const char *stack;
	u64 since;
	struct mms_mmap rec;
	const char *path;
};

extern const struct mms_model mms_model_mmap;

#endif /* MMS_MODEL_MMAP_H */
