/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node's pool of huge pages of 2 MiB: takes memory at once, as they are not cleared, and
 * gives it to nobody. So a test of little memory need not fill all that there is.
 */
#ifndef MMS_TEST_POOL_H
#define MMS_TEST_POOL_H

#include <stdbool.h>

/* Huge pages in it; -1: there is no such node, or no such pool. */
long pool_size(int node);
/* False: it was not asked. It may have become smaller than that: see pool_size(). */
bool pool_resize(int node, long nr);
/*
 * All memory of the node that is free, but @spare huge pages. What is free is brought together
 * first, as after boot: else the pool is filled slowly, and not to the end.
 */
bool pool_take(int node, long spare);

#endif
