// SPDX-License-Identifier: GPL-2.0-only
/* Sums over page frames: by use, and by flags. */
#include <linux/kernel-page-flags.h>
#include "derive.h"
#include "pfns.h"

#define ROW(row)	((const struct mms_ram_row *)(row)->rec)
#define TOTAL(row)	((const struct mms_pages_total *)(row)->rec)

static const struct {
	const char *name;
	const char *text;
} uses[MMS_NR_USES + 1] = {
#define MMS_X(id, name, text) [MMS_USE_##id] = { name, text },
	MMS_USES(MMS_X)
#undef MMS_X
	[MMS_NR_USES] = { "managed", "all that the page allocator manages" },
};

const char *mms_use_text(unsigned int use)
{
	return uses[use].text;
}

enum mms_use mms_use_of(const struct mms_pfns_rec *rec)
{
	static const u8 by_kind[MMS_NR_FOLIO_KINDS] = {
		[MMS_FOLIO_other] = MMS_USE_other, [MMS_FOLIO_anon] = MMS_USE_anon,
		[MMS_FOLIO_file] = MMS_USE_cache, [MMS_FOLIO_shmem] = MMS_USE_shmem,
		[MMS_FOLIO_hugetlb] = MMS_USE_hugetlb, [MMS_FOLIO_ksm] = MMS_USE_ksm,
		[MMS_FOLIO_zero] = MMS_USE_kernel, [MMS_FOLIO_reserved] = MMS_USE_reserved,
		[MMS_FOLIO_slab] = MMS_USE_slab, [MMS_FOLIO_device] = MMS_USE_other,
		[MMS_FOLIO_free] = MMS_USE_free, [MMS_FOLIO_pcp] = MMS_USE_pcp,
		[MMS_FOLIO_pgtable] = MMS_USE_pgtable, [MMS_FOLIO_kstack] = MMS_USE_kstack,
		[MMS_FOLIO_offline] = MMS_USE_offline, [MMS_FOLIO_poison] = MMS_USE_poison,
		[MMS_FOLIO_kernel] = MMS_USE_kernel,
	};

	/* Whatever else it is, it is not managed: the zero page. */
	if (rec->kpf & BIT(MMS_KPF_RESERVED))
		return MMS_USE_reserved;
	if (rec->kind == MMS_FOLIO_file && rec->kpf & BIT(KPF_MMAP))
		return MMS_USE_mapped;
	if (rec->kind == MMS_FOLIO_hugetlb && !rec->refcount)
		return MMS_USE_pool;
	return rec->kind < MMS_NR_FOLIO_KINDS ? by_kind[rec->kind] : MMS_USE_other;
}

void mms_ram_row_add(struct mms_ram_row *row, const struct mms_pfns_rec *rec,
		     unsigned int page_shift)
{
	u64 size = (u64)rec->count << (rec->order + page_shift);

	row->folios += rec->count;
	row->size += size;
	switch (rec->lru) {
	case MMS_LRU_inactive:
		row->inactive += size;
		break;
	case MMS_LRU_active:
		row->active += size;
		break;
	case MMS_LRU_unevictable:
		row->unevictable += size;
		break;
	default:
		row->off_lru += size;
	}
	if (rec->gen < MMS_RAM_GENS)
		row->gen[rec->gen] += size;
	/* The flag means this for what can be written somewhere. */
	if (rec->lru && rec->kpf & BIT(KPF_DIRTY))
		row->dirty += size;
	if (rec->kpf & BIT(KPF_WRITEBACK))
		row->writeback += size;
	if (rec->kpf & BIT(KPF_MMAP))
		row->mapped += size;
}

void mms_ram_row_sum(struct mms_ram_row *sum, const struct mms_ram_row *row)
{
	unsigned int i;

	sum->folios += row->folios;
	sum->size += row->size;
	sum->inactive += row->inactive;
	sum->active += row->active;
	sum->unevictable += row->unevictable;
	sum->off_lru += row->off_lru;
	for (i = 0; i < MMS_RAM_GENS; i++)
		sum->gen[i] += row->gen[i];
	sum->dirty += row->dirty;
	sum->writeback += row->writeback;
	sum->mapped += row->mapped;
}

enum mms_folio_kind mms_kpf_kind(u64 kpf)
{
	static const struct {
		u8 bit;
		u8 kind;
	} told[] = {
		{ KPF_HWPOISON, MMS_FOLIO_poison }, { KPF_HUGE, MMS_FOLIO_hugetlb },
		{ KPF_ZERO_PAGE, MMS_FOLIO_zero }, { KPF_SLAB, MMS_FOLIO_slab },
		{ KPF_BUDDY, MMS_FOLIO_free }, { KPF_PGTABLE, MMS_FOLIO_pgtable },
		{ KPF_OFFLINE, MMS_FOLIO_offline }, { KPF_KSM, MMS_FOLIO_ksm },
		{ KPF_ANON, MMS_FOLIO_anon }, { MMS_KPF_RESERVED, MMS_FOLIO_reserved },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(told); i++)
		if (kpf & BIT(told[i].bit))
			return told[i].kind;
	/* It has no flag for the page cache: what reclaim or a process has, and a new page. */
	if (kpf & (BIT(KPF_LRU) | BIT(KPF_MMAP) | BIT(KPF_UPTODATE)))
		return kpf & BIT(KPF_SWAPBACKED) ? MMS_FOLIO_shmem : MMS_FOLIO_file;
	return MMS_FOLIO_kernel;
}

u64 mms_kpf_tail(u64 kpf)
{
	if (kpf & BIT(KPF_COMPOUND_HEAD))
		return (kpf & ~BIT(KPF_COMPOUND_HEAD)) | BIT(KPF_COMPOUND_TAIL);
	return kpf;
}

static void get_use(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, uses[ROW(row)->use].name);
}

static void get_text(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, uses[ROW(row)->use].text);
}

#define GET(f)								\
	static void get_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{								\
		ret_value->num = ROW(row)->f;				\
	}
GET(inactive) GET(active) GET(unevictable) GET(off_lru) GET(dirty)
#undef GET
#define GET(n)								\
	static void get_gen##n(const struct mms_row *row, struct mms_value *ret_value) \
	{								\
		ret_value->num = ROW(row)->gen[n];			\
	}
GET(0) GET(1) GET(2) GET(3)
#undef GET

#define NEED_LRU	MMS_HAS(pfns, lru)
#define NEED_GEN	MMS_HAS(pfns, gen)

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_ram_row, f, unit, text)
static const struct mms_field ram_fields[] = {
	F(node, node, "NUMA node, none for all of them")
	F(folios, count, "folios and free blocks")
	F(size, bytes, "memory")
	F(writeback, bytes, "being written")
	F(mapped, bytes, "mapped by a process")
#define NR_PLAIN 5
	MMS_DERIVED("inactive", "inactive_bytes", bytes, NEED_LRU, get_inactive,
		    "on an inactive list, or in an old generation")
	MMS_DERIVED("active", "active_bytes", bytes, NEED_LRU, get_active,
		    "on an active list, or in one of the two youngest generations")
	MMS_DERIVED("unevictable", "unevictable_bytes", bytes, NEED_LRU, get_unevictable,
		    "on the list of what cannot be reclaimed (mlock)")
	MMS_DERIVED("off_lru", "off_lru_bytes", bytes, NEED_LRU, get_off_lru,
		    "on no list of reclaim")
	MMS_DERIVED("dirty", "dirty_bytes", bytes, NEED_LRU, get_dirty,
		    "on a list of reclaim, and not written yet")
	MMS_DERIVED("use", "use", text, 0, get_use, "what it is used for")
	MMS_DERIVED("gen0", "gen0_bytes", bytes, NEED_GEN, get_gen0,
		    "in the youngest generation of the multi-generational LRU")
	MMS_DERIVED("gen1", "gen1_bytes", bytes, NEED_GEN, get_gen1, "in the second generation")
	MMS_DERIVED("gen2", "gen2_bytes", bytes, NEED_GEN, get_gen2, "in the third generation")
	MMS_DERIVED("gen3", "gen3_bytes", bytes, NEED_GEN, get_gen3, "in the oldest generation")
	MMS_DERIVED("text", "text", text, 0, get_text, "the use in a few words")
};
#undef F

const struct mms_model mms_model_ram = {
	.name = "ram",
	.title = "use of memory",
	.rec_size = sizeof(struct mms_ram_row),
	.fields = ram_fields,
	.nr = ARRAY_SIZE(ram_fields),
	.nr_wire = NR_PLAIN,
	.defaults = "use,size,inactive,active,unevictable,dirty,writeback",
	.extended = "use,size,gen0,gen1,gen2,gen3,unevictable,off_lru",
};

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_ram_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(managed, bytes, "what the page allocator says it manages (/proc/zoneinfo)")
	F(sum, bytes, "the sum of all rows but reserved")
	F(difference, signed, "managed less sum, in bytes")
	F(reserved, bytes, "memory that has struct pages and is not managed")
	F(kernel, bytes, "the part of the sum that no page tells the use of")
	F(stacks, bytes, "kernel stacks that are in a row of their own")
	F(kernel_stacks, bytes, "kernel stacks by /proc/meminfo, with those of idle threads")
	F(vmalloc, bytes, "vmalloc with all kernel stacks, by /proc/meminfo")
	F(percpu, bytes, "per-CPU memory, by /proc/meminfo")
};
#undef F

const struct mms_model mms_model_ram_total = {
	.name = "ram_total",
	.title = "sum of all uses of memory",
	.rec_size = sizeof(struct mms_ram_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "managed,sum,difference,reserved,kernel,stacks,kernel_stacks,vmalloc,percpu",
};

static void get_flags(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = TOTAL(row)->kpf;
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_pages_total, f, unit, text)
static const struct mms_field pages_fields[] = {
	F(kpf, kpf, "the page flags, in words")
	F(pages, count, "pages that have just these flags")
	F(size, bytes, "how much memory that is")
	MMS_DERIVED("flags", "flags", hex, 0, get_flags, "the page flags, as a number")
	MMS_DERIVED("pageflags", "pageflags", kpfletters, 0, get_flags,
		    "the page flags, as the letters of page-types")
};
#undef F

const struct mms_model mms_model_pages_total = {
	.name = "pages_total",
	.title = "pages with the same flags",
	.rec_size = sizeof(struct mms_pages_total),
	.fields = pages_fields,
	.nr = ARRAY_SIZE(pages_fields),
	.nr_wire = ARRAY_SIZE(pages_fields) - 2,
	.defaults = "flags,pages,size,pageflags,kpf",
};
