// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is taken away. Two things go with it, and neither is freed under a
 * lock that a module can take (mem_hotplug_lock is not exported):
 *
 * - struct pages. The kernel first marks the sections offline, then calls the
 *   memory notifiers with MEM_OFFLINE, and frees the struct pages after that.
 * - what a zone keeps per CPU, the lists of free pages and the counters that are
 *   not folded yet: freed with the zone's last memory (zone_pcp_reset()), before
 *   MEM_OFFLINE.
 *
 * So whoever looks at them does so inside of an RCU read section, in which it has
 * seen the section online (pfn_to_online_page()), or the zone not leaving. The
 * notifier marks what goes, and waits for RCU. /proc/kpageflags takes no lock
 * either.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include "walk-hotplug.h"

/* The zone whose last memory may be going offline; at most one range goes at a time. */
static const struct zone *mms_leaving;

/* May this be the last memory of its zone? */
static bool mms_hotplug_is_last(const struct zone *zone, const struct memory_notify *mem)
{
	/* twice: the memory's own page structures may lie in it and not be counted */
	return READ_ONCE(zone->present_pages) <= 2 * mem->nr_pages;
}

static int mms_hotplug_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	const struct memory_notify *mem = arg;
	const struct zone *zone;

	switch (action) {
	case MEM_GOING_OFFLINE:
		zone = page_zone(pfn_to_page(mem->start_pfn));
		if (!mms_hotplug_is_last(zone, mem))
			break;
		WRITE_ONCE(mms_leaving, zone);
		synchronize_rcu();
		break;
	case MEM_OFFLINE:
		synchronize_rcu();
		fallthrough;
	case MEM_CANCEL_OFFLINE:
		WRITE_ONCE(mms_leaving, NULL);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block mms_hotplug_nb = { .notifier_call = mms_hotplug_notify };

/**
 * mms_hotplug_init() - be told of memory that goes away
 *
 * From here on what is seen online stays to the end of the RCU read section.
 *
 * Return: 0 or -errno
 */
int __init mms_hotplug_init(void)
{
	return register_memory_notifier(&mms_hotplug_nb);
}

/* After the last walk. */
void mms_hotplug_exit(void)
{
	unregister_memory_notifier(&mms_hotplug_nb);
}

/**
 * mms_zone_leaving() - may the last memory of a zone be about to go?
 * @zone: the zone
 *
 * Context: RCU read section; if not, its per-CPU parts stay to the end of it.
 * Return: true if it may
 */
bool mms_zone_leaving(const struct zone *zone)
{
	return READ_ONCE(mms_leaving) == zone;
}
