// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "derive.h"
#include "event.h"

#define ROW(row)	((const struct mms_event_row *)(row)->rec)

void mms_event_time(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = ROW(row)->since;
}

void mms_event_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	const char *comm = ROW(row)->event.comm;

	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = comm;
	ret_value->len = strnlen(comm, sizeof(ROW(row)->event.comm));
}

void mms_event_stack(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ROW(row)->stack);
}

void mms_event_cause(const struct mms_cause *cause, bool meaning, struct mms_value *ret_value)
{
	if (meaning)
		mms_value_text(ret_value, cause ? cause->text : "");
	else
		mms_value_text(ret_value, cause ? cause->word : "unknown");
}

/* The place of a word (@len bytes) in those of @words, or -1. */
static int place(const char *words, const char *word, size_t len)
{
	size_t n;
	int i;

	for (i = 0; *words; i++) {
		n = strcspn(words, " ");
		if (n == len && !strncmp(words, word, len))
			return i;
		words += n + !!words[n];
	}
	return -1;
}

/* Bits of the word at @text, or with a star behind of all that begin so; 0: none */
static u64 bits_of(const char *words, const char *text, size_t len)
{
	const bool all = len > 1 && text[len - 1] == '*';
	const char *word = words;
	u64 bits = 0;
	size_t n;
	int i;

	if (!all) {
		i = place(words, text, len);
		return i < 0 ? 0 : BIT(i);
	}
	for (i = 0; *word; i++) {
		n = strcspn(word, " ");
		if (n >= len - 1 && !strncmp(word, text, len - 1))
			bits |= BIT(i);
		word += n + !!word[n];
	}
	return bits;
}

int mms_event_causes_parse(const char *words, const char *text, u64 *causes, const char **ret_bad)
{
	/* Without any all are told: so they are with more of them. */
	u64 bits = *text == '+' ? *causes ?: ~0ULL : 0, more;
	size_t len;

	for (text += *text == '+';; text += len + 1) {
		text += strspn(text, " ");
		len = strcspn(text, ",");
		more = bits_of(words, text, len);
		if (!more) {
			*ret_bad = text;
			return -EINVAL;
		}
		bits |= more;
		if (!text[len])
			break;
	}
	*causes = bits;
	return 0;
}
