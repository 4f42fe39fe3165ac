// SPDX-License-Identifier: GPL-2.0-only
/*
 * KSM: each page that is merged, or was to be; each that is copied again, by a write or as
 * sharing is switched off; what ksmd finds gone; and its scans. By the functions of
 * mm/ksm.c: the tracepoints, which 6.1 has not, do not tell two pages that became one from
 * one that joined others, nor how many there are.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_ksm.bpf.h"
#include "ksm.h"
#include "common.bpf.h"
#include "walk.bpf.h"

/* The kernel says when a scan begins and ends. */
const volatile bool have_scan_events;

/* A page that was merged, and is not yet on the list of those that have the KSM page. */
struct merged {
	u64 item;	/* its struct ksm_rmap_item, 0: none */
	u64 time;	/* when it began */
	u64 own_pfn;
	u64 forked;	/* it was the KSM page already */
};

enum protect {
	NOT_TRIED,
	PROTECTED,
	NOT_PROTECTED,
};

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 merging;	/* in try_to_merge_with_ksm_page() */
	u64 breaking;	/* in break_ksm() */
	u64 undoing;	/* in break_cow() */
	u64 copying;	/* in do_wp_page(), since when: with a KSM page */
	u64 entry;	/* that was there then */
	u64 item;	/* the last one that was taken off: ksmd looks at its page now */
	u64 node;	/* the stable node it is taken off from, 0: none */
	u64 node_pfn;
	u64 tried;	/* the VMA was there */
	u64 protect;	/* enum protect */
	u64 one_time;	/* when try_to_merge_one_page() began */
	struct merged merged[2];
	u64 pad[11];
} __attribute__((aligned(256)));

#define NR_SLOTS 256
#include "slots.bpf.h"

/* Of the scan that runs: only ksmd writes. Not static, as in walk.bpf.h. */
__u64 scan_time;	/* when it began, 0: not seen */
__u64 scan_number;
__u64 scan_looked;	/* ksm_pages_scanned then */
__u64 scan_merged;

#define STABLE_FLAG	0x200	/* mm/ksm.c: of ksm_rmap_item.address */
#define PAGE_MASK	(~0xfffULL)
#define MAPPING_KSM	3	/* include/linux/page-flags.h: bits of mapping */
#define PF_KTHREAD	0x00200000 /* include/linux/sched.h */
#define MAX_ERRNO	4095

/* ---- one event ------------------------------------------------------------------- */

/* Who does it, or whose page it is. */
static __always_inline bool begin(struct mms_ksm *rec, u32 cause, const struct mm_struct *mm)
{
	u64 pid_tgid = trace_task();

	if (!trace_wants_cause(cause) || !(trace_wants(pid_tgid) || trace_wants_owner(mm)) ||
	    !trace_sampled())
		return false;
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, pid_tgid);
	rec->cause = cause;
	rec->target = mms_mm_tgid(mm);
	return true;
}

static __always_inline void see_address(struct mms_ksm *rec, u64 address)
{
	rec->address = address & PAGE_MASK;
	rec->marks |= MMS_KSM_HAS_ADDRESS;
}

static __always_inline void see_pfn(struct mms_ksm *rec, u64 pfn)
{
	rec->pfn = pfn;
	rec->marks |= MMS_KSM_HAS_PFN;
}

/* Where it is not the KSM page itself. */
static __always_inline void see_own(struct mms_ksm *rec, u64 pfn)
{
	if (rec->marks & MMS_KSM_HAS_PFN && pfn == rec->pfn)
		return;
	rec->own_pfn = pfn;
	rec->marks |= MMS_KSM_HAS_OWN;
}

static __always_inline void see_sharers(struct mms_ksm *rec, s32 sharers)
{
	if (sharers < 0)
		return;
	rec->sharers = sharers;
	rec->marks |= MMS_KSM_HAS_SHARERS;
}

/* @since: when it began, 0: it takes no time that could be told */
static __always_inline void end(struct mms_ksm *rec, u64 since, void *ctx)
{
	if (since) {
		rec->event.latency = rec->event.time - since;
		rec->event.time = since;
		rec->marks |= MMS_KSM_HAS_LATENCY;
	}
	if (trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
}

/* An argument's struct page: a number, as the verifier lets nobody calculate with a pointer. */
static __always_inline u64 arg_pfn(void *ctx, u32 number)
{
	u64 page = 0;

	bpf_get_func_arg(ctx, number, &page);
	return mms_page_to_pfn(page);
}

static __always_inline bool is_kthread(void)
{
	return bpf_get_current_task_btf()->flags & PF_KTHREAD;
}

static __always_inline struct slot *own_slot(void)
{
	return slot_find(bpf_get_current_task_btf()->pid);
}

/* The thread's slot, a new one if it has none. */
static __always_inline struct slot *get_slot(void)
{
	u32 tid = bpf_get_current_task_btf()->pid;
	struct slot *slot = slot_find(tid);

	if (slot)
		return slot;
	slot = slot_claim(tid);
	if (slot)
		__builtin_memset(&slot->merging, 0,
				 sizeof(*slot) - __builtin_offsetof(struct slot, merging));
	return slot;
}

/* ksmd keeps its own. */
static __always_inline void put_slot(struct slot *slot)
{
	if (!is_kthread() && !slot->breaking && !slot->undoing && !slot->copying && !slot->node)
		slot_free(slot);
}

/* ---- merged, or not ----------------------------------------------------------------- */

SEC("fentry/try_to_merge_with_ksm_page")
int BPF_PROG(merge_begin, struct ksm_rmap_item *item, struct page *page, struct page *kpage)
{
	struct slot *slot = get_slot();

	if (!slot)
		return 0;
	slot->merging = 1;
	slot->tried = 0;
	/* The other of two that become one may wait for its place on the list. */
	slot->merged[1] = slot->merged[0];
	slot->merged[0].item = (u64)item;
	slot->merged[0].time = bpf_ktime_get_ns();
	slot->merged[0].own_pfn = arg_pfn(ctx, 1);
	slot->merged[0].forked = page == kpage;
	return 0;
}

static __always_inline u32 why_not(const struct slot *slot)
{
	switch (slot->protect) {
	case PROTECTED:
		return MMS_KSM_RESULT_CHANGED;
	case NOT_PROTECTED:
		return MMS_KSM_RESULT_IN_USE;
	}
	return MMS_KSM_RESULT_BUSY;
}

SEC("fexit/try_to_merge_with_ksm_page")
int BPF_PROG(merge_end, struct ksm_rmap_item *item, struct page *page, struct page *kpage)
{
	struct slot *slot = own_slot();
	struct mms_ksm rec;
	u64 ret = 0;

	if (!slot || !slot->merging)
		return 0;
	slot->merging = 0;
	bpf_get_func_ret(ctx, &ret);
	if (!(s32)ret)
		return 0;
	if (begin(&rec, MMS_KSM_FAILED, item->mm)) {
		rec.result = slot->tried ? why_not(slot) : MMS_KSM_RESULT_NO_VMA;
		see_address(&rec, item->address);
		if (kpage)
			see_pfn(&rec, arg_pfn(ctx, 2));
		see_own(&rec, slot->merged[0].own_pfn);
		end(&rec, slot->merged[0].time, ctx);
	}
	slot->merged[0].item = 0;
	return 0;
}

SEC("fentry/try_to_merge_one_page")
int BPF_PROG(one_begin)
{
	struct slot *slot = get_slot();

	if (!slot)
		return 0;
	slot->tried = 1;
	slot->protect = NOT_TRIED;
	slot->one_time = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/write_protect_page")
int BPF_PROG(protected)
{
	struct slot *slot = own_slot();
	u64 ret = 0;

	if (!slot)
		return 0;
	bpf_get_func_ret(ctx, &ret);
	slot->protect = (s32)ret ? NOT_PROTECTED : PROTECTED;
	return 0;
}

/* With the zero page, if nobody asked for another one. */
SEC("fexit/try_to_merge_one_page")
int BPF_PROG(one_end, struct vm_area_struct *vma, struct page *page, struct page *kpage)
{
	const struct ksm_rmap_item *item;
	struct slot *slot = own_slot();
	struct mms_ksm rec;
	u64 ret = 0;

	if (!slot || slot->merging)
		return 0;
	bpf_get_func_ret(ctx, &ret);
	scan_merged += !(s32)ret;
	if (!begin(&rec, (s32)ret ? MMS_KSM_FAILED : MMS_KSM_ZERO, vma->vm_mm))
		return 0;
	rec.result = (s32)ret ? why_not(slot) : MMS_KSM_RESULT_DONE;
	see_pfn(&rec, arg_pfn(ctx, 2));
	see_own(&rec, arg_pfn(ctx, 1));
	item = (const void *)slot->item;
	if (item && BPF_CORE_READ(item, mm) == vma->vm_mm)
		see_address(&rec, BPF_CORE_READ(item, address));
	end(&rec, slot->one_time, ctx);
	return 0;
}

/* It is one more of those that have the KSM page. */
SEC("fexit/stable_tree_append")
int BPF_PROG(appended, struct ksm_rmap_item *item, struct ksm_stable_node *node)
{
	struct slot *slot = own_slot();
	struct merged *merged;
	struct mms_ksm rec;
	u32 cause;

	scan_merged++;
	if (!slot)
		return 0;
	merged = slot->merged[0].item == (u64)item ? &slot->merged[0] : &slot->merged[1];
	if (merged->item != (u64)item)
		return 0;
	merged->item = 0;
	cause = node->rmap_hlist_len == 1 ? MMS_KSM_NEW : MMS_KSM_MERGE;
	if (cause == MMS_KSM_MERGE && merged->forked)
		cause = MMS_KSM_FORK;
	if (!begin(&rec, cause, item->mm))
		return 0;
	rec.result = MMS_KSM_RESULT_DONE;
	see_address(&rec, item->address);
	see_pfn(&rec, node->kpfn);
	see_own(&rec, merged->own_pfn);
	see_sharers(&rec, node->rmap_hlist_len);
	end(&rec, merged->time, ctx);
	return 0;
}

/* ---- copied again ------------------------------------------------------------------- */

SEC("fentry/break_cow")
int BPF_PROG(undo_begin)
{
	struct slot *slot = get_slot();

	if (slot)
		slot->undoing = 1;
	return 0;
}

SEC("fexit/break_cow")
int BPF_PROG(undo_end)
{
	struct slot *slot = own_slot();

	if (!slot)
		return 0;
	slot->undoing = 0;
	put_slot(slot);
	return 0;
}

SEC("fentry/break_ksm")
int BPF_PROG(break_begin)
{
	struct slot *slot = get_slot();

	if (slot)
		slot->breaking = 1;
	return 0;
}

SEC("fexit/break_ksm")
int BPF_PROG(break_end)
{
	struct slot *slot = own_slot();

	if (!slot)
		return 0;
	slot->breaking = 0;
	put_slot(slot);
	return 0;
}

/* Not by walk_pfn(): an entry of the last level has no other size. */
static __always_inline u64 pfn_of(u64 entry)
{
	return (entry & walk_phys) >> PAGE_SHIFT;
}

static __always_inline bool is_ksm(u64 pfn)
{
	const struct folio *folio = NULL;
	u64 page = mms_vmemmap() + pfn * bpf_core_type_size(struct page);
	u64 mapping = mms_word(page + bpf_core_field_offset(folio->mapping));

	return (mapping & MAPPING_KSM) == MAPPING_KSM;
}

SEC("fentry/do_wp_page")
int BPF_PROG(copy_begin, struct vm_fault *vmf)
{
	u64 entry = vmf->orig_pte.pte;
	struct slot *slot;

	if (!(entry & PTE_PRESENT))
		return 0;
	walk_prepare();
	if (!mms_is_ksm_zero(entry, pfn_of(entry)) && !is_ksm(pfn_of(entry)))
		return 0;
	slot = get_slot();
	if (!slot)
		return 0;
	slot->entry = entry;
	slot->copying = bpf_ktime_get_ns();
	return 0;
}

static __always_inline u32 copy_cause(const struct slot *slot)
{
	if (slot->undoing)
		return MMS_KSM_UNDONE;
	if (slot->breaking)
		return MMS_KSM_UNMERGE;
	return mms_is_ksm_zero(slot->entry, pfn_of(slot->entry)) ? MMS_KSM_COW_ZERO : MMS_KSM_COW;
}

/* Another thread may have been first, or there was no memory: then it is as it was. */
SEC("fexit/do_wp_page")
int BPF_PROG(copy_end, struct vm_fault *vmf)
{
	struct slot *slot = own_slot();
	struct mms_ksm rec;
	u64 entry;

	if (!slot || !slot->copying)
		return 0;
	entry = mms_word((u64)vmf->pte);
	if (entry & PTE_PRESENT && pfn_of(entry) != pfn_of(slot->entry) &&
	    begin(&rec, copy_cause(slot), vmf->vma->vm_mm)) {
		rec.result = MMS_KSM_RESULT_DONE;
		see_address(&rec, vmf->address);
		see_pfn(&rec, pfn_of(slot->entry));
		see_own(&rec, pfn_of(entry));
		end(&rec, slot->copying, ctx);
	}
	slot->copying = 0;
	put_slot(slot);
	return 0;
}

/* A struct page or, on newer kernels, a struct folio: the same for a small one. */
SEC("fexit/ksm_might_need_to_copy")
int BPF_PROG(swapped_in, void *folio, struct vm_area_struct *vma, unsigned long address)
{
	u64 ret = 0, page = 0;
	struct mms_ksm rec;

	bpf_get_func_ret(ctx, &ret);
	bpf_get_func_arg(ctx, 0, &page);
	if (!ret || ret == page || ret >= -(u64)MAX_ERRNO ||
	    !begin(&rec, MMS_KSM_SWAPIN, vma->vm_mm))
		return 0;
	rec.result = MMS_KSM_RESULT_DONE;
	see_address(&rec, address);
	see_pfn(&rec, mms_page_to_pfn(page));
	see_own(&rec, mms_page_to_pfn(ret));
	end(&rec, 0, ctx);
	return 0;
}

/* ---- found to be gone ------------------------------------------------------------------ */

SEC("fentry/remove_rmap_item_from_tree")
int BPF_PROG(drop_begin, struct ksm_rmap_item *item)
{
	struct slot *slot = get_slot();

	if (!slot)
		return 0;
	slot->item = (u64)item;
	slot->node = 0;
	if (!(item->address & STABLE_FLAG))
		return 0;
	slot->node = (u64)item->head;
	slot->node_pfn = BPF_CORE_READ(item, head, kpfn);
	return 0;
}

SEC("fexit/remove_rmap_item_from_tree")
int BPF_PROG(drop_end, struct ksm_rmap_item *item)
{
	const struct ksm_stable_node *node;
	struct slot *slot = own_slot();
	struct mms_ksm rec;

	if (!slot)
		return 0;
	node = (const void *)slot->node;
	if (node && begin(&rec, MMS_KSM_DROP, item->mm)) {
		see_address(&rec, item->address);
		see_pfn(&rec, slot->node_pfn);
		see_sharers(&rec, BPF_CORE_READ(node, rmap_hlist_len));
		end(&rec, 0, ctx);
	}
	slot->node = 0;
	put_slot(slot);
	return 0;
}

/* With all that are still on its list: then none of them is told as dropped. */
SEC("fentry/remove_node_from_stable_tree")
int BPF_PROG(gone, struct ksm_stable_node *node)
{
	const struct ksm_rmap_item *item = NULL;
	struct slot *slot = own_slot();
	const struct mm_struct *mm = NULL;
	struct mms_ksm rec;
	u64 first = (u64)node->hlist.first;

	if (slot && slot->node == (u64)node)
		slot->node = 0;
	if (first) {
		item = mms_entry(first, struct ksm_rmap_item, hlist);
		mm = BPF_CORE_READ(item, mm);
	}
	if (!begin(&rec, MMS_KSM_GONE, mm))
		return 0;
	if (first)
		see_address(&rec, BPF_CORE_READ(item, address));
	see_pfn(&rec, node->kpfn);
	see_sharers(&rec, node->rmap_hlist_len);
	end(&rec, 0, ctx);
	return 0;
}

/* ---- processes and scans ------------------------------------------------------------------ */

SEC("fexit/__ksm_enter")
int BPF_PROG(entered, struct mm_struct *mm)
{
	struct mms_ksm rec;
	u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	if (!(s32)ret && begin(&rec, MMS_KSM_ENTER, mm))
		end(&rec, 0, ctx);
	return 0;
}

SEC("fentry/__ksm_exit")
int BPF_PROG(exited, struct mm_struct *mm)
{
	struct mms_ksm rec;

	if (begin(&rec, MMS_KSM_EXIT, mm))
		end(&rec, 0, ctx);
	return 0;
}

static __always_inline u64 pages_looked(void)
{
	return ksm_pages_scanned ? mms_word(ksm_pages_scanned) : 0;
}

static __always_inline void scan_starts(u64 number)
{
	scan_time = bpf_ktime_get_ns();
	scan_number = number;
	scan_looked = pages_looked();
	scan_merged = 0;
}

/* @over: that it is over is only seen now, not when it was */
static __always_inline void scan_ends(u64 items, bool over, void *ctx)
{
	struct mms_ksm rec;

	if (scan_time && begin(&rec, MMS_KSM_SCAN, NULL)) {
		rec.result = MMS_KSM_RESULT_DONE;
		rec.scan = scan_number;
		rec.merged = scan_merged;
		rec.items = items;
		if (ksm_pages_scanned) {
			rec.pages = pages_looked() - scan_looked;
			rec.marks |= MMS_KSM_HAS_PAGES;
		}
		if (over)
			rec.event.time = scan_time;
		end(&rec, over ? 0 : scan_time, ctx);
	}
	scan_time = 0;
}

SEC("tp_btf/ksm_start_scan")
int BPF_PROG(scan_begin, int number)
{
	scan_starts(number);
	return 0;
}

SEC("tp_btf/ksm_stop_scan")
int BPF_PROG(scan_end, int number, u32 items)
{
	scan_ends(items, false, ctx);
	return 0;
}

/* What ksmd begins a scan with, where there are no such events: then the last one has ended. */
SEC("fentry/lru_add_drain_all")
int BPF_PROG(scan_again)
{
	const struct ksm_scan *scan = NULL;
	char comm[16];
	u64 number;

	if (have_scan_events || !is_kthread() || !ksm_scan || !ksm_rmap_items)
		return 0;
	bpf_get_current_comm(comm, sizeof(comm));
	if (comm[0] != 'k' || comm[1] != 's' || comm[2] != 'm' || comm[3] != 'd' || comm[4])
		return 0;
	number = mms_word(ksm_scan + bpf_core_field_offset(scan->seqnr));
	if (number != scan_number)
		scan_ends(mms_word(ksm_rmap_items), true, ctx);
	scan_starts(number);
	return 0;
}

SEC("tp_btf/ksm_advisor")
int BPF_PROG(advised, s64 seconds, unsigned long pages, unsigned int percent)
{
	struct mms_ksm rec;

	if (!begin(&rec, MMS_KSM_ADVISOR, NULL))
		return 0;
	rec.pages = pages;
	rec.percent = percent;
	rec.marks |= MMS_KSM_HAS_PAGES | MMS_KSM_HAS_PERCENT;
	end(&rec, rec.event.time - seconds * 1000000000, ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
