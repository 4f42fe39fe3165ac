/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every option there is, once. Included several times:
 * MMS_OPT(ID, letter, name, argument, completion, words, help)
 */
MMS_OPT(JSON, 'j', "json", NULL, NONE, NULL,
	"write JSON (also -J)")
MMS_OPT(JSON_LINES, 0, "json-lines", NULL, NONE, NULL,
	"write a JSON object a line, without a document around them")
MMS_OPT(OUTPUT, 'o', "output", "COL,...", COLUMNS, NULL,
	"columns to show; +COL,... adds to the default, help lists them")
MMS_OPT(LIST_COLUMNS, 0, "list-columns", NULL, NONE, NULL,
	"list the columns with their units and meaning")
MMS_OPT(NOHEADINGS, 'n', "noheadings", NULL, NONE, NULL,
	"no line with the names of the columns")
MMS_OPT(RAW, 'r', "raw", NULL, NONE, NULL,
	"columns parted by one space, without padding, sizes in bytes")
MMS_OPT(BYTES, 0, "bytes", NULL, NONE, NULL,
	"sizes in bytes instead of KiB, MiB, ...")
MMS_OPT(COLOR, 0, "color", "WHEN", LIST, "auto always never",
	"highlight: auto (a terminal, and NO_COLOR is not set), always, never")
MMS_OPT(SORT, 's', "sort", "COL", COLUMNS, NULL,
	"sort by a column, downwards with - before it; keeps all rows in memory")
MMS_OPT(TOP, 0, "top", "N", WORD, NULL,
	"only the first N rows")
MMS_OPT(EXTENDED, 'x', "extended", NULL, NONE, NULL,
	"more columns")
MMS_OPT(LIST, 'l', "list", NULL, NONE, NULL,
	"a row for each instead of sums")
MMS_OPT(LIST_EACH, 'L', "list-each", NULL, NONE, NULL,
	"a row for each folio and free block, without merging neighbours")
MMS_OPT(NODES, 0, "nodes", NULL, NONE, NULL,
	"apart for each NUMA node")
MMS_OPT(FRAMES, 'a', "frames", "FRAMES", WORD, NULL,
	"only these page frames: PFN, PFN+COUNT, PFN,END, START-END, or PID:RANGE for those a process maps; may be repeated")
MMS_OPT(WHAT, 0, "what", "KIND,...", LIST,
	"anon file shmem hugetlb ksm zero reserved slab free pcp pgtable kstack offline poison kernel other",
	"only page frames that are these")
MMS_OPT(VMALLOC, 0, "vmalloc", NULL, NONE, NULL,
	"the areas of vmalloc one by one")
MMS_OPT(EXPLAIN, 0, "explain", NULL, NONE, NULL,
	"explain each step in sentences")
MMS_OPT(ADDRESS, 'a', "address", "RANGE", WORD, NULL,
	"only this range: ADDR, ADDR+SIZE, ADDR,END, START-END or a name")
MMS_OPT(LEVEL, 0, "level", "LEVEL,...", LIST, "pte pmd pud p4d pgd",
	"only these levels")
MMS_OPT(KIND, 0, "kind", "KIND,...", LIST,
	"page zero device protnone numa swap migration devprivate devexclusive hwpoison uffdwp poison guard uffdrwp other",
	"only entries that hold these")
MMS_OPT(BITS, 'b', "bits", "BITS", WORD, NULL,
	"only pages with these flags, as in page-types: BIT1,BIT2 any of them; BIT1,~BIT2 one and not the other; =BIT1,BIT2 exactly these; all of several -b")
MMS_OPT(ENTRY_BITS, 0, "entry-bits", "BITS", WORD, NULL,
	"only entries with these bits: RW,~NX")
MMS_OPT(NO_MERGE, 0, "no-merge", NULL, NONE, NULL,
	"a row for each entry")
MMS_OPT(MERGE, 0, "merge", "HOW", LIST, "step attr",
	"merge neighbours whose frames follow each other (step), or that have the same attributes (attr)")
MMS_OPT(TABLES, 0, "tables", NULL, NONE, NULL,
	"show entries that hold tables, too")
MMS_OPT(NO_FOLIO, 0, "no-folio", NULL, NONE, NULL,
	"do not look at the folios behind")
MMS_OPT(KERNEL, 0, "kernel", NULL, NONE, NULL,
	"the kernel's half of the address space")
MMS_OPT(USER_PGD, 0, "user-pgd", NULL, NONE, NULL,
	"the copy of the PGD that user mode runs on with KPTI")
MMS_OPT(SYSTEM, 0, "system", NULL, NONE, NULL,
	"the views of the system instead of processes")
MMS_OPT(ROWS, 0, "rows", "KIND,...", LIST, "node zone cpu counter distance",
	"rows of these kinds")
MMS_OPT(TYPES, 't', "types", NULL, NONE, NULL,
	"a row for each migrate type")
MMS_OPT(BLOCKS, 0, "blocks", NULL, NONE, NULL,
	"list every free block")
MMS_OPT(PAGEBLOCKS, 0, "pageblocks", NULL, NONE, NULL,
	"list every page block: its migrate type, and what it holds")
MMS_OPT(ORDER, 0, "order", "N", WORD, NULL,
	"about blocks of 1 << N pages")
MMS_OPT(MOVABLE, 0, "movable", NULL, NONE, NULL,
	"as an allocation of movable memory, which CMA's blocks are open to")
MMS_OPT(RAW_ENTRIES, 0, "raw-entries", NULL, NONE, NULL,
	"entries alone, as they are, one row each: the cheapest view")
MMS_OPT(SEARCH, 0, "search", NULL, NONE, NULL,
	"search the page tables of all processes for frames without a reverse map")
MMS_OPT(LOCATE, 0, "locate", "ADDRESS", WORD, NULL,
	"mark an address or name, and say where it is")
MMS_OPT(ASCII, 0, "ascii", NULL, NONE, NULL,
	"draw with ASCII characters alone")
MMS_OPT(PID, 'p', "pid", "PID,...", WORD, NULL,
	"only these processes; may be repeated")
MMS_OPT(COMM, 0, "comm", "NAME", WORD, NULL,
	"only tasks with this name")
MMS_OPT(CGROUP, 'c', "cgroup", "DIR", DIR, NULL,
	"only tasks in this cgroup (v2), not in those below it")
MMS_OPT(CAUSE, 0, "cause", "CAUSE,...", LIST, NULL,
	"only events with these causes (WORD-*: all that begin so); +CAUSE,... adds to the default")
MMS_OPT(MIN_LATENCY, 0, "min-latency", "TIME", WORD, NULL,
	"only events that took as long: 500ns, 20us, 1ms, 2s")
MMS_OPT(SAMPLE, 0, "sample", "N", WORD, NULL,
	"each N-th event on each CPU")
MMS_OPT(BREAKPOINT, 0, "breakpoint", NULL, NONE, NULL,
	"with -p: by a hardware breakpoint in the process's threads: others are slowed less, and itself more")
MMS_OPT(ALLOW_MISSED, 0, "allow-missed", NULL, NONE, NULL,
	"where the kernel is preemptible: by hooks that cost less, and miss some")
MMS_OPT(DURATION, 'd', "duration", "SECONDS", WORD, NULL,
	"end after so long")
MMS_OPT(SUMMARY, 0, "summary", NULL, NONE, NULL,
	"sums and a histogram instead of events, made in the kernel")
MMS_OPT(BY, 0, "by", "COL,...", COLUMNS, NULL,
	"sums of events by these columns, at most eight")
MMS_OPT(STACKS, 0, "stacks", "WHICH", LIST, "user kernel both",
	"with stacks, innermost function first")
MMS_OPT(FOLDED, 0, "folded", NULL, NONE, NULL,
	"a line for each stack with its number of events, for flame graphs")
MMS_OPT(PERFETTO, 0, "perfetto", "FILE", FILE, NULL,
	"write a trace that Perfetto's viewer opens, too")
MMS_OPT(BUFFER, 0, "buffer", "SIZE", WORD, NULL,
	"room for events that are not yet shown, a power of two (default 8M)")
MMS_OPT(RECORD, 0, "record", "FILE", FILE, NULL,
	"put all events into FILE and show none of them; --from shows them")
MMS_OPT(VERBOSE, 'v', "verbose", NULL, NONE, NULL,
	"say which hooks are used")
MMS_OPT(SOURCE, 0, "source", "SOURCE", LIST, "module procfs",
	"where to read: module, procfs or a saved stream's FILE")
MMS_OPT(FROM, 0, "from", "FILE", FILE, NULL,
	"show a saved stream, - for standard input")
MMS_OPT(SAVE, 0, "save", "FILE", FILE, NULL,
	"save the stream in FILE, too")
MMS_OPT(ROOT, 0, "root", "DIR", DIR, NULL,
	"look for /proc and /sys below DIR")
MMS_OPT(HELP, 'h', "help", NULL, NONE, NULL,
	"show this help")
MMS_OPT(VERSION, 'V', "version", NULL, NONE, NULL,
	"show the version")
