// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks as one line, as flame graphs take them: outermost function first, parted by
 * semicolons, the kernel's with _[k] behind. Each is made once and kept.
 */
#include <stdlib.h>
#include <string.h>
#include "symbols.h"
#include "tracer.h"
#include "../lib/out.h"

struct stack {
	struct stack *next;
	s32 tgid, user, kernel;
	char *text;
};

struct mms_stacks {
	struct stack *slots[4096];
	struct stack *forgotten;	/* rows may have their texts still */
};

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

static struct stack **slot_of(struct mms_trace *t, s32 tgid, s32 user, s32 kernel)
{
	u64 hash = ((u64)user << 32 ^ (u32)kernel ^ (u64)tgid << 16) * 0x9e3779b97f4a7c15ULL;

	if (!t->stacks)
		t->stacks = calloc(1, sizeof(*t->stacks));
	return t->stacks ? &t->stacks->slots[hash >> 52] : NULL;
}

static struct stack *find(struct stack *s, s32 tgid, s32 user, s32 kernel)
{
	while (s && (s->tgid != tgid || s->user != user || s->kernel != kernel))
		s = s->next;
	return s;
}

/* Keeps @text, which is to be freed. */
static const char *keep(struct stack **slot, s32 tgid, s32 user, s32 kernel, char *text)
{
	struct stack *s = text ? malloc(sizeof(*s)) : NULL;

	if (!s) {
		free(text);
		return NULL;
	}
	*s = (struct stack){
		.next = *slot, .tgid = tgid, .user = user, .kernel = kernel, .text = text,
	};
	*slot = s;
	return text;
}

const char *mms_trace_folded(struct mms_trace *t, s32 tgid, s32 user, s32 kernel)
{
	const struct mms_trace_stack rec = {
		.type = MMS_TRACE_STACK, .tgid = tgid, .user = user, .kernel = kernel,
	};
	struct stack **slot = slot_of(t, tgid, user, kernel), *s;
	struct mms_out out;
	bool any = false;
	char *text;

	s = slot ? find(*slot, tgid, user, kernel) : NULL;
	if (s)
		return s->text;
	/* A recording has them all. */
	if (!slot || !t->namer || (t->recording && !t->args.record) || mms_out_init(&out, -1))
		return NULL;
	put(&out, t, tgid, user, "", &any);
	put(&out, t, -1, kernel, "_[k]", &any);
	text = strndup(out.buf, out.error ? 0 : out.len);
	mms_out_deinit(&out);
	if (text && t->recording)
		mms_recording_add_text(t, &rec, sizeof(rec), text, NULL);
	return keep(slot, tgid, user, kernel, text);
}

void mms_stacks_add(struct mms_trace *t, const struct mms_trace_stack *stack)
{
	struct stack **slot = slot_of(t, stack->tgid, stack->user, stack->kernel);

	if (slot && !find(*slot, stack->tgid, stack->user, stack->kernel))
		keep(slot, stack->tgid, stack->user, stack->kernel, strdup(stack->text));
}

void mms_stacks_forget(struct mms_stacks *stacks, s32 tgid)
{
	struct stack **link, *s;
	size_t i;

	for (i = 0; stacks && i < ARRAY_SIZE(stacks->slots); i++) {
		for (link = &stacks->slots[i]; (s = *link);) {
			if (s->tgid != tgid) {
				link = &s->next;
				continue;
			}
			*link = s->next;
			s->next = stacks->forgotten;
			stacks->forgotten = s;
		}
	}
}

static void destroy_all(struct stack *s)
{
	struct stack *next;

	for (; s; s = next) {
		next = s->next;
		free(s->text);
		free(s);
	}
}

void mms_stacks_destroy(struct mms_stacks *stacks)
{
	size_t i;

	for (i = 0; stacks && i < ARRAY_SIZE(stacks->slots); i++)
		destroy_all(stacks->slots[i]);
	if (stacks)
		destroy_all(stacks->forgotten);
	free(stacks);
}
