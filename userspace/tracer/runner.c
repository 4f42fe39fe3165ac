// SPDX-License-Identifier: GPL-2.0-only
/* The one way a tracer runs, whichever it is. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "symbols.h"
#include "tracer.h"
#include "uprobes.h"
#include "../source/bpf.h"

#define DEFAULT_BUFFER	(8U << 20)
#define MAX_STACKS	65536
#define POLL_MS		100
#define LOOK_EVERY	256	/* records between two looks at the clock */

u64 mms_trace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* ---- open ------------------------------------------------------------------ */

/* The programs know processes by their numbers in the initial pid namespace. */
static bool is_initial_pid_ns(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == 0xeffffffcU;
}

static int set_filter(struct mms_trace *t, struct mms_err *err)
{
	const struct mms_trace_args *args = &t->args;

	if ((args->nr_pids || args->command) && !is_initial_pid_ns())
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "processes can be chosen only from the initial pid namespace: leave out -p, or run it outside of the container");
	*t->filter = args->filter;
	if (t->child) {
		t->filter->child = t->child;
		t->filter->many = 1;
	} else if (args->nr_pids == 1) {
		t->filter->tgid = args->pids[0];
	} else if (args->nr_pids) {
		t->filter->many = 1;
	}
	t->filter->more = t->filter->many || t->filter->cgroup || t->filter->comm_len;
	return 0;
}

static int set_up(struct mms_trace *t, struct mms_err *err)
{
	struct bpf_map *map;
	int ret = 0;

	if (set_filter(t, err))
		return -1;
	*t->stacks_user = t->args.user;
	*t->stacks_kernel = t->args.kernel;
	*t->summing = t->args.summing;
	*t->hide_kernel = t->args.hide_kernel;
	map = bpf_object__find_map_by_name(t->obj, "events");
	if (t->args.summing)
		ret = bpf_map__set_max_entries(map, sysconf(_SC_PAGESIZE));
	else
		ret = bpf_map__set_max_entries(map, t->args.buffer ?: DEFAULT_BUFFER);
	map = bpf_object__find_map_by_name(t->obj, "stacks");
	if (!ret && (t->args.user || t->args.kernel))
		ret = bpf_map__set_max_entries(map, MAX_STACKS);
	if (ret)
		return mms_bpf_error(-ret, err);
	if (t->tracer->set)
		t->tracer->set(t);
	return 0;
}

static int add_pids(struct mms_trace *t)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "tgids");
	const u8 yes = 1;
	unsigned int i;

	for (i = 0; i < t->args.nr_pids; i++)
		bpf_map__update_elem(map, &t->args.pids[i], sizeof(s32), &yes, sizeof(yes),
				     BPF_ANY);
	return 0;
}

static void end_own_hooks(struct mms_trace *t)
{
	mms_uprobes_destroy(t->uprobes);
	t->uprobes = NULL;
	mms_breakpoints_destroy(t->breakpoints);
	t->breakpoints = NULL;
	mms_sessions_detach(t);
}

/* The tracer's part: with the hooks that there are. */
static int start(struct mms_trace *t, struct mms_err *err)
{
	int ret;

	if (t->tracer->open(t, err))
		return -1;
	if (mms_trace_find_hooks(t, err) || set_up(t, err))
		goto close;
	if (mms_bpf_load(t->skel, err))
		goto close;
	t->blind = mms_ksyms_unknown(t->obj);
	ret = add_pids(t);
	t->begin = mms_trace_now();
	if (mms_breakpoints_set(t, err)) {
		t->careful = true;	/* it is not the hooks */
		goto close;
	}
	if (!ret)
		ret = bpf_object__attach_skeleton(t->skel);
	if (ret)
		mms_bpf_error(-ret, err);
	else if (!mms_uprobes_attach(t, err) && !mms_sessions_attach(t, err) &&
		 (!t->args.record || !mms_recording_create(t, err)))
		return 0;
	else
		t->careful = true;	/* it is not the hooks */
close:
	end_own_hooks(t);
	t->tracer->close(t);
	t->obj = NULL;
	return -1;
}

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	if (sig != SIGCHLD)	/* that one only has to wake */
		stopped = 1;
}

/* Before the programs are loaded: until then a shell's job in the background ignores SIGINT. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };

	stopped = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
}

int mms_trace_open(struct mms_trace *t, const struct mms_tracer *tracer,
		   const struct mms_trace_args *args, struct mms_err *err)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->tracer = tracer;
	t->args = *args;
	t->gate = -1;
	t->at = ~0ULL;
	t->ctx.source = "bpf";
	t->nr_cpus = libbpf_num_possible_cpus();
	if (mms_bpf_check(err))
		return -1;
	t->counts = calloc(t->nr_cpus, sizeof(*t->counts));
	t->files = mms_files_create();
	if (args->user || args->kernel || args->symbols)
		t->namer = mms_namer_create();
	if (!t->counts || !t->files)
		ret = mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	else
		ret = args->command ? mms_launch(t, err) : 0;
	catch_signals();
	for (; !ret; t->careful = true) {
		ret = start(t, err);
		if (!ret)
			return 0;
		ret = t->careful || geteuid() ? ret : 0;
	}
	mms_trace_close(t);
	return -1;
}

void mms_trace_close(struct mms_trace *t)
{
	mms_launch_deinit(t);
	end_own_hooks(t);
	if (t->obj)
		t->tracer->close(t);
	mms_recording_destroy(t->recording);
	mms_stacks_destroy(t->stacks);
	mms_namer_destroy(t->namer);
	mms_files_destroy(t->files);
	free(t->counts);
}

/* ---- run ------------------------------------------------------------------- */

void mms_trace_begin_row(struct mms_trace *t, const struct mms_event *event, u64 *ret_since,
			 const char **ret_stack)
{
	*ret_since = event->time - t->begin;
	*ret_stack = NULL;
	if (event->user_stack >= 0 || event->kernel_stack >= 0)
		*ret_stack = mms_trace_folded(t, event->tgid, event->user_stack,
					      event->kernel_stack);
}

/* A row that is no more than its record. */
static void plain_record(struct mms_trace *t, const void *rec, size_t size)
{
	union {
		struct mms_event_row row;
		char room[MMS_GROUP_EVENT];
	} u;
	const size_t want = t->tracer->event_size - offsetof(struct mms_event_row, event);

	if (size < want)
		return;
	mms_trace_begin_row(t, rec, &u.row.since, &u.row.stack);
	memcpy(&u.room[offsetof(struct mms_event_row, event)], rec, want);
	mms_trace_event(t, &u, NULL, 0);
}

void mms_trace_take(struct mms_trace *t, const void *rec, size_t size)
{
	const struct mms_trace_file *file = rec;
	const struct mms_trace_exec *exec = rec;

	if (file->type == MMS_TRACE_EVENT && size >= sizeof(struct mms_event)) {
		t->at = ((const struct mms_event *)rec)->time;
		(t->tracer->record ?: plain_record)(t, rec, size);
		t->at = ~0ULL;
	} else if (file->type == MMS_TRACE_FILE && size >= sizeof(*file)) {
		mms_files_add(t->files, file);
	} else if (file->type == MMS_TRACE_EXEC && size >= sizeof(*exec) && t->namer) {
		mms_namer_forget(t->namer, exec->tgid);
		mms_stacks_forget(t->stacks, exec->tgid);
	}
}

static void take_record(struct mms_trace *t, const void *rec, size_t size)
{
	if (*(const u32 *)rec == MMS_TRACE_LOOK) {
		mms_uprobes_look(t, rec);
		return;
	}
	if (!t->recording) {
		mms_trace_take(t, rec, size);
		return;
	}
	/* Names are recorded as they are found, which is before what they are the names of. */
	if (t->namer)
		mms_trace_take(t, rec, size);
	mms_recording_add(t, rec, size);
	t->recorded += *(const u32 *)rec == MMS_TRACE_EVENT;
}

/*
 * libbpf does not come back as long as there is more, and what is done here may be what makes
 * more: it is told to at times.
 */
static int record(void *data, void *rec, size_t size)
{
	struct mms_trace *t = data;

	take_record(t, rec, size);
	return t->until && ++t->taken % LOOK_EVERY == 0 && mms_trace_now() >= t->until ? -EINTR : 0;
}

void mms_trace_event(struct mms_trace *t, const void *rec, const char *text, size_t len)
{
	const struct mms_row row = { .ctx = &t->ctx, .rec = rec, .text = text, .len = len };

	if (!t->args.record)
		t->calls.event(t->calls.data, &row);
}

/* What is looked at now was before the process called exec: it runs something else. */
static bool is_gone(struct mms_trace *t, s32 tgid)
{
	struct bpf_map *map = t->obj ? bpf_object__find_map_by_name(t->obj, "execs") : NULL;
	u64 time;

	return map && !bpf_map__lookup_elem(map, &tgid, sizeof(tgid), &time, sizeof(time), 0) &&
	       time > t->at;
}

struct mms_symbol mms_trace_name(struct mms_trace *t, s32 tgid, u64 address, bool *ret_new)
{
	const bool gone = tgid >= 0 && !mms_namer_known(t->namer, tgid, address).symbol &&
			  is_gone(t, tgid);

	return mms_namer_find(t->namer, tgid, address, gone, ret_new);
}

struct mms_symbol mms_trace_symbol(struct mms_trace *t, s32 tgid, u64 address)
{
	struct mms_symbol name = { .symbol = NULL };
	struct mms_trace_symbol rec = {
		.type = MMS_TRACE_SYMBOL, .tgid = tgid, .address = address,
	};
	bool is_new;

	if (!t->args.symbols || !t->namer || !address || address == MMS_TRACE_HIDDEN)
		return name;
	if (!t->args.record && t->recording)
		return mms_namer_known(t->namer, tgid, address);
	name = mms_trace_name(t, tgid, address, &is_new);
	if (is_new && t->recording)
		mms_recording_add_text(t, &rec, sizeof(rec), name.symbol, name.line ?: "");
	return name;
}

static void read_counts(struct mms_trace *t)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "counts");
	const u32 zero = 0;

	bpf_map__lookup_elem(map, &zero, sizeof(zero), t->counts, t->nr_cpus * sizeof(*t->counts),
			     0);
}

static void read_missed(struct mms_trace *t)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(t->obj, program)))
		t->missed += mms_bpf_missed(program);
}

/* Whether it is over; ticks on the way. */
static bool is_over(struct mms_trace *t, u64 *next_tick, u64 *ticks)
{
	u64 now = mms_trace_now();

	if (t->args.interval && now >= *next_tick) {
		*next_tick += t->args.interval;
		if (t->calls.tick)
			t->calls.tick(t->calls.data);
		if (t->args.count && ++*ticks >= t->args.count)
			return true;
	}
	return stopped || (t->args.duration && now >= t->begin + t->args.duration) ||
	       (t->child && mms_launch_ended(t));
}

/* For how long to read, and wait for more to read */
static int wait_ms(struct mms_trace *t, u64 next_tick)
{
	u64 now = mms_trace_now();

	t->until = now + POLL_MS * 1000000ULL;
	if (t->args.interval && next_tick < t->until)
		t->until = next_tick;
	if (t->args.duration && t->begin + t->args.duration < t->until)
		t->until = t->begin + t->args.duration;
	return t->until > now ? (t->until - now + 999999) / 1000000 : 0;
}

/* Have a program send what others hold back. */
static int send_held(struct mms_trace *t, const char *program, struct mms_err *err)
{
	if (!program)
		return 0;
	return mms_bpf_run(bpf_object__find_program_by_name(t->obj, program), err);
}

int mms_trace_run(struct mms_trace *t, const struct mms_trace_calls *calls, struct mms_err *err)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "events");
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(map), record, t, NULL);
	u64 next_tick = t->begin + t->args.interval, ticks = 0;
	bool over;
	int ret;

	if (!ring)
		return mms_bpf_error(errno, err);
	t->calls = *calls;
	mms_launch_go(t);
	do {
		over = is_over(t, &next_tick, &ticks);
		if (!over)
			ring_buffer__poll(ring, wait_ms(t, next_tick));
		ret = send_held(t, t->tracer->idle, err);
		/* Those that did not ring, too. */
		ring_buffer__consume(ring);
		calls->idle(calls->data);
		/* Only now there are names for it. */
		if (t->held && t->args.summing && t->tracer->left)
			t->tracer->left(t, NULL, NULL);
		mms_launch_release(t);
	} while (!over && !ret);
	bpf_object__detach_skeleton(t->skel);
	mms_sessions_detach(t);
	mms_breakpoints_destroy(t->breakpoints);
	t->breakpoints = NULL;
	t->until = 0;
	t->end = mms_trace_now();
	mms_uprobes_detach(t);
	if (!ret)
		ret = send_held(t, t->tracer->last, err);
	ring_buffer__consume(ring);
	calls->idle(calls->data);
	ring_buffer__free(ring);
	read_counts(t);
	read_missed(t);
	if (t->recording && mms_recording_end(t, err))
		ret = -1;
	return ret;
}

/* ---- maps ------------------------------------------------------------------ */

bool mms_trace_sum(struct mms_trace *t, u32 key, struct mms_trace_sum *ret_sum)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "sums");
	struct mms_trace_sum *sums = calloc(t->nr_cpus, sizeof(*sums));
	unsigned int cpu, i;

	memset(ret_sum, 0, sizeof(*ret_sum));
	if (!sums ||
	    bpf_map__lookup_elem(map, &key, sizeof(key), sums, t->nr_cpus * sizeof(*sums), 0)) {
		free(sums);
		return false;
	}
	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		ret_sum->total += sums[cpu].total;
		if (sums[cpu].max > ret_sum->max)
			ret_sum->max = sums[cpu].max;
		for (i = 0; i < MMS_TRACE_BUCKETS; i++) {
			ret_sum->buckets[i] += sums[cpu].buckets[i];
			ret_sum->count += sums[cpu].buckets[i];
		}
	}
	free(sums);
	return ret_sum->count;
}

unsigned int mms_trace_stack(struct mms_trace *t, s32 key, u64 *addresses, unsigned int room)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, "stacks");
	u64 stack[127] = { 0 };
	unsigned int n = 0;

	if (key < 0 || bpf_map__lookup_elem(map, &key, sizeof(key), stack, sizeof(stack), 0))
		return 0;
	while (n < room && n < ARRAY_SIZE(stack) && stack[n]) {
		addresses[n] = stack[n];
		n++;
	}
	return n;
}
