// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process whose memory is known: regions of every kind a page table can
 * hold, each with a prime count of pages. It prints one line for each
 *
 *	region NAME START LENGTH key=value...
 *	skip NAME why it is not there
 *
 * (the keys are those of struct fx_region), then "ready", and then does what
 * the lines on its stdin say, answering each with "ok ..." or "error ...".
 * It changes no setting of the system; it uses what fx_start() has set.
 */
#include "fixture.h"

const char *dir = "/run/mmscope-fixture";

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}
/* ---- places ------------------------------------------------------------- */

static struct { char name[32]; char *start; size_t len; } regions[64];
static int nr_regions;

void region(const char *name, char *start, size_t len, const char *format, ...)
{
	char keys[200];
	va_list args;

	va_start(args, format);
	vsnprintf(keys, sizeof(keys), format, args);
	va_end(args);
	snprintf(regions[nr_regions].name, sizeof(regions[0].name), "%s", name);
	regions[nr_regions].start = start;
	regions[nr_regions++].len = len;
	say("region %s 0x%lx %zu %s", name, (unsigned long)start, len, keys);
}

/* an address with len bytes free, aligned, and with a hole on either side */
char *place(size_t len, size_t align)
{
	size_t room = len + align + 2 * PAGE;
	char *all = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		return NULL;
	munmap(all, room);
	return (char *)(((uintptr_t)all + PAGE + align - 1) & ~(align - 1));
}

char *map(size_t len, size_t align, int prot, int flags, int fd, off_t offset)
{
	char *at = place(len, align), *got;

	if (!at)
		return NULL;
	got = mmap(at, len, prot, flags | MAP_FIXED_NOREPLACE, fd, offset);
	return got == MAP_FAILED ? NULL : got;
}

char *map_anon(size_t pages)
{
	char *at = map(pages * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!at) {
		say("error no memory for %zu pages", pages);
		exit(1);
	}
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return at;
}

/* writes to each page; no two pages of the process are the same */
void fill(char *at, size_t pages)
{
	static uint64_t seed = 88172645463325252ULL;

	for (size_t i = 0; i < pages; i++) {
		uint64_t *word = (uint64_t *)(at + i * PAGE);

		for (size_t j = 0; j < PAGE / 8; j++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			word[j] = seed;
		}
	}
}

void dirty(char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(at + i * PAGE) = (char)(i + 1);
}

static volatile char sink;
void look(char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		sink = *(volatile char *)(at + i * PAGE);
}

size_t count_pagemap(char *at, size_t pages, uint64_t bit)
{
	uint64_t *entry = calloc(pages, sizeof(*entry));
	size_t n = 0;

	pagemap_read(getpid(), (uint64_t)at, pages, entry);
	for (size_t i = 0; i < pages; i++)
		n += !!(entry[i] & bit);
	free(entry);
	return n;
}

/* how many kB of a field smaps counts for the VMA at an address */
uint64_t smaps_of(char *at, const char *field)
{
	const struct smaps_vma *vma;
	struct smaps smaps;
	uint64_t value = 0;

	if (smaps_read(getpid(), "smaps", &smaps))
		return 0;
	vma = smaps_find(&smaps, (uint64_t)at);
	if (vma)
		value = smaps_field(vma, field, 0);
	smaps_free(&smaps);
	return value;
}

/* ---- commands ------------------------------------------------------------ */

static void *thread(void *arg)
{
	volatile pid_t *tid = arg;

	__atomic_store_n(tid, gettid(), __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return NULL;
}

/* A file as this process reads it; its memory is not changed by that. */
static int copy(const char *from, const char *to)
{
	static char data[16 * PAGE] __attribute__((aligned(PAGE)));
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;
	int err;

	dirty(data, sizeof(data) / PAGE);	/* there before the first read */
	while (n > 0) {
		n = read(in, data, sizeof(data));
		if (n > 0 && write(out, data, n) != n)
			n = -1;
	}
	err = n < 0 ? errno : 0;
	close(in);
	close(out);
	return err;
}

static void command(char *line)
{
	char *word = strtok(line, " \n"), *name = strtok(NULL, " \n"), *second = strtok(NULL, " \n");
	char *start = NULL;
	size_t len = 0;
	int err = 0;
	pid_t pid;

	for (int i = 0; name && i < nr_regions; i++) {
		if (!strcmp(regions[i].name, name)) {
			start = regions[i].start;
			len = regions[i].len;
		}
	}
	if (!word) {
		say("error nothing to do");
		return;
	} else if (!strcmp(word, "exit")) {
		exit(0);
	} else if (!strcmp(word, "exec")) {
		execl("/proc/self/exe", "fixture", "idle", NULL);
		err = errno;
	} else if (!strcmp(word, "thread")) {
		static volatile pid_t tid;
		pthread_t t;

		tid = 0;
		err = pthread_create(&t, NULL, thread, (void *)&tid);
		while (!err && !__atomic_load_n(&tid, __ATOMIC_SEQ_CST))
			usleep(1000);
		if (!err) {
			say("ok %d", tid);
			return;
		}
	} else if (!strcmp(word, "fork") || !strcmp(word, "zombie")) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (*word == 'z')
				_exit(0);
			for (;;)
				pause();
		}
		if (*word == 'z')
			waitid(P_PID, pid, NULL, WEXITED | WNOWAIT);
		say("ok %d", pid);
		return;
	} else if (!strcmp(word, "copy") && second) {
		err = copy(name, second);
	} else if (!strcmp(word, "reap")) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	} else if (!start) {
		say("error %s: no such region or command", name ? name : word);
		return;
	} else if (!strcmp(word, "unmap")) {
		err = munmap(start, len) ? errno : 0;
	} else if (!strcmp(word, "write")) {
		dirty(start, len / PAGE);
	} else if (!strcmp(word, "read")) {
		look(start, len / PAGE);
	} else if (!strcmp(word, "split")) {
		err = madvise(start + PAGE, PAGE, MADV_DONTNEED) ? errno : 0;
	} else if (!strcmp(word, "collapse")) {
		err = madvise(start, len, MADV_COLLAPSE) ? errno : 0;
	} else if (!strcmp(word, "pageout")) {
		err = madvise(start, len, MADV_PAGEOUT) ? errno : 0;
	} else if (!strcmp(word, "drop")) {
		err = madvise(start, len, MADV_DONTNEED) ? errno : 0;
	} else {
		err = EINVAL;
	}
	if (err)
		say("error %s", strerror(err));
	else
		say("ok");
}

int main(int argc, char **argv)
{
	char line[200];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && argv[1][0] == '/')
		dir = argv[1];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc < 2 || strcmp(argv[1], "idle")) {
		/* what make_soft_dirty() writes is what make_swap() wants out */
		cpu_pin(-1);
		make_cow();
		make_anon();
		make_thp();
		make_hugetlb();
		make_files();
		make_shmem();
		make_ksm();
		make_states();
		make_uffd();
		make_uffd_rwp();
		make_device();
		make_vmas();
		make_special();
		make_soft_dirty();
		make_swap();
	}
	say("ready");
	while (fgets(line, sizeof(line), stdin))
		command(line);
	return 0;
}
