/* SPDX-License-Identifier: GPL-2.0-only */
/* The command mmscope, run by a test. */
#ifndef TOOL_H
#define TOOL_H

#include <stddef.h>

/*
 * Runs "mmscope ARGUMENTS" through a shell; its output and errors into text, cut at size.
 * The exit status, -1 if it could not be run. The command lies beside the folder of the
 * tests.
 */
int mms_tool(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What of a user no capability is left: run a test of refusals as that. 0 or -1 */
int mms_be_nobody(void);

/*
 * A module of selftests/kmod: inserted, unless it is there. NULL, or why it cannot be had.
 */
const char *mms_kmod_load(const char *name);
void mms_kmod_unload(const char *name);

#endif
