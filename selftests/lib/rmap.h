/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of rmap share: memory of known kinds, processes that share it,
 * and the comparison of rows with pagemap and kpagecount.
 */
#ifndef MMS_TEST_RMAP_H
#define MMS_TEST_RMAP_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "mms_test.h"

static inline char *map_pages(size_t pages, int flags, int fd, off_t offset)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, fd, offset);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return at;
}

static inline uint64_t pm_entry(pid_t pid, const void *at)
{
	uint64_t entry;

	pagemap_read(pid, (uintptr_t)at & -PAGE, 1, &entry);
	return entry;
}

static inline uint64_t frame_of(const void *at)
{
	uint64_t entry = pm_entry(getpid(), at);

	return entry & PM_PRESENT ? PM_PFN(entry) : 0;
}

static inline int ask(uint64_t pfn, uint32_t flags, struct mms_stream *s)
{
	return mms_get("rmap", &(struct mms_query){ .start = pfn, .end = pfn + 1, .flags = flags }, s);
}

static inline bool is_mapping(const struct mms_rmap_rec *r)
{
	return r->state == MMS_RMAP_mapped || r->state == MMS_RMAP_searched;
}

/* a child that does nothing until the end */
static inline pid_t sharer(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static inline void end(pid_t *pid, int n)
{
	for (int i = 0; i < n; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < n; i++)
		waitpid(pid[i], NULL, 0);
}

/* Mappings of a frame: each of them is in the tables of its process, and none is there twice. -1: wrong */
static inline int mappings(struct __test_metadata *_metadata, uint64_t pfn, const struct mms_stream *s)
{
	int n = 0, bad = 0;

	ROWS(mms_rmap_rec, r, s) {
		if (!is_mapping(r))
			continue;
		uint64_t entry = pm_entry(r->pid, (void *)r->start);

		n++;
		if (r->pfn > pfn || pfn >= r->pfn + r->count || PM_PFN(entry) != r->pfn || !(entry & PM_PRESENT))
			DIFFER(bad, "%d %#llx: pfn %#llx, pagemap %#" PRIx64, r->pid, r->start, r->pfn, entry);
		if (r->start < r->vma_start || r->start >= r->vma_end || r->mapcount != (int)kpagecount(pfn))
			DIFFER(bad, "%d %#llx: vma %#llx-%#llx, mapcount %d", r->pid, r->start, r->vma_start, r->vma_end, r->mapcount);
		for (size_t i = 0; i < r_i; i++) {
			const struct mms_rmap_rec *other = s->row[i];

			if (is_mapping(other) && other->pid == r->pid && other->start == r->start)
				DIFFER(bad, "%d %#llx: twice", r->pid, r->start);
		}
	}
	return bad ? -1 : n;
}

#define EXPECT_MAPPINGS(count, pfn)						\
	do {									\
		struct mms_stream em_s;						\
										\
		ASSERT_EQ(0, ask(pfn, 0, &em_s)) { TH_LOG("%s", em_s.why); }	\
		EXPECT_EQ(count, mappings(_metadata, pfn, &em_s));		\
		EXPECT_EQ(count, kpagecount(pfn));				\
		mms_free(&em_s);						\
	} while (0)

static inline int temp_file(size_t pages)
{
	char path[] = "/run/mmscope-fixture/rmap-XXXXXX", page[PAGE];	/* a ramfs: no shmem */
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	unlink(path);
	memset(page, 'f', sizeof(page));
	for (size_t i = 0; i < pages; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			return -1;
	return fd;
}

#endif
