/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of mmscope check: differences, and what was compared. */
#ifndef MMS_MODEL_CHECK_H
#define MMS_MODEL_CHECK_H

#include "model.h"

#define MMS_CHECK_TEXT	200

/**
 * struct mms_difference - a value in which two sources differ
 * @pid: of the process
 * @start: the object: a VMA, an entry; both 0: the process
 * @end: see @start
 * @where: the object in words, if it is no part of a process
 * @view: what was compared
 * @field: the value's name
 * @theirs_from: the file that was compared with
 * @ours: the values
 * @theirs: see @ours
 */
struct mms_difference {
	s32 pid;
	u64 start, end;
	const char *view;
	char where[64];
	char field[48];
	const char *theirs_from;
	char ours[MMS_CHECK_TEXT];
	char theirs[MMS_CHECK_TEXT];
};

/**
 * struct mms_check_total - what was compared, and what came of it
 * @processes: looked at
 * @rounds: ways to compare the system
 * @vmas: compared with the kernel's files
 * @entries: see @vmas
 * @folios: see @vmas
 * @merged: runs whose entries were compared with the same ones unmerged
 * @values: single values compared
 * @differences: that stayed
 * @races: differences that were gone, or others, when looked at again
 * @hidden: entries of raw PFN mappings, which pagemap does not show
 * @gone: processes that ended meanwhile
 */
struct mms_check_total {
	u64 processes, rounds, vmas, entries, folios, merged, values;
	u64 differences, races, hidden, gone;
};

extern const struct mms_model mms_model_difference;
extern const struct mms_model mms_model_check_total;

#endif /* MMS_MODEL_CHECK_H */
