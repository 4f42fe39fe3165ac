// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random input to every file that can be written: queries that are nearly right to each view, bytes
 * and numbers to attach, whatever there is to files of text. Each answer is an errno that the
 * documentation has for it or a stream by the rules of the wire, and the module works as before.
 *
 *	MMSCOPE_FUZZ=N		so many inputs (default 2,003)
 *	MMSCOPE_SEED=N		the seed, for those of an earlier run; it is printed
 */
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/mms_test.h"

#define INPUTS 2003
#define WORKERS 2		/* of queries, at once */
#define MOST (16 * 1024)	/* bytes read of an answer: what comes later is more of the same */
#define PARAMETERS "/sys/module/mmscope/parameters"

static unsigned long inputs = INPUTS;
static uint64_t seed, state;

/* ---- chance ------------------------------------------------------------- */

static uint64_t rnd(void)
{
	/* splitmix64 */
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(uint64_t n)
{
	return rnd() % n;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

#define ANY_OF(array) ((array)[below(sizeof(array) / sizeof((array)[0]))])

/* Numbers that something ends or begins at, and what is beside them. */
static uint64_t number(void)
{
	static const uint64_t edges[] = {
		0, PAGE, BIT(21), BIT(30), BIT(31), BIT(32), BIT(34), BIT(39), BIT(46) >> 12, BIT(46), BIT(47),
		BIT(47) - PAGE, BIT(52) >> 12, BIT(56), BIT(56) - PAGE, BIT(63), 0xff00000000000000, 0xffff800000000000,
		0xffff888000000000, 0xffffea0000000000, 0xffffffff80000000, 0xffffffffff600000,
	};
	const struct fx_region *r = &fx->region[below(fx->regions)];

	switch (below(6)) {
	case 0:
		return rnd() >> below(64);
	case 1:
		return r->start + below(r->len + 1);
	case 2:
		return r->start + (one_in(2) ? r->len : 0);
	case 3:
		return below(BIT(22));	/* the frames of a VM */
	default:
		return ANY_OF(edges) + below(5) - 2;
	}
}

/* A process whose memory changes all the time, and that may end at any time. */
static pid_t mover_start(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0;; i++) {
		size_t len = (1 + i % 67) * 16 * PAGE;
		char *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			_exit(1);
		for (size_t j = 0; j < len; j += 16 * PAGE)
			at[j] = 1;
		mprotect(at, len / 2, PROT_READ);
		madvise(at, len / 4, MADV_DONTNEED);
		munmap(at, len);
		usleep(20000);	/* some queries see one of these changes; most of the time is theirs */
	}
}

static void mover_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- queries ------------------------------------------------------------- */

/* the first views there were are about a process, and all since about the system */
static bool is_process(int view)
{
	return view < MMS_VIEW_regions;
}

static int any_view(void)
{
	int v;

	do
		v = below(MMS_VIEW_LIMIT);
	while (!mms_view_name(v));
	return v;
}

/* What a view takes: flags, and ranges of what (0: none) */
enum { ADDRESSES = 1, FRAMES, BYTES };
static const struct { uint32_t flags; int range; } takes[MMS_VIEW_LIMIT] = {
	[MMS_VIEW_maps] = { MMS_Q_SUM, ADDRESSES },
	[MMS_VIEW_pgtable] = { MMS_Q_NO_MERGE | MMS_Q_TABLES | MMS_Q_NO_FOLIO | MMS_Q_KERNEL, ADDRESSES },
	[MMS_VIEW_entries] = { MMS_Q_TABLES | MMS_Q_KERNEL, ADDRESSES },
	[MMS_VIEW_walk] = { 0, ADDRESSES },
	[MMS_VIEW_tables] = { MMS_Q_KERNEL, ADDRESSES },
	[MMS_VIEW_folios] = { 0, ADDRESSES },
	[MMS_VIEW_pageblocks] = { 0, FRAMES },
	[MMS_VIEW_pfns] = { MMS_Q_NO_MERGE, FRAMES },
	[MMS_VIEW_rmap] = { MMS_Q_SEARCH, FRAMES },
	[MMS_VIEW_files] = { 0, FRAMES },
	[MMS_VIEW_cache] = { 0, BYTES },
};

/*
 * One that is right: a part of a view, or all of it, with a filter now and then. What takes longest,
 * all frames and a search through all processes, is asked for less often.
 */
static struct mms_query right(int view, pid_t mover, int file)
{
	const struct fx_region *r = &fx->region[below(fx->regions)];
	const pid_t pids[] = { 0, fx->pid, mover };
	struct mms_query q = { .size = sizeof(q), .flags = one_in(2) ? takes[view].flags & rnd() : 0 };

	if (view == MMS_VIEW_rmap && !one_in(16))
		q.flags = 0;
	if (is_process(view))
		q.pid = ANY_OF(pids);
	if (view == MMS_VIEW_cache)
		q.fd = file;
	if (takes[view].range == ADDRESSES && !(q.flags & MMS_Q_KERNEL) && (view == MMS_VIEW_walk || !one_in(4))) {
		q.start = r->start + below(r->len);
		q.end = view == MMS_VIEW_walk || one_in(4) ? 0 : q.start + 1 + below(r->len);
	} else if (takes[view].range > ADDRESSES && (view == MMS_VIEW_rmap || !one_in(16))) {
		q.start = below(BIT(20));
		q.end = view != MMS_VIEW_rmap && one_in(16) ? 0 : q.start + 1 + below(BIT(one_in(8) ? 12 : 9));
	}
	if (view == MMS_VIEW_pgtable || view == MMS_VIEW_pfns) {
		q.kpf_mask = one_in(3) ? rnd() & rnd() & rnd() : 0;
		q.kpf_value = q.kpf_mask & rnd();
		q.kinds = one_in(4) ? rnd() & (BIT(11) - 1) : 0;
	}
	if (view == MMS_VIEW_pgtable || view == MMS_VIEW_entries) {
		q.entry_mask = one_in(3) ? rnd() & rnd() & rnd() : 0;
		q.entry_value = q.entry_mask & rnd();
		q.levels = one_in(4) ? rnd() & 0x3e : 0;
	}
	return q;
}

static void bend(struct mms_query *q)
{
	const pid_t pids[] = { 1, 2, getpid(), getppid(), -1, INT32_MAX, INT32_MIN, below(4194304) };

	switch (below(13)) {
	case 0:
		q->flags ^= BIT(below(one_in(4) ? 32 : 8));
		break;
	case 1:
		q->pid = ANY_OF(pids);
		break;
	case 2:
		q->levels ^= BIT(below(one_in(4) ? 32 : 6));
		break;
	case 3:
		q->start = number();
		break;
	case 4:
		q->end = number();
		break;
	case 5:
		q->kinds ^= BIT(below(32));
		break;
	case 6:
		q->entry_mask = number();
		break;
	case 7:
		q->entry_value = number();
		break;
	case 8:
		q->kpf_mask ^= BIT(below(64));
		break;
	case 9:
		q->kpf_value ^= BIT(below(64));
		break;
	case 10:
		q->fd = one_in(2) ? below(20) : rnd();
		break;
	case 11:
		((unsigned char *)q)[below(sizeof(*q))] ^= 1 << below(8);
		break;
	case 12:
		((unsigned char *)q)[below(sizeof(*q))] = rnd();
		break;
	}
}

/* What is written: @ret is room for 8192 bytes; how many of them */
static size_t packed(const struct mms_query *q, unsigned char *ret)
{
	size_t len = sizeof(*q);
	uint32_t size;

	memset(ret, 0, 8192);
	memcpy(ret, q, sizeof(*q));
	if (one_in(8))	/* an older struct, a newer one, or none at all */
		len = one_in(2) ? below(100) : below(8192);
	size = one_in(16) ? rnd() : len;
	if (len != sizeof(*q))
		memcpy(ret, &size, sizeof(size));
	if (len > sizeof(*q) && one_in(2))
		ret[sizeof(*q) + below(len - sizeof(*q))] = rnd();
	return len;
}

static char *volatile nowhere = (char *)8;	/* volatile: the compiler would know better */

struct worker {
	int fd[MMS_VIEW_LIMIT];	/* kept: nothing of one query may tell in the next */
	int file;
	pid_t mover;
	unsigned long refused, whole, some, gone;
};

static bool known(int view, int err, bool reading)
{
	/* abi.rst; nothing here is short of memory or of rights */
	return err == -ESRCH || (!reading && (err == -EINVAL || (err == -EBADF && view == MMS_VIEW_cache)));
}

static int ask(int fd, const void *bytes, size_t len)
{
	ssize_t n = write(fd, bytes, len);

	return n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;
}

static void hear(struct __test_metadata *_metadata, struct worker *w, int view, int fd, const struct mms_query *q)
{
	/* in small pieces now and then: a call costs as much as what is read by it */
	static const size_t small[] = { 1, 7, 24, 100 }, large[] = { 1000, 4093, MOST };
	size_t chunk = one_in(8) ? ANY_OF(small) : ANY_OF(large), most = below(MOST);
	struct mms_stream s;
	int err;

	most = most < 64 * chunk ? most : 64 * chunk;
	if (q->pid == w->mover && one_in(12)) {
		mover_stop(w->mover);
		w->mover = mover_start();
	}
	if (one_in(32)) {
		EXPECT_EQ(-1, read(fd, nowhere, 64)) TH_LOG("%s", mms_view_name(view));
		if (errno != EFAULT) {
			EXPECT_EQ(ESRCH, errno) TH_LOG("%s", mms_view_name(view));
			return;
		}
	}
	err = mms_read_some(fd, chunk, most, &s);
	if (err)
		EXPECT_TRUE(known(view, err, true)) TH_LOG("%s: read: %s %s", mms_view_name(view), strerror(-err), s.why);
	if (s.bytes >= sizeof(s.h)) {
		EXPECT_EQ(view, s.h.view);
		/* the one view that is of nothing else says so */
		EXPECT_EQ(q->flags | (view == MMS_VIEW_kernel ? MMS_Q_KERNEL : 0), s.h.flags) TH_LOG("%s", mms_view_name(view));
	}
	w->whole += !err && s.ended;
	w->some += !err && !s.ended;
	w->gone += !!err;
	mms_free(&s);
}

static void one_query(struct __test_metadata *_metadata, struct worker *w)
{
	unsigned char bytes[8192];
	int view = any_view(), fd = w->fd[view], fresh = -1, err;
	struct mms_query q = right(view, w->mover, w->file), taken = {};
	size_t len;

	for (uint64_t n = one_in(3) ? 0 : 1 + below(3); n; n--)
		bend(&q);
	len = packed(&q, bytes);
	if (one_in(64)) {
		err = ask(fd, nowhere, len);
		EXPECT_TRUE(err == -EFAULT || err == -EINVAL) TH_LOG("%s: %s", mms_view_name(view), strerror(-err));
	}
	if (one_in(32) && q.pid != w->mover) {
		fresh = mms_open(mms_view_name(view));
		ASSERT_LE(0, fresh);
	}
	err = ask(fd, bytes, len);
	if (err)
		EXPECT_TRUE(known(view, err, false)) TH_LOG("%s: write: %s", mms_view_name(view), strerror(-err));
	if (fresh >= 0) {	/* a file that has been asked before says what a new one does */
		EXPECT_EQ(err, ask(fresh, bytes, len)) TH_LOG("%s: not again", mms_view_name(view));
		close(fresh);
	}
	memcpy(&taken, bytes, len < sizeof(taken) ? len : sizeof(taken));
	if (err) {
		EXPECT_EQ(-1, read(fd, bytes, 1)) TH_LOG("%s: something after a refusal", mms_view_name(view));
		w->refused++;
	} else {
		hear(_metadata, w, view, fd, &taken);
	}
}

static int work(struct __test_metadata *_metadata, unsigned int nr, unsigned long rounds)
{
	struct worker w = { .file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), .mover = mover_start() };

	state = seed + nr;
	for (int v = 1; v < MMS_VIEW_LIMIT; v++) {
		if (!mms_view_name(v))
			continue;
		w.fd[v] = mms_open(mms_view_name(v));
		ASSERT_LE(0, w.fd[v]) TH_LOG("%s: %s", mms_view_name(v), strerror(-w.fd[v]));
	}
	for (unsigned long i = 0; i < rounds && _metadata->exit_code == KSFT_PASS; i++) {
		if (i && !(i % 10000))
			TH_LOG("worker %u: %lu of %lu", nr, i, rounds);
		one_query(_metadata, &w);
	}
	mover_stop(w.mover);
	for (int v = 1; v < MMS_VIEW_LIMIT; v++)
		if (mms_view_name(v))
			close(w.fd[v]);
	TH_LOG("worker %u: %lu refused, %lu streams whole, %lu in part, %lu ended with their process", nr, w.refused, w.whole,
	       w.some, w.gone);
	/* a fuzzer that is always refused, or never, looks at one side alone */
	EXPECT_LT(rounds / 16, w.refused);
	EXPECT_LT(rounds / 16, w.whole);
	EXPECT_LT(rounds / 64, w.some);
	EXPECT_LT(rounds / 512, w.gone);
	return _metadata->exit_code;
}

/* As in front of it: all views answer, one of them as the kernel's own file does. */
static void works(struct __test_metadata *_metadata)
{
	size_t lines = 0, len;
	char *maps;
	struct mms_stream s;

	for (int v = 1; v < MMS_VIEW_LIMIT; v++) {
		struct mms_query q = { .size = sizeof(q), .pid = is_process(v) ? fx->pid : 0 };
		int fd;

		if (!mms_view_name(v) || v == MMS_VIEW_cache)
			continue;
		q.start = v == MMS_VIEW_walk ? fx->region[0].start : 0;
		fd = mms_open(mms_view_name(v));
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, mms_query(fd, &q)) TH_LOG("%s", mms_view_name(v));
		EXPECT_EQ(0, mms_read_some(fd, 4096, MOST, &s)) TH_LOG("%s: %s", mms_view_name(v), s.why);
		EXPECT_LT(0, s.rows) TH_LOG("%s", mms_view_name(v));
		mms_free(&s);
		close(fd);
	}
	maps = pid_text(fx->pid, "maps", &len);
	ASSERT_NE(NULL, maps);
	for (char *at = maps; (at = strchr(at, '\n')); at++)
		lines++;
	lines -= !!strstr(maps, "[vsyscall]");
	free(maps);
	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	EXPECT_EQ(lines, s.rows);
	mms_free(&s);
}

TEST(queries)
{
	pid_t pid[WORKERS];

	TH_LOG("MMSCOPE_SEED=%" PRIu64 " MMSCOPE_FUZZ=%lu", seed, inputs);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(work(_metadata, i, inputs / WORKERS));
		}
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		int status = -1;

		waitpid(pid[i], &status, 0);
		EXPECT_EQ(0, status) TH_LOG("worker %u", i);
	}
	works(_metadata);
}

/* ---- attach ---------------------------------------------------------------- */

static size_t any_word(char *word, size_t room)
{
	static const char letters[] = "0123456789-+ \nxX\t_.";
	const pid_t pids[] = { 1, 2, getpid(), fx->pid, fx->child, below(4194304), below(400), INT32_MAX, INT32_MIN, 0 };
	size_t len;

	if (one_in(2))
		return snprintf(word, room, "%s%d%s", one_in(2) ? "-" : "", ANY_OF(pids), one_in(3) ? "\n" : "");
	len = one_in(8) ? below(room) : below(16);
	for (size_t i = 0; i < len; i++)
		word[i] = one_in(16) ? rnd() : letters[below(sizeof(letters) - 1)];
	return len;
}

/* Detaches what is attached; how many these were */
static unsigned int detach_all(struct __test_metadata *_metadata)
{
	char *text = file_text(MMS_PROC "/attach", NULL), word[20];
	unsigned int n = 0;

	for (char *line = text; line && *line; line = strchr(line, '\n') + 1) {
		snprintf(word, sizeof(word), "-%d", atoi(line));
		EXPECT_EQ(0, file_write(MMS_PROC "/attach", word)) TH_LOG("%s", word);
		n++;
	}
	free(text);
	return n;
}

TEST(attach)
{
	static const char *const paths[] = { MMS_PROC "/attach", MMS_DEBUGFS "/attach" };
	unsigned long taken = 0, refused = 0;
	int fd[2];

	state = seed + WORKERS;
	TH_LOG("MMSCOPE_SEED=%" PRIu64, seed);
	for (int i = 0; i < 2; i++) {
		fd[i] = open(paths[i], O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd[i]) TH_LOG("%s: %m", paths[i]);
	}
	detach_all(_metadata);
	for (unsigned long i = 0; i < inputs / 4; i++) {
		char word[5000];
		size_t len = any_word(word, sizeof(word));
		int err = one_in(64) ? ask(fd[i % 2], nowhere, 1 + below(30)) : ask(fd[i % 2], word, len);

		EXPECT_TRUE(!err || err == -EINVAL || err == -ESRCH || err == -EEXIST || err == -ENOENT || err == -EFAULT) {
			TH_LOG("\"%.*s\" to %s: %s", (int)len, word, paths[i % 2], strerror(-err));
		}
		taken += !err && len;
		refused += !!err;
		if (one_in(16)) {
			char *list = file_text(paths[i % 2], NULL);

			EXPECT_NE(NULL, list);
			free(list);
		}
	}
	TH_LOG("%lu taken, %lu refused", taken, refused);
	EXPECT_LT(inputs / 64, taken);
	EXPECT_LT(inputs / 64, refused);
	detach_all(_metadata);
	EXPECT_EQ(0, detach_all(_metadata));
	close(fd[0]);
	close(fd[1]);
	works(_metadata);
}

/* ---- files of text ------------------------------------------------------------ */

static char *texts[500];
static size_t nr_texts;
static unsigned int writable;	/* that no test here writes to */

static int found(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + at->base;

	if (type != FTW_F)
		return 0;
	if (!strncmp(path, MMS_RAW "/", strlen(MMS_RAW "/")) || !strncmp(path, MMS_PROC_RAW "/", strlen(MMS_PROC_RAW "/")) ||
	    !strcmp(name, "attach"))
		return 0;
	writable += !!(st->st_mode & 0222);
	if (nr_texts < sizeof(texts) / sizeof(texts[0]))
		texts[nr_texts++] = strdup(path);
	return 0;
}

static void one_text(struct __test_metadata *_metadata, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte[8192];

	ASSERT_LE(0, fd) TH_LOG("%s: %m", path);
	for (uint64_t n = 1 + below(6); n; n--) {
		/* the largest have to be put together up to there each time */
		size_t len = below(sizeof(byte)), at = below(MOST);
		ssize_t got = 0;
		int err = 0;

		switch (below(4)) {
		case 0:
			memset(byte, rnd(), len);
			got = ask(fd, byte, len);
			/* of /proc and of debugfs; nothing, in no bytes */
			EXPECT_TRUE(got == -EIO || got == -EINVAL || (!got && !len)) TH_LOG("%s: write: %s", path, strerror(-got));
			continue;
		case 1:
			got = lseek(fd, one_in(4) ? -1 - (off_t)at : (off_t)at, one_in(8) ? SEEK_END : SEEK_SET);
			err = errno;
			break;
		case 2:
			got = pread(fd, byte, len, at);
			err = errno;
			break;
		case 3:
			got = read(fd, one_in(16) ? nowhere : byte, len);
			err = errno;
			break;
		}
		if (got < 0)
			EXPECT_TRUE(err == EINVAL || err == EFAULT) TH_LOG("%s: %s", path, strerror(err));
	}
	close(fd);
}

TEST(text)
{
	char word[16];

	state = seed + WORKERS + 1;
	TH_LOG("MMSCOPE_SEED=%" PRIu64, seed);
	snprintf(word, sizeof(word), "%d", fx->pid);
	EXPECT_EQ(0, file_write(MMS_PROC "/attach", word));
	nftw(MMS_PROC, found, 8, FTW_PHYS);
	nftw(MMS_DEBUGFS, found, 8, FTW_PHYS);
	TH_LOG("%zu files", nr_texts);
	EXPECT_LT(40, nr_texts);
	EXPECT_EQ(0, writable) TH_LOG("there are files to be written that get no input here");
	for (unsigned long i = 0; i < 100 + inputs / 64; i++)	/* each reads a lot */
		one_text(_metadata, texts[below(nr_texts)]);
	detach_all(_metadata);
	works(_metadata);
}

/* What is set as the module is loaded stays as it is. */
TEST(parameters_are_not_written)
{
	writable = nr_texts = 0;
	if (!access(PARAMETERS, F_OK))
		nftw(PARAMETERS, found, 8, FTW_PHYS);
	EXPECT_EQ(0, writable);
}

int main(int argc, char **argv)
{
	const char *text = getenv("MMSCOPE_SEED");

	seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) << 20 ^ getpid();
	text = getenv("MMSCOPE_FUZZ");
	if (text)
		inputs = strtoul(text, NULL, 0);
	/* a million take what they take */
	for (struct __test_metadata *t = _fixture_global.tests; t && inputs > INPUTS; t = t->next)
		t->timeout = 24 * 3600;
	fx = fx_start();
	return test_harness_run(argc, argv);
}
