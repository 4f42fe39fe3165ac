/* SPDX-License-Identifier: GPL-2.0-only */
/* Names come from whoever ran the process: what a terminal or JSON would take amiss is escaped. */
#ifndef MMS_LIB_ESCAPE_H
#define MMS_LIB_ESCAPE_H

#include "out.h"

/*
 * For a terminal: control characters, DEL, C1 controls, backslash and what is
 * not UTF-8 become \n, \t or \xNN. @spaces: a space, too, so that a column
 * stays one word.
 */
void mms_escape_text(struct mms_out *out, const char *text, size_t len, bool spaces);

/*
 * For a JSON string, without the quotes: what a terminal would obey is \uNNNN, too, and what is
 * not UTF-8 becomes U+FFFD.
 */
void mms_escape_json(struct mms_out *out, const char *text, size_t len);

/* Bytes of the UTF-8 character at @text, 0 if it is none. */
size_t mms_utf8_len(const char *text, size_t len, u32 *ret_char);

#endif /* MMS_LIB_ESCAPE_H */
