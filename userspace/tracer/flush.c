// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace tlb: bpf/flush.bpf.c. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include "tracer.h"
#include "../model/flush.h"
#include "../source/bpf.h"
#include "flush.skel.h"

static const struct mms_hook hooks[] = {
	{ "mm_begin", "fentry", "flush_tlb_mm_range", true, "causes range, mm" },
	{ "mm_end", "fexit", "flush_tlb_mm_range", true, "causes range, mm" },
	{ "batch_begin", "fentry", "arch_tlbbatch_flush", false, "cause batch" },
	{ "batch_end", "fexit", "arch_tlbbatch_flush", false, "cause batch" },
	{ "kernel_begin", "fentry", "flush_tlb_kernel_range", true, "cause kernel" },
	{ "kernel_end", "fexit", "flush_tlb_kernel_range", true, "cause kernel" },
	{ "all_begin", "fentry", "flush_tlb_all", true, "cause all" },
	{ "all_end", "fexit", "flush_tlb_all", true, "cause all" },
	{ "rights_begin", "fentry", "cpa_flush", false, "cause rights" },
	{ "rights_end", "fexit", "cpa_flush", false, "cause rights" },
	{ "called", "fentry", "smp_call_function_many_cond", false, "CPUs that were interrupted" },
	{ "asked", "fexit", "should_flush_tlb", false, "CPUs that were interrupted" },
	{ "user_begin", "fentry", "flush_tlb_func", false, "what is received of address spaces" },
	{ "user_end", "fexit", "flush_tlb_func", false, "what is received of address spaces" },
	{ "everything_begin", "fentry", "do_flush_tlb_all", false, "what is received of everything" },
	{ "everything_end", "fexit", "do_flush_tlb_all", false, "what is received of everything" },
	{ "part_begin", "fentry", "do_kernel_range_flush", false, "what is received of kernel ranges" },
	{ "part_end", "fexit", "do_kernel_range_flush", false, "what is received of kernel ranges" },
	{ "rights_part_begin", "fentry", "__cpa_flush_tlb", false, "what is received of rights" },
	{ "rights_part_end", "fexit", "__cpa_flush_tlb", false, "what is received of rights" },
	{ "flushed", "tp_btf", "tlb_flush", true, "what a CPU has flushed, cause switch" },
	{ "switch_begin", "fentry", "switch_mm_irqs_off", false, "cause switch" },
	{ "switch_end", "fexit", "switch_mm_irqs_off", false, "cause switch" },
};

MMS_TRACER_SKELETON(flush)

static bool is_hooked(const struct mms_trace *t, const char *program)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].program, program))
			return t->hooked[i];
	return false;
}

static void flush_set(struct mms_trace *t)
{
	struct mms_flush_bpf *skel = t->priv;

	skel->rodata->nr_cpus = t->nr_cpus;
	skel->rodata->have_calls = is_hooked(t, "called") && is_hooked(t, "asked");
}

const struct mms_tracer mms_tracer_flush = {
	.name = "tlb",
	.model = &mms_model_flush,
	.hooks = hooks,
	.nr_hooks = ARRAY_SIZE(hooks),
	.causes = MMS_CAUSE_WORDS(MMS_FLUSH_CAUSES),
	.event_size = sizeof(struct mms_flush_row),
	.by = "cause,where,comm",
	.adds = "pages,ipis",
	.open = flush_open,
	.set = flush_set,
	.close = flush_close,
};
