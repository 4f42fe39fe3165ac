/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as a trace that Perfetto's viewer opens: Chrome's trace-event JSON. */
#ifndef MMS_PERFETTO_H
#define MMS_PERFETTO_H

#include "render.h"

/**
 * struct mms_perfetto - a trace being written
 * @out: where to
 * @nr: events so far
 * @model: of the events
 * @name: numbers of these fields in the model
 * @pid: see @name
 * @tid: see @name
 * @comm: see @name
 * @start: see @name
 * @latency: see @name
 */
struct mms_perfetto {
	struct mms_out out;
	u64 nr;
	const struct mms_model *model;
	int name, pid, tid, comm, start, latency;
};

/*
 * Begin on @fd, for events of a model that has the columns @name (of the slice), pid,
 * tid, comm, clock and latency. 0, -ENOMEM or -EINVAL.
 */
int mms_perfetto_init(struct mms_perfetto *p, int fd, const struct mms_model *model,
		      const char *name);
/*
 * A slice on the track of its thread, all columns of the table are its arguments; and for
 * each of the model's gauges two points on its track.
 */
void mms_perfetto_event(struct mms_perfetto *p, const struct mms_row *row);
/* End and write out: 0 or -errno. */
int mms_perfetto_deinit(struct mms_perfetto *p);

#endif /* MMS_PERFETTO_H */
