// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that is traced: forked before the programs are loaded, so that its
 * number can be a setting, and let go when they are attached.
 *
 * Where instructions are to be named it is held at its end, while its maps are there
 * still, until all its events have been seen. What it forks is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer.h"

/* In the child: exit statuses as a shell has them. */
static void wait_and_exec(int gate, char **command)
{
	char byte;

	if (read(gate, &byte, 1) != 1)
		_exit(0);	/* closed: it is not to run */
	execvp(command[0], command);
	_exit(errno == ENOENT ? 127 : 126);
}

int mms_launch(struct mms_trace *t, struct mms_err *err)
{
	int gate[2];
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC))
		return mms_err_set(err, MMS_EXIT_FAILED, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		close(gate[0]);
		close(gate[1]);
		return mms_err_set(err, MMS_EXIT_FAILED, "fork: %s", strerror(errno));
	}
	if (!pid) {
		close(gate[1]);
		/* it may be stopped, see uprobes.h, when the tool is killed */
		prctl(PR_SET_PDEATHSIG, SIGCONT);
		wait_and_exec(gate[0], t->args.command);
	}
	close(gate[0]);
	t->gate = gate[1];
	t->child = pid;
	return 0;
}

void mms_launch_go(struct mms_trace *t)
{
	const char go = 'g';

	if (t->gate < 0)
		return;
	if (t->namer && ptrace(PTRACE_SEIZE, t->child, 0, PTRACE_O_TRACEEXIT))
		t->held = false;	/* somebody else does: names may be missing */
	if (write(t->gate, &go, 1) != 1)
		kill(t->child, SIGKILL);
	close(t->gate);
	t->gate = -1;
}

/* It stopped: at its end, to be held, or for a signal that is its own. */
static void stopped(struct mms_trace *t, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXIT)
		t->held = true;
	else if (event == PTRACE_EVENT_STOP &&
		 (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU))
		ptrace(PTRACE_LISTEN, t->child, 0, 0);
	else
		ptrace(PTRACE_CONT, t->child, 0, event ? 0 : sig);
}

bool mms_launch_ended(struct mms_trace *t)
{
	int status;

	while (t->child > 0 && waitpid(t->child, &status, WNOHANG) == t->child) {
		if (WIFSTOPPED(status)) {
			stopped(t, status);
			continue;
		}
		t->status = status;
		t->child = -1;
	}
	return t->child < 0;
}

void mms_launch_release(struct mms_trace *t)
{
	if (t->held)
		ptrace(PTRACE_CONT, t->child, 0, 0);
	t->held = false;
}

/* Not let go: it sees the end of the pipe. Still running: it may go on. */
void mms_launch_deinit(struct mms_trace *t)
{
	if (t->gate < 0)
		return;
	close(t->gate);
	t->gate = -1;
	waitpid(t->child, &t->status, 0);
}
