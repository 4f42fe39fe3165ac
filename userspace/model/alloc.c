// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "alloc.h"

#define REC(row)	(&((const struct mms_alloc_row *)(row)->rec)->rec)

MMS_EVENT_ROW_CHECK(struct mms_alloc_row);
MMS_EVENT_GET_CAUSE(struct mms_alloc_row, MMS_ALLOC_CAUSES)

/* ---- GFP flags ------------------------------------------------------------- */

/*
 * Bits in the order of their numbers: include/linux/gfp.h until 5.19, gfp_types.h since.
 * The enum that it is since "mm: change to use an enum for GFP flags", 6.10, did not
 * change these, and ATOMIC was not given to another one when it went, 6.3.
 */
#define BITS(X)										\
	X(DMA) X(HIGHMEM) X(DMA32) X(MOVABLE) X(RECLAIMABLE) X(HIGH) X(IO) X(FS)	\
	X(ZERO) X(ATOMIC) X(DIRECT_RECLAIM) X(KSWAPD_RECLAIM) X(WRITE) X(NOWARN)	\
	X(RETRY_MAYFAIL) X(NOFAIL) X(NORETRY) X(MEMALLOC) X(COMP) X(NOMEMALLOC)		\
	X(HARDWALL) X(THISNODE) X(ACCOUNT) X(ZEROTAGS)

enum {
#define MMS_X(name) name,
	BITS(MMS_X)
#undef MMS_X
	NR_BITS
};

#define RECLAIM		(BIT(DIRECT_RECLAIM) | BIT(KSWAPD_RECLAIM))
#define KERNEL		(RECLAIM | BIT(IO) | BIT(FS))
#define USER		(KERNEL | BIT(HARDWALL))
#define HIGHUSER	(USER | BIT(HIGHMEM))
#define THP		(HIGHUSER | BIT(MOVABLE) | BIT(COMP) | BIT(NOMEMALLOC) | BIT(NOWARN))
#define THP_LIGHT	(THP & ~RECLAIM)

/* GFP_*, those with more bits first. */
static const struct {
	const char *name;
	u32 bits;
} sets[] = {
	{ "TRANSHUGE", THP_LIGHT | BIT(DIRECT_RECLAIM) },
	{ "TRANSHUGE_LIGHT", THP_LIGHT },
	{ "HIGHUSER_MOVABLE", HIGHUSER | BIT(MOVABLE) },
	{ "HIGHUSER", HIGHUSER },
	{ "USER", USER },
	{ "KERNEL", KERNEL },
	{ "NOFS", RECLAIM | BIT(IO) },
	{ "ATOMIC", BIT(HIGH) | BIT(KSWAPD_RECLAIM) },
	{ "NOIO", RECLAIM },
	{ "NOWAIT", BIT(KSWAPD_RECLAIM) },
};

static const char *const bits[] = {
#define MMS_X(name) #name,
	BITS(MMS_X)
#undef MMS_X
};

static char *add(char *p, const char *start, const char *name)
{
	const size_t len = strlen(name);

	if (p > start)
		*p++ = '|';
	memcpy(p, name, len);
	return p + len;
}

/* As the kernel's own messages have them, without GFP_ and __GFP_. */
static void get_gfp(const struct mms_row *row, struct mms_value *ret_value)
{
	char *text = row->ctx->scratch, *p = text;
	u32 gfp = REC(row)->gfp;
	unsigned int i;

	/* Until 6.3 it goes with GFP_ATOMIC. */
	if ((gfp & (BIT(ATOMIC) | BIT(HIGH))) == (BIT(ATOMIC) | BIT(HIGH)))
		gfp &= ~BIT(ATOMIC);
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		if ((gfp & sets[i].bits) != sets[i].bits)
			continue;
		p = add(p, text, sets[i].name);
		gfp &= ~sets[i].bits;
		break;
	}
	for (i = 0; i < NR_BITS; i++)
		if (gfp & BIT(i))
			p = add(p, text, bits[i]);
	if (p == text)
		p = add(p, text, "0");
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = text;
	ret_value->len = p - text;
}

/* ---- fields ---------------------------------------------------------------- */

/* gfp_migratetype(), include/linux/gfp.h: bits MOVABLE and RECLAIMABLE are the number. */
static void get_type(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->gfp >> MOVABLE & 3;
}

static void get_order(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->order;
}

static void get_fallback_order(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->fallback_order;
	if (!REC(row)->fallbacks)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_fallback_type(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->fallback_type;
	if (!REC(row)->fallbacks)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_warned(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(REC(row)->marks & MMS_ALLOC_WARNED);
}

#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(pfn, pfn, pfn, "the first page's number")					\
	X(pages, pages, count, "that it gave")						\
	X(gfp_raw, gfp, hex, "GFP flags, as they were asked for, by this kernel's numbers") \
	X(refilled, refilled, count, "blocks that were put into the CPU's list meanwhile") \
	X(fallbacks, fallbacks, count, "blocks of another migrate type that were taken meanwhile") \
	X(reclaim, reclaim, ns, "of it reclaim, in try_to_free_pages()")		\
	X(compact, compact, ns, "of it compaction, in try_to_compact_pages()")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_alloc_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_alloc_row, "what it took")
#define OF(n, u, member, fn, text) \
	MMS_EVENT_OF(struct mms_alloc_row, n, u, rec.member, BIT(FIELD_fallbacks), fn, text)
	OF("order", order, order, get_order, "pages are 2 to the power of it, but for bulk")
	OF("type", migratetype, gfp, get_type, "migrate type it is for, by its flags")
	OF("gfp", text, gfp, get_gfp, "GFP flags by name, without GFP_ and __GFP_")
	OF("fallback_order", order, fallback_order, get_fallback_order, "order of the smallest block of another type; below that of a page block it fragments")
	OF("fallback_type", migratetype, fallback_type, get_fallback_type, "and its type")
	OF("warned", bool, marks, get_warned, "the kernel wrote to its log that it failed")
#undef OF
};

static u64 absent(const struct mms_row *row)
{
	return REC(row)->pfn ? 0 : BIT(FIELD_pfn);
}

const struct mms_model mms_model_alloc = {
	.name = "trace.alloc",
	.title = "allocation of pages",
	.rec_size = sizeof(struct mms_alloc_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,tid,cause,order,latency,gfp",
};
