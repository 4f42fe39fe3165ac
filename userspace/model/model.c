// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "model.h"

static const struct mms_model *const models[] = {
	[MMS_VIEW_summary] = &mms_model_summary,
	[MMS_VIEW_maps] = &mms_model_maps,
	[MMS_VIEW_pgtable] = &mms_model_pgtable,
	[MMS_VIEW_entries] = &mms_model_entries,
	[MMS_VIEW_walk] = &mms_model_walk,
	[MMS_VIEW_tables] = &mms_model_tables,
	[MMS_VIEW_folios] = &mms_model_folios,
	[MMS_VIEW_regions] = &mms_model_regions,
	[MMS_VIEW_features] = &mms_model_features,
	[MMS_VIEW_zones] = &mms_model_zones,
	[MMS_VIEW_buddy] = &mms_model_buddy,
	[MMS_VIEW_blocks] = &mms_model_blocks,
	[MMS_VIEW_pageblocks] = &mms_model_pageblocks,
	[MMS_VIEW_pfns] = &mms_model_pfns,
	[MMS_VIEW_rmap] = &mms_model_rmap,
	[MMS_VIEW_files] = &mms_model_files,
	[MMS_VIEW_cache] = &mms_model_cache,
	[MMS_VIEW_kernel] = &mms_model_kernel,
};

const struct mms_model *mms_model_of_view(unsigned int view)
{
	return view < ARRAY_SIZE(models) ? models[view] : NULL;
}

int mms_model_field(const struct mms_model *model, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < model->nr; i++) {
		const char *field = model->fields[i].name;

		if (strlen(field) == len && !strncasecmp(field, name, len))
			return i;
	}
	return -1;
}

const char *mms_needs_missing(const struct mms_ctx *ctx, u64 needs)
{
	unsigned int i;

	for (i = 0; i < ctx->nr_missing; i++)
		if (ctx->missing[i].fields & needs)
			return ctx->missing[i].why;
	return NULL;
}

const char *mms_field_missing(const struct mms_ctx *ctx, const struct mms_model *model,
			      unsigned int field)
{
	if (!model->view)
		return NULL;
	return mms_needs_missing(ctx, field < model->nr_wire ? BIT(field) :
							       model->fields[field].needs);
}

const struct mms_field *mms_model_absurd(const struct mms_model *model, const struct mms_row *row)
{
	struct mms_value value;
	unsigned int i;

	for (i = 0; i < model->nr_wire; i++) {
		const struct mms_field *f = &model->fields[i];

		if (strcmp(f->name, "order") && strcmp(f->name, "shift"))
			continue;
		mms_field_load(f, row->rec, &value);
		if (value.type == MMS_VALUE_NUM && value.num >= 64 - 12)
			return f;
	}
	return NULL;
}

void mms_field_get(const struct mms_model *model, const struct mms_field *field,
		   const struct mms_row *row, struct mms_value *ret_value)
{
	if (!field->size) {
		ret_value->type = MMS_VALUE_NUM;
		ret_value->num = 0;
		ret_value->num2 = 0;
		field->get(row, ret_value);
	} else if (model->absent && model->absent(row) >> (field - model->fields) & 1) {
		ret_value->type = MMS_VALUE_NONE;
	} else {
		mms_field_load(field, row->rec, ret_value);
	}
}

static int cmp_text(const struct mms_value *a, const struct mms_value *b)
{
	int ret = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return ret ? ret : (a->len > b->len) - (a->len < b->len);
}

int mms_field_cmp(const struct mms_model *model, const struct mms_field *field,
		  const struct mms_row *a, const struct mms_row *b)
{
	struct mms_value va, vb;
	char copy[sizeof(a->ctx->scratch)];

	mms_field_get(model, field, a, &va);
	if (va.type == MMS_VALUE_TEXT) {
		va.len = va.len < sizeof(copy) ? va.len : sizeof(copy);
		memcpy(copy, va.text, va.len);
		va.text = copy;
	}
	mms_field_get(model, field, b, &vb);
	if (va.type != vb.type)
		return va.type > vb.type ? -1 : 1;
	if (va.type == MMS_VALUE_TEXT)
		return cmp_text(&va, &vb);
	if (va.type != MMS_VALUE_NUM)
		return 0;
	if (field->sign)
		return ((s64)va.num > (s64)vb.num) - ((s64)va.num < (s64)vb.num);
	return (va.num > vb.num) - (va.num < vb.num);
}
