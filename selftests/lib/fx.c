// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fx.h"
#include "oracle.h"

#define RAMFS "/run/mmscope-fixture"

/* What the fixture needs of the system, and what keeps it quiet once it is up. */
static void settings(bool before)
{
	if (before) {
		mkdir(RAMFS, 0700);
		if (access(RAMFS "/mounted", F_OK) && !mount("none", RAMFS, "ramfs", 0, NULL))
			mkdir(RAMFS "/mounted", 0700);
		file_write("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
		file_write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise");
		file_write("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "madvise");
		file_write("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "1000000000");
		file_write("/sys/kernel/mm/ksm/pages_to_scan", "1000");
		file_write("/sys/kernel/mm/ksm/sleep_millisecs", "10");
		file_write("/sys/kernel/mm/ksm/use_zero_pages", "0");
		file_write("/sys/kernel/mm/ksm/run", "1");
		file_write("/proc/sys/kernel/numa_balancing", "0");
	} else {
		file_write("/sys/kernel/mm/ksm/run", "0");
		/* pages that wait to be put on their LRU list have one reference more: this drains them */
		file_write("/proc/sys/vm/stat_refresh", "1");
	}
}

static void parse_region(struct fx *fx, char *line)
{
	struct fx_region *r = &fx->region[fx->regions++];
	char *save = NULL, *word, *value;

	*r = (struct fx_region){ .kind = -1, .order = -1, .mapcount = -1, .count = -1, .written = -1,
				 .uffd = -1, .dirty = -1, .swap_dirty = -1, .pkey = -1 };
	strtok_r(line, " ", &save);
	snprintf(r->name, sizeof(r->name), "%s", strtok_r(NULL, " ", &save));
	r->start = strtoull(strtok_r(NULL, " ", &save), NULL, 0);
	r->len = strtoull(strtok_r(NULL, " ", &save), NULL, 0);
	while ((word = strtok_r(NULL, " ", &save))) {
		value = strchr(word, '=');
		if (!value)
			continue;
		*value++ = 0;
		if (!strcmp(word, "kind"))
			r->kind = atoi(value);
		else if (!strcmp(word, "level"))
			r->level = atoi(value);
		else if (!strcmp(word, "count"))
			r->count = atol(value);
		else if (!strcmp(word, "order"))
			r->order = atoi(value);
		else if (!strcmp(word, "mapcount"))
			r->mapcount = atol(value);
		else if (!strcmp(word, "set"))
			r->set = strtoull(value, NULL, 0);
		else if (!strcmp(word, "clear"))
			r->clear = strtoull(value, NULL, 0);
		else if (!strcmp(word, "written"))
			r->written = atol(value);
		else if (!strcmp(word, "uffd"))
			r->uffd = atol(value);
		else if (!strcmp(word, "dirty"))
			r->dirty = atol(value);
		else if (!strcmp(word, "swap_dirty"))
			r->swap_dirty = atol(value);
		else if (!strcmp(word, "pkey"))
			r->pkey = atol(value);
		else if (!strcmp(word, "phys"))
			r->phys = strtoull(value, NULL, 0);
		else if (!strcmp(word, "sparse"))
			r->sparse = atol(value);
		else if (!strcmp(word, "vmflag"))
			snprintf(r->vmflag, sizeof(r->vmflag), "%s", value);
	}
}

/* The fixture did not come up, and said @line last or nothing. */
static _Noreturn void not_ready(struct fx *fx, const char *line)
{
	int status = 0;

	if (line) {
		printf("Bail out! the fixture said: %s\n", line);
		exit(1);
	}
	waitpid(fx->pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("Bail out! the fixture was killed by signal %d\n", WTERMSIG(status));
	else
		printf("Bail out! the fixture ended with status %d\n", WEXITSTATUS(status));
	exit(1);
}

static struct fx *start(const char *mode)
{
	struct fx *fx = calloc(1, sizeof(*fx));
	int to[2], from[2];
	char line[400], path[300];
	ssize_t len;
	char *name;

	if (pipe2(to, 02000000) || pipe2(from, 02000000))
		abort();
	len = readlink("/proc/self/exe", path, sizeof(path) - 20);
	if (len < 0)
		abort();
	path[len] = 0;
	name = strrchr(path, '/');
	strcpy(name ? name + 1 : path, "fixture");
	fflush(stdout);
	fx->pid = fork();
	if (!fx->pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(path, "fixture", mode, NULL);
		dprintf(1, "%s: %s\n", path, strerror(errno));
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	fx->in = fdopen(to[1], "w");
	fx->out = fdopen(from[0], "r");
	while (fgets(line, sizeof(line), fx->out)) {
		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "ready"))
			return fx;
		if (!strncmp(line, "region ", 7) && fx->regions < FX_REGIONS)
			parse_region(fx, line);
		else if (sscanf(line, "child %d", &fx->child) == 1)
			continue;
		else if (sscanf(line, "skip %31s %159[^\n]", fx->skip[fx->skips].name, fx->skip[fx->skips].why) == 2)
			fx->skips++;
		else
			break;
	}
	not_ready(fx, feof(fx->out) ? NULL : line);
}

struct fx *fx_start(void)
{
	struct fx *fx;

	settings(true);
	fx = start(RAMFS);
	settings(false);
	return fx;
}

struct fx *fx_start_idle(void)
{
	return start("idle");
}

void fx_stop(struct fx *fx)
{
	fclose(fx->in);
	fclose(fx->out);
	kill(fx->pid, SIGKILL);
	waitpid(fx->pid, NULL, 0);
	free(fx);
}

const struct fx_region *fx_region(const struct fx *fx, const char *name, const char **ret_why)
{
	*ret_why = "the fixture has no such region";
	for (int i = 0; i < fx->regions; i++)
		if (!strcmp(fx->region[i].name, name))
			return &fx->region[i];
	for (int i = 0; i < fx->skips; i++)
		if (!strcmp(fx->skip[i].name, name))
			*ret_why = fx->skip[i].why;
	return NULL;
}

const char *fx_command(struct fx *fx, const char *format, ...)
{
	static char line[400];
	va_list args;

	va_start(args, format);
	vfprintf(fx->in, format, args);
	va_end(args);
	fputc('\n', fx->in);
	fflush(fx->in);
	if (!fgets(line, sizeof(line), fx->out))
		return "error it is gone";
	line[strcspn(line, "\n")] = 0;
	return line;
}
