// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks of kind "kprobe.session": one program at the beginning and the end of a function, where the
 * beginning says whether the end is wanted. They are what fentry and fexit are, where the
 * kernel is preemptible: a program of those may lose the CPU, and is not called for others there
 * until it has it back; a kprobe's handler is not preempted. They cost more.
 *
 * The system calls are made here, as libbpf 1.1 knows no sessions. The kernel takes the function's
 * name: /proc/kallsyms has no address for who lacks CAP_SYSLOG.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "tracer.h"
#include "../lib/sysfile.h"
#include "../source/bpf.h"

#define TRACE_KPROBE_SESSION 56	/* BPF_TRACE_KPROBE_SESSION of <linux/bpf.h>, 6.10 */

bool mms_hook_is_session(const struct mms_hook *hook)
{
	return !strcmp(hook->kind, "kprobe.session");
}

/* With PREEMPT_DYNAMIC it is a choice at boot; who may not see which is taken for one that is. */
static bool is_preemptible(void)
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

/*
 * Sessions came with "bpf: Add support for kprobe session attach", 6.10. They miss none since they
 * work on fgraph's stack of returns, which has room for each task: "fprobe: Rewrite fprobe on
 * function-graph tracer", 6.14.
 */
bool mms_sessions_wanted(const struct mms_trace *t, const struct btf *btf)
{
	return *t->have_rdonly_cast && is_preemptible() &&
	       btf__find_by_name_kind(btf, "fprobe_fgraph_entry", BTF_KIND_FUNC) > 0;
}

void mms_session_aim(struct bpf_program *program)
{
	bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)TRACE_KPROBE_SESSION);
}

static int attach(struct mms_trace *t, unsigned int number)
{
	const char *program = t->tracer->hooks[number].program, *target = t->target[number];
	union bpf_attr attr = { 0 };
	int fd;

	attr.link_create.prog_fd =
		bpf_program__fd(bpf_object__find_program_by_name(t->obj, program));
	attr.link_create.attach_type = TRACE_KPROBE_SESSION;
	attr.link_create.kprobe_multi.syms = (u64)(uintptr_t)&target;
	attr.link_create.kprobe_multi.cnt = 1;
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	t->session[t->nr_sessions++] = fd;
	return 0;
}

int mms_sessions_attach(struct mms_trace *t, struct mms_err *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < t->tracer->nr_hooks && !ret; i++)
		if (mms_hook_is_session(&t->tracer->hooks[i]) && !t->unused[i])
			ret = attach(t, i);
	return ret ? mms_bpf_error(-ret, err) : 0;
}

void mms_sessions_detach(struct mms_trace *t)
{
	while (t->nr_sessions)
		close(t->session[--t->nr_sessions]);
}
