/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types, as far as the programs here use them: only the members
 * that are read. Places and sizes are those of the running kernel: they are put
 * in when a program is loaded (CO-RE). What differs between kernels is in
 * core_fixes.bpf.h.
 */
#ifndef MMS_BPF_VMLINUX_H
#define MMS_BPF_VMLINUX_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;

/* bpf_helper_defs.h names these for helpers that look at packets. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;

enum {
	false,
	true,
};

/* From the kernel's interface to BPF (include/uapi/linux/bpf.h). */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_USER_STACK = 1 << 8,
	BPF_RB_NO_WAKEUP = 1 << 0,
	BPF_RB_FORCE_WAKEUP = 1 << 1,
	BPF_ANY = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	s64 counter;
} atomic64_t;

/* arch/x86/include/asm/mmu.h */
typedef struct {
	u64 ctx_id;
	atomic64_t tlb_gen;
} mm_context_t;

/* arch/x86/include/asm/pgtable_types.h */
typedef struct {
	unsigned long pgd;
} pgd_t;

typedef struct {
	unsigned long pmd;
} pmd_t;

typedef struct {
	unsigned long pte;
} pte_t;

/* include/linux/mm_types.h: the members lie in a struct without a name there. */
struct rw_semaphore {
	atomic64_t count;
};

struct mm_struct {
	mm_context_t context;
	pgd_t *pgd;
	atomic64_t pgtables_bytes;
	int map_count;
	struct rw_semaphore mmap_lock;
	unsigned long total_vm;
	unsigned long locked_vm;
	unsigned long brk;
};

struct vm_operations_struct;
struct address_space;
struct file;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;
	struct file *vm_file;
};

/* include/linux/mm.h */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long pgoff;
	unsigned long address;
	pmd_t *pmd;
	pte_t orig_pte;
	pte_t *pte;
};

/* include/linux/fs.h, dcache.h, path.h, mount.h, fs/mount.h */
struct backing_dev_info;
struct bdi_writeback;

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	struct backing_dev_info *s_bdi;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	u32 i_rdev;
	u32 i_generation;
	unsigned long dirtied_when;
	struct bdi_writeback *i_wb;
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	struct address_space *f_mapping;
};

struct kiocb {
	struct file *ki_filp;
	s64 ki_pos;
};

/* include/linux/uio.h */
struct iov_iter {
	bool data_source;
	u64 count;
};

/* include/linux/pagemap.h */
struct readahead_control {
	struct address_space *mapping;
};

/* arch/x86/include/asm/ptrace.h */
struct pt_regs {
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long ip;
	unsigned long cs;
	unsigned long sp;
};

/* include/linux/time64.h: any struct whose first member is a number of 64 bits */
struct timespec64 {
	s64 tv_sec;
};

/* include/linux/page-flags.h */
enum pageflags {
	PG_uptodate = 2,
	PG_head = 6,
	PG_workingset = 9,
	PG_swapcache = 10,
	PG_swapbacked = 17,
};

/* include/linux/sched/signal.h */
struct signal_struct {
	short oom_score_adj;
};

struct css_set;

/* include/linux/sched.h */
struct task_struct {
	unsigned int __state;
	struct css_set *cgroups;
	struct signal_struct *signal;
	unsigned int flags;
	struct mm_struct *mm;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	u64 start_time;
	unsigned int in_execve : 1;
	int pagefault_disabled;
	char comm[16];
};

/* include/linux/binfmts.h */
struct linux_binprm {
	struct file *file;
};

/* arch/x86/include/asm/tlbflush.h */
struct tlb_context {
	u64 ctx_id;
	u64 tlb_gen;
};

struct tlb_state {
	struct mm_struct *loaded_mm;
	u16 loaded_mm_asid;
	bool invalidate_other;
	unsigned short user_pcid_flush_mask;
	unsigned long cr4;
	struct tlb_context ctxs[6];
};

struct tlb_state_shared {
	bool is_lazy;
};

struct cpumask;

/* include/linux/mm_types_task.h, arch/x86/include/asm/tlbbatch.h */
struct arch_tlbflush_unmap_batch;

struct flush_tlb_info {
	struct mm_struct *mm;
	unsigned long start;
	unsigned long end;
	unsigned int initiating_cpu;
	u8 stride_shift;
	u8 freed_tables;
};

/* arch/x86/include/asm/processor.h */
struct cpuinfo_x86 {
	u32 x86_capability[1];
};

/* arch/x86/mm/pat/set_memory.c */
struct cpa_data {
	unsigned long numpages;
};

/* include/linux/bpf.h, kernel/bpf/task_iter.c */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* kernel/kallsyms.c */
struct kallsym_iter {
	unsigned long value;
	char module_name[56];
	char name[512];
};

struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	struct kallsym_iter *ksym;
};

/* include/linux/types.h */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

/* mm/ksm.c */
struct ksm_stable_node {
	struct hlist_head hlist;
	unsigned long kpfn;
	int rmap_hlist_len;
};

struct ksm_rmap_item {
	struct mm_struct *mm;
	unsigned long address;
	struct ksm_stable_node *head;
	struct hlist_node hlist;
};

struct ksm_scan {
	unsigned long seqnr;
};

/* include/linux/mm_types.h */
struct page {
	unsigned long private;
};

struct folio {
	struct list_head lru;
	struct address_space *mapping;
	unsigned long index;
};

/* include/linux/rbtree_types.h, rmap.h */
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

struct anon_vma {
	struct rb_root_cached rb_root;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct rb_node rb;
	unsigned long rb_subtree_last;
};

/* include/linux/vmalloc.h */
struct vm_struct {
	void *addr;
	unsigned long size;
	unsigned long flags;
	struct page **pages;
	unsigned int page_order;
	unsigned int nr_pages;
	u64 phys_addr;
	const void *caller;
};

struct vmap_area {
	unsigned long va_start;
	unsigned long va_end;
	struct list_head list;
	struct vm_struct *vm;
};

/* include/linux/kernfs.h */
struct kernfs_node {
	const char *name;
	u64 id;
};

/* include/linux/cgroup-defs.h */
struct cgroup_subsys_state;

enum cgroup_subsys_id {
	memory_cgrp_id = 4,
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1];
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

/* include/linux/backing-dev-defs.h, writeback.h, fs/fs-writeback.c, mm/page-writeback.c */
enum wb_reason {
	WB_REASON_BACKGROUND,
};

struct backing_dev_info {
	unsigned int capabilities;
	char dev_name[64];
};

struct bdi_writeback {
	struct backing_dev_info *bdi;
	struct cgroup_subsys_state *memcg_css;
};

enum writeback_sync_modes {
	WB_SYNC_NONE,
	WB_SYNC_ALL,
};

struct writeback_control {
	enum writeback_sync_modes sync_mode;
};

struct wb_writeback_work {
	enum wb_reason reason;
};

struct wb_domain {
	unsigned long dirty_limit;
};

struct dirty_throttle_control {
	unsigned long dirty;
	unsigned long thresh;
	unsigned long bg_thresh;
	unsigned long wb_dirty;
	unsigned long wb_thresh;
};

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};

/* include/linux/mmzone.h; struct lru_gen_struct until 6.3 */
struct lru_gen_folio {
	unsigned long max_seq;
	unsigned long min_seq[2];
	unsigned long timestamps[4];
	long nr_pages[40];
	unsigned long avg_total[8];
	bool enabled;
};

struct lruvec {
	atomic64_t nonresident_age;
	struct lru_gen_folio lrugen;
	struct pglist_data *pgdat;
};

/* include/linux/memcontrol.h */
struct mem_cgroup_per_node {
	struct mem_cgroup *memcg;
	struct lruvec lruvec;
	unsigned long lru_zone_size[25];
};

struct page_counter {
	atomic64_t usage;
	unsigned long high;
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct mem_cgroup_per_node *nodeinfo[0];
};

/* include/linux/oom.h */
enum oom_constraint {
	CONSTRAINT_NONE,
};

struct oom_control {
	struct mem_cgroup *memcg;
	unsigned int gfp_mask;
	int order;
	unsigned long totalpages;
	struct task_struct *chosen;
	long chosen_points;
	enum oom_constraint constraint;
};

/* include/linux/mmzone.h */
struct zone {
	unsigned long _watermark[3];
	unsigned long watermark_boost;
	struct pglist_data *zone_pgdat;
	const char *name;
	atomic64_t vm_stat[1];
};

enum zone_type {
	__MAX_NR_ZONES = 5,
};

struct zoneref {
	struct zone *zone;
	int zone_idx;
};

struct zonelist {
	struct zoneref _zonerefs[1];
};

struct pglist_data {
	struct zone node_zones[1];
	unsigned long node_start_pfn;
	unsigned long node_spanned_pages;
	int node_id;
};

/* include/linux/migrate_mode.h */
enum migrate_mode {
	MIGRATE_ASYNC,
};

/* mm/internal.h */
struct compact_control {
	struct zone *zone;
	unsigned long total_migrate_scanned;
	unsigned long total_free_scanned;
	int order;
	enum migrate_mode mode;
	bool direct_compaction;
	bool proactive_compaction;
};

/* mm/vmscan.c, include/linux/vmstat.h, shrinker.h */
struct scan_control {
	signed char priority;
	unsigned long nr_scanned;
};

struct reclaim_stat {
	unsigned int nr_dirty;
	unsigned int nr_congested;
	unsigned int nr_writeback;
	unsigned int nr_immediate;
	unsigned int nr_activate[2];
	unsigned int nr_ref_keep;
	unsigned int nr_unmap_fail;
	unsigned int nr_lazyfree_fail;
};

struct shrinker {
	unsigned long (*count_objects)(void);
};

struct shrink_control {
	struct mem_cgroup *memcg;
};

/* include/trace/events/vmscan.h */
struct trace_event_raw_mm_vmscan_lru_isolate {
	int lru;
};

/* include/linux/blk_types.h, bvec.h */
struct block_device {
	u32 bd_dev;
};

struct bio_vec {
	struct page *bv_page;
};

struct bio {
	u8 bi_status;
	struct bio_vec *bi_io_vec;
};

/* include/linux/fs.h */
struct address_space {
	struct inode *host;
	unsigned long nrpages;
};

/* include/linux/swap.h */
struct swap_cluster_info {
	u8 flags;
};

struct swap_info_struct {
	unsigned long flags;
	short prio;
	unsigned int max;
	unsigned int pages;
	struct swap_cluster_info *cluster_info;
	struct block_device *bdev;
	struct file *swap_file;
};

/* mm/page_io.c or mm/swap.h */
struct swap_iocb {
	int len;
};

/* mm/zswap.c */
struct zswap_entry {
	unsigned int length;
};

/* mm/slab.h */
struct kmem_cache_order_objects {
	unsigned int x;
};

struct kmem_cache {
	unsigned int flags;
	unsigned long min_partial;
	unsigned int size;
	unsigned int object_size;
	unsigned int offset;
	struct kmem_cache_order_objects oo;
	int refcount;
	void *ctor;
	unsigned int align;
	unsigned int red_left_pad;
	const char *name;
	struct list_head list;
};

struct kmem_cache_node {
	unsigned long nr_partial;
	struct list_head partial;
};

struct slab {
	struct kmem_cache *slab_cache;
	struct list_head slab_list;
	struct slab *next;
	void *freelist;
	unsigned int inuse : 16;
	unsigned int objects : 15;
};

/* kernel/bpf/kmem_cache_iter.c, where there is one */
struct bpf_iter__kmem_cache {
	struct bpf_iter_meta *meta;
	struct kmem_cache *s;
};

#pragma clang attribute pop

#endif /* MMS_BPF_VMLINUX_H */
