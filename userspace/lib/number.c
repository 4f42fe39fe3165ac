// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "number.h"

#define TEN(n)	n "0" n "1" n "2" n "3" n "4" n "5" n "6" n "7" n "8" n "9"
const char mms_two_digits[201] = TEN("0") TEN("1") TEN("2") TEN("3") TEN("4")
				 TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static int parse(const char *text, size_t len, unsigned int base, u64 *ret_value)
{
	u64 value = 0;
	size_t i;

	if (!len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		unsigned int d = digit(text[i]);

		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return -ERANGE;
	}
	*ret_value = value;
	return 0;
}

int mms_parse_u64(const char *text, size_t len, u64 *ret_value)
{
	if (len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
		return parse(text + 2, len - 2, 16, ret_value);
	return parse(text, len, 10, ret_value);
}

/*
 * Twelve digits and more without 0x are an address copied from a maps file.
 * Fewer are decimal, unless a letter says otherwise.
 */
int mms_parse_address(const char *text, size_t len, u64 *ret_value)
{
	int ret = len >= 12 ? -EINVAL : mms_parse_u64(text, len, ret_value);

	if (ret == -EINVAL && len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
		return mms_parse_u64(text, len, ret_value);
	if (ret == -EINVAL && len >= 5)
		return parse(text, len, 16, ret_value);
	return ret;
}

int mms_parse_size(const char *text, size_t len, u64 *ret_value)
{
	static const char units[] = "KMGTPE";
	unsigned int shift = 0;
	const char *unit;
	u64 value;
	int ret;

	if (len > 3 && !memcmp(text + len - 2, "iB", 2))
		len -= 2;
	if (len > 1 && !(text[0] == '0' && (text[1] | 0x20) == 'x')) {
		unit = memchr(units, text[len - 1] & ~0x20, sizeof(units) - 1);
		if (unit) {
			shift = 10 * (unit - units + 1);
			len--;
		}
	}
	ret = mms_parse_u64(text, len, &value);
	if (ret)
		return ret;
	if (shift && value >> (64 - shift))
		return -ERANGE;
	*ret_value = value << shift;
	return 0;
}

size_t mms_format_size(u64 bytes, char *buf)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int i = 0;
	u64 whole = bytes, rest = 0;

	while (whole >= 1024 && i < 6) {
		rest = whole & 1023;
		whole >>= 10;
		i++;
	}
	/* Below ten of a unit a tenth matters, if there is one. */
	if (rest && whole < 100 && rest * 10 / 1024)
		return snprintf(buf, MMS_SIZE_TEXT, "%u.%u%s", (unsigned int)whole,
				(unsigned int)(rest * 10 / 1024), units[i]);
	return snprintf(buf, MMS_SIZE_TEXT, "%u%s", (unsigned int)whole, units[i]);
}

typedef int resolve_fn(void *data, const char *name, size_t len, u64 *ret_start, u64 *ret_end);

/* As a maps file and our own output have it: START-END is hexadecimal. */
static bool parse_bounds(const char *text, size_t len, size_t dash, u64 *ret_start, u64 *ret_end)
{
	return !parse(text, dash, 16, ret_start) &&
	       !parse(text + dash + 1, len - dash - 1, 16, ret_end);
}

/* ADDR: @ret_end is 0 unless it is a name alone. */
static int parse_point(const char *text, size_t len, resolve_fn *resolve, void *data,
		       u64 *ret_start, u64 *ret_end)
{
	u64 start, end, offset;
	size_t i;
	int ret;

	*ret_end = 0;
	ret = mms_parse_address(text, len, ret_start);
	if (ret != -EINVAL)
		return ret;
	if (!resolve)
		return -EINVAL;
	if (!resolve(data, text, len, ret_start, ret_end))
		return 0;
	for (i = len; i-- > 1; ) {
		if (text[i] != '+' && text[i] != '-')
			continue;
		if (mms_parse_size(text + i + 1, len - i - 1, &offset) ||
		    resolve(data, text, i, &start, &end))
			continue;
		*ret_start = text[i] == '+' ? start + offset : start - offset;
		return 0;
	}
	return -ENOENT;
}

int mms_parse_range(const char *text, resolve_fn *resolve, void *data,
		    u64 *ret_start, u64 *ret_end)
{
	static const char signs[] = ",-+";
	size_t len = strlen(text), i, s;
	u64 start, end, size, unused;
	int ret;

	ret = parse_point(text, len, resolve, data, &start, &end);
	if (ret == -ERANGE)
		return ret;
	if (!ret)
		goto found;
	for (s = 0; s < sizeof(signs) - 1; s++) {
		for (i = len; i-- > 1; ) {
			if (text[i] != signs[s])
				continue;
			if (signs[s] == '-' && parse_bounds(text, len, i, &start, &end)) {
				if (end <= start)
					return -ERANGE;
				goto found;
			}
			if (parse_point(text, i, resolve, data, &start, &end))
				continue;
			if (signs[s] == '+') {
				if (mms_parse_size(text + i + 1, len - i - 1, &size))
					continue;
				if (!size || __builtin_add_overflow(start, size, &end))
					return -ERANGE;
				goto found;
			}
			if (parse_point(text + i + 1, len - i - 1, resolve, data, &end, &unused))
				continue;
			if (end <= start)
				return -ERANGE;
			goto found;
		}
	}
	return ret == -ENOENT && !strpbrk(text, ",") ? -ENOENT : -EINVAL;
found:
	*ret_start = start;
	*ret_end = end;
	return 0;
}
