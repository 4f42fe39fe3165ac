// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where variables of the kernel are: an iterator over all symbols, which sees their
 * addresses whoever runs it, and costs less than to read and parse /proc/kallsyms.
 *
 * "bpf: add a ksym BPF iterator", 6.0. Data is in there with CONFIG_KALLSYMS_ALL.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "ksyms.h"

/* Names that are looked for, and their addresses: the caller's to fill before the run */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, char[MMS_KSYM_MAX_NAME]);
	__type(value, __u64);
} wanted SEC(".maps");

SEC("iter/ksym")
int each(struct bpf_iter__ksym *ctx)
{
	const struct kallsym_iter *sym = ctx->ksym;
	char name[MMS_KSYM_MAX_NAME] = { 0 };
	u64 *found;

	/* Of its type nothing is asked: on 7.3 most variables are said to be code. */
	if (!sym || sym->module_name[0])
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), sym->name);
	found = bpf_map_lookup_elem(&wanted, name);
	if (found)
		*found = *found ? MMS_KSYM_AMBIGUOUS : sym->value;
	return 0;
}

char _license[] SEC("license") = "GPL";
