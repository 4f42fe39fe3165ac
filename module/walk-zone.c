// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a zone keeps per CPU: the lists of free pages and the counters that are
 * not folded yet. Both go with the last memory of the zone, see walk-hotplug.c.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include "walk-hotplug.h"
#include "walk-zone.h"

/**
 * mms_zone_cpus_live() - may the per-CPU parts of a zone be looked at?
 * @zone: the zone
 *
 * Context: RCU read section; the parts stay to its end.
 * Return: false if the zone has no memory, or its last is about to go.
 */
bool mms_zone_cpus_live(const struct zone *zone)
{
	return populated_zone((struct zone *)zone) && !mms_zone_leaving(zone);
}

/**
 * mms_zone_counter() - a counter of a zone, as it is now
 * @zone: the zone
 * @item: enum zone_stat_item
 *
 * The zone's own part and what the CPUs have not folded into it, as
 * zone_page_state_snapshot() sums them up; never below 0.
 *
 * Context: RCU read section in which mms_zone_cpus_live() said so.
 * Return: what @item counts
 */
u64 mms_zone_counter(const struct zone *zone, unsigned int item)
{
	long x = atomic_long_read(&zone->vm_stat[item]);
#ifdef CONFIG_SMP
	unsigned int cpu;

	for_each_online_cpu(cpu)
		x += READ_ONCE(per_cpu_ptr(zone->per_cpu_zonestats, cpu)->vm_stat_diff[item]);
#endif
	return x < 0 ? 0 : x;
}

/**
 * mms_zone_event() - a NUMA event counter of a zone, as it is now
 * @zone: the zone
 * @item: enum numa_stat_item
 *
 * Context: RCU read section in which mms_zone_cpus_live() said so.
 * Return: how often
 */
u64 mms_zone_event(const struct zone *zone, unsigned int item)
{
#ifdef CONFIG_NUMA
	u64 x = atomic_long_read(&zone->vm_numa_event[item]);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		x += READ_ONCE(per_cpu_ptr(zone->per_cpu_zonestats, cpu)->vm_numa_event[item]);
	return x;
#else
	return 0;
#endif
}
