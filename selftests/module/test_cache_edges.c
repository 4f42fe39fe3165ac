// SPDX-License-Identifier: GPL-2.0-only
/* cache: files that are none, and files and file systems that go. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "../lib/mms_test.h"
#include "../lib/pagefile.h"

#define CACHE(fd_, s) GET("cache", (&(struct mms_query){ .fd = (fd_) }), s)

static int try(const struct mms_query *q)
{
	struct mms_stream s;
	int err = mms_get("cache", q, &s);

	mms_free(&s);
	return err;
}

TEST(bad_files)
{
	struct mms_query q = { .fd = -1 };
	int pipes[2], fd;

	EXPECT_EQ(-EBADF, try(&q));
	q.fd = INT32_MAX;
	EXPECT_EQ(-EBADF, try(&q));
	q.fd = open("/", O_RDONLY);
	EXPECT_EQ(-EINVAL, try(&q));
	close(q.fd);
	q.fd = open("/dev/null", O_RDONLY);
	EXPECT_EQ(-EINVAL, try(&q));
	close(q.fd);
	q.fd = open("/etc/passwd", O_PATH);
	EXPECT_EQ(-EBADF, try(&q));
	close(q.fd);
	ASSERT_EQ(0, pipe(pipes));
	q.fd = pipes[0];
	EXPECT_EQ(-EINVAL, try(&q));
	/* an older tool's query names no file */
	q = (struct mms_query){ .size = offsetof(struct mms_query, fd) };
	fd = mms_open("cache");
	EXPECT_EQ(-1, write(fd, &q, q.size));
	EXPECT_EQ(EINVAL, errno);
	/* levels are of page tables; a range that is none */
	q = (struct mms_query){ .fd = open("/etc/passwd", O_RDONLY), .levels = 2 };
	EXPECT_EQ(-EINVAL, try(&q));
	q.levels = 0;
	q.start = q.end = 4096;
	EXPECT_EQ(-EINVAL, try(&q));
	close(q.fd);
	/* itself: has no pages, and must not hold itself (rmmod at the end would fail) */
	q = (struct mms_query){ .size = sizeof(q), .fd = fd };
	EXPECT_EQ(sizeof(q), write(fd, &q, sizeof(q)));
	close(fd);
}

/* Nothing keeps a file system from going once the stream has been read. */
TEST(the_file_system_is_let_go)
{
	MOUNT("ext4", NULL);
	int fd = file_make(path, 11), raw = mms_open("cache");
	struct mms_query q = { .fd = fd };
	struct mms_stream s;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, mms_query(raw, &q));
	close(fd);
	/* not read yet: busy, as an open file makes it */
	EXPECT_EQ(-1, umount(fs));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, mms_read(raw, 65536, &s));
	EXPECT_LE(1, s.rows);
	mms_free(&s);
	EXPECT_EQ(0, fs_umount(fs));
	close(raw);
}

struct churn {
	int fd;
	volatile bool stop;
};

static void *churn(void *arg)
{
	struct churn *c = arg;
	char page[PAGE] = { 1 };

	for (unsigned int i = 0; !c->stop; i++) {
		for (int j = 0; j < 61; j++)
			if (pwrite(c->fd, page, PAGE, (i * 7 + j * 13) % 1021 * PAGE) < 0)
				break;
		if (i % 5 == 0 && ftruncate(c->fd, (i % 997) * PAGE))
			break;
		if (i % 11 == 0)
			posix_fadvise(c->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (i % 101 == 0)
			caches_drop();
	}
	return NULL;
}

TEST(truncation_while_it_is_read)
{
	MOUNT("ext4", NULL);
	struct churn c = { .fd = file_make(path, 1021) };
	pthread_t thread;

	ASSERT_LE(0, c.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, churn, &c));
	for (int i = 0; i < 67; i++) {
		struct mms_stream s;
		uint64_t next = 0;

		CACHE(c.fd, &s);
		ROWS(mms_cache_rec, r, &s) {
			EXPECT_LE(next, r->index);
			next = r->index + r->pages;
		}
		mms_free(&s);
	}
	c.stop = true;
	pthread_join(thread, NULL);
	close(c.fd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST_HARNESS_MAIN
