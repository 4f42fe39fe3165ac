// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "tlb.h"

#define ROW(row)	((const struct mms_tlb_row *)(row)->rec)
#define NOW(row)	(&ROW(row)->now)
#define TOTAL(row)	((const struct mms_tlb_total *)(row)->rec)

/* CR3 counts from 1: PCID 0 is for a CPU that has none (kern_pcid(), arch/x86/mm/tlb.c). */
#define PCID(asid)	((asid) + 1)
/* X86_CR3_PTI_PCID_USER_BIT, asm/processor-flags.h */
#define USER_PCID(asid)	(PCID(asid) | 1 << 11)

static void none_unless(bool applies, struct mms_value *ret_value)
{
	if (!applies)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_loaded(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_LOADED);
}

static void get_lazy(const struct mms_row *row, struct mms_value *ret_value)
{
	u32 flags = NOW(row)->flags;

	ret_value->num = !!(flags & MMS_TLB_LAZY);
	none_unless(flags & MMS_TLB_LOADED, ret_value);
}

static void get_mask(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_MASK);
}

static bool has_asid(const struct mms_row *row)
{
	return NOW(row)->flags & (MMS_TLB_SLOT | MMS_TLB_GLOBAL);
}

static void get_asid(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = NOW(row)->asid;
	none_unless(has_asid(row), ret_value);
}

static void get_pcid(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = PCID(NOW(row)->asid);
	none_unless(has_asid(row) && NOW(row)->flags & MMS_TLB_PCID, ret_value);
}

static void get_user_pcid(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = USER_PCID(NOW(row)->asid);
	none_unless(has_asid(row) && NOW(row)->flags & MMS_TLB_PCID && ROW(row)->pti, ret_value);
}

static void get_tlb_gen(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = NOW(row)->tlb_gen;
	none_unless(NOW(row)->flags & MMS_TLB_SLOT, ret_value);
}

static void get_behind(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = NOW(row)->mm_tlb_gen - NOW(row)->tlb_gen;
	none_unless(NOW(row)->flags & MMS_TLB_SLOT, ret_value);
}

static void get_mm_tlb_gen(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = NOW(row)->mm_tlb_gen;
}

static void get_global(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_GLOBAL);
}

static void get_flush_user(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_FLUSH_USER);
	none_unless(NOW(row)->flags & MMS_TLB_SLOT && ROW(row)->pti, ret_value);
}

static void get_flush_others(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_FLUSH_OTHERS);
}

static void get_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NOW(row)->flags & MMS_TLB_RACED);
}

#define BPF(name, unit, fn, text) MMS_DERIVED(name, name, unit, MMS_TLB_NEEDS_BPF, fn, text)
static const struct mms_field fields[] = {
	MMS_WIRE_FIELD(struct mms_tlb_row, cpu, count, "the CPU")
#define NR_WIRE 1
	BPF("loaded", bool, get_loaded, "the CPU runs on its page tables now")
	MMS_DERIVED("lazy", "lazy", bool, MMS_TLB_NEEDS_BPF | MMS_TLB_NEEDS_LAZY, get_lazy,
		    "loaded, but only borrowed by a kernel thread or the idle CPU")
	MMS_DERIVED("mask", "mask", bool, MMS_TLB_NEEDS_MASK, get_mask,
		    "the CPU is in its mm_cpumask: flushes are sent there, but not if it is lazy")
	BPF("asid", count, get_asid, "slot of the CPU that holds it, or its global ASID")
	BPF("pcid", count, get_pcid, "its PCID in CR3: ASID + 1")
	BPF("user_pcid", count, get_user_pcid, "its PCID in user mode with KPTI: PCID + 2048")
	BPF("tlb_gen", count, get_tlb_gen, "generation of flushes that this CPU has done")
	BPF("behind", count, get_behind, "generations that it has not: translations it still holds may be as old")
	MMS_DERIVED("mm_tlb_gen", "mm_tlb_gen", count, 0, get_mm_tlb_gen,
		    "generation of the address space at that moment")
	BPF("global", bool, get_global, "loaded with an ASID that is the same on all CPUs (INVLPGB)")
	BPF("flush_user", bool, get_flush_user, "KPTI: its user PCID is flushed on the next return to user mode")
	BPF("flush_others", bool, get_flush_others, "all slots of the CPU but the loaded one are flushed at the next switch")
	BPF("raced", bool, get_raced, "the CPU switched while it was read, each time")
	MMS_DERIVED_PID
};

const struct mms_model mms_model_tlb = {
	.name = "tlb",
	.title = "address space in the TLB of a CPU",
	.view = MMS_VIEW_tlb,
	.rec_size = sizeof(struct mms_tlb_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.defaults = "cpu,loaded,lazy,mask,asid,pcid,user_pcid,tlb_gen,behind",
};

static void get_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = TOTAL(row)->comm;
	ret_value->len = strlen(TOTAL(row)->comm);
}

static void get_global_asid(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = TOTAL(row)->global_asid;
	none_unless(TOTAL(row)->global_asid, ret_value);
}

#define GET(f)									\
	static void get_total_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{									\
		ret_value->num = TOTAL(row)->f;					\
	}
GET(online) GET(mask) GET(loaded) GET(lazy) GET(slots) GET(behind) GET(most_behind) GET(raced)
#undef GET

#define COUNT(f, need, text)							\
	MMS_DERIVED(#f, #f, count, need, get_total_##f, text)
#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_tlb_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(pid, signed, "the process")
	F(ctx_id, count, "address space number, never used twice")
	F(tlb_gen, count, "generation of its flushes")
#define TOTAL_WIRE 3
	COUNT(online, MMS_TLB_NEEDS_BPF, "CPUs looked at: those online")
	COUNT(mask, MMS_TLB_NEEDS_MASK, "CPUs in its mm_cpumask")
	COUNT(loaded, MMS_TLB_NEEDS_BPF, "CPUs that run on its page tables")
	COUNT(lazy, MMS_TLB_NEEDS_BPF | MMS_TLB_NEEDS_LAZY,
	      "of these, CPUs that have only borrowed them")
	COUNT(slots, MMS_TLB_NEEDS_BPF, "CPUs with a slot of it, loaded or not")
	COUNT(behind, MMS_TLB_NEEDS_BPF, "CPUs that have not done all its flushes")
	COUNT(most_behind, MMS_TLB_NEEDS_BPF, "by how many generations at most")
	COUNT(raced, MMS_TLB_NEEDS_BPF, "CPUs that switched while they were read")
	MMS_DERIVED("global_asid", "global_asid", count, MMS_TLB_NEEDS_BPF, get_global_asid,
		    "the ASID it has on all CPUs (INVLPGB)")
	MMS_DERIVED("comm", "comm", text, 0, get_comm, "name of the task")
};

const struct mms_model mms_model_tlb_total = {
	.name = "tlb_total",
	.title = "address space in all TLBs",
	.view = MMS_VIEW_tlb,
	.rec_size = sizeof(struct mms_tlb_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = TOTAL_WIRE,
	.defaults = "pid,comm,ctx_id,tlb_gen,online,mask,loaded,lazy,slots,behind",
};

bool mms_tlb_has(const struct mms_tlb_cpu *now)
{
	return now->flags & (MMS_TLB_LOADED | MMS_TLB_SLOT | MMS_TLB_MASK);
}

void mms_tlb_total_add(struct mms_tlb_total *total, const struct mms_tlb_row *row)
{
	const struct mms_tlb_cpu *now = &row->now;
	u64 behind = now->flags & MMS_TLB_SLOT ? now->mm_tlb_gen - now->tlb_gen : 0;

	total->online++;
	total->loaded += !!(now->flags & MMS_TLB_LOADED);
	total->lazy += (now->flags & (MMS_TLB_LOADED | MMS_TLB_LAZY)) ==
		       (MMS_TLB_LOADED | MMS_TLB_LAZY);
	total->slots += !!(now->flags & MMS_TLB_SLOT);
	total->mask += !!(now->flags & MMS_TLB_MASK);
	total->raced += !!(now->flags & MMS_TLB_RACED);
	total->behind += !!behind;
	if (behind > total->most_behind)
		total->most_behind = behind;
}
