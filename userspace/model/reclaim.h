/* SPDX-License-Identifier: GPL-2.0-only */
/* Episodes of reclaim as rows. */
#ifndef MMS_MODEL_RECLAIM_H
#define MMS_MODEL_RECLAIM_H

#include "event.h"
#include "../../bpf/reclaim.h"

/**
 * struct mms_reclaim_row - one episode or a part of it, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it; 0 behind what that is
 * @path: of the folio's file, @memcg: of the memory cgroup, or NULL; they stay
 * @memcg: the memory cgroup's path, or NULL; stays as long as the tracer
 */
struct mms_reclaim_row {
	const char *stack;
	u64 since;
	struct mms_reclaim rec;
	const char *path;
	const char *memcg;
};

extern const struct mms_model mms_model_reclaim;

#endif /* MMS_MODEL_RECLAIM_H */
