// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may look: root of the initial user namespace, with CAP_SYS_ADMIN, and
 * with CAP_SYSLOG where kernel addresses are shown. Nobody else, by no file.
 */
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"

static const char *const files[] = {
	MMS_PROC "/attach", MMS_PROC "/self/maps", MMS_PROC "/self/pgtable", MMS_PROC "/self/entries", MMS_PROC "/self/tables",
	MMS_PROC "/self/folios", MMS_PROC "/self/summary", MMS_PROC "/regions", MMS_PROC "/features", MMS_DEBUGFS "/attach",
	MMS_DEBUGFS "/abi", MMS_DEBUGFS "/self/maps", MMS_DEBUGFS "/regions", MMS_DEBUGFS "/features", MMS_RAW "/summary", MMS_RAW "/maps",
	MMS_RAW "/pgtable", MMS_RAW "/entries", MMS_RAW "/walk", MMS_RAW "/tables", MMS_RAW "/folios", MMS_RAW "/regions",
	MMS_RAW "/features", MMS_PROC "/pfns", MMS_DEBUGFS "/pfns", MMS_RAW "/pfns",
};
#define NR_FILES (sizeof(files) / sizeof(*files))

/* errors of an open for reading and for both; for each file in the child's state */
struct outcome {
	int read[NR_FILES], both[NR_FILES], ready;
};

static void try_all(struct outcome *out)
{
	for (size_t i = 0; i < NR_FILES; i++) {
		int fd = open(files[i], O_RDONLY);

		out->read[i] = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
		fd = open(files[i], O_RDWR);
		out->both[i] = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
	}
	out->ready = 1;
}

static void drop_cap(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		_exit(1);
	data[cap / 32].effective &= ~(1U << (cap % 32));
	data[cap / 32].permitted &= ~(1U << (cap % 32));
	data[cap / 32].inheritable &= ~(1U << (cap % 32));
	if (syscall(SYS_capset, &header, data))
		_exit(1);
}

static void as_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(1);
}

/* root inside, with all capabilities there; the files' owner is mapped, so that modes do not stop it */
static void as_namespace_root(void)
{
	if (unshare(CLONE_NEWUSER) || file_write("/proc/self/uid_map", "0 0 1") || file_write("/proc/self/setgroups", "deny") ||
	    file_write("/proc/self/gid_map", "0 0 1"))
		_exit(1);
	if (getuid())
		_exit(1);
}

static void without_sys_admin(void)
{
	drop_cap(CAP_SYS_ADMIN);
}

static void without_syslog(void)
{
	drop_cap(CAP_SYSLOG);
}

/* runs in a child after enter(); false if that failed */
static bool outcome_of(void (*enter)(void), void (*then)(struct outcome *), struct outcome *ret)
{
	struct outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (!pid) {
		enter();
		then(shared);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	*ret = *shared;
	munmap(shared, sizeof(*shared));
	return ret->ready;
}

TEST(root_may)
{
	struct outcome out;

	try_all(&out);
	for (size_t i = 0; i < NR_FILES; i++) {
		EXPECT_EQ(0, out.read[i]) { TH_LOG("%s: %s", files[i], strerror(out.read[i])); }
	}
}

static void all_refused(struct __test_metadata *_metadata, void (*enter)(void))
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(enter, try_all, &out));
	for (size_t i = 0; i < NR_FILES; i++) {
		EXPECT_EQ(EACCES, out.read[i]) { TH_LOG("%s: %s", files[i], strerror(out.read[i])); }
		EXPECT_EQ(EACCES, out.both[i]) { TH_LOG("%s to write: %s", files[i], strerror(out.both[i])); }
	}
}

TEST(nobody_may_not)
{
	all_refused(_metadata, as_nobody);
}

TEST(namespace_root_may_not)
{
	all_refused(_metadata, as_namespace_root);
}

TEST(root_without_sys_admin_may_not)
{
	all_refused(_metadata, without_sys_admin);
}

static void kernel_half(struct outcome *out)
{
	struct mms_stream s;

	out->read[0] = -mms_get("pgtable", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[1] = -mms_get("entries", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[2] = -mms_get("tables", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[3] = -mms_get("walk", &(struct mms_query){ .start = 0xffffffff81000000 }, &s);
	out->read[4] = -mms_get("regions", &(struct mms_query){ 0 }, &s);
	out->read[5] = -mms_get("pgtable", &(struct mms_query){ 0 }, &s);
	out->read[6] = -mms_get("maps", &(struct mms_query){ 0 }, &s);
	out->read[7] = -mms_get("walk", &(struct mms_query){ .start = 4096 }, &s);
	out->ready = 1;
}

TEST(the_kernels_half_needs_syslog)
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(without_syslog, kernel_half, &out));
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(EACCES, out.read[i]) { TH_LOG("%d: %s", i, strerror(out.read[i])); }
	}
	for (int i = 5; i < 8; i++) {
		EXPECT_EQ(0, out.read[i]) { TH_LOG("%d: %s", i, strerror(out.read[i])); }
	}
}

/* attach is refused by the writer's rights, too */
static void write_attach(struct outcome *out)
{
	int fd = open(MMS_PROC "/attach", O_WRONLY);

	out->read[0] = fd < 0 ? errno : write(fd, "1", 1) < 0 ? errno : 0;
	out->ready = 1;
}

TEST(attach_needs_sys_admin)
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(without_sys_admin, write_attach, &out));
	EXPECT_EQ(EACCES, out.read[0]);
	ASSERT_TRUE(outcome_of(as_namespace_root, write_attach, &out));
	EXPECT_EQ(EACCES, out.read[0]);
}

MMS_TEST_MAIN
