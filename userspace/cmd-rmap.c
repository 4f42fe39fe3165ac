// SPDX-License-Identifier: GPL-2.0-only
/* mmscope rmap: who maps page frames. */
#include <stdlib.h>
#include "cmd.h"

static int take_frames(const struct mms_cmdline *cl, struct mms_frames *frames,
		       struct mms_err *err)
{
	struct mms_source_args args;
	int i;

	if (mms_cl_source(cl, &args, err))
		return -1;
	for (i = 0; i < cl->nr_args; i++)
		if (mms_cl_frames(&args, cl->args[i], frames, err))
			return -1;
	return 0;
}

int mms_cmd_rmap(const struct mms_cmdline *cl)
{
	struct mms_frames frames = { .run = NULL };
	struct mms_show show = {
		.feed = {
			.model = &mms_model_rmap,
			.query.flags = mms_cl_set(cl, MMS_OPT_SEARCH) ? MMS_Q_SEARCH : 0,
		},
		.section = { .name = "rows", .model = &mms_model_rmap },
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (take_frames(cl, &frames, &err)) {
		mms_frames_deinit(&frames);
		return mms_err_say(&err);
	}
	if (mms_cl_render(cl, &mms_model_rmap, &r, &columns, &err)) {
		mms_frames_deinit(&frames);
		return mms_err_say(&err);
	}
	show.section.columns = columns;
	show.feed.frames = cl->nr_args ? &frames : NULL;
	ret = mms_cl_show(cl, &r, &show);
	mms_frames_deinit(&frames);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
