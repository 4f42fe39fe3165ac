// SPDX-License-Identifier: GPL-2.0-only
/* The table: a line for each case, and all of them as JSON. */
#include <stdio.h>

#include "bench.h"

static struct result results[128];
static unsigned int nr_results, missed;

static void print_value(double value)
{
	if (isnan(value))
		printf(" %11s", "n/a");
	else
		printf(" %11.*f", value < 10000 ? 1 : 0, value);
}

static void print_goal(double ours, const struct peer *p)
{
	double ratio = ours / p->value;
	bool reached;

	if (p->goal > 1) {
		reached = 1 / ratio >= p->goal;
		printf(" goal >= %.0f x less, is %.1f x", p->goal, 1 / ratio);
	} else if (p->goal) {
		reached = ratio <= p->goal;
		printf(" goal <= %.2f, is %.3f", p->goal, ratio);
	} else {
		printf(" is %.3f", ratio);
		return;
	}
	printf(": %s", reached ? "pass" : "MISSED");
	missed += !reached;
}

static void print_peer(const struct result *r, const struct peer *p)
{
	print_value(p->value);
	printf("  %-32s", p->name);
	if (p->lost)
		printf(" (%.*f %% of the events lost)", p->lost < 0.1 ? 1 : 0, 100 * p->lost);
	if (p->why)
		printf(" (%s)", p->why);
	else if (!isnan(r->ours))
		print_goal(r->ours, p);
}

void report(struct result r)
{
	if (nr_results == sizeof(results) / sizeof(results[0]))
		die("too many results");
	results[nr_results++] = r;
	printf("%-42s", r.name);
	if (r.rows >= 0)
		printf(" %7ld", r.rows);
	else
		printf(" %7s", "");
	printf(" %-9s", r.unit);
	print_value(r.ours);
	if (r.why)
		printf(" (%s)", r.why);
	for (unsigned int i = 0; i < PEERS && r.peer[i].name; i++) {
		if (i)
			printf("\n%71s", "");
		print_peer(&r, &r.peer[i]);
	}
	putchar('\n');
	fflush(stdout);
}

void table_head(void)
{
	printf("%-42s %7s %-9s %11s %11s  %-32s %s\n", "case", "rows", "unit", "mmscope", "stock",
	       "stock file", "mmscope / stock");
}

static void json_number(FILE *f, double value)
{
	if (isnan(value))
		fputs("null", f);
	else
		fprintf(f, "%.2f", value);
}

/* Why something is null, by who it is of; "ours" is us. */
static void json_reasons(FILE *f, const struct result *r)
{
	const char *begin = ", \"why\": {";
	bool any = false;

	if (r->why) {
		fprintf(f, "%s\"ours\": \"%s\"", begin, r->why);
		any = true;
	}
	for (unsigned int j = 0; j < PEERS && r->peer[j].name; j++) {
		if (!r->peer[j].why)
			continue;
		fprintf(f, "%s\"%s\": \"%s\"", any ? ", " : begin, r->peer[j].name, r->peer[j].why);
		any = true;
	}
	if (any)
		fputs("}", f);
}

/* What part of the events others have lost */
static void json_lost(FILE *f, const struct result *r)
{
	const char *begin = ", \"lost\": {";
	bool any = false;

	for (unsigned int j = 0; j < PEERS && r->peer[j].name; j++) {
		if (!r->peer[j].lost)
			continue;
		fprintf(f, "%s\"%s\": %.4f", any ? ", " : begin, r->peer[j].name, r->peer[j].lost);
		any = true;
	}
	if (any)
		fputs("}", f);
}

/* No string in the table needs to be escaped. */
static void json_results(FILE *f)
{
	fputs("[", f);
	for (unsigned int i = 0; i < nr_results; i++) {
		const struct result *r = &results[i];

		fprintf(f, "%s\n  {\"case\": \"%s\", \"unit\": \"%s\", \"ours\": ", i ? "," : "",
			r->name, r->unit);
		json_number(f, r->ours);
		if (r->error)
			fprintf(f, ", \"error\": %.2f", r->error);
		fputs(", \"peers\": {", f);
		for (unsigned int j = 0; j < PEERS && r->peer[j].name; j++) {
			fprintf(f, "%s\"%s\": ", j ? ", " : "", r->peer[j].name);
			json_number(f, r->peer[j].value);
		}
		fputs("}", f);
		json_reasons(f, r);
		json_lost(f, r);
		fputs("}", f);
	}
	fputs("\n]\n", f);
}

void table_json(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f)
		json_results(f);
	if (!f || fclose(f))
		die("%s: %m", path);
}

unsigned int table_missed(void)
{
	return missed;
}
