// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cmd.h"
#include "fuzz.h"
#include "lib/escape.h"
#include "source/bpf.h"

/* A file in memory that is written over again. */
struct memory {
	int fd;
	char path[32];
};

enum { OUT, ERR, PERFETTO, NR_OUTPUTS };

static struct memory input = { .fd = -1 };
static struct memory outputs[NR_OUTPUTS] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
static int streams[2];		/* what were stdout and stderr */
static const char *replaced;

static void broken(const char *what)
{
	dprintf(streams[1], "fuzz: %s\n", what);
	abort();
}

static void clear(struct memory *m)
{
	if (m->fd < 0) {
		m->fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(m->path, sizeof(m->path), "/proc/self/fd/%d", m->fd);
	}
	if (m->fd < 0 || ftruncate(m->fd, 0) || lseek(m->fd, 0, SEEK_SET))
		broken("no memory for a file");
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	clear(&input);
	if (write(input.fd, data, size) != (ssize_t)size)
		broken("no memory for the input");
	return input.path;
}

char *fuzz_beside(const char *name)
{
	char self[4096] = "", *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = n > 0 ? strrchr(self, '/') : NULL;

	if (!slash || asprintf(&path, "%.*s/%s", (int)(slash - self), self, name) < 0)
		abort();
	return path;
}

/* ---- what the tool opens --------------------------------------------------------- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

void fuzz_replace(const char *path)
{
	replaced = path;
}

/* The linker has the tool call this one: nothing is written, whatever the words say, but to FUZZ_PERFETTO. */
int __wrap_open(const char *path, int flags, ...)
{
	if (!strcmp(path, FUZZ_PERFETTO))
		return fcntl(outputs[PERFETTO].fd, F_DUPFD_CLOEXEC, 0);
	if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC)) {
		errno = EACCES;
		return -1;
	}
	if (replaced && !strcmp(path, replaced))
		path = input.path;
	return __real_open(path, flags);
}

/* The swap areas that a BPF program would find. */
int __wrap_mms_swap_read(struct mms_swap_areas *ret_areas, struct mms_err *err);
int __wrap_mms_swap_read(struct mms_swap_areas *ret_areas, struct mms_err *err)
{
	(void)err;
	memset(ret_areas, 0, sizeof(*ret_areas));
	ret_areas->nr = 2;
	ret_areas->area[0].pages = 0x1000;
	ret_areas->area[1].pages = 0x2000;
	return 0;
}

/* ---- the command line ------------------------------------------------------------- */

int fuzz_words(const uint8_t *data, size_t size, char sep, char **words, int nr,
	       const uint8_t **ret_rest, size_t *ret_left)
{
	static char line[4096];
	const uint8_t *end = memchr(data, '\n', size);
	size_t len = end ? (size_t)(end - data) : size;
	char *rest = line, *word;

	*ret_rest = end ? end + 1 : data + size;
	*ret_left = end ? size - len - 1 : 0;
	if (sep == '\n') {	/* then all lines are words */
		len = size;
		*ret_left = 0;
	}
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	memcpy(line, data, len);
	line[len] = '\0';
	while (nr < FUZZ_WORDS - 1 && (word = strsep(&rest, (char[]){ sep, '\0' })))
		words[nr++] = word;
	words[nr] = NULL;
	return nr;
}

/* Whatever it is told. */
static bool is_tame(const char *name)
{
	static const char *const others[] = { "load", "unload", "attach", "detach", "check" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(name, others[i]))
			return false;
	return true;
}

/* ---- what was printed ------------------------------------------------------------- */

static bool says_json(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "--json-lines"))
			return true;
	return false;
}

/* Documents, one behind the other. */
static void check_json(const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(64);
	struct json_object *doc;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	while (len && *text == '{') {
		doc = json_tokener_parse_ex(tok, text, len);
		if (json_tokener_get_error(tok) != json_tokener_success) {
			dprintf(streams[1], "%.*s\n", (int)len, text);
			broken(json_tokener_error_desc(json_tokener_get_error(tok)));
		}
		json_object_put(doc);
		text += json_tokener_get_parse_end(tok);
		len -= json_tokener_get_parse_end(tok);
		for (; len && *text == '\n'; text++)
			len--;
	}
	json_tokener_free(tok);
}

static void check_text(const char *text, size_t len)
{
	size_t n;
	u32 c;

	for (; len; text += n, len -= n) {
		n = mms_utf8_len(text, len, &c);
		if (!n || (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0)) {
			dprintf(streams[1], "%.*s\n", (int)len, text);
			broken("printed as it came, not escaped");
		}
	}
}

static void check_output(struct memory *m, bool json)
{
	off_t len = lseek(m->fd, 0, SEEK_END);
	char *text;

	if (len <= 0)
		return;
	text = mmap(NULL, len, PROT_READ, MAP_PRIVATE, m->fd, 0);
	if (text == MAP_FAILED)
		broken("the output cannot be read");
	if (json)
		check_json(text, len);
	check_text(text, len);
	munmap(text, len);
}

/* ---- the run ---------------------------------------------------------------------- */

static int lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Before libFuzzer may put something else there. */
__attribute__((constructor)) static void keep_streams(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		streams[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 100);
}

static void begin(void)
{
	unsigned int i;

	for (i = 0; i < NR_OUTPUTS; i++)
		clear(&outputs[i]);
	dup2(outputs[OUT].fd, 1);
	dup2(outputs[ERR].fd, 2);
	__sanitizer_set_report_fd((void *)(intptr_t)streams[1]);
}

static void end(void)
{
	fflush(stdout);
	fflush(stderr);
	dup2(streams[0], 1);
	dup2(streams[1], 2);
	__sanitizer_set_report_fd((void *)(intptr_t)2);
}

void fuzz_call(void (*fn)(void *data), void *data, int checks)
{
	int lowest;

	begin();
	lowest = lowest_fd();
	fn(data);
	end();
	if (lowest_fd() != lowest)
		broken("a file is still open");
	if (checks & FUZZ_TEXT)
		check_output(&outputs[OUT], checks & FUZZ_JSON);
	check_output(&outputs[ERR], false);
	check_output(&outputs[PERFETTO], true);
}

struct line {
	int argc;
	char **argv;
};

static void run_line(void *data)
{
	const struct line *line = data;

	mms_main(line->argc, line->argv);
}

void fuzz_run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	/* their output is for shells and roff */
	bool other = !strcmp(name, "completion") || !strcmp(name, "man");
	struct line line = { argc, argv };
	int i;

	for (i = 0; i < argc; i++)
		other |= !!strstr(argv[i], "always");	/* colours are asked for */

	if (is_tame(name))
		fuzz_call(run_line, &line,
			  (other ? 0 : FUZZ_TEXT) | (says_json(argc, argv) ? FUZZ_JSON : 0));
}
