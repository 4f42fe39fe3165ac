// SPDX-License-Identifier: GPL-2.0-only
/*
 * Targets that change, exit and exec while many readers run on all views. What
 * the readers see may be any state; but each stream is well-formed, its
 * addresses ascend, it has an END or ends with ESRCH, and nothing breaks.
 *
 * MMSCOPE_SEED gives a run again, MMSCOPE_RACE_SECONDS lets it last longer.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/mutate.h"
#include "../lib/tool.h"

#define READERS 3

static uint64_t seed;
static int seconds = 2;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* ---- what targets do ---------------------------------------------------------- */

static void ignore(int signal)
{
	(void)signal;
	_exit(0);	/* a page past the file's end: this target has lived long enough */
}

/* for ever, or until a SIGBUS */
static void mutate(uint64_t state)
{
	char *arena = mms_arena_make();
	int memfd = memfd_create("race", 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGBUS, ignore);
	mmap(arena, MMS_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (;;)
		mms_mutate(arena, memfd, &state);
}

/* ---- what readers do ------------------------------------------------------------ */

struct shared {
	volatile pid_t target;
	volatile int stop;
	volatile long streams, rows, esrch, bad;
	char what[200];
};

static void complain(struct shared *sh, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!__atomic_fetch_add(&sh->bad, 1, __ATOMIC_SEQ_CST))
		vsnprintf(sh->what, sizeof(sh->what), format, args);
	va_end(args);
}

static void check_order(struct shared *sh, const struct mms_stream *s)
{
	uint64_t last = 0, start = 0, end = 0, end_of_last = 0;

	for (size_t i = 0; i < s->rows; i++) {
		const void *row = s->row[i];

		switch (s->h.view) {
		case MMS_VIEW_pgtable: {
			const struct mms_pgtable_rec *r = row;

			start = r->start;
			end = r->kind == MMS_KIND_table ? end_of_last : start + r->count * row_size(r);
			if (r->level < 1 || r->level > 5 || r->kind >= MMS_NR_KINDS || !r->count || r->kind == MMS_KIND_none ||
			    (r->kind != MMS_KIND_table && start < end_of_last))
				complain(sh, "pgtable: row %zu of %zu: %#llx level %u kind %u x%u after %#llx", i, s->rows,
					 (unsigned long long)start, r->level, r->kind, r->count, (unsigned long long)end_of_last);
			break;
		}
		case MMS_VIEW_entries:
			start = ((const struct mms_entries_rec *)row)->start;
			end = start;
			break;
		case MMS_VIEW_maps:
			start = ((const struct mms_maps_rec *)row)->start;
			end = ((const struct mms_maps_rec *)row)->end;
			if (start < end_of_last || end <= start)
				complain(sh, "maps: %#llx-%#llx after %#llx", (unsigned long long)start, (unsigned long long)end,
					 (unsigned long long)end_of_last);
			break;
		case MMS_VIEW_folios:
			start = ((const struct mms_folios_rec *)row)->start;
			end = start;
			break;
		case MMS_VIEW_tables:	/* above what lies below: two of the PGD's first */
			if (((const struct mms_tables_rec *)row)->used > 512)
				complain(sh, "tables: %u used", ((const struct mms_tables_rec *)row)->used);
			start = ((const struct mms_tables_rec *)row)->start;
			end = start;
			break;
		default:
			return;
		}
		if (start < last)
			complain(sh, "%s: row %zu of %zu at %#llx after %#llx", mms_view_name(s->h.view), i, s->rows,
				 (unsigned long long)start, (unsigned long long)last);
		last = start;
		end_of_last = end;
	}
}

static void read_once(struct shared *sh, uint64_t *state, bool may_go)
{
	static const uint32_t flags[] = { 0, MMS_Q_NO_MERGE, MMS_Q_TABLES, MMS_Q_NO_MERGE | MMS_Q_TABLES, MMS_Q_MERGE_ATTR,
					  MMS_Q_NO_MERGE | MMS_Q_NO_FOLIO };
	int view = 1 + mms_next(state) % MMS_VIEW_folios, err;
	struct mms_query q = { .pid = sh->target };
	struct mms_stream s;

	if (view == MMS_VIEW_pgtable)
		q.flags = flags[mms_next(state) % 6];
	else if (view == MMS_VIEW_entries)
		q.flags = mms_next(state) % 2 ? MMS_Q_TABLES : 0;
	else if (view == MMS_VIEW_walk)
		q.start = 0x7f0000000000 + (mms_next(state) & 0xffffffff000);
	err = mms_get(mms_view_name(view), &q, &s);
	__atomic_fetch_add(&sh->streams, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&sh->rows, s.rows, __ATOMIC_SEQ_CST);
	if (err == -ESRCH && may_go)
		__atomic_fetch_add(&sh->esrch, 1, __ATOMIC_SEQ_CST);
	else if (err)
		complain(sh, "%s with flags %#x: %s %s", mms_view_name(view), q.flags, strerror(-err), s.why);
	if (s.row)
		check_order(sh, &s);
	mms_free(&s);
}

static void readers_start(struct shared *sh, pid_t *reader, bool may_go)
{
	for (int i = 0; i < READERS; i++) {
		reader[i] = fork();
		if (reader[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (uint64_t state = seed * (i + 2) + 1; !sh->stop;)
			read_once(sh, &state, may_go);
		_exit(0);
	}
}

static void readers_stop(struct shared *sh, pid_t *reader)
{
	sh->stop = 1;
	for (int i = 0; i < READERS; i++)
		waitpid(reader[i], NULL, 0);
}

static struct shared *shared_make(void)
{
	return mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

#define VERDICT(sh)								\
	do {									\
		TH_LOG("seed %" PRIu64 ": %ld streams, %ld rows, %ld times ESRCH", seed, (sh)->streams, (sh)->rows, (sh)->esrch); \
		EXPECT_EQ(0, (sh)->bad) {					\
			TH_LOG("%s", (sh)->what);				\
		}								\
	} while (0)

/* Until @end, and until something has been read: a busy machine may take longer. */
static bool goes_on(const struct shared *sh, double end)
{
	return now() < end || sh->streams <= 10;
}

static pid_t target_start(uint64_t state)
{
	pid_t pid = fork();

	if (!pid)
		mutate(state);
	return pid;
}

TEST(target_changes)
{
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid;
	double end = now() + seconds;
	uint64_t state = seed;

	pid = sh->target = target_start(state);
	readers_start(sh, reader, true);
	while (goes_on(sh, end) || sh->rows <= 100) {
		if (waitpid(pid, NULL, WNOHANG) == pid)	/* by a SIGBUS: the next */
			pid = sh->target = target_start(mms_next(&state));
		usleep(20000);
	}
	readers_stop(sh, reader);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	VERDICT(sh);
}

TEST(targets_exit)
{
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid, old;
	double end = now() + seconds;
	uint64_t state = seed + 1;
	int stale = 0, targets = 0;

	pid = sh->target = target_start(state);
	readers_start(sh, reader, true);
	while (goes_on(sh, end) || targets <= 5) {
		struct mms_stream s;

		usleep(1000 + mms_next(&state) % 30000);
		old = pid;
		pid = sh->target = target_start(mms_next(&state));
		kill(old, SIGKILL);
		waitpid(old, NULL, 0);
		stale += mms_get("summary", &(struct mms_query){ .pid = old }, &s) != -ESRCH;
		mms_free(&s);
		targets++;
	}
	readers_stop(sh, reader);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(0, stale) { TH_LOG("answers about a process that has been waited for"); }
	VERDICT(sh);
}

TEST(targets_exec)
{
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid = fork();
	double end = now() + seconds;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", "test_races", "exec", NULL);
		_exit(1);
	}
	sh->target = pid;
	readers_start(sh, reader, true);
	while (goes_on(sh, end))
		usleep(20000);
	readers_stop(sh, reader);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG)) { TH_LOG("the target is gone"); }
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	VERDICT(sh);
}

/* attached and detached all the time, while others read the text files */
TEST(attach_and_detach)
{
	static const int fine[] = { 0, ENOENT, ESRCH, EIO, ENODEV };
	struct shared *sh = shared_make();
	pid_t reader[READERS], pid;
	double end = now() + seconds;
	char word[20];
	int rounds = 0;

	pid = sh->target = target_start(seed + 2);
	for (int i = 0; i < READERS; i++) {
		reader[i] = fork();
		if (reader[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (uint64_t state = seed * (i + 5) + 1; !sh->stop;) {
			char path[100];
			char *text;
			bool known = false;

			snprintf(path, sizeof(path), "%s/%d/%s", i % 2 ? MMS_DEBUGFS : MMS_PROC, sh->target,
				 mms_next(&state) % 2 ? "maps" : "pgtable");
			errno = 0;
			text = file_text(path, NULL);
			for (size_t j = 0; j < sizeof(fine) / sizeof(*fine); j++)
				known |= errno == fine[j] || text;
			if (!known)
				complain(sh, "%s: %s", path, strerror(errno));
			free(text);
			__atomic_fetch_add(&sh->streams, 1, __ATOMIC_SEQ_CST);
		}
		_exit(0);
	}
	while (goes_on(sh, end) || rounds <= 5) {
		snprintf(word, sizeof(word), "%d", pid);
		file_write(MMS_PROC "/attach", word);
		usleep(mms_next(&seed) % 5000);
		snprintf(word, sizeof(word), "-%d", pid);
		file_write(MMS_PROC "/attach", word);
		rounds++;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			pid = sh->target = target_start(mms_next(&seed));
	}
	readers_stop(sh, reader);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	VERDICT(sh);
}

/* one open file, and threads that write queries to it and read from it */
struct crowd {
	int fd;
	volatile int stop;
	pid_t pid;
	long bad, reads;
};

static void *crowd_member(void *arg)
{
	struct crowd *c = arg;
	uint64_t state = seed + (uintptr_t)pthread_self();
	char room[5000];

	while (!c->stop) {
		struct mms_query q = { .size = sizeof(q), .pid = c->pid, .flags = mms_next(&state) % 2 ? MMS_Q_NO_MERGE : 0 };

		if (mms_next(&state) % 8 == 0) {
			if (write(c->fd, &q, sizeof(q)) != sizeof(q))
				__atomic_fetch_add(&c->bad, 1, __ATOMIC_SEQ_CST);
		} else if (read(c->fd, room, 1 + mms_next(&state) % sizeof(room)) < 0) {
			__atomic_fetch_add(&c->bad, 1, __ATOMIC_SEQ_CST);
		}
		__atomic_fetch_add(&c->reads, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

TEST(one_file_for_many)
{
	struct crowd c = { .fd = mms_open("pgtable"), .pid = getpid() };
	struct mms_stream s;
	pthread_t t[4];

	ASSERT_LE(0, c.fd);
	ASSERT_EQ(0, mms_query(c.fd, &(struct mms_query){ 0 }));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&t[i], NULL, crowd_member, &c));
	do {
		sleep(1);
	} while (c.reads <= 10);
	c.stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	EXPECT_EQ(0, c.bad);
	ASSERT_EQ(0, mms_query(c.fd, &(struct mms_query){ 0 }));
	ASSERT_EQ(0, mms_read(c.fd, 4096, &s)) { TH_LOG("%s", s.why); }
	mms_free(&s);
	close(c.fd);
}

/*
 * A target whose mmap_lock somebody holds for writing and does not let go: who reads it waits,
 * and can be killed all the same. The lock is given back only after that.
 */
TEST(killed_while_the_lock_is_held)
{
	static const char *const views[] = { "maps", "pgtable", "entries", "folios", "tables", "summary", "walk" };
	const char *why = mms_kmod_load("mms_test_mmaplock");
	size_t nr = sizeof(views) / sizeof(*views), waiting = 0;
	pid_t target, reader[8];
	char text[16];
	int status;

	if (why)
		SKIP(return, "mms_test_mmaplock: %s", why);
	target = fork();
	if (!target) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	snprintf(text, sizeof(text), "%d", target);
	ASSERT_EQ(0, file_write("/sys/module/mms_test_mmaplock/parameters/pid", text));
	for (size_t i = 0; i < nr; i++) {
		reader[i] = fork();
		if (!reader[i]) {
			struct mms_stream s;

			_exit(mms_get(views[i], &(struct mms_query){ .pid = target, .start = 4096, .end = 8192 }, &s) ? 1 : 0);
		}
	}
	usleep(300000);
	for (size_t i = 0; i < nr; i++) {
		pid_t ended = waitpid(reader[i], &status, WNOHANG);

		if (ended == reader[i])
			reader[i] = 0;	/* a view that needs no lock for this */
		else
			waiting++;
	}
	EXPECT_LE(3, waiting);
	for (size_t i = 0; i < nr; i++) {
		if (!reader[i])
			continue;
		kill(reader[i], SIGKILL);
		/* would hang until the test's timeout if it could not be killed */
		EXPECT_EQ(reader[i], waitpid(reader[i], &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("%s", views[i]);
	}
	EXPECT_EQ(0, file_write("/sys/module/mms_test_mmaplock/parameters/pid", "0"));
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	mms_kmod_unload("mms_test_mmaplock");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "exec")) {
		char *arena = mms_arena_make();

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		mmap(arena, MMS_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (size_t i = 0; i < 512; i += 3)
			arena[i * PAGE] = 1;
		usleep(2000);
		execl("/proc/self/exe", "test_races", "exec", NULL);
		return 1;
	}
	seed = getenv("MMSCOPE_SEED") ? strtoull(getenv("MMSCOPE_SEED"), NULL, 0) : (uint64_t)time(NULL) * 2654435761U | 1;
	if (getenv("MMSCOPE_RACE_SECONDS"))
		seconds = atoi(getenv("MMSCOPE_RACE_SECONDS"));
	return test_harness_run(argc, argv);
}
