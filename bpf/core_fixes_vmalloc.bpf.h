/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for the areas of vmalloc. */
#ifndef MMS_BPF_CORE_FIXES_VMALLOC_H
#define MMS_BPF_CORE_FIXES_VMALLOC_H

#include "core_fixes.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rb_list {
	struct list_head head;
};

struct vmap_node {
	struct rb_list busy;
	struct rb_list lazy;
};

struct vmap_area___flags {
	unsigned long flags;
};

#pragma clang attribute pop

/*
 * Areas of vmalloc are in lists of several nodes since "mm: vmalloc: remove global
 * vmap_area_root rb-tree", 6.9: each has those in use and those that wait for the next
 * flush. One list of each before.
 */
MMS_KSYM(vmap_nodes);
MMS_KSYM(nr_vmap_nodes);
MMS_KSYM(vmap_area_list);
MMS_KSYM(purge_vmap_area_list);

#define MMS_VMAP_MAX_NODES	1024	/* 128 today */

/* How many nodes there are; 0 if the kernel does not say where its areas are. */
static __always_inline u32 mms_vmap_nodes(void)
{
	u32 nr = 0;

	if (bpf_core_type_exists(struct vmap_node)) {
		if (vmap_nodes && nr_vmap_nodes)
			nr = (int)mms_read_u64(nr_vmap_nodes);
		return nr < MMS_VMAP_MAX_NODES ? nr : MMS_VMAP_MAX_NODES;
	}
	return vmap_area_list ? 1 : 0;
}

/* The head of a node's list of areas in use, or of those to be given back; 0 for none. */
static __always_inline u64 mms_vmap_list(u32 node, bool lazy)
{
	const struct vmap_node *at;

	if (bpf_core_type_exists(struct vmap_node)) {
		if (!vmap_nodes)
			return 0;
		at = (const void *)mms_read_u64(vmap_nodes) +
		     node * bpf_core_type_size(struct vmap_node);
		return (u64)at + (lazy ? bpf_core_field_offset(at->lazy.head) :
					 bpf_core_field_offset(at->busy.head));
	}
	return lazy ? purge_vmap_area_list : vmap_area_list;
}

/*
 * Whether an area without a struct vm_struct is one for vm_map_ram(): says so itself since
 * "mm/vmalloc.c: add flags to mark vm_map_ram area", 6.3. Before, it may also be one that
 * was reserved only this moment.
 */
static __always_inline bool mms_vmap_is_ram(const struct vmap_area *va)
{
	const struct vmap_area___flags *new = (const void *)va;

	if (bpf_core_field_exists(new->flags))
		return BPF_CORE_READ(new, flags) & 1;	/* VMAP_RAM */
	return true;
}

/* Without CONFIG_HAVE_ARCH_HUGE_VMALLOC all is in pages. */
static __always_inline u32 mms_vm_order(const struct vm_struct *vm)
{
	return bpf_core_field_exists(vm->page_order) ? BPF_CORE_READ(vm, page_order) : 0;
}

#endif /* MMS_BPF_CORE_FIXES_VMALLOC_H */
