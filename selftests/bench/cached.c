// SPDX-License-Identifier: GPL-2.0-only
/* Files in the page cache, and mincore() over each of them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

struct cached cached_make(size_t files, size_t pages)
{
	struct rlimit limit;
	struct cached c = { calloc(files, sizeof(int)), files, pages };
	char *page = buffer(PAGE);
	size_t i, j, n;

	if (!c.fd || getrlimit(RLIMIT_NOFILE, &limit))
		die("no room for %zu files: %m", files);
	/* never less: what is measured later may need more */
	if (limit.rlim_cur < files + 64)
		limit.rlim_cur = files + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("no room for %zu files: %m", files);
	memset(page, 'x', PAGE);
	for (i = 0; i < files; i++) {
		/* as even as it goes */
		n = pages / files + (i < pages % files);
		c.fd[i] = memfd_create("bench", MFD_CLOEXEC);
		for (j = 0; j < n; j++)
			if (c.fd[i] < 0 || pwrite(c.fd[i], page, PAGE, j * PAGE) != (ssize_t)PAGE)
				die("no file to be cached: %m");
	}
	munmap(page, PAGE);
	return c;
}

void cached_drop(struct cached *c)
{
	size_t i;

	for (i = 0; i < c->files; i++)
		close(c->fd[i]);
	free(c->fd);
}

void cached_mincore(void *arg)
{
	static unsigned char *there;
	struct cached *c = arg;
	struct stat st;
	size_t i;
	void *p;

	if (!there)
		there = buffer(c->pages);
	for (i = 0; i < c->files; i++) {
		if (fstat(c->fd[i], &st))
			die("fstat: %m");
		p = mmap(NULL, st.st_size, PROT_NONE, MAP_SHARED, c->fd[i], 0);
		if (p == MAP_FAILED || mincore(p, st.st_size, there))
			die("mincore: %m");
		munmap(p, st.st_size);
	}
}
