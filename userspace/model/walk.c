// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "symbols.h"
#include "vocab.h"

#define REC(row)	((const struct mms_walk_rec *)(row)->rec)
#define BITS		(MMS_HAS(walk, entry) | MMS_HAS(walk, level) | MMS_HAS(walk, kind))

static bool has_entry(const struct mms_walk_rec *rec)
{
	return rec->stop != MMS_STOP_folded && rec->table_phys;
}

static void get_bits(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_bits(row, REC(row)->entry, REC(row)->level, REC(row)->kind,
			REC(row)->vma_flags, ret_value);
	if (!has_entry(REC(row)))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_memtype(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_memtype(row, REC(row)->entry, REC(row)->level, REC(row)->kind, ret_value);
}

static void get_swap(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_swap(row, REC(row)->kind, REC(row)->swap_type, REC(row)->pfn, ret_value);
}

static void get_why(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, mms_word_text(MMS_UNIT_stop, REC(row)->stop));
}

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_symbol(row, REC(row)->address, ret_value);
}

static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_mapping(row, REC(row)->address, ret_value);
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_walk_rec, f, unit, text)
	MMS_WALK_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("bits", "bits", bits, BITS, get_bits, "the entry's bits in words")
	MMS_DERIVED("letters", "letters", letters, BITS, get_bits, "the entry's bits as letters")
	MMS_DERIVED("memtype", "memtype", memtype, BITS, get_memtype,
		    "how the page is cached, by the kernel's default PAT")
	MMS_DERIVED("swap", "swap", text, MMS_HAS(walk, swap_type), get_swap,
		    "swap area and offset in it")
	MMS_DERIVED("why", "why", text, MMS_HAS(walk, stop), get_why, "stop in a sentence")
	MMS_DERIVED("symbol", "symbol", text, 0, get_symbol, "the address as name+offset")
	MMS_DERIVED("mapping", "mapping", text, 0, get_mapping, "name of the VMA")
	MMS_DERIVED_PID
};

#define FOLIO		(MMS_HAS(walk, order) | MMS_HAS(walk, folio_page) | MMS_HAS(walk, kpf) | \
			 MMS_HAS(walk, refcount) | MMS_HAS(walk, mapcount) | MMS_HAS(walk, cgroup))

static u64 absent(const struct mms_row *row)
{
	const struct mms_walk_rec *rec = REC(row);
	u64 fields = 0;

	if (!(rec->rec.flags & MMS_RF_FOLIO))
		fields |= FOLIO;
	if (rec->swap_type == MMS_NO_SWAP || rec->kind != MMS_KIND_swap)
		fields |= MMS_HAS(walk, swap_type);
	if (!has_entry(rec))
		fields |= MMS_HAS(walk, entry) | MMS_HAS(walk, entry_phys) |
			  MMS_HAS(walk, table_phys) | MMS_HAS(walk, index);
	if (rec->stop != MMS_STOP_page && rec->stop != MMS_STOP_table &&
	    (rec->stop != MMS_STOP_nonpresent || !rec->pfn))
		fields |= MMS_HAS(walk, phys) | MMS_HAS(walk, pfn);
	if (!rec->vma_end)
		fields |= MMS_HAS(walk, vma_start) | MMS_HAS(walk, vma_end) |
			  MMS_HAS(walk, vma_flags);
	return fields;
}

const struct mms_model mms_model_walk = {
	.name = "walk",
	.title = "level of a translation",
	.view = MMS_VIEW_walk,
	.rec_size = sizeof(struct mms_walk_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_walk,
	.defaults = "level,index,table_phys,entry_phys,entry,kind,bits",
	.absent = absent,
};
