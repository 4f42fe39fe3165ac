// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope trace alloc: rings of packet sockets have a known number of blocks of a known
 * order, with flags that nothing else here asks for. Beside it what the kernel counts:
 * /proc/vmstat, and the same tracepoint in tracefs.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "../lib/mms_test.h"
#include "../lib/tracer.h"

#define RING_GFP "KERNEL|ZERO|NOWARN|NORETRY|COMP"
#define TRACING "/sys/kernel/tracing"
#define MIB (1UL << 20)

static struct mms_said s;

/* The value behind a word, of lines "WORD VALUE"; of all whose beginning it is */
static long counted(const char *word)
{
	char line[256], name[128];
	FILE *f = fopen("/proc/vmstat", "r");
	long value, sum = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%127s %ld", name, &value) == 2 && !strncmp(name, word, strlen(word)))
			sum += value;
	if (f)
		fclose(f);
	return sum;
}

/* ---- the workloads ---------------------------------------------------------- */

static int ring(unsigned int blocks, unsigned int order)
{
	struct tpacket_req req = {
		.tp_block_size = PAGE << order, .tp_block_nr = blocks,
		.tp_frame_size = PAGE, .tp_frame_nr = blocks << order,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return 1;
	close(fd);
	return 0;
}

/* Orders that CPUs have lists for, and one that they have none for */
static int work_orders(void)
{
	return ring(13, 0) || ring(17, 2) || ring(11, 3) || ring(7, 5);
}

/* More than any block has: that cannot be had, and is then made of single pages */
static int work_too_large(void)
{
	return ring(3, 11);
}

static int work_pipe(void)
{
	char page[4096] = "";
	int fd[2];

	if (pipe(fd) || fcntl(fd[1], F_SETPIPE_SZ, 32 * PAGE) < 0)
		return 1;
	for (int i = 0; i < 19; i++)
		if (write(fd[1], page, sizeof(page)) != sizeof(page))
			return 1;
	return 0;
}

static int work_pages(void)
{
	const size_t pages = 5003;
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = 1;
	return 0;
}

/* As many blocks as are free in lists of unmovable ones, and more */
static int work_fallback(void)
{
	return ring(atoi(getenv("BLOCKS")), 4);
}

static const struct mms_workload workloads[] = {
	{ "orders", work_orders }, { "too_large", work_too_large }, { "pipe", work_pipe },
	{ "pages", work_pages }, { "fallback", work_fallback }, { NULL, NULL },
};

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(workloads);
}

/* ---- the tests ------------------------------------------------------------------ */

/* Events with a value of each of two keys */
static size_t both(const char *key, const char *value, const char *key2, const char *value2)
{
	char buf[256], buf2[256];
	size_t n = 0;

	for (size_t i = 0; i < s.events; i++)
		n += !strcmp(mms_value(s.event[i], key, buf), value) &&
		     !strcmp(mms_value(s.event[i], key2, buf2), value2);
	return n;
}

static uint64_t total(const char *key)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s.events; i++)
		sum += mms_number(s.event[i], key);
	return sum;
}

#define ALLOC(options, workload)						\
	NEED_TOOL();								\
	mms_trace(&s, "alloc", options, workload);				\
	ASSERT_NE(NULL, s.end);							\
	EXPECT_EQ(0, s.status);							\
	EXPECT_EQ(0, mms_number(s.end, "lost"));				\
	EXPECT_EQ(0, mms_number(s.end, "not_followed"))

#define NEED_RINGS()								\
	if (!has_rings())							\
		SKIP(return, "this kernel has no packet sockets (CONFIG_PACKET)")

static bool has_rings(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	close(fd);
	return fd >= 0;
}

TEST(orders)
{
	char buf[256], buf2[256];

	NEED_RINGS();
	ALLOC("", "orders");
	EXPECT_EQ(13, both("gfp", RING_GFP, "order", "0"));
	EXPECT_EQ(17, both("gfp", RING_GFP, "order", "2"));
	EXPECT_EQ(11, both("gfp", RING_GFP, "order", "3"));
	EXPECT_EQ(7, both("gfp", RING_GFP, "order", "5"));
	EXPECT_EQ(48, mms_count(&s, "gfp", RING_GFP));
	for (size_t i = 0; i < s.events; i++) {
		if (strcmp(mms_value(s.event[i], "gfp", buf), RING_GFP))
			continue;
		EXPECT_STREQ("unmovable", mms_value(s.event[i], "type", buf));
		EXPECT_EQ(1U << mms_number(s.event[i], "order"), mms_number(s.event[i], "pages"));
		EXPECT_EQ(0, mms_number(s.event[i], "pfn") & (mms_number(s.event[i], "pages") - 1));
		EXPECT_LT(0, mms_number(s.event[i], "pfn"));
		EXPECT_LT(0, mms_number(s.event[i], "latency_ns"));
		mms_value(s.event[i], "cause", buf2);
		if (!strcmp(buf2, "pcp"))
			EXPECT_EQ(0, mms_number(s.event[i], "refilled"));
		if (!strcmp(buf2, "refill"))
			EXPECT_LT(0, mms_number(s.event[i], "refilled"));
	}
	EXPECT_EQ(0, both("cause", "pcp", "order", "5"));
	EXPECT_EQ(0, both("cause", "refill", "order", "5"));
	EXPECT_LT(0, mms_count(&s, "cause", "pcp"));
}

TEST(pages_of_a_pipe)
{
	ALLOC("", "pipe");
	EXPECT_EQ(19, mms_count(&s, "gfp", "HIGHUSER|ACCOUNT"));
	EXPECT_EQ(19, both("gfp", "HIGHUSER|ACCOUNT", "order", "0"));
}

/* What a task gets is no more than what all get */
TEST(anonymous_pages)
{
	long before = counted("pgalloc_");

	ALLOC("", "pages");
	EXPECT_LE(5003, mms_count(&s, "type", "movable"));
	EXPECT_LE(5003, total("pages"));
	EXPECT_LE(total("pages"), counted("pgalloc_") - before);
}

TEST(failed)
{
	NEED_RINGS();
	ALLOC("--cause failed", "too_large");
	EXPECT_EQ(3, s.events);
	EXPECT_EQ(3, both("gfp", RING_GFP, "order", "11"));
	EXPECT_EQ(3, mms_count(&s, "pages", "0"));
	EXPECT_EQ(3, mms_count(&s, "pfn", "null"));
	EXPECT_EQ(3, mms_count(&s, "warned", "false"));
}

/* Sums that are made in the kernel, and those that are not, have as many of an order */
TEST(sums)
{
	char *text;

	NEED_RINGS();
	NEED_TOOL();
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace alloc --summary --json -- env MMS_WORKLOAD=orders $me |"
			       " jq '[.rows[] | select(.order == 5) | .count] | add'"));
	EXPECT_STREQ("7\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace alloc --by gfp,order --json -- env MMS_WORKLOAD=orders $me |"
			       " jq -c '[.rows[] | select(.gfp == \"" RING_GFP "\") | [.order, .count]] | sort'"));
	EXPECT_STREQ("[[0,13],[2,17],[3,11],[5,7]]\n", text);
	free(text);
}

/* Bytes of what is free in lists of unmovable blocks, by /proc/pagetypeinfo: "... type Unmovable N N ..." */
static long unmovable_free(void)
{
	FILE *f = fopen("/proc/pagetypeinfo", "r");
	char line[512], *p;
	long bytes = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "type    Unmovable");
		if (!p || !strchr(line, ','))
			continue;
		p += strlen("type    Unmovable");
		for (long size = PAGE, n; *p && *p != '\n'; size *= 2) {
			n = strtol(p + strspn(p, " >"), &p, 10);
			bytes += n * size;
			p += strspn(p, " ");
		}
	}
	fclose(f);
	return bytes;
}

/* clang-format off */
FIXTURE(slow)
{
};
FIXTURE_SETUP(slow)
{
}
FIXTURE_TEARDOWN(slow)
{
}
/* clang-format on */

/* Each block of another type, beside the kernel's own trace of the same */
TEST_F(slow, fallback)
{
	long bytes = unmovable_free(), lines;
	char blocks[32], *text;

	NEED_RINGS();
	if (bytes < 0 || file_write(TRACING "/trace", "") || file_write(TRACING "/events/kmem/mm_page_alloc_extfrag/enable", "1"))
		SKIP(return, "no /proc/pagetypeinfo or no tracefs");
	snprintf(blocks, sizeof(blocks), "%ld", (bytes + 32 * (long)MIB) / (16 * (long)PAGE));
	setenv("BLOCKS", blocks, 1);
	mms_find_tool();
	mms_trace(&s, "alloc", "", "fallback");
	file_write(TRACING "/events/kmem/mm_page_alloc_extfrag/enable", "0");
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(atoi(blocks), both("gfp", RING_GFP, "order", "4"));
	EXPECT_LT(0, total("fallbacks"));
	ASSERT_LT(0, s.events);
	mms_shell(&text, "grep mm_page_alloc_extfrag: " TRACING "/trace | awk '$1 ~ /-%lu$/' | wc -l", mms_number(s.event[0], "tid"));
	lines = atol(text);
	free(text);
	EXPECT_EQ(lines, total("fallbacks"));
	EXPECT_EQ(s.events - mms_count(&s, "fallbacks", "0"), mms_count(&s, "cause", "fallback") +
		  mms_count(&s, "cause", "bulk") + mms_count(&s, "cause", "compact") + mms_count(&s, "cause", "reclaim") -
		  both("fallbacks", "0", "cause", "bulk") - both("fallbacks", "0", "cause", "compact") -
		  both("fallbacks", "0", "cause", "reclaim"));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
