// SPDX-License-Identifier: GPL-2.0-only
/*
 * features: what the probes found when the module was built, and what the
 * machine has, each with its reason. A view that a kernel cannot give has its
 * row here; it is never shown as zeros.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "arch.h"
#include "mms_config.h"
#include "session.h"
#include "view.h"

struct mms_feature {
	bool have;
	const char *name;
	const char *text;
};

static const struct mms_feature mms_features[] = {
#define MMS_X(have, name, text) { have, name, text },
	MMS_CAPABILITIES(MMS_X)
#undef MMS_X
	{ IS_ENABLED(CONFIG_MEM_SOFT_DIRTY), "soft_dirty",
	  "soft-dirty bits in entries and maps: CONFIG_MEM_SOFT_DIRTY" },
	{ IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE), "thp",
	  "transparent huge pages: CONFIG_TRANSPARENT_HUGEPAGE" },
	{ IS_ENABLED(CONFIG_DEVICE_PRIVATE), "device_private",
	  "device-private and -exclusive entries: CONFIG_DEVICE_PRIVATE" },
	{ IS_ENABLED(CONFIG_MEMORY_FAILURE), "hwpoison",
	  "hwpoison entries and flags: CONFIG_MEMORY_FAILURE" },
	{ IS_ENABLED(CONFIG_NUMA_BALANCING), "numa_balancing",
	  "NUMA hinting state in summary: CONFIG_NUMA_BALANCING" },
	{ IS_ENABLED(CONFIG_MEMCG), "memcg", "memory cgroups of folios: CONFIG_MEMCG" },
	{ IS_ENABLED(CONFIG_ANON_VMA_NAME), "anon_vma_name",
	  "names of anonymous VMAs: CONFIG_ANON_VMA_NAME" },
	{ IS_ENABLED(CONFIG_CMA), "cma",
	  "contiguous memory areas in zones, buddy and pageblocks: CONFIG_CMA" },
	{ IS_ENABLED(CONFIG_MEMORY_ISOLATION), "memory_isolation",
	  "isolated page blocks in zones and pageblocks: CONFIG_MEMORY_ISOLATION" },
	{ IS_ENABLED(CONFIG_COMPACTION), "compaction",
	  "where compaction is in zones: CONFIG_COMPACTION" },
	{ IS_ENABLED(CONFIG_LRU_GEN), "lru_gen",
	  "generations of folios in pfns: CONFIG_LRU_GEN" },
	{ IS_ENABLED(CONFIG_MEMORY_HOTPLUG), "memory_hotplug",
	  "memory that comes and goes: CONFIG_MEMORY_HOTPLUG" },
	{ IS_ENABLED(CONFIG_THREAD_INFO_IN_TASK), "kstack",
	  "kernel stacks among page frames, but for those of idle threads: CONFIG_THREAD_INFO_IN_TASK" },
	{ false, "idle_kstack",
	  "kernel stacks of idle threads, which have no pid: idle_task() is not exported, pfns says kernel" },
	{ false, "slab_cache",
	  "cache of a slab's page, private to mm/slab.h: mmscope page asks a BPF program" },
	{ false, "huge_zero",
	  "huge zero page: it is not exported, pfns says kernel" },
	{ false, "rmap_ksm",
	  "reverse map of pages merged by KSM, private to mm/ksm.c: rmap searches mergeable memory" },
	{ false, "vmalloc_areas",
	  "areas of vmalloc: their lists are not exported; mmscope kernel --vmalloc has them by BPF" },
	{ false, "swap_pss",
	  "swapped pages divided by their users: swp_swapcount() is not exported" },
	{ false, "shared_policy",
	  "policy of shmem files in maps: mpol_put() needs a function that is not exported" },
};

static void features_put(struct mms_out *out, bool have, const char *name, const char *text)
{
	struct mms_features_rec *rec = mms_out_row(out);
	char line[256];

	rec->have = have;
	mms_out_text(out, rec, line,
		     scnprintf(line, sizeof(line), "%s: %s", name, text));
}

static int features_fill(struct mms_session *s, struct mms_out *out)
{
	unsigned int i;

	/* a few dozen rows of at most 14 records: they always fit */
	BUILD_BUG_ON((ARRAY_SIZE(mms_features) + 4) * 14 * sizeof(struct mms_features_rec) >
		     MMS_OUT_SIZE);
	features_put(out, mms_arch_five_levels(), "five_levels", "five levels of paging are on");
	features_put(out, mms_arch_pti(), "kpti", "KPTI is on: each process has two PGDs");
	for (i = 0; i < ARRAY_SIZE(mms_features); i++)
		features_put(out, mms_features[i].have, mms_features[i].name,
			     mms_features[i].text);
	return 0;
}

static const struct mms_field features_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_features_rec, f, u, t)
	MMS_FEATURES_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_features = {
	MMS_VIEW_OF(features),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.fill = features_fill,
};
