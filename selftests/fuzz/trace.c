// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings of tracers: the input is what stands behind "mmscope trace", without its --from, a
 * newline, and the file.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[FUZZ_WORDS] = { "mmscope", "trace", NULL, "--from", NULL };
	char *line[FUZZ_WORDS];
	const uint8_t *rest;
	size_t left;
	int nr, i;

	nr = fuzz_words(data, size, ' ', line, 0, &rest, &left);
	if (nr > FUZZ_WORDS - 5 || *line[0] == '-')
		return 0;
	words[2] = line[0];
	words[4] = (char *)fuzz_file(rest, left);
	for (i = 1; i <= nr; i++)
		words[4 + i] = line[i];
	fuzz_run(nr + 4, words);
	return 0;
}
