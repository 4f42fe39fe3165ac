/* SPDX-License-Identifier: GPL-2.0-only */
/* What mmscope ps shows: a record for each process. */
#ifndef MMS_MODEL_PS_H
#define MMS_MODEL_PS_H

#include "model.h"

/**
 * struct mms_ps - the memory of a process
 * @pid: thread-group id
 * @threads: how many it has
 * @partial: pss and uss are not known: they need root
 * @size: of all its mappings
 * @rss: resident, hugetlb not counted, as in smaps
 * @pss: resident, each page divided by its mappings
 * @uss: resident and mapped by nobody else, with hugetlb
 * @swap: swapped out, by entries in its page tables and of shmem it maps
 * @pgtables: page tables of all levels but the PGD
 * @comm: its name, @len bytes
 * @len: see @comm
 */
struct mms_ps {
	s32 pid;
	u32 threads;
	u8 partial;	/* as it was saved, so any byte */
	u64 size, rss, pss, uss, swap, pgtables;
	char comm[64];
	size_t len;
};

/**
 * struct mms_ps_node - the memory a process has on one node
 * @ps: the process
 * @node: the node
 * @rss: resident there, hugetlb not counted
 */
struct mms_ps_node {
	struct mms_ps ps;
	s32 node;
	u64 rss;
};

/**
 * struct mms_ps_total - all processes shown
 * @processes: how many
 * @threads: of theirs
 * @kernel: kernel threads, which have no memory and are not shown
 * @gone: processes that ended while they were looked at, and are not shown
 * @partial: processes of which pss and uss are not known
 * @size: see struct mms_ps; bytes of all together
 * @rss: see @size
 * @pss: see @size
 * @uss: see @size
 * @swap: see @size
 * @pgtables: see @size
 */
struct mms_ps_total {
	u64 processes, threads, kernel, gone, partial;
	u64 size, rss, pss, uss, swap, pgtables;
};

extern const struct mms_model mms_model_ps;
extern const struct mms_model mms_model_ps_node;
extern const struct mms_model mms_model_ps_total;

void mms_ps_total_add(struct mms_ps_total *total, const struct mms_ps *ps);

#endif /* MMS_MODEL_PS_H */
