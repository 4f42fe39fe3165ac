// SPDX-License-Identifier: GPL-2.0-only
/* mmscope completion: scripts for bash, zsh and fish, out of the commands' rows. */
#include <string.h>
#include "cmd.h"

static void words_of_models(struct mms_out *out, const struct mms_cmd *cmd)
{
	const struct mms_model *const *model;
	unsigned int i;

	for (model = cmd->models; *model; model++)
		for (i = 0; i < (*model)->nr; i++)
			mms_out_printf(out, "%s%s", i || model != cmd->models ? " " : "",
				       (*model)->fields[i].name);
}

static bool takes(const struct mms_cmd *cmd, unsigned int id)
{
	return cmd->opts >> id & 1;
}

/* A word inside '...' of a shell. */
static void quoted(struct mms_out *out, const char *text)
{
	mms_out_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			mms_out_str(out, "'\\''");
		else
			mms_out_char(out, *text);
	}
	mms_out_char(out, '\'');
}

static void commands(struct mms_out *out)
{
	unsigned int i;

	for (i = 0; i < mms_nr_cmds; i++)
		mms_out_printf(out, "%s%s", i ? " " : "", mms_cmds[i].name);
}

/* ---- bash --------------------------------------------------------------- */

static void bash_option(struct mms_out *out, const struct mms_cmd *cmd, unsigned int id)
{
	const struct mms_opt *o = &mms_opts[id];
	char buf[MMS_CMD_KEY];
	const char *key = mms_cmd_key(cmd, buf);

	if (!o->arg)
		return;
	mms_out_printf(out, "\t%s:--%s", key, o->name);
	if (o->letter)
		mms_out_printf(out, "|%s:-%c", key, o->letter);
	mms_out_str(out, ")\n");
	switch (o->complete) {
	case MMS_COMPLETE_COLUMNS:
		mms_out_str(out, "\t\t_mmscope_list '");
		words_of_models(out, cmd);
		mms_out_str(out, "'");
		break;
	case MMS_COMPLETE_LIST:
		mms_out_printf(out, "\t\t_mmscope_list '%s'", mms_opt_words(cmd, id));
		break;
	case MMS_COMPLETE_FILE:
		mms_out_str(out, "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))");
		break;
	case MMS_COMPLETE_DIR:
		mms_out_str(out, "\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))");
		break;
	default:
		mms_out_str(out, "\t\t:");
	}
	mms_out_str(out, "\n\t\treturn;;\n");
}

static void bash_command(struct mms_out *out, const struct mms_cmd *cmd)
{
	char key[MMS_CMD_KEY];
	unsigned int id;

	mms_out_printf(out, "\t%s)\n\t\topts='", mms_cmd_key(cmd, key));
	for (id = 0; id < MMS_NR_OPTS; id++)
		if (takes(cmd, id))
			mms_out_printf(out, "--%s ", mms_opts[id].name);
	mms_out_str(out, "'\n");
	switch (cmd->args_kind) {
	case MMS_ARGS_PID:
		mms_out_str(out, "\t\twords=$(_mmscope_pids)\n");
		break;
	case MMS_ARGS_COMMAND:
		mms_out_str(out, "\t\twords=$commands\n");
		break;
	case MMS_ARGS_SHELL:
		mms_out_str(out, "\t\twords='bash zsh fish'\n");
		break;
	case MMS_ARGS_FILE:
		mms_out_str(out, "\t\twords=$(compgen -f -- \"$cur\")\n");
		break;
	default:
		break;
	}
	mms_out_str(out, "\t\t;;\n");
}

/* The subcommands of a command, without its name. */
static void subs_of(struct mms_out *out, const struct mms_cmd *cmd)
{
	unsigned int i;

	for (i = 0; i < cmd->nr_subs; i++)
		mms_out_printf(out, "%s%s", i ? " " : "",
			       cmd->subs[i].name + strlen(cmd->name) + 1);
}

static void bash_subs(struct mms_out *out)
{
	unsigned int i;

	for (i = 0; i < mms_nr_cmds; i++) {
		if (!mms_cmds[i].nr_subs)
			continue;
		mms_out_printf(out, "\tif [[ $cmd == %s && $cur != -* ]] && ((COMP_CWORD == 2)); then\n\t\tCOMPREPLY=($(compgen -W '",
			       mms_cmds[i].name);
		subs_of(out, &mms_cmds[i]);
		mms_out_printf(out, "' -- \"$cur\"))\n\t\treturn\n\tfi\n\t[[ $cmd == %s ]] && cmd+=-${COMP_WORDS[2]}\n",
			       mms_cmds[i].name);
	}
}

static void bash(struct mms_out *out)
{
	const struct mms_cmd *cmd;
	unsigned int id;

	mms_out_str(out,
		    "# bash completion of mmscope, made by mmscope completion bash\n"
		    "_mmscope_pids() { local p; for p in /proc/[0-9]*; do echo \"${p#/proc/}\"; done; }\n"
		    "# the last word of a comma list\n"
		    "_mmscope_list() {\n"
		    "\tlocal head=; [[ $cur == *,* ]] && head=${cur%,*},\n"
		    "\tCOMPREPLY=($(compgen -P \"$head\" -W \"$1\" -- \"${cur##*,}\"))\n"
		    "\tcompopt -o nospace 2>/dev/null\n}\n"
		    "_mmscope() {\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		    "\tlocal cmd=${COMP_WORDS[1]} opts= words= commands='");
	commands(out);
	mms_out_str(out, "'\n\tif ((COMP_CWORD == 1)); then\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$commands --help --version\" -- \"$cur\"))\n"
		    "\t\treturn\n\tfi\n");
	bash_subs(out);
	mms_out_str(out, "\tcase $cmd:$prev in\n");
	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd))
		for (id = 0; id < MMS_NR_OPTS; id++)
			if (takes(cmd, id))
				bash_option(out, cmd, id);
	mms_out_str(out, "\tesac\n\tcase $cmd in\n");
	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd))
		bash_command(out, cmd);
	mms_out_str(out, "\tesac\n\t[[ $cur == -* ]] && words=$opts\n"
		    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
		    "complete -F _mmscope mmscope\n");
}

/* ---- zsh ---------------------------------------------------------------- */

/* Help inside '[...]' of an _arguments spec. */
static void zsh_help(struct mms_out *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			mms_out_char(out, '\\');
		if (*text == '\'')
			mms_out_str(out, "'\\''");
		else
			mms_out_char(out, *text);
	}
}

static void zsh_option(struct mms_out *out, const struct mms_cmd *cmd, unsigned int id)
{
	const struct mms_opt *o = &mms_opts[id];

	mms_out_str(out, "\t\t\t");
	if (o->letter)
		mms_out_printf(out, "{-%c,--%s}", o->letter, o->name);
	else
		mms_out_printf(out, "--%s", o->name);
	mms_out_str(out, "'[");
	zsh_help(out, o->help);
	mms_out_char(out, ']');
	if (o->arg)
		mms_out_printf(out, ":%s:", o->arg);
	switch (o->arg ? o->complete : MMS_COMPLETE_NONE) {
	case MMS_COMPLETE_COLUMNS:
		mms_out_str(out, "_values -s , column ");
		words_of_models(out, cmd);
		break;
	case MMS_COMPLETE_LIST:
		mms_out_printf(out, "_values -s , word %s", mms_opt_words(cmd, id));
		break;
	case MMS_COMPLETE_FILE:
		mms_out_str(out, "_files");
		break;
	case MMS_COMPLETE_DIR:
		mms_out_str(out, "_files -/");
		break;
	default:
		break;
	}
	mms_out_str(out, "' \\\n");
}

static void zsh(struct mms_out *out)
{
	static const char *const args[] = {
		[MMS_ARGS_NONE] = "", [MMS_ARGS_PID] = "'*:pid:_pids'",
		[MMS_ARGS_FILE] = "'*:file:_files'",
		[MMS_ARGS_COMMAND] = "'*:command:_mmscope_commands'",
		[MMS_ARGS_SHELL] = "'1:shell:(bash zsh fish)'",
		[MMS_ARGS_WORD] = "'*:argument:'",
		[MMS_ARGS_TRACE] = "'*::command:_normal'",
	};
	const struct mms_cmd *cmd;
	char key[MMS_CMD_KEY];
	unsigned int i, id;

	mms_out_str(out, "#compdef mmscope\n# made by mmscope completion zsh\n"
		    "_mmscope_commands() {\n\tlocal -a cmds=(\n");
	for (i = 0; i < mms_nr_cmds; i++) {
		mms_out_printf(out, "\t\t'%s:", mms_cmds[i].name);
		zsh_help(out, mms_cmds[i].help);
		mms_out_str(out, "'\n");
	}
	mms_out_str(out, "\t)\n\t_describe command cmds\n}\n_mmscope() {\n"
		    "\tif ((CURRENT == 2)); then\n\t\t_mmscope_commands\n\t\treturn\n\tfi\n"
		    "\tlocal cmd=$words[2]\n\tshift words\n\t((CURRENT--))\n");
	for (i = 0; i < mms_nr_cmds; i++) {
		if (!mms_cmds[i].nr_subs)
			continue;
		mms_out_printf(out, "\tif [[ $cmd == %s ]]; then\n\t\tif ((CURRENT == 2)); then\n\t\t\t_values %s ",
			       mms_cmds[i].name, mms_cmds[i].name);
		subs_of(out, &mms_cmds[i]);
		mms_out_str(out, "\n\t\t\treturn\n\t\tfi\n\t\tcmd+=-$words[2]\n\t\tshift words\n\t\t((CURRENT--))\n\tfi\n");
	}
	mms_out_str(out, "\tcase $cmd in\n");
	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd)) {
		mms_out_printf(out, "\t%s)\n\t\t_arguments -s \\\n", mms_cmd_key(cmd, key));
		for (id = 0; id < MMS_NR_OPTS; id++)
			if (takes(cmd, id))
				zsh_option(out, cmd, id);
		mms_out_printf(out, "\t\t\t%s\n\t\t;;\n", args[cmd->args_kind]);
	}
	mms_out_str(out, "\tesac\n}\n_mmscope \"$@\"\n");
}

/* ---- fish --------------------------------------------------------------- */

/* That a command line is of this command: all words of its name have been seen. */
static void fish_seen(struct mms_out *out, const struct mms_cmd *cmd)
{
	const char *p = cmd->name;
	size_t len;

	for (; *p; p += len + (p[len] == ' ')) {
		len = strcspn(p, " ");
		mms_out_printf(out, "%s__fish_seen_subcommand_from %.*s", p == cmd->name ? "" : "; and ",
			       (int)len, p);
	}
}

static void fish_option(struct mms_out *out, const struct mms_cmd *cmd, unsigned int id)
{
	const struct mms_opt *o = &mms_opts[id];

	mms_out_str(out, "complete -c mmscope -n '");
	fish_seen(out, cmd);
	mms_out_printf(out, "' -l %s", o->name);
	if (o->letter)
		mms_out_printf(out, " -s %c", o->letter);
	if (o->arg)
		mms_out_str(out, o->complete == MMS_COMPLETE_FILE ? " -rF" : " -x");
	if (o->arg && o->complete == MMS_COMPLETE_DIR)
		mms_out_str(out, " -a '(__fish_complete_directories)'");
	if (o->arg && (o->complete == MMS_COMPLETE_COLUMNS || o->complete == MMS_COMPLETE_LIST)) {
		mms_out_str(out, " -a '(__fish_append , ");
		if (o->complete == MMS_COMPLETE_LIST)
			mms_out_str(out, mms_opt_words(cmd, id));
		else
			words_of_models(out, cmd);
		mms_out_str(out, ")'");
	}
	mms_out_str(out, " -d ");
	quoted(out, o->help);
	mms_out_char(out, '\n');
}

static void fish(struct mms_out *out)
{
	static const char *const args[] = {
		[MMS_ARGS_NONE] = NULL, [MMS_ARGS_PID] = "-a '(__fish_complete_pids)'",
		[MMS_ARGS_FILE] = "-F", [MMS_ARGS_COMMAND] = "-a \"$mmscope_commands\"",
		[MMS_ARGS_SHELL] = "-a 'bash zsh fish'", [MMS_ARGS_WORD] = NULL,
		[MMS_ARGS_TRACE] = NULL,
	};
	const struct mms_cmd *sub;
	unsigned int i, id;

	mms_out_str(out, "# made by mmscope completion fish\nset -l mmscope_commands ");
	commands(out);
	mms_out_str(out, "\ncomplete -c mmscope -f\n");
	for (i = 0; i < mms_nr_cmds; i++) {
		const struct mms_cmd *cmd = &mms_cmds[i];

		mms_out_printf(out, "complete -c mmscope -n \"not __fish_seen_subcommand_from $mmscope_commands\" -a %s -d ",
			       cmd->name);
		quoted(out, cmd->help);
		mms_out_char(out, '\n');
		if (args[cmd->args_kind])
			mms_out_printf(out, "complete -c mmscope -n '__fish_seen_subcommand_from %s' %s\n",
				       cmd->name, args[cmd->args_kind]);
		for (id = 0; id < MMS_NR_OPTS; id++)
			if (takes(cmd, id))
				fish_option(out, cmd, id);
		for (sub = cmd->subs; sub && sub < cmd->subs + cmd->nr_subs; sub++) {
			mms_out_printf(out, "complete -c mmscope -n '__fish_seen_subcommand_from %s' -a %s -d ",
				       cmd->name, sub->name + strlen(cmd->name) + 1);
			quoted(out, sub->help);
			mms_out_char(out, '\n');
			for (id = 0; id < MMS_NR_OPTS; id++)
				if (takes(sub, id))
					fish_option(out, sub, id);
		}
	}
}

int mms_cmd_completion(const struct mms_cmdline *cl)
{
	static const struct {
		const char *shell;
		void (*write)(struct mms_out *out);
	} shells[] = {
		{ "bash", bash }, { "zsh", zsh }, { "fish", fish },
	};
	const struct mms_render_opts plain = { .raw = false };
	struct mms_render r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shells); i++)
		if (!strcmp(shells[i].shell, cl->args[0]))
			break;
	if (i == ARRAY_SIZE(shells))
		return mms_err(MMS_EXIT_USAGE, "no completion for '%s': bash, zsh or fish",
			       cl->args[0]);
	if (mms_render_init(&r, &plain, "mmscope.completion"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	shells[i].write(&r.out);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}
