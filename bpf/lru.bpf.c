// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is to be reclaimed, of each memory cgroup on each node: the lists' sizes, and the
 * generations of MGLRU. No module can: cgroups are found by nothing that is exported.
 *
 * The iterator over cgroups holds each one, and with it the numbers of its nodes. They
 * change without it: generations are read until the youngest one is the same before and
 * after, a few times, and then said to have raced.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "core_fixes.bpf.h"
#include "lru.h"

#define TRIES		4
#define MAX_NODES	1024

/* Node ids to look at, from 0: the caller's to set before loading */
const volatile __u32 nr_nodes = 1;

/* One run at a time: the program and its memory are the caller's own. */
static struct mms_lru_rec rec;

static __always_inline void read_lists(const struct mem_cgroup_per_node *pn)
{
	u32 size = bpf_core_field_size(pn->lru_zone_size);

	if (size > sizeof(rec.list_pages))
		return;
	rec.has |= MMS_LRU_HAS_LISTS;
	rec.zones = size / (MMS_LRU_LISTS * sizeof(u64));
	bpf_probe_read_kernel(rec.list_pages, size,
			      (const void *)pn + bpf_core_field_offset(pn->lru_zone_size));
}

static __always_inline bool read_generations(const struct lruvec *lruvec)
{
	u32 size = bpf_core_field_size(lruvec->lrugen.nr_pages);
	const void *at;

	if (size > sizeof(rec.gen_pages))
		return true;
	rec.max_seq = BPF_CORE_READ(lruvec, lrugen.max_seq);
	rec.min_seq[0] = BPF_CORE_READ(lruvec, lrugen.min_seq[0]);
	rec.min_seq[1] = BPF_CORE_READ(lruvec, lrugen.min_seq[1]);
	at = (const void *)lruvec + bpf_core_field_offset(lruvec->lrugen.timestamps);
	bpf_probe_read_kernel(rec.timestamps, sizeof(rec.timestamps), at);
	at = (const void *)lruvec + bpf_core_field_offset(lruvec->lrugen.nr_pages);
	bpf_probe_read_kernel(rec.gen_pages, size, at);
	rec.now = bpf_jiffies64();
	rec.has |= MMS_LRU_HAS_GENS;
	if (BPF_CORE_READ(lruvec, lrugen.enabled))
		rec.has |= MMS_LRU_ENABLED;
	return BPF_CORE_READ(lruvec, lrugen.max_seq) == rec.max_seq;
}

static long try_generations(u32 try, u64 *lruvec)
{
	if (read_generations((const struct lruvec *)*lruvec)) {
		rec.has &= ~MMS_LRU_RACED;
		return 1;
	}
	rec.has |= MMS_LRU_RACED;
	return 0;
}

static __always_inline bool look_at_node(const struct mem_cgroup *memcg, u32 node)
{
	const struct mem_cgroup_per_node *pn;
	u64 at, lruvec;

	at = (u64)memcg + bpf_core_field_offset(memcg->nodeinfo);
	pn = (const void *)mms_read_u64(at + node * sizeof(u64));
	if (!pn)
		return false;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.node = node;
	read_lists(pn);
	lruvec = (u64)pn + bpf_core_field_offset(pn->lruvec);
	if (mms_lru_has_generations())
		bpf_loop(TRIES, try_generations, &lruvec, 0);
	return true;
}

SEC("iter/cgroup")
int each(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgroup = ctx->cgroup;
	const struct mem_cgroup *memcg;
	u32 node;
	u64 at;

	if (!cgroup)
		return 0;
	/* css is the first member of struct mem_cgroup. */
	at = (u64)cgroup + bpf_core_field_offset(cgroup->subsys);
	at += bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(u64);
	memcg = (const void *)mms_read_u64(at);
	if (!memcg)
		return 0;
	for (node = 0; node < nr_nodes && node < MAX_NODES; node++) {
		if (!look_at_node(memcg, node))
			continue;
		rec.cgroup = BPF_CORE_READ(cgroup, kn, id);
		bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
