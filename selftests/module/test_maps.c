// SPDX-License-Identifier: GPL-2.0-only
/* maps, VMA by VMA, against smaps, smaps_rollup, maps, numa_maps and pgtable. */
#include "../lib/mms_test.h"

#define KB(bytes) ((bytes) >> 10)

static const char *const flag_names[] = {
#define MMS_X(bit, name, text) [bit] = #name,
	MMS_VMA_FLAGS(MMS_X)
#undef MMS_X
};

/* a name as maps writes it: only a line feed would end its line */
static void escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 5 < size; text++) {
		if (*text == '\n')
			n += snprintf(out + n, size - n, "\\012");
		else
			out[n++] = *text;
	}
	out[n] = 0;
}

static const char *bounds_wrong(const struct smaps_vma *v, const struct mms_maps_rec *r, const char *text)
{
	char name[4200];

	if (v->start != r->start || v->end != r->end)
		return "bounds";
	if (!!(r->flags & BIT(MMS_VMA_rd)) != (v->perms[0] == 'r') || !!(r->flags & BIT(MMS_VMA_wr)) != (v->perms[1] == 'w') ||
	    !!(r->flags & BIT(MMS_VMA_ex)) != (v->perms[2] == 'x') || !!(r->flags & BIT(MMS_VMA_ms)) < (v->perms[3] == 's'))
		return "protection";
	if (v->inode != r->inode || v->major != r->dev_major || v->minor != r->dev_minor)
		return "file";
	if (v->inode && v->offset != r->offset)
		return "offset";
	escape(text, name, sizeof(name));
	return strcmp(name, v->name) ? "name" : NULL;
}

static const char *flags_wrong(const struct smaps_vma *v, uint64_t flags)
{
	static char why[32];
	char copy[200], *word, *save = NULL;
	uint64_t found = 0;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", v->vmflags);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		for (i = 0; i < MMS_NR_VMA_FLAGS; i++)
			if (flag_names[i] && !strcmp(word, flag_names[i]))
				break;
		found |= i < MMS_NR_VMA_FLAGS ? BIT(i) : MMS_VMA_OTHER;
	}
	if (found == (flags & ~MMS_VMA_OTHER) || found == flags)
		return NULL;
	snprintf(why, sizeof(why), "flags %llx", (unsigned long long)(found ^ flags));
	return why;
}

static const char *counters_wrong(const struct smaps_vma *v, const struct mms_maps_rec *r)
{
	const struct { const char *name; uint64_t module; } field[] = {
		{ "Rss", KB(r->rss) }, { "Pss", KB(r->pss) }, { "Pss_Dirty", KB(r->pss_dirty) },
		{ "Shared_Clean", KB(r->shared_clean) }, { "Shared_Dirty", KB(r->shared_dirty) },
		{ "Private_Clean", KB(r->private_clean) }, { "Private_Dirty", KB(r->private_dirty) },
		{ "Referenced", KB(r->referenced) }, { "Anonymous", KB(r->anonymous) }, { "KSM", KB(r->ksm) },
		{ "LazyFree", KB(r->lazyfree) }, { "AnonHugePages", KB(r->anon_huge) },
		{ "ShmemPmdMapped", KB(r->shmem_huge) }, { "FilePmdMapped", KB(r->file_huge) },
		{ "Shared_Hugetlb", KB(r->hugetlb_shared) }, { "Private_Hugetlb", KB(r->hugetlb_private) },
		{ "Swap", KB(r->swap + r->shmem_swap) }, { "Locked", KB(r->locked_pss) },
		{ "ProtectionKey", r->pkey }, { "KernelPageSize", KB(r->page_size) }, { "Size", KB(r->end - r->start) },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
		if (smaps_field(v, field[i].name, field[i].module) != field[i].module)
			return field[i].name;
	return NULL;
}

static int compare(struct __test_metadata *_metadata, pid_t pid, bool say)
{
	struct mms_stream s;
	struct smaps smaps;
	int bad = 0, said = 0;
	size_t n;

	GET("maps", (&(struct mms_query){ .pid = pid }), &s);
	ASSERT_EQ(0, smaps_read(pid, "smaps", &smaps));
	n = smaps.n;
	while (n && smaps.vma[n - 1].start >> 63)	/* vsyscall is no VMA of the process */
		n--;
	EXPECT_EQ(n, s.rows);
	for (size_t i = 0; i < n && i < s.rows; i++) {
		const struct smaps_vma *v = &smaps.vma[i];
		const struct mms_maps_rec *r = s.row[i];
		const char *wrong = bounds_wrong(v, r, s.text[i]);

		wrong = wrong ? wrong : flags_wrong(v, r->flags);
		wrong = wrong ? wrong : counters_wrong(v, r);
		if (!wrong)
			continue;
		bad++;
		if (say)
			DIFFER(said, "%s of %#" PRIx64 "-%#" PRIx64 " %s (%s): the module has '%s' %#llx-%#llx flags %#llx offset %#llx dev %u:%u "
			       "inode %llu rss %llu pss %llu sc %llu sd %llu pc %llu pd %llu ref %llu swap %llu; smaps Rss %" PRIu64
			       " Pss %" PRIu64 " Referenced %" PRIu64, wrong, v->start, v->end, v->name, v->vmflags, s.text[i],
			       r->start, r->end, r->flags, r->offset, r->dev_major, r->dev_minor, r->inode, KB(r->rss), KB(r->pss),
			       KB(r->shared_clean), KB(r->shared_dirty), KB(r->private_clean), KB(r->private_dirty),
			       KB(r->referenced), KB(r->swap), smaps_field(v, "Rss", 0), smaps_field(v, "Pss", 0),
			       smaps_field(v, "Referenced", 0));
	}
	mms_free(&s);
	smaps_free(&smaps);
	return bad;
}

/* A file's page may gain a mapping from another process meanwhile: look again, then it must be equal. */
TEST(equals_smaps)
{
	int bad = 1;

	for (int i = 0; i < 5 && bad; i++)
		bad = compare(_metadata, fx->pid, i == 4);
	EXPECT_EQ(0, bad);
}

TEST(equals_smaps_of_the_child)
{
	int bad = 1;

	for (int i = 0; i < 5 && bad; i++)
		bad = compare(_metadata, fx->child, i == 4);
	EXPECT_EQ(0, bad);
}

/* each of n numbers has lost less than a byte */
static bool sum_wrong(const char *rollup, const char *name, uint64_t sum, size_t n)
{
	uint64_t value = text_number(rollup, name, 0);

	return value < KB(sum) || value > KB(sum + n);
}

TEST(adds_up_to_the_rollup)
{
	uint64_t anon = 0, file = 0, shmem = 0, pss = 0, swap = 0;
	struct mms_stream s;
	char *rollup;
	int bad = 1;

	for (int i = 0; i < 5 && bad; i++) {
		anon = file = shmem = pss = swap = 0;
		rollup = pid_text(fx->pid, "smaps_rollup", NULL);
		GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
		ROWS(mms_maps_rec, r, &s) {
			anon += r->pss_anon;
			file += r->pss_file;
			shmem += r->pss_shmem;
			pss += r->pss;
			swap += r->swap + r->shmem_swap;
		}
		bad = sum_wrong(rollup, "Pss", pss, s.rows) || sum_wrong(rollup, "Pss_Anon", anon, s.rows) ||
		      sum_wrong(rollup, "Pss_File", file, s.rows) || sum_wrong(rollup, "Pss_Shmem", shmem, s.rows) ||
		      sum_wrong(rollup, "Swap", swap, 0);
		if (bad && i == 4)
			TH_LOG("pss %" PRIu64 " anon %" PRIu64 " file %" PRIu64 " shmem %" PRIu64 " swap %" PRIu64 ":\n%s", KB(pss),
			       KB(anon), KB(file), KB(shmem), KB(swap), rollup);
		free(rollup);
		mms_free(&s);
	}
	EXPECT_EQ(0, bad);
}

/* What smaps does not count, by what pgtable shows */
TEST(counts_what_pgtable_shows)
{
	struct mms_stream s, rows;
	int bad = 0;

	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET_ENTRIES(fx->pid, &rows);
	ROWS(mms_maps_rec, r, &s) {
		uint64_t zero = 0, device = 0, guard = 0, swap = 0, pmd = 0, pud = 0, soft_dirty = 0;

		ROWS(mms_pgtable_rec, e, &rows) {
			if (e->vma_start != r->start)
				continue;
			zero += e->kind == MMS_KIND_zero ? row_size(e) : 0;
			device += e->kind == MMS_KIND_device ? row_size(e) : 0;
			guard += e->kind == MMS_KIND_guard ? row_size(e) : 0;
			swap += e->kind == MMS_KIND_swap ? row_size(e) : 0;
			pmd += e->kind == MMS_KIND_page && e->level == 2 ? row_size(e) : 0;
			pud += e->kind == MMS_KIND_page && e->level == 3 ? row_size(e) : 0;
			soft_dirty += e->entry & 1 && e->entry & BIT(11) ? row_size(e) : 0;
		}
		if (zero != r->zero || device != r->device || guard != r->guard || swap != r->swap || pmd != r->huge_2m ||
		    pud != r->huge_1g)
			DIFFER(bad, "%#llx %s: zero %llu/%" PRIu64 " device %llu/%" PRIu64 " guard %llu/%" PRIu64 " swap %llu/%" PRIu64
			       " 2M %llu/%" PRIu64 " 1G %llu/%" PRIu64, r->start, s.text[r_i], r->zero, zero, r->device, device, r->guard,
			       guard, r->swap, swap, r->huge_2m, pmd, r->huge_1g, pud);
	}
	EXPECT_EQ(0, bad);
	mms_free(&s);
	mms_free(&rows);
}

static const struct mms_maps_rec *vma_of(const struct mms_stream *s, const char *region)
{
	const char *why;
	const struct fx_region *f = fx_region(fx, region, &why);

	ROWS(mms_maps_rec, r, s)
		if (f && r->start == f->start)
			return r;
	return NULL;
}

TEST(has_the_fixtures_numbers)
{
	static const struct { const char *region; size_t offset; uint64_t pages; } known[] = {
#define KNOWN(r, f, n) { #r, offsetof(struct mms_maps_rec, f), n }
		KNOWN(anon, rss, 211), KNOWN(anon, anonymous, 211), KNOWN(anon, private_dirty, 211), KNOWN(holes, rss, 101),
		KNOWN(zero, zero, 89), KNOWN(zero, rss, 0), KNOWN(huge_zero, zero, 1024),
		KNOWN(thp, anon_huge, 5 * 512), KNOWN(thp, huge_2m, 5 * 512),
		KNOWN(thp_pte, huge_pte, 511), KNOWN(mthp, huge_pte, 112), KNOWN(hugetlb_2m, huge_2m, 3 * 512),
		KNOWN(hugetlb_2m, hugetlb_private, 3 * 512), KNOWN(hugetlb_1g, huge_1g, 512 * 512),
		KNOWN(file_private, rss, 137), KNOWN(file_cow, anonymous, 31), KNOWN(file_shared, rss, 97),
		KNOWN(shmem, rss, 103), KNOWN(memfd, rss, 61), KNOWN(shmem_huge, shmem_huge, 3 * 512),
		KNOWN(cow, shared_dirty, 74), KNOWN(cow, private_dirty, 53), KNOWN(ksm, rss, 71), KNOWN(locked, rss, 67),
		KNOWN(protnone, rss, 59), KNOWN(guard, guard, 13), KNOWN(guard, rss, 30), KNOWN(swapped, swap, 83),
		KNOWN(shmem_swapped, shmem_swap, 47), KNOWN(uffd_wp, uffd_wp, 37), KNOWN(uffd_rwp, uffd_wp, 31),
		KNOWN(uffd_marker, uffd_wp, 41),
		KNOWN(soft_dirty, soft_dirty, 29), KNOWN(lazyfree, lazyfree, 23), KNOWN(rom, device, 13), KNOWN(sparse, rss, 3),
		KNOWN(untouched, rss, 0), KNOWN(hwpoison, other, 1), KNOWN(high, rss, 19),
#undef KNOWN
	};
	struct mms_stream s;

	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct mms_maps_rec *r = vma_of(&s, known[i].region);
		uint64_t value;

		if (!r)
			continue;
		memcpy(&value, (const char *)r + known[i].offset, sizeof(value));
		EXPECT_EQ(known[i].pages * PAGE, value) {
			TH_LOG("%s, field at %zu", known[i].region, known[i].offset);
		}
	}
	for (int i = 0; i < fx->regions; i++) {
		const struct mms_maps_rec *r = vma_of(&s, fx->region[i].name);

		ASSERT_NE(NULL, r) { TH_LOG("%s", fx->region[i].name); }
		if (fx->region[i].pkey >= 0) {
			EXPECT_EQ(fx->region[i].pkey, r->pkey);
		}
		for (int bit = 0; bit < MMS_NR_VMA_FLAGS && fx->region[i].vmflag[0]; bit++)
			if (!strcmp(flag_names[bit], fx->region[i].vmflag)) {
				EXPECT_EQ(BIT(bit), r->flags & BIT(bit)) { TH_LOG("%s", fx->region[i].name); }
			}
	}
	mms_free(&s);
}

static uint64_t pss_of(const struct mms_stream *s)
{
	uint64_t pss = 0;

	ROWS(mms_maps_rec, r, s)
		pss += r->pss;
	return pss;
}

#define LOOKS 50	/* until nobody maps or unmaps what is shared between two of them */

/* One row for the whole address space has what the rows have together; the share of pages is rounded once, not in each. */
TEST(sums_up_in_one_row)
{
	static const size_t plain[] = {
#define MMS_X(f) offsetof(struct mms_maps_rec, f)
		MMS_X(rss), MMS_X(anonymous), MMS_X(shared_clean), MMS_X(shared_dirty), MMS_X(private_clean), MMS_X(private_dirty),
		MMS_X(referenced), MMS_X(swap), MMS_X(shmem_swap), MMS_X(zero), MMS_X(device), MMS_X(guard), MMS_X(huge_2m),
		MMS_X(hugetlb_private), MMS_X(hugetlb_shared), MMS_X(uffd_wp), MMS_X(lazyfree), MMS_X(ksm), MMS_X(other),
#undef MMS_X
	};
	uint64_t sum[sizeof(plain) / sizeof(*plain)] = { 0 }, pss, value;
	const struct mms_maps_rec *one;
	struct mms_stream rows, s;
	bool still;

	for (int i = 0;; i++) {
		struct mms_stream after;

		GET("maps", (&(struct mms_query){ .pid = fx->pid }), &rows);
		GET("maps", (&(struct mms_query){ .pid = fx->pid, .flags = MMS_Q_SUM }), &s);
		GET("maps", (&(struct mms_query){ .pid = fx->pid }), &after);
		pss = pss_of(&rows);
		still = pss_of(&after) == pss;
		mms_free(&after);
		if (still || i == LOOKS)
			break;
		mms_free(&rows);
		mms_free(&s);
	}
	ASSERT_TRUE(still);
	ASSERT_EQ(1, s.rows);
	one = s.row[0];
	ROWS(mms_maps_rec, r, &rows) {
		for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
			memcpy(&value, (const char *)r + plain[i], sizeof(value));
			sum[i] += value;
		}
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		memcpy(&value, (const char *)one + plain[i], sizeof(value));
		EXPECT_EQ(sum[i], value) { TH_LOG("field at %zu", plain[i]); }
	}
	EXPECT_LE(pss, one->pss);
	EXPECT_GE(pss + rows.rows, one->pss);
	EXPECT_EQ(((const struct mms_maps_rec *)rows.row[0])->start, one->start);
	EXPECT_EQ(((const struct mms_maps_rec *)rows.row[rows.rows - 1])->end, one->end);
	EXPECT_EQ(0, one->inode);
	mms_free(&rows);
	mms_free(&s);
}

TEST(names)
{
	static const struct { const char *region; int name; } known[] = {
		{ "anon", MMS_NAME_none }, { "vdso", MMS_NAME_vdso }, { "file_private", MMS_NAME_file }, { "memfd", MMS_NAME_memfd },
		{ "shmem", MMS_NAME_shmem }, { "hugetlb_2m", MMS_NAME_hugetlb }, { "vvar", MMS_NAME_special },
		{ "file_shared", MMS_NAME_file }, { "named", MMS_NAME_anon },
	};
	struct mms_stream s;
	bool heap = false, stack = false;

	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct mms_maps_rec *r = vma_of(&s, known[i].region);

		if (r) {
			EXPECT_EQ(known[i].name, r->name) { TH_LOG("%s", known[i].region); }
		}
	}
	ROWS(mms_maps_rec, r, &s) {
		heap |= r->name == MMS_NAME_heap && !strcmp(s.text[r_i], "[heap]");
		stack |= r->name == MMS_NAME_stack && !strcmp(s.text[r_i], "[stack]");
	}
	EXPECT_TRUE(heap);
	EXPECT_TRUE(stack);
	mms_free(&s);
}

TEST(policies)
{
	static const char *const names[] = {
#define MMS_X(id, name) [id] = #name,
		MMS_POLICIES(MMS_X)
#undef MMS_X
	};
	struct mms_stream s;
	int bad = 0;

	if (access("/proc/self/numa_maps", R_OK))
		SKIP(return, "this kernel has no numa_maps");
	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	ROWS(mms_maps_rec, r, &s) {
		char *line = numa_maps_line(fx->pid, r->start), *end;
		const char *name = r->policy == MMS_NO_POLICY ? "default" :
				   r->policy < sizeof(names) / sizeof(*names) ? names[r->policy] : "?";

		if (!line)
			continue;
		end = line + strcspn(line, " :=");
		/* the kernel's words: "prefer (many)" has a space, "prefer" and "bind" a list of nodes */
		if (r->policy != 5 && ((size_t)(end - line) != strlen(name) || strncmp(line, name, end - line)))
			DIFFER(bad, "%#llx: %s, numa_maps %.40s", r->start, name, line);
		free(line);
	}
	EXPECT_EQ(0, bad);
	if (vma_of(&s, "policy")) {
		EXPECT_EQ(2, vma_of(&s, "policy")->policy);
		EXPECT_EQ(1, vma_of(&s, "policy")->policy_nodes);
	}
	mms_free(&s);
}

MMS_TEST_MAIN
