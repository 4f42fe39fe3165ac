/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What programs that trace share with the tool. Program and tool are built together, so
 * this is no ABI. Whoever includes one of these headers has the __u types before: from
 * vmlinux.h or from <linux/types.h>.
 */
#ifndef MMS_BPF_TRACE_H
#define MMS_BPF_TRACE_H

/**
 * struct mms_trace_filter - what of it is wanted: decided in the kernel, before a
 *	record is made. 0 means that nothing is asked.
 * @min_latency: in nanoseconds
 * @start: addresses from start up to but not end; end 0: all
 * @end: see @start
 * @cgroup: id of the cgroup (v2): inode of its directory
 * @causes: bits by the tracer's own numbers
 * @sample: each so many-th on each CPU
 * @tgid: this process alone, by its number in the initial pid namespace
 * @many: those in the map tgids
 * @child: with @many: this one, when it has called exec, and what those in the map fork
 * @more: one of many, cgroup and comm is asked for
 * @comm: tasks with this name
 * @comm_len: of it, 0: any
 */
struct mms_trace_filter {
	__u64 min_latency;
	__u64 start;
	__u64 end;
	__u64 cgroup;
	__u64 causes;
	__u32 sample;
	__u32 tgid;
	__u32 many;
	__u32 child;
	char comm[16];
	__u32 comm_len;
	__u32 more;
};

/**
 * struct mms_trace_count - of one CPU
 * @seen: with filter.sample: events of which each so many-th was taken; else 0
 * @sent: records that were made
 * @lost: records for which the ring buffer had no room
 * @no_slot: events that were not followed: too many at once, or their beginning was not seen
 */
struct mms_trace_count {
	__u64 seen;
	__u64 sent;
	__u64 lost;
	__u64 no_slot;
};

/*
 * Stands for an address of the kernel where those are not to be seen. No processor has such an
 * address.
 */
#define MMS_TRACE_HIDDEN	(1ULL << 63)

/* Values below 8 as they are, above in steps of a quarter of their power of two. */
#define MMS_TRACE_BUCKETS	256

/**
 * struct mms_trace_sum - what is summed up in the kernel, for each CPU and cause
 * @count: events; programs leave it 0, as it is the sum of @buckets
 * @total: their latencies, in nanoseconds
 * @max: the longest
 * @buckets: how many of each latency, see mms_trace_bucket()
 */
struct mms_trace_sum {
	__u64 count;
	__u64 total;
	__u64 max;
	__u64 buckets[MMS_TRACE_BUCKETS];
};

/* What a record is: its first 32 bits. */
enum mms_trace_type {
	MMS_TRACE_FILE = 1,	/* struct mms_trace_file */
	MMS_TRACE_STACK,	/* struct mms_trace_stack, of recordings alone */
	MMS_TRACE_SYMBOL,	/* struct mms_trace_symbol, the same */
	MMS_TRACE_END,		/* struct mms_trace_end, the same */
	MMS_TRACE_LOOK,		/* struct mms_trace_look, never of a recording */
	MMS_TRACE_EXEC,		/* struct mms_trace_exec */
	MMS_TRACE_EVENT = 16,	/* what the tracer tells: begins with struct mms_event */
};

/**
 * struct mms_event - how the record of an event begins, whichever tracer's it is
 * @type: MMS_TRACE_EVENT
 * @tgid: process, in the initial pid namespace
 * @tid: thread, in the same
 * @cpu: where it ended
 * @time: when it began, CLOCK_MONOTONIC
 * @latency: how long it took, in nanoseconds
 * @cgroup: id of the task's cgroup (v2)
 * @user_stack: keys of the map stacks, negative: none
 * @kernel_stack: see @user_stack
 * @comm: of the task
 */
struct mms_event {
	__u32 type;
	__u32 tgid;
	__u32 tid;
	__u32 cpu;
	__u64 time;
	__u64 latency;
	__u64 cgroup;
	__s32 user_stack;
	__s32 kernel_stack;
	char comm[16];
};

#define MMS_TRACE_NAMES	32	/* parts of a path that are kept, the last ones */
#define MMS_TRACE_NAME	64	/* bytes of each */
#define MMS_TRACE_CGROUP 0xffffffffU	/* no device has it */

/**
 * struct mms_trace_file - the name of a file or cgroup, sent before the first record with it
 * @type: MMS_TRACE_FILE
 * @dev: device, as the kernel numbers it: major << 20 | minor; MMS_TRACE_CGROUP: a cgroup
 * @inode: in it; the cgroup's id
 * @generation: of the inode: which of the files that have had this number
 * @nr: parts of the path
 * @cut: there were more
 * @pad: 0
 * @name: the parts, the last first, each ends with NUL or is cut
 */
struct mms_trace_file {
	__u32 type;
	__u32 dev;
	__u64 inode;
	__u32 generation;
	__u32 nr;
	__u32 cut;
	__u32 pad;
	char name[MMS_TRACE_NAMES][MMS_TRACE_NAME];
};

/* A file with code. */
struct mms_trace_code {
	__u64 inode;
	__u64 dev;	/* as the kernel numbers it: major << 20 | minor */
};

/**
 * struct mms_trace_look - a process is stopped before it runs what it has just mapped
 * @type: MMS_TRACE_LOOK
 * @tgid: it
 * @code: what is new
 */
struct mms_trace_look {
	__u32 type;
	__u32 tgid;
	struct mms_trace_code code;
};

/**
 * struct mms_trace_exec - from here on a process runs another program: what its addresses were
 *	called is over
 * @type: MMS_TRACE_EXEC
 * @tgid: it
 */
struct mms_trace_exec {
	__u32 type;
	__u32 tgid;
};

/* ---- recordings of a tracer: userspace/tracer/recording.c ------------------ */

/* Another one is not read: to be raised with each change of a record. */
#define MMS_TRACE_VERSION	5
#define MMS_TRACE_MAGIC		"mmstrace"

/**
 * struct mms_trace_header - the beginning; what follows is for each record its size, as
 *	64 bits, and the record, to a multiple of 8 bytes
 * @magic: MMS_TRACE_MAGIC, without NUL
 * @version: MMS_TRACE_VERSION
 * @size: of this
 * @tracer: its name
 * @begin: CLOCK_MONOTONIC before the first program was attached
 * @hooked: bits of the tracer's hooks that the kernel had
 * @unused: of those that were not asked for
 */
struct mms_trace_header {
	char magic[8];
	__u32 version;
	__u32 size;
	char tracer[16];
	__u64 begin;
	__u64 hooked;
	__u64 unused;
};

/**
 * struct mms_trace_stack - what two stacks are called, before the first event with them
 * @type: MMS_TRACE_STACK
 * @tgid: whose
 * @user: their keys
 * @kernel: see @user
 * @text: functions, ends with NUL
 */
struct mms_trace_stack {
	__u32 type;
	__s32 tgid;
	__s32 user;
	__s32 kernel;
	char text[];
};

/**
 * struct mms_trace_symbol - what an address is called, before the first event with it
 * @type: MMS_TRACE_SYMBOL
 * @tgid: whose, -1: the kernel's
 * @address: it
 * @text: function and line, each ends with NUL
 */
struct mms_trace_symbol {
	__u32 type;
	__s32 tgid;
	__u64 address;
	char text[];
};

/**
 * struct mms_trace_end - the last record
 * @type: MMS_TRACE_END
 * @nr_cpus: of @count
 * @end: CLOCK_MONOTONIC
 * @missed: calls of programs that were not made, see mms_trace.missed
 * @count: what each CPU has counted
 */
struct mms_trace_end {
	__u32 type;
	__u32 nr_cpus;
	__u64 end;
	__u64 missed;
	struct mms_trace_count count[];
};

#endif /* MMS_BPF_TRACE_H */
