// SPDX-License-Identifier: GPL-2.0-only
/* Faults that are known: a prime number of them with each cause, where nothing else is. */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oracle.h"
#include "tracer.h"
#include "uffd.h"

#define PAGE	4096UL
#define HUGE	(2UL << 20)

static volatile char sink;

static char *map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap((void *)MMS_WORK_BASE, len, prot, flags | MAP_FIXED_NOREPLACE, fd, 0);

	if (p != (char *)MMS_WORK_BASE)
		_exit(99);
	return p;
}

static char *map_small(size_t pages, int flags)
{
	char *p = map(pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	return p;
}

static void write_pages(char *p, size_t nr, size_t step)
{
	for (size_t i = 0; i < nr; i++)
		((volatile char *)p)[i * step] = 1;
}

static void read_pages(char *p, size_t nr, size_t step)
{
	for (size_t i = 0; i < nr; i++)
		sink = ((volatile char *)p)[i * step];
}

static int work_anon(void)
{
	write_pages(map_small(31, MAP_PRIVATE), 31, PAGE);
	return 3;
}

static int work_zero(void)
{
	char *p = map_small(29, MAP_PRIVATE);

	read_pages(p, 29, PAGE);
	write_pages(p, 29, PAGE);
	return 0;
}

static int work_kernel(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	return read(fd, map_small(17, MAP_PRIVATE), 17 * PAGE) != 17 * PAGE;
}

static int work_cow(void)
{
	char *p = map_small(23, MAP_PRIVATE);
	pid_t pid;

	/* of a page in the batch of another CPU, a fault makes a copy */
	cpu_pin(-1);
	write_pages(p, 23, PAGE);
	pid = fork();
	if (!pid) {
		write_pages(p, 23, PAGE);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	write_pages(p, 23, PAGE);
	return 0;
}

/* A file of the host's file system, in the page cache or not: then one that nobody runs */
static char *map_file(int flags, bool cached)
{
	int fd = open(cached ? mms_tool_path : "/usr/bin/perl", O_RDONLY);
	static char buf[1 << 20];

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (cached)
		while (read(fd, buf, sizeof(buf)) > 0)
			;
	return map(16 * 16 * PAGE, PROT_READ | (flags & MAP_PRIVATE ? PROT_WRITE : 0), flags, fd);
}

static int work_file(void)
{
	read_pages(map_file(MAP_SHARED, true), 11, 16 * PAGE);
	return 0;
}

static int work_file_read(void)
{
	char *p = map_file(MAP_SHARED, false);

	madvise(p, 16 * 16 * PAGE, MADV_RANDOM);
	read_pages(p, 13, 16 * PAGE);
	return 0;
}

/* From a slow device, whose folder the test has put into the environment */
static int work_file_slow(void)
{
	char path[256], *p;

	snprintf(path, sizeof(path), "%s/file", getenv("MMS_FOLDER"));
	p = map(16 * 16 * PAGE, PROT_READ, MAP_SHARED, open(path, O_RDONLY));
	madvise(p, 16 * 16 * PAGE, MADV_RANDOM);
	read_pages(p, 13, 16 * PAGE);
	return 0;
}

static int work_file_copied(void)
{
	write_pages(map_file(MAP_PRIVATE, true), 17, PAGE);
	return 0;
}

static int work_shmem(void)
{
	write_pages(map_small(41, MAP_SHARED), 41, PAGE);
	return 0;
}

static int work_soft_dirty(void)
{
	char *p = map_small(19, MAP_PRIVATE);
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	write_pages(p, 19, PAGE);
	if (write(fd, "4", 1) != 1)
		return 1;
	write_pages(p, 19, PAGE);
	return 0;
}

static int work_swap(void)
{
	char *p = map_small(43, MAP_PRIVATE);
	unsigned char in[43];

	cpu_pin(-1);
	write_pages(p, 43, PAGE);
	for (int i = 0; i < 100; i++) {
		madvise(p, 43 * PAGE, 21 /* MADV_PAGEOUT */);
		if (!mincore(p, 43 * PAGE, in) && !memchr(in, 1, 43))
			break;
		usleep(10000);
	}
	read_pages(p, 43, PAGE);
	return 0;
}

/*
 * From a file on a slow device, as the only swap there is. What is written to one that is not
 * done at once stays in the swap cache until it is reclaimed: that of a memory cgroup.
 */
static int work_swap_slow(void)
{
	unsigned char in[43];
	char path[256], *p;
	bool out = false;

	snprintf(path, sizeof(path), "%s/swap", getenv("MMS_FOLDER"));
	if (file_write(MMS_WORK_CGROUP "/cgroup.procs", "0") || swapon(path, 0))
		return 1;
	p = map_small(43, MAP_PRIVATE);
	cpu_pin(-1);
	write_pages(p, 43, PAGE);
	madvise(p, 43 * PAGE, 21 /* MADV_PAGEOUT */);
	for (int i = 0; i < 500 && !out; i++) {
		out = !mincore(p, 43 * PAGE, in) && !memchr(in, 1, 43);
		if (!out) {
			usleep(10000);
			file_write(MMS_WORK_CGROUP "/memory.reclaim", "1M");
		}
	}
	read_pages(p, 43, PAGE);
	return swapoff(path) ? 2 : 0;
}

static int work_thp(void)
{
	char *p = map(8 * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(p, 8 * HUGE, MADV_HUGEPAGE);
	write_pages(p, 5, HUGE);
	read_pages(p + 5 * HUGE, 3, HUGE);
	return 0;
}

static int work_hugetlb(void)
{
	write_pages(map(3 * HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, -1), 3, HUGE);
	return 0;
}

static int work_stack(void)
{
	char *p = mmap((void *)(MMS_WORK_BASE + MMS_WORK_ROOM / 2), PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);

	for (int i = 1; i <= 11; i++)
		*(volatile char *)(p - i * PAGE) = 1;
	return 0;
}

static sigjmp_buf back;

static void jump(int sig)
{
	siglongjmp(back, sig);
}

static void try_pages(char *p, size_t nr)
{
	struct sigaction sa = { .sa_handler = jump };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	for (volatile size_t i = 0; i < nr; i++)
		if (!sigsetjmp(back, 1))
			sink = *(volatile char *)(p + i * PAGE);
}

static int work_segv(void)
{
	try_pages(map(13 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1), 13);
	try_pages((char *)MMS_WORK_BASE + 100 * PAGE, 11);
	return 0;
}

static int work_sigbus(void)
{
	int fd = memfd_create("short", 0);

	if (ftruncate(fd, PAGE))
		return 1;
	try_pages(map(8 * PAGE, PROT_READ, MAP_SHARED, fd) + PAGE, 7);
	return 0;
}

static int uffd_open(char *p, size_t len, int mode)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = mode == UFFDIO_REGISTER_MODE_WP ? UFFD_FEATURE_PAGEFAULT_FLAG_WP :
			    mode == UFFDIO_REGISTER_MODE_RWP ? UFFD_FEATURE_RWP : 0,
	};
	struct uffdio_register reg = { .range = { (unsigned long)p, len }, .mode = mode };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		_exit(98);
	return fd;
}

static void *handler(void *arg)
{
	static char page[PAGE] __attribute__((aligned(4096)));
	int fd = *(int *)arg;
	struct uffd_msg msg;

	while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
		unsigned long address = msg.arg.pagefault.address & -PAGE;
		struct uffdio_copy copy = { .dst = address, .src = (unsigned long)page, .len = PAGE };
		struct uffdio_writeprotect wp = { .range = { address, PAGE } };
		struct uffdio_rwprotect rwp = { .range = { address, PAGE } };

		usleep(MMS_WORK_DELAY * 1000);
		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
			ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
		else if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_RWP)
			ioctl(fd, UFFDIO_RWPROTECT, &rwp);
		else
			ioctl(fd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static int work_uffd_missing(void)
{
	char *p = map_small(7, MAP_PRIVATE);
	int fd = uffd_open(p, 7 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	pthread_t thread;

	pthread_create(&thread, NULL, handler, &fd);
	read_pages(p, 7, PAGE);
	return 0;
}

static int work_uffd_wp(void)
{
	char *p = map_small(5, MAP_PRIVATE);
	struct uffdio_writeprotect wp = { .range = { MMS_WORK_BASE, 5 * PAGE }, .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	pthread_t thread;
	int fd;

	write_pages(p, 5, PAGE);
	fd = uffd_open(p, 5 * PAGE, UFFDIO_REGISTER_MODE_WP);
	if (ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
		return 98;
	pthread_create(&thread, NULL, handler, &fd);
	write_pages(p, 5, PAGE);
	return 0;
}

static int work_uffd_rwp(void)
{
	char *p = map_small(3, MAP_PRIVATE);
	struct uffdio_rwprotect rwp = { .range = { MMS_WORK_BASE, 3 * PAGE }, .mode = UFFDIO_RWPROTECT_MODE_RWP };
	pthread_t thread;
	int fd;

	write_pages(p, 3, PAGE);
	fd = uffd_open(p, 3 * PAGE, UFFDIO_REGISTER_MODE_RWP);
	if (ioctl(fd, UFFDIO_RWPROTECT, &rwp))
		return 98;
	pthread_create(&thread, NULL, handler, &fd);
	read_pages(p, 3, PAGE);
	return 0;
}

/* The process's own faults as perf counts them. */
static int count_faults(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_PAGE_FAULTS,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

/*
 * getrusage() and perf have to count as many, /proc/vmstat as many at least, as it counts
 * those of others: else it ends with 1, 2 or 3.
 */
static int work_many(void)
{
	char *p = map_small(10007, MAP_PRIVATE);
	struct rusage before, after;
	uint64_t faults, more;
	long pgfault;
	int fd = count_faults();

	getrusage(RUSAGE_SELF, &before);
	getrusage(RUSAGE_SELF, &after);	/* its page is there now */
	if (read(fd, &faults, sizeof(faults)) < 0 || read(fd, &more, sizeof(more)) < 0)
		return 2;
	pgfault = file_number("/proc/vmstat", "pgfault");
	getrusage(RUSAGE_SELF, &before);
	if (read(fd, &faults, sizeof(faults)) < 0)
		return 2;
	write_pages(p, 10007, PAGE);
	if (read(fd, &more, sizeof(more)) < 0 || more - faults != 10007)
		return 2;
	getrusage(RUSAGE_SELF, &after);
	if (after.ru_minflt - before.ru_minflt != 10007)
		return 1;
	return file_number("/proc/vmstat", "pgfault") - pgfault < 10007 ? 3 : 0;
}

static void *work_one_of_many(void *at)
{
	write_pages(at, MMS_WORK_CONTENDED / MMS_WORK_THREADS, PAGE);
	return NULL;
}

/* More threads than CPUs, all in faults at once */
static int work_contended(void)
{
	char *p = map_small(MMS_WORK_CONTENDED, MAP_PRIVATE);
	pthread_t thread[MMS_WORK_THREADS];

	for (int i = 0; i < MMS_WORK_THREADS; i++, p += MMS_WORK_CONTENDED / MMS_WORK_THREADS * PAGE)
		if (pthread_create(&thread[i], NULL, work_one_of_many, p))
			return 1;
	for (int i = 0; i < MMS_WORK_THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

const struct mms_workload mms_fault_workloads[] = {
	{ "anon", work_anon }, { "zero", work_zero }, { "kernel", work_kernel }, { "cow", work_cow },
	{ "file", work_file }, { "file_read", work_file_read }, { "file_slow", work_file_slow },
	{ "file_copied", work_file_copied },
	{ "shmem", work_shmem }, { "soft_dirty", work_soft_dirty }, { "swap", work_swap },
	{ "swap_slow", work_swap_slow },
	{ "thp", work_thp }, { "hugetlb", work_hugetlb }, { "stack", work_stack },
	{ "segv", work_segv }, { "sigbus", work_sigbus }, { "uffd_missing", work_uffd_missing },
	{ "uffd_wp", work_uffd_wp }, { "uffd_rwp", work_uffd_rwp }, { "many", work_many },
	{ "contended", work_contended }, { NULL, NULL },
};
