// SPDX-License-Identifier: GPL-2.0-only
/* The tracers, one row each: subcommands of trace. */
#include "cmd.h"
#include "model/alloc.h"
#include "model/cache-events.h"
#include "model/compact.h"
#include "model/dirty.h"
#include "model/faults.h"
#include "model/flush.h"
#include "model/group.h"
#include "model/heap.h"
#include "model/ksm.h"
#include "model/migrate.h"
#include "model/mmap.h"
#include "model/oom.h"
#include "model/reclaim.h"
#include "model/swap-events.h"
#include "model/thp.h"
#include "tracer/tracer.h"

#define EXAMPLES(...)	((const char *const []){ __VA_ARGS__, NULL })

#define O_TRACE	(MMS_O_HELP | MMS_O_TEXT | MMS_O(JSON) | MMS_O(OUTPUT) | MMS_O(LIST_COLUMNS) | \
		 MMS_O(PID) | MMS_O(COMM) | MMS_O(CGROUP) | MMS_O(MIN_LATENCY) | MMS_O(SAMPLE) | \
		 MMS_O(DURATION) | MMS_O(SUMMARY) | MMS_O(BY) | MMS_O(STACKS) | MMS_O(FOLDED) | \
		 MMS_O(PERFETTO) | MMS_O(BUFFER) | MMS_O(RECORD) | MMS_O(FROM) | MMS_O(VERBOSE))

const char *mms_opt_words(const struct mms_cmd *cmd, unsigned int id)
{
	return id == MMS_OPT_CAUSE ? cmd->tracer->causes : mms_opts[id].words;
}

const struct mms_cmd mms_tracer_cmds[MMS_NR_TRACERS] = {
	{
		.name = "trace faults", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(ADDRESS) | MMS_O(CAUSE) | MMS_O(BREAKPOINT) |
			MMS_O(ALLOW_MISSED),
		.help = "tell every page fault: why, and what it cost",
		.about = "Tells every fault of user memory, from user mode, from the kernel on behalf of a task, and from pins of pages: who, where, what was tried, why it faulted, how long it took, and the page-table entry before and after.\n\nThe cause is decided in the kernel, from the entry before and after, the VMA, what was returned, and marks of functions called meanwhile; what cannot be told is \"unknown\". A fault that had to be tried again is one event with all its passes; so the latency of one that waited for userfaultfd's handler has that wait in it.\n\n--summary sums up in the kernel, by cause; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced from the first instruction, and its exit status is passed on. Events that were lost are always counted and said.",
		.examples = EXAMPLES("mmscope trace faults -p 1\tfaults of process 1 until Ctrl-C",
				     "mmscope trace faults --summary -- make\twhat the faults of a build cost, by cause",
				     "mmscope trace faults --by comm,cause -d 10\twho faulted why, in ten seconds",
				     "mmscope trace faults --min-latency 1ms -j\tthose that took long, as JSON lines",
				     "mmscope trace faults --record f.mms -- make\tkeep them all, and look later: --from f.mms",
				     "mmscope trace faults --stacks user --folded -- true >faults.folded\tstacks for a flame graph"),
		.models = { &mms_model_fault, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_faults,
	},	{
		.name = "trace mmap", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(ADDRESS) | MMS_O(CAUSE),
		.help = "tell every mmap, munmap, brk, mprotect, madvise, mremap, and what it did",
		.about = "Tells every call that changes what is mapped: what was asked for, in words; what it returned; how long it took, and how long it had to wait for mmap_lock; and what it did to the address space: the VMA that was there and the one that is there now with its file, VMAs that were split or merged, pages that were mapped, locked, made resident, freed, swapped, and what page tables take.\n\nWhat came of it (did) is one word: new, merged (with a VMA beside it), split, gone, cut, grown, shrunk, moved, changed, filled, freed, nothing, failed. What changed is what the address space had after less what it had before: with other threads that fault meanwhile, their pages are in it. Of process_madvise only what was asked for is told.\n\nCalls of 64-bit programs are told, not those of 32-bit ones, nor what exec maps by itself. --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced from the first instruction.",
		.examples = EXAMPLES("mmscope trace mmap -- ls\twhat a program maps, and how it comes to it",
				     "mmscope trace mmap --cause madvise,munmap --by comm,did -d 10\twho gives memory back, in ten seconds",
				     "mmscope trace mmap -p 1 -o +vmas,vmas_change,rss_change\tbeside it VMAs and pages",
				     "mmscope trace mmap --min-latency 1ms -o +waited\tcalls that took long, and their wait for mmap_lock",
				     "mmscope trace mmap --stacks user --by stack,cause -p 1\twhich code makes them"),
		.models = { &mms_model_mmap, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_mmap,
	},	{
		.name = "trace reclaim", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every episode of reclaim: who, how long, what came of it",
		.about = "Tells every episode of reclaim: an allocation that reclaims itself (direct), kswapd, a memory cgroup at its limit, above memory.high, or told to by memory.reclaim. Who did it and for how long, what was looked at and freed on the lists of anonymous memory and of files, why the rest stayed, what was written, what shrinkers freed, how long it had to wait, free pages and watermarks or the memory cgroup's usage before and after.\n\nOnly if --cause names them: the steps of an episode by priority (step), each shrinker with its yield (shrinker), generations that MGLRU makes (aging), which folio of which file or process was evicted (evicted), what came back, how far it had gone, and who had evicted it (refault), and who woke kswapd (wakeup). Those in an episode have its number in the column episode.\n\n--summary sums up by cause, task and memory cgroup or node: who paid how long for whom; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced; kswapd, which works for it, too, is not.",
		.examples = EXAMPLES("mmscope trace reclaim\tevery episode until Ctrl-C",
				     "mmscope trace reclaim --summary -d 60\twho paid for reclaim in a minute",
				     "mmscope trace reclaim --by comm,stack --stacks kernel\twhat was being done when memory ran short",
				     "mmscope trace reclaim -o +referenced,active,dirty,writeback\twhy pages stayed",
				     "mmscope trace reclaim --cause +step,shrinker\tbeside it what each priority and shrinker gave",
				     "mmscope trace reclaim --cause refault --by file,by_comm\twhat was evicted too early, and by whom",
				     "mmscope trace reclaim --cause kswapd,wakeup --summary -d 60\tkswapd's minute"),
		.models = { &mms_model_reclaim, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_reclaim,
	},	{
		.name = "trace thp", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell what becomes of huge pages: collapse, split, and faults that ask for one",
		.about = "Tells each attempt of khugepaged or MADV_COLLAPSE to make a huge page of small ones (collapse, collapse-file), with the reason where it was none; each split of a large folio (split) or of a mapping by a PMD alone (split-pmd); and each fault in anonymous memory that asked for a huge page (fault) and got one, the huge zero page, or small pages instead. Who, for whom, where, how long, and what came of it.\n\n-p, and a command behind --, choose by whose memory it is: what khugepaged does to it is told, too. --summary sums up by cause, result and task; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times.",
		.examples = EXAMPLES("mmscope trace thp\teverything until Ctrl-C",
				     "mmscope trace thp --cause collapse --by comm,result -d 60\twhy khugepaged makes no huge pages",
				     "mmscope trace thp --cause split,split-pmd --by stack --stacks kernel\twho splits them",
				     "mmscope trace thp --cause fault --summary -- make\tfaults that got one, and that did not"),
		.models = { &mms_model_thp, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_thp,
	},	{
		.name = "trace cache", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell each use of the page cache: hits, misses, read-ahead, evictions",
		.about = "Tells each read, write and fault of a file's memory: who, where in which file, how many of its pages were in the page cache and how many it had to add, and how many pages beyond these were read ahead. Of what was read ahead while this runs it knows whether it was used before it was evicted. And it tells what was evicted, of which file, by whom and why. O_DIRECT, which goes past the cache, is told apart.\n\nA page that the call itself added is a miss, any other a hit: so one that another task is just reading is a hit. Memory of tmpfs and of shared memory is not told: it is no cache of anything.\n\n--summary sums up by file; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced; kswapd, which evicts, is not.",
		.examples = EXAMPLES("mmscope trace cache\teach use until Ctrl-C",
				     "mmscope trace cache --summary -- make\twhich files a build reads, and what the cache gave",
				     "mmscope trace cache --by comm,cause -d 10\twho reads and evicts how",
				     "mmscope trace cache --cause reclaim,drop,other -o +evicted,unused\twhat is evicted",
				     "mmscope trace cache --by file --cause direct-read,direct-write\twho goes past the cache"),
		.models = { &mms_model_cache_event, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_cache,
	},	{
		.name = "trace migrate", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every migration of pages: why, from where to where, what stayed",
		.about = "Tells every list of pages that was to be moved: why (compaction, move_pages() and migrate_pages(), mbind(), NUMA balancing, demotion, contiguous memory, memory that is taken out), how much it might wait, from which node to which, how many were moved, how many stayed, huge ones among them, and how long it took. And each fault that NUMA balancing causes to see which node uses a page (numa-hint).\n\n--summary sums up by cause and nodes; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced; what kcompactd and kswapd move of it is not.",
		.examples = EXAMPLES("mmscope trace migrate\tevery migration until Ctrl-C",
				     "mmscope trace migrate --summary -d 60\twhat is moved from node to node in a minute",
				     "mmscope trace migrate --cause numa,numa-hint --by comm,cause,to\twhat NUMA balancing does for whom",
				     "mmscope trace migrate --cause compaction --by comm,mode\twho pays for compaction's moves"),
		.models = { &mms_model_migrate, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_migrate,
	},	{
		.name = "trace compact", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every compaction of a zone: for whom, what was moved, and the outcome",
		.about = "Tells each time a zone was compacted, to make blocks of free memory in one piece: by an allocation itself (direct), by kcompactd, when it was woken or by itself (proactive), or as somebody wrote to compact_memory (whole). For which order, how much it might wait, what was looked at, moved and stayed, how long it took, and what came of it.\n\n--summary sums up by cause, outcome and task; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced; kcompactd, which works for it, too, is not.",
		.examples = EXAMPLES("mmscope trace compact\tevery compaction until Ctrl-C",
				     "mmscope trace compact --cause direct --summary -d 60\twho waited for compaction in a minute, and for what",
				     "mmscope trace compact --by node,zone,result\twhere it does any good"),
		.models = { &mms_model_compact, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_compact,
	},	{
		.name = "trace alloc", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every allocation of pages: order, what it took, and what for",
		.about = "Tells every allocation of pages: its order, its GFP flags by name, the migrate type it is for, how long it took, and what it took: pages the CPU had in its own list (pcp), that list filled first (refill), a block of the buddy's (buddy), a block of another migrate type (fallback), compaction or reclaim by the task itself, or that it failed. Pages that are allocated many at once (bulk) are one event.\n\n--summary sums up in the kernel, by cause and order; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: it and what it forks are traced. There are many allocations: --summary, --cause, --min-latency and --sample keep the events few.",
		.examples = EXAMPLES("mmscope trace alloc --summary -d 10\tallocations of ten seconds by what they took, and order",
				     "mmscope trace alloc --cause fallback,compact,reclaim,failed\tthose that did not simply get their pages",
				     "mmscope trace alloc --by comm,order,gfp -- make\twho allocated what",
				     "mmscope trace alloc --cause failed --stacks kernel -o +stack\twho did not get what"),
		.models = { &mms_model_alloc, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_alloc,
	},	{
		.name = "trace oom", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell decisions of the OOM killer: who asked, who was looked at, who was killed",
		.about = "Tells what the OOM killer does: each process that was looked at with its badness (candidate), who needed the memory and who was chosen (decision), who was killed (victim), with it as memory.oom.group says (group) or as it has the same memory (shared), who was let use the reserves as it exits anyway (exiting), and what oom_reaper took (reaped) or found gone already (skipped). The rows of a decision have the same number in the column decision.\n\nPID, NAME and DIR of -p, --comm and -c are those of who needed the memory. --summary sums up by cause and task; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: decisions that it and what it forks ask for are told.",
		.examples = EXAMPLES("mmscope trace oom\tevery decision until Ctrl-C",
				     "mmscope trace oom --cause victim,group,shared\twho is killed",
				     "mmscope trace oom --cause decision -o +order,gfp,constraint,memcg,usage,limit\twho asked for what, and what was short"),
		.models = { &mms_model_oom, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_oom,
	},	{
		.name = "trace tlb", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every flush of a TLB: why, how much, and which CPUs were interrupted",
		.about = "Tells every flush of the TLBs as the one sees it who asks for it: why (a range of an address space, all of it, a batch of reclaim, kernel addresses, rights of kernel pages, everything), how many pages, page by page or all, on which CPUs, how many of them were interrupted, how many left alone as they are lazy, and how long that took. Each CPU that is asked by another tells it, too (received): which task was interrupted, and for how long. And each load of another address space that has to flush (switch).\n\n-p, and a command behind --, choose by who flushes or is interrupted, and by whose address space it is. --summary sums up by cause, place and task; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times.",
		.examples = EXAMPLES("mmscope trace tlb\tevery flush until Ctrl-C",
				     "mmscope trace tlb --by comm,cause,where -d 10\twho flushes what, and how many CPUs that interrupts",
				     "mmscope trace tlb -p 1 --cause received -o +from,target\tby whom process 1 is interrupted",
				     "mmscope trace tlb --cause range,mm,batch --by stack --stacks kernel\twhat is done that needs them",
				     "mmscope trace tlb --min-latency 50us -o +lazy,tid,cpu\tthose that others kept waiting"),
		.models = { &mms_model_flush, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_flush,
	},	{
		.name = "trace dirty", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell who makes pages of files dirty, who writes them, and who waits for it",
		.about = "Tells of each file: who made pages dirty, by write(), by memory the file is mapped to, or otherwise (dirtied); who wrote them and why (written): a flusher, as too much was dirty, as they were dirty for too long, for sync(), for reclaim, or a task itself by fsync() and such; what went without being written, as it was truncated or deleted (cancelled); who had to wait until pages were on the device (waited); and who had to pause as too much was dirty, for how long, with the thresholds and rates that led to it (throttled).\n\nWhat a task does to pages of one file in a row is one event, sent when it turns to another file or to nothing for a tenth of a second, at the latest after a second. Memory of tmpfs, shared memory and hugetlbfs is not told: it is never written to a file.\n\n-p, --comm, -c, and a command behind --, choose who makes dirty, cancels, waits and pauses; that these files are written is told whoever writes them. --summary sums up by cause, reason, task and file; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times.",
		.examples = EXAMPLES("mmscope trace dirty\teverything until Ctrl-C",
				     "mmscope trace dirty --summary -- make\twhat a build writes, and what of it never reaches the disk",
				     "mmscope trace dirty --cause throttled -o +pause,dirty,thresh,dev_rate,task_rate\twho is made to pause, and why",
				     "mmscope trace dirty --cause written --by reason,comm,file -d 60\twho writes what, and why",
				     "mmscope trace dirty --cause waited --min-latency 10ms\twho waits long until pages are written"),
		.models = { &mms_model_dirty, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_dirty,
	},	{
		.name = "trace heap", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell calls of the C library's allocator, and what is not freed, by stack",
		.about = "Tells every call of malloc, calloc, realloc, posix_memalign and such, and of free: who, how many bytes, where they are, how long it took, and how long they were there when they are freed. Calls that the allocator makes itself are not told. It hooks each file that the processes of -p run and that has malloc and free: the C library, a static program, an allocator that was preloaded; without -p this machine's C library, in all processes.\n\n--summary, --folded and INTERVAL show what was allocated meanwhile and is not freed, by stack: bytes, allocations, and how long the oldest has been there. It is kept in the kernel, so that none is lost however many there are; the size of --buffer by 64 is how many at most (default 1M of them). --by sums up calls by any columns. Stacks follow frame pointers: a program needs -fno-omit-frame-pointer for more than who called.\n\nBehind -- stands a command to launch: it and what it forks are traced from the first allocation on, whatever allocator they have: each process is stopped for a moment when it maps a file to run that is new. What they had at their end is what they did not free.",
		.examples = EXAMPLES("mmscope trace heap --summary -- ./prog\twhat a program has not freed at its end, by stack",
				     "mmscope trace heap 10 -p 1234\twhat a process has allocated and not freed since, every ten seconds",
				     "mmscope trace heap --folded -d 60 -p 1234 >heap.folded\tthe same as stacks for a flame graph, by bytes",
				     "mmscope trace heap --by cause,symbol -- ./prog\twho calls what how often",
				     "mmscope trace heap --cause failed -o +symbol -- ./prog\twho did not get what"),
		.models = { &mms_model_heap, &mms_model_heap_left, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_heap,
	},	{
		.name = "trace ksm", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell what KSM does: pages merged and why not, copied again, gone; scans",
		.about = "Tells what KSM (kernel samepage merging) does: each page that was merged, into a new KSM page or one that is there (new, merge, fork) or into the zero page (zero), or was not, and why (failed); each copy that was made again, by a write (cow, cow-zero), as sharing was switched off (unmerge), as the other page could not be merged (undone), or at swap-in (swapin); what ksmd found gone (drop, gone); processes that come and go (enter, exit); each full scan with what it took and merged (scan), and what the advisor made of it (advisor). Whose page, where, which page frame, and how many share it.\n\n-p, --comm, -c and a command behind -- choose by whose page it is, too: what ksmd does to it is told. --summary sums up by cause, result and process; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times.",
		.examples = EXAMPLES("mmscope trace ksm\teverything until Ctrl-C",
				     "mmscope trace ksm --summary -d 60\twhat is merged and copied again in a minute, for whom",
				     "mmscope trace ksm --cause cow,unmerge --by comm,cause,stack --stacks user\twho writes to shared pages",
				     "mmscope trace ksm --cause failed --by target,result\twhy pages are not merged",
				     "mmscope trace ksm --cause scan,advisor -o +pages,items,merged,scan,percent\tscans, and what they cost"),
		.models = { &mms_model_ksm, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_ksm,
	},	{
		.name = "trace swap", .args = "[INTERVAL [COUNT]] [-- COMMAND...]",
		.args_kind = MMS_ARGS_TRACE, .max_args = 2,
		.opts = O_TRACE | MMS_O(CAUSE),
		.help = "tell every folio that is swapped out or in: whose, why, where, how long",
		.about = "Tells each folio that goes out: written to a device or file (out), compressed into zswap (out-zswap), all zero and so not written (out-zero), written by zswap to make room (out-back), or not written after all (out-none, out-refused). And each that comes in: read from a device or file (in), taken from zswap (in-zswap), all zero (in-zero), or found in the swap cache (in-cache). Who reclaimed or needed it and why, whose memory it is, in which memory cgroup, the slot, whether it was read ahead, and how long it took: from the call that writes or reads it to the end of its I/O.\n\n-p and --comm choose by whose memory it is, where that is known, so what kswapd writes of it is told, too; -c by the memory cgroup it is charged to. --summary sums up by cause, device and task; --by sums up by any columns; INTERVAL, in seconds, repeats the sums, COUNT times. Behind -- stands a command to launch: memory of it and of what it forks is told.",
		.examples = EXAMPLES("mmscope trace swap\teach folio until Ctrl-C",
				     "mmscope trace swap --summary -d 60\tout and in by cause, device and task in a minute",
				     "mmscope trace swap --cause in --min-latency 1ms -o +address,ahead\tpages that somebody may have waited for",
				     "mmscope trace swap --by name,direction,kind -d 10\twhose memory goes where",
				     "mmscope trace swap --by cause,memcg,reason -d 10\twhich memory cgroups are swapped, and why"),
		.models = { &mms_model_swap_event, &mms_model_bucket },
		.run = mms_cmd_trace,
		.tracer = &mms_tracer_swap,
	},
};
