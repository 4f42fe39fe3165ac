// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "source.h"
#include "../lib/sysfile.h"

static void read_meminfo(const char *root, struct mms_memory *memory)
{
	const struct {
		const char *name;
		u64 *to;
	} lines[] = {
		{ "\nKernelStack:", &memory->kernel_stacks },
		{ "\nVmallocUsed:", &memory->vmalloc },
		{ "\nPercpu:", &memory->percpu },
	};
	unsigned long long kib;
	unsigned int i;
	char *text, *at;

	if (mms_sys_read(root, &text, "/proc/meminfo") < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		at = strstr(text, lines[i].name);
		if (at && sscanf(at + strlen(lines[i].name), "%llu", &kib) == 1)
			*lines[i].to = kib << 10;
	}
	free(text);
}

int mms_memory_read(const char *root, struct mms_memory *ret_memory)
{
	const struct mms_source_args args = { .source = "procfs", .root = root };
	const struct mms_query query = { .size = sizeof(query) };
	struct mms_stream *zones = calloc(1, sizeof(*zones));
	struct mms_err err;
	int ret = -1;

	memset(ret_memory, 0, sizeof(*ret_memory));
	if (!zones || mms_stream_open(zones, &args, &mms_model_zones, &query, &err))
		goto out;
	while ((ret = mms_stream_next(zones, &err)) > 0) {
		const struct mms_zones_rec *rec = zones->row.rec;

		if (rec->row == MMS_ZONE_ROW_zone && rec->node >= 0 &&
		    rec->node < MMS_MEMORY_NODES)
			ret_memory->managed[rec->node] += rec->managed << 12;
	}
	mms_stream_close(zones);
	read_meminfo(root, ret_memory);
out:
	free(zones);
	return ret;
}
