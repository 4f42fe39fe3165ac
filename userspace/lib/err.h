/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way to say that something went wrong, and the exit statuses. */
#ifndef MMS_LIB_ERR_H
#define MMS_LIB_ERR_H

#include "types.h"

enum mms_exit {
	MMS_EXIT_OK = 0,
	MMS_EXIT_FAILED = 1,
	MMS_EXIT_USAGE = 2,
	MMS_EXIT_MISSING = 4,	/* a permission, the module or a kernel feature */
};

/**
 * struct mms_err - what went wrong, for the caller to say or to swallow
 * @code: exit status this leads to
 * @text: one sentence without a newline, empty if nothing went wrong
 */
struct mms_err {
	enum mms_exit code;
	char text[512];
};

void mms_err_fill(struct mms_err *err, enum mms_exit code, const char *fmt, ...) __printf(3, 4);
/*
 * Fill @err and be -1, so that a caller can "return mms_err_set(...)". A macro: whoever
 * checks the sources knows that, too, then.
 */
#define mms_err_set(...)	({ mms_err_fill(__VA_ARGS__); -1; })

/* Say it on stderr as "mmscope: TEXT" and return the exit status; or give that and the text. */
int mms_err_say(const struct mms_err *err);
#define mms_err(code, ...)	({ mms_note(__VA_ARGS__); (int)(code); })
/* Something worth knowing on stderr, which is no warning. */
void mms_note(const char *fmt, ...) __printf(1, 2);
void mms_warn(const char *fmt, ...) __printf(1, 2);

#endif /* MMS_LIB_ERR_H */
