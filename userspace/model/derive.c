// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "symbols.h"
#include "vocab.h"

void mms_value_text(struct mms_value *ret_value, const char *text)
{
	if (!text) {
		ret_value->type = MMS_VALUE_NONE;
		return;
	}
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = text;
	ret_value->len = strlen(text);
}

void mms_value_chars(struct mms_value *ret_value, const char *text, size_t size)
{
	ret_value->len = strnlen(text, size);
	ret_value->type = ret_value->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = text;
}

void mms_derive_dev(const struct mms_row *row, u32 major, u32 minor, struct mms_value *ret_value)
{
	snprintf(row->ctx->scratch, sizeof(row->ctx->scratch), "%02x:%02x", major, minor);
	mms_value_text(ret_value, row->ctx->scratch);
}

void mms_derive_pid(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = row->ctx->header.pid;
	if (!ret_value->num)
		ret_value->type = MMS_VALUE_NONE;
}

void mms_derive_row_text(const struct mms_row *row, struct mms_value *ret_value)
{
	if (!row->len) {
		ret_value->type = MMS_VALUE_NONE;
		return;
	}
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = row->text;
	ret_value->len = row->len;
}

void mms_derive_rights(const struct mms_row *row, bool rd, bool wr, bool ex, char last,
		       struct mms_value *ret_value)
{
	char *buf = row->ctx->scratch;

	buf[0] = rd ? 'r' : '-';
	buf[1] = wr ? 'w' : '-';
	buf[2] = ex ? 'x' : '-';
	buf[3] = last;
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = buf;
	ret_value->len = 4;
}

void mms_derive_perm(const struct mms_row *row, u64 vma_flags, struct mms_value *ret_value)
{
	bool shared = vma_flags & (BIT(MMS_VMA_sh) | BIT(MMS_VMA_ms));

	mms_derive_rights(row, vma_flags & BIT(MMS_VMA_rd), vma_flags & BIT(MMS_VMA_wr),
			  vma_flags & BIT(MMS_VMA_ex), shared ? 's' : 'p', ret_value);
}

void mms_derive_symbol(const struct mms_row *row, u64 address, struct mms_value *ret_value)
{
	struct mms_ctx *ctx = row->ctx;
	size_t len = 0;

	ret_value->type = MMS_VALUE_NONE;
	if (ctx->symbols)
		len = mms_symbols_format(ctx->symbols, address, ctx->scratch, sizeof(ctx->scratch));
	if (!len)
		return;
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = ctx->scratch;
	ret_value->len = len;
}

void mms_derive_mapping(const struct mms_row *row, u64 address, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_NONE;
	if (!row->ctx->symbols)
		return;
	ret_value->text = mms_symbols_name(row->ctx->symbols, address, &ret_value->len);
	if (!ret_value->text)
		return;
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->num = (uintptr_t)ret_value->text;
}

void mms_derive_bits(const struct mms_row *row, u64 entry, unsigned int level, unsigned int kind,
		     u64 vma_flags, struct mms_value *ret_value)
{
	ret_value->num = mms_entry_attributes(&row->ctx->header, level, entry);
	ret_value->num2 = MMS_BITS_AUX(level, kind);
	if (vma_flags & BIT(MMS_VMA_ss))
		ret_value->num2 |= MMS_BITS_SHADOW;
}

void mms_derive_memtype(const struct mms_row *row, u64 entry, unsigned int level,
			unsigned int kind, struct mms_value *ret_value)
{
	const struct mms_arch_ops *arch = row->ctx->arch;

	if (arch && (entry & 1) && kind != MMS_KIND_table)
		ret_value->num = arch->memtype(entry, level);
	else
		ret_value->type = MMS_VALUE_NONE;
}

void mms_derive_swap(const struct mms_row *row, unsigned int kind, unsigned int type,
		     u64 offset, struct mms_value *ret_value)
{
	char *buf = row->ctx->scratch;

	ret_value->type = MMS_VALUE_NONE;
	if (kind != MMS_KIND_swap || type == MMS_NO_SWAP)
		return;
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = buf;
	ret_value->len = snprintf(buf, sizeof(row->ctx->scratch), "%u:0x%llx", type,
				  (unsigned long long)offset);
}
