/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mmscope costs in executed instructions, beside the kernel's own files:
 * a clock that counts instructions, processes to be looked at, and the two
 * ways to look at them.
 */
#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../module/uapi/mmscope.h"

#define PAGE 4096UL
#define MIB (1UL << 20)
#define READ_BUFFER MIB /* what a read is given, for both sides */

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *buffer(size_t bytes); /* zeroed, and its pages are there */

/* ---- measure.c --------------------------------------------------------- */

/**
 * struct cost - what a piece of work executes
 * @instructions: the least of all repetitions, without the measurement's own; NAN if it
 *	cannot be done here
 * @spread: how much more the next best took, as a part of it
 */
struct cost {
	double instructions;
	double spread;
};

typedef void work_fn(void *arg);

/* ends the program if a nanosecond is not an instruction */
void measure_init(void);
struct cost measure(work_fn *work, void *arg);
/* work that tells itself what it took, in nanoseconds */
typedef double cost_fn(void *arg);
struct cost measure_by(cost_fn *cost, void *arg);
/* the worst spread of all that measure() has measured so far */
double measure_spread(void);

/* ---- table.c ----------------------------------------------------------- */

/**
 * struct peer - what we are compared with
 * @name: of the file or command
 * @value: NAN if it cannot be measured here, @why says why
 * @why: see @value
 * @goal: below 1: ours may be this part of it at most; above 1: it has to take this many
 *	times as much as ours; 0 for no goal
 * @lost: part of what it was to tell that it did not
 */
struct peer {
	const char *name;
	double value;
	const char *why;
	double goal;
	double lost;
};

#define PEERS 3

/**
 * struct result - a case
 * @name: of the case
 * @unit: what a cost is for
 * @ours: NAN if it cannot be measured here, @why says why
 * @why: see @ours
 * @rows: rows of the stream, -1 for none
 * @error: how much @ours may be off by what else is measured with it; 0: it is measured alone
 * @peer: those without a name are not there
 */
struct result {
	char name[64];
	const char *unit;
	double ours;
	const char *why;
	long rows;
	double error;
	struct peer peer[PEERS];
};

/* prints a case, and remembers it for the JSON */
void report(struct result r);
void table_head(void);
void table_json(const char *path);
/* goals that were missed so far */
unsigned int table_missed(void);

/* ---- target.c ---------------------------------------------------------- */

/**
 * struct target - a process that stands still, with a mapping to be looked at
 * @pid: of the process
 * @start: the mapping
 * @len: its length
 * @pages: pages of it that are there
 */
struct target {
	pid_t pid;
	uint64_t start, len;
	size_t pages;
};

/* page frames in the order of the addresses, as far as the kernel gives them so */
struct target target_in_order(size_t pages);
/* page frames at random, and none of them beside another one of the process */
struct target target_scattered(size_t pages);
/* memory in which every second page is free again, for as long as this program runs */
void target_scraps(size_t pages);
/* all but one page is only reserved */
struct target target_reserved(size_t len);
/* one page, which so many processes map */
struct target target_shared(size_t processes);
/* one page of a file, mapped so often by one process */
struct target target_mapped(size_t mappings);
/* the process ends, and its memory is free again */
void target_end(const struct target *t);

/* ---- cached.c ---------------------------------------------------------- */

/**
 * struct cached - files of tmpfs with pages in the page cache
 * @fd: an open one of each, @files of them
 * @files: see @fd
 * @pages: of all together
 */
struct cached {
	int *fd;
	size_t files, pages;
};

struct cached cached_make(size_t files, size_t pages);
void cached_drop(struct cached *c);
work_fn cached_mincore; /* of each file of a struct cached */

/* ---- works.c ------------------------------------------------------------- */

/* Makes so many of something, and tells what that took by itself, in nanoseconds. */
typedef double traced_work(double *ret_times);
traced_work work_fault, work_reclaim, work_mmap, work_cache, work_tlb, work_swap, work_dirty, work_thp, work_migrate,
	work_ksm, work_heap;

/* ---- traced.c ---------------------------------------------------------- */

#define TRACER_OUT "/tmp/tracer.out" /* what a tracer prints */
#define PERF_DATA "/tmp/perf.data"

/* How a tracer tells of events, to see that it does. */
enum told {
	TOLD_OURS, /* it says how many it has lost */
	TOLD_OURS_NONE, /* the same, where there is nothing to tell */
	TOLD_NOTHING, /* bpftrace's count() of none */
	TOLD_LINES,
	TOLD_COUNT, /* bpftrace's count() of all */
	TOLD_HISTOGRAM, /* bpftrace's hist() of all */
	TOLD_PERF, /* PERF_DATA has them */
};

/**
 * struct traced - what a tracer did
 * @added: instructions to each of what it traced, with its own work; NAN with the reason in @why
 * @error: by how much @added may be off: untraced work takes that much more or less each time
 * @why: why @added is not known, or NULL
 * @lost: part of the events that it did not tell of
 */
struct traced {
	double added;
	double error;
	const char *why;
	double lost;
};

double untraced(traced_work *work);
/*
 * @argv ends with SIGINT. This program ends if a tracer of ours has lost an event. @why is good
 * until the next call.
 */
struct traced traced_added(traced_work *work, char **argv, enum told told);
/* The least that any does: an fentry and an fexit program that are empty. */
double fault_floor(const char **ret_why);

/* ---- ours.c ------------------------------------------------------------ */

/* a read of a raw stream, whole */
struct ours {
	const char *view;
	struct mms_query query;
};

work_fn ours_read;
/* The same, not to be measured: gives each row to a callback, which may be NULL. */
typedef void row_fn(const void *row, void *arg);
struct mms_end ours_rows(const struct ours *o, row_fn *row, void *arg);

/* what ours_read() executes for each of so many pages, or any other work */
double per_page(work_fn *work, const void *arg, size_t pages);
/* The longest time that a stream holds a lock that others wait for, as a case. */
void longest_hold(const char *lock, const struct ours *o, double limit);

/* ---- machine.c: cases of the machine as a whole -------------------------- */

#define SHARERS 101 /* processes that map one page */

void machine_free_blocks(const char *name, double goal, bool hold);
void machine_frames(void);
void machine_latency(void); /* late: it makes this process large */
void machine_mappings(const struct target *sharers);
void machine_page_cache(void);
void machine_kernel(void);

/* ---- latency.c ----------------------------------------------------------- */

/* What others wait for while the largest process and all of memory are read. */
void latency_cases(const struct target *largest);

/* ---- command.c: cases of the command, @tool; NULL: there is none ---------- */

/* To be called while this process is small: a new program's peak begins with its parent's. */
void command_pgtable(char *tool, const struct target *t, bool merge);
/* for @processes processes that are alike */
void command_ps(char *tool, size_t processes);

/* ---- tracers.c: cases of the command's tracers ------------------------------ */

/* those with @only in their names */
void tracer_cases(char *tool, const char *only);

/* ---- stock.c ----------------------------------------------------------- */

work_fn stock_pagemap; /* of a struct target */
work_fn stock_pages; /* pagemap, and kpageflags and kpagecount of its frames */
work_fn stock_scan; /* PAGEMAP_SCAN, what is there, all categories */
bool stock_has_scan(const struct target *t, const char **ret_why);
size_t stock_scan_regions(const struct target *t);
/* a file of /proc/PID, whole */
work_fn stock_kpageflags; /* all of it; without an argument */

struct stock_file {
	pid_t pid;
	const char *name;
};
work_fn stock_file;

/* kpageflags of all frames there are, as page-types reads them, and how many these are */
work_fn stock_page_types; /* of nothing */
size_t stock_all_frames(void);

/* the frames of a target, by pagemap; to be freed */
uint64_t *stock_frames(const struct target *t);

#endif
