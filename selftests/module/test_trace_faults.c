// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace faults, on faults that are known (lib/faultwork.c): each event is counted
 * and looked at, and there are no others.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tracer.h"
#include "../lib/uffd.h"

#define CLUSTER	"/proc/sys/vm/page-cluster"
#define ZRAM	"/dev/zram0"

static struct mms_said s;

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(mms_fault_workloads);
}

/* Each event has what every one has */
#define EXPECT_ALL(key, value)							\
	EXPECT_EQ(s.events, mms_count(&s, key, value)) TH_LOG("%s is not always %s", key, value)

TEST(anon)
{
	uint64_t seen = 0, time = 0;

	TRACE(s, MMS_WORK_RANGE, "anon", 31);
	EXPECT_EQ(3, s.status);
	EXPECT_CAUSE(&s, "anon", 31);
	EXPECT_ALL("access", "write");
	EXPECT_ALL("mode", "user");
	EXPECT_ALL("major", "false");
	EXPECT_ALL("before", "0x0");
	EXPECT_ALL("after_level", "pte");
	EXPECT_ALL("order", "0");
	EXPECT_ALL("file", "null");
	EXPECT_ALL("vma_start", "0x100000000000");
	EXPECT_ALL("vma_end", "0x10000001f000");
	EXPECT_ALL("passes", "1");
	for (size_t i = 0; i < s.events; i++) {
		seen |= BIT((mms_number(s.event[i], "address") - MMS_WORK_BASE) / PAGE);
		EXPECT_LT(time, mms_number(s.event[i], "clock_ns"));
		time = mms_number(s.event[i], "clock_ns");
		EXPECT_EQ(1, mms_number(s.event[i], "after") & 3 ? 1 : 0);
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
	}
	EXPECT_EQ(BIT(31) - 1, seen);
}

TEST(zero_page_and_the_write_to_it)
{
	TRACE(s, MMS_WORK_RANGE, "zero", 58);
	EXPECT_CAUSE(&s, "zero", 29);
	EXPECT_CAUSE(&s, "cow-zero", 29);
	EXPECT_EQ(29, mms_count(&s, "access", "read"));
}

TEST(kernel_mode)
{
	TRACE(s, MMS_WORK_RANGE, "kernel", 17);
	EXPECT_CAUSE(&s, "anon", 17);
	EXPECT_ALL("mode", "kernel");
	EXPECT_ALL("lock", "mmap");
}

TEST(copy_on_write)
{
	TRACE(s, MMS_WORK_RANGE, "cow", 69);
	EXPECT_CAUSE(&s, "anon", 23);
	EXPECT_CAUSE(&s, "cow-copied", 23);
	EXPECT_CAUSE(&s, "cow-reused", 23);
}

TEST(file_from_cache)
{
	char offset[32];

	TRACE(s, MMS_WORK_RANGE, "file", 11);
	EXPECT_CAUSE(&s, "file", 11);
	EXPECT_ALL("access", "read");
	EXPECT_ALL("around", "15");
	for (size_t i = 0; i < s.events; i++) {
		snprintf(offset, sizeof(offset), "0x%zx", i * 16 * PAGE);
		EXPECT_EQ(i * 16 * PAGE, mms_number(s.event[i], "offset")) TH_LOG("not %s", offset);
	}
}

TEST(file_names)
{
	char buf[256];

	TRACE(s, MMS_WORK_RANGE, "file", 11);
	/* an overlay's mapping is one of the file below: the end of the path is the same */
	for (size_t i = 0; i < s.events; i++)
		EXPECT_NE(NULL, strstr(mms_value(s.event[i], "file", buf), "/mmscope")) TH_LOG("%s", buf);
}

TEST(file_from_its_device)
{
	TRACE(s, MMS_WORK_RANGE, "file_read", 13);
	EXPECT_CAUSE(&s, "file-read", 13);
	EXPECT_ALL("major", "true");
}

/* clang-format off */
FIXTURE(slow)
{
	char folder[64], cluster[16];
	bool swap_off;
};
/* clang-format on */

FIXTURE_SETUP(slow)
{
	char path[128];
	const char *why;
	int fd;

	NEED_TOOL();
	why = fs_mount_slow("ext4", MMS_WORK_DELAY, self->folder);
	if (why) {
		self->folder[0] = 0;
		SKIP(return, "%s", why);
	}
	setenv("MMS_FOLDER", self->folder, 1);
	snprintf(path, sizeof(path), "%s/file", self->folder);
	fd = file_make(path, 16 * 16);
	ASSERT_LE(0, fd);
	close(fd);
	caches_drop();
}

FIXTURE_TEARDOWN(slow)
{
	if (self->cluster[0])
		file_write(CLUSTER, self->cluster);
	if (self->swap_off)
		EXPECT_EQ(0, swapon(ZRAM, 0));
	for (int i = 0; !access(MMS_WORK_CGROUP, F_OK) && rmdir(MMS_WORK_CGROUP) && i < 50; i++)
		usleep(100000);
	if (self->folder[0])
		EXPECT_EQ(0, fs_umount_slow(self->folder));
}

/* Major faults wait for the device: never for less than it takes, and not each for ten times that */
static void expect_slow(struct __test_metadata *_metadata)
{
	uint64_t least = UINT64_MAX;
	char buf[256];

	for (size_t i = 0; i < s.events; i++)
		if (!strcmp(mms_value(s.event[i], "major", buf), "true") && mms_number(s.event[i], "latency_ns") < least)
			least = mms_number(s.event[i], "latency_ns");
	EXPECT_LE(MMS_WORK_DELAY * 1000000ULL, least);
	EXPECT_GT(10 * MMS_WORK_DELAY * 1000000ULL, least);
}

TEST_F(slow, file)
{
	TRACE(s, MMS_WORK_RANGE, "file_slow", 13);
	EXPECT_CAUSE(&s, "file-read", 13);
	EXPECT_ALL("major", "true");
	expect_slow(_metadata);
}

TEST_F(slow, swap)
{
	char path[128], *cluster = file_text(CLUSTER, NULL);

	if (mkdir(MMS_WORK_CGROUP, 0755) || access(MMS_WORK_CGROUP "/memory.reclaim", W_OK))
		SKIP(return, "no memory cgroup (v2) with memory.reclaim");
	snprintf(path, sizeof(path), "%s/swap", self->folder);
	/* with more room than is needed: one that is nearly full is no reason to reclaim what it could take */
	ASSERT_EQ(0, swapfile_make(path, 499));
	/* one at a time, and nowhere else */
	snprintf(self->cluster, sizeof(self->cluster), "%s", cluster ? cluster : "");
	free(cluster);
	ASSERT_EQ(0, file_write(CLUSTER, "0"));
	self->swap_off = !swapoff(ZRAM);
	TRACE(s, MMS_WORK_RANGE, "swap_slow", 86);
	EXPECT_EQ(0, s.status);
	EXPECT_CAUSE(&s, "anon", 43);
	EXPECT_CAUSE(&s, "swap-read", 43);
	EXPECT_EQ(43, mms_count(&s, "major", "true"));
	expect_slow(_metadata);
}

TEST(private_file)
{
	TRACE(s, MMS_WORK_RANGE, "file_copied", 17);
	EXPECT_CAUSE(&s, "file-copied", 17);
	EXPECT_ALL("access", "write");
}

TEST(shmem)
{
	TRACE(s, MMS_WORK_RANGE, "shmem", 41);
	EXPECT_CAUSE(&s, "shmem", 41);
}

TEST(soft_dirty)
{
	TRACE(s, MMS_WORK_RANGE, "soft_dirty", 38);
	EXPECT_CAUSE(&s, "anon", 19);
	EXPECT_CAUSE(&s, "soft-dirty", 19);
}

TEST(swap)
{
	TRACE(s, MMS_WORK_RANGE, "swap", 86);
	EXPECT_CAUSE(&s, "anon", 43);
	EXPECT_EQ(43, mms_count(&s, "cause", "swap-read") + mms_count(&s, "cause", "swap-cache"));
	EXPECT_EQ(mms_count(&s, "cause", "swap-read"), mms_count(&s, "major", "true"));
}

TEST(huge_pages)
{
	TRACE(s, MMS_WORK_RANGE, "thp", 8);
	EXPECT_CAUSE(&s, "thp", 5);
	EXPECT_CAUSE(&s, "thp-zero", 3);
	EXPECT_ALL("after_level", "pmd");
	EXPECT_EQ(8, mms_count(&s, "order", "9"));
}

TEST(hugetlb)
{
	TRACE(s, MMS_WORK_RANGE, "hugetlb", 3);
	EXPECT_CAUSE(&s, "hugetlb", 3);
	EXPECT_ALL("order", "9");
}

TEST(stack)
{
	TRACE(s, MMS_WORK_RANGE, "stack", 11);
	EXPECT_CAUSE(&s, "stack", 11);
	EXPECT_ALL("grown", "true");
}

TEST(sigsegv)
{
	TRACE(s, MMS_WORK_RANGE, "segv", 24);
	EXPECT_CAUSE(&s, "segv", 24);
	EXPECT_EQ(13, mms_count(&s, "signal", "SEGV_ACCERR"));
	EXPECT_EQ(11, mms_count(&s, "signal", "SEGV_MAPERR"));
	EXPECT_ALL("latency_ns", "null");
	EXPECT_ALL("access", "read");
}

TEST(sigbus)
{
	TRACE(s, MMS_WORK_RANGE, "sigbus", 7);
	EXPECT_CAUSE(&s, "sigbus", 7);
	EXPECT_ALL("signal", "BUS_ADRERR");
}

TEST(userfaultfd_missing)
{
	TRACE(s, MMS_WORK_RANGE, "uffd_missing", 7);
	EXPECT_CAUSE(&s, "uffd-missing", 7);
	for (size_t i = 0; i < s.events; i++)
		EXPECT_LE(MMS_WORK_DELAY * 1000000ULL, mms_number(s.event[i], "latency_ns"));
}

TEST(userfaultfd_write_protected)
{
	TRACE(s, MMS_WORK_RANGE, "uffd_wp", 10);
	EXPECT_CAUSE(&s, "anon", 5);
	EXPECT_CAUSE(&s, "uffd-wp", 5);
}

TEST(userfaultfd_protected_from_reading)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_RWP };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	bool there = fd >= 0 && !ioctl(fd, UFFDIO_API, &api);

	close(fd);
	if (!there)
		SKIP(return, "the kernel's userfaultfd does not protect from reading");
	TRACE(s, MMS_WORK_RANGE, "uffd_rwp", 6);
	EXPECT_CAUSE(&s, "anon", 3);
	EXPECT_CAUSE(&s, "uffd-rwp", 3);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
