// SPDX-License-Identifier: GPL-2.0-only
/* mmscope slab: slab caches, what one of them has where, and what an address is of. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/number.h"
#include "model/slab.h"
#include "source/bpf.h"

struct shown {
	struct mms_tables t;
	struct mms_slab slab;
};

/* What this kernel has no such thing of is n/a. */
static void lacks(struct shown *s)
{
	u32 has = s->slab.info->has;

	if (!(has & MMS_SLAB_HAS_COUNTS))
		mms_stream_lacks(&s->t.stream, MMS_HAS(slab, slabs) | MMS_HAS(slab, objects),
				 "the kernel does not count slabs: it needs CONFIG_SLUB_DEBUG");
	if (!(has & MMS_SLAB_HAS_CPU_SLABS))
		mms_stream_lacks(&s->t.stream,
				 MMS_HAS(slab, cpu_slabs) | MMS_HAS(slab, cpu_partial) |
				 MMS_HAS(slab, cpu_free),
				 "CPUs of this kernel have no slabs but sheaves");
	if (!(has & MMS_SLAB_HAS_SHEAVES))
		mms_stream_lacks(&s->t.stream,
				 MMS_HAS(slab, sheaf_capacity) | MMS_HAS(slab, sheaf_free) |
				 MMS_HAS(slab, barn_free), "this kernel has no sheaves");
	mms_render_stream(&s->t.r, &s->t.stream.ctx);
}

/* One record is a line for each field, unless columns were chosen. */
static enum mms_section_type one_type(const struct shown *s, int nr)
{
	bool lines = nr == 1 && !s->t.r.opts.json && !s->t.r.opts.raw && !s->t.r.opts.no_headings &&
		     !mms_cl_set(s->t.cl, MMS_OPT_OUTPUT);

	return lines ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE;
}

static int section(struct shown *s, const char *name, const char *title,
		   const struct mms_model *model, const char *columns, const void *recs, size_t nr)
{
	const struct mms_section section = {
		.name = name, .title = title, .model = model,
		.columns = s->t.r.opts.json ? NULL : columns,
		/* sums are one object, as those of other commands are */
		.type = s->t.r.opts.json && model == &mms_model_slab_total ? MMS_SECTION_OBJECT :
									   MMS_SECTION_TABLE,
	};

	return mms_cl_rows(NULL, &s->t.r, &s->t.stream.ctx, &section, recs, nr);
}

/* ---- all caches ------------------------------------------------------------ */

static int show_all(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_slab, .columns = s->t.columns,
	};
	struct mms_slab_total total = { .caches = 0 };
	struct mms_err err;
	int ret;
	u32 i;

	if (mms_slab_look(&s->slab, 0, &err))
		return mms_err_say(&err);
	lacks(s);
	if (s->slab.info->more)
		mms_warn("there are more than %d caches: the others are not shown",
			 MMS_SLAB_MAX_CACHES);
	if (s->slab.info->raced)
		mms_warn("the list of caches changed while it was walked: some may be missing");
	ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &rows, s->slab.cache,
			  s->slab.info->nr_caches);
	for (i = 0; i < s->slab.info->nr_caches; i++)
		mms_slab_total_add(&total, &s->slab.cache[i]);
	if (!ret && s->t.more && s->slab.info->has & MMS_SLAB_HAS_COUNTS)
		ret = section(s, "totals", "All caches", &mms_model_slab_total, NULL, &total, 1);
	return ret;
}

/* ---- one cache ------------------------------------------------------------- */

/* In text, columns that this kernel has. */
static const char *having(const struct shown *s, const char *cpu_slabs, const char *sheaves,
			  const char *both)
{
	u32 has = s->slab.info->has & (MMS_SLAB_HAS_CPU_SLABS | MMS_SLAB_HAS_SHEAVES);

	return has == MMS_SLAB_HAS_CPU_SLABS ? cpu_slabs :
	       has == MMS_SLAB_HAS_SHEAVES ? sheaves : both;
}

static int show_nodes(struct shown *s)
{
	struct mms_slab_node_row *rows = calloc(s->slab.nr_nodes, sizeof(*rows));
	u32 node, nr = 0;
	int ret;

	if (!rows)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (node = 0; node < s->slab.nr_nodes; node++)
		if (s->slab.node[node].there)
			rows[nr++] = (struct mms_slab_node_row){ node, s->slab.node[node] };
	ret = section(s, "nodes", "Nodes", &mms_model_slab_node,
		      having(s, "node,slabs,objects,partial,partial_free", NULL, NULL), rows, nr);
	free(rows);
	return ret;
}

static int show_cpus(struct shown *s)
{
	struct mms_slab_cpu_row *rows = calloc(s->slab.cpus.nr, sizeof(*rows));
	u32 cpu, nr = 0;
	int ret;

	if (!rows)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (cpu = 0; cpu < s->slab.cpus.nr; cpu++)
		if (s->slab.cpus.online[cpu])
			rows[nr++] = (struct mms_slab_cpu_row){ cpu, s->slab.cpu[cpu] };
	ret = section(s, "cpus", "CPUs", &mms_model_slab_cpu,
		      having(s, "cpu,slab,slab_free,partial,partial_free", "cpu,main,spare,rcu", NULL),
		      rows, nr);
	free(rows);
	return ret;
}

/* Slabs by how full they are: those in the nodes' lists; the others are full or a CPU's. */
static int show_fill(struct shown *s, const struct mms_slab_cache *cache)
{
	struct mms_slab_fill_row rows[MMS_SLAB_HIST + 1];
	u32 node, i, width = 100 / MMS_SLAB_HIST;
	u64 in_lists = 0;

	for (i = 0; i < MMS_SLAB_HIST; i++) {
		rows[i] = (struct mms_slab_fill_row){ i * width, (i + 1) * width, 0 };
		for (node = 0; node < s->slab.nr_nodes; node++)
			if (s->slab.node[node].there)
				rows[i].slabs += s->slab.node[node].hist[i];
		in_lists += rows[i].slabs;
	}
	rows[i] = (struct mms_slab_fill_row){
		100, 100, cache->slabs > in_lists ? cache->slabs - in_lists : 0,
	};
	i = s->slab.info->has & MMS_SLAB_HAS_COUNTS ? MMS_SLAB_HIST + 1 : MMS_SLAB_HIST;
	return section(s, "fill", "Slabs by per cent of their objects in use", &mms_model_slab_fill,
		       NULL, rows, i);
}

static int show_one(struct shown *s, const char *name)
{
	const struct mms_section rows = {
		.name = "rows", .type = one_type(s, 1), .model = &mms_model_slab,
		.columns = s->t.columns,
	};
	const struct mms_slab_cache *cache;
	struct mms_err err;
	int ret;

	if (mms_slab_look(&s->slab, 0, &err))
		return mms_err_say(&err);
	cache = mms_slab_find(&s->slab, name);
	if (!cache)
		return mms_err(MMS_EXIT_FAILED, "there is no slab cache '%s': mmscope slab lists them",
			       name);
	if (mms_slab_look(&s->slab, cache->addr, &err)) {
		if (s->t.parts.from)
			return mms_err(MMS_EXIT_FAILED,
				       "%s has no more of '%s' than its row: mmscope slab --save FILE %s saves all of it",
				       s->t.parts.from, name, name);
		return mms_err_say(&err);
	}
	if (!s->slab.info->nr_caches)
		return mms_err(MMS_EXIT_FAILED, "the slab cache '%s' is gone", name);
	lacks(s);
	ret = mms_cl_rows(NULL, &s->t.r, &s->t.stream.ctx, &rows, s->slab.cache, 1);
	if (!ret && s->t.more)
		ret = show_nodes(s) ?: show_cpus(s) ?: show_fill(s, s->slab.cache);
	return ret;
}

/* ---- addresses ------------------------------------------------------------- */

/* No cache has a name that is a kernel address. */
static bool is_address(const char *text, u64 *ret_addr)
{
	return !mms_parse_address(text, strlen(text), ret_addr) && *ret_addr >> 63;
}

static int show_objects(struct shown *s)
{
	struct mms_slab_object_row *rows = calloc(s->t.cl->nr_args, sizeof(*rows));
	int i, ret, nr = 0, status = MMS_EXIT_OK;
	struct mms_err err;
	u64 addr;

	if (!rows)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < s->t.cl->nr_args; i++) {
		is_address(s->t.cl->args[i], &addr);
		if (mms_slab_locate(&s->slab, addr, &rows[nr].now, &err)) {
			status = mms_err_say(&err);
			continue;
		}
		rows[nr++].cache = s->slab.cache[0];
	}
	if (nr) {
		const struct mms_section section = {
			.name = "rows", .type = one_type(s, nr), .model = &mms_model_slab_object,
			.columns = s->t.columns,
		};

		lacks(s);
		ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &section, rows, nr);
		status = ret ? ret : status;
	}
	free(rows);
	return status;
}

/* ---- */

static int run(void *data)
{
	struct shown *s = data;
	const char *name = s->t.cl->nr_args ? s->t.cl->args[0] : NULL;
	struct mms_err err;
	int ret;

	if (mms_slab_open(&s->slab, &s->t.parts, &err))
		return mms_err_say(&err);
	mms_parts_stream(&s->t.parts, &s->t.stream,
			 s->slab.how && !strcmp(s->slab.how, "list") ? "bpf:list" : "bpf:iterator");
	if (s->t.stream.model == &mms_model_slab_object)
		ret = show_objects(s);
	else
		ret = name ? show_one(s, name) : show_all(s);
	mms_slab_close(&s->slab);
	return ret;
}

int mms_cmd_slab(const struct mms_cmdline *cl)
{
	struct shown s = { .slab.parts = NULL };
	int i, nr_addrs = 0;
	u64 addr;

	for (i = 0; i < cl->nr_args; i++)
		nr_addrs += is_address(cl->args[i], &addr);
	if (cl->nr_args > 1 && nr_addrs < cl->nr_args)
		return mms_err(MMS_EXIT_USAGE, "one cache at a time, or addresses alone");
	return mms_cl_tables(cl, nr_addrs ? &mms_model_slab_object : &mms_model_slab, &s.t, run,
			     &s);
}
