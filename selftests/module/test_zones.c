// SPDX-License-Identifier: GPL-2.0-only
/* zones, against zoneinfo and sysfs. */
#include "../lib/mms_test.h"

#define TRIES 30	/* looks at what changes: until nothing did meanwhile */

static const struct mms_zones_rec *zone_row(const struct mms_stream *s, int node, int zone)
{
	ROWS(mms_zones_rec, r, s)
		if (r->row == MMS_ZONE_ROW_zone && r->node == node && r->zone == zone)
			return r;
	return NULL;
}

/* the number behind a name between a zone's heading and the next; missing if it is not there */
static uint64_t zone_value(const char *text, const char *name, uint64_t missing)
{
	const char *end = strstr(text + 1, "\nNode "), *p = strstr(text, name);

	return p && (!end || p < end) ? strtoull(p + strlen(name), NULL, 10) : missing;
}

/* where the file tells of a zone: all zones of a node are there, in order */
static const char *zone_text(const char *text, int node, int zone)
{
	for (const char *p = text; p; p = strstr(p + 1, "\nNode "))
		if (atoi(p + (*p == '\n') + 5) == node && !zone--)
			return p;
	return NULL;
}

TEST(sizes_and_marks_as_in_zoneinfo)
{
	char *text = file_text("/proc/zoneinfo", NULL);
	int node, zones = 0;
	struct mms_stream s;
	char name[32];

	LOOK("zones", &s);
	for (char *p = text; p; p = strstr(p + 1, "\nNode ")) {
		const struct mms_zones_rec *r;

		ASSERT_EQ(2, sscanf(p, " Node %d, zone %31s", &node, name));
		r = zone_row(&s, node, zone_number(node, name));
		ASSERT_NE(NULL, r) { TH_LOG("node %d zone %s", node, name); }
		zones++;
		EXPECT_EQ(zone_value(p, "\n        min ", 0), r->min);
		EXPECT_EQ(zone_value(p, "\n        low ", 0), r->low);
		EXPECT_EQ(zone_value(p, "\n        high ", 0), r->high);
		EXPECT_EQ(zone_value(p, "\n        promo ", r->promo), r->promo);
		EXPECT_EQ(zone_value(p, "\n        boost ", r->boost), r->boost);
		EXPECT_EQ(zone_value(p, "\n        spanned ", 0), r->spanned);
		EXPECT_EQ(zone_value(p, "\n        present ", 0), r->present);
		EXPECT_EQ(zone_value(p, "\n        managed ", 0), r->managed);
		EXPECT_EQ(zone_value(p, "\n        cma ", 0), r->cma == MMS_NO_PAGES ? 0 : r->cma);
		EXPECT_EQ(zone_value(p, "protection: (", 0), r->reserve0);
		if (r->present)
			EXPECT_EQ(zone_value(p, "\n  start_pfn: ", 0), r->start_pfn);
	}
	EXPECT_LT(2, zones);
	free(text);
	mms_free(&s);
}

static char *folded_zoneinfo(void)
{
	file_write("/proc/sys/vm/stat_refresh", "1");
	return file_text("/proc/zoneinfo", NULL);
}

static uint64_t counter_in(const char *text, const struct mms_zones_rec *r, const char *name)
{
	const char *zone = zone_text(text, r->node, r->zone);
	char line[80];

	snprintf(line, sizeof(line), "\n      %-12s ", name);
	return zone ? zone_value(zone, line, MMS_NO_PAGES) : MMS_NO_PAGES;
}

/*
 * Each counter, with what CPUs have: once all is folded the file shows it, too.
 * Between two looks at the file events only grow, and what is the same in both
 * was so in between.
 */
TEST(counters_as_in_zoneinfo)
{
	int bad = 1, counters = 0, said = 0;

	for (int i = 0; i < TRIES && bad; i++) {
		char *before = folded_zoneinfo(), *after;
		struct mms_stream s;

		LOOK("zones", &s);
		after = folded_zoneinfo();
		bad = counters = 0;
		for (size_t at = 0; at < s.rows; at++) {
			const struct mms_zones_rec *r = s.row[at];
			uint64_t low, high;

			if (r->row != MMS_ZONE_ROW_counter)
				continue;
			low = counter_in(before, r, s.text[at]);
			high = counter_in(after, r, s.text[at]);
			if (low != high && strncmp(s.text[at], "numa_", 5))
				continue;
			counters += low != MMS_NO_PAGES;
			if (r->value >= low && r->value <= high)
				continue;
			bad++;
			if (i == TRIES - 1)
				DIFFER(said, "node %d zone %d %s: %llu, zoneinfo %" PRIu64 "-%" PRIu64, r->node, r->zone, s.text[at],
				       r->value, low, high);
		}
		free(before);
		free(after);
		mms_free(&s);
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(30, counters);
}

static bool node_online(int node)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/distance", node);
	return !access(path, R_OK);
}

TEST(distances_as_in_sysfs)
{
	struct mms_stream s;
	int rows = 0;

	LOOK("zones", &s);
	ROWS(mms_zones_rec, r, &s) {
		char path[80], *text, *p;

		if (r->row != MMS_ZONE_ROW_distance)
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/distance", r->node);
		text = p = file_text(path, NULL);
		ASSERT_NE(NULL, text);
		/* those that are online, one after the other */
		for (int i = 0; i < r->to_node; i++)
			if (node_online(i))
				strtoul(p, &p, 10);
		EXPECT_EQ(strtoul(p, NULL, 10), r->distance);
		free(text);
		rows++;
	}
	EXPECT_LT(0, rows);
	mms_free(&s);
}

TEST_HARNESS_MAIN
