/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of tracers as rows: what the models of all have.
 *
 * A tracer's row, struct mms_NAME_row, begins as struct mms_event_row does, with its own
 * record for the event: { stack; since; struct mms_NAME rec; }. What its record does not
 * have, such as names, stands behind.
 */
#ifndef MMS_MODEL_EVENT_H
#define MMS_MODEL_EVENT_H

#include "group.h"
#include "model.h"
#include "../../bpf/trace.h"

/**
 * struct mms_event_row - how the row of an event begins
 * @stack: functions, outermost first, or NULL; stays as long as the tracer
 * @since: nanoseconds since tracing began
 * @event: and the rest of the record behind it
 */
struct mms_event_row {
	const char *stack;
	u64 since;
	struct mms_event event;
};

/* That it does, and fits into a sum. */
#define MMS_EVENT_ROW_CHECK(type)						\
	_Static_assert(offsetof(type, stack) == offsetof(struct mms_event_row, stack) && \
		       offsetof(type, since) == offsetof(struct mms_event_row, since) && \
		       offsetof(type, rec.event) == offsetof(struct mms_event_row, event) && \
		       sizeof(type) <= MMS_GROUP_EVENT, #type)

/* ---- causes ---------------------------------------------------------------- */

/**
 * struct mms_cause - a word of a list of causes, X(NAME, word, text)
 * @word: of it
 * @text: what it means
 */
struct mms_cause {
	const char *word, *text;
};

#define MMS_CAUSE_ROW(name, w, t)	{ .word = w, .text = t },
#define MMS_CAUSE_WORD(name, w, t)	" " w
/* The words of a list, parted by spaces. */
#define MMS_CAUSE_WORDS(list)		(&(list(MMS_CAUSE_WORD))[1])

/* @get_word() and @get_text(), for a record that has the number of one of @list in @field. */
#define MMS_EVENT_GET(type, field, list, get_word, get_text)				\
static void get_##field##_of(const struct mms_row *row, bool text, struct mms_value *ret_value)\
{											\
	static const struct mms_cause words[] = { list(MMS_CAUSE_ROW) };		\
	unsigned int number = ((const type *)row->rec)->rec.field;			\
											\
	mms_event_cause(number < ARRAY_SIZE(words) ? &words[number] : NULL, text, ret_value);\
}											\
											\
static void get_word(const struct mms_row *row, struct mms_value *ret_value)		\
{											\
	get_##field##_of(row, false, ret_value);					\
}											\
											\
static void get_text(const struct mms_row *row, struct mms_value *ret_value)		\
{											\
	get_##field##_of(row, true, ret_value);						\
}

#define MMS_EVENT_GET_CAUSE(type, list)	MMS_EVENT_GET(type, cause, list, get_cause, get_meaning)

void mms_event_cause(const struct mms_cause *cause, bool meaning, struct mms_value *ret_value);
/*
 * The bits of "CAUSE,...", of which @words has all, or with a star behind of all that begin
 * so; "+CAUSE,...": added to those of *@causes. 0, or
 * -EINVAL with *@ret_bad at the word that is none.
 */
int mms_event_causes_parse(const char *words, const char *text, u64 *causes,
			   const char **ret_bad);

/* ---- fields ---------------------------------------------------------------- */

/*
 * Fields that each record has, in the order of the columns: X(name, member, unit, text).
 * A model's own stand behind these, and MMS_EVENT_NUMBERS() numbers them all.
 */
#define MMS_EVENT_FIELDS(X)							\
	X(pid, event.tgid, count, "the process, by its number in the initial pid namespace") \
	X(tid, event.tid, count, "the thread")					\
	X(cpu, event.cpu, count, "where it ended")				\
	X(clock, event.time, ns, "when it began, CLOCK_MONOTONIC")		\
	X(latency, event.latency, ns, "how long it took")			\
	X(cgroup, event.cgroup, cgroup, "id of the task's cgroup (v2)")

#define MMS_EVENT_NUMBER(n, member, u, text)	FIELD_##n,
/* FIELD_NAME for each of a list, and NR_WIRE. */
#define MMS_EVENT_NUMBERS(list)			enum { list(MMS_EVENT_NUMBER) NR_WIRE }

#define MMS_EVENT_SIZE(type, member)	sizeof(((type *)0)->member)

/* A field of the record of a row of @type. */
#define MMS_EVENT_FIELD(type, n, member, u, text)				\
	{									\
		.name = #n, .key = #n MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.size = MMS_EVENT_SIZE(type, rec.member), .offset = offsetof(type, rec.member), \
		.sign = MMS_SIGNED(((type *)0)->rec.member),			\
	},

/* A derived one, of @bytes from a @member of the row on, and of fields of the record. */
#define MMS_EVENT_SPAN(type, n, u, member, bytes, read, fn, text)		\
	{									\
		.name = n, .key = n MMS_KEY_##u, .desc = text, .unit = MMS_UNIT_##u, \
		.offset = offsetof(type, member), .span = bytes, .reads = read, .get = fn, \
	},
#define MMS_EVENT_OF(type, n, u, member, read, fn, text)			\
	MMS_EVENT_SPAN(type, n, u, member, MMS_EVENT_SIZE(type, member), read, fn, text)

/* Derived ones that each has; then those of a model with MMS_EVENT_GET_CAUSE(). */
#define MMS_EVENT_DERIVED							\
	MMS_EVENT_OF(struct mms_event_row, "time", clock, since, 0, mms_event_time, \
		     "seconds since tracing began")				\
	MMS_EVENT_OF(struct mms_event_row, "comm", text, event.comm, 0, mms_event_comm, \
		     "name of the task")					\
	MMS_EVENT_OF(struct mms_event_row, "stack", text, stack, 0, mms_event_stack, \
		     "with --stacks: functions, outermost first, the kernel's with _[k]")
#define MMS_EVENT_DERIVED_CAUSE(type, what)					\
	MMS_EVENT_OF(type, "cause", text, rec.cause, 0, get_cause, what)	\
	MMS_EVENT_OF(type, "meaning", text, rec.cause, 0, get_meaning, "the cause in words")

void mms_event_time(const struct mms_row *row, struct mms_value *ret_value);
void mms_event_comm(const struct mms_row *row, struct mms_value *ret_value);
void mms_event_stack(const struct mms_row *row, struct mms_value *ret_value);

#endif /* MMS_MODEL_EVENT_H */
