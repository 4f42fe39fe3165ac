// SPDX-License-Identifier: GPL-2.0-only
/* Views that belong to no process: regions and features. */
#include <string.h>
#include "derive.h"
#include "totals.h"
#include "vocab.h"

#define REGION(row)	((const struct mms_regions_rec *)(row)->rec)
#define FEATURE(row)	((const struct mms_feature *)(row)->rec)

static void get_range(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REGION(row)->start;
	ret_value->num2 = REGION(row)->end;
}

static void get_size(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->num = REGION(row)->end - REGION(row)->start;
}

static void get_text(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, mms_word_text(MMS_UNIT_region, REGION(row)->region));
}

#define BOUNDS (MMS_HAS(regions, start) | MMS_HAS(regions, end))

static const struct mms_field regions_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_regions_rec, f, unit, text)
	MMS_REGIONS_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("range", "range", range, BOUNDS, get_range, "first address and first one after it")
	MMS_DERIVED("size", "size_bytes", bytes, BOUNDS, get_size, "size of the region")
	MMS_DERIVED("text", "text", text, MMS_HAS(regions, region), get_text, "what it is for")
};

const struct mms_model mms_model_regions = {
	.name = "regions",
	.title = "region of the kernel's half",
	.view = MMS_VIEW_regions,
	.rec_size = sizeof(struct mms_regions_rec),
	.fields = regions_fields,
	.nr = ARRAY_SIZE(regions_fields),
	.nr_wire = MMS_NR_F_regions,
	.defaults = "range,size,region,random,text",
};

static void get_module_text(const struct mms_row *row, struct mms_value *ret_value)
{
	ret_value->type = MMS_VALUE_TEXT;
	ret_value->text = row->text;
	ret_value->len = row->len;
}

static const struct mms_field features_fields[] = {
#define MMS_X(f, unit, text) MMS_WIRE_FIELD(struct mms_features_rec, f, unit, text)
	MMS_FEATURES_FIELDS(MMS_X)
#undef MMS_X
	MMS_DERIVED("text", "text", text, 0, get_module_text, "name, and what it gives or why not")
};

const struct mms_model mms_model_features = {
	.name = "module_features",
	.title = "feature of the module",
	.view = MMS_VIEW_features,
	.rec_size = sizeof(struct mms_features_rec),
	.fields = features_fields,
	.nr = ARRAY_SIZE(features_fields),
	.nr_wire = MMS_NR_F_features,
	.defaults = "have,text",
};

static void get_group(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, FEATURE(row)->group);
}

static void get_name(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, FEATURE(row)->name);
}

static void get_detail(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, FEATURE(row)->detail);
}

static void get_todo(const struct mms_row *row, struct mms_value *ret_value)
{
	mms_value_text(ret_value, FEATURE(row)->todo);
}

static const struct mms_field feature_fields[] = {
	MMS_WIRE_FIELD(struct mms_feature, have, bool, "it works here")
#define FEATURE_WIRE 1
	MMS_DERIVED("group", "group", text, 0, get_group, "what it belongs to")
	MMS_DERIVED("name", "name", text, 0, get_name, "name of it")
	MMS_DERIVED("detail", "detail", text, 0, get_detail, "what it gives, or why it is missing")
	MMS_DERIVED("todo", "todo", text, 0, get_todo, "what to do about it")
};

const struct mms_model mms_model_feature = {
	.name = "features",
	.title = "feature",
	.rec_size = sizeof(struct mms_feature),
	.fields = feature_fields,
	.nr = ARRAY_SIZE(feature_fields),
	.nr_wire = FEATURE_WIRE,
	.defaults = "group,name,have,detail,todo",
};
