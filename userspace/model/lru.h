/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope lru: lists and generations of cgroups, counters of nodes. */
#ifndef MMS_MODEL_LRU_H
#define MMS_MODEL_LRU_H

#include "../lib/types.h"
#include "../../bpf/lru.h"
#include "model.h"

/* Not a view of the wire: what a program of bpf/ gives. */
#define MMS_VIEW_lru	35

/* What a column needs: a bit for mms_missing that is no field of a record. */
#define MMS_LRU_NEEDS_GENS	BIT(63)

/* X(name, text): counters of the working set, by the names they have behind workingset_. */
#define MMS_LRU_WORKINGSET(X)						\
	X(refault_anon, "anonymous pages that came back after they had been evicted") \
	X(refault_file, "file pages that did")				\
	X(activate_anon, "of these, anonymous ones that were made active at once") \
	X(activate_file, "of these, file pages")			\
	X(restore_anon, "of these, anonymous ones that had been active before") \
	X(restore_file, "of these, file pages")				\
	X(nodereclaim, "shadow nodes that were freed to make room")

struct mms_lru_workingset {
#define MMS_X(f, text) u64 f;
	MMS_LRU_WORKINGSET(MMS_X)
#undef MMS_X
};

/**
 * struct mms_lru_row - the lists of a cgroup on a node
 * @rec: what the program read
 * @list: bytes in each list, over all zones
 * @path: of the cgroup, "" if it is gone
 */
struct mms_lru_row {
	struct mms_lru_rec rec;
	u64 list[MMS_LRU_LISTS];
	char path[256];
};

/**
 * struct mms_lru_gen_row - a generation of a cgroup on a node
 * @cgroup: of which it is
 * @node: see @cgroup
 * @seq: its number
 * @age: nanoseconds since it was made
 * @anon: bytes in it
 * @file: see @anon
 * @has_anon: it is not older than the oldest one of that type
 * @has_file: see @has_anon
 * @raced: a generation began while it was read
 * @zone: bytes by type and zone
 * @zones: how many there are
 * @path: of the cgroup
 */
struct mms_lru_gen_row {
	u64 cgroup, seq, age, anon, file;
	s32 node;
	bool has_anon, has_file, raced;
	u32 zones;
	u64 zone[MMS_LRU_TYPES][MMS_LRU_MAX_ZONES];
	const char *path;
};

/**
 * struct mms_lru_node - lists and counters of a node, or counters of a cgroup
 * @node: the node
 * @list: bytes in each list
 * @workingset: since boot
 */
struct mms_lru_node {
	s32 node;
	u64 list[MMS_LRU_LISTS];
	struct mms_lru_workingset workingset;
};

/**
 * struct mms_lru_cgroup - counters of a cgroup and all below it
 * @workingset: since it was made
 * @path: of the cgroup
 */
struct mms_lru_cgroup {
	struct mms_lru_workingset workingset;
	char path[256];
};

extern const struct mms_model mms_model_lru;
extern const struct mms_model mms_model_lru_gen;
extern const struct mms_model mms_model_lru_node;
extern const struct mms_model mms_model_lru_cgroup;

/* Fill in row->list from row->rec. True if there is anything in them. */
bool mms_lru_sum(struct mms_lru_row *row);
/*
 * The generations that a row has, from the oldest, into @ret_gens, which has room for
 * MMS_LRU_GENS; how many. @jiffy_ns: length of a jiffy
 */
u32 mms_lru_generations(const struct mms_lru_row *row, u64 jiffy_ns,
			struct mms_lru_gen_row *ret_gens);

#endif /* MMS_MODEL_LRU_H */
