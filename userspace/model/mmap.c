// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "derive.h"
#include "mmap.h"

#define ROW(row)	((const struct mms_mmap_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)
#define MAX_ERRNO	4095
#define PAGE_BYTES	4096

MMS_EVENT_ROW_CHECK(struct mms_mmap_row);
MMS_EVENT_GET_CAUSE(struct mms_mmap_row, MMS_MMAP_CALLS)

/* ---- words ----------------------------------------------------------------- */

/* Numbers as on x86 and arm64: include/uapi/asm-generic/mman.h and mman-common.h. */
struct bit {
	u64 bits;
	const char *word;
};

static const struct bit map_flags[] = {
	{ 0x10, "fixed" }, { 0x20, "anonymous" }, { 0x40, "32bit" }, { 0x80, "above4g" },
	{ 0x100, "growsdown" }, { 0x800, "denywrite" }, { 0x1000, "executable" },
	{ 0x2000, "locked" }, { 0x4000, "noreserve" }, { 0x8000, "populate" },
	{ 0x10000, "nonblock" }, { 0x20000, "stack" }, { 0x40000, "hugetlb" }, { 0x80000, "sync" },
	{ 0x100000, "fixed_noreplace" }, { 0x4000000, "uninitialized" }, { 0, NULL },
};

static const struct bit mremap_flags[] = {
	{ 1, "maymove" }, { 2, "fixed" }, { 4, "dontunmap" }, { 0, NULL },
};

static const struct bit mlock2_flags[] = { { 1, "onfault" }, { 0, NULL } };

static const struct bit mlockall_flags[] = {
	{ 1, "current" }, { 2, "future" }, { 4, "onfault" }, { 0, NULL },
};

static const struct bit msync_flags[] = {
	{ 1, "async" }, { 2, "invalidate" }, { 4, "sync" }, { 0, NULL },
};

static const struct bit shmat_flags[] = {
	{ 010000, "rdonly" }, { 020000, "rnd" }, { 040000, "remap" }, { 0100000, "exec" },
	{ 0, NULL },
};

static const char *const advices[] = {
	[0] = "normal", [1] = "random", [2] = "sequential", [3] = "willneed", [4] = "dontneed",
	[8] = "free", [9] = "remove", [10] = "dontfork", [11] = "dofork", [12] = "mergeable",
	[13] = "unmergeable", [14] = "hugepage", [15] = "nohugepage", [16] = "dontdump",
	[17] = "dodump", [18] = "wipeonfork", [19] = "keeponfork", [20] = "cold", [21] = "pageout",
	[22] = "populate_read", [23] = "populate_write", [24] = "dontneed_locked",
	[25] = "collapse", [100] = "hwpoison", [101] = "soft_offline", [102] = "guard_install",
	[103] = "guard_remove",
};

/* A text that is put together in the row's scratch room. */
struct text {
	char *buf;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->buf + t->len, 256 - t->len, format, ap);
	va_end(ap);
	t->len = n < 0 || t->len + n >= 256 ? 255 : t->len + n;
}

static void add_bits(struct text *t, const struct bit *bits, u64 value)
{
	const char *sep = "";

	for (; bits->word; bits++) {
		if (!(value & bits->bits))
			continue;
		value &= ~bits->bits;
		add(t, "%s%s", sep, bits->word);
		sep = "|";
	}
	if (value)
		add(t, "%s0x%llx", sep, (unsigned long long)value);
}

static void add_map_flags(struct text *t, u64 flags)
{
	static const char *const types[] = { "0", "shared", "private", "shared_validate" };

	if ((flags & 15) == 8)
		add(t, "droppable");
	else
		add(t, "%s", types[flags & 3]);
	flags &= ~15ULL;
	if (!flags)
		return;
	add(t, "|");
	/* A size of huge pages stands in the highest bits. */
	if (flags & 0x40000 && flags >> 26 & 63)
		add(t, "2^%llu|", (unsigned long long)flags >> 26 & 63);
	add_bits(t, map_flags, flags & 0x40000 ? flags & 0x3ffffff : flags);
}

static void add_prot(struct text *t, u64 prot)
{
	add(t, "%c%c%c", prot & 1 ? 'r' : '-', prot & 2 ? 'w' : '-', prot & 4 ? 'x' : '-');
	if (prot & ~7ULL)
		add(t, "|0x%llx", (unsigned long long)prot & ~7ULL);
}

static void add_advice(struct text *t, u64 advice)
{
	if (advice < ARRAY_SIZE(advices) && advices[advice])
		add(t, "%s", advices[advice]);
	else
		add(t, "%lld", (long long)(s32)advice);
}

static struct text begin(const struct mms_row *row)
{
	return (struct text){ .buf = row->ctx->scratch };
}

static void give(const struct text *t, struct mms_value *ret_value)
{
	ret_value->type = t->len ? MMS_VALUE_TEXT : MMS_VALUE_NONE;
	ret_value->text = t->buf;
	ret_value->len = t->len;
}

/* ---- what was asked for ------------------------------------------------------ */

static bool add_flags_of(struct text *t, const struct mms_mmap *rec)
{
	switch (rec->cause) {
	case MMS_MMAP_MMAP:
		add_map_flags(t, rec->args[3]);
		return true;
	case MMS_MMAP_MREMAP:
		add_bits(t, mremap_flags, rec->args[3]);
		return true;
	case MMS_MMAP_MLOCK2:
		add_bits(t, mlock2_flags, rec->args[2]);
		return true;
	case MMS_MMAP_MLOCKALL:
		add_bits(t, mlockall_flags, rec->args[0]);
		return true;
	case MMS_MMAP_MSYNC:
		add_bits(t, msync_flags, rec->args[2]);
		return true;
	case MMS_MMAP_SHMAT:
		add_bits(t, shmat_flags, rec->args[2]);
		return true;
	default:
		return false;
	}
}

static bool add_prot_of(struct text *t, const struct mms_mmap *rec)
{
	if (rec->cause != MMS_MMAP_MMAP && rec->cause != MMS_MMAP_MPROTECT &&
	    rec->cause != MMS_MMAP_PKEY_MPROTECT)
		return false;
	add_prot(t, rec->args[2]);
	return true;
}

static bool add_advice_of(struct text *t, const struct mms_mmap *rec)
{
	if (rec->cause == MMS_MMAP_MADVISE)
		add_advice(t, rec->args[2]);
	else if (rec->cause == MMS_MMAP_PROCESS_MADVISE)
		add_advice(t, rec->args[3]);
	else
		return false;
	return true;
}

static void get_flags(const struct mms_row *row, struct mms_value *ret_value)
{
	struct text t = begin(row);

	add_flags_of(&t, REC(row));
	give(&t, ret_value);
}

static void get_prot(const struct mms_row *row, struct mms_value *ret_value)
{
	struct text t = begin(row);

	add_prot_of(&t, REC(row));
	give(&t, ret_value);
}

static void get_advice(const struct mms_row *row, struct mms_value *ret_value)
{
	struct text t = begin(row);

	add_advice_of(&t, REC(row));
	give(&t, ret_value);
}

/* All that was asked for, but where and how much. */
static void get_args(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);
	struct text t = begin(row);

	if (add_prot_of(&t, rec) && rec->cause == MMS_MMAP_MMAP)
		add(&t, " ");
	add_flags_of(&t, rec);
	add_advice_of(&t, rec);
	if (rec->cause == MMS_MMAP_PKEY_MPROTECT)
		add(&t, " key %d", (s32)rec->args[3]);
	if (rec->cause == MMS_MMAP_SHMAT)
		add(&t, "%sid %d", t.len ? " " : "", (s32)rec->args[0]);
	if (rec->cause == MMS_MMAP_PROCESS_MADVISE)
		add(&t, " fd %d", (s32)rec->args[0]);
	give(&t, ret_value);
}

static void get_fd(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);

	if (rec->cause == MMS_MMAP_PROCESS_MADVISE)
		ret_value->num = rec->args[0];
	else if (rec->cause == MMS_MMAP_MMAP && (s32)rec->args[4] >= 0 && !(rec->args[3] & 0x20))
		ret_value->num = rec->args[4];
	else
		ret_value->type = MMS_VALUE_NONE;
}

static void get_old(const struct mms_row *row, struct mms_value *ret_value, u64 value)
{
	ret_value->num = value;
	if (REC(row)->cause != MMS_MMAP_MREMAP)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_old_address(const struct mms_row *row, struct mms_value *ret_value)
{
	get_old(row, ret_value, REC(row)->args[0]);
}

static void get_old_length(const struct mms_row *row, struct mms_value *ret_value)
{
	get_old(row, ret_value, REC(row)->args[1]);
}

/* ---- what came of it ----------------------------------------------------------- */

/* The heap's end stays where it was if it cannot be moved: then that is returned. */
static bool brk_failed(const struct mms_mmap *rec)
{
	return rec->cause == MMS_MMAP_BRK && (u64)rec->returned < rec->args[0];
}

static bool failed(const struct mms_mmap *rec)
{
	return (u64)rec->returned >= (u64)-MAX_ERRNO || brk_failed(rec);
}

static void get_error(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);
	struct text t = begin(row);
	const char *name;

	if (!failed(rec)) {
		ret_value->type = MMS_VALUE_NONE;
		return;
	}
	if (brk_failed(rec)) {
		/* What the C library makes of it. */
		mms_value_text(ret_value, "ENOMEM");
		return;
	}
	name = strerrorname_np(-rec->returned);
	if (name)
		add(&t, "%s", name);
	else
		add(&t, "%lld", (long long)-rec->returned);
	give(&t, ret_value);
}

static const char *mapped_as(const struct mms_mmap *rec)
{
	u64 end = rec->address + (rec->length + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

	if (!rec->after.end)
		return "mapped";	/* gone again, or nobody knows */
	return rec->after.start < rec->address || rec->after.end > end ? "merged" : "new";
}

static const char *changed_as(const struct mms_mmap *rec)
{
	if (rec->vmas_change > 0)
		return "split";
	if (rec->vmas_change < 0)
		return "merged";
	if (rec->before.flags != rec->after.flags || rec->before.start != rec->after.start ||
	    rec->before.end != rec->after.end || rec->locked_change)
		return "changed";
	if (rec->rss_change + rec->swap_change < 0)
		return "freed";
	if (rec->rss_change > 0)
		return "filled";
	return "nothing";
}

static const char *unmapped_as(const struct mms_mmap *rec)
{
	if (!rec->mapped_change)
		return "nothing";
	if (rec->vmas_change > 0)
		return "split";
	return rec->vmas_change < 0 ? "gone" : "cut";
}

static void get_did(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);
	const char *word;

	switch (failed(rec) ? MMS_NR_MMAP_CALLS : rec->cause) {
	case MMS_NR_MMAP_CALLS:
		word = "failed";
		break;
	case MMS_MMAP_MMAP:
	case MMS_MMAP_SHMAT:
		word = mapped_as(rec);
		break;
	case MMS_MMAP_BRK:
		word = !rec->length ? "nothing" : rec->address == rec->args[0] ? "shrunk" : "grown";
		break;
	case MMS_MMAP_MREMAP:
		if (rec->address != rec->args[0])
			word = "moved";
		else if (rec->mapped_change)
			word = rec->mapped_change > 0 ? "grown" : "shrunk";
		else
			word = "nothing";
		break;
	case MMS_MMAP_MUNMAP:
	case MMS_MMAP_SHMDT:
		word = unmapped_as(rec);
		break;
	case MMS_MMAP_PROCESS_MADVISE:
		ret_value->type = MMS_VALUE_NONE;
		return;
	default:
		word = changed_as(rec);
	}
	mms_value_text(ret_value, word);
}

/* What is only known of the caller's own address space. */
static void get_change(const struct mms_row *row, s64 change, struct mms_value *ret_value)
{
	ret_value->num = change;
	if (REC(row)->marks & MMS_MMAP_OTHER)
		ret_value->type = MMS_VALUE_NONE;
}

#define CHANGE(name)								\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	get_change(row, REC(row)->name, ret_value);				\
}
CHANGE(vmas_change)
CHANGE(mapped_change)
CHANGE(locked_change)
CHANGE(tables_change)
#undef CHANGE

static void get_rss_change(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->rss_change;
	if (!(REC(row)->marks & MMS_MMAP_RSS))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_swap_change(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->swap_change;
	if (!(REC(row)->marks & MMS_MMAP_RSS))
		ret_value->type = MMS_VALUE_NONE;
}

static void get_splits(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->splits;
	if (REC(row)->marks & MMS_MMAP_OTHER)
		ret_value->type = MMS_VALUE_NONE;
	else if (!(REC(row)->marks & MMS_MMAP_SPLITS))
		ret_value->type = MMS_VALUE_NA;
}

static void get_waited(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->waited;
	if (!(REC(row)->marks & MMS_MMAP_WAITS))
		ret_value->type = MMS_VALUE_NA;
}

static void get_waits(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->waits;
	if (!(REC(row)->marks & MMS_MMAP_WAITS))
		ret_value->type = MMS_VALUE_NA;
}

/* ---- VMAs ------------------------------------------------------------------------ */

static void get_vma(const struct mms_row *row, bool after, u64 value, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);
	const struct mms_mmap_vma *vma = after ? &rec->after : &rec->before;

	ret_value->num = value;
	if (rec->marks & (after ? MMS_MMAP_NO_AFTER : MMS_MMAP_NO_BEFORE))
		ret_value->type = MMS_VALUE_NA;
	else if (!vma->end)
		ret_value->type = MMS_VALUE_NONE;
}

#define VMA(when, member, is_after)								\
static void get_##when##_##member(const struct mms_row *row, struct mms_value *ret_value)	\
{												\
	get_vma(row, is_after, REC(row)->when.member, ret_value);				\
}
VMA(before, start, false)
VMA(before, end, false)
VMA(before, flags, false)
VMA(after, start, true)
VMA(after, end, true)
VMA(after, flags, true)
#undef VMA

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	if (ROW(row)->path)
		mms_value_text(ret_value, ROW(row)->path);
	else
		ret_value->type = REC(row)->inode ? MMS_VALUE_NA : MMS_VALUE_NONE;
}

static void get_inode(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REC(row)->inode;
	if (!REC(row)->inode)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_derive_dev(row, REC(row)->dev >> 20, REC(row)->dev & 0xfffff, ret_value);
	if (!REC(row)->inode)
		ret_value->type = MMS_VALUE_NONE;
}

/* Of the address in its file; mmap's argument says the same in any case. */
static void get_offset(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_mmap *rec = REC(row);
	const struct mms_mmap_vma *vma = rec->after.end ? &rec->after : &rec->before;

	ret_value->num = rec->pgoff * PAGE_BYTES + (rec->address - vma->start);
	if (rec->cause == MMS_MMAP_MMAP)
		ret_value->num = rec->args[5];
	if (!rec->inode)
		ret_value->type = MMS_VALUE_NONE;
}

/* ---- the table ------------------------------------------------------------------- */

#define WIRE(X)									\
	MMS_EVENT_FIELDS(X)							\
	X(address, address, addr, "where it is about; of mmap, mremap, shmat: where it is now") \
	X(length, length, bytes, "as it was asked for; of brk: by how much the heap's end was moved") \
	X(returned, returned, hex, "what it returned: an address, 0, or a negative error number") \
	X(arg0, args[0], hex, "the first argument")				\
	X(arg1, args[1], hex, "the second")					\
	X(arg2, args[2], hex, "the third")					\
	X(arg3, args[3], hex, "the fourth")					\
	X(arg4, args[4], hex, "the fifth")					\
	X(arg5, args[5], hex, "the sixth; those that a call does not have are what was left there") \
	X(mapped, mapped, pages, "of all VMAs, when it was done: VmSize")	\
	X(vmas, vmas, count, "number of VMAs, when it was done")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_mmap_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_mmap_row, "which call")
#define D(n, u, fn, text) MMS_DERIVED(n, n MMS_KEY_##u, u, 0, fn, text)
#define C(n, u, fn, text) MMS_DERIVED(n, n "_" #u, signed, 0, fn, text)
	D("args", text, get_args, "what was asked for, in words: rights, flags, advice")
	D("prot", text, get_prot, "rights that were asked for")
	D("flags", text, get_flags, "flags that were given")
	D("advice", text, get_advice, "of madvise and process_madvise")
	D("fd", signed, get_fd, "descriptor of the file; of the process with process_madvise")
	D("old_address", addr, get_old_address, "of mremap: where it was")
	D("old_length", bytes, get_old_length, "of mremap: how much it was")
	D("did", text, get_did, "what came of it, from what was before and after")
	D("error", text, get_error, "the error")
	D("waited", ns, get_waited, "it had to wait for mmap_lock")
	D("waits", count, get_waits, "how often")
	D("splits", count, get_splits, "VMAs that were split for it")
	D("vmas_change", signed, get_vmas_change, "how many VMAs more there are")
	C("mapped_change", pages, get_mapped_change, "how many pages more are mapped: VmSize")
	C("locked_change", pages, get_locked_change, "how many more are locked: VmLck")
	C("rss_change", pages, get_rss_change, "how many more are resident: VmRSS, with all that other threads did meanwhile")
	C("swap_change", pages, get_swap_change, "how many more are swapped: VmSwap")
	C("tables_change", bytes, get_tables_change, "how much more the page tables take: VmPTE and above")
	D("before_start", addr, get_before_start, "first address of the VMA that was there")
	D("before_end", addr, get_before_end, "first address behind it")
	D("before_flags", vmaflags, get_before_flags, "its flags")
	D("after_start", addr, get_after_start, "first address of the VMA that is there now")
	D("after_end", addr, get_after_end, "first address behind it")
	D("after_flags", vmaflags, get_after_flags, "its flags")
	D("offset", hex, get_offset, "of the address in the file")
	D("file", text, get_file, "path of the file")
	D("inode", inode, get_inode, "of the file")
	D("dev", text, get_dev, "device of the file")
};

static u64 absent(const struct mms_row *row)
{
	const struct mms_mmap *rec = REC(row);
	u64 bits = 0;

	if (rec->marks & MMS_MMAP_OTHER)
		bits |= BIT(FIELD_mapped) | BIT(FIELD_vmas);
	if (rec->marks & MMS_MMAP_OTHER || rec->cause == MMS_MMAP_MLOCKALL ||
	    rec->cause == MMS_MMAP_MUNLOCKALL)
		bits |= BIT(FIELD_address) | BIT(FIELD_length);
	if (failed(rec) && rec->cause == MMS_MMAP_SHMAT)
		bits |= BIT(FIELD_address) | BIT(FIELD_length);
	return bits;
}

const struct mms_model mms_model_mmap = {
	.name = "trace.mmap",
	.title = "call that changes what is mapped",
	.rec_size = sizeof(struct mms_mmap_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,cause,address,length,latency,did,args",
};
