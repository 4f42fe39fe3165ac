/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session is one open file: its target, its query, its place in the stream.
 * All state of a reader is in here; the module itself has none.
 */
#ifndef MMS_SESSION_H
#define MMS_SESSION_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include "view.h"

struct mm_struct;
struct pid;
struct pid_namespace;

enum mms_phase {
	MMS_PHASE_IDLE,		/* no query yet */
	MMS_PHASE_ROWS,		/* the view has more */
	MMS_PHASE_END,		/* only the END record is left to give */
	MMS_PHASE_DONE,
};

/**
 * struct mms_session - one open file
 * @view: what is read
 * @lock: serialises readers that share the open file
 * @ns: pid namespace of the opener; a query's pid is looked up in it
 * @pid: target's thread group; a reference is held, NULL for none
 * @mm: target's address space; mm_count is held (not mm_users), so that an
 *	exit is not delayed by an open file
 * @query: as last accepted
 * @state: view->state_size bytes for the view
 * @scratch: a page for whoever fills, without a value between two fills
 * @out: records gathered and not yet read
 * @phase: where in the stream
 * @error: sticky: once a stream has failed it stays so until the next query
 * @bits: MMS_BITS_* of this kernel, for whoever prints entries
 * @syslog: the opener may see kernel addresses
 * @chunks: how often the view was asked to go on
 * @max_hold_ns: longest that a fill() held the lock others wait for
 * @end_flags: MMS_END_* that the view has to say, besides MMS_END_RACED
 * @time_ns: CLOCK_BOOTTIME when the stream began
 */
struct mms_session {
	const struct mms_view *view;
	struct mutex lock;
	struct pid_namespace *ns;
	struct pid *pid;
	struct mm_struct *mm;
	struct mms_query query;
	void *state;
	void *scratch;
	struct mms_out out;
	enum mms_phase phase;
	int error;
	u64 bits;
	bool syslog;
	u32 chunks;
	u32 max_hold_ns;
	u32 end_flags;
	u64 time_ns;
};

struct mms_session *mms_session_create(const struct mms_view *view, struct file *file);
void mms_session_destroy(struct mms_session *s);
int mms_session_target(struct mms_session *s, struct pid *pid);
int mms_session_kernel(struct mms_session *s);
int mms_may_open(struct file *file, bool kernel);
int mms_session_query(struct mms_session *s, const char __user *buf, size_t len);
int mms_session_begin(struct mms_session *s, const struct mms_query *q);
int mms_session_fill(struct mms_session *s);
struct mm_struct *mms_session_get_mm(struct mms_session *s);
ssize_t mms_raw_read(struct mms_session *s, char __user *buf, size_t count);

#endif /* MMS_SESSION_H */
