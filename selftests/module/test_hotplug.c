// SPDX-License-Identifier: GPL-2.0-only
/* Memory that goes and comes while all of it is looked at. */
#include <dirent.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define MEMORY "/sys/devices/system/memory"
#define BLOCKS 4	/* that go and come */
#define READERS 2
#define ROUNDS 7

static const char *const views[] = { "zones", "buddy", "blocks", "pfns", "pageblocks", "rmap", "files", "kernel" };
#define NR_VIEWS (sizeof(views) / sizeof(*views))

static int set_state(long block, const char *state)
{
	char path[80];

	snprintf(path, sizeof(path), MEMORY "/memory%ld/state", block);
	return file_write(path, state);
}

/* a file of the block begins with a word */
static bool says(long block, const char *file, const char *word)
{
	char path[80], *text;
	bool yes;

	snprintf(path, sizeof(path), MEMORY "/memory%ld/%s", block, file);
	text = file_text(path, NULL);
	yes = text && !strncmp(text, word, strlen(word));
	free(text);
	return yes;
}

static int highest_first(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return *x < *y ? 1 : -1;
}

/*
 * Blocks of memory that can go offline: the highest of the movable zone. Others
 * might, too, but would come back in another zone than they were in. Memory that
 * is not online yet is brought there first: a module's is not, on older kernels.
 * @ret_movable: those of the zone, of which some page may be in use in a way that it cannot be moved
 */
static int movable_blocks(long *ret_block, int most, uint64_t frames, int *ret_movable)
{
	static long all[4096];
	struct dirent *entry;
	DIR *dir = opendir(MEMORY);
	int n = 0, found = 0;

	while (dir && (entry = readdir(dir)) && n < 4096)
		if (sscanf(entry->d_name, "memory%ld", &all[n]) == 1)
			n++;
	if (dir)
		closedir(dir);
	qsort(all, n, sizeof(*all), highest_first);
	*ret_movable = 0;
	for (int i = 0; i < n && found < most && i < 16; i++) {
		if (says(all[i], "state", "offline") && set_state(all[i], "online_movable"))
			continue;
		if (!says(all[i], "valid_zones", "Movable") || mms_poisoned(all[i] * frames, frames))
			continue;
		(*ret_movable)++;
		if (set_state(all[i], "offline"))
			continue;
		if (!set_state(all[i], "online_movable"))
			ret_block[found++] = all[i];
	}
	return found;
}

static uint64_t block_frames(void)
{
	char *text = file_text(MEMORY "/block_size_bytes", NULL);
	uint64_t frames = text ? strtoull(text, NULL, 16) / PAGE : 0;

	free(text);
	return frames;
}

/* reads all views until it is killed; dies with a status if one cannot be read */
static pid_t reader(void)
{
	pid_t pid = fork();

	for (int i = 0; !pid; i++) {
		/* of all mappings a part, which moves on */
		const uint64_t at = strcmp(views[i % NR_VIEWS], "rmap") ? 0 : i % 331 * 4001;
		struct mms_query q = { .start = at, .end = at ? at + 4001 : 0 };
		struct mms_stream s;

		if (mms_get(views[i % NR_VIEWS], &q, &s))
			_exit(1 + i % NR_VIEWS);
		mms_free(&s);
	}
	return pid;
}

/* free blocks and page frames in the range */
static int rows_in(uint64_t start, uint64_t end)
{
	struct mms_query q = { .size = 0 };
	struct mms_stream s;
	int rows = 0;

	if (mms_get("blocks", &q, &s))
		return -1;
	ROWS(mms_blocks_rec, r, &s)
		rows += r->pfn >= start && r->pfn < end;
	mms_free(&s);
	if (mms_get("pfns", &(struct mms_query){ .start = start, .end = end }, &s))
		return rows;
	rows += s.rows;
	mms_free(&s);
	return rows;
}

static uint64_t present(void)
{
	struct mms_query q = { .size = 0 };
	struct mms_stream s;
	uint64_t pages = 0;

	if (mms_get("zones", &q, &s))
		return 0;
	ROWS(mms_zones_rec, r, &s)
		pages += r->row == MMS_ZONE_ROW_zone ? r->present : 0;
	mms_free(&s);
	return pages;
}

static int go_and_come(struct __test_metadata *_metadata, const long *block, int n, uint64_t frames)
{
	int gone = 0;

	for (int i = 0; i < n; i++) {
		uint64_t before = present();

		if (set_state(block[i], "offline"))
			continue;	/* a page of it could not be moved now */
		gone++;
		EXPECT_EQ(before - frames, present());
		EXPECT_EQ(0, rows_in(block[i] * frames, (block[i] + 1) * frames)) { TH_LOG("memory%ld is offline", block[i]); }
		EXPECT_EQ(0, set_state(block[i], "online_movable"));
		EXPECT_EQ(before, present());
		EXPECT_LT(0, rows_in(block[i] * frames, (block[i] + 1) * frames)) { TH_LOG("memory%ld is online again", block[i]); }
	}
	return gone;
}

TEST(memory_goes_and_comes_while_it_is_read)
{
	const uint64_t frames = block_frames();
	pid_t readers[READERS];
	long block[BLOCKS];
	int n, movable, gone = 0, status;

	/* what was read a moment ago may not be moved yet */
	for (int i = 0; !(n = movable_blocks(block, BLOCKS, frames, &movable)) && movable && i < 50; i++)
		usleep(200000);
	if (!movable)
		SKIP(return, "no memory is in the movable zone (configuration numa4 has some)");
	ASSERT_LT(0, n) TH_LOG("%d blocks are movable, and none can go offline", movable);
	for (int i = 0; i < READERS; i++)
		readers[i] = reader();
	for (int i = 0; i < ROUNDS; i++)
		gone += go_and_come(_metadata, block, n, frames);
	for (int i = 0; i < READERS; i++) {
		/* still there: every read has succeeded */
		EXPECT_EQ(0, waitpid(readers[i], &status, WNOHANG)) { TH_LOG("a reader ended with %#x", status); }
		kill(readers[i], SIGKILL);
		waitpid(readers[i], NULL, 0);
	}
	EXPECT_LT(0, gone);
}

static char module_eject[320];
static int ejected = -ENODEV;
static uint64_t ejecting[2];	/* from when until when */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Bytes of memory that the kernel knows of, online or not */
static uint64_t system_ram(void)
{
	FILE *f = fopen("/proc/iomem", "re");
	unsigned long start, end;
	uint64_t bytes = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, ": System RAM") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			bytes += end - start + 1;
	if (f)
		fclose(f);
	return bytes;
}

static void eject(void)
{
	uint64_t before = system_ram();

	ejecting[0] = now();
	ejected = file_write(module_eject, "1");
	/* the rest is done behind the scenes: it goes offline, and then out of the page tables */
	for (int i = 0; i < 300 && system_ram() == before; i++)
		usleep(100000);
	ejecting[1] = now();
}

/* The whole module is taken out; it does not come back. What mapped it is flushed everywhere. */
TEST(memory_is_ejected_while_it_is_read)
{
	static struct mms_said s;
	pid_t readers[READERS];
	uint64_t before = present();
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/acpi/devices");
	size_t flushes = 0;
	int status;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "PNP0C80", 7))
			continue;
		snprintf(module_eject, sizeof(module_eject), "/sys/bus/acpi/devices/%s/eject", entry->d_name);
		if (!access(module_eject, W_OK))
			break;
	}
	if (!dir || !entry)
		SKIP(return, "this machine has no memory module that can be taken out");
	closedir(dir);
	NEED_TOOL();
	for (int i = 0; i < READERS; i++)
		readers[i] = reader();
	usleep(200000);
	mms_trace_while(&s, "tlb", "--cause all -o +clock", eject);
	for (int i = 0; i < READERS; i++) {
		EXPECT_EQ(0, waitpid(readers[i], &status, WNOHANG)) { TH_LOG("a reader ended with %#x", status); }
		kill(readers[i], SIGKILL);
		waitpid(readers[i], NULL, 0);
	}
	EXPECT_EQ(0, ejected);
	EXPECT_GT(before, present());
	EXPECT_EQ(0, s.status);
	/* attaching the programs may flush, too, with some of them still missing */
	for (size_t i = 0; i < s.events; i++) {
		const uint64_t clock = mms_number(s.event[i], "clock_ns");
		char buf[256];

		if (clock < ejecting[0] || clock > ejecting[1])
			continue;
		flushes++;
		EXPECT_STREQ("all", mms_value(s.event[i], "flush", buf));
		EXPECT_STREQ(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "both" : "here", mms_value(s.event[i], "where", buf));
	}
	EXPECT_LT(0, flushes);
}

TEST_HARNESS_MAIN
