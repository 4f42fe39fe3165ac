/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over the page cache of files, and over the kernel's page tables. */
#ifndef MMS_MODEL_CACHE_H
#define MMS_MODEL_CACHE_H

#include "model.h"

/**
 * struct mms_cache_total - folios of one order or node, or all of a file
 * @order: of the folios
 * @node: they are on, or MMS_NO_NODE
 * @folios: how many
 * @cached: bytes of them
 * @dirty: see @cached
 * @writeback: see @cached
 * @mapped: see @cached
 * @active: see @cached
 * @size: of the file
 * @swapped: bytes of the file that are in swap
 * @evicted: bytes of it that reclaim remembers
 * @pages: of the file
 * @resident: of these, cached
 */
struct mms_cache_total {
	u8 order;
	s32 node;
	u64 folios, cached, dirty, writeback, mapped, active;
	u64 size, swapped, evicted;
	u64 pages, resident;
};

/* Add a row of the view cache: a folio, or what is in its place. */
void mms_cache_total_add(struct mms_cache_total *total, const struct mms_cache_rec *rec);

/**
 * struct mms_files_total - all files in the page cache
 * @sum: every field in bytes, added up
 * @files: how many
 */
struct mms_files_total {
	struct mms_files_rec sum;
	u64 files;
};

void mms_files_total_add(struct mms_files_total *total, const struct mms_files_rec *rec);

/**
 * struct mms_kernel_total - the kernel's half as a whole
 * @present: bytes mapped
 * @writable: bytes of these that are writable
 * @executable: bytes that are executable
 * @wx: see @wx_runs
 * @wx_runs: runs of entries that are writable and executable, @wx bytes of them
 * @user: bytes that user mode may access
 * @direct_pte: the direct map by the size of its pages
 * @direct_pmd: see @direct_pte
 * @direct_pud: see @direct_pte
 */
struct mms_kernel_total {
	u64 present, writable, executable, wx, wx_runs, user;
	u64 direct_pte, direct_pmd, direct_pud;
};

void mms_kernel_total_add(struct mms_kernel_total *total, const struct mms_kernel_rec *rec);

extern const struct mms_model mms_model_cache_total;
extern const struct mms_model mms_model_files_total;
extern const struct mms_model mms_model_kernel_total;

#endif /* MMS_MODEL_CACHE_H */
