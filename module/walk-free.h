/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buddy allocator's free lists, each from its tail to its head, in pieces
 * that are short enough to hold the zone's lock for.
 *
 * A piece ends at a block that may be gone when the lock is taken again. So
 * the last few blocks are remembered by their PFNs: the newest of them that is
 * still a free block of this order in this zone is still on the list, and the
 * walk goes on there. If none is, the list is begun anew, and that is said. The
 * allocator takes blocks from the head, so those near the tail stay longest.
 */
#ifndef MMS_WALK_FREE_H
#define MMS_WALK_FREE_H

#include "walk-zone.h"

struct mms_session;

#define MMS_FREE_PIECE	1024	/* blocks for which a zone's lock is held at most */
#define MMS_PCP_LIST	4096	/* blocks that are counted of a CPU's list at most */
#define MMS_FREE_LAST	8	/* blocks remembered at the end of a piece */
#define MMS_FREE_RETRY	8	/* a list begun anew so often is given up */

/**
 * struct mms_freewalk - a walk over the free lists of all zones
 * @at: the zone
 * @order: the list; @type is the kernel's number
 * @type: see @order
 * @n: blocks of the piece, in @pfn
 * @first: the piece is the first of its list, also of one that is begun anew
 * @last: the piece is the last of its list
 * @again: the list was begun anew: what was told of it before is told again
 * @capped: the list was given up
 * @holds: how often the lock was taken for the list so far
 * @retries: how often the list was begun anew
 * @nr_recent: blocks in @recent
 * @recent: where the piece before ended, the newest last
 * @pfn: first frames of the blocks of this piece
 */
struct mms_freewalk {
	struct mms_zonewalk at;
	unsigned int order;
	unsigned int type;
	unsigned int n;
	bool first;
	bool last;
	bool again;
	bool capped;
	unsigned int holds;
	unsigned int retries;
	unsigned int nr_recent;
	u64 recent[MMS_FREE_LAST];
	u64 pfn[MMS_FREE_PIECE];
};

void mms_freewalk_init(struct mms_freewalk *w);
bool mms_freewalk_next(struct mms_freewalk *w, struct mms_session *s);

/**
 * struct mms_pcp_count - the blocks on the lists of CPUs, of one zone
 * @blocks: by order and the kernel's migrate type
 * @capped: a list of this order was too long to be counted to its end
 */
struct mms_pcp_count {
	u32 blocks[MMS_NR_ORDERS][MIGRATE_PCPTYPES];
	bool capped[MMS_NR_ORDERS];
};

bool mms_pcp_count(const struct zone *zone, struct mms_pcp_count *ret_count);

#endif /* MMS_WALK_FREE_H */
