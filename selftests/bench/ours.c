// SPDX-License-Identifier: GPL-2.0-only
/* The module's raw files. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* Each file is opened once, and asked again and again. */
static int ours_file(const char *view)
{
	static struct {
		const char *view;
		int fd;
	} file[MMS_VIEW_LIMIT];
	char path[128];
	unsigned int i;

	for (i = 0; file[i].view; i++) {
		if (!strcmp(file[i].view, view))
			return file[i].fd;
	}
	snprintf(path, sizeof(path), "/sys/kernel/debug/mmscope/raw/%s", view);
	file[i].view = view;
	file[i].fd = open(path, O_RDWR | O_CLOEXEC);
	if (file[i].fd < 0)
		die("%s: %m", path);
	return file[i].fd;
}

static int ours_ask(const struct ours *o)
{
	struct mms_query q = o->query;
	int fd = ours_file(o->view);

	q.size = sizeof(q);
	if (write(fd, &q, sizeof(q)) != sizeof(q))
		die("raw/%s: the query: %m", o->view);
	return fd;
}

/* Are these bytes, up to so many of the stream, the last? The END record says so. */
static bool ours_ended(const char *data, size_t n, size_t done, const struct mms_header *h)
{
	const struct mms_rec *last = (const void *)(data + n - h->record_size);

	return n > h->record_size && (done - h->header_size) % h->record_size == 0 &&
	       last->type == MMS_REC_END;
}

void ours_read(void *arg)
{
	static char *data;
	struct mms_header h = {};
	int fd = ours_ask(arg);
	size_t done = 0;
	ssize_t n;

	if (!data)
		data = buffer(READ_BUFFER);
	while ((n = read(fd, data, READ_BUFFER)) > 0) {
		if (!done)
			memcpy(&h, data, sizeof(h));
		done += n;
		if (ours_ended(data, n, done, &h))
			return;
	}
	if (n < 0)
		die("raw/%s: %m", ((struct ours *)arg)->view);
}

struct mms_end ours_rows(const struct ours *o, row_fn *row, void *arg)
{
	static char data[64 * 1024];
	struct mms_end end = {};
	struct mms_header h = {};
	int fd = ours_ask(o);
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, data + have, sizeof(data) - have)) > 0) {
		size_t at = 0;

		have += n;
		if (!h.magic) {
			if (have < sizeof(h))
				continue;
			memcpy(&h, data, sizeof(h));
			if (h.magic != MMS_MAGIC || h.record_size < MMS_MIN_RECORD)
				die("raw/%s: not a stream of records", o->view);
			at = h.header_size;
		}
		for (; have - at >= h.record_size; at += h.record_size) {
			const struct mms_rec *rec = (const void *)(data + at);

			if (rec->type == MMS_REC_END)
				memcpy(&end, rec, sizeof(end));
			else if (rec->type == MMS_REC_ROW && row)
				row(rec, arg);
		}
		have -= at;
		memmove(data, data + at, have);
	}
	if (n < 0)
		die("raw/%s: %m", o->view);
	if (end.rec.type != MMS_REC_END)
		die("raw/%s: the stream has no end", o->view);
	return end;
}
