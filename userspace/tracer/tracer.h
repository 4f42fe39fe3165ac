/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracers: BPF programs that tell what happens, while it happens.
 *
 * A tracer is bpf/NAME.bpf.c, one file here with a struct mms_tracer, a model for its
 * events, and a row in userspace/cmd-tracers.c. The runner does the rest, in this
 * order: open (the tracer's skeleton), which hooks this kernel has, settings, load,
 * attach, poll, and at the end counts, sums, and close. Nothing is pinned: programs,
 * maps and links end with the process, however it ends.
 *
 * What the runner asks of a tracer's program, all of which bpf/common.bpf.h has: the
 * maps events, counts, tgids, stacks; the settings filter, stacks_user, stacks_kernel,
 * summing; the programs follow_* and tell_exec. A map sums of struct mms_trace_sum is there where
 * the tracer can sum up in the kernel.
 *
 * Nothing here prints. All of it runs in one thread.
 */
#ifndef MMS_TRACER_H
#define MMS_TRACER_H

#include "../lib/err.h"
#include "../model/event.h"

struct bpf_link;
struct bpf_object;
struct bpf_object_skeleton;
struct bpf_program;
struct btf;
struct mms_breakpoints;
struct mms_files;
struct mms_namer;
struct mms_recording;
struct mms_stacks;
struct mms_trace;
struct mms_uprobes;

#define MMS_ONE_OF(n)	(1 + (n))	/* n: 1 and up */
#define MMS_MAX_HOOKS	64
#define MMS_MAX_TARGET	160	/* bytes of a target */
#define MMS_MAX_TALLIES	8
#define MMS_MAX_SESSIONS 8

/**
 * enum mms_hook_way - how one and the same is told, where there are several: one is used
 * @MMS_WAY_EVERY: the program goes with each of them
 * @MMS_WAY_TRAMPOLINE: by fentry and fexit, which cost the least; of tasks that lose the CPU in
 *	them others are not told, see mms_trace.missed
 * @MMS_WAY_BREAKPOINT: in the one process that is asked for (args->breakpoint)
 * @MMS_WAY_SESSION: by a kprobe, where the kernel is preemptible and has what it takes, unless
 *	args->allow_missed: a program of it is not preempted
 */
enum mms_hook_way {
	MMS_WAY_EVERY,
	MMS_WAY_TRAMPOLINE,
	MMS_WAY_BREAKPOINT,
	MMS_WAY_SESSION,
};

/**
 * struct mms_hook - a program and where it goes
 * @program: its name
 * @kind: "tp_btf", "fentry", "fexit", "kprobe" or "kretprobe": how it hooks the kernel;
 *	"uprobe" or "uretprobe": what processes run, see uprobes.h; "breakpoint": a hardware
 *	breakpoint at a function whose address the program has an MMS_KSYM_KEPT() for;
 *	"kprobe.session": see session.c
 * @target: the kernel's function or tracepoint; or names that it has had, the newest
 *	first, parted by commas: the first that is there is taken. Of user mode: functions,
 *	all that are there are taken
 * @needed: true: without it the tracer refuses to run; MMS_ONE_OF(n): without it and all
 *	others of this number, which are what other kernels have in its place
 * @lost: what is not told without it; NULL: nothing, where it is missing. If that is causes
 *	and nothing else, "cause stack" or "causes range, uffd-*", the tracer refuses to run for
 *	who has named one of these
 */
struct mms_hook {
	const char *program;
	const char *kind;
	const char *target;
	u8 needed;
	const char *lost;
};

/**
 * struct mms_hook_for - a program that is left out if nobody asks for what it is for
 * @program: its name
 * @causes: bits of the only causes it is for, 0: all
 * @way: the only way it is for
 */
struct mms_hook_for {
	const char *program;
	u64 causes;
	enum mms_hook_way way;
};

/**
 * struct mms_tracer - a tracer
 * @name: of it
 * @model: of its events
 * @hooks: @nr_hooks of them
 * @nr_hooks: see @hooks
 * @hooks_for: those that are not for everything, up to one without a name; or NULL
 * @causes: words of the causes, MMS_CAUSE_WORDS(): what --cause takes
 * @quiet: bits of those that are told only if --cause names them: what costs more
 * @quiet_columns: columns that are shown if it does; NULL: the model's
 * @sums: it has the map sums; @model's event has its key at @sum_key (a u8)
 * @sum_key: see @sums
 * @sum_row: puts into a row what a key of the map sums means, instead of @sum_key; or NULL
 * @left_model: see @left
 * @left: calls @each for each row of what there is now, of @left_model, which is what --summary
 *	shows instead of sums of events: 0 or -errno; without @each only names are looked for;
 *	or NULL
 * @tallies: what it counts besides, @nr_tallies of them
 * @nr_tallies: see @tallies
 * @tally: fills in these numbers. With
 *	@left the first of them is what events are
 * @by: columns of the model that --summary sums up by, if the program does not
 * @adds: columns that sums add up besides latency, six at most; or NULL
 * @rate: of these, a column that is one by another of them; or no name
 * @sum_columns: of a sum, what is shown behind @by; NULL: count to max, or with @adds these
 * @event_size: bytes of a row, which begins as struct mms_event_row does
 * @open: open the skeleton: t->skel, t->rodata and t->filter. -1 with @err filled
 * @set: after the hooks are known, before loading; may be NULL
 * @record: an event's record came, from the kernel or a recording: makes a row of it and
 *	calls mms_trace_event(). NULL: a row is no more than @event_size bytes of
 *	struct mms_event_row
 * @idle: programs of the type syscall that send what the others hold back: what
 *	is not being added to, ten times a second; all, when these have ended. NULL: nothing is
 * @last: see @idle
 * @close: undo @open
 */
struct mms_tracer {
	const char *name;
	const struct mms_model *model;
	const struct mms_hook *hooks;
	unsigned int nr_hooks;
	const struct mms_hook_for *hooks_for;
	const char *causes;
	u64 quiet;
	const char *quiet_columns;
	bool sums;
	u16 sum_key;
	void (*sum_row)(u32 key, void *row);
	int (*left)(struct mms_trace *t, void (*each)(void *data, const struct mms_row *row),
		    void *data);
	const struct mms_model *left_model;
	const struct mms_cause *tallies;
	unsigned int nr_tallies;
	void (*tally)(struct mms_trace *t, u64 *ret_numbers);
	u16 event_size;
	const char *by;
	const char *adds;
	struct mms_rate rate;
	const char *sum_columns;
	int (*open)(struct mms_trace *t, struct mms_err *err);
	void (*set)(struct mms_trace *t);
	void (*record)(struct mms_trace *t, const void *data, size_t size);
	const char *idle, *last;
	void (*close)(struct mms_trace *t);
};

/**
 * MMS_TRACER_SKELETON() - open() and close() of a tracer: NAME_open(), NAME_close()
 * @name: as in bpf/NAME.bpf.c, whose settings are those that common.bpf.h declares
 */
#define MMS_TRACER_SKELETON(name)						\
static void name##_close(struct mms_trace *t)					\
{										\
	mms_##name##_bpf__destroy(t->priv);					\
}										\
										\
static int name##_open(struct mms_trace *t, struct mms_err *err)		\
{										\
	struct mms_##name##_bpf *skel = mms_##name##_bpf__open();		\
										\
	if (!skel)								\
		return mms_bpf_error(errno, err);				\
	t->priv = skel;								\
	t->skel = skel->skeleton;						\
	t->obj = skel->obj;							\
	t->filter = &skel->rodata->filter;					\
	t->stacks_user = &skel->rodata->stacks_user;				\
	t->stacks_kernel = &skel->rodata->stacks_kernel;			\
	t->summing = &skel->rodata->summing;					\
	t->hide_kernel = &skel->rodata->hide_kernel;				\
	t->have_rdonly_cast = &skel->rodata->have_rdonly_cast;			\
	return 0;								\
}

extern const struct mms_tracer mms_tracer_alloc;
extern const struct mms_tracer mms_tracer_cache;
extern const struct mms_tracer mms_tracer_compact;
extern const struct mms_tracer mms_tracer_dirty;
extern const struct mms_tracer mms_tracer_faults;
extern const struct mms_tracer mms_tracer_flush;
extern const struct mms_tracer mms_tracer_heap;
extern const struct mms_tracer mms_tracer_ksm;
extern const struct mms_tracer mms_tracer_migrate;
extern const struct mms_tracer mms_tracer_mmap;
extern const struct mms_tracer mms_tracer_oom;
extern const struct mms_tracer mms_tracer_reclaim;
extern const struct mms_tracer mms_tracer_swap;
extern const struct mms_tracer mms_tracer_thp;

/**
 * struct mms_trace_args - what is asked for
 * @filter: without tgid, many, child, more: the runner sets these
 * @named: bits of causes that were asked for by name
 * @pids: processes, @nr_pids of them
 * @nr_pids: see @pids
 * @command: what to launch and trace, ends with NULL; or NULL
 * @buffer: bytes of the ring buffer, a power of two; 0: 8 MiB
 * @user: stacks
 * @kernel: see @user
 * @symbols: name instructions
 * @summing: sums instead of events
 * @breakpoint: of the one process of @pids: hooks of kind "breakpoint"
 * @allow_missed: the hooks that cost the least, whatever they miss (mms_trace.missed)
 * @hide_kernel: addresses of the kernel are not to be seen; then @kernel is false
 * @duration: nanoseconds to run, 0: until a signal comes or the command ends
 * @interval: nanoseconds between calls of tick(), 0: none
 * @count: so many intervals, 0: any number
 * @record: file to put all events into, instead of telling them; or NULL
 */
struct mms_trace_args {
	struct mms_trace_filter filter;
	u64 named;
	const s32 *pids;
	unsigned int nr_pids;
	char **command;
	u32 buffer;
	bool user, kernel;
	bool symbols;
	bool summing;
	bool breakpoint;
	bool allow_missed;
	bool hide_kernel;
	u64 duration;
	u64 interval;
	u64 count;
	const char *record;
};

/**
 * struct mms_trace_calls - what the one who asked wants to be told
 * @event: one event, in the order the kernel has them in the buffer
 * @idle: what came has been passed on: write it out
 * @tick: an interval is over; may be NULL
 * @say: something went wrong, or will be missing, and why; may be NULL
 * @data: for the calls
 */
struct mms_trace_calls {
	void (*event)(void *data, const struct mms_row *row);
	void (*idle)(void *data);
	void (*tick)(void *data);
	void (*say)(void *data, const char *text);
	void *data;
};

/**
 * struct mms_trace - a tracer that runs
 * @tracer: which
 * @args: what was asked for
 * @calls: whom to tell
 * @skel: its programs
 * @obj: see @skel
 * @filter: settings in
 *	the program, to be written before loading
 * @stacks_user: see @filter
 * @stacks_kernel: see @filter
 * @summing: see @filter
 * @hide_kernel: see @filter
 * @have_rdonly_cast: see @filter
 * @blind: this kernel does not say where its variables are
 * @careful: the programs did not attach: look closer which hooks there are
 * @hooked: for each hook of the tracer: it is there
 * @unused: and not asked for
 * @target: and what it is called here; as in the hook, in a recording
 * @begin: CLOCK_MONOTONIC before the first program was attached
 * @end: and when it ended
 * @child: the command's process, 0: none
 * @gate: a pipe: what is written to it lets the child call exec
 * @status: how it ended, as waitpid() says
 * @nr_cpus: of @counts
 * @counts: what each CPU has counted, when it ended
 * @missed: calls of its programs that the kernel did not make, when it ended: one program does
 *	not run twice on a CPU, and where the kernel is preemptible a task may lose the CPU
 *	in the midst of one. Whose these were is not known, they may be of tasks not asked for
 * @ctx: for the rows
 * @files: names of files seen so far
 * @namer: with stacks or symbols: who knows names
 * @at: when it was what names are asked for, CLOCK_MONOTONIC; ~0: now
 * @stacks: those named so far
 * @recording: what is written or read; or NULL
 * @recorded: events in it
 * @taken: records of the ring buffer
 * @until: when to look at other things though more of them come, 0: never
 * @held: the command is at its end and waits until its events have names
 * @uprobes: files that are hooked; or NULL
 * @breakpoints: those that are set; or NULL
 * @session: links of sessions, @nr_sessions of them
 * @nr_sessions: see @session
 * @priv: the tracer's own
 */
struct mms_trace {
	const struct mms_tracer *tracer;
	struct mms_trace_args args;
	struct mms_trace_calls calls;
	struct bpf_object_skeleton *skel;
	struct bpf_object *obj;
	struct mms_trace_filter *filter;
	bool *stacks_user, *stacks_kernel, *summing, *hide_kernel, *have_rdonly_cast;
	bool blind;
	bool careful;
	bool hooked[MMS_MAX_HOOKS];
	bool unused[MMS_MAX_HOOKS];
	char target[MMS_MAX_HOOKS][MMS_MAX_TARGET];
	u64 begin, end;
	s32 child;
	int gate;
	int status;
	u32 nr_cpus;
	struct mms_trace_count *counts;
	u64 missed;
	struct mms_ctx ctx;
	struct mms_files *files;
	struct mms_namer *namer;
	u64 at;
	struct mms_stacks *stacks;
	struct mms_recording *recording;
	u64 recorded;
	u64 taken, until;
	bool held;
	struct mms_uprobes *uprobes;
	struct mms_breakpoints *breakpoints;
	int session[MMS_MAX_SESSIONS];
	unsigned int nr_sessions;
	void *priv;
};

/* Find the hooks, load and attach. -1 with @err filled, MMS_EXIT_MISSING where it cannot be had. */
int mms_trace_open(struct mms_trace *t, const struct mms_tracer *tracer,
		   const struct mms_trace_args *args, struct mms_err *err);
/* Until the duration is over, the command has ended, or SIGINT or SIGTERM came. */
int mms_trace_run(struct mms_trace *t, const struct mms_trace_calls *calls, struct mms_err *err);
/*
 * The same two for a recording: nothing is loaded, and no more is told than it has. One
 * that was cut gives all there is and -1.
 */
int mms_trace_open_file(struct mms_trace *t, const struct mms_tracer *tracer,
			const struct mms_trace_args *args, const char *path, struct mms_err *err);
int mms_trace_run_file(struct mms_trace *t, const struct mms_trace_calls *calls,
		       struct mms_err *err);
/* With tracer->sums: what has been summed up for key @key, of all CPUs. False: nothing. */
bool mms_trace_sum(struct mms_trace *t, u32 key, struct mms_trace_sum *ret_sum);
/* The stack with a key of an event: addresses, innermost first; how many. */
unsigned int mms_trace_stack(struct mms_trace *t, s32 key, u64 *addresses, unsigned int room);
void mms_trace_close(struct mms_trace *t);

/* stacks.c: two stacks as a line for flame graphs, which stays as long as the tracer; or NULL. */
const char *mms_trace_folded(struct mms_trace *t, s32 tgid, s32 user, s32 kernel);
/* As it is in a recording. */
void mms_stacks_add(struct mms_trace *t, const struct mms_trace_stack *stack);
/* What was said of a process is another program's. */
void mms_stacks_forget(struct mms_stacks *stacks, s32 tgid);
void mms_stacks_destroy(struct mms_stacks *stacks);

/* For tracers with a record(): what stands before the record in a row. */
void mms_trace_begin_row(struct mms_trace *t, const struct mms_event *event, u64 *ret_since,
			 const char **ret_stack);
/* For tracers: pass an event on; the name of an address, without names if none are wanted. */
void mms_trace_event(struct mms_trace *t, const void *rec, const char *text, size_t len);
struct mms_symbol mms_trace_symbol(struct mms_trace *t, s32 tgid, u64 address);
/* Its name in any case, if only its number; @ret_new as mms_namer_find() has it. */
struct mms_symbol mms_trace_name(struct mms_trace *t, s32 tgid, u64 address, bool *ret_new);
u64 mms_trace_now(void);

/* hooks.c: fills t->hooked and turns off programs that have nowhere to go. */
int mms_trace_find_hooks(struct mms_trace *t, struct mms_err *err);
/* Whether nothing stands for hook @number in this kernel: neither itself nor another one. */
bool mms_trace_misses_hook(const struct mms_trace *t, unsigned int number);

/*
 * breakpoints.c: with args->breakpoint: in all threads of the process, and those it will have.
 * Before programs are attached that tell the end of what begins there. -1 with @err filled.
 */
int mms_breakpoints_set(struct mms_trace *t, struct mms_err *err);
void mms_breakpoints_destroy(struct mms_breakpoints *b);
bool mms_hook_is_breakpoint(const struct mms_hook *hook);

/* session.c: whether tasks may lose the CPU in fentry and fexit, and there is another way. */
bool mms_sessions_wanted(const struct mms_trace *t, const struct btf *btf);
/* Before it is loaded. */
void mms_session_aim(struct bpf_program *program);
/* -1 with @err filled. What is not attached is nothing to detach. */
int mms_sessions_attach(struct mms_trace *t, struct mms_err *err);
void mms_sessions_detach(struct mms_trace *t);
bool mms_hook_is_session(const struct mms_hook *hook);

/* launch.c: the command, stopped before it is executed; then let go, and watched. */
int mms_launch(struct mms_trace *t, struct mms_err *err);
void mms_launch_go(struct mms_trace *t);
bool mms_launch_ended(struct mms_trace *t);
/* All its events have been seen: let it end. */
void mms_launch_release(struct mms_trace *t);
void mms_launch_deinit(struct mms_trace *t);

/* recording.c */
int mms_recording_create(struct mms_trace *t, struct mms_err *err);
void mms_recording_add(struct mms_trace *t, const void *rec, size_t size);
/* The rest of a record that has text behind it. */
void mms_recording_add_text(struct mms_trace *t, const void *rec, size_t size, const char *text,
			    const char *more);
/* With what was counted; -1 with @err filled: not all of it could be written. */
int mms_recording_end(struct mms_trace *t, struct mms_err *err);
void mms_recording_destroy(struct mms_recording *recording);

/* runner.c: what is the same for the kernel's records and a recording's. */
void mms_trace_take(struct mms_trace *t, const void *rec, size_t size);

/* files.c: names of files, out of struct mms_trace_file */
struct mms_files *mms_files_create(void);
void mms_files_destroy(struct mms_files *files);
void mms_files_add(struct mms_files *files, const struct mms_trace_file *file);
/* The path, or NULL where it is not known: of the file that has this number now, or had it last. */
const char *mms_files_path(const struct mms_files *files, u32 dev, u64 inode);
/* The same of one of those that have had it. */
const char *mms_files_path_of(const struct mms_files *files, u32 dev, u64 inode, u32 generation);

#endif /* MMS_TRACER_H */
