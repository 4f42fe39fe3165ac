// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

char *file_text(const char *path, size_t *ret_len)
{
	size_t size = 1 << 16, len = 0;
	char *text;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	text = malloc(size + 1);
	while ((n = read(fd, text + len, size - len)) > 0) {
		len += n;
		if (len == size)
			text = realloc(text, (size *= 2) + 1);
	}
	if (n < 0) {
		int err = errno;

		free(text);
		close(fd);
		errno = err;
		return NULL;
	}
	close(fd);
	text[len] = 0;
	if (ret_len)
		*ret_len = len;
	return text;
}

char *pid_text(pid_t pid, const char *file, size_t *ret_len)
{
	char path[100];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return file_text(path, ret_len);
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

int cpu_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? sched_getcpu() : cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

void file_change(const char *path, const char *text, char *ret_was, size_t size)
{
	int fd = ret_was ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, ret_was, size - 1);

	if (fd >= 0)
		close(fd);
	if (ret_was)
		ret_was[n < 0 ? 0 : n] = '\0';
	if (*text)
		file_write(path, text);
}

long file_number(const char *path, const char *word)
{
	char line[256], name[128];
	FILE *f = fopen(path, "re");
	long value, found = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%127s %ld", name, &value) == 2 && !strcmp(name, word))
			found = value;
	if (f)
		fclose(f);
	return found;
}

uint64_t kernel_symbol(const char *name)
{
	char line[300], found[200];
	uint64_t address, value = 0;
	FILE *f = fopen("/proc/kallsyms", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 " %*c %199s", &address, found) == 2 && !strcmp(found, name)) {
			value = address;
			break;
		}
	if (f)
		fclose(f);
	return value;
}

void pagemap_read(pid_t pid, uint64_t start, size_t pages, uint64_t *ret)
{
	size_t want = pages * sizeof(*ret), got = 0;
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	while (got < want) {
		n = pread(fd, (char *)ret + got, want - got, start / 4096 * 8 + got);
		if (n < 0)
			die(path);
		if (!n)
			break;
		got += n;
	}
	memset((char *)ret + got, 0, want - got);
	close(fd);
}

/* The files are opened once: they belong to no process. */
static uint64_t kpage(const char *path, int *fd, uint64_t pfn)
{
	uint64_t value;

	if (*fd < 0)
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		die(path);
	if (pread(*fd, &value, sizeof(value), pfn * sizeof(value)) != sizeof(value))
		return KPAGE_NONE;
	return value;
}

uint64_t kpageflags(uint64_t pfn)
{
	static int fd = -1;

	return kpage("/proc/kpageflags", &fd, pfn);
}

uint64_t kpagecount(uint64_t pfn)
{
	static int fd = -1;

	return kpage("/proc/kpagecount", &fd, pfn);
}

uint64_t kpagecgroup(uint64_t pfn)
{
	static int fd = -1;

	return kpage("/proc/kpagecgroup", &fd, pfn);
}

static bool kpage_is(uint64_t pfn, int bit)
{
	uint64_t flags = kpageflags(pfn);

	return flags != KPAGE_NONE && flags >> bit & 1;
}

void kpage_compound(uint64_t pfn, unsigned int *ret_order, uint64_t *ret_place)
{
	uint64_t head = pfn, size = 1;
	unsigned int order = 0;

	while (kpage_is(head, KPF_COMPOUND_TAIL))
		head--;
	if (kpage_is(head, KPF_COMPOUND_HEAD)) {
		/* a page of a compound page has as many tails as its order says: double while they last */
		while (order < 18 && kpage_is(head + size, KPF_COMPOUND_TAIL)) {
			order++;
			size <<= 1;
		}
	}
	*ret_order = order;
	*ret_place = pfn - head;
}

int zone_number(int node, const char *name)
{
	static char *zoneinfo;
	int n, number = 0;
	char word[32];

	if (!zoneinfo)
		zoneinfo = file_text("/proc/zoneinfo", NULL);
	for (char *p = zoneinfo; p; p = strstr(p + 1, "\nNode ")) {
		if (sscanf(p, " Node %d, zone %31s", &n, word) != 2 || n != node)
			continue;
		if (!strcmp(word, name))
			return number;
		number++;
	}
	return -1;
}

int zone_of(uint64_t pfn, int *ret_node)
{
	static struct { int node, zone; uint64_t start, end; } zone[64];
	static int zones;

	if (!zones) {
		char *text = file_text("/proc/zoneinfo", NULL), *line, *save = NULL;
		int node = -1, number = 0, n;
		uint64_t spanned = 0, value;
		char name[20];

		if (!text)
			die("/proc/zoneinfo");
		for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			if (sscanf(line, "Node %d, zone %19s", &n, name) == 2) {
				number = n == node ? number + 1 : 0;
				node = n;
			} else if (sscanf(line, " spanned %" SCNu64, &value) == 1) {
				spanned = value;
			} else if (sscanf(line, " start_pfn: %" SCNu64, &value) == 1) {
				zone[zones].node = node;
				zone[zones].zone = number;
				zone[zones].start = value;
				zone[zones++].end = value + spanned;
			}
		}
		free(text);
	}
	for (int i = 0; i < zones; i++) {
		if (pfn >= zone[i].start && pfn < zone[i].end) {
			*ret_node = zone[i].node;
			return zone[i].zone;
		}
	}
	*ret_node = -1;
	return -1;
}

static bool parse_bounds(char *line, struct smaps_vma *vma)
{
	int name = -1;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &vma->start, &vma->end,
		   vma->perms, &vma->offset, &vma->major, &vma->minor, &vma->inode, &name) < 7)
		return false;
	if (name > 0)
		snprintf(vma->name, sizeof(vma->name), "%s", line + name);
	return true;
}

static void parse_field(char *line, struct smaps_vma *vma)
{
	struct smaps_field *field = &vma->field[vma->fields];
	char *colon = strchr(line, ':');

	if (!colon || vma->fields == SMAPS_FIELDS)
		return;
	*colon = 0;
	if (!strcmp(line, "VmFlags")) {
		snprintf(vma->vmflags, sizeof(vma->vmflags), "%s", colon + 2);
		return;
	}
	snprintf(field->name, sizeof(field->name), "%s", line);
	field->value = strtoull(colon + 1, NULL, 10);
	vma->fields++;
}

int smaps_read(pid_t pid, const char *file, struct smaps *ret)
{
	struct smaps_vma vma;
	char *copy, *line, *save = NULL;
	size_t room = 0;

	memset(ret, 0, sizeof(*ret));
	ret->text = pid_text(pid, file, &ret->len);
	if (!ret->text)
		return -errno;
	copy = strdup(ret->text);
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		memset(&vma, 0, sizeof(vma));
		if (parse_bounds(line, &vma)) {
			if (ret->n == room)
				ret->vma = realloc(ret->vma, (room = room * 2 + 64) * sizeof(vma));
			ret->vma[ret->n++] = vma;
		} else if (ret->n) {
			parse_field(line, &ret->vma[ret->n - 1]);
		}
	}
	free(copy);
	return 0;
}

void smaps_free(struct smaps *s)
{
	free(s->vma);
	free(s->text);
	memset(s, 0, sizeof(*s));
}

const struct smaps_vma *smaps_find(const struct smaps *s, uint64_t address)
{
	for (size_t i = 0; i < s->n; i++)
		if (address >= s->vma[i].start && address < s->vma[i].end)
			return &s->vma[i];
	return NULL;
}

uint64_t smaps_field(const struct smaps_vma *vma, const char *name, uint64_t missing)
{
	for (int i = 0; i < vma->fields; i++)
		if (!strcmp(vma->field[i].name, name))
			return vma->field[i].value;
	return missing;
}

uint64_t text_number(const char *text, const char *name, uint64_t missing)
{
	size_t len = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, len) && at[len] == ':')
			return strtoull(at + len + 1, NULL, 0);
	}
	return missing;
}

char *numa_maps_line(pid_t pid, uint64_t start)
{
	char *text = pid_text(pid, "numa_maps", NULL), *line, *save = NULL, *found = NULL;
	char *end;

	if (!text)
		return NULL;
	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		if (strtoull(line, &end, 16) == start && *end == ' ')
			found = strdup(end + 1);
	free(text);
	return found;
}

uint64_t stat_field(pid_t pid, int field)
{
	char *text = pid_text(pid, "stat", NULL), *at;
	uint64_t value = 0;
	int n = 2;

	if (!text)
		die("/proc/PID/stat");
	for (at = strrchr(text, ')'); at && n < field; n++)
		at = strchr(at + 1, ' ');
	if (at)
		value = strtoull(at, NULL, 10);
	free(text);
	return value;
}
