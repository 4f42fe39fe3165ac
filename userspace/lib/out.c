// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "number.h"
#include "out.h"

int mms_out_init(struct mms_out *out, int fd)
{
	*out = (struct mms_out){ .fd = fd, .size = fd < 0 ? 4096 : MMS_OUT_SIZE };
	out->buf = malloc(out->size);
	return out->buf ? 0 : -ENOMEM;
}

void mms_out_deinit(struct mms_out *out)
{
	free(out->buf);
	out->buf = NULL;
}

int mms_out_flush(struct mms_out *out)
{
	size_t done = 0;

	while (out->fd >= 0 && done < out->len && !out->error) {
		ssize_t n = write(out->fd, out->buf + done, out->len - done);

		if (n < 0 && errno != EINTR)
			out->error = errno;
		else if (n > 0)
			done += n;
	}
	if (out->fd >= 0)
		out->len = 0;
	return -out->error;
}

static void grow(struct mms_out *out, size_t n)
{
	size_t size = out->size;
	char *buf;

	while (size - out->len < n)
		size *= 2;
	buf = realloc(out->buf, size);
	if (!buf) {
		out->error = ENOMEM;
		out->len = 0;
		return;
	}
	out->buf = buf;
	out->size = size;
}

/* @n is at most MMS_OUT_ROOM: longer pieces go through mms_out_mem(). */
void mms_out_room(struct mms_out *out, size_t n)
{
	if (out->size - out->len >= n)
		return;
	if (out->fd >= 0)
		mms_out_flush(out);
	else
		grow(out, n);
}

/* mms_out_mem() of what does not fit as it is. */
void mms_out_long(struct mms_out *out, const char *mem, size_t n)
{
	while (n > MMS_OUT_ROOM) {
		mms_out_long(out, mem, MMS_OUT_ROOM);
		mem += MMS_OUT_ROOM;
		n -= MMS_OUT_ROOM;
	}
	mms_out_room(out, n);
	memcpy(out->buf + out->len, mem, n);
	out->len += n;
}

void mms_out_hex(struct mms_out *out, u64 value)
{
	if (out->size - out->len < 16)
		mms_out_room(out, 16);
	out->len += mms_hex(value, out->buf + out->len);
}

void mms_out_quoted_hex(struct mms_out *out, u64 value)
{
	char *p;

	if (out->size - out->len < 20)
		mms_out_room(out, 20);
	p = out->buf + out->len;
	memcpy(p, "\"0x", 3);
	p += 3 + mms_hex(value, p + 3);
	*p++ = '"';
	out->len = p - out->buf;
}

void mms_out_dec(struct mms_out *out, u64 value)
{
	char text[20], *p = text + sizeof(text);

	for (; value >= 100; value /= 100) {
		p -= 2;
		memcpy(p, mms_two_digits + 2 * (value % 100), 2);
	}
	if (value >= 10) {
		p -= 2;
		memcpy(p, mms_two_digits + 2 * value, 2);
	} else {
		*--p = '0' + value;
	}
	mms_out_mem(out, p, text + sizeof(text) - p);
}

void mms_out_sdec(struct mms_out *out, s64 value)
{
	if (value < 0) {
		mms_out_char(out, '-');
		mms_out_dec(out, -(u64)value);
	} else {
		mms_out_dec(out, value);
	}
}

void mms_out_pad(struct mms_out *out, char c, size_t n)
{
	while (n > MMS_OUT_ROOM) {
		mms_out_pad(out, c, MMS_OUT_ROOM);
		n -= MMS_OUT_ROOM;
	}
	mms_out_room(out, n);
	memset(out->buf + out->len, c, n);
	out->len += n;
}

char *mms_vformat(size_t *ret_len, const char *fmt, va_list ap)
{
	char *text;
	int n = vasprintf(&text, fmt, ap);

	if (n < 0)
		return NULL;
	*ret_len = n;
	return text;
}

void mms_out_printf(struct mms_out *out, const char *fmt, ...)
{
	va_list ap;
	char *text;
	size_t n;

	va_start(ap, fmt);
	text = mms_vformat(&n, fmt, ap);
	va_end(ap);
	if (text)
		mms_out_mem(out, text, n);
	else
		out->error = ENOMEM;
	free(text);
}
