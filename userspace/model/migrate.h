/* SPDX-License-Identifier: GPL-2.0-only */
/* Migrations as rows. */
#ifndef MMS_MODEL_MIGRATE_H
#define MMS_MODEL_MIGRATE_H

#include "event.h"
#include "../../bpf/migrate.h"

/**
 * struct mms_migrate_row - one migration, see struct mms_event_row
 * @stack: see struct mms_event_row
 * @since: see struct mms_event_row
 * @rec: as the program sent it
 */
struct mms_migrate_row {
	const char *stack;
	u64 since;
	struct mms_migrate rec;
};

extern const struct mms_model mms_model_migrate;

/* The word for an enum mms_migrate_mode; NULL: unknown. */
const struct mms_cause *mms_migrate_mode(unsigned int mode);

#endif /* MMS_MODEL_MIGRATE_H */
