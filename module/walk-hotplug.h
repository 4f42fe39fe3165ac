/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that goes away while it is looked at: what is held off, and what is told. */
#ifndef MMS_WALK_HOTPLUG_H
#define MMS_WALK_HOTPLUG_H

#include <linux/types.h>

struct zone;

int mms_hotplug_init(void);
void mms_hotplug_exit(void);
bool mms_zone_leaving(const struct zone *zone);

#endif /* MMS_WALK_HOTPLUG_H */
