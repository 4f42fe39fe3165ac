/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of an address space is in memory, and how much is swapped. Since "mm: convert
 * mm's rss stats into percpu_counter", 6.2, each kind is a number and one per CPU that is
 * not yet in it; before, a number and one that each thread kept back.
 *
 * core_fixes.bpf.h comes before.
 */
#ifndef MMS_BPF_RSS_H
#define MMS_BPF_RSS_H

/* As many as the kernel may have, set before loading. */
const volatile __u32 nr_cpus = 1;

/* include/linux/mm_types_task.h: MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES */
#define RSS_KINDS	4
#define RSS_SWAP	2

struct rss {
	s64 pages;
	s64 swapped;
};

static __always_inline void rss_add(struct rss *rss, u32 kind, s64 pages)
{
	if (kind == RSS_SWAP)
		rss->swapped += pages;
	else
		rss->pages += pages;
}

/* Where the counter of a kind is: by hand, as its size differs from that of the type here. */
static __always_inline u64 rss_counter(const struct mm_struct *mm, u32 kind)
{
	const struct mm_struct___rss_percpu *new = (const void *)mm;

	return (u64)mm + bpf_core_field_offset(new->rss_stat) +
	       kind * bpf_core_type_size(struct percpu_counter);
}

/* As the kernel reads it where it need not be exact, which is how badness() does. */
static __always_inline void rss_read(const struct mm_struct *mm, struct rss *ret_rss)
{
	const struct mm_struct___rss_percpu *new = (const void *)mm;
	const struct mm_struct___rss_atomic *old = (const void *)mm;
	const struct percpu_counter *counter = NULL;
	u32 kind;
	s64 n;

	ret_rss->pages = 0;
	ret_rss->swapped = 0;
#pragma unroll
	for (kind = 0; kind < RSS_KINDS; kind++) {
		if (bpf_core_field_exists(new->rss_stat[0].counters))
			n = mms_word(rss_counter(mm, kind) + bpf_core_field_offset(counter->count));
		else
			n = BPF_CORE_READ(old, rss_stat.count[kind].counter);
		rss_add(ret_rss, kind, n > 0 ? n : 0);
	}
}

struct rss_walk {
	u64 counters[RSS_KINDS];	/* pointers to memory of each CPU */
	struct rss rss;
};

static long rss_of_cpu(u32 cpu, struct rss_walk *walk)
{
	u64 offset = mms_per_cpu_offset(cpu);
	u32 kind;

#pragma unroll
	for (kind = 0; kind < RSS_KINDS; kind++)
		rss_add(&walk->rss, kind, (s32)mms_word(offset + walk->counters[kind]));
	return 0;
}

/* All of the current task's, exact unless another of its threads is at it. */
static __always_inline void rss_sum(const struct mm_struct *mm, struct rss *ret_rss)
{
	const struct task_struct___rss *task = (const void *)bpf_get_current_task_btf();
	const struct mm_struct___rss_percpu *new = (const void *)mm;
	const struct mm_struct___rss_atomic *old = (const void *)mm;
	const struct percpu_counter *counter = NULL;
	struct rss_walk walk = {};
	u32 kind;
	u64 at;
	s64 n;

	if (bpf_core_field_exists(new->rss_stat[0].counters)) {
#pragma unroll
		for (kind = 0; kind < RSS_KINDS; kind++) {
			at = rss_counter(mm, kind);
			n = mms_word(at + bpf_core_field_offset(counter->count));
			rss_add(&walk.rss, kind, n);
			at += bpf_core_field_offset(counter->counters);
			walk.counters[kind] = mms_word(at);
		}
		bpf_loop(nr_cpus, rss_of_cpu, &walk, 0);
	} else {
#pragma unroll
		for (kind = 0; kind < RSS_KINDS; kind++) {
			n = BPF_CORE_READ(old, rss_stat.count[kind].counter);
			if (bpf_core_field_exists(task->rss_stat.count))
				n += BPF_CORE_READ(task, rss_stat.count[kind]);
			rss_add(&walk.rss, kind, n);
		}
	}
	*ret_rss = walk.rss;
}

#endif /* MMS_BPF_RSS_H */
