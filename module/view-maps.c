// SPDX-License-Identifier: GPL-2.0-only
/*
 * maps: every VMA, with what its page tables hold counted in the same pass.
 * The counters mean what the same words mean in /proc/PID/smaps.
 */
#include <linux/dcache.h>
#include <linux/hugetlb.h>
#include <linux/kernel.h>
#include <linux/kernel-page-flags.h>
#include <linux/magic.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include "compat/device.h"
#include "compat/folio.h"
#include "compat/vma.h"
#include "entry.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

#define MMS_PSS_SHIFT	12	/* fixed point, as in smaps */

/* Slots of a shmem file looked at in one go, while mmap_lock is held. */
#define MMS_SHMEM_SLOTS	MMS_CHUNK_ENTRIES

/**
 * struct mms_maps_state - a stream of the view
 * @walk: the walk
 * @out: where to, during a fill
 * @look: what neighbouring folios have in common, during one span
 * @rec: the VMA that is being counted, or all of them; its pss fields are in fixed point
 * @active: there is one
 * @sum: all VMAs go into one row
 * @start: where the VMA begins that is being counted
 * @end: where it ends
 * @flags: its flags, as in @rec
 * @locked: it is mlock()ed
 * @hugetlb: it is of hugetlb pages
 * @shmem_more: its file is still looked through for pages that are swapped
 * @shmem_next: the page of the file to go on with
 * @shmem: file whose swapped pages count where no entry is, or NULL
 * @shmem_pgoff: page of that file that @start maps
 * @name_len: bytes of its name
 * @name: the name, not terminated
 */
struct mms_maps_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	struct mms_folio_look look;
	struct mms_maps_rec rec;
	bool active;
	bool sum;
	unsigned long start;
	unsigned long end;
	u64 flags;
	bool locked;
	bool hugetlb;
	bool shmem_more;
	pgoff_t shmem_next;
	struct address_space *shmem;
	pgoff_t shmem_pgoff;
	size_t name_len;
	char name[MMS_TEXT_MAX];
};

/* ---- what stands in the VMA itself ------------------------------------- */

static __printf(3, 4)
void maps_set_name(struct mms_maps_state *st, enum mms_name kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	st->rec.name = kind;
	st->name_len = vscnprintf(st->name, sizeof(st->name), fmt, args);
	va_end(args);
}

static enum mms_name maps_file_kind(const struct inode *inode, const struct dentry *dentry)
{
	if (inode->i_sb->s_magic == HUGETLBFS_MAGIC)
		return MMS_NAME_hugetlb;
	if (inode->i_sb->s_magic != TMPFS_MAGIC)
		return MMS_NAME_file;
	return strncmp(dentry->d_name.name, "memfd:", 6) ? MMS_NAME_shmem : MMS_NAME_memfd;
}

/* The name, by the rules and in the order of /proc/PID/maps. */
static void maps_name(struct mms_maps_state *st, struct vm_area_struct *vma)
{
	const char *anon = mms_vma_anon_name(vma), *name;

	if (vma->vm_file) {
		const struct path *path = mms_file_path(vma->vm_file);

		if (anon) {
			maps_set_name(st, MMS_NAME_anon, "[anon_shmem:%s]", anon);
			return;
		}
		/* between two spans the walk's scratch page is free */
		name = d_path(path, (char *)st->walk.copy, PATH_MAX);
		if (IS_ERR(name)) {
			name = "?";
			st->rec.rec.flags |= MMS_RF_CUT;
		}
		maps_set_name(st, maps_file_kind(file_inode(vma->vm_file), path->dentry),
			      "%s", name);
		return;
	}
	name = vma->vm_ops && vma->vm_ops->name ? vma->vm_ops->name(vma) : NULL;
	if (name)
		maps_set_name(st, strcmp(name, "[vdso]") ? MMS_NAME_special : MMS_NAME_vdso,
			      "%s", name);
	else if (mms_vma_is_heap(vma))
		maps_set_name(st, MMS_NAME_heap, "[heap]");
	else if (mms_vma_is_stack(vma))
		maps_set_name(st, MMS_NAME_stack, "[stack]");
	else if (anon)
		maps_set_name(st, MMS_NAME_anon, "[anon:%s]", anon);
	else
		maps_set_name(st, MMS_NAME_none, "%s", "");
}

static void maps_policy(struct mms_maps_rec *rec, struct vm_area_struct *vma)
{
	rec->policy = MMS_NO_POLICY;
#ifdef CONFIG_NUMA
	if (vma->vm_policy) {
		rec->policy = vma->vm_policy->mode;
		rec->policy_nodes = nodes_addr(vma->vm_policy->nodes)[0];
	}
#endif
}

/* Does the VMA map a shmem file of which a part is in swap? */
static bool maps_shmem_swapped(const struct vm_area_struct *vma)
{
	struct inode *inode = file_inode(vma->vm_file);

	return inode->i_sb->s_magic == TMPFS_MAGIC && READ_ONCE(SHMEM_I(inode)->swapped);
}

/*
 * Count the pages of the shmem file behind the VMA that are in swap: i_pages
 * tells. A part of them at a time: sets shmem_more if that was not all.
 */
static void maps_shmem_swap(struct mms_maps_state *st, struct vm_area_struct *vma)
{
	const pgoff_t last = vma->vm_pgoff + vma_pages(vma) - 1;
	struct address_space *mapping = vma->vm_file->f_mapping;
	XA_STATE(xas, &mapping->i_pages, st->shmem_next);
	unsigned int slots = 0;
	void *entry;

	st->shmem_more = false;
	rcu_read_lock();
	xas_for_each(&xas, entry, last) {
		if (++slots > MMS_SHMEM_SLOTS) {
			st->shmem_next = xas.xa_index;
			st->shmem_more = true;
			break;
		}
		if (xas_retry(&xas, entry))
			continue;
		/* "mm: shmem: support large folio swap out", 6.12: one for several pages */
		if (xa_is_value(entry))
			st->rec.shmem_swap += PAGE_SIZE << xas_get_order(&xas);
	}
	rcu_read_unlock();
	st->walk.cost += slots;
	if (st->shmem_more)
		return;
	/* a private writable mapping hides what it has copied, see maps_shmem_hidden() */
	if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) == VM_WRITE && st->rec.shmem_swap) {
		st->shmem = mapping;
		st->shmem_pgoff = vma->vm_pgoff;
	}
}

/* What is shown of the VMA itself. */
static void maps_describe(struct mms_maps_state *st, struct vm_area_struct *vma)
{
	struct mms_maps_rec *rec = &st->rec;

	memset(rec, 0, sizeof(*rec));
	rec->rec.type = MMS_REC_ROW;
	rec->start = vma->vm_start;
	rec->end = vma->vm_end;
	rec->flags = mms_vma_flags(vma->vm_flags);
	rec->pkey = mms_vma_pkey_of(vma->vm_flags);
	rec->anon_vma = !!vma->anon_vma;
	rec->page_size = PAGE_SIZE;
	if (vma->vm_ops && vma->vm_ops->pagesize)
		rec->page_size = vma->vm_ops->pagesize(vma);
	maps_policy(rec, vma);
	maps_name(st, vma);
	if (vma->vm_file) {
		const struct inode *inode = mms_file_inode(vma->vm_file);

		rec->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
		rec->inode = inode->i_ino;
		rec->dev_major = MAJOR(inode->i_sb->s_dev);
		rec->dev_minor = MINOR(inode->i_sb->s_dev);
	}
}

/* The row of all VMAs: it goes from the start of the first to the end of the last. */
static void maps_describe_sum(struct mms_maps_state *st, const struct vm_area_struct *vma)
{
	struct mms_maps_rec *rec = &st->rec;

	if (!st->active) {
		memset(rec, 0, sizeof(*rec));
		rec->rec.type = MMS_REC_ROW;
		rec->start = vma->vm_start;
		rec->policy = MMS_NO_POLICY;
		st->name_len = 0;
	} else if (st->walk.addr < st->end) {
		rec->rec.flags |= MMS_RF_RACED;	/* the VMA before changed meanwhile */
	}
	rec->end = vma->vm_end;
}

static void maps_begin_vma(struct mms_maps_state *st, struct vm_area_struct *vma)
{
	struct mms_maps_rec *rec = &st->rec;

	if (st->sum)
		maps_describe_sum(st, vma);
	else
		maps_describe(st, vma);
	st->start = vma->vm_start;
	st->end = vma->vm_end;
	st->flags = mms_vma_flags(vma->vm_flags);
	st->shmem = NULL;
	st->shmem_more = vma->vm_file && maps_shmem_swapped(vma);
	st->shmem_next = vma->vm_pgoff;
	st->locked = vma->vm_flags & VM_LOCKED;
	st->hugetlb = is_vm_hugetlb_page(vma);
	/* begun in the middle: by a query, or because it changed since the last chunk */
	if (st->walk.addr > vma->vm_start)
		rec->rec.flags |= MMS_RF_PARTIAL;
	st->active = true;
}

/* The counted VMA goes out. False: no room for it now. */
static bool maps_flush(struct mms_maps_state *st)
{
	struct mms_maps_rec *rec;

	if (!st->active)
		return true;
	if (!mms_out_room(st->out, st->name_len))
		return false;
	if (!st->walk.done && st->walk.addr < st->end)
		st->rec.rec.flags |= MMS_RF_RACED;
	rec = mms_out_put(st->out, &st->rec);
	rec->pss >>= MMS_PSS_SHIFT;
	rec->pss_dirty >>= MMS_PSS_SHIFT;
	rec->pss_anon >>= MMS_PSS_SHIFT;
	rec->pss_file >>= MMS_PSS_SHIFT;
	rec->pss_shmem >>= MMS_PSS_SHIFT;
	rec->locked_pss >>= MMS_PSS_SHIFT;
	mms_out_text(st->out, rec, st->name, st->name_len);
	st->active = false;
	return true;
}

/* ---- what its entries hold --------------------------------------------- */

struct mms_maps_page {
	struct folio *folio;
	unsigned long flags;
	unsigned long mapping;
	bool dirty;
};

static void maps_add_pss(struct mms_maps_state *st, const struct mms_maps_page *p,
			 u64 size, u64 pss, bool private)
{
	struct mms_maps_rec *rec = &st->rec;

	rec->pss += pss;
	if (p->mapping & MMS_MAPPING_ANON)
		rec->pss_anon += pss;
	else if (p->flags & BIT(PG_swapbacked))
		rec->pss_shmem += pss;
	else
		rec->pss_file += pss;
	if (st->locked)
		rec->locked_pss += pss;
	if (p->dirty) {
		rec->pss_dirty += pss;
		*(private ? &rec->private_dirty : &rec->shared_dirty) += size;
	} else {
		*(private ? &rec->private_clean : &rec->shared_clean) += size;
	}
}

/**
 * maps_add_page() - count one page or huge leaf, by the rules of smaps_account()
 * @st: the stream
 * @page: the page, or the first of the leaf
 * @size: bytes of it
 * @n: how many like it there are: more than 1 only of small folios
 * @young: accessed, by its entry
 * @dirty: dirty, by its entry
 * @present: mapped; false for an entry that only stands for it
 */
static void maps_add_page(struct mms_maps_state *st, struct page *page, u64 size, u64 n,
			  bool young, bool dirty, bool present)
{
	struct mms_maps_rec *rec = &st->rec;
	struct mms_maps_page p = { .folio = page_folio(page) };
	unsigned long i;

	p.flags = mms_folio_flags(p.folio);
	p.mapping = (unsigned long)READ_ONCE(p.folio->mapping);
	p.dirty = dirty || (p.flags & BIT(PG_dirty));

	if (p.mapping & MMS_MAPPING_ANON) {
		rec->anonymous += size * n;
		if (!(p.flags & BIT(PG_swapbacked)) && !p.dirty)
			rec->lazyfree += size * n;
		if ((p.mapping & MMS_MAPPING_FLAGS) == MMS_MAPPING_KSM)
			rec->ksm += size * n;
	}
	rec->rss += size * n;
	if (young || (p.flags & BIT(PG_referenced)) || mms_flags_young(p.flags))
		rec->referenced += size * n;

	if (folio_ref_count(p.folio) == 1 || !present) {
		maps_add_pss(st, &p, size * n, (size * n) << MMS_PSS_SHIFT,
			     present || MMS_SMAPS_NONPRESENT_PRIVATE);
		return;
	}
	for (i = 0; i < size >> PAGE_SHIFT; i++, page++) {
		int mapcount = mms_mapcount(p.folio, page);
		u64 pss = (u64)PAGE_SIZE << MMS_PSS_SHIFT;

		if (mapcount >= 2)
			pss = div_u64(pss, mapcount);
		maps_add_pss(st, &p, PAGE_SIZE * n, pss * n, mapcount < 2);
	}
}

static void maps_add_hugetlb(struct mms_maps_rec *rec, struct page *page, u64 *live, u64 size)
{
	struct folio *folio = page_folio(page);

	if (mms_mapcount(folio, &folio->page) >= 2 || hugetlb_pmd_shared((pte_t *)live))
		rec->hugetlb_shared += size;
	else
		rec->hugetlb_private += size;
}

static void maps_add_huge(struct mms_maps_rec *rec, struct page *page, unsigned int level, u64 size)
{
	struct folio *folio = page_folio(page);
	const unsigned long flags = mms_folio_flags(folio);

	if (level == MMS_LEVEL_PTE) {
		if (flags & BIT(PG_head))
			rec->huge_pte += size;
		return;
	}
	*(level == MMS_LEVEL_PMD ? &rec->huge_2m : &rec->huge_1g) += size;
	if (level != MMS_LEVEL_PMD || mms_folio_hugetlb(folio))
		return;
	if ((unsigned long)READ_ONCE(folio->mapping) & MMS_MAPPING_ANON)
		rec->anon_huge += size;
	else if (flags & BIT(PG_swapbacked))
		rec->shmem_huge += size;
	else
		rec->file_huge += size;
}

static void maps_add_mapped(struct mms_maps_state *st, const struct mms_span *span,
			    unsigned int i, u64 n, const struct mms_entry *entry)
{
	const u64 e = span->entries[i], size = mms_level_size(span->level);
	struct page *page = pfn_to_page(entry->pfn);

	if (!mms_look_online(&st->look, entry->pfn)) {
		st->rec.device += size;
		return;
	}
	if (mms_huge_zero(st->walk.vma, span->level, page_folio(page))) {
		st->rec.zero += size;
		return;
	}
	maps_add_huge(&st->rec, page, span->level, size);
	if (st->hugetlb)
		maps_add_hugetlb(&st->rec, page, &span->live[i], size);
	else
		maps_add_page(st, page, size, n, mms_entry_young(e), mms_entry_dirty(e), true);
	if ((READ_ONCE(span->live[i]) ^ e) & ~(u64)MMS_ENTRY_HISTORY_BITS)
		st->rec.rec.flags |= MMS_RF_RACED;
}

/*
 * Migration and poison entries still count for the page they speak of, and a
 * page that a device has taken into its own memory counts as if it were here.
 */
static void maps_add_pfn_swap(struct mms_maps_state *st, const struct mms_entry *entry, u64 size)
{
	struct dev_pagemap *device;

	st->rec.other += size;
	if (entry->kind == MMS_KIND_devprivate) {
		device = mms_device_get(entry->pfn);
		if (device)
			maps_add_page(st, pfn_to_page(entry->pfn), size, 1, false, false, true);
		put_dev_pagemap(device);
	} else if (mms_look_online(&st->look, entry->pfn) && !st->hugetlb) {
		maps_add_page(st, pfn_to_page(entry->pfn), size, 1, false, false,
			      MMS_SMAPS_ONLY_MIGRATION && entry->kind != MMS_KIND_migration);
	}
}

/* Count an entry, and @n - 1 others that are like it in all that counts. */
static void maps_entry(struct mms_maps_state *st, const struct mms_span *span, unsigned int i,
		       u64 n)
{
	const u64 e = span->entries[i], size = mms_level_size(span->level);
	struct mms_maps_rec *rec = &st->rec;
	struct mms_entry entry;

	mms_entry_decode(st->walk.vma, span->level, e, &entry);
	if (mms_entry_present(span->level, e)) {
		if (e & MMS_ENTRY_SOFT_DIRTY)
			rec->soft_dirty += size * n;
		if (e & MMS_ENTRY_UFFD_WP)
			rec->uffd_wp += size * n;
	}
	switch (entry.kind) {
	case MMS_KIND_page:
	case MMS_KIND_protnone:
	case MMS_KIND_numa:
	case MMS_KIND_uffdrwp:
		maps_add_mapped(st, span, i, n, &entry);
		break;
	case MMS_KIND_zero:
		rec->zero += size;
		break;
	case MMS_KIND_device:
		rec->device += size;
		break;
	case MMS_KIND_swap:
		rec->swap += size;
		break;
	case MMS_KIND_guard:
		rec->guard += size;
		break;
	case MMS_KIND_uffdwp:
		rec->uffd_wp += size;
		break;
	case MMS_KIND_migration:
	case MMS_KIND_hwpoison:
	case MMS_KIND_devexclusive:
	case MMS_KIND_devprivate:
		maps_add_pfn_swap(st, &entry, size);
		break;
	default:
		rec->other += size;
	}
}

/* An entry hides a swapped page of the file behind it: it was copied before. */
static void maps_shmem_hidden(struct mms_maps_state *st, unsigned long addr)
{
	pgoff_t index = st->shmem_pgoff + ((addr - st->start) >> PAGE_SHIFT);

	if (xa_is_value(xa_load(&st->shmem->i_pages, index)))
		st->rec.shmem_swap -= PAGE_SIZE;
}

/* Bits of an entry that decide what is counted. */
#define MAPS_ENTRY_BITS (MMS_ENTRY_HISTORY_BITS | MMS_ENTRY_UFFD_WP)

/*
 * Plain entries from the @i-th on that count alike: small folios with the same
 * words, mapped by entries with the same bits. Returns how many, 0 if the
 * first is not plain.
 */
static unsigned int maps_alike(struct mms_maps_state *st, const struct mms_span *span,
			       unsigned int i)
{
	const u64 first = span->entries[i];
	struct mms_page_state same, state;
	unsigned int n;

	for (n = 0; i + n < span->n; n++) {
		const u64 e = span->entries[i + n];
		const unsigned long pfn = mms_entry_plain_pfn(e);

		if (!mms_entry_plain(e) || ((e ^ first) & MAPS_ENTRY_BITS) ||
		    !mms_look_online(&st->look, pfn))
			break;
		mms_page_state_get(pfn_to_page(pfn), &state);
		if (state.flags & BIT(PG_head))
			break;
		if (!n)
			same = state;
		else if (!mms_page_state_same(&state, &same) || READ_ONCE(span->live[i + n]) != e)
			break;
	}
	return n;
}

static unsigned int maps_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_maps_state *st = w->priv;
	const bool plain = span->level == MMS_LEVEL_PTE && !st->hugetlb && !st->shmem;
	unsigned int i, n;

	mms_folio_look_init(&st->look);
	for (i = 0; i < span->n; i += n) {
		n = 1;
		if (!span->entries[i])
			continue;
		if (plain)
			n = maps_alike(st, span, i) ?: 1;
		maps_entry(st, span, i, n);
		/* one alone takes as much time as three that are alike */
		w->cost += n == 1 ? 2 : 0;
		if (unlikely(st->shmem) && span->level == MMS_LEVEL_PTE)
			maps_shmem_hidden(st, span->addr + i * PAGE_SIZE);
	}
	return span->n;
}

static int maps_vma(struct mms_pgwalk *w, struct vm_area_struct *vma)
{
	struct mms_maps_state *st = w->priv;

	if (!st->active || st->start != vma->vm_start || st->end != vma->vm_end ||
	    st->flags != mms_vma_flags(vma->vm_flags)) {
		if (!st->sum && !maps_flush(st))
			return 1;
		maps_begin_vma(st, vma);
	}	/* else on with it after a pause */
	if (st->shmem_more)
		maps_shmem_swap(st, vma);
	return st->shmem_more;
}

static const struct mms_pgwalk_ops maps_ops = { .vma = maps_vma, .span = maps_span };

static int maps_begin(struct mms_session *s)
{
	struct mms_maps_state *st = s->state;

	st->sum = s->query.flags & MMS_Q_SUM;
	return mms_pgwalk_init(&st->walk, s, &maps_ops, st);
}

static int maps_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_maps_state *st = s->state;
	int err;

	st->out = out;
	if (!st->walk.done) {
		err = mms_pgwalk_chunk(&st->walk, s);
		if (err)
			return err;
	}
	return !st->walk.done || !maps_flush(st);
}

static const struct mms_field maps_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_maps_rec, f, u, t)
	MMS_MAPS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_maps = {
	MMS_VIEW_OF(maps),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.uses_range = true,
	.flags = MMS_Q_SUM,
	.state_size = sizeof(struct mms_maps_state),
	.begin = maps_begin,
	.fill = maps_fill,
};
