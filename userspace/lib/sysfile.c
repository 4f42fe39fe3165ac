// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sysfile.h"

static int vpath(char *path, size_t size, const char *root, const char *fmt, va_list ap)
{
	size_t n = snprintf(path, size, "%s", root ? root : "");

	if (n >= size || (size_t)vsnprintf(path + n, size - n, fmt, ap) >= size - n)
		return -ENAMETOOLONG;
	return 0;
}

static int vopen(const char *root, int flags, const char *fmt, va_list ap)
{
	char path[4096];
	int fd;

	if (vpath(path, sizeof(path), root, fmt, ap))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mms_sys_open(const char *root, int flags, const char *fmt, ...)
{
	va_list ap;
	int fd;

	va_start(ap, fmt);
	fd = vopen(root, flags, fmt, ap);
	va_end(ap);
	return fd;
}

static ssize_t read_all(int fd, char **ret_text)
{
	size_t len = 0, size = 4096;
	char *text = NULL, *more;
	ssize_t n;

	for (;;) {
		more = realloc(text, size);
		if (!more) {
			free(text);
			return -ENOMEM;
		}
		text = more;
		n = read(fd, text + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += n;
		if (size - len < 2)
			size *= 2;
	}
	if (n < 0) {
		n = -errno;
		free(text);
		return n;
	}
	text[len] = '\0';
	*ret_text = text;
	return len;
}

ssize_t mms_sys_read(const char *root, char **ret_text, const char *fmt, ...)
{
	va_list ap;
	ssize_t n;
	int fd;

	va_start(ap, fmt);
	fd = vopen(root, O_RDONLY, fmt, ap);
	va_end(ap);
	if (fd < 0)
		return fd;
	n = read_all(fd, ret_text);
	close(fd);
	return n;
}

ssize_t mms_sys_line(const char *root, char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	ssize_t n;
	int fd;

	va_start(ap, fmt);
	fd = vopen(root, O_RDONLY, fmt, ap);
	va_end(ap);
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return strlen(buf);
}

u32 mms_sys_list(const char *text, u8 *set, u32 nr)
{
	u32 limit = 0, n, last;
	char *end;

	for (; *text >= '0' && *text <= '9'; text = end + (*end == ',')) {
		n = last = strtoul(text, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; set && n <= last && n < nr; n++)
			set[n] = true;
		if (last >= limit)
			limit = last + 1;
	}
	return limit;
}

u64 mms_sys_capabilities(const char *root)
{
	u64 effective = 0;
	char *text, *line;

	if (mms_sys_read(root, &text, "/proc/self/status") < 0)
		return 0;
	line = strstr(text, "CapEff:");
	if (line)
		effective = strtoull(line + strlen("CapEff:"), NULL, 16);
	free(text);
	return effective;
}
