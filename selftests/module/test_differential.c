// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope check, the module beside the kernel's own files, over processes that chance has
 * made: those that have come to rest must not differ in anything, those that go on changing
 * only in what check calls a race.
 *
 * MMSCOPE_SEED gives a run again, MMSCOPE_CHECK_ROUNDS lets it have more rounds. A round is
 * TARGETS processes, and the machine as a whole.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include "../lib/mms_test.h"
#include "../lib/mutate.h"
#include "../lib/tool.h"

#define TARGETS 7
#define MOST_CHANGES 300

static uint64_t seed;
static int rounds = 2;

static void map_arena(char *arena)
{
	mmap(arena, MMS_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/*
 * A process that has changed its memory @changes times, or goes on for ever if that is 0; or 0,
 * if it is gone by touching what it has cut off a file.
 */
static pid_t target(uint64_t state, unsigned int changes)
{
	int pipe_fds[2];
	pid_t pid;
	char ready;

	if (pipe(pipe_fds))
		return 0;
	pid = fork();
	if (!pid) {
		char *arena = mms_arena_make();
		int memfd = memfd_create("differential", 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		map_arena(arena);
		for (unsigned int i = 0; !changes || i < changes; i++) {
			mms_mutate(arena, memfd, &state);
			if (!changes && !i && write(pipe_fds[1], "r", 1) != 1)
				_exit(1);
		}
		if (write(pipe_fds[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipe_fds[1]);
	if (read(pipe_fds[0], &ready, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	close(pipe_fds[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* It has ended by itself, by a SIGBUS. Its memory is gone some time before it can be waited for. */
static bool ended(pid_t pid, const char *text)
{
	int tries = strstr(text, "it has ended") || strstr(text, "it is gone") ? 1000 : 1;

	for (int i = 0; i < tries; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

/* clang-format off */
FIXTURE(rounds)
{
};
FIXTURE_SETUP(rounds)
{
}
FIXTURE_TEARDOWN(rounds)
{
}
/* clang-format on */

/* as long as the longest run may take */
#define TIMEOUT (24 * 3600)

/* Targets at rest, and then one that is not */
TEST_F_TIMEOUT(rounds, of_processes, TIMEOUT)
{
	static char text[1 << 16];
	uint64_t state = seed;

	TH_LOG("seed %" PRIu64 ", %d rounds", seed, rounds);
	for (int round = 0; round < rounds; round++) {
		char args[TARGETS * 12] = "";
		pid_t pid[TARGETS];
		int status, n = 0;

		for (int i = 0; i < TARGETS; i++) {
			uint64_t from = mms_next(&state);

			pid[i] = target(from, 1 + mms_next(&state) % MOST_CHANGES);
			if (pid[i])
				n += sprintf(args + n, " %d", pid[i]);
		}
		status = n ? mms_tool(text, sizeof(text), "check%s", args) : 0;
		EXPECT_EQ(0, status) TH_LOG("round %d: %s", round, text);
		if (n)
			EXPECT_NE(NULL, strstr(text, "; 0 differences;")) TH_LOG("round %d: %s", round, text);
		for (int i = 0; i < TARGETS; i++)
			if (pid[i])
				end(pid[i]);

		pid[0] = target(mms_next(&state), 0);
		if (!pid[0])
			continue;
		status = mms_tool(text, sizeof(text), "check %d", pid[0]);
		if (status && ended(pid[0], text))
			continue;
		EXPECT_EQ(0, status) TH_LOG("round %d: %s", round, text);
		end(pid[0]);
	}
}

TEST_F_TIMEOUT(rounds, of_the_machine, TIMEOUT)
{
	static char text[1 << 16];
	uint64_t state = seed + 1;

	for (int round = 0; round < rounds; round++) {
		pid_t pid = target(mms_next(&state), 0);
		int status = mms_tool(text, sizeof(text), "check --system");

		EXPECT_EQ(0, status) TH_LOG("round %d: %s", round, text);
		if (pid)
			end(pid);
	}
}

int main(int argc, char **argv)
{
	seed = getenv("MMSCOPE_SEED") ? strtoull(getenv("MMSCOPE_SEED"), NULL, 0) : (uint64_t)time(NULL) * 2654435761U | 1;
	if (getenv("MMSCOPE_CHECK_ROUNDS"))
		rounds = atoi(getenv("MMSCOPE_CHECK_ROUNDS"));
	return test_harness_run(argc, argv);
}
