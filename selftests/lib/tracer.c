// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oracle.h"
#include "tracer.h"

#define ERR "/tmp/mms-said" /* what a shell said on its standard error */

char mms_tool_path[512];
static char self[512];

bool mms_find_tool(void)
{
	ssize_t n = readlink("/proc/self/exe", mms_tool_path, sizeof(mms_tool_path) - 32);

	if (n < 0)
		return false;
	mms_tool_path[n] = '\0';
	strcpy(mms_tool_path, dirname(dirname(dirname(mms_tool_path))));
	strcat(mms_tool_path, "/mmscope");
	return !access(mms_tool_path, X_OK);
}

void mms_be_workload(const struct mms_workload *workloads)
{
	const char *name = getenv("MMS_WORKLOAD");

	for (; name && workloads->name; workloads++) {
		if (strcmp(name, workloads->name))
			continue;
		mms_find_tool();
		_exit(workloads->run());
	}
}

/* A shell that runs @command; what it says goes into a file without a name, *@ret_said. */
static pid_t start(const char *command, int *ret_said)
{
	pid_t pid;

	*ret_said = memfd_create("said", MFD_CLOEXEC);
	pid = *ret_said < 0 ? -1 : fork();
	if (pid < 0)
		abort();
	if (!pid) {
		dup2(*ret_said, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return pid;
}

/* All it said, when it has ended */
static char *finish(pid_t pid, int said, int *ret_status)
{
	struct stat st;
	char *text;
	int status;

	waitpid(pid, &status, 0);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (fstat(said, &st))
		abort();
	text = calloc(1, st.st_size + 1);
	if (!text || pread(said, text, st.st_size, 0) != st.st_size)
		abort();
	close(said);
	return text;
}

static const char *me(void)
{
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		abort();
	return self;
}

static void take_apart(struct mms_said *s)
{
	char *line, *save;

	for (line = strtok_r(s->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "{\"end\":", 7))
			s->end = line;
		else if (!strncmp(line, "{\"schema\":", 10))
			s->first = line;
		else if (*line == '{' && s->events < MMS_MAX_EVENTS)
			s->event[s->events++] = line;
		else if (*line != '{')
			fprintf(stderr, "# said: %s\n", line);
	}
}

void mms_trace_once(struct mms_said *s, const char *tracer, const char *options, const char *workload)
{
	char command[2048];
	pid_t pid;
	int said;

	memset(s, 0, sizeof(*s));
	/* the tracer is not to be the workload */
	if (workload)
		snprintf(command, sizeof(command), "%s trace %s -j %s -- env MMS_WORKLOAD=%s %s 2>&1",
			 mms_tool_path, tracer, options, workload, me());
	else
		snprintf(command, sizeof(command), "%s trace %s -j %s 2>&1", mms_tool_path, tracer, options);
	pid = start(command, &said);
	s->text = finish(pid, said, &s->status);
	take_apart(s);
}

bool mms_missed(struct mms_said *s)
{
	if (!s->end || !mms_number(s->end, "missed"))
		return false;
	fprintf(stderr, "# %" PRIu64 " calls of hooks were missed, as it says itself\n", mms_number(s->end, "missed"));
	free(s->text);
	return true;
}

void mms_trace(struct mms_said *s, const char *tracer, const char *options, const char *workload)
{
	for (int i = 0; i < MMS_TIMES; i++) {
		mms_trace_once(s, tracer, options, workload);
		if (!mms_missed(s))
			return;
	}
	mms_trace_once(s, tracer, options, workload);
}

void mms_trace_while(struct mms_said *s, const char *tracer, const char *options, void (*work)(void))
{
	char command[2048];
	siginfo_t end = { 0 };
	struct stat st = { 0 };
	pid_t pid;
	int said;

	memset(s, 0, sizeof(*s));
	snprintf(command, sizeof(command), "exec %s trace %s -j %s", mms_tool_path, tracer, options);
	pid = start(command, &said);
	/* its first line is said as soon as it watches */
	while (!fstat(said, &st) && !st.st_size && !waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) && !end.si_pid)
		usleep(10000);
	work();
	kill(pid, SIGINT);
	s->text = finish(pid, said, &s->status);
	take_apart(s);
}

const char *mms_value(const char *line, const char *key, char *buf)
{
	char name[64];
	const char *p;
	size_t n;

	snprintf(name, sizeof(name), "\"%s\":", key);
	p = strstr(line, name);
	if (!p)
		return "?";
	p += strlen(name);
	n = *p == '"' ? strcspn(++p, "\"") : strcspn(p, ",}");
	n = n < 200 ? n : 200;
	memcpy(buf, p, n);
	buf[n] = '\0';
	return buf;
}

size_t mms_count(const struct mms_said *s, const char *key, const char *value)
{
	size_t n = 0;
	char buf[256];

	for (size_t i = 0; i < s->events; i++)
		n += !strcmp(mms_value(s->event[i], key, buf), value);
	return n;
}

uint64_t mms_number(const char *line, const char *key)
{
	char buf[256];

	return strtoull(mms_value(line, key, buf), NULL, 0);
}

void mms_tell(const struct mms_said *s)
{
	for (size_t i = 0; i < s->events && i < 60; i++)
		fprintf(stderr, "# %s\n", s->event[i]);
	fprintf(stderr, "# %s\n", s->end ?: "no end");
}

/* @first is done before the line itself. */
static int shell(char **ret_text, const char *first, const char *format, va_list ap)
{
	char args[800], command[2000];
	pid_t pid;
	int status, said;

	vsnprintf(args, sizeof(args), format, ap);
	snprintf(command, sizeof(command), "tool=%s me=%s; %s %s", mms_tool_path, me(), first, args);
	pid = start(command, &said);
	*ret_text = finish(pid, said, &status);
	return status;
}

int mms_shell(char **ret_text, const char *format, ...)
{
	va_list ap;
	int status;

	va_start(ap, format);
	status = shell(ret_text, "", format, ap);
	va_end(ap);
	return status;
}

int mms_shell_tracer(char **ret_text, const char *format, ...)
{
	static const char word[] = " of hooks missed: ";
	bool missed = true;
	int status = -1;

	for (int i = 0; missed && i <= MMS_TIMES; i++) {
		char *err;
		va_list ap;

		if (i)
			free(*ret_text);
		va_start(ap, format);
		status = shell(ret_text, "exec 2>" ERR ";", format, ap);
		va_end(ap);
		err = file_text(ERR, NULL);
		if (!err)
			abort();
		fputs(err, stderr);
		missed = strstr(err, word) || strstr(*ret_text, word);
		free(err);
	}
	return status;
}
