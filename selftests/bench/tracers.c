// SPDX-License-Identifier: GPL-2.0-only
/* Cases of the tracers, beside what bpftrace and perf add for the same. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

/* It is attached when that is written, and does nothing of its own afterwards. */
#define BPFTRACE(program) { "bpftrace", "-e", program }
#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"
#define PID "PID" /* stands for this process's number */

/**
 * struct other - a tracer of somebody else's, for the same
 * @name: what it is called in the table
 * @told: how it is seen that it has told all
 * @argv: its command
 */
struct other {
	const char *name;
	enum told told;
	const char *argv[13];
};

/**
 * struct tracer_case - a tracer of ours
 * @name: what it is called in the table
 * @limit: what it may add; 0: there is none
 * @work: what is traced
 * @argv: behind mmscope trace
 * @other: for the same
 * @told: TOLD_OURS, or that there is nothing to tell
 */
struct tracer_case {
	const char *name;
	double limit;
	traced_work *work;
	const char *argv[7];
	struct other other[2];
	enum told told;
};

/* The first has a limit that is a part of what a page costs without it. */
static struct tracer_case reclaims[] = {
	{ "episodes of reclaim as text", 0, work_reclaim, { "reclaim" }, {} },
	{ "each page evicted, into a recording", 0, work_reclaim,
	  { "reclaim", "--cause", "+evicted", "--record", "/tmp/reclaim" }, {} },
};

static const struct tracer_case faults[] = {
	{ "faults of another process", 400, work_fault, { "faults", "-p", "1" },
	  { { "bpftrace, count of another's", TOLD_NOTHING,
	      BPFTRACE("kfunc:handle_mm_fault /pid == 1/ { @ = count(); }") } },
	  TOLD_OURS_NONE },
	{ "faults of another process, by a breakpoint", 250, work_fault, { "faults", "-p", "1", "--breakpoint" }, {}, TOLD_OURS_NONE },
	{ "faults summed up by cause", 900, work_fault, { "faults", "--summary" },
	  { { "bpftrace, histogram of latency", TOLD_HISTOGRAM,
	      BPFTRACE("kfunc:handle_mm_fault { @begin[tid] = nsecs; } "
		       "kretfunc:handle_mm_fault /@begin[tid]/ { @ = hist(nsecs - @begin[tid]); delete(@begin[tid]); }") } } },
	{ "faults into a recording", 2000, work_fault, { "faults", "--record", "/tmp/faults" },
	  { { "perf record -e page-faults -c 1", TOLD_PERF,
	      { "perf", "record", "-m", "16M", "-e", "page-faults", "-c", "1", "-a", "-o", PERF_DATA } } } },
	{ "faults into a recording, by a breakpoint", 0, work_fault,
	  { "faults", "-p", PID, "--breakpoint", "--record", "/tmp/faults" }, {} },
	{ "faults as text", 3000, work_fault, { "faults" },
	  { { "bpftrace, printf", TOLD_LINES,
	      BPFTRACE("kfunc:handle_mm_fault { printf(\"%d %s %lx\\n\", pid, comm, args->address); }") },
	    { "perf trace -F all", TOLD_LINES, { "perf", "trace", "-m", "16M", "-F", "all", "--no-syscalls", "-a", "-o", TRACER_OUT } } } },
	{ "faults as JSON", 0, work_fault, { "faults", "-j" }, {} },
};

/* Added to an event, or a page of one; what it is stands in the name. */
#define FAMILY(name, work, tracer, ...)						\
	{ name ", summed up", 0, work, { tracer, "--summary" }, { __VA_ARGS__ } }, \
	{ name ", into a recording", 0, work, { tracer, "--record", "/tmp/recorded" }, {} }
#define COUNTED(name, probes) { "bpftrace, count of " name, TOLD_COUNT, BPFTRACE(probes " { @ = count(); }") }

static const struct tracer_case family[] = {
	FAMILY("alloc: an allocation", work_fault, "alloc", COUNTED("mm_page_alloc", "tracepoint:kmem:mm_page_alloc")),
	FAMILY("mmap: a call", work_mmap, "mmap",
	       COUNTED("system calls", "tracepoint:syscalls:sys_exit_mmap,tracepoint:syscalls:sys_exit_munmap")),
	FAMILY("cache: a read", work_cache, "cache", COUNTED("folio_mark_accessed", "kprobe:folio_mark_accessed")),
	FAMILY("tlb: a flush", work_tlb, "tlb", COUNTED("tlb_flush", "tracepoint:tlb:tlb_flush")),
	FAMILY("swap: a page out or in", work_swap, "swap",
	       COUNTED("writes and reads", "kprobe:swap_writepage,kprobe:swap_read_folio")),
	FAMILY("dirty: a page dirtied and written", work_dirty, "dirty",
	       COUNTED("writeback_dirty_folio", "tracepoint:writeback:writeback_dirty_folio")),
	FAMILY("thp: a split", work_thp, "thp", {}),
	FAMILY("ksm: a page parted", work_ksm, "ksm", {}),
	{ "heap: a call, summed up", 0, work_heap, { "heap", "--summary", "-p", PID },
	  { { "bpftrace, count of malloc and free", TOLD_COUNT,
	      BPFTRACE("uprobe:" LIBC ":malloc,uprobe:" LIBC ":free { @ = count(); }") } } },
	{ "heap: a call, into a recording", 0, work_heap, { "heap", "--record", "/tmp/recorded", "-p", PID }, {} },
};

/* On a machine with two nodes, where scripts/bench asks for no other case. */
static const struct tracer_case between_nodes[] = {
	FAMILY("migrate: a page moved", work_migrate, "migrate", {}),
};

static void other_tracer(struct peer *p, traced_work *work, const struct other *o)
{
	char *argv[16] = { NULL };
	struct traced t;

	memcpy(argv, o->argv, sizeof(o->argv));
	t = traced_added(work, argv, o->told);
	*p = (struct peer){ .name = o->name, .value = t.added, .why = t.why, .lost = t.lost };
}

static void tracer_case(char *tool, const char *only, const struct tracer_case *c)
{
	char *argv[16] = { tool, "trace" }, pid[16];
	struct result r = { .unit = "+ instr", .ours = NAN, .why = "there is no mmscope to run", .rows = -1 };
	unsigned int n = 0;
	struct traced t;

	if (!strstr(c->name, only))
		return;
	snprintf(pid, sizeof(pid), "%d", getpid());
	for (unsigned int i = 0; c->argv[i]; i++)
		argv[i + 2] = strcmp(c->argv[i], PID) ? (char *)c->argv[i] : pid;
	snprintf(r.name, sizeof(r.name), "%s", c->name);
	if (tool) {
		t = traced_added(c->work, argv, c->told);
		r.ours = t.added;
		r.error = t.error;
		r.why = t.why;
	}
	if (c->limit)
		r.peer[n++] = (struct peer){ .name = "limit", .value = c->limit, .goal = 1 };
	for (unsigned int i = 0; i < 2 && c->other[i].name; i++)
		other_tracer(&r.peer[n++], c->work, &c->other[i]);
	report(r);
}

/* Is one of @n cases asked for? */
static bool wanted(const char *only, const struct tracer_case *c, unsigned int n)
{
	while (n--)
		if (strstr(c[n].name, only))
			return true;
	return false;
}

static void kernels_own(const char *name, const char *what, const char *unit, double value, const char *why)
{
	struct result r = { .unit = unit, .ours = NAN, .rows = -1, .peer = { { .name = what, .value = value, .why = why } } };

	snprintf(r.name, sizeof(r.name), "%s", name);
	report(r);
}

#define CASES(tool, only, cases)						\
	do {									\
		for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) \
			tracer_case(tool, only, &(cases)[i]);			\
	} while (0)

#define WANTED(only, cases) wanted(only, cases, sizeof(cases) / sizeof(cases[0]))

void tracer_cases(char *tool, const char *only)
{
	const char *why;
	double cost;

	if (WANTED(only, reclaims)) {
		cost = untraced(work_reclaim);
		kernels_own("a page evicted", "untraced", "instr", cost, NULL);
		reclaims[0].limit = 0.03 * cost;
		CASES(tool, only, reclaims);
	}
	if (WANTED(only, faults)) {
		kernels_own("an anonymous fault", "untraced", "instr", untraced(work_fault), NULL);
		cost = fault_floor(&why);
		kernels_own("the same with two empty programs", "fentry and fexit", "+ instr", cost, why);
		CASES(tool, only, faults);
	}
	CASES(tool, only, family);
	if (!access("/sys/devices/system/node/node1", F_OK))
		CASES(tool, only, between_nodes);
	else if (*only && WANTED(only, between_nodes))
		die("%s: this machine has one node (vm-run --numa 2)", only);
}
