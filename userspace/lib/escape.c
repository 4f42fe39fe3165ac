// SPDX-License-Identifier: GPL-2.0-only
#include "escape.h"

size_t mms_utf8_len(const char *text, size_t len, u32 *ret_char)
{
	const unsigned char *p = (const unsigned char *)text;
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;
	u32 c;

	if (!len)
		return 0;
	if (p[0] < 0x80) {
		*ret_char = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
		return 0;
	c = p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret_char = c;
	return n;
}

/* What reorders or hides text on a terminal: bidirectional controls and line separators. */
static bool deceives(u32 c)
{
	return (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void hex_byte(struct mms_out *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char text[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

	mms_out_mem(out, text, sizeof(text));
}

/* How many bytes from here need nothing. */
static size_t plain(const char *text, size_t len)
{
	size_t n;

	/* As signed numbers: what is not ASCII is below the space, too. */
	for (n = 0; n < len; n++)
		if ((signed char)text[n] < ' ' || text[n] == '"' || text[n] == '\\' ||
		    text[n] == 0x7f)
			break;
	return n;
}

void mms_escape_text(struct mms_out *out, const char *text, size_t len, bool spaces)
{
	size_t i, n;
	u32 c;

	for (; len; text += n, len -= n) {
		n = plain(text, len);
		/* A quote is nothing special here, a space may be. */
		if (n && (!spaces || !memchr(text, ' ', n))) {
			mms_out_mem(out, text, n);
			continue;
		}
		n = mms_utf8_len(text, len, &c);
		if (n == 1 && c > ' ' && c != '\\' && c != 0x7f) {
			mms_out_char(out, c);
		} else if (n == 1 && c == '\n') {
			mms_out_mem(out, "\\n", 2);
		} else if (n == 1 && c == '\t') {
			mms_out_mem(out, "\\t", 2);
		} else if (n == 1 && c == '\\') {
			mms_out_mem(out, "\\\\", 2);
		} else if (n == 1 && c == ' ' && !spaces) {
			mms_out_char(out, ' ');
		} else if (n > 1 && !deceives(c)) {
			mms_out_mem(out, text, n);
		} else {
			n = n ? n : 1;
			for (i = 0; i < n; i++)
				hex_byte(out, text[i]);
		}
	}
}

void mms_escape_json(struct mms_out *out, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t n;
	u32 c;

	for (; len; text += n, len -= n) {
		n = plain(text, len);
		if (n) {
			mms_out_mem(out, text, n);
			continue;
		}
		n = mms_utf8_len(text, len, &c);
		if (!n) {
			n = 1;
			mms_out_mem(out, "\xef\xbf\xbd", 3);
		} else if (c == '"' || c == '\\') {
			mms_out_char(out, '\\');
			mms_out_char(out, c);
		} else if (c < ' ' || c == 0x7f || deceives(c)) {
			char esc[6] = { '\\', 'u', digits[c >> 12], digits[c >> 8 & 15],
					digits[c >> 4 & 15], digits[c & 15] };

			mms_out_mem(out, esc, sizeof(esc));
		} else {
			mms_out_mem(out, text, n);
		}
	}
}
