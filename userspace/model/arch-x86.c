// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is particular to x86-64: how an address is cut up, and what the bits of
 * an entry are called. Names as crash prints them.
 */
#include "vocab.h"

#define DIRTY		BIT(6)
#define RW_DIRTY	(BIT(1) | DIRTY)

static const struct mms_bit bits[] = {
#define MMS_X(bit, width, letter, name, needs, text) { bit, width, letter, #name, needs, text },
	MMS_X86_BITS(MMS_X)
#undef MMS_X
};

/* A leaf above the PTE level has its PAT bit elsewhere, because bit 7 says that it is one. */
static const struct mms_bit pat_pte = { 7, 1, 'h', "PAT", 0, "memory type, with PWT and PCD" };
static const struct mms_bit pat_huge = { 12, 1, 'h', "PAT", 0, "memory type, with PWT and PCD" };
static const struct mms_bit protnone = {
	8, 1, 'g', "PROTNONE", 0, "a page is here, but no access is allowed"
};
static const struct mms_bit encrypted = {
	0, 1, '\0', "ENCRYPTED", MMS_BITS_ENCRYPTED, "memory is encrypted (or shared, with TDX)"
};
static const struct mms_bit shadow_stack = {
	6, 1, '\0', "SHADOW_STACK", 0, "dirty without write: a shadow stack, only CALL and RET use it"
};

static const struct mms_bit swap_bits[] = {
#define MMS_X(bit, name, needs, text) { bit, 1, '\0', #name, needs, text },
	MMS_X86_SWAP_BITS(MMS_X)
#undef MMS_X
};

static unsigned int va_bits(const struct mms_header *header)
{
	return header->levels == 5 ? 57 : 48;
}

static unsigned int level_shift(const struct mms_header *header, unsigned int level)
{
	/* With four levels PGD and P4D are one: both map 512 GiB. */
	if (level == MMS_LEVEL_PGD && header->levels < 5)
		level = MMS_LEVEL_P4D;
	if (level < MMS_LEVEL_PTE || level > MMS_LEVEL_PGD)
		return 12;
	return 12 + 9 * (level - MMS_LEVEL_PTE);
}

static bool is_swap(unsigned int kind)
{
	return kind == MMS_KIND_swap || (kind >= MMS_KIND_migration && kind <= MMS_KIND_other);
}

static const struct mms_bit *next_swap(const struct mms_header *header, u64 entry,
				       unsigned int *pos, u64 *ret_value)
{
	while (*pos < ARRAY_SIZE(swap_bits)) {
		const struct mms_bit *b = &swap_bits[(*pos)++];

		if ((b->needs & ~header->bits) || !(entry >> b->bit & 1))
			continue;
		*ret_value = 1;
		return b;
	}
	return NULL;
}

static const struct mms_bit *next(const struct mms_header *header, u64 entry, u64 aux,
				  unsigned int *pos, u64 *ret_value)
{
	unsigned int level = aux >> 8 & 0xff, kind = aux & 0xff;
	bool leaf = kind != MMS_KIND_table;

	if (kind == MMS_KIND_none && !(entry & 1))
		return NULL;
	if (is_swap(kind) && !(entry & 1))
		return next_swap(header, entry, pos, ret_value);
	while (*pos < ARRAY_SIZE(bits)) {
		const struct mms_bit *b = &bits[(*pos)++];
		u64 value = entry >> b->bit & (BIT(b->width) - 1);

		if (!value || (b->needs & ~header->bits))
			continue;
		*ret_value = value;
		if (b->bit == 8 && !(entry & 1))
			return &protnone;
		if (b->bit == 7 && level == MMS_LEVEL_PTE)
			return &pat_pte;
		return b;
	}
	*ret_value = 1;
	/* What takes more than one bit to tell. */
	while (*pos < ARRAY_SIZE(bits) + 3) {
		switch ((*pos)++ - ARRAY_SIZE(bits)) {
		case 0:
			if (leaf && level > MMS_LEVEL_PTE && (entry & BIT(7)) && (entry & BIT(12)))
				return &pat_huge;
			break;
		case 1:
			if (leaf && (aux & MMS_BITS_SHADOW) && (entry & RW_DIRTY) == DIRTY)
				return &shadow_stack;
			break;
		default:
			if (entry & header->enc_mask)
				return &encrypted;
		}
	}
	return NULL;
}

/*
 * The kernel programs the PAT alike on every processor (pat_init() in
 * arch/x86/mm/pat/memtype.c), unless it has been told nopat, or runs on one with an
 * erratum that takes the PAT bit away: there the entries with it are not used.
 */
static enum mms_memtype memtype(u64 entry, unsigned int level)
{
	static const u8 types[] = {
		MMS_MEMTYPE_WB, MMS_MEMTYPE_WC, MMS_MEMTYPE_UC_MINUS, MMS_MEMTYPE_UC,
		MMS_MEMTYPE_WB, MMS_MEMTYPE_WP, MMS_MEMTYPE_UC_MINUS, MMS_MEMTYPE_WT,
	};
	unsigned int pat = level > MMS_LEVEL_PTE ? 12 : 7;

	return types[(entry >> pat & 1) << 2 | (entry >> 3 & 3)];
}

const struct mms_arch_ops mms_arch_x86 = {
	.name = "x86_64",
	.va_bits = va_bits,
	.level_shift = level_shift,
	.bits = bits,
	.nr_bits = ARRAY_SIZE(bits),
	.next = next,
	.memtype = memtype,
};
