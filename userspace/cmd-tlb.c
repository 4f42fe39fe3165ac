// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tlb: what the TLBs of all CPUs may hold of an address space. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "model/tlb.h"
#include "model/vocab.h"
#include "source/bpf.h"

struct shown {
	struct mms_render *r;
	struct mms_section rows;
	struct mms_stream stream;	/* no source's: for its ctx */
	const struct mms_source_args args;
	struct mms_tlb tlb;	/* the program */
	bool loaded;		/* it could be had */
	struct mms_tlb_total *totals;
	int nr;
	bool chosen;	/* columns were: those of rows */
};

static void begin(struct shown *s, s32 pid, struct mms_tlb_total **ret_total)
{
	s->stream.query.pid = pid;
	mms_stream_header(&s->stream);
	s->stream.ctx.arch = mms_arch_of(s->stream.ctx.header.arch);
	mms_render_stream(s->r, &s->stream.ctx);
	if (!s->nr)
		mms_render_open(s->r, &s->rows);
	*ret_total = &s->totals[s->nr++];
	(*ret_total)->pid = pid;
}

static void show_row(struct shown *s, struct mms_tlb_total *total, const struct mms_tlb_row *rec)
{
	const struct mms_row row = { .ctx = &s->stream.ctx, .rec = rec };

	mms_tlb_total_add(total, rec);
	if (mms_tlb_has(&rec->now))
		mms_render_row(s->r, &row);
}

static void show_totals(struct shown *s)
{
	const struct mms_section totals = {
		.name = "processes", .title = "All CPUs", .model = &mms_model_tlb_total,
	};
	int i;

	if (!s->nr)
		return;
	mms_render_close(s->r);
	if (!s->r->opts.json && (s->chosen || s->r->opts.raw || s->r->opts.no_headings))
		return;
	if (mms_render_open(s->r, &totals))
		return;
	for (i = 0; i < s->nr; i++) {
		const struct mms_row row = { .ctx = &s->stream.ctx, .rec = &s->totals[i] };

		mms_render_row(s->r, &row);
	}
	mms_render_close(s->r);
}

/* ---- with the program ---------------------------------------------------- */

static int show_one(struct shown *s, struct mms_tlb *tlb, s32 pid)
{
	struct mms_tlb_row row = { .pti = tlb->pti };
	struct mms_tlb_total *total;
	struct mms_tlb_mm mm;
	struct mms_err err;

	if (mms_tlb_look(tlb, pid, &mm, &err))
		return mms_err_say(&err);
	if (!s->nr && mm.no_lazy)
		mms_stream_lacks(&s->stream, MMS_TLB_NEEDS_LAZY,
				 "the kernel's types do not have cpu_tlbstate_shared");
	if (!s->nr && mm.no_mask)
		mms_stream_lacks(&s->stream, MMS_TLB_NEEDS_MASK,
				 "the kernel's types do not say where mm_cpumask is");
	begin(s, pid, &total);
	total->ctx_id = mm.ctx_id;
	total->tlb_gen = mm.tlb_gen;
	total->global_asid = mm.global_asid;
	memcpy(total->comm, mm.comm, sizeof(mm.comm));
	for (row.cpu = 0; row.cpu < tlb->cpus.nr; row.cpu++) {
		if (!tlb->cpus.online[row.cpu])
			continue;
		row.now = tlb->cpu[row.cpu];
		show_row(s, total, &row);
	}
	return MMS_EXIT_OK;
}

/* ---- without: what the module's summary has ------------------------------ */

static int show_summary(struct shown *s, s32 pid)
{
	const struct mms_query query = { .pid = pid };
	const struct mms_summary_rec *rec;
	struct mms_tlb_row row = { .cpu = 0 };
	struct mms_tlb_total *total;
	struct mms_stream *summary = malloc(sizeof(*summary));
	struct mms_err err;
	size_t len;
	int ret;

	if (!summary)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	if (mms_stream_open(summary, &s->args, &mms_model_summary, &query, &err)) {
		free(summary);
		return mms_err_say(&err);
	}
	ret = mms_stream_next(summary, &err);
	if (ret > 0) {
		rec = summary->row.rec;
		begin(s, pid, &total);
		total->ctx_id = rec->ctx_id;
		total->tlb_gen = row.now.mm_tlb_gen = rec->tlb_gen;
		len = summary->row.len < sizeof(total->comm) ? summary->row.len :
							       sizeof(total->comm) - 1;
		memcpy(total->comm, summary->row.text, len);
		row.now.flags = MMS_TLB_MASK;
		for (row.cpu = 0; row.cpu < 64; row.cpu++)
			if (rec->cpus >> row.cpu & 1)
				show_row(s, total, &row);
		total->mask = rec->nr_cpus;
	}
	mms_stream_close(summary);
	free(summary);
	return ret < 0 ? mms_err_say(&err) : MMS_EXIT_OK;
}

/* ---- */

static int show_process(s32 pid, void *data)
{
	struct shown *s = data;

	return s->loaded ? show_one(s, &s->tlb, pid) : show_summary(s, pid);
}

static int show_all(struct shown *s, const struct mms_cmdline *cl)
{
	int status = mms_cl_each_pid(cl, show_process, s);

	show_totals(s);
	return status;
}

static int run(struct shown *s, const struct mms_cmdline *cl)
{
	struct mms_err why, err;
	int ret;

	if (!mms_tlb_open(&s->tlb, &why)) {
		s->stream.ctx.source = "bpf";
		s->loaded = true;
		ret = show_all(s, cl);
		mms_tlb_close(&s->tlb);
		return ret;
	}
	if (why.code != MMS_EXIT_MISSING || !mms_source_module.probe("", &err))
		return mms_err_say(&why);
	mms_warn("%s", why.text);
	s->stream.ctx.source = mms_source_module.name;
	mms_stream_lacks(&s->stream, MMS_TLB_NEEDS_BPF, why.text);
	return show_all(s, cl);
}

int mms_cmd_tlb(const struct mms_cmdline *cl)
{
	struct shown s = {
		.rows = { .name = "rows", .model = &mms_model_tlb },
		.chosen = mms_cl_set(cl, MMS_OPT_OUTPUT),
		.args = { .source = "module", .root = "" },
	};
	struct mms_render r;
	struct mms_err err;
	char *columns;
	int ret;

	if (mms_cl_render(cl, &mms_model_tlb, &r, &columns, &err))
		return mms_err_say(&err);
	s.r = &r;
	s.rows.columns = columns;
	s.stream.model = &mms_model_tlb;
	s.stream.args = &s.args;
	s.totals = calloc(cl->nr_args, sizeof(*s.totals));
	ret = s.totals ? run(&s, cl) : mms_err(MMS_EXIT_FAILED, "out of memory");
	free(s.totals);
	free(columns);
	return mms_cl_render_end(&r, ret);
}
