// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixture is what it says it is, by the kernel's own files and without the
 * module: the other tests can rest on it.
 */
#include "../lib/mms_test.h"

/* what an entry of pagemap is, as far as it says */
static int kind_of(const struct fx_region *r, uint64_t entry)
{
	if (entry & PM_PRESENT) {
		uint64_t flags = kpageflags(PM_PFN(entry));

		if (r->kind == MMS_KIND_protnone || r->kind == MMS_KIND_uffdrwp)
			return r->kind;
		return flags != KPAGE_NONE && flags & BIT(KPF_ZERO_PAGE) ? MMS_KIND_zero : MMS_KIND_page;
	}
	if (entry & PM_SWAP && entry & PM_GUARD)
		return MMS_KIND_guard;
	/* not an area but a kind of non-swap entry: from 23 on with device-private pages, 27 without */
	if (entry & PM_SWAP && PM_SWAP_TYPE(entry) >= 23)
		return r->kind == MMS_KIND_swap ? MMS_KIND_other : r->kind;
	if (entry & PM_SWAP)
		return MMS_KIND_swap;
	return entry & PM_UFFD_WP ? MMS_KIND_uffdwp : MMS_KIND_none;
}

/* what is wrong with a page of a region, NULL for nothing */
static const char *page_wrong(const struct fx_region *r, uint64_t entry)
{
	uint64_t flags = kpageflags(PM_PFN(entry)), place;
	unsigned int order;

	if ((flags & r->set) != r->set)
		return "a flag is missing";
	if (flags & r->clear)
		return "a flag is set";
	if (r->mapcount >= 0 && (uint64_t)r->mapcount != kpagecount(PM_PFN(entry)))
		return "mapped another number of times";
	if (r->order < 0)
		return NULL;
	kpage_compound(PM_PFN(entry), &order, &place);
	return r->order == order ? NULL : "of another order";
}

/* One test for each region: one that is not there is a skip of its own, with its reason. */
FIXTURE(region)
{
	const struct fx_region *r;
};

FIXTURE_VARIANT(region)
{
	const char *name;
};

#define REGIONS(X)								\
	X(anon) X(holes) X(zero) X(sparse) X(untouched) X(thp) X(thp_pte) X(huge_zero) X(mthp) X(hugetlb_2m)	\
	X(hugetlb_shared) X(hugetlb_1g) X(file_private) X(file_cow) X(file_shared) X(shmem) X(memfd) X(shmem_huge) \
	X(cow) X(ksm) X(locked) X(protnone) X(guard) X(pkey) X(lazyfree) X(hwpoison) X(high) X(swapped) X(shmem_swapped) \
	X(uffd_wp) X(uffd_rwp) X(uffd_marker) X(device) X(rom) X(sequential) X(random) X(dontfork) X(dontdump) X(wipeonfork) \
	X(growsdown) X(droppable) X(sealed) X(policy) X(named) X(exec) X(vdso) X(vvar) X(soft_dirty)
#define VARIANT(n) FIXTURE_VARIANT_ADD(region, n) { .name = #n };
REGIONS(VARIANT)

FIXTURE_SETUP(region)
{
	const char *why;

	self->r = fx_region(fx, variant->name, &why);
	if (!self->r)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(region)
{
}

TEST_F(region, is_what_it_says)
{
	const struct fx_region *r = self->r;
	size_t pages = r->len / PAGE, step = r->level ? 1UL << (9 * (r->level - 1)) : 1, bad = 0;
	const char *wrong, *first = NULL;
	uint64_t *entry;
	long found = 0;

	/* pagemap leaves out what a driver mapped by frame numbers; a TiB is too much to read */
	if (r->sparse || r->kind < 0 || r->kind == MMS_KIND_device)
		return;
	entry = calloc(pages, sizeof(*entry));
	pagemap_read(fx->pid, r->start, pages, entry);
	for (size_t j = 0; j < pages; j += step) {
		if (kind_of(r, entry[j]) != r->kind)
			continue;
		found++;
		if (!(entry[j] & PM_PRESENT))
			continue;
		wrong = page_wrong(r, entry[j]);
		bad += !!wrong;
		first = first ? first : wrong;
	}
	EXPECT_EQ(r->count, found) {
		TH_LOG("%s: first entry %#" PRIx64, r->name, entry[0]);
	}
	EXPECT_EQ(0, bad) {
		TH_LOG("%s: %zu pages, the first: %s; page 0 %#" PRIx64 " flags %#" PRIx64, r->name, bad, first,
		       entry[0], kpageflags(PM_PFN(entry[0])));
	}
	free(entry);
}

TEST(has_no_other_regions)
{
#define COUNT(n) + 1
	EXPECT_EQ(REGIONS(COUNT), fx->regions + fx->skips);
}

TEST(has_the_flags)
{
	struct smaps smaps;

	ASSERT_EQ(0, smaps_read(fx->pid, "smaps", &smaps));
	for (int i = 0; i < fx->regions; i++) {
		const struct fx_region *r = &fx->region[i];
		const struct smaps_vma *vma = smaps_find(&smaps, r->start);

		ASSERT_NE(NULL, vma);
		EXPECT_EQ(r->start, vma->start) TH_LOG("%s", r->name);
		EXPECT_EQ(r->start + r->len, vma->end) TH_LOG("%s", r->name);
		EXPECT_NE(NULL, strstr(vma->vmflags, r->vmflag)) TH_LOG("%s: %s has no %s", r->name, vma->vmflags, r->vmflag);
	}
	smaps_free(&smaps);
}

TEST(bits_are_where_they_were_set)
{
	uint64_t entry[113];
	const char *why;
	int bad = 0;
	const struct fx_region *r = fx_region(fx, "soft_dirty", &why);

	if (r) {
		pagemap_read(fx->pid, r->start, 113, entry);
		for (int i = 0; i < 113; i++)
			bad += (i >= 11 && i < 40) != !!(entry[i] & PM_SOFT_DIRTY);
		EXPECT_EQ(0, bad) { TH_LOG("soft_dirty"); }
	}
	r = fx_region(fx, "uffd_wp", &why);
	if (r) {
		pagemap_read(fx->pid, r->start, 79, entry);
		for (int i = 0; i < 79; i++)
			bad += (i >= 7 && i < 44) != !!(entry[i] & PM_UFFD_WP);
		EXPECT_EQ(0, bad) { TH_LOG("uffd_wp"); }
	}
	r = fx_region(fx, "cow", &why);
	ASSERT_NE(NULL, r);
	pagemap_read(fx->pid, r->start, 113, entry);
	for (int i = 0; i < 113; i++)
		bad += kpagecount(PM_PFN(entry[i])) != (i < 53 ? 1 : 2);
	EXPECT_EQ(0, bad);
	pagemap_read(fx->child, r->start, 113, entry);
	for (int i = 0; i < 113; i++)
		bad += kpagecount(PM_PFN(entry[i])) != (i < 53 ? 1 : 2);
	EXPECT_EQ(0, bad);
}

MMS_TEST_MAIN
