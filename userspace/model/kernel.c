// SPDX-License-Identifier: GPL-2.0-only
#include "cache.h"
#include "derive.h"
#include "vocab.h"

#define REC(row)	((const struct mms_kernel_rec *)(row)->rec)
#define BOUNDS		(MMS_HAS(kernel, start) | MMS_HAS(kernel, end))

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->start;
	ret_value->num2 = REC(row)->end;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->end - REC(row)->start;
}

static void get_text(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, mms_word_text(MMS_UNIT_region, REC(row)->region));
}

static void get_partial(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(REC(row)->rec.flags & MMS_RF_PARTIAL);
}

static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_kernel_rec, f, unit, text)
	MMS_KERNEL_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("range", "range", range, BOUNDS, get_range, "first address and first one after it")
	MMS_DERIVED("size", "size_bytes", bytes, BOUNDS, get_size, "size of the range")
	MMS_DERIVED("partial", "partial", bool, 0, get_partial,
		    "has tables that are mapped over and over, and counted once")
	MMS_DERIVED("text", "text", text, MMS_HAS(kernel, region), get_text, "what the region is for")
};

const struct mms_model mms_model_kernel = {
	.name = "kernel",
	.title = "region of the kernel's half, or a run of writable and executable entries",
	.view = MMS_VIEW_kernel,
	.rec_size = sizeof(struct mms_kernel_rec),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_kernel,
	.defaults = "start,region,present,pte,pmd,pud,writable,executable,wx",
};

void mms_kernel_total_add(struct mms_kernel_total *total, const struct mms_kernel_rec *rec)
{
	if (rec->kind == MMS_KERNEL_wx) {
		total->wx_runs++;
		return;
	}
	total->present += rec->present;
	total->writable += rec->writable;
	total->executable += rec->executable;
	total->wx += rec->wx;
	total->user += rec->user;
	if (rec->region != MMS_REGION_direct)
		return;
	total->direct_pte += rec->pte;
	total->direct_pmd += rec->pmd;
	total->direct_pud += rec->pud;
}

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_kernel_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(present, bytes, "mapped")
	F(writable, bytes, "writable")
	F(executable, bytes, "executable")
	F(wx, bytes, "writable and executable at once")
	F(wx_runs, count, "runs of entries that are")
	F(user, bytes, "user mode may access it")
	F(direct_pte, bytes, "the direct map, in pages that PTEs map")
	F(direct_pmd, bytes, "the direct map, in pages that PMD leaves map")
	F(direct_pud, bytes, "the direct map, in pages that PUD leaves map")
};

const struct mms_model mms_model_kernel_total = {
	.name = "kernel_total",
	.title = "the kernel's half",
	.rec_size = sizeof(struct mms_kernel_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "present,writable,executable,wx,user,direct_pte,direct_pmd,direct_pud",
};
