// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks of kind "breakpoint": a hardware breakpoint of perf's at a function of the kernel, in the
 * threads of one process alone. Other tasks do not have it, so it costs them nothing; those
 * that have it take an exception, some 650 instructions, each time. It takes one of the four
 * debug registers of a thread.
 */
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tracer.h"
#include "../source/bpf.h"

#define TRIES	50	/* at a process that makes threads meanwhile */

/* One in a thread */
struct one {
	s32 tid;
	struct bpf_link *link;
};

/**
 * struct mms_breakpoints - those that are set
 * @one: @nr of them
 * @nr: see @one
 */
struct mms_breakpoints {
	struct one *one;
	unsigned int nr;
};

static void clear(struct mms_breakpoints *b)
{
	while (b->nr)
		bpf_link__destroy(b->one[--b->nr].link);
}

void mms_breakpoints_destroy(struct mms_breakpoints *b)
{
	if (!b)
		return;
	clear(b);
	free(b->one);
	free(b);
}

static bool has(const struct mms_breakpoints *b, s32 tid)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (b->one[i].tid == tid)
			return true;
	return false;
}

static int add(struct mms_breakpoints *b, s32 tid, struct bpf_link *link)
{
	struct one *more = realloc(b->one, (b->nr + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	b->one = more;
	b->one[b->nr++] = (struct one){ tid, link };
	return 0;
}

static int failed(s32 tid, int error, struct mms_err *err)
{
	switch (error) {
	case ENOSPC:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "thread %d has no debug register left, a debugger may have them: leave out --breakpoint",
				   tid);
	case EPERM:
	case EACCES:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "a breakpoint in the kernel needs root, or CAP_SYS_ADMIN in the initial user namespace: leave out --breakpoint");
	case EMFILE:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "too many threads for the files that may be open (ulimit -n): leave out --breakpoint");
	default:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "no hardware breakpoint for thread %d: %s: leave out --breakpoint",
				   tid, strerror(error));
	}
}

/* In one thread, and those that it makes: those make threads of their own. 0 if it has ended. */
static int set(struct mms_breakpoints *b, const struct bpf_program *program, u64 address, s32 tid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT, .size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X, .bp_addr = address, .bp_len = sizeof(long),
		.sample_period = 1, .exclude_user = 1, .exclude_hv = 1, .disabled = 1,
		.inherit = 1, .inherit_thread = 1,
	};
	struct bpf_link *link;
	int fd, ret;

	fd = syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno == ESRCH ? 0 : -errno;
	link = bpf_program__attach_perf_event(program, fd);
	if (!link) {
		ret = -errno;
		close(fd);
		return ret;
	}
	ret = add(b, tid, link);
	if (ret)
		bpf_link__destroy(link);
	return ret;
}

/* Whether no thread is there that has none; those that have none get one, if @program. */
static bool look(struct mms_breakpoints *b, const struct bpf_program *program, u64 address,
		 s32 pid, struct mms_err *err, int *ret_failed)
{
	struct dirent *entry;
	bool all = true;
	char path[32];
	DIR *dir;
	s32 tid;
	int ret;

	*ret_failed = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir) {
		*ret_failed = mms_err_set(err, MMS_EXIT_FAILED, "there is no process %d", pid);
		return false;
	}
	while (!*ret_failed && (entry = readdir(dir))) {
		tid = atoi(entry->d_name);
		if (!tid || has(b, tid))
			continue;
		all = false;
		ret = program ? set(b, program, address, tid) : 0;
		if (ret)
			*ret_failed = failed(tid, -ret, err);
	}
	closedir(dir);
	return all;
}

/* Each is two files. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/*
 * Threads are made meanwhile, by those that had one already, who have one then, and by others.
 * That cannot be told, so it is done again until there was none.
 */
static int set_all(struct mms_breakpoints *b, const struct bpf_program *program, u64 address,
		   s32 pid, struct mms_err *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < TRIES; i++) {
		clear(b);
		look(b, program, address, pid, err, &ret);
		if (ret || look(b, NULL, 0, pid, err, &ret) || ret)
			return ret;
	}
	return mms_err_set(err, MMS_EXIT_FAILED,
			   "process %d makes threads faster than they get a breakpoint: leave out --breakpoint",
			   pid);
}

int mms_breakpoints_set(struct mms_trace *t, struct mms_err *err)
{
	const struct mms_tracer *tracer = t->tracer;
	unsigned int i;
	u64 address;

	for (i = 0; i < tracer->nr_hooks; i++)
		if (mms_hook_is_breakpoint(&tracer->hooks[i]) && !t->unused[i])
			break;
	if (i == tracer->nr_hooks)
		return 0;
	t->breakpoints = calloc(1, sizeof(*t->breakpoints));
	if (!t->breakpoints)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	address = mms_ksyms_of(t->obj, t->target[i]);
	if (!address)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "this kernel does not say where %s is: leave out --breakpoint",
				   t->target[i]);
	raise_limit();
	return set_all(t->breakpoints,
		       bpf_object__find_program_by_name(t->obj, tracer->hooks[i].program),
		       address, t->args.pids[0], err);
}
