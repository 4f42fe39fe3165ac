// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <linux/kernel-page-flags.h>
#include "vocab.h"

struct word {
	const char *name;
	const char *text;
};

static const struct word kinds[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_KINDS(MMS_X)
#undef MMS_X
};

static const struct word regions[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_REGIONS(MMS_X)
#undef MMS_X
};

static const struct word stops[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_STOPS(MMS_X)
#undef MMS_X
};

static const struct word names[] = {
#define MMS_X(id, name) [id] = { #name, NULL },
	MMS_NAMES(MMS_X)
#undef MMS_X
};

static const struct word policies[] = {
#define MMS_X(id, name) [id] = { #name, NULL },
	MMS_POLICIES(MMS_X)
#undef MMS_X
};

static const struct word folio_kinds[] = {
#define MMS_X(id, name) [id] = { #name, NULL },
	MMS_FOLIO_KINDS(MMS_X)
#undef MMS_X
};

static const struct word lrus[] = {
#define MMS_X(id, name) [id] = { #name, NULL },
	MMS_LRUS(MMS_X)
#undef MMS_X
};

static const struct word rmap_states[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_RMAP_STATES(MMS_X)
#undef MMS_X
};

static const struct word zone_rows[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_ZONE_ROWS(MMS_X)
#undef MMS_X
};

static const struct word migrate_types[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_MIGRATE_TYPES(MMS_X)
#undef MMS_X
};

static const struct word daemons[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_DAEMONS(MMS_X)
#undef MMS_X
};

static const struct word file_kinds[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_FILE_KINDS(MMS_X)
#undef MMS_X
};

static const struct word cache_kinds[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_CACHE_KINDS(MMS_X)
#undef MMS_X
};

static const struct word kernel_kinds[] = {
#define MMS_X(id, name, text) [id] = { #name, text },
	MMS_KERNEL_KINDS(MMS_X)
#undef MMS_X
};

static const struct word levels[] = {
	[MMS_LEVEL_PTE] = { "pte", "page table" },
	[MMS_LEVEL_PMD] = { "pmd", "page middle directory" },
	[MMS_LEVEL_PUD] = { "pud", "page upper directory" },
	[MMS_LEVEL_P4D] = { "p4d", "page level 4 directory" },
	[MMS_LEVEL_PGD] = { "pgd", "page global directory" },
};

static const struct word memtypes[] = {
	[MMS_MEMTYPE_WB] = { "WB", "write-back (cached)" },
	[MMS_MEMTYPE_WC] = { "WC", "write-combining (not cached, writes are gathered)" },
	[MMS_MEMTYPE_UC_MINUS] = { "UC-", "uncached, unless an MTRR says write-combining" },
	[MMS_MEMTYPE_UC] = { "UC", "uncached" },
	[MMS_MEMTYPE_WT] = { "WT", "write-through (cached, writes go to memory at once)" },
	[MMS_MEMTYPE_WP] = { "WP", "write-protect (reads are cached, writes are not)" },
};

static const struct {
	const struct word *words;
	unsigned int nr;
} lists[MMS_NR_ALL_UNITS] = {
	[MMS_UNIT_kind] = { kinds, ARRAY_SIZE(kinds) },
	[MMS_UNIT_region] = { regions, ARRAY_SIZE(regions) },
	[MMS_UNIT_stop] = { stops, ARRAY_SIZE(stops) },
	[MMS_UNIT_name] = { names, ARRAY_SIZE(names) },
	[MMS_UNIT_policy] = { policies, ARRAY_SIZE(policies) },
	[MMS_UNIT_foliokind] = { folio_kinds, ARRAY_SIZE(folio_kinds) },
	[MMS_UNIT_lru] = { lrus, ARRAY_SIZE(lrus) },
	[MMS_UNIT_rmapstate] = { rmap_states, ARRAY_SIZE(rmap_states) },
	[MMS_UNIT_zonerow] = { zone_rows, ARRAY_SIZE(zone_rows) },
	[MMS_UNIT_migratetype] = { migrate_types, ARRAY_SIZE(migrate_types) },
	[MMS_UNIT_daemon] = { daemons, ARRAY_SIZE(daemons) },
	[MMS_UNIT_filekind] = { file_kinds, ARRAY_SIZE(file_kinds) },
	[MMS_UNIT_cachekind] = { cache_kinds, ARRAY_SIZE(cache_kinds) },
	[MMS_UNIT_kernelkind] = { kernel_kinds, ARRAY_SIZE(kernel_kinds) },
	[MMS_UNIT_level] = { levels, ARRAY_SIZE(levels) },
	[MMS_UNIT_memtype] = { memtypes, ARRAY_SIZE(memtypes) },
};

const char *mms_word(unsigned int unit, u64 value)
{
	if (value < lists[unit].nr && lists[unit].words[value].name)
		return lists[unit].words[value].name;
	return "?";
}

const char *mms_zone_word(const struct mms_ctx *ctx, u64 zone, char *buf)
{
	if (ctx && zone < MMS_MAX_ZONES && *ctx->zones[zone])
		return ctx->zones[zone];
	snprintf(buf, MMS_ZONE_TEXT, "%u", (unsigned int)zone);
	return buf;
}

const char *mms_word_text(unsigned int unit, u64 value)
{
	return value < lists[unit].nr ? lists[unit].words[value].text : NULL;
}

int mms_word_find(unsigned int unit, const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i < lists[unit].nr; i++) {
		const char *name = lists[unit].words[i].name;

		if (name && strlen(name) == len && !strncasecmp(name, word, len))
			return i;
	}
	return -1;
}

static const struct mms_bit kpf[] = {
#define MMS_X(bit, letter, name, text) { bit, 1, letter, #name, 0, text },
	MMS_KPF_BITS(MMS_X)
#undef MMS_X
};

static const struct mms_bit zone_flags[] = {
#define MMS_X(bit, name, text) { bit, 1, '\0', #name, 0, text },
	MMS_ZONE_FLAGS(MMS_X)
#undef MMS_X
};

static const struct mms_bit vma[] = {
#define MMS_X(bit, name, text) { bit, 1, '\0', #name, 0, text },
	MMS_VMA_FLAGS(MMS_X)
#undef MMS_X
	{ 63, 1, '\0', "??", 0, "a flag this version has no name for" },
};

const struct mms_bit *mms_kpf_bits(unsigned int *ret_nr)
{
	*ret_nr = ARRAY_SIZE(kpf);
	return kpf;
}

const struct mms_bit *mms_vma_bits(unsigned int *ret_nr)
{
	*ret_nr = ARRAY_SIZE(vma);
	return vma;
}

const struct mms_bit *mms_unit_bits(unsigned int unit, unsigned int *ret_nr)
{
	if (unit == MMS_UNIT_kpf || unit == MMS_UNIT_kpfletters)
		return mms_kpf_bits(ret_nr);
	if (unit == MMS_UNIT_vmaflags)
		return mms_vma_bits(ret_nr);
	if (unit == MMS_UNIT_zoneflags) {
		*ret_nr = ARRAY_SIZE(zone_flags);
		return zone_flags;
	}
	return NULL;
}

const struct mms_arch_ops *mms_arch_of(unsigned int arch)
{
	return arch == MMS_ARCH_X86_64 ? &mms_arch_x86 : NULL;
}

u64 mms_level_size(const struct mms_header *header, unsigned int level)
{
	const struct mms_arch_ops *arch = mms_arch_of(header->arch);
	unsigned int shift = arch ? arch->level_shift(header, level) : 12;

	return BIT(shift & 63);
}
