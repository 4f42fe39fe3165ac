/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running mmscope trace on a workload. A test program of a tracer is its workload, too:
 * $MMS_WORKLOAD names it, and the constructor of be_workload() ends the program with it.
 */
#ifndef MMS_TEST_TRACER_H
#define MMS_TEST_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MMS_MAX_EVENTS 20000

/* The command, which stands two directories above; false: it is not built. */
bool mms_find_tool(void);
extern char mms_tool_path[512];

/**
 * struct mms_workload - what is traced
 * @name: what it is called on the command line
 * @run: its result is the exit status
 */
struct mms_workload {
	const char *name;
	int (*run)(void);
};

/* Be the workload of $MMS_WORKLOAD, if there is one of these; ends with one without a name. */
void mms_be_workload(const struct mms_workload *workloads);

/**
 * struct mms_said - what a tracer said
 * @text: all of it; the lines point into it
 * @event: lines of JSON, @events of them; @first and @end are those around them
 * @first: see @event
 * @end: see @event
 * @events: see @event
 * @status: exit status
 */
struct mms_said {
	char *text, *event[MMS_MAX_EVENTS], *first, *end;
	size_t events;
	int status;
};

/* mmscope trace TRACER -j OPTIONS, with a workload of this program unless it is NULL. */
void mms_trace_once(struct mms_said *s, const char *tracer, const char *options, const char *workload);
/*
 * The same until it says that no call of a hook was missed: where the kernel is preemptible some are,
 * and what is told then is not all (test_trace.what_is_missed_is_counted).
 */
void mms_trace(struct mms_said *s, const char *tracer, const char *options, const char *workload);
#define MMS_TIMES 7	/* again, where calls were missed */
/* Did it say that calls were missed? Then it is to be done once more, and @s is freed. */
bool mms_missed(struct mms_said *s);
/* As mms_trace_once(), of the whole machine: @work() is done once the tracer watches, then it gets SIGINT. */
void mms_trace_while(struct mms_said *s, const char *tracer, const char *options, void (*work)(void));
/* The value of a key as it stands in a line, without quotes; in @buf, of 256 bytes. */
const char *mms_value(const char *line, const char *key, char *buf);
uint64_t mms_number(const char *line, const char *key);
/* Events with this value. */
size_t mms_count(const struct mms_said *s, const char *key, const char *value);
/* The first events, and the end, for one who looks for what went wrong. */
void mms_tell(const struct mms_said *s);
/* A line of a shell, where $tool is the command, $me this program: its output and exit status. */
int mms_shell(char **ret_text, const char *format, ...);
/* The same as mms_trace() does it: once more while a tracer says, there or on stderr, that calls were missed. */
int mms_shell_tracer(char **ret_text, const char *format, ...);

/* faultwork.c */
#define MMS_WORK_BASE	0x100000000000UL
#define MMS_WORK_ROOM	(64UL << 20)
#define MMS_WORK_RANGE	"-a 0x100000000000+64M"
#define MMS_WORK_CGROUP	"/sys/fs/cgroup/mms-faults"
#define MMS_WORK_THREADS 8
#define MMS_WORK_CONTENDED (MMS_WORK_THREADS * 1009UL)
#define MMS_WORK_DELAY	20 /* ms that the handler of userfaultfd takes */
extern const struct mms_workload mms_fault_workloads[];

/* ---- for tests of trace faults ------------------------------------------ */

#define NEED_TOOL()								\
	if (!mms_find_tool())							\
		SKIP(return, "%s is not built", mms_tool_path)

#define TRACE(s, options, workload, all)					\
	NEED_TOOL();								\
	mms_trace(&s, "faults", options, workload);				\
	if (s.events != (all))							\
		mms_tell(&s);							\
	EXPECT_EQ(all, s.events);						\
	ASSERT_NE(NULL, s.end);							\
	EXPECT_EQ(0, mms_number(s.end, "lost"));				\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"))

/* All events of a workload, with any cause: those expected, none else */
#define EXPECT_CAUSE(s, cause, n)						\
	EXPECT_EQ(n, mms_count(s, "cause", cause)) TH_LOG("%s", cause)

#endif
