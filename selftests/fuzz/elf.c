// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs and libraries of processes: the input is a file that one has mapped. Where its functions are, for
 * uprobes, and what its addresses are called, with the lines.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"
#include "tracer/symbols.h"
#include "tracer/uprobes.h"

/* elfutils open it by its name. */
static char path[] = "/tmp/mmscope-fuzz-XXXXXX";

static void remove_file(void)
{
	unlink(path);
}

static int file(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = mkstemp(path);
		atexit(remove_file);
	}
	return fd;
}

static void names(const uint8_t *data, size_t size, uint64_t base)
{
	struct mms_namer *namer = mms_namer_create();
	const Elf64_Ehdr *eh = (const void *)data;
	uint64_t at;

	if (size >= sizeof(*eh))
		mms_namer_find(namer, getpid(), base + eh->e_entry % size, false, NULL);
	for (at = 0; at < size && at < 16 * 512; at += 512)
		mms_namer_find(namer, getpid(), base + at, false, NULL);
	mms_namer_destroy(namer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = { "malloc", "free", "mmap", "fixture_function" };
	u64 offsets[4];
	bool alone;
	void *base;
	int fd = file();

	if (!size || fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	mms_functions_find(fd, true, wanted, 4, offsets, &alone);
	mms_functions_find(fd, false, wanted, 4, offsets, &alone);
	base = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (base == MAP_FAILED)
		return 0;
	names(data, size, (uint64_t)(uintptr_t)base);
	munmap(base, size);
	return 0;
}
