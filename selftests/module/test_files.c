// SPDX-License-Identifier: GPL-2.0-only
/* files: what fills the page cache, beside mincore() and meminfo. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tool.h"

#define FILES(s) GET("files", (&(struct mms_query){ 0 }), s)

/* the row of an open file, NULL for none; *ret_text its name */
static const struct mms_files_rec *row_of(const struct mms_stream *s, int fd, const char **ret_text)
{
	const struct mms_files_rec *found = NULL;
	struct stat st;

	fstat(fd, &st);
	ROWS(mms_files_rec, r, s) {
		if (r->inode != st.st_ino || r->dev_major != major(st.st_dev) || r->dev_minor != minor(st.st_dev))
			continue;
		if (found)
			return NULL;	/* twice is wrong, too */
		found = r;
		if (ret_text)
			*ret_text = s->text[r_i];
	}
	return found;
}

static void check_row(struct __test_metadata *_metadata, const struct mms_files_rec *r)
{
	uint64_t orders = r->order0 + r->order1 + r->order2 + r->order3 + r->order4 + r->order5 + r->order6 + r->order7 + r->order8 +
			  r->order9 + r->order10up;

	EXPECT_EQ(r->cached, orders) TH_LOG("inode %llu", r->inode);
	EXPECT_EQ(r->cached, r->node0 + r->node1 + r->node2 + r->node3 + r->node4up);
	EXPECT_LE(r->mapped, r->cached);
	EXPECT_LE(r->dirty, r->cached);
	EXPECT_LE(r->active, r->cached);
}

TEST(a_file_in_part)
{
	MOUNT("ext4", NULL);
	int fd = file_make(path, 1009);
	struct mms_stream s;
	const struct mms_files_rec *r;
	unsigned char there[1009];
	const char *name;
	size_t cached = 0;
	char byte, *map;

	ASSERT_LE(0, fd);
	caches_drop();
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (int i = 0; i < 1009; i += 5)
		ASSERT_EQ(1, pread(fd, &byte, 1, i * PAGE));
	map = mmap(NULL, 5 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(1, pwrite(fd, &byte, 1, 0));
	FILES(&s);
	r = row_of(&s, fd, &name);
	ASSERT_NE(NULL, r);
	file_mincore(fd, 1009, there);
	for (int i = 0; i < 1009; i++)
		cached += there[i];
	EXPECT_EQ(cached * PAGE, r->cached);
	EXPECT_EQ(MMS_FILE_file, r->kind);
	EXPECT_EQ(1009 * PAGE, r->size);
	EXPECT_LE(5 * PAGE, r->mapped);
	EXPECT_LE(PAGE, r->dirty);
	EXPECT_EQ(0, r->deleted);
	EXPECT_EQ(0, strcmp("/file", name)) TH_LOG("%s", name);
	check_row(_metadata, r);
	mms_free(&s);
	munmap(map, 5 * PAGE);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

/* What memory is full of, to the page: there is no file that is not listed. */
TEST(sums_are_those_of_meminfo)
{
	uint64_t ours, theirs = 0, dirty;

	for (int try = 0;; try++) {
		struct mms_stream s;
		uint64_t hugetlb = 0;
		char *text;

		sync();
		file_write("/proc/sys/vm/stat_refresh", "1");
		FILES(&s);
		file_write("/proc/sys/vm/stat_refresh", "1");
		text = file_text("/proc/meminfo", NULL);
		theirs = (text_number(text, "Cached", 0) + text_number(text, "Buffers", 0)) * 1024;
		free(text);
		ours = dirty = 0;
		ROWS(mms_files_rec, r, &s) {
			ours += r->cached;
			dirty += r->dirty;
			hugetlb += r->kind == MMS_FILE_hugetlb ? r->cached : 0;
			check_row(_metadata, r);
			EXPECT_EQ(0, r->rec.flags & MMS_RF_PARTIAL);
		}
		mms_free(&s);
		ours -= hugetlb;	/* is in pools of its own */
		if (ours == theirs || try == 20)
			break;
	}
	EXPECT_EQ(theirs, ours);
}

TEST(names_and_kinds)
{
	MOUNT("tmpfs", "huge=never");
	static const char nasty[] = "a\nb\x80\xff\033[31m \"}";
	int shm, memfd, gone, huge;
	const struct mms_files_rec *r;
	struct mms_stream s;
	const char *name;
	char byte[PAGE] = { 0 };

	snprintf(path, sizeof(path), "%s/%s", fs, nasty);
	shm = file_make(path, 3);
	snprintf(path, sizeof(path), "%s/gone", fs);
	gone = file_make(path, 7);
	unlink(path);
	memfd = memfd_create("mms-memfd", 0);
	ASSERT_EQ(sizeof(byte), pwrite(memfd, byte, sizeof(byte), 10 * PAGE));
	huge = memfd_create("mms-huge", MFD_HUGETLB);
	if (huge >= 0 && (ftruncate(huge, 2 << 20) || fallocate(huge, 0, 0, 2 << 20))) {
		close(huge);
		huge = -1;
	}
	FILES(&s);
	r = row_of(&s, shm, &name);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(MMS_FILE_shmem, r->kind);
	EXPECT_EQ(3 * PAGE, r->cached);
	EXPECT_EQ(0, r->deleted);
	EXPECT_EQ(0, strcmp(nasty, name + 1)) TH_LOG("%s", name);
	r = row_of(&s, gone, &name);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(7 * PAGE, r->cached);
	EXPECT_EQ(1, r->deleted);
	EXPECT_EQ(0, strcmp("/gone", name)) TH_LOG("%s", name);
	r = row_of(&s, memfd, &name);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(MMS_FILE_memfd, r->kind);
	EXPECT_EQ(PAGE, r->cached);
	EXPECT_EQ(11 * PAGE, r->size);
	EXPECT_EQ(0, strcmp("/memfd:mms-memfd", name)) TH_LOG("%s", name);
	if (huge >= 0) {
		r = row_of(&s, huge, NULL);
		ASSERT_NE(NULL, r);
		EXPECT_EQ(MMS_FILE_hugetlb, r->kind);
		EXPECT_EQ(2 << 20, r->cached);
		EXPECT_EQ(2 << 20, r->order9);
		EXPECT_EQ(9, r->order);
		close(huge);
	}
	mms_free(&s);
	close(shm);
	close(gone);
	close(memfd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST(the_name_is_harmless_in_text)
{
	MOUNT("tmpfs", "huge=never");
	size_t len;
	char *text;
	int fd;

	snprintf(path, sizeof(path), "%s/x\nforged\x1b[31m", fs);
	fd = file_make(path, 2);
	text = file_text(MMS_PROC "/files", &len);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(NULL, strstr(text, "\nforged"));
	EXPECT_NE(NULL, strstr(text, "/x\\012forged\\033[31m")) TH_LOG("%s", text);
	free(text);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

static volatile bool stop;

static void *reader(void *arg)
{
	long *reads = arg;

	while (!stop) {
		struct mms_stream s;

		if (!mms_get("files", &(struct mms_query){ 0 }, &s))
			++*reads;
		mms_free(&s);
	}
	return NULL;
}

/*
 * File systems come and go, files are truncated, unlinked and dropped while the view is read:
 * umount is never refused, and the kernel finds no inode left over.
 */
TEST(umount_while_it_is_read)
{
	pthread_t thread;
	long reads = 0;
	char *log;

	stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, reader, &reads));
	for (int i = 0; i < 7; i++) {
		char fs[64], path[128];
		int fd;

		if (fs_mount(i % 4 ? "tmpfs" : "ext4", NULL, fs))
			break;
		for (int j = 0; j < 11; j++) {
			snprintf(path, sizeof(path), "%s/%d", fs, j);
			fd = file_make(path, 1 + j * 3);
			if (j % 4 == 0)
				unlink(path);
			if (j % 4 == 1 && ftruncate(fd, PAGE))
				break;
			close(fd);
		}
		if (i % 5 == 0)
			caches_drop();
		EXPECT_EQ(0, fs_umount(fs)) TH_LOG("round %d", i);
	}
	stop = true;
	pthread_join(thread, NULL);
	EXPECT_LT(0, reads);
	ASSERT_EQ(0, system("dmesg >/run/mms-dmesg"));
	log = file_text("/run/mms-dmesg", NULL);
	EXPECT_EQ(NULL, strstr(log, "Busy inodes"));
	free(log);
}

/* A stream that is not read on holds nothing. */
TEST(a_reader_that_stops_holds_nothing)
{
	MOUNT("ext4", NULL);
	int fd = file_make(path, 11), raw = mms_open("files");
	struct mms_query q = { 0 };
	char byte[64];

	close(fd);
	ASSERT_EQ(0, mms_query(raw, &q));
	ASSERT_EQ(64, read(raw, byte, 64));
	EXPECT_EQ(0, fs_umount(fs));
	close(raw);
}

TEST(the_command)
{
	MOUNT("ext4", NULL);
	static char text[1 << 20];
	int fd = file_make(path, 2003);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "files --top 5")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, path)) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "files --json --top 3 | jq -e '(.rows | length) == 3 and .totals.files > 3'")) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "files --json | jq -e '.rows[] | select(.path == \"%s\") | .cached_bytes == %lu'", path,
			      2003 * PAGE)) TH_LOG("%s", text);
	EXPECT_EQ(2, mms_tool(text, sizeof(text), "files --top 0"));
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "files --source procfs"));
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

MMS_TEST_MAIN
