// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "err.h"
#include "escape.h"

void mms_err_fill(struct mms_err *err, enum mms_exit code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

/* What it is about may be a name that somebody else chose. */
static void say(const char *kind, const char *fmt, va_list ap)
{
	struct mms_out out = { .fd = -1 };
	size_t len = 0;
	char *text = mms_vformat(&len, fmt, ap);

	if (text && !mms_out_init(&out, -1))
		mms_escape_text(&out, text, len, false);
	fflush(stdout);
	fprintf(stderr, "mmscope: %s%.*s\n", kind, (int)out.len, out.len ? out.buf : "");
	mms_out_deinit(&out);
	free(text);
}

int mms_err_say(const struct mms_err *err)
{
	return mms_err(err->code, "%s", err->text);
}

void mms_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void mms_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}
