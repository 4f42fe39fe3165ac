/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a folio is: the name of its file where nobody has it open, the memory cgroup, a process.
 * Read without locks. file.bpf.h and core_fixes_refault.bpf.h come before.
 */
#ifndef MMS_BPF_OWNER_H
#define MMS_BPF_OWNER_H

/* By one of its names and one of the mounts of its file system. */
static __always_inline void inode_name(u32 dev, u64 number, const struct inode *inode)
{
	const struct file_key key = {
		.inode = number,
		.dev = dev,
		.generation = BPF_CORE_READ(inode, i_generation),
	};
	struct dentry *dentry;
	struct mount *mount;

	if (!file_is_new(&key))
		return;
	dentry = mms_inode_dentry(inode);
	mount = mms_super_mount(BPF_CORE_READ(inode, i_sb));
	if (dentry && mount)
		file_send(&key, dentry, mount);
}

/* ---- memory cgroups -------------------------------------------------------- */

struct cgroup_walk {
	struct mms_trace_file *rec;
	struct kernfs_node *node;
};

static long cgroup_part(u32 i, struct cgroup_walk *walk)
{
	struct kernfs_node *node = walk->node, *parent = mms_kernfs_parent(node);
	struct mms_trace_file *rec = walk->rec;
	u32 nr = rec->nr;

	if (!parent)
		return 1;
	if (nr >= MMS_TRACE_NAMES) {
		rec->cut = 1;
		return 1;
	}
	/* The mask is for the verifier, which forgets what was checked. */
	bpf_probe_read_kernel_str(rec->name[nr & (MMS_TRACE_NAMES - 1)], MMS_TRACE_NAME,
				  BPF_CORE_READ(node, name));
	rec->nr = nr + 1;
	walk->node = parent;
	return 0;
}

static __noinline int cgroup_send(u64 id, struct kernfs_node *node)
{
	struct mms_trace_file *rec = file_record(MMS_TRACE_CGROUP, id, 0);
	struct cgroup_walk walk = { .rec = rec, .node = node };

	if (!rec)
		return 0;
	bpf_loop(MMS_TRACE_NAMES + 1, cgroup_part, &walk, 0);
	trace_send(rec, sizeof(*rec));
	return 0;
}

/* The id of a memory cgroup's cgroup, after its path, from the root of the hierarchy on. */
static __always_inline u64 memcg_name(const struct mem_cgroup *memcg)
{
	struct kernfs_node *node = BPF_CORE_READ(memcg, css.cgroup, kn);
	const struct file_key key = { .inode = BPF_CORE_READ(node, id), .dev = MMS_TRACE_CGROUP };

	if (file_is_new(&key))
		cgroup_send(key.inode, node);
	return key.inode;
}

/* ---- processes ------------------------------------------------------------- */

#define FOLIO_MAPPING_ANON	1	/* a bit of folio->mapping */
#define FOLIO_MAPPING_FLAGS	3
#define MAX_DEPTH		32	/* of the tree of VMAs */

struct owner_walk {
	u64 at;		/* struct rb_node */
	u64 index;
	struct vm_area_struct *found;
};

/* One step down to a VMA that has page @index: as vma_interval_tree_subtree_search(). */
static long owner_step(u32 i, struct owner_walk *walk)
{
	const struct anon_vma_chain *none = NULL, *chain, *below;
	u64 left, first, last;

	if (!walk->at)
		return 1;
	chain = (void *)(walk->at - bpf_core_field_offset(none->rb));
	left = (u64)BPF_CORE_READ(chain, rb.rb_left);
	if (left) {
		below = (void *)(left - bpf_core_field_offset(none->rb));
		if (BPF_CORE_READ(below, rb_subtree_last) >= walk->index) {
			walk->at = left;
			return 0;
		}
	}
	first = BPF_CORE_READ(chain, vma, vm_pgoff);
	last = first + ((BPF_CORE_READ(chain, vma, vm_end) -
			 BPF_CORE_READ(chain, vma, vm_start)) >> PAGE_SHIFT) - 1;
	if (first > walk->index)
		return 1;
	if (last >= walk->index) {
		walk->found = BPF_CORE_READ(chain, vma);
		return 1;
	}
	walk->at = (u64)BPF_CORE_READ(chain, rb.rb_right);
	return 0;
}

/* A process with the VMA that an anonymous folio was mapped by, and where. False: none is found. */
static __always_inline bool folio_owner(const struct folio *folio, u32 *ret_tgid, u64 *ret_address)
{
	u64 mapping = (u64)BPF_CORE_READ(folio, mapping);
	const struct anon_vma *anon_vma = (void *)(mapping - FOLIO_MAPPING_ANON);
	struct owner_walk walk = { .index = BPF_CORE_READ(folio, index) };
	struct vm_area_struct *vma;

	if ((mapping & FOLIO_MAPPING_FLAGS) != FOLIO_MAPPING_ANON)
		return false;
	walk.at = (u64)BPF_CORE_READ(anon_vma, rb_root.rb_root.rb_node);
	bpf_loop(MAX_DEPTH, owner_step, &walk, 0);
	vma = walk.found;
	if (!vma)
		return false;
	*ret_tgid = mms_mm_tgid(BPF_CORE_READ(vma, vm_mm));
	*ret_address = BPF_CORE_READ(vma, vm_start) +
		       ((walk.index - BPF_CORE_READ(vma, vm_pgoff)) << PAGE_SHIFT);
	return true;
}

#endif /* MMS_BPF_OWNER_H */
