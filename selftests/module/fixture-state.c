// SPDX-License-Identifier: GPL-2.0-only
/* Regions of the fixture: entries in states of their own, special VMAs, what goes to swap. */
#include "fixture.h"

static sigjmp_buf poisoned;
static void on_sigbus(int signal)
{
	(void)signal;
	siglongjmp(poisoned, 1);
}

void make_states(void)
{
	char *at = map_anon(67);
	int key, err;

	fill(at, 67);
	if (mlock(at, 67 * PAGE))
		skip("locked", "mlock: %s", strerror(errno));
	else
		region("locked", at, 67 * PAGE, "kind=%d level=1 count=67 mapcount=1 set=%#llx vmflag=lo", MMS_KIND_page,
		       BIT(KPF_ANON));

	at = map_anon(59);
	fill(at, 59);
	mprotect(at, 59 * PAGE, PROT_NONE);
	region("protnone", at, 59 * PAGE, "kind=%d level=1 count=59 order=0 mapcount=1 set=%#llx", MMS_KIND_protnone,
	       BIT(KPF_ANON));

	at = map_anon(43);
	fill(at, 43);
	if (madvise(at + 3 * PAGE, 13 * PAGE, MADV_GUARD_INSTALL)) {
		err = errno;
		skip("guard", "MADV_GUARD_INSTALL: %s", strerror(err));
	} else {
		region("guard", at, 43 * PAGE, "kind=%d level=1 count=13", MMS_KIND_guard);
	}

	at = map_anon(73);
	fill(at, 73);
	key = pkey_alloc(0, 0);
	if (key < 0 || pkey_mprotect(at, 73 * PAGE, PROT_READ | PROT_WRITE, key))
		skip("pkey", "no protection key: %s", strerror(errno));
	else
		region("pkey", at, 73 * PAGE, "kind=%d level=1 count=73 mapcount=1 pkey=%d", MMS_KIND_page, key);

	at = map_anon(23);
	fill(at, 23);
	if (madvise(at, 23 * PAGE, MADV_FREE))
		skip("lazyfree", "MADV_FREE: %s", strerror(errno));
	else
		region("lazyfree", at, 23 * PAGE, "kind=%d level=1 count=23 mapcount=1 clear=%#llx", MMS_KIND_page,
		       BIT(KPF_SWAPBACKED));

	at = map_anon(17);
	fill(at, 17);
	signal(SIGBUS, on_sigbus);
	if (!sigsetjmp(poisoned, 1) && madvise(at + 5 * PAGE, PAGE, MADV_HWPOISON))
		skip("hwpoison", "MADV_HWPOISON: %s", strerror(errno));
	else
		region("hwpoison", at, 17 * PAGE, "kind=%d level=1 count=1", MMS_KIND_hwpoison);
	signal(SIGBUS, SIG_DFL);

	at = mmap((void *)(1UL << 50), 19 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at != MAP_FAILED && (uintptr_t)at >> 47) {
		madvise(at, 19 * PAGE, MADV_NOHUGEPAGE);
		fill(at, 19);
		region("high", at, 19 * PAGE, "kind=%d level=1 count=19 order=0 mapcount=1 set=%#llx", MMS_KIND_page, BIT(KPF_ANON));
	} else {
		skip("high", "no address above 47 bits with 4 levels of paging");
	}
}

static int uffd = -1;
static bool protect(char *at, size_t all, size_t from, size_t pages)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)at, all * PAGE }, .mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)at + from * PAGE, pages * PAGE }, .mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	return !ioctl(uffd, UFFDIO_REGISTER, &reg) && !ioctl(uffd, UFFDIO_WRITEPROTECT, &wp);
}

void make_uffd(void)
{
	struct uffdio_api api = {
		.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
	};
	char *at;

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api)) {
		skip("uffd_wp", "userfaultfd: %s", strerror(errno));
		skip("uffd_marker", "userfaultfd: %s", strerror(errno));
		return;
	}
	at = map_anon(79);
	fill(at, 79);
	if (protect(at, 79, 7, 37))
		region("uffd_wp", at, 79 * PAGE, "kind=%d level=1 count=79 mapcount=1 uffd=37 vmflag=uw", MMS_KIND_page);
	else
		skip("uffd_wp", "UFFDIO_WRITEPROTECT: %s", strerror(errno));
	at = map(41 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (protect(at, 41, 0, 41))
		region("uffd_marker", at, 41 * PAGE, "kind=%d level=1 count=41 vmflag=uw", MMS_KIND_uffdwp);
	else
		skip("uffd_marker", "UFFDIO_WRITEPROTECT: %s", strerror(errno));
}

void make_uffd_rwp(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_RWP };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	char *at = map_anon(31);
	struct uffdio_register reg = {
		.range = { (uintptr_t)at, 31 * PAGE }, .mode = UFFDIO_REGISTER_MODE_RWP,
	};
	struct uffdio_rwprotect rwp = {
		.range = { (uintptr_t)at, 31 * PAGE }, .mode = UFFDIO_RWPROTECT_MODE_RWP,
	};

	fill(at, 31);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		skip("uffd_rwp", "the kernel's userfaultfd does not protect from reading");
	else if (ioctl(fd, UFFDIO_REGISTER, &reg) || ioctl(fd, UFFDIO_RWPROTECT, &rwp))
		skip("uffd_rwp", "UFFDIO_RWPROTECT: %s", strerror(errno));
	else
		region("uffd_rwp", at, 31 * PAGE, "kind=%d level=1 count=31 mapcount=1 vmflag=ur", MMS_KIND_uffdrwp);
}

/* where a PCI resource starts, by the device's list of them */
static uint64_t resource_start(const char *path)
{
	char list[300], *text, *line;
	uint64_t start = 0;
	int n = path[strlen(path) - 1] - '0';

	snprintf(list, sizeof(list), "%.*s", (int)strlen(path) - 1, path);
	text = file_text(list, NULL);
	for (line = text; line && n--; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		;
	if (line)
		start = strtoull(line, NULL, 16);
	free(text);
	return start;
}

/* Bytes of a device: a BAR without a driver's claim, and the ROM below 1 MiB. */
void make_device(void)
{
	uint64_t phys = 0;
	glob_t found = { 0 };
	char *at = NULL;
	struct stat st;
	size_t len = 0;
	int fd;

	glob("/sys/bus/pci/devices/*/resource[0-5]", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && !at; i++) {
		fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!fstat(fd, &st) && st.st_size >= (off_t)PAGE) {
			len = (size_t)st.st_size > 3 * PAGE ? 3 * PAGE : PAGE;
			phys = resource_start(found.gl_pathv[i]);
			at = map(len, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		}
		close(fd);
	}
	globfree(&found);
	if (at)
		region("device", at, len, "kind=%d level=1 count=%zu vmflag=pf phys=%#" PRIx64, MMS_KIND_device, len / PAGE, phys);
	else
		skip("device", "no PCI resource can be mapped");

	fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	at = fd < 0 ? NULL : map(13 * PAGE, PAGE, PROT_READ, MAP_SHARED, fd, 0xf0000);
	if (at)
		region("rom", at, 13 * PAGE, "kind=%d level=1 count=13 vmflag=pf phys=0xf0000", MMS_KIND_device);
	else
		skip("rom", "/dev/mem at 0xf0000: %s", strerror(errno));
}

/* VMAs that are there for their flags: nothing but three pages in each */
void make_vmas(void)
{
	static const struct { const char *name, *flag; int advice; } advice[] = {
		{ "sequential", "sr", MADV_SEQUENTIAL }, { "random", "rr", MADV_RANDOM }, { "dontfork", "dc", MADV_DONTFORK },
		{ "dontdump", "dd", MADV_DONTDUMP }, { "wipeonfork", "wf", MADV_WIPEONFORK },
	};
	unsigned long nodes = 1;
	char *at;

	for (size_t i = 0; i < sizeof(advice) / sizeof(*advice); i++) {
		at = map_anon(3);
		fill(at, 3);
		if (madvise(at, 3 * PAGE, advice[i].advice))
			skip(advice[i].name, "madvise: %s", strerror(errno));
		else
			region(advice[i].name, at, 3 * PAGE, "kind=%d level=1 count=3 mapcount=1 vmflag=%s", MMS_KIND_page,
			       advice[i].flag);
	}
	at = map(3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	if (at) {
		fill(at, 3);
		region("growsdown", at, 3 * PAGE, "kind=%d level=1 count=3 vmflag=gd", MMS_KIND_page);
	}
	at = map(3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
	if (at) {
		fill(at, 3);
		region("droppable", at, 3 * PAGE, "kind=%d level=1 count=3 vmflag=dp", MMS_KIND_page);
	} else {
		skip("droppable", "MAP_DROPPABLE: %s", strerror(errno));
	}
	at = map_anon(3);
	fill(at, 3);
	if (syscall(SYS_mseal, at, 3 * PAGE, 0))
		skip("sealed", "mseal: %s", strerror(errno));
	else
		region("sealed", at, 3 * PAGE, "kind=%d level=1 count=3 vmflag=sl", MMS_KIND_page);
	at = map_anon(5);
	if (syscall(SYS_mbind, at, 5 * PAGE, MPOL_BIND, &nodes, 8, 0))
		skip("policy", "mbind: %s", strerror(errno));
	else
		region("policy", at, 5 * PAGE, "kind=%d level=1 count=5", MMS_KIND_page);
	fill(at, 5);
	at = map_anon(3);
	fill(at, 3);
	if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, 3 * PAGE, "mmscope fixture"))
		skip("named", "PR_SET_VMA_ANON_NAME: %s", strerror(errno));
	else
		region("named", at, 3 * PAGE, "kind=%d level=1 count=3", MMS_KIND_page);
	at = map(11 * PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill(at, 11);
	region("exec", at, 11 * PAGE, "kind=%d level=1 count=11 vmflag=ex", MMS_KIND_page);
}

void make_special(void)
{
	struct smaps maps;

	smaps_read(getpid(), "maps", &maps);
	for (size_t i = 0; i < maps.n; i++) {
		const struct smaps_vma *vma = &maps.vma[i];

		if (!strcmp(vma->name, "[vdso]")) {
			look((char *)vma->start, (vma->end - vma->start) / PAGE);
			region("vdso", (char *)vma->start, vma->end - vma->start, "kind=%d level=1 count=%zu", MMS_KIND_page,
			       (size_t)(vma->end - vma->start) / PAGE);
		} else if (!strcmp(vma->name, "[vvar]")) {
			region("vvar", (char *)vma->start, vma->end - vma->start, "kind=-1");
		}
	}
	smaps_free(&maps);
}

static char *to_swap;

/* Near the end: it clears the bit of all that is there. */
void make_soft_dirty(void)
{
	char *at = map_anon(113);

	to_swap = map_anon(83);
	fill(to_swap, 83);
	fill(at, 113);
	if (file_write("/proc/self/clear_refs", "4\n")) {
		skip("soft_dirty", "clear_refs: %s", strerror(errno));
		return;
	}
	if (count_pagemap(at, 113, PM_SOFT_DIRTY)) {
		skip("soft_dirty", "this kernel has no soft-dirty bit");
		return;
	}
	dirty(at + 11 * PAGE, 29);
	region("soft_dirty", at, 113 * PAGE, "kind=%d level=1 count=113 mapcount=1 dirty=29", MMS_KIND_page);
}

void make_swap(void)
{
	char *swaps = file_text("/proc/swaps", NULL), *at;
	bool have = swaps && strchr(swaps, '\n') && strchr(swaps, '\n')[1];
	size_t out = 0;

	free(swaps);
	if (!have) {
		skip("swapped", "no swap area");
		skip("shmem_swapped", "no swap area");
		return;
	}
	/* filled before clear_refs; so some go out soft-dirty and some do not */
	at = to_swap;
	dirty(at + 20 * PAGE, 17);
	for (int i = 0; i < 100 && out != 83; i++) {
		madvise(at, 83 * PAGE, MADV_PAGEOUT);
		out = count_pagemap(at, 83, PM_SWAP);
		if (out != 83)
			usleep(20000);
	}
	if (out == 83)
		region("swapped", at, 83 * PAGE, "kind=%d level=1 count=83 swap_dirty=17", MMS_KIND_swap);
	else
		skip("swapped", "%zu of 83 pages went out", out);

	at = map(47 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(at, 47);
	for (int i = 0; i < 100 && smaps_of(at, "Rss"); i++) {
		madvise(at, 47 * PAGE, MADV_PAGEOUT);
		usleep(10000);
	}
	if (smaps_of(at, "Rss") || smaps_of(at, "Swap") != 47 * 4)
		skip("shmem_swapped", "%" PRIu64 " kB did not go out", smaps_of(at, "Rss"));
	else
		region("shmem_swapped", at, 47 * PAGE, "kind=%d level=1 count=0 vmflag=sh", MMS_KIND_page);
}
