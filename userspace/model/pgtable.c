// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "symbols.h"
#include "vocab.h"

#define REC(row)	((const struct mms_pgtable_rec *)(row)->rec)
#define ENTRY(row)	((const struct mms_entries_rec *)(row)->rec)
#define SIZE		(MMS_HAS(pgtable, count) | MMS_HAS(pgtable, level))
#define RUN		(MMS_HAS(pgtable, start) | SIZE)
#define BITS		(MMS_HAS(pgtable, entry) | MMS_HAS(pgtable, level) | MMS_HAS(pgtable, kind))
#define BITS_READ	(BITS | MMS_HAS(pgtable, vma_flags))
#define SWAP		(MMS_HAS(pgtable, swap_type) | MMS_HAS(pgtable, kind) | \
			 MMS_HAS(pgtable, pfn))
#define MAPPING		(MMS_HAS(pgtable, vma_start) | MMS_HAS(pgtable, region))

static u64 run_size(const struct mms_row *row)
{
	return mms_level_size(&row->ctx->header, REC(row)->level) * REC(row)->count;
}

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->start + run_size(row);
}

static void get_end(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start + run_size(row);
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = run_size(row);
}

static void get_bits(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_bits(row, REC(row)->entry, REC(row)->level, REC(row)->kind,
			REC(row)->vma_flags, ret_value);
}

static void get_memtype(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_memtype(row, REC(row)->entry, REC(row)->level, REC(row)->kind, ret_value);
}

static void get_swap(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_swap(row, REC(row)->kind, REC(row)->swap_type, REC(row)->pfn, ret_value);
}

static void get_pageflags(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->rec.flags & MMS_RF_FOLIO)
		ret_value->num = REC(row)->kpf;
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_symbol(row, REC(row)->start, ret_value);
}

static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	if (REC(row)->region != MMS_REGION_user)
		mms_value_text(ret_value, mms_word_text(MMS_UNIT_region, REC(row)->region));
	else if (REC(row)->vma_start)
		mms_derive_mapping(row, REC(row)->vma_start, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(REC(row)->rec.flags & MMS_RF_RACED);
}

static const struct mms_field pgtable_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_pgtable_rec, f, unit, text)
	MMS_PGTABLE_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED_OF("range", "range", range, RUN, RUN, get_range,
		       "first address and first one after it")
	MMS_DERIVED_OF("end", "end", addr, RUN, RUN, get_end, "first address after the run")
	MMS_DERIVED_OF("size", "size_bytes", bytes, SIZE, SIZE, get_size, "size of the run")
	MMS_DERIVED_OF("bits", "bits", bits, BITS, BITS_READ, get_bits,
		       "the entry's bits in words")
	MMS_DERIVED_OF("letters", "letters", letters, BITS, BITS_READ, get_bits,
		       "the entry's bits as letters")
	MMS_DERIVED_OF("memtype", "memtype", memtype, BITS, BITS, get_memtype,
		       "how the page is cached, by the kernel's default PAT")
	MMS_DERIVED_OF("swap", "swap", text, MMS_HAS(pgtable, swap_type), SWAP, get_swap,
		       "swap area and offset in it")
	MMS_DERIVED_OF("pageflags", "pageflags", kpfletters, MMS_HAS(pgtable, kpf),
		       MMS_HAS(pgtable, kpf), get_pageflags, "kpf as the letters of page-types")
	MMS_DERIVED_OF("symbol", "symbol", text, 0, MMS_HAS(pgtable, start), get_symbol,
		       "start as name+offset")
	MMS_DERIVED_OF("mapping", "mapping", text, 0, MAPPING, get_mapping,
		       "name of the VMA or region")
	MMS_DERIVED_OF("raced", "raced", bool, 0, MMS_READS_NONE, get_raced,
		       "it changed while it was read")
	MMS_DERIVED_PID
};

static bool is_page(unsigned int kind)
{
	return kind != MMS_KIND_none && kind != MMS_KIND_uffdwp && kind != MMS_KIND_poison &&
	       kind != MMS_KIND_guard && kind != MMS_KIND_other;
}

#define FOLIO		(MMS_HAS(pgtable, order) | MMS_HAS(pgtable, folio_page) | \
			 MMS_HAS(pgtable, kpf) | MMS_HAS(pgtable, refcount) | \
			 MMS_HAS(pgtable, mapcount) | MMS_HAS(pgtable, cgroup))

static u64 absent(const struct mms_row *row)
{
	const struct mms_pgtable_rec *rec = REC(row);
	u64 fields = 0;

	if (!(rec->rec.flags & MMS_RF_FOLIO))
		fields |= FOLIO;
	if (rec->swap_type == MMS_NO_SWAP || rec->kind != MMS_KIND_swap)
		fields |= MMS_HAS(pgtable, swap_type);
	if (rec->count <= 1)
		fields |= MMS_HAS(pgtable, step);
	if (!is_page(rec->kind))
		fields |= MMS_HAS(pgtable, pfn);
	if (!rec->vma_start && !rec->vma_flags)
		fields |= MMS_HAS(pgtable, vma_start) | MMS_HAS(pgtable, vma_flags);
	return fields;
}

const struct mms_model mms_model_pgtable = {
	MMS_MODEL_OF(pgtable, pgtable_fields),
	.title = "page-table entry or run of entries",
	.defaults = "range,size,level,kind,bits,pfn,order,mapping",
	.extended = "range,size,level,kind,entry,bits,pfn,step,swap,order,folio_page,pageflags,"
		    "refcount,mapcount,node,zone,cgroup,mapping",
	.absent = absent,
};

static void get_entry_bits(const struct mms_row *row, struct mms_value *ret_value)
{
	unsigned int kind = ENTRY(row)->kind;

	/* This view does not look at what an entry holds: its present bit says enough. */
	if (kind == MMS_KIND_none && !(ENTRY(row)->entry & 1))
		kind = MMS_KIND_other;
	mms_derive_bits(row, ENTRY(row)->entry, ENTRY(row)->level, kind, 0, ret_value);
}

static void get_entry_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_symbol(row, ENTRY(row)->start, ret_value);
}

#define ENTRY_BITS	(MMS_HAS(entries, entry) | MMS_HAS(entries, level))

static const struct mms_field entries_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_entries_rec, f, unit, text)
	MMS_ENTRIES_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("bits", "bits", bits, ENTRY_BITS, get_entry_bits, "the entry's bits in words")
	MMS_DERIVED("letters", "letters", letters, ENTRY_BITS, get_entry_bits,
		    "the entry's bits as letters")
	MMS_DERIVED("symbol", "symbol", text, 0, get_entry_symbol, "start as name+offset")
	MMS_DERIVED_PID
};

const struct mms_model mms_model_entries = {
	.name = "entries",
	.title = "page-table entry",
	.view = MMS_VIEW_entries,
	.rec_size = sizeof(struct mms_entries_rec),
	.fields = entries_fields,
	.nr = ARRAY_SIZE(entries_fields),
	.nr_wire = MMS_NR_F_entries,
	.defaults = "start,level,entry,bits",
};
