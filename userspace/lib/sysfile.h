/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of /proc and /sys, below a root that tests put before them. */
#ifndef MMS_LIB_SYSFILE_H
#define MMS_LIB_SYSFILE_H

#include <sys/types.h>
#include "types.h"

/* open() of @root followed by the formatted path: an fd or -errno. */
int mms_sys_open(const char *root, int flags, const char *fmt, ...) __printf(3, 4);

/* The whole file as a string to free(); its length, or -errno. */
ssize_t mms_sys_read(const char *root, char **ret_text, const char *fmt, ...) __printf(3, 4);

/* Its first line into @buf, without the newline: length or -errno. */
ssize_t mms_sys_line(const char *root, char *buf, size_t size, const char *fmt, ...)
	__printf(4, 5);

/*
 * A list of CPUs or nodes, "0-3,8", up to what is none: sets those below @nr in @set, unless that
 * is NULL. The highest and 1.
 */
u32 mms_sys_list(const char *text, u8 *set, u32 nr);

/* Effective capabilities of this process, a bit each; 0 if they cannot be read. */
u64 mms_sys_capabilities(const char *root);

#endif /* MMS_LIB_SYSFILE_H */
