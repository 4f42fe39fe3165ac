/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place that formats. */
#ifndef MMS_SINK_H
#define MMS_SINK_H

#include <linux/fs.h>

struct mms_session;

int mms_text_open(struct file *file, struct mms_session *s);
int mms_text_release(struct file *file);
int mms_abi_open(struct inode *inode, struct file *file);

#endif /* MMS_SINK_H */
