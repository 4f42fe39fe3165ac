// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf.h"
#include "swapfiles.h"
#include "../lib/sysfile.h"

#define PAGE_SHIFT	12
/* orig_data_size compr_data_size mem_used_total mem_limit mem_used_max same_pages ... huge_pages */
#define MM_STAT		\
	"%" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %" SCNu64 " %" SCNu64 " %*u %" SCNu64

/* "\040" and the like, as seq_file_path() writes what would break the line. */
static void unescape(char *text)
{
	unsigned char *p = (unsigned char *)text;
	char *out = text;

	for (; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*out++ = (p[1] & 7) << 6 | (p[2] & 7) << 3 | (p[3] & 7);
			p += 3;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
}

/* Names: the lines of /proc/swaps are in the order of the areas. */
static void read_names(struct mms_swap_row *rows, u32 nr)
{
	char *text, *line, *save;
	u64 size;
	u32 i = 0;

	if (mms_sys_read("", &text, "/proc/swaps") < 0)
		return;
	strtok_r(text, "\n", &save);	/* the headings */
	while ((line = strtok_r(NULL, "\n", &save)) && i < nr) {
		struct mms_swap_row *row = &rows[i++];

		if (sscanf(line, "%255s %*s %" SCNu64, row->name, &size) != 2 ||
		    size != row->area.pages << (PAGE_SHIFT - 10))
			*row->name = '\0';
		unescape(row->name);
	}
	free(text);
}

/* The number behind "NAME" at the beginning of a line. */
static bool number(const char *text, const char *name, u64 *ret_value)
{
	size_t len = strlen(name);
	const char *p = text;

	for (; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (strncmp(p, name, len) || (p[len] != ' ' && p[len] != ':'))
			continue;
		*ret_value = strtoull(p + len + 1, NULL, 10);
		return true;
	}
	return false;
}

static void read_counters(struct mms_swap_counters *c)
{
	char enabled[8], *text;

	memset(c, 0, sizeof(*c));
	if (mms_sys_read("", &text, "/proc/vmstat") >= 0) {
		number(text, "pswpin", &c->swapped_in);
		number(text, "pswpout", &c->swapped_out);
		c->has_cached = number(text, "nr_swapcached", &c->cached);
		c->cached <<= PAGE_SHIFT;
		c->has_zswap = number(text, "zswpin", &c->zswap_in) &&
			       number(text, "zswpout", &c->zswap_out);
		number(text, "zswpwb", &c->zswap_back);
		free(text);
	}
	if (mms_sys_read("", &text, "/proc/meminfo") >= 0) {
		c->has_zswap = c->has_zswap && number(text, "Zswapped", &c->zswap_stored) &&
			       number(text, "Zswap", &c->zswap_pool);
		c->zswap_stored <<= 10;
		c->zswap_pool <<= 10;
		free(text);
	}
	if (mms_sys_line("", enabled, sizeof(enabled), "/sys/module/zswap/parameters/enabled") > 0)
		c->zswap = *enabled == 'Y' || *enabled == '1';
}

/* "lzo [zstd]": what is in brackets. */
static void algorithm(const char *line, char *buf, size_t size)
{
	const char *begin = strchr(line, '[');
	size_t len = begin ? strcspn(begin + 1, "]") : 0;

	snprintf(buf, size, "%.*s", (int)len, begin ? begin + 1 : "");
}

static size_t read_zram(struct mms_zram_row *rows)
{
	char line[512];
	size_t nr = 0;
	u32 i;

	for (i = 0; i < MMS_MAX_ZRAM; i++) {
		struct mms_zram_row *row = &rows[nr];

		memset(row, 0, sizeof(*row));
		if (mms_sys_line("", line, sizeof(line), "/sys/block/zram%u/disksize", i) <= 0)
			continue;
		row->size = strtoull(line, NULL, 10);
		if (!row->size ||
		    mms_sys_line("", line, sizeof(line), "/sys/block/zram%u/mm_stat", i) <= 0)
			continue;
		if (sscanf(line, MM_STAT, &row->stored, &row->compressed, &row->memory,
			   &row->memory_max, &row->same, &row->huge) != 6)
			continue;
		snprintf(row->name, sizeof(row->name), "zram%u", i);
		if (mms_sys_line("", line, sizeof(line), "/sys/block/zram%u/comp_algorithm", i) > 0)
			algorithm(line, row->algorithm, sizeof(row->algorithm));
		nr++;
	}
	return nr;
}

int mms_swap_all_read(struct mms_swap_all *all, struct mms_err *err)
{
	struct mms_swap_areas areas;
	u32 i;

	memset(all, 0, sizeof(*all));
	if (mms_swap_read(&areas, err))
		return -1;
	read_counters(&all->counters);
	all->nr_areas = all->counters.areas = areas.nr;
	for (i = 0; i < areas.nr; i++) {
		all->area[i].area = areas.area[i];
		all->counters.size += areas.area[i].pages << PAGE_SHIFT;
		all->counters.used += areas.area[i].used << PAGE_SHIFT;
	}
	read_names(all->area, areas.nr);
	all->nr_zram = read_zram(all->zram);
	return 0;
}
