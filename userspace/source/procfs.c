// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records from the files every kernel has: the fallback without the module,
 * and what mmscope check compares the module with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "procfs.h"
#include "../lib/sysfile.h"

#define LINES_SIZE	(32 * 1024)	/* a path may be escaped fourfold */

int mms_lines_init(struct mms_lines *lines, int fd)
{
	*lines = (struct mms_lines){ .fd = fd, .size = LINES_SIZE };
	lines->buf = malloc(LINES_SIZE + 1);
	if (lines->buf)
		return 0;
	close(fd);
	lines->fd = -1;
	return -ENOMEM;
}

void mms_lines_deinit(struct mms_lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	free(lines->buf);
	*lines = (struct mms_lines){ .fd = -1 };
}

static void lines_fill(struct mms_lines *lines)
{
	ssize_t n;

	memmove(lines->buf, lines->buf + lines->pos, lines->len - lines->pos);
	lines->len -= lines->pos;
	lines->pos = 0;
	do {
		n = read(lines->fd, lines->buf + lines->len, lines->size - lines->len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		lines->error = errno;
	if (n <= 0)
		lines->eof = true;
	else
		lines->len += n;
	lines->buf[lines->len] = '\0';
}

bool mms_lines_next(struct mms_lines *lines, char **ret_line, char **ret_end)
{
	char *line, *end;

	for (;;) {
		line = lines->buf + lines->pos;
		end = lines->len > lines->pos ? memchr(line, '\n', lines->len - lines->pos) : NULL;
		if (end || lines->eof || (!lines->pos && lines->len == lines->size))
			break;
		lines_fill(lines);
	}
	if (!end && lines->pos == lines->len)
		return false;
	lines->last = lines->pos;
	lines->pos = end ? (size_t)(end + 1 - lines->buf) : lines->len;
	*ret_line = line;
	*ret_end = end ? end : lines->buf + lines->len;
	return true;
}

void mms_lines_unread(struct mms_lines *lines)
{
	lines->pos = lines->last;
}

int mms_procfs_error(s32 pid, const char *file, int error, struct mms_err *err)
{
	switch (error) {
	case ENOENT:
	case ESRCH:
		return mms_err_set(err, MMS_EXIT_FAILED, "no process %d, or it is gone", pid);
	case EACCES:
	case EPERM:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "/proc/%d/%s: %s: another user's process needs root",
				   pid, file, strerror(error));
	default:
		return mms_err_set(err, MMS_EXIT_FAILED, "/proc/%d/%s: %s", pid, file,
				   strerror(error));
	}
}

bool mms_procfs_number(const char *text, const char *name, unsigned int base, u64 *ret_value)
{
	const char *p = strstr(text, name);

	if (!p)
		return false;
	*ret_value = strtoull(p + strlen(name), NULL, base);
	return true;
}

int mms_procfs_alive(const char *root, s32 pid, struct mms_err *err)
{
	bool memory;
	char *text;
	ssize_t n;

	n = mms_sys_read(root, &text, "/proc/%d/status", pid);
	/* A machine that was recorded may have been recorded without it. */
	if (n == -ENOENT && *root && mms_sys_line(root, (char[2]){}, 2, "/proc/%d/maps", pid) >= 0)
		return 0;
	if (n < 0)
		return mms_procfs_error(pid, "status", -n, err);
	memory = strstr(text, "\nVmSize:");
	free(text);
	if (memory)
		return 0;
	return mms_err_set(err, MMS_EXIT_FAILED,
			   "process %d has no address space: a kernel thread, or it has ended", pid);
}

static bool probe(const char *root, struct mms_err *err)
{
	int fd = mms_sys_open(root, O_RDONLY | O_DIRECTORY, "/proc");

	if (fd < 0) {
		mms_err_set(err, MMS_EXIT_MISSING, "%s/proc: %s", root, strerror(-fd));
		return false;
	}
	close(fd);
	return true;
}

static const struct mms_procfs_view *view_of(const struct mms_stream *stream)
{
	const char *file = stream->args->file;

	switch (stream->model->view) {
	case MMS_VIEW_maps:
		return &mms_procfs_maps;
	case MMS_VIEW_summary:
		return &mms_procfs_summary;
	case MMS_VIEW_zones:
		return &mms_procfs_zones;
	case MMS_VIEW_buddy:
		return file && !strcmp(file, "buddyinfo") ? &mms_procfs_buddyinfo :
							    &mms_procfs_buddy;
	case MMS_VIEW_pfns:
		return &mms_procfs_pfns;
	case MMS_VIEW_cache:
		return &mms_procfs_cache;
	default:
		return &mms_procfs_pgtable;
	}
}

static int procfs_open(struct mms_stream *stream, struct mms_err *err)
{
	if (view_of(stream)->system) {
		mms_stream_header(stream);
		return view_of(stream)->open(stream, err);
	}
	if (!stream->query.pid)
		stream->query.pid = getpid();
	if (mms_procfs_alive(stream->args->root, stream->query.pid, err))
		return -1;
	mms_stream_header(stream);
	return view_of(stream)->open(stream, err);
}

static int procfs_next(struct mms_stream *stream, struct mms_err *err)
{
	int ret = view_of(stream)->next(stream, err);

	if (ret > 0)
		stream->end.rows++;
	if (ret)
		return ret;
	/* A file of a process that has ended is just over. */
	if (!view_of(stream)->system &&
	    mms_procfs_alive(stream->args->root, stream->query.pid, err))
		return -1;
	stream->ended = true;
	return 0;
}

static void procfs_close(struct mms_stream *stream)
{
	view_of(stream)->close(stream);
}

const struct mms_source_ops mms_source_procfs = {
	.name = "procfs",
	.views = BIT(MMS_VIEW_maps) | BIT(MMS_VIEW_summary) | BIT(MMS_VIEW_pgtable) |
		 BIT(MMS_VIEW_zones) | BIT(MMS_VIEW_buddy) | BIT(MMS_VIEW_pfns) |
		 BIT(MMS_VIEW_cache),
	.probe = probe,
	.open = procfs_open,
	.next = procfs_next,
	.close = procfs_close,
};
