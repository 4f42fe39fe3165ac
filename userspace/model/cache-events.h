/* SPDX-License-Identifier: GPL-2.0-only */
/* What was done with the page cache, as rows. */
#ifndef MMS_MODEL_CACHE_EVENTS_H
#define MMS_MODEL_CACHE_EVENTS_H

#include "event.h"
#include "../../bpf/cache.h"

/**
 * struct mms_cache_event_row - one call or eviction, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @path: of the file, or NULL; stays as long as the tracer
 */
struct mms_cache_event_row {
	const char *stack;
	u64 since;
	struct mms_cache_event rec;
	const char *path;
};

extern const struct mms_model mms_model_cache_event;

#endif /* MMS_MODEL_CACHE_EVENTS_H */
