// SPDX-License-Identifier: GPL-2.0-only
/* How a value is written, by its unit: for people, and in JSON. */
#include "render.h"
#include "../lib/escape.h"
#include "../lib/number.h"
#include "../model/vocab.h"

/**
 * struct form - how a number is to be written
 * @opts: for people; NULL in JSON
 * @ctx: of the row
 * @field: the field
 */
struct form {
	const struct mms_render_opts *opts;
	const struct mms_ctx *ctx;
	const struct mms_field *field;
};

typedef void write_fn(struct mms_out *out, const struct form *form, const struct mms_value *value);

/* ---- sets --------------------------------------------------------------- */

/* What parts the members of a set: text or JSON. */
struct list {
	struct mms_out *out;
	bool json;
	char sep;
	bool any;
};

static void list_word(struct list *l, const char *word)
{
	if (l->any)
		mms_out_char(l->out, l->json ? ',' : l->sep);
	l->any = true;
	if (l->json)
		mms_out_char(l->out, '"');
	mms_out_str(l->out, word);
}

static void list_word_end(struct list *l)
{
	if (l->json)
		mms_out_char(l->out, '"');
}

static void list_bits(struct list *l, unsigned int unit, u64 value)
{
	const struct mms_bit *bits;
	unsigned int nr, i;

	bits = mms_unit_bits(unit, &nr);
	for (i = 0; i < nr && value; i++) {
		if (!(value >> bits[i].bit & 1))
			continue;
		value &= ~BIT(bits[i].bit);
		list_word(l, bits[i].name);
		list_word_end(l);
	}
	for (i = 0; i < 64 && value; i++, value >>= 1) {
		if (!(value & 1))
			continue;
		list_word(l, "bit");
		mms_out_dec(l->out, i);
		list_word_end(l);
	}
}

static void list_entry(struct list *l, const struct mms_ctx *ctx, const struct mms_value *value)
{
	const struct mms_bit *b;
	unsigned int pos = 0;
	u64 v;

	if (!ctx || !ctx->arch)
		return;
	while ((b = ctx->arch->next(&ctx->header, value->num, value->num2, &pos, &v))) {
		list_word(l, b->name);
		if (b->width > 1) {
			mms_out_char(l->out, '=');
			mms_out_dec(l->out, v);
		}
		list_word_end(l);
	}
}

static void list_nodes(struct list *l, u64 nodes)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		if (!(nodes >> i & 1))
			continue;
		if (l->any)
			mms_out_char(l->out, ',');
		l->any = true;
		mms_out_dec(l->out, i);
	}
}

/* ---- writers of both ---------------------------------------------------- */

static void write_word(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	mms_out_str(out, mms_word(form->field->unit, value->num));
}

static void write_zone(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	char buf[MMS_ZONE_TEXT];

	mms_out_str(out, mms_zone_word(form->ctx, value->num, buf));
}

static void write_dec(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	if (form->field->sign)
		mms_out_sdec(out, value->num);
	else
		mms_out_dec(out, value->num);
}

static void write_signed(struct mms_out *out, const struct form *form __unused,
			 const struct mms_value *value)
{
	mms_out_sdec(out, value->num);
}

static void write_tenth(struct mms_out *out, const struct form *form __unused,
			const struct mms_value *value)
{
	mms_out_dec(out, value->num / 10);
	mms_out_char(out, '.');
	mms_out_dec(out, value->num % 10);
}

/* Three places, as the kernel's own files have them. */
static void write_thousandth(struct mms_out *out, const struct form *form __unused,
			     const struct mms_value *value)
{
	const s64 n = value->num;

	mms_out_printf(out, "%s%lld.%03lld", n < 0 ? "-" : "", (long long)(n < 0 ? -n : n) / 1000,
		       (long long)(n < 0 ? -n : n) % 1000);
}

/* A place for each bit, "-" where it is not set; a key's digit for a key. */
static void write_letters(struct mms_out *out, const struct form *form,
			  const struct mms_value *value)
{
	const struct mms_ctx *ctx = form->ctx;
	const struct mms_arch_ops *arch = ctx ? ctx->arch : NULL;
	unsigned int kind = value->num2 & 0xff, i;
	bool present = value->num & 1 || (kind < 32 && BIT(kind) & MMS_KINDS_NO_ACCESS);

	for (i = 0; arch && i < arch->nr_bits; i++) {
		const struct mms_bit *b = &arch->bits[i];
		u64 v = value->num >> b->bit & (BIT(b->width) - 1);

		if (!present || !v || (b->needs & ~ctx->header.bits))
			mms_out_char(out, '-');
		else if (b->width > 1)
			mms_out_hex(out, v);
		else
			mms_out_char(out, b->letter);
	}
}

static void write_kpf_letters(struct mms_out *out, const struct form *form __unused,
			      const struct mms_value *value)
{
	const struct mms_bit *bits;
	unsigned int nr, i;

	bits = mms_kpf_bits(&nr);
	for (i = 0; i < nr; i++)
		if (value->num >> bits[i].bit & 1)
			mms_out_char(out, bits[i].letter);
	if (!value->num)
		mms_out_char(out, '-');
}

static void write_range(struct mms_out *out, const struct form *form __unused,
			const struct mms_value *value)
{
	mms_out_hex(out, value->num);
	mms_out_char(out, '-');
	/* The end of memory is one more than fits. */
	if (value->num2)
		mms_out_hex(out, value->num2);
	else
		mms_out_mem(out, "10000000000000000", 17);
}

/* ---- for people --------------------------------------------------------- */

static void text_addr(struct mms_out *out, const struct form *form __unused,
		      const struct mms_value *value)
{
	mms_out_hex(out, value->num);
}

static void text_hex(struct mms_out *out, const struct form *form __unused,
		     const struct mms_value *value)
{
	mms_out_mem(out, "0x", 2);
	mms_out_hex(out, value->num);
}

static void text_size(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	char buf[MMS_SIZE_TEXT];

	if (form->opts->bytes || form->opts->raw || value->num < 1024)
		mms_out_dec(out, value->num);
	else
		mms_out_mem(out, buf, mms_format_size(value->num, buf));
}

/* Pages as a size. */
static void text_pages(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	struct mms_value size = *value;

	size.num <<= form->ctx && form->ctx->header.page_shift ? form->ctx->header.page_shift : 12;
	text_size(out, form, &size);
}

/* Exactly @n digits. */
static void digits(struct mms_out *out, u64 value, unsigned int n)
{
	char text[16];
	unsigned int i;

	for (i = n; i-- > 0; value /= 10)
		text[i] = '0' + value % 10;
	mms_out_mem(out, text, n);
}

/* Three digits and the unit: "512ns", "1.23us", "45.6ms". */
static void text_ns(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	u64 n = value->num;

	if (form->opts->raw) {
		mms_out_dec(out, n);
	} else if (n < 1000) {
		mms_out_dec(out, n);
		mms_out_mem(out, "ns", 2);
	} else {
		static const char names[] = { 'u', 'm' };
		unsigned int i = 0;

		/* In thousandths of the unit. */
		for (; n >= 1000000 && i < 2; i++)
			n /= 1000;
		mms_out_dec(out, n / 1000);
		if (n < 100000) {
			mms_out_char(out, '.');
			digits(out, n % 1000 / (n < 10000 ? 10 : 100), n < 10000 ? 2 : 1);
		}
		if (i < 2)
			mms_out_char(out, names[i]);
		mms_out_char(out, 's');
	}
}

static void text_clock(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	u64 us = value->num / 1000;

	if (form->opts->raw) {
		mms_out_dec(out, value->num);
		return;
	}
	mms_out_dec(out, us / 1000000);
	mms_out_char(out, '.');
	digits(out, us % 1000000, 6);
}

static void text_bool(struct mms_out *out, const struct form *form __unused,
		      const struct mms_value *value)
{
	mms_out_str(out, value->num ? "yes" : "no");
}

static void text_list(const struct list *l)
{
	if (!l->any)
		mms_out_char(l->out, '-');
}

static void text_set(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	struct list l = { .out = out, .sep = ',' };

	list_bits(&l, form->field->unit, value->num);
	text_list(&l);
}

static void text_bits(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	struct list l = { .out = out, .sep = '|' };

	list_entry(&l, form->ctx, value);
	text_list(&l);
}

static void text_nodes(struct mms_out *out, const struct form *form __unused,
		       const struct mms_value *value)
{
	struct list l = { .out = out, .sep = ',' };

	list_nodes(&l, value->num);
	text_list(&l);
}

/* ---- JSON --------------------------------------------------------------- */

static void json_hex(struct mms_out *out, const struct form *form __unused,
		     const struct mms_value *value)
{
	mms_out_quoted_hex(out, value->num);
}

/* A set of bits: its words, and beside them the number they were. */
static void json_set(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	struct list l = { .out = out, .json = true };

	mms_out_char(out, '[');
	list_bits(&l, form->field->unit, value->num);
	mms_out_mem(out, "],\"", 3);
	mms_out_str(out, form->field->key);
	mms_out_str(out, "_raw\":");
	mms_out_quoted_hex(out, value->num);
}

static void json_bits(struct mms_out *out, const struct form *form, const struct mms_value *value)
{
	struct list l = { .out = out, .json = true };

	mms_out_char(out, '[');
	list_entry(&l, form->ctx, value);
	mms_out_char(out, ']');
}

static void json_nodes(struct mms_out *out, const struct form *form __unused,
		       const struct mms_value *value)
{
	struct list l = { .out = out, .json = true };

	mms_out_char(out, '[');
	list_nodes(&l, value->num);
	mms_out_char(out, ']');
}

static void json_bool(struct mms_out *out, const struct form *form __unused,
		      const struct mms_value *value)
{
	mms_out_str(out, value->num ? "true" : "false");
}

/*
 * Write a number over another one, if it has as many digits: most that change
 * from row to row do. Else false, and what is there makes no sense any more.
 */
static bool patch_hex(char *text, size_t len, u64 value)
{
	char digits[32];
	size_t n = mms_hex(value, digits);

	if (len != n + strlen("\"0x\""))
		return false;
	text += strlen("\"0x");
	/* In two halves that may overlap: copies of a fixed size are one instruction each. */
	if (n >= 8) {
		memcpy(text, digits, 8);
		memcpy(text + n - 8, digits + n - 8, 8);
	} else {
		memcpy(text, digits, n);
	}
	return true;
}

static bool patch_dec(char *text, size_t len, u64 value)
{
	char *p = text + len;

	/* The field may be signed. */
	if (value >> 63)
		return false;
	for (; value >= 100 && p - text > 2; value /= 100) {
		p -= 2;
		memcpy(p, mms_two_digits + 2 * (value % 100), 2);
	}
	for (; value >= 10 && p - text > 1; value /= 10)
		*--p = '0' + value % 10;
	if (value >= 10 || p - text != 1)
		return false;
	*--p = '0' + value;
	return true;
}

/*
 * A number over another one in a cell of text, flush right. A cell begins with a space
 * that parts it from the one before, but for the first: that is not to be written over.
 */
static bool flush_right(char *text, size_t len, const char *number, size_t n)
{
	if (n > len || (n == len && *text == ' '))
		return false;
	memset(text, ' ', len - n);
	memcpy(text + len - n, number, n);
	return true;
}

#define PATCH(name, write)							\
static bool patch_##name(char *text, size_t len, u64 value)			\
{										\
	char number[64] = "";							\
	struct mms_out out = { .fd = -1, .size = sizeof(number), .buf = number }; \
	static const struct mms_render_opts plain;				\
	static const struct form form = { .opts = &plain };			\
										\
	write(&out, &form, &(const struct mms_value){ .num = value });		\
	return flush_right(text, len, number, out.len);				\
}
PATCH(text_addr, text_addr)
PATCH(text_hex, text_hex)
PATCH(text_ns, text_ns)
PATCH(text_clock, text_clock)
#undef PATCH

#define QUOTED(write)							\
static void json_##write(struct mms_out *out, const struct form *form,	\
			 const struct mms_value *value)			\
{									\
	mms_out_char(out, '"');						\
	write_##write(out, form, value);				\
	mms_out_char(out, '"');						\
}
QUOTED(word)
QUOTED(zone)
QUOTED(letters)
QUOTED(kpf_letters)
QUOTED(range)

/* ---- units -------------------------------------------------------------- */

/**
 * struct unit - how numbers of a unit are written
 * @name: of the unit, for people
 * @text: writer for people
 * @json: writer for JSON
 * @patch: what JSON of another number can be made this one's with, or NULL
 * @right: the column is flush right
 */
struct unit {
	const char *name;
	write_fn *text;
	write_fn *json;
	mms_patch_fn *patch;
	bool right;
};

static const struct unit units[MMS_NR_ALL_UNITS] = {
#define HEX(unit, text) [MMS_UNIT_##unit] = { #unit, text, json_hex, patch_hex, true }
#define DEC(unit, name, text) [MMS_UNIT_##unit] = { name, text, write_dec, patch_dec, true }
#define LEFT(unit, text, json) [MMS_UNIT_##unit] = { #unit, text, json, NULL, false }
	HEX(addr, text_addr),
	HEX(hex, text_hex),
	DEC(count, "count", write_dec),
	[MMS_UNIT_signed] = { "signed", write_signed, write_signed, NULL, true },
	DEC(bytes, "bytes", text_size),
	DEC(pss, "bytes", text_size),
	DEC(pages, "pages", text_pages),
	DEC(pfn, "pfn", text_hex),
	HEX(entry, text_hex),
	DEC(node, "node", write_dec),
	DEC(order, "order", write_dec),
	DEC(inode, "inode", write_dec),
	DEC(cgroup, "cgroup", write_dec),
	DEC(gen, "gen", write_dec),
	DEC(ns, "ns", text_ns),
	DEC(clock, "ns", text_clock),
	[MMS_UNIT_tenth] = { "percent", write_tenth, write_tenth, NULL, true },
	[MMS_UNIT_thousandth] = { "thousandth", write_thousandth, write_thousandth, NULL, true },
	LEFT(zonerow, write_word, json_word),
	LEFT(migratetype, write_word, json_word),
	LEFT(daemon, write_word, json_word),
	LEFT(zoneflags, text_set, json_set),
	LEFT(level, write_word, json_word),
	LEFT(kind, write_word, json_word),
	LEFT(region, write_word, json_word),
	LEFT(memtype, write_word, json_word),
	LEFT(zone, write_zone, json_zone),
	LEFT(name, write_word, json_word),
	LEFT(policy, write_word, json_word),
	LEFT(stop, write_word, json_word),
	LEFT(foliokind, write_word, json_word),
	LEFT(lru, write_word, json_word),
	LEFT(rmapstate, write_word, json_word),
	LEFT(filekind, write_word, json_word),
	LEFT(cachekind, write_word, json_word),
	LEFT(kernelkind, write_word, json_word),
	LEFT(kpf, text_set, json_set),
	LEFT(vmaflags, text_set, json_set),
	LEFT(nodes, text_nodes, json_nodes),
	LEFT(bool, text_bool, json_bool),
	LEFT(text, write_dec, write_dec),
	LEFT(comm, write_dec, write_dec),
	LEFT(range, write_range, json_range),
	LEFT(bits, text_bits, json_bits),
	LEFT(letters, write_letters, json_letters),
	LEFT(kpfletters, write_kpf_letters, json_kpf_letters),
#undef HEX
#undef DEC
#undef LEFT
};

const char *mms_unit_name(unsigned int unit)
{
	return units[unit].name;
}

bool mms_unit_right(unsigned int unit)
{
	return units[unit].right;
}

mms_patch_fn *mms_json_patch(unsigned int unit)
{
	return units[unit].patch;
}

mms_patch_fn *mms_text_patch(unsigned int unit)
{
	static const struct {
		write_fn *text;
		mms_patch_fn *patch;
	} patches[] = {
		{ text_addr, patch_text_addr },
		{ text_hex, patch_text_hex },
		{ text_ns, patch_text_ns },
		{ text_clock, patch_text_clock },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patches); i++)
		if (units[unit].text == patches[i].text)
			return patches[i].patch;
	return NULL;
}

void mms_format_text(struct mms_out *out, const struct mms_render_opts *opts,
		     const struct mms_ctx *ctx, const struct mms_field *field,
		     const struct mms_value *value)
{
	const struct form form = { opts, ctx, field };

	switch (value->type) {
	case MMS_VALUE_NUM:
		units[field->unit].text(out, &form, value);
		break;
	case MMS_VALUE_NONE:
		mms_out_char(out, '-');
		break;
	case MMS_VALUE_NA:
		mms_out_mem(out, "n/a", 3);
		break;
	case MMS_VALUE_TEXT:
		mms_escape_text(out, value->text, value->len, opts->raw);
		break;
	}
}

void mms_format_json(struct mms_out *out, const struct mms_ctx *ctx,
		     const struct mms_field *field, const struct mms_value *value)
{
	const struct form form = { NULL, ctx, field };

	switch (value->type) {
	case MMS_VALUE_NUM:
		units[field->unit].json(out, &form, value);
		break;
	case MMS_VALUE_NONE:
	case MMS_VALUE_NA:
		mms_out_mem(out, "null", 4);
		break;
	case MMS_VALUE_TEXT:
		mms_out_char(out, '"');
		mms_escape_json(out, value->text, value->len);
		mms_out_char(out, '"');
		break;
	}
}
