// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may look: root of the initial user namespace, with CAP_SYS_ADMIN, and
 * with CAP_SYSLOG where kernel addresses are shown. Nobody else, by no file.
 */
#include <ctype.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define MAX_FILES 200

/* Every file that there is, on both surfaces */
static char *files[MAX_FILES];
static size_t nr_files;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_F && nr_files < MAX_FILES)
		files[nr_files++] = strdup(path);
	return 0;
}

__attribute__((constructor)) static void find_files(void)
{
	nftw(MMS_PROC, add_file, 10, FTW_PHYS);
	nftw(MMS_DEBUGFS, add_file, 10, FTW_PHYS);
}

/* errors of an open for reading and for both; for each file in the child's state */
struct outcome {
	int read[MAX_FILES], both[MAX_FILES], ready;
};

static void try_all(struct outcome *out)
{
	for (size_t i = 0; i < nr_files; i++) {
		int fd = open(files[i], O_RDONLY);

		out->read[i] = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
		fd = open(files[i], O_RDWR);
		out->both[i] = fd < 0 ? errno : 0;
		if (fd >= 0)
			close(fd);
	}
	out->ready = 1;
}

static void drop_cap(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		_exit(1);
	data[cap / 32].effective &= ~(1U << (cap % 32));
	data[cap / 32].permitted &= ~(1U << (cap % 32));
	data[cap / 32].inheritable &= ~(1U << (cap % 32));
	if (syscall(SYS_capset, &header, data))
		_exit(1);
}

static void as_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(1);
}

/* root inside, with all capabilities there; the files' owner is mapped, so that modes do not stop it */
static void as_namespace_root(void)
{
	if (unshare(CLONE_NEWUSER) || file_write("/proc/self/uid_map", "0 0 1") || file_write("/proc/self/setgroups", "deny") ||
	    file_write("/proc/self/gid_map", "0 0 1"))
		_exit(1);
	if (getuid())
		_exit(1);
}

static void without_sys_admin(void)
{
	drop_cap(CAP_SYS_ADMIN);
}

static void without_syslog(void)
{
	/* for good: root has all of them again after exec */
	if (prctl(PR_CAPBSET_DROP, CAP_SYSLOG, 0, 0, 0))
		_exit(1);
	drop_cap(CAP_SYSLOG);
}

/* runs in a child after enter(); false if that failed */
static bool outcome_of(void (*enter)(void), void (*then)(struct outcome *), struct outcome *ret)
{
	struct outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (!pid) {
		enter();
		then(shared);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	*ret = *shared;
	munmap(shared, sizeof(*shared));
	return ret->ready;
}

TEST(root_may)
{
	struct outcome out;

	/* both surfaces, with the raw files */
	EXPECT_LT(3 * (MMS_VIEW_LIMIT - 10), nr_files);
	EXPECT_GT(MAX_FILES, nr_files);
	try_all(&out);
	for (size_t i = 0; i < nr_files; i++) {
		EXPECT_EQ(0, out.read[i]) { TH_LOG("%s: %s", files[i], strerror(out.read[i])); }
	}
}

static void all_refused(struct __test_metadata *_metadata, void (*enter)(void))
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(enter, try_all, &out));
	for (size_t i = 0; i < nr_files; i++) {
		EXPECT_EQ(EACCES, out.read[i]) { TH_LOG("%s: %s", files[i], strerror(out.read[i])); }
		EXPECT_EQ(EACCES, out.both[i]) { TH_LOG("%s to write: %s", files[i], strerror(out.both[i])); }
	}
}

TEST(nobody_may_not)
{
	all_refused(_metadata, as_nobody);
}

TEST(namespace_root_may_not)
{
	all_refused(_metadata, as_namespace_root);
}

TEST(root_without_sys_admin_may_not)
{
	all_refused(_metadata, without_sys_admin);
}

static void kernel_half(struct outcome *out)
{
	struct mms_stream s;

	out->read[0] = -mms_get("pgtable", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[1] = -mms_get("entries", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[2] = -mms_get("tables", &(struct mms_query){ .flags = MMS_Q_KERNEL }, &s);
	out->read[3] = -mms_get("walk", &(struct mms_query){ .start = 0xffffffff81000000 }, &s);
	out->read[4] = -mms_get("regions", &(struct mms_query){ 0 }, &s);
	out->read[5] = -mms_get("pgtable", &(struct mms_query){ 0 }, &s);
	out->read[6] = -mms_get("maps", &(struct mms_query){ 0 }, &s);
	out->read[7] = -mms_get("walk", &(struct mms_query){ .start = 4096 }, &s);
	out->ready = 1;
}

TEST(the_kernels_half_needs_syslog)
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(without_syslog, kernel_half, &out));
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(EACCES, out.read[i]) { TH_LOG("%d: %s", i, strerror(out.read[i])); }
	}
	for (int i = 5; i < 8; i++) {
		EXPECT_EQ(0, out.read[i]) { TH_LOG("%d: %s", i, strerror(out.read[i])); }
	}
}

/* attach is refused by the writer's rights, too */
static void write_attach(struct outcome *out)
{
	int fd = open(MMS_PROC "/attach", O_WRONLY);

	out->read[0] = fd < 0 ? errno : write(fd, "1", 1) < 0 ? errno : 0;
	out->ready = 1;
}

TEST(attach_needs_sys_admin)
{
	struct outcome out;

	ASSERT_TRUE(outcome_of(without_sys_admin, write_attach, &out));
	EXPECT_EQ(EACCES, out.read[0]);
	ASSERT_TRUE(outcome_of(as_namespace_root, write_attach, &out));
	EXPECT_EQ(EACCES, out.read[0]);
}

/* ---- tracers, which the kernel itself guards -------------------------------------- */

/* The tool as somebody else runs it: its exit status, and what it said into @text, or the end of that */
static int tool_as(void (*caller)(void), const char *args, char *text, size_t size)
{
	int pipe_fds[2], status;
	size_t len = 0;
	pid_t pid;
	ssize_t n;

	if (pipe(pipe_fds))
		abort();
	pid = fork();
	if (!pid) {
		caller();
		status = mms_tool(text, size, "%s", args);
		_exit(write(pipe_fds[1], text, strlen(text)) < 0 ? 99 : status);
	}
	close(pipe_fds[1]);
	while (len < size - 1 && (n = read(pipe_fds[0], text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(pipe_fds[0]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* All of them end at once, with one sentence and no event. */
TEST(tracers_refuse_nobody)
{
	static void (*const callers[])(void) = { as_nobody, as_namespace_root };
	char text[4096];

	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		EXPECT_EQ(4, tool_as(callers[i], "trace faults -d 0.1", text, sizeof(text))) TH_LOG("%s", text);
		EXPECT_NE(NULL, strstr(text, "CAP_BPF")) TH_LOG("%s", text);
		EXPECT_EQ(strlen(text) - 1, (size_t)(strchrnul(text, '\n') - text)) TH_LOG("%s", text);
	}
}

/* Root in a container, as engines start them: it has the capabilities, and a filter of system calls */
static void with_seccomp(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { sizeof(steps) / sizeof(*steps), steps };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		_exit(98);
}

TEST(tracers_say_what_is_in_the_way)
{
	static char text[65536];

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) && errno == EINVAL)
		SKIP(return, "this kernel has no filters of system calls (CONFIG_SECCOMP_FILTER)");
	EXPECT_EQ(4, tool_as(with_seccomp, "trace faults -d 0.1", text, sizeof(text))) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "seccomp")) TH_LOG("%s", text);
	EXPECT_EQ(NULL, strstr(text, "this needs root")) TH_LOG("%s", text);
	EXPECT_EQ(0, tool_as(with_seccomp, "features --raw -n -o group,name,have,detail", text, sizeof(text))) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "\nbpf programs no ")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "seccomp")) TH_LOG("%s", text);
}

TEST(features_say_what_bpf_has)
{
	static char text[65536];

	EXPECT_EQ(0, mms_tool(text, sizeof(text), "features --raw -n -o group,name,have")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "\nbpf programs yes\nbpf variables yes\n")) TH_LOG("%s", text);
	EXPECT_EQ(0, tool_as(as_nobody, "features --raw -n -o group,name,have", text, sizeof(text))) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "\nbpf programs no\n")) TH_LOG("%s", text);
}

/* Page tables are where a variable says, whose address /proc/kallsyms hides from this one. */
TEST(tracers_need_no_syslog)
{
	static char text[65536];

	EXPECT_EQ(0, tool_as(without_syslog, "trace faults --summary -- /bin/true", text, sizeof(text))) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "\ncow-")) TH_LOG("%s", text);
	EXPECT_EQ(NULL, strstr(text, "unknown")) TH_LOG("%s", text);
	EXPECT_EQ(0, tool_as(without_syslog, "swap", text, sizeof(text))) TH_LOG("%s", text);
}

/* ---- who is given an open file ------------------------------------------------- */

static int given;

static void read_given(struct outcome *out)
{
	char buf[256];

	out->read[0] = pread(given, buf, sizeof(buf), 0) < 0 ? errno : 0;
	out->ready = 1;
}

/* Rights are asked for at open, as with any file: it can be handed to one that has none. */
TEST(an_open_file_can_be_given_away)
{
	struct outcome out;

	given = open(MMS_PROC "/self/maps", O_RDONLY);
	ASSERT_LE(0, given);
	ASSERT_TRUE(outcome_of(as_nobody, read_given, &out));
	EXPECT_EQ(0, out.read[0]);
	close(given);
}

/* ---- kernel addresses --------------------------------------------------------- */

#define MOST (4 << 20)	/* bytes of each that are looked at */

/* Where KASLR has put the kernel: an address in there is one that tells */
static struct mms_stream secret;

static bool is_secret(uint64_t value)
{
	ROWS(mms_regions_rec, r, &secret)
		if (r->random && value >= r->start && value - r->start < r->end - r->start)
			return true;
	return false;
}

/* Addresses among the 64-bit words of a stream or a file */
static size_t secret_words(const void *data, size_t len)
{
	size_t found = 0;
	uint64_t word;

	for (size_t i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		found += is_secret(word);
	}
	return found;
}

/*
 * Words that may look like an address and are none: an entry of a page table that is not present,
 * and a count with a step behind it that is below 0.
 */
static bool is_no_address(int view, size_t offset)
{
	switch (view) {
	case MMS_VIEW_pgtable:
		return offset == offsetof(struct mms_pgtable_rec, entry) || offset == offsetof(struct mms_pgtable_rec, count);
	case MMS_VIEW_entries:
		return offset == offsetof(struct mms_entries_rec, entry);
	case MMS_VIEW_walk:
		return offset == offsetof(struct mms_walk_rec, entry);
	case MMS_VIEW_rmap:
		return offset == offsetof(struct mms_rmap_rec, entry);
	default:
		return false;
	}
}

static char last_found[80];

/* The same in a raw stream; the last of them into last_found */
static size_t secret_fields(int view, const unsigned char *data, size_t len)
{
	const struct mms_header *h = (const struct mms_header *)data;
	size_t found = 0;
	uint64_t word;

	if (len < sizeof(*h))
		return 0;
	for (size_t i = h->header_size; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, data + i, sizeof(word));
		if (is_no_address(view, (i - h->header_size) % h->record_size) || !is_secret(word))
			continue;
		found++;
		snprintf(last_found, sizeof(last_found), "%s: %#" PRIx64 " at %zu of a record", mms_view_name(view), word,
			 (i - h->header_size) % h->record_size);
	}
	return found;
}

/* Addresses in a text: in hex with or without 0x, or in decimal */
static size_t secret_numbers(const char *text, size_t len)
{
	size_t found = 0, n;

	for (size_t i = 0; i < len; i += n ?: 1) {
		char digits[32] = "";

		for (n = 0; i + n < len && n < sizeof(digits) - 1 && isxdigit(text[i + n]); n++)
			digits[n] = text[i + n];
		if (n >= 16 && is_secret(strtoull(digits, NULL, n == 16 ? 16 : 10)))
			found++;
	}
	return found;
}

/* What all files and commands show, in a child: how many addresses, and where */
struct leak {
	size_t regions, text, raw, tool, recording, looked_at;
	char where[128];
};

static void found(struct leak *leak, size_t *counter, size_t n, const char *where)
{
	if (n && !*leak->where)
		snprintf(leak->where, sizeof(leak->where), "%s", where);
	*counter += n;
	leak->looked_at++;
}

static size_t slurp_file(const char *path, unsigned char *buf)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while (len < MOST && (n = read(fd, buf + len, MOST - len)) > 0)
		len += n;
	close(fd);
	return len;
}

static void look_at_files(struct leak *leak, unsigned char *buf)
{
	for (size_t i = 0; i < nr_files; i++)
		if (!strstr(files[i], "/raw/"))
			found(leak, &leak->text, secret_numbers((char *)buf, slurp_file(files[i], buf)), files[i]);
}

static void look_at_raw(struct leak *leak, unsigned char *buf)
{
	for (int v = 1; v < MMS_VIEW_LIMIT; v++) {
		struct mms_query q = { .size = sizeof(q), .pid = fx->pid };
		size_t len = 0;
		ssize_t n;
		int fd = mms_view_name(v) ? mms_open(mms_view_name(v)) : -1;

		if (fd < 0)
			continue;
		if (mms_query(fd, &q)) {
			q.pid = 0;
			q.end = v == MMS_VIEW_rmap ? 4099 : 0;
			mms_query(fd, &q);
		}
		while (len < MOST && (n = read(fd, buf + len, MOST - len)) > 0)
			len += n;
		close(fd);
		if (len)
			found(leak, &leak->raw, secret_fields(v, buf, len), last_found);
	}
}

static const char *const commands[] = {
	"ps", "maps %d", "pgtable %d --json", "folios %d --json", "tables %d --json", "summary %d --json",
	"tlb %d --json", "page 0x1000 --json", "rmap 0x1000 --json", "zones --json", "lru --json", "slab --json", "swap --json",
	"kernel --json", "kernel --vmalloc", "ram --json", "files --json", "features",
	"trace faults -j --stacks both -- true", "trace tlb -j --stacks both -d 0.3", "trace alloc -j --stacks both -d 0.1",
	"trace mmap --folded -- true",
};

static void look_at_tool(struct leak *leak, char *buf, bool syslog)
{
	char args[128];

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		/* where they are to be found, one is enough */
		if (syslog && !strstr(commands[i], "trace tlb"))
			continue;
		snprintf(args, sizeof(args), commands[i], fx->pid);
		mms_tool(buf, MOST, "%s", args);
		found(leak, &leak->tool, secret_numbers(buf, strlen(buf)), args);
	}
	mms_tool(buf, MOST, "trace tlb --record /tmp/access-trace -d 0.3");
	found(leak, &leak->recording, secret_words(buf, slurp_file("/tmp/access-trace", (unsigned char *)buf)), "trace tlb --record");
	unlink("/tmp/access-trace");
	/* this one shows where everything would be without KASLR, which is no secret */
	mms_tool(buf, MOST, "layout %d", fx->pid);
	if (!syslog && !strstr(buf, "As they are without KASLR"))
		found(leak, &leak->tool, 1, "layout");
}

static void look(bool syslog, struct leak *ret)
{
	struct leak *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned char *buf = malloc(MOST + 1);
	pid_t pid = fork();

	if (!pid) {
		if (!syslog)
			without_syslog();
		found(shared, &shared->regions, secret_numbers((char *)buf, slurp_file(MMS_PROC "/regions", buf)), "regions");
		look_at_files(shared, buf);
		look_at_raw(shared, buf);
		look_at_tool(shared, (char *)buf, syslog);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	*ret = *shared;
	munmap(shared, sizeof(*shared));
	free(buf);
}

TEST(no_kernel_address_without_syslog)
{
	struct leak leak;

	GET("regions", (&(struct mms_query){ 0 }), &secret);
	ROWS(mms_regions_rec, r, &secret)
		if (r->random && r->end <= r->start)
			((struct mms_regions_rec *)r)->end = -1;
	/* that they are seen where they are shown */
	look(true, &leak);
	EXPECT_LT(0, leak.regions);
	EXPECT_LT(0, leak.text);
	EXPECT_LT(0, leak.raw);
	EXPECT_LT(0, leak.tool);
	EXPECT_LT(0, leak.recording);
	look(false, &leak);
	EXPECT_LT(nr_files / 2, leak.looked_at);
	EXPECT_EQ(0, leak.regions + leak.text + leak.raw + leak.tool + leak.recording) TH_LOG("%s", leak.where);
	mms_free(&secret);
}

MMS_TEST_MAIN
