// SPDX-License-Identifier: GPL-2.0-only
/* Bad input to every file: a clear error each time, and nothing broken after. */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"

#define ALL_VIEWS(v) for (int v = 1; v < MMS_VIEW_LIMIT; v++) if (mms_view_name(v))

/* the first views there were are about a process, and all since about the system */
static bool is_process(int view)
{
	return view < MMS_VIEW_regions;
}

/* two streams of it are the same: the system's counters and free memory never are */
static bool stands_still(int view)
{
	return is_process(view) || view == MMS_VIEW_regions || view == MMS_VIEW_features;
}

static struct mms_query query_for(int view)
{
	static int file = -1;

	if (file < 0)
		file = open("/proc/self/exe", O_RDONLY);
	/* the mappings of all frames there are would take long */
	return (struct mms_query){ .size = sizeof(struct mms_query), .pid = is_process(view) ? fx->pid : 0,
				   .end = view == MMS_VIEW_rmap ? 4099 : 0, .fd = view == MMS_VIEW_cache ? file : 0 };
}

/* writes len bytes of a query that says size; 0 or -errno */
static int put(int fd, const void *query, size_t len)
{
	ssize_t n = write(fd, query, len);

	return n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;
}

static int try(int view, const struct mms_query *q)
{
	struct mms_stream s;
	int err = mms_get(mms_view_name(view), q, &s);

	mms_free(&s);
	return err;
}

TEST(every_view_answers)
{
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		struct mms_stream s;

		GET(mms_view_name(v), &q, &s);
		EXPECT_EQ(v, s.h.view);
		EXPECT_EQ(MMS_ARCH_X86_64, s.h.arch);
		EXPECT_EQ(12, s.h.page_shift);
		EXPECT_EQ(q.pid, s.h.pid);
		EXPECT_EQ(mms_row_size(v), s.h.record_size);
		EXPECT_EQ(sizeof(struct mms_header), s.h.header_size);
		EXPECT_LT(0, s.rows);
		mms_free(&s);
	}
}

TEST(sizes)
{
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		unsigned char room[8192] = { 0 };
		int fd = mms_open(mms_view_name(v));

		ASSERT_LE(0, fd);
		memcpy(room, &q, sizeof(q));
		for (uint32_t size = 0; size < MMS_QUERY_MIN; size++) {
			memcpy(room, &size, sizeof(size));
			EXPECT_EQ(size ? -EINVAL : size == 0 ? write(fd, room, 0) ? -EINVAL : 0 : 0, put(fd, room, size)) {
				TH_LOG("%s: %u bytes", mms_view_name(v), size);
			}
		}
		/* a part of the struct is one with zeros behind */
		for (uint32_t size = MMS_QUERY_MIN; size <= sizeof(q); size += 4) {
			memcpy(room, &size, sizeof(size));
			/* one from before there was the field names no file */
			EXPECT_EQ(v == MMS_VIEW_cache && size < offsetof(struct mms_query, pad1) ? -EINVAL : 0, put(fd, room, size)) {
				TH_LOG("%s: %u bytes", mms_view_name(v), size);
			}
		}
		/* size is not what was written */
		q.size = sizeof(q) - 8;
		EXPECT_EQ(-EINVAL, put(fd, &q, sizeof(q)));
		q.size = sizeof(q) + 8;
		EXPECT_EQ(-EINVAL, put(fd, &q, sizeof(q)));
		q.size = 0xffffffff;
		EXPECT_EQ(-EINVAL, put(fd, &q, sizeof(q)));
		/* of a longer one the tail must be zero */
		q.size = 4096;
		memcpy(room, &q, sizeof(q));
		EXPECT_EQ(0, put(fd, room, 4096));
		room[4095] = 1;
		EXPECT_EQ(-EINVAL, put(fd, room, 4096));
		room[4095] = 0;
		room[sizeof(q)] = 1;
		EXPECT_EQ(-EINVAL, put(fd, room, 4096));
		room[sizeof(q)] = 0;
		q.size = 4100;
		memcpy(room, &q, sizeof(q));
		EXPECT_EQ(-EINVAL, put(fd, room, 4100));
		close(fd);
	}
}

TEST(flags_and_pads)
{
	static const uint32_t known[MMS_VIEW_LIMIT] = {
		[MMS_VIEW_pgtable] = MMS_Q_NO_MERGE | MMS_Q_MERGE_ATTR | MMS_Q_TABLES | MMS_Q_NO_FOLIO | MMS_Q_KERNEL | MMS_Q_USER_PGD,
		[MMS_VIEW_entries] = MMS_Q_TABLES | MMS_Q_KERNEL | MMS_Q_USER_PGD, [MMS_VIEW_walk] = MMS_Q_USER_PGD,
		[MMS_VIEW_tables] = MMS_Q_KERNEL | MMS_Q_USER_PGD, [MMS_VIEW_pfns] = MMS_Q_NO_MERGE,
		[MMS_VIEW_rmap] = MMS_Q_SEARCH, [MMS_VIEW_maps] = MMS_Q_SUM,
	};

	ALL_VIEWS(v) {
		struct mms_query q;

		for (int bit = 0; bit < 32; bit++) {
			if (known[v] >> bit & 1)
				continue;
			q = query_for(v);
			q.flags = BIT(bit);
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: flags %#x", mms_view_name(v), q.flags); }
		}
		q = query_for(v);
		q.pad = 1;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: pad", mms_view_name(v)); }
		q = query_for(v);
		q.pad1 = 1;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: the second pad", mms_view_name(v)); }
		if (v != MMS_VIEW_cache) {
			q = query_for(v);
			q.fd = 1;
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: a file", mms_view_name(v)); }
		}
		q = query_for(v);
		q.pid = -1;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: pid -1", mms_view_name(v)); }
		q.pid = INT32_MIN;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: lowest pid", mms_view_name(v)); }
		q = query_for(v);
		q.levels = 1;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: level 0", mms_view_name(v)); }
		q.levels = BIT(6);
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: level 6", mms_view_name(v)); }
		q = query_for(v);
		q.kinds = v == MMS_VIEW_pfns ? BIT(31) : BIT(MMS_NR_KINDS);
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: an unknown kind", mms_view_name(v)); }
		if (v != MMS_VIEW_pgtable && v != MMS_VIEW_pfns) {
			q = query_for(v);
			q.kinds = BIT(MMS_KIND_page);
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: a kind", mms_view_name(v)); }
			q = query_for(v);
			q.kpf_mask = 1;
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: kpf_mask", mms_view_name(v)); }
		}
		q = query_for(v);
		q.entry_mask = 1;
		q.entry_value = 2;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: entry_value not in the mask", mms_view_name(v)); }
		q = query_for(v);
		q.kpf_value = 2;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: kpf_value not in the mask", mms_view_name(v)); }
	}
	struct mms_query both = query_for(MMS_VIEW_pgtable);

	both.flags = MMS_Q_NO_MERGE | MMS_Q_MERGE_ATTR;
	EXPECT_EQ(-EINVAL, try(MMS_VIEW_pgtable, &both));
}

TEST(ranges)
{
	static const struct { uint64_t start, end; } bad[] = {
		{ 0x2000, 0x1000 }, { 0x2000, 0x2000 }, { ~0ULL, 1 }, { ~0ULL - 4095, 4096 }, { 0xffff800000000000, 0 },
		{ 0, ~0ULL }, { 0x1000, 0xffffffffffffffff }, { 1ULL << 60, 0 }, { 1ULL << 60, 1ULL << 61 }, { ~0ULL, 0 },
	};

	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);

		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			/* walk: any address may be asked for, but no range; cache: any bytes of a file */
			if ((v == MMS_VIEW_walk && !bad[i].end) ||
			    (v == MMS_VIEW_cache && (!bad[i].end || bad[i].start < bad[i].end)))
				continue;
			q.start = bad[i].start;
			q.end = bad[i].end;
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s: %#" PRIx64 "-%#" PRIx64, mms_view_name(v), bad[i].start, bad[i].end); }
		}
	}
	/* the kernel's half is one of its own */
	struct mms_query q = query_for(MMS_VIEW_pgtable);

	q.flags = MMS_Q_KERNEL;
	q.start = 0x1000;
	EXPECT_EQ(-EINVAL, try(MMS_VIEW_pgtable, &q));
	q.start = 0;
	q.end = 0x1000;
	EXPECT_EQ(-EINVAL, try(MMS_VIEW_pgtable, &q));
	/* within its half a range may be of any bytes */
	q = query_for(MMS_VIEW_pgtable);
	q.start = 1;
	q.end = 2;
	EXPECT_EQ(0, try(MMS_VIEW_pgtable, &q));
}

static char *volatile nowhere = (char *)8;	/* volatile: the compiler would know better */

TEST(order_of_calls)
{
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		struct mms_stream s, again;
		unsigned char byte[64];
		int fd = mms_open(mms_view_name(v));

		ASSERT_LE(0, fd);
		EXPECT_EQ(-1, read(fd, byte, 64)) { TH_LOG("%s: a read before a query", mms_view_name(v)); }
		EXPECT_EQ(EINVAL, errno);
		ASSERT_EQ(0, mms_query(fd, &q));
		EXPECT_EQ(0, read(fd, byte, 0));
		EXPECT_EQ(64, read(fd, byte, 64));
		/* again from the start */
		ASSERT_EQ(0, mms_query(fd, &q));
		ASSERT_EQ(0, mms_read(fd, 4096, &s)) { TH_LOG("%s: %s", mms_view_name(v), s.why); }
		EXPECT_EQ(0, read(fd, byte, 64));
		ASSERT_EQ(0, mms_query(fd, &q));
		ASSERT_EQ(0, mms_read(fd, 65536, &again));
		if (stands_still(v)) {
			EXPECT_EQ(s.rows, again.rows) { TH_LOG("%s", mms_view_name(v)); }
		}
		mms_free(&s);
		mms_free(&again);
		/* a query that is refused ends the stream */
		ASSERT_EQ(0, mms_query(fd, &q));
		q.pad = 7;
		EXPECT_EQ(-EINVAL, mms_query(fd, &q));
		EXPECT_EQ(-1, read(fd, byte, 64)) { TH_LOG("%s: a read after a bad query", mms_view_name(v)); }
		q.pad = 0;
		ASSERT_EQ(0, mms_query(fd, &q));
		EXPECT_EQ(64, read(fd, byte, 64));
		/* a stream has no places */
		EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, pread(fd, byte, 64, 0));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, pwrite(fd, &q, sizeof(q), 0));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, write(fd, nowhere, sizeof(q)));
		EXPECT_EQ(EFAULT, errno);
		ASSERT_EQ(0, mms_query(fd, &q));
		EXPECT_EQ(-1, read(fd, nowhere, 64));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(64, read(fd, byte, 64));
		close(fd);
	}
}

TEST(bytes_do_not_depend_on_the_size_of_reads)
{
	static const size_t chunks[] = { 1, 7, 4093 };

	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		struct mms_stream whole;
		const char *why;
		const struct fx_region *r = fx_region(fx, "anon", &why);

		if (!stands_still(v))
			continue;
		if (v == MMS_VIEW_pgtable || v == MMS_VIEW_entries || v == MMS_VIEW_folios || v == MMS_VIEW_tables) {
			q.start = r->start;
			q.end = r->start + r->len;
		}
		if (v == MMS_VIEW_rmap) {	/* frames: those of a page that stays */
			uint64_t entry;

			pagemap_read(fx->pid, r->start, 1, &entry);
			q.start = PM_PFN(entry);
			q.end = q.start + 1;
		}
		GET(mms_view_name(v), &q, &whole);
		for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
			int fd = mms_open(mms_view_name(v));
			struct mms_stream s;
			size_t differ = 0;

			ASSERT_EQ(0, mms_query(fd, &q));
			ASSERT_EQ(0, mms_read(fd, chunks[i], &s)) { TH_LOG("%s by %zu: %s", mms_view_name(v), chunks[i], s.why); }
			EXPECT_EQ(whole.bytes, s.bytes) { TH_LOG("%s by %zu", mms_view_name(v), chunks[i]); }
			/* the time in the header, and END's own figures, are each stream's */
			for (size_t at = sizeof(struct mms_header); at < whole.bytes - whole.h.record_size && at < s.bytes; at++)
				differ += whole.data[at] != s.data[at];
			if (v != MMS_VIEW_summary) {
				EXPECT_EQ(0, differ) { TH_LOG("%s by %zu", mms_view_name(v), chunks[i]); }
			}
			mms_free(&s);
			close(fd);
		}
		mms_free(&whole);
	}
}

static pid_t number(const char *answer)
{
	pid_t pid = 0;

	sscanf(answer, "ok %d", &pid);
	return pid;
}

/* a number no process has */
static pid_t nobody(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

TEST(targets_that_are_none)
{
	pid_t zombie = number(fx_command(fx, "zombie")), gone = nobody();

	ASSERT_LT(0, zombie);
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);

		if (!is_process(v)) {
			q.pid = getpid();
			EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s is about no process", mms_view_name(v)); }
			continue;
		}
		q.pid = gone;
		EXPECT_EQ(-ESRCH, try(v, &q)) { TH_LOG("%s of no process", mms_view_name(v)); }
		q.pid = INT32_MAX;
		EXPECT_EQ(-ESRCH, try(v, &q)) { TH_LOG("%s of the highest number", mms_view_name(v)); }
		q.pid = zombie;
		EXPECT_EQ(-ESRCH, try(v, &q)) { TH_LOG("%s of a zombie", mms_view_name(v)); }
		q.pid = 2;
		EXPECT_EQ(-EINVAL, try(v, &q)) { TH_LOG("%s of a kernel thread", mms_view_name(v)); }
	}
	fx_command(fx, "reap");
}

TEST(a_thread_is_its_process)
{
	pid_t tid = number(fx_command(fx, "thread"));

	ASSERT_LT(0, tid);
	ASSERT_NE(fx->pid, tid);
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		struct mms_stream s;

		if (!is_process(v))
			continue;
		q.pid = tid;
		GET(mms_view_name(v), &q, &s);
		EXPECT_EQ(fx->pid, s.h.pid);
		EXPECT_LT(0, s.rows);
		mms_free(&s);
	}
}

TEST(nobody_is_oneself)
{
	struct mms_stream s;

	GET("summary", (&(struct mms_query){ .pid = 0 }), &s);
	EXPECT_EQ(getpid(), s.h.pid);
	mms_free(&s);
}

/* in a pid namespace of one's own numbers are that one's */
TEST(numbers_are_the_openers)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = fork();
	if (!pid) {
		struct mms_query q = { .pid = 1 };
		struct mms_stream s;

		if (getpid() != 1 || mms_get("summary", &q, &s))
			_exit(1);
		if (s.h.pid != 1 || ((struct mms_summary_rec *)s.row[0])->pid != 1 || strcmp(s.text[0], "test_input"))
			_exit(2);
		/* outside there is a process of this number, here there is none */
		q.pid = fx->pid;
		_exit(mms_get("summary", &q, &s) == -ESRCH ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST(gone_after_the_query)
{
	ALL_VIEWS(v) {
		struct mms_query q = query_for(v);
		struct fx *other;
		unsigned char byte[64];
		ssize_t n;
		int fd, execed;

		if (!is_process(v))
			continue;
		other = fx_start_idle();
		q.pid = other->pid;
		fd = mms_open(mms_view_name(v));
		execed = mms_open(mms_view_name(v));
		ASSERT_EQ(0, mms_query(fd, &q));
		ASSERT_EQ(0, mms_query(execed, &q));
		fx_command(other, "exec");	/* the answer is "ready": it has another address space now */
		while ((n = read(execed, byte, sizeof(byte))) > 0)
			;
		EXPECT_EQ(-1, n) { TH_LOG("%s after an exec", mms_view_name(v)); }
		EXPECT_EQ(ESRCH, errno) { TH_LOG("%s after an exec", mms_view_name(v)); }
		fx_stop(other);
		while ((n = read(fd, byte, sizeof(byte))) > 0)
			;
		EXPECT_EQ(-1, n) { TH_LOG("%s after an exit", mms_view_name(v)); }
		EXPECT_EQ(ESRCH, errno);
		EXPECT_EQ(-1, read(fd, byte, sizeof(byte)));
		EXPECT_EQ(ESRCH, errno) { TH_LOG("%s: never a stale answer", mms_view_name(v)); }
		close(fd);
		close(execed);
	}
}

/* ---- attach and the text files ------------------------------------------------ */

TEST(attach_takes_numbers_only)
{
	static const char *const bad[] = { "0", "-0", "x", "1x", "1 2", "99999999999", "-2147483648", "0x", "\n", " ",
					   "123456789012345", "123456789012345678901234567890", "+", "-", "self" };
	static const char *const files[] = { MMS_PROC "/attach", MMS_DEBUGFS "/attach" };
	pid_t zombie = number(fx_command(fx, "zombie"));
	char word[20];

	for (int f = 0; f < 2; f++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			EXPECT_EQ(-EINVAL, file_write(files[f], bad[i])) { TH_LOG("%s to %s", bad[i], files[f]); }
		}
		snprintf(word, sizeof(word), "%d", nobody());
		EXPECT_EQ(-ESRCH, file_write(files[f], word));
		EXPECT_EQ(-ESRCH, file_write(files[f], "2147483647"));
		snprintf(word, sizeof(word), "%d", zombie);
		EXPECT_EQ(-ESRCH, file_write(files[f], word));
		EXPECT_EQ(-EINVAL, file_write(files[f], "2\n"));
		snprintf(word, sizeof(word), "-%d", getpid());
		EXPECT_EQ(-ENOENT, file_write(files[f], word));
	}
	fx_command(fx, "reap");
}

TEST(attached_and_gone)
{
	struct fx *other = fx_start_idle();
	char word[20], path[100], byte[64];
	size_t got = 0;
	ssize_t n;
	int fd;

	snprintf(word, sizeof(word), "%d", other->pid);
	ASSERT_EQ(0, file_write(MMS_PROC "/attach", word));
	snprintf(path, sizeof(path), MMS_PROC "/%d/maps", other->pid);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	fx_stop(other);
	/* the heading may come, but no row */
	while ((n = read(fd, byte, sizeof(byte))) > 0)
		got += n;
	EXPECT_EQ(-1, n);
	EXPECT_EQ(ESRCH, errno);
	EXPECT_GT(2000, got);
	close(fd);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ESRCH, errno);
	snprintf(word, sizeof(word), "-%d", atoi(strrchr(path, '/') ? path + sizeof(MMS_PROC) : ""));
	EXPECT_EQ(0, file_write(MMS_PROC "/attach", word)) { TH_LOG("%s", word); }
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENOENT, errno);
}

TEST(text_files_take_no_writes)
{
	static const char *const files[] = { MMS_PROC "/self/maps", MMS_PROC "/self/pgtable", MMS_PROC "/regions",
					     MMS_DEBUGFS "/self/maps", MMS_DEBUGFS "/regions", MMS_DEBUGFS "/abi" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int fd = open(files[i], O_RDWR);

		if (fd < 0)
			continue;	/* refused at once: as good */
		EXPECT_EQ(-1, write(fd, "x", 1)) { TH_LOG("%s", files[i]); }
		close(fd);
	}
}

TEST(no_files_are_missing)
{
	ALL_VIEWS(v) {
		char path[100];

		snprintf(path, sizeof(path), MMS_PROC "/%s%s", is_process(v) ? "self/" : "", mms_view_name(v));
		/* walk needs an address, cache a file: they are on raw only */
		EXPECT_EQ(v == MMS_VIEW_walk || v == MMS_VIEW_cache ? -1 : 0, access(path, F_OK)) { TH_LOG("%s", path); }
	}
	EXPECT_EQ(-ENOENT, mms_open("nothing"));
}

MMS_TEST_MAIN
