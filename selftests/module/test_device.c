// SPDX-License-Identifier: GPL-2.0-only
/* Pages that a device has taken into its own memory, or has alone: lib/test_hmm.c makes them. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/mms_test.h"

#define DEVICE "/dev/hmm_dmirror0"
#define PAGES 11
#define TAKEN 7

/* lib/test_hmm_uapi.h */
struct hmm_dmirror_cmd {
	uint64_t addr, ptr, npages, cpages, faults;
};
#define MIGRATE_TO_DEV _IOWR('H', 0x02, struct hmm_dmirror_cmd)
#define EXCLUSIVE _IOWR('H', 0x05, struct hmm_dmirror_cmd)

FIXTURE(device)
{
	int fd;
	char *p;
};

FIXTURE_SETUP(device)
{
	static char copy[PAGES * PAGE];
	struct hmm_dmirror_cmd c = { .ptr = (uintptr_t)copy, .npages = TAKEN };

	if (access(DEVICE, F_OK) && system("modprobe test_hmm 2>/dev/null"))
		SKIP(return, "no test_hmm module: CONFIG_TEST_HMM");
	self->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	/* a VMA of its own */
	self->p = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	self->p += PAGE;
	ASSERT_EQ(0, mprotect(self->p, PAGES * PAGE, PROT_READ | PROT_WRITE));
	memset(self->p, 0x5a, PAGES * PAGE);
	c.addr = (uintptr_t)self->p;
	ASSERT_EQ(0, ioctl(self->fd, MIGRATE_TO_DEV, &c)) TH_LOG("migrate: %m");
	ASSERT_EQ(TAKEN, c.cpages);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
	munmap(self->p, PAGES * PAGE);
}

static struct mms_query query(const char *p)
{
	return (struct mms_query){ .flags = 0, .start = (uintptr_t)p,
				   .end = (uintptr_t)p + PAGES * PAGE };
}

TEST_F(device, entries_and_folios)
{
	struct mms_query q = query(self->p);
	unsigned int taken = 0, here = 0;
	struct mms_stream s;

	q.flags = MMS_Q_NO_MERGE;
	GET("pgtable", &q, &s);
	ROWS(mms_pgtable_rec, r, &s) {
		taken += r->kind == MMS_KIND_devprivate;
		here += r->kind == MMS_KIND_page;
		EXPECT_TRUE(r->rec.flags & MMS_RF_FOLIO);
		EXPECT_TRUE(r->kpf & BIT(KPF_ANON));
		EXPECT_EQ(1, r->mapcount);
	}
	EXPECT_EQ(TAKEN, taken);
	EXPECT_EQ(PAGES - TAKEN, here);
	mms_free(&s);

	q.flags = 0;
	GET("folios", &q, &s);
	EXPECT_EQ(PAGES, s.rows);
	ROWS(mms_folios_rec, f, &s) {
		EXPECT_EQ(MMS_FOLIO_anon, f->kind);
		EXPECT_EQ(1, f->mapped);
	}
	mms_free(&s);
}

static void as_smaps(struct __test_metadata *_metadata, char *p)
{
	struct mms_query q = query(p);
	const struct mms_maps_rec *r;
	const struct smaps_vma *v;
	struct smaps smaps;
	struct mms_stream s;

	GET("maps", &q, &s);
	ASSERT_EQ(0, smaps_read(getpid(), "smaps", &smaps));
	v = smaps_find(&smaps, (uintptr_t)p);
	ASSERT_NE(NULL, v);
	ASSERT_EQ(1, s.rows);
	r = s.row[0];
	EXPECT_EQ(smaps_field(v, "Rss", 0), r->rss / 1024);
	EXPECT_EQ(smaps_field(v, "Pss", 0), r->pss / 1024);
	EXPECT_EQ(smaps_field(v, "Anonymous", 0), r->anonymous / 1024);
	EXPECT_EQ(smaps_field(v, "Private_Dirty", 0), r->private_dirty / 1024);
	EXPECT_EQ(smaps_field(v, "Shared_Clean", 0), r->shared_clean / 1024);
	EXPECT_EQ(smaps_field(v, "Private_Clean", 0), r->private_clean / 1024);
	EXPECT_EQ(smaps_field(v, "Swap", 0), r->swap / 1024);
	smaps_free(&smaps);
	mms_free(&s);
}

TEST_F(device, counted_as_smaps_does)
{
	as_smaps(_metadata, self->p);
}

TEST_F(device, alone)
{
	static char copy[PAGES * PAGE];
	struct hmm_dmirror_cmd c = { .addr = (uintptr_t)self->p + TAKEN * PAGE,
				     .ptr = (uintptr_t)copy, .npages = PAGES - TAKEN };
	struct mms_query q = query(self->p);
	unsigned int alone = 0;
	struct mms_stream s;

	if (ioctl(self->fd, EXCLUSIVE, &c))
		SKIP(return, "the device cannot have pages alone: %m");
	q.flags = MMS_Q_NO_MERGE;
	GET("pgtable", &q, &s);
	ROWS(mms_pgtable_rec, r, &s)
		alone += r->kind == MMS_KIND_devexclusive && (r->rec.flags & MMS_RF_FOLIO);
	EXPECT_EQ(PAGES - TAKEN, alone);
	mms_free(&s);
	as_smaps(_metadata, self->p);
}

/* Its memory is taken away again, so that it is there for this test alone. */
int main(int argc, char **argv)
{
	int status = test_harness_run(argc, argv);

	if (!access(DEVICE, F_OK) && system("modprobe -r test_hmm"))
		puts("# test_hmm stays");
	return status;
}
