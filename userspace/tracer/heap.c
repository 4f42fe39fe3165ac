// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace heap: bpf/heap.bpf.c, and what is allocated and not freed. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "symbols.h"
#include "tracer.h"
#include "uprobes.h"
#include "../model/heap.h"
#include "../source/bpf.h"
#include "heap.skel.h"

#define KEPT_BYTES	64	/* of --buffer, for each */
#define BATCH		8192

/* What an allocator has of its own, where others' come to malloc(): nothing is lost without. */
#define NEW		"_Znwm,_Znam,_ZnwmRKSt9nothrow_t,_ZnamRKSt9nothrow_t"
#define NEW_ALIGNED	"_ZnwmSt11align_val_t,_ZnamSt11align_val_t,_ZnwmSt11align_val_tRKSt9nothrow_t,_ZnamSt11align_val_tRKSt9nothrow_t"
#define DELETE		"_ZdlPv,_ZdaPv,_ZdlPvm,_ZdaPvm,_ZdlPvRKSt9nothrow_t,_ZdaPvRKSt9nothrow_t"
#define DELETE_ALIGNED	"_ZdlPvSt11align_val_t,_ZdaPvSt11align_val_t,_ZdlPvmSt11align_val_t,_ZdaPvmSt11align_val_t"
#define FREE_SIZED	"free_sized,free_aligned_sized"

/* What is lost without it is said once. */
#define CALL(begin, end, names, needed, lost)	\
	{ begin, "uprobe", names, needed, lost }, { end, "uretprobe", names, needed, NULL }
#define ALLOC(begin, names, needed, lost)	CALL(begin, "alloc_end", names, needed, lost)

static const struct mms_hook hooks[] = {
	ALLOC("malloc_begin", "malloc", true, "any allocation"),
	CALL("free_begin", "free_end", "free", true, "what is freed"),
	ALLOC("calloc_begin", "calloc", false, "cause calloc"),
	ALLOC("realloc_begin", "realloc", false, "cause realloc"),
	ALLOC("reallocarray_begin", "reallocarray", false, "reallocarray() in cause realloc"),
	ALLOC("posix_memalign_begin", "posix_memalign", false, "posix_memalign() in cause aligned"),
	ALLOC("memalign_begin", "aligned_alloc", false, "aligned_alloc() in cause aligned"),
	ALLOC("memalign_begin", "memalign", false, "memalign() in cause aligned"),
	ALLOC("valloc_begin", "valloc", false, "valloc() in cause aligned"),
	ALLOC("valloc_begin", "pvalloc", false, "pvalloc() in cause aligned"),
	CALL("free_begin", "free_end", FREE_SIZED, false, NULL),
	ALLOC("malloc_begin", NEW, false, NULL),
	ALLOC("new_aligned_begin", NEW_ALIGNED, false, NULL),
	CALL("free_begin", "free_end", DELETE, false, NULL),
	CALL("free_begin", "free_end", DELETE_ALIGNED, false, NULL),
	{ "executed", "tp_btf", "sched_process_exec", true, "what exec frees" },
	{ "released", "tp_btf", "sched_process_free", true, "what the end of a process frees" },
	{ "mapped", "fentry", "uprobe_mmap", false, "allocators other than this machine's C library" },
};

static const struct mms_cause tallies[] = { MMS_HEAP_TALLIES(MMS_CAUSE_ROW) };

MMS_TRACER_SKELETON(heap)

static void heap_set(struct mms_trace *t)
{
	struct mms_heap_bpf *skel = t->priv;

	skel->rodata->self = getpid();
	/* What calls of free() are in others shows by their returns alone. */
	skel->rodata->free_returns = !t->args.summing || t->args.command ||
				     mms_uprobes_file(t, 1);
	if (!skel->rodata->free_returns)
		mms_uprobes_leave_out(t, "free_end");
	if (t->args.summing && t->args.buffer)
		bpf_map__set_max_entries(skel->maps.kept, t->args.buffer / KEPT_BYTES);
}

static void heap_record(struct mms_trace *t, const void *data, size_t size)
{
	const struct mms_heap *rec = data;
	struct mms_heap_row row;
	struct mms_symbol name;

	if (size < sizeof(*rec))
		return;
	row.rec = *rec;
	mms_trace_begin_row(t, &rec->event, &row.since, &row.stack);
	name = mms_trace_symbol(t, rec->event.tgid, rec->caller);
	row.symbol = name.symbol;
	row.line = name.line;
	mms_trace_event(t, &row, NULL, 0);
}

static void heap_tally(struct mms_trace *t, u64 *ret_numbers)
{
	struct mms_heap_bpf *skel = t->priv;
	u64 *all = calloc(t->nr_cpus, MMS_NR_HEAP_TALLIES * sizeof(u64));
	const u32 zero = 0;
	unsigned int cpu, i;

	memset(ret_numbers, 0, MMS_NR_HEAP_TALLIES * sizeof(u64));
	if (all && !bpf_map__lookup_elem(skel->maps.tallies, &zero, sizeof(zero), all,
					 t->nr_cpus * MMS_NR_HEAP_TALLIES * sizeof(u64), 0))
		for (cpu = 0; cpu < t->nr_cpus; cpu++)
			for (i = 0; i < MMS_NR_HEAP_TALLIES; i++)
				ret_numbers[i] += all[cpu * MMS_NR_HEAP_TALLIES + i];
	free(all);
}

/* ---- what is left ---------------------------------------------------------- */

/* Sums by process, thread's name, stack and caller. */
struct sum {
	struct sum *next;
	s32 user_stack;
	struct mms_heap_left_row row;
};

struct sums {
	struct sum *slots[4096];
	struct sum **all;
	size_t nr, room;
	/* what is known of the map gone, by the last bits of the process's number */
	struct {
		u32 tgid;
		u64 time;
	} gone[256];
};

static u64 gone_until(struct mms_heap_bpf *skel, struct sums *s, u32 tgid)
{
	const u32 at = tgid % ARRAY_SIZE(s->gone);

	if (s->gone[at].tgid != tgid) {
		s->gone[at].tgid = tgid;
		s->gone[at].time = 0;
		bpf_map__lookup_elem(skel->maps.gone, &tgid, sizeof(tgid), &s->gone[at].time,
				     sizeof(u64), 0);
	}
	return s->gone[at].time;
}

static struct sum *sum_of(struct sums *s, u32 tgid, const struct mms_heap_kept *kept)
{
	u64 hash = (kept->caller ^ (u64)tgid << 40 ^ (u64)kept->user_stack << 16) *
		   0x9e3779b97f4a7c15ULL;
	struct sum **slot = &s->slots[hash >> 52], *sum, **all;

	for (sum = *slot; sum; sum = sum->next)
		if (sum->row.pid == tgid && sum->user_stack == kept->user_stack &&
		    sum->row.caller == kept->caller &&
		    !strncmp(sum->row.comm, kept->comm, sizeof(kept->comm)))
			return sum;
	if (s->nr == s->room) {
		all = realloc(s->all, (s->room + 1024) * sizeof(*all));
		if (!all)
			return NULL;
		s->all = all;
		s->room += 1024;
	}
	sum = calloc(1, sizeof(*sum));
	if (!sum)
		return NULL;
	sum->user_stack = kept->user_stack;
	sum->row.pid = tgid;
	sum->row.caller = kept->caller;
	memcpy(sum->row.comm, kept->comm, sizeof(kept->comm));
	sum->next = *slot;
	*slot = sum;
	return s->all[s->nr++] = sum;
}

static void add(struct mms_heap_bpf *skel, struct sums *s, const struct mms_heap_key *key,
		const struct mms_heap_kept *kept, u64 now)
{
	struct sum *sum;
	u64 age;

	if (kept->time <= gone_until(skel, s, key->tgid)) {
		bpf_map__delete_elem(skel->maps.kept, key, sizeof(*key), 0);
		return;
	}
	sum = sum_of(s, key->tgid, kept);
	if (!sum)
		return;
	age = now > kept->time ? now - kept->time : 0;
	sum->row.size += kept->size;
	sum->row.count++;
	if (age > sum->row.oldest)
		sum->row.oldest = age;
	if (sum->row.count == 1 || age < sum->row.newest)
		sum->row.newest = age;
	if (kept->size > sum->row.largest)
		sum->row.largest = kept->size;
}

/* Many at once: one call for each would take as long as they took to be made. */
static int read_kept(struct mms_heap_bpf *skel, struct sums *s, u64 now)
{
	struct mms_heap_key *keys = calloc(BATCH, sizeof(*keys));
	struct mms_heap_kept *kept = calloc(BATCH, sizeof(*kept));
	int ret = keys && kept ? 0 : -ENOMEM;
	u32 in, out, n, i;
	bool first = true;

	while (!ret) {
		n = BATCH;
		ret = bpf_map_lookup_batch(bpf_map__fd(skel->maps.kept), first ? NULL : &in, &out,
					   keys, kept, &n, NULL);
		if (ret && ret != -ENOENT)
			break;
		for (i = 0; i < n; i++)
			add(skel, s, &keys[i], &kept[i], now);
		in = out;
		first = false;
	}
	free(keys);
	free(kept);
	return ret == -ENOENT ? 0 : ret;
}

static int by_size(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

	if (x->row.size != y->row.size)
		return x->row.size < y->row.size ? 1 : -1;
	return x->row.count < y->row.count ? 1 : x->row.count > y->row.count ? -1 : 0;
}

static int heap_left(struct mms_trace *t, void (*each)(void *data, const struct mms_row *row),
		     void *data)
{
	struct sums *s = calloc(1, sizeof(*s));
	int ret = s ? read_kept(t->priv, s, t->end ?: mms_trace_now()) : -ENOMEM;
	struct mms_row row = { .ctx = &t->ctx };
	struct mms_symbol name;
	size_t i;

	if (!s)
		return ret;
	if (s->nr)
		qsort(s->all, s->nr, sizeof(*s->all), by_size);
	for (i = 0; i < s->nr; i++) {
		struct sum *sum = s->all[i];

		if (sum->user_stack >= 0)
			sum->row.stack = mms_trace_folded(t, sum->row.pid, sum->user_stack, -1);
		name = mms_trace_symbol(t, sum->row.pid, sum->row.caller);
		sum->row.symbol = name.symbol;
		sum->row.line = name.line;
		row.rec = &sum->row;
		if (each && !ret)
			each(data, &row);
	}
	for (i = 0; i < s->nr; i++)
		free(s->all[i]);
	free(s->all);
	free(s);
	return ret;
}

const struct mms_tracer mms_tracer_heap = {
	.name = "heap",
	.model = &mms_model_heap,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_HEAP_CAUSES),
	.event_size = sizeof(struct mms_heap_row),
	.by = "cause,comm",
	.adds = "size",
	.left = heap_left,
	.left_model = &mms_model_heap_left,
	.tallies = tallies,
	.nr_tallies = ARRAY_SIZE(tallies),
	.tally = heap_tally,
	.open = heap_open,
	.set = heap_set,
	.record = heap_record,
	.close = heap_close,
};
