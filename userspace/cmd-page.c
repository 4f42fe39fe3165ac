// SPDX-License-Identifier: GPL-2.0-only
/* mmscope page: everything about one page. */
#include <linux/kernel-page-flags.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "lib/number.h"
#include "lib/sysfile.h"
#include "model/pfns.h"
#include "model/slab.h"
#include "model/vocab.h"
#include "source/bpf.h"
#include "source/lrufiles.h"

#define ULL(x)	((unsigned long long)(x))

/* What an object of it shows in text: what does not apply is left out below. */
#define COLUMNS	"pfn,phys,kind,order,size,kpf,refcount,mapcount,device,inode,index,anon_vma,cgroup,node,zone,lru,gen"

/**
 * struct page - the page that is asked for
 * @r: where it is shown
 * @columns: those of -o, or NULL
 * @pfn: its frame
 * @kind: enum mms_folio_kind of it
 * @inode: the file it caches, 0 for none
 * @cgroup: number of its memory cgroup, 0 for none
 * @found: there was a row of it
 * @from: the saved stream it comes from, or NULL
 * @module: the module gave it
 * @live: it is a page of this machine, now
 */
struct page {
	struct mms_render *r;
	const char *columns;
	u64 pfn;
	u8 kind;
	u64 inode, cgroup;
	bool found;
	const char *from;
	bool module;
	bool live;
};

/* ---- who has references -------------------------------------------------- */

struct holders {
	char text[256];
	size_t len;
	s64 sum;
};

static void __printf(3, 4) hold(struct holders *h, s64 nr, const char *fmt, ...)
{
	va_list ap;

	if (!nr)
		return;
	h->sum += nr;
	h->len += snprintf(h->text + h->len, sizeof(h->text) - h->len, "%s%lld ",
			   h->len ? ", " : "", (long long)nr);
	va_start(ap, fmt);
	h->len += vsnprintf(h->text + h->len, sizeof(h->text) - h->len, fmt, ap);
	va_end(ap);
}

/* The references that the kernel's own rules make; the rest is somebody's for now. */
static void explain_references(struct mms_render *r, const struct mms_pfns_rec *rec)
{
	const bool cached = rec->kind == MMS_FOLIO_file || rec->kind == MMS_FOLIO_shmem;
	const s64 pages = BIT(rec->order);
	struct holders h = { .len = 0 };

	if (rec->kind != MMS_FOLIO_anon && rec->kind != MMS_FOLIO_ksm && !cached)
		return;
	hold(&h, rec->mapcount, "by who maps it");
	if (cached)
		hold(&h, pages, "by the page cache%s", rec->order ? ", one for each page" : "");
	else if (rec->kpf & BIT(KPF_SWAPCACHE))
		hold(&h, pages, "by the swap cache%s", rec->order ? ", one for each page" : "");
	if (rec->kpf & BIT(MMS_KPF_PRIVATE))
		hold(&h, 1, "by the file system's data");
	if (rec->order && rec->kpf & BIT(KPF_MMAP)) {
		mms_render_line(r, "References: %d, of which %s; further pages of the folio may be mapped.",
				rec->refcount, h.len ? h.text : "none are explained");
		return;
	}
	hold(&h, rec->refcount - h.sum, "more: a per-CPU batch of the LRU, I/O, a pin or a reader");
	mms_render_line(r, "References: %d: %s.", rec->refcount, h.len ? h.text : "none");
}

/* ---- */

static void explain_place(struct mms_render *r, const struct page *p,
			  const struct mms_pfns_rec *rec)
{
	const u64 pages = BIT(rec->order), place = p->pfn - rec->pfn;
	const char *what = rec->kind == MMS_FOLIO_free ? "free block" : "folio";
	char size[MMS_SIZE_TEXT];

	mms_format_size(pages << 12, size);
	if (rec->order)
		mms_render_line(r, "Page %llu of a %s of %llu pages (%s), which begins at %#llx.",
				ULL(place), what, ULL(pages), size, ULL(rec->pfn));
	mms_render_line(r, "Use: %s.", mms_use_text(mms_use_of(rec)));
}

static void explain_flags(struct mms_render *r, u64 kpf)
{
	const struct mms_bit *bits;
	unsigned int nr, i;

	bits = mms_kpf_bits(&nr);
	for (i = 0; i < nr; i++)
		if (kpf >> bits[i].bit & 1)
			mms_render_line(r, "  %-14s %s", bits[i].name, bits[i].text);
}

static void show_text(struct page *p, const struct mms_stream *stream)
{
	const struct mms_section lines = { .name = "text", .type = MMS_SECTION_LINES };
	const struct mms_pfns_rec *rec = stream->row.rec;
	const bool refs = !mms_field_missing(&stream->ctx, &mms_model_pfns, MMS_F(pfns, refcount));

	if (p->r->opts.json || p->r->opts.raw || p->r->opts.no_headings ||
	    mms_render_open(p->r, &lines))
		return;
	explain_place(p->r, p, rec);
	if (refs)
		explain_references(p->r, rec);
	if (rec->kpf) {
		mms_render_line(p->r, "Flags:");
		explain_flags(p->r, rec->kpf);
	}
	mms_render_close(p->r);
}

/*
 * Is a view of the page there? The module gives all, a file has those that were saved
 * with the page. Nobody can tell for standard input.
 */
static bool has_view(const struct page *p, const struct mms_model *model)
{
	const struct mms_source_args args = { .from = p->from };
	const struct mms_query query = { .size = sizeof(query) };
	struct mms_stream *stream;
	struct mms_err ignored;
	bool has;

	if (!p->from || !strcmp(p->from, "-"))
		return p->module;
	stream = calloc(1, sizeof(*stream));
	has = stream && !mms_stream_open(stream, &args, model, &query, &ignored);
	if (has)
		mms_stream_close(stream);
	free(stream);
	return has;
}

static int row(struct mms_stream *stream, void *data)
{
	struct page *p = data;
	const struct mms_section section = {
		.name = "page", .type = MMS_SECTION_OBJECT, .model = &mms_model_pfns,
		.columns = p->columns ?: p->r->opts.json ? NULL : COLUMNS,
	};
	const struct mms_pfns_rec *rec = stream->row.rec;

	/* A saved stream has others, too. */
	if (p->found || p->pfn < rec->pfn ||
	    p->pfn >= rec->pfn + ((u64)rec->count << rec->order))
		return 0;
	p->found = true;
	p->from = stream->args->from;
	p->module = stream->ops == &mms_source_module;
	p->live = !p->from && !*stream->args->root;
	p->kind = rec->kind;
	p->inode = rec->inode;
	p->cgroup = rec->cgroup;
	mms_render_stream(p->r, &stream->ctx);
	if (mms_render_open(p->r, &section))
		return 0;
	mms_render_row(p->r, &stream->row);
	mms_render_close(p->r);
	show_text(p, stream);
	return 0;
}

static void end(struct mms_stream *stream, void *data)
{
	struct page *p = data;

	if (p->found)
		mms_render_tail(p->r, &stream->end, stream->ended);
}

/* ---- what other views and programs know of it ---------------------------- */

struct part {
	struct page *p;
	const struct mms_section *section;
	bool shown;
};

/* The first row, if there is one. */
static int part_row(struct mms_stream *stream, void *data)
{
	struct part *part = data;

	if (part->shown || mms_render_open(part->p->r, part->section))
		return 0;
	mms_render_row(part->p->r, &stream->row);
	mms_render_close(part->p->r);
	part->shown = true;
	return 0;
}

static int show_part(const struct mms_cmdline *cl, struct page *p,
		     const struct mms_section *section)
{
	struct part part = { .p = p, .section = section };
	const struct mms_feed feed = {
		.model = section->model, .row = part_row, .data = &part, .append = true,
		.query = { .start = p->pfn, .end = p->pfn + 1 },
	};

	return has_view(p, section->model) ? mms_cl_feed(cl, &feed, NULL, 0) : MMS_EXIT_OK;
}

/* All that fills the page cache for the file that the page is of. */
static int show_file(const struct mms_cmdline *cl, struct page *p)
{
	const struct mms_section section = {
		.name = "file", .title = "File", .type = MMS_SECTION_OBJECT,
		.model = &mms_model_files,
		.columns = p->r->opts.json ? NULL : "path,kind,deleted,size,cached,dirty,mapped",
	};

	return p->inode ? show_part(cl, p, &section) : MMS_EXIT_OK;
}

static int show_block(const struct mms_cmdline *cl, struct page *p)
{
	const struct mms_section section = {
		.name = "pageblock", .title = "Page block", .type = MMS_SECTION_OBJECT,
		.model = &mms_model_pageblocks,
		.columns = p->r->opts.json ? NULL : "pfn,pages,type,isolated,used",
	};

	return show_part(cl, p, &section);
}

static u64 memory_block_size(void)
{
	unsigned long long size = 0;
	char *text;

	if (mms_sys_read("", &text, "/sys/devices/system/memory/block_size_bytes") < 0)
		return 0;
	sscanf(text, "%llx", &size);
	free(text);
	return size;
}

static int show_place(struct page *p)
{
	const struct mms_section section = {
		.name = "place", .title = "Place", .type = MMS_SECTION_OBJECT,
		.model = &mms_model_page_place,
	};
	struct mms_page_place place = { .block_size = memory_block_size() };
	struct mms_cgroups cgroups;
	struct mms_err err;

	if (!p->live)
		return MMS_EXIT_OK;
	if (place.block_size)
		place.memory_block = (p->pfn << 12) / place.block_size;
	if (p->cgroup && !mms_cgroups_open(&cgroups, NULL, &err)) {
		mms_cgroups_path(&cgroups, p->cgroup, place.cgroup, sizeof(place.cgroup));
		mms_cgroups_close(&cgroups);
	}
	return mms_cl_rows(NULL, p->r, &p->r->ctx_copy, &section, &place, 1);
}

/* Which cache a slab's page is of, struct slab does not tell the module. */
static int show_slab(struct page *p)
{
	const struct mms_section section = {
		.name = "slab", .title = "Slab", .type = MMS_SECTION_OBJECT,
		.model = &mms_model_slab_object,
		.columns = p->r->opts.json ? NULL :
			   "cache,object,index,state,object_size,size,base,objects,inuse",
	};
	struct mms_parts live = { .from = NULL };
	struct mms_slab_object_row object;
	struct mms_slab slab;
	struct mms_err err;
	int ret;

	if (!p->live || p->kind != MMS_FOLIO_slab)
		return MMS_EXIT_OK;
	if (mms_slab_open(&slab, &live, &err)) {
		mms_warn("the slab cache is not known: %s", err.text);
		return MMS_EXIT_OK;
	}
	ret = mms_slab_locate_frame(&slab, p->pfn, &object.now, &err);
	if (ret)
		mms_warn("the slab cache is not known: %s", err.text);
	else
		object.cache = slab.cache[0];
	mms_slab_close(&slab);
	return ret ? MMS_EXIT_OK :
		     mms_cl_rows(NULL, p->r, &p->r->ctx_copy, &section, &object, 1);
}

/* The reverse map of the page: only the module follows it, and what it gave may be saved. */
static int show_mappers(const struct mms_cmdline *cl, struct page *p)
{
	struct mms_frame_run run = { p->pfn, p->pfn + 1 };
	const struct mms_frames frames = { .run = &run, .nr = 1 };
	const struct mms_show show = {
		.feed = { .model = &mms_model_rmap, .frames = &frames, .append = true },
		.section = {
			.name = "mappers", .title = "Mapped by", .model = &mms_model_rmap,
			.columns = p->r->opts.json ? NULL : "pid,comm,start,level,state,offset,file",
		},
	};

	return has_view(p, &mms_model_rmap) ? mms_cl_show(cl, p->r, &show) : MMS_EXIT_OK;
}

static int show_more(const struct mms_cmdline *cl, struct page *p)
{
	int ret;

	if (p->columns || p->r->opts.raw || p->r->opts.no_headings)
		return MMS_EXIT_OK;
	ret = show_file(cl, p) ?: show_slab(p);
	ret = ret ?: show_place(p);
	ret = ret ?: show_block(cl, p);
	return ret ?: show_mappers(cl, p);
}

static int show(const struct mms_cmdline *cl, struct page *p)
{
	struct mms_feed feed = {
		.model = &mms_model_pfns, .row = row, .end = end, .data = p,
		.query = { .flags = MMS_Q_NO_MERGE, .start = p->pfn, .end = p->pfn + 1 },
	};
	int ret = mms_cl_feed(cl, &feed, NULL, 0);

	if (!ret && !p->found)
		ret = mms_err(MMS_EXIT_FAILED, "there is no page frame %#llx: a hole, or memory that is offline",
			      ULL(p->pfn));
	return ret ?: show_more(cl, p);
}

int mms_cmd_page(const struct mms_cmdline *cl)
{
	struct mms_frames frames = { .nr = 0 };
	struct mms_source_args args;
	struct mms_render r;
	struct mms_err err;
	struct page p = { .r = &r };
	char *columns;
	int ret;

	/* A saved stream knows its process, but not which page is meant. */
	if (!cl->nr_args)
		return mms_err(MMS_EXIT_USAGE, "page: expects %s (see mmscope page --help)",
			       cl->cmd->args);
	if (mms_cl_source(cl, &args, &err) ||
	    mms_cl_frames(&args, cl->args[0], &frames, &err))
		return mms_err_say(&err);
	p.pfn = frames.run[0].start;
	mms_frames_deinit(&frames);
	if (mms_cl_render(cl, &mms_model_pfns, &r, &columns, &err))
		return mms_err_say(&err);
	if (mms_cl_set(cl, MMS_OPT_OUTPUT))
		p.columns = columns;
	ret = show(cl, &p);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
