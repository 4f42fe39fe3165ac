/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope kernel --vmalloc: areas, and what they come to. */
#ifndef MMS_MODEL_VMALLOC_H
#define MMS_MODEL_VMALLOC_H

#include "../lib/types.h"
#include "../../bpf/vmalloc.h"
#include "model.h"

/* Not a view of the wire: what a program of bpf/ gives. */
#define MMS_VIEW_vmalloc	36

/* What a column needs: a bit for mms_missing that is no field of a record. */
#define MMS_VMALLOC_NEEDS_NAMES	BIT(63)

/**
 * struct mms_vmalloc_row - an area
 * @area: what the program read
 * @caller: name of who asked for it, "" if it is not known
 */
struct mms_vmalloc_row {
	struct mms_vmalloc_area area;
	char caller[128];
};

/**
 * struct mms_vmalloc_total - what they come to
 * @areas: how many there are
 * @size: bytes of addresses
 * @vmalloc: bytes of pages of their own, which is VmallocUsed of /proc/meminfo
 * @vmap: bytes of somebody else's pages
 * @ioremap: bytes of devices
 * @ram: bytes for vm_map_ram()
 * @lazy: bytes that wait for a flush
 * @raced: lists that changed each time they were walked: areas may be missing
 */
struct mms_vmalloc_total {
	u64 areas, size, vmalloc, vmap, ioremap, ram, lazy, raced;
};

extern const struct mms_model mms_model_vmalloc;
extern const struct mms_model mms_model_vmalloc_total;

void mms_vmalloc_total_add(struct mms_vmalloc_total *total, const struct mms_vmalloc_area *area);

#endif /* MMS_MODEL_VMALLOC_H */
