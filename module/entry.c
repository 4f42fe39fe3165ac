// SPDX-License-Identifier: GPL-2.0-only
/* An entry together with the folio behind it. */
#include <linux/kernel-page-flags.h>
#include "compat/device.h"
#include "entry.h"

/**
 * mms_entry_look() - look at the folio behind an entry
 * @look: what the neighbours have told
 * @vma: the VMA, or NULL
 * @level: of the table
 * @live: the entry itself, read again afterwards; NULL for no check
 * @e: the value it had
 * @entry: taken apart; its kind is corrected
 * @ret_info: filled if true is returned
 * @ret_raced: set if the entry no longer holds what it did
 *
 * Context: RCU read section.
 * Return: false if there is no page to look at.
 */
bool mms_entry_look(struct mms_folio_look *look, struct vm_area_struct *vma,
		    unsigned int level, u64 *live, u64 e, struct mms_entry *entry,
		    struct mms_folio_part *ret_info, bool *ret_raced)
{
	struct dev_pagemap *device = NULL;
	struct mms_page_state state;
	struct page *page;

	if (!mms_kind_has_pfn(entry->kind))
		return false;
	if (unlikely(entry->kind == MMS_KIND_devprivate)) {
		device = mms_device_get(entry->pfn);
		if (!device)
			return false;
	} else if (unlikely(!mms_look_online(look, entry->pfn))) {
		if (entry->kind == MMS_KIND_page)
			entry->kind = MMS_KIND_device;
		return false;
	}
	page = pfn_to_page(entry->pfn);
	mms_page_state_get(page, &state);
	mms_look_folio(look, page, &state, ret_info);
	put_dev_pagemap(device);
	if (unlikely(level == MMS_LEVEL_PMD &&
		     mms_huge_zero(vma, level, page_folio(page)))) {
		entry->kind = MMS_KIND_zero;
		ret_info->kpf |= BIT_ULL(KPF_ZERO_PAGE) | BIT_ULL(KPF_THP);
	}
	/* accessed, dirty and the like may come and go: the page is the same */
	if (live && unlikely((READ_ONCE(*live) ^ e) & ~(u64)MMS_ENTRY_HISTORY_BITS))
		*ret_raced = true;
	return true;
}
