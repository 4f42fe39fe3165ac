// SPDX-License-Identifier: GPL-2.0-only
/* maps from /proc/PID/smaps, or from maps alone, and the policies of numa_maps. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "procfs.h"
#include "raw.h"
#include "../lib/sysfile.h"
#include "../model/vocab.h"

/* A line of smaps and the field it fills; a shift makes kB what the field counts in. */
static const struct {
	const char *key;
	u8 len;
	u8 shift;
	u16 offset;
	u64 has;
} keys[] = {
#define KEY(name, f, s)							\
	{ name ":", sizeof(name), s, offsetof(struct mms_maps_rec, f), MMS_HAS(maps, f) }
	KEY("KernelPageSize", page_size, 10),
	KEY("Rss", rss, 10),
	KEY("Pss", pss, 10 + MMS_PSS_SHIFT),
	KEY("Pss_Dirty", pss_dirty, 10 + MMS_PSS_SHIFT),
	KEY("Shared_Clean", shared_clean, 10),
	KEY("Shared_Dirty", shared_dirty, 10),
	KEY("Private_Clean", private_clean, 10),
	KEY("Private_Dirty", private_dirty, 10),
	KEY("Referenced", referenced, 10),
	KEY("Anonymous", anonymous, 10),
	KEY("KSM", ksm, 10),
	KEY("LazyFree", lazyfree, 10),
	KEY("AnonHugePages", anon_huge, 10),
	KEY("ShmemPmdMapped", shmem_huge, 10),
	KEY("FilePmdMapped", file_huge, 10),
	KEY("Shared_Hugetlb", hugetlb_shared, 10),
	KEY("Private_Hugetlb", hugetlb_private, 10),
	KEY("Swap", swap, 10),
	KEY("Locked", locked_pss, 10 + MMS_PSS_SHIFT),
#undef KEY
};

/* What /proc/PID/maps has. */
#define MAPS_LINE	(MMS_HAS(maps, start) | MMS_HAS(maps, end) | MMS_HAS(maps, flags) |	\
			 MMS_HAS(maps, offset) | MMS_HAS(maps, dev_major) |			\
			 MMS_HAS(maps, dev_minor) | MMS_HAS(maps, inode) | MMS_HAS(maps, name))
#define ALL		(BIT(MMS_NR_F_maps) - 1)

int mms_smaps_open(struct mms_smaps *s, const char *root, s32 pid, bool numa, struct mms_err *err)
{
	const char *file = "smaps";
	int fd;

	memset(s, 0, sizeof(*s));
	s->numa.fd = -1;
	s->full = true;
	fd = mms_sys_open(root, O_RDONLY, "/proc/%d/smaps", pid);
	if (fd == -ENOENT) {
		s->full = false;
		file = "maps";
		fd = mms_sys_open(root, O_RDONLY, "/proc/%d/maps", pid);
	}
	if (fd < 0)
		return mms_procfs_error(pid, file, -fd, err);
	if (mms_lines_init(&s->lines, fd))
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	fd = numa ? mms_sys_open(root, O_RDONLY, "/proc/%d/numa_maps", pid) : -1;
	if (fd >= 0 && mms_lines_init(&s->numa, fd)) {
		mms_smaps_close(s);
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	return 0;
}

void mms_smaps_close(struct mms_smaps *s)
{
	mms_lines_deinit(&s->lines);
	mms_lines_deinit(&s->numa);
}

/* A newline in a name is \012 in the file; nothing else is changed there. */
static size_t unescape(char *to, size_t size, const char *from, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len && n < size; i++) {
		to[n] = from[i];
		if (len - i >= 4 && !memcmp(from + i, "\\012", 4)) {
			to[n] = '\n';
			i += 3;
		}
		n++;
	}
	return n;
}

static u64 vma_flags(const char *p, const char *end)
{
	const struct mms_bit *bits;
	unsigned int nr, i;
	u64 flags = 0;

	bits = mms_vma_bits(&nr);
	for (; end - p >= 2; p++) {
		if (*p == ' ')
			continue;
		for (i = 0; i < nr && memcmp(bits[i].name, p, 2); i++)
			;
		flags |= i < nr ? BIT(bits[i].bit) : MMS_VMA_OTHER;
		p += 1;
	}
	return flags;
}

static void smaps_line(struct mms_smaps *s, const char *line, const char *end)
{
	size_t i, len = end - line;

	if (len > 8 && !memcmp(line, "VmFlags:", 8)) {
		s->rec.flags = vma_flags(line + 8, end);
		s->have |= MMS_HAS(maps, flags);
		return;
	}
	if (len > 14 && !memcmp(line, "ProtectionKey:", 14)) {
		s->rec.pkey = strtoull(line + 14, NULL, 10);
		s->have |= MMS_HAS(maps, pkey);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (len <= keys[i].len || memcmp(line, keys[i].key, keys[i].len))
			continue;
		*(u64 *)((char *)&s->rec + keys[i].offset) =
			strtoull(line + keys[i].len, NULL, 10) << keys[i].shift;
		s->have |= keys[i].has;
		return;
	}
}

/* What follows from the counters together. */
static void smaps_derive(struct mms_smaps *s)
{
	struct mms_maps_rec *rec = &s->rec;
	u64 hugetlb = rec->hugetlb_shared + rec->hugetlb_private;

	if (!(s->have & MMS_HAS(maps, page_size)))
		return;
	s->have |= MMS_HAS(maps, huge_2m) | MMS_HAS(maps, huge_1g);
	rec->huge_2m = rec->anon_huge + rec->shmem_huge + rec->file_huge;
	if (rec->page_size == 2 << 20)
		rec->huge_2m += hugetlb;
	else if (rec->page_size == 1 << 30)
		rec->huge_1g += hugetlb;
	if (rec->flags & BIT(MMS_VMA_ht))
		rec->name = MMS_NAME_hugetlb;
}

static u64 node_list(const char *p)
{
	u8 set[64] = { 0 };
	u64 nodes = 0;
	u32 node;

	mms_sys_list(p, set, ARRAY_SIZE(set));
	for (node = 0; node < ARRAY_SIZE(set); node++)
		nodes |= set[node] ? BIT(node) : 0;
	return nodes;
}

/* "bind=static:0-1 file=...", after the address. */
static void numa_policy(struct mms_maps_rec *rec, const char *p, const char *end)
{
	static const struct {
		const char *word;
		u8 policy;
	} words[] = {	/* a longer one before its beginning */
		{ "prefer (many)", 5 }, { "prefer", 1 }, { "bind", 2 }, { "interleave", 3 },
		{ "local", 4 }, { "weighted interleave", 6 },
	};
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		len = strlen(words[i].word);
		if ((size_t)(end - p) < len || memcmp(p, words[i].word, len))
			continue;
		rec->policy = words[i].policy;
		p += len;
		p += strcspn(p, ": \n");
		rec->policy_nodes = *p == ':' ? node_list(p + 1) : 0;
		return;
	}
}

/* The line of numa_maps that begins with this VMA, if there is one. */
static void smaps_numa(struct mms_smaps *s)
{
	char *line, *end, *p;
	u64 start;

	s->rec.policy = MMS_NO_POLICY;
	while (s->numa.fd >= 0 && mms_lines_next(&s->numa, &line, &end)) {
		start = strtoull(line, &p, 16);
		if (start > s->rec.start) {
			mms_lines_unread(&s->numa);
			return;
		}
		if (start < s->rec.start)
			continue;
		if (*p == ' ')
			numa_policy(&s->rec, p + 1, end);
		s->have |= MMS_HAS(maps, policy) | MMS_HAS(maps, policy_nodes);
		return;
	}
}

int mms_smaps_next(struct mms_smaps *s)
{
	struct mms_maps_line head;
	char *line, *end;

	do {
		if (!mms_lines_next(&s->lines, &line, &end))
			return s->lines.error ? -s->lines.error : 0;
	} while (!mms_maps_line_parse(line, end, &head));
	/* The vsyscall page belongs to no process. */
	if (head.rec.start >> 63)
		return 0;
	s->rec = head.rec;
	s->have = MAPS_LINE;
	s->len = unescape(s->name, sizeof(s->name), head.name, head.len);
	while (s->full && mms_lines_next(&s->lines, &line, &end)) {
		if (*line < 'A' || *line > 'Z') {
			mms_lines_unread(&s->lines);
			break;
		}
		smaps_line(s, line, end);
	}
	smaps_derive(s);
	smaps_numa(s);
	return 1;
}

/* ---- the view ---------------------------------------------------------- */

struct maps {
	struct mms_smaps smaps;
	bool first;	/* the first VMA was read to see what there is */
	int ret;	/* of reading it */
};

static void say_missing(struct mms_stream *stream, const struct mms_smaps *s)
{
	const u64 swap = MMS_HAS(maps, shmem_swap);
	const u64 rollup = MMS_HAS(maps, pss_anon) | MMS_HAS(maps, pss_file) |
			   MMS_HAS(maps, pss_shmem);
	const u64 numa = MMS_HAS(maps, policy) | MMS_HAS(maps, policy_nodes);
	const u64 never = MMS_HAS(maps, huge_pte) | MMS_HAS(maps, zero) | MMS_HAS(maps, device) |
			  MMS_HAS(maps, guard) | MMS_HAS(maps, uffd_wp) |
			  MMS_HAS(maps, soft_dirty) | MMS_HAS(maps, other) |
			  MMS_HAS(maps, anon_vma);
	u64 lacks = ALL & ~s->have;

	mms_stream_lacks(stream, lacks & never, "smaps does not count it: " MMS_WHY_MODULE);
	mms_stream_lacks(stream, lacks & rollup,
			 "smaps has it only for the whole process: " MMS_WHY_MODULE);
	mms_stream_lacks(stream, lacks & swap, "smaps counts it in swap: apart it " MMS_WHY_MODULE);
	mms_stream_lacks(stream, lacks & numa, "/proc/PID/numa_maps cannot be read here");
	lacks &= ~(never | rollup | swap | numa);
	if (lacks)
		mms_stream_lacks(stream, lacks, s->full ?
				 "this kernel's smaps does not have it" :
				 "/proc/PID/smaps is not there, only maps");
}

static int maps_open(struct mms_stream *stream, struct mms_err *err)
{
	struct maps *m = calloc(1, sizeof(*m));

	if (!m)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (mms_smaps_open(&m->smaps, stream->args->root, stream->query.pid, true, err)) {
		free(m);
		return -1;
	}
	m->ret = mms_smaps_next(&m->smaps);
	m->first = true;
	if (m->ret < 0) {
		mms_procfs_error(stream->query.pid, "smaps", -m->ret, err);
		mms_smaps_close(&m->smaps);
		free(m);
		return -1;
	}
	say_missing(stream, &m->smaps);
	stream->priv = m;
	return 0;
}

static int maps_next(struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_query *q = &stream->query;
	struct maps *m = stream->priv;
	int ret;

	do {
		ret = m->first ? m->ret : mms_smaps_next(&m->smaps);
		m->first = false;
		if (ret < 0)
			return mms_procfs_error(q->pid, "smaps", -ret, err);
		if (!ret || (q->end && m->smaps.rec.start >= q->end))
			return 0;
	} while (m->smaps.rec.end <= q->start);
	m->smaps.rec.rec.text = m->smaps.len;
	stream->row.rec = &m->smaps.rec;
	stream->row.text = m->smaps.name;
	stream->row.len = m->smaps.len;
	return 1;
}

static void maps_close(struct mms_stream *stream)
{
	struct maps *m = stream->priv;

	mms_smaps_close(&m->smaps);
	free(m);
}

const struct mms_procfs_view mms_procfs_maps = {
	.open = maps_open,
	.next = maps_next,
	.close = maps_close,
};
