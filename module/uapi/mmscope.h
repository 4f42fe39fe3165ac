/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The wire format between mmscope.ko and its tools, and the one place that
 * names what travels on it: every view, record, field, entry bit, VMA flag.
 *
 * A raw stream is one struct mms_header and then records of exactly
 * header.record_size bytes. Each record starts with a struct mms_rec whose
 * type says what it is: a ROW of the view, TEXT that belongs to the row before
 * it, or the END. A stream without an END record was cut short.
 *
 * Rules: little-endian machine words as the kernel has them, explicit padding,
 * no field ever moves; new fields are appended, and a reader takes the length
 * of a record from the header and not from this file.
 *
 * The tables in here are lists to be expanded ("X macros"), so that the kernel
 * and the tools cannot disagree about them.
 */
#ifndef _UAPI_MMSCOPE_H
#define _UAPI_MMSCOPE_H

#include <linux/types.h>

#define MMS_MAGIC	0x50434d4d	/* "MMCP" in memory */
#define MMS_ABI		1

/* ---- views ------------------------------------------------------------- */

/*
 * X(id, name, title): the number of a view on the wire, its file name, and
 * what it shows in a few words. Numbers are never used again.
 */
#define MMS_VIEWS(X)							\
	X(1, summary, "the counters, bounds and settings of an address space") \
	X(2, maps, "every VMA with what is resident in it")		\
	X(3, pgtable, "page-table entries, merged into runs, with their folios") \
	X(4, entries, "page-table entries alone, one record each")	\
	X(5, walk, "the translation of one address, level by level")	\
	X(6, tables, "the page-table pages themselves")			\
	X(7, folios, "the folios an address space maps")		\
	X(8, regions, "the regions of the kernel's half")		\
	X(9, features, "what this module can do on this kernel, and why not") \
	X(10, zones, "nodes and zones: sizes, watermarks, per-CPU pages, counters") \
	X(11, buddy, "free blocks by zone, order and migrate type") \
	X(12, blocks, "every free block")				\
	X(13, pageblocks, "every page block: its migrate type, and what it holds") \
	X(14, pfns, "every page frame: each folio and free block of all memory") \
	X(15, rmap, "who maps page frames, and where") \
	X(16, files, "what fills the page cache, file by file")		\
	X(17, cache, "one file's part of the page cache, folio by folio") \
	X(18, kernel, "the kernel's own page tables by region, and what is writable and executable")

enum mms_view_id {
#define MMS_X(id, name, title) MMS_VIEW_##name = id,
	MMS_VIEWS(MMS_X)
#undef MMS_X
	MMS_VIEW_LIMIT		/* one more than the last */
};

/* ---- stream ------------------------------------------------------------ */

enum mms_arch {
	MMS_ARCH_X86_64 = 1,
	MMS_ARCH_ARM64 = 2,
};

/* mms_header.bits: which meaning this kernel gives to software bits */
#define MMS_BITS_SOFT_DIRTY	(1ULL << 0)
#define MMS_BITS_UFFD_WP	(1ULL << 1)
#define MMS_BITS_DEVMAP		(1ULL << 2)	/* bit 57, 6.6 up to 6.16 */
#define MMS_BITS_SAVED_DIRTY	(1ULL << 3)	/* bit 58, since 6.6 */
#define MMS_BITS_PKEYS		(1ULL << 4)
#define MMS_BITS_ENCRYPTED	(1ULL << 5)	/* enc_mask is not 0 */
#define MMS_BITS_DEVMAP_58	(1ULL << 6)	/* bit 58, before 6.6 */

struct mms_header {
	__u32 magic;		/* MMS_MAGIC */
	__u16 abi;		/* MMS_ABI */
	__u16 header_size;	/* bytes; records start here */
	__u16 record_size;	/* bytes of each record */
	__u16 view;		/* enum mms_view_id */
	__u8  arch;		/* enum mms_arch */
	__u8  levels;		/* paging levels in use: 4 or 5 */
	__u8  page_shift;	/* log2 of the base page */
	__u8  pad0;
	__s32 pid;		/* target's thread group, reader's namespace; 0: none */
	__u32 flags;		/* the query's, as understood (MMS_Q_*) */
	__u64 bits;		/* MMS_BITS_* */
	__u64 phys_mask;	/* bits of an entry that hold the address */
	__u64 enc_mask;		/* memory-encryption bit(s), or 0 */
	__u64 time_ns;		/* CLOCK_BOOTTIME when the stream began */
};

enum mms_rec_type {
	MMS_REC_ROW = 1,
	MMS_REC_TEXT = 2,
	MMS_REC_END = 3,
};

/* mms_rec.flags of a ROW, the same for all views */
#define MMS_RF_RACED	0x01	/* the object changed while it was read */
#define MMS_RF_FOLIO	0x02	/* the folio's fields are filled */
#define MMS_RF_AGAIN	0x04	/* object was in an earlier row of this stream */
#define MMS_RF_CUT	0x08	/* text was longer than could be taken */
#define MMS_RF_PARTIAL	0x10	/* some counters could not be read: see the view */

/**
 * struct mms_rec - the start of every record
 * @type: enum mms_rec_type
 * @flags: MMS_RF_*
 * @text: ROW: bytes of text in the TEXT records that follow, 0 for none;
 *	TEXT: bytes of text in this record
 */
struct mms_rec {
	__u8  type;
	__u8  flags;
	__u16 text;
};

/* A TEXT record is a struct mms_rec and record_size - 4 bytes, not terminated. */

/**
 * struct mms_end - the END record
 * @rec: type MMS_REC_END
 * @flags: MMS_END_*
 * @rows: ROW records in the stream
 * @chunks: how often the locks were dropped and taken again in between
 * @max_hold_ns: the longest time that the lock was held that others wait for
 *	(mmap_lock; buddy, blocks: zone->lock; rmap: that of the reverse map,
 *	too), 0 if it was not
 */
struct mms_end {
	struct mms_rec rec;
	__u32 flags;
	__u64 rows;
	__u32 chunks;
	__u32 max_hold_ns;
};
#define MMS_END_RACED	0x1	/* at least one row has MMS_RF_RACED */
#define MMS_END_PIECES	0x2	/* a list was walked in pieces, and could change in between */
#define MMS_END_RESTARTED 0x4	/* a walk lost its place, and the list was begun anew */
#define MMS_END_CAPPED	0x8	/* a list was given up: there is more on it */

#define MMS_MIN_RECORD	24	/* an END record fits in every stream */

/* ---- query ------------------------------------------------------------- */

#define MMS_Q_NO_MERGE	 0x001	/* a row for each entry (pgtable), folio (pfns) */
#define MMS_Q_MERGE_ATTR 0x002	/* pgtable: merge by attributes, not by PFN */
#define MMS_Q_TABLES	 0x004	/* pgtable, entries: entries that hold tables, too */
#define MMS_Q_NO_FOLIO	 0x008	/* pgtable: do not look at folios */
#define MMS_Q_KERNEL	 0x010	/* the kernel's half (needs CAP_SYSLOG) */
#define MMS_Q_USER_PGD	 0x020	/* KPTI's user copy of the PGD */
#define MMS_Q_SEARCH	 0x040	/* rmap: search all page tables for frames without a reverse map */
#define MMS_Q_SUM	 0x080	/* maps: one row, the sum of all VMAs, without a name */
#define MMS_Q_ALL	 0x0ff

/**
 * struct mms_query - what to read; written once to a raw file before reading
 * @size: sizeof(struct mms_query) of the writer; first field for ever
 * @flags: MMS_Q_*; a view refuses those it does not know
 * @pid: target in the pid namespace of the opener, 0 for the writer itself
 * @levels: bit 1 << level for each level wanted, 0 for all
 * @start: first address; walk: the address; pfns, rmap: first page frame
 * @end: first address after the range, 0 for the end of the half; pfns, rmap:
 *	page frame, 0 for the end of memory
 * @kinds: bit 1 << enum mms_kind for each kind wanted, 0 for all; pfns: bit
 *	1 << enum mms_folio_kind
 * @pad: 0
 * @entry_mask: an entry is shown if (entry & entry_mask) == entry_value
 * @entry_value: see @entry_mask
 * @kpf_mask: a page is shown if (kpf & kpf_mask) == kpf_value
 * @kpf_value: see @kpf_mask
 * @fd: cache: a file descriptor of the writer; for others 0
 * @pad1: 0
 *
 * A shorter struct (an older tool) is taken as followed by zeros, a longer one
 * (a newer tool) is refused with EINVAL unless its tail is zero. Writing again
 * starts a new stream.
 */
struct mms_query {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 levels;
	__u64 start;
	__u64 end;
	__u32 kinds;
	__u32 pad;
	__u64 entry_mask;
	__u64 entry_value;
	__u64 kpf_mask;
	__u64 kpf_value;
	__s32 fd;
	__u32 pad1;
};
#define MMS_QUERY_MIN	16	/* size, flags, pid, levels */

/* ---- vocabulary -------------------------------------------------------- */

/* Levels count upwards from the leaf, as the hardware manuals do. */
enum mms_level {
	MMS_LEVEL_PTE = 1,
	MMS_LEVEL_PMD = 2,
	MMS_LEVEL_PUD = 3,
	MMS_LEVEL_P4D = 4,
	MMS_LEVEL_PGD = 5,
};

/* X(id, name, text): what a page-table entry holds */
#define MMS_KINDS(X)							\
	X(0, none, "nothing")						\
	X(1, table, "a page table of the next level")			\
	X(2, page, "a page (above the PTE level: a huge leaf)")		\
	X(3, zero, "the shared zero page")				\
	X(4, device, "device memory or another frame without a page")	\
	X(5, protnone, "a page that its VMA allows no access to")	\
	X(6, numa, "a page made inaccessible for a NUMA hinting fault")	\
	X(7, swap, "a slot of a swap area")				\
	X(8, migration, "a page that is being migrated")		\
	X(9, devprivate, "a page in a device's private memory")		\
	X(10, devexclusive, "a page a device has exclusive access to")	\
	X(11, hwpoison, "a page with a memory error")			\
	X(12, uffdwp, "a marker: userfaultfd write protection, no page") \
	X(13, poison, "a marker: access gives SIGBUS")			\
	X(14, guard, "a marker: guard region, access gives SIGSEGV")	\
	X(15, other, "a non-present entry this module does not know")	\
	X(16, uffdrwp, "a page that userfaultfd keeps from being read or written")

enum mms_kind {
#define MMS_X(id, name, text) MMS_KIND_##name = id,
	MMS_KINDS(MMS_X)
#undef MMS_X
	MMS_NR_KINDS
};

/* Bits of kinds: a page is there for the kernel, and not for the processor. */
#define MMS_KINDS_NO_ACCESS						\
	(1U << MMS_KIND_protnone | 1U << MMS_KIND_numa | 1U << MMS_KIND_uffdrwp)

/* X(id, name, text): regions of the address space */
#define MMS_REGIONS(X)							\
	X(0, user, "user space")					\
	X(1, hole, "non-canonical or unused")				\
	X(2, guard, "hypervisor guard hole")				\
	X(3, ldt, "LDT remap for KPTI")					\
	X(4, direct, "direct map of all physical memory")		\
	X(5, vmalloc, "vmalloc and ioremap")				\
	X(6, vmemmap, "struct page array")				\
	X(7, kasan, "KASAN shadow")					\
	X(8, cpu_entry, "cpu_entry_area")				\
	X(9, espfix, "ESP fixup stacks")				\
	X(10, efi, "EFI runtime services")				\
	X(11, text, "kernel text and data")				\
	X(12, modules, "modules")					\
	X(13, fixmap, "fixmap")						\
	X(14, vsyscall, "legacy vsyscall page")

enum mms_region {
#define MMS_X(id, name, text) MMS_REGION_##name = id,
	MMS_REGIONS(MMS_X)
#undef MMS_X
	MMS_NR_REGIONS
};

/* X(bit, vmflag, text): VMA flags by the names of VmFlags in smaps */
#define MMS_VMA_FLAGS(X)						\
	X(0, rd, "readable")						\
	X(1, wr, "writable")						\
	X(2, ex, "executable")						\
	X(3, sh, "shared")						\
	X(4, mr, "may become readable")					\
	X(5, mw, "may become writable")					\
	X(6, me, "may become executable")				\
	X(7, ms, "may become shared")					\
	X(8, gd, "grows down")						\
	X(9, pf, "raw PFN range")					\
	X(10, lo, "locked")						\
	X(11, io, "memory-mapped I/O")					\
	X(12, sr, "sequential read advice")				\
	X(13, rr, "random read advice")					\
	X(14, dc, "not copied on fork")					\
	X(15, de, "does not expand with mremap")			\
	X(16, lf, "locked on fault")					\
	X(17, ac, "accounted")						\
	X(18, nr, "no swap reserved")					\
	X(19, ht, "hugetlb")						\
	X(20, sf, "synchronous page faults")				\
	X(21, ar, "architecture specific")				\
	X(22, wf, "wiped on fork")					\
	X(23, dd, "not in core dumps")					\
	X(24, sd, "soft-dirty")						\
	X(25, mm, "mixed map of pages and PFNs")			\
	X(26, hg, "huge page advice")					\
	X(27, nh, "no huge page advice")				\
	X(28, mg, "mergeable (KSM)")					\
	X(29, um, "userfaultfd missing")				\
	X(30, uw, "userfaultfd write-protect")				\
	X(31, ui, "userfaultfd minor")					\
	X(32, ss, "shadow stack")					\
	X(33, dp, "droppable")						\
	X(34, sl, "sealed")						\
	X(35, gu, "may have guard regions")				\
	X(36, ur, "userfaultfd read-write-protect")

enum mms_vma_flag {
#define MMS_X(bit, name, text) MMS_VMA_##name = bit,
	MMS_VMA_FLAGS(MMS_X)
#undef MMS_X
	MMS_NR_VMA_FLAGS
};
#define MMS_VMA_OTHER	(1ULL << 63)	/* a flag this header has no name for */

/*
 * X(bit, width, letter, NAME, needs, text): the bits of a present x86-64 entry.
 * needs is a MMS_BITS_* without which the bit means nothing on that kernel.
 * PSE/PAT share bit 7: NAME is PAT at the PTE level and PSE above it, and a
 * huge leaf's PAT is bit 12. Bits 51 and up to MAXPHYADDR may be encryption.
 */
#define MMS_X86_BITS(X)							\
	X(0, 1, 'p', PRESENT, 0, "present")				\
	X(1, 1, 'w', RW, 0, "writable")					\
	X(2, 1, 'u', USER, 0, "user mode may access")			\
	X(3, 1, 't', PWT, 0, "write-through")				\
	X(4, 1, 'c', PCD, 0, "cache disabled")				\
	X(5, 1, 'a', ACCESSED, 0, "accessed")				\
	X(6, 1, 'd', DIRTY, 0, "dirty")					\
	X(7, 1, 'h', PSE, 0, "huge leaf (PTE level: PAT)")		\
	X(8, 1, 'g', GLOBAL, 0, "global: kept in the TLB over a CR3 write") \
	X(9, 1, 's', SPECIAL, 0, "special: no struct page to look at")	\
	X(10, 1, 'f', UFFD_WP, MMS_BITS_UFFD_WP, "protected by userfaultfd") \
	X(11, 1, 'o', SOFT_DIRTY, MMS_BITS_SOFT_DIRTY, "written since the last clear_refs") \
	X(57, 1, 'v', DEVMAP, MMS_BITS_DEVMAP, "device memory with struct pages") \
	X(58, 1, 'v', DEVMAP, MMS_BITS_DEVMAP_58, "device memory with struct pages") \
	X(58, 1, 'e', SAVED_DIRTY, MMS_BITS_SAVED_DIRTY,		\
	  "dirty, kept aside so as not to look like a shadow stack") \
	X(59, 4, 'k', PKEY, MMS_BITS_PKEYS, "protection key")		\
	X(63, 1, 'x', NX, 0, "not executable")

/*
 * X(bit, NAME, needs, text): what the kernel keeps in the bits of an x86-64
 * entry that is not present and holds a swap slot, migration, device-private
 * memory and the like (arch/x86/include/asm/pgtable_64.h).
 */
#define MMS_X86_SWAP_BITS(X)						\
	X(1, SWP_SOFT_DIRTY, MMS_BITS_SOFT_DIRTY, "written since the last clear_refs") \
	X(2, SWP_UFFD_WP, MMS_BITS_UFFD_WP, "protected by userfaultfd") \
	X(3, SWP_EXCLUSIVE, 0, "the page belongs to this process alone")

/*
 * X(bit, letter, name, text): page flags, by the numbers of KPF_* in
 * <linux/kernel-page-flags.h> (from 32 on only the kernel's own copy has
 * them), with the letters and names of tools/mm/page-types.
 */
#define MMS_KPF_BITS(X)							\
	X(0, 'L', locked, "locked for I/O or change")			\
	X(1, 'E', error, "I/O failed")					\
	X(2, 'R', referenced, "used since reclaim last looked")		\
	X(3, 'U', uptodate, "holds valid data")				\
	X(4, 'D', dirty, "has data that is not on disk")		\
	X(5, 'l', lru, "on an LRU list")				\
	X(6, 'A', active, "on an active list")				\
	X(7, 'S', slab, "belongs to the slab allocator")		\
	X(8, 'W', writeback, "being written")				\
	X(9, 'I', reclaim, "to be reclaimed soon")			\
	X(10, 'B', buddy, "free")					\
	X(11, 'M', mmap, "mapped into a process")			\
	X(12, 'a', anonymous, "anonymous memory")			\
	X(13, 's', swapcache, "has a swap slot, too")			\
	X(14, 'b', swapbacked, "goes to swap")				\
	X(15, 'H', compound_head, "first page of a large folio")	\
	X(16, 'T', compound_tail, "further page of a large folio")	\
	X(17, 'G', huge, "hugetlb")					\
	X(18, 'u', unevictable, "not to be reclaimed")			\
	X(19, 'X', hwpoison, "has a memory error")			\
	X(20, 'n', nopage, "no page frame")				\
	X(21, 'x', ksm, "merged by KSM")				\
	X(22, 't', thp, "transparent huge page")			\
	X(23, 'o', offline, "logically offline")			\
	X(24, 'z', zero_page, "the shared zero page")			\
	X(25, 'i', idle_page, "not used since marked idle")		\
	X(26, 'g', pgtable, "a page table")				\
	X(32, 'r', reserved, "reserved")				\
	X(33, 'm', mlocked, "mlock()ed")				\
	X(34, 'd', owner_2, "filesystem's own (once mappedtodisk)")	\
	X(35, 'P', private, "has filesystem data")			\
	X(36, 'p', private_2, "has more filesystem data")		\
	X(37, 'O', owner_private, "owner's own")			\
	X(38, 'h', arch, "architecture's own")				\
	X(39, 'c', uncached, "mapped uncached")				\
	X(40, 'f', softdirty, "soft-dirty")				\
	X(41, '2', arch_2, "architecture's second")			\
	X(42, '3', arch_3, "architecture's third")

/* X(id, name): what a VMA's name stands for */
#define MMS_NAMES(X)							\
	X(0, none) X(1, file) X(2, heap) X(3, stack) X(4, vdso)		\
	X(5, special) X(6, anon) X(7, shmem) X(8, hugetlb) X(9, memfd)

enum mms_name {
#define MMS_X(id, name) MMS_NAME_##name = id,
	MMS_NAMES(MMS_X)
#undef MMS_X
	MMS_NR_NAMES
};

/* X(id, name): NUMA memory policies (MPOL_*), plus 255 for "the process's" */
#define MMS_POLICIES(X)							\
	X(0, default) X(1, prefer) X(2, bind) X(3, interleave)		\
	X(4, local) X(5, prefer_many) X(6, weighted_interleave)

/* X(id, name, text): why a walk ended where it did */
#define MMS_STOPS(X)							\
	X(0, page, "the entry maps a page")				\
	X(1, none, "the entry is empty: nothing is mapped here")	\
	X(2, nonpresent, "the entry is not present: its bits are the kernel's") \
	X(3, no_vma, "no VMA covers the address: an access gives SIGSEGV") \
	X(4, canonical, "the address is not canonical: no table can map it") \
	X(5, raced, "the tables changed under the walk")		\
	X(6, table, "the entry holds the address of the next table")	\
	X(7, folded, "this level does not exist with this many levels: it is the entry above")

enum mms_stop {
#define MMS_X(id, name, text) MMS_STOP_##name = id,
	MMS_STOPS(MMS_X)
#undef MMS_X
	MMS_NR_STOPS
};

/* X(id, name): what a folio is */
#define MMS_FOLIO_KINDS(X)						\
	X(0, other) X(1, anon) X(2, file) X(3, shmem) X(4, hugetlb)	\
	X(5, ksm) X(6, zero) X(7, reserved) X(8, slab) X(9, device)	\
	X(10, free) X(11, pcp) X(12, pgtable) X(13, kstack)		\
	X(14, offline) X(15, poison) X(16, kernel)

enum mms_folio_kind {
#define MMS_X(id, name) MMS_FOLIO_##name = id,
	MMS_FOLIO_KINDS(MMS_X)
#undef MMS_X
	MMS_NR_FOLIO_KINDS
};

/* X(id, name): the list that reclaim keeps a folio on; see struct mms_pfns_rec.gen */
#define MMS_LRUS(X)							\
	X(0, none) X(1, inactive) X(2, active) X(3, unevictable)

enum mms_lru {
#define MMS_X(id, name) MMS_LRU_##name = id,
	MMS_LRUS(MMS_X)
#undef MMS_X
	MMS_NR_LRUS
};

/* X(id, name, text): how a mapping was found, or why there is none */
#define MMS_RMAP_STATES(X)						\
	X(0, mapped, "found through the reverse map")			\
	X(1, searched, "found by a search of page tables: the frame has no reverse map") \
	X(2, unmapped, "nothing maps it")				\
	X(3, ksm, "merged by KSM: rows found by a search follow")	\
	X(4, zero, "the shared zero page: it has no reverse map")	\
	X(5, free, "free")						\
	X(6, other, "the kernel's or a driver's: it has no reverse map") \
	X(7, absent, "no memory of this machine that is online")	\
	X(8, raced, "it changed or was locked all the time: mappings may be missing")

enum mms_rmap_state {
#define MMS_X(id, name, text) MMS_RMAP_##name = id,
	MMS_RMAP_STATES(MMS_X)
#undef MMS_X
	MMS_NR_RMAP_STATES
};

/* X(id, zonerow, text): what a row of zones is about */
#define MMS_ZONE_ROWS(X)						\
	X(0, node, "a node")						\
	X(1, zone, "a zone of a node")					\
	X(2, cpu, "the pages that a CPU keeps of a zone")		\
	X(3, counter, "a counter of a zone, with its name as text")	\
	X(4, distance, "how far a node is from another")

enum mms_zone_row {
#define MMS_X(id, name, text) MMS_ZONE_ROW_##name = id,
	MMS_ZONE_ROWS(MMS_X)
#undef MMS_X
	MMS_NR_ZONE_ROWS
};

/* X(id, migratetype, text): migrate types; the kernel's own numbers depend on how it was built */
#define MMS_MIGRATE_TYPES(X)						\
	X(0, unmovable, "for what stays where it is")			\
	X(1, movable, "for what can be migrated")			\
	X(2, reclaimable, "for what can be reclaimed")			\
	X(3, highatomic, "kept for atomic allocations of a high order")	\
	X(4, cma, "set aside for large contiguous allocations")		\
	X(5, isolate, "not to be allocated from: about to go offline or to be allocated")

enum mms_migrate_type {
#define MMS_X(id, name, text) MMS_MIGRATE_##name = id,
	MMS_MIGRATE_TYPES(MMS_X)
#undef MMS_X
	MMS_NR_MIGRATE_TYPES
};

/* X(id, daemon, text): what a kernel thread of a node does */
#define MMS_DAEMONS(X)							\
	X(0, none, "there is no such thread")				\
	X(1, asleep, "it waits to be woken")				\
	X(2, awake, "it is at work, or about to be")

enum mms_daemon {
#define MMS_X(id, name, text) MMS_DAEMON_##name = id,
	MMS_DAEMONS(MMS_X)
#undef MMS_X
	MMS_NR_DAEMONS
};

/* X(bit, zoneflag, text): states of a zone or a node */
#define MMS_ZONE_FLAGS(X)						\
	X(0, boosted, "zone: its watermarks were boosted lately")	\
	X(1, reclaim, "zone: kswapd may be scanning it")		\
	X(2, below_high, "zone: it is below its high watermark")	\
	X(3, contiguous, "zone: it has no holes")			\
	X(4, skip_flush, "zone: compaction will forget what it skipped") \
	X(5, writeback, "node: reclaim met many pages under writeback")	\
	X(6, locked, "node: one process reclaims from it")

enum mms_zone_flag {
#define MMS_X(bit, name, text) MMS_ZONE_##name = bit,
	MMS_ZONE_FLAGS(MMS_X)
#undef MMS_X
	MMS_NR_ZONE_FLAGS
};

/* X(id, name, text): what a file in the page cache is */
#define MMS_FILE_KINDS(X)						\
	X(0, other, "something of a file system's own, such as its metadata") \
	X(1, file, "a regular file")					\
	X(2, dir, "a directory")					\
	X(3, symlink, "a symbolic link")				\
	X(4, block, "a block device")					\
	X(5, shmem, "a file of tmpfs, or shared anonymous memory")	\
	X(6, memfd, "made by memfd_create()")				\
	X(7, hugetlb, "a file of hugetlbfs, or shared memory out of its pools")

enum mms_file_kind {
#define MMS_X(id, name, text) MMS_FILE_##name = id,
	MMS_FILE_KINDS(MMS_X)
#undef MMS_X
	MMS_NR_FILE_KINDS
};

/* X(id, name, text): what the page cache of a file has at an index */
#define MMS_CACHE_KINDS(X)						\
	X(0, folio, "a folio")						\
	X(1, swap, "a slot of a swap area (shmem)")			\
	X(2, shadow, "nothing any more: what reclaim remembers of an evicted folio") \
	X(3, dax, "storage that is mapped directly, without a folio in the cache")

enum mms_cache_kind {
#define MMS_X(id, name, text) MMS_CACHE_##name = id,
	MMS_CACHE_KINDS(MMS_X)
#undef MMS_X
	MMS_NR_CACHE_KINDS
};

/* X(id, name, text): what a row of the view kernel is about */
#define MMS_KERNEL_KINDS(X)						\
	X(0, region, "a region, or what lies between two of them")	\
	X(1, wx, "neighbouring entries that are writable and executable")

enum mms_kernel_kind {
#define MMS_X(id, name, text) MMS_KERNEL_##name = id,
	MMS_KERNEL_KINDS(MMS_X)
#undef MMS_X
	MMS_NR_KERNEL_KINDS
};

/* X(id, unit): how to print a field; the word stands in "abi" and in the docs */
#define MMS_UNITS(X)							\
	X(addr) X(hex) X(count) X(signed) X(bytes) X(pss) X(pfn)	\
	X(level) X(kind) X(region) X(entry) X(kpf) X(vmaflags)		\
	X(node) X(nodes) X(zone) X(order) X(inode) X(cgroup)		\
	X(name) X(policy) X(stop) X(foliokind) X(bool)			\
	X(lru) X(gen) X(rmapstate)					\
	X(pages) X(zonerow) X(migratetype) X(daemon) X(zoneflags)	\
	X(filekind) X(cachekind) X(kernelkind) X(comm)

enum mms_unit {
#define MMS_X(name) MMS_UNIT_##name,
	MMS_UNITS(MMS_X)
#undef MMS_X
	MMS_NR_UNITS
};

#define MMS_NO_NODE	(-1)	/* node fields: not known */
#define MMS_NO_ZONE	255
#define MMS_NO_SWAP	255
#define MMS_NO_POLICY	255
#define MMS_NO_GEN	255
#define MMS_NO_TYPE	255
#define MMS_NO_PAGES	(~0ULL)	/* pages fields: this kernel does not keep it */
#define MMS_NO_COUNT	(~0U)	/* 32-bit count fields: the same */

#define MMS_COMM_LEN	16	/* comm fields: up to the first 0, or all of them */

/* ---- records ----------------------------------------------------------- */
/* MMS_*_FIELDS(F): F(field, unit, text) in the order of the text columns.   */

struct mms_summary_rec {
	struct mms_rec rec;	/* text: comm of the thread-group leader */
	__s32 pid;
	__u64 start_code, end_code, start_data, end_data;
	__u64 start_brk, brk, start_stack;
	__u64 arg_start, arg_end, env_start, env_end;
	__u64 mmap_base, task_size;
	__u64 rss_anon, rss_file, rss_shmem, swap;
	__u64 hiwater_rss, hiwater_vm;
	__u64 total_vm, locked_vm, pinned_vm, data_vm, exec_vm, stack_vm;
	__u64 pgtables;
	__u64 pgd_phys, user_pgd_phys;
	__u64 ctx_id, tlb_gen;
	__u64 cpus;
	__u64 def_flags;
	__u32 map_count, mm_users, mm_count;
	__u32 nr_cpus;
	__u8  levels;
	__u8  pti;
	__u8  thp_disabled;
	__u8  ksm_merge;
	__u8  policy;
	__u8  pad1;
	__u8  pkeys;
	__u8  pad0;
	__u64 policy_nodes;
	__u64 numa_next_scan_ms;
	__u64 numa_scan_offset;
	__u32 numa_scan_seq;
	__u32 pkey_allocation_map;
	__u64 lam_untag_mask;
	__u64 vdso;
	__u32 threads;
	__u32 pad2;
};

#define MMS_SUMMARY_FIELDS(F)						\
	F(pid, signed, "thread-group id in the reader's pid namespace")	\
	F(start_code, addr, "first byte of the program's text")		\
	F(end_code, addr, "end of the program's text")			\
	F(start_data, addr, "first byte of the program's initialised data") \
	F(end_data, addr, "end of the program's initialised data")	\
	F(start_brk, addr, "where the heap of brk() begins")		\
	F(brk, addr, "where the heap of brk() ends now")		\
	F(start_stack, addr, "stack pointer at exec")			\
	F(arg_start, addr, "first byte of the arguments")		\
	F(arg_end, addr, "end of the arguments")			\
	F(env_start, addr, "first byte of the environment")		\
	F(env_end, addr, "end of the environment")			\
	F(mmap_base, addr, "where mmap() starts to look, downwards")	\
	F(task_size, addr, "end of user space for this process")	\
	F(rss_anon, bytes, "resident anonymous memory")			\
	F(rss_file, bytes, "resident file memory")			\
	F(rss_shmem, bytes, "resident shared memory (shmem, tmpfs)")	\
	F(swap, bytes, "swapped out, by entries in the page tables")	\
	F(hiwater_rss, bytes, "highest RSS so far")			\
	F(hiwater_vm, bytes, "largest address space so far")		\
	F(total_vm, bytes, "all mappings")				\
	F(locked_vm, bytes, "mlock()ed mappings")			\
	F(pinned_vm, bytes, "pinned for long-term DMA")			\
	F(data_vm, bytes, "private writable mappings that are not stack") \
	F(exec_vm, bytes, "executable mappings that are not writable")	\
	F(stack_vm, bytes, "stack mappings")				\
	F(pgtables, bytes, "page tables of all levels but the PGD")	\
	F(levels, count, "levels of paging in use")			\
	F(pgd_phys, hex, "physical address of the PGD (CR3)")		\
	F(pti, bool, "KPTI: user mode runs on a PGD of its own")	\
	F(user_pgd_phys, hex, "physical address of KPTI's user PGD, 0 without KPTI") \
	F(ctx_id, count, "address space number of this mm, never used twice") \
	F(tlb_gen, count, "generation of this mm's TLB flushes")	\
	F(cpus, hex, "CPUs 0-63 that may hold its translations")	\
	F(nr_cpus, count, "how many CPUs may hold its translations")	\
	F(map_count, count, "VMAs")					\
	F(mm_users, count, "users of the address space (threads and readers)") \
	F(mm_count, count, "references to the mm structure")		\
	F(thp_disabled, bool, "huge pages disabled by prctl()")		\
	F(ksm_merge, bool, "KSM of all its memory by prctl()")		\
	F(policy, policy, "NUMA policy of the thread-group leader")	\
	F(policy_nodes, nodes, "nodes 0-63 of that policy")		\
	F(numa_scan_seq, count, "passes of NUMA balancing's scanner")	\
	F(numa_scan_offset, addr, "where the scanner goes on")		\
	F(numa_next_scan_ms, count, "when it goes on, in milliseconds since boot") \
	F(def_flags, vmaflags, "flags new VMAs get")			\
	F(pkeys, bool, "protection keys are in use on this CPU")	\
	F(pkey_allocation_map, hex, "protection keys allocated, a bit each") \
	F(lam_untag_mask, hex, "linear address masking: bits kept, ~0 for off") \
	F(vdso, addr, "where the vDSO is mapped")			\
	F(threads, count, "threads of the process")

struct mms_maps_rec {
	struct mms_rec rec;	/* text: name or path */
	__u8  name;		/* enum mms_name */
	__u8  policy;		/* MPOL_* or MMS_NO_POLICY */
	__u8  pkey;
	__u8  pad0;
	__u64 start, end;
	__u64 flags;
	__u64 offset;
	__u64 inode;
	__u32 dev_major, dev_minor;
	__u64 policy_nodes;
	__u64 page_size;
	__u64 rss, pss, pss_dirty, pss_anon, pss_file, pss_shmem;
	__u64 shared_clean, shared_dirty, private_clean, private_dirty;
	__u64 referenced, anonymous, lazyfree, ksm;
	__u64 swap, shmem_swap, locked_pss;
	__u64 huge_2m, huge_1g, huge_pte;
	__u64 anon_huge, shmem_huge, file_huge;
	__u64 hugetlb_shared, hugetlb_private;
	__u64 zero, device, guard, uffd_wp, soft_dirty, other;
	__u64 anon_vma;
};

#define MMS_MAPS_FIELDS(F)						\
	F(start, addr, "first address")					\
	F(end, addr, "first address after it")				\
	F(flags, vmaflags, "VMA flags, by VmFlags' names")		\
	F(offset, hex, "offset in the file, in bytes")			\
	F(dev_major, count, "device of the file, major number")		\
	F(dev_minor, count, "device of the file, minor number")		\
	F(inode, inode, "inode number of the file")			\
	F(pkey, count, "protection key")				\
	F(name, name, "what the name stands for")			\
	F(page_size, bytes, "size of the pages the VMA is made of")	\
	F(policy, policy, "NUMA policy of the VMA")			\
	F(policy_nodes, nodes, "nodes 0-63 of that policy")		\
	F(rss, bytes, "resident")					\
	F(pss, pss, "resident, each page divided by its mappings")	\
	F(pss_dirty, pss, "the dirty part of pss")			\
	F(pss_anon, pss, "the anonymous part of pss")			\
	F(pss_file, pss, "the file part of pss")			\
	F(pss_shmem, pss, "the shmem part of pss")			\
	F(shared_clean, bytes, "mapped more than once, clean")		\
	F(shared_dirty, bytes, "mapped more than once, dirty")		\
	F(private_clean, bytes, "mapped once, clean")			\
	F(private_dirty, bytes, "mapped once, dirty")			\
	F(referenced, bytes, "accessed since last looked at by reclaim")\
	F(anonymous, bytes, "anonymous pages")				\
	F(lazyfree, bytes, "MADV_FREE: dropped when memory is short")	\
	F(ksm, bytes, "merged by KSM")					\
	F(swap, bytes, "swapped out, by entries in the page table")	\
	F(shmem_swap, bytes, "swapped out of the shmem file behind")	\
	F(locked_pss, pss, "the pss of a locked VMA")			\
	F(huge_2m, bytes, "mapped by PMD leaves")			\
	F(huge_1g, bytes, "mapped by PUD leaves")			\
	F(huge_pte, bytes, "large folios mapped by PTEs")		\
	F(anon_huge, bytes, "anonymous, by PMD leaves")			\
	F(shmem_huge, bytes, "shmem, by PMD leaves")			\
	F(file_huge, bytes, "file, by PMD leaves")			\
	F(hugetlb_shared, bytes, "hugetlb, mapped more than once")	\
	F(hugetlb_private, bytes, "hugetlb, mapped once")		\
	F(zero, bytes, "the shared zero page")				\
	F(device, bytes, "frames without a struct page to look at")	\
	F(guard, bytes, "guard regions")				\
	F(uffd_wp, bytes, "protected by userfaultfd")		\
	F(soft_dirty, bytes, "written since the last clear_refs")	\
	F(other, bytes, "migration, poison and other entries")		\
	F(anon_vma, bool, "has an anon_vma: was written to privately")

/*
 * struct mms_folio_part - what pgtable and walk tell of a page and its folio
 * @kpf: KPF_* of the page, as /proc/kpageflags has them
 * @cgroup: inode number of the memory cgroup, 0 for none
 * @refcount: of the folio
 * @mapcount: of the page, as /proc/kpagecount has it
 * @folio_page: which page of the folio it is
 * @order: of the folio
 * @zone: zone number, or MMS_NO_ZONE
 * @node: NUMA node, or MMS_NO_NODE
 *
 * Valid if the row has MMS_RF_FOLIO; zone and node also if they are not NO.
 */
#define MMS_PLACE_PART							\
	__u32 folio_page;						\
	__u8  order;							\
	__u8  zone;							\
	__s16 node
#define MMS_FOLIO_PART							\
	__u64 kpf;							\
	__u64 cgroup;							\
	__s32 refcount;							\
	__s32 mapcount;							\
	union {								\
		struct {						\
			MMS_PLACE_PART;					\
		};							\
		struct {						\
			MMS_PLACE_PART;					\
		} place;						\
	}
struct mms_folio_part {
	MMS_FOLIO_PART;
};
#define MMS_FOLIO_MEMBERS						\
	union {								\
		struct {						\
			MMS_FOLIO_PART;					\
		};							\
		struct mms_folio_part folio;				\
	}

struct mms_pgtable_rec {
	struct mms_rec rec;
	__u8  level;		/* enum mms_level */
	__u8  kind;		/* enum mms_kind */
	__u8  region;		/* enum mms_region */
	__u8  swap_type;	/* swap area or MMS_NO_SWAP */
	__u32 count;
	__s32 step;
	__u64 start;
	__u64 entry;
	__u64 pfn;
	MMS_FOLIO_MEMBERS;
	__u64 vma_start;
	__u64 vma_flags;
};

#define MMS_PGTABLE_FIELDS(F)						\
	F(start, addr, "first address of the run")			\
	F(level, level, "level of the table the entry stands in")	\
	F(count, count, "entries in the run")				\
	F(kind, kind, "what the entry holds")				\
	F(entry, entry, "the first entry, as it is")			\
	F(step, signed, "difference of pfn from entry to entry, in base pages") \
	F(pfn, pfn, "page frame, or offset in the swap area; next table") \
	F(swap_type, count, "number of the swap area, 255 for none")	\
	F(order, order, "order of the folio")				\
	F(folio_page, count, "which page of its folio the first one is") \
	F(kpf, kpf, "KPF flags of the first page")			\
	F(refcount, signed, "reference count of the folio")		\
	F(mapcount, signed, "how often the page is mapped")		\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(cgroup, cgroup, "inode number of the memory cgroup, 0 for none") \
	F(region, region, "region of the address space")		\
	F(vma_start, addr, "start of the VMA, 0 for none")		\
	F(vma_flags, vmaflags, "flags of the VMA")

struct mms_entries_rec {
	struct mms_rec rec;
	__u8  level;
	__u8  kind;
	__u8  pad0[2];
	__u64 start;
	__u64 entry;
};

#define MMS_ENTRIES_FIELDS(F)						\
	F(start, addr, "address the entry translates")			\
	F(level, level, "level of the table the entry stands in")	\
	F(kind, kind, "none: not looked at; table: holds a table")	\
	F(entry, entry, "the entry, as it is")

struct mms_walk_rec {
	struct mms_rec rec;
	__u8  level;
	__u8  kind;
	__u8  stop;		/* enum mms_stop */
	__u8  swap_type;
	__u32 index;
	__u32 shift;
	__u64 address;
	__u64 table_phys;
	__u64 entry_phys;
	__u64 entry;
	__u64 phys;
	__u64 pfn;
	MMS_FOLIO_MEMBERS;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
};

#define MMS_WALK_FIELDS(F)						\
	F(level, level, "level of the table")				\
	F(address, addr, "the address that is translated")		\
	F(shift, count, "lowest bit of the index in the address")	\
	F(index, count, "entry of the table: 9 bits of the address")	\
	F(table_phys, hex, "physical address of the table")		\
	F(entry_phys, hex, "physical address of the entry")		\
	F(entry, entry, "the entry, as it is")				\
	F(kind, kind, "what the entry holds")				\
	F(stop, stop, "whether and why the walk ends here")		\
	F(phys, hex, "physical address of the next table, or the result") \
	F(pfn, pfn, "page frame, or offset in the swap area")		\
	F(swap_type, count, "number of the swap area, 255 for none")	\
	F(order, order, "order of the folio")				\
	F(folio_page, count, "which page of its folio it is")		\
	F(kpf, kpf, "KPF flags of the page")				\
	F(refcount, signed, "reference count of the folio")		\
	F(mapcount, signed, "how often the page is mapped")		\
	F(node, node, "NUMA node of the page or table")			\
	F(zone, zone, "zone of the page or table")			\
	F(cgroup, cgroup, "inode number of the memory cgroup, 0 for none") \
	F(vma_start, addr, "start of the VMA, 0 for none")		\
	F(vma_end, addr, "end of the VMA")				\
	F(vma_flags, vmaflags, "flags of the VMA")

struct mms_tables_rec {
	struct mms_rec rec;
	__u8  level;
	__u8  zone;
	__s16 node;
	__u64 start;
	__u64 end;
	__u64 pfn;
	__u16 used;
	__u16 present;
	__u16 tables;
	__u16 leaves;
	__u16 swap;
	__u8  huge;		/* a huge page would remove it */
	__u8  user_pgd;		/* KPTI's copy */
	__u32 pad0;
};

#define MMS_TABLES_FIELDS(F)						\
	F(start, addr, "first address the table covers")		\
	F(end, addr, "first address after what it covers, 0 for the end of memory") \
	F(level, level, "level of the table")				\
	F(pfn, pfn, "page frame of the table")				\
	F(node, node, "NUMA node of the table")				\
	F(zone, zone, "zone of the table")				\
	F(used, count, "entries that are not empty, of 512")		\
	F(present, count, "entries that are present")			\
	F(tables, count, "entries that hold a table")			\
	F(leaves, count, "entries that map a page")			\
	F(swap, count, "entries that are not present and not empty")	\
	F(huge, bool, "full, in one anonymous VMA: a huge page would remove it") \
	F(user_pgd, bool, "the user copy that KPTI keeps of the PGD")

struct mms_folios_rec {
	struct mms_rec rec;
	__u8  kind;		/* enum mms_folio_kind */
	__u8  order;
	__u8  zone;
	__u8  level;		/* level it is mapped at */
	__u64 pfn;
	__u64 start;
	__u32 mapped;
	__s16 node;
	__u16 pad0;
	__s32 refcount;
	__s32 mapcount;
	__u64 kpf;
	__u64 cgroup;
	__u64 index;
};

#define MMS_FOLIOS_FIELDS(F)						\
	F(pfn, pfn, "first page frame of the folio")			\
	F(order, order, "order of the folio")				\
	F(kind, foliokind, "what the folio is")				\
	F(mapped, count, "pages of it mapped in this run, of 1 << order") \
	F(start, addr, "first address it is mapped at in this run")	\
	F(level, level, "level it is mapped at")			\
	F(kpf, kpf, "KPF flags of the folio's head")			\
	F(refcount, signed, "reference count")				\
	F(mapcount, signed, "how often the first page of the run is mapped") \
	F(index, count, "page offset in the file or anonymous VMA")	\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(cgroup, cgroup, "inode number of the memory cgroup, 0 for none")

struct mms_regions_rec {
	struct mms_rec rec;
	__u8  region;
	__u8  random;		/* KASLR moves it */
	__u8  pad0[2];
	__u64 start;
	__u64 end;
};

#define MMS_REGIONS_FIELDS(F)						\
	F(start, addr, "first address")					\
	F(end, addr, "first address after it, 0 for the end of memory")	\
	F(region, region, "which region it is")				\
	F(random, bool, "KASLR chose where it is")

struct mms_features_rec {
	struct mms_rec rec;	/* text: NAME: what it gives, or why it is missing */
	__u8  have;
	__u8  pad0[3];
	__u64 pad1[2];
};

#define MMS_FEATURES_FIELDS(F)						\
	F(have, bool, "whether this kernel and build have it")

struct mms_zones_rec {
	struct mms_rec rec;	/* text: counter: its name */
	__u8  row;		/* enum mms_zone_row */
	__u8  zone;
	__s16 node;
	__s32 cpu;
	__s16 to_node;
	__u16 distance;
	__u64 start_pfn, spanned, present, managed, cma;
	__u64 free, min, low, high, promo, boost;
	__u64 highatomic, free_highatomic;
	__u64 reserve0, reserve1, reserve2, reserve3, reserve4, reserve5;
	__u64 pcp;
	__u32 pcp_high, pcp_high_min, pcp_high_max, pcp_batch;
	__s32 stat_threshold;
	__u32 flags;		/* 1 << enum mms_zone_flag */
	__u64 isolated_blocks;
	__u64 compact_free_pfn, compact_migrate_pfn, compact_migrate_sync_pfn;
	__u32 compact_considered, compact_defer_shift;
	__s32 compact_order_failed;
	__u8  kswapd;		/* enum mms_daemon */
	__u8  kswapd_zone;
	__u8  kcompactd;	/* enum mms_daemon */
	__u8  pad0;
	__u32 kswapd_order, kswapd_failures;
	__u32 kcompactd_order, pad1;
	__u64 totalreserve, min_unmapped, min_slab;
	__u64 value, folded;
};

#define MMS_ZONES_FIELDS(F)						\
	F(row, zonerow, "what the row is about")			\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(cpu, signed, "CPU whose pages it is about")			\
	F(to_node, node, "the other node")				\
	F(distance, count, "distance to the other node, 10 for itself")	\
	F(start_pfn, pfn, "first page frame")				\
	F(spanned, pages, "from the first frame to the last, with holes") \
	F(present, pages, "memory there is")				\
	F(managed, pages, "memory the page allocator has")		\
	F(cma, pages, "memory set aside for contiguous allocations")	\
	F(free, pages, "free memory")					\
	F(min, pages, "watermark: below it only urgent allocations succeed") \
	F(low, pages, "watermark: below it kswapd is woken")		\
	F(high, pages, "watermark: above it kswapd goes to sleep")	\
	F(promo, pages, "watermark: above it pages are promoted to the node") \
	F(boost, pages, "how much the watermarks are raised for a while") \
	F(highatomic, pages, "blocks kept for atomic allocations of a high order") \
	F(free_highatomic, pages, "the free part of them")		\
	F(reserve0, pages, "kept from allocations that may come from zone 0") \
	F(reserve1, pages, "kept from allocations that may come from zone 1") \
	F(reserve2, pages, "kept from allocations that may come from zone 2") \
	F(reserve3, pages, "kept from allocations that may come from zone 3") \
	F(reserve4, pages, "kept from allocations that may come from zone 4") \
	F(reserve5, pages, "kept from allocations that may come from zone 5") \
	F(pcp, pages, "free pages on the lists of CPUs, not part of free") \
	F(pcp_high, count, "pages a CPU's lists may have before some go back") \
	F(pcp_high_min, count, "how low pcp_high may be tuned")		\
	F(pcp_high_max, count, "how high pcp_high may be tuned")	\
	F(pcp_batch, count, "pages moved between a CPU's lists and the zone at once") \
	F(stat_threshold, signed, "how far a CPU's counters may differ before they are folded") \
	F(flags, zoneflags, "states of the zone or node")		\
	F(isolated_blocks, count, "page blocks that are isolated")	\
	F(compact_free_pfn, pfn, "where compaction looks for free pages next, downwards") \
	F(compact_migrate_pfn, pfn, "where asynchronous compaction looks for pages to move next") \
	F(compact_migrate_sync_pfn, pfn, "where synchronous compaction looks for them next") \
	F(compact_considered, count, "compactions skipped since the last that failed") \
	F(compact_defer_shift, count, "1 << this many compactions are skipped after a failure") \
	F(compact_order_failed, signed, "the lowest order that compaction has failed for") \
	F(kswapd, daemon, "what kswapd does")				\
	F(kswapd_order, count, "the order kswapd was woken for")	\
	F(kswapd_zone, zone, "the highest zone kswapd was woken for")	\
	F(kswapd_failures, count, "runs of kswapd that reclaimed nothing") \
	F(kcompactd, daemon, "what kcompactd does")			\
	F(kcompactd_order, count, "the order kcompactd was woken for")	\
	F(totalreserve, pages, "what user space cannot get")		\
	F(min_unmapped, pages, "unmapped file pages from which on the node reclaims its own") \
	F(min_slab, pages, "slab pages from which on the node reclaims its own") \
	F(value, count, "the counter, with what CPUs have not folded into it yet") \
	F(folded, count, "the counter as it stands in the zone and in /proc/zoneinfo")

struct mms_buddy_rec {
	struct mms_rec rec;
	__u8  order;
	__u8  type;		/* enum mms_migrate_type, or MMS_NO_TYPE */
	__u8  zone;
	__u8  pad0;
	__s16 node;
	__u16 holds;
	__u32 pad1;
	__u64 blocks;
	__u64 pages;
	__u64 pcp_blocks;
};

#define MMS_BUDDY_FIELDS(F)						\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(order, count, "order of the blocks: 1 << order pages each")	\
	F(type, migratetype, "migrate type of the list")		\
	F(blocks, count, "free blocks on the list")			\
	F(pages, pages, "memory of them")				\
	F(pcp_blocks, count, "blocks of this order and type on the lists of CPUs") \
	F(holds, count, "how often the zone's lock was taken to count them")

struct mms_blocks_rec {
	struct mms_rec rec;
	__u8  order;
	__u8  type;		/* enum mms_migrate_type */
	__u8  zone;
	__u8  pad0;
	__u64 pfn;
	__s16 node;
	__u16 pad1[3];
};

#define MMS_BLOCKS_FIELDS(F)						\
	F(pfn, pfn, "first page frame of the block")			\
	F(order, count, "order of the block: 1 << order pages")		\
	F(type, migratetype, "migrate type of the list it is on")	\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")

struct mms_pageblocks_rec {
	struct mms_rec rec;
	__u8  type;		/* enum mms_migrate_type, or MMS_NO_TYPE */
	__u8  isolated;
	__u8  skip;
	__u8  zone;
	__u64 pfn;
	__s16 node;
	__u16 pad0;
	__u32 pages;
	__u32 free, pcp, anon, file, shmem, hugetlb;
	__u32 slab, pgtable, kernel, reserved, offline, other;
};

#define MMS_PAGEBLOCKS_FIELDS(F)					\
	F(pfn, pfn, "first page frame of the block")			\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(type, migratetype, "migrate type: what allocations from it are for") \
	F(isolated, bool, "nothing is allocated from it now")		\
	F(skip, bool, "compaction steps over it")			\
	F(pages, count, "page frames of it that are online")		\
	F(free, count, "pages in free blocks")				\
	F(pcp, count, "pages on the lists of CPUs")			\
	F(anon, count, "anonymous pages, with KSM's and the zero page")	\
	F(file, count, "pages of files")				\
	F(shmem, count, "pages of shmem and tmpfs")			\
	F(hugetlb, count, "pages of hugetlb pools")			\
	F(slab, count, "pages of the slab allocator")			\
	F(pgtable, count, "page tables")				\
	F(kernel, count, "other pages of the kernel, and its stacks")	\
	F(reserved, count, "reserved at boot")				\
	F(offline, count, "logically offline, or with a memory error")	\
	F(other, count, "other pages")

/**
 * struct mms_pfns_rec - a folio or free block, or several that follow each other
 * @rec: head of all records
 * @kind: enum mms_folio_kind
 * @lru: enum mms_lru
 * @count: how many: alike, and each 1 << order frames
 * @dev_major: device of the file
 * @dev_minor: see @dev_major
 * @gen: generation of the multi-generational LRU, 0 for the youngest, or MMS_NO_GEN
 * @pad0: 0
 * @pfn: frame of the first
 * @MMS_FOLIO_MEMBERS: of the first; see struct mms_folio_part
 * @inode: the file it caches, 0 for none or not known
 * @index: of the first folio, in pages: in the file, or in the anonymous VMA
 * @anon_vma: which group of processes, related by fork(), it belongs to: a number that
 *	stands for the kernel's anon_vma and does not tell its address, 0 for none
 */
struct mms_pfns_rec {
	struct mms_rec rec;
	__u8  kind;
	__u8  lru;
	__u8  gen;
	__u8  pad0;
	__u64 pfn;
	MMS_FOLIO_MEMBERS;
	__u32 count;
	__u32 dev_major, dev_minor;
	__u32 anon_vma;
	__u64 inode;
	__u64 index;
};

#define MMS_PFNS_FIELDS(F)						\
	F(pfn, pfn, "first page frame")					\
	F(count, count, "folios or free blocks in the run")		\
	F(order, order, "order of each")				\
	F(kind, foliokind, "what it is")				\
	F(lru, lru, "which list of reclaim it is on")			\
	F(gen, gen, "its generation there, 0 for the youngest")		\
	F(kpf, kpf, "KPF flags of the first page")			\
	F(refcount, signed, "reference count")				\
	F(mapcount, signed, "how often the first page is mapped")	\
	F(node, node, "NUMA node")					\
	F(zone, zone, "zone")						\
	F(cgroup, cgroup, "inode number of the memory cgroup, 0 for none") \
	F(dev_major, count, "device of the file it caches, major number") \
	F(dev_minor, count, "device of the file it caches, minor number") \
	F(inode, inode, "inode number of the file it caches, 0 for none") \
	F(index, count, "page offset in the file or anonymous VMA")	\
	F(anon_vma, hex, "a number for the anon_vma it belongs to, 0 for none")

struct mms_rmap_rec {
	struct mms_rec rec;	/* text: path of the file the VMA maps, if it maps one */
	__u8  state;		/* enum mms_rmap_state */
	__u8  folio;		/* enum mms_folio_kind */
	__u8  level;		/* enum mms_level, 0: not mapped */
	__u8  kind;		/* enum mms_kind of the entry */
	__u64 pfn;
	__u64 count;
	__s32 pid;
	__s32 mapcount;
	__u64 start;
	__u64 entry;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u32 dev_major, dev_minor;
	__u64 inode;
	__u64 index;
	char comm[MMS_COMM_LEN];
};

#define MMS_RMAP_FIELDS(F)						\
	F(pfn, pfn, "page frame, the first of the row")			\
	F(count, count, "frames of the row")				\
	F(state, rmapstate, "how the mapping was found, or why there is none") \
	F(folio, foliokind, "what the folio is")			\
	F(mapcount, signed, "how often the page is mapped, as the kernel counts it") \
	F(pid, signed, "who maps it: thread-group id in the reader's pid namespace, 0 for one outside") \
	F(comm, comm, "name of the process")				\
	F(start, addr, "address it is mapped at")			\
	F(level, level, "level of the table the entry stands in")	\
	F(kind, kind, "what the entry holds")				\
	F(entry, entry, "the entry, as it is")				\
	F(vma_start, addr, "start of the VMA")				\
	F(vma_end, addr, "end of the VMA")				\
	F(vma_flags, vmaflags, "flags of the VMA")			\
	F(dev_major, count, "device of the file, major number")		\
	F(dev_minor, count, "device of the file, minor number")		\
	F(inode, inode, "inode number of the file")			\
	F(index, count, "place in the file, or in the anonymous memory it belongs to, in pages")

struct mms_files_rec {
	struct mms_rec rec;	/* text: path in its file system, if a name is known */
	__u8  kind;		/* enum mms_file_kind */
	__u8  deleted;
	__u8  order;
	__u8  pad0;
	__u64 inode;
	__u32 dev_major, dev_minor;
	__u64 size;
	__u64 cached, dirty, writeback, mapped, active;
	__u64 swapped, evicted;
	__u64 order0, order1, order2, order3, order4;
	__u64 order5, order6, order7, order8, order9, order10up;
	__u64 node0, node1, node2, node3, node4up;
};

#define MMS_FILES_FIELDS(F)						\
	F(dev_major, count, "device of the file system (block: the device itself), major number") \
	F(dev_minor, count, "device of the file system, minor number")	\
	F(inode, inode, "inode number")					\
	F(kind, filekind, "what the file is")				\
	F(order, order, "largest order among its folios")		\
	F(deleted, bool, "its name was removed: it lives as long as it is open or mapped") \
	F(size, bytes, "length of the file")				\
	F(cached, bytes, "in the page cache")				\
	F(dirty, bytes, "to be written to the disk")			\
	F(writeback, bytes, "being written")				\
	F(mapped, bytes, "pages that a process maps")			\
	F(active, bytes, "in folios that are marked active")		\
	F(swapped, bytes, "shmem: in swap instead")			\
	F(evicted, bytes, "reclaimed not long ago, and remembered")	\
	F(order0, bytes, "in folios of one page")			\
	F(order1, bytes, "in folios of 2 pages")			\
	F(order2, bytes, "in folios of 4 pages")			\
	F(order3, bytes, "in folios of 8 pages")			\
	F(order4, bytes, "in folios of 16 pages")			\
	F(order5, bytes, "in folios of 32 pages")			\
	F(order6, bytes, "in folios of 64 pages")			\
	F(order7, bytes, "in folios of 128 pages")			\
	F(order8, bytes, "in folios of 256 pages")			\
	F(order9, bytes, "in folios of 512 pages")			\
	F(order10up, bytes, "in larger folios")				\
	F(node0, bytes, "on NUMA node 0")				\
	F(node1, bytes, "on NUMA node 1")				\
	F(node2, bytes, "on NUMA node 2")				\
	F(node3, bytes, "on NUMA node 3")				\
	F(node4up, bytes, "on all other nodes")

struct mms_cache_rec {
	struct mms_rec rec;
	__u8  kind;		/* enum mms_cache_kind */
	__u8  swap_type;	/* swap area or MMS_NO_SWAP */
	__u8  workingset;
	__u8  dirty;
	__u8  writeback;
	__u8  pad0[3];
	__u32 mapped;
	__u64 index;
	__u64 pages;
	__u64 pfn;
	MMS_FOLIO_MEMBERS;
};

#define MMS_CACHE_FIELDS(F)						\
	F(index, count, "first page of the file, from 0")		\
	F(pages, count, "how many pages of the file")			\
	F(kind, cachekind, "what the cache has there")			\
	F(order, order, "order of the folio")				\
	F(pfn, pfn, "first page frame of the folio, or offset in the swap area") \
	F(swap_type, count, "number of the swap area, 255 for none")	\
	F(kpf, kpf, "KPF flags of the folio's first page")		\
	F(refcount, signed, "reference count of the folio")		\
	F(mapcount, signed, "how often its first page is mapped")	\
	F(mapped, count, "pages of it that a process maps")		\
	F(dirty, bool, "tagged to be written to the disk")		\
	F(writeback, bool, "tagged as being written")			\
	F(workingset, bool, "shadow: was active when it was reclaimed")	\
	F(node, node, "NUMA node; shadow: the node it was on")		\
	F(zone, zone, "zone")						\
	F(cgroup, cgroup, "inode number of the memory cgroup, 0 for none")

struct mms_kernel_rec {
	struct mms_rec rec;
	__u8  kind;		/* enum mms_kernel_kind */
	__u8  region;		/* enum mms_region */
	__u8  pad0[2];
	__u64 start, end;
	__u64 present;
	__u64 pte, pmd, pud;
	__u64 writable, executable, wx, user;
	__u64 nonpresent;
};

#define MMS_KERNEL_FIELDS(F)						\
	F(start, addr, "first address")					\
	F(end, addr, "first address after it, 0 for the end of memory")	\
	F(kind, kernelkind, "what the row is about")			\
	F(region, region, "which region it is; hole: between two of them") \
	F(present, bytes, "mapped")					\
	F(pte, bytes, "mapped by PTEs (4 KiB on x86-64)")		\
	F(pmd, bytes, "mapped by PMD leaves (2 MiB on x86-64)")		\
	F(pud, bytes, "mapped by PUD leaves (1 GiB on x86-64)")		\
	F(writable, bytes, "writable, by the entries of all levels")	\
	F(executable, bytes, "executable, by the entries of all levels") \
	F(wx, bytes, "writable and executable at once")			\
	F(user, bytes, "user mode may access it")			\
	F(nonpresent, bytes, "entries that are not empty and not present")

#endif /* _UAPI_MMSCOPE_H */
