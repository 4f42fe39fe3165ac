// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "ksm.h"

#define REC(row)	(&((const struct mms_ksm_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_ksm_row);
MMS_EVENT_GET_CAUSE(struct mms_ksm_row, MMS_KSM_CAUSES)

static const struct mms_cause results[] = { MMS_KSM_RESULTS(MMS_CAUSE_ROW) };

static void get_word(const struct mms_row *row, bool meaning, struct mms_value *ret_value)
{
	u8 result = REC(row)->result;

	if (result && result < ARRAY_SIZE(results))
		mms_event_cause(&results[result], meaning, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_result(const struct mms_row *row, struct mms_value *ret_value)
{
	get_word(row, false, ret_value);
}

static void get_why(const struct mms_row *row, struct mms_value *ret_value)
{
	get_word(row, true, ret_value);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(target, target, count, "the process whose page it is: ksmd works for others")	\
	X(address, address, addr, "of the page in that process")			\
	X(pfn, pfn, pfn, "of the KSM page, or the zero page")				\
	X(own_pfn, own_pfn, pfn, "of the process's own page: that is freed, or the copy") \
	X(sharers, sharers, count, "addresses that have the KSM page after it; gone: before") \
	X(pages, pages, pages, "scan: looked at; advisor: pages_to_scan")		\
	X(items, items, count, "scan: pages that ksmd keeps track of")			\
	X(merged, merged, pages, "scan: that were merged in it")			\
	X(scan, scan, count, "scan: its number, as full_scans counts")			\
	X(percent, percent, count, "advisor: of one CPU, that the scan has taken")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_ksm_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_ksm_row, "what happened")
	MMS_EVENT_OF(struct mms_ksm_row, "result", text, rec.result, 0, get_result,
		     "what came of it, where something was tried")
	MMS_EVENT_OF(struct mms_ksm_row, "why", text, rec.result, 0, get_why,
		     "the result in words")
};

static u64 absent(const struct mms_row *row)
{
	static const struct {
		u32 mark;
		u64 fields;
	} told[] = {
		{ MMS_KSM_HAS_ADDRESS, BIT(FIELD_address) },
		{ MMS_KSM_HAS_PFN, BIT(FIELD_pfn) },
		{ MMS_KSM_HAS_OWN, BIT(FIELD_own_pfn) },
		{ MMS_KSM_HAS_SHARERS, BIT(FIELD_sharers) },
		{ MMS_KSM_HAS_LATENCY, BIT(FIELD_latency) },
		{ MMS_KSM_HAS_PAGES, BIT(FIELD_pages) },
		{ MMS_KSM_HAS_PERCENT, BIT(FIELD_percent) },
	};
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(told); i++)
		if (!(REC(row)->marks & told[i].mark))
			bits |= told[i].fields;
	if (!REC(row)->target)
		bits |= BIT(FIELD_target);
	if (REC(row)->cause != MMS_KSM_SCAN)
		bits |= BIT(FIELD_items) | BIT(FIELD_merged) | BIT(FIELD_scan);
	return bits;
}

const struct mms_model mms_model_ksm = {
	.name = "trace.ksm",
	.title = "KSM",
	.rec_size = sizeof(struct mms_ksm_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,result,target,address,pfn,sharers,latency",
};
