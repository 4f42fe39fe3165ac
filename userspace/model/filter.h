/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters over bits, as they are typed: page-types' grammar. */
#ifndef MMS_MODEL_FILTER_H
#define MMS_MODEL_FILTER_H

#include "vocab.h"

/**
 * struct mms_filter - which values pass
 * @mask: bits looked at
 * @value: what they have to be, unless @any
 * @any: one of @mask is enough
 */
struct mms_filter {
	u64 mask;
	u64 value;
	bool any;
};

/*
 * Page flags: "A,B" any of them, "A,~B" A and not B, "=A,B" exactly these,
 * "A,B=A" of A and B only A. Names may be cut short, numbers are bits.
 * 0, or -EINVAL with *@ret_bad at what is not known.
 */
int mms_filter_kpf(const char *spec, struct mms_filter *ret_filter, const char **ret_bad);

/*
 * Entry bits: "RW,~NX", all of them. PKEY=N for a protection key. @bits is the
 * header's: a name may stand for another bit on another kernel, or for none, and
 * then no entry has it. ~0 for a kernel not known yet: such names are left out.
 */
int mms_filter_entry(const struct mms_arch_ops *arch, const char *spec, u64 bits,
		     struct mms_filter *ret_filter, const char **ret_bad);

static inline bool mms_filter_pass(const struct mms_filter *filter, u64 value)
{
	if (filter->any)
		return value & filter->mask;
	return (value & filter->mask) == filter->value;
}

#define MMS_MAX_FILTERS	16

/**
 * struct mms_filters - filters of which each value has to pass all
 * @of: the filters, @nr of them
 * @nr: see @of
 */
struct mms_filters {
	struct mms_filter of[MMS_MAX_FILTERS];
	unsigned int nr;
};

static inline bool mms_filters_pass(const struct mms_filters *filters, u64 value)
{
	unsigned int i;

	for (i = 0; i < filters->nr; i++)
		if (!mms_filter_pass(&filters->of[i], value))
			return false;
	return true;
}

#endif /* MMS_MODEL_FILTER_H */
