// SPDX-License-Identifier: GPL-2.0-only
/* What all BPF programs share: can they be loaded, why not, run one. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "bpf.h"
#include "../lib/sysfile.h"

/* The first thing libbpf complained of: what comes after follows from it. */
static char complaint[200];

static int keep_complaint(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_WARN || *complaint)
		return 0;
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	complaint[strcspn(complaint, "\n")] = '\0';
	return 0;
}

int mms_bpf_check(struct mms_err *err)
{
	int fd = mms_sys_open("", O_RDONLY, "/sys/kernel/btf/vmlinux");
	char lockdown[64], magic[2];
	bool btf = fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic);

	if (fd >= 0)
		close(fd);
	*complaint = '\0';
	libbpf_set_print(keep_complaint);
	if (!btf)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel does not describe its types (/sys/kernel/btf/vmlinux), so BPF programs cannot read them: it needs CONFIG_DEBUG_INFO_BTF");
	if (mms_sys_line("", lockdown, sizeof(lockdown), "/sys/kernel/security/lockdown") > 0 &&
	    strstr(lockdown, "[confidentiality]"))
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel is locked down (confidentiality), so BPF programs cannot read it: boot without it");
	return 0;
}

int mms_bpf_check_kernel(struct mms_err *err)
{
	if (mms_bpf_check(err))
		return -1;
	if (mms_sys_capabilities("") & BIT(CAP_SYSLOG))
		return 0;
	return mms_err_set(err, MMS_EXIT_MISSING,
			   "this shows addresses of the kernel: it needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG in the initial user namespace");
}

/* Whether this process has what the kernel asks for; perhaps in another user namespace. */
static bool may_bpf(void)
{
	const u64 both = BIT(CAP_BPF) | BIT(CAP_PERFMON), has = mms_sys_capabilities("");

	return (has & both) == both || (has & BIT(CAP_SYS_ADMIN));
}

int mms_bpf_error(int error, struct mms_err *err)
{
	switch (error) {
	case EPERM:	/* EACCES is what the verifier says of a program */
		if (may_bpf())
			return mms_err_set(err, MMS_EXIT_MISSING,
					   "the kernel refuses BPF programs: CAP_BPF and CAP_PERFMON are there, but not in the initial user namespace, or a seccomp filter or security module is in the way");
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "this needs root, or CAP_BPF and CAP_PERFMON in the initial user namespace");
	case ENOSYS:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel has no BPF: it needs CONFIG_BPF_SYSCALL");
	case ENOMEM:
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	default:
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel does not take the BPF program: %s%s%s",
				   strerror(error), *complaint ? "; " : "", complaint);
	}
}

int mms_bpf_try(struct mms_err *err)
{
	static const struct bpf_insn returns_0[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd;

	if (mms_bpf_check(err))
		return -1;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACEPOINT, "mms_try", "GPL", returns_0,
			   ARRAY_SIZE(returns_0), NULL);
	if (fd < 0)
		return mms_bpf_error(-fd, err);
	close(fd);
	return 0;
}

/* What a program wrote for the one who reads it. */
struct written {
	char *data;
	size_t len;
};

static int append(struct written *w, const char *mem, size_t n)
{
	char *more = realloc(w->data, w->len + n);

	if (!more)
		return -1;
	w->data = more;
	memcpy(w->data + w->len, mem, n);
	w->len += n;
	return 0;
}

/* Read @fd to its end, into @w unless that is NULL. */
static int read_all(int fd, struct written *w)
{
	char buf[8192];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
		if (n > 0 && w && append(w, buf, n))
			return ENOMEM;
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? errno : 0;
}

static int run_iter(const struct bpf_program *prog, const struct bpf_iter_attach_opts *opts,
		    struct written *w, struct mms_err *err)
{
	struct bpf_link *link = bpf_program__attach_iter(prog, opts);
	int error, fd;

	if (!link)
		return mms_bpf_error(errno, err);
	fd = bpf_iter_create(bpf_link__fd(link));
	error = fd < 0 ? errno : read_all(fd, w);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return error ? mms_bpf_error(error, err) : 0;
}

int mms_bpf_iter_task(const struct bpf_program *prog, s32 tid, struct mms_err *err)
{
	union bpf_iter_link_info info = { .task.tid = tid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	return run_iter(prog, &opts, NULL, err);
}

int mms_bpf_iter(const struct bpf_program *prog, struct mms_err *err)
{
	return run_iter(prog, NULL, NULL, err);
}

int mms_bpf_iter_cgroups(const struct bpf_program *prog, int fd, void **ret_data, size_t *ret_len,
			 struct mms_err *err)
{
	union bpf_iter_link_info info = {
		.cgroup = { .order = BPF_CGROUP_ITER_DESCENDANTS_PRE, .cgroup_fd = fd },
	};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct written w = { .len = 0 };

	if (run_iter(prog, &opts, &w, err)) {
		free(w.data);
		return -1;
	}
	*ret_data = w.data;
	*ret_len = w.len;
	return 0;
}

int mms_bpf_load(struct bpf_object_skeleton *skeleton, struct mms_err *err)
{
	int ret;

	if (mms_ksyms_fill(*skeleton->obj, err))
		return -1;
	ret = bpf_object__load_skeleton(skeleton);
	/* It is among the types, which is how a program that uses it came to be tried. */
	if (ret == -ENOENT)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel does not say where a variable of each CPU is that the BPF program reads: it needs CONFIG_KALLSYMS_ALL");
	return ret ? mms_bpf_error(-ret, err) : 0;
}

u64 mms_bpf_missed(const struct bpf_program *prog)
{
	struct bpf_prog_info info = { .type = 0 };
	u32 size = sizeof(info);
	int fd = bpf_program__fd(prog);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) ? info.recursion_misses : 0;
}

int mms_bpf_run(const struct bpf_program *prog, struct mms_err *err)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int ret = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return ret ? mms_bpf_error(-ret, err) : 0;
}

bool mms_bpf_has_struct(const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT) > 0;

	btf__free(btf);
	return has;
}

/* ---- maps ------------------------------------------------------------------ */

int mms_bpf_map_size(struct bpf_map *map, u32 nr)
{
	return bpf_map__set_max_entries(map, nr);
}

static size_t map_bytes(const struct bpf_map *map)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t element = (bpf_map__value_size(map) + 7) & -8;

	return (bpf_map__max_entries(map) * element + page - 1) & -page;
}

const void *mms_bpf_map(const struct bpf_map *map, struct mms_err *err)
{
	void *mem = mmap(NULL, map_bytes(map), PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	if (mem != MAP_FAILED)
		return mem;
	mms_bpf_error(errno, err);
	return NULL;
}

void mms_bpf_unmap(const struct bpf_map *map, const void *mem)
{
	if (mem)
		munmap((void *)mem, map_bytes(map));
}

/* ---- CPUs and nodes -------------------------------------------------------- */

u32 mms_nr_nodes(void)
{
	char *possible;
	u32 nr = 1;

	if (mms_sys_read("", &possible, "/sys/devices/system/node/possible") >= 0) {
		nr = mms_sys_list(possible, NULL, 0);
		free(possible);
	}
	return nr ? nr : 1;
}

int mms_cpus_init(struct mms_cpus *cpus, struct mms_err *err)
{
	char *possible, *online;

	if (mms_sys_read("", &possible, "/sys/devices/system/cpu/possible") < 0)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "/sys/devices/system/cpu/possible cannot be read: mount sysfs");
	cpus->nr = mms_sys_list(possible, NULL, 0);
	free(possible);
	cpus->online = calloc(cpus->nr + 1, sizeof(*cpus->online));
	if (!cpus->online)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (mms_sys_read("", &online, "/sys/devices/system/cpu/online") >= 0) {
		mms_sys_list(online, cpus->online, cpus->nr);
		free(online);
	}
	return 0;
}

void mms_cpus_deinit(struct mms_cpus *cpus)
{
	free(cpus->online);
}
