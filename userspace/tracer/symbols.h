/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for instructions: of the kernel, and of processes by elfutils. */
#ifndef MMS_TRACER_SYMBOLS_H
#define MMS_TRACER_SYMBOLS_H

#include "../lib/types.h"

struct mms_namer;

/**
 * struct mms_symbol - what an instruction is called; texts stay as long as the namer
 * @symbol: function, or the file and offset in it
 * @line: source and line, where there is debug information, or NULL
 */
struct mms_symbol {
	const char *symbol;
	const char *line;
};

struct mms_namer *mms_namer_create(void);
void mms_namer_destroy(struct mms_namer *namer);

/*
 * An instruction of a process, which has to be there still the first time it is asked
 * for, and run what it ran then: its number else, and where @gone says so; -1: of the kernel.
 * @ret_new, if not NULL: nobody has asked with it before.
 */
struct mms_symbol mms_namer_find(struct mms_namer *namer, s32 tgid, u64 address, bool gone,
				 bool *ret_new);
/* The process has called exec: its addresses are another program's. */
void mms_namer_forget(struct mms_namer *namer, s32 tgid);
/* Only if it has been found or added before; else its symbol is NULL. */
struct mms_symbol mms_namer_known(struct mms_namer *namer, s32 tgid, u64 address);
/* What it is called, as it stands in a recording; @line may be empty. */
void mms_namer_add(struct mms_namer *namer, s32 tgid, u64 address, const char *symbol,
		   const char *line);

#endif /* MMS_TRACER_SYMBOLS_H */
