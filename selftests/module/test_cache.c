// SPDX-License-Identifier: GPL-2.0-only
/* cache: one file's folios, beside mincore(), cachestat(), kpageflags and smaps. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "../lib/mms_test.h"
#include "../lib/pagefile.h"
#include "../lib/tool.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21 << 26)
#endif

#define PAGES 1009
#define CACHE(fd_, s) GET("cache", (&(struct mms_query){ .fd = (fd_) }), s)

/* flags that come and go by themselves */
#define VOLATILE_KPF (BIT(KPF_LRU) | BIT(KPF_ACTIVE) | BIT(KPF_REFERENCED) | BIT(KPF_RECLAIM) | BIT(KPF_IDLE) | BIT(KPF_LOCKED) | \
		      BIT(KPF_UNEVICTABLE))

/* the rows are in order, do not overlap, and a folio covers what its order says */
static void check_rows(struct __test_metadata *_metadata, const struct mms_stream *s)
{
	uint64_t next = 0;
	int bad = 0;

	ROWS(mms_cache_rec, r, s) {
		if (r->index < next)
			DIFFER(bad, "row at %llu after one that ends at %" PRIu64, r->index, next);
		if (r->kind == MMS_CACHE_folio && r->pages != 1ULL << r->order)
			DIFFER(bad, "%llu: %llu pages of order %u", r->index, r->pages, r->order);
		if (r->index & (r->pages - 1))
			DIFFER(bad, "%llu: not aligned to %llu", r->index, r->pages);
		if (r->rec.flags & MMS_RF_RACED)
			DIFFER(bad, "%llu: raced on a quiet machine", r->index);
		next = r->index + r->pages;
	}
	EXPECT_EQ(0, bad);
}

/* which pages have a folio whose data is all there, which is what mincore() asks for; a byte each */
static void covered(const struct mms_stream *s, size_t pages, unsigned char *ret)
{
	memset(ret, 0, pages);
	ROWS(mms_cache_rec, r, s)
		for (uint64_t i = r->index; (r->kpf & BIT(KPF_UPTODATE)) && i < r->index + r->pages && i < pages; i++)
			ret[i] = 1;
}

static uint64_t sum(const struct mms_stream *s, int kind)
{
	uint64_t pages = 0;

	ROWS(mms_cache_rec, r, s)
		pages += r->kind == kind ? r->pages : 0;
	return pages;
}

/* each folio is what kpageflags and kpagecount say of its frames */
static void check_frames(struct __test_metadata *_metadata, const struct mms_stream *s)
{
	int bad = 0;

	ROWS(mms_cache_rec, r, s) {
		uint64_t mapped = 0, kpf;

		if (r->kind != MMS_CACHE_folio)
			continue;
		kpf = kpageflags(r->pfn);
		if ((kpf ^ r->kpf) & ~VOLATILE_KPF & (BIT(32) - 1))
			DIFFER(bad, "%llu: pfn %#llx: kpf %#llx, kpageflags %#" PRIx64, r->index, r->pfn, r->kpf, kpf);
		if (kpagecount(r->pfn) != (uint64_t)r->mapcount)
			DIFFER(bad, "%llu: mapcount %d, kpagecount %" PRIu64, r->index, r->mapcount, kpagecount(r->pfn));
		for (uint64_t i = 0; i < r->pages; i++)
			mapped += kpagecount(r->pfn + i) > 0;
		if (mapped != r->mapped)
			DIFFER(bad, "%llu: %u mapped, by kpagecount %" PRIu64, r->index, r->mapped, mapped);
	}
	EXPECT_EQ(0, bad);
}

static void check_mincore(struct __test_metadata *_metadata, const struct mms_stream *s, int fd, size_t pages)
{
	unsigned char *ours = malloc(pages), *theirs = malloc(pages);
	int bad = 0;

	covered(s, pages, ours);
	file_mincore(fd, pages, theirs);
	for (size_t i = 0; i < pages; i++)
		if (ours[i] != theirs[i])
			DIFFER(bad, "page %zu: %d, mincore says %d", i, ours[i], theirs[i]);
	EXPECT_EQ(0, bad);
	free(ours);
	free(theirs);
}

/* dirty, writeback and evicted of each page, where the kernel can say */
static void check_cachestat(struct __test_metadata *_metadata, const struct mms_stream *s, int fd)
{
	struct cachestat_counts n;
	int bad = 0;

	if (file_cachestat(fd, 0, 1, &n))
		return;
	ROWS(mms_cache_rec, r, s) {
		ASSERT_EQ(0, file_cachestat(fd, r->index, r->pages, &n));
		if (r->kind == MMS_CACHE_folio ? n.cache != r->pages || n.dirty != r->dirty * r->pages ||
						 n.writeback != r->writeback * r->pages : n.evicted != r->pages)
			DIFFER(bad, "%llu+%llu kind %u dirty %u: cachestat %" PRIu64 " %" PRIu64 " %" PRIu64, r->index, r->pages,
			       r->kind, r->dirty, n.cache, n.dirty, n.evicted);
	}
	EXPECT_EQ(0, bad);
}

/* read in part, mapped in part, written in part */
static void some_file(struct __test_metadata *_metadata, const char *type, const char *options)
{
	MOUNT(type, options);
	int fd = file_make(path, PAGES);
	struct mms_stream s;
	uint64_t dirty = 0;
	char byte = 'x', *map;

	ASSERT_LE(0, fd);
	CACHE(fd, &s);
	EXPECT_LE(PAGES, sum(&s, MMS_CACHE_folio));	/* the last folio may reach beyond the end */
	check_rows(_metadata, &s);
	mms_free(&s);
	caches_drop();
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (int i = 0; i < PAGES; i += 3)
		ASSERT_EQ(1, pread(fd, &byte, 1, i * PAGE));
	map = mmap(NULL, 101 * PAGE, PROT_READ, MAP_SHARED, fd, 307 * PAGE);
	ASSERT_NE(MAP_FAILED, map);
	madvise(map, 101 * PAGE, MADV_RANDOM);
	for (int i = 0; i < 101; i += 2)
		(void)*(volatile char *)(map + i * PAGE);
	for (int i = 0; i < 53; i++)
		ASSERT_EQ(1, pwrite(fd, &byte, 1, (700 + i) * PAGE));
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_mincore(_metadata, &s, fd, PAGES);
	check_frames(_metadata, &s);
	check_cachestat(_metadata, &s, fd);
	ROWS(mms_cache_rec, r, &s)
		dirty += r->dirty ? r->pages : 0;
	/* tmpfs has no disk to be written to */
	EXPECT_LE(strcmp(type, "tmpfs") ? 53 : 0, dirty);
	EXPECT_GE(strcmp(type, "tmpfs") ? PAGES : 0, dirty);
	mms_free(&s);
	munmap(map, 101 * PAGE);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST(a_file_of_ext4)
{
	some_file(_metadata, "ext4", NULL);
}

TEST(a_file_of_tmpfs)
{
	some_file(_metadata, "tmpfs", "huge=never");
}

TEST(a_file_of_tmpfs_in_huge_pages)
{
	MOUNT("tmpfs", "huge=always");
	struct mms_stream s;
	uint64_t huge = 0;
	int fd = file_make(path, PAGES);

	ASSERT_LE(0, fd);
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_mincore(_metadata, &s, fd, PAGES);
	check_frames(_metadata, &s);
	ROWS(mms_cache_rec, r, &s)
		huge += r->order == 9;
	EXPECT_LE(1, huge);
	mms_free(&s);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

/* bytes of the file in folios of each order, by kpageflags; orders beyond 10 with 10 */
static void orders_there(int fd, size_t pages, uint64_t ret[11])
{
	char *map = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	uint64_t *entries = calloc(pages, 8), place;
	unsigned int order;

	memset(ret, 0, 11 * sizeof(*ret));
	pagemap_read(getpid(), (uintptr_t)map, pages, entries);
	for (size_t i = 0; i < pages; i++) {
		if (!(entries[i] & PM_PRESENT))
			continue;
		kpage_compound(PM_PFN(entries[i]), &order, &place);
		ret[order < 10 ? order : 10] += PAGE;
	}
	free(entries);
	munmap(map, pages * PAGE);
}

/* the row of the file in the view files: its orders */
static void orders_in_files(struct __test_metadata *_metadata, int fd, uint64_t ret[11])
{
	struct mms_stream s;
	struct stat st;

	fstat(fd, &st);
	memset(ret, 0, 11 * sizeof(*ret));
	GET("files", &(struct mms_query){ 0 }, &s);
	ROWS(mms_files_rec, r, &s) {
		const uint64_t orders[11] = { r->order0, r->order1, r->order2, r->order3, r->order4, r->order5,
					      r->order6, r->order7, r->order8, r->order9, r->order10up };

		if (r->inode == st.st_ino && r->dev_major == major(st.st_dev) && r->dev_minor == minor(st.st_dev))
			memcpy(ret, orders, sizeof(orders));
	}
	mms_free(&s);
}

/* each folio of the file is in the view pfns, as large, and of this file at this place */
static void check_pfns(struct __test_metadata *_metadata, const struct mms_stream *cache, int fd)
{
	struct mms_stream s;
	struct stat st;
	int bad = 0;

	fstat(fd, &st);
	ROWS(mms_cache_rec, r, cache) {
		const struct mms_query q = { .start = r->pfn, .end = r->pfn + 1, .flags = MMS_Q_NO_MERGE };

		if (r->kind != MMS_CACHE_folio || !r->order || r_i % 7)
			continue;
		GET("pfns", &q, &s);
		ASSERT_EQ(1, s.rows);
		const struct mms_pfns_rec *p = s.row[0];

		if (p->pfn != r->pfn || p->order != r->order || p->kind != MMS_FOLIO_file || p->inode != st.st_ino || p->index != r->index)
			DIFFER(bad, "%llu: order %u at %#llx; pfns: kind %u order %u at %#llx, inode %llu, index %llu", r->index, r->order,
			       r->pfn, p->kind, p->order, p->pfn, p->inode, p->index);
		mms_free(&s);
	}
	EXPECT_EQ(0, bad);
}

/* read from the start to the end: readahead makes large folios, where the file system takes them */
static void large_folios(struct __test_metadata *_metadata, const char *type, bool always)
{
	MOUNT(type, NULL);
	const size_t pages = 5003;
	uint64_t there[11], files[11], cache[11] = { 0 };
	int fd = file_make(path, pages);
	static char data[1 << 20];
	struct mms_stream s;

	ASSERT_LE(0, fd);
	caches_drop();
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	lseek(fd, 0, SEEK_SET);
	while (read(fd, data, sizeof(data)) > 0)
		;
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_mincore(_metadata, &s, fd, pages);
	check_frames(_metadata, &s);
	check_cachestat(_metadata, &s, fd);
	check_pfns(_metadata, &s, fd);
	ROWS(mms_cache_rec, r, &s)
		for (uint64_t i = r->index; r->kind == MMS_CACHE_folio && i < r->index + r->pages && i < pages; i++)
			cache[r->order < 10 ? r->order : 10] += PAGE;
	mms_free(&s);
	orders_in_files(_metadata, fd, files);
	orders_there(fd, pages, there);
	for (int i = 0; i < 11; i++) {
		EXPECT_EQ(there[i], cache[i]) { TH_LOG("order %d", i); }
		/* what of the last folio is beyond the end of the file is in the cache, too */
		EXPECT_LE(there[i], files[i]) { TH_LOG("order %d", i); }
		EXPECT_GT(there[i] + (PAGE << i), files[i]) { TH_LOG("order %d", i); }
	}
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
	if (there[0] == pages * PAGE && !always)
		SKIP(return, "%s of this kernel has no large folios", type);
	EXPECT_GT(pages * PAGE, there[0]);
}

TEST(large_folios_of_xfs)
{
	large_folios(_metadata, "xfs", true);
}

TEST(large_folios_of_ext4)
{
	large_folios(_metadata, "ext4", false);
}

TEST(a_sparse_file)
{
	MOUNT("tmpfs", "huge=never");
	int fd = file_make(path, 0);
	struct mms_stream s;

	/* far apart, and the last page there can be */
	ASSERT_EQ(1, pwrite(fd, "x", 1, 7 * PAGE));
	ASSERT_EQ(1, pwrite(fd, "x", 1, 1000003 * PAGE));
	ASSERT_EQ(1, pwrite(fd, "x", 1, INT64_MAX - PAGE));
	CACHE(fd, &s);
	ASSERT_EQ(3, s.rows);
	EXPECT_EQ(7, ((struct mms_cache_rec *)s.row[0])->index);
	EXPECT_EQ(1000003, ((struct mms_cache_rec *)s.row[1])->index);
	EXPECT_EQ((INT64_MAX - PAGE) / PAGE, ((struct mms_cache_rec *)s.row[2])->index);
	mms_free(&s);
	/* a part of it, in bytes */
	GET("cache", (&(struct mms_query){ .fd = fd, .start = 7 * PAGE + 5, .end = 1000003 * PAGE }), &s);
	ASSERT_EQ(1, s.rows);
	mms_free(&s);
	GET("cache", (&(struct mms_query){ .fd = fd, .start = 8 * PAGE, .end = 1000003 * PAGE + 1 }), &s);
	ASSERT_EQ(1, s.rows);
	EXPECT_EQ(1000003, ((struct mms_cache_rec *)s.row[0])->index);
	mms_free(&s);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST(shmem_in_swap)
{
	const size_t pages = 257;
	int fd = memfd_create("mms-swap", 0);
	struct mms_stream s;
	struct smaps smaps;
	uint64_t swapped, dirty = 0;
	char *p;

	ASSERT_EQ(0, ftruncate(fd, pages * PAGE));
	p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(p, 'x', pages * PAGE);
	CACHE(fd, &s);
	EXPECT_EQ(pages, sum(&s, MMS_CACHE_folio));
	mms_free(&s);
	madvise(p, pages * PAGE, MADV_PAGEOUT);
	ASSERT_EQ(0, smaps_read(getpid(), "smaps", &smaps));
	swapped = smaps_field(smaps_find(&smaps, (uintptr_t)p), "Swap", 0) * 1024 / PAGE;
	smaps_free(&smaps);
	if (!swapped)
		SKIP(return, "nothing was swapped out: no swap area");
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	EXPECT_EQ(swapped, sum(&s, MMS_CACHE_swap));
	EXPECT_EQ(pages, sum(&s, MMS_CACHE_swap) + sum(&s, MMS_CACHE_folio));
	ROWS(mms_cache_rec, r, &s) {
		dirty += r->dirty;
		if (r->kind == MMS_CACHE_swap)
			EXPECT_EQ(0, r->swap_type);
	}
	EXPECT_EQ(0, dirty);
	mms_free(&s);
	munmap(p, pages * PAGE);
	close(fd);
}

TEST(a_file_of_hugetlb)
{
	int fd = memfd_create("mms-huge", MFD_HUGETLB | MFD_HUGE_2MB);
	const size_t huge = 512 * PAGE;
	struct mms_stream s;
	char *p;

	if (fd < 0)
		SKIP(return, "no hugetlb memfd: %s", strerror(errno));
	ASSERT_EQ(0, ftruncate(fd, 5 * huge));
	/* the fixture has most of the pool: only what is touched is needed */
	p = mmap(NULL, 5 * huge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	p[huge] = p[3 * huge] = 'x';
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_frames(_metadata, &s);
	ASSERT_EQ(2, s.rows);
	EXPECT_EQ(512, ((struct mms_cache_rec *)s.row[0])->index);
	EXPECT_EQ(3 * 512, ((struct mms_cache_rec *)s.row[1])->index);
	EXPECT_EQ(9, ((struct mms_cache_rec *)s.row[0])->order);
	EXPECT_EQ(512, ((struct mms_cache_rec *)s.row[0])->mapped);
	mms_free(&s);
	GET("cache", (&(struct mms_query){ .fd = fd, .start = 2 * huge }), &s);
	EXPECT_EQ(1, s.rows);
	mms_free(&s);
	munmap(p, 5 * huge);
	close(fd);
}

TEST(what_reclaim_remembers)
{
	MOUNT("ext4", NULL);
	int fd = file_make(path, 211);
	struct mms_stream s;
	uint64_t evicted;
	char *p;

	ASSERT_LE(0, fd);
	p = mmap(NULL, 211 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	ASSERT_NE(MAP_FAILED, p);
	madvise(p, 211 * PAGE, MADV_PAGEOUT);
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_mincore(_metadata, &s, fd, 211);
	check_cachestat(_metadata, &s, fd);
	evicted = sum(&s, MMS_CACHE_shadow);
	EXPECT_LT(0, evicted);
	EXPECT_EQ(211, evicted + sum(&s, MMS_CACHE_folio));
	ROWS(mms_cache_rec, r, &s) {
		char node[64];

		snprintf(node, sizeof(node), "/sys/devices/system/node/node%d", r->node);
		EXPECT_EQ(0, access(node, F_OK)) TH_LOG("%llu was on node %d", r->index, r->node);
	}
	mms_free(&s);
	munmap(p, 211 * PAGE);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST(a_block_device)
{
	MOUNT("ext4", NULL);
	char line[200] = "", *device;
	struct mms_stream s;
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char byte;
	int fd;

	while (fgets(line, sizeof(line), mounts) && !strstr(line, fs))
		;
	fclose(mounts);
	device = strtok(line, " ");
	caches_drop();
	fd = open(device, O_RDONLY);
	ASSERT_LE(0, fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (int i = 0; i < 17; i++)
		ASSERT_EQ(1, pread(fd, &byte, 1, (5003 + 7 * i) * PAGE));
	CACHE(fd, &s);
	check_rows(_metadata, &s);
	check_mincore(_metadata, &s, fd, 96 * 256);
	check_frames(_metadata, &s);
	EXPECT_LE(17, sum(&s, MMS_CACHE_folio));
	mms_free(&s);
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

TEST(the_command)
{
	MOUNT("ext4", NULL);
	int fd = file_make(path, 101);
	static char text[65536];

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "cache %s", path)) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "101 pages; 101 cached (100.0 %)")) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "cache --json %s | jq -e '.totals.cached_bytes == 413696 and .totals.pages == 101'", path))
		TH_LOG("%s", text);
	/* without the module the same pages */
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "cache --source procfs --json %s | jq -e .totals.resident==101", path)) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "cache --list -n %s | wc -l | grep -qx 101", path)) TH_LOG("%s", text);
	EXPECT_EQ(1, mms_tool(text, sizeof(text), "cache /"));
	EXPECT_EQ(1, mms_tool(text, sizeof(text), "cache /nonexistent"));
	EXPECT_EQ(2, mms_tool(text, sizeof(text), "cache"));
	close(fd);
	EXPECT_EQ(0, fs_umount(fs));
}

MMS_TEST_MAIN
