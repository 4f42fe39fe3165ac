/* SPDX-License-Identifier: GPL-2.0-only */
/* What derived columns of several models share. */
#ifndef MMS_MODEL_DERIVE_H
#define MMS_MODEL_DERIVE_H

#include "model.h"

/* The target's PID, for outputs about several. */
void mms_derive_pid(const struct mms_row *row, struct mms_value *ret_value);
#define MMS_DERIVED_PID							\
	MMS_DERIVED_OF("pid", "pid", signed, 0, MMS_READS_NONE, mms_derive_pid, \
		       "process the row belongs to")

/* A view's kpf once more, as letters; get_pageflags() is the model's. */
#define MMS_DERIVED_PAGEFLAGS(view)					\
	MMS_DERIVED("pageflags", "pageflags", kpfletters, MMS_HAS(view, kpf), get_pageflags, \
		    "kpf as the letters of page-types")

/* The text behind the record. */
void mms_derive_row_text(const struct mms_row *row, struct mms_value *ret_value);
/* "r-xp": the rights of a VMA by its flags. */
void mms_derive_perm(const struct mms_row *row, u64 vma_flags, struct mms_value *ret_value);
/* The same of any flags: letters, or "-" for what is not set. */
void mms_derive_rights(const struct mms_row *row, bool rd, bool wr, bool ex, char last,
		       struct mms_value *ret_value);
/* "heap+0x10" for an address. */
void mms_derive_symbol(const struct mms_row *row, u64 address, struct mms_value *ret_value);
/* What the VMA of an address is called. */
void mms_derive_mapping(const struct mms_row *row, u64 address, struct mms_value *ret_value);
/*
 * An entry's bits and how its page is cached. The VMA's flags are 0 where they
 * are not known.
 */
void mms_derive_bits(const struct mms_row *row, u64 entry, unsigned int level, unsigned int kind,
		     u64 vma_flags, struct mms_value *ret_value);
void mms_derive_memtype(const struct mms_row *row, u64 entry, unsigned int level,
			unsigned int kind, struct mms_value *ret_value);
/* "3:0x1a2b" for a swap slot. */
void mms_derive_swap(const struct mms_row *row, unsigned int kind, unsigned int type,
		     u64 offset, struct mms_value *ret_value);
/* "08:01" for a device, as /proc/PID/maps has it. */
void mms_derive_dev(const struct mms_row *row, u32 major, u32 minor, struct mms_value *ret_value);
void mms_value_text(struct mms_value *ret_value, const char *text);
/* An array of chars in a record, which may have been saved by anyone: no end need be in it. */
void mms_value_chars(struct mms_value *ret_value, const char *text, size_t size);
#define MMS_VALUE_CHARS(ret_value, array) mms_value_chars(ret_value, array, sizeof(array))

#endif /* MMS_MODEL_DERIVE_H */
