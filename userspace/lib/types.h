/* SPDX-License-Identifier: GPL-2.0-only */
/* The short names of the kernel's integer types, and the few macros all of us use. */
#ifndef MMS_LIB_TYPES_H
#define MMS_LIB_TYPES_H

#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

/* No <stdbool.h>: its macro would turn the unit "bool" of the wire's lists into _Bool. */
#undef bool
#undef true
#undef false
typedef _Bool bool;
#define true	1
#define false	0

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __unused	__attribute__((unused))

#endif /* MMS_LIB_TYPES_H */
