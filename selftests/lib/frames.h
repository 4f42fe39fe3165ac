/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of pfns, and what the kernel counts of the same frames. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>
#include "mms_raw.h"

/* a machine that runs changes some pages between two looks: so many looks until one is quiet */
#define LOOKS 5

/* frames that a row covers */
uint64_t row_frames(const struct mms_pfns_rec *r);
/* frames of all rows of certain kinds (bit 1 << kind) that have none of these flags */
uint64_t frames_where(const struct mms_stream *s, uint32_t kinds, uint64_t not_kpf);
/* the row that covers a frame, or NULL; the rows are in ascending order */
const struct mms_pfns_rec *row_of(const struct mms_stream *s, uint64_t pfn);
/* sum of the "NAME value" lines of a file, over all nodes and zones */
uint64_t sum_of(const char *path, const char *name);
/* after this nothing waits in a per-CPU batch of the LRU */
void drain(void);

#endif /* FRAMES_H */
