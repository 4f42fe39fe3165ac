// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks as one line, as flame graphs take them: outermost function first, parted by
 * semicolons, the kernel's with _[k] behind. Each is made once and kept.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "symbols.h"
#include "tracer.h"
#include "../lib/out.h"

struct stack {
	s32 user, kernel;
	char *text;
};

/**
 * struct process - the stacks of what a process runs, until it is forgotten by exec
 * @tgid: of the process
 * @stacks: a tree of struct stack, see tsearch()
 * @next: the next that is forgotten
 */
struct process {
	s32 tgid;
	void *stacks;
	struct process *next;
};

struct mms_stacks {
	void *processes;		/* a tree of struct process */
	struct process *forgotten;	/* rows may have their texts still */
};

static int by_tgid(const void *one, const void *other)
{
	const struct process *a = one, *b = other;

	return (a->tgid > b->tgid) - (a->tgid < b->tgid);
}

static int by_numbers(const void *one, const void *other)
{
	const struct stack *a = one, *b = other;

	if (a->user != b->user)
		return a->user > b->user ? 1 : -1;
	return (a->kernel > b->kernel) - (a->kernel < b->kernel);
}

static void put(struct mms_out *out, struct mms_trace *t, s32 tgid, s32 key, const char *mark,
		bool *any)
{
	u64 address[127];
	unsigned int n = mms_trace_stack(t, key, address, ARRAY_SIZE(address));
	const char *p;

	while (n-- > 0) {
		/* Where a frame pointer was something else. */
		if (tgid >= 0 && (address[n] < 4096 || address[n] >> 56))
			continue;
		p = mms_trace_name(t, tgid, address[n], NULL).symbol;
		/* That is us. */
		if (tgid < 0 && (!strncmp(p, "bpf_prog_", 9) || !strncmp(p, "bpf_trampoline_", 15)))
			continue;
		if (*any)
			mms_out_char(out, ';');
		*any = true;
		for (; *p; p++)
			mms_out_char(out, *p == ';' || *p == ' ' ? '_' : *p);
		mms_out_str(out, mark);
	}
}

static struct process *find_process(const struct mms_stacks *stacks, s32 tgid)
{
	const struct process key = { .tgid = tgid };
	struct process **at = stacks ? tfind(&key, &stacks->processes, by_tgid) : NULL;

	return at ? *at : NULL;
}

static const struct stack *find(const struct mms_stacks *stacks, s32 tgid, s32 user, s32 kernel)
{
	const struct stack key = { .user = user, .kernel = kernel };
	const struct process *p = find_process(stacks, tgid);
	struct stack **at = p ? tfind(&key, &p->stacks, by_numbers) : NULL;

	return at ? *at : NULL;
}

/* Adds a copy of @key, which is not in the tree; NULL: no memory. */
static void *add(void **tree, const void *key, size_t size,
		 int (*compare)(const void *one, const void *other))
{
	void *copy = malloc(size);

	if (copy)
		memcpy(copy, key, size);
	if (copy && tsearch(copy, tree, compare))
		return copy;
	free(copy);
	return NULL;
}

/* Keeps @text, which is to be freed; NULL: no memory. */
static const char *keep(struct mms_trace *t, s32 tgid, s32 user, s32 kernel, char *text)
{
	const struct process process = { .tgid = tgid };
	const struct stack stack = { .user = user, .kernel = kernel, .text = text };
	struct process *p = NULL;

	if (!t->stacks)
		t->stacks = calloc(1, sizeof(*t->stacks));
	if (text && t->stacks)
		p = find_process(t->stacks, tgid) ?:
		    add(&t->stacks->processes, &process, sizeof(process), by_tgid);
	if (p && add(&p->stacks, &stack, sizeof(stack), by_numbers))
		return text;
	free(text);
	return NULL;
}

const char *mms_trace_folded(struct mms_trace *t, s32 tgid, s32 user, s32 kernel)
{
	const struct mms_trace_stack rec = {
		.type = MMS_TRACE_STACK, .tgid = tgid, .user = user, .kernel = kernel,
	};
	const struct stack *s = find(t->stacks, tgid, user, kernel);
	struct mms_out out;
	bool any = false;
	char *text;

	if (s)
		return s->text;
	/* A recording has them all. */
	if (!t->namer || (t->recording && !t->args.record) || mms_out_init(&out, -1))
		return NULL;
	put(&out, t, tgid, user, "", &any);
	put(&out, t, -1, kernel, "_[k]", &any);
	text = strndup(out.buf, out.error ? 0 : out.len);
	mms_out_deinit(&out);
	if (text && t->recording)
		mms_recording_add_text(t, &rec, sizeof(rec), text, NULL);
	return keep(t, tgid, user, kernel, text);
}

void mms_stacks_add(struct mms_trace *t, const struct mms_trace_stack *stack)
{
	if (!find(t->stacks, stack->tgid, stack->user, stack->kernel))
		keep(t, stack->tgid, stack->user, stack->kernel, strdup(stack->text));
}

void mms_stacks_forget(struct mms_stacks *stacks, s32 tgid)
{
	struct process *p = find_process(stacks, tgid);

	if (!p)
		return;
	tdelete(p, &stacks->processes, by_tgid);
	p->next = stacks->forgotten;
	stacks->forgotten = p;
}

static void destroy_stack(void *data)
{
	struct stack *s = data;

	free(s->text);
	free(s);
}

static void destroy_process(void *data)
{
	struct process *p = data;

	tdestroy(p->stacks, destroy_stack);
	free(p);
}

void mms_stacks_destroy(struct mms_stacks *stacks)
{
	struct process *p, *next;

	if (!stacks)
		return;
	tdestroy(stacks->processes, destroy_process);
	for (p = stacks->forgotten; p; p = next) {
		next = p->next;
		destroy_process(p);
	}
	free(stacks);
}
