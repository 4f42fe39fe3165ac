// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others wait for while the module reads the largest process and all of memory: the
 * longest hold of a lock, seen by BPF programs at the kernel's own functions for locks, and
 * the longest stretch in which a thread that is due does not get the processor, seen by a
 * thread of real-time priority that is due all the time.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "locks.skel.h"

/* Documentation/design.rst has them, too. */
#define SEM_LIMIT 1000000 /* ns that mmap_lock may be held */
#define SPIN_LIMIT 20000 /* ns that zone->lock may be */
#define STRETCH_LIMIT 1000000 /* ns without rescheduling */
#define PERIOD 50000 /* ns between two times that the thread is due */
#define ROUNDS 3

/* As many rows as there can be, and as few: most time for copying, and most entries in one hold. */
static const struct {
	const char *view;
	unsigned int flags;
	bool of_process;
} reads[] = {
	{ "pgtable", MMS_Q_NO_MERGE, true },
	{ "pgtable", MMS_Q_MERGE_ATTR, true },
	{ "entries", 0, true },
	{ "tables", 0, true },
	{ "folios", 0, true },
	{ "maps", 0, true },
	{ "pfns", MMS_Q_NO_MERGE, false },
	{ "pfns", 0, false },
	{ "blocks", 0, false },
	{ "buddy", 0, false },
	{ "rmap", 0, false },
	{ "files", 0, false },
	{ "kernel", 0, false },
};
#define NR_READS (sizeof(reads) / sizeof(reads[0]))

static void report_worst(const char *name, double worst, double limit)
{
	struct result r = {
		.unit = "ns",
		.ours = worst,
		.rows = -1,
		.peer = { { "limit", limit, NULL, 1 } },
	};

	snprintf(r.name, sizeof(r.name), "%s", name);
	report(r);
}

static void say_read(const char *what, double value, unsigned int i)
{
	printf("  %-8s %-12s %s for %.0f ns at most\n", reads[i].view,
	       reads[i].flags & MMS_Q_NO_MERGE	 ? "a row each" :
	       reads[i].flags & MMS_Q_MERGE_ATTR ? "by attributes" :
						   "", what, value);
}

static struct ours read_of(unsigned int i, const struct target *t)
{
	struct ours o = { .view = reads[i].view };

	o.query.pid = reads[i].of_process ? t->pid : 0;
	o.query.flags = reads[i].flags;
	return o;
}

/* ---- locks ----------------------------------------------------------------- */

static void locks(const struct target *t)
{
	double sem = 0, spin = 0;
	struct locks_bpf *bpf = locks_bpf__open_and_load();

	if (!bpf || locks_bpf__attach(bpf))
		die("no programs at the functions for locks: %m");
	for (unsigned int i = 0; i < NR_READS; i++) {
		struct ours o = read_of(i, t);

		double least_sem = INFINITY, least_spin = INFINITY;

		/* who holds one may be preempted, or interrupted: the least of some reads is without that */
		for (int j = 0; j < ROUNDS; j++) {
			bpf->bss->longest_sem = 0;
			bpf->bss->longest_spin = 0;
			bpf->bss->reader = getpid();
			ours_read(&o);
			bpf->bss->reader = 0;
			least_sem = fmin(least_sem, bpf->bss->longest_sem);
			least_spin = fmin(least_spin, bpf->bss->longest_spin);
		}
		if (!least_sem && reads[i].of_process)
			die("%s: no hold of mmap_lock was seen", reads[i].view);
		if (reads[i].of_process) {
			say_read("holds mmap_lock", least_sem, i);
			sem = fmax(sem, least_sem);
		}
		if (least_spin) {
			say_read("holds a spinlock", least_spin, i);
			spin = fmax(spin, least_spin);
		}
	}
	if (!spin || bpf->bss->missed)
		die("holds of spinlocks were not seen: %llu", (unsigned long long)bpf->bss->missed);
	report_worst("longest hold of mmap_lock, all reads", sem, SEM_LIMIT);
	report_worst("longest hold of zone->lock, all reads", spin, SPIN_LIMIT);
	locks_bpf__destroy(bpf);
}

/* ---- rescheduling ------------------------------------------------------------ */

static volatile bool watching;

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Whoever is due again and again: how late it was at worst goes to @arg, and it begins anew. */
static void *due(void *arg)
{
	volatile uint64_t *latest = arg;
	uint64_t next = clock_ns();

	while (watching) {
		struct timespec t;
		uint64_t now;

		next += PERIOD;
		t.tv_sec = next / 1000000000;
		t.tv_nsec = next % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		now = clock_ns();
		if (now - next > *latest)
			*latest = now - next;
		if (now > next)
			next = now;
	}
	return NULL;
}

/* Work with no call of the kernel: how late the thread is by itself. */
static void spin_a_while(void)
{
	uint64_t end = clock_ns() + 100 * PERIOD;

	while (clock_ns() < end)
		;
}

static void stretches(const struct target *t)
{
	const struct sched_param above = { .sched_priority = 50 };
	static volatile uint64_t latest;
	double worst = 0;
	pthread_attr_t attr;
	pthread_t thread;

	watching = true;
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &above);
	if (pthread_create(&thread, &attr, due, (void *)&latest))
		die("no thread of real-time priority");
	spin_a_while();
	latest = 0;
	spin_a_while();
	printf("a thread of real-time priority is %lu ns late at worst while nothing is read\n", (unsigned long)latest);
	for (unsigned int i = 0; i < NR_READS; i++) {
		struct ours o = read_of(i, t);

		latest = 0;
		for (int j = 0; j < ROUNDS; j++)
			ours_read(&o);
		say_read("keeps the CPU", latest, i);
		worst = fmax(worst, latest);
	}
	watching = false;
	pthread_join(thread, NULL);
	if (!worst)
		die("the thread of real-time priority was never late: it did not run");
	report_worst("longest without rescheduling, all reads", worst, STRETCH_LIMIT);
}

void latency_cases(const struct target *largest)
{
	locks(largest);
	stretches(largest);
}
