// SPDX-License-Identifier: GPL-2.0-only
/* mmscope attach, detach: the text files of a process in /proc/mmscope. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "lib/sysfile.h"

#define FILE_NAME	"/proc/mmscope/attach"

static int open_error(int error)
{
	if (error == ENOENT)
		return mms_err(MMS_EXIT_MISSING, "the module is not loaded: run mmscope load");
	if (error == EACCES || error == EPERM)
		return mms_err(MMS_EXIT_MISSING, "this needs root (CAP_SYS_ADMIN)");
	return mms_err(MMS_EXIT_FAILED, FILE_NAME ": %s", strerror(error));
}

/* What is done to each process: attached, or with "-" as its sign detached. */
struct change {
	const char *root;
	const char *sign;
};

static int write_pid(s32 pid, void *data)
{
	const struct change *change = data;
	const char *sign = change->sign;
	char text[16];
	int n = snprintf(text, sizeof(text), "%s%d\n", sign, pid);
	int fd = mms_sys_open(change->root, O_WRONLY, FILE_NAME);
	int error;

	if (fd < 0)
		return open_error(-fd);
	error = write(fd, text, n) == n ? 0 : errno;
	close(fd);
	switch (error) {
	case 0:
		return MMS_EXIT_OK;
	case ESRCH:
	case ENOENT:
		return mms_err(MMS_EXIT_FAILED, *sign ? "process %d is not attached" :
			       "no process %d", pid);
	case EINVAL:
		return mms_err(MMS_EXIT_FAILED, "%d is a kernel thread: it has no memory of its own", pid);
	case EEXIST:
		mms_warn("process %d is attached already", pid);
		return MMS_EXIT_OK;
	default:
		return mms_err(MMS_EXIT_FAILED, "process %d: %s", pid, strerror(error));
	}
}

static int write_all(const struct mms_cmdline *cl, const char *sign)
{
	struct change change = { cl->val[MMS_OPT_ROOT] ?: "", sign };

	return mms_cl_each_pid(cl, write_pid, &change);
}

static int list(const struct mms_cmdline *cl)
{
	const struct mms_render_opts opts = { .raw = false };
	struct mms_render r;
	char *text;
	ssize_t n = mms_sys_read(cl->val[MMS_OPT_ROOT], &text, FILE_NAME);

	if (n < 0)
		return open_error(-n);
	if (mms_render_init(&r, &opts, "mmscope.attach")) {
		free(text);
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	}
	mms_render_text(&r, text);
	free(text);
	return mms_cl_render_end(&r, MMS_EXIT_OK);
}

int mms_cmd_attach(const struct mms_cmdline *cl)
{
	return cl->nr_args ? write_all(cl, "") : list(cl);
}

int mms_cmd_detach(const struct mms_cmdline *cl)
{
	return write_all(cl, "-");
}
