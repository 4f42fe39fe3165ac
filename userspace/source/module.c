// SPDX-License-Identifier: GPL-2.0-only
/* Records from mmscope.ko: its raw files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "raw.h"
#include "../lib/sysfile.h"

/* debugfs may not be mounted, and is closed where the kernel is locked down for integrity. */
static const char *const dirs[] = { "/proc/mmscope/raw", "/sys/kernel/debug/mmscope/raw" };

const char *mms_module_raw_dir(const char *root, int *ret_error)
{
	unsigned int i;
	int fd;

	*ret_error = ENOENT;
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		fd = mms_sys_open(root, O_RDONLY | O_DIRECTORY, "%s", dirs[i]);
		if (fd >= 0) {
			close(fd);
			return dirs[i];
		}
		if (fd == -EACCES)
			*ret_error = EACCES;
	}
	return NULL;
}

/* Whether a parameter of the module says that a surface is not there */
static bool is_off(const char *root, const char *parameter)
{
	char value[8];

	return mms_sys_line(root, value, sizeof(value), "/sys/module/mmscope/parameters/%s",
			    parameter) > 0 && *value == 'N';
}

static bool probe(const char *root, struct mms_err *err)
{
	int error, fd;

	if (mms_module_raw_dir(root, &error))
		return true;
	if (error == EACCES) {
		mms_err_set(err, MMS_EXIT_MISSING, "this needs root (CAP_SYS_ADMIN)");
		return false;
	}
	fd = mms_sys_open(root, O_RDONLY | O_DIRECTORY, "/sys/module/mmscope");
	if (fd >= 0)
		close(fd);
	if (is_off(root, "raw") || (is_off(root, "proc") && is_off(root, "debugfs"))) {
		mms_err_set(err, MMS_EXIT_MISSING,
			    "the module was loaded without its raw files (raw=N, or proc=N and debugfs=N): mmscope unload, and load it with them");
	} else if (is_off(root, "proc")) {
		mms_err_set(err, MMS_EXIT_MISSING,
			    "the module is loaded with proc=N, and debugfs is not mounted: mount -t debugfs none /sys/kernel/debug");
	} else if (fd >= 0) {
		mms_err_set(err, MMS_EXIT_MISSING,
			    "the module is loaded, but there is no /proc/mmscope/raw: is it of another version? mmscope unload, then mmscope load");
	} else {
		mms_err_set(err, MMS_EXIT_MISSING,
			    "the module is not loaded: run mmscope load, then see mmscope features");
	}
	return false;
}

static int open_error(const struct mms_stream *stream, int error, struct mms_err *err)
{
	const char *view = stream->model->name;

	switch (error) {
	case ENOENT:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the module has no view %s on this kernel: see mmscope features", view);
	case EACCES:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "%s needs root: CAP_SYS_ADMIN, and CAP_SYSLOG for kernel addresses", view);
	case EPERM:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "%s: the kernel is locked down: for confidentiality, which leaves nothing to be seen, or for integrity, and the module was loaded with proc=N, which leaves debugfs alone", view);
	case ESRCH:
		return mms_err_set(err, MMS_EXIT_FAILED, "no process %d, or it is gone",
				   stream->query.pid);
	case EINVAL:
		if (stream->query.flags & MMS_Q_USER_PGD)
			return mms_err_set(err, MMS_EXIT_MISSING,
					   "%d has no user copy of the PGD: KPTI is off (pti=on switches it on), or it is a kernel thread",
					   stream->query.pid);
		if (!stream->query.pid)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "the module refuses the query for %s: a range or options that it does not have",
					   view);
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%d: the module refuses the query for %s: a kernel thread, or options this view does not have",
				   stream->query.pid, view);
	default:
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", view, strerror(error));
	}
}

static int start(struct mms_stream *stream, struct mms_raw *raw, struct mms_err *err)
{
	int ret;

	if (mms_raw_init(raw, raw->fd, err))
		return -1;
	if (stream->save)
		raw->save = mms_save_fd(stream->save);
	if (write(raw->fd, &stream->query, sizeof(stream->query)) != sizeof(stream->query))
		return open_error(stream, errno, err);
	ret = mms_raw_header(raw, &stream->ctx.header, err);
	if (ret < 0)
		return ret;
	if (!ret || stream->ctx.header.view != stream->model->view)
		return mms_err_set(err, MMS_EXIT_FAILED, "the module gave no stream of %s",
				   stream->model->name);
	return mms_raw_begin(raw, stream, err);
}

static int module_open(struct mms_stream *stream, struct mms_err *err)
{
	struct mms_raw *raw = calloc(1, sizeof(*raw));
	const char *dir;
	int error;

	if (!raw)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	/* probe() has found one: it is gone with the module otherwise */
	dir = mms_module_raw_dir(stream->args->root, &error) ?: *dirs;
	raw->fd = mms_sys_open(stream->args->root, O_RDWR, "%s/%s", dir, stream->model->view ==
			       MMS_VIEW_features ? "features" : stream->model->name);
	if (raw->fd < 0) {
		open_error(stream, -raw->fd, err);
		free(raw);
		return -1;
	}
	if (start(stream, raw, err)) {
		mms_raw_destroy(raw);
		return -1;
	}
	stream->priv = raw;
	return 0;
}

int mms_module_again(struct mms_stream *stream, s32 pid)
{
	struct mms_raw *raw = stream->priv;
	struct mms_err ignored;

	raw->pos = raw->len = 0;
	raw->eof = false;
	stream->ended = false;
	stream->rows = 0;
	stream->query.pid = pid;
	if (write(raw->fd, &stream->query, sizeof(stream->query)) != sizeof(stream->query))
		return -errno;
	return mms_raw_header(raw, &stream->ctx.header, &ignored) > 0 ? 0 : -EIO;
}

const struct mms_source_ops mms_source_module = {
	.name = "module",
	.views = ~0U,
	.probe = probe,
	.open = module_open,
	.next = mms_raw_stream_next,
	.close = mms_raw_stream_close,
};
