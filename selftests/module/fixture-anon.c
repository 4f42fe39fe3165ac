// SPDX-License-Identifier: GPL-2.0-only
/* Regions of the fixture: anonymous memory: small, huge, hugetlb, shared after fork, merged. */
#include "fixture.h"

void make_anon(void)
{
	char *at = map_anon(211);

	fill(at, 211);
	region("anon", at, 211 * PAGE, "kind=%d level=1 count=211 order=0 mapcount=1 set=%#llx clear=%#llx",
	       MMS_KIND_page, BIT(KPF_ANON) | BIT(KPF_SWAPBACKED), BIT(KPF_HUGE) | BIT(KPF_THP));

	/* pages far from each other, over several page tables */
	at = map_anon(3 * 512);
	for (int i = 0; i < 101; i++)
		at[i * 15 * PAGE] = 1;
	region("holes", at, 3 * PMD, "kind=%d level=1 count=101 order=0 mapcount=1 set=%#llx", MMS_KIND_page, BIT(KPF_ANON));

	at = map_anon(89);
	look(at, 89);
	region("zero", at, 89 * PAGE, "kind=%d level=1 count=89", MMS_KIND_zero);

	at = map(1UL << 40, PUD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at) {
		madvise(at, 1UL << 40, MADV_NOHUGEPAGE);
		at[0] = at[(1UL << 40) - PAGE] = at[(1UL << 39) + 7 * PAGE] = 1;
		region("sparse", at, 1UL << 40, "kind=%d level=1 count=3 order=0 mapcount=1 sparse=1", MMS_KIND_page);
	} else {
		skip("sparse", "no TiB of addresses: %s", strerror(errno));
	}
	at = map_anon(0x101);
	region("untouched", at, 0x101 * PAGE, "kind=%d level=1 count=0", MMS_KIND_page);
}

void make_thp(void)
{
	char *at = map(5 * PMD, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(at, 5 * PMD, MADV_HUGEPAGE);
	dirty(at, 5 * 512);
	if (smaps_of(at, "AnonHugePages") == 5 * 2048)
		region("thp", at, 5 * PMD, "kind=%d level=2 count=5 order=9 mapcount=1 set=%#llx", MMS_KIND_page,
		       BIT(KPF_ANON) | BIT(KPF_THP));
	else
		skip("thp", "%" PRIu64 " kB of huge pages where 10240 were asked for", smaps_of(at, "AnonHugePages"));

	/* one page taken out of the middle: the folio stays, its PMD leaf does not */
	at = map(PMD, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(at, PMD, MADV_HUGEPAGE);
	dirty(at, 512);
	madvise(at, PMD, MADV_NOHUGEPAGE);	/* or khugepaged may mend it */
	if (smaps_of(at, "AnonHugePages") == 2048 && !madvise(at + 7 * PAGE, PAGE, MADV_DONTNEED))
		region("thp_pte", at, PMD, "kind=%d level=1 count=511 order=9 mapcount=1 set=%#llx", MMS_KIND_page,
		       BIT(KPF_ANON) | BIT(KPF_THP));
	else
		skip("thp_pte", "no huge page to take a page from");

	at = map(2 * PMD, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(at, 2 * PMD, MADV_HUGEPAGE);
	look(at, 1);
	look(at + PMD, 1);
	if (count_pagemap(at, 1024, PM_PRESENT) == 1024)
		region("huge_zero", at, 2 * PMD, "kind=%d level=2 count=2", MMS_KIND_zero);
	else
		skip("huge_zero", "a read of a MADV_HUGEPAGE area gave no huge zero page");

	at = map(7 * 16 * PAGE, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(at, 7 * 16 * PAGE, MADV_HUGEPAGE);
	if (access("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", F_OK)) {
		skip("mthp", "this kernel has no multi-size huge pages");
	} else {
		dirty(at, 7 * 16);
		region("mthp", at, 7 * 16 * PAGE, "kind=%d level=1 count=112 order=4 mapcount=1 set=%#llx", MMS_KIND_page,
		       BIT(KPF_ANON) | BIT(KPF_THP));
	}
}

void make_hugetlb(void)
{
	char *at;

	at = map(3 * PMD, PMD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_2M, -1, 0);
	if (at) {
		for (int i = 0; i < 3; i++)
			at[i * PMD] = 1;
		region("hugetlb_2m", at, 3 * PMD, "kind=%d level=2 count=3 order=9 mapcount=1 set=%#llx vmflag=ht",
		       MMS_KIND_page, BIT(KPF_HUGE));
	} else {
		skip("hugetlb_2m", "3 huge pages of 2 MiB: %s", strerror(errno));
	}
	at = map(2 * PMD, PMD, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_2M, -1, 0);
	if (at) {
		at[0] = at[PMD] = 1;
		region("hugetlb_shared", at, 2 * PMD, "kind=%d level=2 count=2 order=9 mapcount=1 set=%#llx vmflag=ht",
		       MMS_KIND_page, BIT(KPF_HUGE));
	} else {
		skip("hugetlb_shared", "2 huge pages of 2 MiB: %s", strerror(errno));
	}
	at = map(PUD, PUD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | HUGE_1G, -1, 0);
	if (at) {
		at[0] = 1;
		region("hugetlb_1g", at, PUD, "kind=%d level=3 count=1 order=18 mapcount=1 set=%#llx vmflag=ht",
		       MMS_KIND_page, BIT(KPF_HUGE));
	} else {
		skip("hugetlb_1g", "a huge page of 1 GiB: %s", strerror(errno));
	}
}

void make_cow(void)
{
	char *at = map_anon(127);
	int up[2];
	pid_t child;
	char byte;

	fill(at, 127);
	if (pipe(up))
		exit(1);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dirty(at, 53);
		if (write(up[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (child < 0 || read(up[0], &byte, 1) != 1)
		exit(1);
	close(up[0]);
	close(up[1]);
	say("child %d", child);
	region("cow", at, 127 * PAGE, "kind=%d level=1 count=127 order=0 set=%#llx written=53", MMS_KIND_page, BIT(KPF_ANON));
}

/* pages that are the same one as the first: up to 6.14 KPF_KSM is said of all anonymous pages */
static size_t count_same(char *at, size_t pages)
{
	uint64_t *entry = calloc(pages, sizeof(*entry));
	size_t n = 0;

	pagemap_read(getpid(), (uint64_t)at, pages, entry);
	for (size_t i = 0; i < pages; i++)
		n += entry[i] & PM_PRESENT && PM_PFN(entry[i]) == PM_PFN(entry[0]);
	free(entry);
	return n;
}

void make_ksm(void)
{
	char *run = file_text("/sys/kernel/mm/ksm/run", NULL), *at;
	size_t merged = 0;

	if (!run || atoi(run) != 1) {
		skip("ksm", "ksm does not run on this system");
		free(run);
		return;
	}
	free(run);
	at = map_anon(71);
	for (int i = 0; i < 71; i++)
		memset(at + i * PAGE, 0x5a, PAGE);
	if (madvise(at, 71 * PAGE, MADV_MERGEABLE)) {
		skip("ksm", "MADV_MERGEABLE: %s", strerror(errno));
		return;
	}
	for (int i = 0; i < 500 && merged != 71; i++) {
		usleep(20000);
		merged = count_same(at, 71);
	}
	if (merged == 71)
		region("ksm", at, 71 * PAGE, "kind=%d level=1 count=71 order=0 mapcount=71 set=%#llx vmflag=mg", MMS_KIND_page,
		       BIT(KPF_KSM));
	else
		skip("ksm", "%zu of 71 pages merged after 10 s", merged);
}
