// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope check --system: kernel and files with meminfo, and each of a set of
 * files with mincore() and cachestat().
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "check.h"
#include "lib/sysfile.h"
#include "model/cache.h"

#define FILES	64	/* of the files cached, those that are looked at page by page */
#define HUGE	(2ULL << 20)	/* bytes of a huge page */

/* ---- meminfo ----------------------------------------------------------------- */

struct meminfo {
	u64 direct_4k, direct_2m, cached, buffers, shmem, dirty;
};

static u64 bytes_of(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, 10) << 10 : 0;
}

static int read_meminfo(struct meminfo *ret, struct mms_err *err)
{
	char *text;

	/* what each CPU has counted and not yet handed in; root may */
	if (mms_sys_read("", &text, "/proc/sys/vm/stat_refresh") >= 0)
		free(text);
	if (mms_sys_read("", &text, "/proc/meminfo") < 0)
		return mms_err_set(err, MMS_EXIT_MISSING, "/proc/meminfo cannot be read");
	*ret = (struct meminfo){
		.direct_4k = bytes_of(text, "\nDirectMap4k:"),
		.direct_2m = bytes_of(text, "\nDirectMap2M:"),
		.cached = bytes_of(text, "\nCached:"),
		.buffers = bytes_of(text, "\nBuffers:"),
		.shmem = bytes_of(text, "\nShmem:"),
		.dirty = bytes_of(text, "\nDirty:"),
	};
	free(text);
	return 0;
}

/* Run @row over the module's rows of a view of the system. */
static int each(const struct mms_model *model, int fd,
		const struct mms_source_args *args,
		void (*row)(struct mms_stream *stream, void *data), void *data, struct mms_err *err)
{
	const struct mms_query query = { .size = sizeof(query), .fd = fd };
	struct mms_stream *s = mms_check_open(args, model, &query, err);
	int ret;

	if (!s)
		return -1;
	while ((ret = mms_stream_next(s, err)) > 0)
		row(s, data);
	mms_check_close(s);
	return ret;
}

struct tables {
	u64 direct_pte, direct_pmd;
};

static void add_tables(struct mms_stream *stream, void *data)
{
	const struct mms_kernel_rec *rec = stream->row.rec;
	struct tables *t = data;

	if (rec->kind != MMS_KERNEL_region || rec->region != MMS_REGION_direct)
		return;
	t->direct_pte += rec->pte;
	t->direct_pmd += rec->pmd;
}

/*
 * When the kernel splits a huge page of its own text it counts that in
 * DirectMap, too, and not what it unmaps of it later: the sum of both sizes
 * stays, and what they differ by is whole huge pages. A page of 1 GiB that two
 * ranges of RAM share is counted twice there, so these are not compared.
 */
static int run_direct(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		      u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	struct tables t = { .direct_pte = 0 };
	struct meminfo m;

	if ((list->theirs_first && read_meminfo(&m, err)) ||
	    each(&mms_model_kernel, 0, &mms_check_ours, add_tables, &t, err) ||
	    (!list->theirs_first && read_meminfo(&m, err)))
		return -1;
	mms_check_place(list, round, "direct map", "pte and pmd", t.direct_pte + t.direct_pmd,
			m.direct_4k + m.direct_2m);
	mms_check_place(list, round, "direct map", "pte in the last 2 MiB", t.direct_pte % HUGE,
			m.direct_4k % HUGE);
	return 0;
}

const struct mms_check_round mms_check_direct = {
	.name = "kernel", .file = "/proc/meminfo", .run = run_direct,
};

struct caches {
	u64 cached, shmem, dirty;
};

static void add_caches(struct mms_stream *stream, void *data)
{
	const struct mms_files_rec *rec = stream->row.rec;
	struct caches *c = data;

	if (rec->kind == MMS_FILE_hugetlb)
		return;
	c->cached += rec->cached;
	c->dirty += rec->dirty;
	if (rec->kind == MMS_FILE_shmem || rec->kind == MMS_FILE_memfd)
		c->shmem += rec->cached;
}

static int run_caches(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		      u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	struct caches c = { .cached = 0 };
	struct meminfo m;

	if ((list->theirs_first && read_meminfo(&m, err)) ||
	    each(&mms_model_files, 0, &mms_check_ours, add_caches, &c, err) ||
	    (!list->theirs_first && read_meminfo(&m, err)))
		return -1;
	mms_check_place(list, round, "all files", "cached", c.cached, m.cached + m.buffers);
	mms_check_place(list, round, "tmpfs and shared memory", "cached", c.shmem, m.shmem);
	mms_check_place(list, round, "all files", "dirty", c.dirty, m.dirty);
	return 0;
}

const struct mms_check_round mms_check_caches = {
	.name = "files", .file = "/proc/meminfo", .run = run_caches,
};

/* ---- one file ---------------------------------------------------------------- */

/**
 * struct chosen - files to be looked at
 * @nr: how many
 * @path: of each, to free
 * @rec: the row of each
 */
struct chosen {
	unsigned int nr;
	char *path[FILES];
	struct mms_files_rec rec[FILES];
};

static void choose(struct mms_stream *stream, void *data)
{
	const struct mms_files_rec *rec = stream->row.rec;
	static int field = -1;
	struct mms_value path;
	struct chosen *c = data;

	if (field < 0)
		field = mms_model_field(&mms_model_files, "path", strlen("path"));
	if (c->nr == FILES || (rec->kind != MMS_FILE_file && rec->kind != MMS_FILE_shmem) ||
	    rec->deleted)
		return;
	mms_field_get(&mms_model_files, &mms_model_files.fields[field], &stream->row, &path);
	if (path.type != MMS_VALUE_TEXT)
		return;
	c->path[c->nr] = strndup(path.text, path.len);
	if (c->path[c->nr])
		c->rec[c->nr++] = *rec;
}

/* What of a file is cached, in pages within its length. */
struct pages {
	u64 end;
	u64 cached, dirty, writeback;
	bool counted;
};

static void add_pages(struct mms_stream *stream, void *data)
{
	const struct mms_cache_rec *rec = stream->row.rec;
	struct pages *p = data;
	u64 n = rec->index >= p->end ? 0 : rec->pages;

	if (n > p->end - rec->index)
		n = p->end - rec->index;
	p->counted = !mms_field_missing(&stream->ctx, &mms_model_cache, MMS_F(cache, dirty));
	if (rec->kind != MMS_CACHE_folio)
		return;
	/* mincore() says of a page whose data is not all there that it is not cached */
	if (!mms_field_missing(&stream->ctx, &mms_model_cache, MMS_F(cache, kpf)) &&
	    !(rec->kpf & BIT(KPF_UPTODATE)))
		return;
	p->cached += n;
	p->dirty += rec->dirty ? n : 0;
	p->writeback += rec->writeback ? n : 0;
}

static int compare_file(const struct mms_check_round *round, struct mms_check_list *list,
			const char *path, int fd, u64 size, struct mms_err *err)
{
	struct pages side[2] = { [0].end = (size + 4095) >> 12, [1].end = (size + 4095) >> 12 };
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		k = i ^ list->theirs_first;
		if (each(&mms_model_cache, fd, k ? &mms_check_theirs : &mms_check_ours, add_pages,
			 &side[k], err))
			return -1;
	}
	mms_check_place(list, round, path, "cached", side[0].cached, side[1].cached);
	if (!side[1].counted)
		return 0;
	mms_check_place(list, round, path, "dirty", side[0].dirty, side[1].dirty);
	mms_check_place(list, round, path, "writeback", side[0].writeback, side[1].writeback);
	return 0;
}

static int run_files(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		     u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	struct chosen *c = calloc(1, sizeof(*c));
	struct stat st;
	unsigned int i;
	int ret, fd;

	if (!c)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	ret = each(&mms_model_files, 0, &mms_check_ours, choose, c, err);
	for (i = 0; i < c->nr; i++) {
		fd = ret ? -1 : open(c->path[i], O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
		/* another file may be mounted or written over it */
		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
		    st.st_ino == c->rec[i].inode)
			ret = compare_file(round, list, c->path[i], fd, st.st_size, err);
		if (fd >= 0)
			close(fd);
		free(c->path[i]);
	}
	free(c);
	return ret;
}

const struct mms_check_round mms_check_files = {
	.name = "cache", .file = "mincore, cachestat", .run = run_files,
};
