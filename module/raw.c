// SPDX-License-Identifier: GPL-2.0-only
/* The raw files, for tools: what those of debugfs and those of /proc have in common. */
#include <linux/err.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include "session.h"
#include "surface.h"

bool mms_raw_on = true;
module_param_named(raw, mms_raw_on, bool, 0444);
MODULE_PARM_DESC(raw, "Raw files for tools, in /proc/mmscope and debugfs (default: Y)");

/**
 * mms_raw_open() - open a view's raw file
 * @view: the view
 * @inode: the file's
 * @file: the file that is opened; it has a session then, which goes with mms_raw_release()
 *
 * Return: 0, or what mms_session_create() says.
 */
int mms_raw_open(const struct mms_view *view, struct inode *inode, struct file *file)
{
	struct mms_session *s = mms_session_create(view, file);

	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return stream_open(inode, file);
}

ssize_t mms_raw_file_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	return mms_raw_read(file->private_data, buf, len);
}

ssize_t mms_raw_file_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct mms_session *s = file->private_data;
	int err;

	if (mutex_lock_interruptible(&s->lock))
		return -EINTR;
	err = mms_session_query(s, buf, len);
	mutex_unlock(&s->lock);
	return err ?: len;
}

int mms_raw_release(struct inode *inode, struct file *file)
{
	mms_session_destroy(file->private_data);
	return 0;
}
