// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is paid before a program has done anything: an fentry and an fexit program that are
 * empty. No tracer that times a function can cost less.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("fentry/handle_mm_fault")
int begin(void *ctx __attribute__((unused)))
{
	return 0;
}

SEC("fexit/handle_mm_fault")
int end(void *ctx __attribute__((unused)))
{
	return 0;
}

char _license[] SEC("license") = "GPL";
