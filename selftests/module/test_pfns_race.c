// SPDX-License-Identifier: GPL-2.0-only
/* pfns, while memory is allocated and freed, and taken away, under its walk. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../lib/frames.h"
#include "../lib/mms_test.h"

static _Noreturn void storm(int seed)
{
	for (unsigned int i = seed;; i++) {
		size_t len = (i * 7919 % 4096 + 1) * PAGE;
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		int fd = memfd_create("storm", 0);

		if (fd >= 0 && !ftruncate(fd, len) && write(fd, p, len / 2) > 0)
			ftruncate(fd, len / 4);
		if (p != MAP_FAILED)
			munmap(p, len);
		close(fd);
	}
}

TEST(allocation_storm)
{
	pid_t child[3];
	struct mms_stream s;
	int bad = 0;

	for (int i = 0; i < 3; i++) {
		child[i] = fork();
		if (!child[i])
			storm(i * 1000003);
	}
	for (int i = 0; i < 20; i++) {
		uint64_t next = 0;

		GET("pfns", (&(struct mms_query){ .flags = i & 1 ? MMS_Q_NO_MERGE : 0 }), &s);
		ROWS(mms_pfns_rec, r, &s) {
			if (r->pfn < next)
				DIFFER(bad, "row at %#llx after %#" PRIx64, r->pfn, next);
			next = r->pfn + row_frames(r);
		}
		mms_free(&s);
	}
	for (int i = 0; i < 3; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	EXPECT_EQ(0, bad);
}

static int set_block(int block, const char *state)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/state", block);
	return file_write(path, state);
}

/* frames of a block that the view has */
static uint64_t frames_in(struct __test_metadata *_metadata, uint64_t start, uint64_t size)
{
	struct mms_stream s;
	uint64_t sum;

	GET("pfns", (&(struct mms_query){ .start = start, .end = start + size }), &s);
	sum = frames_where(&s, ~0U, 0);
	mms_free(&s);
	return sum;
}

TEST(memory_goes_offline_under_a_walk)
{
	char *text = file_text("/sys/devices/system/memory/block_size_bytes", NULL);
	uint64_t size = text ? strtoull(text, NULL, 16) / PAGE : 0;
	int done = 0, tried = 0;
	pid_t reader;

	free(text);
	if (!size)
		SKIP(return, "this kernel has no memory hotplug");
	reader = fork();
	if (!reader)
		for (;;) {
			struct mms_stream s;

			mms_get("pfns", &(struct mms_query){ .flags = MMS_Q_NO_MERGE }, &s);
			mms_free(&s);
		}
	/* downwards: what was allocated at boot lies at the ends of nodes and cannot go */
	for (int block = 4096; block-- > 0 && done < 3 && tried < 24; ) {
		char path[80];

		snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%d/state", block);
		if (access(path, W_OK) || mms_poisoned(block * size, size))
			continue;
		tried++;
		if (set_block(block, "offline"))
			continue;
		EXPECT_EQ(0, frames_in(_metadata, block * size, size)) { TH_LOG("block %d", block); }
		EXPECT_EQ(0, set_block(block, "online"));
		EXPECT_EQ(size, frames_in(_metadata, block * size, size)) { TH_LOG("block %d", block); }
		done++;
	}
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	if (!done)
		SKIP(return, "none of %d blocks of memory could be taken offline", tried);
}

MMS_TEST_MAIN
