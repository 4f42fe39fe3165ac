/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What bpf/mmap.bpf.c and the tool share. */
#ifndef MMS_BPF_MMAP_H
#define MMS_BPF_MMAP_H

#include "trace.h"

/* Which call: X(NAME, word, text), in the order of the hooks. */
#define MMS_MMAP_CALLS(X)								\
	X(MMAP, "mmap", "map a file or anonymous memory")				\
	X(BRK, "brk", "move the end of the heap, or ask for it")			\
	X(MUNMAP, "munmap", "unmap a range")						\
	X(MPROTECT, "mprotect", "change the rights of a range")				\
	X(PKEY_MPROTECT, "pkey_mprotect", "change rights and protection key of a range") \
	X(MADVISE, "madvise", "say how a range is used, or have something done with it") \
	X(PROCESS_MADVISE, "process_madvise", "the same for ranges of a process")	\
	X(MREMAP, "mremap", "move a mapping, or change its size")			\
	X(REMAP_FILE_PAGES, "remap_file_pages", "map another part of the file")		\
	X(MLOCK, "mlock", "lock a range into memory")					\
	X(MLOCK2, "mlock2", "the same, with flags")					\
	X(MUNLOCK, "munlock", "unlock a range")						\
	X(MLOCKALL, "mlockall", "lock all that is or will be mapped")			\
	X(MUNLOCKALL, "munlockall", "unlock it")					\
	X(MSYNC, "msync", "write what is dirty in a range")				\
	X(MSEAL, "mseal", "forbid to change the mappings of a range")			\
	X(SHMAT, "shmat", "attach a segment of shared memory")				\
	X(SHMDT, "shmdt", "detach it")

enum mms_mmap_call {
#define MMS_X(name, word, text) MMS_MMAP_##name,
	MMS_MMAP_CALLS(MMS_X)
#undef MMS_X
	MMS_NR_MMAP_CALLS
};

/* Bits of mms_mmap.marks. */
#define MMS_MMAP_OTHER		(1U << 0) /* about another process: nothing is known of its VMAs */
#define MMS_MMAP_NO_BEFORE	(1U << 1) /* mmap_lock was not to be had without waiting */
#define MMS_MMAP_NO_AFTER	(1U << 2)
#define MMS_MMAP_RSS		(1U << 3) /* rss and swap mean something */
#define MMS_MMAP_SPLITS		(1U << 4) /* splits does */
#define MMS_MMAP_WAITS		(1U << 5) /* waited and waits do */

/**
 * struct mms_mmap_vma - a VMA, of vm_area_struct
 * @start: addresses; both 0: none
 * @end: see @start
 * @flags: vm_flags
 */
struct mms_mmap_vma {
	__u64 start;
	__u64 end;
	__u64 flags;
};

/**
 * struct mms_mmap - one call, from the first to the last line of __x64_sys_NAME()
 * @event: whose
 * @args: as they were given
 * @returned: what it returned
 * @address: what it is about; of mmap, mremap and shmat: where it is now; of brk: the
 *	lower one of the two ends
 * @length: of it, in bytes
 * @before: the VMA at the address, of brk: the heap's last
 * @after: see @before
 * @pgoff: offset of @after's first page in its file, in pages
 * @inode: of the file of @after, or else of @before, 0: none
 * @waited: nanoseconds it had to wait for mmap_lock
 * @mapped: pages of all VMAs, when it was done: mm_struct.total_vm
 * @mapped_change: of it
 * @locked_change: of mm_struct.locked_vm, in pages
 * @tables_change: of what the page tables take, in bytes
 * @rss_change: of the process's resident pages
 * @swap_change: of its swapped pages
 * @dev: of the file
 * @vmas: number of VMAs, when it was done: mm_struct.map_count
 * @vmas_change: of it
 * @splits: VMAs that were split for it
 * @waits: how often it had to wait for mmap_lock
 * @marks: MMS_MMAP_*
 * @cause: enum mms_mmap_call
 * @pad: 0
 */
struct mms_mmap {
	struct mms_event event;
	__u64 args[6];
	__s64 returned;
	__u64 address;
	__u64 length;
	struct mms_mmap_vma before;
	struct mms_mmap_vma after;
	__u64 pgoff;
	__u64 inode;
	__u64 waited;
	__u64 mapped;
	__s64 mapped_change;
	__s64 locked_change;
	__s64 tables_change;
	__s64 rss_change;
	__s64 swap_change;
	__u32 dev;
	__u32 vmas;
	__s32 vmas_change;
	__u32 splits;
	__u32 waits;
	__u16 marks;
	__u8 cause;
	__u8 pad;
};

#endif /* MMS_BPF_MMAP_H */
