// SPDX-License-Identifier: GPL-2.0-only
/* Swap areas: bpf/swap.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "swap.skel.h"

/* SWAPFILE_CLUSTER: as many slots as a huge page has pages, where these can be swapped out. */
static u32 cluster_slots(void)
{
	return access("/sys/kernel/mm/transparent_hugepage", F_OK) ? 256 : 512;
}

static int run(struct mms_swap_bpf *skel, struct mms_swap_areas *ret_areas, struct mms_err *err)
{
	struct mms_swap_areas areas = { .nr = 0 };
	const struct mms_swap_area *area;
	u32 i;

	skel->rodata->cluster_slots = cluster_slots();
	if (mms_bpf_load(skel->skeleton, err) || mms_bpf_run(skel->progs.list, err))
		return -1;
	if (!(skel->bss->has & MMS_SWAP_HAS_AREAS))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the address of swap_info is not known: it needs CONFIG_SWAP and CONFIG_KALLSYMS_ALL");
	area = mms_bpf_map(skel->maps.areas, err);
	if (!area)
		return -1;
	for (i = 0; i < MMS_SWAP_MAX_AREAS; i++)
		if (area[i].flags & MMS_SWAP_USED)
			areas.area[areas.nr++] = area[i];
	mms_bpf_unmap(skel->maps.areas, area);
	*ret_areas = areas;
	return 0;
}

int mms_swap_read(struct mms_swap_areas *ret_areas, struct mms_err *err)
{
	struct mms_swap_bpf *skel;
	int ret;

	if (mms_bpf_check(err))
		return -1;
	if (!mms_bpf_has_struct("swap_info_struct"))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel's types do not have swap_info_struct: it needs CONFIG_SWAP");
	skel = mms_swap_bpf__open();
	if (!skel)
		return mms_bpf_error(errno, err);
	ret = run(skel, ret_areas, err);
	mms_swap_bpf__destroy(skel);
	return ret;
}
