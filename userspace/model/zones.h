/* SPDX-License-Identifier: GPL-2.0-only */
/* What is made of the rows of zones, buddy and blocks. */
#ifndef MMS_MODEL_ZONES_H
#define MMS_MODEL_ZONES_H

#include "model.h"

#define MMS_MARKS_WIDTH	20	/* characters of the picture of a zone's watermarks, even */
#define MMS_ORDERS	16	/* orders that are told apart; x86-64 has 11 */

/* The default columns for rows of one kind. */
const char *mms_zones_columns(unsigned int row);

/**
 * struct mms_buddy_total - the free blocks of a zone, or of one migrate type of it
 * @node: the zone
 * @zone: see @node
 * @type: enum mms_migrate_type, or MMS_NO_TYPE for all of them
 * @free: pages in free blocks
 * @pcp: pages on the lists of CPUs, not part of @free
 * @blocks: free blocks by order
 */
struct mms_buddy_total {
	int16_t node;
	u8 zone;
	u8 type;
	u64 free;
	u64 pcp;
	u64 blocks[MMS_ORDERS];
};

extern const struct mms_model mms_model_buddy_total;

void mms_buddy_total_add(struct mms_buddy_total *total, const struct mms_buddy_rec *rec);

/* X(id, frag, text): why an allocation of an order would fail in a zone */
#define MMS_FRAGS(X)							\
	X(0, none, "it would succeed")					\
	X(1, watermark, "free memory would fall below the min watermark") \
	X(2, size, "no free block is that large")			\
	X(3, highatomic, "such blocks are kept for atomic allocations")	\
	X(4, cma, "such blocks are CMA's: for movable memory only")	\
	X(5, isolate, "such blocks are isolated")			\
	X(6, order, "the page allocator has no such order")

enum mms_frag_why {
#define MMS_X(id, name, text) MMS_FRAG_##name = id,
	MMS_FRAGS(MMS_X)
#undef MMS_X
};

/**
 * struct mms_frag - how fragmented the free memory of a zone is, for one order
 * @node: the zone and the order
 * @zone: see @node
 * @order: see @node
 * @largest: the largest order that an allocation would succeed with, -1 for none
 * @why: enum mms_frag_why for @order
 * @free: pages in free blocks
 * @suitable: free blocks of @order that can be had of the larger ones
 * @index: fragmentation index in thousandths, -1000 where an allocation would
 *	succeed: towards 0 memory is short, towards 1000 it is fragmented
 * @unusable: the part of free memory that is in smaller blocks, in thousandths
 */
struct mms_frag {
	int16_t node;
	u8 zone;
	u8 order;
	signed char largest;
	u8 why;
	u64 free;
	u64 suitable;
	s32 index;
	u32 unusable;
};

extern const struct mms_model mms_model_frag;

/**
 * struct mms_frag_zone - what the indices and the reasons are made of
 * @blocks: free blocks by order and migrate type; without types all are
 *	unmovable
 * @orders: orders the allocator has
 * @marks: the zone's row of zones
 */
struct mms_frag_zone {
	u64 blocks[MMS_ORDERS][MMS_NR_MIGRATE_TYPES];
	unsigned int orders;
	struct mms_zones_rec marks;
};

void mms_frag_of(const struct mms_frag_zone *zone, unsigned int order, bool movable,
		 struct mms_frag *ret_frag);

#endif /* MMS_MODEL_ZONES_H */
