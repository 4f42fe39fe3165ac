/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of files: sent as a record of their own before the first event with the
 * file, so that an event has two numbers and no path. Read without locks: a file that
 * is renamed meanwhile may have parts of both names.
 */
#ifndef MMS_BPF_FILE_H
#define MMS_BPF_FILE_H

/* An inode's number comes to mean another file, with another generation. */
struct file_key {
	u64 inode;
	u32 dev;
	u32 generation;
};

/* Those whose names have been sent. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct file_key);
	__type(value, __u8);
} files SEC(".maps");

/* Too large for a stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mms_trace_file);
} file_room SEC(".maps");

struct file_walk {
	struct mms_trace_file *rec;
	struct dentry *dentry;
	struct mount *mount;
};

/* One part up: over a mount's root to where it is mounted. */
static long file_part(u32 i, struct file_walk *walk)
{
	struct dentry *dentry = walk->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mms_trace_file *rec = walk->rec;
	struct mount *mount = walk->mount, *above;
	const unsigned char *name;
	u32 nr = rec->nr;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || dentry == parent) {
		above = BPF_CORE_READ(mount, mnt_parent);
		if (above == mount || dentry != BPF_CORE_READ(mount, mnt.mnt_root))
			return 1;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = above;
		return 0;
	}
	if (nr >= MMS_TRACE_NAMES) {
		rec->cut = 1;
		return 1;
	}
	name = BPF_CORE_READ(dentry, d_name.name);
	/* The mask is for the verifier, which forgets what was checked. */
	bpf_probe_read_kernel_str(rec->name[nr & (MMS_TRACE_NAMES - 1)], MMS_TRACE_NAME, name);
	rec->nr = nr + 1;
	walk->dentry = parent;
	return 0;
}

/* Begins a name. */
static __always_inline struct mms_trace_file *file_record(u32 dev, u64 inode, u32 generation)
{
	u32 zero = 0;
	struct mms_trace_file *rec = bpf_map_lookup_elem(&file_room, &zero);

	if (!rec)
		return NULL;
	rec->type = MMS_TRACE_FILE;
	rec->dev = dev;
	rec->inode = inode;
	rec->generation = generation;
	rec->nr = 0;
	rec->cut = 0;
	return rec;
}

static __noinline int file_send(const struct file_key *key, struct dentry *dentry,
				struct mount *mount)
{
	struct mms_trace_file *rec;
	struct file_walk walk = { .dentry = dentry, .mount = mount };

	if (!key)
		return 0;
	rec = file_record(key->dev, key->inode, key->generation);
	if (!rec)
		return 0;
	walk.rec = rec;
	bpf_loop(2 * MMS_TRACE_NAMES, file_part, &walk, 0);
	trace_send(rec, sizeof(*rec));
	return 0;
}

/* Whether its name has not been sent; it is now. */
static __always_inline bool file_is_new(const struct file_key *key)
{
	u8 yes = 1;

	if (bpf_map_lookup_elem(&files, key))
		return false;
	bpf_map_update_elem(&files, key, &yes, BPF_ANY);
	return true;
}

static __always_inline void file_name(u32 dev, u64 inode, struct file *file)
{
	const struct file_key key = {
		.inode = inode,
		.dev = dev,
		.generation = BPF_CORE_READ(file, f_mapping, host, i_generation),
	};
	struct vfsmount *mnt;

	if (!file_is_new(&key))
		return;
	mnt = BPF_CORE_READ(file, f_path.mnt);
	file_send(&key, BPF_CORE_READ(file, f_path.dentry),
		  (void *)mnt - bpf_core_field_offset(struct mount, mnt));
}

#endif /* MMS_BPF_FILE_H */
