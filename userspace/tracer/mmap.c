// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace mmap: bpf/mmap.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/mmap.h"
#include "../source/bpf.h"
#include "mmap.skel.h"

#define CALL(name, needed)							\
	{ #name "_begin", "fentry", "__x64_sys_" #name, needed, "cause " #name }, \
	{ #name "_end", "fexit", "__x64_sys_" #name, needed, "cause " #name }

/* Those of each call first, in the order of MMS_MMAP_CALLS. */
static const struct mms_hook hooks[] = {
	CALL(mmap, true),
	CALL(brk, true),
	CALL(munmap, true),
	CALL(mprotect, true),
	CALL(pkey_mprotect, false),
	CALL(madvise, false),
	CALL(process_madvise, false),
	CALL(mremap, true),
	CALL(remap_file_pages, false),
	CALL(mlock, true),
	CALL(mlock2, true),
	CALL(munlock, true),
	CALL(mlockall, true),
	CALL(munlockall, false),
	CALL(msync, true),
	CALL(mseal, false),
	CALL(shmat, false),
	CALL(shmdt, false),
#define SPLIT	(2 * MMS_NR_MMAP_CALLS)
	{ "split", "fexit", "__split_vma", false, "how often VMAs were split" },
#define WAITS	(SPLIT + 1)
	{ "read_wait_begin", "fentry", "rwsem_down_read_slowpath", false, "waiting for mmap_lock" },
	{ "read_wait_end", "fexit", "rwsem_down_read_slowpath", false, "waiting for mmap_lock" },
	{ "write_wait_begin", "fentry", "rwsem_down_write_slowpath", false, "waiting for mmap_lock" },
	{ "write_wait_end", "fexit", "rwsem_down_write_slowpath", false, "waiting for mmap_lock" },
};

MMS_TRACER_SKELETON(mmap)

static void mmap_set(struct mms_trace *t)
{
	struct mms_mmap_bpf *skel = t->priv;
	struct bpf_program *p;
	unsigned int i;

	/* It takes time to hook them all. */
	for (i = 0; i < SPLIT; i++) {
		p = bpf_object__find_program_by_name(t->obj, hooks[i].program);
		if (p && t->filter->causes && !(t->filter->causes >> i / 2 & 1))
			bpf_program__set_autoload(p, false);
	}
	skel->rodata->nr_cpus = t->nr_cpus;
	skel->rodata->have_splits = t->hooked[SPLIT];
	skel->rodata->have_waits = true;
	for (i = WAITS; i < ARRAY_SIZE(hooks); i++)
		skel->rodata->have_waits &= t->hooked[i];
}

static void mmap_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_mmap *rec = data;
	struct mms_mmap_row row;

	if (size < sizeof(*rec))
		return;
	row.rec = *rec;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	row.path = rec->inode ? mms_files_path(t->files, rec->dev, rec->inode) : NULL;
	mms_trace_event(t, &row, NULL, 0);
}

const struct mms_tracer mms_tracer_mmap = {
	.name = "mmap",
	.model = &mms_model_mmap,
	.causes = MMS_CAUSE_WORDS(MMS_MMAP_CALLS),
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.event_size = sizeof(struct mms_mmap_row),
	.by = "cause",
	.adds = "length,waited",
	.open = mmap_open,
	.set = mmap_set,
	.record = mmap_record,
	.close = mmap_close,
};
