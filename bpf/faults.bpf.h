/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a fault happened: decided by what is known of it when it is done. walk.bpf.h
 * comes before.
 */
#ifndef MMS_BPF_FAULTS_BPF_H
#define MMS_BPF_FAULTS_BPF_H

/* enum fault_flag, include/linux/mm_types.h: numbers that have not changed. */
#define FAULT_FLAG_WRITE	(1U << 0)
#define FAULT_FLAG_TRIED	(1U << 5)
#define FAULT_FLAG_USER		(1U << 6)
#define FAULT_FLAG_INSTRUCTION	(1U << 8)
#define FAULT_FLAG_UNSHARE	(1U << 10)
#define FAULT_FLAG_VMA_LOCK	(1U << 12)	/* "mm: add FAULT_FLAG_VMA_LOCK flag", 6.4 */

/* enum vm_fault_reason, include/linux/mm_types.h */
#define VM_FAULT_OOM		0x000001
#define VM_FAULT_SIGBUS		0x000002
#define VM_FAULT_MAJOR		0x000004
#define VM_FAULT_HWPOISON	0x000030	/* and _LARGE */
#define VM_FAULT_SIGSEGV	0x000040
#define VM_FAULT_RETRY		0x000400
#define VM_FAULT_FALLBACK	0x000800
#define VM_FAULT_COMPLETED	0x004000
#define VM_FAULT_ERROR		(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | \
				 VM_FAULT_HWPOISON | VM_FAULT_FALLBACK)

/* include/linux/mm.h */
#define VM_SHARED		0x00000008UL
#define VM_PFNMAP		0x00000400UL
#define VM_UFFD_MISSING		0x00000200UL	/* as reasons of handle_userfault(), too */
#define VM_UFFD_WP		0x00001000UL
#define VM_HUGETLB		0x00400000UL
#define VM_MIXEDMAP		0x10000000UL

#define TMPFS_MAGIC		0x01021994	/* uapi/linux/magic.h */

#define X86_PF_WRITE		2	/* asm/trap_pf.h */
#define X86_PF_INSTR		16

#define SIGBUS			7
#define SIGSEGV			11
#define BUS_ADRERR		2
#define BUS_MCEERR_AR		4

/* ---- what is known of a fault that is not done ---------------------------- */

enum slot_state {
	SLOT_GROWN = 1,		/* its stack has been extended, and nothing else yet */
	SLOT_RUNS,		/* inside handle_mm_fault() */
	SLOT_RETRY,		/* between two passes */
	SLOT_SIGNAL,		/* done, the signal is about to be sent */
};

/* A power of two, so that one is found by a shift. */
struct slot {
	u64 owner;	/* its thread, 0: free */
	u32 state;
	u32 uffd;	/* reason of handle_userfault() */
	u64 around;	/* entries that were there before fault-around */
	u64 pmd;	/* where the entry above the PTE's table is, 0: there was no such table */
	u64 displaced;	/* another thread has its place */
	u64 file;	/* of the VMA: its name is still to be sent */
	u64 vma;	/* what handle_mm_fault() was given, where its end does not tell */
	u64 regs;
	struct mms_fault rec;
} __attribute__((aligned(256)));

/* ---- why -------------------------------------------------------------------- */

static __always_inline u8 cause_of_error(u32 ret)
{
	if (ret & VM_FAULT_OOM)
		return MMS_CAUSE_OOM;
	if (ret & VM_FAULT_HWPOISON)
		return MMS_CAUSE_HWPOISON;
	if (ret & VM_FAULT_SIGBUS)
		return MMS_CAUSE_SIGBUS;
	return MMS_CAUSE_SEGV;
}

/* The other reasons have bits that move from kernel to kernel; only one finds an entry. */
static __always_inline u8 cause_of_userfault(u32 reason, u64 before)
{
	if (reason == VM_UFFD_MISSING)
		return MMS_CAUSE_UFFD_MISSING;
	if (reason == VM_UFFD_WP)
		return MMS_CAUSE_UFFD_WP;
	if ((before & (PTE_PRESENT | PTE_PROTNONE)) == PTE_PROTNONE)
		return MMS_CAUSE_UFFD_RWP;
	return MMS_CAUSE_UFFD_MINOR;
}

/* There was nothing, in memory that belongs to no file. */
static __always_inline u8 cause_of_anon(const struct mms_fault *rec)
{
	u64 after = rec->after;

	if (!(after & PTE_PRESENT))
		return MMS_CAUSE_UNKNOWN;
	if (rec->after_level == 2) {
		if (walk_pfn(after, 1, 0) == mms_word(huge_zero_pfn))
			return MMS_CAUSE_THP_ZERO;
		return MMS_CAUSE_THP;
	}
	if (after & PTE_SPECIAL)
		return MMS_CAUSE_ZERO;
	return rec->marks & MMS_FAULT_GROWN ? MMS_CAUSE_STACK : MMS_CAUSE_ANON;
}

/* There was nothing, in a mapping of a file. */
static __always_inline u8 cause_of_file(const struct mms_fault *rec)
{
	if (!(rec->after & PTE_PRESENT))
		return MMS_CAUSE_UNKNOWN;
	if (rec->marks & MMS_FAULT_SHMEM)
		return rec->ret & VM_FAULT_MAJOR ? MMS_CAUSE_SHMEM_READ : MMS_CAUSE_SHMEM;
	if (rec->ret & VM_FAULT_MAJOR)
		return MMS_CAUSE_FILE_READ;
	if (rec->flags & FAULT_FLAG_WRITE && !(rec->vma_flags & VM_SHARED))
		return MMS_CAUSE_FILE_COPIED;
	return MMS_CAUSE_FILE;
}

/* There was an entry without a page. */
static __always_inline u8 cause_of_swap(const struct mms_fault *rec)
{
	if (rec->marks & MMS_FAULT_MIGRATION)
		return MMS_CAUSE_MIGRATION;
	if (!(rec->marks & MMS_FAULT_SWAP))
		return MMS_CAUSE_UNKNOWN;
	return rec->ret & VM_FAULT_MAJOR ? MMS_CAUSE_SWAP_READ : MMS_CAUSE_SWAP_CACHE;
}

/* There was a page that may not be written to. */
static __always_inline u8 cause_of_write(const struct mms_fault *rec)
{
	u64 before = rec->before, after = rec->after;
	bool same = walk_pfn(before, rec->before_level, rec->address) ==
		    walk_pfn(after, rec->after_level, rec->address);

	if (!(after & PTE_PRESENT))
		return MMS_CAUSE_UNKNOWN;
	if (before & PTE_UFFD_WP && !(after & PTE_UFFD_WP) && same)
		return MMS_CAUSE_UFFD_ASYNC;
	if (rec->marks & MMS_FAULT_HUGETLB)
		return rec->vma_flags & VM_SHARED ? MMS_CAUSE_WRITE_NOTIFY : MMS_CAUSE_HUGETLB_COW;
	if (!same) {
		if (rec->flags & FAULT_FLAG_UNSHARE)
			return MMS_CAUSE_UNSHARE;
		if (!rec->inode && before & PTE_SPECIAL && rec->before_level == 1)
			return MMS_CAUSE_COW_ZERO;
		if (!rec->inode && rec->before_level == 2 &&
		    walk_pfn(before, 1, 0) == mms_word(huge_zero_pfn))
			return MMS_CAUSE_COW_ZERO;
		return MMS_CAUSE_COW_COPIED;
	}
	if (!(after & PTE_RW))
		return MMS_CAUSE_UNKNOWN;
	if (!(before & PTE_SOFT_DIRTY) && after & PTE_SOFT_DIRTY)
		return MMS_CAUSE_SOFT_DIRTY;
	if (rec->vma_flags & VM_SHARED)
		return MMS_CAUSE_WRITE_NOTIFY;
	return MMS_CAUSE_COW_REUSED;
}

/* @vma: NULL if it may be gone. */
static __always_inline u8 cause_of(const struct slot *slot, struct vm_area_struct *vma)
{
	const struct mms_fault *rec = &slot->rec;
	u64 before = rec->before;

	if (rec->ret & VM_FAULT_ERROR)
		return cause_of_error(rec->ret);
	if (rec->marks & MMS_FAULT_USERFAULT)
		return cause_of_userfault(slot->uffd, before);
	if (before & PTE_PRESENT) {
		if (rec->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE) && !(before & PTE_RW))
			return cause_of_write(rec);
		return MMS_CAUSE_SPURIOUS;
	}
	/* The bit is never set in a swap entry. NUMA balancing leaves that of userfaultfd. */
	if (before & PTE_PROTNONE)
		return before & ~rec->after & PTE_UFFD_WP ? MMS_CAUSE_UFFD_ASYNC : MMS_CAUSE_NUMA;
	if (rec->marks & MMS_FAULT_HUGETLB)
		return MMS_CAUSE_HUGETLB;
	if (before)
		return cause_of_swap(rec);
	if (vma && !vma->vm_ops)
		return cause_of_anon(rec);
	if (!rec->inode || rec->vma_flags & (VM_PFNMAP | VM_MIXEDMAP))
		return MMS_CAUSE_DEVICE;
	return cause_of_file(rec);
}

#endif /* MMS_BPF_FAULTS_BPF_H */
