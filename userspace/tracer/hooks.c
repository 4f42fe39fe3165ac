// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which hooks this kernel has, and which of them are wanted. What is inlined is not in its
 * BTF. A function may be there and still not be one that can be traced: then the programs
 * do not attach, and all is tried again with tracefs's list, whose reading takes longer than
 * the rest.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer.h"
#include "uprobes.h"
#include "../lib/sysfile.h"
#include "../source/bpf.h"

/* "NAME" or "NAME [MODULE]" as a line of the list. */
static bool is_listed(const char *list, const char *name)
{
	const size_t len = strlen(name);
	const char *p = list;

	while ((p = strstr(p, name))) {
		if ((p == list || p[-1] == '\n') && (p[len] == '\n' || p[len] == ' ' || !p[len]))
			return true;
		p += len;
	}
	return false;
}

static bool is_there(const struct btf *btf, const char *functions, const char *kind,
		     const char *target)
{
	char name[128];

	if (!strcmp(kind, "tp_btf")) {
		snprintf(name, sizeof(name), "btf_trace_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
	}
	return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) > 0 &&
	       (!functions || is_listed(functions, target));
}

/* The first of its targets that is there goes to @ret_target; all of them if none is. */
static bool find_target(const struct btf *btf, const char *functions, const struct mms_hook *hook,
			char *ret_target)
{
	const char *p = hook->target;
	size_t len;

	for (;; p += len + 1) {
		len = strcspn(p, ",");
		snprintf(ret_target, MMS_MAX_TARGET, "%.*s", (int)len, p);
		if (is_there(btf, functions, hook->kind, ret_target))
			return true;
		if (!p[len])
			break;
	}
	snprintf(ret_target, MMS_MAX_TARGET, "%s", hook->target);
	return false;
}

static void aim(struct mms_trace *t, const struct mms_hook *hook, const char *target)
{
	struct bpf_program *p = bpf_object__find_program_by_name(t->obj, hook->program);

	if (p && strchr(hook->target, ','))
		bpf_program__set_attach_target(p, 0, target);
	if (p && mms_hook_is_session(hook))
		mms_session_aim(p);
}

static void turn_off(struct mms_trace *t, const char *program)
{
	struct bpf_program *p = bpf_object__find_program_by_name(t->obj, program);

	if (p)
		bpf_program__set_autoload(p, false);
}

bool mms_hook_is_breakpoint(const struct mms_hook *hook)
{
	return !strcmp(hook->kind, "breakpoint");
}

static enum mms_hook_way choose(const struct mms_trace *t, const struct btf *btf)
{
	if (t->args.breakpoint)
		return MMS_WAY_BREAKPOINT;
	return !t->args.allow_missed && mms_sessions_wanted(t, btf) ? MMS_WAY_SESSION :
								     MMS_WAY_TRAMPOLINE;
}

static bool is_unused(const struct mms_trace *t, const struct mms_hook *hook, enum mms_hook_way way)
{
	const struct mms_hook_for *f = t->tracer->hooks_for;
	const u64 causes = t->args.filter.causes ?: ~0ULL;

	for (; f && f->program; f++)
		if (!strcmp(f->program, hook->program))
			return (f->causes && !(f->causes & causes)) || (f->way && f->way != way);
	return false;
}

bool mms_trace_misses_hook(const struct mms_trace *t, unsigned int number)
{
	const struct mms_hook *hooks = t->tracer->hooks;
	unsigned int i;

	if (t->hooked[number])
		return false;
	for (i = 0; hooks[number].needed > true && i < t->tracer->nr_hooks; i++)
		if (t->hooked[i] && hooks[i].needed == hooks[number].needed)
			return false;
	return true;
}

/* The causes that are all that is lost without @hook; 0 if it is something else, or more. */
static u64 causes_lost(const struct mms_trace *t, const struct mms_hook *hook)
{
	const char *names = hook->lost ? strchr(hook->lost, ' ') : NULL, *bad;
	u64 causes = 0;

	/* "cause NAME", "causes NAME, NAME" */
	if (names && !strncmp(hook->lost, "cause", strlen("cause")))
		mms_event_causes_parse(t->tracer->causes, names, &causes, &bad);
	return causes;
}

int mms_trace_find_hooks(struct mms_trace *t, struct mms_err *err)
{
	const struct mms_tracer *tracer = t->tracer;
	struct btf *btf = btf__load_vmlinux_btf();
	enum mms_hook_way way;
	char *functions = NULL;
	unsigned int i;
	int ret = 0;

	if (!btf)
		return mms_bpf_error(EINVAL, err);
	if (mms_uprobes_find(t, err)) {
		btf__free(btf);
		return -1;
	}
	if (t->careful &&
	    mms_sys_read("", &functions, "/sys/kernel/tracing/available_filter_functions") <= 0 &&
	    mms_sys_read("", &functions, "/sys/kernel/debug/tracing/available_filter_functions") <= 0)
		functions = NULL;
	*t->have_rdonly_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	way = choose(t, btf);
	for (i = 0; i < tracer->nr_hooks; i++) {
		const struct mms_hook *hook = &tracer->hooks[i];

		if (mms_hook_is_user(hook)) {
			snprintf(t->target[i], MMS_MAX_TARGET, "%s", hook->target);
			continue;
		}
		t->hooked[i] = find_target(btf, functions, hook, t->target[i]);
		t->unused[i] = is_unused(t, hook, way);
		if (t->hooked[i] && !t->unused[i])
			aim(t, hook, t->target[i]);
		else
			turn_off(t, hook->program);
	}
	for (i = 0; i < tracer->nr_hooks && !ret; i++) {
		const struct mms_hook *hook = &tracer->hooks[i];

		if ((hook->needed || causes_lost(t, hook) & t->args.named) && !t->unused[i] &&
		    mms_trace_misses_hook(t, i))
			ret = mms_err_set(err, MMS_EXIT_MISSING,
					  "this %s has no %s that can be hooked (%s), without which %s cannot be told",
					  mms_hook_is_user(hook) ? "C library" : "kernel",
					  hook->target, hook->kind, hook->lost);
	}
	if (!ret && way == MMS_WAY_BREAKPOINT && !*t->have_rdonly_cast)
		ret = mms_err_set(err, MMS_EXIT_MISSING,
				  "this kernel has no bpf_rdonly_cast() (Linux 6.2), without which a program of a breakpoint cannot read what a function was given: leave out --breakpoint");
	if (!t->namer)
		turn_off(t, "tell_exec");
	if (!t->args.command) {
		turn_off(t, "follow_exec");
		turn_off(t, "follow_fork");
		turn_off(t, "follow_free");
	}
	free(functions);
	btf__free(btf);
	return ret;
}
