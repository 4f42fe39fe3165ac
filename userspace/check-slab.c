// SPDX-License-Identifier: GPL-2.0-only
/* mmscope check --system: slab with /proc/slabinfo. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "lib/sysfile.h"
#include "model/slab.h"
#include "source/bpf.h"

/* A line of /proc/slabinfo. */
struct line {
	char name[64];
	u64 active, objects, size, per_slab, pages, slabs;
};

struct lines {
	struct line *line;
	size_t nr;
};

static int lines_read(struct lines *lines, struct mms_err *err)
{
	char *text, *p, *save;
	struct line l, *more;

	*lines = (struct lines){ .nr = 0 };
	if (mms_sys_read("", &text, "/proc/slabinfo") < 0)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "/proc/slabinfo cannot be read: it needs CONFIG_SLUB_DEBUG, and root");
	for (p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		if (sscanf(p, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " : tunables %*u %*u %*u : slabdata %*u %" SCNu64,
			   l.name, &l.active, &l.objects, &l.size, &l.per_slab, &l.pages,
			   &l.slabs) != 7)
			continue;
		more = realloc(lines->line, (lines->nr + 1) * sizeof(*more));
		if (!more) {
			free(text);
			return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		}
		lines->line = more;
		lines->line[lines->nr++] = l;
	}
	free(text);
	return 0;
}

/* Names are not unique: the one at the same place of the list, or the first one. */
static const struct line *find(const struct lines *lines, const char *name, size_t at)
{
	size_t i;

	if (at < lines->nr && !strcmp(lines->line[at].name, name))
		return &lines->line[at];
	for (i = 0; i < lines->nr; i++)
		if (!strcmp(lines->line[i].name, name))
			return &lines->line[i];
	return NULL;
}

static void compare(const struct mms_check_round *round, struct mms_check_list *list,
		    const struct mms_slab_cache *c, const struct line *l)
{
	const u64 active = c->objects > c->partial_free ? c->objects - c->partial_free : 0;

	mms_check_place(list, round, c->name, "size", c->size, l->size);
	mms_check_place(list, round, c->name, "objs_per_slab", c->objs_per_slab, l->per_slab);
	mms_check_place(list, round, c->name, "pages", 1ULL << c->order, l->pages);
	mms_check_place(list, round, c->name, "slabs", c->slabs, l->slabs);
	mms_check_place(list, round, c->name, "objects", c->objects, l->objects);
	/* Of a long list the kernel estimates the rest, and so does nothing here. */
	if (c->partial <= 10000 && !(c->state & (MMS_SLAB_RACED | MMS_SLAB_CAPPED)))
		mms_check_place(list, round, c->name, "active", active, l->active);
}

static int slab_run(const struct mms_check_round *round, s32 pid __unused, u64 start __unused,
		    u64 end __unused, struct mms_check_list *list, struct mms_err *err)
{
	struct lines lines = { .nr = 0 };
	const struct line *l;
	struct mms_parts parts = { .save = NULL };
	struct mms_slab slab;
	int ret;
	u32 i;

	/* What the programs themselves take is taken before either side is read. */
	if (mms_slab_open(&slab, &parts, err))
		return -1;
	ret = list->theirs_first ? lines_read(&lines, err) : 0;
	ret = ret ? ret : mms_slab_look(&slab, 0, err);
	if (!ret && !list->theirs_first)
		ret = lines_read(&lines, err);
	for (i = 0; !ret && i < slab.info->nr_caches; i++) {
		l = find(&lines, slab.cache[i].name, i);
		if (l)
			compare(round, list, &slab.cache[i], l);
	}
	free(lines.line);
	mms_slab_close(&slab);
	return ret;
}

const struct mms_check_round mms_check_slabinfo = {
	.name = "slab", .file = "slabinfo", .run = slab_run,
};
