// SPDX-License-Identifier: GPL-2.0-only
/* Where an address space is in the TLBs: bpf/tlb.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "../lib/sysfile.h"
#include "tlb.skel.h"

/* The word is there only while KPTI is on: arch/x86/mm/pti.c. */
static bool has_pti(void)
{
	char *text;
	bool pti;

	if (mms_sys_read("", &text, "/proc/cpuinfo") < 0)
		return false;
	pti = strstr(text, " pti ") || strstr(text, " pti\n");
	free(text);
	return pti;
}

static int load(struct mms_tlb *tlb, struct mms_err *err)
{
	struct mms_tlb_bpf *skel = mms_tlb_bpf__open();
	int ret;

	if (!skel)
		return mms_bpf_error(errno, err);
	skel->rodata->nr_cpus = tlb->cpus.nr;
	ret = mms_bpf_map_size(skel->maps.cpus, tlb->cpus.nr);
	if (ret)
		mms_bpf_error(-ret, err);
	else if (!mms_bpf_load(skel->skeleton, err))
		tlb->cpu = mms_bpf_map(skel->maps.cpus, err);
	if (!tlb->cpu) {
		mms_tlb_bpf__destroy(skel);
		return -1;
	}
	tlb->skel = skel;
	return 0;
}

int mms_tlb_open(struct mms_tlb *tlb, struct mms_err *err)
{
	struct mms_tlb_mm self;

	memset(tlb, 0, sizeof(*tlb));
	if (mms_bpf_check(err) || mms_cpus_init(&tlb->cpus, err))
		return -1;
	if (load(tlb, err)) {
		mms_cpus_deinit(&tlb->cpus);
		return -1;
	}
	tlb->pti = has_pti();
	/* What this kernel lacks shows on any process. */
	if (!mms_tlb_look(tlb, getpid(), &self, err))
		return 0;
	mms_tlb_close(tlb);
	return -1;
}

int mms_tlb_look(struct mms_tlb *tlb, s32 pid, struct mms_tlb_mm *ret_mm, struct mms_err *err)
{
	struct mms_tlb_mm *mm = &tlb->skel->bss->space;

	memset(mm, 0, sizeof(*mm));
	if (mms_bpf_iter_task(tlb->skel->progs.tlb, pid, err))
		return -1;
	switch (mm->status) {
	case MMS_TLB_OK:
		*ret_mm = *mm;
		return 0;
	case MMS_TLB_NO_TASK:
		return mms_err_set(err, MMS_EXIT_FAILED, "no process %d, or it is gone", pid);
	case MMS_TLB_KTHREAD:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%d (%.16s) is a kernel thread: it has no address space, it runs on that of whoever ran before",
				   pid, mm->comm);
	case MMS_TLB_EXITED:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%d (%.16s) has no address space any more: it has exited", pid,
				   mm->comm);
	default:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel's types do not have cpu_tlbstate: it needs an x86 kernel with CONFIG_KALLSYMS_ALL, and variables of each CPU in its BTF");
	}
}

void mms_tlb_close(struct mms_tlb *tlb)
{
	mms_bpf_unmap(tlb->skel->maps.cpus, tlb->cpu);
	mms_tlb_bpf__destroy(tlb->skel);
	mms_cpus_deinit(&tlb->cpus);
}
