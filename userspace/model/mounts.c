// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mounts.h"

/* "\040" and its like, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static int add(struct mms_mount **list, size_t *nr, u32 major, u32 minor, const char *root,
	       const char *point)
{
	struct mms_mount *m = realloc(*list, (*nr + 1) * sizeof(*m));

	if (!m)
		return -ENOMEM;
	*list = m;
	m += *nr;
	*m = (struct mms_mount){ major, minor, strdup(root), strdup(point) };
	++*nr;
	return m->root && m->point ? 0 : -ENOMEM;
}

int mms_mounts_parse(struct mms_mounts *mounts, char *text)
{
	char *line, *save, *root, *point, *rest;
	u32 major, minor;
	int at, ret = 0;

	for (line = strtok_r(text, "\n", &save); line && !ret; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%*u %*u %u:%u %n", &major, &minor, &at) != 2)
			continue;
		root = strtok_r(line + at, " ", &rest);
		point = root ? strtok_r(NULL, " ", &rest) : NULL;
		if (!point)
			continue;
		unescape(root);
		unescape(point);
		ret = add(&mounts->mount, &mounts->nr_mounts, major, minor, root, point);
	}
	return ret;
}

int mms_mounts_add_block(struct mms_mounts *mounts, u32 major, u32 minor, const char *name)
{
	return add(&mounts->block, &mounts->nr_blocks, major, minor, "", name);
}

static void free_list(struct mms_mount *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		free(list[i].root);
		free(list[i].point);
	}
	free(list);
}

void mms_mounts_destroy(struct mms_mounts *mounts)
{
	if (!mounts)
		return;
	free_list(mounts->mount, mounts->nr_mounts);
	free_list(mounts->block, mounts->nr_blocks);
	free(mounts);
}

/* Is @path in the folder @root? */
static bool is_below(const char *root, const char *path, size_t len)
{
	size_t n = strlen(root);

	if (n == 1)
		return true;
	return len >= n && !memcmp(path, root, n) && (len == n || path[n] == '/');
}

const struct mms_mount *mms_mounts_find(const struct mms_mounts *mounts, u32 major, u32 minor,
					const char *path, size_t len)
{
	const struct mms_mount *list = path ? mounts->mount : mounts->block, *best = NULL;
	size_t nr = path ? mounts->nr_mounts : mounts->nr_blocks, i;

	for (i = 0; i < nr; i++) {
		const struct mms_mount *m = &list[i];

		if (m->major != major || m->minor != minor ||
		    (path && !is_below(m->root, path, len)))
			continue;
		if (!best || strlen(m->point) < strlen(best->point))
			best = m;
	}
	return best;
}
