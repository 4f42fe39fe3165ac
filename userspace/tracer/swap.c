// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace swap: bpf/swapio.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include "tracer.h"
#include "../model/swap-events.h"
#include "../source/bpf.h"
#include "swapio.skel.h"

static const struct mms_hook hooks[] = {
	/* What begins and ends a folio's way. */
	{ "read_begin", "fentry", "swap_read_folio,swap_readpage", true, "causes in*" },
	{ "read_end", "fexit", "swap_read_folio,swap_readpage", true, "causes in*" },
	{ "write_begin", "fentry", "swap_writeout,swap_writepage", true, "causes out*" },
	{ "write_end", "fexit", "swap_writeout,swap_writepage", true, "causes out*" },
	{ "writing", "fentry", "__swap_writepage", true, "causes out, out-back" },
	{ "written", "fentry", "folio_end_writeback", true, "causes out, out-back" },
	/* The end of reads: all of those that a kernel has. */
	{ "gathered_read", "fentry", "swap_read_end", MMS_ONE_OF(1), "cause in" },
	{ "bio_read", "fentry", "end_swap_bio_read", MMS_ONE_OF(1), "cause in" },
	{ "bio_read_sync", "fentry", "__end_swap_bio_read", MMS_ONE_OF(1), "cause in" },
	{ "fs_read", "fentry", "sio_read_complete", MMS_ONE_OF(1), "cause in from network file systems" },
	{ "page_read", "fexit", "bdev_read_page", MMS_ONE_OF(1), "cause in" },
	{ "gathered_written", "fentry", "swap_write_end", MMS_ONE_OF(2), "writes that failed" },
	{ "bio_written", "fentry", "end_swap_bio_write", MMS_ONE_OF(2), "writes that failed" },
	{ "bio_written_sync", "fentry", "__end_swap_bio_write", MMS_ONE_OF(2), "writes that failed" },
	{ "fs_written", "fentry", "sio_write_complete", MMS_ONE_OF(2), "writes that failed" },
	{ "page_tried", "fentry", "bdev_write_page", MMS_ONE_OF(2), "writes that failed" },
	{ "page_written", "fexit", "bdev_write_page", MMS_ONE_OF(2), "writes that failed" },
	/* What needs no I/O. */
	{ "slot_freed", "fexit", "folio_free_swap", true, "cause out-none" },
	{ "stored", "fexit", "zswap_store", MMS_ONE_OF(3), "cause out-zswap" },
	{ "loaded", "fexit", "zswap_load", MMS_ONE_OF(4), "cause in-zswap" },
	{ "old_stored", "fexit", "zswap_frontswap_store", MMS_ONE_OF(3), "cause out-zswap" },
	{ "old_loaded", "fexit", "zswap_frontswap_load", MMS_ONE_OF(4), "cause in-zswap" },
	{ "compressed", "fentry", "obj_cgroup_charge_zswap", false, "compressed of out-zswap" },
	{ "decompressed", "fentry", "zswap_decompress", false, "compressed of in-zswap" },
#define HOOK_ADD_FOLIO	24
	{ "gathered", "fentry", "swap_add_folio", false, "cause in-zero, if there is no bitmap of such slots" },
#define HOOK_UPDATE	25
	{ "cache_hit", "fentry", "swap_update_readahead", MMS_ONE_OF(5), "cause in-cache" },
	{ "cache_lookup", "fexit", "swap_cache_get_folio", MMS_ONE_OF(5), "cause in-cache" },
	/* Who and why. */
	{ "unmapping", "fentry", "try_to_unmap_one", true, "whose memory is written" },
	{ "fault_begin", "fentry", "do_swap_page", true, "reason fault" },
	{ "fault_end", "fexit", "do_swap_page", true, "reason fault" },
	{ "shmem_begin", "kprobe", "shmem_swapin_folio", true, "reason shmem" },
	{ "shmem_end", "kretprobe", "shmem_swapin_folio", true, "reason shmem" },
	{ "near_begin", "fentry", "swapin_readahead", true, "what is read ahead" },
	{ "ahead_end", "fexit", "swapin_readahead", true, "what is read ahead" },
	{ "cluster_begin", "fentry", "swap_cluster_readahead", true, "what is read ahead" },
	{ "cluster_end", "fexit", "swap_cluster_readahead", true, "what is read ahead" },
	{ "advice_begin", "fentry", "read_swap_cache_async", true, "reason willneed" },
	{ "advice_end", "fexit", "read_swap_cache_async", true, "reason willneed" },
	{ "unuse_begin", "fentry", "unuse_pte_range", true, "reason swapoff" },
	{ "unuse_end", "fexit", "unuse_pte_range", true, "reason swapoff" },
	{ "unuse_shmem_begin", "fentry", "shmem_unuse", true, "reason swapoff of shared memory" },
	{ "unuse_shmem_end", "fexit", "shmem_unuse", true, "reason swapoff of shared memory" },
	{ "direct_begin", "fentry", "try_to_free_pages", true, "reason direct" },
	{ "direct_end", "fexit", "try_to_free_pages", true, "reason direct" },
	{ "memcg_begin", "fentry", "try_to_free_mem_cgroup_pages", true, "reason memcg" },
	{ "memcg_end", "fexit", "try_to_free_mem_cgroup_pages", true, "reason memcg" },
	{ "pageout_begin", "fentry", "reclaim_pages", true, "reason pageout" },
	{ "pageout_end", "fexit", "reclaim_pages", true, "reason pageout" },
};

MMS_TRACER_SKELETON(swapio)

static void swapio_set(struct mms_trace *t)
{
	struct mms_swapio_bpf *skel = t->priv;

	skel->rodata->has_add_folio = t->hooked[HOOK_ADD_FOLIO];
	skel->rodata->has_update = t->hooked[HOOK_UPDATE];
}

static void swapio_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_swapio *rec = data;
	struct mms_swapio_row row;

	if (size < sizeof(*rec))
		return;
	row.rec = *rec;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	row.path = NULL;
	if (rec->marks & MMS_SWAPIO_AREA)
		row.path = mms_files_path(t->files, rec->dev, rec->inode);
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_swap = {
	.name = "swap",
	.model = &mms_model_swap_event,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_SWAPIO_CAUSES),
	.event_size = sizeof(struct mms_swapio_row),
	.by = "cause,device,comm",
	.adds = "pages",
	.open = swapio_open,
	.set = swapio_set,
	.record = swapio_record,
	.close = swapio_close,
};
