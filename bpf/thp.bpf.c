// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge pages: each attempt to make one of small pages (collapse), each split of a folio or
 * of a mapping, and each fault that asked for one. From the first to the last line of the
 * function that does it, with its result.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes_thp.bpf.h"
#include "thp.h"
#include "common.bpf.h"
#include "walk.bpf.h"

/*
 * What a thread may be in at the same time: collapse splits folios, their split splits
 * mappings, a fault may reclaim, which splits, too.
 */
enum kind {
	COLLAPSE,
	SPLIT,
	SPLIT_PMD,
	SPLIT_PMD_LOCKED,	/* split_huge_pmd_locked() where nothing of it is known above */
	FAULT,
	NR_KINDS
};

struct slot {
	u64 owner;	/* its thread, 0: free */
	u64 displaced;	/* another thread has its place */
	u64 running;	/* bits of enum kind */
	u64 pad;
	struct mms_thp rec[NR_KINDS];
} __attribute__((aligned(1024)));

#define NR_SLOTS 512
#include "slots.bpf.h"

#define HPAGE_ORDER		9
#define HPAGE_SIZE		(1UL << 21)
#define HPAGE_MASK		(~(HPAGE_SIZE - 1))
#define FOLIO_MAPPING_ANON	1	/* include/linux/page-flags.h: a bit of mapping */

#define VM_FAULT_OOM		0x000001 /* enum vm_fault_reason, include/linux/mm_types.h */
#define VM_FAULT_FALLBACK	0x000800

#define PF_KTHREAD	0x00200000	/* include/linux/sched.h */

#define ENOMEM	12
#define EAGAIN	11
#define EBUSY	16
#define EINVAL	22

/* The process whose memory it is: khugepaged works for others. 0: it has no number yet. */
static __always_inline u32 whose(const struct mm_struct *mm)
{
	const struct task_struct *owner = mms_mm_owner(mm);

	return owner ? mms_owner_tgid(owner) : trace_task() >> 32;
}

/* @target: the process it is filtered by */
static __always_inline struct mms_thp *begin(u32 kind, u32 cause, u32 target)
{
	u64 pid_tgid = trace_task();
	struct mms_thp *rec;
	struct slot *slot;

	if (!trace_wants((u64)target << 32) || !trace_wants_cause(cause) || !trace_sampled())
		return NULL;
	slot = slot_find(pid_tgid) ?: slot_claim(pid_tgid);
	if (!slot)
		return NULL;
	slot->running |= 1 << kind;
	rec = &slot->rec[kind];
	__builtin_memset(rec, 0, sizeof(*rec));
	event_begin(&rec->event, pid_tgid);
	rec->target = target;
	rec->cause = cause;
	rec->order = HPAGE_ORDER;
	return rec;
}

static __always_inline bool is_running(u32 kind)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	return slot && slot->running >> kind & 1;
}

static __always_inline struct mms_thp *running(u32 kind)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);

	return slot && slot->running >> kind & 1 ? &slot->rec[kind] : NULL;
}

/* @tell: it was what it seemed to be when it began */
static __always_inline void end(u32 kind, bool tell, void *ctx)
{
	struct slot *slot = slot_find(bpf_get_current_task_btf()->pid);
	struct mms_thp *rec;

	if (!slot)
		return;
	rec = &slot->rec[kind];
	rec->event.latency = bpf_ktime_get_ns() - rec->event.time;
	slot->running &= ~(1ULL << kind);
	if (tell && trace_wants_latency(rec->event.latency))
		event_send(rec, sizeof(*rec), ctx);
	if (!slot->running)
		slot_free(slot);
}

/* ---- collapse ---------------------------------------------------------------- */

static __always_inline void collapse_begin(const struct mm_struct *mm, u64 address, u32 cause)
{
	struct mms_thp *rec = begin(COLLAPSE, cause, whose(mm));

	if (!rec)
		return;
	rec->address = address;
	rec->marks = MMS_THP_HAS_ADDRESS | MMS_THP_RETURNS;
	if (cause == MMS_THP_COLLAPSE)
		rec->marks |= MMS_THP_ANON;
}

static __always_inline void collapse_end(void *ctx)
{
	struct mms_thp *rec = running(COLLAPSE);
	u64 ret = 0;

	if (!rec)
		return;
	bpf_get_func_ret(ctx, &ret);
	rec->returned = ret;
	if (rec->result != MMS_THP_RESULT_SUCCEED)
		rec->result = mms_scan_result(ret);
	end(COLLAPSE, true, ctx);
}

SEC("fentry/hpage_collapse_scan_pmd")
int BPF_PROG(anon_begin, struct mm_struct *mm, struct vm_area_struct *vma, unsigned long address)
{
	collapse_begin(mm, address, MMS_THP_COLLAPSE);
	return 0;
}

SEC("fexit/hpage_collapse_scan_pmd")
int BPF_PROG(anon_end)
{
	collapse_end(ctx);
	return 0;
}

SEC("fentry/hpage_collapse_scan_file")
int BPF_PROG(file_begin, struct mm_struct *mm, unsigned long address)
{
	collapse_begin(mm, address, MMS_THP_COLLAPSE_FILE);
	return 0;
}

SEC("fexit/hpage_collapse_scan_file")
int BPF_PROG(file_end)
{
	collapse_end(ctx);
	return 0;
}

/* Newer kernels have both in one. */
SEC("fentry/collapse_single_pmd")
int BPF_PROG(single_begin, unsigned long address, struct vm_area_struct *vma)
{
	collapse_begin(vma->vm_mm, address, vma->vm_ops ? MMS_THP_COLLAPSE_FILE : MMS_THP_COLLAPSE);
	return 0;
}

SEC("fexit/collapse_single_pmd")
int BPF_PROG(single_end)
{
	collapse_end(ctx);
	return 0;
}

SEC("tp_btf/mm_khugepaged_scan_pmd")
int scanned(u64 *ctx)
{
	struct mms_thp *rec = running(COLLAPSE);

	if (!rec)
		return 0;
	mms_scan_pmd_args(ctx, &rec->referenced, &rec->none, &rec->swapped);
	rec->marks |= MMS_THP_SCANNED | MMS_THP_SWAP;
	/* It does not matter to MADV_COLLAPSE, so that one does not count them. */
	if (bpf_get_current_task_btf()->flags & PF_KTHREAD)
		rec->marks |= MMS_THP_REFERENCED;
	return 0;
}

SEC("tp_btf/mm_khugepaged_scan_file")
int scanned_file(u64 *ctx)
{
	struct mms_thp *rec = running(COLLAPSE);

	if (!rec)
		return 0;
	rec->swapped = mms_arg(ctx, 4);
	rec->marks |= MMS_THP_SWAP;
	return 0;
}

/*
 * A file's huge page is done before it is mapped: for MADV_COLLAPSE the result is then
 * SCAN_PTE_MAPPED_HUGEPAGE, since "mm/khugepaged: collapse_pte_mapped_thp() with mmap_read_lock()",
 * 6.6.
 */
SEC("tp_btf/mm_khugepaged_collapse_file")
int collapsed_file(u64 *ctx)
{
	struct mms_thp *rec = running(COLLAPSE);
	u32 result;

	if (!rec)
		return 0;
	result = mms_scan_result(mms_arg(ctx, 7));
	if (result == MMS_THP_RESULT_SUCCEED || result == MMS_THP_RESULT_PTE_MAPPED_HUGEPAGE)
		rec->result = MMS_THP_RESULT_SUCCEED;
	return 0;
}

SEC("tp_btf/mm_collapse_huge_page")
int collapsed(u64 *ctx)
{
	struct mms_thp *rec = running(COLLAPSE);

	if (rec)
		rec->order = mms_collapse_order(ctx, HPAGE_ORDER);
	return 0;
}

/* ---- a folio is split ---------------------------------------------------------- */

static __always_inline void split_begin(const struct page *page, u32 new_order)
{
	struct mms_thp *rec = begin(SPLIT, MMS_THP_SPLIT, trace_task() >> 32);
	const struct folio *folio = NULL;
	volatile u64 *number;
	u64 head;

	if (!rec)
		return;
	/* A number, as the verifier lets nobody calculate with a pointer. */
	number = &rec->pfn;
	*number = (u64)page;
	head = mms_compound_head(*number);
	rec->pfn = mms_page_to_pfn(head);
	rec->order = mms_folio_order(head);
	rec->new_order = new_order;
	rec->marks = MMS_THP_HAS_PFN | MMS_THP_RETURNS;
	if (mms_word(head + bpf_core_field_offset(folio->mapping)) & FOLIO_MAPPING_ANON)
		rec->marks |= MMS_THP_ANON;
}

static __always_inline void split_end(void *ctx)
{
	struct mms_thp *rec = running(SPLIT);
	u64 ret = 0;

	if (!rec)
		return;
	bpf_get_func_ret(ctx, &ret);
	rec->returned = ret;
	switch (-rec->returned) {
	case 0:
		rec->result = MMS_THP_RESULT_SUCCEED;
		break;
	case EAGAIN:
		rec->result = MMS_THP_RESULT_PINNED;
		break;
	case EBUSY:
		rec->result = MMS_THP_RESULT_BUSY;
		break;
	case EINVAL:
		rec->result = MMS_THP_RESULT_INVALID;
		break;
	case ENOMEM:
		rec->result = MMS_THP_RESULT_NO_MEMORY;
		break;
	}
	end(SPLIT, true, ctx);
}

SEC("fentry/split_huge_page_to_list")
int BPF_PROG(split_list_begin, struct page *page)
{
	split_begin(page, 0);
	return 0;
}

SEC("fexit/split_huge_page_to_list")
int BPF_PROG(split_list_end)
{
	split_end(ctx);
	return 0;
}

/* "mm: thp: split huge page to any lower order pages", 6.9 */
SEC("fentry/split_huge_page_to_list_to_order")
int BPF_PROG(split_order_begin, struct page *page, struct list_head *list, unsigned int new_order)
{
	split_begin(page, new_order);
	return 0;
}

SEC("fexit/split_huge_page_to_list_to_order")
int BPF_PROG(split_order_end)
{
	split_end(ctx);
	return 0;
}

/* "mm/huge_memory: add buddy allocator like (non-uniform) folio_split()", 6.15 */
SEC("fentry/__folio_split")
int BPF_PROG(split_folio_begin, struct folio *folio, unsigned int new_order)
{
	split_begin((const struct page *)folio, new_order);
	return 0;
}

SEC("fexit/__folio_split")
int BPF_PROG(split_folio_end)
{
	split_end(ctx);
	return 0;
}

/* ---- a mapping is split ---------------------------------------------------------- */

/* A huge page, one for which NUMA balancing asks, or one that is being migrated. */
static __always_inline bool is_huge(u64 pmd)
{
	return pmd && (!(pmd & PTE_PRESENT) || pmd & PTE_PSE);
}

static __always_inline void pmd_begin(u32 kind, const struct vm_area_struct *vma, u64 pmd,
				      u64 address)
{
	u64 entry = mms_word(pmd);
	struct mms_thp *rec;

	if (!is_huge(entry))
		return;
	rec = begin(kind, MMS_THP_SPLIT_PMD, whose(vma->vm_mm));
	if (!rec)
		return;
	rec->address = address & HPAGE_MASK;
	rec->marks = MMS_THP_HAS_ADDRESS;
	if (!vma->vm_ops)
		rec->marks |= MMS_THP_ANON;
	if (!(entry & PTE_PSE))
		return;
	walk_prepare();
	rec->pfn = walk_pfn(entry, 1, 0);
	rec->marks |= MMS_THP_HAS_PFN;
}

/* It may be found not to be huge when its lock is held. */
static __always_inline void pmd_end(u32 kind, u64 pmd, void *ctx)
{
	struct mms_thp *rec = running(kind);

	if (!rec)
		return;
	rec->result = MMS_THP_RESULT_SUCCEED;
	end(kind, !is_huge(mms_word(pmd)), ctx);
}

SEC("fentry/__split_huge_pmd")
int BPF_PROG(split_pmd_begin, struct vm_area_struct *vma, pmd_t *pmd, unsigned long address)
{
	pmd_begin(SPLIT_PMD, vma, (u64)pmd, address);
	return 0;
}

SEC("fexit/__split_huge_pmd")
int BPF_PROG(split_pmd_end, struct vm_area_struct *vma, pmd_t *pmd)
{
	pmd_end(SPLIT_PMD, (u64)pmd, ctx);
	return 0;
}

/*
 * What unmaps calls it itself since "mm/rmap: integrate PMD-mapped folio splitting into
 * pagewalk loop", 6.11.
 */
SEC("fentry/split_huge_pmd_locked")
int BPF_PROG(split_locked_begin, struct vm_area_struct *vma, unsigned long address, pmd_t *pmd)
{
	if (!is_running(SPLIT_PMD))
		pmd_begin(SPLIT_PMD_LOCKED, vma, (u64)pmd, address);
	return 0;
}

SEC("fexit/split_huge_pmd_locked")
int BPF_PROG(split_locked_end, struct vm_area_struct *vma, unsigned long address, pmd_t *pmd)
{
	pmd_end(SPLIT_PMD_LOCKED, (u64)pmd, ctx);
	return 0;
}

/* ---- a fault asks for a huge page --------------------------------------------------- */

/* Where it does not fit into the VMA nobody asks for one, although the function is called. */
SEC("fentry/do_huge_pmd_anonymous_page")
int BPF_PROG(fault_begin, struct vm_fault *vmf)
{
	const struct vm_area_struct *vma = vmf->vma;
	u64 address = vmf->address & HPAGE_MASK;
	struct mms_thp *rec;

	if (address < vma->vm_start || address + HPAGE_SIZE > vma->vm_end)
		return 0;
	rec = begin(FAULT, MMS_THP_FAULT, trace_task() >> 32);
	if (!rec)
		return 0;
	rec->address = address;
	rec->marks = MMS_THP_HAS_ADDRESS | MMS_THP_RETURNS | MMS_THP_ANON;
	return 0;
}

SEC("fexit/do_huge_pmd_anonymous_page")
int BPF_PROG(fault_end, struct vm_fault *vmf)
{
	struct mms_thp *rec = running(FAULT);
	u64 ret = 0, entry;
	bool tell = true;

	if (!rec)
		return 0;
	bpf_get_func_ret(ctx, &ret);
	rec->returned = ret;
	entry = mms_word((u64)vmf->pmd);
	if (ret & VM_FAULT_FALLBACK) {
		rec->result = MMS_THP_RESULT_FALLBACK;
	} else if (ret & VM_FAULT_OOM) {
		rec->result = MMS_THP_RESULT_NO_MEMORY;
	} else if (entry & PTE_PRESENT && entry & PTE_PSE) {
		walk_prepare();
		rec->pfn = walk_pfn(entry, 1, 0);
		rec->marks |= MMS_THP_HAS_PFN;
		rec->result = rec->pfn == mms_word(huge_zero_pfn) ? MMS_THP_RESULT_ZERO :
									  MMS_THP_RESULT_SUCCEED;
	} else {
		/* Others came first, or it is userfaultfd's. */
		tell = false;
	}
	end(FAULT, tell, ctx);
	return 0;
}

char _license[] SEC("license") = "GPL";
