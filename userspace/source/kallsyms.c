// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/sysfile.h"
#include "kallsyms.h"

/* A function is not as long: what is further from its start is of none. */
#define MAX_OFFSET	(1ULL << 20)

struct ksym {
	u64 address;
	const char *name;	/* in the text */
	const char *module;	/* NULL: the kernel's own */
};

struct mms_kallsyms {
	char *text;
	struct ksym *sym;
	size_t nr, room;
};

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;	/* as they are in the file */
}

static bool add(struct mms_kallsyms *syms, const struct ksym *sym)
{
	struct ksym *more;

	if (syms->nr == syms->room) {
		more = realloc(syms->sym, (syms->room * 2 + 65536) * sizeof(*more));
		if (!more)
			return false;
		syms->sym = more;
		syms->room = syms->room * 2 + 65536;
	}
	syms->sym[syms->nr++] = *sym;
	return true;
}

/* "ADDRESS TYPE NAME" or "ADDRESS TYPE NAME<tab>[MODULE]": terminates the words in the text. */
static bool take_line(struct mms_kallsyms *syms, char *line)
{
	struct ksym sym = { .module = NULL };
	char *type, *tab;

	sym.address = strtoull(line, &type, 16);
	if (!sym.address || strlen(type) < 4 || !strchr("tTwW", type[1]))
		return true;
	sym.name = type + 3;
	tab = strchr(sym.name, '\t');
	if (tab) {
		*tab = '\0';
		sym.module = tab + 1;
	}
	return add(syms, &sym);
}

struct mms_kallsyms *mms_kallsyms_load(void)
{
	struct mms_kallsyms *syms = calloc(1, sizeof(*syms));
	char *line, *next;

	if (!syms)
		return NULL;
	if (mms_sys_read("", &syms->text, "/proc/kallsyms") < 0)
		syms->text = NULL;
	for (line = syms->text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!take_line(syms, line))
			break;
	}
	if (!syms->nr) {
		mms_kallsyms_destroy(syms);
		return NULL;
	}
	if (syms->nr)
		qsort(syms->sym, syms->nr, sizeof(*syms->sym), by_address);
	return syms;
}

void mms_kallsyms_destroy(struct mms_kallsyms *syms)
{
	if (!syms)
		return;
	free(syms->text);
	free(syms->sym);
	free(syms);
}

const char *mms_kallsyms_find(const struct mms_kallsyms *syms, u64 address, u64 *ret_offset,
			      const char **ret_module)
{
	size_t low = 0, high = syms ? syms->nr : 0;
	const struct ksym *sym;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (syms->sym[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - syms->sym[low - 1].address >= MAX_OFFSET)
		return NULL;
	sym = &syms->sym[low - 1];
	/* several names of one address: the first, as the kernel has it */
	while (sym > syms->sym && sym[-1].address == sym->address)
		sym--;
	if (ret_offset)
		*ret_offset = address - sym->address;
	if (ret_module)
		*ret_module = sym->module;
	return sym->name;
}

size_t mms_kallsyms_name(const struct mms_kallsyms *syms, u64 address, char *buf, size_t size)
{
	const char *module, *name;
	u64 offset;
	int n;

	name = mms_kallsyms_find(syms, address, &offset, &module);
	*buf = '\0';
	if (!name)
		return 0;
	n = snprintf(buf, size, "%s+0x%llx%s%s", name, (unsigned long long)offset,
		     module ? " " : "", module ? module : "");
	return (size_t)n < size ? (size_t)n : size - 1;
}
