// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "symbols.h"
#include "../lib/number.h"

struct area {
	u64 start, end;
	u64 base;	/* of the lowest mapping of the same name */
	u32 name;	/* offset in names */
	u32 len;
};

struct mms_symbols {
	struct area *areas;
	size_t nr, room;
	size_t *last;	/* the area found before: addresses come in order */
	char *names;
	size_t names_len, names_room;
};

struct mms_symbols *mms_symbols_create(void)
{
	struct mms_symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->last = calloc(1, sizeof(*s->last));
	if (s->last)
		return s;
	free(s);
	return NULL;
}

void mms_symbols_destroy(struct mms_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->last);
	free(symbols->areas);
	free(symbols->names);
	free(symbols);
}

static int reserve(struct mms_symbols *s, size_t len)
{
	void *more;

	if (s->nr == s->room) {
		more = realloc(s->areas, (s->room * 2 + 64) * sizeof(*s->areas));
		if (!more)
			return -ENOMEM;
		s->areas = more;
		s->room = s->room * 2 + 64;
	}
	if (s->names_room - s->names_len < len) {
		more = realloc(s->names, s->names_room * 2 + len + 4096);
		if (!more)
			return -ENOMEM;
		s->names = more;
		s->names_room = s->names_room * 2 + len + 4096;
	}
	return 0;
}

static bool same_name(const struct mms_symbols *s, const struct area *a,
		      const char *name, size_t len)
{
	return a->len == len && !memcmp(s->names + a->name, name, len);
}

int mms_symbols_add(struct mms_symbols *s, u64 start, u64 end, u64 offset __unused,
		    const char *name, size_t len)
{
	struct area *area;
	size_t i;
	int ret;

	ret = reserve(s, len);
	if (ret)
		return ret;
	area = &s->areas[s->nr];
	*area = (struct area){ .start = start, .end = end, .base = start, .len = len };
	/* Mappings of a file lie near each other, gaps and .bss between them. */
	for (i = s->nr; len && i > 0 && s->nr - i < 8; i--) {
		if (same_name(s, &s->areas[i - 1], name, len)) {
			area->base = s->areas[i - 1].base;
			area->name = s->areas[i - 1].name;
			goto added;
		}
	}
	area->name = s->names_len;
	if (len)
		memcpy(s->names + s->names_len, name, len);
	s->names_len += len;
added:
	s->nr++;
	return 0;
}

static const struct area *find(const struct mms_symbols *s, u64 address)
{
	size_t low = 0, high = s->nr, last = *s->last;

	if (last < s->nr && address >= s->areas[last].start && address < s->areas[last].end)
		return &s->areas[last];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (address < s->areas[mid].start)
			high = mid;
		else if (address >= s->areas[mid].end)
			low = mid + 1;
		else
			return &s->areas[*s->last = mid];
	}
	return NULL;
}

const char *mms_symbols_name(const struct mms_symbols *s, u64 address, size_t *ret_len)
{
	const struct area *area = find(s, address);

	if (!area || !area->len)
		return NULL;
	*ret_len = area->len;
	return s->names + area->name;
}

/* The part of a VMA's name that a symbol shows: no directory, no brackets of heap and stack. */
static const char *short_name(const char *name, size_t *len)
{
	const char *slash = memrchr(name, '/', *len);

	if (*len == 6 && !memcmp(name, "[heap]", 6)) {
		*len = 4;
		return name + 1;
	}
	if (*len == 7 && !memcmp(name, "[stack]", 7)) {
		*len = 5;
		return name + 1;
	}
	if (name[0] == '/' && slash) {
		*len -= slash + 1 - name;
		return slash + 1;
	}
	return name;
}

size_t mms_symbols_format(const struct mms_symbols *s, u64 address, char *buf, size_t size)
{
	const struct area *area = find(s, address);
	const char *name;
	size_t len;

	if (!area || !area->len)
		return 0;
	len = area->len;
	name = short_name(s->names + area->name, &len);
	if (len + 24 > size)
		len = size - 24;
	memcpy(buf, name, len);
	memcpy(buf + len, "+0x", 3);
	len += 3;
	return len + mms_hex(address - area->base, buf + len);
}

int mms_symbols_find(const struct mms_symbols *s, const char *name, size_t len,
		     u64 *ret_start, u64 *ret_end)
{
	u64 start = 0, end = 0;
	size_t i;

	for (i = 0; i < s->nr && len; i++) {
		const struct area *area = &s->areas[i];
		const char *brief;
		size_t brief_len = area->len;

		if (!area->len)
			continue;
		brief = short_name(s->names + area->name, &brief_len);
		if (!same_name(s, area, name, len) &&
		    (brief_len != len || memcmp(brief, name, len)))
			continue;
		if (!end)
			start = area->base;
		else if (area->base != start)
			break;
		end = area->end;
	}
	if (!end)
		return -ENOENT;
	*ret_start = start;
	*ret_end = end;
	return 0;
}
