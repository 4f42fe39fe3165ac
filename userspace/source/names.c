// SPDX-License-Identifier: GPL-2.0-only
/* The names of an address space, from /proc/PID/maps or a saved stream. */
#include <stdlib.h>
#include <string.h>
#include "raw.h"
#include "../lib/sysfile.h"
#include "../model/symbols.h"

/* A path in /proc/PID/maps has its newlines as \012; nothing else is changed. */
static size_t unescape(char *text, size_t len)
{
	size_t from, to = 0;

	for (from = 0; from < len; from++, to++) {
		text[to] = text[from];
		if (len - from >= 4 && !memcmp(text + from, "\\012", 4)) {
			text[to] = '\n';
			from += 3;
		}
	}
	return to;
}

static u64 hex(const char **p)
{
	char *end;
	u64 value = strtoull(*p, &end, 16);

	*p = end;
	return value;
}

static u8 name_of(const char *name, size_t len, u64 inode)
{
	static const struct {
		const char *start;
		u8 name;
	} known[] = {
		{ "[heap]", MMS_NAME_heap }, { "[stack]", MMS_NAME_stack },
		{ "[vdso]", MMS_NAME_vdso }, { "[anon:", MMS_NAME_anon },
		{ "[anon_shmem:", MMS_NAME_shmem }, { "/memfd:", MMS_NAME_memfd },
		{ "/dev/zero (deleted)", MMS_NAME_shmem }, { "/SYSV", MMS_NAME_shmem },
		{ "/anon_hugepage", MMS_NAME_hugetlb }, { "[", MMS_NAME_special },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		size_t n = strlen(known[i].start);

		if (len >= n && !memcmp(name, known[i].start, n))
			return known[i].name;
	}
	return inode ? MMS_NAME_file : MMS_NAME_none;
}

bool mms_maps_line_parse(const char *line, const char *end, struct mms_maps_line *ret_line)
{
	struct mms_maps_rec *rec = &ret_line->rec;
	const char *p = line;
	char *rest;

	memset(ret_line, 0, sizeof(*ret_line));
	rec->rec.type = MMS_REC_ROW;
	rec->start = hex(&p);
	if (*p++ != '-')
		return false;
	rec->end = hex(&p);
	if (*p++ != ' ' || end - p < 5)
		return false;
	rec->flags = (p[0] == 'r' ? BIT(MMS_VMA_rd) : 0) | (p[1] == 'w' ? BIT(MMS_VMA_wr) : 0) |
		     (p[2] == 'x' ? BIT(MMS_VMA_ex) : 0) |
		     (p[3] == 's' ? BIT(MMS_VMA_sh) | BIT(MMS_VMA_ms) : 0);
	p += 5;
	rec->offset = hex(&p);
	rec->dev_major = hex(&p);
	/* A number that is not there may have been found in a line below. */
	if (p >= end || *p++ != ':')
		return false;
	rec->dev_minor = hex(&p);
	rec->inode = strtoull(p, &rest, 10);
	if (rest > end)
		return false;
	rec->policy = MMS_NO_POLICY;
	for (p = rest; p < end && *p == ' '; p++)
		;
	ret_line->name = p;
	ret_line->len = end - p;
	rec->name = name_of(p, ret_line->len, rec->inode);
	return true;
}

static struct mms_symbols *from_proc(const char *root, s32 pid)
{
	struct mms_symbols *symbols;
	struct mms_maps_line line;
	char *text, *p, *eol;

	if (mms_sys_read(root, &text, "/proc/%d/maps", pid) < 0)
		return NULL;
	symbols = mms_symbols_create();
	for (p = text; symbols && *p; p = eol + 1) {
		eol = strchrnul(p, '\n');
		if (mms_maps_line_parse(p, eol, &line)) {
			line.len = unescape((char *)line.name, line.len);
			mms_symbols_add(symbols, line.rec.start, line.rec.end, line.rec.offset,
					line.name, line.len);
		}
		if (!*eol)
			break;
	}
	free(text);
	return symbols;
}

/* Names out of a stream of maps that lies in the same file. */
static struct mms_symbols *from_stream(const struct mms_source_args *args, s32 pid)
{
	struct mms_stream stream;
	struct mms_query query = { .size = sizeof(query), .pid = pid };
	struct mms_symbols *symbols;
	struct mms_value mapping;
	struct mms_err err;
	int name = mms_model_field(&mms_model_maps, "mapping", strlen("mapping"));

	if (mms_stream_open(&stream, args, &mms_model_maps, &query, &err))
		return NULL;
	symbols = mms_symbols_create();
	while (symbols && mms_stream_next(&stream, &err) > 0) {
		const struct mms_maps_rec *rec = stream.row.rec;

		mms_field_get(&mms_model_maps, &mms_model_maps.fields[name], &stream.row, &mapping);
		if (mapping.type != MMS_VALUE_TEXT)
			mapping.len = 0;
		mms_symbols_add(symbols, rec->start, rec->end, rec->offset,
				mapping.text, mapping.len);
	}
	mms_stream_close(&stream);
	return symbols;
}

struct mms_symbols *mms_names_load(const struct mms_source_args *args, s32 pid)
{
	struct mms_source_args plain = *args;

	plain.save = NULL;
	if (args->from && !strcmp(args->from, "-"))
		return NULL;
	if (args->from)
		return from_stream(&plain, pid);
	return from_proc(args->root, pid);
}
