// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slab caches: what each has, on which node and CPU, and what an address is of.
 * slab_caches is exported to no module.
 *
 * Kernels from 6.13 on have an iterator over caches, which holds each one while the
 * program looks at it ("each"). On others the list is walked ("list"), as is each
 * list below a cache on all: no lock can be had. So nothing is believed because it
 * was reached: a slab of a list must say that it is of this cache, a free object must
 * lie in its slab, and a walk ends after so many steps. What does not hold is walked
 * again, twice; then the numbers are said to have raced.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_slab.bpf.h"

#define MAX_PARTIAL	20000	/* slabs of a node's list: the kernel counts 10000 of them */
#define MAX_CPU_PARTIAL	1024
#define MAX_OBJECTS	32768	/* slab.objects has 15 bits */
#define MAX_SHEAVES	64	/* a barn keeps 10 */
#define TRIES		3

/* Only its address is of use: where the list head is. */
MMS_KSYM(slab_caches);

/* CPU and node ids to look at, from 0: the caller's to set before loading */
const volatile __u32 nr_cpus = 1;
const volatile __u32 nr_nodes = 1;

/* Which cache, 0 for all: the caller's to set before a run */
__u64 only;
/* The address to find, 0 for the first byte of @frame, and then what it is of */
struct mms_slab_object object;
__u64 frame;
struct mms_slab_info info;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MMS_SLAB_MAX_CACHES);
	__type(key, __u32);
	__type(value, struct mms_slab_cache);
} caches SEC(".maps");

/* Of the cache looked at last */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* nr_nodes */
	__type(key, __u32);
	__type(value, struct mms_slab_node);
} nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* nr_cpus */
	__type(key, __u32);
	__type(value, struct mms_slab_cpu);
} cpus SEC(".maps");

/*
 * Where the walks are. Not on the stack: the verifier follows what is there in all its
 * combinations. One run at a time: the maps are the caller's own.
 */
static struct {
	struct kmem_cache *s;
	u64 wanted;	/* an object to be found, 0 for none */
	u64 pos, head;	/* of a list */
	u64 base, end;	/* of a slab's objects */
	u64 free;	/* the next free object */
	u64 count;	/* of what was walked */
	u32 size;
	u32 node, cpu;
	u32 index;	/* of the cache's record */
	u32 where;	/* enum mms_slab_where that the walk is about */
	s32 holder;
	u32 state;
	u32 spare_refs;	/* references that are the iterator's own */
} at;

static __always_inline void found(u64 pointer)
{
	if (!at.wanted || pointer != at.wanted)
		return;
	object.where = at.where;
	object.holder = at.holder;
}

/* ---- free objects of a slab ------------------------------------------------ */

static long next_free(u32 i, void *unused)
{
	if (!at.free)
		return 1;
	if (at.free < at.base || at.free >= at.end) {
		at.state |= MMS_SLAB_RACED;
		return 1;
	}
	found(at.free);
	at.count++;
	at.free = mms_slab_free_pointer(at.s, at.free);
	return 0;
}

/* How many objects follow in the list from @free on, which is one of @slab's. */
static __always_inline u64 count_free(const struct slab *slab, u64 free)
{
	at.base = mms_page_to_virt((u64)slab);
	at.end = at.base + (u64)BPF_CORE_READ_BITFIELD_PROBED(slab, objects) * at.size;
	at.free = free;
	at.count = 0;
	bpf_loop(MAX_OBJECTS, next_free, NULL, 0);
	return at.count;
}

/* ---- nodes ----------------------------------------------------------------- */

static long next_partial(u32 i, void *unused)
{
	struct mms_slab_node *n = bpf_map_lookup_elem(&nodes, &at.node);
	const struct slab *slab;
	u32 objects, inuse;
	u64 tenth;

	if (!n || at.pos == at.head)
		return 1;
	slab = mms_entry(at.pos, struct slab, slab_list);
	objects = BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
	inuse = BPF_CORE_READ_BITFIELD_PROBED(slab, inuse);
	at.pos = (u64)BPF_CORE_READ(slab, slab_list.next);
	if (BPF_CORE_READ(slab, slab_cache) != at.s || !objects || inuse > objects) {
		at.state |= MMS_SLAB_RACED;
		return 1;
	}
	n->partial_walked++;
	n->partial_free += objects - inuse;
	tenth = (u64)inuse * MMS_SLAB_HIST / objects;
	barrier_var(tenth);	/* the verifier is to see that what is compared is the index */
	if (tenth < MMS_SLAB_HIST)
		n->hist[tenth]++;
	return 0;
}

static long try_partial(u32 try, void *unused)
{
	struct mms_slab_node *n = bpf_map_lookup_elem(&nodes, &at.node);
	struct kmem_cache_node *node = mms_slab_node(at.s, at.node);
	const struct kmem_cache_node___debug *debug = (const void *)node;

	if (!n || !node)
		return 1;
	__builtin_memset(n, 0, sizeof(*n));
	at.state = 0;
	n->there = 1;
	if (mms_slab_counts()) {
		n->slabs = BPF_CORE_READ(debug, nr_slabs.counter);
		n->objects = BPF_CORE_READ(debug, total_objects.counter);
	}
	at.head = (u64)node + bpf_core_field_offset(node->partial);
	at.pos = (u64)BPF_CORE_READ(node, partial.next);
	if (bpf_loop(MAX_PARTIAL, next_partial, NULL, 0) == MAX_PARTIAL)
		at.state |= MMS_SLAB_CAPPED;
	n->partial = BPF_CORE_READ(node, nr_partial);
	n->state = at.state;
	return !(at.state & MMS_SLAB_RACED);
}

static long next_in_sheaf(u32 i, void *unused)
{
	const struct slab_sheaf *sheaf = (const void *)at.pos;

	found(mms_read_u64((u64)sheaf + bpf_core_field_offset(sheaf->objects) +
			   i * sizeof(u64)));
	return 0;
}

/* Objects in a sheaf; those are looked through only for one that is wanted. */
static __always_inline u32 look_at_sheaf(const struct slab_sheaf *sheaf, u32 where, s32 holder)
{
	u32 size;

	if (!sheaf)
		return 0;
	size = BPF_CORE_READ(sheaf, size);
	if (size > MAX_OBJECTS)
		return 0;
	at.where = where;
	at.holder = holder;
	if (at.wanted) {
		u64 pos = at.pos;

		at.pos = (u64)sheaf;
		bpf_loop(size, next_in_sheaf, NULL, 0);
		at.pos = pos;
	}
	return size;
}

static long next_sheaf(u32 i, void *unused)
{
	struct mms_slab_node *n = bpf_map_lookup_elem(&nodes, &at.node);
	const struct slab_sheaf *sheaf;

	if (!n || at.pos == at.head || !at.pos)
		return 1;
	sheaf = mms_entry(at.pos, struct slab_sheaf, barn_list);
	n->barn_free += look_at_sheaf(sheaf, MMS_SLAB_BARN, at.node);
	n->barn_sheaves++;
	at.pos = (u64)BPF_CORE_READ(sheaf, barn_list.next);
	return 0;
}

static __always_inline void look_at_barn(u32 node)
{
	const struct node_barn *barn = mms_slab_barn(at.s, node);

	if (!barn)
		return;
	at.head = (u64)barn + bpf_core_field_offset(barn->sheaves_full);
	at.pos = (u64)BPF_CORE_READ(barn, sheaves_full.next);
	bpf_loop(MAX_SHEAVES, next_sheaf, NULL, 0);
}

static long look_at_node(u32 node, void *unused)
{
	struct mms_slab_cache *c = bpf_map_lookup_elem(&caches, &at.index);
	struct mms_slab_node *n = bpf_map_lookup_elem(&nodes, &node);

	if (!c || !n)
		return 1;
	at.node = node;
	n->there = 0;
	bpf_loop(TRIES, try_partial, NULL, 0);
	if (!n->there)
		return 0;
	if (mms_slab_has_sheaves())
		look_at_barn(node);
	c->slabs += n->slabs;
	c->objects += n->objects;
	c->partial += n->partial;
	c->partial_free += n->partial_free;
	c->partial_walked += n->partial_walked;
	c->barn_free += n->barn_free;
	c->state |= n->state;
	return 0;
}

/* ---- CPUs ------------------------------------------------------------------ */

static long next_cpu_partial(u32 i, void *unused)
{
	struct mms_slab_cpu *rec = bpf_map_lookup_elem(&cpus, &at.cpu);
	const struct slab *slab = (const void *)at.pos;
	u32 objects, inuse;

	if (!rec || !slab)
		return 1;
	objects = BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
	inuse = BPF_CORE_READ_BITFIELD_PROBED(slab, inuse);
	at.pos = (u64)BPF_CORE_READ(slab, next);
	if (BPF_CORE_READ(slab, slab_cache) != at.s || inuse > objects) {
		at.state |= MMS_SLAB_RACED;
		return 1;
	}
	rec->partial++;
	rec->partial_free += objects - inuse;
	return 0;
}

static long try_cpu_slab(u32 try, void *unused)
{
	struct mms_slab_cpu *rec = bpf_map_lookup_elem(&cpus, &at.cpu);
	const struct kmem_cache___cpu_slab *s = (const void *)at.s;
	const struct kmem_cache_cpu *c;
	const struct slab *slab;
	u32 objects, inuse;

	c = (const void *)mms_per_cpu(BPF_CORE_READ(s, cpu_slab), at.cpu);
	if (!rec || !c)
		return 1;
	__builtin_memset(rec, 0, sizeof(*rec));
	at.state = 0;
	slab = BPF_CORE_READ(c, slab);
	if (slab) {
		at.where = MMS_SLAB_CPU_FREE;
		at.holder = at.cpu;
		rec->slab = 1;
		rec->slab_free = count_free(slab, (u64)BPF_CORE_READ(c, freelist));
		objects = BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
		inuse = BPF_CORE_READ_BITFIELD_PROBED(slab, inuse);
		rec->slab_free += objects - inuse;
		if (BPF_CORE_READ(slab, slab_cache) != at.s || BPF_CORE_READ(c, slab) != slab ||
		    rec->slab_free > objects)
			at.state |= MMS_SLAB_RACED;
	}
	at.pos = (u64)BPF_CORE_READ(c, partial);
	if (bpf_loop(MAX_CPU_PARTIAL, next_cpu_partial, NULL, 0) == MAX_CPU_PARTIAL)
		at.state |= MMS_SLAB_CAPPED;
	rec->state = at.state;
	return !(at.state & MMS_SLAB_RACED);
}

static __always_inline void look_at_sheaves(struct mms_slab_cpu *rec, u32 cpu)
{
	const struct kmem_cache___sheaves *s = (const void *)at.s;
	const struct slub_percpu_sheaves *p;

	p = (const void *)mms_per_cpu(BPF_CORE_READ(s, cpu_sheaves), cpu);
	if (!p)
		return;
	rec->main = look_at_sheaf(BPF_CORE_READ(p, main), MMS_SLAB_SHEAF, cpu);
	rec->spare = look_at_sheaf(BPF_CORE_READ(p, spare), MMS_SLAB_SHEAF, cpu);
	rec->rcu = look_at_sheaf(BPF_CORE_READ(p, rcu_free), MMS_SLAB_RCU_SHEAF, cpu);
}

static long look_at_cpu(u32 cpu, void *unused)
{
	struct mms_slab_cache *c = bpf_map_lookup_elem(&caches, &at.index);
	struct mms_slab_cpu *rec = bpf_map_lookup_elem(&cpus, &cpu);

	if (!c || !rec)
		return 1;
	at.cpu = cpu;
	__builtin_memset(rec, 0, sizeof(*rec));
	if (mms_slab_has_cpu_slabs())
		bpf_loop(TRIES, try_cpu_slab, NULL, 0);
	if (mms_slab_has_sheaves())
		look_at_sheaves(rec, cpu);
	c->cpu_slabs += rec->slab;
	c->cpu_partial += rec->partial;
	c->cpu_free += rec->slab_free + rec->partial_free;
	c->sheaf_free += rec->main + rec->spare + rec->rcu;
	c->state |= rec->state;
	return 0;
}

/* ---- caches ---------------------------------------------------------------- */

static __always_inline void look_at_cache(struct kmem_cache *s)
{
	const struct kmem_cache___sheaves *sheaves = (const void *)s;
	struct mms_slab_cache *c;

	at.index = info.nr_caches;
	c = bpf_map_lookup_elem(&caches, &at.index);
	if (!c) {
		info.more = 1;
		return;
	}
	info.nr_caches++;
	__builtin_memset(c, 0, sizeof(*c));
	at.s = s;
	at.size = BPF_CORE_READ(s, size);
	c->addr = (u64)s;
	c->ctor = (u64)BPF_CORE_READ(s, ctor);
	c->object_size = BPF_CORE_READ(s, object_size);
	c->size = at.size;
	c->align = BPF_CORE_READ(s, align);
	/* OO_SHIFT, mm/slub.c */
	c->order = BPF_CORE_READ(s, oo.x) >> 16;
	c->objs_per_slab = BPF_CORE_READ(s, oo.x) & 0xffff;
	c->min_partial = BPF_CORE_READ(s, min_partial);
	c->refcount = BPF_CORE_READ(s, refcount);
	if (c->refcount > 0)
		c->refcount -= at.spare_refs;
	c->flags = mms_slab_flags(s);
	if (mms_slab_has_sheaves())
		c->sheaf_capacity = BPF_CORE_READ(sheaves, sheaf_capacity);
	bpf_probe_read_kernel_str(c->name, sizeof(c->name), BPF_CORE_READ(s, name));
	bpf_loop(nr_nodes, look_at_node, NULL, 0);
	bpf_loop(nr_cpus, look_at_cpu, NULL, 0);
}

static __always_inline void begin(void)
{
	info.has = (mms_slab_counts() ? MMS_SLAB_HAS_COUNTS : 0) |
		   (mms_slab_has_cpu_slabs() ? MMS_SLAB_HAS_CPU_SLABS : 0) |
		   (mms_slab_has_sheaves() ? MMS_SLAB_HAS_SHEAVES : 0);
}

static u64 caches_pos;

static long next_cache(u32 i, void *unused)
{
	struct kmem_cache *s;
	u64 next;

	if (!slab_caches || caches_pos == slab_caches)
		return 1;
	s = mms_entry(caches_pos, struct kmem_cache, list);
	next = (u64)BPF_CORE_READ(s, list.next);
	/* What was freed meanwhile does not lead on: list poison, or nothing. */
	if (!next || next >> 48 != 0xffff) {
		info.raced = 1;
		return 1;
	}
	if (!only || only == (u64)s)
		look_at_cache(s);
	caches_pos = next;
	return 0;
}

SEC("syscall")
int list(void *ctx)
{
	begin();
	if (!slab_caches)
		return 0;
	info.has |= MMS_SLAB_HAS_CACHES;
	at.spare_refs = 0;
	caches_pos = mms_read_u64(slab_caches);
	bpf_loop(2 * MMS_SLAB_MAX_CACHES, next_cache, NULL, 0);
	return 0;
}

SEC("iter/kmem_cache")
int each(struct bpf_iter__kmem_cache *ctx)
{
	struct kmem_cache *s = ctx->s;

	begin();
	info.has |= MMS_SLAB_HAS_CACHES;
	if (!s)
		return 0;
	/* The iterator holds it, and that counts as one more. */
	at.spare_refs = 1;
	if (!only || only == (u64)s)
		look_at_cache(s);
	return 0;
}

/* ---- an address ------------------------------------------------------------ */

SEC("syscall")
int locate(void *ctx)
{
	u64 addr = object.addr ?: mms_page_offset() + (frame << PAGE_SHIFT), head, first;
	struct kmem_cache *s;
	struct slab *slab;

	begin();
	object.addr = addr;
	object.found = MMS_SLAB_UNKNOWN;
	if (!mms_page_knows_slab())
		return 0;
	object.found = MMS_SLAB_NO_PAGE;
	if (addr < mms_page_offset() || addr >= mms_vmemmap())
		return 0;
	head = mms_virt_to_page(addr);
	/* A page that is not there cannot be read, and that is not a slab. */
	if (bpf_probe_read_kernel(&first, sizeof(first), (void *)head))
		return 0;
	head = mms_compound_head(head);
	object.found = MMS_SLAB_NO_SLAB;
	if (!mms_page_is_slab(head))
		return 0;
	slab = (void *)head;
	s = BPF_CORE_READ(slab, slab_cache);
	at.size = BPF_CORE_READ(s, size);
	if (!at.size)
		return 0;
	object.found = MMS_SLAB_FOUND;
	object.slab = head;
	object.cache = (u64)s;
	object.base = mms_page_to_virt(head);
	object.objects = BPF_CORE_READ_BITFIELD_PROBED(slab, objects);
	object.inuse = BPF_CORE_READ_BITFIELD_PROBED(slab, inuse);
	object.index = (addr - object.base) / at.size;
	object.object = object.base + (u64)object.index * at.size + BPF_CORE_READ(s, red_left_pad);
	object.offset = addr - object.object;
	if (object.index >= object.objects) {
		object.where = MMS_SLAB_NO_OBJECT;
		look_at_cache(s);
		return 0;
	}
	object.where = MMS_SLAB_ALLOCATED;
	object.holder = -1;
	at.s = s;
	at.state = 0;
	at.wanted = object.object;
	at.where = MMS_SLAB_FREE;
	at.holder = -1;
	object.reads = count_free(slab, (u64)BPF_CORE_READ(slab, freelist));
	object.state = at.state;
	look_at_cache(s);
	at.wanted = 0;
	if (!mms_page_is_slab(head) || BPF_CORE_READ(slab, slab_cache) != s)
		object.state |= MMS_SLAB_RACED;
	return 0;
}

char _license[] SEC("license") = "GPL";
