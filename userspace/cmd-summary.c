// SPDX-License-Identifier: GPL-2.0-only
/* mmscope summary: an address space as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

/* How the fields are grouped for people. What is in no group comes last. */
static const struct {
	const char *title;
	const char *columns;
} groups[] = {
	{ "Process", "pid,comm,threads,map_count,mm_users,mm_count" },
	{ "Memory", "rss,rss_anon,rss_file,rss_shmem,swap,hiwater_rss,total_vm,hiwater_vm,"
		    "locked_vm,pinned_vm,data_vm,exec_vm,stack_vm,pgtables" },
	{ "Layout", "start_code,end_code,start_data,end_data,start_brk,brk,mmap_base,vdso,"
		    "start_stack,arg_start,arg_end,env_start,env_end,task_size" },
	{ "Paging", "levels,pgd_phys,pti,user_pgd_phys,ctx_id,tlb_gen,cpus,nr_cpus,"
		    "lam_untag_mask,pkeys,pkey_allocation_map" },
	{ "Settings", "thp_disabled,ksm_merge,def_flags,policy,policy_nodes,"
		      "numa_scan_seq,numa_scan_offset,numa_next_scan_ms" },
};

static bool in_groups(const char *name)
{
	size_t len = strlen(name);
	unsigned int i;
	const char *p;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (p = groups[i].columns; *p; p += strcspn(p, ","), p += *p == ',')
			if (strcspn(p, ",") == len && !memcmp(p, name, len))
				return true;
	return false;
}

static void show_group(struct mms_render *r, const struct mms_row *row, const char *title,
		       const char *columns)
{
	const struct mms_section section = {
		.name = title, .title = title, .type = MMS_SECTION_OBJECT,
		.model = &mms_model_summary, .columns = columns,
	};

	if (mms_render_open(r, &section))
		return;
	mms_render_row(r, row);
	mms_render_close(r);
}

static void begin(struct mms_stream *stream, void *data)
{
	mms_render_stream(data, &stream->ctx);
}

static int row(struct mms_stream *stream, void *data)
{
	const struct mms_model *model = &mms_model_summary;
	char others[1024] = "";
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		show_group(data, &stream->row, groups[i].title, groups[i].columns);
	for (i = 0; i < model->nr; i++)
		if (!in_groups(model->fields[i].name) && n < sizeof(others) - 64)
			n += snprintf(others + n, sizeof(others) - n, "%s%s", n ? "," : "",
				      model->fields[i].name);
	if (n)
		show_group(data, &stream->row, "Other", others);
	return 0;
}

int mms_cmd_summary(const struct mms_cmdline *cl)
{
	struct mms_show show = {
		.feed = { .model = &mms_model_summary },
		.section = { .name = "rows", .model = &mms_model_summary },
	};
	struct mms_feed groups_feed = { .model = &mms_model_summary, .begin = begin, .row = row };
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_render(cl, &mms_model_summary, &r, &columns, &err))
		return mms_err_say(&err);
	show.section.columns = columns;
	groups_feed.data = &r;
	if (r.opts.json || mms_cl_set(cl, MMS_OPT_OUTPUT))
		ret = mms_cl_show(cl, &r, &show);
	else
		ret = mms_cl_feed(cl, &groups_feed, cl->args, cl->nr_args);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
