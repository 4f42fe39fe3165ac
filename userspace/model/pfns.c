// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "derive.h"
#include "pfns.h"
#include "vocab.h"

#define REC(row)	((const struct mms_pfns_rec *)(row)->rec)
#define PLACE(row)	((const struct mms_page_place *)(row)->rec)

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = (u64)REC(row)->count << (row->ctx->header.page_shift + REC(row)->order);
}

static void get_frames(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = (u64)REC(row)->count << REC(row)->order;
}

static void get_phys(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->pfn << row->ctx->header.page_shift;
}

static void get_pageflags(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->kpf;
}

/* As ls and stat -c %Hd:%Ld write it, and as /proc/PID/maps does in hexadecimal. */
static void get_device(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_pfns_rec *rec = REC(row);

	if (!rec->inode) {
		ret_value->type = MMS_VALUE_NONE;
		return;
	}
	snprintf(row->ctx->scratch, sizeof(row->ctx->scratch), "%u:%u", rec->dev_major,
		 rec->dev_minor);
	mms_value_text(ret_value, row->ctx->scratch);
}

/* Free memory has no users, and what is no file's has no inode. */
static u64 absent(const struct mms_row *row)
{
	const struct mms_pfns_rec *rec = REC(row);
	u64 bits = 0;

	if (!rec->inode)
		bits |= MMS_HAS(pfns, inode) | MMS_HAS(pfns, dev_major) | MMS_HAS(pfns, dev_minor);
	if (!rec->inode && rec->kind != MMS_FOLIO_anon && rec->kind != MMS_FOLIO_ksm)
		bits |= MMS_HAS(pfns, index);
	if (!rec->anon_vma)
		bits |= MMS_HAS(pfns, anon_vma);
	return bits;
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_pfns_rec, f, unit, text)
	MMS_PFNS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("frames", "frames", count, MMS_HAS(pfns, count) | MMS_HAS(pfns, order),
		    get_frames, "page frames in the run")
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(pfns, count) | MMS_HAS(pfns, order),
		    get_size, "size of the run")
	MMS_DERIVED("phys", "phys", hex, MMS_HAS(pfns, pfn), get_phys, "physical address")
	MMS_DERIVED_PAGEFLAGS(pfns)
	MMS_DERIVED("device", "device", text, MMS_HAS(pfns, inode), get_device,
		    "device of the file it caches, MAJOR:MINOR")
};

const struct mms_model mms_model_pfns = {
	.name = "pfns",
	.title = "folio or free block, or a run of them",
	.view = MMS_VIEW_pfns,
	.rec_size = sizeof(struct mms_pfns_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_pfns,
	.defaults = "pfn,count,order,kind,lru,gen,pageflags,refcount,mapcount",
	.extended = "pfn,count,order,kind,lru,gen,pageflags,refcount,mapcount,node,zone,cgroup,device,inode,index,anon_vma",
	.absent = absent,
};

static void get_cgroup(const struct mms_row *row, struct mms_value *ret_value)
{
	const char *path = PLACE(row)->cgroup;

	mms_value_text(ret_value, *path ? path : NULL);
}

static void get_memory_block(const struct mms_row *row, struct mms_value *ret_value)
{
	if (PLACE(row)->block_size)
		ret_value->num = PLACE(row)->memory_block;
	else
		ret_value->type = MMS_VALUE_NONE;
}

static const struct mms_field place_fields[] = {
	MMS_DERIVED("memory_block", "memory_block", count, 0, get_memory_block,
		    "number of the memory block, as in /sys/devices/system/memory")
	MMS_DERIVED("cgroup_path", "cgroup_path", text, 0, get_cgroup, "path of the memory cgroup")
};

const struct mms_model mms_model_page_place = {
	.name = "page_place",
	.title = "where a page frame is",
	.rec_size = sizeof(struct mms_page_place),
	.fields = place_fields,
	.nr = ARRAY_SIZE(place_fields),
	.defaults = "memory_block,cgroup_path",
};
