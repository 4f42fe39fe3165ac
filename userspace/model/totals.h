/* SPDX-License-Identifier: GPL-2.0-only */
/* Records the tool makes itself: sums over a view, and what features finds. */
#ifndef MMS_MODEL_TOTALS_H
#define MMS_MODEL_TOTALS_H

#include "model.h"

/**
 * struct mms_maps_total - the sum of all VMAs of a process
 * @sum: every field in bytes or pss, added up
 * @vmas: how many
 * @size: of all of them
 */
struct mms_maps_total {
	struct mms_maps_rec sum;
	u64 vmas;
	u64 size;
};

/**
 * struct mms_tables_total - page-table pages of one level or node
 * @level: enum mms_level, 0: of all
 * @node: or MMS_NO_NODE: of all
 * @tables: how many
 * @size: memory they take
 * @used: entries that are not empty
 * @room: entries there are
 * @present: entries that are present
 * @leaves: of these, those that map memory
 * @swap: entries of what is swapped out
 * @single: tables with one entry in use
 * @huge: tables a huge page would remove
 */
struct mms_tables_total {
	u8 level;
	s32 node;
	u64 tables, size, used, room, present, leaves, swap, single, huge;
};

/**
 * struct mms_folios_total - the folios of one kind and order
 * @kind: enum mms_folio_kind
 * @order: of the folios
 * @folios: how many
 * @full: folios with every page mapped here
 * @partial: the others
 * @mapped: bytes of them that are mapped here
 * @size: memory they take
 */
struct mms_folios_total {
	u8 kind;
	u8 order;
	u64 folios, full, partial, mapped, size;
};

/**
 * struct mms_feature - one thing that works here or does not
 * @have: it does
 * @group: what it belongs to
 * @name: of it
 * @detail: what it gives, or why it is missing
 * @todo: what to do about it, or NULL
 */
struct mms_feature {
	u8 have;
	const char *group;
	const char *name;
	const char *detail;
	const char *todo;
};

/* Add a row of maps to a total. */
void mms_maps_total_add(struct mms_maps_total *total, const struct mms_maps_rec *rec);
void mms_tables_total_add(struct mms_tables_total *total, const struct mms_tables_rec *rec);

#endif /* MMS_MODEL_TOTALS_H */
