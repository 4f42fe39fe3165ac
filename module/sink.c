// SPDX-License-Identifier: GPL-2.0-only
/*
 * From records to text, through the view's field table. Nothing else in the
 * module formats, but for abi.c, which prints the tables themselves.
 */
#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include "registry.h"
#include "session.h"
#include "sink.h"

/* ---- words ------------------------------------------------------------- */

#define MMS_X(id, name, ...) [id] = #name,
#define MMS_NAMES_OF(list)	((const char *const []){ list(MMS_X) })
#define MMS_WORDS(unit, list, columns)					\
	[MMS_UNIT_##unit] = {						\
		.names = MMS_NAMES_OF(list),				\
		.nr = sizeof(MMS_NAMES_OF(list)) / sizeof(char *),	\
		.width = columns,					\
	}

/* The levels as crash and ptdump spell them. */
#define MMS_LEVEL_NAMES(X)						\
	X(MMS_LEVEL_PTE, PTE) X(MMS_LEVEL_PMD, PMD) X(MMS_LEVEL_PUD, PUD) \
	X(MMS_LEVEL_P4D, P4D) X(MMS_LEVEL_PGD, PGD)

/**
 * struct mms_words - the words of a unit
 * @names: by value; NULL for one that has none
 * @nr: entries of @names
 * @width: columns that text gives them; 0: each value is a set of bits
 */
struct mms_words {
	const char *const *names;
	u8 nr;
	u8 width;
};

static const struct mms_words mms_words[MMS_NR_UNITS] = {
	MMS_WORDS(level, MMS_LEVEL_NAMES, 3),
	MMS_WORDS(kind, MMS_KINDS, 12),
	MMS_WORDS(region, MMS_REGIONS, 9),
	MMS_WORDS(stop, MMS_STOPS, 10),
	MMS_WORDS(name, MMS_NAMES, 7),
	MMS_WORDS(policy, MMS_POLICIES, 7),
	MMS_WORDS(foliokind, MMS_FOLIO_KINDS, 8),
	MMS_WORDS(lru, MMS_LRUS, 11),
	MMS_WORDS(rmapstate, MMS_RMAP_STATES, 8),
	MMS_WORDS(zonerow, MMS_ZONE_ROWS, 8),
	MMS_WORDS(migratetype, MMS_MIGRATE_TYPES, 11),
	MMS_WORDS(daemon, MMS_DAEMONS, 1),
	MMS_WORDS(filekind, MMS_FILE_KINDS, 8),
	MMS_WORDS(cachekind, MMS_CACHE_KINDS, 6),
	MMS_WORDS(kernelkind, MMS_KERNEL_KINDS, 6),
	MMS_WORDS(vmaflags, MMS_VMA_FLAGS, 0),
	MMS_WORDS(zoneflags, MMS_ZONE_FLAGS, 0),
};
#undef MMS_X

struct mms_bit {
	u8 bit;
	u8 width;
	char letter;
	u64 needs;	/* MMS_BITS_* without which it means nothing */
};

static const struct mms_bit mms_entry_bits[] = {
#define MMS_X(bit, width, letter, name, needs, text) { bit, width, letter, needs },
	MMS_X86_BITS(MMS_X)
#undef MMS_X
};

static const struct mms_bit mms_kpf_bits[] = {
#define MMS_X(bit, letter, name, text) { bit, 1, letter, 0 },
	MMS_KPF_BITS(MMS_X)
#undef MMS_X
};

/* ---- one field --------------------------------------------------------- */

static u64 mms_field_value(const struct mms_field *f, const void *rec)
{
	const void *p = rec + f->offset;

	switch (f->size) {
	case 1:
		return *(const u8 *)p;
	case 2:
		if (f->unit == MMS_UNIT_node)
			return (s64)*(const s16 *)p;
		return *(const u16 *)p;
	case 4:
		if (f->unit == MMS_UNIT_signed)
			return (s64)*(const s32 *)p;
		return *(const u32 *)p;
	default:
		return *(const u64 *)p;
	}
}

/* The names of the bits that are set; "??" for one that has none. */
static void mms_text_bits(struct seq_file *m, u64 bits, const struct mms_words *w)
{
	unsigned int i;
	bool any = false;

	for (i = 0; i < w->nr; i++) {
		if (!(bits & BIT_ULL(i)))
			continue;
		if (any)
			seq_putc(m, ',');
		seq_puts(m, w->names[i]);
		any = true;
	}
	if (bits & ~(BIT_ULL(w->nr) - 1))
		seq_puts(m, any ? ",??" : "??");
	else if (!any)
		seq_putc(m, '-');
}

/* The letters of MMS_X86_BITS; a key's digit stands for the key's letter. */
static void mms_text_entry(struct seq_file *m, u64 entry, u64 bits)
{
	unsigned int i;

	seq_printf(m, "%016llx ", entry);
	for (i = 0; i < ARRAY_SIZE(mms_entry_bits); i++) {
		const struct mms_bit *b = &mms_entry_bits[i];
		u64 value = (entry >> b->bit) & (BIT_ULL(b->width) - 1);

		if (b->needs & ~bits)
			continue;
		if (!(entry & 1))
			seq_putc(m, '-');
		else if (b->width > 1)
			seq_printf(m, "%llx", value);
		else
			seq_putc(m, value ? b->letter : '-');
	}
}

/* The letters of MMS_KPF_BITS, those that are set. */
static void mms_text_kpf(struct seq_file *m, u64 kpf)
{
	char word[ARRAY_SIZE(mms_kpf_bits) + 1];
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(mms_kpf_bits); i++) {
		if (kpf & BIT_ULL(mms_kpf_bits[i].bit))
			word[n++] = mms_kpf_bits[i].letter;
	}
	word[n] = '\0';
	seq_printf(m, "%-8s", n ? word : "-");
}

/* A name in a column: escaped so that it cannot forge one, or a line. */
static void mms_text_comm(struct seq_file *m, const char *comm, size_t size)
{
	const size_t len = strnlen(comm, size);

	if (len)
		seq_escape_mem(m, comm, len, ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, "\\ ");
	else
		seq_putc(m, '-');
}

/*
 * Is the field left out of a row of text? What is nothing says nothing: sizes
 * of 0, and what a record has no value for. An upright view shows every field.
 */
static bool mms_text_hidden(const struct mms_field *f, u64 v)
{
	switch (f->unit) {
	case MMS_UNIT_bytes:
	case MMS_UNIT_pss:
	case MMS_UNIT_bool:
	case MMS_UNIT_nodes:
		return !v;
	case MMS_UNIT_policy:
		return v == MMS_NO_POLICY;
	default:
		return false;
	}
}

/* Some fields are told by name, as most rows do not have them. */
static bool mms_text_named(const struct mms_field *f)
{
	return f->unit == MMS_UNIT_bytes || f->unit == MMS_UNIT_pss ||
	       f->unit == MMS_UNIT_nodes || f->unit == MMS_UNIT_policy ||
	       f->unit == MMS_UNIT_bool;
}

static void mms_text_value(struct seq_file *m, const struct mms_session *s,
			   const struct mms_field *f, u64 v, bool folio)
{
	const struct mms_words *w = &mms_words[f->unit];

	if (w->width) {
		seq_printf(m, "%-*s", w->width, v < w->nr && w->names[v] ? w->names[v] : "-");
		return;
	}
	switch (f->unit) {
	case MMS_UNIT_addr:
		seq_printf(m, "%016llx", v);
		break;
	case MMS_UNIT_hex:
		seq_printf(m, "0x%llx", v);
		break;
	case MMS_UNIT_nodes:
		seq_printf(m, "%llx", v);
		break;
	case MMS_UNIT_kpf:
		mms_text_kpf(m, v);
		break;
	case MMS_UNIT_pfn:
		seq_printf(m, "%9llx", v);
		break;
	case MMS_UNIT_bytes:
	case MMS_UNIT_pss:
		seq_printf(m, "%llukB", v >> 10);
		break;
	case MMS_UNIT_pages:
		if (v == MMS_NO_PAGES)
			seq_puts(m, "n/a");
		else
			seq_printf(m, "%llu", v);
		break;
	case MMS_UNIT_entry:
		mms_text_entry(m, v, s->bits);
		break;
	case MMS_UNIT_vmaflags:
	case MMS_UNIT_zoneflags:
		mms_text_bits(m, v, w);
		break;
	case MMS_UNIT_signed:
	case MMS_UNIT_node:
		seq_printf(m, "%4lld", (s64)v);
		break;
	case MMS_UNIT_order:
		/* without a folio there is no order: no 0 that looks like one */
		if (folio)
			seq_printf(m, "%2llu", v);
		else
			seq_puts(m, " -");
		break;
	case MMS_UNIT_gen:
		if (v == MMS_NO_GEN)
			seq_putc(m, '-');
		else
			seq_printf(m, "%llu", v);
		break;
	case MMS_UNIT_bool:
		seq_puts(m, str_yes_no(v));
		break;
	default:
		seq_printf(m, "%4llu", v);
	}
}

/* ---- one row ----------------------------------------------------------- */

/* Text behind a row, escaped so that no name can forge a line or a terminal. */
static void mms_text_tail(struct seq_file *m, const struct mms_out *out, const struct mms_rec *row)
{
	const struct mms_rec *rec = row;
	size_t left = row->text;

	while (left) {
		rec = (const void *)rec + out->record_size;
		seq_escape_mem(m, (const char *)(rec + 1), rec->text,
			       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, "\\");
		left -= min_t(size_t, left, rec->text);
	}
	if (row->flags & MMS_RF_CUT)
		seq_puts(m, "...");
}

/* A line for each field. */
static void mms_text_upright(struct seq_file *m, const struct mms_session *s,
			     const struct mms_rec *row)
{
	const struct mms_view *view = s->view;
	unsigned int i;

	for (i = 0; i < view->nr_fields; i++) {
		const struct mms_field *f = &view->fields[i];

		seq_printf(m, "%-20s ", f->name);
		mms_text_value(m, s, f, mms_field_value(f, row), true);
		seq_putc(m, '\n');
	}
}

/* What a row of a sparse view says nothing with. */
static bool mms_text_empty(const struct mms_field *f, u64 v)
{
	switch (f->unit) {
	case MMS_UNIT_node:
		return (s64)v == MMS_NO_NODE;
	case MMS_UNIT_zone:
		return v == MMS_NO_ZONE;
	case MMS_UNIT_pages:
		return !v || v == MMS_NO_PAGES;
	case MMS_UNIT_count:
		return !v || v == (f->size == 4 ? MMS_NO_COUNT : MMS_NO_PAGES);
	case MMS_UNIT_signed:
		return (s64)v == -1;
	default:
		return !v;
	}
}

/* A line for the record that names what is in it. */
static void mms_text_sparse(struct seq_file *m, const struct mms_session *s,
			    const struct mms_rec *row)
{
	const struct mms_view *view = s->view;
	unsigned int i;

	for (i = 0; i < view->nr_fields; i++) {
		const struct mms_field *f = &view->fields[i];
		u64 v = mms_field_value(f, row);

		if (i && mms_text_empty(f, v))
			continue;
		if (i)
			seq_printf(m, " %s=", f->name);
		if (f->unit == MMS_UNIT_count || f->unit == MMS_UNIT_zone)
			seq_printf(m, "%llu", v);
		else if (f->unit == MMS_UNIT_signed || f->unit == MMS_UNIT_node)
			seq_printf(m, "%lld", (s64)v);
		else if (f->unit == MMS_UNIT_pfn)
			seq_printf(m, "%llx", v);
		else
			mms_text_value(m, s, f, v, true);
	}
}

/* A line for the record. */
static void mms_text_flat(struct seq_file *m, const struct mms_session *s,
			  const struct mms_rec *row)
{
	const struct mms_view *view = s->view;
	const bool folio = row->flags & MMS_RF_FOLIO;
	unsigned int i;

	for (i = 0; i < view->nr_fields; i++) {
		const struct mms_field *f = &view->fields[i];
		u64 v = mms_field_value(f, row);

		if (i && mms_text_hidden(f, v))
			continue;
		if (i)
			seq_putc(m, ' ');
		if (i && mms_text_named(f)) {
			seq_puts(m, f->name);
			if (f->unit == MMS_UNIT_bool)
				continue;
			seq_putc(m, '=');
		}
		if (view->absent && view->absent(row, f->offset))
			seq_putc(m, '-');
		else if (f->unit == MMS_UNIT_comm)
			mms_text_comm(m, (const char *)row + f->offset, f->size);
		else
			mms_text_value(m, s, f, v, folio);
	}
}

static void mms_text_row(struct seq_file *m, const struct mms_session *s, const struct mms_rec *row)
{
	if (s->view->upright)
		mms_text_upright(m, s, row);
	else if (s->view->sparse)
		mms_text_sparse(m, s, row);
	else
		mms_text_flat(m, s, row);
	if (row->flags & MMS_RF_RACED)
		seq_puts(m, " raced");
	if (row->flags & MMS_RF_PARTIAL)
		seq_puts(m, " partial");
	if (row->flags & MMS_RF_AGAIN)
		seq_puts(m, " again");
	if (row->text) {
		if (s->view->upright)
			seq_printf(m, "%-20s", "name");
		seq_putc(m, ' ');
		mms_text_tail(m, &s->out, row);
	}
	if (!s->view->upright || row->text)
		seq_putc(m, '\n');
}

static void mms_text_head(struct seq_file *m, const struct mms_view *view)
{
	unsigned int i;

	seq_printf(m, "# %s: %s\n", view->name, mms_view_title(view));
	if (view->upright || view->sparse)
		return;
	seq_putc(m, '#');
	for (i = 0; i < view->nr_fields; i++) {
		if (!i || !mms_text_named(&view->fields[i]))
			seq_printf(m, " %s", view->fields[i].name);
	}
	seq_putc(m, '\n');
}

/* ---- text files -------------------------------------------------------- */

/*
 * Element 0 is the heading, element n the n-th row, and the last one the END
 * record. A record stays in the session's buffer until the next one is asked
 * for, so that seq_file may show it again after it has grown its own buffer.
 */
struct mms_text {
	struct mms_session *s;
	loff_t pos;
};

static const struct mms_rec *mms_text_current(const struct mms_session *s)
{
	return (const struct mms_rec *)(s->out.buf + s->out.taken);
}

/* Step over the current record and its text; NULL at the end, or an ERR_PTR. */
static void *mms_text_step(struct mms_text *t)
{
	struct mms_session *s = t->s;
	const struct mms_rec *rec;
	int n;

	if (t->pos > 0) {
		rec = mms_text_current(s);
		if (rec->type == MMS_REC_END)
			return NULL;
		s->out.taken += s->out.record_size;
		while (s->out.taken < s->out.used &&
		       mms_text_current(s)->type == MMS_REC_TEXT)
			s->out.taken += s->out.record_size;
	}
	if (s->out.taken >= s->out.used) {
		n = mms_session_fill(s);
		if (n <= 0)
			return n ? ERR_PTR(n) : NULL;
	}
	t->pos++;
	return t;
}

static int mms_text_rewind(struct mms_text *t)
{
	struct mms_query q = t->s->query;

	t->pos = 0;
	return mms_session_begin(t->s, &q);
}

static void *mms_text_start(struct seq_file *m, loff_t *pos)
{
	struct mms_text *t = m->private;
	void *p = t;
	int err;

	if (*pos < t->pos) {
		err = mms_text_rewind(t);
		if (err)
			return ERR_PTR(err);
	}
	if (t->s->error)
		return ERR_PTR(t->s->error);
	while (t->pos < *pos) {
		p = mms_text_step(t);
		if (IS_ERR_OR_NULL(p))
			return p;
	}
	return p;
}

static void *mms_text_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mms_text *t = m->private;
	void *p = mms_text_step(t);

	++*pos;
	return p;
}

static void mms_text_stop(struct seq_file *m, void *v)
{
}

/* What the END record has to say. */
static void mms_text_end(struct seq_file *m, const struct mms_session *s)
{
	if (s->out.raced)
		seq_printf(m, "# changed while it was read: %llu times\n", s->out.raced);
	if (s->end_flags & MMS_END_RESTARTED)
		seq_puts(m, "# a list changed so that it was begun anew\n");
	if (s->end_flags & MMS_END_CAPPED)
		seq_puts(m, "# a list changed too fast: there is more on it\n");
}

static int mms_text_show(struct seq_file *m, void *v)
{
	const struct mms_text *t = m->private;
	const struct mms_rec *rec;

	if (!t->pos) {
		mms_text_head(m, t->s->view);
		return 0;
	}
	rec = mms_text_current(t->s);
	if (rec->type == MMS_REC_ROW)
		mms_text_row(m, t->s, rec);
	else
		mms_text_end(m, t->s);
	return 0;
}

static const struct seq_operations mms_text_ops = {
	.start = mms_text_start,
	.next = mms_text_next,
	.stop = mms_text_stop,
	.show = mms_text_show,
};

/**
 * mms_text_open() - make a file a text reader of a session
 * @file: the file being opened
 * @s: the session, its target set; taken over on success
 *
 * Return: 0 or -errno
 */
int mms_text_open(struct file *file, struct mms_session *s)
{
	struct mms_query q = { .size = sizeof(q) };
	struct mms_text *t;
	int err;

	err = mms_session_begin(s, &q);
	if (err)
		return err;
	t = __seq_open_private(file, &mms_text_ops, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->s = s;
	return 0;
}

int mms_text_release(struct file *file)
{
	struct seq_file *m = file->private_data;
	struct mms_text *t = m->private;

	mms_session_destroy(t->s);
	return seq_release_private(file_inode(file), file);
}
