/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What dirty.bpf.c and the tool share. */
#ifndef MMS_BPF_DIRTY_H
#define MMS_BPF_DIRTY_H

#include "trace.h"

/* What became of pages of a file: X(NAME, word, text). */
#define MMS_DIRTY_CAUSES(X)								\
	X(DIRTIED, "dirtied", "a task has made pages dirty")				\
	X(WRITTEN, "written", "dirty pages were given to the device to be written")	\
	X(CANCELLED, "cancelled", "dirty pages went without being written: truncated, deleted") \
	X(WAITED, "waited", "a task had to wait until pages were on the device")	\
	X(THROTTLED, "throttled", "a task that makes pages dirty had to pause, as there were too many")

enum mms_dirty_cause {
#define MMS_X(name, word, text) MMS_DIRTY_##name,
	MMS_DIRTY_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_DIRTY_CAUSES
};

/*
 * Why a flusher writes, by the names in enum wb_reason, include/linux/backing-dev-defs.h:
 * X(NAME, word, text).
 */
#define MMS_DIRTY_WB_REASONS(X)								\
	X(BACKGROUND, "background", "a flusher: more is dirty than vm.dirty_background_ratio or _bytes") \
	X(VMSCAN, "vmscan", "a flusher: reclaim meets too many dirty pages")		\
	X(SYNC, "sync", "a flusher, for sync(), syncfs() and such")			\
	X(PERIODIC, "periodic", "a flusher: dirty for longer than vm.dirty_expire_centisecs") \
	X(LAPTOP_TIMER, "laptop", "a flusher, in laptop mode: the disk runs anyway")	\
	X(FS_FREE_SPACE, "free-space", "a flusher: the file system runs out of space")	\
	X(FORKER_THREAD, "forker", "a task that makes flushers")			\
	X(FOREIGN_FLUSH, "foreign", "a flusher, for a memory cgroup that has pages in another's files") \
	X(DONTCACHE, "dontcache", "a flusher: what was written with RWF_DONTCACHE")

/* All reasons; those of DIRTIED, then those of WRITTEN. */
#define MMS_DIRTY_REASONS(X)								\
	X(NONE, "-", "no reason is told")						\
	X(WRITE, "write", "write() and such")						\
	X(MAPPED, "mapped", "a fault for writing, of memory that the file is mapped to") \
	X(REDIRTIED, "redirtied", "the file system could not write it now")		\
	X(OTHER, "other", "neither: what a file system does by itself, or with functions of its own") \
	X(FSYNC, "fsync", "the task itself: fsync(), msync(), O_SYNC and such")		\
	X(FLUSH, "flush",								\
	  "the task itself, and does not wait: sync_file_range(), POSIX_FADV_DONTNEED, and such") \
	X(RECLAIM, "reclaim", "a task that reclaims memory, page by page")		\
	X(UNKNOWN, "unknown", "a flusher, for a reason that is not known here")		\
	MMS_DIRTY_WB_REASONS(X)

enum mms_dirty_reason {
#define MMS_X(name, word, text) MMS_DIRTY_FOR_##name,
	MMS_DIRTY_REASONS(MMS_X)
#undef MMS_X
	MMS_NR_DIRTY_REASONS
};

/**
 * struct mms_dirty - what one task did to pages of one file, in a row. Pages, if no unit
 *	is said
 * @event: who; with THROTTLED latency is from the first to the last line of
 *	balance_dirty_pages(), with WRITTEN the same of do_writepages(), with WAITED what all
 *	waits together took, else from the first to the last folio
 * @inode: number of the file's inode, 0: not known
 * @offset: in the file, bytes: the lowest of these pages
 * @end: and behind the highest
 * @pages: of the folios that this is about
 * @age: WRITTEN: nanoseconds since inode->dirtied_when: when the first of what was dirty
 *	then became so
 * @memcg: id of the memory cgroup that it is written for, or whose writer waits; 0: none
 * @pause: THROTTLED: nanoseconds that the task was to sleep, in @folios pieces
 * @thresh: pages that may be dirty
 * @background: from how many on flushers work
 * @dirty: pages that were, with those that are being written
 * @limit: what @thresh was lately, if that was more
 * @wb_thresh: the same of this device alone
 * @wb_dirty: see @wb_thresh
 * @wb_rate: pages a second that the device is thought to write, for each who dirties
 * @task_rate: pages a second that this task may dirty
 * @folios: folios; THROTTLED: pauses
 * @generation: of the inode, see struct mms_trace_file
 * @dev: of the file's device, or of the block device that it is
 * @cause: enum mms_dirty_cause
 * @reason: enum mms_dirty_reason
 * @is_block: the file is a block device: its own pages, or the file system's on it
 * @pad: 0
 * @bdi: name of the device as /sys/class/bdi/ has it, ends with NUL or is cut
 */
struct mms_dirty {
	struct mms_event event;
	__u64 inode;
	__u64 offset;
	__u64 end;
	__u64 pages;
	__u64 age;
	__u64 memcg;
	__u64 pause;
	__u64 thresh;
	__u64 background;
	__u64 dirty;
	__u64 limit;
	__u64 wb_thresh;
	__u64 wb_dirty;
	__u64 wb_rate;
	__u64 task_rate;
	__u32 folios;
	__u32 dev;
	__u32 generation;
	__u8 cause;
	__u8 reason;
	__u8 is_block;
	__u8 pad;
	char bdi[32];
};

#endif /* MMS_BPF_DIRTY_H */
