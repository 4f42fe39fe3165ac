// SPDX-License-Identifier: GPL-2.0-only
/* Start and stop, in order and in reverse. */
#include <linux/init.h>
#include <linux/module.h>
#include "surface.h"
#include "walk-folio.h"
#include "walk-hotplug.h"
#include "walk-owner.h"

static int __init mms_init(void)
{
	int err;

	mms_kpf_init();
	mms_owner_init();
	err = mms_hotplug_init();
	if (err)
		return err;
	mms_attach_init();
	err = mms_proc_init();
	if (err)
		goto exit_hotplug;
	mms_debugfs_init();
	mms_attach_start();
	return 0;

exit_hotplug:
	mms_hotplug_exit();
	return err;
}

static void __exit mms_exit(void)
{
	mms_attach_exit();
	mms_debugfs_exit();
	mms_proc_exit();
	mms_hotplug_exit();
}

module_init(mms_init);
module_exit(mms_exit);

MODULE_DESCRIPTION("Shows the virtual memory of a running system as it is");
MODULE_AUTHOR("The mmscope authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(MMS_VERSION);
