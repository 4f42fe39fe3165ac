/* SPDX-License-Identifier: GPL-2.0-only */
/* The words for numbers and bits: one table each, from the wire's lists where it has one. */
#ifndef MMS_MODEL_VOCAB_H
#define MMS_MODEL_VOCAB_H

#include "model.h"

/* A bit with a name: page flags, VMA flags, entry bits. */
struct mms_bit {
	u8 bit;
	u8 width;	/* more than 1: shown as NAME=value if not 0 */
	char letter;
	const char *name;
	u64 needs;	/* MMS_BITS_* without which it means nothing */
	const char *text;
};

/* How a page is cached, by the names of x86's manuals. */
enum mms_memtype {
	MMS_MEMTYPE_WB,
	MMS_MEMTYPE_WC,
	MMS_MEMTYPE_UC_MINUS,
	MMS_MEMTYPE_UC,
	MMS_MEMTYPE_WT,
	MMS_MEMTYPE_WP,
};

/* Words of a closed list; "?" beyond its end. */
const char *mms_word(unsigned int unit, u64 value);
/* A zone's name, or its number in @buf of MMS_ZONE_TEXT bytes if no name is known. */
const char *mms_zone_word(const struct mms_ctx *ctx, u64 zone, char *buf);
/* The word, for people: half a sentence, or NULL if the list has none. */
const char *mms_word_text(unsigned int unit, u64 value);
/* The number of a word, or -1. */
int mms_word_find(unsigned int unit, const char *word, size_t len);

const struct mms_bit *mms_kpf_bits(unsigned int *ret_nr);
const struct mms_bit *mms_vma_bits(unsigned int *ret_nr);
/* The table of a unit whose value is a set of bits (kpf, vmaflags), or NULL. */
const struct mms_bit *mms_unit_bits(unsigned int unit, unsigned int *ret_nr);

/**
 * struct mms_arch_ops - what is particular to an architecture
 * @name: as uname says it
 * @va_bits: bits of an address that are translated, by levels
 * @level_shift: the lowest bit of an address that a level translates
 * @bits: the bits of a present entry, @nr_bits rows
 * @nr_bits: see @bits
 * @next: take the next word of an entry: *@pos starts at 0 and belongs to
 *	this function; false at the end. @ret_value is what a bit wider than
 *	one holds.
 * @memtype: how a present leaf of @level is cached
 */
struct mms_arch_ops {
	const char *name;
	unsigned int (*va_bits)(const struct mms_header *header);
	unsigned int (*level_shift)(const struct mms_header *header, unsigned int level);
	const struct mms_bit *bits;
	unsigned int nr_bits;
	const struct mms_bit *(*next)(const struct mms_header *header, u64 entry, u64 aux,
				      unsigned int *pos, u64 *ret_value);
	enum mms_memtype (*memtype)(u64 entry, unsigned int level);
};

extern const struct mms_arch_ops mms_arch_x86;

/* NULL for one this build does not know. */
const struct mms_arch_ops *mms_arch_of(unsigned int arch);

/*
 * An entry without its address: what its bits say. That of the next entry is
 * often the same, and then so are its words.
 */
static inline u64 mms_entry_attributes(const struct mms_header *header, unsigned int level,
				       u64 entry)
{
	u64 address = header->phys_mask & ~header->enc_mask;

	/* A huge leaf has its PAT bit where a PTE's address begins. */
	if (level > MMS_LEVEL_PTE)
		address &= ~BIT(12);
	return entry & 1 ? entry & ~address : entry;
}

/* Bytes an entry of @level maps in this stream. */
u64 mms_level_size(const struct mms_header *header, unsigned int level);

#endif /* MMS_MODEL_VOCAB_H */
