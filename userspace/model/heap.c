// SPDX-License-Identifier: GPL-2.0-only
#include "derive.h"
#include "heap.h"

#define ROW(row)	((const struct mms_heap_row *)(row)->rec)
#define REC(row)	(&ROW(row)->rec)
#define LEFT(row)	((const struct mms_heap_left_row *)(row)->rec)

MMS_EVENT_ROW_CHECK(struct mms_heap_row);
MMS_EVENT_GET_CAUSE(struct mms_heap_row, MMS_HEAP_CAUSES)

/* ---- calls ----------------------------------------------------------------- */

static void get_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ROW(row)->symbol);
}

static void get_line(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, ROW(row)->line);
}

/* Fields of the record; absent() goes by their numbers. */
#define WIRE(X)										\
	MMS_EVENT_FIELDS(X)								\
	X(address, address, addr, "that was allocated or is freed")			\
	X(size, size, bytes, "asked for; of what is freed, if it was allocated while this ran") \
	X(align, align, bytes, "alignment that was asked for")				\
	X(old, old, addr, "what realloc() was given")					\
	X(old_size, old_size, bytes, "asked for when that was allocated")		\
	X(age, age, ns, "how long what is freed was there")				\
	X(caller, caller, addr, "the instruction behind the call")

MMS_EVENT_NUMBERS(WIRE);

static const struct mms_field fields[] = {
#define F(n, member, u, text) MMS_EVENT_FIELD(struct mms_heap_row, n, member, u, text)
	WIRE(F)
#undef F
	MMS_EVENT_DERIVED
	MMS_EVENT_DERIVED_CAUSE(struct mms_heap_row, "what was called")
	MMS_EVENT_OF(struct mms_heap_row, "symbol", text, symbol, 0, get_symbol,
		     "function that called")
	MMS_EVENT_OF(struct mms_heap_row, "line", text, line, 0, get_line,
		     "source and line of it")
};

static u64 absent(const struct mms_row *row)
{
	const bool known = REC(row)->marks & MMS_HEAP_KNOWN;
	u64 bits = 0;

	if (!REC(row)->address)
		bits |= BIT(FIELD_address);
	if (REC(row)->cause == MMS_HEAP_FREE && !known)
		bits |= BIT(FIELD_size);
	if (!REC(row)->align)
		bits |= BIT(FIELD_align);
	if (!REC(row)->old)
		bits |= BIT(FIELD_old);
	if (!REC(row)->old || !known)
		bits |= BIT(FIELD_old_size);
	if (!known)
		bits |= BIT(FIELD_age);
	return bits;
}

const struct mms_model mms_model_heap = {
	.name = "trace.heap",
	.title = "call of the allocator",
	.rec_size = sizeof(struct mms_heap_row),
	.fields = fields,
	.nr = ARRAY_SIZE(fields),
	.nr_wire = NR_WIRE,
	.absent = absent,
	.defaults = "time,comm,tid,cause,size,address,age,latency",
};

/* ---- what is left ------------------------------------------------------------ */

static void left_comm(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = LEFT(row)->comm;
	ret_value->len = strnlen(LEFT(row)->comm, sizeof(LEFT(row)->comm));
}

static void left_stack(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, LEFT(row)->stack);
}

static void left_symbol(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, LEFT(row)->symbol);
}

static void left_line(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, LEFT(row)->line);
}

static const struct mms_field left[] = {
	MMS_WIRE_FIELD(struct mms_heap_left_row, size, bytes, "asked for and not freed")
	MMS_WIRE_FIELD(struct mms_heap_left_row, count, count, "allocations that are")
	MMS_WIRE_FIELD(struct mms_heap_left_row, largest, bytes, "of these")
	MMS_WIRE_FIELD(struct mms_heap_left_row, oldest, ns, "how long the first has been there")
	MMS_WIRE_FIELD(struct mms_heap_left_row, newest, ns, "and the last")
	MMS_WIRE_FIELD(struct mms_heap_left_row, pid, count, "the process, by its number in the initial pid namespace")
	MMS_WIRE_FIELD(struct mms_heap_left_row, caller, addr, "the instruction behind the call")
#define NR_LEFT_WIRE 7
	MMS_DERIVED("comm", "comm", text, 0, left_comm, "name of the thread")
	MMS_DERIVED("symbol", "symbol", text, 0, left_symbol, "function that called")
	MMS_DERIVED("line", "line", text, 0, left_line, "source and line of it")
	MMS_DERIVED("stack", "stack", text, 0, left_stack, "functions, outermost first")
};

const struct mms_model mms_model_heap_left = {
	.name = "trace.heap.left",
	.title = "what is left of one stack, with --summary",
	.rec_size = sizeof(struct mms_heap_left_row),
	.fields = left,
	.nr = ARRAY_SIZE(left),
	.nr_wire = NR_LEFT_WIRE,
	.defaults = "size,count,oldest,comm,stack",
};
