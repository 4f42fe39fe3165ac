// SPDX-License-Identifier: GPL-2.0-only
/* Areas of vmalloc: bpf/vmalloc.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf.h"
#include "vmalloc.skel.h"

#define FIRST_ROOM	8192
#define MAX_ROOM	(1U << 22)

static int copy(const struct mms_vmalloc_bpf *skel, struct mms_vmalloc_areas *ret_areas,
		struct mms_err *err)
{
	const struct mms_vmalloc_area *area = mms_bpf_map(skel->maps.areas, err);
	const struct mms_vmalloc_info *info = &skel->bss->info;
	struct mms_vmalloc_areas areas = { .nr = info->nr, .raced = info->raced };

	if (!area)
		return -1;
	areas.area = calloc(areas.nr + 1, sizeof(*areas.area));
	if (areas.area)
		memcpy(areas.area, area, areas.nr * sizeof(*areas.area));
	mms_bpf_unmap(skel->maps.areas, area);
	if (!areas.area)
		return mms_bpf_error(ENOMEM, err);
	*ret_areas = areas;
	return 0;
}

/* Run it with room for @room of them; 1 if there are more. */
static int run(struct mms_vmalloc_bpf *skel, u32 room, struct mms_vmalloc_areas *ret_areas,
	       struct mms_err *err)
{
	int ret = mms_bpf_map_size(skel->maps.areas, room);

	if (ret)
		return mms_bpf_error(-ret, err);
	if (mms_bpf_load(skel->skeleton, err) || mms_bpf_run(skel->progs.list, err))
		return -1;
	if (!skel->bss->info.nodes)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the address of vmap_nodes or vmap_area_list is not known: it needs CONFIG_KALLSYMS_ALL");
	if (skel->bss->info.more && room < MAX_ROOM)
		return 1;
	return copy(skel, ret_areas, err);
}

int mms_vmalloc_read(struct mms_vmalloc_areas *ret_areas, struct mms_err *err)
{
	struct mms_vmalloc_bpf *skel;
	u32 room;
	int ret = 1;

	if (mms_bpf_check_kernel(err))
		return -1;
	if (!mms_bpf_has_struct("vmap_area"))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel's types do not have vmap_area: it needs CONFIG_MMU");
	for (room = FIRST_ROOM; ret > 0; room *= 4) {
		skel = mms_vmalloc_bpf__open();
		if (!skel)
			return mms_bpf_error(errno, err);
		ret = run(skel, room, ret_areas, err);
		mms_vmalloc_bpf__destroy(skel);
	}
	return ret;
}
