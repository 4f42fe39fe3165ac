// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope tlb, which asks a BPF program and no module: what it says of a process
 * whose CPUs and flushes are known. The module's summary is the second witness.
 */
#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define FLUSHES	31
#define PAGES	(2 * FLUSHES)

/* What the target and its test tell each other. */
struct shared {
	volatile int ready;	/* 1: at rest */
	volatile int flush;	/* test: do them */
	volatile int flushed;
	volatile int awake;
	volatile unsigned long spins;
};

static struct shared *sh;
static int wake[2];	/* a pipe: a byte in it wakes the sleeper */

static void pin(int cpu)
{
	if (cpu_pin(cpu))
		_exit(1);
}

/* Each takes the right to write from a page that was written to: one flush. */
static void flush(char *pages)
{
	for (int i = 0; i < FLUSHES; i++)
		if (mprotect(pages + 2 * i * PAGE, PAGE, PROT_READ))
			_exit(1);
}

static char *written_pages(void)
{
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || madvise(pages, PAGES * PAGE, MADV_NOHUGEPAGE))
		_exit(1);
	memset(pages, 1, PAGES * PAGE);
	return pages;
}

/* Spins on CPU 1; flushes when told to. */
static void spinner(void)
{
	char *pages = written_pages();

	pin(1);
	sh->ready = 1;
	for (;;) {
		sh->spins++;
		if (sh->flush && !sh->flushed) {
			flush(pages);
			sh->flushed = 1;
		}
	}
}

/* Sleeps on CPU 1, so that the CPU idles on borrowed page tables */
static void *sleeper(void *unused)
{
	char byte;

	pin(1);
	sh->ready = 1;
	if (read(wake[0], &byte, 1) != 1)
		_exit(1);
	sh->awake = 1;
	for (;;)
		sh->spins++;
	return NULL;
}

/* ... while the first thread flushes on CPU 0. */
static void borrower(void)
{
	char *pages = written_pages();
	pthread_t thread;

	pin(0);
	if (pthread_create(&thread, NULL, sleeper, NULL))
		_exit(1);
	while (!sh->flush)
		usleep(1000);
	flush(pages);
	sh->flushed = 1;
	for (;;)
		pause();
}

static bool wait_for(volatile int *what)
{
	for (int i = 0; i < 10000 && !*what; i++)
		usleep(1000);
	return *what;
}

static pid_t start(void (*target)(void))
{
	pid_t pid;

	memset(sh, 0, sizeof(*sh));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		target();
		_exit(1);
	}
	return wait_for(&sh->ready) ? pid : -1;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define tool(text, size, format, ...) mms_tool(text, size, "tlb " format, ##__VA_ARGS__)

struct row {
	int there, mask, raced;
	char loaded[8], lazy[8];
	long asid, tlb_gen, behind, mm_tlb_gen;	/* -1: does not apply */
};

/* What the tool says of both CPUs; its exit status */
static int look(pid_t pid, struct row ret[2], char *text, size_t size)
{
	char asid[24], tlb_gen[24], behind[24], mask[8], raced[8];
	int err = tool(text, size, "-n -r -o cpu,loaded,lazy,mask,asid,tlb_gen,behind,mm_tlb_gen,raced %d", pid);
	struct row r;
	int cpu;

	memset(ret, 0, 2 * sizeof(*ret));
	for (char *line = strtok(text, "\n"); line && !err; line = strtok(NULL, "\n")) {
		r.there = 1;
		if (sscanf(line, "%d %7s %7s %7s %23s %23s %23s %ld %7s", &cpu, r.loaded, r.lazy, mask, asid, tlb_gen, behind,
			   &r.mm_tlb_gen, raced) != 9 || cpu < 0 || cpu > 1)
			return -1;
		r.mask = !strcmp(mask, "yes");
		r.raced = !strcmp(raced, "yes");
		r.asid = *asid == '-' ? -1 : atol(asid);
		r.tlb_gen = *tlb_gen == '-' ? -1 : atol(tlb_gen);
		r.behind = *behind == '-' ? -1 : atol(behind);
		ret[cpu] = r;
	}
	return err;
}

/* The same of one that spins on CPU 1, when no kernel thread runs there in its place, on its page tables */
static int look_at_spinner(pid_t pid, struct row ret[2], char *text, size_t size)
{
	int err;

	for (int i = 0; i < 20; i++) {
		err = look(pid, ret, text, size);
		if (err || strcmp(ret[1].lazy, "yes"))
			break;
	}
	return err;
}

static long module_tlb_gen(struct __test_metadata *_metadata, pid_t pid)
{
	struct mms_stream s;
	long gen = -1;

	mms_get("summary", &(struct mms_query){ .pid = pid }, &s);
	if (s.rows)
		gen = ((const struct mms_summary_rec *)s.row[0])->tlb_gen;
	mms_free(&s);
	return gen;
}

/* All processes but kernel threads, which borrow page tables and bring none */
static void move_all(int cpus)
{
	DIR *proc = opendir("/proc");
	char path[300], exe[2];
	struct dirent *d;
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < cpus; cpu++)
		CPU_SET(cpu, &set);
	while (proc && (d = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/exe", d->d_name);
		if (atoi(d->d_name) > 0 && readlink(path, exe, sizeof(exe)) > 0)
			sched_setaffinity(atoi(d->d_name), sizeof(set), &set);
	}
	closedir(proc);
}

/* CPU 1 is the targets' alone. NUMA balancing takes rights away from time to time, which is a flush. */
FIXTURE(tlb)
{
	char text[65536];
	char *balancing;
};

FIXTURE_SETUP(tlb)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
	if (sysconf(_SC_NPROCESSORS_ONLN) != 2)
		SKIP(return, "it needs two CPUs");
	self->balancing = file_text("/proc/sys/kernel/numa_balancing", NULL);
	file_write("/proc/sys/kernel/numa_balancing", "0");
	move_all(1);
}

FIXTURE_TEARDOWN(tlb)
{
	move_all(2);
	if (self->balancing)
		file_write("/proc/sys/kernel/numa_balancing", self->balancing);
	free(self->balancing);
}

TEST_F(tlb, loaded_where_it_spins)
{
	struct row row[2];
	pid_t pid = start(spinner);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, look_at_spinner(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
	EXPECT_TRUE(row[1].there);
	EXPECT_STREQ("yes", row[1].loaded);
	EXPECT_STREQ("no", row[1].lazy);
	EXPECT_TRUE(row[1].mask);
	EXPECT_EQ(0, row[1].behind);
	EXPECT_EQ(0, row[1].raced);
	EXPECT_LE(0, row[1].asid);
	EXPECT_GE(5, row[1].asid);
	/* The other CPU may still be in the mask, or have a slot from before: but it runs this test. */
	if (row[0].there) {
		EXPECT_STREQ("no", row[0].loaded);
	}
	stop(pid);
}

TEST_F(tlb, counts_flushes)
{
	long before, after;
	struct row row[2];
	pid_t pid = start(spinner);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, look_at_spinner(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
	before = row[1].tlb_gen;
	EXPECT_LT(0, before);
	EXPECT_EQ(before, row[1].mm_tlb_gen);
	EXPECT_EQ(before, module_tlb_gen(_metadata, pid));
	sh->flush = 1;
	ASSERT_TRUE(wait_for(&sh->flushed));
	ASSERT_EQ(0, look_at_spinner(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
	after = row[1].tlb_gen;
	EXPECT_EQ(before + FLUSHES, after);
	EXPECT_EQ(after, row[1].mm_tlb_gen);
	EXPECT_EQ(after, module_tlb_gen(_metadata, pid));
	stop(pid);
}

/*
 * A CPU that idles on borrowed page tables is spared the interrupts: it falls
 * behind by each flush, and catches up when a thread runs there again. Somebody
 * else may want that CPU in between, so there are some tries.
 */
TEST_F(tlb, falls_behind_while_lazy)
{
	bool seen = false;
	struct row row[2];
	long before;

	for (int i = 0; i < 10 && !seen; i++) {
		pid_t pid = start(borrower);

		ASSERT_LT(0, pid);
		usleep(200000);
		ASSERT_EQ(0, look(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
		before = row[1].tlb_gen;
		seen = row[1].there && !strcmp(row[1].loaded, "yes") && !strcmp(row[1].lazy, "yes");
		sh->flush = 1;
		ASSERT_TRUE(wait_for(&sh->flushed));
		ASSERT_EQ(0, look(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
		seen = seen && !sh->awake && row[1].there && !strcmp(row[1].lazy, "yes") && row[1].tlb_gen == before;
		if (seen) {
			EXPECT_EQ(FLUSHES, row[1].behind);
			EXPECT_EQ(before + FLUSHES, row[1].mm_tlb_gen);
			EXPECT_EQ(before + FLUSHES, module_tlb_gen(_metadata, pid));
			ASSERT_EQ(1, write(wake[1], "", 1));
			ASSERT_TRUE(wait_for(&sh->awake));
			ASSERT_EQ(0, look_at_spinner(pid, row, self->text, sizeof(self->text))) { TH_LOG("%s", self->text); }
			EXPECT_STREQ("no", row[1].lazy);
			EXPECT_EQ(0, row[1].behind);
			EXPECT_EQ(before + FLUSHES, row[1].tlb_gen);
		}
		stop(pid);
	}
	EXPECT_TRUE(seen);
}

TEST_F(tlb, needs_no_module_and_agrees_with_it)
{
	const struct mms_summary_rec *r;
	struct mms_stream s;
	char want[64];

	GET("summary", (&(struct mms_query){ .pid = fx->pid }), &s);
	r = s.row[0];
	ASSERT_EQ(0, tool(self->text, sizeof(self->text), "--json %d", fx->pid)) { TH_LOG("%s", self->text); }
	EXPECT_TRUE(strstr(self->text, "\"source\":\"bpf\""));
	snprintf(want, sizeof(want), "\"ctx_id\":%llu,", (unsigned long long)r->ctx_id);
	EXPECT_TRUE(strstr(self->text, want)) { TH_LOG("not %s: %s", want, self->text); }
	snprintf(want, sizeof(want), "\"tlb_gen\":%llu,\"online\":2,\"mask\":%u,", (unsigned long long)r->tlb_gen, r->nr_cpus);
	EXPECT_TRUE(strstr(self->text, want)) { TH_LOG("not %s: %s", want, self->text); }
	mms_free(&s);
}

/* Without BTF: the module's part of it, the rest n/a, with the reason */
TEST_F(tlb, without_btf_says_why)
{
	pid_t pid = start(spinner);
	int status;

	ASSERT_LT(0, pid);
	if (!fork()) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("/dev/null", "/sys/kernel/btf/vmlinux", NULL, MS_BIND, NULL))
			_exit(1);
		if (tool(self->text, sizeof(self->text), "%d", pid))
			_exit(2);
		_exit(strstr(self->text, "CONFIG_DEBUG_INFO_BTF") && strstr(self->text, "\n  1 n/a    n/a  yes") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
	stop(pid);
}

TEST_F(tlb, refuses_who_may_not)
{
	int status;

	if (!fork()) {
		if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		if (tool(self->text, sizeof(self->text), "1") != 4)
			_exit(2);
		_exit(strstr(self->text, "CAP_BPF") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(tlb, says_what_is_no_process)
{
	pid_t zombie;

	EXPECT_EQ(1, tool(self->text, sizeof(self->text), "4194303"));
	EXPECT_TRUE(strstr(self->text, "no process 4194303"));
	EXPECT_EQ(1, tool(self->text, sizeof(self->text), "2"));
	EXPECT_TRUE(strstr(self->text, "2 (kthreadd) is a kernel thread"));
	zombie = fork();
	if (!zombie)
		_exit(0);
	usleep(100000);
	EXPECT_EQ(1, tool(self->text, sizeof(self->text), "%d", zombie));
	EXPECT_TRUE(strstr(self->text, "has exited")) { TH_LOG("%s", self->text); }
	waitpid(zombie, NULL, 0);
	/* one that is there is shown all the same */
	EXPECT_EQ(1, tool(self->text, sizeof(self->text), "2 1"));
	EXPECT_TRUE(strstr(self->text, "All CPUs")) { TH_LOG("%s", self->text); }
	EXPECT_EQ(2, tool(self->text, sizeof(self->text), "x"));
}

/* Programs and maps of ours that the kernel has: their names are the program's. */
static int left(void)
{
	FILE *f = popen("(bpftool prog list; bpftool map list) 2>/dev/null | grep -cE 'name (tlb|cpus|tlb.bss)( |$)'", "r");
	int n = -1;

	if (!f || fscanf(f, "%d", &n) != 1)
		n = -1;
	pclose(f);
	return n;
}

TEST_F(tlb, leaves_nothing)
{
	int n = -1;

	if (system("command -v bpftool >/dev/null"))
		SKIP(return, "there is no bpftool");
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, tool(self->text, sizeof(self->text), "1"));
	}
	/* what is freed is freed after a grace period */
	for (int i = 0; i < 50 && n; i++) {
		n = left();
		usleep(100000);
	}
	EXPECT_EQ(0, n);
}

int main(int argc, char **argv)
{
	fx = fx_start();
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pipe(wake))
		return 1;
	return test_harness_run(argc, argv);
}
