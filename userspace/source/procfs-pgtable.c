// SPDX-License-Identifier: GPL-2.0-only
/*
 * pgtable from /proc/PID/pagemap and the files about page frames. Neighbours
 * are merged by the module's rules, as far as what they need can be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "procfs.h"
#include "../lib/sysfile.h"
#include "../model/vocab.h"

#define PAGE		4096ULL
#define CHUNK		512	/* words of pagemap read at once */
#define HUGE_HOLE	(64ULL << 20)

/* As <linux/fs.h> of 6.7 and later has it. */
struct scan_region {
	u64 start, end, categories;
};
struct scan_arg {
	u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN		_IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT	BIT(3)
#define SCAN_SWAPPED	BIT(4)
#define SCAN_HUGE	BIT(6)

/**
 * struct pgtable - a stream of the view
 * @smaps: the VMAs
 * @vma: one is being read
 * @pagemap: /proc/PID/pagemap
 * @kpages: the files about page frames
 * @pfns: pagemap shows page frames
 * @folios: kpageflags can be read
 * @scan: pagemap has PAGEMAP_SCAN
 * @addr: where to read on
 * @stretch_end: what lies up to here is populated, or not known to be empty
 * @level: of the entries there
 * @level_known: it is what the tables have
 * @regions: what PAGEMAP_SCAN found, @region the next of @nr_regions
 * @region: see @regions
 * @nr_regions: see @regions
 * @scanned: how far it has looked
 * @words: of pagemap, from @words_at on; @pos the next of @nr
 * @words_at: see @words
 * @pages: the frames of @words
 * @pos: see @words
 * @nr: see @words
 * @run: the run that is being collected; count 0: none
 * @run_word: see @run
 * @run_known: see @run
 * @out: the row given last
 * @word: see @out
 * @known: see @out
 */
struct pgtable {
	struct mms_smaps smaps;
	bool vma;
	int pagemap;
	struct mms_kpages kpages;
	bool pfns, folios, scan;
	u64 addr, stretch_end;
	u8 level;
	bool level_known;
	struct scan_region regions[64];
	unsigned int region, nr_regions;
	u64 scanned;
	u64 words[CHUNK], words_at;
	struct mms_kpage pages[CHUNK];
	unsigned int pos, nr;
	struct mms_pgtable_rec run, out;
	u64 run_word, word;
	bool run_known, known;
};

/* ---- what is populated -------------------------------------------------- */

static int scan_more(struct pgtable *p, u64 end)
{
	struct scan_arg arg = {
		.size = sizeof(arg), .start = p->scanned, .end = end,
		.vec = (uintptr_t)p->regions, .vec_len = ARRAY_SIZE(p->regions),
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_HUGE,
	};
	int n = ioctl(p->pagemap, SCAN, &arg);

	p->region = 0;
	p->nr_regions = n < 0 ? 0 : n;
	if (n < 0)
		return -errno;
	p->scanned = arg.walk_end ? arg.walk_end : end;
	return 0;
}

bool mms_pagemap_scans(int fd)
{
	struct scan_region none;
	struct scan_arg arg = {
		.size = sizeof(arg), .vec = (uintptr_t)&none, .vec_len = 1,
		.category_mask = SCAN_PRESENT, .return_mask = SCAN_PRESENT,
	};

	return ioctl(fd, SCAN, &arg) >= 0;
}

static u64 level_size(unsigned int level)
{
	return PAGE << (9 * (level - 1));
}

static u8 leaf_level(u64 page_size)
{
	return page_size >= level_size(3) ? 3 : page_size >= level_size(2) ? 2 : 1;
}

/* The next stretch of the VMA from p->addr on; false if there is none. */
static bool next_stretch(struct pgtable *p, u64 end)
{
	const struct mms_maps_rec *vma = &p->smaps.rec;
	const u64 pmd = level_size(2);

	p->level = vma->flags & BIT(MMS_VMA_ht) ? leaf_level(vma->page_size) : 1;
	/*
	 * Without PAGEMAP_SCAN it is known only where no larger leaf fits in: the
	 * huge zero page is in none of smaps' counters.
	 */
	p->level_known = p->level > 1 || ((vma->start + pmd - 1) & -pmd) + pmd > vma->end;
	/* pagemap shows none of the frames of a raw mapping, PAGEMAP_SCAN refuses them */
	if (vma->flags & BIT(MMS_VMA_pf))
		return false;
	if (p->level > 1 || !p->scan) {
		/*
		 * On older kernels an empty reservation is known by its counters alone.
		 * hugetlb is in none of them.
		 */
		if (p->level == 1 && !p->scan && p->smaps.full && end - p->addr > HUGE_HOLE &&
		    !vma->rss && !vma->swap && !(vma->flags & BIT(MMS_VMA_mm)))
			return false;
		p->stretch_end = end;
		return true;
	}
	for (;;) {
		for (; p->region < p->nr_regions; p->region++) {
			const struct scan_region *r = &p->regions[p->region];

			if (r->end <= p->addr)
				continue;
			if (r->start > p->addr)
				p->addr = r->start;
			p->stretch_end = r->end;
			p->level = r->categories & SCAN_HUGE ? 2 : 1;
			p->level_known = true;
			p->region++;
			return true;
		}
		if (p->scanned >= end)
			return false;
		if (scan_more(p, end)) {
			p->scan = false;
			p->stretch_end = end;
			return true;
		}
	}
}

/* ---- reading ------------------------------------------------------------ */

static void read_frames(struct pgtable *p)
{
	unsigned int i, j;

	for (i = 0; i < p->nr; i = j) {
		u64 pfn = MMS_PM_PFN(p->words[i]);

		j = i + 1;
		if (!(p->words[i] & MMS_PM_PRESENT))
			continue;
		while (j < p->nr && p->words[j] & MMS_PM_PRESENT &&
		       MMS_PM_PFN(p->words[j]) == pfn + (j - i))
			j++;
		mms_kpages_read(&p->kpages, pfn, j - i, p->pages + i);
	}
}

static u64 clip_end(const struct mms_stream *stream, u64 end)
{
	return stream->query.end && stream->query.end < end ? stream->query.end : end;
}

/* 1: p->words has something; 0: the end; -1 */
static int fill(struct mms_stream *stream, struct mms_err *err)
{
	const struct mms_query *q = &stream->query;
	struct pgtable *p = stream->priv;
	const struct mms_maps_rec *vma = &p->smaps.rec;
	u64 end, size;
	ssize_t n;
	int ret;

	for (;;) {
		if (!p->vma) {
			ret = mms_smaps_next(&p->smaps);
			if (ret < 0)
				return mms_procfs_error(q->pid, "smaps", -ret, err);
			if (!ret || (q->end && vma->start >= q->end))
				return 0;
			if (vma->end <= q->start)
				continue;
			p->vma = true;
			p->addr = vma->start > q->start ? vma->start : q->start & -PAGE;
			p->stretch_end = p->scanned = p->addr;
			p->region = p->nr_regions = 0;
		}
		end = clip_end(stream, vma->end);
		if (p->addr >= end || (p->addr >= p->stretch_end && !next_stretch(p, end))) {
			p->vma = false;
			continue;
		}
		size = level_size(p->level);
		p->addr &= -size;
		n = p->level > 1 ? 1 : (p->stretch_end - p->addr + PAGE - 1) / PAGE;
		n = pread(p->pagemap, p->words, 8 * (n < CHUNK ? n : CHUNK), p->addr / PAGE * 8);
		if (n < 0)
			return mms_procfs_error(q->pid, "pagemap", errno, err);
		if (n < 8) {	/* it has ended, or is a recorded one that stops here */
			p->vma = false;
			continue;
		}
		p->words_at = p->addr;
		p->pos = 0;
		p->nr = n / 8;
		p->addr += p->nr * size;
		if (p->folios && !(q->flags & MMS_Q_NO_FOLIO))
			read_frames(p);
		return 1;
	}
}

/* ---- rows ---------------------------------------------------------------- */

static void decode_nonpresent(const struct pgtable *p, u64 word, struct mms_pgtable_rec *rec)
{
	const u64 offset = MMS_PM_OFFSET(word);
	const unsigned int type = MMS_PM_TYPE(word);

	rec->kind = MMS_KIND_swap;
	if (!p->pfns) {		/* types and offsets are hidden, too */
		if (word & MMS_PM_GUARD)
			rec->kind = MMS_KIND_guard;
		return;
	}
	/* Up to 6.2 the last type was that of a failed swap-in, and markers had the one before. */
	if (type >= MMS_PM_SPECIAL && offset == 1 && word & MMS_PM_UFFD_WP) {
		rec->kind = MMS_KIND_uffdwp;
		return;
	}
	if (type == MMS_PM_MARKER) {
		rec->kind = offset & 4 ? MMS_KIND_guard : MMS_KIND_poison;
		return;
	}
	rec->pfn = offset;
	if (type >= MMS_PM_SPECIAL)
		rec->kind = MMS_KIND_other;
	else
		rec->swap_type = type;
}

static void decode_present(struct pgtable *p, const struct mms_kpage *page, u64 word,
			   bool look, struct mms_pgtable_rec *rec)
{
	const u64 access = BIT(MMS_VMA_rd) | BIT(MMS_VMA_wr) | BIT(MMS_VMA_ex);

	rec->kind = rec->vma_flags & access ? MMS_KIND_page : MMS_KIND_protnone;
	if (!p->pfns)
		return;
	rec->pfn = MMS_PM_PFN(word);
	if (!look)
		return;
	if (page->flags & BIT(KPF_NOPAGE)) {
		rec->kind = MMS_KIND_device;
		return;
	}
	if (page->flags & BIT(KPF_ZERO_PAGE))
		rec->kind = MMS_KIND_zero;
	rec->rec.flags |= MMS_RF_FOLIO;
	rec->kpf = page->flags;
	rec->mapcount = page->count;
	rec->cgroup = page->cgroup;
	mms_kpages_folio(&p->kpages, rec->pfn, page->flags, &rec->order, &rec->folio_page);
	/* Before "memcg: use folio in page_cgroup_ino()", 6.4, tails were said to have none. */
	if (rec->folio_page && !rec->cgroup)
		rec->cgroup = mms_kpages_cgroup(&p->kpages, rec->pfn - rec->folio_page);
}

static bool wanted(const struct mms_query *q, const struct mms_pgtable_rec *rec)
{
	if (q->levels && !(q->levels >> rec->level & 1))
		return false;
	if (q->kinds && !(q->kinds >> rec->kind & 1))
		return false;
	return !q->kpf_mask ||
	       (rec->rec.flags & MMS_RF_FOLIO && (rec->kpf & q->kpf_mask) == q->kpf_value);
}

/* The next entry that holds something. As fill(). */
static int gather(struct mms_stream *stream, struct mms_pgtable_rec *rec, u64 *ret_word,
		  struct mms_err *err)
{
	const struct mms_query *q = &stream->query;
	struct pgtable *p = stream->priv;
	int ret;

	for (;;) {
		unsigned int i = p->pos;
		u64 word;

		if (i == p->nr) {
			ret = fill(stream, err);
			if (ret <= 0)
				return ret;
			continue;
		}
		p->pos++;
		word = p->words[i];
		if (!(word & (MMS_PM_PRESENT | MMS_PM_SWAP)))
			continue;
		*rec = (struct mms_pgtable_rec){
			.rec.type = MMS_REC_ROW, .level = p->level, .region = MMS_REGION_user,
			.swap_type = MMS_NO_SWAP, .zone = MMS_NO_ZONE, .node = MMS_NO_NODE,
			.start = p->words_at + i * level_size(p->level), .count = 1,
			.vma_start = p->smaps.rec.start, .vma_flags = p->smaps.rec.flags,
		};
		if (word & MMS_PM_PRESENT)
			decode_present(p, &p->pages[i], word,
				       p->folios && !(q->flags & MMS_Q_NO_FOLIO), rec);
		else
			decode_nonpresent(p, word, rec);
		if (!wanted(q, rec))
			continue;
		*ret_word = word;
		return 1;
	}
}

static bool folio_joins(const struct mms_pgtable_rec *run, const struct mms_pgtable_rec *rec,
			u64 entry_pages)
{
	const u64 place = BIT(KPF_COMPOUND_HEAD) | BIT(KPF_COMPOUND_TAIL);

	if (!(rec->rec.flags & MMS_RF_FOLIO))
		return true;
	if (((run->kpf ^ rec->kpf) & ~place) || run->order != rec->order ||
	    run->mapcount != rec->mapcount || run->cgroup != rec->cgroup)
		return false;
	if (BIT(rec->order) <= entry_pages)
		return run->folio_page == rec->folio_page;
	return rec->pfn - run->pfn == (u64)rec->folio_page - run->folio_page;
}

/* Does @rec go on where the run ends? The module's rule, with pagemap's bits for the entry's. */
static bool joins(const struct pgtable *p, struct mms_pgtable_rec *run,
		  const struct mms_pgtable_rec *rec, u64 word)
{
	const u64 bits = ~(BIT(55) - 1) & ~MMS_PM_EXCLUSIVE;
	const u64 size = level_size(rec->level);
	const s64 pages = size / PAGE;
	s64 step = rec->pfn - run->pfn;

	if (rec->start != run->start + run->count * size || run->level != rec->level ||
	    run->kind != rec->kind || run->vma_start != rec->vma_start ||
	    run->swap_type != rec->swap_type || run->rec.flags != rec->rec.flags ||
	    run->count == UINT32_MAX || (p->run_word ^ word) & bits)
		return false;
	if (run->count > 1 && step != (s64)run->step * run->count)
		return false;
	if (run->count == 1 && (rec->kind == MMS_KIND_swap && p->pfns ?
				step != 1 && step != -1 :
				step && step != pages && step != -pages))
		return false;
	if (!folio_joins(run, rec, pages))
		return false;
	if (run->count == 1)
		run->step = step;
	return true;
}

static int pgtable_next(struct mms_stream *stream, struct mms_err *err)
{
	const bool merge = !(stream->query.flags & MMS_Q_NO_MERGE);
	struct pgtable *p = stream->priv;
	struct mms_pgtable_rec rec;
	bool full;
	u64 word = 0;
	int ret;

	for (;;) {
		ret = gather(stream, &rec, &word, err);
		if (ret < 0)
			return ret;
		if (ret && merge && p->run.count && joins(p, &p->run, &rec, word)) {
			p->run.count++;
			continue;
		}
		full = p->run.count;
		if (full) {
			p->out = p->run;
			p->word = p->run_word;
			p->known = p->run_known;
		}
		p->run.count = 0;
		if (ret) {
			p->run = rec;
			p->run_word = word;
			p->run_known = p->level_known;
		}
		if (full)
			break;
		if (!ret)
			return 0;
	}
	stream->row.rec = &p->out;
	stream->row.text = "";
	stream->row.len = 0;
	return 1;
}

u64 mms_procfs_word(const struct mms_stream *stream)
{
	return ((const struct pgtable *)stream->priv)->word;
}

bool mms_procfs_level_known(const struct mms_stream *stream)
{
	return ((const struct pgtable *)stream->priv)->known;
}

bool mms_procfs_ksm(const struct mms_stream *stream)
{
	return !((const struct pgtable *)stream->priv)->kpages.ksm_wrong;
}

/* ---- open and close ------------------------------------------------------ */

static int refuse(const struct mms_query *q, struct mms_err *err)
{
	const char *what = NULL;

	if (q->flags & MMS_Q_KERNEL)
		what = "the kernel's half";
	else if (q->flags & MMS_Q_USER_PGD)
		what = "KPTI's user PGD";
	else if (q->flags & MMS_Q_TABLES)
		what = "entries that hold tables";
	else if (q->flags & MMS_Q_MERGE_ATTR)
		what = "merging by attributes";
	else if (q->entry_mask)
		what = "a filter on entry bits";
	if (!what)
		return 0;
	return mms_err_set(err, MMS_EXIT_MISSING, "%s %s", what, MMS_WHY_MODULE);
}

/* Without CAP_SYS_ADMIN every page frame is shown as 0: a page of ours tells. */
static bool shows_pfns(const char *root)
{
	volatile char here = 1;
	u64 word = 0;
	int fd;

	if (*root)
		return true;
	fd = mms_sys_open("", O_RDONLY, "/proc/self/pagemap");
	if (fd < 0)
		return false;
	if (pread(fd, &word, 8, (uintptr_t)&here / PAGE * 8) != 8)
		word = 0;
	close(fd);
	return here && MMS_PM_PFN(word);
}

static void say_missing(struct mms_stream *stream, const struct pgtable *p)
{
	const u64 folio = MMS_HAS(pgtable, order) | MMS_HAS(pgtable, folio_page) |
			  MMS_HAS(pgtable, kpf) | MMS_HAS(pgtable, mapcount) |
			  MMS_HAS(pgtable, cgroup);
	const u64 frames = MMS_HAS(pgtable, pfn) | MMS_HAS(pgtable, step) |
			   MMS_HAS(pgtable, swap_type);

	mms_stream_lacks(stream, MMS_HAS(pgtable, entry), p->scan ?
		"raw entries need the module: sudo mmscope load" :
		"raw entries need the module (without it this kernel does not tell huge leaves apart: they show as pages): sudo mmscope load");
	mms_stream_lacks(stream, MMS_HAS(pgtable, refcount) | MMS_HAS(pgtable, node) |
			 MMS_HAS(pgtable, zone), "no file of /proc has it: " MMS_WHY_MODULE);
	if (!p->pfns)
		mms_stream_lacks(stream, frames | folio,
				 "page frames are shown to root only (CAP_SYS_ADMIN)");
	else if (!p->folios)
		mms_stream_lacks(stream, folio, "/proc/kpageflags cannot be read: it needs root");
	else if (p->kpages.cgroup < 0)
		mms_stream_lacks(stream, MMS_HAS(pgtable, cgroup),
				 "this kernel has no /proc/kpagecgroup");
	if (!p->smaps.full)
		mms_stream_lacks(stream, MMS_HAS(pgtable, vma_flags),
				 "/proc/PID/smaps is not there, only maps");
}

static int pgtable_open(struct mms_stream *stream, struct mms_err *err)
{
	const char *root = stream->args->root;
	s32 pid = stream->query.pid;
	struct pgtable *p;

	if (refuse(&stream->query, err))
		return -1;
	p = calloc(1, sizeof(*p));
	if (!p)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	p->pagemap = mms_sys_open(root, O_RDONLY, "/proc/%d/pagemap", pid);
	if (p->pagemap < 0) {
		mms_procfs_error(pid, "pagemap", -p->pagemap, err);
		free(p);
		return -1;
	}
	if (mms_smaps_open(&p->smaps, root, pid, false, err)) {
		close(p->pagemap);
		free(p);
		return -1;
	}
	p->scan = mms_pagemap_scans(p->pagemap);
	p->pfns = shows_pfns(root);
	p->kpages.flags = p->kpages.count = p->kpages.cgroup = -1;
	if (p->pfns)
		mms_kpages_open(&p->kpages, root);
	p->folios = p->kpages.flags >= 0;
	say_missing(stream, p);
	stream->priv = p;
	return 0;
}

static void pgtable_close(struct mms_stream *stream)
{
	struct pgtable *p = stream->priv;

	mms_kpages_close(&p->kpages);
	mms_smaps_close(&p->smaps);
	close(p->pagemap);
	free(p);
}

const struct mms_procfs_view mms_procfs_pgtable = {
	.open = pgtable_open,
	.next = pgtable_next,
	.close = pgtable_close,
};
