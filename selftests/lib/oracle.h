/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readers of the files the kernel has of its own: what the module's records
 * are compared with. Errors that no quiet machine gives end the program.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* an entry of /proc/PID/pagemap */
#define PM_PFN(e)		((e) & ((1ULL << 55) - 1))
#define PM_SWAP_TYPE(e)		((e) & 31)
#define PM_SWAP_OFFSET(e)	(PM_PFN(e) >> 5)
#define PM_SOFT_DIRTY		(1ULL << 55)
#define PM_EXCLUSIVE		(1ULL << 56)
#define PM_UFFD_WP		(1ULL << 57)
#define PM_GUARD		(1ULL << 58)
#define PM_FILE			(1ULL << 61)
#define PM_SWAP			(1ULL << 62)
#define PM_PRESENT		(1ULL << 63)

void pagemap_read(pid_t pid, uint64_t start, size_t pages, uint64_t *ret);

/* kpageflags, kpagecount, kpagecgroup; KPAGE_NONE past the end of memory */
#define KPAGE_NONE (~0ULL)
uint64_t kpageflags(uint64_t pfn);
uint64_t kpagecount(uint64_t pfn);
uint64_t kpagecgroup(uint64_t pfn);

/* order of the compound page that pfn is in and its place there, from kpageflags */
void kpage_compound(uint64_t pfn, unsigned int *ret_order, uint64_t *ret_place);

/* a zone's number on its node by its name: /proc/zoneinfo lists all of each node in order; -1 for none */
int zone_number(int node, const char *name);
/* zone's number on its node by /proc/zoneinfo, -1 for none; *ret_node its node */
int zone_of(uint64_t pfn, int *ret_node);

#define SMAPS_FIELDS 40
struct smaps_vma {
	uint64_t start, end, offset, inode;
	unsigned int major, minor;
	char perms[5];
	char name[4200];	/* as the file has it */
	char vmflags[200];
	int fields;
	struct smaps_field {
		char name[24];
		uint64_t value;	/* the number, in kB where smaps says kB */
	} field[SMAPS_FIELDS];
};

struct smaps {
	size_t n;
	struct smaps_vma *vma;
	char *text;
	size_t len;
};

/* /proc/PID/smaps or maps; 0 or -errno */
int smaps_read(pid_t pid, const char *file, struct smaps *ret);
void smaps_free(struct smaps *s);
const struct smaps_vma *smaps_find(const struct smaps *s, uint64_t address);
/* a field's number, or missing */
uint64_t smaps_field(const struct smaps_vma *vma, const char *name, uint64_t missing);

/* a whole file as a string; NULL with errno */
char *file_text(const char *path, size_t *ret_len);
char *pid_text(pid_t pid, const char *file, size_t *ret_len);
/* first number behind "NAME:" in a text of lines; missing if it is not there */
uint64_t text_number(const char *text, const char *name, uint64_t missing);
/* line of /proc/PID/numa_maps that starts with this address, without it; NULL */
char *numa_maps_line(pid_t pid, uint64_t start);
/* field N (from 1) of /proc/PID/stat */
uint64_t stat_field(pid_t pid, int field);
/* writes text to a file; 0 or -errno */
int file_write(const char *path, const char *text);
/* The same for a setting: what it was goes to @ret_was, unless that is NULL; nothing where there is none. */
void file_change(const char *path, const char *text, char *ret_was, size_t size);
/*
 * Keeps this thread on one CPU, or with -1 on the one it is on; 0 or -errno. Who wants pages out needs
 * it: a page that is new waits in a batch of its CPU for its LRU list, which holds a reference, and
 * reclaim and faults drain that of their own CPU alone.
 */
int cpu_pin(int cpu);
/* the value behind a word, in a file of lines "WORD VALUE"; -1: there is none */
long file_number(const char *path, const char *word);
/* where a symbol of the kernel is, by /proc/kallsyms; 0: it has none */
uint64_t kernel_symbol(const char *name);

#endif
