// SPDX-License-Identifier: GPL-2.0-only
/* What is to be reclaimed of memory cgroups: bpf/lru.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include "bpf.h"
#include "lru.skel.h"

static int run(struct mms_lru_bpf *skel, int fd, struct mms_lru_recs *ret_lru, struct mms_err *err)
{
	void *data;
	size_t len;

	skel->rodata->nr_nodes = mms_nr_nodes();
	if (mms_bpf_load(skel->skeleton, err) ||
	    mms_bpf_iter_cgroups(skel->progs.each, fd, &data, &len, err))
		return -1;
	ret_lru->rec = data;
	ret_lru->nr = len / sizeof(*ret_lru->rec);
	return 0;
}

int mms_lru_read(int fd, struct mms_lru_recs *ret_lru, struct mms_err *err)
{
	struct mms_lru_bpf *skel;
	int ret;

	if (mms_bpf_check(err))
		return -1;
	if (!mms_bpf_has_struct("bpf_iter__cgroup"))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel has no BPF iterator over cgroups: it needs CONFIG_CGROUPS and Linux 6.1");
	if (!mms_bpf_has_struct("mem_cgroup_per_node"))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel's types do not have mem_cgroup_per_node: it needs CONFIG_MEMCG");
	skel = mms_lru_bpf__open();
	if (!skel)
		return mms_bpf_error(errno, err);
	ret = run(skel, fd, ret_lru, err);
	mms_lru_bpf__destroy(skel);
	return ret;
}
