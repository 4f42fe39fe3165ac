// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "flush.h"

#define REC(row)	(&((const struct mms_flush_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_flush_row);
MMS_EVENT_GET_CAUSE(struct mms_flush_row, MMS_FLUSH_CAUSES)

static const struct mms_cause extents[] = { MMS_FLUSH_EXTENTS(MMS_CAUSE_ROW) };
static const struct mms_cause places[] = { MMS_FLUSH_PLACES(MMS_CAUSE_ROW) };

/* Number 0 of both lists is what cannot be told. */
static void get_word(const struct mms_cause *words, unsigned int nr, unsigned int number,
		     struct mms_value *ret_value)
{
	if (number && number < nr)
		mms_event_cause(&words[number], false, ret_value);
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_flush(const struct mms_row *row, struct mms_value *ret_value)
{
	get_word(extents, ARRAY_SIZE(extents), REC(row)->extent, ret_value);
}

static void get_here(const struct mms_row *row, struct mms_value *ret_value)
{
	const bool has = REC(row)->marks & MMS_FLUSH_HAS_HERE;

	get_word(extents, ARRAY_SIZE(extents), has ? REC(row)->here : 0, ret_value);
}

static void get_where(const struct mms_row *row, struct mms_value *ret_value)
{
	get_word(places, ARRAY_SIZE(places), REC(row)->place, ret_value);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(target, target, count, "the process whose address space it is")		\
	X(address, start, addr, "where the range begins")				\
	X(end, end, addr, "and where it ends")						\
	X(pages, pages, pages, "of the range, where they are flushed one by one")		\
	X(step, step, order, "of the pages in the range, as the page table has them")	\
	X(tables, tables, bool, "page tables were freed, too")				\
	X(ipis, ipis, count, "CPUs that were interrupted, and waited for")		\
	X(lazy, lazy, count, "CPUs that may have something of it, and were left alone")	\
	X(from, from, count, "received: the CPU that asked")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_flush_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_flush_row, "why, or who")
	MMS_EVENT_OF(struct mms_flush_row, "flush", text, rec.extent, 0, get_flush,
		     "how much of it: pages, all, none")
	MMS_EVENT_OF(struct mms_flush_row, "here", text, rec.here, 0, get_here,
		     "the same of this CPU alone, if it took part")
	MMS_EVENT_OF(struct mms_flush_row, "where", text, rec.place, 0, get_where,
		     "on which CPUs: here, others, both, later, broadcast")
};

static u64 absent(const struct mms_row *row)
{
	const u32 marks = REC(row)->marks;
	u64 bits = 0;

	if (!REC(row)->target)
		bits |= BIT(FIELD_target);
	if (!(marks & MMS_FLUSH_HAS_RANGE))
		bits |= BIT(FIELD_address) | BIT(FIELD_end);
	if (!(marks & MMS_FLUSH_HAS_PAGES))
		bits |= BIT(FIELD_pages);
	if (!(marks & MMS_FLUSH_HAS_STEP))
		bits |= BIT(FIELD_step) | BIT(FIELD_tables);
	if (!(marks & MMS_FLUSH_HAS_IPIS))
		bits |= BIT(FIELD_ipis);
	if (!(marks & MMS_FLUSH_HAS_LAZY))
		bits |= BIT(FIELD_lazy);
	if (!(marks & MMS_FLUSH_HAS_FROM))
		bits |= BIT(FIELD_from);
	return bits;
}

const struct mms_model mms_model_flush = {
	.name = "trace.tlb",
	.title = "TLB flush",
	.rec_size = sizeof(struct mms_flush_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,address,pages,flush,where,ipis,latency",
};
