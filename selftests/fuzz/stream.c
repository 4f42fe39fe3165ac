// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saved streams and tables: the input is a command line without its --from, a newline, and the file.
 */
#include <string.h>
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[FUZZ_WORDS] = { "mmscope", NULL, "--from", NULL };
	char *line[FUZZ_WORDS];
	const uint8_t *rest;
	size_t left;
	int nr, i;

	nr = fuzz_words(data, size, ' ', line, 0, &rest, &left);
	if (nr > FUZZ_WORDS - 4 || !strcmp(line[0], "trace"))
		return 0;
	words[1] = line[0];
	words[3] = (char *)fuzz_file(rest, left);
	for (i = 1; i <= nr; i++)
		words[3 + i] = line[i];
	fuzz_run(nr + 3, words);
	return 0;
}
