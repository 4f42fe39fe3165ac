// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uprobes by perf events, which are gone with their descriptors. They belong to a file:
 * each process that has it mapped goes through them, but with one -p.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer.h"
#include "uprobes.h"
#include "../lib/sysfile.h"
#include "../source/bpf.h"

#define MAX_NAMES	80

/* What has been looked into. */
struct file {
	struct file *next;
	dev_t dev;
	ino_t ino;
	char *path;	/* as its process has it */
	int fd;		/* until it is hooked */
	bool has_all;	/* that is needed */
	u64 offsets[MAX_NAMES];
};

/**
 * struct mms_uprobes - what is hooked in user mode
 * @name: functions, @nr of them
 * @hook: the hook that each is a target of
 * @nr: see @name
 * @files: the last one looked into first
 * @links: @nr_links of them
 * @nr_links: see @links
 * @over: they have been taken out
 * @pid: the one process whose calls go through them, -1: all that have the file
 */
struct mms_uprobes {
	char *name[MAX_NAMES];
	u8 hook[MAX_NAMES];
	unsigned int nr;
	struct file *files;
	struct bpf_link **links;
	size_t nr_links;
	bool over;
	s32 pid;
};

bool mms_hook_is_user(const struct mms_hook *hook)
{
	return !strcmp(hook->kind, "uprobe") || !strcmp(hook->kind, "uretprobe");
}

static bool is_return(const struct mms_hook *hook)
{
	return !strcmp(hook->kind, "uretprobe");
}

static void add_names(struct mms_uprobes *u, unsigned int number, const char *target)
{
	size_t len;

	for (;; target += len + 1) {
		len = strcspn(target, ",");
		if (u->nr == MAX_NAMES)
			return;
		u->hook[u->nr] = number;
		u->name[u->nr++] = strndup(target, len);
		if (!target[len])
			return;
	}
}

static struct mms_uprobes *create(const struct mms_trace *t)
{
	const struct mms_tracer *tracer = t->tracer;
	struct mms_uprobes *u = calloc(1, sizeof(*u));
	unsigned int i;

	for (i = 0; u && i < tracer->nr_hooks; i++)
		if (mms_hook_is_user(&tracer->hooks[i]))
			add_names(u, i, tracer->hooks[i].target);
	if (u)
		u->pid = t->args.nr_pids == 1 && !t->args.command ? t->args.pids[0] : -1;
	return u;
}

static void detach(struct mms_uprobes *u)
{
	size_t i;

	for (i = 0; i < u->nr_links; i++)
		bpf_link__destroy(u->links[i]);
	u->nr_links = 0;
	u->over = true;
}

void mms_uprobes_detach(struct mms_trace *t)
{
	if (t->uprobes)
		detach(t->uprobes);
}

void mms_uprobes_destroy(struct mms_uprobes *u)
{
	struct file *file, *next;
	size_t i;

	if (!u)
		return;
	detach(u);
	for (file = u->files; file; file = next) {
		next = file->next;
		if (file->fd >= 0)
			close(file->fd);
		free(file->path);
		free(file);
	}
	for (i = 0; i < u->nr; i++)
		free(u->name[i]);
	free(u->links);
	free(u);
}

void mms_uprobes_leave_out(struct mms_trace *t, const char *program)
{
	struct mms_uprobes *u = t->uprobes;
	unsigned int i;

	for (i = 0; i < u->nr; i++)
		if (!strcmp(t->tracer->hooks[u->hook[i]].program, program))
			t->unused[u->hook[i]] = true;
}

const char *mms_uprobes_file(const struct mms_trace *t, unsigned int number)
{
	const struct file *file = t->uprobes ? t->uprobes->files : NULL;

	for (; file; file = file->next)
		if (file->has_all && !number--)
			return file->path;
	return NULL;
}

/* ---- which files ----------------------------------------------------------- */

/* A process's file, whatever is at its path by now; -1: it cannot be opened. */
static int open_mapped(s32 pid, u64 start, u64 end, const char *path)
{
	int fd = mms_sys_open("", O_RDONLY, "/proc/%d/map_files/%llx-%llx", pid,
			      (unsigned long long)start, (unsigned long long)end);

	if (fd < 0)
		fd = mms_sys_open("", O_RDONLY, "/proc/%d/root%s", pid, path);
	return fd < 0 ? -1 : fd;
}

static bool needs(const struct mms_trace *t, unsigned int name)
{
	return t->tracer->hooks[t->uprobes->hook[name]].needed == true;
}

static void judge(struct mms_trace *t, struct file *file, const struct stat *program)
{
	const struct mms_uprobes *u = t->uprobes;
	const bool is_program = program->st_dev == file->dev && program->st_ino == file->ino;
	const char *why = NULL;
	char text[512];
	unsigned int i;
	bool alone;

	file->has_all = true;
	if (mms_functions_find(file->fd, is_program, (const char *const *)u->name, u->nr,
			       file->offsets, &alone)) {
		file->has_all = false;
		why = "no program for x86-64";
	}
	for (i = 0; i < u->nr; i++)
		file->has_all &= !needs(t, i) || file->offsets[i];
	if (!why && alone && !file->has_all)
		why = "a program without libraries, and the functions have no names in it";
	if (is_program && why && t->calls.say) {
		snprintf(text, sizeof(text), "%s: %s: its calls cannot be told", file->path, why);
		t->calls.say(t->calls.data, text);
	}
	for (i = 0; i < u->nr && file->has_all; i++)
		if (file->offsets[i])
			t->hooked[u->hook[i]] = true;
}

static void look_into(struct mms_trace *t, int fd, const char *path,
		      const struct stat *program)
{
	struct mms_uprobes *u = t->uprobes;
	struct file *file;
	struct stat st;

	if (fstat(fd, &st))
		goto close;
	for (file = u->files; file; file = file->next)
		if (file->dev == st.st_dev && file->ino == st.st_ino)
			goto close;
	file = calloc(1, sizeof(*file));
	if (!file)
		goto close;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->fd = fd;
	file->path = strdup(path);
	file->next = u->files;
	u->files = file;
	judge(t, file, program);
	if (file->has_all)
		return;
	file->fd = -1;
close:
	close(fd);
}

/* Each file that a process has mapped to run; -errno: there is no such process. */
static int look_through(struct mms_trace *t, s32 pid)
{
	char *maps, *line, *save, perms[8], path[32];
	unsigned long long start, end, inode;
	struct stat program = { .st_ino = 0 };
	int fd, at;
	ssize_t len = mms_sys_read("", &maps, "/proc/%d/maps", pid);

	if (len < 0)
		return len;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (stat(path, &program))
		program.st_ino = 0;
	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%llx-%llx %7s %*x %*x:%*x %llu %n", &start, &end, perms, &inode,
			   &at) != 4 || !inode || perms[2] != 'x')
			continue;
		fd = open_mapped(pid, start, end, line + at);
		if (fd >= 0)
			look_into(t, fd, line + at, &program);
	}
	free(maps);
	return 0;
}

int mms_uprobes_find(struct mms_trace *t, struct mms_err *err)
{
	const struct mms_trace_args *args = &t->args;
	unsigned int i;
	int ret;

	t->uprobes = create(t);
	if (!t->uprobes)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (!t->uprobes->nr)
		return 0;
	if (!args->nr_pids)
		look_through(t, getpid());
	for (i = 0; i < args->nr_pids; i++) {
		ret = look_through(t, args->pids[i]);
		if (ret)
			return mms_err_set(err, MMS_EXIT_FAILED, "process %d: %s", args->pids[i],
					   strerror(ret == -ENOENT ? ESRCH : -ret));
	}
	if (!mms_uprobes_file(t, 0) && args->nr_pids)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "no file that these processes run has %s by name, as when they are static and stripped, or not in C",
				   t->uprobes->name[0]);
	return 0;
}

/* ---- hooking ---------------------------------------------------------------- */

static int attach(struct mms_trace *t, const struct file *file, unsigned int name)
{
	struct mms_uprobes *u = t->uprobes;
	const struct mms_hook *hook = &t->tracer->hooks[u->hook[name]];
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .retprobe = is_return(hook));
	struct bpf_link **links, *link;
	struct bpf_program *program;
	char path[32];

	links = realloc(u->links, (u->nr_links + 1) * sizeof(*links));
	if (!links)
		return -ENOMEM;
	u->links = links;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	program = bpf_object__find_program_by_name(t->obj, hook->program);
	link = bpf_program__attach_uprobe_opts(program, u->pid, path, file->offsets[name], &opts);
	if (!link)
		return -errno;
	u->links[u->nr_links++] = link;
	return 0;
}

/* Whether another one of the same kind has that place: two names of one function. */
static bool is_twice(const struct mms_trace *t, const struct file *file, unsigned int name)
{
	const struct mms_hook *hooks = t->tracer->hooks;
	const struct mms_uprobes *u = t->uprobes;
	unsigned int i;

	for (i = 0; i < name; i++)
		if (file->offsets[i] == file->offsets[name] &&
		    is_return(&hooks[u->hook[i]]) == is_return(&hooks[u->hook[name]]))
			return true;
	return false;
}

/* Returns first: a call whose return is not seen would seem to last. */
static int attach_file(struct mms_trace *t, struct file *file)
{
	const struct mms_uprobes *u = t->uprobes;
	unsigned int i, pass;
	int ret, failed = 0;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < u->nr; i++) {
			if (!file->offsets[i] || t->unused[u->hook[i]] || is_twice(t, file, i) ||
			    is_return(&t->tracer->hooks[u->hook[i]]) != !pass)
				continue;
			ret = attach(t, file, i);
			if (ret && needs(t, i))
				failed = ret;
			else if (ret)
				t->hooked[u->hook[i]] = false;
		}
	}
	close(file->fd);
	file->fd = -1;
	return failed;
}

int mms_uprobes_attach(struct mms_trace *t, struct mms_err *err)
{
	struct file *file;
	int ret;

	for (file = t->uprobes->files; file && !t->uprobes->over; file = file->next) {
		ret = file->has_all && file->fd >= 0 ? attach_file(t, file) : 0;
		if (ret)
			return mms_bpf_error(-ret, err);
	}
	return 0;
}

void mms_uprobes_look(struct mms_trace *t, const struct mms_trace_look *look)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "looked");
	const u8 yes = 1;
	struct mms_err err;

	look_through(t, look->tgid);
	if (mms_uprobes_attach(t, &err) && t->calls.say)
		t->calls.say(t->calls.data, err.text);
	if (map)
		bpf_map__update_elem(map, &look->code, sizeof(look->code), &yes, sizeof(yes),
				     BPF_ANY);
	kill(look->tgid, SIGCONT);
}
