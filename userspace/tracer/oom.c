// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace oom: bpf/oom.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include "tracer.h"
#include "../model/oom.h"
#include "../source/bpf.h"
#include "oom.skel.h"

static const struct mms_hook hooks[] = {
	{ "decision_begin", "fentry", "out_of_memory", true, "any decision" },
	{ "decision_end", "fexit", "out_of_memory", true, "any decision" },
	{ "chosen", "fentry", "oom_kill_process", true, "who was chosen" },
	{ "killing", "fentry", "__oom_kill_process", true, "who was killed" },
	{ "marked", "tp_btf", "mark_victim", true, "who was killed" },
	{ "candidate", "fexit", "oom_badness", false, "cause candidate" },
	{ "member", "fentry", "oom_kill_memcg_member", false, "cause group from victim" },
	{ "signalled", "tp_btf", "signal_generate", false, "cause shared" },
	{ "reap_begin", "tp_btf", "start_task_reaping", false, "cause reaped" },
	{ "reap_end", "tp_btf", "finish_task_reaping", false, "cause reaped" },
	{ "reap_mm_begin", "fentry", "__oom_reap_task_mm", false, "pages of cause reaped" },
	{ "reap_mm_end", "fexit", "__oom_reap_task_mm", false, "pages of cause reaped" },
	{ "reap_skipped", "tp_btf", "skip_task_reaping", false, "cause skipped" },
};

MMS_TRACER_SKELETON(oom)

static void oom_set(struct mms_trace *t)
{
	struct mms_oom_bpf *skel = t->priv;

	skel->rodata->nr_cpus = t->nr_cpus;
}

const struct mms_tracer mms_tracer_oom = {
	.name = "oom",
	.model = &mms_model_oom,
	.causes = MMS_CAUSE_WORDS(MMS_OOM_CAUSES),
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.event_size = sizeof(struct mms_oom_row),
	.by = "cause,comm",
	.adds = "freed",
	.open = oom_open,
	.set = oom_set,
	.close = oom_close,
};
