// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "filter.h"
#include "../lib/number.h"
#include "../lib/words.h"

struct parse {
	u64 all;	/* named, with or without ~ */
	u64 set;	/* named without ~ */
	const struct mms_arch_ops *arch;
	u64 bits;	/* the header's */
	bool never;	/* a name that this kernel does not have */
	const char *bad;
};

static bool same(const char *name, const char *word, size_t len, bool prefix)
{
	return !strncasecmp(name, word, len) && (prefix || !name[len]);
}

static int kpf_word(void *data, const char *word, size_t len)
{
	struct parse *p = data;
	const char *name = word + (len && *word == '~');
	size_t n = len - (name - word);
	const struct mms_bit *bits;
	unsigned int nr, i;
	u64 mask = 0, number;

	bits = mms_kpf_bits(&nr);
	for (i = 0; n && i < nr && !mask; i++)
		if (same(bits[i].name, name, n, false))
			mask = BIT(bits[i].bit);
	/* As page-types does: the first name that begins so. */
	for (i = 0; n && i < nr && !mask; i++)
		if (same(bits[i].name, name, n, true))
			mask = BIT(bits[i].bit);
	if (!mask && n && !mms_parse_u64(name, n, &number))
		mask = number;
	if (!mask) {
		p->bad = word;
		return -EINVAL;
	}
	p->all |= mask;
	if (name == word)
		p->set |= mask;
	return 0;
}

int mms_filter_kpf(const char *spec, struct mms_filter *ret_filter, const char **ret_bad)
{
	struct mms_filter f = { .mask = ~0ULL };
	struct parse mask = { .all = 0 }, value = { .all = 0 };
	const char *equals = strchr(spec, '=');
	char left[512];

	if (equals) {
		if (equals != spec) {
			if ((size_t)(equals - spec) >= sizeof(left))
				return -EINVAL;
			memcpy(left, spec, equals - spec);
			left[equals - spec] = '\0';
			if (mms_words_each(left, kpf_word, &mask)) {
				*ret_bad = spec + (mask.bad - left);
				return -EINVAL;
			}
			f.mask = mask.all;
		}
		if (mms_words_each(equals + 1, kpf_word, &value)) {
			*ret_bad = value.bad;
			return -EINVAL;
		}
		f.value = value.set;
	} else {
		if (mms_words_each(spec, kpf_word, &value)) {
			*ret_bad = value.bad;
			return -EINVAL;
		}
		f.mask = value.all;
		f.value = value.set;
		f.any = !strchr(spec, '~') && (f.mask & (f.mask - 1));
	}
	*ret_filter = f;
	return 0;
}

static int entry_word(void *data, const char *word, size_t len)
{
	struct parse *p = data;
	const char *name = word + (len && *word == '~');
	size_t n = len - (name - word), name_len = n;
	const char *equals = memchr(name, '=', n);
	const struct mms_bit *b = NULL, *known = NULL;
	u64 number = 1, mask;
	unsigned int nr = 0, i;

	if (equals) {
		name_len = equals - name;
		if (mms_parse_u64(equals + 1, n - name_len - 1, &number))
			goto bad;
	}
	for (i = 0; i < p->arch->nr_bits; i++) {
		const struct mms_bit *row = &p->arch->bits[i];

		if (strlen(row->name) != name_len || !same(row->name, name, name_len, true))
			continue;
		known = row;
		if (row->needs & ~p->bits)
			continue;
		b = row;
		nr++;
	}
	if (!known)
		goto bad;
	mask = BIT(known->width) - 1;
	/* A key has a number, and ~KEY says too little. */
	if ((known->width > 1) != !!equals || number > mask || (equals && name != word))
		goto bad;
	if (nr == 1) {
		p->all |= mask << b->bit;
		if (name == word)
			p->set |= number << b->bit;
	} else if (!nr && name == word && number) {
		p->never = true;
	}
	return 0;
bad:
	p->bad = word;
	return -EINVAL;
}

int mms_filter_entry(const struct mms_arch_ops *arch, const char *spec, u64 bits,
		     struct mms_filter *ret_filter, const char **ret_bad)
{
	struct parse p = { .arch = arch, .bits = bits };

	if (mms_words_each(spec, entry_word, &p)) {
		*ret_bad = p.bad;
		return -EINVAL;
	}
	*ret_filter = (struct mms_filter){ .mask = p.all, .value = p.set };
	if (p.never)
		*ret_filter = (struct mms_filter){ .mask = 0, .value = 1 };
	return 0;
}
