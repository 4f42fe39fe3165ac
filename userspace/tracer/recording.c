// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: the records as they come from the kernel, and what else is known only
 * while it happens: names of stacks and addresses, what was lost. Read back they are
 * told as if they came just now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "symbols.h"
#include "tracer.h"
#include "../lib/out.h"

#define MAX_RECORD	(1U << 20)	/* no record is as long */

/**
 * struct mms_recording - one that is written or read
 * @out: where to
 * @text: the file that is read, mapped; @len bytes
 * @len: see @text
 * @path: of it
 */
struct mms_recording {
	struct mms_out out;
	const char *text;
	size_t len;
	const char *path;
};

/* ---- writing --------------------------------------------------------------- */

int mms_recording_create(struct mms_trace *t, struct mms_err *err)
{
	struct mms_trace_header header = {
		.version = MMS_TRACE_VERSION, .size = sizeof(header), .begin = t->begin,
	};
	struct mms_recording *r = calloc(1, sizeof(*r));
	unsigned int i;
	int fd;

	if (!r)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	r->path = t->args.record;
	/* It shows addresses: for its owner alone. */
	fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || mms_out_init(&r->out, fd)) {
		mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", r->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		free(r);
		return -1;
	}
	memcpy(header.magic, MMS_TRACE_MAGIC, sizeof(header.magic));
	strncpy(header.tracer, t->tracer->name, sizeof(header.tracer) - 1);
	for (i = 0; i < t->tracer->nr_hooks; i++) {
		header.hooked |= (u64)t->hooked[i] << i;
		header.unused |= (u64)t->unused[i] << i;
	}
	mms_out_mem(&r->out, (const char *)&header, sizeof(header));
	t->recording = r;
	return 0;
}

void mms_recording_add(struct mms_trace *t, const void *rec, size_t size)
{
	mms_recording_add_text(t, rec, size, NULL, NULL);
}

void mms_recording_add_text(struct mms_trace *t, const void *rec, size_t size, const char *text,
			    const char *more)
{
	struct mms_out *out = &t->recording->out;
	size_t text_len = text ? strlen(text) + 1 : 0, more_len = more ? strlen(more) + 1 : 0;
	u64 all = size + text_len + more_len;

	mms_out_mem(out, (const char *)&all, sizeof(all));
	mms_out_mem(out, rec, size);
	if (text)
		mms_out_mem(out, text, text_len);
	if (more)
		mms_out_mem(out, more, more_len);
	if (all % 8)
		mms_out_pad(out, '\0', 8 - all % 8);
}

int mms_recording_end(struct mms_trace *t, struct mms_err *err)
{
	size_t counts = t->nr_cpus * sizeof(*t->counts);
	struct mms_trace_end *end = malloc(sizeof(*end) + counts);
	int ret;

	if (!end)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	*end = (struct mms_trace_end){
		.type = MMS_TRACE_END, .nr_cpus = t->nr_cpus, .end = t->end, .missed = t->missed,
	};
	memcpy(end->count, t->counts, counts);
	mms_recording_add(t, end, sizeof(*end) + counts);
	free(end);
	ret = mms_out_flush(&t->recording->out);
	return ret ? mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", t->recording->path,
				 strerror(-ret)) : 0;
}

void mms_recording_destroy(struct mms_recording *r)
{
	if (r && r->out.buf) {
		close(r->out.fd);
		mms_out_deinit(&r->out);
	}
	if (r && r->text)
		munmap((void *)r->text, r->len);
	free(r);
}

/* ---- reading --------------------------------------------------------------- */

static int map_file(struct mms_recording *r)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC), error = 0;
	struct stat st;
	void *text;

	if (fd < 0 || fstat(fd, &st)) {
		error = errno;
	} else if (st.st_size) {	/* nothing is no recording, as others are told */
		text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (text == MAP_FAILED) {
			error = errno;
		} else {
			r->text = text;
			r->len = st.st_size;
		}
	}
	if (fd >= 0)
		close(fd);
	return -error;
}

static int read_header(struct mms_trace *t, struct mms_err *err)
{
	const struct mms_recording *r = t->recording;
	const struct mms_trace_header *header = (const void *)r->text;
	unsigned int i;

	if (r->len < sizeof(*header) || memcmp(header->magic, MMS_TRACE_MAGIC, 8))
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: no recording of a tracer", r->path);
	if (header->version != MMS_TRACE_VERSION || header->size != sizeof(*header))
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "%s: recorded by another version of mmscope (format %u, not %u)",
				   r->path, header->version, MMS_TRACE_VERSION);
	if (strncmp(header->tracer, t->tracer->name, sizeof(header->tracer)))
		return mms_err_set(err, MMS_EXIT_USAGE, "%s: recorded by trace %.*s", r->path,
				   (int)strnlen(header->tracer, sizeof(header->tracer)),
				   header->tracer);
	t->begin = header->begin;
	for (i = 0; i < t->tracer->nr_hooks; i++) {
		t->hooked[i] = header->hooked >> i & 1;
		t->unused[i] = header->unused >> i & 1;
		snprintf(t->target[i], MMS_MAX_TARGET, "%s", t->tracer->hooks[i].target);
	}
	return 0;
}

int mms_trace_open_file(struct mms_trace *t, const struct mms_tracer *tracer,
			const struct mms_trace_args *args, const char *path, struct mms_err *err)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->tracer = tracer;
	t->args = *args;
	t->gate = -1;
	t->ctx.source = "recording";
	t->recording = calloc(1, sizeof(*t->recording));
	t->files = mms_files_create();
	t->namer = mms_namer_create();
	if (!t->recording || !t->files || !t->namer) {
		mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		goto close;
	}
	t->recording->path = path;
	ret = map_file(t->recording);
	if (ret)
		mms_err_set(err, MMS_EXIT_FAILED, "%s: %s", path, strerror(-ret));
	else if (!read_header(t, err))
		return 0;
close:
	mms_trace_close(t);
	return -1;
}

static bool take_end(struct mms_trace *t, const struct mms_trace_end *end, size_t size)
{
	if (size < sizeof(*end) || (size - sizeof(*end)) / sizeof(*end->count) < end->nr_cpus)
		return false;
	t->counts = calloc(end->nr_cpus ?: 1, sizeof(*t->counts));
	if (!t->counts)
		return false;
	memcpy(t->counts, end->count, end->nr_cpus * sizeof(*end->count));
	t->nr_cpus = end->nr_cpus;
	t->end = end->end;
	t->missed = end->missed;
	return true;
}

/* The text of a record is from @at on and has its NUL; what behind it, or NULL. */
static const char *text_end(const char *at, const char *end)
{
	const char *nul = at < end ? memchr(at, '\0', end - at) : NULL;

	return nul ? nul + 1 : NULL;
}

static void take(struct mms_trace *t, const char *rec, size_t size)
{
	const struct mms_trace_stack *stack = (const void *)rec;
	const struct mms_trace_symbol *symbol = (const void *)rec;
	const char *end = rec + size, *line;

	if (stack->type == MMS_TRACE_STACK) {
		if (size > sizeof(*stack) && text_end(stack->text, end))
			mms_stacks_add(t, stack);
	} else if (stack->type == MMS_TRACE_SYMBOL) {
		line = size > sizeof(*symbol) ? text_end(symbol->text, end) : NULL;
		if (line && text_end(line, end))
			mms_namer_add(t->namer, symbol->tgid, symbol->address, symbol->text, line);
	} else {
		mms_trace_take(t, rec, size);
	}
}

int mms_trace_run_file(struct mms_trace *t, const struct mms_trace_calls *calls,
		       struct mms_err *err)
{
	const struct mms_recording *r = t->recording;
	const char *p = r->text + sizeof(struct mms_trace_header), *end = r->text + r->len;
	bool ended = false;
	u64 size;

	t->calls = *calls;
	for (; !ended && end - p >= 16; p += (size + 7) & ~7ULL) {
		memcpy(&size, p, sizeof(size));
		p += sizeof(size);
		if (size < 8 || size > MAX_RECORD || size > (u64)(end - p))
			break;
		if (*(const u32 *)p == MMS_TRACE_END)
			ended = take_end(t, (const void *)p, size);
		else
			take(t, p, size);
	}
	calls->idle(calls->data);
	return ended ? 0 : mms_err_set(err, MMS_EXIT_FAILED, "%s: cut: it has no end", r->path);
}
