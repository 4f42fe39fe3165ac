/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the targets share: each runs commands of the tool inside of its own process, on input that
 * makes no sense, and what they print must be right all the same.
 */
#ifndef MMS_FUZZ_H
#define MMS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_WORDS	32	/* of a command line */
#define FUZZ_PERFETTO	"perfetto.json"	/* the one file that may be written */

/* A target: libFuzzer calls it, and sweep.c does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file that holds these bytes until the next call, by a path to open it. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* What is at @name beside the program, which the Makefile put there; to free(). */
char *fuzz_beside(const char *name);

/* Let @path be opened as that file, wherever the tool opens it; NULL: no more. */
void fuzz_replace(const char *path);

/*
 * Words of the first line, parted by @sep, into @words behind @nr that are there, with NULL behind
 * the last one. They lie in memory that lives until the next call. How many there are now; *@ret_rest is what
 * stands behind the line.
 */
int fuzz_words(const uint8_t *data, size_t size, char sep, char **words, int nr,
	       const uint8_t **ret_rest, size_t *ret_left);

/*
 * Call a function of the tool, which must close what it opens. What it prints, and what it says of
 * errors, must be text without control characters (FUZZ_TEXT), in UTF-8; what begins as an object
 * has to be JSON (FUZZ_JSON).
 */
#define FUZZ_TEXT	1
#define FUZZ_JSON	2
void fuzz_call(void (*fn)(void *data), void *data, int checks);

/*
 * The same for the command that these words are, argv[0] among them, unless it is one that changes
 * the machine or goes through all of it.
 */
void fuzz_run(int argc, char **argv);

#endif /* MMS_FUZZ_H */
