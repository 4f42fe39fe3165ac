// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "vocab.h"

#define REC(row)	((const struct mms_rmap_rec *)(row)->rec)

static bool is_mapping(const struct mms_rmap_rec *rec)
{
	return rec->state == MMS_RMAP_mapped || rec->state == MMS_RMAP_searched;
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = row->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = row->text;
	ret_value->len = row->len;
}

static void get_why(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, mms_word_text(MMS_UNIT_rmapstate, REC(row)->state));
}

static void get_letters(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_bits(row, REC(row)->entry, REC(row)->level, REC(row)->kind,
			REC(row)->vma_flags, ret_value);
	if (!is_mapping(REC(row)))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_rmap_rec *rec = REC(row);

	if (rec->inode)
		mms_derive_dev(row, rec->dev_major, rec->dev_minor, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

/* In the file, or in the anonymous memory, as maps has it for the VMA. */
static void get_offset(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_rmap_rec *rec = REC(row);

	ret_value->num = rec->index << row->ctx->header.page_shift;
	if (!rec->inode && !row->len)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->count << row->ctx->header.page_shift;
}

#define BITS		(MMS_HAS(rmap, entry) | MMS_HAS(rmap, level) | MMS_HAS(rmap, kind))
#define WHERE		(BITS | MMS_HAS(rmap, pid) | MMS_HAS(rmap, comm) | \
			 MMS_HAS(rmap, start) | MMS_HAS(rmap, vma_start) | \
			 MMS_HAS(rmap, vma_end) | \
			 MMS_HAS(rmap, vma_flags))
#define INODE		(MMS_HAS(rmap, dev_major) | MMS_HAS(rmap, dev_minor) | \
			 MMS_HAS(rmap, inode))

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_rmap_rec, f, unit, text)
	MMS_RMAP_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("why", "why", text, MMS_HAS(rmap, state), get_why, "state in a sentence")
	MMS_DERIVED("letters", "letters", letters, BITS, get_letters,
		    "the entry's bits as letters")
	MMS_DERIVED("bits", "bits", bits, BITS, get_letters, "the entry's bits in words")
	MMS_DERIVED("dev", "dev", text, MMS_HAS(rmap, dev_major), get_dev,
		    "device of the file, as in /proc/PID/maps")
	MMS_DERIVED("file", "file", text, MMS_HAS(rmap, comm), get_file,
		    "file that the VMA maps, as in /proc/PID/maps")
	MMS_DERIVED("offset", "offset", hex, MMS_HAS(rmap, index), get_offset,
		    "place of the page in its file")
	MMS_DERIVED("size", "size_bytes", bytes, MMS_HAS(rmap, count), get_size,
		    "memory of the row")
};

static u64 absent(const struct mms_row *row)
{
	const struct mms_rmap_rec *rec = REC(row);
	u64 none = 0;

	if (!is_mapping(rec))
		none |= WHERE;
	if (!rec->inode)
		none |= INODE;
	/* what is neither mapped nor a file's is nowhere */
	if (!is_mapping(rec) && !rec->inode)
		none |= MMS_HAS(rmap, index);
	if (rec->state == MMS_RMAP_absent)
		none |= MMS_HAS(rmap, mapcount);
	return none;
}

const struct mms_model mms_model_rmap = {
	MMS_MODEL_OF(rmap, fields),
	.title = "mapping of a page frame",
	.defaults = "pfn,count,state,folio,pid,comm,start,offset,file",
	.extended = "pfn,count,state,folio,mapcount,pid,comm,start,level,kind,letters,"
		    "vma_start,vma_end,vma_flags,dev,inode,index,offset,file",
	.absent = absent,
};
