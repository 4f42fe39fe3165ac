/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for addresses: heap+0x10, libc.so.6+0x1f0, [vdso]+0x40, and back. */
#ifndef MMS_MODEL_SYMBOLS_H
#define MMS_MODEL_SYMBOLS_H

#include "model.h"

struct mms_symbols;

struct mms_symbols *mms_symbols_create(void);
void mms_symbols_destroy(struct mms_symbols *symbols);

/*
 * Add a VMA, in order of address. @name is what /proc/PID/maps shows: a path,
 * "[heap]", "[anon:NAME]", ... or nothing. 0 or -ENOMEM.
 */
int mms_symbols_add(struct mms_symbols *symbols, u64 start, u64 end, u64 offset,
		    const char *name, size_t len);

/* The VMA's name as it was added, or NULL: for the NAME column. */
const char *mms_symbols_name(const struct mms_symbols *symbols, u64 address, size_t *ret_len);

/*
 * "base+0xoffset" of an address into @buf; its length, or 0 if it has no name.
 * The offset counts from the lowest mapping of the same file.
 */
size_t mms_symbols_format(const struct mms_symbols *symbols, u64 address,
			  char *buf, size_t size);

/*
 * Start and end of what @name (without an offset) stands for: "heap", "[heap]",
 * a file's path or the last part of it. 0 or -ENOENT.
 */
int mms_symbols_find(const struct mms_symbols *symbols, const char *name, size_t len,
		     u64 *ret_start, u64 *ret_end);

#endif /* MMS_MODEL_SYMBOLS_H */
