/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF programs from the tool's side. A program NAME.bpf.c has a skeleton
 * (NAME.skel.h) and one file here, bpf-NAME.c, which goes open, settings, load,
 * run, close, and gives what the program found as records of bpf/NAME.h.
 * Nothing stays in the kernel: programs, maps and links end with their
 * descriptors.
 */
#ifndef MMS_SOURCE_BPF_H
#define MMS_SOURCE_BPF_H

#include "../lib/err.h"
#include "../lib/types.h"
#include "../../bpf/lru.h"
#include "../../bpf/slab.h"
#include "../../bpf/swap.h"
#include "../../bpf/tlb.h"
#include "../../bpf/vmalloc.h"
#include "parts.h"

struct bpf_map;
struct bpf_object;
struct bpf_object_skeleton;
struct bpf_program;

/* ---- what all programs share: bpf.c ------------------------------------ */

/* Whether programs can be loaded here, as far as that shows before. -1 with @err filled. */
int mms_bpf_check(struct mms_err *err);
/* The same, by having the kernel take one that does nothing. */
int mms_bpf_try(struct mms_err *err);
/* Whether it says where its variables are, which many programs need. -1 with @err filled. */
int mms_ksyms_try(struct mms_err *err);
/* Like mms_bpf_check(), for what shows addresses of the kernel: that needs CAP_SYSLOG as well. */
int mms_bpf_check_kernel(struct mms_err *err);
/* Why loading or running failed with @error, a positive errno: -1 with @err filled. */
int mms_bpf_error(int error, struct mms_err *err);
/*
 * Load the programs of an opened skeleton, which know the kernel's variables then. 0 or -1
 * with @err filled.
 */
int mms_bpf_load(struct bpf_object_skeleton *skeleton, struct mms_err *err);
/* Run an iterator over tasks for one task of this pid namespace. 0 or -1 with @err filled. */
int mms_bpf_iter_task(const struct bpf_program *prog, s32 tid, struct mms_err *err);

/* Run an iterator once from end to end. 0 or -1 with @err filled. */
int mms_bpf_iter(const struct bpf_program *prog, struct mms_err *err);
/*
 * Run an iterator over a cgroup, given as the open folder @fd, and all below it.
 * *@ret_data, to free: what the program wrote. 0 or -1 with @err filled.
 */
int mms_bpf_iter_cgroups(const struct bpf_program *prog, int fd, void **ret_data, size_t *ret_len,
			 struct mms_err *err);
/*
 * How often the kernel did not call a program that is loaded, as it was running on that CPU
 * already: bpf_prog_info.recursion_misses.
 */
u64 mms_bpf_missed(const struct bpf_program *prog);
/* Run a program of the type syscall once. 0 or -1 with @err filled. */
int mms_bpf_run(const struct bpf_program *prog, struct mms_err *err);
/* Whether the running kernel's BTF has a struct of this name. */
bool mms_bpf_has_struct(const char *name);
/*
 * Make room in @map for @nr elements, before it is loaded; map them, after. An array
 * that may be mapped has its elements in a row, in whole pages.
 */
int mms_bpf_map_size(struct bpf_map *map, u32 nr);
const void *mms_bpf_map(const struct bpf_map *map, struct mms_err *err);
void mms_bpf_unmap(const struct bpf_map *map, const void *mem);

/**
 * struct mms_cpus - the CPUs of this machine
 * @nr: the highest CPU id there may ever be, and 1
 * @online: whether a CPU runs, @nr of them; to free. Saved as they are: any byte may come back
 */
struct mms_cpus {
	u32 nr;
	u8 *online;
};

/* The highest node id there may ever be, and 1. */
u32 mms_nr_nodes(void);
int mms_cpus_init(struct mms_cpus *cpus, struct mms_err *err);
void mms_cpus_deinit(struct mms_cpus *cpus);

/* ---- bpf/ksyms.bpf.c: bpf-ksyms.c -------------------------------------- */

/*
 * Fill in the addresses of the kernel's variables that @obj, opened and not loaded yet, has
 * an MMS_KSYM() for: 0 for those that are not found. 0 or -1 with @err filled.
 */
int mms_ksyms_fill(struct bpf_object *obj, struct mms_err *err);
/* What has been filled in for a name; 0: nothing. */
u64 mms_ksyms_of(const struct bpf_object *obj, const char *name);
/* Whether @obj wants some, and the kernel does not say where any of its variables is. */
bool mms_ksyms_unknown(const struct bpf_object *obj);

/* ---- bpf/tlb.bpf.c: bpf-tlb.c ------------------------------------------ */

/**
 * struct mms_tlb - the program, loaded
 * @cpus: those of the machine
 * @cpu: what the last look found, by CPU id
 * @pti: KPTI: user mode has a PCID of its own
 * @skel: its skeleton
 */
struct mms_tlb {
	struct mms_cpus cpus;
	const struct mms_tlb_cpu *cpu;
	bool pti;
	struct mms_tlb_bpf *skel;
};

/* Load it. Fails with MMS_EXIT_MISSING where this kernel or the caller cannot have it. */
int mms_tlb_open(struct mms_tlb *tlb, struct mms_err *err);
/* Look at the address space of a process: fills @ret_mm and tlb->cpu. */
int mms_tlb_look(struct mms_tlb *tlb, s32 pid, struct mms_tlb_mm *ret_mm, struct mms_err *err);
void mms_tlb_close(struct mms_tlb *tlb);

/* ---- bpf/slab.bpf.c: bpf-slab.c ---------------------------------------- */

/**
 * struct mms_slab - the programs, loaded, or what they once found
 * @parts: where all is saved that they find, or was read from
 * @cpus: those of the machine
 * @nr_nodes: node ids there may be
 * @how: how caches are found: "iterator" or "list"; NULL if read from a file
 * @info: how the last look went, and what this kernel has
 * @cache: what it found, @info->nr_caches of them
 * @node: of the cache looked at last, by node and CPU id
 * @cpu: see @node
 * @skel: libbpf's
 */
struct mms_slab {
	struct mms_parts *parts;
	struct mms_cpus cpus;
	u32 nr_nodes;
	const char *how;
	const struct mms_slab_info *info;
	const struct mms_slab_cache *cache;
	const struct mms_slab_node *node;
	const struct mms_slab_cpu *cpu;
	struct mms_slab_bpf *skel;
};

/*
 * Load them, unless @parts come from a file. Fails with MMS_EXIT_MISSING where this kernel
 * or the caller cannot have them.
 */
int mms_slab_open(struct mms_slab *slab, struct mms_parts *parts, struct mms_err *err);
/* Look at all caches, or @only at the one at this address. */
int mms_slab_look(struct mms_slab *slab, u64 only, struct mms_err *err);
/* What an address is of; slab->cache[0] is its cache then, if it has one. */
int mms_slab_locate(struct mms_slab *slab, u64 addr, struct mms_slab_object *ret_object,
		    struct mms_err *err);
/* The same for the first byte of a page frame of this machine. */
int mms_slab_locate_frame(struct mms_slab *slab, u64 pfn, struct mms_slab_object *ret_object,
			  struct mms_err *err);
/*
 * The cache that goes by this name, which may be another's that was merged into it, or
 * NULL. To be asked after a look at all of them.
 */
const struct mms_slab_cache *mms_slab_find(const struct mms_slab *slab, const char *name);
void mms_slab_close(struct mms_slab *slab);

/* ---- bpf/swap.bpf.c: bpf-swap.c ---------------------------------------- */

/**
 * struct mms_swap_areas - the swap areas there are
 * @nr: how many
 * @area: these, by their numbers
 */
struct mms_swap_areas {
	u32 nr;
	struct mms_swap_area area[MMS_SWAP_MAX_AREAS];
};

/* Read them. Fails with MMS_EXIT_MISSING where this kernel or the caller cannot have it. */
int mms_swap_read(struct mms_swap_areas *ret_areas, struct mms_err *err);

/* ---- bpf/vmalloc.bpf.c: bpf-vmalloc.c ---------------------------------- */

/**
 * struct mms_vmalloc_areas - the areas of vmalloc
 * @area: these, @nr of them, in the order they were found; to free
 * @nr: see @area
 * @raced: lists that changed while they were walked, each time: an area may be missing
 */
struct mms_vmalloc_areas {
	struct mms_vmalloc_area *area;
	u32 nr;
	u32 raced;
};

/* Read them. Fails with MMS_EXIT_MISSING where this kernel or the caller cannot have it. */
int mms_vmalloc_read(struct mms_vmalloc_areas *ret_areas, struct mms_err *err);

/* ---- bpf/lru.bpf.c: bpf-lru.c ------------------------------------------ */

/**
 * struct mms_lru_recs - what is to be reclaimed of memory cgroups
 * @rec: a record for each cgroup and node, @nr of them; to free
 * @nr: see @rec
 */
struct mms_lru_recs {
	struct mms_lru_rec *rec;
	size_t nr;
};

/*
 * Read it, of the cgroup whose folder is open as @fd, and all below. Fails with
 * MMS_EXIT_MISSING where this kernel or the caller cannot have it.
 */
int mms_lru_read(int fd, struct mms_lru_recs *ret_lru, struct mms_err *err);

#endif /* MMS_SOURCE_BPF_H */
