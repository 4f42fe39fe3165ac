// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "frames.h"
#include "oracle.h"

uint64_t row_frames(const struct mms_pfns_rec *r)
{
	return (uint64_t)r->count << r->order;
}

uint64_t frames_where(const struct mms_stream *s, uint32_t kinds, uint64_t not_kpf)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->rows; i++) {
		const struct mms_pfns_rec *r = s->row[i];

		if ((kinds >> r->kind & 1) && !(r->kpf & not_kpf))
			sum += row_frames(r);
	}
	return sum;
}

const struct mms_pfns_rec *row_of(const struct mms_stream *s, uint64_t pfn)
{
	size_t low = 0, high = s->rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct mms_pfns_rec *r = s->row[middle];

		if (pfn < r->pfn)
			high = middle;
		else if (pfn >= r->pfn + row_frames(r))
			low = middle + 1;
		else
			return r;
	}
	return NULL;
}

uint64_t sum_of(const char *path, const char *name)
{
	char *text = file_text(path, NULL), word[64];
	uint64_t sum = 0, value;

	for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, " %63[^ :]%*[ :]%" SCNu64, word, &value) == 2 && !strcmp(word, name))
			sum += value;
	free(text);
	return sum;
}

/*
 * MADV_COLLAPSE begins with lru_add_drain_all(). There is nothing to collapse.
 * Compaction would do so, too, but it splits what it cannot move.
 */
void drain(void)
{
	const size_t size = 4 << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(p, size, 25 /* MADV_COLLAPSE */);
	munmap(p, size);
}
