// SPDX-License-Identifier: GPL-2.0-only
/* Page frames from /proc/kpageflags, kpagecount and kpagecgroup. */
#include <linux/kernel-page-flags.h>
#include <stdlib.h>
#include <string.h>
#include "procfs.h"
#include "../model/filter.h"
#include "../model/pfns.h"

#define BATCH	4096
#define LIMIT	BIT(40)	/* frames; no file is longer */
#define SPANS	256

/* The frames of a zone of a node, with its holes. */
struct span {
	u64 start, end;
	int16_t node;
	u8 zone;
};

/**
 * struct pfns - a stream
 * @files: those about page frames
 * @spans: of all zones that have memory, @nr_spans of them
 * @nr_spans: see @spans
 * @pages: frames from @first on, @nr of them
 * @first: see @pages
 * @nr: see @pages
 * @pfn: the next one to look at
 * @run: being collected, its count is 0 for none
 * @ready: the row given last
 */
struct pfns {
	struct mms_kpages files;
	struct mms_kpage pages[BATCH];
	u64 first, nr, pfn;
	struct span spans[SPANS];
	unsigned int nr_spans;
	struct mms_pfns_rec run, ready;
};

#define LACKS	(MMS_HAS(pfns, lru) | MMS_HAS(pfns, gen) | MMS_HAS(pfns, refcount) |	\
		 MMS_HAS(pfns, dev_major) | MMS_HAS(pfns, dev_minor) |			\
		 MMS_HAS(pfns, inode) | MMS_HAS(pfns, index) | MMS_HAS(pfns, anon_vma))

/* Where the zones lie. */
static int read_spans(struct pfns *p, const char *root, struct mms_err *err)
{
	const struct mms_source_args args = { .source = "procfs", .root = root };
	const struct mms_query query = { .size = sizeof(query) };
	struct mms_stream *zones = calloc(1, sizeof(*zones));
	int ret = -1;

	if (!zones)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	if (mms_stream_open(zones, &args, &mms_model_zones, &query, err))
		goto out;
	while ((ret = mms_stream_next(zones, err)) > 0) {
		const struct mms_zones_rec *rec = zones->row.rec;

		if (rec->row == MMS_ZONE_ROW_zone && rec->spanned && p->nr_spans < SPANS)
			p->spans[p->nr_spans++] = (struct span){
				rec->start_pfn, rec->start_pfn + rec->spanned, rec->node, rec->zone,
			};
	}
	mms_stream_close(zones);
out:
	free(zones);
	return ret;
}

/* The one zone a frame is in; NULL if it is in none, or @ret_many. */
static const struct span *span_of(const struct pfns *p, u64 pfn, bool *ret_many)
{
	const struct span *found = NULL;
	unsigned int i;

	*ret_many = false;
	for (i = 0; i < p->nr_spans; i++) {
		if (pfn < p->spans[i].start || pfn >= p->spans[i].end)
			continue;
		*ret_many = found;
		found = &p->spans[i];
	}
	return *ret_many ? NULL : found;
}

/* A hole: newer kernels do not say NOPAGE, but show no flags at all. */
static bool is_hole(const struct pfns *p, u64 pfn, const struct mms_kpage *page)
{
	bool many;

	if (page->flags & BIT(KPF_NOPAGE))
		return true;
	return !page->flags && !page->count && !span_of(p, pfn, &many) && !many;
}

static int pfns_open(struct mms_stream *stream, struct mms_err *err)
{
	struct pfns *p = calloc(1, sizeof(*p));

	if (!p)
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	mms_kpages_open(&p->files, stream->args->root);
	if (p->files.flags < 0) {
		mms_kpages_close(&p->files);
		free(p);
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "/proc/kpageflags cannot be read: this needs root");
	}
	if (read_spans(p, stream->args->root, err)) {
		mms_kpages_close(&p->files);
		free(p);
		return -1;
	}
	p->pfn = p->first = stream->query.start;
	stream->priv = p;
	mms_stream_lacks(stream, LACKS, MMS_WHY_MODULE);
	if (p->files.count < 0)
		mms_stream_lacks(stream, MMS_HAS(pfns, mapcount),
				 "/proc/kpagecount cannot be read");
	if (p->files.cgroup < 0)
		mms_stream_lacks(stream, MMS_HAS(pfns, cgroup),
				 "/proc/kpagecgroup cannot be read");
	return 0;
}

/* The frame p->pfn, or NULL at the end. */
static const struct mms_kpage *page_at(struct pfns *p, u64 end)
{
	u64 nr = BATCH;

	if (p->pfn >= end)
		return NULL;
	if (p->pfn >= p->first + p->nr) {
		if (end - p->pfn < nr)
			nr = end - p->pfn;
		p->nr = mms_kpages_read(&p->files, p->pfn, nr, p->pages);
		p->first = p->pfn;
		if (!p->nr)
			return NULL;
	}
	return &p->pages[p->pfn - p->first];
}

static bool joins(const struct mms_query *q, const struct mms_pfns_rec *run,
		  const struct mms_pfns_rec *rec)
{
	return run->count && !(q->flags & MMS_Q_NO_MERGE) && run->order == rec->order &&
	       run->kpf == rec->kpf && run->mapcount == rec->mapcount &&
	       run->cgroup == rec->cgroup && run->node == rec->node && run->zone == rec->zone &&
	       run->pfn + ((u64)run->count << run->order) == rec->pfn;
}

/* A folio or page from its first frame; gives how many frames it covers. */
static u64 gather(struct pfns *p, const struct mms_kpage *page, struct mms_pfns_rec *rec)
{
	const struct span *span;
	u32 place = 0;
	u8 order = 0;
	bool many;

	span = span_of(p, p->pfn, &many);
	*rec = (struct mms_pfns_rec){
		.rec.type = MMS_REC_ROW, .rec.flags = MMS_RF_FOLIO,
		.pfn = p->pfn, .count = 1, .kpf = page->flags, .mapcount = page->count,
		.cgroup = page->cgroup, .kind = mms_kpf_kind(page->flags),
		.refcount = 1, .gen = MMS_NO_GEN, .zone = span ? span->zone : MMS_NO_ZONE,
		.node = span ? span->node : MMS_NO_NODE,
		.lru = page->flags & BIT(KPF_UNEVICTABLE) ? MMS_LRU_unevictable : MMS_LRU_none,
	};
	mms_kpages_folio(&p->files, p->pfn, page->flags, &order, &place);
	if (!place && order)
		rec->order = order;
	return 1ULL << rec->order;
}

static bool wanted(const struct mms_query *q, const struct mms_pfns_rec *rec)
{
	return (!q->kinds || q->kinds >> rec->kind & 1) &&
	       (rec->kpf & q->kpf_mask) == q->kpf_value;
}

static int pfns_next(struct mms_stream *stream, struct mms_err *err __unused)
{
	const struct mms_query *q = &stream->query;
	const u64 end = q->end && q->end < LIMIT ? q->end : LIMIT;
	struct pfns *p = stream->priv;
	const struct mms_kpage *page;
	struct mms_pfns_rec rec;

	while ((page = page_at(p, end))) {
		if (is_hole(p, p->pfn, page)) {
			p->pfn++;
			continue;
		}
		p->pfn += gather(p, page, &rec);
		if (!wanted(q, &rec))
			continue;
		if (joins(q, &p->run, &rec)) {
			p->run.count++;
			continue;
		}
		p->ready = p->run;
		p->run = rec;
		if (p->ready.count)
			goto ready;
	}
	p->ready = p->run;
	p->run.count = 0;
	if (!p->ready.count)
		return 0;
ready:
	stream->row.rec = &p->ready;
	stream->row.text = "";
	stream->row.len = 0;
	return 1;
}

static void pfns_close(struct mms_stream *stream)
{
	struct pfns *p = stream->priv;

	mms_kpages_close(&p->files);
	free(p);
}

const struct mms_procfs_view mms_procfs_pfns = {
	.system = true,
	.open = pfns_open,
	.next = pfns_next,
	.close = pfns_close,
};
