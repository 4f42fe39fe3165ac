// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command on the module: what only the two together can show. It stands two
 * directories above this program.
 */
#include <libgen.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../lib/mms_test.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static char tool[512];

static bool find_tool(void)
{
	ssize_t n = readlink("/proc/self/exe", tool, sizeof(tool) - 32);

	if (n < 0)
		return false;
	tool[n] = '\0';
	strcpy(tool, dirname(dirname(dirname(tool))));
	strcat(tool, "/mmscope");
	return !access(tool, X_OK);
}

#define NEED_TOOL()								\
	if (!find_tool())							\
		SKIP(return, "%s is not built", tool)

/* What "mmscope ARGS" prints; its exit status */
static int run(char **ret_text, size_t *ret_len, const char *format, ...)
{
	char args[256], command[800];
	FILE *pipe, *out;
	va_list ap;
	int c;

	va_start(ap, format);
	vsnprintf(args, sizeof(args), format, ap);
	va_end(ap);
	snprintf(command, sizeof(command), "%s %s", tool, args);
	pipe = popen(command, "r");
	out = open_memstream(ret_text, ret_len);
	while ((c = getc(pipe)) != EOF)
		putc(c, out);
	fclose(out);
	c = pclose(pipe);
	return WIFEXITED(c) ? WEXITSTATUS(c) : -1;
}

TEST(check_finds_no_difference)
{
	size_t len;
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, run(&text, &len, "check %d 2>&1", fx->pid)) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "; 0 differences;")) TH_LOG("%s", text);
	EXPECT_EQ(0, strncmp(text, "1 processes: ", 13)) TH_LOG("%s", text);
	free(text);
}

TEST(check_of_nothing_is_no_success)
{
	size_t len;
	char *text;

	NEED_TOOL();
	/* beyond what a PID can be */
	EXPECT_NE(0, run(&text, &len, "check 2000000000 2>&1")) TH_LOG("%s", text);
	free(text);
}

#define NASTY "a\nb\t\033[31mred\"},{\\\x80\xff\xe2\x80\xae"

/* A process all of whose names are made to deceive; it says through @ready that it is there */
static void nasty_process(int ready)
{
	char path[] = "/tmp/mms-XXXXXX", name[128];
	int fd = mkstemp(path);
	char *p;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "%s-" NASTY, path);
	rename(path, name);
	if (!ftruncate(fd, 3 * PAGE))
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	unlink(name);
	fd = memfd_create(NASTY, 0);
	if (!ftruncate(fd, 5 * PAGE))
		mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	p = mmap(NULL, 7 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	/* the kernel takes no more than printable characters here */
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, 7 * PAGE, "\"},{'x");
	prctl(PR_SET_NAME, "\n\033]0;\xff\"\\");
	dprintf(ready, "up\n");
	for (;;)
		pause();
}

/* Bytes that a terminal would act on, or that are no UTF-8 */
static size_t bad_bytes(const char *text, size_t len)
{
	size_t bad = 0, i, more = 0;

	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (more ? (c & 0xc0) != 0x80 : (c < ' ' && c != '\n') || c == 0x7f || (c & 0xc0) == 0x80 || c > 0xf4)
			bad++;
		more = more ? more - 1 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	}
	/* a right-to-left override */
	return bad + (memmem(text, len, "\xe2\x80\xae", 3) != NULL);
}

TEST(nasty_names_stay_harmless)
{
	static const char *const commands[] = {
		"maps", "maps -r", "summary", "layout", "layout --list", "folios", "folios --list -o start,symbol,mapping",
		"pgtable", "pgtable -o start,symbol,mapping", "tables --list",
	};
	int ready[2], status;
	char *text, up[4];
	size_t len, i;
	pid_t pid;

	NEED_TOOL();
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid)
		nasty_process(ready[1]);
	ASSERT_EQ(3, read(ready[0], up, 3));
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		EXPECT_EQ(0, run(&text, &len, "%s %d 2>&1", commands[i], pid)) TH_LOG("%s: %s", commands[i], text);
		EXPECT_EQ(0, bad_bytes(text, len)) TH_LOG("%s: %s", commands[i], text);
		free(text);
		status = run(&text, &len, "%s --json %d | jq -e .schema", commands[i], pid);
		EXPECT_EQ(0, status) TH_LOG("%s --json: no JSON", commands[i]);
		EXPECT_EQ(0, strncmp(text, "\"mmscope.", 9)) TH_LOG("%s: %s", commands[i], text);
		free(text);
	}
	/* the names are there, and one line is one VMA */
	EXPECT_EQ(0, run(&text, &len, "maps %d", pid));
	EXPECT_NE(NULL, strstr(text, "/memfd:a\\nb\\t\\x1b[31mred\"},{\\\\\\x80\\xff\\xe2\\x80\\xae")) TH_LOG("%s", text);
	free(text);
	EXPECT_EQ(0, run(&text, &len, "summary -o comm %d", pid));
	EXPECT_NE(NULL, strstr(text, "\\n\\x1b]0;\\xff\"\\\\")) TH_LOG("%s", text);
	free(text);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	close(ready[1]);
}

MMS_TEST_MAIN
