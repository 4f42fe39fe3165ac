// SPDX-License-Identifier: GPL-2.0-only
/* Regions of the fixture: files of a disk, tmpfs and memfd. */
#include "fixture.h"

static int disk_file(void)
{
	struct smaps maps;
	int fd = -1;

	smaps_read(getpid(), "maps", &maps);
	for (size_t i = 0; i < maps.n && fd < 0; i++)
		if (strstr(maps.vma[i].name, "libc.so") || strstr(maps.vma[i].name, "libc-"))
			fd = open(maps.vma[i].name, O_RDONLY | O_CLOEXEC);
	smaps_free(&maps);
	return fd;
}

void make_files(void)
{
	int fd = disk_file();
	char path[200], *at;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_size < (off_t)(400 * PAGE)) {
		skip("file_private", "no file of 400 pages to map");
		skip("file_cow", "no file of 400 pages to map");
	} else {
		at = map(137 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 11 * PAGE);
		region("file_private", at, 137 * PAGE, "kind=%d level=1 count=137 clear=%#llx", MMS_KIND_page,
		       BIT(KPF_ANON));
		at = map(157 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 200 * PAGE);
		madvise(at, 157 * PAGE, MADV_NOHUGEPAGE);
		dirty(at + 5 * PAGE, 31);
		madvise(at, 157 * PAGE, 22 /* MADV_POPULATE_READ */);
		region("file_cow", at, 157 * PAGE, "kind=%d level=1 count=157 written=31", MMS_KIND_page);
	}

	snprintf(path, sizeof(path), "%s/shared-%d", dir, getpid());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 97 * PAGE)) {
		skip("file_shared", "%s: %s", path, strerror(errno));
	} else {
		at = map(97 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		fill(at, 97);
		unlink(path);
		region("file_shared", at, 97 * PAGE, "kind=%d level=1 count=97 mapcount=1 clear=%#llx vmflag=sh",
		       MMS_KIND_page, BIT(KPF_ANON) | BIT(KPF_SWAPBACKED));
	}
}

void make_shmem(void)
{
	char *at = map(103 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd;

	fill(at, 103);
	region("shmem", at, 103 * PAGE, "kind=%d level=1 count=103 mapcount=1 set=%#llx clear=%#llx vmflag=sh", MMS_KIND_page,
	       BIT(KPF_SWAPBACKED), BIT(KPF_ANON));

	fd = memfd_create("mmscope fixture", MFD_CLOEXEC);
	if (ftruncate(fd, 61 * PAGE))
		exit(1);
	at = map(61 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fill(at, 61);
	region("memfd", at, 61 * PAGE, "kind=%d level=1 count=61 mapcount=1 set=%#llx clear=%#llx vmflag=sh", MMS_KIND_page,
	       BIT(KPF_SWAPBACKED), BIT(KPF_ANON));

	fd = memfd_create("mmscope huge", MFD_CLOEXEC);
	if (ftruncate(fd, 3 * PMD))
		exit(1);
	at = map(3 * PMD, PMD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	madvise(at, 3 * PMD, MADV_HUGEPAGE);
	dirty(at, 3 * 512);
	if (smaps_of(at, "ShmemPmdMapped") == 3 * 2048)
		region("shmem_huge", at, 3 * PMD, "kind=%d level=2 count=3 order=9 mapcount=1 set=%#llx vmflag=sh",
		       MMS_KIND_page, BIT(KPF_THP));
	else
		skip("shmem_huge", "%" PRIu64 " kB of huge pages where 6144 were asked for", smaps_of(at, "ShmemPmdMapped"));
}
