// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace cache: bpf/cache.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/cache-events.h"
#include "../source/bpf.h"
#include "cache.skel.h"

static const struct mms_hook hooks[] = {
	{ "added", "tp_btf", "mm_filemap_add_to_page_cache", true, "misses" },
	{ "deleted", "tp_btf", "mm_filemap_delete_from_page_cache", true, "what was evicted" },
	{ "read_begin", "fentry", "filemap_read", true, "cause read" },
	{ "read_end", "fexit", "filemap_read", true, "cause read" },
	{ "map_begin", "fentry", "filemap_map_pages", true, "cause fault" },
	{ "map_end", "fexit", "filemap_map_pages", true, "cause fault" },
	{ "fault_begins", "fentry", "filemap_fault", true, "cause fault" },
	{ "fault_ends", "fexit", "filemap_fault", true, "cause fault" },
	{ "exits", "tp_btf", "sched_process_exit", true, "the last fault of one that is killed in it" },
	{ "write_begin", "fentry", "generic_perform_write", true, "cause write" },
	{ "write_end", "fexit", "generic_perform_write", true, "cause write" },
	{ "iomap_write_begin", "fentry", "iomap_file_buffered_write", false, "writes to file systems that use iomap" },
	{ "iomap_write_end", "fexit", "iomap_file_buffered_write", false, "writes to file systems that use iomap" },
	/* One of these two is there. */
	{ "splice_begin", "fentry", "filemap_splice_read", MMS_ONE_OF(1), "cause splice" },
	{ "splice_end", "fexit", "filemap_splice_read", MMS_ONE_OF(1), "cause splice" },
	{ "old_splice_begin", "fentry", "generic_file_splice_read", MMS_ONE_OF(1), "cause splice" },
	{ "old_splice_end", "fexit", "generic_file_splice_read", MMS_ONE_OF(1), "cause splice" },
	{ "advise_begin", "fentry", "generic_fadvise", false, "cause advise" },
	{ "advise_end", "fexit", "generic_fadvise", false, "cause advise" },
	{ "iomap_direct_begin", "kprobe", "iomap_dio_rw", MMS_ONE_OF(3), "causes direct-*" },
	{ "iomap_direct_end", "kretprobe", "iomap_dio_rw", MMS_ONE_OF(3), "causes direct-*" },
	/* Part of the above on the kernels that do not have it. */
	{ "simple_direct_begin", "fentry", "__iomap_dio_read_simple", MMS_ONE_OF(3), "causes direct-*" },
	{ "simple_direct_end", "fexit", "__iomap_dio_read_simple", MMS_ONE_OF(3), "causes direct-*" },
	{ "block_direct_begin", "kprobe", "__blockdev_direct_IO", false, "causes direct-* of old file systems" },
	{ "block_direct_end", "kretprobe", "__blockdev_direct_IO", false, "causes direct-* of old file systems" },
	{ "marker", "fentry", "page_cache_async_ra", false, "markers" },
	{ "shrink_begin", "fentry", "shrink_folio_list", true, "cause reclaim" },
	{ "shrink_end", "fexit", "shrink_folio_list", true, "cause reclaim" },
	{ "drop_begin", "fentry", "invalidate_mapping_pages", true, "cause drop" },
	{ "drop_end", "fexit", "invalidate_mapping_pages", true, "cause drop" },
	/* One of these two, too. */
	{ "try_begin", "fentry", "mapping_try_invalidate", MMS_ONE_OF(2), "cause drop" },
	{ "try_end", "fexit", "mapping_try_invalidate", MMS_ONE_OF(2), "cause drop" },
	{ "old_try_begin", "fentry", "invalidate_mapping_pagevec", MMS_ONE_OF(2), "cause drop" },
	{ "old_try_end", "fexit", "invalidate_mapping_pagevec", MMS_ONE_OF(2), "cause drop" },
	{ "invalidate_begin", "fentry", "invalidate_inode_pages2_range", true, "cause invalidate" },
	{ "invalidate_end", "fexit", "invalidate_inode_pages2_range", true, "cause invalidate" },
	{ "truncate_begin", "fentry", "truncate_inode_pages_range", true, "cause truncate" },
	{ "truncate_end", "fexit", "truncate_inode_pages_range", true, "cause truncate" },
};

MMS_TRACER_SKELETON(cache)

static void cache_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_cache_event *rec = data;
	struct mms_cache_event_row row;

	if (size < sizeof(*rec))
		return;
	row.rec = *rec;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	row.path = mms_files_path(t->files, rec->dev, rec->inode);
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_cache = {
	.name = "cache",
	.model = &mms_model_cache_event,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_CACHE_CAUSES),
	.event_size = sizeof(struct mms_cache_event_row),
	.by = "file",
	.adds = "hit,miss,ahead,used,evicted",
	.open = cache_open,
	.record = cache_record,
	.close = cache_close,
};
