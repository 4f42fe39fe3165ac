/* SPDX-License-Identifier: GPL-2.0-only */
/* What the models of events share that are about files: columns of a file, and where in it. */
#ifndef MMS_MODEL_EVENT_FILE_H
#define MMS_MODEL_EVENT_FILE_H

#include "model.h"

/* The path; "n/a" where there is a file and no path; nothing where there is none. */
void mms_event_file(const char *path, u64 inode, struct mms_value *ret_value);
/* The device as major:minor. */
void mms_event_dev(const struct mms_row *row, u32 dev, u64 inode, struct mms_value *ret_value);
/* The last part of the path, and where in the file. */
void mms_event_place(const struct mms_row *row, const char *path, u64 inode, u64 offset,
		     struct mms_value *ret_value);

#endif /* MMS_MODEL_EVENT_FILE_H */
