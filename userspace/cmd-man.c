// SPDX-License-Identifier: GPL-2.0-only
/* mmscope man: man pages, section 8, out of the commands' rows. */
#include <string.h>
#include "cmd.h"

/* Text that roff takes as it is: no escapes, no requests, no hyphens for minus. */
static void roff(struct mms_out *out, const char *text, size_t len)
{
	bool line_start = true;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (line_start && (c == '.' || c == '\''))
			mms_out_str(out, "\\&");
		line_start = c == '\n';
		if (c == '\\')
			mms_out_str(out, "\\e");
		else if (c == '-')
			mms_out_str(out, "\\-");
		else if (c == '~')
			mms_out_str(out, "\\(ti");
		else if (c == '\'')
			mms_out_str(out, "\\(aq");
		else
			mms_out_char(out, c);
	}
}

static void roff_str(struct mms_out *out, const char *text)
{
	roff(out, text, strlen(text));
}

/* Paragraphs parted by empty lines. */
static void paragraphs(struct mms_out *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, "\n\n"))) {
		roff(out, text, end - text);
		mms_out_str(out, "\n.PP\n");
		text = end + 2;
	}
	roff_str(out, text);
	mms_out_char(out, '\n');
}

static void title(struct mms_out *out, const char *name)
{
	mms_out_printf(out, ".\\\" Made by mmscope man: do not edit.\n"
		       ".TH %s 8 \"\" \"mmscope " MMS_VERSION "\" \"mmscope\"\n", name);
}

static void option(struct mms_out *out, const struct mms_cmd *cmd, unsigned int id)
{
	const struct mms_opt *o = &mms_opts[id];
	const char *words = mms_opt_words(cmd, id);

	mms_out_str(out, ".TP\n");
	if (o->letter)
		mms_out_printf(out, "\\fB\\-%c\\fR, ", o->letter);
	mms_out_str(out, "\\fB\\-\\-");
	roff_str(out, o->name);
	mms_out_str(out, "\\fR");
	if (o->arg) {
		mms_out_str(out, " \\fI");
		roff_str(out, o->arg);
		mms_out_str(out, "\\fR");
	}
	mms_out_char(out, '\n');
	roff_str(out, o->help);
	mms_out_char(out, '\n');
	if (words && strchr(words, ' ')) {
		mms_out_str(out, ".br\nOne of: ");
		roff_str(out, words);
		mms_out_char(out, '\n');
	}
}

static void columns(struct mms_out *out, const struct mms_cmd *cmd)
{
	const struct mms_model *const *model;
	unsigned int i;

	if (!cmd->models[0])
		return;
	mms_out_str(out, ".SH COLUMNS\n");
	for (model = cmd->models; *model; model++) {
		mms_out_str(out, ".SS A row is a ");
		roff_str(out, (*model)->title);
		mms_out_char(out, '\n');
		for (i = 0; i < (*model)->nr; i++) {
			const struct mms_field *f = &(*model)->fields[i];

			mms_out_printf(out, ".TP\n\\fB%s\\fR (%s; JSON: %s)\n", f->name,
				       mms_unit_name(f->unit), f->key);
			roff_str(out, f->desc);
			mms_out_char(out, '\n');
		}
	}
}

static void examples(struct mms_out *out, const struct mms_cmd *cmd)
{
	const char *const *e;

	mms_out_str(out, ".SH EXAMPLES\n");
	for (e = cmd->examples; *e; e++) {
		size_t n = strcspn(*e, "\t");

		mms_out_str(out, ".TP\n.B ");
		roff(out, *e, n);
		mms_out_char(out, '\n');
		roff_str(out, *e + n + 1);
		mms_out_char(out, '\n');
	}
}

static void status(struct mms_out *out)
{
	mms_out_str(out, ".SH EXIT STATUS\n"
		    ".TP\n0\nall is well\n"
		    ".TP\n1\nit failed: no such process, or a stream was cut\n"
		    ".TP\n2\nthe command line makes no sense\n"
		    ".TP\n4\na permission, the module or a feature of the kernel is missing\n");
}

static void command_page(struct mms_out *out, const struct mms_cmd *cmd)
{
	char name[MMS_CMD_KEY + 8] = "MMSCOPE-", key[MMS_CMD_KEY];
	unsigned int id;
	size_t n = strlen(name), i;

	mms_cmd_key(cmd, key);
	for (i = 0; key[i] && n < sizeof(name) - 1; i++)
		name[n++] = key[i] == '-' ? '-' : key[i] - 'a' + 'A';
	title(out, name);
	mms_out_str(out, ".SH NAME\nmmscope\\-");
	roff_str(out, key);
	mms_out_str(out, " \\- ");
	roff_str(out, cmd->help);
	mms_out_printf(out, "\n.SH SYNOPSIS\n.B mmscope %s\n[\\fIOPTION\\fR]...", cmd->name);
	if (*cmd->args) {
		mms_out_char(out, ' ');
		roff_str(out, cmd->args);
	}
	mms_out_str(out, "\n.SH DESCRIPTION\n");
	paragraphs(out, cmd->about);
	mms_out_str(out, ".SH OPTIONS\n");
	for (id = 0; id < MMS_NR_OPTS; id++)
		if (cmd->opts >> id & 1)
			option(out, cmd, id);
	columns(out, cmd);
	examples(out, cmd);
	status(out);
	mms_out_str(out, ".SH SEE ALSO\n.BR mmscope (8)\n");
}

static void main_page(struct mms_out *out)
{
	const struct mms_cmd *cmd;
	char key[MMS_CMD_KEY];

	title(out, "MMSCOPE");
	mms_out_str(out, ".SH NAME\nmmscope \\- show the virtual memory of a running system\n"
		    ".SH SYNOPSIS\n.B mmscope\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
		    ".SH DESCRIPTION\n"
		    "Shows address spaces, page tables and folios as they are, through the module\n"
		    "mmscope.ko, which never writes to what it shows, or as far as a stock kernel's\n"
		    "own files go.\n.SH COMMANDS\n");
	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd)) {
		mms_out_str(out, ".TP\n.BR mmscope\\-");
		roff_str(out, mms_cmd_key(cmd, key));
		mms_out_str(out, " (8)\n");
		roff_str(out, cmd->help);
		mms_out_char(out, '\n');
	}
	status(out);
	mms_out_str(out, ".SH ENVIRONMENT\n.TP\nNO_COLOR\nif set and not empty, nothing is highlighted\n");
}

int mms_cmd_man(const struct mms_cmdline *cl)
{
	const struct mms_render_opts plain = { .raw = false };
	const struct mms_cmd *cmd = NULL;
	struct mms_render r;

	if (cl->nr_args) {
		cmd = mms_cl_named(cl);
		if (!cmd)
			return MMS_EXIT_USAGE;
	}
	if (mms_render_init(&r, &plain, "mmscope.man"))
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (cmd)
		command_page(&r.out, cmd);
	else
		main_page(&r.out);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}
