// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write a recording of a tracer to standard output: events of any kind with values of any kind, and
 * names that somebody chose to do harm with, the same for the same seed.
 *
 * Usage: mktrace [-n EVENTS] [-s SEED] TRACER
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/types.h>
#include "../../bpf/trace.h"

#define EVENT_SIZE	768	/* no tracer's is longer */

static const char hostile[] = "a\n\"b\\\033[31m\xff\xc3\xa9\xe2\x80\xae\xc2\x9b;c d";

static uint64_t state = 1;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void put(const void *rec, uint64_t size)
{
	static const char zeros[8];

	fwrite(&size, sizeof(size), 1, stdout);
	fwrite(rec, 1, size, stdout);
	fwrite(zeros, 1, -size % 8, stdout);
}

static void files(void)
{
	struct mms_trace_file file = { .type = MMS_TRACE_FILE, .nr = 3 };
	unsigned int i;

	for (i = 0; i < MMS_TRACE_NAMES; i++)
		memset(file.name[i], 0x9b, sizeof(file.name[i]));	/* without NUL */
	memcpy(file.name[1], hostile, sizeof(hostile));
	for (i = 0; i < 8; i++) {
		file.dev = i < 6 ? i : MMS_TRACE_CGROUP;
		file.inode = i % 4;
		put(&file, sizeof(file));
	}
	file.dev = 8;
	file.nr = MMS_TRACE_NAMES;
	file.cut = 1;
	put(&file, sizeof(file));
}

static void texts(void)
{
	char room[256];
	struct mms_trace_stack *stack = (struct mms_trace_stack *)room;
	struct mms_trace_symbol *symbol = (struct mms_trace_symbol *)room;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		*stack = (struct mms_trace_stack){
			.type = MMS_TRACE_STACK, .tgid = 7, .user = i, .kernel = -1,
		};
		memcpy(stack->text, hostile, sizeof(hostile));
		put(stack, sizeof(*stack) + sizeof(hostile));
		*symbol = (struct mms_trace_symbol){ .type = MMS_TRACE_SYMBOL, .tgid = 7, .address = i };
		memcpy(symbol->text, hostile, sizeof(hostile));
		memcpy(symbol->text + sizeof(hostile), hostile, sizeof(hostile));
		put(symbol, sizeof(*symbol) + 2 * sizeof(hostile));
	}
}

/* Small numbers, so that they are of what there are names for, or any. */
static void event(void)
{
	union {
		struct mms_event event;
		uint32_t words[EVENT_SIZE / 4];
		char bytes[EVENT_SIZE];
	} u;
	unsigned int i;

	for (i = 0; i < EVENT_SIZE / 4; i++)
		u.words[i] = next() % 4 ? next() % 8 : next() % 2 ? (uint32_t)next() : 0;
	if (next() % 2)
		for (i = sizeof(u.event); i + sizeof(hostile) < EVENT_SIZE; i += 16)
			memcpy(u.bytes + i, hostile + next() % 8, 16);
	u.event.type = MMS_TRACE_EVENT;
	u.event.tgid = 7;
	u.event.time = 1000 * next() % 100000;
	u.event.latency = next() % 1000000;
	u.event.user_stack = next() % 5;
	u.event.kernel_stack = -1;
	memcpy(u.event.comm, hostile + next() % 8, sizeof(u.event.comm));
	put(&u, sizeof(u));
}

static void end(void)
{
	uint64_t rec[3 + 4] = { MMS_TRACE_END | 1ULL << 32, 2000000 };

	/* type, nr_cpus, end, missed, the counts of one CPU */
	put(rec, sizeof(rec));
}

int main(int argc, char **argv)
{
	struct mms_trace_header header = {
		.version = MMS_TRACE_VERSION, .size = sizeof(header), .begin = 0, .hooked = ~0ULL,
	};
	unsigned int events = 40;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			events = strtoul(optarg, NULL, 10);
		else if (opt == 's')
			state = strtoull(optarg, NULL, 10) * 0x9e3779b97f4a7c15ULL | 1;
		else
			return 2;
	}
	if (argc - optind != 1) {
		fprintf(stderr, "mktrace: expects a tracer\n");
		return 2;
	}
	memcpy(header.magic, MMS_TRACE_MAGIC, sizeof(header.magic));
	snprintf(header.tracer, sizeof(header.tracer), "%s", argv[optind]);
	fwrite(&header, sizeof(header), 1, stdout);
	files();
	texts();
	while (events--)
		event();
	end();
	return fflush(stdout) ? 1 : 0;
}
