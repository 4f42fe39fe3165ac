// SPDX-License-Identifier: GPL-2.0-only
/* zones and buddy from /proc/zoneinfo, pagetypeinfo and buddyinfo. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "procfs.h"
#include "../lib/sysfile.h"
#include "../model/zones.h"

#define NAME	40	/* characters of a counter's name */
#define MAX_NODES 1024	/* the kernel's MAX_NUMNODES is not more */

/* A row that waits to be given, with its text. */
struct row {
	union {
		struct mms_rec rec;
		struct mms_zones_rec zones;
		struct mms_buddy_rec buddy;
	};
	char name[NAME];
};

/**
 * struct rows - a file, taken apart
 * @row: @nr rows, with room for @room
 * @nr: see @row
 * @room: see @row
 * @next: the row to be given next
 * @error: memory is short
 */
struct rows {
	struct row *row;
	size_t nr, room, next;
	bool error;
};

static struct row *add(struct rows *rows)
{
	struct row *more;

	if (rows->nr == rows->room) {
		more = realloc(rows->row, (rows->room * 2 + 64) * sizeof(*more));
		if (!more) {
			rows->error = true;
			return NULL;
		}
		rows->row = more;
		rows->room = rows->room * 2 + 64;
	}
	more = &rows->row[rows->nr++];
	memset(more, 0, sizeof(*more));
	more->rec.type = MMS_REC_ROW;
	return more;
}

static void rows_free(struct rows *rows)
{
	free(rows->row);
	free(rows);
}

static int rows_next(struct mms_stream *stream, struct mms_err *err __unused)
{
	struct rows *rows = stream->priv;
	struct row *row;

	if (rows->next == rows->nr)
		return 0;
	row = &rows->row[rows->next++];
	stream->row.rec = row;
	stream->row.text = row->name;
	stream->row.len = strlen(row->name);
	return 1;
}

static void rows_close(struct mms_stream *stream)
{
	rows_free(stream->priv);
}

static int rows_done(struct mms_stream *stream, struct rows *rows, struct mms_err *err)
{
	if (rows->error) {
		rows_free(rows);
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	stream->priv = rows;
	return 0;
}

static int file_error(const char *file, int error, struct mms_err *err)
{
	return mms_err_set(err, MMS_EXIT_MISSING, "/proc/%s: %s", file, strerror(error));
}

/* The next line of a text, terminated; NULL at the end. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	*text = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* ---- zones ----------------------------------------------------------------- */

/**
 * struct zoneinfo - where in the file
 * @rows: found so far
 * @zone: numbers of the zone's and the last CPU's row, or -1
 * @cpu: see @zone
 * @node: the zone's
 * @number: see @node
 * @counters: lines of two words are counters of the zone, not of the node
 * @have: MMS_HAS(zones, ...) seen
 */
struct zoneinfo {
	struct rows *rows;
	long zone, cpu;
	int node;
	unsigned int number;
	bool counters;
	u64 have;
};

static struct mms_zones_rec *zone_row(struct zoneinfo *z, u8 kind)
{
	struct row *row = add(z->rows);

	if (!row)
		return NULL;
	row->zones.row = kind;
	row->zones.node = z->node;
	row->zones.zone = z->number;
	row->zones.cpu = -1;
	row->zones.to_node = MMS_NO_NODE;
	row->zones.kswapd_zone = MMS_NO_ZONE;
	row->zones.pcp_high_min = MMS_NO_COUNT;
	row->zones.pcp_high_max = MMS_NO_COUNT;
	row->zones.reserve0 = row->zones.reserve1 = row->zones.reserve2 = MMS_NO_PAGES;
	row->zones.reserve3 = row->zones.reserve4 = row->zones.reserve5 = MMS_NO_PAGES;
	return &row->zones;
}

/* "Node 0, zone   Normal": zones come in the order of their numbers, also empty ones. */
static bool zone_begins(struct zoneinfo *z, const char *line)
{
	int node;

	if (sscanf(line, "Node %d, zone %*s", &node) != 1)
		return false;
	z->number = z->zone >= 0 && node == z->node ? z->number + 1 : 0;
	z->node = node;
	z->zone = z->rows->nr;
	z->cpu = -1;
	z->counters = false;
	zone_row(z, MMS_ZONE_ROW_zone);
	return true;
}

static void reserves(struct zoneinfo *z, struct mms_zones_rec *rec, const char *p)
{
	__u64 *reserve = &rec->reserve0;
	unsigned int i;
	char *end;

	for (i = 0; i < 6; i++) {
		reserve[i] = strtoull(p, &end, 10);
		if (end == p) {
			reserve[i] = MMS_NO_PAGES;
			return;
		}
		z->have |= MMS_HAS(zones, reserve0) << i;
		p = end + strspn(end, ", ");
	}
}

static const struct {
	const char *name;
	u16 offset;
	u8 size;
	u64 has;
} of_zone[] = {
#define Z(n, f)	{ n, offsetof(struct mms_zones_rec, f), sizeof(((struct mms_zones_rec *)0)->f), \
		  MMS_HAS(zones, f) }
	Z("pages free", free), Z("boost", boost), Z("min", min), Z("low", low), Z("high", high),
	Z("promo", promo), Z("spanned", spanned), Z("present", present), Z("managed", managed),
	Z("cma", cma), Z("start_pfn:", start_pfn),
	/* of newer kernels: seen on 7.2, not on 6.12 */
	Z("reserved_highatomic:", highatomic), Z("free_highatomic:", free_highatomic),
}, of_cpu[] = {
	Z("count:", pcp), Z("high:", pcp_high), Z("batch:", pcp_batch),
	Z("high_min:", pcp_high_min), Z("high_max:", pcp_high_max),
	Z("vm stats threshold:", stat_threshold),
#undef Z
};

/* "name   number" of the zone, or of the CPU whose lines have begun. */
static bool known(struct zoneinfo *z, const char *name, size_t len, u64 value)
{
	bool cpu = z->cpu >= 0;
	unsigned int i, nr = cpu ? ARRAY_SIZE(of_cpu) : ARRAY_SIZE(of_zone);
	char *rec = (char *)&z->rows->row[cpu ? z->cpu : z->zone].zones;

	for (i = 0; i < nr; i++) {
		const char *word = cpu ? of_cpu[i].name : of_zone[i].name;
		const u16 offset = cpu ? of_cpu[i].offset : of_zone[i].offset;

		if (strlen(word) != len || memcmp(word, name, len))
			continue;
		if ((cpu ? of_cpu[i].size : of_zone[i].size) == sizeof(u32))
			*(u32 *)(rec + offset) = value;
		else
			*(u64 *)(rec + offset) = value;
		z->have |= cpu ? of_cpu[i].has : of_zone[i].has;
		if (cpu && !i)
			z->rows->row[z->zone].zones.pcp += value;
		return true;
	}
	return false;
}

static void counter(struct zoneinfo *z, const char *name, size_t len, u64 value)
{
	struct mms_zones_rec *rec = zone_row(z, MMS_ZONE_ROW_counter);

	if (!rec)
		return;
	rec->folded = value;
	snprintf(z->rows->row[z->rows->nr - 1].name, NAME, "%.*s", (int)len, name);
}

static void zoneinfo_line(struct zoneinfo *z, char *line)
{
	size_t len = strlen(line), word;
	char *p = line + strspn(line, " ");
	u64 value;

	if (zone_begins(z, line) || z->zone < 0 || z->rows->error)
		return;
	if (!strncmp(p, "protection: (", 13)) {
		reserves(z, &z->rows->row[z->zone].zones, p + 13);
		z->counters = true;
		return;
	}
	if (!strncmp(p, "cpu: ", 5)) {
		z->cpu = z->rows->nr;
		if (zone_row(z, MMS_ZONE_ROW_cpu))
			z->rows->row[z->cpu].zones.cpu = atoi(p + 5);
		return;
	}
	if (!strncmp(p, "node_unreclaimable", 18)) {
		z->cpu = -1;
		return;
	}
	while (len && line[len - 1] >= '0' && line[len - 1] <= '9')
		len--;
	if (!line[len])
		return;
	value = strtoull(line + len, NULL, 10);
	while (len && (line[len - 1] == ' ' || line[len - 1] == '-'))
		len--;
	word = line + len - p;
	if (!known(z, p, word, value) && z->counters && z->cpu < 0)
		counter(z, p, word, value);
}

/* A node's file has those that are online, one after the other. */
static void distances(struct zoneinfo *z, const char *root)
{
	u8 online[MAX_NODES] = { 0 };
	char line[8192], *p, *end;
	struct mms_zones_rec *rec;
	u32 node, to;

	z->number = MMS_NO_ZONE;
	if (mms_sys_line(root, line, sizeof(line), "/sys/devices/system/node/online") < 0)
		return;
	mms_sys_list(line, online, MAX_NODES);
	for (node = 0; node < MAX_NODES; node++) {
		if (!online[node] ||
		    mms_sys_line(root, line, sizeof(line),
				 "/sys/devices/system/node/node%u/distance", node) < 0)
			continue;
		for (p = line, to = 0; to < MAX_NODES; to++) {
			u64 distance;

			if (!online[to])
				continue;
			distance = strtoull(p, &end, 10);
			if (end == p)
				break;
			p = end;
			z->node = node;
			rec = zone_row(z, MMS_ZONE_ROW_distance);
			if (!rec)
				return;
			rec->to_node = to;
			rec->distance = distance;
			z->have |= MMS_HAS(zones, to_node) | MMS_HAS(zones, distance);
		}
	}
}

static int zones_open(struct mms_stream *stream, struct mms_err *err)
{
	const u64 always = MMS_HAS(zones, row) | MMS_HAS(zones, node) | MMS_HAS(zones, zone) |
			   MMS_HAS(zones, cpu) | MMS_HAS(zones, folded);
	struct zoneinfo z = { .zone = -1, .cpu = -1 };
	char *text, *p, *line;
	ssize_t n;

	n = mms_sys_read(stream->args->root, &text, "/proc/zoneinfo");
	if (n < 0)
		return file_error("zoneinfo", -n, err);
	z.rows = calloc(1, sizeof(*z.rows));
	if (!z.rows) {
		free(text);
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	for (p = text; (line = next_line(&p));)
		zoneinfo_line(&z, line);
	free(text);
	distances(&z, stream->args->root);
	mms_stream_lacks(stream, MMS_HAS(zones, reserve5) & ~z.have, "this kernel has fewer zones");
	mms_stream_lacks(stream, (BIT(MMS_NR_F_zones) - 1) & ~z.have & ~always, MMS_WHY_MODULE);
	return rows_done(stream, z.rows, err);
}

const struct mms_procfs_view mms_procfs_zones = {
	.system = true,
	.open = zones_open,
	.next = rows_next,
	.close = rows_close,
};

/* ---- buddy ----------------------------------------------------------------- */

/* The number of a zone by its name: zoneinfo has them in order. */
static int zone_number(const char *zoneinfo, int node, const char *name)
{
	const char *p = zoneinfo;
	int n, number = 0;
	char word[32];

	for (; p && *p; p = strstr(p + 1, "\nNode ")) {
		if (sscanf(p, " Node %d, zone %31s", &n, word) != 2 || n != node)
			continue;
		if (!strcmp(word, name))
			return number;
		number++;
	}
	return MMS_NO_ZONE;
}

static u8 type_of(const char *name)
{
	static const char *const names[MMS_NR_MIGRATE_TYPES] = {
#define MMS_X(id, name, text) [id] = #name,
		MMS_MIGRATE_TYPES(MMS_X)
#undef MMS_X
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(names[i], name))
			return i;
	return MMS_NO_TYPE;
}

/* Numbers for the orders; ">" before one that was not counted to its end. */
static void buddy_orders(struct rows *rows, int node, int zone, u8 type, char *p)
{
	unsigned int order;
	struct row *row;
	bool more;
	u64 blocks;
	char *end;

	for (order = 0; order < MMS_ORDERS; order++, p = end) {
		p += strspn(p, " ");
		more = *p == '>';
		p += more;
		blocks = strtoull(p, &end, 10);
		if (end == p)
			return;
		row = blocks ? add(rows) : NULL;
		if (!row)
			continue;
		row->buddy.node = node;
		row->buddy.zone = zone;
		row->buddy.order = order;
		row->buddy.type = type;
		row->buddy.blocks = blocks;
		row->buddy.pages = blocks << order;
		row->rec.flags = more ? MMS_RF_PARTIAL : 0;
	}
}

static void buddy_line(struct rows *rows, const char *zoneinfo, char *line, bool types)
{
	char zone[32], type[32];
	int node, at = 0, n;

	n = types ? sscanf(line, "Node %d, zone %31[^,], type %31s%n", &node, zone, type, &at) :
		    sscanf(line, "Node %d, zone %31s%n", &node, zone, &at);
	if (n < 2 + types)
		return;
	buddy_orders(rows, node, zone_number(zoneinfo, node, zone),
		     types ? type_of(type) : MMS_NO_TYPE, line + at);
}

/* @types: from pagetypeinfo, which only root can read; else from buddyinfo. */
static int buddy_file(struct mms_stream *stream, bool types, struct mms_err *err)
{
	const char *file = types ? "pagetypeinfo" : "buddyinfo";
	char *text, *zoneinfo, *p, *line;
	struct rows *rows;
	ssize_t n;

	n = mms_sys_read(stream->args->root, &text, "/proc/%s", file);
	if (n < 0)
		return file_error(file, -n, err);
	if (mms_sys_read(stream->args->root, &zoneinfo, "/proc/zoneinfo") < 0)
		zoneinfo = NULL;
	rows = calloc(1, sizeof(*rows));
	for (p = text; rows && (line = next_line(&p));)
		buddy_line(rows, zoneinfo, line, types);
	free(zoneinfo);
	free(text);
	if (!rows)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	return rows_done(stream, rows, err);
}

static int buddy_open(struct mms_stream *stream, struct mms_err *err)
{
	const u64 lists = MMS_HAS(buddy, pcp_blocks) | MMS_HAS(buddy, holds);

	mms_stream_lacks(stream, lists, MMS_WHY_MODULE);
	if (!buddy_file(stream, true, err))
		return 0;
	mms_stream_lacks(stream, MMS_HAS(buddy, type), "needs root, for /proc/pagetypeinfo");
	return buddy_file(stream, false, err);
}

static int buddyinfo_open(struct mms_stream *stream, struct mms_err *err)
{
	return buddy_file(stream, false, err);
}

const struct mms_procfs_view mms_procfs_buddy = {
	.system = true,
	.open = buddy_open,
	.next = rows_next,
	.close = rows_close,
};

const struct mms_procfs_view mms_procfs_buddyinfo = {
	.system = true,
	.open = buddyinfo_open,
	.next = rows_next,
	.close = rows_close,
};
