// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and addresses: the input is a command line, a word each line. It is of saved streams, so
 * that no command looks at this machine; of a tracer only what its options mean is found out.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "cmd-trace.h"
#include "fuzz.h"

struct line {
	const struct mms_cmd *cmd;
	int nr;
	char **words;
};

static void tracer(void *data)
{
	const struct line *line = data;
	struct mms_trace_run *run = calloc(1, sizeof(*run));
	struct mms_cmdline cl;
	struct mms_err err = { .code = 0 };

	if (!run)
		return;
	run->cl = &cl;
	run->tracer = line->cmd->tracer;
	if (!mms_cl_parse(&cl, line->cmd, line->nr, line->words) && mms_trace_args(&cl, run, &err))
		mms_err_say(&err);
	if (run->summing && !run->left)
		mms_groups_deinit(&run->groups);
	mms_cl_deinit(&cl);
	free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *saved;
	char *line[FUZZ_WORDS], *words[FUZZ_WORDS] = { "mmscope", NULL };
	char name[128];
	const struct mms_cmd *cmd;
	const uint8_t *rest;
	size_t left;
	int nr, i, n = 2;

	if (!saved)
		saved = fuzz_beside("saved.mms");
	nr = fuzz_words(data, size, '\n', line, 0, &rest, &left);
	if (nr > FUZZ_WORDS - 5)
		return 0;
	if (nr > 1 && !strcmp(line[0], "trace")) {
		snprintf(name, sizeof(name), "trace %s", line[1]);
		cmd = mms_cmd_find(name);
		if (cmd && cmd->tracer)
			fuzz_call(tracer, &(struct line){ cmd, nr - 1, line + 1 }, FUZZ_TEXT);
		return 0;
	}
	cmd = mms_cmd_find(line[0]);
	words[1] = line[0];
	if (cmd && cmd->opts & MMS_O(FROM)) {
		words[n++] = "--from";
		words[n++] = saved;
	}
	for (i = 1; i <= nr; i++)
		words[n++] = line[i];
	fuzz_run(n - 1, words);
	return 0;
}
