// SPDX-License-Identifier: GPL-2.0-only
/* summary, against status, stat and the rest of /proc/PID. */
#include "../lib/mms_test.h"

#define KB 1024ULL

struct field {
	const char *name;
	uint64_t oracle, module;
};

static int compare(struct __test_metadata *_metadata, pid_t pid, bool say)
{
	char *status = pid_text(pid, "status", NULL);
	struct mms_query q = { .pid = pid };
	const struct mms_summary_rec *r;
	struct mms_stream s;
	int bad = 0;

	GET("summary", &q, &s);
	EXPECT_EQ(1, s.rows);
	r = s.row[0];
	const struct field fields[] = {
		{ "Pid", text_number(status, "Tgid", 0), r->pid },
		{ "VmPeak", text_number(status, "VmPeak", 0) * KB, r->hiwater_vm },
		{ "VmSize", text_number(status, "VmSize", 0) * KB, r->total_vm },
		{ "VmLck", text_number(status, "VmLck", 0) * KB, r->locked_vm },
		{ "VmPin", text_number(status, "VmPin", 0) * KB, r->pinned_vm },
		{ "VmHWM", text_number(status, "VmHWM", 0) * KB, r->hiwater_rss },
		{ "VmRSS", text_number(status, "VmRSS", 0) * KB, r->rss_anon + r->rss_file + r->rss_shmem },
		{ "RssAnon", text_number(status, "RssAnon", 0) * KB, r->rss_anon },
		{ "RssFile", text_number(status, "RssFile", 0) * KB, r->rss_file },
		{ "RssShmem", text_number(status, "RssShmem", 0) * KB, r->rss_shmem },
		{ "VmData", text_number(status, "VmData", 0) * KB, r->data_vm },
		{ "VmStk", text_number(status, "VmStk", 0) * KB, r->stack_vm },
		{ "VmPTE", text_number(status, "VmPTE", 0) * KB, r->pgtables },
		{ "VmSwap", text_number(status, "VmSwap", 0) * KB, r->swap },
		{ "VmExe + VmLib", (text_number(status, "VmExe", 0) + text_number(status, "VmLib", 0)) * KB, r->exec_vm },
		{ "startcode", stat_field(pid, 26), r->start_code },
		{ "endcode", stat_field(pid, 27), r->end_code },
		{ "startstack", stat_field(pid, 28), r->start_stack },
		{ "start_data", stat_field(pid, 45), r->start_data },
		{ "end_data", stat_field(pid, 46), r->end_data },
		{ "start_brk", stat_field(pid, 47), r->start_brk },
		{ "arg_start", stat_field(pid, 48), r->arg_start },
		{ "arg_end", stat_field(pid, 49), r->arg_end },
		{ "env_start", stat_field(pid, 50), r->env_start },
		{ "env_end", stat_field(pid, 51), r->env_end },
		{ "users", 1, r->mm_users },
		{ "threads", 1, r->threads },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].oracle == fields[i].module)
			continue;
		bad++;
		if (say)
			TH_LOG("%s is %" PRIu64 ", the module says %" PRIu64, fields[i].name, fields[i].oracle, fields[i].module);
	}
	free(status);
	mms_free(&s);
	return bad;
}

/* The counters of a process that waits do not move: but the first look may come too soon. */
TEST(equals_status_and_stat)
{
	int bad = 1;

	for (int i = 0; i < 5 && bad; i++)
		bad = compare(_metadata, fx->pid, i == 4);
	EXPECT_EQ(0, bad);
}

TEST(equals_status_and_stat_of_the_child)
{
	int bad = 1;

	for (int i = 0; i < 5 && bad; i++)
		bad = compare(_metadata, fx->child, i == 4);
	EXPECT_EQ(0, bad);
}

TEST(counts_what_pgtable_shows)
{
	char *rollup = pid_text(fx->pid, "smaps_rollup", NULL), *status = pid_text(fx->pid, "status", NULL);
	uint64_t anon = 0, file = 0, shmem = 0, swap = 0, poisoned = 0, rss;
	struct mms_stream s, rows;
	const struct mms_summary_rec *r;

	GET("summary", (&(struct mms_query){ .pid = fx->pid }), &s);
	GET_ENTRIES(fx->pid, &rows);
	ROWS(mms_pgtable_rec, row, &rows) {
		if (row->kind == MMS_KIND_swap)
			swap += row_size(row);
		poisoned += row->kind == MMS_KIND_hwpoison ? row_size(row) : 0;
		if (!(BIT(row->kind) & (BIT(MMS_KIND_page) | MMS_KINDS_NO_ACCESS)) || !(row->rec.flags & MMS_RF_FOLIO) ||
		    row->kpf & BIT(KPF_HUGE) || row->entry & BIT(9))
			continue;
		if (row->kpf & BIT(KPF_ANON))
			anon += row_size(row);
		else if (row->kpf & BIT(KPF_SWAPBACKED))
			shmem += row_size(row);
		else
			file += row_size(row);
	}
	r = s.row[0];
	/* smaps counts the frame of a poisoned page as resident, nobody else does */
	rss = text_number(rollup, "Rss", 0) * KB - poisoned;
	EXPECT_EQ(rss, anon + file + shmem);
	EXPECT_EQ(swap, r->swap);
	/* Up to 6.1 each task keeps some counts to itself: then the kernel's own sums differ, too. */
	if (rss == text_number(status, "VmRSS", 0) * KB) {
		EXPECT_EQ(anon, r->rss_anon);
		EXPECT_EQ(shmem, r->rss_shmem);
		EXPECT_EQ(file, r->rss_file);
	}
	free(rollup);
	free(status);
	mms_free(&s);
	mms_free(&rows);
}

TEST(says_the_rest)
{
	struct mms_query q = { .pid = fx->pid };
	char *comm = pid_text(fx->pid, "comm", NULL), *cmdline = file_text("/proc/cmdline", NULL);
	const struct mms_summary_rec *r;
	struct mms_stream s, walk;
	const struct mms_walk_rec *w;
	const char *why;
	uint64_t heap_end = 0;
	struct smaps maps;

	GET("summary", &q, &s);
	r = s.row[0];
	comm[strcspn(comm, "\n")] = 0;
	EXPECT_STREQ(comm, s.text[0]);
	EXPECT_EQ(s.h.levels, r->levels);
	EXPECT_TRUE(r->levels == 4 || r->levels == 5);
	EXPECT_EQ(!!strstr(cmdline, "pti=on"), !!r->pti);
	EXPECT_EQ(!!r->pti, !!r->user_pgd_phys);
	EXPECT_EQ(0, r->pgd_phys & 4095);
	GET("walk", (&(struct mms_query){ .pid = fx->pid, .start = PAGE }), &walk);
	w = walk.row[0];
	EXPECT_EQ(w->table_phys, r->pgd_phys);
	ASSERT_EQ(0, smaps_read(fx->pid, "maps", &maps));
	EXPECT_EQ(maps.n - (maps.vma[maps.n - 1].start >> 63), r->map_count);
	for (size_t i = 0; i < maps.n; i++) {
		if (!strcmp(maps.vma[i].name, "[vdso]")) {
			EXPECT_EQ(maps.vma[i].start, r->vdso);
		}
		/* on 6.1 what it borders on is called so, too */
		if (!strcmp(maps.vma[i].name, "[heap]"))
			heap_end = maps.vma[i].end;
	}
	EXPECT_EQ(heap_end, r->brk);
	EXPECT_EQ(r->levels == 5 ? (1ULL << 56) - PAGE : (1ULL << 47) - PAGE, r->task_size);
	if (fx_region(fx, "pkey", &why)) {
		EXPECT_EQ(1, r->pkeys);
		EXPECT_EQ(3, r->pkey_allocation_map & 3);
	}
	smaps_free(&maps);
	mms_free(&s);
	mms_free(&walk);
	free(comm);
	free(cmdline);
}

MMS_TEST_MAIN
