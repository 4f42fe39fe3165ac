// SPDX-License-Identifier: GPL-2.0-only
/* Slab caches: bpf/slab.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bpf.h"
#include "slab.skel.h"
#include "../model/slab.h"

#define SYSFS	"/sys/kernel/slab"

/* ---- saved ----------------------------------------------------------------- */

/* A table of what was found of the cache or object at @addr; 0: of all caches. */
static const char *label(char buf[MMS_PART_LABEL], const char *what, u64 addr)
{
	if (addr)
		snprintf(buf, MMS_PART_LABEL, "slab.%s@%#llx", what, (unsigned long long)addr);
	else
		snprintf(buf, MMS_PART_LABEL, "slab.%s", what);
	return buf;
}

static void put(const struct mms_slab *slab, const char *what, u64 addr, const void *recs,
		size_t size, size_t nr)
{
	char buf[MMS_PART_LABEL];

	mms_parts_put(slab->parts, label(buf, what, addr), recs, size, nr);
}

static int get(const struct mms_slab *slab, const char *what, u64 addr, size_t size,
	       const void **ret_recs, size_t *ret_nr, struct mms_err *err)
{
	char buf[MMS_PART_LABEL];

	return mms_parts_get(slab->parts, label(buf, what, addr), size, ret_recs, ret_nr, err);
}

/* What a program would not say, and others calculate with. */
static int check_saved(const struct mms_slab *slab, size_t nr, struct mms_err *err)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct mms_row row = { .rec = &slab->cache[i] };
		const struct mms_field *f = mms_model_absurd(&mms_model_slab, &row);

		if (f)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "%s: a saved table is damaged: no %s can be as that of its cache %zu",
					   slab->parts->from, f->name, i + 1);
	}
	return 0;
}

static void save_look(const struct mms_slab *slab, u64 only)
{
	put(slab, "info", only, slab->info, sizeof(*slab->info), 1);
	put(slab, "caches", only, slab->cache, sizeof(*slab->cache), slab->info->nr_caches);
	if (!only)
		return;
	put(slab, "nodes", only, slab->node, sizeof(*slab->node), slab->nr_nodes);
	put(slab, "cpus", only, slab->cpu, sizeof(*slab->cpu), slab->cpus.nr);
	put(slab, "online", only, slab->cpus.online, sizeof(*slab->cpus.online), slab->cpus.nr);
}

static int saved_look(struct mms_slab *slab, u64 only, struct mms_err *err)
{
	const void *info, *caches, *nodes, *cpus, *online;
	size_t nr, nr_nodes, nr_cpus, nr_online;
	char buf[MMS_PART_LABEL];

	if (mms_parts_one(slab->parts, label(buf, "info", only), sizeof(*slab->info), &info, err) ||
	    get(slab, "caches", only, sizeof(*slab->cache), &caches, &nr, err))
		return -1;
	slab->info = info;
	slab->cache = caches;
	if (nr < slab->info->nr_caches)
		return mms_err_set(err, MMS_EXIT_FAILED, "%s: a saved table is damaged",
				   slab->parts->from);
	if (!only)
		return check_saved(slab, nr, err);
	if (get(slab, "nodes", only, sizeof(*slab->node), &nodes, &nr_nodes, err) ||
	    get(slab, "cpus", only, sizeof(*slab->cpu), &cpus, &nr_cpus, err) ||
	    get(slab, "online", only, sizeof(*slab->cpus.online), &online, &nr_online, err))
		return -1;
	slab->node = nodes;
	slab->nr_nodes = nr_nodes;
	slab->cpu = cpus;
	free(slab->cpus.online);
	slab->cpus.nr = nr_cpus < nr_online ? nr_cpus : nr_online;
	slab->cpus.online = calloc(slab->cpus.nr + 1, sizeof(*slab->cpus.online));
	if (!slab->cpus.online)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	memcpy(slab->cpus.online, online, slab->cpus.nr * sizeof(*slab->cpus.online));
	return check_saved(slab, nr, err);
}

/* ---- from the kernel ------------------------------------------------------- */

static int load(struct mms_slab *slab, struct mms_err *err)
{
	struct mms_slab_bpf *skel = mms_slab_bpf__open();
	bool iterator = mms_bpf_has_struct("bpf_iter__kmem_cache");
	int ret;

	if (!skel)
		return mms_bpf_error(errno, err);
	slab->skel = skel;
	slab->how = iterator ? "iterator" : "list";
	skel->rodata->nr_cpus = slab->cpus.nr;
	skel->rodata->nr_nodes = slab->nr_nodes;
	bpf_program__set_autoload(skel->progs.each, iterator);
	bpf_program__set_autoload(skel->progs.list, !iterator);
	ret = mms_bpf_map_size(skel->maps.cpus, slab->cpus.nr);
	if (!ret)
		ret = mms_bpf_map_size(skel->maps.nodes, slab->nr_nodes);
	if (ret)
		return mms_bpf_error(-ret, err);
	if (mms_bpf_load(skel->skeleton, err))
		return -1;
	slab->info = &skel->bss->info;
	slab->cache = mms_bpf_map(skel->maps.caches, err);
	slab->node = slab->cache ? mms_bpf_map(skel->maps.nodes, err) : NULL;
	slab->cpu = slab->node ? mms_bpf_map(skel->maps.cpus, err) : NULL;
	return slab->cpu ? 0 : -1;
}

int mms_slab_open(struct mms_slab *slab, struct mms_parts *parts, struct mms_err *err)
{
	memset(slab, 0, sizeof(*slab));
	slab->parts = parts;
	if (parts->from)
		return 0;
	if (mms_bpf_check_kernel(err) || mms_cpus_init(&slab->cpus, err))
		return -1;
	slab->nr_nodes = mms_nr_nodes();
	if (!mms_bpf_has_struct("kmem_cache_node")) {
		mms_err_set(err, MMS_EXIT_MISSING,
			    "the kernel's types do not have kmem_cache_node: its slabs are not those of SLUB");
		mms_slab_close(slab);
		return -1;
	}
	if (!load(slab, err))
		return 0;
	mms_slab_close(slab);
	return -1;
}

int mms_slab_look(struct mms_slab *slab, u64 only, struct mms_err *err)
{
	struct mms_slab_bpf *skel = slab->skel;
	int ret;

	if (slab->parts->from)
		return saved_look(slab, only, err);
	memset(&skel->bss->info, 0, sizeof(skel->bss->info));
	skel->bss->only = only;
	ret = bpf_program__autoload(skel->progs.each) ? mms_bpf_iter(skel->progs.each, err) :
							mms_bpf_run(skel->progs.list, err);
	if (ret)
		return ret;
	if (slab->info->has & MMS_SLAB_HAS_CACHES) {
		save_look(slab, only);
		return 0;
	}
	return mms_err_set(err, MMS_EXIT_MISSING,
			   "the address of slab_caches is not known: it needs CONFIG_KALLSYMS_ALL");
}

/* The object, and what goes with it. */
static void save_object(const struct mms_slab *slab, const struct mms_slab_object *object)
{
	put(slab, "object", object->addr, object, sizeof(*object), 1);
	put(slab, "info", object->addr, slab->info, sizeof(*slab->info), 1);
	put(slab, "cache", object->addr, slab->cache, sizeof(*slab->cache), 1);
}

static int saved_object(struct mms_slab *slab, u64 addr, struct mms_slab_object *ret_object,
			struct mms_err *err)
{
	const struct mms_parts *parts = slab->parts;
	const void *object, *info, *cache;
	char buf[MMS_PART_LABEL];

	if (mms_parts_one(parts, label(buf, "object", addr), sizeof(*ret_object), &object, err) ||
	    mms_parts_one(parts, label(buf, "info", addr), sizeof(*slab->info), &info, err) ||
	    mms_parts_one(parts, label(buf, "cache", addr), sizeof(*slab->cache), &cache, err))
		return -1;
	memcpy(ret_object, object, sizeof(*ret_object));
	slab->info = info;
	slab->cache = cache;
	return check_saved(slab, 1, err);
}

static int locate(struct mms_slab *slab, struct mms_slab_object *ret_object, struct mms_err *err)
{
	const struct mms_slab_object *object = &slab->skel->bss->object;

	memset(&slab->skel->bss->info, 0, sizeof(slab->skel->bss->info));
	if (mms_bpf_run(slab->skel->progs.locate, err))
		return -1;
	switch (object->found) {
	case MMS_SLAB_FOUND:
		*ret_object = *object;
		save_object(slab, object);
		return 0;
	case MMS_SLAB_UNKNOWN:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel's types have neither PGTY_slab nor the flag PG_slab: which pages are slabs is not known");
	case MMS_SLAB_NO_SLAB:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "0x%llx is in a page that belongs to no slab: pages from the page allocator hold it",
				   (unsigned long long)object->addr);
	default:
		return mms_err_set(err, MMS_EXIT_FAILED,
				   "0x%llx is no address of the direct map of RAM, and no object of a slab is anywhere else",
				   (unsigned long long)object->addr);
	}
}

int mms_slab_locate(struct mms_slab *slab, u64 addr, struct mms_slab_object *ret_object,
		    struct mms_err *err)
{
	if (slab->parts->from)
		return saved_object(slab, addr, ret_object, err);
	slab->skel->bss->object = (struct mms_slab_object){ .addr = addr };
	return locate(slab, ret_object, err);
}

int mms_slab_locate_frame(struct mms_slab *slab, u64 pfn, struct mms_slab_object *ret_object,
			  struct mms_err *err)
{
	slab->skel->bss->object = (struct mms_slab_object){ .addr = 0 };
	slab->skel->bss->frame = pfn;
	return locate(slab, ret_object, err);
}

/* Where /sys/kernel/slab/NAME leads: the same for all names of a cache. -1: nowhere. */
static int sysfs_id(const char *name, char *buf, size_t size)
{
	char path[512];
	ssize_t n;

	if (strchr(name, '/') || strlen(name) > 255)
		return -1;
	snprintf(path, sizeof(path), SYSFS "/%s", name);
	n = readlink(path, buf, size - 1);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* The cache that NAME was merged into, when the file was saved. */
static u64 saved_alias(const struct mms_slab *slab, const char *name)
{
	char buf[MMS_PART_LABEL];
	struct mms_err ignored;
	const void *addr;

	snprintf(buf, sizeof(buf), "slab.alias@%s", name);
	if (mms_parts_one(slab->parts, buf, sizeof(u64), &addr, &ignored))
		return 0;
	return *(const u64 *)addr;
}

static const struct mms_slab_cache *find_alias(const struct mms_slab *slab, const char *name)
{
	const u64 saved = slab->parts->from ? saved_alias(slab, name) : 0;
	const struct mms_slab_cache *cache;
	char id[256], other[256], buf[MMS_PART_LABEL];
	u32 i;

	if (!slab->parts->from && sysfs_id(name, id, sizeof(id)))
		return NULL;
	for (i = 0; i < slab->info->nr_caches; i++) {
		cache = &slab->cache[i];
		if (slab->parts->from) {
			if (cache->addr == saved)
				return cache;
		} else if (!sysfs_id(cache->name, other, sizeof(other)) && !strcmp(id, other)) {
			snprintf(buf, sizeof(buf), "slab.alias@%s", name);
			mms_parts_put(slab->parts, buf, &cache->addr, sizeof(cache->addr), 1);
			return cache;
		}
	}
	return NULL;
}

const struct mms_slab_cache *mms_slab_find(const struct mms_slab *slab, const char *name)
{
	u32 i;

	for (i = 0; i < slab->info->nr_caches; i++)
		if (!strncmp(slab->cache[i].name, name, sizeof(slab->cache[i].name)))
			return &slab->cache[i];
	return find_alias(slab, name);
}

void mms_slab_close(struct mms_slab *slab)
{
	if (slab->skel) {
		mms_bpf_unmap(slab->skel->maps.caches, slab->cache);
		mms_bpf_unmap(slab->skel->maps.nodes, slab->node);
		mms_bpf_unmap(slab->skel->maps.cpus, slab->cpu);
		mms_slab_bpf__destroy(slab->skel);
	}
	mms_cpus_deinit(&slab->cpus);
}
