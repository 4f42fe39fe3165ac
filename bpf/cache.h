/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What bpf/cache.bpf.c gives to the tool. */
#ifndef MMS_BPF_CACHE_H
#define MMS_BPF_CACHE_H

#include "trace.h"

/* What was done with the cache: X(NAME, word, text). */
#define MMS_CACHE_CAUSES(X)								\
	X(READ, "read", "read() and such")						\
	X(SPLICE, "splice", "splice(), sendfile()")					\
	X(WRITE, "write", "write() and such")						\
	X(FAULT, "fault", "a fault of memory that the file is mapped to")		\
	X(ADVISE, "advise", "asked for in advance: readahead(), POSIX_FADV_WILLNEED and such") \
	X(DIRECT_READ, "direct-read", "O_DIRECT, past the cache: reads")		\
	X(DIRECT_WRITE, "direct-write", "O_DIRECT, past the cache: writes")		\
	X(RECLAIM, "reclaim", "evicted: memory was short")				\
	X(DROP, "drop", "evicted: POSIX_FADV_DONTNEED, drop_caches")			\
	X(INVALIDATE, "invalidate", "evicted: written past the cache, and such")	\
	X(TRUNCATE, "truncate", "evicted: the file was truncated or deleted")		\
	X(OTHER, "other", "a folio was added or evicted outside of all these")

enum mms_cache_cause {
#define MMS_X(name, word, text) MMS_CACHED_##name,
	MMS_CACHE_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_CACHE_CAUSES
};

/**
 * struct mms_cache_event - one call that had to do with a file's pages in the cache, or
 *	what one call evicted of one file. Pages, if no unit is said
 * @event: of each tracer
 * @inode: number of the file's inode
 * @offset: in the file, bytes: of the first that was asked for; evicted: of the first folio
 * @asked: bytes asked for
 * @bytes: bytes read or written
 * @returned: what the function returned
 * @pages: that the bytes are in; evicted, or added outside of a call
 * @hit: of these, in the cache
 * @miss: of these, added to the cache by this call
 * @ahead: added by this call beyond what was asked for
 * @used: of @hit, those that were read ahead while this tracer ran, and not used since
 * @evicted: taken out of the cache
 * @unused: of these, those read ahead while this tracer ran, and never used
 * @markers: how often a page was met that says: now read ahead more
 * @dev: of the file
 * @cause: enum mms_cache_cause
 * @pad: 0
 */
struct mms_cache_event {
	struct mms_event event;
	__u64 inode;
	__u64 offset;
	__u64 asked;
	__u64 bytes;
	__s64 returned;
	__u64 pages;
	__u64 hit;
	__u64 miss;
	__u64 ahead;
	__u64 used;
	__u64 evicted;
	__u64 unused;
	__u32 markers;
	__u32 dev;
	__u8 cause;
	__u8 pad[7];
};

#endif /* MMS_BPF_CACHE_H */
