/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the procfs source share: readers of a stock kernel's files. */
#ifndef MMS_SOURCE_PROCFS_H
#define MMS_SOURCE_PROCFS_H

#include "source.h"

#define MMS_WHY_MODULE	"needs the module: sudo mmscope load"

/**
 * struct mms_lines - a text file read line by line, whatever its size
 * @fd: the file
 * @buf: @size bytes, read but not used from @pos to @len
 * @size: see @buf
 * @pos: see @buf
 * @len: see @buf
 * @last: where the line given last begins
 * @eof: all of the file was read
 * @error: errno of a read that failed, or 0
 */
struct mms_lines {
	int fd;
	char *buf;
	size_t size, pos, len, last;
	bool eof;
	int error;
};

int mms_lines_init(struct mms_lines *lines, int fd);
void mms_lines_deinit(struct mms_lines *lines);
/* The next line; it ends at *@ret_end, where a newline or NUL stands. False at the end. */
bool mms_lines_next(struct mms_lines *lines, char **ret_line, char **ret_end);
/* Give the same line again. */
void mms_lines_unread(struct mms_lines *lines);

/**
 * struct mms_smaps - the VMAs of a process with their counters, one by one
 * @lines: of /proc/PID/smaps, or of maps where that cannot be read
 * @numa: of /proc/PID/numa_maps, @numa.fd -1 without
 * @full: it is smaps
 * @have: MMS_HAS(maps, ...) of the fields that the last VMA had
 * @rec: the last VMA
 * @name: its name, unescaped, @len bytes; belongs to @lines
 * @len: see @name
 */
struct mms_smaps {
	struct mms_lines lines;
	struct mms_lines numa;
	bool full;
	u64 have;
	struct mms_maps_rec rec;
	char name[4096 + 256];
	size_t len;
};

int mms_smaps_open(struct mms_smaps *smaps, const char *root, s32 pid, bool numa,
		   struct mms_err *err);
/* 1: the next VMA of the user half; 0: the end; -errno */
int mms_smaps_next(struct mms_smaps *smaps);
void mms_smaps_close(struct mms_smaps *smaps);

/* The error for a file of process @pid that could not be opened or read. */
int mms_procfs_error(s32 pid, const char *file, int error, struct mms_err *err);
/* The number behind @name, "\nNAME:", in a text of lines. */
bool mms_procfs_number(const char *text, const char *name, unsigned int base, u64 *ret_value);
/* 0, or -1 with @err filled: the process is gone, or never had an address space. */
int mms_procfs_alive(const char *root, s32 pid, struct mms_err *err);

/**
 * struct mms_kpage - what the files about page frames tell of one frame
 * @flags: /proc/kpageflags
 * @count: /proc/kpagecount
 * @cgroup: /proc/kpagecgroup
 */
struct mms_kpage {
	u64 flags, count, cgroup;
};

/**
 * struct mms_kpages - the files about page frames
 * @flags: descriptors, -1 for one that cannot be read
 * @count: see @flags
 * @cgroup: see @flags
 * @block: frames whose flags are in @cache
 * @cache: see @block
 * @head: first frame of the folio looked up last
 * @order: its order
 * @known: there is one
 * @ksm_wrong: this kernel shows KPF_KSM for every anonymous page
 */
struct mms_kpages {
	int flags, count, cgroup;
	u64 block;
	u64 cache[64];
	u64 head;
	u8 order;
	bool known;
	bool ksm_wrong;
};

void mms_kpages_open(struct mms_kpages *k, const char *root);
void mms_kpages_close(struct mms_kpages *k);
/*
 * @nr frames from @pfn on. How many there are before the end of memory; flags
 * are KPF_NOPAGE beyond.
 */
unsigned int mms_kpages_read(struct mms_kpages *k, u64 pfn, unsigned int nr,
			     struct mms_kpage *ret_pages);
/* Order of the folio of @pfn, whose flags are @flags, and its place there. */
void mms_kpages_folio(struct mms_kpages *k, u64 pfn, u64 flags, u8 *ret_order, u32 *ret_page);
/* The memory cgroup of one frame. */
u64 mms_kpages_cgroup(struct mms_kpages *k, u64 pfn);

/* /proc/PID/pagemap */
#define MMS_PM_PFN(word)	((word) & (BIT(55) - 1))
#define MMS_PM_SOFT_DIRTY	BIT(55)
#define MMS_PM_EXCLUSIVE	BIT(56)
#define MMS_PM_UFFD_WP		BIT(57)
#define MMS_PM_GUARD		BIT(58)
#define MMS_PM_FILE		BIT(61)
#define MMS_PM_SWAP		BIT(62)
#define MMS_PM_PRESENT		BIT(63)
#define MMS_PM_TYPE(word)	((word) & 31)
#define MMS_PM_OFFSET(word)	(MMS_PM_PFN(word) >> 5)
#define MMS_PM_MARKER		31	/* type of markers, the last there is */

/* Types of special entries begin here at the earliest; swap areas lie below. */
#define MMS_PM_SPECIAL		22

/* Does this kernel's pagemap have PAGEMAP_SCAN? */
bool mms_pagemap_scans(int fd);

/* The word of pagemap behind the row that a pgtable stream of this source gave last. */
u64 mms_procfs_word(const struct mms_stream *stream);
/* Whether its level is known, and not only the size of the pages it is shown in. */
bool mms_procfs_level_known(const struct mms_stream *stream);

/* Whether its KPF_KSM means something. */
bool mms_procfs_ksm(const struct mms_stream *stream);

/* One view of the source, as struct mms_source_ops; @system: it is about no process. */
struct mms_procfs_view {
	int (*open)(struct mms_stream *stream, struct mms_err *err);
	int (*next)(struct mms_stream *stream, struct mms_err *err);
	void (*close)(struct mms_stream *stream);
	bool system;
};

extern const struct mms_procfs_view mms_procfs_maps;
extern const struct mms_procfs_view mms_procfs_summary;
extern const struct mms_procfs_view mms_procfs_cache;
extern const struct mms_procfs_view mms_procfs_pgtable;
extern const struct mms_procfs_view mms_procfs_zones;
extern const struct mms_procfs_view mms_procfs_buddy;
extern const struct mms_procfs_view mms_procfs_buddyinfo;
extern const struct mms_procfs_view mms_procfs_pfns;

#endif /* MMS_SOURCE_PROCFS_H */
