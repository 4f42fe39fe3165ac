// SPDX-License-Identifier: GPL-2.0-only
/* Take the command line apart by the command's row, and run it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

/* What getopt needs, made from the row. */
struct getopt_tables {
	struct option longs[MMS_NR_OPTS + 1];
	char shorts[3 * MMS_NR_OPTS + 4];
};

#define LONG_BASE	256	/* getopt's value of an option without a letter */

static void make_tables(const struct mms_cmd *cmd, struct getopt_tables *t)
{
	unsigned int id, n = 0;
	char *s = t->shorts;

	memset(t, 0, sizeof(*t));
	*s++ = ':';
	for (id = 0; id < MMS_NR_OPTS; id++) {
		const struct mms_opt *o = &mms_opts[id];

		if (!(cmd->opts >> id & 1))
			continue;
		t->longs[n++] = (struct option){
			.name = o->name, .has_arg = o->arg ? required_argument : no_argument,
			.val = LONG_BASE + id,
		};
		if (!o->letter)
			continue;
		*s++ = o->letter;
		if (o->arg)
			*s++ = ':';
		if (id == MMS_OPT_JSON)
			*s++ = 'J';
	}
}

static int option_of(const struct mms_cmd *cmd, int c)
{
	unsigned int id;

	if (c >= LONG_BASE)
		return c - LONG_BASE;
	for (id = 0; id < MMS_NR_OPTS; id++)
		if ((cmd->opts >> id & 1) && mms_opts[id].letter == (c == 'J' ? 'j' : c))
			return id;
	return -1;
}

static int usage_error(const struct mms_cmd *cmd, const char *fmt, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), fmt, what);
	return mms_err(MMS_EXIT_USAGE, "%s: %s (see mmscope %s --help)", cmd->name, text,
		       cmd->name);
}

static int check_args(const struct mms_cmdline *cl)
{
	const struct mms_cmd *cmd = cl->cmd;
	const char *source = cl->val[MMS_OPT_SOURCE];
	bool saved = mms_cl_set(cl, MMS_OPT_FROM) ||
		     (source && strcmp(source, "module") && strncmp(source, "proc", 4));
	char args[96];

	/* A saved stream knows its process. */
	if (cl->nr_args < cmd->min_args && !(saved && cmd->args_kind == MMS_ARGS_PID)) {
		snprintf(args, sizeof(args), "%s", cmd->args);
		return usage_error(cmd, "expects %s", args);
	}
	if (cmd->max_args >= 0 && cl->nr_args > cmd->max_args)
		return usage_error(cmd, "does not expect '%s'", cl->args[(int)cmd->max_args]);
	return 0;
}

/* getopt would move the words before "--" behind it. */
static void cut_command(struct mms_cmdline *cl, int *argc, char **argv)
{
	int i;

	for (i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		argv[i] = NULL;
		cl->command = argv + i + 1;
		*argc = i;
	}
}

/* What is between the values of an option that adds up; NULL: the last one counts. */
static const char *joint(enum mms_opt_id id)
{
	switch (id) {
	case MMS_OPT_PID:
		return ",";
	case MMS_OPT_BITS:
	case MMS_OPT_FRAMES:
		return MMS_CL_AGAIN;
	default:
		return NULL;
	}
}

static void add_value(struct mms_cmdline *cl, enum mms_opt_id id, const char *value)
{
	char *all;

	if (joint(id) && mms_cl_set(cl, id) &&
	    asprintf(&all, "%s%s%s", cl->val[id], joint(id), value) >= 0) {
		free(cl->joined[id]);
		value = cl->joined[id] = all;
	}
	cl->set |= BIT(id);
	cl->val[id] = value;
}

int mms_cl_parse(struct mms_cmdline *cl, const struct mms_cmd *cmd, int argc, char **argv)
{
	struct getopt_tables t;
	int c, id;

	*cl = (struct mms_cmdline){ .cmd = cmd };
	if (cl->cmd->args_kind == MMS_ARGS_TRACE)
		cut_command(cl, &argc, argv);
	make_tables(cl->cmd, &t);
	opterr = 0;
	optind = 0;	/* from the beginning, whatever was parsed before */
	while ((c = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const char *word = argv[optind - 1];
		char letter[2] = { optopt, '\0' };

		if (c == ':')
			return usage_error(cl->cmd, "option %s expects an argument", word);
		if (c == '?' && optopt && optopt < LONG_BASE)
			return usage_error(cl->cmd, "no option -%s", letter);
		if (c == '?')
			return usage_error(cl->cmd, "no option %s", word);
		id = option_of(cl->cmd, c);
		add_value(cl, id, optarg);
	}
	cl->args = argv + optind;
	cl->nr_args = argc - optind;
	return 0;
}

void mms_cl_deinit(struct mms_cmdline *cl)
{
	unsigned int id;

	for (id = 0; id < MMS_NR_OPTS; id++)
		free(cl->joined[id]);
}

static int run_parsed(const struct mms_cmdline *cl)
{
	const struct mms_cmd *cmd = cl->cmd;
	const char *output = cl->val[MMS_OPT_OUTPUT];
	int ret;

	if (mms_cl_set(cl, MMS_OPT_HELP))
		return mms_help_usage(cmd);
	if (mms_cl_set(cl, MMS_OPT_VERSION))
		return mms_help_usage(NULL);
	if (mms_cl_set(cl, MMS_OPT_LIST_COLUMNS) || (output && !strcmp(output, "help")))
		return mms_help_columns(cmd);
	ret = check_args(cl);
	return ret ? ret : cmd->run(cl);
}

static int run(const struct mms_cmd *cmd, int argc, char **argv)
{
	struct mms_cmdline cl;
	int ret;

	ret = mms_cl_parse(&cl, cmd, argc, argv);
	if (!ret)
		ret = run_parsed(&cl);
	mms_cl_deinit(&cl);
	return ret;
}

int mms_main(int argc, char **argv)
{
	const struct mms_cmd *cmd;
	char name[128];

	if (argc < 2) {
		mms_err(MMS_EXIT_USAGE, "expects a command: see mmscope help");
		return MMS_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return mms_help_usage(NULL);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		argv[1] = (char *)"help";
	cmd = mms_cmd_find(argv[1]);
	if (!cmd)
		return mms_err(MMS_EXIT_USAGE, "no command '%s': see mmscope help", argv[1]);
	if (!cmd->subs || argc < 3 || *argv[2] == '-')
		return run(cmd, argc - 1, argv + 1);
	snprintf(name, sizeof(name), "%s %s", argv[1], argv[2]);
	cmd = mms_cmd_find(name);
	if (!cmd)
		return mms_err(MMS_EXIT_USAGE, "no %s '%s': see mmscope help %s", argv[1], argv[2],
			       argv[1]);
	return run(cmd, argc - 2, argv + 2);
}
