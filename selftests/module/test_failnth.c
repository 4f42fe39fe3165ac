// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation and each copy to user space fails in turn (fault injection's
 * fail-nth): what comes of it is ENOMEM or EFAULT, and the next try works.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/mms_test.h"

#define FAULTS "/sys/kernel/debug/"
#define MOST 499	/* points looked at in one piece of work */
#define ENOUGH (32 * 1024) /* bytes read of a file: what comes later is more of the same */

static int nth;
static pid_t kid;

/* Fail the @n-th from now on; 0: none. */
static bool arm(int n)
{
	char text[16];
	int len = sprintf(text, "%d", n);

	return pwrite(nth, text, len, 0) == len;
}

/* Has it not come so far? */
static bool armed(void)
{
	char text[16] = "";

	return pread(nth, text, sizeof(text) - 1, 0) > 0 && atoi(text);
}

/* All kinds of allocation may fail, those that may sleep, too. */
static bool faults_init(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" }, { "failslab/cache-filter", "N" },
		{ "failslab/verbose", "0" }, { "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" }, { "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" }, { "fail_usercopy/verbose", "0" },
	};
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth", syscall(SYS_gettid));
	nth = open(path, O_RDWR | O_CLOEXEC);
	if (nth < 0)
		return false;
	for (unsigned int i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), FAULTS "%s", settings[i][0]);
		file_write(path, settings[i][1]);
	}
	return true;
}

/* The work: 0 or an errno. */
typedef int work_fn(const char *path);

static int drain(int fd)
{
	static char data[16 * 1024];
	ssize_t n, all = 0;

	while (all < ENOUGH && (n = read(fd, data, sizeof(data))) > 0)
		all += n;
	return n < 0 ? errno : 0;
}

static int read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = drain(fd);
	close(fd);
	return err;
}

static int read_raw(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct mms_query q = { .size = sizeof(q) };
	int fd = open(path, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (!strcmp(name, "walk"))
		q.start = (uintptr_t)&kid;
	if (write(fd, &q, sizeof(q)) != sizeof(q))
		err = errno;
	else
		err = drain(fd);
	close(fd);
	return err;
}

static int say(const char *path, const char *sign)
{
	char text[16];
	int len = sprintf(text, "%s%d", sign, kid), fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, len) != len)
		err = errno;
	close(fd);
	return err;
}

static int do_attach(const char *path)
{
	return say(path, "");
}

static int do_detach(const char *path)
{
	return say(path, "-");
}

/* What has failed undoes nothing and leaves nothing: @undo is for what came through. */
static void each_fails(struct __test_metadata *_metadata, work_fn *work, work_fn *undo,
		       const char *path)
{
	int err = 0, n;
	bool over = false;

	for (n = 1; n <= MOST && !over; n++) {
		if (!arm(n))
			break;
		err = work(path);
		over = armed();
		arm(0);
		if (over)
			break;
		EXPECT_TRUE(!err || err == ENOMEM || err == EFAULT) {
			TH_LOG("%s: %s when the %d. fails", path, strerror(err), n);
		}
		if (!err && undo)
			EXPECT_EQ(0, undo(path));
	}
	EXPECT_EQ(0, over ? err : work(path)) TH_LOG("%s: after %d failures", path, n - 1);
	TH_LOG("%s: %d points", path, n - 1);
}

static void each_file(struct __test_metadata *_metadata, const char *dir, work_fn *work)
{
	struct dirent *e;
	char path[400];
	DIR *d = opendir(dir);

	ASSERT_NE(NULL, d);
	while ((e = readdir(d))) {
		/* a view that wants more than a range says EINVAL without it */
		if (e->d_type == DT_DIR || !strcmp(e->d_name, "attach"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (work(path) == EINVAL) {
			TH_LOG("%s: it wants a query of its own", path);
			continue;
		}
		each_fails(_metadata, work, NULL, path);
	}
	closedir(d);
}

#define NEEDS_FAULTS()								\
	if (!faults_init())							\
		SKIP(return, "no fail-nth: CONFIG_FAULT_INJECTION")

TEST(raw)
{
	NEEDS_FAULTS();
	each_file(_metadata, MMS_RAW, read_raw);
	each_file(_metadata, MMS_PROC_RAW, read_raw);
}

TEST(text)
{
	NEEDS_FAULTS();
	each_file(_metadata, MMS_PROC "/self", read_text);
	each_file(_metadata, MMS_PROC, read_text);
	each_file(_metadata, MMS_DEBUGFS, read_text);
}

TEST(attach)
{
	char path[64];

	NEEDS_FAULTS();
	kid = fork();
	if (!kid)
		for (;;)
			pause();
	each_fails(_metadata, do_attach, do_detach, MMS_PROC "/attach");
	snprintf(path, sizeof(path), MMS_PROC "/%d/maps", kid);
	each_fails(_metadata, read_text, NULL, path);
	each_fails(_metadata, read_text, NULL, MMS_PROC "/attach");
	each_fails(_metadata, do_detach, do_attach, MMS_PROC "/attach");
	EXPECT_EQ(ENOENT, do_detach(MMS_PROC "/attach"));
	kill(kid, SIGKILL);
	waitpid(kid, NULL, 0);
}

TEST_HARNESS_MAIN
