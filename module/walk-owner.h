/* SPDX-License-Identifier: GPL-2.0-only */
/* From a folio of the page cache to the file it belongs to, without a reference. */
#ifndef MMS_WALK_OWNER_H
#define MMS_WALK_OWNER_H

#include <linux/fs.h>
#include <linux/mm.h>

/**
 * struct mms_owner - the inode behind a folio
 * @mapping: the mapping it was read from: compared, never followed later
 * @inode: its number, 0 for none
 * @dev: device of its file system, as /proc/PID/maps shows it
 *
 * A memo of the last folio: neighbours often belong to one file. It holds
 * within one RCU read section; set @mapping to NULL at its start.
 */
struct mms_owner {
	const struct address_space *mapping;
	u64 inode;
	dev_t dev;
};

void mms_owner_init(void);
u32 mms_anon_id(unsigned long mapping);
bool mms_folio_owner(const struct folio *folio, const struct address_space *mapping,
		     struct mms_owner *owner);

#endif /* MMS_WALK_OWNER_H */
