// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "event-file.h"
#include "faults.h"

#define ROW(row)	((const struct mms_fault_row *)(row)->rec)
#define FAULT(row)	(&ROW(row)->rec)

MMS_EVENT_ROW_CHECK(struct mms_fault_row);
MMS_EVENT_GET_CAUSE(struct mms_fault_row, MMS_FAULT_CAUSES)

/* ---- fields ---------------------------------------------------------------- */

static void none_unless(bool applies, struct mms_value *ret_value)
{
	if (!applies)
		ret_value->type = MMS_VALUE_NONE;
}

static void get_access(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = { "read", "write", "exec" };

	mms_value_text(ret_value, words[FAULT(row)->access % 3]);
}

static void get_mode(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const words[] = { "user", "kernel", "gup" };

	mms_value_text(ret_value, words[FAULT(row)->mode % 3]);
}

static void get_major(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = !!(FAULT(row)->marks & MMS_FAULT_MAJOR);
}

static void get_ip(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = FAULT(row)->ip;
	none_unless(FAULT(row)->mode != MMS_FAULT_GUP && FAULT(row)->ip != MMS_TRACE_HIDDEN,
		    ret_value);
}

static void get_level(u8 level, struct mms_value *ret_value)
{
	ret_value->num = level;
	none_unless(level, ret_value);
}

static void get_before_level(const struct mms_row *row, struct mms_value *ret_value)
{
	get_level(FAULT(row)->before_level, ret_value);
}

static void get_after_level(const struct mms_row *row, struct mms_value *ret_value)
{
	get_level(FAULT(row)->after_level, ret_value);
}

static void get_order(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = FAULT(row)->order;
	none_unless(FAULT(row)->after & 1, ret_value);
}

static void get_lock(const struct mms_row *row, struct mms_value *ret_value)
{
	if (FAULT(row)->marks & MMS_FAULT_VMA_LOCK)
		mms_value_text(ret_value, "vma");
	else if (FAULT(row)->marks & MMS_FAULT_MMAP_LOCK)
		mms_value_text(ret_value, "mmap");
	else
		ret_value->type = MMS_VALUE_NONE;
}

#define MARK(name, mark)							\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	ret_value->num = !!(FAULT(row)->marks & (mark));			\
}
MARK(refaulted, MMS_FAULT_REFAULT)
MARK(fell_back, MMS_FAULT_FELL_BACK)
MARK(grown, MMS_FAULT_GROWN)
#undef MARK

/* How far away: known, not known of a page that had been evicted, or nothing of any other. */
static void get_refault(const struct mms_row *row, u32 mark, u32 other, struct mms_value *ret_value)
{
	u32 marks = FAULT(row)->marks;

	ret_value->num = FAULT(row)->refault;
	if (!(marks & MMS_FAULT_REFAULT) || marks & other)
		ret_value->type = MMS_VALUE_NONE;
	else if (!(marks & mark))
		ret_value->type = MMS_VALUE_NA;
}

static void get_refault_distance(const struct mms_row *row, struct mms_value *ret_value)
{
	get_refault(row, MMS_FAULT_DISTANCE, MMS_FAULT_GENERATIONS, ret_value);
}

static void get_refault_generations(const struct mms_row *row, struct mms_value *ret_value)
{
	get_refault(row, MMS_FAULT_GENERATIONS, MMS_FAULT_DISTANCE, ret_value);
}

static bool has_vma(const struct mms_row *row)
{
	return !(FAULT(row)->marks & MMS_FAULT_NO_VMA);
}

#define VMA(name, member)							\
static void get_##name(const struct mms_row *row, struct mms_value *ret_value)	\
{										\
	ret_value->num = FAULT(row)->member;					\
	none_unless(has_vma(row), ret_value);					\
}
VMA(vma_start, vma_start)
VMA(vma_end, vma_end)
VMA(vma_flags, vma_flags)
#undef VMA

static void get_offset(const struct mms_row *row, struct mms_value *ret_value)
{
	const struct mms_fault *f = FAULT(row);

	ret_value->num = (f->pgoff << 12) + (f->address - f->vma_start);
	none_unless(f->inode && has_vma(row), ret_value);
}

static void get_inode(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = FAULT(row)->inode;
	none_unless(FAULT(row)->inode, ret_value);
}

static void get_dev(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_dev(row, FAULT(row)->dev, FAULT(row)->inode, ret_value);
}

static void get_file(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_event_file(ROW(row)->path, FAULT(row)->inode, ret_value);
}

/* The last part of the path and where in it. */
static void get_mapping(const struct mms_row *row, struct mms_value *ret_value)
{
	struct mms_value offset = { .type = MMS_VALUE_NUM };

	get_offset(row, &offset);
	mms_event_place(row, ROW(row)->path, FAULT(row)->inode, offset.num, ret_value);
}

static void get_signal(const struct mms_row *row, struct mms_value *ret_value)
{
	static const char *const segv[] = { "SEGV", "SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR" };
	static const char *const bus[] = { "BUS", "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR" };
	unsigned int code = FAULT(row)->code;

	none_unless(FAULT(row)->signal, ret_value);
	if (FAULT(row)->signal)
		mms_value_text(ret_value,
			       (FAULT(row)->signal == 7 ? bus : segv)[code < 5 ? code : 0]);
}

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ROW(row)->symbol);
}

static void get_line(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ROW(row)->line);
}

/* Fields of the record; by their numbers the derived ones say what they read. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(address, address, addr, "that was touched")					\
	X(before, before, entry, "the entry that maps it, before")			\
	X(after, after, entry, "the same entry when it was done")			\
	X(returned, ret, hex, "what handle_mm_fault() returned, of all passes: VM_FAULT_*") \
	X(flags, flags, hex, "what it was called with: FAULT_FLAG_*")			\
	X(around, around, count, "further pages that fault-around mapped")		\
	X(passes, passes, count, "calls of handle_mm_fault(): above 1 it had to try again")

MMS_EVENT_NUMBERS(WIRE);

#define AT(member)	offsetof(struct mms_fault_row, member)
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_fault_row, n, member, u, text)
#define OF(n, u, member, read, fn, text) \
	MMS_EVENT_OF(struct mms_fault_row, n, u, member, read, fn, text)
#define D(n, u, member, bytes, read, fn, text) \
	MMS_EVENT_SPAN(struct mms_fault_row, n, u, member, bytes, read, fn, text)
/* Words of 64 bits: what is beside flags is marks, and so on. */
#define MARKS	BIT(FIELD_flags)
#define WORDS	BIT(FIELD_around)	/* cause, mode, access, levels, order */
/* vma_start to inode */
#define VMA_SPAN	(AT(rec.inode) + sizeof(u64) - AT(rec.vma_start))

static const struct mms_field fields[] = {
	WIRE(F)
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_fault_row, "why")
	OF("access", text, rec.access, WORDS, get_access, "what was tried: read, write, exec")
	OF("mode", text, rec.mode, WORDS, get_mode, "who: user mode, kernel mode for the task, or gup: a pin, no exception")
	OF("major", bool, rec.marks, MARKS, get_major, "counts as major: it waited for a device, or had to try again")
	OF("ip", addr, rec.ip, WORDS, get_ip, "the instruction")
	OF("symbol", text, symbol, 0, get_symbol, "function of the instruction")
	OF("line", text, line, 0, get_line, "source and line of it")
	OF("before_level", level, rec.before_level, WORDS, get_before_level, "level of the entry before")
	OF("after_level", level, rec.after_level, WORDS, get_after_level, "level of the entry after")
	OF("order", order, rec.after, WORDS, get_order, "of the folio that is mapped now")
	OF("lock", text, rec.marks, MARKS, get_lock, "held in the last pass: vma or mmap")
	OF("signal", text, rec.signal, BIT(FIELD_passes), get_signal, "what the task was sent")
	OF("fell_back", bool, rec.marks, MARKS, get_fell_back, "no huge page was to be had")
	OF("refault", bool, rec.marks, MARKS, get_refaulted, "a page that had been evicted was read again")
	OF("refault_distance", pages, rec.refault, MARKS, get_refault_distance, "pages that left or were activated on its lists since its eviction; not with MGLRU")
	OF("refault_generations", count, rec.refault, MARKS, get_refault_generations, "with MGLRU: the youngest generation now less the oldest at its eviction")
	OF("grown", bool, rec.marks, MARKS, get_grown, "the stack was extended for it")
	OF("vma_start", addr, rec.vma_start, MARKS, get_vma_start, "first address of the VMA")
	OF("vma_end", addr, rec.vma_end, MARKS, get_vma_end, "first address behind it")
	OF("vma_flags", vmaflags, rec.vma_flags, MARKS, get_vma_flags, "of the VMA")
	OF("inode", inode, rec.inode, 0, get_inode, "of the file")
	OF("dev", text, rec.inode, BIT(FIELD_returned), get_dev, "device of the file")
	D("offset", hex, rec.vma_start, VMA_SPAN, MARKS | BIT(FIELD_address), get_offset, "in the file")
	OF("file", text, path, BIT(FIELD_returned), get_file, "path of the file")
	/* The path stays as long as inode and device. */
	D("mapping", text, rec.vma_start, VMA_SPAN, MARKS | BIT(FIELD_address) | BIT(FIELD_returned), get_mapping, "name of the file and offset")
};

static u64 absent(const struct mms_row *row)
{
	return FAULT(row)->marks & MMS_FAULT_NO_LATENCY ? BIT(FIELD_latency) : 0;
}

const struct mms_model mms_model_fault = {
	.name = "trace.faults",
	.title = "page fault",
	.rec_size = sizeof(struct mms_fault_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,tid,cause,access,latency,address,mapping",
};
