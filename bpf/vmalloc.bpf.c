// SPDX-License-Identifier: GPL-2.0-only
/*
 * The areas of vmalloc one by one, out of lists that are exported to no module.
 *
 * Nothing is locked. So each area has to say that it follows the one before, and has to
 * be in its place still when it has been read; a list in which one does not is walked
 * again from its start, a few times, and then said to have raced.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_vmalloc.bpf.h"
#include "vmalloc.h"

#define TRIES		5
#define MAX_AREAS	(1 << 22)	/* of a list: more ends it, and is said */

struct mms_vmalloc_info info;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);		/* the caller's to set before loading */
	__type(key, __u32);
	__type(value, struct mms_vmalloc_area);
} areas SEC(".maps");

/*
 * Where the walk is. One run at a time: program and memory are the caller's own. Not
 * static: the compiler would take it apart, and its BTF would be of something else.
 */
struct {
	u64 head, prev, pos;
	u64 last;	/* end of the area before: they are in order */
	u32 node, first;	/* @first: record of the list's first area */
	u32 raced;
	bool lazy;
} at;

static __always_inline void read_vm(struct mms_vmalloc_area *rec, const struct vm_struct *vm)
{
	u64 flags = BPF_CORE_READ(vm, flags), pages;

#define MMS_X(name, bit, text)							\
	if (flags & (bit))							\
		rec->flags |= 1 << MMS_VMALLOC_BIT_##name;
	MMS_VMALLOC_FLAGS(MMS_X)
#undef MMS_X
	rec->end = rec->start + BPF_CORE_READ(vm, size);
	rec->caller = (u64)BPF_CORE_READ(vm, caller);
	/* its size has changed */
	rec->pages = BPF_CORE_READ_BITFIELD_PROBED(vm, nr_pages);
	rec->order = mms_vm_order(vm);
	rec->phys = BPF_CORE_READ(vm, phys_addr);
	pages = (u64)BPF_CORE_READ(vm, pages);
	if (rec->flags & 1 << MMS_VMALLOC_BIT_ioremap)
		rec->pfn = rec->phys >> PAGE_SHIFT;
	else if (pages && rec->pages)
		rec->pfn = mms_page_to_pfn(mms_read_u64(pages));
}

/* Read one; false if it is none: only reserved, and nobody has it yet. */
static __always_inline bool read_area(struct mms_vmalloc_area *rec, const struct vmap_area *va)
{
	const struct vm_struct *vm;

	__builtin_memset(rec, 0, sizeof(*rec));
	rec->pfn = ~0ULL;
	rec->start = BPF_CORE_READ(va, va_start);
	rec->end = BPF_CORE_READ(va, va_end);
	if (at.lazy) {
		rec->flags = 1 << MMS_VMALLOC_BIT_lazy;
		return true;
	}
	vm = BPF_CORE_READ(va, vm);
	if (vm) {
		read_vm(rec, vm);
		if ((u64)BPF_CORE_READ(vm, addr) != rec->start || BPF_CORE_READ(va, vm) != vm)
			at.raced = 1;
		return true;
	}
	rec->flags = 1 << MMS_VMALLOC_BIT_ram;
	return mms_vmap_is_ram(va);
}

static long next_area(u32 i, void *unused)
{
	struct mms_vmalloc_area *rec = bpf_map_lookup_elem(&areas, &info.nr);
	const struct list_head *prev = (const void *)at.prev;
	const struct vmap_area *va;
	u64 start, next;
	bool is;

	if (at.pos == at.head)
		return 1;
	if (!rec) {
		info.more = 1;
		return 1;
	}
	va = mms_entry(at.pos, struct vmap_area, list);
	next = (u64)BPF_CORE_READ(va, list.next);
	start = BPF_CORE_READ(va, va_start);
	is = read_area(rec, va);
	if ((u64)BPF_CORE_READ(va, list.prev) != at.prev ||
	    (u64)BPF_CORE_READ(prev, next) != at.pos || rec->start != start || start < at.last ||
	    !next)
		at.raced = 1;
	if (at.raced)
		return 1;
	at.last = start + 1;
	if (is)
		info.nr++;
	at.prev = at.pos;
	at.pos = next;
	return 0;
}

static long try_list(u32 try, void *unused)
{
	const struct list_head *head;

	at.head = mms_vmap_list(at.node, at.lazy);
	head = (const void *)at.head;
	if (!head)
		return 1;
	info.nr = at.first;
	at.raced = 0;
	at.last = 0;
	at.prev = at.head;
	at.pos = (u64)BPF_CORE_READ(head, next);
	if (bpf_loop(MAX_AREAS, next_area, NULL, 0) == MAX_AREAS)
		info.more = 1;
	/* the verifier is to see that it is 0 or 1 */
	return at.raced != 1;
}

static __always_inline void look_at_list(bool lazy)
{
	at.lazy = lazy;
	at.first = info.nr;
	at.raced = 0;
	bpf_loop(TRIES, try_list, NULL, 0);
	info.raced += at.raced;
}

static long look_at_node(u32 node, void *unused)
{
	at.node = node;
	look_at_list(false);
	look_at_list(true);
	return 0;
}

SEC("syscall")
int list(void *ctx)
{
	__builtin_memset(&info, 0, sizeof(info));
	info.nodes = mms_vmap_nodes();
	bpf_loop(info.nodes, look_at_node, NULL, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
