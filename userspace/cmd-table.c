// SPDX-License-Identifier: GPL-2.0-only
/* The commands, one row each, and the options, one row each. */
#include <string.h>
#include "cmd.h"
#include "model/cache.h"
#include "model/check.h"
#include "model/layout.h"
#include "model/lru.h"
#include "model/ps.h"
#include "model/slab.h"
#include "model/pfns.h"
#include "model/swap.h"
#include "model/tlb.h"
#include "model/vmalloc.h"
#include "model/zones.h"

const struct mms_opt mms_opts[MMS_NR_OPTS] = {
#define MMS_OPT(id, letter, name, arg, complete, words, help) \
	[MMS_OPT_##id] = { letter, name, arg, MMS_COMPLETE_##complete, words, help },
#include "cmd-options.h"
#undef MMS_OPT
};

#define EXAMPLES(...)	((const char *const []){ __VA_ARGS__, NULL })

#define O_PARTS		(MMS_O_OUTPUT | MMS_O(JSON_LINES) | MMS_O(FROM) | MMS_O(SAVE))
#define O_VIEW		(MMS_O_OUTPUT | MMS_O_SOURCE | MMS_O(JSON_LINES))
#define O_PGTABLE	(MMS_O(ADDRESS) | MMS_O(LEVEL) | MMS_O(KIND) | MMS_O(BITS) | \
			 MMS_O(ENTRY_BITS) | MMS_O(NO_MERGE) | MMS_O(MERGE) | MMS_O(TABLES) | \
			 MMS_O(NO_FOLIO) | MMS_O(KERNEL) | MMS_O(USER_PGD) | MMS_O(RAW_ENTRIES) | \
			 MMS_O(EXTENDED) | MMS_O(SORT))

const struct mms_cmd mms_cmds[] = {
	{
		.name = "maps", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = O_VIEW | MMS_O(EXTENDED) | MMS_O(SORT) | MMS_O(ADDRESS),
		.help = "show every VMA with what is resident in it",
		.about = "Lists the virtual memory areas of a process, with what is resident, shared, dirty, huge and swapped in each, all counted in one pass over the page tables.\n\nThe last line sums them up.",
		.examples = EXAMPLES("mmscope maps 1\tthe VMAs of process 1",
				     "mmscope maps -s -rss -o size,rss,mapping $$\tthe shell's, largest first",
				     "mmscope maps --json 1 | jq '.totals.pss_bytes'\tone number out of it"),
		.models = { &mms_model_maps },
		.run = mms_cmd_maps,
	},
	{
		.name = "pgtable", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1, .opts = O_VIEW | O_PGTABLE,
		.help = "show page-table entries, merged into ranges",
		.about = "Shows what the page tables of a process hold: for each entry, or run of entries that follow each other, its address range, level, kind and bits, and the folio behind.\n\nNeighbours are merged while their frames follow each other and all else is the same; --no-merge shows each. Output streams: memory use does not grow with the number of rows.\n\nNames of page flags (-b) are those of page-types, names of entry bits (--entry-bits) those of crash.",
		.examples = EXAMPLES("mmscope pgtable 1\tthe whole user half of process 1",
				     "mmscope pgtable -a heap $$\tthe shell's heap",
				     "mmscope pgtable -a libc.so.6 --entry-bits RW $$\twhat is writable of a library",
				     "mmscope pgtable -b thp,~dirty --json 1\tclean huge pages as JSON",
				     "mmscope pgtable --kernel --merge attr 1\tthe kernel's half by attributes"),
		.models = { &mms_model_pgtable, &mms_model_entries },
		.run = mms_cmd_pgtable,
	},
	{
		.name = "walk", .args = "PID ADDRESS", .args_kind = MMS_ARGS_PID,
		.min_args = 2, .max_args = 2,
		.opts = O_VIEW | MMS_O(EXPLAIN) | MMS_O(USER_PGD),
		.help = "translate one address, level by level",
		.about = "Translates an address as the hardware does: for each level the index, the addresses of table and entry, the entry and its bits, and at the end the physical address or why there is none.\n\n--explain says it in sentences, for those who learn how virtual memory works.",
		.examples = EXAMPLES("mmscope walk 1 stack\twhere the first page of the stack is",
				     "mmscope walk --explain $$ heap+0x10\tthe same in sentences"),
		.models = { &mms_model_walk },
		.run = mms_cmd_walk,
	},
	{
		.name = "tables", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = O_VIEW | MMS_O(LIST) | MMS_O(SORT) | MMS_O(KERNEL) |
			MMS_O(LEVEL) | MMS_O(ADDRESS),
		.help = "show the page tables themselves: how many, how full",
		.about = "Sums up the pages that page tables are made of, by level and by NUMA node: how many, how full, how many hold one entry only, how many a huge page would remove. --list shows each table.",
		.examples = EXAMPLES("mmscope tables 1\tsums by level and node",
				     "mmscope tables --list -s used 1\teach table, emptiest first"),
		.models = { &mms_model_tables, &mms_model_tables_total },
		.run = mms_cmd_tables,
	},
	{
		.name = "folios", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = O_VIEW | MMS_O(LIST) | MMS_O(SORT) | MMS_O(ADDRESS),
		.help = "show the folios a process maps, by kind and order",
		.about = "Sums up the distinct folios that a process maps, by kind and order: how many are mapped fully, how many in part, and how much memory that is. --list shows each folio, with a row for each run of its pages.",
		.examples = EXAMPLES("mmscope folios 1\tsums by kind and order",
				     "mmscope folios --list -s -order 1\teach folio, largest first"),
		.models = { &mms_model_folios, &mms_model_folios_total },
		.run = mms_cmd_folios,
	},
	{
		.name = "summary", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = O_VIEW,
		.help = "show the counters, bounds and settings of an address space",
		.about = "Shows what the kernel keeps about an address space as a whole: memory by kind, bounds, page tables, CPUs and settings.",
		.examples = EXAMPLES("mmscope summary 1\tall of it",
				     "mmscope summary -o comm,rss,swap 1 2 3\tthree values of three processes"),
		.models = { &mms_model_summary },
		.run = mms_cmd_summary,
	},
	{
		.name = "ps", .args = "[PID...]", .args_kind = MMS_ARGS_PID, .max_args = -1,
		.opts = O_PARTS | MMS_O(SORT) | MMS_O(NODES) | MMS_O(SOURCE) | MMS_O(ROOT),
		.help = "show the memory of every process",
		.about = "Shows for every process what is resident (RSS), what of it is its share of shared pages (PSS) and what it has alone (USS), what is swapped out, its page tables and threads. The last line sums them up.\n\nEach process is counted in one pass over its page tables; rows are written as they are counted, unless they are to be sorted. A process that ends meanwhile is left out; JSON counts them. Without the module smaps_rollup and status are read.\n\nResident memory is that of smaps: hugetlb pages are not in it, but those a process has alone are in USS.",
		.examples = EXAMPLES("mmscope ps -s -pss\twho takes most",
				     "mmscope ps --nodes -s -rss\ton which nodes it is",
				     "mmscope ps --json | jq .totals.pss_bytes\tall memory of all processes, each page once"),
		.models = { &mms_model_ps, &mms_model_ps_node, &mms_model_ps_total },
		.run = mms_cmd_ps,
	},
	{
		.name = "rmap", .args = "FRAMES...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = O_VIEW | MMS_O(SORT) | MMS_O(EXTENDED) | MMS_O(SEARCH),
		.help = "show who maps page frames, and where",
		.about = "Shows every process and address that maps a page frame, at which level and with which entry, and the file it is of. FRAMES are given by number (PFN, PFN+COUNT, PFN,END, or START-END in hexadecimal), or as PID:ADDRESS or PID:RANGE for those behind the addresses of a process.\n\nThe kernel's own reverse map is followed, so that the cost does not depend on how many processes there are. A frame that nothing maps has a row that says so; neighbours of which the same is to be said share it. Pages merged by KSM have a reverse map that is closed to modules: the mergeable memory of every process is searched for them. --search does that for whatever has no reverse map: the zero page, device memory, pages of drivers.",
		.examples = EXAMPLES("mmscope rmap 0x1f3a7\twho maps this frame",
				     "mmscope rmap $$:stack\twho else maps the pages of the shell's stack",
				     "mmscope rmap -x 1:libc.so.6\ta library, with the entries, the file and the place in it",
				     "mmscope rmap --json $$:heap | jq '[.rows[].pid] | unique'\tthe processes alone"),
		.models = { &mms_model_rmap },
		.run = mms_cmd_rmap,
	},
	{
		.name = "ram", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(EXTENDED) | MMS_O(NODES),
		.help = "show what all memory is used for",
		.about = "Sums up all page frames: a row for each use, a column for each list that reclaim keeps pages on. With --extended the generations of the multi-generational LRU stand instead of the active and inactive lists.\n\nThe sum of all rows but reserved is compared with what the page allocator manages, and the line below says what could not be attributed to a use: pages of the kernel that nothing tells the use of.\n\nWithout the module the sums come from /proc/kpageflags, which knows neither lists nor users: free per-CPU pages are in the row kernel then, and huge pages not in use in the row hugetlb.",
		.examples = EXAMPLES("mmscope ram\tall of memory",
				     "mmscope ram -x --nodes\tby generation, on each NUMA node",
				     "mmscope ram --json | jq '.rows[] | select(.use == \"slab\").size_bytes'\tone number out of it"),
		.models = { &mms_model_ram, &mms_model_ram_total },
		.run = mms_cmd_ram,
	},
	{
		.name = "pages", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(EXTENDED) | MMS_O(SORT) | MMS_O(FRAMES) | MMS_O(BITS) |
			MMS_O(WHAT) | MMS_O(LIST) | MMS_O(LIST_EACH),
		.help = "show page frames: sums by flags, or lists",
		.about = "Shows the page frames that are chosen by number (-a), flags (-b) and kind (--what), with the options and words of page-types: the number of pages with each combination of flags, or with -l a list of runs of folios that are alike, or with -L one of each folio and free block.\n\nPages are counted as /proc/kpageflags shows them: a folio's further pages have the flags of its first, as compound_tail, and all pages of a free block are buddy.",
		.examples = EXAMPLES("mmscope pages\tall of memory by flags",
				     "mmscope pages -b lru,~mmap,~active\twhat reclaim takes first",
				     "mmscope pages -l --what hugetlb -x\tthe huge pages, with their files",
				     "mmscope pages -L -a 0x1000+16\teach folio of 16 frames"),
		.models = { &mms_model_pages_total, &mms_model_pfns },
		.run = mms_cmd_pages,
	},
	{
		.name = "page", .args = "PFN|PID:ADDRESS", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = 1, .opts = O_VIEW,
		.help = "show everything about one page",
		.about = "Shows what the kernel knows of one page frame and its folio: what it is, its flags in words, who has references to it, the file it caches, its memory cgroup, where it is, and with the module the path of that file, its page block, and who maps it. Of a slab's page a BPF program tells the cache, and the object that the page begins with.\n\nThe page is named by its frame number, or by an address of a process that maps it.",
		.examples = EXAMPLES("mmscope page 0x1f40\tthe page frame 0x1f40",
				     "mmscope page $$:heap\tthe first page of the shell's heap"),
		.models = { &mms_model_pfns, &mms_model_files, &mms_model_slab_object,
			    &mms_model_page_place, &mms_model_pageblocks, &mms_model_rmap },
		.run = mms_cmd_page,
	},
	{
		.name = "tlb", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1,
		.opts = MMS_O_OUTPUT | MMS_O(JSON_LINES),
		.help = "show what the TLB of each CPU may hold of a process",
		.about = "Shows, for each CPU that has to do with the address space of a process: whether the CPU runs on its page tables now, or has only borrowed them (lazy); whether it is in the mask of CPUs that flushes are sent to; in which slot (ASID, PCID) it is; and up to which generation of flushes the CPU has done them. What a CPU may still hold of older generations it flushes before it uses it again.\n\nA BPF program reads it from cpu_tlbstate, which no module can: it needs root, or CAP_BPF and CAP_PERFMON, and a kernel that describes its types (BTF). Without it the module's summary says what is known, and the rest is n/a.\n\nThe command runs on a CPU, too, and what ran there before it is no longer loaded.",
		.examples = EXAMPLES("mmscope tlb 1\twhere process 1 is loaded, and how far behind each CPU is",
				     "mmscope tlb -o +flush_user,flush_others,mm_tlb_gen $$\twith the flushes that are pending",
				     "mmscope tlb --json 1 | jq '.processes[0].tlb_gen'\tone number out of it"),
		.models = { &mms_model_tlb, &mms_model_tlb_total },
		.run = mms_cmd_tlb,
	},
	{
		.name = "slab", .args = "[NAME|ADDRESS...]", .args_kind = MMS_ARGS_WORD,
		.max_args = -1,
		.opts = O_PARTS | MMS_O(EXTENDED) | MMS_O(SORT),
		.help = "show slab caches, one of them, or what an address is of",
		.about = "Lists the kernel's slab caches: sizes, objects in use and in all, slabs, and what of their memory is no object in use. With the NAME of one, which may be that of a cache that was merged into another, it shows what that has on each node and CPU, and how full its slabs are. With an ADDRESS of the kernel, or several, it says which object of which cache that is, and whether the object is allocated or free, and where.\n\nAn object is in use if it is in no list of free ones: not in its slab's, not in a CPU's, not in a sheaf. What slabinfo calls active has the last two in it.\n\nA BPF program reads it, which takes no lock: a list that changes while it is walked is walked again, and then said to have raced. It needs root, or CAP_BPF, CAP_PERFMON and CAP_SYSLOG, and a kernel that describes its types (BTF). The module is not needed.",
		.examples = EXAMPLES("mmscope slab -s -waste\tall caches, most waste first",
				     "mmscope slab dentry\twhere the dentries are",
				     "mmscope slab --json | jq '.rows[] | select(.name == \"dentry\").in_use'\tone number out of it"),
		.models = { &mms_model_slab, &mms_model_slab_total, &mms_model_slab_node,
			    &mms_model_slab_cpu, &mms_model_slab_fill, &mms_model_slab_object },
		.run = mms_cmd_slab,
	},
	{
		.name = "swap", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_PARTS | MMS_O(LIST) | MMS_O(SORT),
		.help = "show swap areas, what compresses before them, and who is in them",
		.about = "Lists the swap areas with their priority, what is in use, the pages that are in memory besides (swap cache), and how many of their clusters are free: a huge page is swapped out in one piece only to a free one. Then come the counters of swapping, of zswap, and of zram devices.\n\nWith --list it looks through the page tables of all processes and shows which slots belong to which process and address, and who has how many. A slot may have several owners after a fork.\n\nA BPF program reads the areas: it needs root, or CAP_BPF and CAP_PERFMON, and a kernel that describes its types (BTF). The page tables come from the module, or from /proc/PID/pagemap.",
		.examples = EXAMPLES("mmscope swap\tareas, zswap and zram",
				     "mmscope swap --list | tail\twho is in swap",
				     "mmscope swap --list -s -pages -o pid,comm,pages,address\tthe longest runs first",
				     "mmscope swap --json | jq .totals\tcounters"),
		.models = { &mms_model_swap, &mms_model_swap_counters, &mms_model_zram,
			    &mms_model_swap_slots, &mms_model_swap_owner },
		.run = mms_cmd_swap,
	},
	{
		.name = "lru", .args = "[CGROUP]", .args_kind = MMS_ARGS_WORD, .max_args = 1,
		.opts = O_PARTS | MMS_O(LIST) | MMS_O(SORT),
		.help = "show what is to be reclaimed, by memory cgroup and generation",
		.about = "Shows for each memory cgroup and node how much is in the lists of reclaim: inactive and active, anonymous and file, and what cannot be evicted. That of a cgroup is its own, without those below. Then come the nodes as a whole, with the counters of the working set. A CGROUP is a path below the mount point of cgroups: it and all below it is shown, with its counters.\n\nWith --list the generations of MGLRU: number, age, and how much of each type is in them.\n\nA BPF program reads it, an iterator over cgroups: it needs root, or CAP_BPF and CAP_PERFMON, and a kernel that describes its types (BTF). The module is not needed.",
		.examples = EXAMPLES("mmscope lru\tlists of all cgroups",
				     "mmscope lru system.slice -s -active_anon\tof a part of them",
				     "mmscope lru --list -o cgroup,node,seq,age,anon,file_zones\tgenerations"),
		.models = { &mms_model_lru, &mms_model_lru_node, &mms_model_lru_cgroup,
			    &mms_model_lru_gen },
		.run = mms_cmd_lru,
	},
	{
		.name = "trace", .args = "TRACER", .args_kind = MMS_ARGS_NONE,
		.opts = MMS_O_HELP,
		.help = "tell what happens while it happens: faults, reclaim",
		.about = "Runs a tracer: BPF programs that see each event where the kernel does it, and tell it with its cause and its cost. mmscope trace alone lists the tracers; each has its own help.\n\nIt needs root, or CAP_BPF and CAP_PERFMON, and a kernel that describes its types (BTF); not the module.",
		.examples = EXAMPLES("mmscope trace faults -p 1\tthe page faults of process 1",
				     "mmscope trace faults --help\twhat that tracer can do"),
		.run = mms_cmd_trace,
		.subs = mms_tracer_cmds, .nr_subs = MMS_NR_TRACERS,
	},
	{
		.name = "layout", .args = "PID", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = 1,
		.opts = MMS_O_OUTPUT | MMS_O(JSON_LINES) | MMS_O_SOURCE | MMS_O(LIST) |
			MMS_O(LOCATE) | MMS_O(ASCII),
		.help = "draw the whole address space, and where ASLR put things",
		.about = "Draws all of an address space: the user half with its gaps, what lies between the halves, the regions of the kernel's half. A bar shows each half to scale, with cells whose height is the logarithm of what is in them; under it stands what is there, with bars that grow with the logarithm of the size. Neighbours of the same name are one row, and where there are many the small ones are folded into one; --list and --json leave out nothing.\n\nMappings and gaps add up to the user half, regions and what is unused to the kernel's.\n\nWithout the module the kernel's regions are drawn where they would be without KASLR, and that is said.",
		.examples = EXAMPLES("mmscope layout $$\tthe shell's address space",
				     "mmscope layout --locate libc.so.6+0x1f0 $$\twhere an address is",
				     "mmscope layout --list -o range,size,kind,name 1\tevery part as a row",
				     "mmscope layout --json 1 | jq .totals.largest_gap_bytes\tone number out of it"),
		.models = { &mms_model_layout, &mms_model_layout_total, &mms_model_aslr },
		.run = mms_cmd_layout,
	},
	{
		.name = "zones", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(EXTENDED) | MMS_O(SORT) | MMS_O(LIST) | MMS_O(ROWS),
		.help = "show nodes and zones, and free memory against the watermarks",
		.about = "Shows each zone that has memory: how much of it is free, what CPUs keep besides, and where the watermarks are. The last column draws free memory (#) against the marks min (m), low (l) and high (h): its left half goes up to twice the high mark, its right half from there to all of the zone.\n\n--rows shows other things that are kept: node has kswapd's and kcompactd's state, cpu the lists of each CPU, counter the counters of a zone, distance how far nodes are from each other. --list shows all of them.\n\nWithout the module they come from /proc/zoneinfo, which has no row for a node.",
		.examples = EXAMPLES("mmscope zones\tfree memory against the watermarks",
				     "mmscope zones --rows node\twhat kswapd does",
				     "mmscope zones --rows cpu -s -pcp\twhich CPU keeps most free pages",
				     "mmscope zones --json -l | jq .zones\tall fields of all zones"),
		.models = { &mms_model_zones },
		.run = mms_cmd_zones,
	},
	{
		.name = "buddy", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(SORT) | MMS_O(LIST) | MMS_O(TYPES) | MMS_O(BLOCKS) |
			MMS_O(PAGEBLOCKS),
		.help = "show the free blocks of memory, by zone, order and migrate type",
		.about = "Shows how many free blocks of each order a zone has, and how much memory that is; beside it what CPUs keep on lists of their own, which no other file counts by order.\n\n--types has a row for each migrate type, --list for each list of blocks, --blocks for each block, with its page frame. --pageblocks shows the page blocks that migrate types belong to, free or not, and what is in each: which pages keep a block from becoming free.\n\nThe zone's lock is held for at most 1024 blocks at once; what was counted in several pieces, or begun anew because a list changed too much, is said in the JSON's trailer.\n\nWithout the module the numbers come from /proc/pagetypeinfo, or for who is not root from /proc/buddyinfo.",
		.examples = EXAMPLES("mmscope buddy\tfree blocks by zone and order",
				     "mmscope buddy --types\tand by migrate type",
				     "mmscope buddy --blocks -s -order\tevery block, largest first",
				     "mmscope buddy --pageblocks -s used\tpage blocks, emptiest first"),
		.models = { &mms_model_buddy_total, &mms_model_buddy, &mms_model_blocks,
			    &mms_model_pageblocks },
		.run = mms_cmd_buddy,
	},
	{
		.name = "frag", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(ORDER) | MMS_O(LIST) | MMS_O(MOVABLE),
		.help = "show how fragmented free memory is, and what would fail",
		.about = "Shows for each zone the largest order that an allocation would succeed with now, without reclaim or compaction, and why the next one would fail: too little memory above the min watermark, no block that large, or only such as are not for everyone.\n\nThe fragmentation index and the unusable index are those of /sys/kernel/debug/extfrag. An allocation that would fail does so for want of memory where the fragmentation index is near 0, and because free memory is in pieces where it is near 1; it is -1 where there is a block. The unusable index is the part of free memory that is in smaller blocks.\n\n--order asks about one order, --list about each.",
		.examples = EXAMPLES("mmscope frag\tthe largest order, and why not a larger one",
				     "mmscope frag --order 9\tcan a huge page be had?",
				     "mmscope frag --list --json\tboth indices for every order"),
		.models = { &mms_model_frag },
		.run = mms_cmd_frag,
	},
	{
		.name = "files", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(EXTENDED) | MMS_O(SORT) | MMS_O(TOP),
		.help = "show which files fill the page cache",
		.about = "Lists the files that have pages in the page cache, those with the most of it first: how much of each is cached, dirty, mapped, and its largest folio. Files of tmpfs, memfds and hugetlb files are among them and said to be so; block devices are what file systems keep of their own metadata.\n\nA path is shown below the place where its file system is mounted, if it is mounted where this command runs; else as it is in its file system. A file without a name, or whose name was removed, has none.\n\nThe files are found by their folios: one that has none now, such as a file of tmpfs that is all in swap, is not listed. The sums are those of all files, also with --top.",
		.examples = EXAMPLES("mmscope files --top 20\tthe twenty largest",
				     "mmscope files -s -dirty -o dirty,writeback,path --top 10\twhat waits to be written",
				     "mmscope files -o +node0,node1\twith where they are",
				     "mmscope files --json | jq .totals.cached_bytes\tone number out of it"),
		.models = { &mms_model_files, &mms_model_files_total },
		.run = mms_cmd_files,
	},
	{
		.name = "cache", .args = "FILE", .args_kind = MMS_ARGS_FILE,
		.min_args = 0, .max_args = 1,
		.opts = O_VIEW | MMS_O(LIST) | MMS_O(SORT) | MMS_O(ADDRESS) | MMS_O(ASCII),
		.help = "show what is in the page cache of one file",
		.about = "Draws which parts of a file are in the page cache, and sums up its folios by order and by node: how much of them is dirty, being written, mapped. --list shows each folio by its place in the file, and what is in its place: a slot of swap (shmem), or what reclaim remembers of an evicted folio.\n\nA file may be a regular file, also of tmpfs or hugetlbfs, or a block device. What is open in another process is reached by /proc/PID/fd/N, also a memfd.\n\nWithout the module, mincore() says which pages are cached, and cachestat(), where the kernel has it, how many are dirty, being written or evicted; orders, frames and counts are not known then.",
		.examples = EXAMPLES("mmscope cache /usr/bin/bash\twhere a file is cached, and in which folios",
				     "mmscope cache --list -s -order -o index,order,pfn,pageflags /usr/bin/bash\teach folio, largest first",
				     "mmscope cache --json /dev/shm/x | jq .totals.swapped_bytes\tone number out of it"),
		.models = { &mms_model_cache, &mms_model_cache_total },
		.run = mms_cmd_cache,
	},
	{
		.name = "kernel", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = O_VIEW | MMS_O(SORT) | MMS_O(VMALLOC),
		.help = "show the kernel's page tables by region, and what is writable and executable",
		.about = "Walks the kernel's half of the page tables and sums up each region: what is mapped, by pages of which size, writable, executable. Rights are those of the entries of all levels together, as the processor sees them.\n\nThen it says whether any page of the kernel is writable and executable at once (W+X), and where. The exit status is 0 if none is and 1 if one is, so that it can be used as an audit; 4 if it could not be looked at.\n\nWith --vmalloc come the areas of vmalloc one by one: where each is, what for, who asked for it, how many pages it has, and of a device's memory where that is. A BPF program reads these, as their lists are exported to no module: it needs root, or CAP_BPF and CAP_PERFMON, and a kernel that describes its types (BTF). The module is not needed. CAP_SYSLOG is, for the names of the kernel's functions.",
		.examples = EXAMPLES("mmscope kernel\tregions, page sizes and the audit",
				     "mmscope kernel -o range,region,present,wx\tchosen columns",
				     "mmscope kernel --json | jq .totals.direct_pmd_bytes\tthe direct map in 2 MiB pages",
				     "mmscope kernel --vmalloc -s -size\tareas of vmalloc, the largest first"),
		.models = { &mms_model_kernel, &mms_model_kernel_total, &mms_model_vmalloc,
			    &mms_model_vmalloc_total },
		.run = mms_cmd_kernel,
	},
	{
		.name = "features", .args = "", .args_kind = MMS_ARGS_NONE,
		.opts = MMS_O_OUTPUT | MMS_O(ROOT) | MMS_O(FROM) | MMS_O(SOURCE) |
			MMS_O(JSON_LINES),
		.help = "show what works on this machine, what does not, and why",
		.about = "Looks at the kernel, the module, the files of a stock kernel and the caller's own rights, and says for each what it gives or why it is missing, and what to do about it.",
		.examples = EXAMPLES("mmscope features\tall of it",
				     "mmscope features --json | jq '.rows[] | select(.have | not)'\twhat is missing"),
		.models = { &mms_model_feature },
		.run = mms_cmd_features,
	},
	{
		.name = "check", .args = "[PID...]", .args_kind = MMS_ARGS_PID,
		.max_args = -1, .opts = MMS_O_OUTPUT | MMS_O(JSON_LINES) | MMS_O(SYSTEM),
		.help = "compare the module with the kernel's own files",
		.about = "Compares what the module says with /proc's own files, value by value: maps with smaps and numa_maps; every page-table entry with pagemap, and its folio with kpageflags, kpagecount and kpagecgroup; merged runs with their entries; summary with status, stat, auxv; the number of tables with VmPTE. Without a PID it takes every process that has memory.\n\nA difference is looked at four times more, by turns with the module and the file first: one that is the same each time is shown, and the exit status is 1; the others are races with the process and are counted.\n\nWhat the files cannot say is not compared: pagemap shows no raw PFN mapping, and before Linux 6.7 no level; numa_maps shows the policy of the process for a VMA without one; VmPTE counts the table that each huge page of an anonymous VMA keeps aside, so these are added to the tables found. Kernels from 6.10 on set KPF_KSM in kpageflags for every anonymous page, until that was mended: where they do, the flag is left out.\n\n--system compares the views of the system in the same way: buddy with buddyinfo and pagetypeinfo, zones with zoneinfo, slab caches with slabinfo, pfns with kpageflags, kpagecount, kpagecgroup and the sums of meminfo that stand still; the kernel's direct map and the sums of files with meminfo; and of up to 64 files, how much is cached, dirty and being written with mincore() and cachestat().",
		.examples = EXAMPLES("mmscope check\tevery process",
				     "mmscope check --json $$ | jq .totals\twhat was compared for the shell",
				     "mmscope check --system\tthe views of the system"),
		.models = { &mms_model_difference, &mms_model_check_total },
		.run = mms_cmd_check,
	},
	{
		.name = "load", .args = "[MODULE.ko]", .args_kind = MMS_ARGS_FILE,
		.max_args = 1, .opts = MMS_O_HELP,
		.help = "load the module",
		.about = "Loads mmscope.ko: the installed one, or the file given.",
		.examples = EXAMPLES("mmscope load\tthe module that make install put in place"),
		.run = mms_cmd_load,
	},
	{
		.name = "unload", .args = "", .args_kind = MMS_ARGS_NONE, .opts = MMS_O_HELP,
		.help = "unload the module",
		.about = "Takes mmscope.ko out of the kernel again.",
		.examples = EXAMPLES("mmscope unload\tback to before"),
		.run = mms_cmd_unload,
	},
	{
		.name = "attach", .args = "[PID...]", .args_kind = MMS_ARGS_PID,
		.max_args = -1, .opts = MMS_O_HELP | MMS_O(ROOT),
		.help = "make /proc/mmscope/PID for a process, or list those there are",
		.about = "Makes the text files of a process appear in /proc/mmscope/PID. Without a PID it lists the processes attached. The other commands need no attaching.",
		.examples = EXAMPLES("mmscope attach 1 && cat /proc/mmscope/1/maps\tread it without a tool"),
		.run = mms_cmd_attach,
	},
	{
		.name = "detach", .args = "PID...", .args_kind = MMS_ARGS_PID,
		.min_args = 1, .max_args = -1, .opts = MMS_O_HELP | MMS_O(ROOT),
		.help = "take /proc/mmscope/PID away again",
		.about = "Takes the files that attach made away again.",
		.examples = EXAMPLES("mmscope detach 1\tundo attach"),
		.run = mms_cmd_detach,
	},
	{
		.name = "help", .args = "[COMMAND [SUBCOMMAND]]", .args_kind = MMS_ARGS_COMMAND,
		.max_args = 2, .opts = MMS_O_HELP,
		.help = "show what there is, or the help of a command",
		.about = "Lists the commands, or shows what COMMAND --help shows.",
		.examples = EXAMPLES("mmscope help pgtable\tthe same as mmscope pgtable --help"),
		.run = mms_cmd_help,
	},
	{
		.name = "man", .args = "[COMMAND [SUBCOMMAND]]", .args_kind = MMS_ARGS_COMMAND,
		.max_args = 2, .opts = MMS_O_HELP,
		.help = "write the man page of a command",
		.about = "Writes the man page of a command, or of mmscope itself, in roff.",
		.examples = EXAMPLES("mmscope man pgtable | man -l -\tread it without installing it"),
		.run = mms_cmd_man,
	},
	{
		.name = "completion", .args = "bash|zsh|fish", .args_kind = MMS_ARGS_SHELL,
		.min_args = 1, .max_args = 1, .opts = MMS_O_HELP,
		.help = "write the completion for a shell",
		.about = "Writes a script that completes commands, options, columns and PIDs.",
		.examples = EXAMPLES(". <(mmscope completion bash)\tuse it in this shell"),
		.run = mms_cmd_completion,
	},
};

const unsigned int mms_nr_cmds = ARRAY_SIZE(mms_cmds);

/* "trace faults" and "trace-faults" are one. */
static bool is_name(const char *name, const char *typed)
{
	while (*name && (*name == *typed || (*name == ' ' && *typed == '-'))) {
		name++;
		typed++;
	}
	return *name == *typed;
}

const struct mms_cmd *mms_cmd_find(const char *name)
{
	const struct mms_cmd *cmd;

	for (cmd = mms_cmd_next(NULL); cmd; cmd = mms_cmd_next(cmd))
		if (is_name(cmd->name, name))
			return cmd;
	return NULL;
}

const struct mms_cmd *mms_cmd_next(const struct mms_cmd *cmd)
{
	unsigned int i;

	if (!cmd)
		return mms_cmds;
	if (cmd->nr_subs)
		return cmd->subs;
	for (i = 0; i < mms_nr_cmds; i++) {
		const struct mms_cmd *top = &mms_cmds[i];
		bool sub = top->subs && cmd >= top->subs && cmd < top->subs + top->nr_subs;

		if (sub && cmd + 1 < top->subs + top->nr_subs)
			return cmd + 1;
		if (sub || cmd == top)
			return i + 1 < mms_nr_cmds ? top + 1 : NULL;
	}
	return NULL;
}

const char *mms_cmd_key(const struct mms_cmd *cmd, char *buf)
{
	size_t i;

	for (i = 0; cmd->name[i] && i < MMS_CMD_KEY - 1; i++)
		buf[i] = cmd->name[i] == ' ' ? '-' : cmd->name[i];
	buf[i] = '\0';
	return buf;
}
