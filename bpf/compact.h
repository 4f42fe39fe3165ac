/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What compact.bpf.c and the tool share. */
#ifndef MMS_BPF_COMPACT_H
#define MMS_BPF_COMPACT_H

#include "trace.h"

/* For whom a zone was compacted: X(NAME, word, text). */
#define MMS_COMPACT_CAUSES(X)								\
	X(KCOMPACTD, "kcompactd", "kcompactd was woken, as reclaim found too little in one piece") \
	X(DIRECT, "direct", "an allocation found no block of its order and compacts itself") \
	X(PROACTIVE, "proactive", "kcompactd by itself, by vm.compaction_proactiveness") \
	X(WHOLE, "whole", "all of the zone, as compact_memory or a node's compact was written to")

enum mms_compact_cause {
#define MMS_X(name, word, text) MMS_COMPACT_##name,
	MMS_COMPACT_CAUSES(MMS_X)
#undef MMS_X
	MMS_NR_COMPACT_CAUSES
};

/*
 * Outcomes by their names in enum compact_result, include/linux/compaction.h: X(NAME,
 * word, text).
 */
#define MMS_COMPACT_KNOWN(X)								\
	X(NOT_SUITABLE_ZONE, "not-suitable-zone", "it would do no good in this zone")	\
	X(SKIPPED, "skipped", "the zone has too little free memory to work with")	\
	X(DEFERRED, "deferred", "it has failed too often lately")			\
	X(NO_SUITABLE_PAGE, "no-suitable-page", "no block was large enough after it")	\
	X(CONTINUE, "continue", "not done yet")						\
	X(COMPLETE, "complete", "the whole zone was gone through, and no block came of it") \
	X(PARTIAL_SKIPPED, "partial-skipped",						\
	  "a part of the zone was gone through, and no block came of it")		\
	X(CONTENDED, "contended", "given up: others wanted the locks, or a signal came") \
	X(SUCCESS, "success", "there is a block of the order")

/* All outcomes. */
#define MMS_COMPACT_RESULTS(X)								\
	X(UNKNOWN, "unknown", "an outcome that is not known here")			\
	MMS_COMPACT_KNOWN(X)

enum mms_compact_result {
#define MMS_X(name, word, text) MMS_COMPACT_RESULT_##name,
	MMS_COMPACT_RESULTS(MMS_X)
#undef MMS_X
	MMS_NR_COMPACT_RESULTS
};

/**
 * struct mms_compact - one zone is compacted, from the first to the last line of
 *	compact_zone(). Pages, if no unit is said
 * @event: who did it
 * @scanned: looked at for pages that could be moved, compact_control.total_migrate_scanned
 * @free_scanned: looked at for free ones to move them to, total_free_scanned
 * @moved: that were moved
 * @failed: that were to be moved, and stayed
 * @lists: calls of migrate_pages()
 * @node: the node
 * @order: of the block that is wanted, -1: none in particular
 * @cause: enum mms_compact_cause
 * @result: enum mms_compact_result
 * @mode: enum mms_migrate_mode, bpf/migrate.h
 * @pad: 0
 * @zone: name of the zone, ends with NUL or is cut
 */
struct mms_compact {
	struct mms_event event;
	__u64 scanned;
	__u64 free_scanned;
	__u64 moved;
	__u64 failed;
	__u32 lists;
	__u16 node;
	__s8 order;
	__u8 cause;
	__u8 result;
	__u8 mode;
	__u8 pad[6];
	char zone[8];
};

#endif /* MMS_BPF_COMPACT_H */
