/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults as rows. */
#ifndef MMS_MODEL_FAULTS_H
#define MMS_MODEL_FAULTS_H

#include "model.h"
#include "../../bpf/events.h"

/**
 * struct mms_fault_row - one fault
 * @fault: as the program sent it
 * @since: nanoseconds since tracing began
 * @path: of the file, or NULL; stays as long as the tracer
 * @symbol: of the instruction, or NULL; the same
 * @line: source and line of it, or NULL; the same
 * @stack: functions, outermost first, or NULL; the same
 */
struct mms_fault_row {
	struct mms_fault fault;
	u64 since;
	const char *path;
	const char *symbol;
	const char *line;
	const char *stack;
};

extern const struct mms_model mms_model_fault;

/* The word of a cause; NULL past the last. */
const char *mms_fault_cause_word(unsigned int cause);
/* The bits of "CAUSE,...": 0, or -EINVAL with *@ret_bad at the word that is none. */
int mms_fault_causes_parse(const char *words, u64 *ret_causes, const char **ret_bad);

#endif /* MMS_MODEL_FAULTS_H */
