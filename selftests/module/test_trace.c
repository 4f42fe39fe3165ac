// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all tracers have in common, on mmscope trace faults: filters, sums, stacks,
 * recordings, what is lost, and that nothing stays.
 */
#include "../lib/mms_test.h"
#include "../lib/tool.h"
#include "../lib/tracer.h"

static struct mms_said s;

__attribute__((constructor)) static void workload(void)
{
	mms_be_workload(mms_fault_workloads);
}

/* Tests that run the tracer several times, under emulation */
/* clang-format off */
FIXTURE(slow)
{
};
FIXTURE_SETUP(slow)
{
}
FIXTURE_TEARDOWN(slow)
{
}
/* clang-format on */

TEST(what_is_lost_is_counted)
{
	NEED_TOOL();
	mms_trace(&s, "faults", MMS_WORK_RANGE " --buffer 4K", "many");
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(10007, mms_number(s.end, "seen"));
	EXPECT_LT(0, mms_number(s.end, "lost"));
	EXPECT_EQ(10007, s.events + mms_number(s.end, "lost") + mms_number(s.end, "not_followed"));
	EXPECT_EQ(s.events, mms_number(s.end, "events"));
}

/*
 * Threads that lose the CPU in the midst of faults, where the kernel is preemptible. Where it is and has no
 * other way, what was missed is counted.
 */
TEST(nothing_is_missed_of_threads_that_compete)
{
	static const char session[] =
		"{\"kind\":\"kprobe.session\",\"target\":\"handle_mm_fault\",\"have\":true,\"used\":true}";

	NEED_TOOL();
	mms_trace_once(&s, "faults", MMS_WORK_RANGE, "contended");
	ASSERT_NE(NULL, s.end);
	EXPECT_EQ(0, s.status);
	EXPECT_EQ(0, mms_number(s.end, "lost"));
	EXPECT_EQ(0, mms_number(s.end, "not_followed"));
	if (mms_number(s.end, "missed") && !strstr(s.first, session)) {
		EXPECT_LE(MMS_WORK_CONTENDED, s.events + mms_number(s.end, "missed"));
		SKIP(return, "the kernel is preemptible, and its kprobes miss some, too (Linux 6.14)");
	}
	EXPECT_EQ(MMS_WORK_CONTENDED, s.events);
	EXPECT_CAUSE(&s, "anon", MMS_WORK_CONTENDED);
}

/*
 * A program does not run twice on a CPU: where the kernel is preemptible, a task that loses the CPU in
 * the midst of one keeps others from being told. Faults have another way, allocations have not.
 */
TEST(what_is_missed_is_counted)
{
	static const char *const which[][2] = { { "alloc", "--buffer 64M" }, { "faults", "--allow-missed " MMS_WORK_RANGE } };

	NEED_TOOL();
	for (int i = 0; i < 2; i++) {
		uint64_t missed;

		mms_trace_once(&s, which[i][0], which[i][1], "contended");
		ASSERT_NE(NULL, s.end);
		EXPECT_EQ(0, s.status);
		EXPECT_EQ(0, mms_number(s.end, "lost"));
		missed = mms_number(s.end, "missed");
		TH_LOG("%s: %zu events, %" PRIu64 " calls missed", which[i][0], s.events, missed);
		EXPECT_LE(MMS_WORK_CONTENDED, s.events + missed);
	}
}

TEST(nothing_is_lost)
{
	TRACE(s, MMS_WORK_RANGE, "many", 10007);
	EXPECT_EQ(0, s.status) TH_LOG("getrusage() (1), perf (2) or vmstat (3) counts others");
}

TEST_F(slow, filters)
{
	TRACE(s, MMS_WORK_RANGE " --cause cow-z*", "zero", 29);
	EXPECT_CAUSE(&s, "cow-zero", 29);
	TRACE(s, "-a 0x100000003000+5000 --cause zero", "zero", 2);
	TRACE(s, MMS_WORK_RANGE " --min-latency 10ms", "uffd_missing", 7);
	TRACE(s, MMS_WORK_RANGE " --min-latency 10s", "uffd_missing", 0);
	TRACE(s, MMS_WORK_RANGE " --comm nobody", "anon", 0);
	TRACE(s, MMS_WORK_RANGE " --comm test_trace", "anon", 31);
}

/*
 * Without ASLR each program lies where the one before it lay: what env is called is nothing to what
 * it runs, and what that is called nothing to env, whose faults are looked at when it is gone.
 */
TEST_F(slow, names_are_of_the_program_that_ran)
{
	static const char *const ways[] = {
		"$tool trace faults -j -o comm,address,ip,symbol -- $run",
		"$tool trace faults --record /tmp/mms-names -o +symbol -- $run;"
		" $tool trace faults --from /tmp/mms-names -j -o comm,address,ip,symbol",
	};
	char *text;

	NEED_TOOL();
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		mms_shell_tracer(&text, "run=\"setarch -R env MMS_WORKLOAD=anon $me\"; { %s; } >/tmp/mms-names.json", ways[i]);
		free(text);
		EXPECT_EQ(0, mms_shell(&text, "jq -r 'select((.address // \"\") | startswith(\"0x1000000\")) | .symbol' /tmp/mms-names.json"
					      " | sort | uniq -c"));
		EXPECT_STREQ("     31 work_anon\n", text);
		free(text);
		/* a number, where it was gone already */
		EXPECT_EQ(0, mms_shell(&text, "jq -r 'select(.comm == \"env\" and ((.ip // \"\") | startswith(\"0x5555\"))) | .symbol' /tmp/mms-names.json"
					      " | sed 's/^env+0x.*//; s/^0x.*//' | sort -u"));
		EXPECT_STREQ("\n", text);
		free(text);
	}
	unlink("/tmp/mms-names");
	unlink("/tmp/mms-names.json");
}

/* The kernel has this tracepoint since 6.8: what is asked for by name is not told as nothing */
TEST(what_cannot_be_told_is_refused)
{
	const bool has = !access("/sys/kernel/tracing/events/ksm/ksm_advisor", F_OK);
	char text[4096];

	NEED_TOOL();
	EXPECT_EQ(has ? 0 : 4, mms_tool(text, sizeof(text), "trace ksm --cause advisor -d 0.1")) TH_LOG("%s", text);
	EXPECT_EQ(has, !strstr(text, "cause advisor cannot be told")) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "trace ksm -d 0.1")) TH_LOG("%s", text);
}

TEST_F(slow, summary_agrees)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --summary --json " MMS_WORK_RANGE " -- env MMS_WORKLOAD=zero $me |"
		  " jq -c '[.rows[] | [.cause, .count]] | sort'"));
	EXPECT_STREQ("[[\"cow-zero\",29],[\"zero\",29]]\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --by access,cause --json " MMS_WORK_RANGE " -- env MMS_WORKLOAD=zero $me |"
		  " jq -c '[.rows[] | [.access, .cause, .count]] | sort'"));
	EXPECT_STREQ("[[\"read\",\"zero\",29],[\"write\",\"cow-zero\",29]]\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --summary --json " MMS_WORK_RANGE " -- env MMS_WORKLOAD=many $me |"
		  " jq -c '[([.histogram[].count] | add), .lost]'"));
	EXPECT_STREQ("[10007,0]\n", text);
	free(text);
}

TEST(every_line_is_json)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell(&text, "$tool trace faults -j -- true | jq -es 'length > 2 and .[0].schema == \"mmscope.trace.faults\" and (.[-1].end.lost == 0)'"));
	EXPECT_STREQ("true\n", text);
	free(text);
}

TEST_F(slow, exit_status_of_the_command)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(7, mms_shell(&text, "$tool trace faults -- sh -c 'exit 7' 2>&1 >/dev/null"));
	EXPECT_NE(NULL, strstr(text, " events, 0 lost"));
	free(text);
	EXPECT_EQ(127, mms_shell(&text, "$tool trace faults -- /nowhere/nothing 2>&1"));
	free(text);
	EXPECT_EQ(2, mms_shell(&text, "$tool trace faults --cause nonsense 2>&1"));
	free(text);
	EXPECT_EQ(2, mms_shell(&text, "$tool trace nonsense 2>&1"));
	free(text);
}

TEST_F(slow, stacks_and_perfetto)
{
	char *text;

	NEED_TOOL();
	/*
	 * Each fault of the loop, up to the kernel's handler. Where fexit's trampoline is jumped to
	 * and not called (7.0), handle_mm_fault() is off the stack already when it is over; where
	 * the kernel goes from frame to frame, who called it is not among them.
	 */
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --folded " MMS_WORK_RANGE " -- env MMS_WORKLOAD=anon $me | tee /tmp/folded |"
		  " awk '{ n += $NF } /(do_user_addr|handle_mm)_fault_\\[k\\]/ && /;write_pages;|;work_anon;/ { m += $NF } /bpf_/ { bad++ } END { print n, m, bad + 0 }'"));
	EXPECT_STREQ("31 31 0\n", text) {
		char *folded = file_text("/tmp/folded", NULL);

		TH_LOG("%s", folded ?: "");
		free(folded);
	}
	free(text);
	/* our own look at the stacks is no event */
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --stacks both --by cause --json -- env MMS_WORKLOAD=anon $me |"
		  " jq -c '[.rows[].cause] | contains([\"segv\"])'"));
	EXPECT_STREQ("false\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --perfetto /tmp/trace.json " MMS_WORK_RANGE " -- env MMS_WORKLOAD=zero $me >/dev/null;"
		  " jq -c '[.traceEvents[] | select(.ph == \"X\") | .name] | group_by(.) | map([.[0], length])' /tmp/trace.json"));
	EXPECT_STREQ("[[\"cow-zero\",29],[\"zero\",29]]\n", text);
	free(text);
}

/* What is recorded is told as it would have been at once, with names that are gone since. */
TEST_F(slow, recording)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell_tracer(&text, "$tool trace faults --record /tmp/faults --stacks both -o +symbol " MMS_WORK_RANGE
			       " -- env MMS_WORKLOAD=zero $me 2>&1"));
	EXPECT_STREQ("mmscope: 58 events, 0 lost\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "$tool trace faults --from /tmp/faults --by access,cause --json | jq -c '[.rows[] | [.access, .cause, .count]] | sort'"));
	EXPECT_STREQ("[[\"read\",\"zero\",29],[\"write\",\"cow-zero\",29]]\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "$tool trace faults --from /tmp/faults -j -o pid,symbol,stack | jq -s '[.[] | select(.symbol != null and .stack != null)] | length'"));
	EXPECT_STREQ("58\n", text);
	free(text);
	EXPECT_EQ(0, mms_shell(&text, "$tool trace faults --from /tmp/faults --folded 2>/dev/null | awk '/read_pages|write_pages|work_zero/ { n += $NF } END { print n }'"));
	EXPECT_STREQ("58\n", text);
	free(text);
	EXPECT_EQ(1, mms_shell(&text, "head -c 5000 /tmp/faults >/tmp/cut; $tool trace faults --from /tmp/cut 2>&1 >/dev/null"));
	EXPECT_NE(NULL, strstr(text, "/tmp/cut: cut"));
	free(text);
}

TEST_F(slow, ctrl_c_ends_with_the_sums)
{
	char *text;

	NEED_TOOL();
	/* its hooks are said when it watches */
	EXPECT_EQ(0, mms_shell(&text, "$tool trace faults --summary -v >/tmp/said 2>&1 & "
			       "until test -s /tmp/said || ! kill -0 $!; do sleep 0.1; done; sleep 1; kill -INT $!; "
			       "wait $!; status=$?; cat /tmp/said; exit $status"));
	EXPECT_NE(NULL, strstr(text, "CAUSE"));
	EXPECT_NE(NULL, strstr(text, "Latency:"));
	EXPECT_NE(NULL, strstr(text, " lost"));
	free(text);
}

/* A script's job in the background ignores SIGINT, but for a tracer that loads its programs, or has loaded them. */
TEST_F(slow, ctrl_c_ends_what_has_hardly_begun)
{
	char *text;

	NEED_TOOL();
	EXPECT_EQ(0, mms_shell(&text, "for s in 0 0.1 0.3 1; do $tool trace faults --summary >/dev/null & "
			       "until grep -qs '^SigCgt:.*[2367abef]$' /proc/$!/status || grep -qs prog_type /proc/$!/fdinfo/*; do "
			       "sleep 0.01; done; sleep $s; kill -INT $!; wait $! || exit; done"));
	free(text);
}

/* The programs, maps and links that the kernel has, by kind and number */
#define LIST_BPF "for k in prog map link; do bpftool $k list | sed -n \"s/^\\([0-9]*\\):.*/$k \\1/p\"; done | sort"

/* They end with the tracer, however it ends, and are freed after a while. That of compaction is the smallest. */
TEST_F(slow, nothing_stays)
{
	const int starts = atoi(getenv("MMSCOPE_STARTS") ?: "100");
	char *text;

	NEED_TOOL();
	if (system("command -v bpftool >/dev/null"))
		SKIP(return, "there is no bpftool");
	EXPECT_EQ(0, mms_shell(&text, LIST_BPF " >/tmp/bpf"));
	free(text);
	/* they are among those that are counted, as long as it runs */
	EXPECT_EQ(0, mms_shell(&text, "$tool trace compact >/dev/null 2>&1 & for i in $(seq 100); do n=$(bpftool prog list | "
				      "grep -c 'name compact_begin'); [ $n -eq 0 ] || break; sleep 0.2; done; echo $n; kill -INT $!; wait $!"));
	EXPECT_STREQ("1\n", text);
	free(text);
	for (int i = 0; i < starts; i++) {
		/* the odd ones are killed while they load, attach or run */
		if (i % 2)
			mms_shell(&text, "exec 2>/dev/null; $tool trace compact >/dev/null & sleep 0.%03d; kill -KILL $!; wait $!", 5 * i);
		else
			EXPECT_EQ(0, mms_shell(&text, "$tool trace compact -d 0.01 2>&1"));
		free(text);
	}
	/* what was there may have gone, but nothing has come */
	for (int i = 0; i < 50; i++) {
		EXPECT_EQ(0, mms_shell(&text, LIST_BPF " | comm -13 /tmp/bpf -"));
		if (!*text || i == 49)
			break;
		free(text);
		usleep(100000);
	}
	EXPECT_STREQ("", text);
	free(text);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
