/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and address ranges as people write and read them. */
#ifndef MMS_LIB_NUMBER_H
#define MMS_LIB_NUMBER_H

#include <string.h>
#include "types.h"

/* A whole string as a number, decimal or 0x: 0, -EINVAL, -ERANGE. */
int mms_parse_u64(const char *text, size_t len, u64 *ret_value);
/* The same, with hexadecimal assumed where only that can be meant (7ffd...). */
int mms_parse_address(const char *text, size_t len, u64 *ret_value);
/* A number with K, M, G, T (1024), KiB and so on. */
int mms_parse_size(const char *text, size_t len, u64 *ret_value);

/* "4KiB", "1.5GiB": at most three digits before the unit and one after the point. */
#define MMS_SIZE_TEXT	16
size_t mms_format_size(u64 bytes, char *buf);

/* "00" to "99": half the divisions. */
extern const char mms_two_digits[201];

/* Eight hexadecimal digits at once: a byte of the result for each, the highest first. */
static inline u64 mms_hex8(u32 value)
{
	u64 x = value, letters;

	x = (x << 16 | x) & 0x0000ffff0000ffffULL;
	x = (x << 8 | x) & 0x00ff00ff00ff00ffULL;
	x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0fULL;
	letters = (x + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL;
	return __builtin_bswap64(x + 0x3030303030303030ULL + letters * ('a' - '9' - 1));
}

/* Write @value without 0x; 16 bytes of @buf are used, as many as it returns count. */
static inline size_t mms_hex(u64 value, char *buf)
{
	unsigned int n = value ? (67 - __builtin_clzll(value)) / 4 : 1;
	u64 digits[4] = { mms_hex8(value >> 32), mms_hex8(value), 0, 0 };

	memcpy(buf, (const char *)digits + 16 - n, 16);
	return n;
}

/**
 * mms_parse_range() - an address range
 * @text: ADDR, ADDR+SIZE, ADDR,END, START-END, or a name alone
 * @resolve: start and end of a name: 0 or -ENOENT
 * @data: for @resolve
 * @ret_start: first address
 * @ret_end: first address after it; 0 if the text is one address
 *
 * START-END is hexadecimal with or without 0x in front, as in /proc/PID/maps.
 * An ADDR is a number, or NAME, NAME+N, NAME-N, where the name may hold any of
 * the signs as long as @resolve knows it.
 *
 * Return: 0, -EINVAL, -ERANGE (wraps or is empty), -ENOENT (no such name)
 */
int mms_parse_range(const char *text,
		    int (*resolve)(void *data, const char *name, size_t len,
				   u64 *ret_start, u64 *ret_end),
		    void *data, u64 *ret_start, u64 *ret_end);

#endif /* MMS_LIB_NUMBER_H */
