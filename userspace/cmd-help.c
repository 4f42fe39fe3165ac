// SPDX-License-Identifier: GPL-2.0-only
/* --help, --version, --list-columns and mmscope help, out of the command's row. */
#include <stdio.h>
#include <string.h>
#include "cmd.h"

static const struct mms_render_opts plain;

/* Words into lines of @width, each after the first with @indent spaces. */
static void wrap(struct mms_out *out, const char *text, size_t indent, size_t width)
{
	size_t column = indent, len;

	while (*text) {
		len = strcspn(text, " \n");
		if (column > indent && column + 1 + len > width) {
			mms_out_char(out, '\n');
			mms_out_pad(out, ' ', indent);
			column = indent;
		} else if (column > indent) {
			mms_out_char(out, ' ');
			column++;
		}
		mms_out_mem(out, text, len);
		column += len;
		text += len;
		if (text[0] == '\n' && text[1] == '\n') {
			mms_out_str(out, "\n\n");
			mms_out_pad(out, ' ', indent);
			column = indent;
		}
		text += strspn(text, " \n");
	}
	mms_out_char(out, '\n');
}

static void option(struct mms_out *out, const struct mms_cmd *cmd, unsigned int id)
{
	const struct mms_opt *o = &mms_opts[id];
	const char *words = mms_opt_words(cmd, id);
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "  %c%c%s --%s%s%s", o->letter ? '-' : ' ',
		     o->letter ?: ' ', o->letter ? "," : " ", o->name, o->arg ? " " : "",
		     o->arg ?: "");
	mms_out_mem(out, text, n);
	if (n > 28) {
		mms_out_char(out, '\n');
		n = 0;
	}
	mms_out_pad(out, ' ', 30 - n);
	wrap(out, o->help, 30, 80);
	/* A long list of words is not in the help's own sentence. */
	if (o->complete == MMS_COMPLETE_LIST && strlen(words) > 20) {
		mms_out_pad(out, ' ', 30);
		wrap(out, words, 30, 80);
	}
}

static void command_help(struct mms_out *out, const struct mms_cmd *cmd)
{
	const char *const *e;
	unsigned int id;

	mms_out_printf(out, "Usage: mmscope %s [OPTION]...%s%s\n\n", cmd->name,
		       *cmd->args ? " " : "", cmd->args);
	wrap(out, cmd->about, 0, 80);
	mms_out_str(out, "\nOptions:\n");
	for (id = 0; id < MMS_NR_OPTS; id++)
		if (cmd->opts >> id & 1)
			option(out, cmd, id);
	mms_out_str(out, "\nExamples:\n");
	for (e = cmd->examples; *e; e++) {
		size_t n = strcspn(*e, "\t");

		mms_out_printf(out, "  # %s\n  %.*s\n", *e + n + 1, (int)n, *e);
	}
}

static void overview(struct mms_out *out)
{
	const struct mms_cmd *cmd;

	mms_out_str(out, "Usage: mmscope COMMAND [OPTION]... [ARGUMENT]...\n\n");
	wrap(out, "Shows the virtual memory of a running system as it is.", 0, 80);
	mms_out_str(out, "\nCommands:\n");
	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd))
		mms_out_printf(out, "  %-14s %s\n", cmd->name, cmd->help);
	mms_out_str(out, "\nmmscope COMMAND --help shows a command's options and examples.\n");
}

/* For NULL the version. */
int mms_help_usage(const struct mms_cmd *cmd)
{
	struct mms_render r;

	if (mms_render_init(&r, &plain, "mmscope.help"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (cmd)
		command_help(&r.out, cmd);
	else
		mms_out_printf(&r.out, "mmscope " MMS_VERSION " (wire ABI %d)\n", MMS_ABI);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}

int mms_help_columns(const struct mms_cmd *cmd)
{
	const struct mms_model *const *model = cmd->models;
	struct mms_render r;

	if (mms_render_init(&r, &plain, "mmscope.columns"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (; *model; model++) {
		if (model[0] != cmd->models[0])
			mms_out_printf(&r.out, "\n%s:\n", model[0]->title);
		mms_render_list(&r, *model);
	}
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}

const struct mms_cmd *mms_cl_named(const struct mms_cmdline *cl)
{
	const struct mms_cmd *cmd;
	char name[128];

	snprintf(name, sizeof(name), "%s%s%s", cl->args[0], cl->nr_args > 1 ? " " : "",
		 cl->nr_args > 1 ? cl->args[1] : "");
	cmd = mms_cmd_find(name);
	if (!cmd)
		mms_err(MMS_EXIT_USAGE, "no command '%s': see mmscope help", name);
	return cmd;
}

int mms_cmd_help(const struct mms_cmdline *cl)
{
	const struct mms_cmd *cmd;
	struct mms_render r;

	if (cl->nr_args) {
		cmd = mms_cl_named(cl);
		if (!cmd)
			return MMS_EXIT_USAGE;
		return mms_help_usage(cmd);
	}
	if (mms_render_init(&r, &plain, "mmscope.help"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	overview(&r.out);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}
