/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults as rows. */
#ifndef MMS_MODEL_FAULTS_H
#define MMS_MODEL_FAULTS_H

#include "event.h"
#include "../../bpf/faults.h"

/**
 * struct mms_fault_row - one fault, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 * @path: of the file, or NULL; stays as long as the tracer
 * @symbol: of the instruction, or NULL; the same
 * @line: source and line of it, or NULL; the same
 */
struct mms_fault_row {
	const char *stack;
	u64 since;
	struct mms_fault rec;
	const char *path;
	const char *symbol;
	const char *line;
};

extern const struct mms_model mms_model_fault;

#endif /* MMS_MODEL_FAULTS_H */
