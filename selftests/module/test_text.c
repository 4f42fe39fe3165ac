// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text surfaces say what the raw streams say, on /proc as on debugfs; and
 * "abi" says what the header says.
 */
#include <sys/stat.h>
#include "../lib/mms_test.h"

static const char *const process_views[] = { "summary", "maps", "pgtable", "entries", "tables", "folios" };
#define NR_VIEWS (sizeof(process_views) / sizeof(*process_views))

/* lines of a text; those that are headings apart */
static size_t lines(const char *text, size_t *ret_headings)
{
	size_t n = 0;

	*ret_headings = 0;
	for (const char *at = text; *at; n++) {
		*ret_headings += *at == '#';
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return n - *ret_headings;
}

static int attach(const char *dir, const char *word)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/attach", dir);
	return file_write(path, word);
}

static char *target_text(const char *dir, pid_t pid, const char *view)
{
	char path[100];

	if (pid)
		snprintf(path, sizeof(path), "%s/%d/%s", dir, pid, view);
	else
		snprintf(path, sizeof(path), "%s/self/%s", dir, view);
	return file_text(path, NULL);
}

FIXTURE(attached)
{
	char word[16];
};

FIXTURE_SETUP(attached)
{
	snprintf(self->word, sizeof(self->word), "%d\n", fx->pid);
	ASSERT_EQ(0, attach(MMS_PROC, self->word));
}

FIXTURE_TEARDOWN(attached)
{
	char word[16];

	snprintf(word, sizeof(word), "-%d", fx->pid);
	attach(MMS_PROC, word);
}

TEST_F(attached, has_as_many_rows_as_the_raw_stream)
{
	for (size_t i = 0; i < NR_VIEWS; i++) {
		struct mms_query q = { .pid = fx->pid };
		struct mms_stream s;
		size_t headings;
		char *text;

		GET(process_views[i], &q, &s);
		text = target_text(MMS_PROC, fx->pid, process_views[i]);
		ASSERT_NE(NULL, text) { TH_LOG("%s: %s", process_views[i], strerror(errno)); }
		if (!strcmp(process_views[i], "summary")) {
			EXPECT_LT(50, lines(text, &headings));
		} else {
			EXPECT_EQ(s.rows, lines(text, &headings)) { TH_LOG("%s", process_views[i]); }
		}
		EXPECT_LE(1, headings);
		free(text);
		mms_free(&s);
	}
}

TEST_F(attached, is_the_same_on_debugfs)
{
	for (size_t i = 0; i < NR_VIEWS; i++) {
		bool same = false;

		/* references come and go by themselves: what differs is looked at again */
		for (int j = 0; j < 10 && !same; j++) {
			char *proc = target_text(MMS_PROC, fx->pid, process_views[i]);
			char *debugfs = target_text(MMS_DEBUGFS, fx->pid, process_views[i]);

			ASSERT_NE(NULL, proc);
			ASSERT_NE(NULL, debugfs);
			same = !strcmp(proc, debugfs);
			free(proc);
			free(debugfs);
		}
		EXPECT_TRUE(same) { TH_LOG("%s", process_views[i]); }
	}
}

static uint64_t upright(const char *text, const char *name, int base)
{
	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, strlen(name)) && at[strlen(name)] == ' ')
			return strtoull(at + strlen(name), NULL, base);
	}
	return ~0ULL;
}

TEST_F(attached, shows_the_values)
{
	char *text = target_text(MMS_PROC, fx->pid, "summary"), *at;
	const struct mms_summary_rec *r;
	uint64_t start, end;
	struct mms_stream s;
	size_t row = 0;

	GET("summary", (&(struct mms_query){ .pid = fx->pid }), &s);
	r = s.row[0];
	ASSERT_NE(NULL, text);
	EXPECT_EQ(r->pid, upright(text, "pid", 10));
	EXPECT_EQ(r->start_code, upright(text, "start_code", 16));
	EXPECT_EQ(r->rss_anon / 1024, upright(text, "rss_anon", 10));
	EXPECT_EQ(r->map_count, upright(text, "map_count", 10));
	free(text);
	mms_free(&s);

	GET("maps", (&(struct mms_query){ .pid = fx->pid }), &s);
	text = target_text(MMS_PROC, fx->pid, "maps");
	for (at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		const struct mms_maps_rec *m = s.row[row];

		if (*at == '#')
			continue;
		ASSERT_LT(row++, s.rows);
		ASSERT_EQ(2, sscanf(at, "%" SCNx64 " %" SCNx64, &start, &end));
		EXPECT_EQ(m->start, start);
		EXPECT_EQ(m->end, end);
	}
	free(text);
	mms_free(&s);
}

/* what is wrong when a file is read in pieces of its own text; NULL for nothing, "" if it changed meanwhile */
static const char *pieces_wrong(const char *path)
{
	const char *wrong = NULL;
	char *whole, *again, *after, piece[97];
	size_t len, got = 0, len_after;
	int fd;

	whole = file_text(path, &len);
	fd = open(path, O_RDONLY);
	if (!whole || fd < 0)
		return "it cannot be opened";
	if (mms_slurp(fd, 1009, (unsigned char **)&again, &got) || len != got || memcmp(whole, again, len))
		wrong = "1009 bytes at a time";
	if (lseek(fd, 0, SEEK_SET) || read(fd, piece, 97) != 97 || memcmp(whole, piece, 97))
		wrong = "from the start again";
	if (pread(fd, piece, 97, len / 2) != 97 || memcmp(whole + len / 2, piece, 97))
		wrong = "from the middle";
	if (pread(fd, piece, 97, 11) != 97 || memcmp(whole + 11, piece, 97))
		wrong = "back again";
	if (pread(fd, piece, 97, len + 5))
		wrong = "behind the end";
	close(fd);
	after = file_text(path, &len_after);
	if (!after || len != len_after || memcmp(whole, after, len))
		wrong = "";
	free(whole);
	free(again);
	free(after);
	return wrong;
}

/* A read of few bytes at a time, seeks, and reads at an offset give the same text. */
TEST_F(attached, can_be_read_in_pieces)
{
	for (size_t i = 0; i < NR_VIEWS; i++) {
		const char *wrong = "";
		char path[100];

		if (!strcmp(process_views[i], "summary"))
			continue;
		snprintf(path, sizeof(path), MMS_PROC "/%d/%s", fx->pid, process_views[i]);
		for (int j = 0; j < 10 && wrong && !*wrong; j++)
			wrong = pieces_wrong(path);
		EXPECT_EQ(NULL, wrong) { TH_LOG("%s: %s", process_views[i], *wrong ? wrong : "it never stands still"); }
	}
}

TEST_F(attached, is_in_the_list)
{
	char *list = file_text(MMS_PROC "/attach", NULL), *same = file_text(MMS_DEBUGFS "/attach", NULL), line[40];

	ASSERT_NE(NULL, list);
	snprintf(line, sizeof(line), "%d fixture\n", fx->pid);
	EXPECT_NE(NULL, strstr(list, line)) { TH_LOG("%s", list); }
	EXPECT_STREQ(list, same);
	EXPECT_EQ(-EEXIST, attach(MMS_PROC, self->word));
	free(list);
	free(same);
}

TEST(self_is_the_reader)
{
	for (int i = 0; i < 2; i++) {
		char *text = target_text(i ? MMS_DEBUGFS : MMS_PROC, 0, "summary");

		ASSERT_NE(NULL, text);
		EXPECT_EQ(getpid(), upright(text, "pid", 10));
		free(text);
	}
	for (size_t i = 0; i < NR_VIEWS; i++) {
		char *text = target_text(MMS_PROC, 0, process_views[i]);
		size_t headings;

		ASSERT_NE(NULL, text) { TH_LOG("%s: %s", process_views[i], strerror(errno)); }
		EXPECT_LT(3, lines(text, &headings));
		free(text);
	}
}

TEST(detached_is_gone)
{
	char word[16];

	snprintf(word, sizeof(word), "%d", fx->child);
	ASSERT_EQ(0, attach(MMS_DEBUGFS, word));
	free(target_text(MMS_PROC, fx->child, "maps"));
	snprintf(word, sizeof(word), "-%d", fx->child);
	ASSERT_EQ(0, attach(MMS_PROC, word));
	EXPECT_EQ(NULL, target_text(MMS_PROC, fx->child, "maps"));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(NULL, target_text(MMS_DEBUGFS, fx->child, "maps"));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-ENOENT, attach(MMS_PROC, word));
}

TEST(system_views_have_text)
{
	static const char *const views[] = { "regions", "features" };

	for (int i = 0; i < 2; i++) {
		char path[100], *proc, *debugfs;
		struct mms_stream s;
		size_t headings;

		snprintf(path, sizeof(path), MMS_PROC "/%s", views[i]);
		proc = file_text(path, NULL);
		snprintf(path, sizeof(path), MMS_DEBUGFS "/%s", views[i]);
		debugfs = file_text(path, NULL);
		ASSERT_NE(NULL, proc);
		EXPECT_STREQ(proc, debugfs);
		GET(views[i], (&(struct mms_query){ 0 }), &s);
		EXPECT_EQ(s.rows, lines(proc, &headings));
		mms_free(&s);
		free(proc);
		free(debugfs);
	}
}

TEST(features_have_names_and_reasons)
{
	struct mms_stream s;

	GET("features", (&(struct mms_query){ 0 }), &s);
	EXPECT_LT(3, s.rows);
	ROWS(mms_features_rec, r, &s) {
		const char *colon = strstr(s.text[r_i], ": ");

		ASSERT_NE(NULL, colon) { TH_LOG("%s", s.text[r_i]); }
		for (size_t i = 0; i < r_i; i++)
			EXPECT_NE(0, strncmp(s.text[i], s.text[r_i], colon - s.text[r_i] + 2)) TH_LOG("twice: %s", s.text[r_i]);
		EXPECT_LT(8, strlen(colon)) { TH_LOG("%s", s.text[r_i]); }
		EXPECT_GT(2, r->have);
	}
	mms_free(&s);
}

/* ---- abi -------------------------------------------------------------------- */

struct abi_field {
	const char *view, *name, *unit;
	unsigned int offset, size;
};

static const struct abi_field abi_fields[] = {
#define F(f, unit, text) { ABI_VIEW, #f, #unit, offsetof(struct ABI_REC, f), sizeof(((struct ABI_REC *)0)->f) },
#define ABI_VIEW "summary"
#define ABI_REC mms_summary_rec
	MMS_SUMMARY_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "maps"
#define ABI_REC mms_maps_rec
	MMS_MAPS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "pgtable"
#define ABI_REC mms_pgtable_rec
	MMS_PGTABLE_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "entries"
#define ABI_REC mms_entries_rec
	MMS_ENTRIES_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "walk"
#define ABI_REC mms_walk_rec
	MMS_WALK_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "tables"
#define ABI_REC mms_tables_rec
	MMS_TABLES_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "folios"
#define ABI_REC mms_folios_rec
	MMS_FOLIOS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "regions"
#define ABI_REC mms_regions_rec
	MMS_REGIONS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "features"
#define ABI_REC mms_features_rec
	MMS_FEATURES_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "zones"
#define ABI_REC mms_zones_rec
	MMS_ZONES_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "buddy"
#define ABI_REC mms_buddy_rec
	MMS_BUDDY_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "blocks"
#define ABI_REC mms_blocks_rec
	MMS_BLOCKS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "pageblocks"
#define ABI_REC mms_pageblocks_rec
	MMS_PAGEBLOCKS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "pfns"
#define ABI_REC mms_pfns_rec
	MMS_PFNS_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "rmap"
#define ABI_REC mms_rmap_rec
	MMS_RMAP_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "files"
#define ABI_REC mms_files_rec
	MMS_FILES_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "cache"
#define ABI_REC mms_cache_rec
	MMS_CACHE_FIELDS(F)
#undef ABI_VIEW
#undef ABI_REC
#define ABI_VIEW "kernel"
#define ABI_REC mms_kernel_rec
	MMS_KERNEL_FIELDS(F)
#undef F
};

TEST(abi_is_the_header)
{
	const size_t n = sizeof(abi_fields) / sizeof(*abi_fields);
	char *text = file_text(MMS_DEBUGFS "/abi", NULL), *line, *save = NULL;
	unsigned int abi, header, query, end, id, size, offset;
	char view[40], name[40], unit[40];
	size_t fields = 0;
	int views = 0;

	ASSERT_NE(NULL, text);
	line = strtok_r(text, "\n", &save);
	ASSERT_EQ(4, sscanf(line, "abi %u header %u query %u end %u", &abi, &header, &query, &end));
	EXPECT_EQ(MMS_ABI, abi);
	EXPECT_EQ(sizeof(struct mms_header), header);
	EXPECT_EQ(sizeof(struct mms_query), query);
	EXPECT_EQ(sizeof(struct mms_end), end);
	while ((line = strtok_r(NULL, "\n", &save))) {
		if (sscanf(line, "view %39s %u %u", view, &id, &size) == 3) {
			ASSERT_NE(NULL, mms_view_name(id));
			EXPECT_STREQ(mms_view_name(id), view);
			EXPECT_EQ(mms_row_size(id), size) { TH_LOG("%s", view); }
			views++;
			continue;
		}
		ASSERT_EQ(5, sscanf(line, "field %39[^.].%39s %u %u %39s", view, name, &offset, &size, unit)) {
			TH_LOG("%s", line);
		}
		ASSERT_LT(fields, n);
		EXPECT_STREQ(abi_fields[fields].view, view);
		EXPECT_STREQ(abi_fields[fields].name, name);
		EXPECT_STREQ(abi_fields[fields].unit, unit);
		EXPECT_EQ(abi_fields[fields].offset, offset) { TH_LOG("%s.%s", view, name); }
		EXPECT_EQ(abi_fields[fields].size, size) { TH_LOG("%s.%s", view, name); }
		fields++;
	}
	EXPECT_EQ(n, fields);
#define MMS_X(id, name, title) + 1
	EXPECT_EQ(0 MMS_VIEWS(MMS_X), views);
#undef MMS_X
	free(text);
}

TEST(modes_are_for_root_alone)
{
	static const struct { const char *path; unsigned int mode; } known[] = {
		{ MMS_PROC, 0500 }, { MMS_PROC "/self", 0500 }, { MMS_PROC "/self/maps", 0400 }, { MMS_PROC "/attach", 0600 },
		{ MMS_PROC "/regions", 0400 }, { MMS_DEBUGFS, 0500 }, { MMS_DEBUGFS "/self", 0500 }, { MMS_DEBUGFS "/raw", 0500 },
		{ MMS_PROC_RAW, 0500 }, { MMS_PROC_RAW "/pgtable", 0600 }, { MMS_RAW "/pgtable", 0600 },
		{ MMS_DEBUGFS "/abi", 0400 }, { MMS_DEBUGFS "/self/pgtable", 0400 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct stat st;

		ASSERT_EQ(0, stat(known[i].path, &st)) { TH_LOG("%s", known[i].path); }
		EXPECT_EQ(known[i].mode, st.st_mode & 07777) { TH_LOG("%s", known[i].path); }
		EXPECT_EQ(0, st.st_uid);
	}
}

MMS_TEST_MAIN
