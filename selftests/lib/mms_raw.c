// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>
#include "mms_raw.h"

#define MMS_END_KNOWN (MMS_END_RACED | MMS_END_PIECES | MMS_END_RESTARTED | MMS_END_CAPPED)

size_t mms_row_size(int view)
{
	static const size_t size[] = {
#define MMS_X(id, name, title) [id] = sizeof(struct mms_##name##_rec),
		MMS_VIEWS(MMS_X)
#undef MMS_X
	};

	return view > 0 && (size_t)view < sizeof(size) / sizeof(size[0]) ? size[view] : 0;
}

const char *mms_view_name(int view)
{
	static const char *const name[] = {
#define MMS_X(id, name, title) [id] = #name,
		MMS_VIEWS(MMS_X)
#undef MMS_X
	};

	return mms_row_size(view) ? name[view] : NULL;
}

int mms_open(const char *name)
{
	static unsigned int times;
	char path[256];
	int fd;

	/* both have the same: each in its turn */
	snprintf(path, sizeof(path), "%s/%s", times++ % 2 ? MMS_PROC_RAW : MMS_RAW, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mms_query(int fd, const struct mms_query *q)
{
	struct mms_query sized = *q;
	ssize_t n;

	if (!sized.size)
		sized.size = sizeof(sized);
	n = write(fd, &sized, sizeof(sized));
	if (n < 0)
		return -errno;
	return n == sizeof(sized) ? 0 : -EIO;
}

/* No more than @most bytes */
static int slurp(int fd, size_t chunk, size_t most, unsigned char **ret, size_t *ret_len)
{
	size_t size = 0, len = 0;
	unsigned char *data = NULL;
	ssize_t n = 0;

	while (len < most) {
		if (size - len < chunk) {
			size = (size + chunk) * 2;
			data = realloc(data, size);
			if (!data)
				abort();
		}
		n = read(fd, data + len, chunk < most - len ? chunk : most - len);
		if (n <= 0)
			break;
		len += n;
	}
	*ret = data;
	*ret_len = len;
	return n < 0 ? -errno : 0;
}

int mms_slurp(int fd, size_t chunk, unsigned char **ret, size_t *ret_len)
{
	return slurp(fd, chunk, SIZE_MAX, ret, ret_len);
}

static int wrong(struct mms_stream *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
	return -EPROTO;
}

/* @cut: the last record may be a part of one, which take_apart() will not look at */
static int check_header(struct mms_stream *s, bool cut)
{
	if (s->bytes < sizeof(s->h))
		return wrong(s, "%zu bytes are no header", s->bytes);
	memcpy(&s->h, s->data, sizeof(s->h));
	if (s->h.magic != MMS_MAGIC || s->h.abi != MMS_ABI)
		return wrong(s, "magic %#x abi %u", s->h.magic, s->h.abi);
	if (s->h.header_size < sizeof(s->h) || s->h.header_size > s->bytes)
		return wrong(s, "header_size %u", s->h.header_size);
	if (!mms_row_size(s->h.view) || s->h.record_size < mms_row_size(s->h.view) ||
	    s->h.record_size < MMS_MIN_RECORD || s->h.record_size % 8)
		return wrong(s, "view %u record_size %u", s->h.view, s->h.record_size);
	if (s->h.pad0)
		return wrong(s, "padding of the header is not 0");
	if (!cut && (s->bytes - s->h.header_size) % s->h.record_size)
		return wrong(s, "%zu bytes are not whole records", s->bytes);
	return 0;
}

static int take_apart(struct mms_stream *s)
{
	size_t size = s->h.record_size, room = size - sizeof(struct mms_rec);
	size_t records = (s->bytes - s->h.header_size) / size;
	size_t owed = 0, got = 0, raced = 0;
	const struct mms_rec *rec;
	unsigned char *at;

	s->row = calloc(records + 1, sizeof(*s->row));
	s->text = calloc(records + 1, sizeof(*s->text));
	for (at = s->data + s->h.header_size; at + size <= s->data + s->bytes; at += size) {
		rec = (const void *)at;
		if (s->ended)
			return wrong(s, "a record behind END");
		if (owed && rec->type != MMS_REC_TEXT)
			return wrong(s, "row %zu owes %zu bytes of text", s->rows - 1, owed);
		switch (rec->type) {
		case MMS_REC_ROW:
			s->row[s->rows] = at;
			s->text[s->rows] = calloc(1, rec->text + 1);
			s->rows++;
			owed = rec->text;
			raced += !!(rec->flags & MMS_RF_RACED);
			got = 0;
			break;
		case MMS_REC_TEXT:
			if (!owed || rec->flags || rec->text != (owed < room ? owed : room))
				return wrong(s, "TEXT of %u bytes where %zu are owed", rec->text, owed);
			memcpy(s->text[s->rows - 1] + got, rec + 1, rec->text);
			for (size_t i = rec->text; i < room; i++)
				if (((const char *)(rec + 1))[i])
					return wrong(s, "the rest of a TEXT is not 0");
			got += rec->text;
			owed -= rec->text;
			break;
		case MMS_REC_END:
			memcpy(&s->end, at, sizeof(s->end));
			s->ended = true;
			if (rec->flags || rec->text || s->end.flags & ~(__u32)MMS_END_KNOWN)
				return wrong(s, "END with flags %#x", s->end.flags);
			for (size_t i = sizeof(s->end); i < size; i++)
				if (at[i])
					return wrong(s, "the rest of END is not 0");
			if (!raced != !(s->end.flags & MMS_END_RACED))
				return wrong(s, "%zu rows raced, END has flags %#x", raced, s->end.flags);
			if (s->end.rows != s->rows)
				return wrong(s, "END says %llu rows, %zu were there",
					     (unsigned long long)s->end.rows, s->rows);
			break;
		default:
			return wrong(s, "record type %u", rec->type);
		}
	}
	return 0;
}

int mms_read_some(int fd, size_t chunk, size_t most, struct mms_stream *ret)
{
	bool cut;
	int err, bad;

	memset(ret, 0, sizeof(*ret));
	err = slurp(fd, chunk, most, &ret->data, &ret->bytes);
	cut = ret->bytes == most;
	if ((err && !ret->bytes) || (cut && most < sizeof(ret->h)))
		return err;
	bad = check_header(ret, cut);
	if (!bad)
		bad = take_apart(ret);
	if (!bad && !err && !cut && !ret->ended)
		bad = wrong(ret, "no END");
	return bad ? bad : err;
}

int mms_read(int fd, size_t chunk, struct mms_stream *ret)
{
	return mms_read_some(fd, chunk, SIZE_MAX, ret);
}

int mms_get(const char *name, const struct mms_query *q, struct mms_stream *ret)
{
	int fd, err;

	memset(ret, 0, sizeof(*ret));
	fd = mms_open(name);
	if (fd < 0)
		return fd;
	err = mms_query(fd, q);
	if (!err)
		err = mms_read(fd, 256 << 10, ret);
	close(fd);
	return err;
}

int mms_look(const char *view, struct mms_stream *ret)
{
	static int fds[MMS_VIEW_LIMIT];
	static bool kept;
	struct mms_query q = { .size = sizeof(q) };
	int v = 1, err;

	if (!kept) {
		mallopt(M_MMAP_THRESHOLD, 1 << 30);
		mallopt(M_TRIM_THRESHOLD, 1 << 30);
		free(malloc(64 << 20));
		kept = true;
	}
	while (!mms_view_name(v) || strcmp(mms_view_name(v), view))
		v++;
	if (!fds[v])
		fds[v] = mms_open(view);
	memset(ret, 0, sizeof(*ret));
	err = fds[v] < 0 ? fds[v] : mms_query(fds[v], &q);
	return err ?: mms_read(fds[v], 1 << 20, ret);
}

void mms_free(struct mms_stream *s)
{
	for (size_t i = 0; i < s->rows; i++)
		free(s->text[i]);
	free(s->text);
	free(s->row);
	free(s->data);
	memset(s, 0, sizeof(*s));
}

bool mms_poisoned(uint64_t pfn, uint64_t frames)
{
	const uint64_t poison = 1ULL << KPF_HWPOISON;
	struct mms_query q = {
		.start = pfn, .end = pfn + frames, .kpf_mask = poison, .kpf_value = poison,
	};
	struct mms_stream s;
	bool yes = mms_get("pfns", &q, &s) || s.rows;

	mms_free(&s);
	return yes;
}
