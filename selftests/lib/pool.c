// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oracle.h"
#include "pool.h"

static void pool_path(int node, char path[128])
{
	snprintf(path, 128, "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages", node);
}

long pool_size(int node)
{
	char path[128], *text;
	long nr = -1;

	pool_path(node, path);
	text = file_text(path, NULL);
	if (text)
		nr = atol(text);
	free(text);
	return nr;
}

bool pool_resize(int node, long nr)
{
	char path[128], number[24];

	pool_path(node, path);
	snprintf(number, sizeof(number), "%ld", nr);
	return !file_write(path, number);
}

bool pool_take(int node, long spare)
{
	char path[128], *text, *free_kib;
	long nr = 0;

	file_write("/proc/sys/vm/drop_caches", "3");
	file_write("/proc/sys/vm/compact_memory", "1");
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	text = file_text(path, NULL);
	free_kib = text ? strstr(text, "MemFree:") : NULL;
	if (free_kib)
		nr = strtol(free_kib + 8, NULL, 10) / 2048 - spare;
	free(text);
	return nr > 0 && pool_resize(node, pool_size(node) + nr);
}
