// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "thp.h"

#define REC(row)	(&((const struct mms_thp_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_thp_row);
MMS_EVENT_GET_CAUSE(struct mms_thp_row, MMS_THP_CAUSES)
MMS_EVENT_GET(struct mms_thp_row, result, MMS_THP_RESULTS, get_result, get_why)

static void get_of(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, REC(row)->marks & MMS_THP_ANON ? "anon" : "file");
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(target, target, count, "the process whose memory it is: khugepaged works for others") \
	X(address, address, addr, "of that memory, where the huge page begins")		\
	X(pfn, pfn, pfn, "first page frame of the folio")				\
	X(order, order, order, "of the folio")						\
	X(new_order, new_order, order, "that it was to be split into")			\
	X(referenced, referenced, count, "PTEs that were referenced, as khugepaged has counted") \
	X(none, none, count, "PTEs without a page, as collapse has counted")		\
	X(swapped, swapped, count, "PTEs that were swapped out, as collapse has counted") \
	X(returned, returned, signed, "what the function returned, by this kernel's numbers")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_thp_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_thp_row, "what was done")
	MMS_EVENT_OF(struct mms_thp_row, "result", text, rec.result, 0, get_result,
		     "what came of it")
	MMS_EVENT_OF(struct mms_thp_row, "why", text, rec.result, 0, get_why,
		     "the result in words")
	MMS_EVENT_OF(struct mms_thp_row, "of", text, rec.marks, 0, get_of,
		     "anon: memory of processes; file: of files and shmem")
};

static u64 absent(const struct mms_row *row)
{
	const u32 marks = REC(row)->marks;
	u64 bits = 0;

	if (!(marks & MMS_THP_HAS_ADDRESS))
		bits |= BIT(FIELD_address) | BIT(FIELD_target);
	if (!REC(row)->target)
		bits |= BIT(FIELD_target);
	if (!(marks & MMS_THP_HAS_PFN))
		bits |= BIT(FIELD_pfn);
	if (REC(row)->cause != MMS_THP_SPLIT)
		bits |= BIT(FIELD_new_order);
	if (!(marks & MMS_THP_SCANNED))
		bits |= BIT(FIELD_none);
	if (!(marks & MMS_THP_REFERENCED))
		bits |= BIT(FIELD_referenced);
	if (!(marks & MMS_THP_SWAP))
		bits |= BIT(FIELD_swapped);
	if (!(marks & MMS_THP_RETURNS))
		bits |= BIT(FIELD_returned);
	return bits;
}

const struct mms_model mms_model_thp = {
	.name = "trace.thp",
	.title = "huge page",
	.rec_size = sizeof(struct mms_thp_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,result,target,address,latency",
};
