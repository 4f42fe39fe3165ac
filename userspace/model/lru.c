// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "lru.h"
#include "vocab.h"

#define ROW(row)	((const struct mms_lru_row *)(row)->rec)
#define GEN(row)	((const struct mms_lru_gen_row *)(row)->rec)
#define NODE(row)	((const struct mms_lru_node *)(row)->rec)
#define CGROUP(row)	((const struct mms_lru_cgroup *)(row)->rec)
#define PAGE_SHIFT	12

/* enum lru_list, include/linux/mmzone.h */
#define LISTS(X)								\
	X(0, inactive_anon, "anonymous memory that is to go first")		\
	X(1, active_anon, "anonymous memory that was in use")			\
	X(2, inactive_file, "file pages that are to go first")			\
	X(3, active_file, "file pages that were in use")			\
	X(4, unevictable, "locked, or of ramfs: is not reclaimed")

static u64 above_0(s64 pages)
{
	return pages > 0 ? (u64)pages << PAGE_SHIFT : 0;
}

/* Pages of a type in the generation at @place, over all zones. */
static u64 gen_bytes(const struct mms_lru_rec *rec, u32 place, u32 type)
{
	const __s64 *pages = &rec->gen_pages[(place * MMS_LRU_TYPES + type) * rec->zones];
	u32 zone;
	u64 sum = 0;

	for (zone = 0; zone < rec->zones; zone++)
		sum += above_0(pages[zone]);
	return sum;
}

/*
 * What MGLRU has is in no list: the two youngest generations are what the kernel's own
 * counters call active (lru_gen_is_active(), include/linux/mm_inline.h).
 */
static void add_generations(struct mms_lru_row *row)
{
	const struct mms_lru_rec *rec = &row->rec;
	u32 place, type;

	for (place = 0; place < MMS_LRU_GENS; place++) {
		bool active = place == rec->max_seq % MMS_LRU_GENS ||
			      place == (rec->max_seq - 1) % MMS_LRU_GENS;

		for (type = 0; type < MMS_LRU_TYPES; type++)
			row->list[type * 2 + active] += gen_bytes(rec, place, type);
	}
}

bool mms_lru_sum(struct mms_lru_row *row)
{
	const __u64 *list_pages = row->rec.list_pages;
	u32 zone, list;
	u64 sum = 0;

	for (list = 0; list < MMS_LRU_LISTS; list++) {
		row->list[list] = 0;
		for (zone = 0; zone < row->rec.zones; zone++)
			row->list[list] += above_0(list_pages[zone * MMS_LRU_LISTS + list]);
	}
	if (row->rec.has & MMS_LRU_HAS_GENS)
		add_generations(row);
	for (list = 0; list < MMS_LRU_LISTS; list++)
		sum += row->list[list];
	return sum;
}

u32 mms_lru_generations(const struct mms_lru_row *row, u64 jiffy_ns,
			struct mms_lru_gen_row *ret_gens)
{
	const struct mms_lru_rec *rec = &row->rec;
	u64 min = rec->min_seq[0] < rec->min_seq[1] ? rec->min_seq[0] : rec->min_seq[1];
	u32 nr, type, zone;

	if (!(rec->has & MMS_LRU_ENABLED) || rec->max_seq - min >= MMS_LRU_GENS)
		return 0;
	for (nr = 0; nr <= rec->max_seq - min; nr++) {
		struct mms_lru_gen_row *g = &ret_gens[nr];
		u64 seq = min + nr;
		u32 place = seq % MMS_LRU_GENS;

		*g = (struct mms_lru_gen_row){
			.cgroup = rec->cgroup, .node = rec->node, .seq = seq, .path = row->path,
			.has_anon = seq >= rec->min_seq[0], .has_file = seq >= rec->min_seq[1],
			.raced = rec->has & MMS_LRU_RACED, .zones = rec->zones,
			.age = (rec->now - rec->timestamps[place]) * jiffy_ns,
		};
		for (type = 0; type < MMS_LRU_TYPES; type++) {
			u32 first = (place * MMS_LRU_TYPES + type) * rec->zones;

			for (zone = 0; zone < rec->zones; zone++)
				g->zone[type][zone] = above_0(rec->gen_pages[first + zone]);
		}
		g->anon = gen_bytes(rec, place, 0);
		g->file = gen_bytes(rec, place, 1);
	}
	return nr;
}

/* ---- lists ----------------------------------------------------------------- */

static void get_path(const struct mms_row *row, struct mms_value *ret_value)
{
	MMS_VALUE_CHARS(ret_value, ROW(row)->path);
}

static void get_gens(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_lru_rec *rec = &ROW(row)->rec;
	u64 min = rec->min_seq[0] < rec->min_seq[1] ? rec->min_seq[0] : rec->min_seq[1];

	ret_value->num = rec->max_seq - min + 1;
}

#define FIELD(type, f, member, u, text)						\
	{									\
		.name = #f, .key = #f MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.size = sizeof(((type *)0)->member),				\
		.sign = (__typeof__(((type *)0)->member))-1 < (__typeof__(((type *)0)->member))1, \
		.offset = offsetof(type, member),				\
	},
static const struct mms_field fields[] = {
	FIELD(struct mms_lru_row, node, rec.node, node, "the node")
	FIELD(struct mms_lru_row, cgroup_id, rec.cgroup, cgroup, "inode number of the cgroup")
#define MMS_X(n, f, text) FIELD(struct mms_lru_row, f, list[n], bytes, text)
	LISTS(MMS_X)
#undef MMS_X
#define ROW_WIRE 7
	MMS_DERIVED("cgroup", "cgroup", text, 0, get_path, "path of the cgroup")
	MMS_DERIVED("generations", "generations", count, MMS_LRU_NEEDS_GENS, get_gens,
		    "generations that MGLRU has, see --list")
};

const struct mms_model mms_model_lru = {
	.name = "lru",
	.title = "memory cgroup on a node",
	.view = MMS_VIEW_lru,
	.rec_size = sizeof(struct mms_lru_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = ROW_WIRE,
	.defaults = "node,inactive_anon,active_anon,inactive_file,active_file,unevictable,cgroup",
};

/* ---- generations ----------------------------------------------------------- */

static void get_gen_path(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_chars(ret_value, GEN(row)->path, sizeof(ROW(row)->path));
}

static void get_anon(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = GEN(row)->anon;
	if (!GEN(row)->has_anon)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = GEN(row)->file;
	if (!GEN(row)->has_file)
		ret_value->type = MMS_VALUE_NONE;
}

/* "DMA32:4096,Normal:8192": bytes by zone, those that have none left out */
static void zones_text(const struct mms_row *row, const u64 *bytes, struct mms_value *ret_value)
{
	char *text = row->ctx->scratch, name[MMS_ZONE_TEXT];
	size_t size = sizeof(row->ctx->scratch), len = 0;
	u32 zone;

	*text = '\0';
	for (zone = 0; zone < GEN(row)->zones; zone++)
		if (bytes[zone])
			len += snprintf(text + len, size - len, "%s%s:%llu", len ? "," : "",
					mms_zone_word(row->ctx, zone, name),
					(unsigned long long)bytes[zone]);
	mms_value_text(ret_value, len ? text : NULL);
}

static void get_anon_zones(const struct mms_row *row, struct mms_value *ret_value)
{
	zones_text(row, GEN(row)->zone[0], ret_value);
}

static void get_file_zones(const struct mms_row *row, struct mms_value *ret_value)
{
	zones_text(row, GEN(row)->zone[1], ret_value);
}

static void get_age(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = GEN(row)->age;
}

#define G(f, member, u, text) FIELD(struct mms_lru_gen_row, f, member, u, text)
static const struct mms_field gen_fields[] = {
	G(node, node, node, "the node")
	G(seq, seq, count, "number of the generation: the highest is the youngest")
	G(cgroup_id, cgroup, cgroup, "inode number of the cgroup")
	G(raced, raced, bool, "a generation began while they were read, each time")
#define GEN_WIRE 4
	MMS_DERIVED("age", "age_ns", ns, 0, get_age, "since it was made")
	MMS_DERIVED("anon", "anon_bytes", bytes, 0, get_anon, "anonymous memory in it")
	MMS_DERIVED("file", "file_bytes", bytes, 0, get_file, "file pages in it")
	MMS_DERIVED("anon_zones", "anon_zones", text, 0, get_anon_zones, "bytes of anonymous memory by zone")
	MMS_DERIVED("file_zones", "file_zones", text, 0, get_file_zones, "bytes of file pages by zone")
	MMS_DERIVED("cgroup", "cgroup", text, 0, get_gen_path, "path of the cgroup")
};

const struct mms_model mms_model_lru_gen = {
	.name = "lru_gen",
	.title = "generation of a memory cgroup on a node",
	.rec_size = sizeof(struct mms_lru_gen_row),
	.fields = gen_fields,
	.nr = ARRAY_SIZE(gen_fields),
	.nr_wire = GEN_WIRE,
	.defaults = "node,seq,age,anon,file,cgroup",
};

/* ---- counters -------------------------------------------------------------- */

static const struct mms_field node_fields[] = {
	FIELD(struct mms_lru_node, node, node, node, "the node")
#define MMS_X(n, f, text) FIELD(struct mms_lru_node, f, list[n], bytes, text)
	LISTS(MMS_X)
#undef MMS_X
#define MMS_X(f, text) FIELD(struct mms_lru_node, f, workingset.f, count, text)
	MMS_LRU_WORKINGSET(MMS_X)
#undef MMS_X
};

const struct mms_model mms_model_lru_node = {
	.name = "lru_node",
	.title = "all of a node",
	.rec_size = sizeof(struct mms_lru_node),
	.fields = node_fields,
	.nr = ARRAY_SIZE(node_fields),
	.nr_wire = ARRAY_SIZE(node_fields),
	.defaults = "node,inactive_anon,active_anon,inactive_file,active_file,unevictable",
};

static void get_counters_path(const struct mms_row *row, struct mms_value *ret_value)
{
	MMS_VALUE_CHARS(ret_value, CGROUP(row)->path);
}

static const struct mms_field cgroup_fields[] = {
#define MMS_X(f, text) FIELD(struct mms_lru_cgroup, f, workingset.f, count, text)
	MMS_LRU_WORKINGSET(MMS_X)
#undef MMS_X
#define CGROUP_WIRE 7
	MMS_DERIVED("cgroup", "cgroup", text, 0, get_counters_path, "path of the cgroup; all below it is counted, too")
};

const struct mms_model mms_model_lru_cgroup = {
	.name = "lru_cgroup",
	.title = "working set of a memory cgroup",
	.rec_size = sizeof(struct mms_lru_cgroup),
	.fields = cgroup_fields,
	.nr = ARRAY_SIZE(cgroup_fields),
	.nr_wire = CGROUP_WIRE,
	.defaults = "refault_anon,refault_file,activate_anon,activate_file,restore_anon,restore_file,nodereclaim,cgroup",
};
