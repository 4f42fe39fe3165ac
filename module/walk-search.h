/* SPDX-License-Identifier: GPL-2.0-only */
/* From page frames to where they are mapped, by the page tables of all processes. */
#ifndef MMS_WALK_SEARCH_H
#define MMS_WALK_SEARCH_H

#include <linux/sched.h>
#include <linux/types.h>
#include "walk-folio.h"
#include "walk-pgtable.h"

struct mms_session;

/**
 * struct mms_hit - an entry that maps frames that are searched for
 * @vma: the VMA
 * @addr: the address of the first of them
 * @pfn: the first of them
 * @count: how many; more than one only behind a huge leaf
 * @first: frame that the entry begins with
 * @entry: the entry
 * @level: of the table it stands in
 * @kind: enum mms_kind of it
 * @have: there is a folio to look at, and @info is filled
 * @raced: the entry has changed since
 * @info: what is told of the folio
 */
struct mms_hit {
	struct vm_area_struct *vma;
	unsigned long addr;
	u64 pfn;
	u64 count;
	u64 first;
	u64 entry;
	u8 level;
	u8 kind;
	bool have;
	bool raced;
	struct mms_folio_part info;
};

/**
 * struct mms_search - a search, and the place in it
 * @begin: the first frame searched for
 * @end: the frame after the last
 * @all: search all VMAs, not only those with pages that KSM may merge
 * @found: called for each entry that maps one, with mmap_lock held and inside of
 *	an RCU read section: it may not sleep. False: no room, it will come again
 * @priv: the view's own
 * @pid: the process under way, a reference; NULL if the next is to be found
 * @comm: its name, and zeros
 */
struct mms_search {
	u64 begin, end;
	bool all;
	bool (*found)(struct mms_search *f, const struct mms_hit *hit);
	void *priv;
	struct pid *pid;
	char comm[TASK_COMM_LEN];

	/* private: */
	pid_t nr;
	struct mms_folio_look look;
	struct mms_pgwalk walk;
};

int mms_search_part(struct mms_search *f, struct mms_session *s);
void mms_search_deinit(struct mms_search *f);

#endif /* MMS_WALK_SEARCH_H */
