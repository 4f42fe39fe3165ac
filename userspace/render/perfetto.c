// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "perfetto.h"

int mms_perfetto_init(struct mms_perfetto *p, int fd, const struct mms_model *model,
		      const char *name)
{
	memset(p, 0, sizeof(*p));
	p->model = model;
	p->name = mms_model_field(model, name, strlen(name));
	p->pid = mms_model_field(model, "pid", 3);
	p->tid = mms_model_field(model, "tid", 3);
	p->comm = mms_model_field(model, "comm", 4);
	p->start = mms_model_field(model, "clock", 5);
	p->latency = mms_model_field(model, "latency", 7);
	if (p->name < 0 || p->pid < 0 || p->tid < 0 || p->comm < 0 || p->start < 0 ||
	    p->latency < 0)
		return -EINVAL;
	if (mms_out_init(&p->out, fd))
		return -ENOMEM;
	mms_out_str(&p->out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
	return 0;
}

static void value(struct mms_perfetto *p, const struct mms_row *row, int field)
{
	const struct mms_field *f = &p->model->fields[field];
	struct mms_value v;

	mms_field_get(p->model, f, row, &v);
	mms_format_json(&p->out, row->ctx, f, &v);
}

/* Microseconds with three places, as the format wants time. */
static void time(struct mms_perfetto *p, const struct mms_row *row, int field)
{
	struct mms_value v;

	mms_field_get(p->model, &p->model->fields[field], row, &v);
	if (v.type != MMS_VALUE_NUM)
		v.num = 0;
	mms_out_printf(&p->out, "%llu.%03u", (unsigned long long)(v.num / 1000),
		       (unsigned int)(v.num % 1000));
}

static struct mms_value get(struct mms_perfetto *p, const struct mms_row *row, const char *name)
{
	int field = mms_model_field(p->model, name, strlen(name));
	struct mms_value v = { .type = MMS_VALUE_NONE };

	if (field >= 0)
		mms_field_get(p->model, &p->model->fields[field], row, &v);
	return v;
}

/* A point of a gauge's track; the tracks are those of process 0. */
static void point(struct mms_perfetto *p, const struct mms_gauge *gauge, u64 of, u64 ns,
		  const struct mms_value *v)
{
	mms_out_printf(&p->out, ",\n{\"ph\":\"C\",\"cat\":\"mmscope\",\"name\":\"%s %llu\",\"pid\":0,"
		       "\"ts\":%llu.%03u,\"args\":{\"value\":%llu}}", gauge->name,
		       (unsigned long long)of, (unsigned long long)(ns / 1000),
		       (unsigned int)(ns % 1000), (unsigned long long)v->num);
}

static void gauge(struct mms_perfetto *p, const struct mms_row *row, const struct mms_gauge *g)
{
	const struct mms_value of = get(p, row, g->of), before = get(p, row, g->before),
			       after = get(p, row, g->after);
	const u64 begin = get(p, row, "clock").num;

	if (of.type != MMS_VALUE_NUM || before.type != MMS_VALUE_NUM || after.type != MMS_VALUE_NUM)
		return;
	point(p, g, of.num, begin, &before);
	point(p, g, of.num, begin + get(p, row, "latency").num, &after);
}

static void member(struct mms_perfetto *p, const struct mms_row *row, const char *key, int field)
{
	mms_out_str(&p->out, key);
	value(p, row, field);
}

void mms_perfetto_event(struct mms_perfetto *p, const struct mms_row *row)
{
	const struct mms_model *model = p->model;
	unsigned int i;

	mms_out_str(&p->out, p->nr++ ? ",\n" : "\n");
	member(p, row, "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":", p->pid);
	member(p, row, ",\"tid\":", p->tid);
	member(p, row, ",\"args\":{\"name\":", p->comm);
	member(p, row, "}},\n{\"ph\":\"X\",\"cat\":\"mmscope\",\"name\":", p->name);
	member(p, row, ",\"pid\":", p->pid);
	member(p, row, ",\"tid\":", p->tid);
	mms_out_str(&p->out, ",\"ts\":");
	time(p, row, p->start);
	mms_out_str(&p->out, ",\"dur\":");
	time(p, row, p->latency);
	mms_out_str(&p->out, ",\"args\":{");
	for (i = 0; i < model->nr; i++) {
		/* A set of bits would bring a key of its own. */
		if (model->fields[i].unit == MMS_UNIT_vmaflags)
			continue;
		mms_out_str(&p->out, i ? ",\"" : "\"");
		mms_out_str(&p->out, model->fields[i].key);
		member(p, row, "\":", i);
	}
	mms_out_str(&p->out, "}}");
	for (i = 0; i < model->nr_gauges; i++)
		gauge(p, row, &model->gauges[i]);
}

int mms_perfetto_deinit(struct mms_perfetto *p)
{
	int ret;

	mms_out_str(&p->out, "\n]}\n");
	ret = mms_out_flush(&p->out);
	mms_out_deinit(&p->out);
	return ret;
}
