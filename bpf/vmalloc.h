/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What vmalloc.bpf.c gives to the tool. */
#ifndef MMS_BPF_VMALLOC_H
#define MMS_BPF_VMALLOC_H

/* X(name, bit of vm_struct.flags, 0 for none, text): MMS_VMALLOC_BIT_* of an area */
#define MMS_VMALLOC_FLAGS(X)						\
	X(ioremap, 0x1, "memory of a device, by ioremap()")		\
	X(vmalloc, 0x2, "pages of its own, by vmalloc() and the like")	\
	X(vmap, 0x4, "pages of somebody else, by vmap()")		\
	X(user, 0x8, "may be mapped into processes")			\
	X(dma, 0x10, "coherent memory for DMA")				\
	X(uninit, 0x20, "is being made")				\
	X(sparse, 0x1000, "mapped page by page, by who has it")		\
	X(ram, 0, "a piece for vm_map_ram()")				\
	X(lazy, 0, "unmapped, and not given back until the TLBs are flushed")

enum mms_vmalloc_flag_bit {
#define MMS_X(name, bit, text) MMS_VMALLOC_BIT_##name,
	MMS_VMALLOC_FLAGS(MMS_X)
#undef MMS_X
	MMS_VMALLOC_NR_FLAGS
};

/**
 * struct mms_vmalloc_area - an area of vmalloc, struct vmap_area and its struct vm_struct
 * @start: its first address
 * @end: the first one after it; a guard page, where there is one, is in it
 * @caller: who asked for it, an address of the kernel's text; 0 if that was not kept
 * @pages: pages it has or maps, vm_struct.nr_pages
 * @phys: ioremap: physical address of the first byte
 * @pfn: first frame of what it maps, ~0 if it is not known
 * @flags: 1 << MMS_VMALLOC_BIT_*
 * @order: of its pages, as they were allocated
 */
struct mms_vmalloc_area {
	__u64 start;
	__u64 end;
	__u64 caller;
	__u64 pages;
	__u64 phys;
	__u64 pfn;
	__u32 flags;
	__u32 order;
};

/**
 * struct mms_vmalloc_info - how a run went
 * @nr: records filled
 * @nodes: nodes that areas are kept in, 0: the kernel does not say where they are
 * @raced: lists that changed while they were walked, each time: an area may be missing
 * @more: there are more areas than records
 */
struct mms_vmalloc_info {
	__u32 nr;
	__u32 nodes;
	__u32 raced;
	__u32 more;
};

#endif /* MMS_BPF_VMALLOC_H */
