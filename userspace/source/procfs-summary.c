// SPDX-License-Identifier: GPL-2.0-only
/* summary from /proc/PID/status, stat, auxv and a few more. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "procfs.h"
#include "../lib/sysfile.h"

#define ALL	(BIT(MMS_NR_F_summary) - 1)

struct summary {
	struct mms_summary_rec rec;
	u64 have;
	bool given;
	char comm[64];
	ssize_t len;
};

#define OFF(f)	offsetof(struct mms_summary_rec, f)

static void put(struct summary *s, u64 has, size_t offset, u64 value)
{
	*(u64 *)((char *)&s->rec + offset) = value;
	s->have |= has;
}

static void from_status(struct summary *s, const char *text)
{
	static const struct {
		const char *name;
		u16 offset;
		u64 has;
	} kb[] = {
#define KB(n, f)	{ "\n" n ":", OFF(f), MMS_HAS(summary, f) }
		KB("RssAnon", rss_anon), KB("RssFile", rss_file), KB("RssShmem", rss_shmem),
		KB("VmSwap", swap), KB("VmHWM", hiwater_rss), KB("VmPeak", hiwater_vm),
		KB("VmSize", total_vm), KB("VmLck", locked_vm), KB("VmPin", pinned_vm),
		KB("VmData", data_vm), KB("VmStk", stack_vm), KB("VmPTE", pgtables),
#undef KB
	};
	u64 value, lib;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kb); i++)
		if (mms_procfs_number(text, kb[i].name, 10, &value))
			put(s, kb[i].has, kb[i].offset, value << 10);
	/* The kernel takes the program's text out of what is executable; the sum has it again. */
	if (mms_procfs_number(text, "\nVmExe:", 10, &value) && mms_procfs_number(text, "\nVmLib:", 10, &lib))
		put(s, MMS_HAS(summary, exec_vm), OFF(exec_vm), (value + lib) << 10);
	if (mms_procfs_number(text, "\nTHP_enabled:", 10, &value)) {
		s->rec.thp_disabled = !value;
		s->have |= MMS_HAS(summary, thp_disabled);
	}
	if (mms_procfs_number(text, "\nuntag_mask:", 16, &value))
		put(s, MMS_HAS(summary, lam_untag_mask), OFF(lam_untag_mask), value);
	if (mms_procfs_number(text, "\nThreads:", 10, &value)) {
		s->rec.threads = value;
		s->have |= MMS_HAS(summary, threads);
	}
	s->rec.pid = mms_procfs_number(text, "\nTgid:", 10, &value) ? value : 0;
	s->have |= MMS_HAS(summary, pid);
}

/* Fields by their number in proc(5). Without permission the kernel gives 0 or 1. */
static void from_stat(struct summary *s, const char *text)
{
	static const struct {
		u8 number;
		u16 offset;
		u64 has;
	} fields[] = {
#define FIELD(n, f)	{ n, OFF(f), MMS_HAS(summary, f) }
		FIELD(26, start_code), FIELD(27, end_code), FIELD(28, start_stack),
		FIELD(45, start_data), FIELD(46, end_data), FIELD(47, start_brk),
		FIELD(48, arg_start), FIELD(49, arg_end), FIELD(50, env_start), FIELD(51, env_end),
#undef FIELD
	};
	const char *p = strrchr(text, ')');
	unsigned int number, i = 0;

	p = p ? strchr(p, ' ') : NULL;
	for (number = 3; p && i < ARRAY_SIZE(fields); number++, p = strchr(p, ' ')) {
		p++;
		if (number != fields[i].number)
			continue;
		if (number == 26 && strtoull(p, NULL, 10) <= 1)
			return;
		put(s, fields[i].has, fields[i].offset, strtoull(p, NULL, 10));
		i++;
	}
}

static void from_auxv(struct summary *s, const char *text, size_t len)
{
	const u64 sysinfo_ehdr = 33;
	u64 pair[2];
	size_t i;

	for (i = 0; i + sizeof(pair) <= len; i += sizeof(pair)) {
		memcpy(pair, text + i, sizeof(pair));
		if (!pair[0])
			break;
		if (pair[0] != sysinfo_ehdr)
			continue;
		put(s, MMS_HAS(summary, vdso), OFF(vdso), pair[1]);
		return;
	}
	if (len)
		put(s, MMS_HAS(summary, vdso), OFF(vdso), 0);
}

static void count_vmas(struct summary *s, const char *text)
{
	u64 start;

	for (; *text; text = strchrnul(text, '\n'), text += *text == '\n') {
		start = strtoull(text, NULL, 16);
		s->rec.map_count += !(start >> 63);
	}
	s->have |= MMS_HAS(summary, map_count);
}

static void from_machine(struct summary *s, const struct mms_stream *stream)
{
	const char *root = stream->args->root;
	char *text;

	s->rec.levels = stream->ctx.header.levels;
	if (mms_sys_read(root, &text, "/proc/cpuinfo") >= 0) {
		/* the file on Meltdown says "Not affected" also where KPTI was forced on */
		s->rec.pti = strstr(text, " pti ") || strstr(text, " pti\n");
		s->rec.pkeys = strstr(text, " ospke") != NULL;
		s->have |= MMS_HAS(summary, levels) | MMS_HAS(summary, pkeys) |
			   MMS_HAS(summary, pti);
		if (!s->rec.pti)	/* there is no second PGD, whoever asks */
			s->have |= MMS_HAS(summary, user_pgd_phys);
		free(text);
	}
}

static int gather(struct summary *s, struct mms_stream *stream, struct mms_err *err)
{
	const char *root = stream->args->root;
	s32 pid = stream->query.pid;
	char *text;
	ssize_t n;

	n = mms_sys_read(root, &text, "/proc/%d/status", pid);
	if (n < 0)
		return mms_procfs_error(pid, "status", -n, err);
	from_status(s, text);
	free(text);
	n = mms_sys_read(root, &text, "/proc/%d/stat", pid);
	if (n >= 0) {
		from_stat(s, text);
		free(text);
	}
	n = mms_sys_read(root, &text, "/proc/%d/auxv", pid);
	if (n >= 0) {
		from_auxv(s, text, n);
		free(text);
	}
	n = mms_sys_read(root, &text, "/proc/%d/maps", pid);
	if (n >= 0) {
		count_vmas(s, text);
		free(text);
	}
	n = mms_sys_read(root, &text, "/proc/%d/ksm_stat", pid);
	if (n >= 0) {
		if (strstr(text, "ksm_merge_any:")) {
			s->rec.ksm_merge = strstr(text, "ksm_merge_any: yes") != NULL;
			s->have |= MMS_HAS(summary, ksm_merge);
		}
		free(text);
	}
	from_machine(s, stream);
	s->rec.policy = MMS_NO_POLICY;
	s->len = mms_sys_line(root, s->comm, sizeof(s->comm), "/proc/%d/comm", pid);
	return 0;
}

static void say_missing(struct mms_stream *stream, u64 have)
{
	const u64 bounds = MMS_HAS(summary, start_code) | MMS_HAS(summary, end_code) |
			   MMS_HAS(summary, start_data) | MMS_HAS(summary, end_data) |
			   MMS_HAS(summary, start_brk) | MMS_HAS(summary, start_stack) |
			   MMS_HAS(summary, arg_start) | MMS_HAS(summary, arg_end) |
			   MMS_HAS(summary, env_start) | MMS_HAS(summary, env_end) |
			   MMS_HAS(summary, vdso) | MMS_HAS(summary, map_count);
	const u64 status = MMS_HAS(summary, thp_disabled) | MMS_HAS(summary, lam_untag_mask) |
			   MMS_HAS(summary, ksm_merge) | MMS_HAS(summary, pti);
	u64 lacks = ALL & ~have;

	if (lacks & bounds)
		mms_stream_lacks(stream, lacks & bounds,
				 "another user's process: its bounds are shown to root only");
	if (lacks & status)
		mms_stream_lacks(stream, lacks & status,
				 "this kernel has no file that says it: " MMS_WHY_MODULE);
	mms_stream_lacks(stream, lacks & ~(bounds | status),
			 "no file of /proc has it: " MMS_WHY_MODULE);
}

static int summary_open(struct mms_stream *stream, struct mms_err *err)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (!s)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (gather(s, stream, err)) {
		free(s);
		return -1;
	}
	say_missing(stream, s->have);
	stream->priv = s;
	return 0;
}

static int summary_next(struct mms_stream *stream, struct mms_err *err __unused)
{
	struct summary *s = stream->priv;

	if (s->given)
		return 0;
	s->given = true;
	s->rec.rec.type = MMS_REC_ROW;
	s->rec.rec.text = s->len > 0 ? s->len : 0;
	stream->row.rec = &s->rec;
	stream->row.text = s->comm;
	stream->row.len = s->rec.rec.text;
	return 1;
}

static void summary_close(struct mms_stream *stream)
{
	free(stream->priv);
}

const struct mms_procfs_view mms_procfs_summary = {
	.open = summary_open,
	.next = summary_next,
	.close = summary_close,
};
