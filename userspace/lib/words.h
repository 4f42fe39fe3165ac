/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of words on the command line. */
#ifndef MMS_LIB_WORDS_H
#define MMS_LIB_WORDS_H

#include "types.h"

/**
 * mms_words_each() - call @fn for each word of "a,b,c"
 * @list: the words
 * @fn: returns 0, or what ends the walk
 * @data: for @fn
 *
 * An empty word is passed on: it is for @fn to refuse.
 *
 * Return: 0, or what @fn ended the walk with
 */
static inline int mms_words_each(const char *list,
				 int (*fn)(void *data, const char *word, size_t len), void *data)
{
	const char *end;
	int ret;

	for (;; list = end + 1) {
		for (end = list; *end && *end != ','; end++)
			;
		ret = fn(data, list, end - list);
		if (ret || !*end)
			return ret;
	}
}

#endif /* MMS_LIB_WORDS_H */
