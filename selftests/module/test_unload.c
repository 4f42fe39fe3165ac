// SPDX-License-Identifier: GPL-2.0-only
/* The module goes, or says why not, whatever is open; and it comes back. */
#include <signal.h>
#include <sys/prctl.h>
#include "../lib/load.h"
#include "../lib/mms_test.h"
#include "../lib/tool.h"

FIXTURE(loaded)
{
	int unused;
};

FIXTURE_SETUP(loaded)
{
	if (!mms_module_named())
		SKIP(return, "MMSCOPE_MODULE does not say which module to load again");
	if (access(MMS_PROC, F_OK)) {
		ASSERT_EQ(0, mms_load(NULL, ""));
	}
}

FIXTURE_TEARDOWN(loaded)
{
	if (mms_module_named() && access("/sys/module/mmscope", F_OK)) {
		EXPECT_EQ(0, mms_load(NULL, ""));
	}
}

static bool there(const char *path)
{
	return !access(path, F_OK);
}

/* Each surface can be left out; what is left works, and all of it goes. */
TEST_F(loaded, without_surfaces)
{
	char text[4096], folder[64];

	snprintf(folder, sizeof(folder), "%d", getpid());

	ASSERT_EQ(0, mms_unload_soon());
	ASSERT_EQ(0, mms_load(NULL, "proc=0"));
	EXPECT_FALSE(there(MMS_PROC));
	EXPECT_TRUE(there(MMS_RAW "/maps"));
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "maps %d --source module", getpid())) TH_LOG("%s", text);
	EXPECT_EQ(0, file_write(MMS_DEBUGFS "/attach", folder));
	snprintf(text, sizeof(text), MMS_DEBUGFS "/%d/maps", getpid());
	EXPECT_TRUE(there(text));
	/* not a folder of that number somewhere else */
	snprintf(text, sizeof(text), "/proc/%d/pgtable", getpid());
	EXPECT_FALSE(there(text));
	ASSERT_EQ(0, mms_unload_soon());
	EXPECT_FALSE(there(MMS_DEBUGFS));

	ASSERT_EQ(0, mms_load(NULL, "debugfs=0"));
	EXPECT_TRUE(there(MMS_PROC "/self/maps"));
	EXPECT_FALSE(there(MMS_DEBUGFS));
	EXPECT_TRUE(there(MMS_PROC_RAW "/maps"));
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "maps %d --source module", getpid())) TH_LOG("%s", text);
	EXPECT_EQ(0, file_write(MMS_PROC "/attach", folder));
	snprintf(text, sizeof(text), MMS_PROC "/%d/maps", getpid());
	EXPECT_TRUE(there(text));
	snprintf(text, sizeof(text), "/sys/kernel/debug/%d", getpid());
	EXPECT_FALSE(there(text));
	ASSERT_EQ(0, mms_unload_soon());
	EXPECT_FALSE(there(MMS_PROC));

	ASSERT_EQ(0, mms_load(NULL, "raw=0"));
	EXPECT_TRUE(there(MMS_DEBUGFS "/self/maps"));
	EXPECT_FALSE(there(MMS_RAW));
	EXPECT_FALSE(there(MMS_PROC_RAW));
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "maps %d --source module", getpid()));
	EXPECT_NE(NULL, strstr(text, "raw=N")) TH_LOG("%s", text);
	ASSERT_EQ(0, mms_unload_soon());

	ASSERT_EQ(0, mms_load(NULL, "proc=0 debugfs=0"));
	EXPECT_FALSE(there(MMS_PROC));
	EXPECT_FALSE(there(MMS_DEBUGFS));
	ASSERT_EQ(0, mms_unload_soon());
	EXPECT_EQ(-EINVAL, mms_load(NULL, "proc=maybe"));
}

TEST_F(loaded, and_gone)
{
	ASSERT_EQ(0, mms_unload_soon());
	EXPECT_EQ(-1, access(MMS_PROC, F_OK));
	EXPECT_EQ(-1, access(MMS_DEBUGFS, F_OK));
	ASSERT_EQ(0, mms_load(NULL, ""));
	EXPECT_EQ(0, access(MMS_PROC "/self/maps", F_OK));
	EXPECT_EQ(0, access(MMS_RAW "/pgtable", F_OK));
}

/* An open file keeps the module in place; or it goes, and then the file is dead. */
static void with_open_file(struct __test_metadata *_metadata, const char *path, int mode)
{
	char byte[100];
	int fd = open(path, mode), err;

	ASSERT_LE(0, fd) { TH_LOG("%s", path); }
	err = mms_unload();
	/* half of what a tool was reading is of no use */
	EXPECT_TRUE(err || mode != O_RDWR) { TH_LOG("%s", path); }
	if (err) {
		EXPECT_EQ(-EAGAIN, err) { TH_LOG("%s", path); }
		if (mode == O_RDWR) {
			ASSERT_EQ(0, mms_query(fd, &(struct mms_query){ 0 }));
		}
		EXPECT_EQ(100, read(fd, byte, 100)) { TH_LOG("%s", path); }
		close(fd);
		ASSERT_EQ(0, mms_unload_soon()) { TH_LOG("%s", path); }
	} else {
		EXPECT_EQ(-1, read(fd, byte, 100)) { TH_LOG("%s", path); }
		close(fd);
	}
	EXPECT_EQ(-1, access(MMS_PROC, F_OK));
	ASSERT_EQ(0, mms_load(NULL, ""));
}

TEST_F(loaded, with_a_raw_file_open)
{
	with_open_file(_metadata, MMS_RAW "/pgtable", O_RDWR);
	with_open_file(_metadata, MMS_RAW "/buddy", O_RDWR);
	with_open_file(_metadata, MMS_RAW "/pfns", O_RDWR);
	with_open_file(_metadata, MMS_RAW "/files", O_RDWR);
	with_open_file(_metadata, MMS_RAW "/kernel", O_RDWR);
	with_open_file(_metadata, MMS_PROC_RAW "/pgtable", O_RDWR);
	with_open_file(_metadata, MMS_PROC_RAW "/pfns", O_RDWR);
}

TEST_F(loaded, with_a_text_file_open)
{
	with_open_file(_metadata, MMS_PROC "/self/maps", O_RDONLY);
	with_open_file(_metadata, MMS_DEBUGFS "/self/maps", O_RDONLY);
	with_open_file(_metadata, MMS_DEBUGFS "/abi", O_RDONLY);
	with_open_file(_metadata, MMS_PROC "/regions", O_RDONLY);
	with_open_file(_metadata, MMS_PROC "/zones", O_RDONLY);
	with_open_file(_metadata, MMS_PROC "/blocks", O_RDONLY);
	with_open_file(_metadata, MMS_PROC "/pageblocks", O_RDONLY);
}

TEST_F(loaded, with_a_process_attached)
{
	struct fx *other = fx_start_idle();
	char word[20], path[100], byte[100];
	int fd, err;

	snprintf(word, sizeof(word), "%d", other->pid);
	ASSERT_EQ(0, file_write(MMS_PROC "/attach", word));
	snprintf(path, sizeof(path), MMS_PROC "/%d/pgtable", other->pid);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(100, read(fd, byte, 100));
	err = mms_unload();
	close(fd);
	if (err) {
		ASSERT_EQ(0, mms_unload_soon());
	}
	EXPECT_EQ(-1, access(MMS_PROC, F_OK));
	fx_stop(other);
	ASSERT_EQ(0, mms_load(NULL, ""));
}

/* One that attaches and detaches through a file it has open since before the end. */
static pid_t attacher(const pid_t *kid, int kids)
{
	pid_t pid = fork();
	char word[20];
	int fd;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(MMS_PROC "/attach", O_RDWR);
	for (int i = 0; fd >= 0; i++) {
		int len = snprintf(word, sizeof(word), "%d", i % 3 ? kid[i % kids] : -kid[i % kids]);

		if (write(fd, word, len) < 0 && (errno == EIO || errno == ENODEV))
			break;
	}
	_exit(0);
}

TEST_F(loaded, while_processes_are_attached)
{
	pid_t kid[13], writer;
	char path[64];

	for (int i = 0; i < 13; i++) {
		kid[i] = fork();
		if (!kid[i])
			for (;;)
				pause();
	}
	for (int round = 0; round < 29; round++) {
		writer = attacher(kid, 13);
		usleep(2000 + round % 7 * 700);
		ASSERT_EQ(0, mms_unload_soon());
		kill(writer, SIGKILL);
		waitpid(writer, NULL, 0);
		EXPECT_EQ(-1, access(MMS_DEBUGFS, F_OK));
		for (int i = 0; i < 13; i++) {	/* no folder of a target is left elsewhere */
			snprintf(path, sizeof(path), "/sys/kernel/debug/%d", kid[i]);
			EXPECT_EQ(-1, access(path, F_OK)) { TH_LOG("%s", path); }
		}
		ASSERT_EQ(0, mms_load(NULL, ""));
	}
	for (int i = 0; i < 13; i++) {
		kill(kid[i], SIGKILL);
		waitpid(kid[i], NULL, 0);
	}
}

/* What raw files are read while the module goes: all of the system, and one of a process */
static const char *const raw_views[] = {
	"pgtable", "zones", "buddy", "blocks", "pageblocks", "pfns", "rmap", "files", "cache", "kernel", "regions", "features",
};
#define NR_RAW (sizeof(raw_views) / sizeof(*raw_views))

/* one after the other; rmap of a part of memory, cache of this program */
static _Noreturn void read_raw(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int n = 0;; n++) {
		const char *view = raw_views[n % NR_RAW];
		struct mms_query q = { .fd = strcmp(view, "cache") ? 0 : fd, .end = strcmp(view, "rmap") ? 0 : 1009 };
		struct mms_stream s;

		mms_get(view, &q, &s);
		mms_free(&s);
		usleep(3000);	/* nobody has a file open at times */
	}
}

/* Readers that open, read and close all the time, while it comes and goes */
TEST_F(loaded, under_readers)
{
	static const char *const paths[] = { MMS_PROC "/self/pgtable", MMS_DEBUGFS "/self/maps", MMS_PROC "/self/folios" };
	int loads = 0, err = 0;
	pid_t reader[4];

	for (int i = 0; i < 4; i++) {
		reader[i] = fork();
		if (reader[i])
			continue;
		for (unsigned int n = i;; n = n * 1103515245 + 12345) {
			char page[4096];
			int fd;

			usleep(2000 + n % 30000);	/* nobody has a file open at times */
			if (i == 3)
				read_raw();
			fd = open(paths[i], O_RDONLY);
			while (fd >= 0 && read(fd, page, sizeof(page)) > 0)
				;
			close(fd);
		}
	}
	for (int i = 0; i < 600 && loads < 10 && (err == 0 || err == -EAGAIN); i++) {
		err = mms_unload();
		if (!err) {
			err = mms_load(NULL, "");
			loads++;
		}
		usleep(2000);
	}
	for (int i = 0; i < 4; i++) {
		kill(reader[i], SIGKILL);
		waitpid(reader[i], NULL, 0);
	}
	EXPECT_TRUE(err == 0 || err == -EAGAIN) { TH_LOG("%s", strerror(-err)); }
	EXPECT_LT(0, loads);
	TH_LOG("went and came %d times under readers", loads);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
