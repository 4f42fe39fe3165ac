// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks of kinds "kprobe.multi" and "kretprobe.multi": what fentry and fexit are, where the
 * kernel is preemptible. A program of theirs may lose the CPU, and is not called for others there
 * until it has it back; a kprobe's handler is not preempted. They cost more.
 *
 * libbpf would look for the function in /proc/kallsyms, where there is no address for who lacks
 * CAP_SYSLOG; the kernel takes its name.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "tracer.h"
#include "../lib/sysfile.h"
#include "../source/bpf.h"

#define KRETPROBE "kretprobe.multi"

bool mms_hook_is_multi(const struct mms_hook *hook)
{
	return !strcmp(hook->kind, "kprobe.multi") || !strcmp(hook->kind, KRETPROBE);
}

/* With PREEMPT_DYNAMIC it is a choice at boot; who may not see which is taken for one that is. */
bool mms_kernel_is_preemptible(void)
{
	struct utsname name;
	bool is = true;
	char *mode;

	if (uname(&name) || !strstr(name.version, "PREEMPT"))
		return false;
	if (!strstr(name.version, "PREEMPT_DYNAMIC"))
		return true;
	if (mms_sys_read("", &mode, "/sys/kernel/debug/sched/preempt") > 0) {
		is = strstr(mode, "(full)") || strstr(mode, "(lazy)");
		free(mode);
	}
	return is;
}

static int attach(struct mms_trace *t, unsigned int number)
{
	const struct mms_hook *hook = &t->tracer->hooks[number];
	const char *target = t->target[number];
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = &target, .cnt = 1,
		    .retprobe = !strcmp(hook->kind, KRETPROBE));
	struct bpf_program *program = bpf_object__find_program_by_name(t->obj, hook->program);
	struct bpf_link *link = bpf_program__attach_kprobe_multi_opts(program, NULL, &opts);

	if (!link)
		return -errno;
	t->multi[t->nr_multi++] = link;
	return 0;
}

int mms_multi_attach(struct mms_trace *t, struct mms_err *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < t->tracer->nr_hooks && !ret; i++)
		if (mms_hook_is_multi(&t->tracer->hooks[i]) && !t->unused[i])
			ret = attach(t, i);
	return ret ? mms_bpf_error(-ret, err) : 0;
}

void mms_multi_detach(struct mms_trace *t)
{
	while (t->nr_multi)
		bpf_link__destroy(t->multi[--t->nr_multi]);
}
