/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the fixture: fixture.c has places for its regions and the commands, each other
 * fixture-*.c makes regions of one kind.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>
#include <linux/mempolicy.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/oracle.h"
#include "../lib/uffd.h"
#include "../lib/mms_raw.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif
#define HUGE_2M (21 << 26)
#define HUGE_1G (30 << 26)

#define PAGE 4096UL
#define PMD (2UL << 20)
#define PUD (1UL << 30)
#define BIT(n) (1ULL << (n))

/* a folder, on a ramfs */
extern const char *dir;

/* a line of output */
void say(const char *format, ...);
#define skip(name, format, ...) say("skip %s " format, name, ##__VA_ARGS__)

/* tells of a region, and keeps it for commands */
void region(const char *name, char *start, size_t len, const char *format, ...);
/* an address with len bytes free, aligned, and with a hole on either side */
char *place(size_t len, size_t align);
char *map(size_t len, size_t align, int prot, int flags, int fd, off_t offset);
char *map_anon(size_t pages);
/* writes to each page; no two pages of the process are the same */
void fill(char *at, size_t pages);
void dirty(char *at, size_t pages);
void look(char *at, size_t pages);
size_t count_pagemap(char *at, size_t pages, uint64_t bit);
/* how many kB of a field smaps counts for the VMA at an address */
uint64_t smaps_of(char *at, const char *field);

void make_anon(void);
void make_thp(void);
void make_hugetlb(void);
void make_files(void);
void make_shmem(void);
void make_cow(void);
void make_ksm(void);
void make_states(void);
void make_uffd(void);
void make_uffd_rwp(void);
void make_device(void);
void make_vmas(void);
void make_special(void);
void make_soft_dirty(void);
void make_swap(void);

#endif
