// SPDX-License-Identifier: GPL-2.0-only
/* Cases of the machine as a whole: its page frames, free blocks, files and mappings. */
#include <stdio.h>

#include "bench.h"

#define SHARED_GOAL 20000
#define PAGE_TYPES 535 /* instructions a frame of tools/mm/page-types over all memory, idle */
#define MAPPINGS 1009

/* ---- all page frames --------------------------------------------------- */

/* The pfns view of all memory, beside what page-types reads and adds up for the same. */
static void all_frames(const char *memory, double goal)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} how[] = {
		{ "merged", 0 },
		{ "a row each", MMS_Q_NO_MERGE },
	};
	const size_t frames = stock_all_frames();
	struct peer peer = { "page-types", per_page(stock_page_types, NULL, frames), NULL, goal };

	for (unsigned int i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct ours o = { "pfns", { .flags = how[i].flags } };
		struct result r = {
			.unit = "instr/PFN",
			.ours = per_page(ours_read, &o, frames),
			.rows = ours_rows(&o, NULL, NULL).rows,
			.peer = { peer },
		};

		/* a record for each of a million pages: beside the tool, not its reads alone */
		if (r.rows > (long)frames / 2) {
			r.peer[0].goal = 0;
			r.peer[1] = (struct peer){ "0.35 of page-types, the tool",
						   0.35 * PAGE_TYPES, NULL, 1 };
		}
		snprintf(r.name, sizeof(r.name), "all frames, %s, %s", memory, how[i].name);
		report(r);
	}
}

static size_t free_pages(void)
{
	char line[128];
	size_t kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "MemFree: %zu", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib / (PAGE / 1024);
}

static struct target fill_memory(void)
{
	const size_t left = 384 * MIB / PAGE;

	if (free_pages() <= left)
		die("no memory to fill");
	return target_in_order(free_pages() - left);
}

/* As the machine comes up, and when nearly all of it is anonymous pages. */
void machine_frames(void)
{
	struct target filled;

	all_frames("idle", 0.1);
	filled = fill_memory();
	all_frames("filled", 0.35);
	target_end(&filled);
}

void machine_latency(void)
{
	struct target filled = fill_memory();

	latency_cases(&filled);
	target_end(&filled);
}

/*
 * Every free block, beside a scan of all page frames for them. The lock is held longest
 * for a list that is longer than what is taken of it at once.
 */
void machine_free_blocks(const char *name, double goal, bool hold)
{
	struct ours o = { "blocks", {} };
	struct mms_end end = ours_rows(&o, NULL, NULL);
	struct result r = {
		.unit = "instr",
		.ours = measure(ours_read, &o).instructions,
		.rows = end.rows,
		.peer = { { "kpageflags", measure(stock_kpageflags, NULL).instructions, NULL, goal } },
	};

	snprintf(r.name, sizeof(r.name), "all free blocks, %s", name);
	report(r);
	if (hold)
		longest_hold("zone->lock", &o, 20000);
}

/* One file alone. */
static void one_file(void)
{
	struct cached c = cached_make(1, 100000);
	struct ours o = { "cache", { .fd = c.fd[0] } };
	struct result r = {
		.name = "cache, 100,000 pages of one file",
		.unit = "instr/page",
		.ours = per_page(ours_read, &o, c.pages),
		.rows = ours_rows(&o, NULL, NULL).rows,
		.peer = { { "mincore", per_page(cached_mincore, &c, c.pages), NULL, 0 } },
	};

	report(r);
	cached_drop(&c);
}

/*
 * Which files fill the page cache: all of memory is looked at to find them, so the rest of
 * it counts as well. mincore() has to be told the files.
 */
void machine_page_cache(void)
{
	struct cached c = cached_make(1009, 100000);
	struct ours o = { "files", { .pid = 0 } };
	struct result r = {
		.unit = "instr/page",
		.ours = per_page(ours_read, &o, c.pages),
		.rows = ours_rows(&o, NULL, NULL).rows,
		.peer = { { "mincore of each, by name", per_page(cached_mincore, &c, c.pages), NULL, 0 } },
	};

	snprintf(r.name, sizeof(r.name), "files, 100,000 pages cached of 1,009 files");
	if (r.rows < 1009)
		die("%s: %ld rows", r.name, r.rows);
	report(r);
	cached_drop(&c);
	one_file();
}

static void add_entries(const void *row, void *arg)
{
	const struct mms_kernel_rec *r = row;

	*(size_t *)arg += r->pte / PAGE + r->pmd / (2 * MIB) + r->pud / (1024 * MIB);
}

/* No stock kernel has a file for it. How many entries there are is another at each boot (KASLR). */
void machine_kernel(void)
{
	struct ours o = { "kernel", {} };
	size_t entries = 0;
	struct result r = {
		.name = "the kernel's page tables",
		.unit = "instr/entry",
		.rows = ours_rows(&o, add_entries, &entries).rows,
	};

	r.ours = per_page(ours_read, &o, entries);
	report(r);
}

/* ---- who maps a page ---------------------------------------------------- */

/* A frame that is mapped so often: beside a number of instructions to come down to, if any. */
static void mapped(const char *name, uint64_t pfn, long mappings, double goal, const char *lock)
{
	struct ours o = { "rmap", { .start = pfn, .end = pfn + 1 } };
	struct result r = {
		.unit = "instr",
		.ours = measure(ours_read, &o).instructions,
		.rows = ours_rows(&o, NULL, NULL).rows,
		.peer = { { goal ? "aim" : NULL, goal, NULL, 1 } },
	};

	snprintf(r.name, sizeof(r.name), "%s", name);
	if (r.rows != mappings)
		die("%s: %ld rows", r.name, r.rows);
	report(r);
	longest_hold(lock, &o, 0);
}

/* No file of /proc tells it, but that of all frames counts how often each is mapped. */
void machine_mappings(const struct target *sharers)
{
	struct target file = target_mapped(MAPPINGS);
	struct ours all = { "rmap", { .start = 0 } };
	const size_t frames = stock_all_frames();
	struct result r = {
		.name = "rmap of all frames, idle",
		.unit = "instr/PFN",
		.ours = per_page(ours_read, &all, frames),
		.rows = ours_rows(&all, NULL, NULL).rows,
		.peer = { { "page-types", per_page(stock_page_types, NULL, frames), NULL, 0 } },
	};

	mapped("rmap of a page of 101 processes", *stock_frames(sharers), SHARERS, SHARED_GOAL,
	       "anon_vma's lock, 101 VMAs");
	mapped("rmap of a file's page, 1,009 VMAs", *stock_frames(&file), MAPPINGS, 0,
	       "i_mmap_rwsem, 1,009 VMAs");
	report(r);
	longest_hold("a reverse map's lock, all frames", &all, 0);
	target_end(&file);
}
