// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target, without chance: each of a corpus's inputs as it is, cut at every byte, with every bit
 * flipped of its first bytes, and a stream's records shorter and longer than this build knows.
 *
 * Usage: TARGET-sweep [-c BYTES] [-b BYTES] [-f FILE] FILE...
 *
 *   -c  cut at every byte of the first so many, and a hundred times behind (default 1024)
 *   -f  where to put an input that made it fail
 *   -b  flip every bit of so many bytes behind the first line (default 192)
 */
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz.h"
#include "../../module/uapi/mmscope.h"

static size_t runs;
static const char *failed;	/* file for what made it fail */
static uint8_t *now;		/* the input, @now_size bytes */
static size_t now_size;

/* The sanitizers': an abort is a failure like theirs. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_abort=1";
}

static void keep_input(void)
{
	/* open() is the one of fuzz.c. */
	int fd = failed ? openat(AT_FDCWD, failed, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	if (fd >= 0 && write(fd, now, now_size) == (ssize_t)now_size)
		dprintf(STDOUT_FILENO, "the input is in %s\n", failed);
}

static void run(const uint8_t *data, size_t size)
{
	/* Of its own size, so that a byte too much is seen. */
	now = malloc(size ? size : 1);
	now_size = size;
	memcpy(now, data, size);
	LLVMFuzzerTestOneInput(now, size);
	free(now);
	runs++;
}

static void cut(const uint8_t *data, size_t size, size_t each)
{
	const size_t step = size > each ? (size - each) / 100 + 1 : 1;
	size_t at;

	for (at = 0; at < size; at += at < each || size - at < 32 ? 1 : step)
		run(data, at);
}

static void flip(uint8_t *data, size_t size, size_t from, size_t to)
{
	size_t bit;

	for (bit = 8 * from; bit < 8 * to && bit < 8 * size; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		run(data, size);
		data[bit / 8] ^= 1 << bit % 8;
	}
}

/*
 * The file's streams with records of @more bytes more, or fewer, each filled up with 0xa5; into
 * @to, as many bytes as it returns. 0: it is no stream, or has no records that short.
 */
static size_t resize(const uint8_t *from, size_t size, int more, uint8_t *to)
{
	struct mms_header header;
	const uint8_t *p = from, *end = from + size;
	uint8_t *out = to;
	int old, new;

	while ((size_t)(end - p) >= sizeof(header)) {
		memcpy(&header, p, sizeof(header));
		if (header.magic != MMS_MAGIC || header.header_size != sizeof(header))
			return 0;
		old = header.record_size;
		new = old + more;
		if (new < MMS_MIN_RECORD || new > 0xfff8)
			return 0;
		header.record_size = new;
		memcpy(out, &header, sizeof(header));
		out += sizeof(header);
		p += sizeof(header);
		for (; end - p >= old; p += old) {
			memset(out, 0xa5, new);
			memcpy(out, p, old < new ? old : new);
			out += new;
			if (((const struct mms_rec *)p)->type == MMS_REC_END) {
				p += old;
				break;
			}
		}
	}
	return out - to;
}

static void resized(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	size_t head = line ? (size_t)(line + 1 - data) : size, n;
	uint8_t *aligned, *to;
	int more;

	/* The first line stays as it is; what is behind it is read as records. */
	aligned = malloc(size - head + 1);
	memcpy(aligned, data + head, size - head);
	/* No record grows to more than four times the least one. */
	to = malloc(size + 4 * size + 4096);
	memcpy(to, data, head);
	for (more = -128; more <= 64; more += 8) {
		n = more ? resize(aligned, size - head, more, to + head) : 0;
		if (n)
			run(to, head + n);
	}
	free(to);
	free(aligned);
}

static void sweep(const char *path, size_t cuts, size_t bits)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data;
	struct stat st;
	size_t head;

	if (fd < 0 || fstat(fd, &st)) {
		perror(path);
		exit(1);
	}
	data = malloc(st.st_size + 1);
	if (read(fd, data, st.st_size) != st.st_size) {
		perror(path);
		exit(1);
	}
	close(fd);
	for (head = 0; head < (size_t)st.st_size && data[head] != '\n'; head++)
		;
	run(data, st.st_size);
	cut(data, st.st_size, cuts);
	flip(data, st.st_size, head, head + bits);
	resized(data, st.st_size);
	free(data);
	if (__lsan_do_recoverable_leak_check()) {
		printf("%s: memory leaks\n", path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	size_t cuts = 1024, bits = 192;
	int opt;

	while ((opt = getopt(argc, argv, "c:b:f:")) != -1) {
		if (opt == 'c')
			cuts = strtoul(optarg, NULL, 10);
		else if (opt == 'b')
			bits = strtoul(optarg, NULL, 10);
		else if (opt == 'f')
			failed = optarg;
		else
			return 2;
	}
	__sanitizer_set_death_callback(keep_input);
	for (argv += optind; *argv; argv++)
		sweep(*argv, cuts, bits);
	printf("%zu runs\n", runs);
	return 0;
}
