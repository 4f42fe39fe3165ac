// SPDX-License-Identifier: GPL-2.0-only
/* Writing streams to a file that --from reads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "raw.h"
#include "../lib/out.h"
#include "../lib/sysfile.h"

struct mms_save {
	struct mms_out out;
	size_t record_size;
};

struct mms_save *mms_save_open(const char *path, bool append, struct mms_err *err)
{
	struct mms_save *save = calloc(1, sizeof(*save));
	int fd;

	if (!save) {
		mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		return NULL;
	}
	/* It shows addresses and frames: for its owner alone. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0600);
	if (fd < 0) {
		mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", path, strerror(errno));
		free(save);
		return NULL;
	}
	if (mms_out_init(&save->out, fd)) {
		mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		close(fd);
		free(save);
		return NULL;
	}
	return save;
}

int mms_save_fd(const struct mms_save *save)
{
	return save->out.fd;
}

void mms_save_header(struct mms_save *save, const struct mms_header *header)
{
	save->record_size = header->record_size;
	mms_out_mem(&save->out, (const char *)header, sizeof(*header));
}

static void write_record(struct mms_save *save, const void *rec, size_t size)
{
	if (size > save->record_size)
		size = save->record_size;
	mms_out_mem(&save->out, rec, size);
	mms_out_pad(&save->out, '\0', save->record_size - size);
}

void mms_save_row(struct mms_save *save, const void *rec, size_t rec_size,
		  const char *text, size_t len)
{
	size_t payload = save->record_size - sizeof(struct mms_rec);
	struct mms_rec head;

	memcpy(&head, rec, sizeof(head));
	head.type = MMS_REC_ROW;
	head.text = len;
	mms_out_mem(&save->out, (const char *)&head, sizeof(head));
	if (rec_size > save->record_size)
		rec_size = save->record_size;
	mms_out_mem(&save->out, (const char *)rec + sizeof(head), rec_size - sizeof(head));
	mms_out_pad(&save->out, '\0', save->record_size - rec_size);
	while (len) {
		size_t part = len < payload ? len : payload;

		head = (struct mms_rec){ .type = MMS_REC_TEXT, .text = part };
		mms_out_mem(&save->out, (const char *)&head, sizeof(head));
		mms_out_mem(&save->out, text, part);
		mms_out_pad(&save->out, '\0', payload - part);
		text += part;
		len -= part;
	}
}

void mms_save_end(struct mms_save *save, const struct mms_end *end)
{
	struct mms_end copy = *end;

	copy.rec = (struct mms_rec){ .type = MMS_REC_END };
	write_record(save, &copy, sizeof(copy));
}

void mms_save_flush(struct mms_save *save)
{
	mms_out_flush(&save->out);	/* an error stays, and is said at the end */
}

int mms_save_close(struct mms_save *save, struct mms_err *err)
{
	int ret = mms_out_flush(&save->out);

	if (close(save->out.fd) && !ret)
		ret = -errno;
	mms_out_deinit(&save->out);
	free(save);
	if (ret)
		return mms_err_set(err, MMS_EXIT_FAILED, "writing the saved stream: %s",
				   strerror(-ret));
	return 0;
}

void mms_save_names(struct mms_save *save, const struct mms_source_args *args, s32 pid)
{
	struct mms_stream stream = { .model = &mms_model_maps, .args = args, .query.pid = pid };
	struct mms_end end = { .rec.type = MMS_REC_END };
	struct mms_maps_line line;
	char *text, *p, *eol;

	if (mms_sys_read(args->root, &text, "/proc/%d/maps", pid) < 0)
		return;
	mms_stream_header(&stream);
	stream.ctx.header.record_size = offsetof(struct mms_maps_rec, policy_nodes);
	mms_save_header(save, &stream.ctx.header);
	for (p = text; *p; p = eol + 1) {
		eol = strchrnul(p, '\n');
		if (mms_maps_line_parse(p, eol, &line)) {
			mms_save_row(save, &line.rec, sizeof(line.rec), line.name, line.len);
			end.rows++;
		}
		if (!*eol)
			break;
	}
	mms_save_end(save, &end);
	mms_save_flush(save);
	free(text);
}
