// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "event-file.h"
#include "../lib/number.h"

void mms_event_file(const char *path, u64 inode, struct mms_value *ret_value)
{
	if (path)
		mms_value_text(ret_value, path);
	else
		ret_value->type = inode ? MMS_VALUE_NA : MMS_VALUE_NONE;
}

void mms_event_dev(const struct mms_row *row, u32 dev, u64 inode, struct mms_value *ret_value)
{
	char *text = row->ctx->scratch;

	ret_value->type = inode ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = text;
	ret_value->len = snprintf(text, 32, "%u:%u", dev >> 20, dev & 0xfffff);
}

void mms_event_place(const struct mms_row *row, const char *path, u64 inode, u64 offset,
		     struct mms_value *ret_value)
{
	char *text = row->ctx->scratch;
	const char *name;
	size_t len;

	if (!path) {
		mms_event_file(path, inode, ret_value);
		return;
	}
	name = strrchr(path, '/');
	name = name ? name + 1 : path;
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = text;
	len = strlen(name) < 100 ? strlen(name) : 100;
	memcpy(text, name, len);
	memcpy(text + len, "+0x", 3);
	ret_value->len = len + 3 + mms_hex(offset, text + len + 3);
}
