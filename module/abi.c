// SPDX-License-Identifier: GPL-2.0-only
/* The file "abi": every view with its fields, as the field tables have them. */
#include <linux/seq_file.h>
#include "registry.h"
#include "session.h"
#include "sink.h"

static const char *const mms_unit_names[] = {
#define MMS_X(name) [MMS_UNIT_##name] = #name,
	MMS_UNITS(MMS_X)
#undef MMS_X
};

static int mms_abi_show(struct seq_file *m, void *unused)
{
	const struct mms_view *view;
	unsigned int i, j;

	seq_printf(m, "abi %u header %zu query %zu end %zu\n", MMS_ABI,
		   sizeof(struct mms_header), sizeof(struct mms_query),
		   sizeof(struct mms_end));
	mms_for_each_view(i, view) {
		seq_printf(m, "view %s %u %u %s\n", view->name, view->id,
			   view->record_size, mms_view_title(view));
		for (j = 0; j < view->nr_fields; j++) {
			const struct mms_field *f = &view->fields[j];

			seq_printf(m, "field %s.%s %u %u %s %s\n", view->name, f->name,
				   f->offset, f->size, mms_unit_names[f->unit], f->text);
		}
	}
	return 0;
}

int mms_abi_open(struct inode *inode, struct file *file)
{
	return mms_may_open(file, false) ?: single_open(file, mms_abi_show, NULL);
}
