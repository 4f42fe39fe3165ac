// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long one process holds the locks that others wait for: read-write semaphores (mmap_lock
 * is one) for reading, and spinlocks with interrupts off (zone->lock is one). Seen from
 * outside, as the module calls the kernel's own functions for both.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define NESTED 8

volatile __u32 reader; /* the process; set before it is looked at */
volatile __u64 longest_sem, longest_spin; /* ns */
volatile __u64 missed; /* holds for which there was no room */

/* Those that it holds now. One task on one CPU: nobody else writes here. */
struct hold {
	__u64 lock, begin;
};
static struct hold sems[NESTED], spins[NESTED];

static __always_inline int begin(struct hold *held, void *lock)
{
	__u32 i;

	if (bpf_get_current_pid_tgid() >> 32 != reader)
		return 0;
	for (i = 0; i < NESTED; i++) {
		if (held[i].lock && held[i].lock != (__u64)lock)
			continue;
		held[i].lock = (__u64)lock;
		held[i].begin = bpf_ktime_get_ns();
		return 0;
	}
	missed++;
	return 0;
}

static __always_inline int end(struct hold *held, void *lock, volatile __u64 *longest)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 i;

	if (bpf_get_current_pid_tgid() >> 32 != reader)
		return 0;
	for (i = 0; i < NESTED; i++) {
		if (held[i].lock != (__u64)lock)
			continue;
		held[i].lock = 0;
		if (now - held[i].begin > *longest)
			*longest = now - held[i].begin;
		break;
	}
	return 0;
}

SEC("fexit/down_read")
int BPF_PROG(read_locked, void *lock)
{
	return begin(sems, lock);
}

SEC("fexit/down_read_killable")
int BPF_PROG(read_locked_killably, void *lock, int ret)
{
	return ret ? 0 : begin(sems, lock);
}

SEC("fexit/down_read_trylock")
int BPF_PROG(read_locked_at_once, void *lock, int ret)
{
	return ret ? begin(sems, lock) : 0;
}

SEC("fentry/up_read")
int BPF_PROG(read_unlocked, void *lock)
{
	return end(sems, lock, &longest_sem);
}

SEC("fexit/_raw_spin_lock_irqsave")
int BPF_PROG(spin_locked, void *lock)
{
	return begin(spins, lock);
}

SEC("fentry/_raw_spin_unlock_irqrestore")
int BPF_PROG(spin_unlocked, void *lock)
{
	return end(spins, lock, &longest_spin);
}

char _license[] SEC("license") = "GPL";
