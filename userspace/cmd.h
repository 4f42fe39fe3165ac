/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command is one file and one row of cmd-table.c. The row makes --help, the
 * man page and the completions.
 */
#ifndef MMS_CMD_H
#define MMS_CMD_H

#include "lib/err.h"
#include "model/filter.h"
#include "model/model.h"
#include "render/render.h"
#include "source/parts.h"
#include "source/source.h"

/*
 * Every option there is, once: X(ID, letter or 0, name, argument or NULL,
 * completion, help). A row of the command table names the ones it takes.
 */
enum mms_complete {
	MMS_COMPLETE_NONE,	/* no argument */
	MMS_COMPLETE_WORD,	/* something only the user knows */
	MMS_COMPLETE_FILE,
	MMS_COMPLETE_DIR,
	MMS_COMPLETE_COLUMNS,	/* of the command's models */
	MMS_COMPLETE_LIST,	/* of words, in mms_opt.words */
};

enum mms_opt_id {
#define MMS_OPT(id, letter, name, arg, complete, words, help) MMS_OPT_##id,
#include "cmd-options.h"
#undef MMS_OPT
	MMS_NR_OPTS
};
_Static_assert(MMS_NR_OPTS <= 64, "sets of options are words of 64 bits");

struct mms_opt {
	char letter;
	const char *name;
	const char *arg;	/* NULL: takes none */
	u8 complete;		/* enum mms_complete */
	const char *words;	/* space separated; NULL: see mms_opt_words() */
	const char *help;
};

extern const struct mms_opt mms_opts[MMS_NR_OPTS];

struct mms_cmd;

/* The words that an option takes: its own, or those of the command's tracer; or NULL. */
const char *mms_opt_words(const struct mms_cmd *cmd, unsigned int id);

/* Sets of options that go together; a row or's them and adds its own. */
#define MMS_O(id)	BIT(MMS_OPT_##id)
#define MMS_O_HELP	(MMS_O(HELP) | MMS_O(VERSION))
#define MMS_O_TEXT	(MMS_O(COLOR) | MMS_O(NOHEADINGS) | MMS_O(RAW) | MMS_O(BYTES))
#define MMS_O_OUTPUT	(MMS_O_HELP | MMS_O_TEXT | MMS_O(JSON) | MMS_O(OUTPUT) | \
			 MMS_O(LIST_COLUMNS))
#define MMS_O_SOURCE	(MMS_O(SOURCE) | MMS_O(FROM) | MMS_O(SAVE) | MMS_O(ROOT))

struct mms_cmdline;

enum mms_args_kind {
	MMS_ARGS_NONE,
	MMS_ARGS_PID,		/* completed with the PIDs of this machine */
	MMS_ARGS_FILE,
	MMS_ARGS_COMMAND,
	MMS_ARGS_SHELL,
	MMS_ARGS_WORD,		/* something only the user knows */
	MMS_ARGS_TRACE,		/* numbers, and a command behind "--" */
};

struct mms_tracer;

/**
 * struct mms_cmd - a command
 * @name: of it
 * @args: what stands behind it, for the synopsis
 * @args_kind: for the completion
 * @min_args: how many; max -1 for any number
 * @max_args: see @min_args
 * @opts: MMS_O() bits
 * @help: one line
 * @about: paragraphs for the man page, an empty line between them
 * @examples: lines "COMMAND<tab>what it does"
 * @models: columns for -o, the first is the default table; ends with NULL
 * @run: returns the exit status
 * @subs: its subcommands, @nr_subs of them, with names "NAME SUB"; or NULL
 * @nr_subs: see @subs
 * @tracer: of a row of cmd-tracers.c
 */
struct mms_cmd {
	const char *name;
	const char *args;
	u8 args_kind;
	signed char min_args, max_args;
	u64 opts;
	const char *help;
	const char *about;
	const char *const *examples;
	const struct mms_model *models[8];
	int (*run)(const struct mms_cmdline *cl);
	const struct mms_cmd *subs;
	unsigned int nr_subs;
	const struct mms_tracer *tracer;
};

/* cmd-tracers.c: a row for each tracer, the subcommands of trace */
#define MMS_NR_TRACERS	14
extern const struct mms_cmd mms_tracer_cmds[MMS_NR_TRACERS];

extern const struct mms_cmd mms_cmds[];
extern const unsigned int mms_nr_cmds;
/* By "NAME", or "NAME SUB", or "NAME-SUB" as man pages have it; NULL: there is none. */
const struct mms_cmd *mms_cmd_find(const char *name);
/* Each command with its subcommands behind it: the first for NULL, NULL behind the last. */
const struct mms_cmd *mms_cmd_next(const struct mms_cmd *cmd);
/* The name with dashes, as files and shells have it. */
#define MMS_CMD_KEY	64
const char *mms_cmd_key(const struct mms_cmd *cmd, char *buf);

#define MMS_CL_AGAIN	"\n"

/**
 * struct mms_cmdline - what was typed, taken apart
 * @cmd: the command
 * @set: MMS_O() bits of the options given
 * @val: their arguments; of an option that adds up, all of them with MMS_CL_AGAIN between
 * @args: the words that are not options, @nr_args of them
 * @nr_args: see @args
 * @command: what stands behind "--", ends with NULL; or NULL. Of commands with
 *	MMS_ARGS_TRACE alone, for the others these are words like all
 * @joined: where @val of an option that adds up is this struct's own
 */
struct mms_cmdline {
	const struct mms_cmd *cmd;
	u64 set;
	const char *val[MMS_NR_OPTS];
	char **args;
	int nr_args;
	char **command;
	char *joined[MMS_NR_OPTS];
};

static inline bool mms_cl_set(const struct mms_cmdline *cl, enum mms_opt_id id)
{
	return cl->set >> id & 1;
}

/* cmd-line.c */

/* Run the command that a line is; the exit status. */
int mms_main(int argc, char **argv);
/*
 * Take apart what stands behind a command's name, argv[0]; @argv is sorted. 0, or an exit status
 * after the error has been said; mms_cl_deinit() in either case.
 */
int mms_cl_parse(struct mms_cmdline *cl, const struct mms_cmd *cmd, int argc, char **argv);
void mms_cl_deinit(struct mms_cmdline *cl);

/* cmd-common.c: what most commands do with their command line */

/* Options for the source out of the command line. -1 with @err filled. */
int mms_cl_source(const struct mms_cmdline *cl, struct mms_source_args *ret_args,
		  struct mms_err *err);
/* A PID as typed: 0, or -1 with @err filled. */
int mms_cl_pid(const char *text, s32 *ret_pid, struct mms_err *err);
/*
 * Call @each for every process that was typed, once all of them are known to be PIDs. It goes on
 * after one that failed, but not after MMS_EXIT_MISSING: that is so for all. The exit status.
 */
int mms_cl_each_pid(const struct mms_cmdline *cl, int (*each)(s32 pid, void *data), void *data);
/*
 * Start the document; *@ret_columns (to free): what -o and -x ask for of
 * @model, NULL for the defaults. 0, or -1 with @err filled.
 */
int mms_cl_render(const struct mms_cmdline *cl, const struct mms_model *model,
		  struct mms_render *r, char **ret_columns, struct mms_err *err);
/* End it; the exit status, @status unless writing failed. */
int mms_cl_render_end(struct mms_render *r, int status);
/*
 * An address range for the query, with names of the process: "heap",
 * "libc.so.6+0x1f0". One address is one page. -1 with @err filled.
 */
int mms_cl_range(const char *text, const struct mms_symbols *symbols,
		 struct mms_query *query, struct mms_err *err);
/* Draw with ASCII characters alone: asked for, or the locale has no others. */
bool mms_cl_ascii(const struct mms_cmdline *cl);
/**
 * struct mms_tables - a command that shows tables of its own instead of a view
 * @cl: what was typed
 * @r: where to
 * @args: options for the source
 * @parts: the tables that --from has, or that go to --save
 * @stream: no source's: for the ctx of its rows
 * @columns: of the first table, as mms_cl_render() gives them
 * @more: what stands beside that is shown, too: no columns were chosen, or it is JSON
 */
struct mms_tables {
	const struct mms_cmdline *cl;
	struct mms_render r;
	struct mms_source_args args;
	struct mms_parts parts;
	struct mms_stream stream;
	char *columns;
	bool more;
};

/*
 * Make @t ready for a command whose first table is of @model, run it, end all that. The exit
 * status, that of @run unless saving or writing failed.
 */
int mms_cl_tables(const struct mms_cmdline *cl, const struct mms_model *model,
		  struct mms_tables *t, int (*run)(void *data), void *data);
/* "COL" or "-COL" against a model: the field, and whether downwards. */
int mms_cl_sort(const struct mms_cmdline *cl, const struct mms_model *model,
		int *ret_field, bool *ret_down, struct mms_err *err);

/* "WORD,..." of a list of words: a bit for each. @what is for the message. -1 with @err filled. */
int mms_cl_words(const char *list, unsigned int unit, const char *what, u32 *ret_bits,
		 struct mms_err *err);

/*
 * The filters by page flags of each -b, and in the query what of them the module can do:
 * the last that does not ask for any of several. -1 with @err filled.
 */
int mms_cl_kpf(const struct mms_cmdline *cl, struct mms_query *q, struct mms_filters *filters,
	       struct mms_err *err);

/* cmd-frame.c */

/* Neighbours, from start up to but not end. */
struct mms_frame_run {
	u64 start, end;
};

/**
 * struct mms_frames - page frames to look at
 * @run: runs of neighbours, in the order typed
 * @nr: of @run
 * @room: how many @run has room for
 */
struct mms_frames {
	struct mms_frame_run *run;
	size_t nr, room;
};

/*
 * Add the frames that a word of the command line means: PFN, PFN+COUNT,
 * PFN,END, START-END (hexadecimal), or PID:RANGE for those that a process maps
 * at the addresses of RANGE, in their order. Several have MMS_CL_AGAIN between
 * them. -1 with @err filled.
 */
int mms_cl_frames(const struct mms_source_args *args, const char *text,
		  struct mms_frames *frames, struct mms_err *err);
void mms_frames_deinit(struct mms_frames *frames);

/* The PIDs of all processes there are, lowest first, to free. NULL with @err filled. */
s32 *mms_all_pids(int *ret_nr, struct mms_err *err);

/**
 * struct mms_feed - one view of one or more processes, row by row
 * @model: the view
 * @query: without a pid
 * @frames: a stream for each run of these, as start and end; or NULL
 * @address: range to resolve for each process, or NULL
 * @point: the range is one address, as it is; else it is made of whole pages
 * @system: a view of the system: no argument of the command is a PID
 * @append: not the first stream of the command: --save puts it behind the others
 * @begin: called when a stream is open, before its first row; may be NULL
 * @row: called for each record; non-zero ends the feed
 * @end: called after the last row of a stream; may be NULL
 * @data: for the calls
 */
struct mms_feed {
	const struct mms_model *model;
	struct mms_query query;
	const struct mms_frames *frames;
	const char *address;
	bool point;
	bool system;
	bool append;
	void (*begin)(struct mms_stream *stream, void *data);
	int (*row)(struct mms_stream *stream, void *data);
	void (*end)(struct mms_stream *stream, void *data);
	void *data;
};

/*
 * Run the feed for each of the @nr PIDs, or once for none (a saved stream, a
 * view of the system). Names are loaded for each process. Errors have been
 * said when it returns the exit status.
 */
int mms_cl_feed(const struct mms_cmdline *cl, const struct mms_feed *feed, char **pids, int nr);

/*
 * The same, with all rows in one section of @r: what most commands are.
 * @keep: which rows, NULL for all; @total sees those that are kept
 * @sort: as after --sort, if that is not given; NULL: as they come
 * @top: so many rows at most, 0 for all; @total sees all
 */
struct mms_show {
	struct mms_feed feed;
	struct mms_section section;
	bool (*keep)(struct mms_stream *stream, void *data);
	void (*total)(const struct mms_row *row, void *data);
	void *data;
	const char *sort;
	u64 top;
};

int mms_cl_show(const struct mms_cmdline *cl, struct mms_render *r, const struct mms_show *show);

/*
 * @nr records that lie in memory, one behind the other, as a section; in the order of
 * --sort if @cl is not NULL. The exit status. cmd-rows.c
 */
int mms_cl_rows(const struct mms_cmdline *cl, struct mms_render *r, struct mms_ctx *ctx,
		const struct mms_section *section, const void *recs, size_t nr);

/* Help: cmd-help.c */
/* The command that one word or two name; NULL: there is none, and that has been said. */
const struct mms_cmd *mms_cl_named(const struct mms_cmdline *cl);
int mms_help_usage(const struct mms_cmd *cmd);
int mms_help_columns(const struct mms_cmd *cmd);

int mms_cmd_maps(const struct mms_cmdline *cl);
int mms_cmd_pgtable(const struct mms_cmdline *cl);
int mms_cmd_walk(const struct mms_cmdline *cl);
int mms_cmd_tables(const struct mms_cmdline *cl);
int mms_cmd_folios(const struct mms_cmdline *cl);
int mms_cmd_ps(const struct mms_cmdline *cl);
int mms_cmd_rmap(const struct mms_cmdline *cl);
int mms_cmd_ram(const struct mms_cmdline *cl);
int mms_cmd_pages(const struct mms_cmdline *cl);
int mms_cmd_page(const struct mms_cmdline *cl);
int mms_cmd_summary(const struct mms_cmdline *cl);
int mms_cmd_tlb(const struct mms_cmdline *cl);
int mms_cmd_lru(const struct mms_cmdline *cl);
int mms_cmd_swap(const struct mms_cmdline *cl);
int mms_cmd_slab(const struct mms_cmdline *cl);
int mms_cmd_files(const struct mms_cmdline *cl);
int mms_cmd_cache(const struct mms_cmdline *cl);
int mms_cmd_kernel(const struct mms_cmdline *cl);
int mms_cmd_trace(const struct mms_cmdline *cl);
/* kernel --vmalloc: cmd-vmalloc.c */
int mms_kernel_vmalloc(const struct mms_cmdline *cl);
int mms_cmd_check(const struct mms_cmdline *cl);
int mms_cmd_layout(const struct mms_cmdline *cl);
int mms_cmd_zones(const struct mms_cmdline *cl);
int mms_cmd_buddy(const struct mms_cmdline *cl);
int mms_cmd_frag(const struct mms_cmdline *cl);
int mms_cmd_features(const struct mms_cmdline *cl);
int mms_cmd_load(const struct mms_cmdline *cl);
int mms_cmd_unload(const struct mms_cmdline *cl);
int mms_cmd_attach(const struct mms_cmdline *cl);
int mms_cmd_detach(const struct mms_cmdline *cl);
int mms_cmd_help(const struct mms_cmdline *cl);
int mms_cmd_man(const struct mms_cmdline *cl);
int mms_cmd_completion(const struct mms_cmdline *cl);

#endif /* MMS_CMD_H */
