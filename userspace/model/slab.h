/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope slab: caches, what one has on nodes and CPUs, an object. */
#ifndef MMS_MODEL_SLAB_H
#define MMS_MODEL_SLAB_H

#include "../lib/types.h"
#include "../../bpf/slab.h"
#include "model.h"

/* Not a view of the wire: what a program of bpf/ gives. */
#define MMS_VIEW_slab	33

/* F(field, unit, text): those of struct mms_slab_cache, in the order of the columns. */
#define MMS_SLAB_FIELDS(F)						\
	F(object_size, bytes, "size of an object, as it was asked for")	\
	F(size, bytes, "from one object to the next")			\
	F(order, order, "pages of a slab, as a power of 2")		\
	F(objs_per_slab, count, "objects in a slab of that size")	\
	F(objects, count, "objects there is room for, in all slabs")	\
	F(slabs, count, "slabs there are")				\
	F(partial, count, "slabs in the nodes' lists of partly filled ones") \
	F(partial_free, count, "free objects in these")			\
	F(partial_walked, count, "how many of these were looked at")	\
	F(cpu_slabs, count, "slabs that a CPU allocates from")		\
	F(cpu_partial, count, "partly filled slabs that CPUs keep besides") \
	F(cpu_free, count, "free objects in the slabs of CPUs")		\
	F(sheaf_capacity, count, "objects in a full sheaf; 0: the cache has none") \
	F(sheaf_free, count, "free objects in the CPUs' sheaves")	\
	F(barn_free, count, "free objects in the sheaves of nodes")	\
	F(min_partial, count, "empty slabs that a node may keep")	\
	F(align, bytes, "alignment of objects")				\
	F(addr, addr, "where its struct kmem_cache is")			\
	F(ctor, addr, "its constructor")

enum {
#define MMS_X(f, unit, text) MMS_F(slab, f),
	MMS_SLAB_FIELDS(MMS_X) MMS_NR_F_slab
#undef MMS_X
};

/**
 * struct mms_slab_node_row - what a cache has on a node
 * @node: the node
 * @now: what the program read
 */
struct mms_slab_node_row {
	s32 node;
	struct mms_slab_node now;
};

/**
 * struct mms_slab_cpu_row - what a CPU has of a cache
 * @cpu: the CPU
 * @now: what the program read
 */
struct mms_slab_cpu_row {
	u32 cpu;
	struct mms_slab_cpu now;
};

/**
 * struct mms_slab_fill_row - slabs of a cache that are about as full
 * @from: per cent of their objects in use, @to not among them; 100 is full
 * @to: see @from
 * @slabs: how many there are
 */
struct mms_slab_fill_row {
	u32 from, to;
	u64 slabs;
};

/**
 * struct mms_slab_object_row - what an address is of
 * @now: what the program read
 * @cache: the cache it is of
 */
struct mms_slab_object_row {
	struct mms_slab_object now;
	struct mms_slab_cache cache;
};

/**
 * struct mms_slab_total - all caches
 * @caches: how many
 * @slabs: of all of them together
 * @objects: room for so many
 * @in_use: objects that are allocated
 * @memory: bytes
 * @used: see @memory
 * @waste: see @memory
 */
struct mms_slab_total {
	u64 caches, slabs, objects, in_use;
	u64 memory, used, waste;
};

extern const struct mms_model mms_model_slab;
extern const struct mms_model mms_model_slab_total;
extern const struct mms_model mms_model_slab_node;
extern const struct mms_model mms_model_slab_cpu;
extern const struct mms_model mms_model_slab_fill;
extern const struct mms_model mms_model_slab_object;

/* Objects that somebody has: all but those in a list of free ones. */
u64 mms_slab_in_use(const struct mms_slab_cache *cache);
u64 mms_slab_memory(const struct mms_slab_cache *cache);
void mms_slab_total_add(struct mms_slab_total *total, const struct mms_slab_cache *cache);

#endif /* MMS_MODEL_SLAB_H */
