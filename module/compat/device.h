/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of devices: one calling convention over all kernels. */
#ifndef MMS_COMPAT_DEVICE_H
#define MMS_COMPAT_DEVICE_H

#include <linux/memremap.h>
#include "mms_config.h"

/**
 * mms_device_get() - keep a frame of a device's memory as it is
 * @pfn: the frame that a device-private entry names
 *
 * Such memory is not online: its struct pages go away with the driver, unless
 * a reference to the whole of it is held.
 *
 * Context: any.
 * Return: to be given to put_dev_pagemap(), or NULL if the frame
 * is not, or no longer, a device's private memory.
 */
static inline struct dev_pagemap *mms_device_get(unsigned long pfn)
{
#ifdef MMS_HAVE_DEV_PAGEMAP_PFN
	struct dev_pagemap *device = get_dev_pagemap(pfn);
#else
	struct dev_pagemap *device = get_dev_pagemap(pfn, NULL);
#endif

	if (device && device->type != MEMORY_DEVICE_PRIVATE) {
		put_dev_pagemap(device);
		device = NULL;
	}
	return device;
}

#endif /* MMS_COMPAT_DEVICE_H */
