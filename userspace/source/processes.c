// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes, each in one pass over its page tables: with the module through its
 * raw files, which are opened once, without it through smaps_rollup and status.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "processes.h"
#include "procfs.h"
#include "raw.h"
#include "../lib/sysfile.h"
#include "../model/vocab.h"

/* What a look at one process came to, besides -1. */
enum { SKIP, READ };

/* ---- with the module ----------------------------------------------------- */

/* What the module says of a process that it has nothing of. */
static int skipped(struct mms_processes *p, int error)
{
	if (error == -EINVAL)
		p->kernel++;
	else
		p->gone++;
	return SKIP;
}

static void add_node(struct mms_processes *p, const struct mms_pgtable_rec *rec)
{
	u64 size = mms_level_size(&p->entries.ctx.header, rec->level);

	if (!(rec->rec.flags & MMS_RF_FOLIO) || rec->node < 0 || rec->node >= MMS_PS_NODES)
		return;
	/* what smaps does not count as resident */
	if (rec->kind == MMS_KIND_zero || rec->kind == MMS_KIND_device ||
	    (rec->kpf & BIT(KPF_HUGE)))
		return;
	p->rss[rec->node] += rec->count * size;
}

static int module_nodes(struct mms_processes *p, s32 pid)
{
	struct mms_err ignored;
	int ret;

	ret = mms_module_again(&p->entries, pid);
	if (ret)
		return ret;
	while ((ret = mms_stream_next(&p->entries, &ignored)) > 0)
		add_node(p, p->entries.row.rec);
	return ret < 0 ? -ESRCH : 0;
}

static void take_sum(struct mms_ps *ps, const struct mms_maps_rec *sum)
{
	ps->rss = sum->rss;
	ps->pss = sum->pss;
	ps->uss = sum->private_clean + sum->private_dirty + sum->hugetlb_private;
	ps->swap = sum->swap + sum->shmem_swap;
}

static int module_read(struct mms_processes *p, s32 pid)
{
	const struct mms_summary_rec *summary;
	struct mms_err ignored;
	int ret;

	ret = mms_module_again(&p->summary, pid);
	if (ret)
		return skipped(p, ret);
	if (mms_stream_next(&p->summary, &ignored) <= 0)
		return skipped(p, -ESRCH);
	summary = p->summary.row.rec;
	p->ps.pgtables = summary->pgtables;
	p->ps.size = summary->total_vm;
	p->ps.threads = summary->threads;
	p->ps.len = p->summary.row.len < sizeof(p->ps.comm) ? p->summary.row.len :
							       sizeof(p->ps.comm);
	memcpy(p->ps.comm, p->summary.row.text, p->ps.len);
	ret = mms_module_again(&p->maps, pid);
	if (ret)
		return skipped(p, ret);
	/* one row, or none if nothing is mapped */
	while ((ret = mms_stream_next(&p->maps, &ignored)) > 0)
		take_sum(&p->ps, p->maps.row.rec);
	if (!ret && p->nodes)
		ret = module_nodes(p, pid);
	if (ret < 0 || !p->ps.threads)
		return skipped(p, -ESRCH);
	return READ;
}

/* Streams about this process: there is one, and they are asked again for others. */
static int module_open(struct mms_processes *p, struct mms_err *err)
{
	const struct mms_source_args args = { .source = "module", .root = p->args->root };
	struct mms_query query = { .pid = 0 };

	if (mms_stream_open(&p->summary, &args, &mms_model_summary, &query, err))
		return -1;
	query.flags = MMS_Q_SUM;
	if (mms_stream_open(&p->maps, &args, &mms_model_maps, &query, err))
		goto close_summary;
	query.flags = MMS_Q_MERGE_ATTR;
	if (p->nodes && mms_stream_open(&p->entries, &args, &mms_model_pgtable, &query, err))
		goto close_maps;
	return 0;

close_maps:
	mms_stream_close(&p->maps);
close_summary:
	mms_stream_close(&p->summary);
	return -1;
}

/* ---- without ------------------------------------------------------------- */

static u64 kib(const char *text, const char *name)
{
	u64 value;

	return mms_procfs_number(text, name, 10, &value) ? value << 10 : 0;
}

/* Pages on each node; 0 or -errno */
static int numa_nodes(struct mms_processes *p, s32 pid)
{
	struct mms_lines lines;
	char *line, *end, *at;
	int fd = mms_sys_open(p->args->root, O_RDONLY, "/proc/%d/numa_maps", pid), ret;

	if (fd < 0)
		return fd;
	ret = mms_lines_init(&lines, fd);
	if (ret)
		return ret;
	while (mms_lines_next(&lines, &line, &end)) {
		*end = '\0';
		if (strstr(line, " huge "))
			continue;
		for (at = strstr(line, " N"); at; at = strstr(at, " N")) {
			u64 node = strtoull(at + 2, &at, 10);

			if (*at == '=' && node < MMS_PS_NODES)
				p->rss[node] += strtoull(at + 1, &at, 10) << 12;
		}
	}
	ret = -lines.error;
	mms_lines_deinit(&lines);
	return ret;
}

static int procfs_read(struct mms_processes *p, s32 pid)
{
	const char *root = p->args->root;
	u64 value;
	char *text;
	ssize_t n;

	if (mms_sys_read(root, &text, "/proc/%d/status", pid) < 0)
		return skipped(p, -ESRCH);
	p->ps.size = kib(text, "\nVmSize:");
	p->ps.rss = kib(text, "\nVmRSS:");
	p->ps.swap = kib(text, "\nVmSwap:");
	p->ps.pgtables = kib(text, "\nVmPTE:");
	p->ps.threads = mms_procfs_number(text, "\nThreads:", 10, &value) ? value : 0;
	n = strstr(text, "\nVmSize:") ? 0 : strstr(text, "\nState:\tZ") ? -ESRCH : -EINVAL;
	free(text);
	if (n)
		return skipped(p, n);
	n = mms_sys_line(root, p->ps.comm, sizeof(p->ps.comm), "/proc/%d/comm", pid);
	p->ps.len = n > 0 ? n : 0;
	n = mms_sys_read(root, &text, "/proc/%d/smaps_rollup", pid);
	if (n == -EACCES || n == -EPERM) {
		p->ps.partial = true;
		return READ;
	}
	if (!n)
		free(text);
	if (n <= 0)
		return skipped(p, -ESRCH);
	p->ps.rss = kib(text, "\nRss:");
	p->ps.pss = kib(text, "\nPss:");
	p->ps.uss = kib(text, "\nPrivate_Clean:") + kib(text, "\nPrivate_Dirty:") +
		    kib(text, "\nPrivate_Hugetlb:");
	p->ps.swap = kib(text, "\nSwap:");
	free(text);
	return p->nodes && numa_nodes(p, pid) ? skipped(p, -ESRCH) : READ;
}

/* ---- saved --------------------------------------------------------------- */

#define ROWS	"ps.rows"
#define NODES	"ps.nodes"
#define COUNTS	"ps.counts"

/* What is known when all processes have been read. */
struct counts {
	u64 kernel, gone;
};

static int saved_open(struct mms_processes *p, struct mms_err *err)
{
	const void *rows, *counts;
	struct mms_err ignored;

	/* Rows of nodes have all that the others have. */
	if (mms_parts_get(p->parts, NODES, sizeof(*p->saved), &rows, &p->nr_saved,
			  p->nodes ? err : &ignored) &&
	    (p->nodes || mms_parts_get(p->parts, ROWS, sizeof(*p->saved), &rows, &p->nr_saved,
				       err)))
		return -1;
	if (mms_parts_one(p->parts, COUNTS, sizeof(struct counts), &counts, err))
		return -1;
	p->saved = rows;
	p->kernel = ((const struct counts *)counts)->kernel;
	p->gone = ((const struct counts *)counts)->gone;
	return 0;
}

/* The process whose first row is @p->at. */
static void saved_take(struct mms_processes *p)
{
	const struct mms_ps *ps = &p->saved[p->at++].ps;

	memset(p->rss, 0, sizeof(p->rss));
	p->ps = *ps;
	/* Whoever made the file may have put anything there. */
	p->ps.partial = !!ps->partial;
	if (p->ps.len > sizeof(p->ps.comm))
		p->ps.len = sizeof(p->ps.comm);
	for (; p->at < p->nr_saved && p->saved[p->at].node >= 0; p->at++)
		if (p->saved[p->at].node < MMS_PS_NODES)
			p->rss[p->saved[p->at].node] = p->saved[p->at].rss;
}

static int saved_read(struct mms_processes *p, s32 pid)
{
	for (p->at = 0; p->at < p->nr_saved; p->at++) {
		if (p->saved[p->at].node >= 0 || p->saved[p->at].ps.pid != pid)
			continue;
		saved_take(p);
		return READ;
	}
	p->gone++;
	return SKIP;
}

static void save(struct mms_processes *p)
{
	struct mms_ps_node row = { .ps = p->ps, .node = MMS_NO_NODE };

	mms_parts_row(p->parts, &row);
	for (row.node = 0; p->nodes && row.node < MMS_PS_NODES; row.node++) {
		row.rss = p->rss[row.node];
		if (row.rss)
			mms_parts_row(p->parts, &row);
	}
}

/* ---- either -------------------------------------------------------------- */

static int live_open(struct mms_processes *p, struct mms_err *err)
{
	const struct mms_source_args *args = p->args;
	int fd;

	p->module = !args->source || !strcmp(args->source, "module");
	if (p->module && !mms_source_module.probe(args->root, err)) {
		if (args->source)
			return -1;
		p->module = false;
	}
	fd = mms_sys_open(args->root, O_RDONLY | O_DIRECTORY, "/proc");
	p->dir = fd < 0 ? NULL : fdopendir(fd);
	if (!p->dir)
		return mms_err_set(err, MMS_EXIT_MISSING, "%s/proc: %s", args->root,
				   strerror(fd < 0 ? -fd : errno));
	if (p->module && module_open(p, err)) {
		closedir(p->dir);
		return -1;
	}
	mms_parts_begin(p->parts, p->nodes ? NODES : ROWS, sizeof(*p->saved));
	return 0;
}

int mms_processes_open(struct mms_processes *p, const struct mms_source_args *args,
		       struct mms_parts *parts, bool nodes, struct mms_err *err)
{
	memset(p, 0, sizeof(*p));
	p->args = args;
	p->parts = parts;
	p->nodes = nodes;
	if (parts->from ? saved_open(p, err) : live_open(p, err))
		return -1;
	p->plain.args = args;
	p->plain.model = &mms_model_ps;
	mms_parts_stream(parts, &p->plain, p->module ? "module" : "procfs");
	return 0;
}

int mms_processes_read(struct mms_processes *p, s32 pid, struct mms_err *err __unused)
{
	int ret;

	if (p->parts->from)
		return saved_read(p, pid);
	memset(&p->ps, 0, sizeof(p->ps));
	memset(p->rss, 0, sizeof(p->rss));
	p->ps.pid = pid;
	ret = p->module ? module_read(p, pid) : procfs_read(p, pid);
	if (ret == READ && p->parts->save)
		save(p);
	return ret;
}

int mms_processes_next(struct mms_processes *p, struct mms_err *err)
{
	struct dirent *entry;
	int ret;
	s32 pid;

	if (p->parts->from && p->at < p->nr_saved) {
		saved_take(p);
		return READ;
	}
	while (p->dir && (errno = 0, entry = readdir(p->dir))) {
		pid = atoi(entry->d_name);
		if (pid <= 0)
			continue;
		ret = mms_processes_read(p, pid, err);
		if (ret)
			return ret;
	}
	if (p->dir && errno)
		return mms_err_set(err, MMS_EXIT_FAILED, "/proc: %s", strerror(errno));
	return 0;
}

void mms_processes_close(struct mms_processes *p)
{
	const struct counts counts = { p->kernel, p->gone };

	if (!p->dir)
		return;
	mms_parts_end(p->parts);
	mms_parts_put(p->parts, COUNTS, &counts, sizeof(counts), 1);
	closedir(p->dir);
	if (!p->module)
		return;
	mms_stream_close(&p->maps);
	mms_stream_close(&p->summary);
	if (p->nodes)
		mms_stream_close(&p->entries);
}
