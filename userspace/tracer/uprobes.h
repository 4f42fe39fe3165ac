/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of kinds "uprobe" and "uretprobe": functions of user mode, in the files that the
 * traced processes really run. A file that has all the functions that are needed is hooked;
 * so there may be several, as when a library is preloaded that has the same functions.
 *
 * With a command, bpf/uprobes.bpf.h says when a process is about to run a file that has not
 * been looked into.
 */
#ifndef MMS_TRACER_UPROBES_H
#define MMS_TRACER_UPROBES_H

#include "../lib/err.h"
#include "../lib/types.h"

struct mms_hook;
struct mms_trace;
struct mms_trace_look;
struct mms_uprobes;

bool mms_hook_is_user(const struct mms_hook *hook);

/*
 * The files of the processes that are asked for; of this program, if none are or it is a
 * command: most use the same C library. Fills t->hooked. -1 with @err filled.
 */
int mms_uprobes_find(struct mms_trace *t, struct mms_err *err);
/* When the programs are loaded. */
int mms_uprobes_attach(struct mms_trace *t, struct mms_err *err);
/* Hook what is new, and let the process go on. */
void mms_uprobes_look(struct mms_trace *t, const struct mms_trace_look *look);
/* No more; who waits to be looked at still may come. */
void mms_uprobes_detach(struct mms_trace *t);
void mms_uprobes_destroy(struct mms_uprobes *uprobes);
/* Before they are attached: not those of this program. */
void mms_uprobes_leave_out(struct mms_trace *t, const char *program);
/* The @number-th file that is hooked, or NULL. */
const char *mms_uprobes_file(const struct mms_trace *t, unsigned int number);

/*
 * functions.c: places of functions in a file, 0: it has none of the name. @program: it is
 * what was executed, no library; *@ret_alone: then, that it is one without libraries. 0, or
 * -ENOEXEC: no file of x86-64 code.
 */
int mms_functions_find(int fd, bool program, const char *const *names, unsigned int nr,
		       u64 *ret_offsets, bool *ret_alone);

#endif /* MMS_TRACER_UPROBES_H */
