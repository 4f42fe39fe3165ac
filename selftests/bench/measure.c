// SPDX-License-Identifier: GPL-2.0-only
/* The clock of a virtual machine that counts instructions (vm-run --icount). */
#include <stdio.h>
#include <time.h>

#include "bench.h"

#define REPEAT 3

static double empty;
static double scale = 1;
static double worst;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

struct cost measure_by(cost_fn *cost, void *arg)
{
	double best = INFINITY, second = INFINITY;

	cost(arg); /* pages of the buffers, caches of the kernel */
	for (int i = 0; i < REPEAT; i++) {
		double is = cost(arg) * scale;

		if (is < best) {
			second = best;
			best = is;
		} else if (is < second) {
			second = is;
		}
	}
	return (struct cost){ best, (second - best) / best };
}

struct timed {
	work_fn *work;
	void *arg;
};

static double time_of(void *arg)
{
	const struct timed *t = arg;
	uint64_t begin = now();

	t->work(t->arg);
	return now() - begin - empty;
}

struct cost measure(work_fn *work, void *arg)
{
	struct timed t = { work, arg };
	struct cost c = measure_by(time_of, &t);

	/* small ones are not repeatable to a part: a timer's tick is in them or not */
	if (c.instructions > 1e6 && c.spread > worst)
		worst = c.spread;
	return c;
}

double measure_spread(void)
{
	return worst;
}

static void nothing(void *arg)
{
	(void)arg;
}

#define LOOPS 100000UL	/* short: no tick of the timer is to fall into it */

/* two instructions each time round */
static void loop(void *arg)
{
	unsigned long n = LOOPS;

	(void)arg;
#if defined(__x86_64__)
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(n) : : "cc");
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(n) : : "cc");
#else
#error "a loop of two instructions for this architecture, please"
#endif
}

void measure_init(void)
{
	double rate;

	empty = measure(nothing, NULL).instructions;
	rate = measure(loop, NULL).instructions / (2 * LOOPS);
	if (rate < 0.9 || rate > 1.1)
		die("this clock does not count instructions (%.2f ns for each): run it with vm-run --icount",
		    rate);
	/* The kernel's idea of the clock's frequency is a measurement itself. */
	scale = 1 / rate;
	worst = 0;
	printf("clock: %.4f ns for an instruction, an empty measurement is %.0f\n", rate, empty);
}
