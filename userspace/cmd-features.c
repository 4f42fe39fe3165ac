// SPDX-License-Identifier: GPL-2.0-only
/* mmscope features: what works here, what does not, why, and what to do about it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cmd.h"
#include "lib/number.h"
#include "lib/sysfile.h"
#include "model/totals.h"
#include "source/bpf.h"

struct features {
	struct mms_render *r;
	struct mms_ctx ctx;
	const char *root;
	bool live;	/* no --root: calls to the kernel mean this machine */
	bool open;
	const char *columns;
};

static void add(struct features *f, const char *group, const char *name, bool have,
		const char *detail, const char *todo)
{
	const struct mms_feature rec = {
		.have = have, .group = group, .name = name, .detail = detail,
		.todo = have ? NULL : todo,
	};
	const struct mms_row row = { .ctx = &f->ctx, .rec = &rec };

	mms_render_row(f->r, &row);
}

static void kernel(struct features *f)
{
	char release[128], line[256], *lock, *end;
	struct utsname uts;

	if (mms_sys_line(f->root, release, sizeof(release), "/proc/sys/kernel/osrelease") <= 0 &&
	    !uname(&uts))
		snprintf(release, sizeof(release), "%s", uts.release);
	add(f, "kernel", "release", true, release, NULL);
	if (mms_sys_line(f->root, line, sizeof(line), "/sys/kernel/security/lockdown") <= 0) {
		add(f, "kernel", "no lockdown", true,
		    "/sys/kernel/security/lockdown is not there or not readable", NULL);
	} else {
		lock = strchr(line, '[');
		end = lock ? strchr(lock, ']') : NULL;
		if (end)
			*end = '\0';
		lock = lock ? lock + 1 : line;
		add(f, "kernel", "no lockdown", !strcmp(lock, "none"), lock,
		    !strcmp(lock, "integrity") ?
		    "modules have to be signed: sign mmscope.ko and enrol the key" :
		    "the module shows nothing: boot without lockdown=confidentiality");
	}
	add(f, "kernel", "BTF", mms_sys_line(f->root, line, sizeof(line), "/sys/kernel/btf/vmlinux") >= 0,
	    "types of the running kernel, for BPF programs", "needs CONFIG_DEBUG_INFO_BTF");
}

/* A file of a stock kernel: can it be opened and read? */
static void stock_file(struct features *f, const char *name, const char *path, const char *gives,
		       const char *todo)
{
	int fd = mms_sys_open(f->root, O_RDONLY, "%s", path);
	char detail[160];
	u64 word;

	if (fd >= 0 && read(fd, &word, sizeof(word)) < 0) {
		int error = errno;

		close(fd);
		fd = -error;
	}
	snprintf(detail, sizeof(detail), "%s%s%s", fd < 0 ? strerror(-fd) : gives,
		 fd < 0 ? ": without it no " : "", fd < 0 ? gives : "");
	add(f, "files", name, fd >= 0, detail, todo);
	if (fd >= 0)
		close(fd);
}

/* Sizes of the structs of PAGEMAP_SCAN and PROCMAP_QUERY; headers may be older than the kernel. */
#define SCAN_SIZE	96
#define QUERY_SIZE	104

static void stock_ioctl(struct features *f, const char *name, const char *path, unsigned int nr,
			size_t size, const char *gives, const char *todo)
{
	u64 arg[16] = { size };
	int fd, ret;
	bool have;

	if (!f->live) {
		add(f, "files", name, false, "not asked: --root is not the running kernel", NULL);
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? -1 : ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'f', nr, size), arg);
	have = fd >= 0 && (!ret || (errno != ENOTTY && errno != EPERM));
	add(f, "files", name, have, gives, todo);
	if (fd >= 0)
		close(fd);
}

static void files(struct features *f)
{
	static const char root_todo[] = "run as root";

	stock_file(f, "smaps", "/proc/self/smaps", "sizes of each VMA", "needs CONFIG_PROC_PAGE_MONITOR");
	stock_file(f, "pagemap", "/proc/self/pagemap", "PFN and state of each page",
		   "needs CONFIG_PROC_PAGE_MONITOR");
	stock_file(f, "kpageflags", "/proc/kpageflags", "flags of each page frame", root_todo);
	stock_file(f, "kpagecount", "/proc/kpagecount", "mappings of each page frame", root_todo);
	stock_file(f, "kpagecgroup", "/proc/kpagecgroup", "memory cgroup of each page frame",
		   "run as root; needs CONFIG_MEMCG");
	stock_ioctl(f, "PAGEMAP_SCAN", "/proc/self/pagemap", 16, SCAN_SIZE,
		    "ranges of pages by state", "needs Linux 6.7");
	stock_ioctl(f, "PROCMAP_QUERY", "/proc/self/maps", 17, QUERY_SIZE,
		    "the VMA of an address", "needs Linux 6.11");
}

static void capability(struct features *f, u64 effective, unsigned int cap, const char *name,
		       const char *gives)
{
	add(f, "caller", name, effective >> cap & 1, gives, "run as root, in the initial user namespace");
}

static void caller(struct features *f)
{
	const u64 effective = mms_sys_capabilities(f->root);

	capability(f, effective, CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "the module's views; PFNs in pagemap");
	capability(f, effective, CAP_SYSLOG, "CAP_SYSLOG", "kernel addresses: --kernel, regions, kernel stacks");
	capability(f, effective, CAP_SYS_MODULE, "CAP_SYS_MODULE", "load and unload");
	capability(f, effective, CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "other users' processes without the module");
	capability(f, effective, CAP_BPF, "CAP_BPF", "BPF programs: trace, tlb, slab, swap, lru");
	capability(f, effective, CAP_PERFMON, "CAP_PERFMON", "BPF programs that read the kernel's memory: the same");
}

/* Whether it takes BPF programs, and what they read, by the types that it describes. */
static void bpf(struct features *f)
{
	static const struct {
		const char *name, *type, *gives, *todo;
	} rows[] = {
		{ "TLB state", "tlb_state", "what each CPU's TLB may hold: tlb", "needs an x86 kernel with BTF" },
		{ "slab caches", "kmem_cache_node", "slab", "needs SLUB, and BTF" },
		{ "slab iterator", "bpf_iter__kmem_cache", "slab holds each cache while it looks at it",
		  "nothing: slab walks the list; an iterator is in Linux 6.13" },
		{ "sheaves", "slab_sheaf", "objects that CPUs keep in sheaves: slab",
		  "nothing: there are none before Linux 6.18" },
		{ "swap areas", "swap_info_struct", "swap", "needs CONFIG_SWAP, and BTF" },
		{ "vmalloc areas", "vmap_area", "kernel --vmalloc", "needs CONFIG_MMU, and BTF" },
		{ "cgroup iterator", "bpf_iter__cgroup", "lists of reclaim: lru", "needs Linux 6.1, and BTF" },
		{ "memory cgroups", "mem_cgroup_per_node", "lists of reclaim: lru", "needs CONFIG_MEMCG, and BTF" },
		{ "MGLRU", "lru_gen_mm_walk", "generations: lru --list", "needs CONFIG_LRU_GEN, and BTF" },
	};
	struct mms_err err;
	bool have;
	unsigned int i;

	have = !mms_bpf_try(&err);
	add(f, "bpf", "programs", have, have ? "the kernel takes them" : err.text, NULL);
	if (have) {
		have = !mms_ksyms_try(&err);
		add(f, "bpf", "variables", have, have ? "page tables, frames and areas of swap, for them" :
		    err.text, NULL);
	}
	if (mms_bpf_check(&err))
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		add(f, "bpf", rows[i].name, mms_bpf_has_struct(rows[i].type), rows[i].gives,
		    rows[i].todo);
}

/* Whether it can be read from. */
static bool module(struct features *f)
{
	int fd = mms_sys_open(f->root, O_RDONLY | O_DIRECTORY, "/sys/module/mmscope");
	bool loaded = fd >= 0;
	char version[64], *mounts;
	bool debugfs = false;
	const char *dir;
	int error;

	if (loaded)
		close(fd);
	if (mms_sys_line(f->root, version, sizeof(version), "/sys/module/mmscope/version") <= 0)
		snprintf(version, sizeof(version), loaded ? "mmscope.ko is in the kernel" :
			 "mmscope.ko is not in the kernel");
	add(f, "module", "loaded", loaded, version, "mmscope load (after make install)");
	if (mms_sys_read(f->root, &mounts, "/proc/self/mounts") >= 0) {
		debugfs = strstr(mounts, " /sys/kernel/debug debugfs ");
		free(mounts);
	}
	add(f, "module", "debugfs", debugfs, "the module's files once more",
	    "nothing, unless it was loaded with proc=N: mount -t debugfs none /sys/kernel/debug");
	dir = mms_module_raw_dir(f->root, &error);
	add(f, "module", "raw files", dir || error == EACCES, dir ?: "/proc/mmscope/raw",
	    "load the module without raw=N, be root");
	return loaded && dir;
}

/* The module's own rows: "NAME: what it gives, or why it is missing". */
static int module_row(struct mms_stream *stream, void *data)
{
	const struct mms_features_rec *rec = stream->row.rec;
	char name[128], detail[MMS_SIZE_TEXT + 1024];
	const char *text = stream->row.text;
	const char *colon = stream->row.len ? memchr(text, ':', stream->row.len) : NULL;
	size_t n = colon ? (size_t)(colon - text) : stream->row.len;
	const char *rest = colon ? colon + 1 : text + n;
	size_t left = stream->row.len - (rest - text);

	while (left && *rest == ' ') {
		rest++;
		left--;
	}
	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	snprintf(detail, sizeof(detail), "%.*s", (int)left, rest);
	add(data, "module", name, rec->have, detail, NULL);
	return 0;
}

int mms_cmd_features(const struct mms_cmdline *cl)
{
	struct features f = { .root = cl->val[MMS_OPT_ROOT] ?: "", .live = !cl->val[MMS_OPT_ROOT] };
	struct mms_feed feed = { .model = &mms_model_features, .row = module_row, .data = &f };
	struct mms_section section = { .name = "rows", .model = &mms_model_feature };
	bool from = mms_cl_set(cl, MMS_OPT_FROM);
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret = MMS_EXIT_OK;

	if (mms_cl_render(cl, &mms_model_feature, &r, &columns, &err))
		return mms_err_say(&err);
	section.columns = columns;
	f.r = &r;
	mms_render_open(&r, &section);
	if (!from) {
		kernel(&f);
		caller(&f);
		files(&f);
		if (f.live)
			bpf(&f);
	}
	if (from || module(&f))
		ret = mms_cl_feed(cl, &feed, NULL, 0);
	mms_render_close(&r);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
