// SPDX-License-Identifier: GPL-2.0-only
/*
 * folios: the folios an address space maps. Neighbouring entries that map
 * pages of one folio are one row; a folio that is mapped in several pieces has
 * several rows, of which all but the first say so (MMS_RF_AGAIN).
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "compat/device.h"
#include "entry.h"
#include "session.h"
#include "view.h"
#include "walk-pgtable.h"

/* A page of bits stands for this many frames: 128 MiB of memory. */
#define MMS_SEEN_BITS	(PAGE_SIZE * BITS_PER_BYTE)

struct mms_folios_state {
	struct mms_pgwalk walk;
	struct mms_out *out;
	struct mms_folio_look look;
	struct mms_folios_rec run;	/* mapped is 0 if there is none */
	unsigned long next_addr;	/* what would continue the run */
	unsigned long next_pfn;
	struct xarray seen;		/* bitmaps of head frames listed so far */
};

static bool folios_flush(struct mms_folios_state *st)
{
	if (!st->run.mapped)
		return true;
	if (!mms_out_put(st->out, &st->run))
		return false;
	st->run.mapped = 0;
	return true;
}

/* A run begins with the entry at @addr. */
static void folios_begin_run(struct mms_folios_state *st, unsigned long addr, unsigned int level,
			     const struct mms_entry *entry, const struct mms_folio_part *info,
			     bool raced)
{
	const unsigned long size = mms_level_size(level);
	const struct folio *folio = page_folio(pfn_to_page(entry->pfn));

	st->next_addr = addr + size;
	st->next_pfn = entry->pfn + (size >> PAGE_SHIFT);
	st->run = (struct mms_folios_rec){
		.rec.type = MMS_REC_ROW,
		.rec.flags = MMS_RF_FOLIO | (raced ? MMS_RF_RACED : 0),
		.kind = mms_folio_kind(info, folio),
		.order = info->order,
		.zone = info->zone,
		.level = level,
		.pfn = entry->pfn - info->folio_page,
		.start = addr,
		.mapped = min(size >> PAGE_SHIFT, (1UL << info->order) - info->folio_page),
		.node = info->node,
		.refcount = info->refcount,
		.mapcount = info->mapcount,
		.kpf = info->kpf,
		.cgroup = info->cgroup,
		.index = READ_ONCE(folio->index),
	};
}

/* One entry. False: no room, it is to come again. */
static bool folios_entry(struct mms_folios_state *st, const struct mms_span *span, unsigned int i)
{
	const unsigned long size = mms_level_size(span->level);
	const unsigned long addr = span->addr + i * size;
	struct vm_area_struct *vma = st->walk.vma;
	struct mms_folio_part info = {};
	struct dev_pagemap *device = NULL;
	struct mms_entry entry;
	unsigned long pages;
	bool raced = false;
	u64 head;

	mms_entry_decode(vma, span->level, span->entries[i], &entry);
	if (entry.kind == MMS_KIND_migration || entry.kind == MMS_KIND_hwpoison ||
	    entry.kind == MMS_KIND_devexclusive)
		return true;	/* not mapped now */
	if (!mms_entry_look(&st->look, vma, span->level, span->live ? &span->live[i] : NULL,
			    span->entries[i], &entry, &info, &raced))
		return true;
	head = entry.pfn - info.folio_page;
	pages = min(size >> PAGE_SHIFT, (1UL << info.order) - info.folio_page);
	if (st->run.mapped && head == st->run.pfn && addr == st->next_addr &&
	    entry.pfn == st->next_pfn && span->level == st->run.level) {
		st->run.mapped += pages;
		st->next_addr += size;
		st->next_pfn += size >> PAGE_SHIFT;
		st->run.rec.flags |= raced ? MMS_RF_RACED : 0;
		return true;
	}
	if (!folios_flush(st))
		return false;
	if (entry.kind == MMS_KIND_devprivate) {
		device = mms_device_get(entry.pfn);
		if (!device)
			return true;	/* gone since */
	}
	folios_begin_run(st, addr, span->level, &entry, &info, raced);
	put_dev_pagemap(device);
	return true;
}

static unsigned int folios_span(struct mms_pgwalk *w, const struct mms_span *span)
{
	struct mms_folios_state *st = w->priv;
	unsigned int i;

	mms_folio_look_init(&st->look);
	for (i = 0; i < span->n; i++) {
		if (span->entries[i] && !folios_entry(st, span, i))
			break;
	}
	return i;
}

/* Was the folio at @pfn listed before? Remembers it. ENOMEM if it cannot. */
static int folios_again(struct mms_folios_state *st, u64 pfn)
{
	const unsigned long index = pfn / MMS_SEEN_BITS;
	unsigned long *bits = xa_load(&st->seen, index);
	int err;

	if (!bits) {
		bits = (unsigned long *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
		if (!bits)
			return -ENOMEM;
		err = xa_err(xa_store(&st->seen, index, bits, GFP_KERNEL_ACCOUNT));
		if (err) {
			free_page((unsigned long)bits);
			return err;
		}
	}
	return __test_and_set_bit(pfn % MMS_SEEN_BITS, bits);
}

/* Outside of all locks, where memory may be asked for. */
static int folios_mark(struct mms_folios_state *st, struct mms_out *out, size_t from)
{
	for (; from < out->used; from += out->record_size) {
		struct mms_folios_rec *rec = (struct mms_folios_rec *)(out->buf + from);
		int again = folios_again(st, rec->pfn);

		if (again < 0)
			return again;
		if (again)
			rec->rec.flags |= MMS_RF_AGAIN;
	}
	return 0;
}

static const struct mms_pgwalk_ops folios_ops = { .span = folios_span };

static int folios_begin(struct mms_session *s)
{
	struct mms_folios_state *st = s->state;

	xa_init(&st->seen);
	return mms_pgwalk_init(&st->walk, s, &folios_ops, st);
}

static int folios_fill(struct mms_session *s, struct mms_out *out)
{
	struct mms_folios_state *st = s->state;
	size_t from = out->used;
	bool more;
	int err;

	st->out = out;
	if (!st->walk.done) {
		err = mms_pgwalk_chunk(&st->walk, s);
		if (err)
			return err;
	}
	more = !st->walk.done || !folios_flush(st);
	return folios_mark(st, out, from) ?: more;
}

static void folios_end(struct mms_session *s)
{
	struct mms_folios_state *st = s->state;
	unsigned long index;
	void *bits;

	xa_for_each(&st->seen, index, bits)
		free_page((unsigned long)bits);
	xa_destroy(&st->seen);
}

static const struct mms_field folios_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_folios_rec, f, u, t)
	MMS_FOLIOS_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_folios = {
	MMS_VIEW_OF(folios),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.uses_range = true,
	.state_size = sizeof(struct mms_folios_state),
	.begin = folios_begin,
	.fill = folios_fill,
	.end = folios_end,
};
