// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write a stream of a view, as the module would, to standard output.
 *
 * Usage: mkstream [-s RECORD_SIZE] [-l LEVELS] [-p PID] [-n ROWS] [-e END_ROWS] [-N]
 *		    [-f END_FLAGS] [-b BITS] [-m ENC_MASK] [-w ENTRY] VIEW
 *
 * -s makes records shorter or longer than this build's, -n many rows alike,
 * -e an END record that tells another number of rows, -N none at all, -f one
 * with these flags. -b and -m set header.bits and enc_mask; -w makes pgtable one row: this entry, in a VMA
 * that is a shadow stack, of the PMD level if it has the PSE bit.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kernel-page-flags.h>
#include "../../module/uapi/mmscope.h"

static struct mms_header header = {
	.magic = MMS_MAGIC, .abi = MMS_ABI, .header_size = sizeof(header),
	.arch = MMS_ARCH_X86_64, .levels = 4, .page_shift = 12, .pid = 4242,
	.bits = MMS_BITS_SOFT_DIRTY | MMS_BITS_UFFD_WP | MMS_BITS_PKEYS | MMS_BITS_SAVED_DIRTY,
	.phys_mask = 0x000ffffffffff000ULL, .time_ns = 1000000007,
};
static struct mms_end end;

static void put(const void *rec, size_t size)
{
	static const char zeros[65536];
	size_t n = size < header.record_size ? size : header.record_size;

	fwrite(rec, 1, n, stdout);
	fwrite(zeros, 1, header.record_size - n, stdout);
}

static void row(void *rec, size_t size, const void *text, size_t len)
{
	size_t payload = header.record_size - sizeof(struct mms_rec), part;
	struct mms_rec *head = rec;
	char buf[65536];

	head->type = MMS_REC_ROW;
	head->text = len;
	put(rec, size);
	for (; len; len -= part, text = (const char *)text + part) {
		part = len < payload ? len : payload;
		head = (struct mms_rec *)buf;
		*head = (struct mms_rec){ .type = MMS_REC_TEXT, .text = part };
		memcpy(head + 1, text, part);
		put(buf, sizeof(*head) + part);
	}
	end.rows++;
}

#define ROW(rec)		row(&(rec), sizeof(rec), NULL, 0)
#define ROW_TEXT(rec, s)	row(&(rec), sizeof(rec), s, sizeof(s) - 1)

static void maps(unsigned int rows)
{
	struct mms_maps_rec text = {
		.name = MMS_NAME_file, .policy = MMS_NO_POLICY, .start = 0x400000, .end = 0x40b000,
		.flags = 1 << MMS_VMA_rd | 1 << MMS_VMA_ex | 1 << MMS_VMA_mr | 1 << MMS_VMA_me,
		.inode = 131, .dev_major = 8, .dev_minor = 1, .page_size = 4096,
		.rss = 7 * 4096, .pss = 5 * 4096, .private_clean = 7 * 4096,
	};
	struct mms_maps_rec heap = {
		.name = MMS_NAME_heap, .policy = MMS_NO_POLICY, .start = 0x1000000, .end = 0x1400000,
		.flags = 1 << MMS_VMA_rd | 1 << MMS_VMA_wr | 1 << MMS_VMA_sd, .page_size = 4096,
		.rss = 0x200000 + 13 * 4096, .pss = 0x200000 + 13 * 4096, .huge_2m = 0x200000,
		.swap = 11 * 4096, .anonymous = 0x200000 + 13 * 4096, .anon_vma = 1,
	};
	struct mms_maps_rec evil = heap;
	struct mms_maps_rec stack = heap;

	ROW_TEXT(text, "/usr/bin/fix ture");
	ROW_TEXT(heap, "[heap]");
	evil.name = MMS_NAME_file;
	evil.start = 0x7f0000000000;
	evil.end = 0x7f0000003000;
	ROW_TEXT(evil, "/tmp/a\nb\t\"q\\\033[31mred\xff\xc3\xa9\xe2\x80\xae.so");
	evil.start += 0x3000;
	evil.end = evil.start + 0x1000;
	evil.name = MMS_NAME_anon;
	ROW_TEXT(evil, "[anon:\"},{\"x\":1]");
	stack.name = MMS_NAME_stack;
	stack.start = 0x7ffd00000000;
	stack.end = 0x7ffd00021000;
	stack.flags |= 1ULL << MMS_VMA_gd;
	ROW_TEXT(stack, "[stack]");
	while (rows--) {
		stack.start += 0x100000;
		stack.end += 0x100000;
		ROW(stack);
	}
}

static uint64_t one_entry;

static void one(void)
{
	struct mms_pgtable_rec rec = {
		.level = one_entry & 0x80 ? MMS_LEVEL_PMD : MMS_LEVEL_PTE,
		.kind = one_entry & 1 ? MMS_KIND_page : MMS_KIND_swap, .swap_type = MMS_NO_SWAP,
		.count = 1, .start = 0x1000000, .entry = one_entry, .zone = MMS_NO_ZONE,
		.node = MMS_NO_NODE, .vma_start = 0x1000000, .vma_flags = 1ULL << MMS_VMA_ss,
	};

	ROW(rec);
}

static void pgtable(unsigned int rows)
{
	struct mms_pgtable_rec page = {
		.rec.flags = MMS_RF_FOLIO, .level = MMS_LEVEL_PTE, .kind = MMS_KIND_page,
		.swap_type = MMS_NO_SWAP, .start = 0x1000000, .entry = 0x8000000012345867ULL,
		.count = 13, .step = 1, .pfn = 0x12345, .refcount = 1, .mapcount = 1,
		.kpf = 1ULL << KPF_UPTODATE | 1ULL << KPF_LRU | 1ULL << KPF_MMAP | 1ULL << KPF_ANON |
		       1ULL << KPF_SWAPBACKED,
		.zone = 2, .cgroup = 97, .vma_start = 0x1000000, .vma_flags = 3,
	};
	struct mms_pgtable_rec huge = page, none = page;
	unsigned int i;

	if (one_entry) {
		one();
		return;
	}
	ROW(page);
	huge.level = MMS_LEVEL_PMD;
	huge.start = 0x1200000;
	huge.count = 1;
	huge.entry = 0x80000000126010e7ULL;	/* PSE, PAT of a huge leaf */
	huge.pfn = 0x12600;
	huge.order = 9;
	huge.kpf |= 1ULL << KPF_THP | 1ULL << KPF_COMPOUND_HEAD;
	ROW(huge);
	none.rec.flags = 0;
	none.order = none.zone = 0;
	none.kpf = none.refcount = none.mapcount = none.cgroup = 0;
	none.zone = MMS_NO_ZONE;
	none.node = MMS_NO_NODE;
	none.count = 1;
	for (i = 0; i < MMS_NR_KINDS; i++) {
		none.start += 0x1000;
		none.kind = i;
		none.entry = i == MMS_KIND_none ? 0 : i == MMS_KIND_protnone ? 0x12345900 :
			     i < MMS_KIND_swap ? 0x12345025 : 0x3fffffffffc0006;
		none.swap_type = i == MMS_KIND_swap ? 1 : MMS_NO_SWAP;
		ROW(none);
	}
	/* A key, and the memory no VMA covers: the kernel's half */
	page.start = 0xffff888000000000ULL;
	page.region = MMS_REGION_direct;
	page.vma_start = page.vma_flags = 0;
	page.entry |= 7ULL << 59;
	page.count = 1;
	ROW(page);
	page.start = 0x10000000000ULL;
	page.region = MMS_REGION_user;
	while (rows--) {
		page.start += 0x1000;
		page.entry += 0x1000;
		page.pfn++;
		ROW(page);
	}
}

static void entries(unsigned int rows)
{
	struct mms_entries_rec rec = {
		.level = MMS_LEVEL_PTE, .start = 0x1000000, .entry = 0x8000000012345867ULL,
	};

	ROW(rec);
	rec.start += 0x1000;
	rec.entry = 0x3fffffffffc0006;
	ROW(rec);
	rec.level = MMS_LEVEL_PMD;
	rec.kind = MMS_KIND_table;
	rec.entry = 0x12346067;
	ROW(rec);
	while (rows--) {
		rec.start += 0x200000;
		ROW(rec);
	}
}

static void walk(unsigned int rows)
{
	struct mms_walk_rec rec = {
		.level = MMS_LEVEL_PGD, .kind = MMS_KIND_table, .stop = MMS_STOP_table,
		.swap_type = MMS_NO_SWAP, .shift = 39, .address = 0x1201234, .table_phys = 0x2000,
		.entry_phys = 0x2000, .entry = 0x3067, .phys = 0x3000, .pfn = 3,
		.zone = MMS_NO_ZONE, .node = MMS_NO_NODE, .vma_start = 0x1000000,
		.vma_end = 0x1400000, .vma_flags = 3,
	};

	ROW(rec);
	rec.level = MMS_LEVEL_P4D;
	rec.stop = MMS_STOP_folded;
	ROW(rec);
	rec.level = MMS_LEVEL_PUD;
	rec.stop = MMS_STOP_table;
	rec.shift = 30;
	rec.table_phys = rec.entry_phys = 0x3000;
	rec.entry = 0x4067;
	rec.phys = 0x4000;
	ROW(rec);
	rec.level = MMS_LEVEL_PMD;
	rec.shift = 21;
	rec.index = 9;
	rec.table_phys = 0x4000;
	rec.entry_phys = 0x4048;
	if (rows) {	/* a swap entry instead of a page */
		rec.entry = 0x3fffffffffc0006;
		rec.kind = MMS_KIND_swap;
		rec.stop = MMS_STOP_nonpresent;
		rec.swap_type = 1;
		rec.pfn = 0x11;
		rec.phys = 0;
	} else {
		rec.rec.flags = MMS_RF_FOLIO;
		rec.entry = 0x80000000126000e7ULL;
		rec.kind = MMS_KIND_page;
		rec.stop = MMS_STOP_page;
		rec.pfn = 0x12600;
		rec.phys = 0x12601234;
		rec.kpf = 1ULL << KPF_ANON | 1ULL << KPF_THP;
		rec.order = 9;
		rec.refcount = 1;
		rec.mapcount = 1;
		rec.zone = 2;
		rec.node = 0;
	}
	ROW(rec);
}

static void tables(unsigned int rows)
{
	struct mms_tables_rec rec = {
		.level = MMS_LEVEL_PGD, .zone = 2, .end = 0, .pfn = 2, .used = 3, .present = 3,
		.tables = 3,
	};

	ROW(rec);
	rec.level = MMS_LEVEL_PTE;
	rec.node = 1;
	rec.start = 0x1000000;
	rec.end = 0x1200000;
	rec.used = rec.leaves = rec.present = 1;
	rec.tables = 0;
	ROW(rec);
	rec.used = rec.leaves = rec.present = 512;
	rec.huge = 1;
	rec.start = rec.end;
	rec.end += 0x200000;
	ROW(rec);
	while (rows--)
		ROW(rec);
}

static void folios(unsigned int rows)
{
	struct mms_folios_rec rec = {
		.rec.flags = MMS_RF_FOLIO, .kind = MMS_FOLIO_anon, .zone = 2,
		.level = MMS_LEVEL_PTE, .pfn = 0x1001, .start = 0x1000000, .mapped = 1,
		.refcount = 1, .mapcount = 1, .kpf = 1ULL << KPF_ANON | 1ULL << KPF_LRU,
	};

	ROW(rec);
	/* order 4: three runs of 5, 6 and 5 pages make it whole */
	rec.order = 4;
	rec.pfn = 0x2000;
	rec.mapped = 5;
	ROW(rec);
	rec.rec.flags |= MMS_RF_AGAIN;
	rec.mapped = 6;
	ROW(rec);
	rec.mapped = 5;
	ROW(rec);
	/* and one of which 7 pages are mapped */
	rec.rec.flags = MMS_RF_FOLIO;
	rec.pfn = 0x3000;
	rec.mapped = 7;
	ROW(rec);
	rec.kind = MMS_FOLIO_hugetlb;
	rec.level = MMS_LEVEL_PMD;
	rec.order = 9;
	rec.pfn = 0x4000;
	rec.mapped = 512;
	ROW(rec);
	while (rows--) {
		rec.pfn += 512;
		ROW(rec);
	}
}

static void summary(unsigned int rows)
{
	struct mms_summary_rec rec = {
		.pid = 4242, .rss_anon = 17 * 4096, .rss_file = 19 * 4096, .rss_shmem = 23 * 4096,
		.swap = 29 * 4096, .start_brk = 0x1000000, .brk = 0x1400000, .levels = 4,
		.map_count = 5, .policy = MMS_NO_POLICY, .cpus = 5, .nr_cpus = 2, .pgd_phys = 0x2000,
	};

	(void)rows;
	ROW_TEXT(rec, "evil\033]0;x\007\n");
}

static void regions(unsigned int rows)
{
	struct mms_regions_rec rec = {
		.region = MMS_REGION_direct, .random = 1, .start = 0xffff888000000000ULL,
		.end = 0xffffc88000000000ULL,
	};

	(void)rows;
	ROW(rec);
}

static void features(unsigned int rows)
{
	struct mms_features_rec rec = { .have = 1 };

	(void)rows;
	ROW_TEXT(rec, "soft_dirty: soft-dirty bits in entries");
	rec.have = 0;
	ROW_TEXT(rec, "swap_pss: swp_swapcount() is not exported");
}

static void rmap(unsigned int rows)
{
	struct mms_rmap_rec rec = {
		.state = MMS_RMAP_mapped, .folio = MMS_FOLIO_file, .level = MMS_LEVEL_PTE,
		.kind = MMS_KIND_page, .pfn = 0x1f3a7, .count = 1, .pid = 4242, .mapcount = 2,
		.start = 0x7f0000001000, .entry = 0x800000001f3a7025, .vma_start = 0x7f0000000000,
		.vma_end = 0x7f0000004000, .vma_flags = 1 << MMS_VMA_rd | 1 << MMS_VMA_sh,
		.dev_major = 8, .dev_minor = 1, .inode = 131, .index = 5, .comm = "first",
	};

	(void)rows;
	ROW_TEXT(rec, "/lib/libfix.so");
	rec.pid = 7;
	rec.start = 0x1000;
	memcpy(rec.comm, "all of 16 bytes!", sizeof(rec.comm));
	ROW_TEXT(rec, "/lib/other name");
	ROW(((struct mms_rmap_rec){ .state = MMS_RMAP_free, .folio = MMS_FOLIO_free, .pfn = 0x1f3a8,
				    .count = 24 }));
}

static void files(unsigned int rows)
{
	struct mms_files_rec rec = {
		.rec.flags = MMS_RF_FOLIO, .kind = MMS_FILE_file, .inode = 7, .dev_major = 8, .dev_minor = 1,
		.size = 5 * 4096, .cached = 3 * 4096, .order0 = 3 * 4096, .node0 = 3 * 4096,
	};

	(void)rows;
	ROW_TEXT(rec, "/small");
	rec.inode = 11;
	rec.order = 9;
	rec.cached = rec.order9 = rec.node1 = 512 * 4096;
	rec.order0 = rec.node0 = 0;
	rec.dirty = rec.mapped = 2 * 4096;
	ROW_TEXT(rec, "/a\nb\x80\033[31m");
	rec.kind = MMS_FILE_block;
	rec.inode = 13;
	rec.order = 0;
	rec.cached = rec.order0 = rec.node0 = 5 * 4096;
	rec.order9 = rec.node1 = rec.dirty = rec.mapped = 0;
	ROW(rec);
}

static void cache(unsigned int rows)
{
	struct mms_cache_rec rec = {
		.rec.flags = MMS_RF_FOLIO, .kind = MMS_CACHE_folio, .swap_type = MMS_NO_SWAP, .pages = 1,
		.pfn = 0x1001, .refcount = 2, .kpf = 1ULL << KPF_UPTODATE,
	};

	/* pages 0 and 1 cached, the second dirty and mapped; 4 to 7 large; 9 in swap; 11 evicted */
	ROW(rec);
	rec.index = 1;
	rec.dirty = rec.mapped = rec.mapcount = 1;
	ROW(rec);
	rec.index = 4;
	rec.pages = 4;
	rec.order = 2;
	rec.node = 1;
	rec.dirty = rec.mapped = rec.mapcount = 0;
	ROW(rec);
	while (rows--) {
		rec.index += 4;
		ROW(rec);
	}
	rec = (struct mms_cache_rec){
		.kind = MMS_CACHE_swap, .swap_type = 2, .index = rec.index + 5, .pages = 1, .pfn = 0x77,
		.zone = MMS_NO_ZONE, .node = MMS_NO_NODE,
	};
	ROW(rec);
	rec.kind = MMS_CACHE_shadow;
	rec.swap_type = MMS_NO_SWAP;
	rec.index += 2;
	rec.workingset = 1;
	rec.node = 1;
	ROW(rec);
}

/* With a row it is writable and executable there. */
static void kernel(unsigned int rows)
{
	struct mms_kernel_rec rec = {
		.kind = MMS_KERNEL_wx, .region = MMS_REGION_modules, .start = 0xffffffffc0001000ULL,
		.end = 0xffffffffc0003000ULL, .present = 8192, .pte = 8192, .writable = 8192,
		.executable = 8192, .wx = 8192,
	};

	if (rows)
		ROW(rec);
	rec.kind = MMS_KERNEL_region;
	rec.start = 0xffffffffc0000000ULL;
	rec.end = 0xffffffffff000000ULL;
	if (!rows)
		rec.wx = 0;
	ROW(rec);
	rec.region = MMS_REGION_direct;
	rec.start = 0xffff888000000000ULL;
	rec.end = 0xffff888040000000ULL;
	rec.wx = rec.executable = 0;
	rec.pte = 3 * 4096;
	rec.pmd = 0x3fe00000;
	rec.present = rec.writable = rec.pte + rec.pmd;
	ROW(rec);
}

/* Of the other views no stream has been needed yet. */
static const struct {
	const char *name;
	size_t size;
	void (*write)(unsigned int rows);
} views[MMS_VIEW_LIMIT] = {
#define VIEW(name) [MMS_VIEW_##name] = { #name, sizeof(struct mms_##name##_rec), name }
	VIEW(summary), VIEW(maps), VIEW(pgtable), VIEW(entries), VIEW(walk), VIEW(tables),
	VIEW(folios), VIEW(regions), VIEW(features), VIEW(rmap), VIEW(files), VIEW(cache),
	VIEW(kernel),
#undef VIEW
};

int main(int argc, char **argv)
{
	unsigned int rows = 0, i;
	long long end_rows = -1;
	int opt, no_end = 0;

	while ((opt = getopt(argc, argv, "s:l:p:n:e:Nf:b:m:w:")) != -1) {
		switch (opt) {
		case 's': header.record_size = atoi(optarg); break;
		case 'l': header.levels = atoi(optarg); break;
		case 'p': header.pid = atoi(optarg); break;
		case 'n': rows = atoi(optarg); break;
		case 'e': end_rows = atoll(optarg); break;
		case 'N': no_end = 1; break;
		case 'f': end.flags = strtoul(optarg, NULL, 0); break;
		case 'b': header.bits = strtoull(optarg, NULL, 0); break;
		case 'm': header.enc_mask = strtoull(optarg, NULL, 0); break;
		case 'w': one_entry = strtoull(optarg, NULL, 0); break;
		default: return 2;
		}
	}
	for (i = 1; i < sizeof(views) / sizeof(views[0]); i++)
		if (optind < argc && views[i].name && !strcmp(argv[optind], views[i].name))
			break;
	if (i == sizeof(views) / sizeof(views[0]))
		return 2;
	header.view = i;
	if (!header.record_size)
		header.record_size = views[i].size;
	fwrite(&header, 1, sizeof(header), stdout);
	views[i].write(rows);
	end.rec.type = MMS_REC_END;
	if (end_rows >= 0)
		end.rows = end_rows;
	end.chunks = 3;
	end.max_hold_ns = 10007;
	if (!no_end)
		put(&end, sizeof(end));
	return fflush(stdout) ? 1 : 0;
}
