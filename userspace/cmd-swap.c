// SPDX-License-Identifier: GPL-2.0-only
/* mmscope swap: swap areas, what stands before them, and who is in which slots. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/sysfile.h"
#include "model/swap.h"
#include "source/bpf.h"
#include "source/swapfiles.h"

struct shown {
	struct mms_tables t;
	const struct mms_swap_row *area;
	size_t nr_areas;
	const struct mms_swap_counters *counters;
	const struct mms_zram_row *zram;
	size_t nr_zram;
};

static int section(struct shown *s, const char *name, const char *title, bool lines,
		   const struct mms_model *model, const void *recs, size_t nr)
{
	const struct mms_section section = {
		.name = name, .title = title, .model = model,
		.type = lines ? MMS_SECTION_OBJECT : MMS_SECTION_TABLE,
	};

	return mms_cl_rows(NULL, &s->t.r, &s->t.stream.ctx, &section, recs, nr);
}

static void begin(struct shown *s, const char *source)
{
	mms_parts_stream(&s->t.parts, &s->t.stream, source);
	mms_render_stream(&s->t.r, &s->t.stream.ctx);
}

/* ---- areas ----------------------------------------------------------------- */

static void lacks(struct shown *s)
{
	bool cache = !s->nr_areas;
	size_t i;

	for (i = 0; i < s->nr_areas; i++)
		cache |= s->area[i].area.has & MMS_SWAP_HAS_CACHE;
	if (!cache)
		mms_stream_lacks(&s->t.stream, MMS_SWAP_NEEDS_CACHE,
				 "this kernel has one swap cache for all areas: see cached");
	if (!s->counters->has_zswap)
		mms_stream_lacks(&s->t.stream, MMS_SWAP_NEEDS_ZSWAP,
				 "the kernel has no zswap: it needs CONFIG_ZSWAP");
	if (!s->counters->has_cached)
		mms_stream_lacks(&s->t.stream, MMS_SWAP_NEEDS_CACHED,
				 "/proc/vmstat has no nr_swapcached");
}

static int show_areas(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_swap, .columns = s->t.columns,
	};
	int ret;

	lacks(s);
	begin(s, "bpf");
	ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &rows, s->area, s->nr_areas);
	if (ret || !s->t.more)
		return ret;
	ret = section(s, "totals", "All areas", true, &mms_model_swap_counters, s->counters, 1);
	if (!ret && (s->nr_zram || s->t.r.opts.json))
		ret = section(s, "zram", "zram devices", false, &mms_model_zram, s->zram,
			      s->nr_zram);
	return ret;
}

/* What a file has of areas, counters and zram devices. -1 with @err filled. */
static int saved_areas(struct shown *s, struct mms_err *err)
{
	const void *areas, *counters, *zram;

	if (mms_parts_get(&s->t.parts, "swap.areas", sizeof(*s->area), &areas, &s->nr_areas, err) ||
	    mms_parts_one(&s->t.parts, "swap.counters", sizeof(*s->counters), &counters, err) ||
	    mms_parts_get(&s->t.parts, "swap.zram", sizeof(*s->zram), &zram, &s->nr_zram, err))
		return -1;
	s->area = areas;
	s->counters = counters;
	s->zram = zram;
	return 0;
}

/* Read them, into what the caller frees, and save them. */
static int read_areas(struct shown *s, struct mms_swap_all *all, struct mms_err *err)
{
	if (mms_swap_all_read(all, err))
		return -1;
	mms_parts_put(&s->t.parts, "swap.areas", all->area, sizeof(*all->area), all->nr_areas);
	mms_parts_put(&s->t.parts, "swap.counters", &all->counters, sizeof(all->counters), 1);
	mms_parts_put(&s->t.parts, "swap.zram", all->zram, sizeof(*all->zram), all->nr_zram);
	s->area = all->area;
	s->nr_areas = all->nr_areas;
	s->counters = &all->counters;
	s->zram = all->zram;
	s->nr_zram = all->nr_zram;
	return 0;
}

/* ---- slots ----------------------------------------------------------------- */

struct slots {
	struct mms_swap_slots *slot;
	size_t nr, room;
	struct mms_swap_owner *owner;
	size_t nr_owners;
};

static int slot_add(struct slots *slots, const struct mms_swap_slots *run)
{
	struct mms_swap_slots *more;

	if (slots->nr == slots->room) {
		more = realloc(slots->slot, (slots->room * 2 + 256) * sizeof(*more));
		if (!more)
			return mms_err(MMS_EXIT_FAILED, "out of memory");
		slots->slot = more;
		slots->room = slots->room * 2 + 256;
	}
	slots->slot[slots->nr++] = *run;
	return 0;
}

/* A row of pgtable: its slots follow each other, upwards or downwards, or do not. */
static int add_row(struct slots *slots, const struct mms_pgtable_rec *rec,
		   struct mms_swap_owner *owner)
{
	struct mms_swap_slots run = {
		.type = rec->swap_type, .pid = owner->pid, .slot = rec->pfn, .address = rec->start,
		.pages = rec->step == 1 ? rec->count : 1,
	};
	u32 i, nr = rec->step == 1 ? 1 : rec->count;

	if (rec->kind != MMS_KIND_swap || rec->level != MMS_LEVEL_PTE)
		return 0;
	memcpy(run.comm, owner->comm, sizeof(run.comm) - 1);
	owner->pages += rec->count;
	for (i = 0; i < nr; i++) {
		if (slot_add(slots, &run))
			return MMS_EXIT_FAILED;
		run.slot += rec->step;
		run.address += 1ULL << 12;
	}
	return 0;
}

/* The swap entries of a process. One that is gone, or has no memory, has none. */
static int look_at(struct slots *slots, const struct mms_source_args *args, s32 pid,
		   struct mms_stream *stream, const char **ret_source)
{
	const struct mms_query query = {
		.pid = pid, .kinds = BIT(MMS_KIND_swap), .flags = MMS_Q_NO_FOLIO,
	};
	struct mms_swap_owner owner = { .pid = pid };
	struct mms_err err;
	int ret = 0;

	memset(stream, 0, sizeof(*stream));
	if (mms_sys_line("", owner.comm, 17, "/proc/%d/comm", pid) < 0)
		return 0;
	if (mms_stream_open(stream, args, &mms_model_pgtable, &query, &err))
		return err.code == MMS_EXIT_MISSING ? mms_err_say(&err) : 0;
	*ret_source = stream->ops->name;
	while (!ret && mms_stream_next(stream, &err) > 0)
		ret = add_row(slots, stream->row.rec, &owner);
	mms_stream_close(stream);
	owner.size = owner.pages << 12;
	if (owner.pages)
		slots->owner[slots->nr_owners++] = owner;
	return ret;
}

static int by_pages(const void *a, const void *b)
{
	const struct mms_swap_owner *oa = a, *ob = b;

	return oa->pages > ob->pages ? -1 : oa->pages < ob->pages;
}

/*
 * What areas have in use, and no process maps: shmem, the swap cache, slots that CPUs keep
 * for the next ones (until 6.14), and what changed since the areas were read.
 */
static void add_rest(struct shown *s, struct slots *slots)
{
	struct mms_swap_owner rest = { .comm = "(none: shmem, swap cache, CPUs' stock)" };
	u64 used = 0, found = mms_swap_distinct(slots->slot, slots->nr);
	size_t i;

	for (i = 0; i < s->nr_areas; i++)
		used += s->area[i].area.used;
	if (slots->nr_owners)
		qsort(slots->owner, slots->nr_owners, sizeof(*slots->owner), by_pages);
	rest.pages = used > found ? used - found : 0;
	rest.size = rest.pages << 12;
	if (s->nr_areas)
		slots->owner[slots->nr_owners++] = rest;
}

/* Look through all processes, and save what was found. */
static int find_slots(struct shown *s, struct slots *slots, const char **ret_source)
{
	const struct mms_source_args args = { .root = "" };
	struct mms_stream *stream = malloc(sizeof(*stream));
	struct mms_err err;
	int i, nr, ret;
	s32 *pids;

	pids = mms_all_pids(&nr, &err);
	if (!pids) {
		free(stream);
		return mms_err_say(&err);
	}
	slots->owner = calloc(nr + 1, sizeof(*slots->owner));
	ret = stream && slots->owner ? 0 : mms_err(MMS_EXIT_FAILED, "out of memory");
	for (i = 0; i < nr && !ret; i++)
		ret = look_at(slots, &args, pids[i], stream, ret_source);
	free(pids);
	free(stream);
	if (ret)
		return ret;
	add_rest(s, slots);
	mms_parts_put(&s->t.parts, "swap.slots", slots->slot, sizeof(*slots->slot), slots->nr);
	mms_parts_put(&s->t.parts, "swap.owners", slots->owner, sizeof(*slots->owner),
		      slots->nr_owners);
	return 0;
}

static int show_slots(struct shown *s)
{
	const struct mms_section rows = {
		.name = "rows", .model = &mms_model_swap_slots, .columns = s->t.columns,
	};
	struct slots slots = { .nr = 0 };
	const void *slot, *owner;
	const char *source = "module";
	struct mms_err err;
	int ret;

	if (!s->t.parts.from) {
		ret = find_slots(s, &slots, &source);
		slot = slots.slot;
		owner = slots.owner;
	} else if (mms_parts_get(&s->t.parts, "swap.slots", sizeof(*slots.slot), &slot, &slots.nr,
				 &err) ||
		   mms_parts_get(&s->t.parts, "swap.owners", sizeof(*slots.owner), &owner,
				 &slots.nr_owners, &err)) {
		return mms_err_say(&err);
	} else {
		ret = 0;
	}
	if (!ret) {
		begin(s, source);
		ret = mms_cl_rows(s->t.cl, &s->t.r, &s->t.stream.ctx, &rows, slot, slots.nr);
	}
	if (!ret && s->t.more)
		ret = section(s, "owners", "Who is in swap", false, &mms_model_swap_owner, owner,
			      slots.nr_owners);
	free(slots.slot);
	free(slots.owner);
	return ret;
}

/* ---- */

static int run(void *data)
{
	struct shown *s = data;
	struct mms_swap_all *all = calloc(1, sizeof(*all));
	struct mms_err err;
	int ret;

	if (!all)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (s->t.parts.from ? saved_areas(s, &err) : read_areas(s, all, &err))
		ret = mms_err_say(&err);
	else
		ret = mms_cl_set(s->t.cl, MMS_OPT_LIST) ? show_slots(s) : show_areas(s);
	free(all);
	return ret;
}

int mms_cmd_swap(const struct mms_cmdline *cl)
{
	struct shown s = { .nr_areas = 0 };

	return mms_cl_tables(cl, mms_cl_set(cl, MMS_OPT_LIST) ? &mms_model_swap_slots :
								&mms_model_swap, &s.t, run, &s);
}
