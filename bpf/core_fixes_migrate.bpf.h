/* SPDX-License-Identifier: GPL-2.0-only */
/* What core_fixes.bpf.h is, for migration and compaction. */
#ifndef MMS_BPF_CORE_FIXES_MIGRATE_H
#define MMS_BPF_CORE_FIXES_MIGRATE_H

#include "core_fixes.bpf.h"
#include "compact.h"
#include "migrate.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct migration_target_control {
	int nid;
};

struct trace_event_raw_mm_migrate_pages___large {
	unsigned long large_folio_split;
};

#pragma clang attribute pop

enum compact_result___any {
#define MMS_RESULT(name, word, text) COMPACT_##name##___any,
	MMS_COMPACT_KNOWN(MMS_RESULT)
#undef MMS_RESULT
};

enum migrate_reason___any {
#define MMS_REASON(name, word, text) MR_##name##___any,
	MMS_MIGRATE_REASONS(MMS_REASON)
#undef MMS_REASON
};

enum migrate_mode___any {
#define MMS_MODE(name, word, text) MIGRATE_##name##___any,
	MMS_MIGRATE_MODES(MMS_MODE)
#undef MMS_MODE
};

/* What enum migrate_reason calls a number: an enum mms_migrate_cause. */
static __always_inline u32 mms_migrate_cause(u32 number)
{
#define MMS_REASON(name, word, text)							\
	if (MMS_ENUM_IS(number, enum migrate_reason___any, MR_##name##___any))		\
		return MMS_MIGRATE_##name;
	MMS_MIGRATE_REASONS(MMS_REASON)
#undef MMS_REASON
	return MMS_MIGRATE_UNKNOWN;
}

/* The same of enum migrate_mode: an enum mms_migrate_mode. */
static __always_inline u32 mms_migrate_mode(u32 number)
{
#define MMS_MODE(name, word, text)							\
	if (MMS_ENUM_IS(number, enum migrate_mode___any, MIGRATE_##name##___any))	\
		return MMS_MIGRATE_MODE_##name;
	MMS_MIGRATE_MODES(MMS_MODE)
#undef MMS_MODE
	return MMS_MIGRATE_MODE_UNKNOWN;
}

/* The same of enum compact_result: an enum mms_compact_result. */
static __always_inline u32 mms_compact_result(u32 number)
{
#define MMS_RESULT(name, word, text)							\
	if (MMS_ENUM_IS(number, enum compact_result___any, COMPACT_##name##___any))	\
		return MMS_COMPACT_RESULT_##name;
	MMS_COMPACT_KNOWN(MMS_RESULT)
#undef MMS_RESULT
	return MMS_COMPACT_RESULT_UNKNOWN;
}

/*
 * Arguments of mm_migrate_pages: large folios that were split stand before the last two
 * on kernels that count them, not on 6.1.
 */
static __always_inline bool mms_migrate_arg_split(const u64 *args, u64 *ret_folios)
{
	const struct trace_event_raw_mm_migrate_pages___large *new = NULL;

	if (!bpf_core_field_exists(new->large_folio_split))
		return false;
	*ret_folios = mms_arg(args, 5);
	return true;
}

static __always_inline u32 mms_migrate_arg_reason(const u64 *args)
{
	const struct trace_event_raw_mm_migrate_pages___large *new = NULL;

	if (bpf_core_field_exists(new->large_folio_split))
		return mms_arg(args, 7);
	return mms_arg(args, 6);
}

#endif /* MMS_BPF_CORE_FIXES_MIGRATE_H */
