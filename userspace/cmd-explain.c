// SPDX-License-Identifier: GPL-2.0-only
/* mmscope walk --explain: what the hardware does, said to someone who learns it. */
#include <stdio.h>
#include <string.h>
#include "cmd-explain.h"
#include "lib/number.h"
#include "model/symbols.h"
#include "model/vocab.h"

#define ULL(x)	((unsigned long long)(x))

/* Bits high to low of a value into @buf, which is returned. */
static char *binary(u64 value, unsigned int high, unsigned int low, char *buf)
{
	char *p = buf;
	int i;

	for (i = high; i >= (int)low; i--)
		*p++ = '0' + (value >> i & 1);
	*p = '\0';
	return buf;
}

static const char *level_name(unsigned int level)
{
	static const char *const names[] = { "?", "PTE", "PMD", "PUD", "P4D", "PGD" };

	return names[level < ARRAY_SIZE(names) ? level : 0];
}

/* The address cut where the tables cut it, in three aligned lines. */
static void cut_address(struct mms_render *r, const struct mms_ctx *ctx, u64 address)
{
	unsigned int top = ctx->arch->va_bits(&ctx->header), high, low, index;
	char bits[65], head[256] = "", mid[256] = "", tail[256] = "";
	int level = ctx->header.levels == 5 ? MMS_LEVEL_PGD : MMS_LEVEL_P4D;
	size_t n;

	n = 64 - top;
	snprintf(head, sizeof(head), "%-*s", (int)n, "sign");
	snprintf(mid, sizeof(mid), "%s", binary(address, 63, top, bits));
	snprintf(tail, sizeof(tail), "%-*s", (int)n, "");
	for (; level >= MMS_LEVEL_PTE; level--) {
		low = 12 + 9 * (level - 1);
		high = low + 8;
		index = address >> low & 511;
		/* With four levels the kernel calls the topmost one PGD. */
		n = strlen(head);
		snprintf(head + n, sizeof(head) - n, " %-9s",
			 level == MMS_LEVEL_P4D && ctx->header.levels < 5 ? "PGD" :
			 level_name(level));
		snprintf(mid + n, sizeof(mid) - n, " %s", binary(address, high, low, bits));
		snprintf(tail + n, sizeof(tail) - n, " %-9u", index);
	}
	n = strlen(head);
	snprintf(head + n, sizeof(head) - n, " offset");
	snprintf(mid + n, sizeof(mid) - n, " %s", binary(address, 11, 0, bits));
	snprintf(tail + n, sizeof(tail) - n, " %u", (unsigned int)(address & 4095));
	mms_render_line(r, "  %s", head);
	mms_render_line(r, "  %s", mid);
	mms_render_line(r, "  %s", tail);
}

static void entry_bits(struct mms_render *r, const struct mms_ctx *ctx,
		       const struct mms_walk_rec *rec)
{
	const struct mms_bit *b;
	u64 aux = MMS_BITS_AUX(rec->level, rec->kind), value;
	unsigned int pos = 0;

	if (rec->vma_flags & BIT(MMS_VMA_ss))
		aux |= MMS_BITS_SHADOW;
	while ((b = ctx->arch->next(&ctx->header, rec->entry, aux, &pos, &value))) {
		if (b->width > 1)
			mms_render_line(r, "     %-12s %s %llu", b->name, b->text, ULL(value));
		else
			mms_render_line(r, "     %-12s %s", b->name, b->text);
	}
}

static const char *size_text(u64 bytes, char *buf)
{
	buf[mms_format_size(bytes, buf)] = '\0';
	return buf;
}

static void folio(struct mms_render *r, const struct mms_ctx *ctx, const struct mms_walk_rec *rec)
{
	char size[MMS_SIZE_TEXT], zone[MMS_ZONE_TEXT], flags[512] = "";
	const struct mms_bit *bits;
	unsigned int nr, i;
	size_t n = 0;

	if (!(rec->rec.flags & MMS_RF_FOLIO))
		return;
	bits = mms_kpf_bits(&nr);
	for (i = 0; i < nr; i++)
		if (rec->kpf >> bits[i].bit & 1)
			n += snprintf(flags + n, sizeof(flags) - n, "%s%s", n ? ", " : "",
				      bits[i].name);
	mms_render_line(r, "   The page frame is page %u of a folio of order %u: %llu page%s that the kernel handles as one (%s).",
			rec->folio_page, rec->order, ULL(BIT(rec->order)), rec->order ? "s" : "",
			size_text(4096ULL << rec->order, size));
	mms_render_line(r, "   It has %d reference%s and is mapped %d time%s. Its flags: %s.",
			rec->refcount, rec->refcount == 1 ? "" : "s", rec->mapcount,
			rec->mapcount == 1 ? "" : "s", n ? flags : "none");
	if (rec->node >= 0 && rec->zone != MMS_NO_ZONE)
		mms_render_line(r, "   It lies on NUMA node %d, in zone %s.", rec->node,
				mms_zone_word(ctx, rec->zone, zone));
}

static void memory_type(struct mms_render *r, const struct mms_ctx *ctx,
			const struct mms_walk_rec *rec)
{
	unsigned int type;

	if (!(rec->entry & 1))
		return;
	type = ctx->arch->memtype(rec->entry, rec->level);
	mms_render_line(r, "   PWT, PCD and PAT together choose its memory type, %s: %s.",
			mms_word(MMS_UNIT_memtype, type), mms_word_text(MMS_UNIT_memtype, type));
}

static void outcome(struct mms_render *r, const struct mms_ctx *ctx,
		    const struct mms_walk_rec *rec)
{
	const char *kind = mms_word_text(MMS_UNIT_kind, rec->kind);
	char size[MMS_SIZE_TEXT];

	switch (rec->stop) {
	case MMS_STOP_table:
		mms_render_line(r, "   So the next table is at physical address 0x%llx.",
				ULL(rec->phys));
		break;
	case MMS_STOP_page:
		if (rec->level > MMS_LEVEL_PTE)
			mms_render_line(r, "   PSE says that this is no table but a huge page of %s: the walk ends a level early.",
					size_text(mms_level_size(&ctx->header, rec->level), size));
		mms_render_line(r, "   So the walk ends here: %s.",
				rec->kind == MMS_KIND_page || !kind ? "the entry maps a page" : kind);
		memory_type(r, ctx, rec);
		folio(r, ctx, rec);
		break;
	case MMS_STOP_none:
		mms_render_line(r, "   The hardware raises a page fault here; the kernel would look at the VMA, and put a page in place if there is one.");
		break;
	case MMS_STOP_nonpresent:
		mms_render_line(r, "   PRESENT is 0, so the hardware raises a page fault and ignores the other bits. They are a note the kernel left for itself: %s.",
				kind ?: "unknown");
		if (rec->kind == MMS_KIND_swap)
			mms_render_line(r, "   The page is in swap area %u, at slot 0x%llx; the fault reads it back.",
					rec->swap_type, ULL(rec->pfn));
		break;
	default:
		mms_render_line(r, "   %s.", mms_word_text(MMS_UNIT_stop, rec->stop) ?: "?");
	}
}

static void step(struct mms_render *r, const struct mms_ctx *ctx, const struct mms_walk_rec *rec,
		 unsigned int number)
{
	char bits[16];

	if (!rec->table_phys) {
		outcome(r, ctx, rec);
		return;
	}
	if (rec->stop == MMS_STOP_folded) {
		mms_render_line(r, "%u. %s: with %u levels there is no such table. The kernel's code goes through it, the hardware does not.",
				number, level_name(rec->level), ctx->header.levels);
		return;
	}
	mms_render_line(r, "%u. %s, the %s, lies at physical address 0x%llx%s.", number,
			level_name(rec->level), mms_word_text(MMS_UNIT_level, rec->level) ?: "table",
			ULL(rec->table_phys), number == 1 ? " (register CR3 says so)" : "");
	mms_render_line(r, "   Bits %u-%u of the address are %s, that is entry %u. An entry takes 8 bytes:",
			rec->shift + 8, rec->shift,
			binary(rec->address, rec->shift + 8, rec->shift, bits), rec->index);
	mms_render_line(r, "   0x%llx + 8 * %u = 0x%llx.", ULL(rec->table_phys), rec->index,
			ULL(rec->entry_phys));
	if (!rec->entry) {
		mms_render_line(r, "   There the hardware reads 0: %s.",
				mms_word_text(MMS_UNIT_stop, MMS_STOP_none));
	} else {
		mms_render_line(r, "   There the hardware reads 0x%llx, with these bits set:",
				ULL(rec->entry));
		entry_bits(r, ctx, rec);
	}
	outcome(r, ctx, rec);
}

void mms_explain_walk(struct mms_render *r, struct mms_ctx *ctx,
		      const struct mms_walk_rec *rows, unsigned int nr)
{
	const struct mms_walk_rec *last = &rows[nr - 1];
	struct mms_value name;
	unsigned int i, number = 0;

	mms_render_line(r, "Address 0x%llx of process %d, with %u levels of paging.",
			ULL(rows->address), ctx->header.pid, ctx->header.levels);
	mms_field_get(&mms_model_walk, &mms_model_walk.fields[mms_model_field(&mms_model_walk,
		      "symbol", 6)], &(struct mms_row){ .ctx = ctx, .rec = rows }, &name);
	if (name.type == MMS_VALUE_TEXT)
		mms_render_line(r, "It is %.*s.", (int)name.len, name.text);
	if (last->vma_end)
		mms_render_line(r, "Its VMA goes from 0x%llx to 0x%llx.", ULL(last->vma_start),
				ULL(last->vma_end));
	mms_render_line(r, "%s", "");
	mms_render_line(r, "Each table has 512 entries, so 9 bits of the address choose one of them; the last 12 say which byte of the page:");
	cut_address(r, ctx, rows->address);
	for (i = 0; i < nr; i++) {
		mms_render_line(r, "%s", "");
		step(r, ctx, &rows[i], ++number);
	}
}

void mms_explain_result(struct mms_render *r, struct mms_ctx *ctx,
			const struct mms_walk_rec *last)
{
	u64 size = mms_level_size(&ctx->header, last->level), offset = last->address & (size - 1);
	const char *why = mms_word_text(MMS_UNIT_stop, last->stop);

	if (last->stop == MMS_STOP_page) {
		u64 base = last->phys - offset;

		mms_render_line(r, "0x%llx -> physical 0x%llx = 0x%llx << 12 (frame) + 0x%llx (offset)",
				ULL(last->address), ULL(last->phys), ULL(base >> 12), ULL(offset));
		return;
	}
	if (last->stop == MMS_STOP_nonpresent)
		mms_render_line(r, "0x%llx -> no physical address: %s: %s", ULL(last->address),
				why ?: "?", mms_word_text(MMS_UNIT_kind, last->kind) ?: "?");
	else
		mms_render_line(r, "0x%llx -> no physical address: %s", ULL(last->address), why ?: "?");
}
