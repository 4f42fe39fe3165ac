/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A big buffer in front of a file descriptor, with writers for numbers that do
 * not go through printf(): a dump is millions of them. Only render/ uses it.
 */
#ifndef MMS_LIB_OUT_H
#define MMS_LIB_OUT_H

#include <stdarg.h>
#include <string.h>
#include "types.h"

#define MMS_OUT_SIZE	(128 * 1024)
#define MMS_OUT_ROOM	1024	/* what the number writers may take unasked */

/**
 * struct mms_out - an output
 * @fd: where it goes; -1: nowhere, the buffer grows instead
 * @error: errno of the first write that failed
 * @len: bytes in @buf
 * @size: bytes that @buf has room for
 * @buf: what is not written yet
 */
struct mms_out {
	int fd;
	int error;
	size_t len;
	size_t size;
	char *buf;
};

int mms_out_init(struct mms_out *out, int fd);
void mms_out_deinit(struct mms_out *out);
/* Write what is buffered: 0 or -errno, which stays. */
int mms_out_flush(struct mms_out *out);
/* Make room for @n bytes. */
void mms_out_room(struct mms_out *out, size_t n);

void mms_out_long(struct mms_out *out, const char *mem, size_t n);
void mms_out_hex(struct mms_out *out, u64 value);
/* "0x12ab", as JSON has it. */
void mms_out_quoted_hex(struct mms_out *out, u64 value);
void mms_out_dec(struct mms_out *out, u64 value);
void mms_out_sdec(struct mms_out *out, s64 value);
void mms_out_pad(struct mms_out *out, char c, size_t n);
/* The text to free(), and its length; NULL without memory. */
char *mms_vformat(size_t *ret_len, const char *fmt, va_list ap);
void mms_out_printf(struct mms_out *out, const char *fmt, ...) __printf(2, 3);

static inline void mms_out_mem(struct mms_out *out, const char *mem, size_t n)
{
	if (n > out->size - out->len) {
		mms_out_long(out, mem, n);
		return;
	}
	memcpy(out->buf + out->len, mem, n);
	out->len += n;
}

static inline void mms_out_str(struct mms_out *out, const char *s)
{
	mms_out_mem(out, s, strlen(s));
}

static inline void mms_out_char(struct mms_out *out, char c)
{
	if (out->len == out->size)
		mms_out_room(out, 1);
	out->buf[out->len++] = c;
}

#endif /* MMS_LIB_OUT_H */
