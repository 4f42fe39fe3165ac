/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for whose an address space is. */
#ifndef MMS_BPF_CORE_FIXES_OWNER_H
#define MMS_BPF_CORE_FIXES_OWNER_H

#include "core_fixes.bpf.h"

#define TASK_NEW	0x0800 /* include/linux/sched.h: of __state, until wake_up_new_task() */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct___owner {
	struct task_struct *owner;
};

#pragma clang attribute pop

/*
 * The task that an address space belongs to; NULL: it is exiting, or the kernel keeps none
 * (CONFIG_MEMCG).
 */
static __always_inline const struct task_struct *mms_mm_owner(const struct mm_struct *mm)
{
	const struct mm_struct___owner *owned = (const void *)mm;

	if (!mm || !bpf_core_field_exists(owned->owner))
		return NULL;
	return BPF_CORE_READ(owned, owner);
}

/*
 * The process of such a task; 0: fork() has not given it a number of its own yet. What
 * stands there until then is its parent's: copy_process() makes the address space, which
 * ksmd and khugepaged find at once, before it takes the PID.
 */
static __always_inline u32 mms_owner_tgid(const struct task_struct *owner)
{
	return BPF_CORE_READ(owner, __state) & TASK_NEW ? 0 : BPF_CORE_READ(owner, tgid);
}

/* Its process, 0 for none. */
static __always_inline u32 mms_mm_tgid(const struct mm_struct *mm)
{
	const struct task_struct *owner = mms_mm_owner(mm);

	return owner ? mms_owner_tgid(owner) : 0;
}

#endif /* MMS_BPF_CORE_FIXES_OWNER_H */
