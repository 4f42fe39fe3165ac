/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the kernel's addresses, by /proc/kallsyms. */
#ifndef MMS_SOURCE_KALLSYMS_H
#define MMS_SOURCE_KALLSYMS_H

#include <stddef.h>
#include "../lib/types.h"

struct mms_kallsyms;

/*
 * Functions of the kernel and its modules. NULL if there are none to be seen: /proc/kallsyms
 * shows addresses to who has CAP_SYSLOG (kernel.kptr_restrict).
 */
struct mms_kallsyms *mms_kallsyms_load(void);
void mms_kallsyms_destroy(struct mms_kallsyms *syms);

/*
 * The function that an address is in, NULL for none; its name lasts as long as @syms.
 * *@ret_offset: how far from its start; *@ret_module: "[MODULE]", or NULL for the kernel's
 * own. Both may be NULL, as may @syms.
 */
const char *mms_kallsyms_find(const struct mms_kallsyms *syms, u64 address, u64 *ret_offset,
			      const char **ret_module);
/* "NAME+0xOFFSET [MODULE]" of an address into @buf, "" if it is of none; its length. */
size_t mms_kallsyms_name(const struct mms_kallsyms *syms, u64 address, char *buf, size_t size);

#endif /* MMS_SOURCE_KALLSYMS_H */
