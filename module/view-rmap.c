// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap: who maps page frames. First the frames, one after the other, through
 * the reverse map; then, for frames that have none, a search of the page tables
 * of every process: for those of KSM always, whose reverse map is private to
 * mm/ksm.c, for others if the query asks for it.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kernel-page-flags.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "compat/vma.h"
#include "entry.h"
#include "session.h"
#include "view.h"
#include "walk-pfn.h"
#include "walk-process.h"
#include "walk-rmap.h"
#include "walk-search.h"

/* Frames looked at in one portion; with those that are mapped a buffer fills earlier. */
#define RMAP_FRAMES	2048
#define RMAP_UNMAPPED	256	/* frames without rescheduling */

#define RMAP_NO_FLAGS	(~0UL)	/* no VMA has these */

/**
 * struct mms_rmap_path - the path of the file that VMAs of late have mapped
 * @mnt: its mount; compared, never followed later
 * @dentry: its name; compared, never followed later. NULL: nothing is remembered
 * @inode: the file; compared, never followed later
 * @text: the path, in @buf
 * @len: bytes of it
 * @cut: there was no room for all of it
 * @buf: room for a path, PATH_MAX bytes
 *
 * A memo within one fill: the processes that share a page mostly map it by the
 * same name.
 */
struct mms_rmap_path {
	const struct vfsmount *mnt;
	const struct dentry *dentry;
	const struct inode *inode;
	const char *text;
	size_t len;
	bool cut;
	char *buf;
};

/**
 * struct mms_rmap_search - a search under way
 * @f: the search
 * @path: room for a path, as the session's scratch page is in use
 */
struct mms_rmap_search {
	struct mms_search f;
	char path[PATH_MAX];
};

/**
 * struct mms_rmap_view - a stream under way
 * @out: where rows go, in a portion
 * @ns: the reader's pid namespace
 * @begin: the first frame asked for
 * @end: the frame after the last
 * @pfn: the frame under way
 * @run: frames of which the same is to be said; its count is 0 if there are none
 * @rmap: place in the reverse map of @pfn, if its tree() is set
 * @row: what the rows of @pfn's mappings have in common, and the flags of the last VMA
 * @vm_flags: of which @row.vma_flags are the translation; RMAP_NO_FLAGS if a
 *	row has more to do than that
 * @path: the file that the last VMA maps
 * @info: what is told of @pfn
 * @folio: enum mms_folio_kind of it
 * @mappings: rows given for it
 * @ksm: a frame was one of KSM's
 * @all: search all VMAs, for every frame without reverse map
 * @search: the search, once there is one
 */
struct mms_rmap_view {
	struct mms_out *out;
	struct pid_namespace *ns;
	u64 begin, end;
	u64 pfn;
	struct mms_rmap_rec run;
	struct mms_rmap rmap;
	struct mms_rmap_rec row;
	unsigned long vm_flags;
	struct mms_rmap_path path;
	struct mms_folio_part info;
	u8 folio;
	unsigned int mappings;
	bool ksm;
	bool all;
	struct mms_rmap_search *search;
};

/* ---- rows --------------------------------------------------------------- */

static void rmap_flush(struct mms_rmap_view *v)
{
	if (!v->run.count)
		return;
	mms_out_put(v->out, &v->run);
	v->run.count = 0;
}

/* What a row has of its frame. */
static void rmap_frame_part(const struct mms_rmap_view *v, struct mms_rmap_rec *rec)
{
	rec->rec.type = MMS_REC_ROW;
	rec->pfn = v->pfn;
	rec->count = 1;
	rec->folio = v->folio;
	rec->mapcount = v->info.mapcount;
	rec->index = v->rmap.index;
	rec->dev_major = MAJOR(v->rmap.dev);
	rec->dev_minor = MINOR(v->rmap.dev);
	rec->inode = v->rmap.inode;
}

/* Does a frame without mappings go on where the run ends? */
static bool rmap_continues(const struct mms_rmap_rec *run, const struct mms_rmap_rec *rec)
{
	return run->count && run->pfn + run->count == rec->pfn && run->state == rec->state &&
	       run->folio == rec->folio && run->mapcount == rec->mapcount &&
	       run->rec.flags == rec->rec.flags && run->inode == rec->inode &&
	       run->dev_major == rec->dev_major && run->dev_minor == rec->dev_minor &&
	       rec->index == (rec->inode ? run->index + run->count : run->index);
}

/* Frames of which there is to be said why no mapping is shown. */
static void rmap_note(struct mms_rmap_view *v, u8 state, u64 count)
{
	struct mms_rmap_rec rec = { .state = state };

	rmap_frame_part(v, &rec);
	rec.count = count;
	if (state == MMS_RMAP_raced)
		rec.rec.flags = MMS_RF_RACED;
	if (rmap_continues(&v->run, &rec)) {
		v->run.count += count;
		return;
	}
	rmap_flush(v);
	v->run = rec;
	v->vm_flags = RMAP_NO_FLAGS;
}

/*
 * The path of the file that the VMA maps, as /proc/PID/maps has it. The VMA is
 * in a tree of the reverse map or in one of mmap_lock's, and has its file for
 * as long.
 */
static noinline void rmap_path(struct mms_rmap_path *p, struct file *file)
{
	const struct path *path = mms_file_path(file);

	if (p->dentry == path->dentry && p->mnt == path->mnt && p->inode == file_inode(file))
		return;
	p->dentry = path->dentry;
	p->mnt = path->mnt;
	p->inode = file_inode(file);
	p->text = d_path(path, p->buf, PATH_MAX);
	p->cut = IS_ERR(p->text);
	if (p->cut)
		p->text = "?";
	p->len = strlen(p->text);
}

/* A row begins whose VMA has other flags than the one before, or that comes behind a run. */
static noinline void rmap_row_begin(struct mms_rmap_view *v, unsigned long vm_flags)
{
	rmap_flush(v);
	v->vm_flags = vm_flags;
	v->row.vma_flags = mms_vma_flags(vm_flags);
}

/*
 * A row of a mapping: as v->row, with the VMA and the entry; pid and comm are
 * left to the caller. There is room for it, and for the run before it.
 */
static __always_inline struct mms_rmap_rec *rmap_row_take(struct mms_rmap_view *v,
							  const struct mms_mapping *m)
{
	const unsigned long vm_flags = READ_ONCE(m->vma->vm_flags);
	const size_t rest = offsetof(struct mms_rmap_rec, vma_flags);
	struct mms_rmap_rec *rec;

	if (unlikely(vm_flags != v->vm_flags))
		rmap_row_begin(v, vm_flags);
	rec = mms_out_take(v->out, sizeof(*rec));
	memcpy(rec, &v->row, offsetof(struct mms_rmap_rec, pid));
	if (m->level != MMS_LEVEL_PTE || m->kind != MMS_KIND_page) {
		rec->level = m->level;
		rec->kind = m->kind;
	}
	rec->mapcount = v->row.mapcount;
	rec->start = m->addr;
	rec->entry = m->entry;
	rec->vma_start = m->vma->vm_start;
	rec->vma_end = m->vma->vm_end;
	memcpy((void *)rec + rest, (void *)&v->row + rest,
	       offsetof(struct mms_rmap_rec, comm) - rest);
	return rec;
}

/* In pages: in the file, or in the anonymous memory. */
static pgoff_t rmap_place(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/* The same of a VMA that may map a file, with the path behind it. NULL: no room. */
static struct mms_rmap_rec *rmap_row(struct mms_rmap_view *v, const struct mms_mapping *m)
{
	struct file *file = m->vma->vm_file;
	struct mms_rmap_rec *rec;

	if (file)
		rmap_path(&v->path, file);
	/* and for the run before it, and for the rows of the portion that do not look */
	if (!mms_out_room(v->out, (file ? v->path.len : 0) +
				  (v->rmap.chunk + 1) * v->out->record_size))
		return NULL;
	rec = rmap_row_take(v, m);
	if (!file)
		return rec;
	mms_out_text(v->out, rec, v->path.text, v->path.len);
	if (v->path.cut)
		rec->rec.flags |= MMS_RF_CUT;
	/* of a page that was copied, too, of which the kernel's own index may be another one */
	rec->index = rmap_place(m->vma, m->addr);
	return rec;
}

/* ---- through the reverse map -------------------------------------------- */

static __always_inline void rmap_who(struct mms_rmap_view *v, struct vm_area_struct *vma,
				     struct mms_rmap_rec *rec)
{
	rec->pid = mms_mm_owner(vma->vm_mm, v->ns, rec->comm);
	v->mappings++;
}

/* No struct, so that the caller's can stay in registers. */
static noinline bool rmap_visit_file(struct mms_rmap_view *v, struct vm_area_struct *vma,
				     unsigned long addr, u64 entry, u8 level, u8 kind)
{
	const struct mms_mapping m = {
		.vma = vma, .addr = addr, .entry = entry, .level = level, .kind = kind,
	};
	struct mms_rmap_rec *rec = rmap_row(v, &m);

	if (rec)
		rmap_who(v, vma, rec);
	return rec;
}

/* What is in a file is the exception here, as it has more to do anyway. */
static __always_inline bool rmap_visit(struct mms_rmap *r, const struct mms_mapping *m)
{
	struct mms_rmap_view *v = container_of(r, struct mms_rmap_view, rmap);

	if (m->vma->vm_file)
		return rmap_visit_file(v, m->vma, m->addr, m->entry, m->level, m->kind);
	rmap_who(v, m->vma, rmap_row_take(v, m));
	return true;
}

static enum mms_rmap_result rmap_tree(struct mms_rmap *r, struct rb_root_cached *root, bool anon)
{
	struct mms_rmap_view *v = container_of(r, struct mms_rmap_view, rmap);

	v->row.state = MMS_RMAP_mapped;
	v->row.level = MMS_LEVEL_PTE;
	v->row.kind = MMS_KIND_page;
	rmap_frame_part(v, &v->row);
	return anon ? mms_rmap_tree(r, root, true, rmap_visit) :
		      mms_rmap_tree(r, root, false, rmap_visit);
}

/* What a frame without reverse map is. */
static u8 rmap_state(const struct mms_rmap_view *v)
{
	switch (v->folio) {
	case MMS_FOLIO_free:
	case MMS_FOLIO_pcp:
		return MMS_RMAP_free;
	case MMS_FOLIO_zero:
		return MMS_RMAP_zero;
	case MMS_FOLIO_ksm:
		return MMS_RMAP_ksm;
	case MMS_FOLIO_anon:
	case MMS_FOLIO_file:
	case MMS_FOLIO_shmem:
		return MMS_RMAP_unmapped;
	case MMS_FOLIO_hugetlb:
		return v->info.refcount ? MMS_RMAP_unmapped : MMS_RMAP_free;
	default:
		return MMS_RMAP_other;
	}
}

/* A page without references and type: only the first of a free block has one. */
static u8 rmap_free_kind(struct page *page, unsigned long pfn)
{
	unsigned int order;

	if (mms_pfn_free_head(pfn, &order) != pfn || order)
		return MMS_FOLIO_free;
	return mms_page_listed(page) ? MMS_FOLIO_pcp : MMS_FOLIO_kernel;
}

/* What the frame under way is. False: there is no page. */
static bool rmap_look(struct mms_rmap_view *v)
{
	struct mms_page_state state;
	struct mms_folio_look look;
	struct page *page;

	rcu_read_lock();
	page = pfn_to_online_page(v->pfn);
	if (page) {
		mms_look_forget(&look);
		mms_page_state_get(page, &state);
		mms_look_folio(&look, page, &state, &v->info);
		v->folio = mms_folio_kind(&v->info, page_folio(page));
		if (v->folio == MMS_FOLIO_kernel && !v->info.refcount)
			v->folio = rmap_free_kind(page, v->pfn);
	}
	rcu_read_unlock();
	return page;
}

/* A portion of the frame under way. True: that was all of it. */
static bool rmap_frame(struct mms_rmap_view *v)
{
	const unsigned int left = mms_out_left(v->out);
	enum mms_rmap_result ret;

	/* one row may be that of the run before */
	v->rmap.chunk = min_t(unsigned int, left - !!v->run.count, MMS_RMAP_CHUNK);
	ret = mms_rmap_part(&v->rmap);
	if (ret == MMS_RMAP_MORE)
		return false;
	if (ret == MMS_RMAP_BUSY || v->rmap.changed)
		rmap_note(v, MMS_RMAP_raced, 1);
	else if (ret == MMS_RMAP_NONE && !v->mappings)
		rmap_note(v, rmap_state(v), 1);
	else if (!v->mappings)
		rmap_note(v, MMS_RMAP_unmapped, 1);
	v->ksm |= v->folio == MMS_FOLIO_ksm;
	return true;
}

/* Frames that have no page. */
static u64 rmap_hole(struct mms_rmap_view *v)
{
	const u64 n = min_t(u64, mms_pfn_skip(v->pfn), v->end) - v->pfn;

	v->info = (struct mms_folio_part){};
	v->folio = MMS_FOLIO_device;
	rmap_note(v, MMS_RMAP_absent, n);
	return n;
}

/* The rest of a free block, as far as it still is one: nothing maps any of it. */
static u64 rmap_free_block(struct mms_rmap_view *v)
{
	unsigned int order;
	unsigned long head;
	u64 n;

	rcu_read_lock();
	head = mms_pfn_free_head(v->pfn, &order);
	rcu_read_unlock();
	n = min_t(u64, head + (1UL << order), v->end) - v->pfn;
	rmap_note(v, MMS_RMAP_free, n);
	return n;
}

/* Frames, one after the other. 1: there are more, 0: that was all. */
static int rmap_frames(struct mms_rmap_view *v)
{
	unsigned int n;

	for (n = 0; v->pfn < v->end; n++) {
		if (n == RMAP_FRAMES || !mms_out_room(v->out, 0))
			return 1;
		if (!v->rmap.tree) {
			v->rmap = (struct mms_rmap){
				.pfn = v->pfn,
				.max_hold_ns = v->rmap.max_hold_ns,
			};
			v->mappings = 0;
			if (!rmap_look(v)) {
				v->pfn += rmap_hole(v);
				continue;
			}
			if (v->folio == MMS_FOLIO_free) {
				v->pfn += rmap_free_block(v);
				continue;
			}
			v->rmap.tree = rmap_tree;
		}
		if (!rmap_frame(v))
			return 1;
		/* what maps it has taken a while; so have many that nothing maps */
		if (v->mappings || !(n % RMAP_UNMAPPED))
			cond_resched();
		v->rmap.tree = NULL;
		v->pfn++;
	}
	return 0;
}

/* ---- by a search -------------------------------------------------------- */

/* Has the reverse map told of these frames? */
static bool rmap_is_told(const struct mms_search *f, const struct mms_hit *hit)
{
	const struct folio *folio;

	if (hit->have && (hit->info.kpf & BIT_ULL(KPF_KSM)))
		return false;
	if (!f->all)
		return true;
	if (!hit->have || hit->kind == MMS_KIND_zero || hit->kind == MMS_KIND_device)
		return false;
	folio = page_folio(pfn_to_page(hit->first));
	return READ_ONCE(folio->mapping);
}

/* One entry of the search. False: no room. */
static bool rmap_found(struct mms_search *f, const struct mms_hit *hit)
{
	const struct mms_mapping m = {
		.vma = hit->vma,
		.addr = hit->addr,
		.entry = hit->entry,
		.level = hit->level,
		.kind = hit->kind,
	};
	struct mms_rmap_view *v = f->priv;
	struct mms_rmap_rec *rec;

	if (rmap_is_told(f, hit))
		return true;
	v->row = (struct mms_rmap_rec){
		.rec.type = MMS_REC_ROW,
		.state = MMS_RMAP_searched,
		.folio = MMS_FOLIO_device,
		.level = MMS_LEVEL_PTE,
		.kind = MMS_KIND_page,
		.pfn = hit->pfn,
		.count = hit->count,
		.mapcount = hit->info.mapcount,
		.vma_flags = v->row.vma_flags,
		.index = rmap_place(hit->vma, hit->addr),
	};
	if (hit->have && hit->kind != MMS_KIND_devprivate)
		v->row.folio = mms_folio_kind(&hit->info, page_folio(pfn_to_page(hit->first)));
	rec = rmap_row(v, &m);
	if (!rec)
		return false;
	rec->pid = pid_nr_ns(f->pid, v->ns);
	memcpy(rec->comm, f->comm, sizeof(rec->comm));
	if (hit->raced) {
		rec->rec.flags |= MMS_RF_RACED;
		v->out->raced++;
	}
	return true;
}

/* What a search needs, when there is to be one. */
static struct mms_rmap_search *rmap_search_create(struct mms_rmap_view *v)
{
	struct mms_rmap_search *search = kzalloc(sizeof(*search), GFP_KERNEL_ACCOUNT);

	if (search) {
		search->f.begin = v->begin;
		search->f.end = v->end;
		search->f.all = v->all;
		search->f.found = rmap_found;
		search->f.priv = v;
	}
	return search;
}

/* A portion of a process. 1: there is more, 0: that was all; ENOMEM, EINTR. */
static int rmap_search(struct mms_session *s, struct mms_rmap_view *v)
{
	if (!v->search)
		v->search = rmap_search_create(v);
	if (!v->search)
		return -ENOMEM;
	v->path.buf = v->search->path;
	return mms_search_part(&v->search->f, s);
}

/* ---- the view ----------------------------------------------------------- */

static int rmap_begin(struct mms_session *s)
{
	const u64 limit = BIT_ULL(MAX_PHYSMEM_BITS - PAGE_SHIFT);
	const struct mms_query *q = &s->query;
	struct mms_rmap_view *v = s->state;

	v->begin = q->start;
	v->end = q->end ?: mms_pfn_limit();
	if (q->levels || v->begin >= v->end || v->end > limit)
		return -EINVAL;
	v->pfn = v->begin;
	v->ns = s->ns;
	v->all = q->flags & MMS_Q_SEARCH;
	return 0;
}

static int rmap_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_rmap_view *v = s->state;
	int more;

	if (fatal_signal_pending(current))
		return -EINTR;
	v->out = out;
	v->path = (struct mms_rmap_path){ .buf = s->scratch };
	more = rmap_frames(v);
	s->max_hold_ns = max(s->max_hold_ns, v->rmap.max_hold_ns);
	if (!more && (v->ksm || v->all))
		more = rmap_search(s, v);
	if (!more) {
		if (v->run.count && !mms_out_room(out, 0))
			return 1;
		rmap_flush(v);
	}
	return more;
}

static void rmap_end(struct mms_session *s)
{
	struct mms_rmap_view *v = s->state;

	if (v->search)
		mms_search_deinit(&v->search->f);
	kfree(v->search);
}

static_assert(TASK_COMM_LEN == MMS_COMM_LEN);

static bool rmap_is_mapping(const struct mms_rmap_rec *rec)
{
	return rec->state == MMS_RMAP_mapped || rec->state == MMS_RMAP_searched;
}

static bool rmap_absent(const void *row, unsigned int offset)
{
	const struct mms_rmap_rec *rec = row;

	switch (offset) {
	case offsetof(struct mms_rmap_rec, pid):
	case offsetof(struct mms_rmap_rec, comm):
	case offsetof(struct mms_rmap_rec, start):
	case offsetof(struct mms_rmap_rec, level):
	case offsetof(struct mms_rmap_rec, kind):
	case offsetof(struct mms_rmap_rec, entry):
	case offsetof(struct mms_rmap_rec, vma_start):
	case offsetof(struct mms_rmap_rec, vma_end):
	case offsetof(struct mms_rmap_rec, vma_flags):
		return !rmap_is_mapping(rec);
	case offsetof(struct mms_rmap_rec, dev_major):
	case offsetof(struct mms_rmap_rec, dev_minor):
	case offsetof(struct mms_rmap_rec, inode):
		return !rec->inode;
	case offsetof(struct mms_rmap_rec, index):
		return !rmap_is_mapping(rec) && !rec->inode;
	case offsetof(struct mms_rmap_rec, mapcount):
		return rec->state == MMS_RMAP_absent;
	default:
		return false;
	}
}

static const struct mms_field rmap_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_rmap_rec, f, u, t)
	MMS_RMAP_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_rmap = {
	MMS_VIEW_OF(rmap),
	.scope = MMS_SCOPE_SYSTEM,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.flags = MMS_Q_SEARCH,
	.uses_range = true,
	.state_size = sizeof(struct mms_rmap_view),
	.absent = rmap_absent,
	.begin = rmap_begin,
	.fill = rmap_fill,
	.end = rmap_end,
};
