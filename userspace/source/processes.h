/* SPDX-License-Identifier: GPL-2.0-only */
/* All processes of a machine, or of a file that they were saved to, one after the other. */
#ifndef MMS_SOURCE_PROCESSES_H
#define MMS_SOURCE_PROCESSES_H

#include <dirent.h>
#include "parts.h"
#include "source.h"
#include "../model/ps.h"

#define MMS_PS_NODES	64

/**
 * struct mms_processes - processes being read
 * @args: where from
 * @parts: where they are saved, or were read from
 * @saved: those of the file, @nr_saved rows: one of no node for each process, and behind it
 *	one for each node that it has memory on; the next one is @at
 * @nr_saved: see @saved
 * @at: see @saved
 * @dir: /proc, NULL for those of a file
 * @module: from the module, which is asked again and again on open files
 * @maps: its streams, open if @module; @entries only for nodes
 * @summary: see @maps
 * @entries: see @maps
 * @plain: no stream, but its ctx is for the rows
 * @ps: the process read last
 * @rss: its memory on each node, if @nodes
 * @nodes: memory on each node is wanted
 * @kernel: see struct mms_ps_total
 * @gone: see @kernel
 */
struct mms_processes {
	const struct mms_source_args *args;
	struct mms_parts *parts;
	const struct mms_ps_node *saved;
	size_t nr_saved, at;
	DIR *dir;
	bool module;
	bool nodes;
	struct mms_stream maps, summary, entries, plain;
	struct mms_ps ps;
	u64 rss[MMS_PS_NODES];
	u64 kernel, gone;
};

/* -1 with @err filled. */
int mms_processes_open(struct mms_processes *p, const struct mms_source_args *args,
		       struct mms_parts *parts, bool nodes, struct mms_err *err);
/* One process: 1: p->ps is filled; 0: it is a kernel thread or gone, which is counted; -1. */
int mms_processes_read(struct mms_processes *p, s32 pid, struct mms_err *err);
/* The next process of the machine: 1: p->ps is filled; 0: that was the last; -1. */
int mms_processes_next(struct mms_processes *p, struct mms_err *err);
void mms_processes_close(struct mms_processes *p);

#endif /* MMS_SOURCE_PROCESSES_H */
