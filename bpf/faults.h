/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The record of faults.bpf.c. */
#ifndef MMS_BPF_FAULTS_H
#define MMS_BPF_FAULTS_H

#include "trace.h"

/*
 * Why a fault happened: X(NAME, word, text). Decided by the entry before and after,
 * the VMA, what handle_mm_fault() returned, and marks that rarely called functions
 * leave meanwhile. What cannot be told is "unknown".
 */
#define MMS_FAULT_CAUSES(X)								\
	X(UNKNOWN, "unknown", "it could not be told")					\
	X(ANON, "anon", "anonymous memory touched first: a zeroed page")		\
	X(ZERO, "zero", "anonymous memory read first: the shared zero page")		\
	X(STACK, "stack", "the stack grew")						\
	X(THP, "thp", "anonymous memory touched first: a huge page")			\
	X(THP_ZERO, "thp-zero", "anonymous memory read first: the huge zero page")	\
	X(COW_ZERO, "cow-zero", "first write where the zero page was")			\
	X(COW_COPIED, "cow-copied", "copy-on-write: the page was copied")		\
	X(COW_REUSED, "cow-reused", "copy-on-write: nobody else had it, so it was kept") \
	X(UNSHARE, "unshare", "a pin for reading took a copy of its own")		\
	X(FILE, "file", "a page of a file, from the page cache")			\
	X(FILE_READ, "file-read", "a page of a file, read from its device")		\
	X(FILE_COPIED, "file-copied", "write to a private mapping: a copy of the file's page") \
	X(SHMEM, "shmem", "a page of shared memory or tmpfs")				\
	X(SHMEM_READ, "shmem-read", "the same, read back from swap")			\
	X(SWAP_CACHE, "swap-cache", "swapped out, still or already in the swap cache")	\
	X(SWAP_READ, "swap-read", "swapped out, read back")				\
	X(NUMA, "numa", "NUMA balancing asked who uses the page")			\
	X(HUGETLB, "hugetlb", "a page of hugetlbfs")					\
	X(HUGETLB_COW, "hugetlb-cow", "copy-on-write of a page of hugetlbfs")		\
	X(WRITE_NOTIFY, "write-notify", "first write to a clean shared page")		\
	X(SOFT_DIRTY, "soft-dirty", "first write since soft-dirty bits were cleared")	\
	X(UFFD_MISSING, "uffd-missing", "userfaultfd: nothing there, its handler was asked") \
	X(UFFD_WP, "uffd-wp", "userfaultfd: write-protected, its handler was asked")	\
	X(UFFD_RWP, "uffd-rwp", "userfaultfd: protected from reading, its handler was asked") \
	X(UFFD_MINOR, "uffd-minor", "userfaultfd: in the cache, its handler was asked")	\
	X(UFFD_ASYNC, "uffd-async", "userfaultfd: its protection was taken off by the kernel") \
	X(MIGRATION, "migration", "waited for a page that was being migrated")		\
	X(DEVICE, "device", "a mapping of a driver or of the kernel, such as the vdso")	\
	X(SPURIOUS, "spurious", "the entry allowed it already")				\
	X(RETRY, "retry", "given up before it was done: a signal came")			\
	X(OOM, "oom", "no memory for it")						\
	X(SEGV, "segv", "not allowed, or nothing is mapped: SIGSEGV")			\
	X(SIGBUS, "sigbus", "mapped, but cannot be had: SIGBUS")			\
	X(HWPOISON, "hwpoison", "the page's memory is broken: SIGBUS")

enum mms_fault_cause {
#define MMS_X(name, word, text) MMS_CAUSE_##name,
	MMS_FAULT_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_FAULT_CAUSES
};

/* Bits of mms_fault.marks. */
#define MMS_FAULT_MAJOR		(1U << 0) /* major: waited for a device, or tried again */
#define MMS_FAULT_VMA_LOCK	(1U << 1) /* its last pass held the lock of the VMA */
#define MMS_FAULT_MMAP_LOCK	(1U << 2) /* its last pass held mmap_lock */
#define MMS_FAULT_FELL_BACK	(1U << 3) /* no huge page was to be had */
#define MMS_FAULT_REFAULT	(1U << 4) /* its page had been evicted: workingset_refault() */
#define MMS_FAULT_GROWN		(1U << 5) /* the VMA was extended for it */
#define MMS_FAULT_SWAP		(1U << 6) /* it came through get_swap_device() */
#define MMS_FAULT_MIGRATION	(1U << 7) /* it came through migration_entry_wait() */
#define MMS_FAULT_USERFAULT	(1U << 8) /* it came through handle_userfault() */
#define MMS_FAULT_NO_LATENCY	(1U << 9) /* there was no handle_mm_fault() to time */
#define MMS_FAULT_NO_VMA	(1U << 10) /* no VMA is known */
#define MMS_FAULT_HUGETLB	(1U << 11) /* VMA of hugetlbfs */
#define MMS_FAULT_SHMEM		(1U << 12) /* file of shmem or tmpfs */
#define MMS_FAULT_DISTANCE	(1U << 13) /* refault means something: pages */
#define MMS_FAULT_GENERATIONS	(1U << 14) /* refault does: generations of MGLRU */

/* What wanted the address: mms_fault.mode. */
enum mms_fault_mode {
	MMS_FAULT_USER,		/* user mode */
	MMS_FAULT_KERNEL,	/* kernel mode, for the task: copy_to_user() */
	MMS_FAULT_GUP,		/* no exception: get_user_pages() and such */
};

/* How: mms_fault.access. */
enum mms_fault_access {
	MMS_FAULT_READ,
	MMS_FAULT_WRITE,
	MMS_FAULT_EXEC,
};

/**
 * struct mms_fault - one fault, from the first call of handle_mm_fault() to the last
 * @event: its latency: until it was done, with what was waited for between passes
 * @address: that was touched
 * @ip: instruction that did, 0 with GUP
 * @before: the entry that maps it, at the lowest level there was
 * @after: see @before
 * @vma_start: of the VMA, vm_area_struct
 * @vma_end: see @vma_start
 * @vma_flags: see @vma_start
 * @pgoff: see @vma_start
 * @inode: of the file, 0: none
 * @dev: of the file
 * @ret: what handle_mm_fault() returned, of all passes: VM_FAULT_*
 * @flags: what it was called with: FAULT_FLAG_*
 * @marks: MMS_FAULT_*
 * @around: further pages that fault-around mapped
 * @cause: enum mms_fault_cause
 * @mode: enum mms_fault_mode
 * @access: enum mms_fault_access
 * @before_level: of the entries, 1: PTE
 * @after_level: see @before_level
 * @order: of the folio that is mapped now
 * @passes: calls of handle_mm_fault()
 * @signal: that was sent, 0: none
 * @code: its si_code
 * @pad: 0
 * @refault: how far away the page was: see refault.bpf.h
 */
struct mms_fault {
	struct mms_event event;
	__u64 address;
	__u64 ip;
	__u64 before;
	__u64 after;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u64 pgoff;
	__u64 inode;
	__u32 dev;
	__u32 ret;
	__u32 flags;
	__u32 marks;
	__u16 around;
	__u8 cause;
	__u8 mode;
	__u8 access;
	__u8 before_level;
	__u8 after_level;
	__u8 order;
	__u8 passes;
	__u8 signal;
	__s16 code;
	__u32 pad;
	__u64 refault;
};

#endif /* MMS_BPF_FAULTS_H */
