// SPDX-License-Identifier: GPL-2.0-only
/* /proc/kpageflags, kpagecount and kpagecgroup. */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "procfs.h"
#include "../lib/sysfile.h"

#define BLOCK		ARRAY_SIZE(((struct mms_kpages *)0)->cache)
#define RUN		512
#define MAX_ORDER	20	/* no folio is larger: 4 GiB */

/*
 * Since "proc: rewrite stable_page_flags()", 6.10, KPF_KSM is set for every
 * anonymous page, until a later fix: a page of ours that nobody can have merged
 * tells. Where it is so the flag means nothing and is left out.
 */
static bool shows_ksm(const struct mms_kpages *k)
{
	const long page = sysconf(_SC_PAGESIZE);
	u64 word = 0, flags = 0;
	char *fresh;
	int fd;

	if (k->flags < 0)
		return false;
	fresh = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fresh == MAP_FAILED)
		return false;
	*(volatile char *)fresh = 1;
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && pread(fd, &word, 8, (uintptr_t)fresh / page * 8) == 8 &&
	    pread(k->flags, &flags, 8, MMS_PM_PFN(word) * 8) != 8)
		flags = 0;
	if (fd >= 0)
		close(fd);
	munmap(fresh, page);
	return flags & BIT(KPF_KSM);
}

void mms_kpages_open(struct mms_kpages *k, const char *root)
{
	memset(k, 0, sizeof(*k));
	k->block = ~0ULL;
	k->flags = mms_sys_open(root, O_RDONLY, "/proc/kpageflags");
	k->count = mms_sys_open(root, O_RDONLY, "/proc/kpagecount");
	k->cgroup = mms_sys_open(root, O_RDONLY, "/proc/kpagecgroup");
	k->ksm_wrong = !*root && shows_ksm(k);
}

void mms_kpages_close(struct mms_kpages *k)
{
	if (k->flags >= 0)
		close(k->flags);
	if (k->count >= 0)
		close(k->count);
	if (k->cgroup >= 0)
		close(k->cgroup);
}

/* What could not be read is @none. How many could. */
static unsigned int read_words(int fd, u64 pfn, unsigned int nr, u64 none, u64 *ret_words)
{
	ssize_t n = fd < 0 ? 0 : pread(fd, ret_words, nr * 8, pfn * 8);
	unsigned int have = n < 0 ? 0 : n / 8, i;

	for (i = have; i < nr; i++)
		ret_words[i] = none;
	return have;
}

unsigned int mms_kpages_read(struct mms_kpages *k, u64 pfn, unsigned int nr,
			     struct mms_kpage *ret_pages)
{
	unsigned int i, n, have = 0;
	u64 words[RUN];

	for (; nr; pfn += n, ret_pages += n, nr -= n) {
		n = nr < RUN ? nr : RUN;
		have += read_words(k->flags, pfn, n, BIT(KPF_NOPAGE), words);
		for (i = 0; i < n; i++)
			ret_pages[i].flags = k->ksm_wrong ? words[i] & ~BIT(KPF_KSM) : words[i];
		read_words(k->count, pfn, n, 0, words);
		for (i = 0; i < n; i++)
			ret_pages[i].count = words[i];
		read_words(k->cgroup, pfn, n, 0, words);
		for (i = 0; i < n; i++)
			ret_pages[i].cgroup = words[i];
	}
	/* Folios come and go: what was known holds for one batch. */
	k->known = false;
	k->block = ~0ULL;
	return have;
}

static u64 flags_of(struct mms_kpages *k, u64 pfn)
{
	if (pfn / BLOCK != k->block) {
		k->block = pfn / BLOCK;
		read_words(k->flags, k->block * BLOCK, BLOCK, BIT(KPF_NOPAGE), k->cache);
	}
	return k->cache[pfn % BLOCK];
}

/*
 * A folio lies at a multiple of its size, so that its head is one of the
 * addresses below the page that are round enough; it ends before the first
 * power of two from there that is no tail.
 */
void mms_kpages_folio(struct mms_kpages *k, u64 pfn, u64 flags, u8 *ret_order, u32 *ret_page)
{
	u64 head = pfn;
	unsigned int order;

	*ret_order = 0;
	*ret_page = 0;
	if (!(flags & (BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL))))
		return;
	if (k->known && pfn >= k->head && pfn < k->head + (1ULL << k->order))
		goto known;
	if (!(flags & BIT(KPF_COMPOUND_HEAD))) {
		for (order = 1; order <= MAX_ORDER; order++) {
			head = pfn & ~(BIT(order) - 1);
			if (head != pfn && flags_of(k, head) & BIT(KPF_COMPOUND_HEAD))
				break;
		}
		if (order > MAX_ORDER)
			return;		/* it was split meanwhile */
	}
	for (order = 1; order < MAX_ORDER; order++)
		if (!(flags_of(k, head + BIT(order)) & BIT(KPF_COMPOUND_TAIL)))
			break;
	k->head = head;
	k->order = order;
	k->known = true;
known:
	*ret_order = k->order;
	*ret_page = pfn - k->head;
}

u64 mms_kpages_cgroup(struct mms_kpages *k, u64 pfn)
{
	u64 word;

	read_words(k->cgroup, pfn, 1, 0, &word);
	return word;
}
