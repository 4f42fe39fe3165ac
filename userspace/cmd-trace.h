/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of mmscope trace share. */
#ifndef MMS_CMD_TRACE_H
#define MMS_CMD_TRACE_H

#include "cmd.h"
#include "model/group.h"
#include "render/perfetto.h"
#include "tracer/tracer.h"

/**
 * struct mms_trace_run - a tracer's run as it is shown
 * @cl: what was typed
 * @tracer: which
 * @args: what it means
 * @pids: of @args
 * @trace: the tracer
 * @model: of its events, with the columns that are shown of what is asked for
 * @r: where to
 * @section: of events
 * @columns: those that are shown
 * @groups: sums, if @summing
 * @since: CLOCK_MONOTONIC when they began
 * @summing: sums instead of events
 * @in_kernel: made there
 * @left: instead of sums, what there is now: see struct mms_tracer
 * @folded: sums of stacks, as lines for flame graphs
 * @no_kernel_stacks: they were asked for, by who may not see them
 * @fd: of @perfetto's file, -1: none
 * @perfetto: a trace to write, too, if @fd is not -1
 * @nr: events shown
 */
struct mms_trace_run {
	const struct mms_cmdline *cl;
	const struct mms_tracer *tracer;
	struct mms_trace_args args;
	s32 pids[64];
	struct mms_trace trace;
	struct mms_render r;
	struct mms_section section;
	char *columns;
	struct mms_model model;
	struct mms_groups groups;
	u64 since;
	bool summing;
	bool in_kernel;
	bool left;
	bool folded;
	bool no_kernel_stacks;
	int fd;
	struct mms_perfetto perfetto;
	u64 nr;
};

/* cmd-trace-args.c: the options, as the runner wants them. -1 with @err filled. */
int mms_trace_args(const struct mms_cmdline *cl, struct mms_trace_run *run, struct mms_err *err);

#endif /* MMS_CMD_TRACE_H */
