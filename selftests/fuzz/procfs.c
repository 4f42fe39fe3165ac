// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of /proc and /sys: the input is a command line, a newline, the path of one file, a newline,
 * and what that file says. The others are those of a small machine beside the program. "kallsyms",
 * "swap" and "nodes" are no commands here, but what reads files that have no --root.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "fuzz.h"
#include "lib/err.h"
#include "source/kallsyms.h"
#include "source/lrufiles.h"
#include "source/swapfiles.h"

static void read_kallsyms(void)
{
	struct mms_kallsyms *syms = mms_kallsyms_load();
	char name[64];

	if (!syms)
		return;
	mms_kallsyms_name(syms, 0xffffffff81000000, name, sizeof(name));
	mms_kallsyms_name(syms, 0xffffffffc0000010, name, sizeof(name));
	mms_kallsyms_name(syms, ~0ULL, name, sizeof(name));
	mms_kallsyms_destroy(syms);
}

static void read_swap(void)
{
	struct mms_swap_all *all = malloc(sizeof(*all));
	struct mms_err err;

	if (all)
		mms_swap_all_read(all, &err);
	free(all);
}

static void read_nodes(void)
{
	struct mms_lru_node nodes[4];

	mms_lru_nodes(nodes, 4);
}

static void run(int nr, char **line)
{
	static char *root;
	char *words[FUZZ_WORDS] = { "mmscope", line[0], "--root", NULL };
	int i;

	if (!root)
		root = fuzz_beside("machine");
	words[3] = root;
	for (i = 1; i <= nr; i++)
		words[3 + i] = line[i];
	fuzz_run(nr + 3, words);
}

/* What would ask the module or BPF, and not files. */
static int is_of_files(const char *name)
{
	static const char *const names[] = {
		"maps", "pgtable", "summary", "layout", "zones", "buddy", "frag", "ram", "pages",
		"page", "ps", "features",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line[FUZZ_WORDS], *machine, path[512], full[4096 + 512];
	const uint8_t *rest, *end;
	size_t left;
	int nr;

	nr = fuzz_words(data, size, ' ', line, 0, &rest, &left);
	end = memchr(rest, '\n', left);
	if (nr > FUZZ_WORDS - 4 || !end || (size_t)(end - rest) >= sizeof(path))
		return 0;
	memcpy(path, rest, end - rest);
	path[end - rest] = '\0';
	machine = is_of_files(line[0]) ? fuzz_beside("machine") : NULL;
	snprintf(full, sizeof(full), "%s%s", machine ? machine : "", path);
	free(machine);
	fuzz_file(end + 1, left - (end + 1 - rest));
	fuzz_replace(full);
	if (!strcmp(line[0], "kallsyms") && !strcmp(path, "/proc/kallsyms"))
		read_kallsyms();
	else if (!strcmp(line[0], "swap"))
		read_swap();
	else if (!strcmp(line[0], "nodes"))
		read_nodes();
	else if (is_of_files(line[0]))
		run(nr, line);
	fuzz_replace(NULL);
	return 0;
}
