// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache from what every kernel says of an open file: mincore() tells which
 * pages are cached, cachestat() how many of a range are dirty, being written
 * or evicted. A range where that differs is halved until it does not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "procfs.h"

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

#define PAGE	4096ULL
#define WINDOW	(65536 * PAGE)	/* mapped at a time */

#define ALL	(BIT(MMS_NR_F_cache) - 1)
#define HAVE	(MMS_HAS(cache, index) | MMS_HAS(cache, pages) | MMS_HAS(cache, kind))
#define COUNTED	(MMS_HAS(cache, dirty) | MMS_HAS(cache, writeback))

struct range {
	u64 off, len;
};

/* struct cachestat of <linux/mman.h>, which the headers may be too old for */
struct counts {
	u64 cache, dirty, writeback, evicted, recently_evicted;
};

struct cache {
	struct mms_cache_rec *rec;
	size_t nr, room, given;
	int fd;
	bool counted;	/* cachestat() can be believed */
	bool no_memory;
};

static int cachestat_of(int fd, u64 first, u64 pages, struct counts *ret_counts)
{
	struct range range = { first * PAGE, pages * PAGE };

	return syscall(__NR_cachestat, fd, &range, ret_counts, 0);
}

static void put(struct cache *c, u64 first, u64 pages, u8 kind, bool dirty, bool writeback)
{
	struct mms_cache_rec *last = c->nr ? &c->rec[c->nr - 1] : NULL;
	struct mms_cache_rec *rec;

	if (last && last->index + last->pages == first && last->kind == kind &&
	    last->dirty == dirty && last->writeback == writeback) {
		last->pages += pages;
		return;
	}
	if (c->nr == c->room) {
		rec = realloc(c->rec, (c->room * 2 + 64) * sizeof(*rec));
		if (!rec) {
			c->no_memory = true;
			return;
		}
		c->rec = rec;
		c->room = c->room * 2 + 64;
	}
	c->rec[c->nr++] = (struct mms_cache_rec){
		.rec.type = MMS_REC_ROW, .kind = kind, .swap_type = MMS_NO_SWAP,
		.dirty = dirty, .writeback = writeback, .index = first, .pages = pages,
		.zone = MMS_NO_ZONE, .node = MMS_NO_NODE,
	};
}

/* A run of pages that are all cached, or all not: the counts tell the rest. */
static void put_run(struct cache *c, u64 first, u64 pages, bool cached)
{
	struct counts n = { 0 };
	u64 odd;

	if (c->counted && cachestat_of(c->fd, first, pages, &n))
		return;
	odd = cached ? (n.dirty % pages) | (n.writeback % pages) : n.evicted % pages;
	if (odd && pages > 1) {
		put_run(c, first, pages / 2, cached);
		put_run(c, first + pages / 2, pages - pages / 2, cached);
	} else if (cached) {
		put(c, first, pages, MMS_CACHE_folio, n.dirty, n.writeback);
	} else if (n.evicted) {
		put(c, first, pages, MMS_CACHE_shadow, false, false);
	}
}

static u64 resident(const unsigned char *vec, u64 pages)
{
	u64 n = 0, i;

	for (i = 0; i < pages; i++)
		n += vec[i] & 1;
	return n;
}

/* Residency of a window, @vec has a byte for each page. 0 or -errno. */
static int window(struct cache *c, u64 off, u64 len, unsigned char *vec)
{
	void *p = mmap(NULL, len, PROT_NONE, MAP_SHARED, c->fd, off);
	int ret = 0;

	if (p == MAP_FAILED)
		return -errno;
	if (mincore(p, len, vec))
		ret = -errno;
	munmap(p, len);
	return ret;
}

static int gather(struct cache *c, u64 start, u64 end)
{
	u64 off, len, pages, i, run;
	unsigned char *vec = calloc(WINDOW / PAGE, 1);
	struct counts n;
	int ret = 0;

	if (!vec)
		return -ENOMEM;
	for (off = start; off < end && !ret; off += len) {
		len = end - off < WINDOW ? end - off : WINDOW;
		pages = (len + PAGE - 1) / PAGE;
		ret = window(c, off, len, vec);
		if (ret)
			break;
		/* of a file of an overlay cachestat() sees nothing */
		if (c->counted && (cachestat_of(c->fd, off / PAGE, pages, &n) ||
				   (!n.cache && resident(vec, pages))))
			c->counted = false;
		for (i = 0; i < pages; i += run) {
			for (run = 1; i + run < pages && !((vec[i] ^ vec[i + run]) & 1); run++)
				;
			if ((vec[i] & 1) || c->counted)
				put_run(c, off / PAGE + i, run, vec[i] & 1);
		}
	}
	free(vec);
	return c->no_memory ? -ENOMEM : ret;
}

/* mincore() calls everything resident for those who could not write to the file. */
static bool may_ask(int fd, const struct stat *st)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return !geteuid() || st->st_uid == geteuid() || !access(path, W_OK);
}

static int cache_open(struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_query *q = &stream->query;
	struct cache *c = calloc(1, sizeof(*c));
	struct counts n;
	struct stat st;
	u64 end;
	int ret;

	if (!c)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	c->fd = q->fd;
	ret = fstat(c->fd, &st) ? -errno : 0;
	if (!ret && !may_ask(c->fd, &st)) {
		free(c);
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "mincore() tells only those who may write to the file: run as root");
	}
	end = S_ISBLK(st.st_mode) ? (u64)lseek(c->fd, 0, SEEK_END) : (u64)st.st_size;
	if (q->end && q->end < end)
		end = q->end;
	c->counted = !cachestat_of(c->fd, 0, 1, &n);
	if (!ret)
		ret = gather(c, q->start, end);
	if (ret) {
		free(c->rec);
		free(c);
		return mms_err_set(err, MMS_EXIT_FAILED, "mincore: %s", strerror(-ret));
	}
	mms_stream_lacks(stream, ALL & ~HAVE & ~COUNTED, MMS_WHY_MODULE);
	if (!c->counted)
		mms_stream_lacks(stream, COUNTED,
				 "needs the module: this kernel's cachestat() is not there, or sees nothing of this file");
	stream->priv = c;
	return 0;
}

static int cache_next(struct mms_stream *stream, struct mms_err *err __unused)
{
	struct cache *c = stream->priv;

	if (c->given == c->nr)
		return 0;
	stream->row.rec = &c->rec[c->given++];
	return 1;
}

static void cache_close(struct mms_stream *stream)
{
	struct cache *c = stream->priv;

	free(c->rec);
	free(c);
}

const struct mms_procfs_view mms_procfs_cache = {
	.system = true,
	.open = cache_open,
	.next = cache_next,
	.close = cache_close,
};
