/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault-around: pages that were mapped beside the one that faulted. A part of faults.bpf.c, which
 * has mark().
 */
#ifndef MMS_BPF_FAULTS_AROUND_BPF_H
#define MMS_BPF_FAULTS_AROUND_BPF_H

struct around {
	u64 slot;	/* address of the first entry */
	u32 count;
};

static long count_entry(u32 i, struct around *around)
{
	if (mms_word(around->slot + i * sizeof(u64)) & PTE_PRESENT)
		around->count++;
	return 0;
}

/* Entries that are there from @start to @end, as far as they are in one table. */
static __always_inline u32 count_around(struct vm_fault *vmf, u64 start, u64 end)
{
	u64 address = vmf->address - (vmf->pgoff - start) * 4096;
	u64 pmd = mms_word((u64)vmf->pmd), nr = end - start + 1;
	struct around around = {};

	if (!(pmd & PTE_PRESENT))
		return 0;
	if (nr > 512 - (address >> 12 & 511))
		nr = 512 - (address >> 12 & 511);
	if (pmd & PTE_PSE)
		return nr;
	around.slot = walk_slot(walk_table(pmd), address, 12);
	bpf_loop(nr, count_entry, &around, 0);
	return around.count;
}

SEC("fentry/filemap_map_pages")
int BPF_PROG(around_begin, struct vm_fault *vmf, unsigned long start, unsigned long end)
{
	struct slot *slot = mark(0);

	if (slot && !summing)
		slot->around = count_around(vmf, start, end);
	return 0;
}

SEC("fexit/filemap_map_pages")
int BPF_PROG(around_end, struct vm_fault *vmf, unsigned long start, unsigned long end)
{
	struct slot *slot = mark(0);
	u64 now, faulted;

	if (!slot || summing)
		return 0;
	now = count_around(vmf, start, end);
	/* The one that was asked for is none of them. */
	faulted = mms_word(walk_slot(walk_table(mms_word((u64)vmf->pmd)), vmf->address, 12)) &
		  PTE_PRESENT;
	if (now > slot->around + faulted)
		slot->rec.around = now - slot->around - faulted;
	return 0;
}

#endif /* MMS_BPF_FAULTS_AROUND_BPF_H */
