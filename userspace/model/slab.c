// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "derive.h"
#include "slab.h"

#define CACHE(row)	((const struct mms_slab_cache *)(row)->rec)
#define NODE(row)	(&((const struct mms_slab_node_row *)(row)->rec)->now)
#define CPU(row)	(&((const struct mms_slab_cpu_row *)(row)->rec)->now)
#define OBJECT(row)	((const struct mms_slab_object_row *)(row)->rec)

#define PAGE_SHIFT	12

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

u64 mms_slab_in_use(const struct mms_slab_cache *c)
{
	return minus(c->objects, c->partial_free + c->cpu_free + c->sheaf_free + c->barn_free);
}

u64 mms_slab_memory(const struct mms_slab_cache *c)
{
	return c->slabs << (c->order + PAGE_SHIFT);
}

static u64 used_bytes(const struct mms_slab_cache *c)
{
	return mms_slab_in_use(c) * c->object_size;
}

void mms_slab_total_add(struct mms_slab_total *total, const struct mms_slab_cache *c)
{
	total->caches++;
	total->slabs += c->slabs;
	total->objects += c->objects;
	total->in_use += mms_slab_in_use(c);
	total->memory += mms_slab_memory(c);
	total->used += used_bytes(c);
	total->waste += minus(mms_slab_memory(c), used_bytes(c));
}

/* ---- caches ---------------------------------------------------------------- */

static void get_name(const struct mms_row *row, struct mms_value *ret_value)
{
	MMS_VALUE_CHARS(ret_value, CACHE(row)->name);
}

static void get_in_use(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = mms_slab_in_use(CACHE(row));
}

static void get_active(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = minus(CACHE(row)->objects, CACHE(row)->partial_free);
}

static void get_memory(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = mms_slab_memory(CACHE(row));
}

static void get_slab_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = 1ULL << (CACHE(row)->order + PAGE_SHIFT);
}

static void get_waste(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = minus(mms_slab_memory(CACHE(row)), used_bytes(CACHE(row)));
}

static void get_padding(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_slab_cache *c = CACHE(row);

	ret_value->num = minus(mms_slab_memory(c), c->objects * c->object_size);
}

static void get_aliases(const struct mms_row *row, struct mms_value *ret_value)
{
	s32 refcount = CACHE(row)->refcount;

	ret_value->num = refcount > 0 ? refcount - 1 : 0;
}

static void get_flags(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char letters[] = {
#define MMS_X(name, letter) letter,
		MMS_SLAB_FLAGS(MMS_X)
#undef MMS_X
	};
	char *text = row->ctx->scratch;
	size_t len = 0;
	unsigned int i;

	if (CACHE(row)->refcount > 1)
		text[len++] = '*';
	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (CACHE(row)->flags >> i & 1)
			text[len++] = letters[i];
	text[len] = '\0';
	mms_value_text(ret_value, text);
	if (!len)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(CACHE(row)->state & MMS_SLAB_RACED);
}

static void get_capped(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(CACHE(row)->state & MMS_SLAB_CAPPED);
}

#define HAS(f)	MMS_HAS(slab, f)
static const struct mms_field fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_slab_cache, f, unit, text)
	MMS_SLAB_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("name", "name", text, 0, get_name, "name of the cache")
	MMS_DERIVED("in_use", "in_use", count, HAS(objects), get_in_use,
		    "objects that somebody has: not free on a node or a CPU")
	MMS_DERIVED("active", "active", count, HAS(objects), get_active,
		    "what slabinfo calls active: what CPUs keep free is among them")
	MMS_DERIVED("slab_size", "slab_size_bytes", bytes, 0, get_slab_size, "size of a slab")
	MMS_DERIVED("memory", "memory_bytes", bytes, HAS(slabs), get_memory, "memory of all its slabs")
	MMS_DERIVED("waste", "waste_bytes", bytes, HAS(slabs), get_waste,
		    "of that, what is no byte of an object in use")
	MMS_DERIVED("padding", "padding_bytes", bytes, HAS(slabs), get_padding,
		    "of that, what could be no byte of an object: alignment, metadata, the end of slabs")
	MMS_DERIVED("aliases", "aliases", count, 0, get_aliases, "other caches that were merged into it")
	MMS_DERIVED("flags", "flags", text, 0, get_flags,
		    "* aliases, A cache lines, a reclaimable, c accounted, d DMA, k kmalloc, m not merged, p panic, r typesafe by RCU; debugging: F Z P U T")
	MMS_DERIVED("raced", "raced", bool, 0, get_raced, "a list changed while it was walked, each time")
	MMS_DERIVED("capped", "capped", bool, 0, get_capped,
		    "a list is longer than what is walked of it: in_use is too high")
};

const struct mms_model mms_model_slab = {
	.name = "slab",
	.title = "slab cache",
	.view = MMS_VIEW_slab,
	.rec_size = sizeof(struct mms_slab_cache),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = MMS_NR_F_slab,
	.defaults = "name,size,in_use,objects,slabs,partial,memory,waste",
	.extended = "name,object_size,size,slab_size,objs_per_slab,in_use,active,objects,slabs,partial,partial_free,cpu_slabs,cpu_partial,cpu_free,sheaf_free,barn_free,memory,waste,padding,aliases,flags",
};

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_slab_total, f, unit, text)
static const struct mms_field total_fields[] = {
	F(caches, count, "caches")
	F(slabs, count, "slabs")
	F(objects, count, "objects there is room for")
	F(in_use, count, "objects that somebody has")
	F(memory, bytes, "memory of all slabs")
	F(used, bytes, "bytes of objects in use")
	F(waste, bytes, "the others")
};
#undef F

const struct mms_model mms_model_slab_total = {
	.name = "slab_total",
	.title = "all slab caches",
	.rec_size = sizeof(struct mms_slab_total),
	.fields = total_fields,
	.nr = ARRAY_SIZE(total_fields),
	.nr_wire = ARRAY_SIZE(total_fields),
	.defaults = "caches,slabs,in_use,objects,memory,used,waste",
};

/* ---- what one has on nodes and CPUs ---------------------------------------- */

#define GET(part, f, REC)							\
	static void get_##part##_##f(const struct mms_row *row, struct mms_value *ret_value) \
	{									\
		ret_value->num = REC(row)->f;					\
	}
GET(node, slabs, NODE) GET(node, objects, NODE) GET(node, partial, NODE)
GET(node, partial_free, NODE) GET(node, partial_walked, NODE)
GET(node, barn_sheaves, NODE) GET(node, barn_free, NODE)
GET(cpu, slab, CPU) GET(cpu, slab_free, CPU) GET(cpu, partial, CPU) GET(cpu, partial_free, CPU)
GET(cpu, main, CPU) GET(cpu, spare, CPU) GET(cpu, rcu, CPU)
#undef GET

static void get_node_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NODE(row)->state & MMS_SLAB_RACED);
}

static void get_node_capped(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(NODE(row)->state & MMS_SLAB_CAPPED);
}

static void get_cpu_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(CPU(row)->state & MMS_SLAB_RACED);
}

#define COUNT(part, f, need, text)						\
	MMS_DERIVED(#f, #f, count, need, get_##part##_##f, text)
static const struct mms_field node_fields[] = {
	MMS_WIRE_FIELD(struct mms_slab_node_row, node, node, "the node")
	COUNT(node, slabs, HAS(slabs), "slabs there")
	COUNT(node, objects, HAS(objects), "objects they have room for")
	COUNT(node, partial, 0, "slabs in its list of partly filled ones")
	COUNT(node, partial_free, 0, "free objects in these")
	COUNT(node, partial_walked, 0, "how many of these were looked at")
	COUNT(node, barn_sheaves, HAS(barn_free), "full sheaves in its barn")
	COUNT(node, barn_free, HAS(barn_free), "free objects in these")
	MMS_DERIVED("raced", "raced", bool, 0, get_node_raced, "the list changed while it was walked, each time")
	MMS_DERIVED("capped", "capped", bool, 0, get_node_capped, "the list is longer than what is walked of it")
};

/* The bit of "node" is that of "object_size", which is never missing. */
const struct mms_model mms_model_slab_node = {
	.name = "slab_node",
	.title = "slab cache on a node",
	.view = MMS_VIEW_slab,
	.rec_size = sizeof(struct mms_slab_node_row),
	.fields = node_fields,
	.nr = ARRAY_SIZE(node_fields),
	.nr_wire = 1,
	.defaults = "node,slabs,objects,partial,partial_free,barn_sheaves,barn_free",
};

static const struct mms_field cpu_fields[] = {
	MMS_WIRE_FIELD(struct mms_slab_cpu_row, cpu, count, "the CPU")
	COUNT(cpu, slab, HAS(cpu_slabs), "1: it has a slab to allocate from")
	COUNT(cpu, slab_free, HAS(cpu_slabs), "free objects in that")
	COUNT(cpu, partial, HAS(cpu_partial), "partly filled slabs it keeps besides")
	COUNT(cpu, partial_free, HAS(cpu_partial), "free objects in these")
	COUNT(cpu, main, HAS(sheaf_free), "free objects in its main sheaf")
	COUNT(cpu, spare, HAS(sheaf_free), "free objects in its spare sheaf")
	COUNT(cpu, rcu, HAS(sheaf_free), "objects that wait for RCU in a sheaf")
	MMS_DERIVED("raced", "raced", bool, 0, get_cpu_raced, "it changed while it was read, each time")
};

const struct mms_model mms_model_slab_cpu = {
	.name = "slab_cpu",
	.title = "slab cache on a CPU",
	.view = MMS_VIEW_slab,
	.rec_size = sizeof(struct mms_slab_cpu_row),
	.fields = cpu_fields,
	.nr = ARRAY_SIZE(cpu_fields),
	.nr_wire = 1,
	.defaults = "cpu,slab,slab_free,partial,partial_free,main,spare,rcu",
};

#define F(f, unit, text) MMS_WIRE_FIELD(struct mms_slab_fill_row, f, unit, text)
static const struct mms_field fill_fields[] = {
	F(from, count, "per cent of the objects in use, from here")
	F(to, count, "to below here; 100: full, or a CPU's")
	F(slabs, count, "slabs that are so full")
};
#undef F

const struct mms_model mms_model_slab_fill = {
	.name = "slab_fill",
	.title = "slabs by how full they are",
	.rec_size = sizeof(struct mms_slab_fill_row),
	.fields = fill_fields,
	.nr = ARRAY_SIZE(fill_fields),
	.nr_wire = ARRAY_SIZE(fill_fields),
	.defaults = "from,to,slabs",
};

/* ---- an object ------------------------------------------------------------- */

static void get_object_cache(const struct mms_row *row, struct mms_value *ret_value)
{
	MMS_VALUE_CHARS(ret_value, OBJECT(row)->cache.name);
}

static void get_object_where(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = {
		[MMS_SLAB_ALLOCATED] = "allocated",
		[MMS_SLAB_FREE] = "free",
		[MMS_SLAB_CPU_FREE] = "free-cpu",
		[MMS_SLAB_SHEAF] = "free-sheaf",
		[MMS_SLAB_RCU_SHEAF] = "free-rcu",
		[MMS_SLAB_BARN] = "free-barn",
		[MMS_SLAB_NO_OBJECT] = "no-object",
	};
	u32 where = OBJECT(row)->now.where;

	mms_value_text(ret_value, where < ARRAY_SIZE(words) ? words[where] : NULL);
}

static void get_object_holder(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = OBJECT(row)->now.holder;
	if (OBJECT(row)->now.where < MMS_SLAB_CPU_FREE || OBJECT(row)->now.where > MMS_SLAB_BARN)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_object_raced(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!((OBJECT(row)->now.state | OBJECT(row)->cache.state) & MMS_SLAB_RACED);
}

#define F(f, member, u, text)						\
	{									\
		.name = #f, .key = #f MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.size = sizeof(((struct mms_slab_object_row *)0)->member),	\
		.sign = (__typeof__(((struct mms_slab_object_row *)0)->member))-1 < \
			(__typeof__(((struct mms_slab_object_row *)0)->member))1, \
		.offset = offsetof(struct mms_slab_object_row, member),		\
	},
static const struct mms_field object_fields[] = {
	F(addr, now.addr, addr, "the address that was asked for")
	F(object, now.object, addr, "first byte of its object")
	F(offset, now.offset, signed, "from there to the address")
	F(index, now.index, count, "number of the object in its slab")
	F(object_size, cache.object_size, bytes, "size of the object")
	F(size, cache.size, bytes, "from one object to the next")
	F(base, now.base, addr, "first byte of the slab")
	F(slab, now.slab, addr, "the slab's struct page")
	F(objects, now.objects, count, "objects in the slab")
	F(inuse, now.inuse, count, "of these, in use as far as the slab knows")
	F(cache_addr, now.cache, addr, "where the struct kmem_cache is")
#define OBJECT_WIRE 11
	MMS_DERIVED("cache", "cache", text, 0, get_object_cache, "name of the cache")
	MMS_DERIVED("state", "state", text, 0, get_object_where,
		    "allocated; free in its slab's list, in a CPU's (free-cpu), in a sheaf (free-sheaf, free-rcu, free-barn); no-object: behind the last one")
	MMS_DERIVED("holder", "holder", count, 0, get_object_holder, "the CPU or node that has it free")
	MMS_DERIVED("raced", "raced", bool, 0, get_object_raced, "it changed while it was looked at")
};
#undef F

const struct mms_model mms_model_slab_object = {
	.name = "slab_object",
	.title = "object of a slab",
	.rec_size = sizeof(struct mms_slab_object_row),
	.fields = object_fields,
	.nr = ARRAY_SIZE(object_fields),
	.nr_wire = OBJECT_WIRE,
	.defaults = "cache,object,offset,index,state,holder,object_size,size,base,objects,inuse",
};
