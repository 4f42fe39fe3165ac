// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names by libdwfl, one session for each process: its modules are those of
 * /proc/PID/maps. When an address is in none of them the maps are read again, as long
 * as the process is there. Answers are kept until it calls exec, their texts for good.
 */
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "symbols.h"
#include "../source/kallsyms.h"

struct known {
	struct known *next;
	struct known *sibling;	/* of the same process */
	u64 address;
	s32 tgid;
	bool asked;	/* by somebody who wants to know whether it is the first time */
	struct mms_symbol name;
};

struct process {
	struct process *next;
	s32 tgid;	/* -1: the kernel */
	Dwfl *dwfl;	/* NULL until the first address that is looked for */
	struct known *names;
};

struct mms_namer {
	struct known *slots[4096];
	struct known *forgotten;	/* rows may have their texts still */
	struct process *processes;
	struct mms_kallsyms *kallsyms;	/* NULL until the first one of the kernel */
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

struct mms_namer *mms_namer_create(void)
{
	return calloc(1, sizeof(struct mms_namer));
}

static void destroy_all(struct known *k)
{
	struct known *next;

	for (; k; k = next) {
		next = k->next;
		free((char *)k->name.symbol);
		free((char *)k->name.line);
		free(k);
	}
}

void mms_namer_destroy(struct mms_namer *namer)
{
	struct process *p, *next_p;
	size_t i;

	if (!namer)
		return;
	for (i = 0; i < ARRAY_SIZE(namer->slots); i++)
		destroy_all(namer->slots[i]);
	destroy_all(namer->forgotten);
	for (p = namer->processes; p; p = next_p) {
		next_p = p->next;
		dwfl_end(p->dwfl);
		free(p);
	}
	mms_kallsyms_destroy(namer->kallsyms);
	free(namer);
}

/* ---- the kernel ------------------------------------------------------------ */

static char *kernel_name(struct mms_namer *namer, u64 address)
{
	const char *name;

	if (!namer->kallsyms)
		namer->kallsyms = mms_kallsyms_load();
	name = mms_kallsyms_find(namer->kallsyms, address, NULL, NULL);
	return name ? strdup(name) : NULL;
}

/* ---- processes ------------------------------------------------------------- */

static void report(Dwfl *dwfl, s32 tgid)
{
	dwfl_report_begin(dwfl);
	dwfl_linux_proc_report(dwfl, tgid);
	dwfl_report_end(dwfl, NULL, NULL);
}

static struct process *process_of(struct mms_namer *namer, s32 tgid)
{
	struct process *p;

	for (p = namer->processes; p; p = p->next)
		if (p->tgid == tgid)
			return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->tgid = tgid;
	p->next = namer->processes;
	namer->processes = p;
	return p;
}

static Dwfl *dwfl_of(struct mms_namer *namer, s32 tgid)
{
	struct process *p = process_of(namer, tgid);

	if (p && !p->dwfl) {
		p->dwfl = dwfl_begin(&callbacks);
		if (p->dwfl)
			report(p->dwfl, tgid);
	}
	return p ? p->dwfl : NULL;
}

static char *source_line(Dwfl_Module *module, u64 address)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, address);
	const char *file;
	char *text;
	int nr;

	if (!line)
		return NULL;
	file = dwfl_lineinfo(line, NULL, &nr, NULL, NULL, NULL);
	return file && asprintf(&text, "%s:%d", file, nr) >= 0 ? text : NULL;
}

static void user_name(struct mms_namer *namer, s32 tgid, u64 address, struct mms_symbol *ret_name)
{
	Dwfl *dwfl = dwfl_of(namer, tgid);
	Dwarf_Addr start = 0, end = 0;
	const char *symbol, *path;
	Dwfl_Module *module;
	char *text = NULL;
	GElf_Sym sym;
	GElf_Off offset;

	module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;
	if (dwfl && !module) {
		report(dwfl, tgid);
		module = dwfl_addrmodule(dwfl, address);
	}
	if (!module)
		return;
	dwfl_module_info(module, NULL, &start, &end, NULL, NULL, NULL, NULL);
	if (address < start || address >= end)
		return;
	symbol = dwfl_module_addrinfo(module, address, &offset, &sym, NULL, NULL, NULL);
	path = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
	if (symbol)
		text = strdup(symbol);
	else if (asprintf(&text, "%s+0x%llx", path && strrchr(path, '/') ? strrchr(path, '/') + 1 : "?",
			  (unsigned long long)(address - start)) < 0)
		text = NULL;
	ret_name->symbol = text;
	ret_name->line = source_line(module, address);
}

/* ---- what has been found ------------------------------------------------------ */

static struct known **slot_of(struct mms_namer *namer, s32 tgid, u64 address)
{
	return &namer->slots[(address ^ (u64)tgid << 48) * 0x9e3779b97f4a7c15ULL >> 52];
}

static struct known *known(struct mms_namer *namer, s32 tgid, u64 address)
{
	struct known *k = *slot_of(namer, tgid, address);

	while (k && (k->address != address || k->tgid != tgid))
		k = k->next;
	return k;
}

static struct known *enter(struct mms_namer *namer, s32 tgid, u64 address)
{
	struct known **slot = slot_of(namer, tgid, address), *k;
	struct process *p = process_of(namer, tgid);

	k = p ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return NULL;
	k->address = address;
	k->tgid = tgid;
	k->next = *slot;
	*slot = k;
	k->sibling = p->names;
	p->names = k;
	return k;
}

struct mms_symbol mms_namer_known(struct mms_namer *namer, s32 tgid, u64 address)
{
	const struct known *k = known(namer, tgid, address);

	return k ? k->name : (struct mms_symbol){ .symbol = NULL };
}

void mms_namer_add(struct mms_namer *namer, s32 tgid, u64 address, const char *symbol,
		   const char *line)
{
	struct known *k = known(namer, tgid, address) ? NULL : enter(namer, tgid, address);

	if (!k)
		return;
	k->name.symbol = strdup(symbol);
	k->name.line = *line ? strdup(line) : NULL;
}

void mms_namer_forget(struct mms_namer *namer, s32 tgid)
{
	struct process **link = &namer->processes, *p;
	struct known **slot, *k;

	while (*link && (*link)->tgid != tgid)
		link = &(*link)->next;
	p = *link;
	if (!p)
		return;
	for (k = p->names; k; k = k->sibling) {
		slot = slot_of(namer, tgid, k->address);
		while (*slot != k)
			slot = &(*slot)->next;
		*slot = k->next;
		k->next = namer->forgotten;
		namer->forgotten = k;
	}
	*link = p->next;
	dwfl_end(p->dwfl);
	free(p);
}

struct mms_symbol mms_namer_find(struct mms_namer *namer, s32 tgid, u64 address, bool gone,
				 bool *ret_new)
{
	struct known *k = known(namer, tgid, address);
	char text[32];

	if (!k) {
		k = enter(namer, tgid, address);
		if (!k)
			return (struct mms_symbol){ .symbol = "?" };
		if (tgid < 0)
			k->name.symbol = kernel_name(namer, address);
		else if (!gone)
			user_name(namer, tgid, address, &k->name);
	}
	if (!k->name.symbol) {
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
		k->name.symbol = strdup(text);
	}
	if (ret_new) {
		*ret_new = !k->asked;
		k->asked = true;
	}
	return k->name;
}
