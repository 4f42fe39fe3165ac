// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose folio is it?
 *
 * folio->mapping of a page-cache folio is followed under RCU alone. A folio
 * leaves the page cache, which clears the word, before its inode is freed, and
 * inodes, with the mappings in them, are freed by RCU: that is what path lookup
 * rests on, and the same argument fast GUP makes in gup_fast_folio_allowed().
 * So a mapping that was read from the folio inside of this RCU read section
 * stays in place to its end. The word is read again afterwards: if it has
 * changed, the folio may have become another one.
 *
 * A page that is neither anonymous nor of the page cache may use the word for
 * something else. Nothing tells these apart for certain, so the reads are those
 * that may fail, as in the kernel's own dump_mapping(), and what they find must
 * lead back to the mapping.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/uaccess.h>
#include "compat/folio.h"
#include "walk-owner.h"

static siphash_key_t mms_owner_key __ro_after_init;

/* A key for this life of the module; before the first view can be opened. */
void __init mms_owner_init(void)
{
	get_random_bytes(&mms_owner_key, sizeof(mms_owner_key));
}

/**
 * mms_anon_id() - a number that stands for an anon_vma
 * @mapping: the mapping word of an anonymous folio; not followed
 *
 * Folios with the same number belong to the same anon_vma. It says nothing of
 * the address, as %p does not. The anon_vma may be gone, and its address another
 * one's: a folio keeps the word until it is freed.
 *
 * Return: the number; 0 if the word is not that of an anonymous folio, or one of
 * KSM's, which has a node of its tree there.
 */
u32 mms_anon_id(unsigned long mapping)
{
	if ((mapping & MMS_MAPPING_FLAGS) != MMS_MAPPING_ANON)
		return 0;
	return (u32)siphash_1u64(mapping, &mms_owner_key) ?: 1;
}

/* Reads @ptr's object into @to; true if there is none to be read. */
#define MMS_FAILS(to, ptr)	copy_from_kernel_nofault(&(to), ptr, sizeof(to))

/**
 * mms_folio_owner() - the inode of a page-cache folio
 * @folio: the folio, which may be freed and used again meanwhile
 * @mapping: its mapping, read from it inside of this RCU read section; not
 *	NULL, and without flags
 * @owner: the last one; made the one of @mapping
 *
 * Context: RCU read section.
 * Return: whether @owner is the folio's: false if @mapping leads to no inode, or
 * is not the folio's any more. The memo is without a mapping then.
 */
bool mms_folio_owner(const struct folio *folio, const struct address_space *mapping,
		     struct mms_owner *owner)
{
	struct address_space *back;
	struct super_block *sb;
	struct inode *host;
	typeof(host->i_ino) number;

	if (owner->mapping == mapping)
		return true;
	owner->mapping = NULL;
	if (MMS_FAILS(host, &mapping->host) || !host || MMS_FAILS(back, &host->i_mapping))
		return false;
	if (mapping != back && mapping != &host->i_data)
		return false;
	if (MMS_FAILS(number, &host->i_ino) || MMS_FAILS(sb, &host->i_sb) || !sb ||
	    MMS_FAILS(owner->dev, &sb->s_dev))
		return false;
	if (READ_ONCE(folio->mapping) != mapping)
		return false;
	owner->inode = number;
	owner->mapping = mapping;
	return true;
}
