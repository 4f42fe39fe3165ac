/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where kernels differ in what an evicted page leaves behind, and in how a memory cgroup, a
 * file or a process is found from a folio. As core_fixes.bpf.h, which comes before.
 */
#ifndef MMS_BPF_CORE_FIXES_REFAULT_H
#define MMS_BPF_CORE_FIXES_REFAULT_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct swap_info_struct___map {
	unsigned char *swap_map;
};

struct obj_cgroup {
	struct mem_cgroup *memcg;
};

struct mem_cgroup_per_node___objcg {
	struct obj_cgroup *orig_objcg;
};

struct folio___memcg {
	unsigned long memcg_data;
};

struct folio___private {
	void *private;
};

struct mem_cgroup___id {
	struct {
		int id;
	} id;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct kernfs_node___parent {
	struct kernfs_node *parent;
};

struct kernfs_node___hidden {
	struct kernfs_node *__parent;
};

struct inode___alias {
	struct hlist_head i_dentry;
};

struct dentry___d_u {
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct dentry___alias {
	struct hlist_node d_alias;
};

struct super_block___list {
	struct list_head s_mounts;
};

struct super_block___chain {
	struct mount *s_mounts;
};

struct mount___instance {
	struct list_head mnt_instance;
};

struct mount___chain {
	struct mount *mnt_next_for_sb;
};

struct shrinker___name {
	const char *name;
};

#pragma clang attribute pop

/* ---- shadow entries -------------------------------------------------------- */

/*
 * Where a kernel has its memory cgroups by the number that is in a shadow entry: an IDR; an
 * xarray since "memcg: replace memcg ID idr with xarray", 6.12; by another name since "memcg:
 * introduce private id API for in-kernel use".
 */
MMS_KSYM(mem_cgroup_idr);
MMS_KSYM(mem_cgroup_ids);
MMS_KSYM(mem_cgroup_private_ids);
/* How much of an age is cut off: one for all, and since the change below for anon and file. */
MMS_KSYM(bucket_order);

/*
 * Whether shadow entries of anonymous memory have SWAP_COUNT_SHIFT bits less, since "mm/workingset:
 * leave highest bits empty for anon shadow": the swap table counts there how often a slot is
 * used, which swap_map did before.
 */
static __always_inline bool mms_shadow_anon_is_short(void)
{
	const struct swap_info_struct___map *old = NULL;

	return !bpf_core_field_exists(old->swap_map);
}

#define SWAP_COUNT_SHIFT	5	/* SWP_TB_FLAGS_BITS, mm/swap_table.h */

static __always_inline u32 mms_bucket_order(bool file)
{
	if (!bucket_order)
		return 0;
	return (u32)mms_read_u64(bucket_order + (mms_shadow_anon_is_short() && file ? 4 : 0)) & 63;
}

/* A memory cgroup by the number in a shadow entry, 0: there is none any more. */
static __always_inline u64 mms_memcg_by_number(u32 number)
{
	const struct xa_node *node = NULL;
	const struct xarray *xarray = NULL;
	u64 root = 0, entry, shift, slots;
	u32 i;

	/* struct idr begins with its xarray. */
	if (mem_cgroup_private_ids)
		root = mem_cgroup_private_ids;
	else if (mem_cgroup_ids)
		root = mem_cgroup_ids;
	else if (mem_cgroup_idr)
		root = mem_cgroup_idr;
	if (!root)
		return 0;
	slots = bpf_core_field_size(node->slots) / sizeof(u64);
	entry = mms_word(root + bpf_core_field_offset(xarray->xa_head));
	for (i = 0; i < 4; i++) {
		/* include/linux/xarray.h: xa_is_node(), xa_to_node() */
		if ((entry & 3) != 2 || entry <= 4096)
			break;
		entry -= 2;
		shift = mms_word(entry + bpf_core_field_offset(node->shift)) & 0xff;
		entry = mms_word(entry + bpf_core_field_offset(node->slots) +
				 (number >> (shift & 31) & (slots - 1)) * sizeof(u64));
	}
	return entry & 3 ? 0 : entry;
}

/* ---- what belongs to a folio ------------------------------------------------ */

/*
 * The memory cgroup of a folio on an LRU list, 0: none. It is found by its obj_cgroup since
 * "mm: memcontrol: convert objcg to be per-memcg per-node type" and what follows it.
 */
static __always_inline u64 mms_folio_memcg(const struct folio *folio)
{
	const struct mem_cgroup_per_node___objcg *node = NULL;
	const struct folio___memcg *charged = (const void *)folio;
	const struct obj_cgroup *objcg = NULL;
	u64 data;

	if (!bpf_core_field_exists(charged->memcg_data))
		return 0;
	data = BPF_CORE_READ(charged, memcg_data) & ~7ULL;	/* without flags */
	if (!data || !bpf_core_field_exists(node->orig_objcg))
		return data;
	return mms_word(data + bpf_core_field_offset(objcg->memcg));
}

/* The slot of a folio in the swap cache: private, whatever else has that place. */
static __always_inline u64 mms_folio_swap(const struct folio *folio)
{
	const struct folio___private *cached = (const void *)folio;

	return (u64)BPF_CORE_READ(cached, private);
}

/* ---- names ----------------------------------------------------------------- */

/* Renamed by "kernfs: Use RCU to access kernfs_node::parent.", 6.15. */
static __always_inline struct kernfs_node *mms_kernfs_parent(const struct kernfs_node *kn)
{
	const struct kernfs_node___hidden *new = (const void *)kn;
	const struct kernfs_node___parent *old = (const void *)kn;

	if (bpf_core_field_exists(new->__parent))
		return BPF_CORE_READ(new, __parent);
	return BPF_CORE_READ(old, parent);
}

/* A name of an inode, NULL: it has none in memory. Newer kernels have no name for the union. */
static __always_inline struct dentry *mms_inode_dentry(const struct inode *inode)
{
	const struct inode___alias *named = (const void *)inode;
	const struct dentry___alias *new = NULL;
	const struct dentry___d_u *old = NULL;
	u64 first = (u64)BPF_CORE_READ(named, i_dentry.first);

	if (!first)
		return NULL;
	if (bpf_core_field_exists(new->d_alias))
		return (void *)(first - bpf_core_field_offset(new->d_alias));
	return (void *)(first - bpf_core_field_offset(old->d_u.d_alias));
}

/*
 * A mount of a file system. They are a chain since "preparations to taking MNT_WRITE_HOLD out
 * of ->mnt_flags", 6.18.
 */
static __always_inline struct mount *mms_super_mount(const struct super_block *sb)
{
	const struct mount___chain *chained = NULL;
	const struct mount___instance *listed = NULL;
	const struct super_block___chain *new = (const void *)sb;
	const struct super_block___list *old = (const void *)sb;
	u64 first;

	if (bpf_core_field_exists(chained->mnt_next_for_sb))
		return BPF_CORE_READ(new, s_mounts);
	first = (u64)BPF_CORE_READ(old, s_mounts.next);
	if (first == (u64)sb + bpf_core_field_offset(old->s_mounts))
		return NULL;
	return (void *)(first - bpf_core_field_offset(listed->mnt_instance));
}

/* With CONFIG_SHRINKER_DEBUG a shrinker has a name; 0: it has none. */
static __always_inline u64 mms_shrinker_name(const struct shrinker *shrinker)
{
	const struct shrinker___name *named = (const void *)shrinker;

	return bpf_core_field_exists(named->name) ? (u64)BPF_CORE_READ(named, name) : 0;
}

#endif /* MMS_BPF_CORE_FIXES_REFAULT_H */
