// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench [-t TOOL] [-o FILE] [-T TEXT|-L]: run all cases (-T: those of tracers alone that have TEXT
 * in their name, -L: those of what others wait for), print a table, write JSON to FILE.
 *
 * Runs as root in a virtual machine that counts instructions, with the module
 * inserted; scripts/bench does all that. Exit status: 1 if a goal was missed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define PAGES (256 * MIB / PAGE)
#define RESERVED (16UL << 40)
#define SCRAPS (128 * MIB / PAGE) /* pages that are free between others that are not */

_Noreturn void die(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

void *buffer(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("no memory: %m");
	return p;
}

/* ---- what is measured -------------------------------------------------- */

static struct ours query_of(const char *view, const struct target *t, unsigned int flags)
{
	return (struct ours){
		.view = view,
		.query = {
			.pid = t->pid,
			.flags = flags,
			.start = t->start,
			.end = t->start + t->len,
		},
	};
}

struct frames {
	const uint64_t *frame;
	uint64_t start;
	size_t good;
};

static void compare_frame(const void *row, void *arg)
{
	const struct mms_pgtable_rec *r = row;
	struct frames *f = arg;

	f->good += f->frame[(r->start - f->start) / PAGE] == r->pfn &&
		   (r->rec.flags & MMS_RF_FOLIO);
}

/* Both sides must tell the same, and the frames must lie as the case is named. */
static void check_target(const struct target *t, const char *name, bool scattered)
{
	struct ours rows = query_of("pgtable", t, MMS_Q_NO_MERGE);
	struct ours entries = query_of("entries", t, 0);
	uint64_t *frame = stock_frames(t);
	struct frames f = { frame, t->start, 0 };
	size_t beside = 0;

	ours_rows(&rows, compare_frame, &f);
	if (f.good != t->pages)
		die("%s: pagemap and pgtable agree in %zu frames only", name, f.good);
	if (ours_rows(&entries, NULL, NULL).rows != t->pages)
		die("%s: entries that are not there", name);
	for (size_t i = 1; i < t->pages; i++)
		beside += frame[i] == frame[i - 1] + 1 || frame[i] + 1 == frame[i - 1];
	munmap(frame, t->len / PAGE * 8);
	printf("%s: %zu pages, %zu of them in the frame beside the one before\n", name, t->pages,
	       beside);
	if (scattered ? beside > t->pages / 100 : beside < t->pages * 9 / 10)
		die("%s: the kernel gave out frames in another order", name);
}

double per_page(work_fn *work, const void *arg, size_t pages)
{
	return measure(work, (void *)arg).instructions / pages;
}

/* A stream of ours for a target beside what others take for the same. */
static void compare(const char *name, const struct ours *o, const struct target *t,
		    struct peer first, struct peer second)
{
	struct result r = {
		.unit = "instr/PTE",
		.rows = ours_rows(o, NULL, NULL).rows,
		.peer = { first, second },
	};

	snprintf(r.name, sizeof(r.name), "%s", name);
	r.ours = per_page(ours_read, o, t->pages);
	report(r);
}

static const struct peer nobody;

static struct peer pagemap_of(const struct target *t, double goal)
{
	return (struct peer){ "pagemap", per_page(stock_pagemap, t, t->pages), NULL, goal };
}

static struct peer pages_of(const struct target *t, double goal)
{
	return (struct peer){ "pagemap + kpageflags + kpagecount",
			      per_page(stock_pages, t, t->pages), NULL, goal };
}

static struct peer scan_of(const struct target *t, double goal)
{
	struct peer p = { "PAGEMAP_SCAN", NAN, NULL, goal };

	if (stock_has_scan(t, &p.why))
		p.value = per_page(stock_scan, t, t->pages);
	return p;
}

static void merged(const struct target *t, bool scattered)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} how[] = {
		{ "merged by step", 0 },
		{ "merged by step, no folios", MMS_Q_NO_FOLIO },
		{ "merged by attributes", MMS_Q_MERGE_ATTR },
		{ "merged by attributes, no folios", MMS_Q_MERGE_ATTR | MMS_Q_NO_FOLIO },
	};
	struct peer scan = scan_of(t, 0.6);

	if (!scan.why && stock_scan_regions(t) != 1)
		die("PAGEMAP_SCAN does not see one region");
	for (unsigned int i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct ours o = query_of("pgtable", t, how[i].flags);
		char name[64];

		snprintf(name, sizeof(name), "%s%s", how[i].name, scattered ? ", scattered" : "");
		/* scattered frames are no run: the rows of each page are shown, without a goal */
		if (scattered && !(how[i].flags & MMS_Q_MERGE_ATTR))
			scan.goal = 0;
		else
			scan.goal = 0.6;
		compare(name, &o, t, scan, nobody);
	}
}

void longest_hold(const char *lock, const struct ours *o, double limit)
{
	struct result r = {
		.unit = "ns",
		.ours = INFINITY,
		.rows = -1,
		.peer = { { limit ? "limit" : NULL, limit, NULL, 1 } },
	};

	snprintf(r.name, sizeof(r.name), "longest hold of %s", lock);
	for (int i = 0; i < 3; i++)
		r.ours = fmin(r.ours, ours_rows(o, NULL, NULL).max_hold_ns);
	report(r);
}

static void rows_in_order(const struct target *t)
{
	struct ours entries = query_of("entries", t, 0);
	struct ours rows = query_of("pgtable", t, MMS_Q_NO_MERGE);

	compare("raw entries", &entries, t, pagemap_of(t, 0.4), nobody);
	compare("full rows", &rows, t, pagemap_of(t, 0.8), pages_of(t, 0));
	longest_hold("mmap_lock, full rows", &rows, 0);
}

static void rows_scattered(const struct target *t)
{
	struct ours rows = query_of("pgtable", t, MMS_Q_NO_MERGE);

	compare("full rows, scattered", &rows, t, pagemap_of(t, 0.8), pages_of(t, 17));
}

static void reserved(const struct target *t)
{
	static const struct {
		const char *name;
		const char *view;
		unsigned int flags;
	} how[] = {
		{ "16 TiB reserved, one page, merged", "pgtable", 0 },
		{ "16 TiB reserved, one page, raw entries", "entries", 0 },
	};
	struct peer scan = scan_of(t, 0.1);

	for (unsigned int i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct ours o = query_of(how[i].view, t, how[i].flags);
		struct result r = {
			.unit = "instr",
			.ours = measure(ours_read, &o).instructions,
			.rows = ours_rows(&o, NULL, NULL).rows,
			.peer = { scan },
		};

		snprintf(r.name, sizeof(r.name), "%s", how[i].name);
		if (r.rows != 1)
			die("%s: %ld rows", r.name, r.rows);
		report(r);
	}
}

/* A view of the whole process beside the file of /proc that tells much the same. */
static void whole(const char *view, const char *file, const struct target *t, size_t per,
		  const char *unit)
{
	struct ours o = { view, { .pid = t->pid } };
	struct stock_file f = { t->pid, file };
	struct result r = {
		.unit = unit,
		.ours = per_page(ours_read, &o, per),
		.rows = ours_rows(&o, NULL, NULL).rows,
		.peer = { { file, per_page(stock_file, &f, per), NULL, 0 } },
	};

	snprintf(r.name, sizeof(r.name), "%s, whole process", view);
	report(r);
}

int main(int argc, char **argv)
{
	struct target in_order, scattered, empty, many;
	const char *json = NULL;
	const char *only = NULL;
	bool latency = false;
	char *tool = NULL;
	int c;

	while ((c = getopt(argc, argv, "t:o:T:L")) != -1) {
		if (c == 't')
			tool = optarg;
		else if (c == 'T')
			only = optarg;
		else if (c == 'L')
			latency = true;
		else if (c == 'o')
			json = optarg;
		else
			die("usage: bench [-t TOOL] [-o FILE] [-T TEXT|-L]");
	}

	measure_init();
	table_head();
	if (only || latency) {
		only ? tracer_cases(tool, only) : machine_latency();
		if (json)
			table_json(json);
		return table_missed() ? 1 : 0;
	}
	machine_free_blocks("idle", 0.01, false);
	many = target_shared(SHARERS);
	command_ps(tool, SHARERS);
	machine_mappings(&many);
	target_end(&many);
	machine_frames();
	machine_kernel();
	in_order = target_in_order(PAGES);
	scattered = target_scattered(PAGES);
	empty = target_reserved(RESERVED);
	command_pgtable(tool, &in_order, true);
	command_pgtable(tool, &in_order, false);
	check_target(&in_order, "in order", false);
	check_target(&scattered, "scattered", true);
	rows_in_order(&in_order);
	rows_scattered(&scattered);
	merged(&in_order, false);
	merged(&scattered, true);
	reserved(&empty);
	whole("maps", "smaps", &in_order, in_order.pages, "instr/PTE");
	whole("summary", "status", &in_order, 1, "instr");
	target_scraps(SCRAPS);
	machine_free_blocks("in pieces", 0, true);
	machine_page_cache();
	machine_latency();
	/* last, as they leave memory in another order */
	tracer_cases(tool, "");

	printf("measured again, cases of more than a million instructions differ by %.2f %% at most\n",
	       100 * measure_spread());
	if (json)
		table_json(json);
	if (table_missed())
		printf("%u goals were missed\n", table_missed());
	return table_missed() ? 1 : 0;
}
