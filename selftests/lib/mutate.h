/* SPDX-License-Identifier: GPL-2.0-only */
/* A process that changes its own memory by chance: what readers are raced against. */
#ifndef MMS_MUTATE_H
#define MMS_MUTATE_H

#include <stdint.h>

#define MMS_ARENA (8UL << 20)	/* bytes that are changed */

/* The next number of a sequence that @state, not 0, begins. */
uint64_t mms_next(uint64_t *state);
/* Room at a place that is its own for good: no libc call may take it meanwhile. To be mapped at. */
char *mms_arena_make(void);
/*
 * One change: protect, unmap, move, collapse, split, page out, fork, map @memfd and cut it, ...
 * What was in the file's part may be gone: SIGBUS.
 */
void mms_mutate(char *arena, int memfd, uint64_t *state);

#endif
