/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMA flags. Their bits differ from kernel to kernel and from one build to the
 * next; on the wire they have numbers of their own (MMS_VMA_FLAGS).
 */
#ifndef MMS_COMPAT_VMA_H
#define MMS_COMPAT_VMA_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include "mms_config.h"
#include "../uapi/mmscope.h"

/*
 * What some kernels lack. VM_NONE (0) marks a flag that this kernel or build
 * does not have; such rows of mms_vma_flag_map never match.
 */
#ifndef VM_UFFD_MINOR		/* "userfaultfd: add minor fault registration mode", 5.13 */
#define VM_UFFD_MINOR VM_NONE
#endif
#ifndef VM_SHADOW_STACK		/* "x86/mm: Introduce VM_SHADOW_STACK", 6.6 */
#define VM_SHADOW_STACK VM_NONE
#endif
#ifndef VM_DROPPABLE		/* "mm: add MAP_DROPPABLE", 6.11 */
#define VM_DROPPABLE VM_NONE
#endif
#ifndef VM_SEALED		/* "mseal: add mseal syscall", 6.10 */
#define VM_SEALED VM_NONE
#endif
#ifndef VM_MAYBE_GUARD		/* "mm: introduce VM_MAYBE_GUARD", 6.19 */
#define VM_MAYBE_GUARD VM_NONE
#endif
#ifndef VM_UFFD_RWP		/* read-write protection by userfaultfd, 7.3 */
#define VM_UFFD_RWP VM_NONE
#endif
#ifndef VM_ALLOW_ANY_UNCACHED	/* no VmFlags name; "mm: introduce VM_ALLOW_ANY_UNCACHED", 6.9 */
#define VM_ALLOW_ANY_UNCACHED VM_NONE
#endif

#define MMS_VMA_FLAG_MAP(X)						\
	X(VM_READ, rd) X(VM_WRITE, wr) X(VM_EXEC, ex) X(VM_SHARED, sh)	\
	X(VM_MAYREAD, mr) X(VM_MAYWRITE, mw) X(VM_MAYEXEC, me)		\
	X(VM_MAYSHARE, ms) X(VM_GROWSDOWN, gd) X(VM_PFNMAP, pf)		\
	X(VM_LOCKED, lo) X(VM_IO, io) X(VM_SEQ_READ, sr)		\
	X(VM_RAND_READ, rr) X(VM_DONTCOPY, dc) X(VM_DONTEXPAND, de)	\
	X(VM_LOCKONFAULT, lf) X(VM_ACCOUNT, ac) X(VM_NORESERVE, nr)	\
	X(VM_HUGETLB, ht) X(VM_SYNC, sf) X(VM_ARCH_1, ar)		\
	X(VM_WIPEONFORK, wf) X(VM_DONTDUMP, dd) X(VM_SOFTDIRTY, sd)	\
	X(VM_MIXEDMAP, mm) X(VM_HUGEPAGE, hg) X(VM_NOHUGEPAGE, nh)	\
	X(VM_MERGEABLE, mg) X(VM_UFFD_MISSING, um) X(VM_UFFD_WP, uw)	\
	X(VM_UFFD_MINOR, ui) X(VM_SHADOW_STACK, ss) X(VM_DROPPABLE, dp)	\
	X(VM_SEALED, sl) X(VM_MAYBE_GUARD, gu) X(VM_UFFD_RWP, ur)

#ifdef VM_PKEY_BIT0
#define MMS_VM_PKEYS (VM_PKEY_BIT0 | VM_PKEY_BIT1 | VM_PKEY_BIT2 | VM_PKEY_BIT3)
#else
#define MMS_VM_PKEYS VM_NONE
#endif

/* A flag without a name in VmFlags: told as MMS_VMA_OTHER, except these. */
#define MMS_VM_UNNAMED (MMS_VM_PKEYS | VM_ALLOW_ANY_UNCACHED)

/**
 * mms_vma_flags() - a VMA's flags with the numbers of the wire
 * @flags: vma->vm_flags
 *
 * Return: bits MMS_VMA_*
 */
static inline u64 mms_vma_flags(unsigned long flags)
{
	u64 wire = 0;

#define MMS_X(vm, name)							\
	if ((vm) && (flags & (vm)))					\
		wire |= 1ULL << MMS_VMA_##name;				\
	flags &= ~(unsigned long)(vm);
	MMS_VMA_FLAG_MAP(MMS_X)
#undef MMS_X
	flags &= ~(unsigned long)MMS_VM_UNNAMED;
	return flags ? wire | MMS_VMA_OTHER : wire;
}

/**
 * mms_protnone_kind() - why an entry allows no access to a page that is there
 * @vma: where it is
 * @uffd: it has the bit of userfaultfd
 *
 * NUMA balancing and userfaultfd do that where the VMA allows access
 * (pgtable.h, at pte_protnone()).
 *
 * Return: MMS_KIND_protnone, numa or uffdrwp
 */
static inline enum mms_kind mms_protnone_kind(const struct vm_area_struct *vma, bool uffd)
{
	if (!(vma->vm_flags & VM_ACCESS_FLAGS))
		return MMS_KIND_protnone;
	if (uffd && (vma->vm_flags & VM_UFFD_RWP))
		return MMS_KIND_uffdrwp;
	return MMS_KIND_numa;
}

/**
 * mms_vma_pkey_of() - the protection key of a VMA
 * @flags: vma->vm_flags
 *
 * Return: its number, 0 for none
 */
static inline u8 mms_vma_pkey_of(unsigned long flags)
{
#ifdef VM_PKEY_BIT0
	return (flags & MMS_VM_PKEYS) >> VM_PKEY_SHIFT;
#else
	return 0;
#endif
}

/**
 * mms_vma_is_heap() - is the VMA the heap of brk()?
 * @vma: the VMA, mmap_lock held
 *
 * "mm: factor out VMA stack and heap checks", 6.6; it also made the bounds
 * exclusive. As /proc/PID/maps tells it on the same kernel.
 *
 * Return: true if it is
 */
static inline bool mms_vma_is_heap(const struct vm_area_struct *vma)
{
#ifdef MMS_HAVE_VMA_IS_INITIAL_HEAP
	return vma_is_initial_heap(vma);
#else
	return vma->vm_start <= vma->vm_mm->brk && vma->vm_end >= vma->vm_mm->start_brk;
#endif
}

/* Is the VMA the stack that exec made? */
static inline bool mms_vma_is_stack(const struct vm_area_struct *vma)
{
#ifdef MMS_HAVE_VMA_IS_INITIAL_HEAP
	return vma_is_initial_stack(vma);
#else
	return vma->vm_start <= vma->vm_mm->start_stack &&
	       vma->vm_end >= vma->vm_mm->start_stack;
#endif
}

/**
 * mms_vma_anon_pgoff() - what the VMA's first page has as index if it is anonymous
 * @vma: the VMA; what keeps its bounds keeps this
 *
 * Until 7.3 that was vm_pgoff, for pages of a private mapping of a file, too.
 *
 * Return: the index, in pages
 */
static __always_inline pgoff_t mms_vma_anon_pgoff(const struct vm_area_struct *vma)
{
#ifdef MMS_HAVE_VMA_ANON_PGOFF
	return vma_start_anon_pgoff(vma);
#else
	return vma->vm_pgoff;
#endif
}

/* The name given by prctl(PR_SET_VMA_ANON_NAME), or NULL; mmap_lock held. */
static inline const char *mms_vma_anon_name(struct vm_area_struct *vma)
{
#ifdef CONFIG_ANON_VMA_NAME
	return vma->anon_name ? vma->anon_name->name : NULL;
#else
	return NULL;
#endif
}

/* Path and inode that /proc/PID/maps shows for a mapped file. */
static inline const struct path *mms_file_path(struct file *file)
{
#ifdef MMS_HAVE_FILE_USER_PATH
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

static inline const struct inode *mms_file_inode(struct file *file)
{
#ifdef MMS_HAVE_FILE_USER_PATH
	return file_user_inode(file);
#else
	return file_inode(file);
#endif
}

#endif /* MMS_COMPAT_VMA_H */
