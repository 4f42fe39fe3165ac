/* SPDX-License-Identifier: GPL-2.0-only */
/* The page frames that are kernel stacks of threads. */
#ifndef MMS_WALK_STACK_H
#define MMS_WALK_STACK_H

#include <linux/types.h>

/**
 * struct mms_stacks - page frames of kernel stacks, as of one time
 * @pfn: the frames in ascending order; mms_stacks_put() frees them
 * @nr: how many
 * @room: how many there is room for
 * @next: the first that mms_stacks_has() has not passed yet
 */
struct mms_stacks {
	unsigned long *pfn;
	size_t nr;
	size_t room;
	size_t next;
};

int mms_stacks_get(struct mms_stacks *s, unsigned long start, unsigned long end);
void mms_stacks_put(struct mms_stacks *s);

/**
 * mms_stacks_has() - is a page frame one of a stack's?
 * @s: the frames
 * @pfn: the frame; never below that of the call before
 *
 * Return: true if it is
 */
static inline bool mms_stacks_has(struct mms_stacks *s, unsigned long pfn)
{
	while (s->next < s->nr && s->pfn[s->next] < pfn)
		s->next++;
	return s->next < s->nr && s->pfn[s->next] == pfn;
}

#endif /* MMS_WALK_STACK_H */
