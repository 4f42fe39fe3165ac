// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope slab against /proc/slabinfo, /sys/kernel/slab and a cache of its own, of
 * which it is known what each object is: selftests/kmod/mms_test_slab.c.
 */
#include <sched.h>
#include <sys/mount.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define OBJECTS		1009	/* as in the module */
#define FREED		145	/* every seventh, from the first */
#define LIST		"/sys/kernel/debug/mms_test_slab"

struct info {
	char name[64];
	long active, objects, size, per_slab, pages;
};

struct infos {
	int n;
	struct info info[4096];
};

static struct infos before, after;

static void slabinfo(struct infos *ret)
{
	char *text = file_text("/proc/slabinfo", NULL);

	ret->n = 0;
	for (char *line = text ? strtok(text, "\n") : NULL; line && ret->n < 4096; line = strtok(NULL, "\n")) {
		struct info *i = &ret->info[ret->n];

		if (sscanf(line, "%63s %ld %ld %ld %ld %ld", i->name, &i->active, &i->objects, &i->size, &i->per_slab,
			   &i->pages) == 6 && *i->name != '#')
			ret->n++;
	}
	free(text);
}

static const struct info *find(const struct infos *infos, const char *name)
{
	for (int i = 0; i < infos->n; i++)
		if (!strcmp(infos->info[i].name, name))
			return &infos->info[i];
	return NULL;
}

static bool near(long value, long a, long b, long slack)
{
	return value >= (a < b ? a : b) - slack && value <= (a > b ? a : b) + slack;
}

FIXTURE(slab)
{
	char text[1 << 20];
	const char *why;
};

FIXTURE_SETUP(slab)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "the kernel has no BTF");
	self->why = mms_kmod_load("mms_test_slab");
	if (self->why)
		SKIP(return, "mms_test_slab: %s", self->why);
}

FIXTURE_TEARDOWN(slab)
{
	mms_kmod_unload("mms_test_slab");
}

/*
 * What a cache was made with is compared as it is. Counts are read before and after;
 * whoever runs meanwhile allocates and frees, and so does the tool, which loads programs:
 * a tenth and 64 slabs are forgiven. The cache nobody uses has none of that: see below.
 */
TEST_F(slab, agrees_with_slabinfo)
{
	long active, objects, size, per_slab, order, bad = 0, seen = 0;
	char name[64];

	slabinfo(&before);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o name,active,objects,size,objs_per_slab,order"))
		TH_LOG("%s", self->text);
	slabinfo(&after);
	ASSERT_LT(100, before.n);
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n")) {
		const struct info *a, *b;
		long slack;

		ASSERT_EQ(6, sscanf(line, "%63s %ld %ld %ld %ld %ld", name, &active, &objects, &size, &per_slab, &order))
			TH_LOG("%s", line);
		a = find(&before, name);
		b = find(&after, name);
		if (!a || !b)
			continue;
		seen++;
		slack = 64 * per_slab + a->objects / 10;
		if (size != a->size || per_slab != a->per_slab || 1L << order != a->pages)
			DIFFER(bad, "%s: size %ld, %ld in a slab of order %ld; slabinfo %ld, %ld, %ld pages", name, size, per_slab,
			       order, a->size, a->per_slab, a->pages);
		if (!near(objects, a->objects, b->objects, slack) || !near(active, a->active, b->active, slack))
			DIFFER(bad, "%s: %ld of %ld active; slabinfo %ld of %ld, then %ld of %ld", name, active, objects, a->active,
			       a->objects, b->active, b->objects);
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(before.n, seen);
}

/* /sys/kernel/slab/NAME/aliases counts what was merged into it */
TEST_F(slab, agrees_on_aliases_and_sizes)
{
	long aliases, object_size, align, bad = 0, seen = 0;
	char name[64], path[200], *text;
	static const char *const files[] = { "aliases", "object_size", "align" };

	if (access("/sys/kernel/slab", R_OK))
		SKIP(return, "there is no /sys/kernel/slab: CONFIG_SLUB_DEBUG");
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o name,aliases,object_size,align"));
	for (char *save, *line = strtok_r(self->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		long got[3];

		ASSERT_EQ(4, sscanf(line, "%63s %ld %ld %ld", name, &aliases, &object_size, &align)) TH_LOG("%s", line);
		got[0] = aliases, got[1] = object_size, got[2] = align;
		for (int i = 0; i < 3; i++) {
			snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", name, files[i]);
			text = file_text(path, NULL);
			if (text) {
				seen++;
				if (atol(text) != got[i])
					DIFFER(bad, "%s: %s %ld, in sysfs %s", name, files[i], got[i], text);
			}
			free(text);
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_LT(300, seen);
}

/* A name that was merged away leads to the cache it was merged into. */
TEST_F(slab, finds_a_cache_by_its_alias)
{
	char alias[64] = "", cache[64], *save, *line;
	FILE *f;

	/* names of the same cache have links to the same folder, and one of them is the cache's own */
	f = popen("cd /sys/kernel/slab 2>/dev/null && for l in *; do [ -L $l ] && "
		  "! grep -q \"^$l \" /proc/slabinfo && echo $l; done | head -n 1", "r");
	if (!f || fscanf(f, "%63s", alias) != 1)
		*alias = 0;
	pclose(f);
	if (!*alias)
		SKIP(return, "no cache was merged into another one here");
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o name,aliases %s", alias)) TH_LOG("%s", self->text);
	line = strtok_r(self->text, "\n", &save);
	ASSERT_TRUE(line && sscanf(line, "%63s", cache) == 1);
	EXPECT_STRNE(alias, cache);
	slabinfo(&before);
	EXPECT_TRUE(find(&before, cache)) { TH_LOG("%s leads to %s", alias, cache); }
}

TEST_F(slab, counts_a_known_cache)
{
	long in_use, objects, slabs, per_slab, size;
	char raced[8], capped[8];
	const struct info *i;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text),
			      "slab -n -r -o in_use,objects,slabs,objs_per_slab,object_size,raced,capped mms_test_slab"))
		TH_LOG("%s", self->text);
	ASSERT_EQ(7, sscanf(self->text, "%ld %ld %ld %ld %ld %7s %7s", &in_use, &objects, &slabs, &per_slab, &size, raced, capped));
	EXPECT_EQ(OBJECTS - FREED, in_use);
	EXPECT_EQ(200, size);
	EXPECT_LE(OBJECTS, objects);
	EXPECT_EQ(slabs * per_slab, objects);
	EXPECT_STREQ("no", raced);
	EXPECT_STREQ("no", capped);
	slabinfo(&before);
	i = find(&before, "mms_test_slab");
	ASSERT_TRUE(i);
	EXPECT_EQ(i->objects, objects);
}

/* Nodes add up to the cache, and slabs by how full they are to all slabs. */
TEST_F(slab, parts_add_up)
{
	long slabs = 0, node_slabs = 0, fill_slabs = 0, n;
	char *p;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab --json mms_test_slab")) TH_LOG("%s", self->text);
	p = strstr(self->text, "\"rows\"");
	ASSERT_TRUE(p);
	sscanf(strstr(p, "\"slabs\":"), "\"slabs\":%ld", &slabs);
	for (p = strstr(self->text, "{\"node\":"); p; p = strstr(p + 1, "{\"node\":"))
		if (sscanf(strstr(p, "\"slabs\":"), "\"slabs\":%ld", &n) == 1)
			node_slabs += n;
	for (p = strstr(self->text, "{\"from\":"); p; p = strstr(p + 1, "{\"from\":"))
		if (sscanf(strstr(p, "\"slabs\":"), "\"slabs\":%ld", &n) == 1)
			fill_slabs += n;
	EXPECT_LT(0, slabs);
	EXPECT_EQ(slabs, node_slabs);
	EXPECT_EQ(slabs, fill_slabs);
}

/* Each object by its address: of which cache, where it begins, and whether it is free. */
TEST_F(slab, tells_objects_by_their_address)
{
	char cache[64], state[24], want[16];
	char *list = file_text(LIST, NULL), *save, *line;
	unsigned long object, listed;
	long offset, bad = 0, n = 0;
	FILE *f = fopen("/tmp/mms_slab_args", "w");

	ASSERT_TRUE(list && f);
	line = strtok_r(list, "\n", &save);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		ASSERT_EQ(2, sscanf(line, "%lx %15s", &listed, want));
		/* some byte inside of it */
		fprintf(f, "0x%lx\n", listed + n++ % 200);
	}
	fclose(f);
	free(list);
	ASSERT_EQ(OBJECTS, n);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o cache,object,offset,state $(cat /tmp/mms_slab_args)"));
	list = file_text(LIST, NULL);
	f = fmemopen(list, strlen(list), "r");
	n = 0;
	for (line = strtok_r(self->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ASSERT_EQ(4, sscanf(line, "%63s %lx %ld %23s", cache, &object, &offset, state)) TH_LOG("%s", line);
		ASSERT_EQ(2, fscanf(f, "%lx %15s", &listed, want));
		if (strcmp(cache, "mms_test_slab") || object != listed || offset != n % 200 || strncmp(state, want, strlen(want)))
			DIFFER(bad, "%s; it is 0x%lx+%ld, %s", line, listed, n % 200, want);
		n++;
	}
	EXPECT_EQ(OBJECTS, n);
	EXPECT_EQ(0, bad);
	fclose(f);
	free(list);
}

TEST_F(slab, says_what_is_no_object)
{
	unsigned long base = 0;
	char *p;

	/* the kernel's text, and a page that is not there */
	EXPECT_EQ(1, mms_tool(self->text, sizeof(self->text), "slab 0xffffffff81000000"));
	EXPECT_TRUE(strstr(self->text, "no address of the direct map"));
	EXPECT_EQ(1, mms_tool(self->text, sizeof(self->text), "slab 0xffffffffffffffff"));
	EXPECT_EQ(1, mms_tool(self->text, sizeof(self->text), "slab 0x8000000000000000"));
	/* the struct pages are not in a slab, and the last bytes of one are no object */
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o base $(head -n 1 " LIST " | cut -d' ' -f1)"));
	base = strtoul(self->text, &p, 16);
	ASSERT_NE(0, base);
	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -o state 0x%lx", base + 4095));
	EXPECT_STREQ("no-object\n", self->text);
	EXPECT_EQ(1, mms_tool(self->text, sizeof(self->text), "slab no_such_cache"));
	EXPECT_TRUE(strstr(self->text, "no slab cache 'no_such_cache'"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "slab dentry inode_cache"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "slab -s no_such_column"));
	EXPECT_EQ(2, mms_tool(self->text, sizeof(self->text), "slab -o no_such_column"));
}

/* The tool's own comparison, which looks five times */
TEST_F(slab, check_finds_no_difference)
{
	int status = mms_tool(self->text, sizeof(self->text), "check --system --json");

	EXPECT_TRUE(status == 0 || status == 1);	/* it is about more than slabs */
	EXPECT_TRUE(strstr(self->text, "\"schema\":\"mmscope.check\""));
	EXPECT_FALSE(strstr(self->text, "\"slab\"")) { TH_LOG("%s", self->text); }
	EXPECT_FALSE(strstr(self->text, "is not compared: the kernel does not take"));
}

TEST_F(slab, sorts)
{
	long last = 0, memory, n = 0;

	ASSERT_EQ(0, mms_tool(self->text, sizeof(self->text), "slab -n -r -s -memory -o memory"));
	for (char *line = strtok(self->text, "\n"); line; line = strtok(NULL, "\n"), n++) {
		memory = atol(line);
		EXPECT_TRUE(!n || memory <= last);
		last = memory;
	}
	EXPECT_LT(100, n);
}

TEST_F(slab, refuses_who_may_not)
{
	int status;

	if (!fork()) {
		if (mms_be_nobody())
			_exit(1);
		if (mms_tool(self->text, sizeof(self->text), "slab") != 4)
			_exit(2);
		_exit(strstr(self->text, "CAP_BPF") && !strchr(strchr(self->text, '\n') + 1, '\n') ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(slab, without_btf_says_why)
{
	int status;

	if (!fork()) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("/dev/null", "/sys/kernel/btf/vmlinux", NULL, MS_BIND, NULL))
			_exit(1);
		if (mms_tool(self->text, sizeof(self->text), "slab") != 4)
			_exit(2);
		_exit(strstr(self->text, "CONFIG_DEBUG_INFO_BTF") ? 0 : 3);
	}
	wait(&status);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
